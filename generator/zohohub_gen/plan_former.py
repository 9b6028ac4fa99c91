"""The deprecated aliases of names of before: attributes, columns, handles, classes and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zohohub_gen.annotations import Imports, Typed
from zohohub_gen.former_names import FormerModule
from zohohub_gen.ir import Module
from zohohub_gen.names import ModuleNames
from zohohub_gen.source import (
    assignment,
    declaration,
    docstring,
    exploded,
    import_line,
    literal,
    statement,
)

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
    imports: str
    renamed: Mapping[str, str]
    """The names of classes of before, and the present ones."""
    names: str
    """The statement that has them."""
    home: str
    """The file that has them, as a literal."""


@dataclass(frozen=True, slots=True)
class ModuleFormer:
    """All aliases of one module."""

    attributes: tuple[FormerAttribute, ...]
    columns: tuple[FormerGetter, ...]
    create: tuple[str, ...]
    """The keys of a create by which mandatory fields may have their names of before."""
    create_forms: tuple[CreateForm, ...]
    handles: tuple[FormerGetter, ...]
    files: tuple[FormerFile, ...]
    own: FormerFile | None
    """The classes that were renamed while the file was not."""
    classes: Mapping[str, tuple[str, str]]
    """Exported names of before: what each is now, and the file that it stands in."""


NO_FORMER: Final = ModuleFormer((), (), (), (), (), (), None, {})
"""Of a module of which nothing ever had another name."""


@dataclass(frozen=True, slots=True)
class PackageFormer:
    """All aliases of a package that stand in no module's own file."""

    handles: tuple[FormerGetter, ...]
    files: tuple[FormerFile, ...]
    names: str | None
    """Of ``__init__.py``: the statement that maps exported names of before to the present ones."""
    imports: tuple[str, ...]


def plan_former(
    module: Module,
    names: ModuleNames,
    typed: Mapping[str, Typed],
    create: tuple[str, ...],
    endings: Sequence[str],
    imports: Imports,
) -> ModuleFormer:
    """Plan the aliases of a module.

    ``create`` are the keys of a create with names of before, empty unless mandatory fields have
    any; ``endings`` those of classes that not every module has.
    """
    if names.former_fields:
        imports.use(RENAMED, "Former", "deprecated")
    changes = [
        (before, names.fields[item.api_name])
        for item in module.fields
        if item.required and not item.read_only
        for before in names.former_fields.get(item.api_name, ())
    ]
    has_forms = create and not module.is_subform and module.creatable
    handle = None if module.is_subform else names.handle
    family = ["", "Fields", "Lookup", "Create", "Update", "UpdateRow", *endings]
    files = _files(names, handle, [*family, *([] if handle else ["Input"])])
    file_names = [each.file for each in files if each.file != names.file]
    return ModuleFormer(
        attributes=_attributes(names, typed),
        columns=_columns(names, typed),
        create=create,
        create_forms=_create_forms(names, changes if has_forms else [], imports),
        handles=tuple(
            getter(file, names.file, names.handle, "crm.") for file in file_names if handle
        ),
        files=tuple(each for each in files if each.file != names.file),
        own=next((each for each in files if each.file == names.file), None),
        classes={
            old: (new, each.file)
            for each in reversed(files)
            for old, new in each.renamed.items()
            if new in (names.record, f"{names.record}Fields", handle)
        },
    )


def plan_package_former(modules: Sequence[ModuleFormer], homes: Mapping[str, str]) -> PackageFormer:
    """Gather the aliases of the modules; ``homes`` has the names that are exported today."""
    classes = {
        old: change
        for module in modules
        for old, change in module.classes.items()
        if old not in homes
    }
    items = [f"{literal(old)}: {literal(now)}" for old, (now, _) in sorted(classes.items())]
    return PackageFormer(
        handles=tuple(each for module in modules for each in module.handles),
        files=tuple(each for module in modules for each in module.files),
        names=exploded("_FORMER = {", items, "}") if items else None,
        imports=tuple(
            import_line(
                f".{home}",
                [f"{old} as {old}" for old, (_, file) in classes.items() if file == home],
                4,
            )
            for home in sorted({file for _, file in classes.values()})
        ),
    )


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


def _attributes(names: ModuleNames, typed: Mapping[str, Typed]) -> tuple[FormerAttribute, ...]:
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


def _columns(names: ModuleNames, typed: Mapping[str, Typed]) -> tuple[FormerGetter, ...]:
    """The names of before of the columns."""
    return tuple(
        getter(before, names.fields[item], typed[item].column, f"{names.record}.fields.")
        for item, before in _before(names, typed)
    )


def _before(names: ModuleNames, typed: Mapping[str, Typed]) -> Iterable[tuple[str, str]]:
    """The api_name and each name of before of the fields that have any."""
    return ((item, before) for item in typed for before in names.former_fields.get(item, ()))


def former_keys(names: ModuleNames, item: str, value: str) -> list[str]:
    """The keys of a TypedDict that are names of before, which checkers cannot strike out."""
    if item not in names.former_fields:
        return []
    return [
        f"# Renamed: use `{names.fields[item]}`.\n        {declaration(before, value, 8)}"
        for before in names.former_fields[item]
    ]


def _create_forms(
    names: ModuleNames, changes: Sequence[tuple[str, str]], imports: Imports
) -> tuple[CreateForm, ...]:
    """The signatures of ``create`` and the like.

    One, unless mandatory fields had other names (``changes``): then also one that takes either and
    that checkers strike out, and one that is both.
    """
    create, former = f"{names.record}Create", f"_{names.record}FormerCreate"
    if not changes:
        return (CreateForm("", create, create, ""),)
    imports.use("typing", "overload")
    imports.use(RENAMED, "deprecated")
    message = "; ".join(f"{before} was renamed: it is {now} now" for before, now in changes)
    strike = statement("@deprecated(", [literal(message)], ")", 4)
    return (
        CreateForm("    @overload\n", create, create, " ..."),
        CreateForm(f"\n    @overload\n    {strike}\n", former, former, " ..."),
        CreateForm("\n", former, f"{create} | {former}", ""),
    )


# --- Classes and files ------------------------------------------------------------------------


def _files(names: ModuleNames, handle: str | None, endings: Sequence[str]) -> list[FormerFile]:
    """The files of before of a module, and its own file where only classes were renamed.

    ``endings`` are those of the classes that come with the record.
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
        same = {*names.picklists.values(), *present}.difference(renamed.values())
        imported = {*renamed.values(), *(f"{name} as {name}" for name in same)}
        items = [f"{literal(old)}: {literal(new)}" for old, new in sorted(renamed.items())]
        found.append(
            FormerFile(
                file=names.file if is_own else file,
                documentation=docstring(f"Renamed: use the module `{names.file}`."),
                imports=import_line(f".{names.file}", imported, 4),
                renamed=dict(sorted(renamed.items())),
                names=exploded("_FORMER = {", items, "}", 4) if items else "_FORMER = {}",
                home=literal(names.file),
            )
        )
    return found
