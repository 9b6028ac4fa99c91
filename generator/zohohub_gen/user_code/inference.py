"""What each expression of a program may be: worked out where it is asked for, and remembered."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from zohohub_gen.user_code.annotations import Annotations
from zohohub_gen.user_code.bindings import FUNCTIONS, REST, Binding, Place, Scope, reaching
from zohohub_gen.user_code.calls import Calls
from zohohub_gen.user_code.members import Members
from zohohub_gen.user_code.scopes import ScopedFile
from zohohub_gen.user_code.sources import Files, SourceFile
from zohohub_gen.user_code.types import NOTHING, OTHER, UNKNOWN, Kind, Types, many, one, union

if TYPE_CHECKING:
    from zohohub_gen.user_code.words import Words

_DEEPEST = 60
"""How far a question may lead to others.  Whatever lies deeper is not known."""


class Inference:
    """Answers what the expressions of all files may be."""

    def __init__(self, files: Sequence[tuple[SourceFile, ScopedFile]], words: Words) -> None:
        self.words = words
        self.files = Files([source for source, _ in files])
        self.scoped: dict[SourceFile, ScopedFile] = {}
        self.homes: dict[Scope, SourceFile] = {}
        self.members = Members(self)
        self.calls = Calls(self)
        self.annotations = Annotations(self)
        self.scopes: dict[ast.AST, Scope] = {}
        self._places: dict[ast.Name, Place] = {}
        self._lambda_calls: dict[ast.Lambda, ast.Call] = {}
        self._fixtures: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self._known: dict[object, Types] = {}
        self._for_now: dict[object, tuple[Types, int]] = {}
        self._asked: dict[object, int] = {}
        self._lowest = _DEEPEST

        for source, scoped in files:
            self._add(source, scoped)

    def _add(self, source: SourceFile, scoped: ScopedFile) -> None:
        self.scoped[source] = scoped
        self.homes[scoped.root] = source
        self.scopes.update(scoped.scopes)
        self._places.update(scoped.places)
        self._lambda_calls.update(scoped.lambda_calls)
        for node, _ in scoped.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_fixture(node):
                self._fixtures.setdefault(node.name, []).append(node)

    # --- Asking --------------------------------------------------------------------------------

    def infer(self, node: ast.expr, scope: Scope) -> Types:
        """What an expression in that scope may be."""
        if isinstance(node, ast.Constant):
            return OTHER
        return self._once(node, lambda: self._infer(node, scope))

    def lookup(self, name: str, scope: Scope) -> Types:
        """What a name may be anywhere in a scope."""
        holder, bindings = self.bindings(name, scope)
        if holder is None:
            return self._unbound(name, scope)
        return self._bound(name, holder, bindings)

    def bindings(self, name: str, scope: Scope) -> tuple[Scope | None, Sequence[Binding]]:
        """The scope that holds a name, seen from another, and all that binds it there."""
        kind = scope.elsewhere.get(name)
        seen: Scope | None = scope.root() if kind == "global" else scope
        if kind == "nonlocal":
            seen = scope.parent
        while seen is not None:
            if name in seen.bindings and (seen is scope or not seen.is_class):
                return seen, seen.bindings[name]
            seen = seen.parent
        return None, ()

    def global_name(self, source: SourceFile, name: str) -> Types:
        """What another file sees under that name."""
        return self.lookup(name, self.scoped[source].root)

    def _once(self, key: object, work: Callable[[], Types]) -> Types:
        """Work something out once.

        A question that leads back to itself adds nothing; what was found on the way round is
        worked out again when it is asked for itself.
        """
        if key in self._known:
            return self._known[key]
        if key in self._asked or key in self._for_now:
            found, lowest = self._for_now.get(key) or (NOTHING, self._asked[key])
            self._lowest = min(self._lowest, lowest)
            return found
        depth = len(self._asked)
        if depth >= _DEEPEST:
            self._lowest = -1
            return UNKNOWN
        outer, self._lowest = self._lowest, _DEEPEST
        self._asked[key] = depth
        try:
            found = work()
        finally:
            del self._asked[key]
            lowest, self._lowest = self._lowest, outer
        if lowest >= depth or not depth:
            self._known[key] = found
            if lowest == depth or not depth:
                stale = [each for each, (_, low) in self._for_now.items() if low >= depth]
                for each in stale if depth else list(self._for_now):
                    del self._for_now[each]
        else:
            self._lowest = min(outer, lowest)
            self._for_now[key] = found, lowest
        return found

    def _infer(self, node: ast.expr, scope: Scope) -> Types:  # one case an expression
        match node:
            case ast.Name():
                return self._name(node, scope)
            case ast.Attribute(value=value, attr=attribute):
                return self.members.of(self.infer(value, scope), attribute)
            case ast.Call():
                return self.calls.result(node, scope)
            case ast.Subscript(value=value, slice=index):
                return self._subscript(self.infer(value, scope), index)
            case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.infer(value, scope)
            case ast.IfExp(body=body, orelse=other):
                return self.infer(body, scope) | self.infer(other, scope)
            case ast.BoolOp(values=values):
                return union(self.infer(each, scope) for each in values)
            case ast.BinOp(left=left, right=right):
                held = self.infer(left, scope) | self.infer(right, scope)
                return frozenset(each for each in held if each.kind in ("many", "unknown")) or OTHER
            case ast.Tuple(elts=elements):
                if any(isinstance(each, ast.Starred) for each in elements):
                    return many(self._elements(elements, scope))
                return one("tuple", "", "", *(self.infer(each, scope) for each in elements))
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return many(self._elements(elements, scope))
            case ast.Dict(values=values):
                keys = [each for each in node.keys if each is not None]
                return one(
                    "mapping",
                    "",
                    "",
                    self._elements(keys, scope),
                    self._elements(values, scope),
                )
            case ast.ListComp(elt=element) | ast.SetComp(elt=element):
                return many(self.infer(element, self.scopes.get(node, scope)))
            case ast.GeneratorExp(elt=element):
                return many(self.infer(element, self.scopes.get(node, scope)))
            case ast.DictComp(key=key, value=value):
                inner = self.scopes.get(node, scope)
                return one("mapping", "", "", self.infer(key, inner), self.infer(value, inner))
            case ast.Lambda():
                return one("function", node=node)
            case ast.Compare() | ast.UnaryOp() | ast.JoinedStr():
                return OTHER
            case _:
                return UNKNOWN

    def _elements(self, elements: Sequence[ast.expr], scope: Scope) -> Types:
        return union(
            self.members.element(self.infer(each.value, scope))
            if isinstance(each, ast.Starred)
            else self.infer(each, scope)
            for each in elements
        )

    def _subscript(self, held: Types, index: ast.expr) -> Types:
        if isinstance(index, ast.Slice):
            return held
        key = index.value if isinstance(index, ast.Constant) else None
        return self.members.item(held, key)

    # --- Names ---------------------------------------------------------------------------------

    def _name(self, node: ast.Name, scope: Scope) -> Types:
        name = node.id
        holder, bindings = self.bindings(name, scope)
        if holder is None:
            return self._unbound(name, scope)
        place = self._places.get(node)
        if place is not None and _runs_in(place.scope, holder) and name not in holder.shared:
            return self._bound(name, holder, reaching(bindings, place))
        return self._bound(name, holder, bindings)

    def _bound(self, name: str, holder: Scope, bindings: Iterable[Binding]) -> Types:
        declared = next(
            (each for each in holder.bindings[name] if each.annotation is not None), None
        )
        found = union(self.of_binding(each, declared) for each in bindings)
        appended = holder.appended.get(name)
        if appended and any(each.kind == "many" for each in found):
            lists = frozenset(each for each in found if each.kind == "many")
            element = self.members.element(lists) | union(self.infer(*each) for each in appended)
            found = (found - lists) | many(element)
        stored = holder.stored.get(name)
        if stored and any(each.kind == "mapping" for each in found):
            maps = frozenset(each for each in found if each.kind == "mapping")
            keys = self.members.element(maps) | union(self.infer(*key) for key, _ in stored)
            values = union(each.items[1] for each in maps)
            values |= union(self.infer(*value) for _, value in stored)
            found = (found - maps) | one("mapping", "", "", keys, values)
        return found

    def _unbound(self, name: str, scope: Scope) -> Types:
        root = scope.root()
        source = self.homes[root]
        for star in root.stars:
            found = self._imported_from(star, name, source)
            if found and found != UNKNOWN:
                return found
        return one("foreign", field=f"builtins.{name}") if hasattr(builtins, name) else UNKNOWN

    def of_binding(self, binding: Binding, declared: Binding | None = None) -> Types:
        """What one binding gives its name."""
        return self._once(binding, lambda: self._of_binding(binding, declared))

    def _of_binding(self, binding: Binding, declared: Binding | None) -> Types:
        node, scope = binding.node, binding.scope
        annotation = binding.annotation or (declared.annotation if declared else None)
        found = UNKNOWN
        match binding.how:
            case "narrowed":
                if isinstance(node, ast.expr):
                    return self.annotations.instance(node, scope)
            case "parameter":
                return self.parameter(binding)
            case "import":
                return self._import(binding)
            case "definition":
                is_class = isinstance(node, ast.ClassDef)
                return one("class" if is_class else "function", node=node)
            case "other":
                return OTHER
            case "value" if isinstance(node, ast.expr):
                found = self.infer(node, scope)
            case "element" if isinstance(node, ast.expr):
                found = self.members.element(self.infer(node, scope))
            case "entered" if isinstance(node, ast.expr):
                found = self.members.entered(self.infer(node, scope))
            case _:
                pass
        for index in binding.path:
            found = self._part(found, index)
        if annotation is not None and (binding.annotation is not None or found >= UNKNOWN):
            of_annotation = self.annotations.type_of(annotation, scope)
            # The annotation of a list that is empty today says what it is for.
            return of_annotation if of_annotation != UNKNOWN else found
        return found

    def _part(self, found: Types, index: int) -> Types:
        return found if index == REST else self.members.item(found, index)

    def parameter(self, binding: Binding) -> Types:
        """What a parameter may be: by its annotation, as ``self``, or by who calls a lambda."""
        node, scope = binding.node, binding.scope
        if isinstance(node, ast.Lambda):
            call = self._lambda_calls.get(node)
            outer = scope.parent
            if call is None or outer is None:
                return UNKNOWN
            return self.calls.lambda_parameter(call, node, binding.name, outer)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return UNKNOWN
        if binding.annotation is not None:
            found = self.annotations.type_of(binding.annotation, scope.parent or scope)
            arguments = node.args
            if arguments.vararg and arguments.vararg.arg == binding.name:
                return many(found)
            if arguments.kwarg and arguments.kwarg.arg == binding.name:
                values = frozenset(each for each in found if each.kind == "values")
                return values or one("mapping", "", "", OTHER, found)
            return found
        outer = scope.parent
        names = [*node.args.posonlyargs, *node.args.args]
        if outer is not None and isinstance(outer.node, ast.ClassDef) and names:
            decorators = {each.id for each in node.decorator_list if isinstance(each, ast.Name)}
            if names[0].arg == binding.name and "staticmethod" not in decorators:
                kind: Kind = "class" if "classmethod" in decorators else "object"
                return one(kind, node=outer.node)
        if node.name.startswith("test") or is_fixture(node):
            return self._fixture(binding.name)
        return UNKNOWN

    def _fixture(self, name: str) -> Types:
        """What pytest gives a test; `zohohub` itself brings the fixture ``crm``."""
        found = [self.calls.returned(node) for node in self._fixtures.get(name, ())]
        if found:
            return union(self.members.entered(each) for each in found)
        return one("client") if name == "crm" else UNKNOWN

    # --- Imports -------------------------------------------------------------------------------

    def _import(self, binding: Binding) -> Types:
        source = self.homes[binding.scope.root()]
        if isinstance(binding.node, ast.Import):
            return self.module(binding.imported, source)
        if isinstance(binding.node, ast.ImportFrom):
            return self._imported_from(binding.node, binding.imported, source)
        return UNKNOWN

    def _imported_from(self, node: ast.ImportFrom, name: str, source: SourceFile) -> Types:
        if node.level and not node.module and name == self.words.package.rpartition(".")[2]:
            return one("package")
        return self.members.of(self.imported_module(node, source), name)

    def imported_module(self, node: ast.ImportFrom, source: SourceFile) -> Types:
        """What ``from …`` names."""
        if not node.level:
            return self.module(node.module or "", source)
        file = self.files.relative(node.module or "", node.level, source)
        if file is not None:
            return one("file", node=file)
        # The generated package itself may lie beside the program.
        return self._package((node.module or "").split(".")) or UNKNOWN

    def module(self, name: str, source: SourceFile) -> Types:
        """What ``import a.b`` makes known as ``a.b``."""
        parts, package = name.split("."), self.words.package.split(".")
        if parts[: len(package)] == package:
            return self._package(parts[len(package) - 1 :]) or UNKNOWN
        found = self._package(parts)
        file = self.files.absolute(name, source)
        if file is not None:
            return one("file", node=file)
        return found or one("foreign", field=name)

    def _package(self, parts: Sequence[str]) -> Types | None:
        """The package, or a file of it, where a path ends in it."""
        own = self.words.package.rpartition(".")[2]
        if own not in parts:
            return None
        rest = parts[parts.index(own) + 1 :]
        if not rest:
            return one("package")
        if len(rest) == 1 and (rest[0] in self.words.files or rest[0] == "client"):
            return one("package", self.words.files.get(rest[0], ""), rest[0])
        return None


def _runs_in(scope: Scope, holder: Scope) -> bool:
    """Whether a scope runs where it stands: comprehensions and classes do, functions do not."""
    while scope is not holder:
        if isinstance(scope.node, FUNCTIONS) or scope.parent is None:
            return False
        scope = scope.parent
    return True


def is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is one of pytest's fixtures."""
    for decorator in node.decorator_list:
        found = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(found, ast.Attribute) and found.attr == "fixture":
            return True
        if isinstance(found, ast.Name) and found.id == "fixture":
            return True
    return False
