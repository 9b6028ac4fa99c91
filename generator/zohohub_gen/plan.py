"""Schema + names → a plan: every statement of the package as text, for templates to set in order.

This and ``annotations``/``source`` are the only places that compose Python text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import inflection

from zohohub_gen.annotations import (
    COLUMNS,
    PICKLISTS,
    Imports,
    Target,
    Typed,
    Typer,
    attribute_type,
    description,
    missing_words,
)
from zohohub_gen.choices import Choices
from zohohub_gen.facts import field_facts, layouts, layouts_text
from zohohub_gen.ir import Field, Module, Schema, Subform, immutable
from zohohub_gen.names import ModuleNames, Names
from zohohub_gen.plan_convert import ConvertPlan, plan_convert
from zohohub_gen.plan_former import (
    ModuleFormer,
    PackageFormer,
    former_keys,
    plan_former,
    plan_package_former,
)
from zohohub_gen.plan_picklists import ENUMERATION, enumeration, literals, offered
from zohohub_gen.plan_related import RelatedAttribute, plan_related
from zohohub_gen.selection import field_globs, needed_to_create
from zohohub_gen.source import (
    LINE_LENGTH,
    assignment,
    constants,
    declaration,
    docstring,
    exploded,
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
class ModulePlan:
    """One generated file: a module of the org, or the rows of a subform."""

    file: str
    documentation: str
    runtime_imports: tuple[str, ...]
    checking_imports: tuple[str, ...]
    exports: str
    picklists: tuple[str, ...]
    """The Literals of options."""
    enumerations: tuple[str, ...]
    """The classes of options, in their place."""
    record: str
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
    handle: str | None
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
    former: ModuleFormer


@dataclass(frozen=True, slots=True)
class Handle:
    """One module on the client."""

    attribute: str
    type: str
    documentation: str


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """The whole package."""

    documentation: str
    modules: tuple[ModulePlan, ...]
    handles: tuple[Handle, ...]
    checking_imports: tuple[str, ...]
    """Of ``client.py``."""
    exports: str
    export_imports: tuple[str, ...]
    """Of ``__init__.py``."""
    homes: str
    former: PackageFormer
    interface: int


INTERFACE = 3
"""The runtime interface that generated code is written against; see `zohohub.interface`."""


def plan_package(schema: Schema, names: Names, choices: Choices) -> PackagePlan:
    """Plan the package of all modules and fields of the schema."""
    modules = schema.modules
    targets, rows = targets_of(modules, names)
    with_handles = {
        module.api_name: names.modules[module.api_name]
        for module in modules
        if not module.is_subform
    }
    plans = tuple(
        _ModulePlanner(
            module, names.modules[module.api_name], targets, rows, names.classes, choices
        ).plan(with_handles)
        for module in modules
    )
    handles = tuple(
        Handle(
            attribute=names.modules[module.api_name].file,
            type=names.modules[module.api_name].handle,
            documentation=docstring(f"{module.plural_label}.{_missing(module)}"),
        )
        for module in modules
        if not module.is_subform
    )
    homes = _homes(plans)
    former = plan_package_former([plan.former for plan in plans], homes)
    return PackagePlan(
        documentation=docstring(f"Typed client of {schema.org.company_name or 'a Zoho CRM org'}."),
        modules=plans,
        handles=tuple(sorted(handles, key=lambda handle: handle.attribute)),
        checking_imports=tuple(
            import_line(f".{plan.file}", [plan.handle], 4)
            for plan in sorted(plans, key=lambda plan: plan.file)
            if plan.handle
        ),
        exports=_name_list("__all__ = [", homes),
        export_imports=tuple(
            import_line(f".{home}", [name for name in homes if homes[name] == home], 4)
            for home in sorted(set(homes.values()))
        ),
        homes=exploded(
            "_HOME = {", [f"{literal(name)}: {literal(home)}" for name, home in homes.items()], "}"
        ),
        former=former,
        interface=INTERFACE,
    )


def targets_of(
    modules: Sequence[Module], names: Names
) -> tuple[Mapping[str, Target], Mapping[str, Target]]:
    """What lookups and what subforms may name, by api_name; ``modules`` are those selected."""
    targets = {module.api_name: _target(names, module) for module in modules}
    rows = {
        module.api_name: targets[module.api_name]
        for module in modules
        if module.is_subform and not any(isinstance(item.type, Subform) for item in module.fields)
    }
    return targets, rows


def _target(names: Names, module: Module) -> Target:
    own = names.modules[module.api_name]
    return Target(own.file, own.record, f"decode_{inflection.underscore(own.record)}")


def _homes(plans: tuple[ModulePlan, ...]) -> dict[str, str]:
    """Which file each exported name lives in; the client first, then by file."""
    homes = {"Crm": "client"}
    for plan in plans:
        homes |= dict.fromkeys((plan.record, f"{plan.record}Fields"), plan.file)
        if plan.handle is not None:
            homes[plan.handle] = plan.file
    return homes


def _missing(module: Module) -> str:
    """What a docstring adds for a module that not every org of a union has."""
    return f" {missing_words(module)}." if module.missing_in else ""


def _name_list(head: str, names: Mapping[str, str]) -> str:
    return exploded(head, [literal(name) for name in names], "]")


class _ModulePlanner:
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
        module, names, imports = self.module, self.names, self.imports
        imports.use("collections.abc", "Mapping")
        imports.use("typing", "TYPE_CHECKING", "Any", "Generic", "TypeVar")
        imports.check(COLUMNS, "LookupColumn")
        imports.use(RECORDS, "ABSENT", "Record", "api", "decoder", "record")
        imports.check("typing", "TypedDict")
        fields = self._in_order()
        aliases: Mapping[str, str] = {}
        if self.choices.picklists != "str":
            aliases = names.picklists
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
        label, missing = module.plural_label, _missing(module)
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
        missing = _missing(self.module)
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
