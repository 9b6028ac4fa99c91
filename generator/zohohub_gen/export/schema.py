"""IR and names → JSON Schemas (draft 2020-12) of the records, from which every export is made.

Each module is one definition, with the name of its record class.  A lookup is an object with the
id and name of its target, never the target itself: definitions refer to rows of subforms alone.
No key of a record that is read is mandatory, because a query names the fields that it wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from zohohub_gen.annotations import description
from zohohub_gen.bindings import Bindings
from zohohub_gen.export.parts import PARTS, JsonSchema, nullable, refer, shape
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
    Structured,
    Subform,
    Tags,
    Text,
    User,
)
from zohohub_gen.names import Names, class_name
from zohohub_gen.selection import needed_to_create
from zohohub_gen.source import visible

Form: TypeAlias = Literal["", "Create", "Update"]
"""A record as it is read, or what a write of it takes: the ending of the definition's name."""


_IMPORTED: Final = frozenset(
    {
        *("Annotated", "BaseModel", "ConfigDict", "Field", "Meta", "NotRequired", "Optional"),
        *("Struct", "UNSET", "UnsetType"),
    }
)
"""What files of some kind import, and a record may be called in the package itself."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(slots=True)
class Definitions:
    """Schemas by the name of their class."""

    schemas: dict[str, JsonSchema] = field(default_factory=dict[str, JsonSchema])
    attributes: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """By the class, the attributes that are not called as the keys of the JSON, by these."""


def define(bindings: Bindings, place: str, *forms: Form) -> Definitions:
    """Define what records refer to, and then the records in these forms.

    ``place`` is where the definitions will stand: ``#/$defs/``.
    """
    writer = _Writer(bindings, place)
    records = Definitions()
    for form in forms:
        for record, schema, attributes in writer.records(form):
            records.schemas[record] = schema
            records.attributes[record] = attributes
    parts = writer.parts
    return Definitions(
        _in_order({**dict(sorted(parts.schemas.items())), **records.schemas}),
        records.attributes | parts.attributes,
    )


def record_names(names: Names) -> Mapping[str, str]:
    """The names of the definitions, by the api_names of their modules."""
    return {
        api_name: free_name(f"{own.record}Record", names.classes)
        if own.record in _IMPORTED
        else own.record
        for api_name, own in names.modules.items()
    }


def _in_order(schemas: Mapping[str, JsonSchema]) -> dict[str, JsonSchema]:
    """The same, each behind those that it refers to: a class is there when it is named."""
    ordered: dict[str, JsonSchema] = {}
    begun: set[str] = set()

    def take(name: str) -> None:
        if name not in begun:
            begun.add(name)
            for kind in schemas[name]["properties"].values():
                for other in _referred(kind):
                    take(other)
            ordered[name] = schemas[name]

    for name in schemas:
        take(name)
    return ordered


def _referred(schema: JsonSchema) -> Iterator[str]:
    if "$ref" in schema:
        yield str(schema["$ref"]).rpartition("/")[2]
    inside = schema.get("items")
    for part in (*schema.get("anyOf", ()), *([] if inside is None else [inside])):
        yield from _referred(part)


class _Writer:
    """Writes the definitions, and remembers what they turned out to refer to."""

    def __init__(self, bindings: Bindings, place: str) -> None:
        self._schema = bindings.chosen()
        self._names = bindings.names
        self._records = record_names(bindings.names)
        self._choices = bindings.choices
        self._place = place
        self._rows = {module.api_name for module in self._schema.modules if module.is_subform}
        self._links: dict[tuple[str, str], str] = {}
        self.parts = Definitions()

    def records(self, form: Form) -> Iterator[tuple[str, JsonSchema, Mapping[str, str]]]:
        for module in sorted(self._schema.modules, key=lambda each: self._record(each.api_name)):
            is_written = module.creatable if form == "Create" else module.editable
            if not form or is_written or module.is_subform:
                schema, attributes = self._module(module, form)
                yield f"{self._record(module.api_name)}{form}", schema, attributes

    def _record(self, module: str) -> str:
        return self._records[module]

    def _module(self, module: Module, form: Form) -> tuple[JsonSchema, Mapping[str, str]]:
        own = self._names.modules[module.api_name].fields
        fields = sorted(
            (item for item in module.fields if _is_in(form, module, item)),
            key=lambda item: (item.api_name != "id", own[item.api_name]),
        )
        properties: dict[str, JsonSchema] = {
            item.api_name: self._field(module, item, form) for item in fields
        }
        attributes = {item.api_name: own[item.api_name] for item in fields}
        if _names_module_beside(module) and "$se_module" not in properties:
            text = "The module of the record that this one is about."
            properties["$se_module"] = {"description": text, "type": ["string", "null"]}
            attributes["$se_module"] = free_name("se_module", attributes.values())
        schema: dict[str, Any] = {
            "title": visible(module.singular_label or module.api_name),
            "description": _words(module, form),
            "type": "object",
            "properties": properties,
        }
        if form == "Create":
            required = [each.api_name for each in fields if needed_to_create(module, each)]
            schema |= {"required": required} if required else {}
        if form and module.is_subform:
            properties["_delete"] = {"description": "Takes the row away.", "type": "null"}
        changed = {key: name for key, name in attributes.items() if key != name}
        return schema, changed

    def _field(self, module: Module, item: Field, form: Form) -> JsonSchema:
        words: dict[str, Any] = {
            "title": visible(item.label or item.api_name),
            "description": visible(description(item)),
        }
        if not form and (item.read_only or item.api_name == "id"):
            words["readOnly"] = True
        if item.api_name == "id":
            return {**words, "type": "string"}
        kind = self._type(self._record(module.api_name), item, form)
        if form and not _clearable(module, item):
            return {**words, **kind}
        return {**words, **nullable(kind)}

    def _type(self, record: str, item: Field, form: Form) -> JsonSchema:
        kind = item.type
        match kind:
            case Text(max_length=int(length)):
                return {"type": "string", "maxLength": length}
            case Text() | LongInteger():
                return {"type": "string"}
            case Boolean():
                return {"type": "boolean"}
            case Integer():
                return {"type": "integer", **(_range(kind) if form else {})}
            case Number():
                return {"type": "number", "format": "decimal", **(_range(kind) if form else {})}
            case Date():
                return {"type": "string", "format": "date"}
            case DateTime():
                return {"type": "string", "format": "date-time"}
            case Picklist():
                is_open = not form or self._choices.writes == "open"
                option = self._option(kind, is_open=is_open)
                return {"type": "array", "items": option} if kind.multiple else option
            case Lookup() | MultiModuleLookup():
                return self._part("Ref")
            case User():
                return self._part("UserRef")
            case LayoutReference():
                return self._part("LayoutRef")
            case Tags():
                return {"type": "array", "items": self._part("Tag")}
            case Files():
                count = {"maxItems": kind.max_count} if form and kind.max_count else {}
                return {"type": "array", "items": self._part("UploadedFile"), **count}
            case MultiLookup() | MultiUser():
                return {"type": "array", "items": self._link(record, item.api_name, kind)}
            case Subform(module=rows) if rows in self._rows:
                # A row without an id is new, also where the record is not.
                own = f"{self._record(rows)}{form}"
                return {"type": "array", "items": refer(self._place, own)}
            case Subform():
                return {"type": "array", "items": {"type": "object"}}
            case Structured():
                found = shape(kind.shape, self._place, self.parts.schemas)
                return {"type": "array", "items": found} if kind.many else found
            case Opaque():
                return _OPAQUE.get(kind.json_type or "", {})

    def _option(self, kind: Picklist, *, is_open: bool) -> JsonSchema:
        used = list(dict.fromkeys(each.display for each in kind.options if each.used))
        used = [each for each in used if _can_travel(each)]
        if not used or self._choices.picklists == "str":
            return {"type": "string"}
        # A record may hold an option that was retired, or added after this was made.
        return {"anyOf": [{"enum": used}, {"type": "string"}]} if is_open else {"enum": used}

    def _part(self, name: str) -> JsonSchema:
        self.parts.schemas[name], self.parts.attributes[name] = PARTS[name]
        return refer(self._place, name)

    def _link(self, record: str, api_name: str, kind: MultiLookup | MultiUser) -> JsonSchema:
        name = self._links.get((record, api_name))
        if name is None:
            taken = {*self._names.classes, *(each.lower() for each in self._links.values())}
            name = free_name(f"{record}{class_name(api_name, 'Field')}Link", taken)
            self._links[record, api_name] = name
        target = self._part("Ref" if isinstance(kind, MultiLookup) else "UserRef")
        linked = {kind.connected_field: target} if _can_travel(kind.connected_field) else {}
        self.parts.schemas[name] = {
            "description": "The row that links a record to another.",
            "type": "object",
            "properties": {"id": {"type": "string"}, **linked},
        }
        self.parts.attributes[name] = dict.fromkeys(linked, "target")
        return refer(self._place, name)


def _can_travel(text: str) -> bool:
    """Whether JSON can hold the text: it cannot hold half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _is_in(form: Form, module: Module, item: Field) -> bool:
    if not _can_travel(item.api_name):
        return False
    if item.api_name == "id":
        return not form or (form == "Update" and module.is_subform)
    if form == "Create":
        return item.creatable
    return not form or item.updatable


def _clearable(module: Module, item: Field) -> bool:
    """Whether a write may set the field to null."""
    if needed_to_create(module, item) or isinstance(item.type, Boolean | LayoutReference):
        return False
    return "ownerlookup" not in item.data_type.split()  # of a union: the words of several


def _range(kind: Integer | Number) -> JsonSchema:
    if kind.range is None:
        return {}
    lowest, highest = (int(value) if value == int(value) else float(value) for value in kind.range)
    return {"minimum": lowest, "maximum": highest}


def _names_module_beside(module: Module) -> bool:
    return any(
        isinstance(item.type, MultiModuleLookup) and item.type.style == "se_module"
        for item in module.fields
    )


def _words(module: Module, form: Form) -> str:
    label = visible(module.singular_label if module.is_subform else module.plural_label)
    subject = f"row of the subform {label}" if module.is_subform else f"record of {label}"
    if form:
        return f"What {'creates' if form == 'Create' else 'changes'} a {subject}."
    return f"A {subject}." if module.is_subform else f"One {subject}."


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, with a number where it is taken."""
    others = set(taken)
    name, number = wanted, 2
    while name.lower() in others:
        name, number = f"{wanted}{number}", number + 1
    return name


_OPAQUE: Mapping[str, JsonSchema] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    # An empty text stands for null in some compound fields, such as the addresses of some modules.
    "jsonarray": {"anyOf": [{"type": "array"}, {"enum": [""]}]},
    "jsonobject": {"anyOf": [{"type": "object"}, {"enum": [""]}]},
}
