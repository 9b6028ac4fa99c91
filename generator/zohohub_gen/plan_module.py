"""One module → the plan of its file: every statement as text, for templates to set in order.

Only files of its kind (``plan*``, ``annotations``, ``facts``, ``source``) compose Python text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zohohub_gen.annotations import (
    COLUMNS,
    PICKLISTS,
    Imports,
    Target,
    Typed,
    Typer,
    attribute_type,
    description,
    missing_sentence,
)
from zohohub_gen.choices import Choices
from zohohub_gen.facts import field_facts, layouts, layouts_text
from zohohub_gen.ir import Field, Module, immutable
from zohohub_gen.names import ModuleNames
from zohohub_gen.plan_convert import ConvertPlan, plan_convert
from zohohub_gen.plan_former import ModuleFormer, former_keys, plan_former
from zohohub_gen.plan_picklists import ENUMERATION, enumeration, literals, offered
from zohohub_gen.plan_related import RelatedAttribute, plan_related
from zohohub_gen.selection import field_globs, needed_to_create
from zohohub_gen.source import (
    LINE_LENGTH,
    assignment,
    constants,
    declaration,
    docstring,
    import_line,
    literal,
    statement,
)

RECORDS = "zohohub.records"


@immutable
class Attribute:
    """One field of a record class."""

    declaration: str
    documentation: str
    column: str
    key: str
    """The api_name as a literal: the key in the JSON object."""
    reading: str
    """The statement that fills it from the JSON object."""


@dataclass(frozen=True, slots=True)
class ModuleHead:
    """What the rest of the package knows of a generated file."""

    file: str
    record: str
    handle: str | None
    former: ModuleFormer


@dataclass(frozen=True, slots=True)
class ModulePlan(ModuleHead):
    """One generated file: a module of the org, or the rows of a subform."""

    documentation: str
    runtime_imports: tuple[str, ...]
    checking_imports: tuple[str, ...]
    exports: str
    picklists: tuple[str, ...]
    """The Literals of options."""
    enumerations: tuple[str, ...]
    """The classes of options, in their place."""
    lookup: str
    """The head of the class that a lookup of this module is typed by."""
    behind: tuple[str, str] | None
    """What makes the columns as seen through a lookup of several modules: its head and result."""
    columns_documentation: str
    record_documentation: str
    left_out: tuple[str, ...]
    """The statements by which the record class knows what it lacks on purpose."""
    row_input: str | None
    """The alias of what a write of the subform takes for a row."""
    handle_documentation: str
    api_name: str
    layouts: str | None
    """The statement that lists the layouts of the module."""
    layout_names: str
    """The Literal of their names, and what it is called."""
    layout_names_name: str
    decode: str
    """The ``def`` of the function that fills a record in, and its name."""
    decode_name: str
    attributes: tuple[Attribute, ...]
    related: tuple[RelatedAttribute, ...]
    related_documentation: str
    values: tuple[str, ...]
    """Keys that a create and an update may both leave out."""
    create: tuple[str, ...]
    update: tuple[str, ...]
    creatable: bool
    editable: bool
    convert: ConvertPlan | None
    """Of the module Leads only."""


class ModulePlanner:
    """Composes the text of one module's file."""

    def __init__(
        self,
        module: Module,
        names: ModuleNames,
        targets: Mapping[str, Target],
        rows: Mapping[str, Target],
        taken: frozenset[str],
        choices: Choices,
    ) -> None:
        self.module = module
        self.names = names
        self.imports = Imports()
        self.choices = choices
        self.typer = Typer(names.record, targets, rows, names.file, self.imports, choices)
        self.taken = {*taken, *(alias.lower() for alias in names.picklists.values())}
        self.decode = targets[module.api_name].decode
        self._documented: dict[str, str] = {}

    def plan(self, handles: Mapping[str, ModuleNames]) -> ModulePlan:
        """Plan it; ``handles`` are the names of the modules that have a handle."""
        module, names, imports = self.module, self.names, self.imports
        imports.use("collections.abc", "Mapping")
        imports.use("typing", "TYPE_CHECKING", "Any", "Generic", "TypeVar")
        imports.check(COLUMNS, "LookupColumn")
        imports.use(RECORDS, "ABSENT", "Record", "api", "decoder", "record")
        imports.check("typing", "TypedDict")
        fields, aliases = self._in_order(), names.picklists
        listed = None if module.is_subform else layouts_text(module)
        typed = {
            item.api_name: self.typer.typed(item, aliases.get(item.api_name)) for item in fields
        }
        handle = None if module.is_subform else names.handle
        if handle is None:
            imports.check("typing", "TypeAlias")
            imports.check("zohohub.values", "Removed")
        else:
            imports.use(COLUMNS, "columns_behind")
            imports.check(COLUMNS, "Column")
            imports.use("zohohub.modules", "Module")
            if module.creatable or module.editable:
                imports.check("collections.abc", "Iterable", "Sequence")
                imports.check("zohohub.bulk_write", "BulkWrite")
                imports.check("typing", "Unpack")
                imports.check("zohohub.results", "Results")
            if module.creatable or module.editable:
                imports.check("zohohub.values", "Ref")
            if module.editable:
                imports.check("zohohub.blueprint", "Blueprint")
                imports.check("zohohub.mass_update", "MassUpdate")
        values, create, update, former_create = self._writes(fields, typed)
        picklists = {
            aliases[item.api_name]: self._picklist(item, aliases[item.api_name])
            for item in fields
            if item.api_name in aliases
        }
        are_classes = self.choices.picklists == "enum"
        layout_names = self._free(f"{names.record}LayoutName")
        if listed is not None:
            imports.use("zohohub.facts", "ModuleLayout")
            imports.check("typing", "Literal", "TypeAlias")
        related = plan_related(module, names, handles, imports)
        convert = plan_convert(module, handles, imports)
        exports = [
            names.record,
            f"{names.record}Fields",
            *([f"{names.record}Related"] if related else []),
            *([handle] if handle else []),
            *(picklists if are_classes else ()),
        ]
        label, missing = module.plural_label, missing_sentence(module)
        former = plan_former(
            module,
            names,
            typed,
            former_create,
            [
                *(["LayoutName"] if listed and layout_names.endswith("LayoutName") else []),
                *(["Related"] if related else []),
            ],
            imports,
        )
        return ModulePlan(
            file=names.file,
            documentation=docstring(f"{label}.{missing}"),
            runtime_imports=_import_lines(imports.runtime),
            checking_imports=_checking_lines(imports),
            exports=statement("__all__ = [", [literal(name) for name in exports], "]"),
            picklists=() if are_classes else tuple(picklists.values()),
            enumerations=tuple(picklists.values()) if are_classes else (),
            record=names.record,
            lookup=statement(
                f"class {names.record}Lookup(",
                [f"LookupColumn[_R, {names.record}]", f"{names.record}Fields[_R]"],
                "):",
                4,
            ),
            behind=None if handle is None else self._behind(),
            columns_documentation=docstring(f"The columns of {label}, for queries."),
            record_documentation=docstring(self._record_text()),
            left_out=tuple(self._left_out()),
            row_input=None if handle else self._row_input(bool(former_create)),
            handle=handle,
            handle_documentation=docstring(f"The module {label}.{missing}"),
            api_name=literal(module.api_name),
            layouts=listed,
            layout_names=literals(layout_names, [each.name for each in layouts(module)], 4),
            layout_names_name=layout_names,
            decode=statement(
                f"def {self.decode}(",
                [f"row: {names.record}", "data: Mapping[str, Any]", "/"],
                ") -> None:",
            ),
            decode_name=self.decode,
            attributes=tuple(
                self._attribute(item, typed[item.api_name], aliases.get(item.api_name))
                for item in fields
            ),
            related=related,
            related_documentation=docstring(f"The related lists of one record of {label}."),
            values=values,
            create=create,
            update=update,
            creatable=module.creatable,
            editable=module.editable,
            convert=convert,
            former=former,
        )

    def _in_order(self) -> list[Field]:
        """The id first, then by attribute name: a new field moves nothing."""
        return sorted(
            self.module.fields,
            key=lambda item: (item.api_name != "id", self.names.fields[item.api_name]),
        )

    def _record_text(self) -> str:
        missing = missing_sentence(self.module)
        if self.module.is_subform:
            parent = f" of {self.module.parent}" if self.module.parent else ""
            return f"A row of the subform {self.module.singular_label}{parent}.{missing}"
        return f"One record of {self.module.plural_label}.{missing}"

    def _behind(self) -> tuple[str, str]:
        namespace = f"{self.names.record}Fields"
        head = ["cls", "reference: Column[_R]", "/"]
        arguments = ["reference", literal(self.module.api_name), f"{namespace}[_R]"]
        return (
            statement("def _columns_behind(", head, f") -> {namespace}[_R]:", 4),
            statement("return columns_behind(", arguments, ")", 8),
        )

    def _row_input(self, has_former: bool) -> str:
        record = self.names.record
        forms = f"{record}Create | {record}UpdateRow | {record} | Removed"
        if has_former:
            forms = f"{forms} | _{record}FormerCreate"
        one_line = f"{record}Input: TypeAlias = {forms}"
        if len(one_line) + 4 <= LINE_LENGTH:
            return one_line
        return f"{record}Input: TypeAlias = (\n        {forms}\n    )"

    def _left_out(self) -> Iterator[str]:
        globs = field_globs(self.choices, self.module.api_name)
        for name, chosen in (("_only_fields", globs.only), ("_without_fields", globs.without)):
            if chosen:
                yield constants(f"{name} = ", chosen, 4)

    # --- Picklists --------------------------------------------------------------------------

    def _free(self, wanted: str) -> str:
        """The name, with a number where it is taken; it is taken from now on."""
        name = wanted
        number = 2
        while name.lower() in self.taken:
            name = f"{wanted}_{number}"
            number += 1
        self.taken.add(name.lower())
        return name

    def _picklist(self, item: Field, alias: str) -> str:
        """The statement that says what the options of a picklist are."""
        if self.choices.picklists == "enum":
            self.imports.use(PICKLISTS, ENUMERATION)
            return enumeration(item, alias, self.names.options[item.api_name])
        self.imports.use("typing", "Literal", "TypeAlias")
        return literals(alias, offered(item.type))

    # --- Attributes -------------------------------------------------------------------------

    def _attribute(self, item: Field, typed: Typed, alias: str | None) -> Attribute:
        name = self.names.fields[item.api_name]
        key = literal(item.api_name)
        facts = field_facts(item, alias, required=needed_to_create(self.module, item))
        if facts and "Decimal(" in "".join(facts):
            self.imports.use("decimal", "Decimal")
        arguments = [key, "default=ABSENT", *facts]
        column = typed.column
        return Attribute(
            declaration=assignment(name, attribute_type(item, typed), "api", arguments, 4),
            documentation=self._documentation(item),
            column=assignment(
                name, column, typed.maker or column.partition("[")[0], typed.arguments, 4
            ),
            key=key,
            reading=_reading(name, typed, key),
        )

    def _documentation(self, item: Field) -> str:
        """The docstring of a field, which stands at its attribute and at its key of a write."""
        text = self._documented.get(item.api_name)
        if text is None:
            text = docstring(description(item, self._required_by(item)))
            self._documented[item.api_name] = text
        return text

    def _required_by(self, item: Field) -> tuple[str, ...]:
        return tuple(
            layout.name
            for layout in self.module.layouts
            if layout.active and (own := layout.fields.get(item.api_name)) and own.required
        )

    # --- Writes -----------------------------------------------------------------------------

    def _writes(
        self, fields: list[Field], typed: Mapping[str, Typed]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The keys of the TypedDicts: what both may leave out, then those of create and update.

        Last those of a create in which mandatory fields may have their names of before.
        """
        values: list[str] = []
        create: list[str] = []
        update: list[str] = []
        former_create: list[str] = []
        is_renamed = is_demanding = False
        for item in fields:
            if item.read_only or item.api_name == "id":
                continue
            name = self.names.fields[item.api_name]
            own = typed[item.api_name]
            for module, imported in own.write_imports:
                self.imports.check(module, imported)
            if own.write.startswith("Sequence["):
                self.imports.check("collections.abc", "Sequence")
            required = needed_to_create(self.module, item)
            may_clear = own.clearable and not required and own.write != "Any"
            value = f"{own.write}{' | None' if may_clear else ''}"
            # Editors show it where the keyword is written; Python itself throws it away.
            words = f"\n{' ' * 8}{self._documentation(item)}"
            key = declaration(name, value, 8) + words
            former = former_keys(self.names, item.api_name, value)
            if not required and item.updatable:
                (values if item.creatable else update).extend([key, *former])
                continue
            optional = declaration(name, f"NotRequired[{value}]", 8) + words
            former_optional = former_keys(self.names, item.api_name, f"NotRequired[{value}]")
            if required:
                is_demanding = True
                create.append(key)
                former_create += [optional, *former_optional] if former else [key]
                is_renamed = is_renamed or bool(former)
                if item.updatable:
                    update += [key, *former]
            else:
                self.imports.check("typing", "NotRequired")
                create += [optional, *former_optional]
                former_create += [optional, *former_optional]
        if self.module.is_subform and not is_demanding:
            # Else mypy takes each update row for a new row, and forgets the difference.
            self.imports.check("typing", "Never", "NotRequired")
            create.append(declaration("id", "NotRequired[Never]", 8))
        if not is_renamed:
            return tuple(values), tuple(create), tuple(update), ()
        self.imports.check("typing", "NotRequired")
        if self.module.is_subform:
            self.imports.check("typing", "Never")
            former_create.append(declaration("id", "NotRequired[Never]", 8))
        return tuple(values), tuple(create), tuple(update), tuple(former_create)


def _reading(name: str, typed: Typed, key: str) -> str:
    """The statement that reads an attribute, where it stands in the decoder."""
    value = f"data[{key}]"
    if typed.decode is None:
        return statement(f"row.{name} = data[", [key], "]", 8, comma="")
    arguments = [*typed.decode_arguments, value, *typed.decode_more]
    return assignment(f"row.{name}", "", typed.decode, arguments, 8)


def _import_lines(imports: Mapping[str, set[str]], indent: int = 0) -> tuple[str, ...]:
    """Import statements in isort's order, an empty line between its groups."""
    lines: list[str] = []
    group = None
    for module in sorted(imports, key=_import_key):
        if group is not None and group != _import_key(module)[0]:
            lines.append("")
        group = _import_key(module)[0]
        lines.append(import_line(module, imports[module], indent))
    return tuple(lines)


def _import_key(module: str) -> tuple[int, str]:
    group = 2 if module.startswith(".") else 1 if module.startswith("zohohub") else 0
    return group, module


def _checking_lines(imports: Imports) -> tuple[str, ...]:
    only = {
        module: names - imports.runtime.get(module, set())
        for module, names in imports.checking.items()
    }
    return _import_lines({module: names for module, names in only.items() if names}, 4)
