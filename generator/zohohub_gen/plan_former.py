"""The deprecated aliases of names of before: attributes, columns, handles, classes and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zohohub_gen.annotations import Imports, Typed
from zohohub_gen.former_names import FormerModule
from zohohub_gen.ir import Module
from zohohub_gen.names import ModuleNames
from zohohub_gen.source import assignment, docstring, exploded, import_line, literal, statement

RENAMED = "zohohub.renamed"


@dataclass(frozen=True, slots=True)
class FormerGetter:
    """A property that gives what has another name by now: a column, a related list, a handle."""

    decorator: str
    definition: str
    documentation: str
    result: str


@dataclass(frozen=True, slots=True)
class FormerAttribute:
    """A name of before of an attribute of a record."""

    name: str
    keyword: str
    """What makes checkers take it as a keyword of the constructor."""
    decorator: str
    getter: str
    setter: str
    """The signatures of the descriptor that checkers see."""
    documentation: str
    descriptor: str
    """What is there at run time."""


@dataclass(frozen=True, slots=True)
class CreateForm:
    """One signature of the methods that take the values of new records."""

    head: str
    """The lines before it: decorators."""
    values: str
    """The TypedDict of the values as keywords."""
    row: str
    """The type of the values in a row."""
    end: str
    """What stands in place of a body."""


@dataclass(frozen=True, slots=True)
class FormerFile:
    """A file that has, or in which something has, a name of before."""

    file: str
    documentation: str
    imports: str | None
    aliases: tuple[str, ...]
    """What checkers see: ``Company = Firm``."""
    names: str
    """The statement that maps the names of classes to the present ones."""
    home: str
    """The file that has them, as a literal."""


def getter(before: str, now: str, returned: str, of: str = "") -> FormerGetter:
    """A property of the name ``before``; ``of`` is what messages put before the names."""
    return FormerGetter(
        decorator=decorator(before, now, 4, of),
        definition=statement(f"def {before}(", ["self"], f") -> {returned}:", 4),
        documentation=docstring(f"Renamed: use `{of}{now}`."),
        result=f"return self.{now}",
    )


def decorator(before: str, now: str, indent: int, of: str = "") -> str:
    """What makes checkers strike a name out."""
    message = literal(f"{of}{before} was renamed: it is {of}{now} now")
    return statement("@deprecated(", [message], ")", indent)


def former_attributes(
    names: ModuleNames, typed: Mapping[str, Typed]
) -> tuple[FormerAttribute, ...]:
    """The names of before of the attributes of a record; ``typed`` are its fields by api_name."""
    found: list[FormerAttribute] = []
    for item, before in _before(names, typed):
        now, read = names.fields[item], typed[item].read
        kind = read if read == "Any" else f"{read} | None"
        arguments = [literal(item), "default=ABSENT", f"alias={literal(before)}"]
        found.append(
            FormerAttribute(
                name=before,
                keyword=assignment(f"_{before}", kind, "api", arguments, 8),
                decorator=decorator(before, now, 12, f"{names.record}."),
                getter=statement(
                    "def __get__(",
                    ["self", "row: object", "owner: object"],
                    f") -> {kind}: ...",
                    12,
                ),
                setter=statement(
                    "def __set__(", ["self", "row: object", f"value: {kind}"], ") -> None: ...", 12
                ),
                documentation=docstring(f"Renamed: use `{now}`."),
                descriptor=f"{before} = Former({literal(now)})",
            )
        )
    return tuple(found)


def former_columns(names: ModuleNames, typed: Mapping[str, Typed]) -> tuple[FormerGetter, ...]:
    """The names of before of the columns."""
    return tuple(
        getter(before, names.fields[item], typed[item].column, f"{names.record}.fields.")
        for item, before in _before(names, typed)
    )


def _before(names: ModuleNames, typed: Mapping[str, Typed]) -> Iterable[tuple[str, str]]:
    """The api_name and each name of before of the fields that have any."""
    return ((item, before) for item in typed for before in names.former_fields.get(item, ()))


def former_keys(names: ModuleNames, item: str, declare: Callable[[str], str]) -> Iterable[str]:
    """The keys of a TypedDict that are names of before, which checkers cannot strike out."""
    for before in names.former_fields.get(item, ()):
        yield f"# Renamed: use `{names.fields[item]}`.\n        {declare(before)}"


def create_forms(
    module: Module, names: ModuleNames, required: Sequence[str], imports: Imports
) -> tuple[CreateForm, ...]:
    """The signatures of ``create`` and the like.

    One, unless one of the ``required`` fields (by api_name) had another name: then also one that
    takes either and that checkers strike out, and one that is both.
    """
    create, former = f"{names.record}Create", f"_{names.record}FormerCreate"
    renamed = [item for item in required if names.former_fields.get(item)]
    if not renamed:
        return (CreateForm("", create, create, ""),)
    if module.is_subform or not module.creatable:
        return ()
    imports.use("typing", "overload")
    imports.use(RENAMED, "deprecated")
    changes = [
        f"{before} was renamed: it is {names.fields[item]} now"
        for item in renamed
        for before in names.former_fields[item]
    ]
    message = literal("; ".join(changes))
    strike = statement("@deprecated(", [message], ")", 4)
    return (
        CreateForm("    @overload\n", create, create, " ..."),
        CreateForm(f"\n    @overload\n    {strike}\n", former, former, " ..."),
        CreateForm("\n", former, f"{create} | {former}", ""),
    )


# --- Classes and files ------------------------------------------------------------------------


def former_classes(names: ModuleNames, handle: str | None) -> dict[str, str]:
    """The exported names of before and what each is now: record, columns and handle."""
    now = {names.record, f"{names.record}Fields", *([handle] if handle else [])}
    found: dict[str, str] = {}
    for before in names.former:
        pairs = [(before.record, names.record), (f"{before.record}Fields", f"{names.record}Fields")]
        if handle:
            pairs.append((before.handle, handle))
        for old, new in pairs:
            if old not in now:
                found.setdefault(old, new)
    return found


def former_file_of(names: ModuleNames, former_name: str) -> str:
    """The file that an exported name of before stands in."""
    return next(
        before.file
        for before in names.former
        if former_name in (before.record, f"{before.record}Fields", before.handle)
    )


def former_handles(names: ModuleNames) -> Iterable[str]:
    """The names of before of the module's attribute of the client."""
    files = dict.fromkeys(before.file for before in names.former)
    return [file for file in files if file.lower() != names.file.lower()]


def former_files(
    names: ModuleNames, handle: str | None, endings: Sequence[str], own: Sequence[str]
) -> tuple[FormerFile, ...]:
    """The files of before of a module, and its own file where only classes were renamed.

    ``endings`` are those of the classes that come with the record; ``own`` are the other names of
    the file that users import, such as those of picklists.
    """
    by_file: dict[str, list[FormerModule]] = {}
    for before in names.former:
        by_file.setdefault(before.file, []).append(before)
    present = [*(names.record + ending for ending in endings), *([handle] if handle else [])]
    found: list[FormerFile] = []
    for file, group in by_file.items():
        renamed: dict[str, str] = {}
        for before in group:
            pairs = [(before.record + ending, names.record + ending) for ending in endings]
            if handle:
                pairs.append((before.handle, handle))
            renamed |= {old: new for old, new in pairs if old not in present}
        is_own = file.lower() == names.file.lower()
        if is_own and not renamed:
            continue
        same = sorted({*own, *present}.difference(renamed.values()))
        imported = {*renamed.values(), *(f"{name} as {name}" for name in same)}
        pairs_text = [f"{literal(old)}: {literal(new)}" for old, new in sorted(renamed.items())]
        found.append(
            FormerFile(
                file=names.file if is_own else file,
                documentation=docstring(f"Renamed: use the module `{names.file}`."),
                imports=None if is_own else import_line(f".{names.file}", imported, 4),
                aliases=tuple(f"{old} = {new}" for old, new in sorted(renamed.items())),
                names=exploded("_FORMER = {", pairs_text, "}", 4) if renamed else "_FORMER = {}",
                home=literal(names.file),
            )
        )
    return tuple(found)
