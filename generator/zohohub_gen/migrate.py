"""Rewrite programs where a Python name of the package has changed.

``names.json`` keeps the old names.  Where they stand comes from `zohohub_gen.user_code`; libcst
puts the new ones there and leaves everything else as it is.
"""

from __future__ import annotations

import ast
import builtins
import io
import tokenize
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub_gen.bindings import Bindings, locked
from zohohub_gen.bindings import read_bindings as bindings_of
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.write import replace_files

if TYPE_CHECKING:
    from zohohub_gen.package import Options
    from zohohub_gen.user_code.references import Reference
    from zohohub_gen.user_code.words import Words


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One file that changes."""

    path: Path
    before: bytes
    after: bytes
    names: int

    def diff(self) -> str:
        """The change as a unified diff."""
        name = self.path.as_posix().lstrip("/")
        lines = unified_diff(
            _decoded(self.before).splitlines(keepends=True),
            _decoded(self.after).splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, order=True)
class Left:
    """One place that was left as it is, and why."""

    path: Path
    line: int
    column: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.why}"


@dataclass(frozen=True, slots=True)
class Migration:
    """What is to be rewritten, what is not, and which files were passed over."""

    files: tuple[Rewritten, ...]
    left: tuple[Left, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def names(self) -> int:
        """How many names change."""
        return sum(each.names for each in self.files)


def read_bindings(options: Options) -> Bindings:
    """The bindings that the snapshot folder gives, with the lock as it is on disk.

    The package was made with that lock: a name that it does not know yet is not to be used yet.
    """
    bindings, _ = bindings_of(options)
    return replace(bindings, names=replace(bindings.names, lock=locked(options)))


def migrate(sources: Sequence[Path], bindings: Bindings, package: str) -> Migration:
    """Work out what is to be rewritten; writes nothing.

    A name is rewritten where it certainly is one of the package's, and its new name certainly the
    same for all that it may be.  Raises `GeneratorError` for a source that does not exist.
    """
    from zohohub_gen.user_code.references import find_references
    from zohohub_gen.user_code.words import Words

    words = Words(bindings, package)
    diagnostics: list[Diagnostic] = []
    by_file: dict[Path, list[Reference]] = {}
    for reference in find_references(sources, words, diagnostics):
        by_file.setdefault(reference.path, []).append(reference)
    plans = {path: _Plan(path, found, words) for path, found in by_file.items()}
    plans = {path: plan for path, plan in plans.items() if plan.edits or plan.left}
    # A file that keeps an old name of its own keeps it for those that take it from there.
    kept = {name for plan in plans.values() for name in plan.kept}
    for plan in plans.values():
        plan.keep(kept & plan.passed_on, "but a file that it is taken from keeps it")
    files: list[Rewritten] = []
    for plan in plans.values():
        rewritten = plan.rewrite()
        if rewritten is not None:
            files.append(rewritten)
    left = sorted(each for plan in plans.values() for each in plan.left)
    return Migration(tuple(files), tuple(left), tuple(diagnostics))


def write(migration: Migration) -> None:
    """Write all of it, or nothing; raises `GeneratorError` then."""
    replace_files({each.path: (each.before, each.after) for each in migration.files})


@dataclass(frozen=True, slots=True)
class Edit:
    """One name to be put in place of another."""

    old: str
    new: str
    own: bool
    """Whether the file binds the name itself."""


class _Plan:
    """What is to be done to one file."""

    def __init__(self, path: Path, references: Sequence[Reference], words: Words) -> None:
        self.path = path
        self.left: list[Left] = []
        self.edits: dict[tuple[int, int], Edit] = {}
        self.passed_on = {each.written for each in references if each.binding == "passed on"}
        self.kept: set[str] = set()
        self._words = words
        self._content = path.read_bytes()
        places: dict[tuple[int, int], list[Reference]] = {}
        for each in references:
            if each.kind not in ("option", "layout"):
                places.setdefault((each.line, each.column), []).append(each)
        for place, found in places.items():
            self._decide(place, found)
        if self.edits:
            self._find_conflicts(references)

    def _decide(self, place: tuple[int, int], found: Sequence[Reference]) -> None:
        new = {self._new_name(each) for each in found}
        written = found[0].written
        if new == {written}:
            return
        if any(each.binding == "one of several" for each in found):
            why = f"{written} is called {new.pop()} now, and is bound in another way here, too"
            self._leave(place, f"{why}; rename it by hand")
            return
        if len(new) == 1 and all(each.certain for each in found):
            own = any(each.binding is not None for each in found)
            self.edits[place] = Edit(written, new.pop(), own)
            return
        meanings = [
            f"{_spelt(each)}, which is called {self._new_name(each)} now"
            for each in found
            if self._new_name(each) != written
        ]
        others = [_spelt(each) for each in found if self._new_name(each) == written]
        why = f"{written} may be {' or '.join(meanings)}"
        self._leave(place, f"{why}; or {' or '.join(others)}" if others else why)

    def _new_name(self, reference: Reference) -> str:
        return self._words.current(
            reference.kind, reference.module, reference.name, reference.written
        )

    def _find_conflicts(self, references: Sequence[Reference]) -> None:
        """Keep a name of the file's own whose new name means something else in that file."""
        tree = ast.parse(_decoded(self._content))
        ours = {(each.line, each.column) for each in references if each.binding is not None}
        renamed = {edit.old: edit.new for edit in self.edits.values() if edit.own}
        bound = _bound_names(tree)
        for old, new in renamed.items():
            foreign = [line for line, column in bound.get(new, ()) if (line, column) not in ours]
            if foreign or hasattr(builtins, new):
                where = f" in line {foreign[0]}" if foreign else ""
                self.keep({old}, f"which means something else here{where}")
            elif old in _declared_elsewhere(tree):
                self.keep({old}, "but is declared global or nonlocal here")

    def keep(self, names: set[str], why: str) -> None:
        """Leave names of the file's own as they are."""
        for place, edit in sorted(self.edits.items()):
            if edit.own and edit.old in names:
                del self.edits[place]
                if edit.old not in self.kept:
                    now = f"{edit.old} is called {edit.new} now"
                    self._leave(place, f"{now}, {why}; rename it by hand")
                self.kept.add(edit.old)

    def rewrite(self) -> Rewritten | None:
        """The file with its new names; None where nothing changes."""
        if not self.edits:
            return None
        from zohohub_gen.user_code.renaming import rename

        after, missed = rename(self._content, self.edits)
        half = {self.edits[place].old for place in missed if self.edits[place].own}
        if half:
            # A name of the file's own is renamed everywhere in it, or nowhere.
            self.keep(half, "but stands where it cannot be rewritten")
            return self.rewrite()
        for place in sorted(missed):
            edit = self.edits[place]
            self._leave(place, f"{edit.old} is called {edit.new} now; rename it by hand")
        complaint = _complaint(after)
        if complaint is not None and _complaint(self._content) is None:
            place = min(self.edits)
            self._leave(place, f"the new names would not be Python ({complaint}); do it by hand")
            return None
        names = len(self.edits) - len(missed)
        return Rewritten(self.path, self._content, after, names) if names else None

    def _leave(self, place: tuple[int, int], why: str) -> None:
        self.left.append(Left(self.path, *place, why))


def _spelt(reference: Reference) -> str:
    return f"{reference.module}.{reference.name}" if reference.name else reference.module


def _complaint(content: bytes) -> str | None:
    """What Python says against a program; None where it takes it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, "<program>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg
    return None


def _decoded(content: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding)


def _bound_names(tree: ast.Module) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Where a file binds names in any scope; columns from 1."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, node in _bindings(tree):
        found.setdefault(name, []).append((node.lineno, node.col_offset + 1))
    return found


def _bindings(
    tree: ast.Module,
) -> Iterator[
    tuple[str, ast.stmt | ast.expr | ast.arg | ast.alias | ast.excepthandler | ast.pattern]
]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name, node
            case ast.arg(arg=name):
                yield name, node
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node
            case ast.ClassDef(name=name):
                yield name, node
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0], node
            case ast.ExceptHandler(name=str(name)):
                yield name, node
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node
            case ast.MatchMapping(rest=str(name)):
                yield name, node
            case _:
                pass


def _declared_elsewhere(tree: ast.Module) -> set[str]:
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
