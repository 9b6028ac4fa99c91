"""What each field type is called in generated code: annotations, columns and decoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zohohub_gen.choices import Choices
from zohohub_gen.ir import (
    Boolean,
    Date,
    DateTime,
    Field,
    Files,
    Integer,
    LayoutReference,
    LongInteger,
    Lookup,
    Module,
    MultiLookup,
    MultiModuleLookup,
    MultiUser,
    Number,
    Opaque,
    Picklist,
    RelatedList,
    Structured,
    Subform,
    Tags,
    Text,
    User,
    immutable,
)
from zohohub_gen.source import literal

VALUES = "zohohub.values"
COLUMNS = "zohohub.columns"
PICKLISTS = "zohohub.picklists"
SHAPES = "zohohub.shapes"
ROOT = "_R"
"""The type variable of a namespace of columns: the records from which lookups lead to them."""


@dataclass(slots=True)
class Imports:
    """The imports that one generated file turned out to need."""

    runtime: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    checking: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def use(self, module: str, *names: str) -> None:
        """Needed when the module runs."""
        self.runtime.setdefault(module, set()).update(names)

    def check(self, module: str, *names: str) -> None:
        """Needed by type checkers alone."""
        self.checking.setdefault(module, set()).update(names)


@dataclass(frozen=True, slots=True)
class Target:
    """What generated code knows of another module."""

    file: str
    record: str
    decode: str


@immutable
class Typed:
    """How one field is written in generated code."""

    read: str
    """The type of the attribute, without None."""
    write: str
    """The type of a value to write, without None."""
    column: str
    """The column class with its parameters: ``PicklistColumn[Lead, LeadStatus]``."""
    arguments: tuple[str, ...]
    """What the column is made with: the api_name, and more where it needs more."""
    decode: str | None = None
    """The function that reads the JSON value; None where the value is taken as it is."""
    decode_arguments: tuple[str, ...] = ()
    """What the function takes before the value."""
    decode_more: tuple[str, ...] = ()
    """What the function takes after the value."""
    clearable: bool = True
    """Whether None may be written."""
    write_imports: tuple[tuple[str, str], ...] = ()
    """What the type of a value to write needs imported, as (module, name)."""
    maker: str | None = None
    """What makes the column, where it is not the column class."""


@dataclass(frozen=True, slots=True)
class Typer:
    """Types the fields of one module."""

    record: str
    targets: Mapping[str, Target]
    """The modules that lookups can name, by api_name."""
    rows: Mapping[str, Target]
    """The modules that subforms can name, by api_name."""
    own_file: str
    imports: Imports
    choices: Choices

    def typed(self, item: Field, alias: str | None) -> Typed:
        """Type a field; ``alias`` is the name of its picklist's options, if there is one."""
        name = literal(item.api_name)
        if item.api_name == "id":
            self.imports.use(COLUMNS, "DigitsColumn")
            return Typed("str", "str", self._column("DigitsColumn"), (name,))
        kind = item.type
        match kind:
            case Text():
                return self._simple(name, "str", "TextColumn", None)
            case LongInteger():
                return self._simple(name, "str", "DigitsColumn", "decode_digits")
            case Boolean():
                return self._simple(name, "bool", "BooleanColumn", None, clearable=False)
            case Integer():
                return self._simple(name, "int", "IntegerColumn", "decode_integer")
            case Number():
                self.imports.use("decimal", "Decimal")
                return self._simple(
                    name, "Decimal", "DecimalColumn", "decode_decimal", write="Decimal | int"
                )
            case Date():
                self.imports.use("datetime", "date")
                return self._simple(name, "date", "DateColumn", "decode_date")
            case DateTime():
                self.imports.use("datetime", "datetime")
                return self._simple(name, "datetime", "DateTimeColumn", "decode_datetime")
            case Picklist():
                return self._picklist(name, kind, alias)
            case User():
                self.imports.use(VALUES, "UserRef")
                return self._simple(
                    name,
                    "UserRef",
                    "UserColumn",
                    "decode_user",
                    write="UserRef | str",
                    clearable="ownerlookup" not in item.data_type.split(_OR),
                )
            case LayoutReference():
                self.imports.use(VALUES, "LayoutRef")
                return self._simple(
                    name,
                    "LayoutRef",
                    "LayoutColumn",
                    "decode_layout",
                    write="LayoutRef | str",
                    clearable=False,
                )
            case Tags():
                self.imports.use(VALUES, "Tag")
                return self._simple(
                    name, "list[Tag]", "TagsColumn", "decode_tags", write="Sequence[Tag | str]"
                )
            case Files():
                self.imports.use(VALUES, "UploadedFile")
                return self._simple(
                    name,
                    "list[UploadedFile]",
                    "FilesColumn",
                    "decode_files",
                    write="Sequence[FileInput]",
                    write_imports=((VALUES, "FileInput"),),
                )
            case Lookup() | MultiModuleLookup():
                return self._lookup(name, kind)
            case MultiLookup() | MultiUser():
                return self._links(name, kind)
            case Subform():
                return self._subform(name, kind)
            case Structured():
                return self._structured(name, kind)
            case Opaque():
                return self._opaque(name, kind)

    # --- One group of types each -----------------------------------------------------------

    def _simple(
        self,
        name: str,
        read: str,
        column: str,
        decode: str | None,
        *,
        write: str | None = None,
        clearable: bool = True,
        write_imports: tuple[tuple[str, str], ...] = (),
    ) -> Typed:
        self.imports.use(COLUMNS, column)
        if decode is not None:
            self.imports.use(VALUES, decode)
        return Typed(
            read,
            write or read,
            self._column(column),
            (name,),
            decode,
            clearable=clearable,
            write_imports=write_imports,
        )

    def _picklist(self, name: str, kind: Picklist, alias: str | None) -> Typed:
        read = "str" if alias is None else f"{alias} | str"
        write = "str" if alias is None else read if self.choices.writes == "open" else alias
        column = "MultiPicklistColumn" if kind.multiple else "PicklistColumn"
        self.imports.use(COLUMNS, column)
        parameters = self._column(column, write)
        arguments: tuple[str, ...] = (name,)
        decode = "decode_options" if kind.multiple else None
        of_enumeration: tuple[str, ...] = ()
        if alias is not None and self.choices.picklists == "enum":
            arguments, of_enumeration = (name, alias), (alias,)
            decode = "decode_members" if kind.multiple else "decode_member"
            self.imports.use(PICKLISTS, decode)
        elif decode is not None:
            self.imports.use(VALUES, decode)
        if kind.multiple:
            read, write = f"list[{read}]", f"Sequence[{write}]"
        return Typed(read, write, parameters, arguments, decode, of_enumeration)

    def _lookup(self, name: str, kind: Lookup | MultiModuleLookup) -> Typed:
        self.imports.use(VALUES, "Ref")
        if isinstance(kind, Lookup):
            target = self._target(kind.module)
            self.imports.use(VALUES, "decode_ref")
            column, arguments, maker = self._lookup_column(name, kind.module, target)
            return Typed(
                f"Ref[{target}]",
                f"Ref[{target}] | str",
                column,
                arguments,
                "decode_ref",
                maker=maker,
            )
        complete = bool(kind.modules) and self.targets.keys() >= set(kind.modules)
        modules = kind.modules if complete else ("",)
        target = " | ".join(sorted({self._target(module) for module in modules}))
        column = "RelatedToColumn" if kind.style == "se_module" else "MultiModuleLookupColumn"
        self.imports.use(COLUMNS, column)
        module: tuple[str, ...] = ()
        decode = "decode_ref"
        if kind.style == "se_module":
            decode, module = "decode_related_to", ('data.get("$se_module")',)
        self.imports.use(VALUES, decode)
        return Typed(
            f"Ref[{target}]",
            f"Ref[{target}]",
            self._column(column, target),
            (name,),
            decode,
            decode_more=module,
        )

    def _links(self, name: str, kind: MultiLookup | MultiUser) -> Typed:
        self.imports.use(VALUES, "Link")
        connected = literal(kind.connected_field)
        if isinstance(kind, MultiUser):
            self.imports.use(COLUMNS, "MultiUserColumn")
            self.imports.use(VALUES, "UserRef", "decode_user_links")
            entry, decode = "UserRef", "decode_user_links"
            column = self._column("MultiUserColumn")
        else:
            target = self._target(kind.module)
            self.imports.use(COLUMNS, "MultiLookupColumn")
            self.imports.use(VALUES, "Ref", "decode_links")
            entry, decode = f"Ref[{target}]", "decode_links"
            column = self._column("MultiLookupColumn", target)
        return Typed(
            f"list[Link[{entry}]]",
            f"Sequence[LinkInput[{entry}]]",
            column,
            (name, connected),
            decode,
            (connected,),
            write_imports=((VALUES, "LinkInput"),),
        )

    def _subform(self, name: str, kind: Subform) -> Typed:
        row = self.rows.get(kind.module)
        if row is None:
            return self._json(name, "list[Any]", "Sequence[Any]", "RowsColumn")
        self.imports.use(COLUMNS, "SubformColumn")
        self.imports.use(VALUES, "decode_rows")
        self.imports.use(f".{row.file}", row.record, row.decode)
        return Typed(
            f"list[{row.record}]",
            f"Sequence[{row.record}Input]",
            self._column("SubformColumn", row.record),
            (name, row.record, row.decode),
            "decode_rows",
            (row.decode,),
            write_imports=((f".{row.file}", f"{row.record}Input"),),
        )

    def _structured(self, name: str, kind: Structured) -> Typed:
        self.imports.check(SHAPES, kind.shape)
        return self._json(
            name,
            f"list[{kind.shape}]" if kind.many else kind.shape,
            f"Sequence[{kind.shape}]" if kind.many else kind.shape,
        )

    def _opaque(self, name: str, kind: Opaque) -> Typed:
        if kind.json_type == "string":
            return self._simple(name, "str", "TextColumn", None)
        read = _OPAQUE.get(kind.json_type or "", "Any")
        self.imports.use("typing", "Any")
        return self._json(name, read, "Sequence[Any]" if read == "list[Any]" else read)

    def _json(self, name: str, read: str, write: str, column: str = "JsonColumn") -> Typed:
        self.imports.use(COLUMNS, column)
        self.imports.use(VALUES, "decode_json")
        return Typed(read, write, self._column(column), (name,), "decode_json")

    # --- Parts ------------------------------------------------------------------------------

    def _column(self, name: str, *parameters: str) -> str:
        return f"{name}[{', '.join((ROOT, *parameters))}]"

    def _lookup_column(
        self, name: str, module: str, record: str
    ) -> tuple[str, tuple[str, ...], str | None]:
        """The type of a lookup, what it is made with, and what makes it."""
        target = self.targets.get(module)
        if target is None:
            self.imports.use(COLUMNS, "LookupColumn")
            return self._column("LookupColumn", record), (name,), None
        self.imports.use(COLUMNS, "lookup")
        if target.file != self.own_file:
            self.imports.check(f".{target.file}", f"{record}Lookup")
        place = literal(f"{target.file}.{record}Fields")
        return self._column(f"{record}Lookup"), (name, place), "lookup"

    def _target(self, module: str) -> str:
        """The record class of a module; any record where the package does not have it."""
        target = self.targets.get(module)
        if target is None:
            return "Record"  # every generated file imports it
        if target.file != self.own_file:
            self.imports.check(f".{target.file}", target.record)
        return target.record


def attribute_type(item: Field, typed: Typed) -> str:
    """The type of a record's attribute: Zoho may hold no value for any field but the id."""
    return typed.read if item.api_name == "id" or typed.read == "Any" else f"{typed.read} | None"


_OPAQUE: Mapping[str, str] = {
    "jsonarray": "list[Any]",
    "jsonobject": "dict[str, Any]",
    "boolean": "bool",
}


# --- Words for documentation ------------------------------------------------------------------

_OR = " or "
"""Between the data types of a field that has several, in a union of orgs."""
_WORDS: Mapping[str, str] = {
    "ALARM": "Alarm",
    "RRULE": "Recurrence",
    "autonumber": "Auto-number",
    "bigint": "Long integer",
    "boolean": "Boolean",
    "consent_lookup": "Consent",
    "currency": "Currency",
    "date": "Date",
    "datetime": "Date and time",
    "double": "Decimal number",
    "email": "E-mail address",
    "event_reminder": "Date and time",
    "fileupload": "Files",
    "formula": "Formula",
    "imageupload": "Images",
    "integer": "Whole number",
    "layout": "Layout",
    "linetax": "Line taxes",
    "long": "Long integer",
    "lookup": "Lookup",
    "mediumtext": "Text",
    "module": "Module",
    "multi_module_lookup": "Lookup",
    "multireminder": "Reminders",
    "multiselectlookup": "Multi-select lookup",
    "multiselectpicklist": "Multi-select picklist",
    "multiuserlookup": "Users",
    "ownerlookup": "User",
    "percent": "Percent",
    "phone": "Phone number",
    "picklist": "Picklist",
    "profileimage": "Picture",
    "rollup_summary": "Roll-up summary",
    "subform": "Subform",
    "territories": "Territories",
    "text": "Text",
    "textarea": "Text area",
    "time_range": "Time range",
    "userlookup": "User",
    "website": "Web address",
}


def description(item: Field, layouts: tuple[str, ...] = ()) -> str:
    """Label, type, limits and flags of a field, as the text of its docstring.

    ``layouts`` are the names of the layouts that make an otherwise optional field mandatory.  In a
    union of orgs it says which lack the field, or options of it.
    """
    label = item.label.strip() or item.api_name
    text = f"{label}{'' if label.endswith('.') else '.'} {type_words(item)}"
    flags = _flags(item)
    if layouts and not item.required:
        flags.append(f"required in layout {' and '.join(layouts)}")
    if flags:
        text = f"{text}; {', '.join(flags)}"
    if item.missing_in:
        text = f"{text}. {missing_words(item)}"
    if isinstance(item.type, Picklist):
        text = ". ".join([text, *_missing_options(item.type)])
    if not item.help:
        return f"{text}."
    ending = "" if item.help.rstrip()[-1:] in ".!?" else "."
    return f"{text}. {item.help.strip()}{ending}"


def _flags(item: Field) -> list[str]:
    """What is so of a field beside its type, in a fixed order."""
    flags: list[str] = []
    if item.required:
        flags.append("required")
    if item.unique:
        flags.append("unique")
    if item.custom:
        flags.append("custom")
    if item.encrypted:
        flags.append("encrypted")
    if item.external_id:
        flags.append("external id")
    if not item.visible:
        flags.append("hidden")
    if item.creatable != item.updatable:
        flags.append("set on creation only" if item.creatable else "not set on creation")
    elif not item.creatable and item.api_name != "id":
        flags.append("read-only")
    return flags


def missing_words(item: Module | Field | RelatedList) -> str:
    """Which orgs of a union lack it: ``Not in sandbox``; empty for none."""
    return f"Not in {' and '.join(item.missing_in)}" if item.missing_in else ""


def missing_sentence(module: Module) -> str:
    """What a docstring adds for a module that not every org of a union has: nothing, for most."""
    return f" {missing_words(module)}." if module.missing_in else ""


def _missing_options(kind: Picklist) -> list[str]:
    """Which options which orgs of a union do not offer: ``Not in sandbox: Gold, Silver``."""
    by_orgs: dict[tuple[str, ...], list[str]] = {}
    for option in kind.options:
        if option.missing_in:
            by_orgs.setdefault(option.missing_in, []).append(option.display)
    return [
        f"Not in {' and '.join(orgs)}: {', '.join(dict.fromkeys(options))}"
        for orgs, options in by_orgs.items()
    ]


def type_words(item: Field) -> str:
    """The type of a field in Zoho's words, with the limit that matters most."""
    words = kind_words(item)
    match item.type:
        case Text(max_length=int(length)):
            return f"{words}, at most {length:,} characters"
        case Number(decimal_places=int(places)) if places:
            return f"{words}, {places} decimal place{'' if places == 1 else 's'}"
        case Lookup(module=module) | MultiLookup(module=module) if module:
            return f"{words} of {module}"
        case MultiModuleLookup(modules=modules):
            return f"{words} of {' or '.join(modules) or 'any module'}"
        case Files(max_count=int(count)):
            return f"{words}, at most {count}"
        case _:
            return words


def kind_words(item: Field) -> str:
    """The type of a field in Zoho's words, without limits."""
    known = [_WORDS.get(word, word) for word in item.data_type.split(_OR)]
    return "Tags" if isinstance(item.type, Tags) else _OR.join(known)
