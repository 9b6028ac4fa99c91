"""Where programs name modules, fields, related lists, layouts and options of the bindings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.user_code.bindings import Binding, Scope
from zohohub_gen.user_code.expectations import Expectations
from zohohub_gen.user_code.inference import Inference
from zohohub_gen.user_code.scopes import ScopedFile, every_argument
from zohohub_gen.user_code.sources import SourceFile, read_sources
from zohohub_gen.user_code.types import UNKNOWN, Type, Types, is_sure

if TYPE_CHECKING:
    from zohohub_gen.user_code.words import Words

Bound: TypeAlias = Literal["own", "passed on", "one of several"]
Named: TypeAlias = Literal["file", "class", "handle", "field", "related", "layout", "option"]

_STRING = re.compile(r"""[rRbBuU]*("{3}|'{3}|"|')""")
_FROM = re.compile(r"from\s+\.*")
_PATTERN_KEYWORD = re.compile(r"(\w+)\s*=\s*\(*\s*$")

_WRITES = ("create", "update", "clone", "mass_update")
_MOST_HOLDERS = 3
"""A name that more modules share, such as ``owner`` or ``description``, tells nothing by itself."""
_PYTHON = {name for each in (str, bytes, list, dict, set, int, object) for name in dir(each)}


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One name of the bindings in a program.

    ``line`` and ``column`` count from 1, in characters, and are those of the name itself.
    """

    path: Path
    line: int
    column: int
    module: str
    name: str | None
    """The api_name of the field or related list; the name of the layout."""
    option: str | None
    kind: Named
    written: str
    """How the program spells it."""
    certain: bool
    binding: Bound | None = None
    """Whether it is a name of the file's own, by an import: from the package, or another file.

    Or the name is bound in another way as well, and what it means elsewhere is not said.
    """


def find_references(
    sources: Sequence[Path], words: Words, diagnostics: list[Diagnostic]
) -> list[Reference]:
    """Find them all, sorted.

    What cannot be read becomes a diagnostic.  Raises `GeneratorError` for a source that does not
    exist.
    """
    files: list[tuple[SourceFile, ScopedFile]] = []
    for source in read_sources(sources, words.package, diagnostics):
        try:
            scoped = ScopedFile(source.tree)
        except RecursionError:
            message = "is nested too deeply; it was passed over"
            diagnostics.append(Diagnostic(str(source.path), message))
            continue
        files.append((source, scoped))
    inference = Inference(files, words)
    found: set[Reference] = set()
    for source, scoped in files:
        found.update(_FileReferences(source, scoped, inference).find())
    sure = {(each.path, each.line, each.column) for each in found if each.certain}
    return sorted(
        each for each in found if each.certain or (each.path, each.line, each.column) not in sure
    )


class _FileReferences:
    """Walks over one file."""

    def __init__(self, source: SourceFile, scoped: ScopedFile, inference: Inference) -> None:
        self._source = source
        self._scoped = scoped
        self._inference = inference
        self._words = inference.words
        self._expectations = Expectations(inference, self._expected)
        self._found: list[Reference] = []
        self._knows_package = any(
            each.kind in ("package", "client class", "record class", "handle class")
            for bindings in scoped.root.bindings.values()
            for binding in bindings
            if binding.how == "import"
            for each in inference.of_binding(binding)
        )

    def find(self) -> list[Reference]:
        """All of the file's; where a display of another file is concerned, that file's, too."""
        for node, scope in self._scoped.nodes:
            self._node(node, scope)
        self._expectations.follow_up(self._scoped.nodes)
        return self._found

    def _node(self, node: ast.AST, scope: Scope) -> None:  # one case a node
        match node:
            case ast.Import():
                self._import(node)
            case ast.ImportFrom():
                self._import_from(node, scope)
            case ast.Name(id=name):
                if name in self._words.classes or name in self._words.files:
                    self._name(node, scope)
            case ast.Attribute():
                self._attribute(node, scope)
            case ast.Call():
                self._call(node, scope)
            case ast.Subscript(value=value, slice=index):
                held = self._inference.infer(value, scope)
                if isinstance(index, ast.Constant):
                    self._expectations.key(held, index, scope)
                if all(each.kind == "foreign" for each in held):
                    self._annotation(node, scope)  # an alias: Optional["Lead"]
            case ast.Compare():
                self._expectations.comparison(node, scope)
            case ast.Match():
                subject = self._inference.infer(node.subject, scope)
                for case in node.cases:
                    self._pattern(case.pattern, subject, scope)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assigned(target, value, scope)
            case ast.AnnAssign(annotation=annotation, value=value):
                self._annotation(annotation, scope)
                if value is not None:
                    held = self._inference.annotations.type_of(annotation, scope)
                    self._expectations.expect(value, held, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope)
            case _:
                pass

    # --- Names ---------------------------------------------------------------------------------

    def _import(self, node: ast.Import) -> None:
        package = self._words.package
        for alias in node.names:
            head, _, file = alias.name.rpartition(".")
            if file in self._words.files and (head == package or head.endswith(f".{package}")):
                offset = alias.col_offset + len(head) + 1
                self._add("file", self._words.files[file], file, alias.lineno, offset)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = self._inference.imported_module(node, self._source)
        for each in module:
            if each.kind == "package" and each.field in self._words.files:
                position = self._module_position(node)
                self._add("file", each.module, each.field, *position)
        for alias in node.names:
            binding = self._binding(alias, scope)
            for each in module:
                name = self._inference.members.named(each, alias.name)
                if name is not None:
                    position = alias.lineno, alias.col_offset
                    self._add(
                        name.kind, name.module, alias.name, *position, name.name, binding=binding
                    )
                elif each.kind == "file" and alias.name in self._words.classes:
                    for held in self._inference.members.of(frozenset({each}), alias.name):
                        passed = "passed on" if binding == "own" else binding
                        position = alias.lineno, alias.col_offset
                        self._class(held, alias.name, *position, binding=passed)

    def _binding(self, alias: ast.alias, scope: Scope) -> Bound | None:
        """Whether an import gives the file a name of its own, and the only one to do so."""
        if alias.asname:
            return None
        _, bindings = self._inference.bindings(alias.name, scope)
        return "own" if _only_imported(alias.name, bindings) else "one of several"

    def _module_position(self, node: ast.ImportFrom) -> tuple[int, int]:
        """Where the last part of the module's name stands; where the statement does, if odd."""
        line = self._source.lines[node.lineno - 1]
        start = self._source.column(node.lineno, node.col_offset)
        head = _FROM.match(line, start)
        module = node.module or ""
        if head is None or not line.startswith(module, head.end()):
            return node.lineno, node.col_offset
        column = head.end() + module.rfind(".") + 1
        return node.lineno, len(line[:column].encode("utf-8", "surrogatepass"))

    def _name(self, node: ast.Name, scope: Scope) -> None:
        _, bindings = self._inference.bindings(node.id, scope)
        if not _only_imported(node.id, bindings):
            return
        for each in self._inference.infer(node, scope):
            self._class(each, node.id, node.lineno, node.col_offset)

    def _class(
        self,
        held: Type,
        name: str,
        line: int,
        offset: int,
        *,
        binding: Bound | None = "own",
    ) -> None:
        meaning = self._words.classes.get(name)
        if meaning is not None and (meaning.kind, meaning.module) == (held.kind, held.module):
            self._add("class", held.module, name, line, offset, meaning.field, binding=binding)
        elif held.kind == "package" and held.field == name:
            self._add("file", held.module, name, line, offset, binding=binding)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> None:
        held = self._inference.infer(node.value, scope)
        owners = self._inference.members.owners(held, node.attr)
        line, offset = _end_of(node, node.attr)
        for each in held:
            if each.kind == "file" and node.attr in self._words.classes:
                for passed_on in self._inference.members.of(frozenset({each}), node.attr):
                    self._class(passed_on, node.attr, line, offset, binding=None)
            display = self._words.member(each, node.attr)
            if display is not None:
                self._add("option", each.module, node.attr, line, offset, each.field, display)
        self._named(owners, node.attr, line, offset)

    def _named(self, owners: Types, name: str, line: int, offset: int) -> None:
        """Note what ``x.name`` or ``f(name=…)`` stands for, or may stand for."""
        found = [self._inference.members.named(owner, name) for owner in owners]
        known = [each for each in found if each is not None]
        certain = is_sure(owners)
        for each in known:
            self._add(each.kind, each.module, name, line, offset, each.name, certain=certain)
        if not known and not certain:
            self._guess(name, line, offset)

    def _guess(self, name: str, line: int, offset: int) -> None:
        """Note the modules that have a field of that name, if the name says something."""
        holders = self._words.holders.get(name, ())
        if len(holders) > _MOST_HOLDERS or name in _PYTHON or name == "id":
            return
        if "_" not in name and not self._knows_package:
            return
        for module in holders:
            field = self._words.field(module, name)
            self._add("field", module, name, line, offset, field, certain=False)
        if not holders and self._knows_package and name in self._words.files:
            self._add("handle", self._words.files[name], name, line, offset, certain=False)

    # --- Statements ----------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        arguments = every_argument(node.args)
        for annotation in [*(each.annotation for each in arguments), node.returns]:
            if annotation is not None:
                self._annotation(annotation, scope)
        annotations = self._inference.annotations
        positional = [*node.args.posonlyargs, *node.args.args]
        defaults = node.args.defaults
        pairs = [
            *zip(positional[len(positional) - len(defaults) :], defaults, strict=True),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
        ]
        for argument, default in pairs:
            if argument.annotation is not None and default is not None:
                held = annotations.type_of(argument.annotation, scope)
                self._expectations.expect(default, held, scope)
        inner = self._scoped.scopes[node]
        if node.returns is not None and not inner.yields:
            held = annotations.type_of(node.returns, scope)
            for each in inner.returns:
                self._expectations.expect(each, held, inner)
        elif node.returns is not None:
            element = self._inference.members.element(annotations.type_of(node.returns, scope))
            for each in inner.yields:
                self._expectations.expect(each, element, inner)

    def _assigned(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        match target:
            case ast.Attribute(value=owner, attr=name):
                owners = self._inference.infer(owner, scope)
                held = self._inference.members.of(owners, name)
                self._expectations.expect(value, held, scope, certain=is_sure(owners))
            case ast.Subscript():
                self._expectations.expect(value, self._inference.infer(target, scope), scope)
            case ast.Name(id="__all__") if scope is self._scoped.root:
                self._exported(value, scope)
            case ast.Name(id=name):
                _, bindings = self._inference.bindings(name, scope)
                for each in bindings:
                    if each.annotation is not None:
                        held = self._inference.annotations.type_of(each.annotation, each.scope)
                        self._expectations.expect(value, held, scope)
            case _:
                pass

    def _exported(self, value: ast.expr, scope: Scope) -> None:
        for element in getattr(value, "elts", ()):
            if isinstance(element, ast.Constant) and isinstance(element.value, str):
                _, bindings = self._inference.bindings(element.value, scope)
                inner = self._inside(element)
                if inner and _only_imported(element.value, bindings):
                    for each in self._inference.lookup(element.value, scope):
                        self._class(each, element.value, *inner)

    def _annotation(self, node: ast.expr, scope: Scope) -> None:
        """Note the classes that are named in strings; the others are names like any."""
        for constant in _strings(node):
            inner, start = self._inference.annotations.parsed(constant), self._inside(constant)
            if inner is None or start is None:
                continue
            for each in ast.walk(inner):
                if isinstance(each, ast.Attribute):
                    _, offset = _end_of(each, each.attr)
                    owners = self._inference.infer(each.value, scope)
                    if is_sure(owners):
                        self._named(owners, each.attr, start[0], start[1] + offset)
                if isinstance(each, ast.Name) and each.id in self._words.classes:
                    _, bindings = self._inference.bindings(each.id, scope)
                    if _only_imported(each.id, bindings):
                        for held in self._inference.lookup(each.id, scope):
                            self._class(held, each.id, start[0], start[1] + each.col_offset)

    def _inside(self, node: ast.Constant) -> tuple[int, int] | None:
        """Where the text of a string begins, if it stands there as it is."""
        line = self._source.lines[node.lineno - 1].encode("utf-8", "surrogatepass")
        head = _STRING.match(line[node.col_offset :].decode("utf-8", "replace"))
        if head is None or not isinstance(node.value, str):
            return None
        start = node.col_offset + head.end()
        text = node.value.encode("utf-8", "surrogatepass")
        return (node.lineno, start) if line[start : start + len(text)] == text else None

    # --- Patterns ------------------------------------------------------------------------------

    def _pattern(self, pattern: ast.pattern, subject: Types, scope: Scope) -> None:
        match pattern:
            case ast.MatchValue(value=value):
                self._expectations.expect(value, subject, scope)
            case ast.MatchOr(patterns=patterns):
                for each in patterns:
                    self._pattern(each, subject, scope)
            case ast.MatchAs(pattern=inner) if inner is not None:
                self._pattern(inner, subject, scope)
            case ast.MatchClass(cls=cls, kwd_attrs=names, kwd_patterns=patterns):
                held = self._inference.annotations.instance(cls, scope)
                for name, each in zip(names, patterns, strict=True):
                    self._named(held, name, *self._pattern_keyword(name, each))
                    self._pattern(each, self._inference.members.of(held, name), scope)
            case ast.MatchSequence(patterns=patterns):
                for number, each in enumerate(patterns):
                    self._pattern(each, self._inference.members.item(subject, number), scope)
            case _:
                pass

    def _pattern_keyword(self, name: str, pattern: ast.pattern) -> tuple[int, int]:
        """Where the name before a pattern stands: the ast does not say."""
        line = self._source.lines[pattern.lineno - 1].encode("utf-8", "surrogatepass")
        found = _PATTERN_KEYWORD.search(line[: pattern.col_offset].decode("utf-8", "replace"))
        if found is None or found[1] != name:
            return pattern.lineno, pattern.col_offset
        before = found.string[: found.start(1)]
        return pattern.lineno, len(before.encode("utf-8", "surrogatepass"))

    # --- Calls ---------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> None:
        called = self._inference.infer(node.func, scope)
        certain = is_sure(called)
        for each in called:
            values = self._expectations.of_call(each, node, scope, certain=certain)
            if values:
                self._keywords(node.keywords, values, scope, certain=certain)
        for keyword in node.keywords:
            if keyword.arg == "bound":
                self._annotation(keyword.value, scope)
        is_write = isinstance(node.func, ast.Attribute) and node.func.attr in _WRITES
        if called >= UNKNOWN and is_write:
            for keyword in node.keywords:
                if keyword.arg is not None:
                    self._guess(keyword.arg, keyword.lineno, keyword.col_offset)
        match node.func, node.args:
            case ast.Name(id="getattr" | "hasattr" | "setattr"), [
                owner,
                ast.Constant() as name,
                *_,
            ]:
                inner = self._inside(name)
                if inner is not None and isinstance(name.value, str):
                    owners = self._inference.infer(owner, scope)
                    if is_sure(owners):
                        self._named(owners, name.value, *inner)
            case _:
                for argument in node.args:
                    self._cast(node, argument, scope)

    def _cast(self, node: ast.Call, argument: ast.expr, scope: Scope) -> None:
        if argument is node.args[0] and isinstance(argument, ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name == "cast":
                self._annotation(argument, scope)

    def _keywords(
        self, keywords: Iterable[ast.keyword], values: Types, scope: Scope, *, certain: bool
    ) -> None:
        for keyword in keywords:
            if keyword.arg is None:
                self._expectations.expect(keyword.value, values, scope, certain=certain)
                continue
            for each in values:
                field = self._words.field(each.module, keyword.arg)
                if field is not None and keyword.arg != "id":
                    position = keyword.lineno, keyword.col_offset
                    self._add("field", each.module, keyword.arg, *position, field, certain=certain)
                    held = self._inference.members.written(each.module, field)
                    self._expectations.expect(keyword.value, held, scope, certain=certain)

    # --- Noting --------------------------------------------------------------------------------

    def _expected(
        self, kind: Named, held: Type, node: ast.Constant, root: Scope, certain: bool
    ) -> None:
        """Note a string that is a key of values, an option or the name of a layout."""
        source = self._inference.homes[root]
        walker = self
        if source is not self._source:
            walker = _FileReferences.__new__(_FileReferences)
            walker._source, walker._found, walker._words = source, self._found, self._words
        text = str(node.value)
        if kind == "field":
            inner = walker._inside(node)
            line, offset = inner or (node.lineno, node.col_offset)
            field = self._words.field(held.module, text)
            walker._add("field", held.module, text, line, offset, field, certain=certain)
        elif kind == "option":
            position = node.lineno, node.col_offset
            walker._add("option", held.module, text, *position, held.field, text, certain=certain)
        else:
            position = node.lineno, node.col_offset
            walker._add("layout", held.module, text, *position, text, certain=certain)

    def _add(
        self,
        kind: Named,
        module: str,
        written: str,
        line: int,
        offset: int,
        name: str | None = None,
        option: str | None = None,
        *,
        certain: bool = True,
        binding: Bound | None = None,
    ) -> None:
        column = self._source.column(line, offset) + 1
        self._found.append(
            Reference(
                self._source.path,
                line,
                column,
                module,
                name or None,
                option,
                kind,
                written,
                certain,
                binding,
            )
        )


def _only_imported(name: str, bindings: Sequence[Binding]) -> bool:
    return bool(bindings) and all(
        each.how == "import" and each.imported == name for each in bindings
    )


def _end_of(node: ast.Attribute, name: str) -> tuple[int, int]:
    """Where the name of an attribute begins: it ends where the expression does."""
    line = node.end_lineno or node.lineno
    end = node.end_col_offset or node.col_offset
    return line, max(0, end - len(name.encode("utf-8")))


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    """The strings of an annotation that are annotations themselves."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Subscript(value=value, slice=index):
            if ast.unparse(value).rpartition(".")[2] != "Literal":
                yield from _strings(index)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for each in elements:
                yield from _strings(each)
        case ast.BinOp(left=left, right=right):
            yield from _strings(left)
            yield from _strings(right)
        case _:
            pass
