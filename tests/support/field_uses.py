"""What programs read from, write to and compare with a field, by its type.

What a field is typed as is stated here once more, from the schema alone: a mistake of the generator
must not repeat itself in the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zohohub_gen.choices import Choices
from zohohub_gen.ir import (
    Boolean,
    Date,
    DateTime,
    Field,
    FieldType,
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
from zohohub_gen.names import ModuleNames

_MOMENT = "datetime(2026, 5, 14, 12, 51, 54, tzinfo=timezone.utc)"
_OPAQUE = {"jsonarray": "list[Any]", "jsonobject": "dict[str, Any]", "boolean": "bool"}
_OPAQUE_VALUES = {"jsonarray": ('[1, "a"]',), "jsonobject": ('{"a": 1}',), "boolean": ("True",)}


@dataclass(frozen=True, slots=True)
class Kind:
    """What programs do with a field, whatever its name."""

    read: str
    """The type of the attribute, without None."""
    held: tuple[str, ...]
    """Values that the attribute of a record may be set to."""
    written: tuple[str, ...]
    """Values that a keyword of a write takes."""
    compared: tuple[str, ...]
    """What follows the column in a condition."""
    totals: tuple[str, ...] = ()
    """The totals that the column has."""
    selectable: bool = True
    """Whether a query reads the column by itself."""


_TEXT = ('== "a"', '!= "a"', '.is_in(["a"])', '.starts_with("a")', '.contains("a")')
_ORDERED = ("== {0}", "!= {0}", "< {0}", ">= {0}", ".between({0}, {0})", ".is_in([{0}])")


def _ordered(value: str) -> tuple[str, ...]:
    return tuple(text.format(value) for text in _ORDERED)


class Kinds:
    """Knows what programs do with the fields of the modules of one package."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        names: Mapping[str, ModuleNames],
        choices: Choices,
    ) -> None:
        self._modules = modules
        self._names = names
        self._choices = choices

    def record(self, module: str) -> str:
        """The record class of a module; any record where the package does not have it."""
        names = self._names.get(module)
        return "Record" if names is None else names.record

    def of(self, module: Module, item: Field) -> Kind:
        kind = item.type
        if item.api_name == "id":
            totals = ("count", "min", "max")
            return Kind("str", ('"1"',), (), _ordered('"1"'), totals)
        match kind:
            case Text():
                return Kind("str", ('"a"',), ('"a"',), _TEXT)
            case LongInteger():
                return Kind("str", ('"1"',), ('"1"',), _ordered('"1"'), ("count", "min", "max"))
            case Boolean():
                return Kind("bool", ("True",), ("True", "False"), ("== True", "!= True"))
            case Integer():
                totals = ("count", "sum", "avg", "min", "max")
                return Kind("int", ("1",), ("1",), _ordered("1"), totals)
            case Number():
                exact = 'Decimal("1.5")'
                totals = ("count", "sum", "avg", "min", "max")
                compared = (*_ordered(exact), *_ordered("1"))
                return Kind("Decimal", (exact,), (exact, "1"), compared, totals)
            case Date():
                day = "date(2026, 5, 14)"
                return Kind("date", (day,), (day,), _ordered(day), ("min", "max"))
            case DateTime():
                compared = _ordered(_MOMENT)
                return Kind("datetime", (_MOMENT,), (_MOMENT,), compared, ("min", "max"))
            case Picklist():
                return self._picklist(module, item, kind)
            case User():
                users = ('UserRef("1")', '"1"')
                compared = (*(f"== {user}" for user in users), '.email == "a"')
                return Kind("UserRef", users[:1], users, compared)
            case LayoutReference():
                layout = 'LayoutRef("1")'
                return Kind("LayoutRef", (layout,), (layout, '"1"'), ())
            case Tags():
                return Kind("list[Tag]", ('[Tag("a")]',), ('[Tag("a"), "b"]',), ())
            case Lookup(module=target):
                record = self.record(target)
                ref = f'Ref[{record}]("1")'
                compared = (f"== {ref}", '== "1"', f".is_in([{ref}])")
                return Kind(f"Ref[{record}]", (ref,), (ref, '"1"'), compared)
            case MultiModuleLookup():
                return self._multi_module(kind)
            case _:
                return self._structure(kind)

    def _picklist(self, module: Module, item: Field, kind: Picklist) -> Kind:
        alias = self._names[module.api_name].picklists.get(item.api_name)
        options = tuple(repr(option) for option in offered(kind))
        read = "str" if alias is None else f"{alias} | str"
        known = options or ("'a'",)
        if alias is None or self._choices.writes == "open":
            known = (*known, "'something else'")
        if kind.multiple:
            lists = tuple(f"[{option}]" for option in known)
            compared = tuple(
                f".{method}"
                for option in known
                for method in (f"is_in([{option}])", f"contains({option})")
            )
            return Kind(f"list[{read}]", lists, lists, compared)
        compared = (*(f"== {option}" for option in known), f".is_in([{', '.join(known)}])")
        return Kind(read, known, known, compared, ("count",))

    def _multi_module(self, kind: MultiModuleLookup) -> Kind:
        records = sorted({self.record(module) for module in kind.modules})
        if not records or not set(kind.modules) <= self._names.keys():
            records = ["Record"]
        refs = tuple(f'Ref[{record}]("1", module="Leads")' for record in records)
        compared = (*(f"== {ref}" for ref in refs), '== "1"')
        return Kind(f"Ref[{' | '.join(records)}]", refs, refs, compared)

    def _structure(self, kind: FieldType) -> Kind:
        """What travels as objects and lists; nothing compares with it."""
        match kind:
            case Structured(shape=shape, many=True):
                return Kind(f"list[{shape}]", ("[{}]",), ("[{}]",), (), selectable=False)
            case Structured(shape=shape):
                return Kind(shape, ("{}",), ("{}",), (), selectable=False)
            case Files():
                held = '[UploadedFile("a")]'
                written = '[UploadedFile("a"), Removed("2"), "3"]'
                return Kind("list[UploadedFile]", (held,), (written,), (), selectable=False)
            case MultiUser():
                return self._links("UserRef", 'UserRef("1")')
            case MultiLookup(module=target):
                record = f"Ref[{self.record(target)}]"
                return self._links(record, f'{record}("1")')
            case Subform(module=target):
                row = self._modules.get(target)
                if row is None or not row.is_subform or _has_rows(row):
                    return self._opaque(Opaque("subform", "jsonarray"))
                return self._rows(row)
            case Opaque():
                return self._opaque(kind)
            case _:
                raise AssertionError(kind)

    def _links(self, entry: str, value: str) -> Kind:
        held = f"[Link({value})]"
        written = f'[Link({value}), {value}, Removed("2"), "3"]'
        return Kind(f"list[Link[{entry}]]", (held,), (written,), (), selectable=False)

    def _rows(self, row: Module) -> Kind:
        """Rows as dictionaries, a key at a time; as records; taken away."""
        names = self._names[row.api_name]
        own = sorted(row.fields, key=lambda item: names.fields[item.api_name])
        created = [item for item in own if item.creatable and item.api_name != "id"]
        updated = [item for item in own if item.updatable and item.api_name != "id"]
        needed = self.needed(row, created)
        written = [f"[{display(needed)}]"]
        for name, value in self.values(row, created):
            written.append(f"[{display({**needed, name: value})}]")
        for name, value in self.values(row, updated):
            written.append("[" + display({"id": '"5"', name: value}) + "]")
        written.append(f'[{names.record}(), Removed("7")]')
        held = f"[{names.record}()]"
        return Kind(f"list[{names.record}]", (held,), tuple(written), (), selectable=False)

    def _opaque(self, kind: Opaque) -> Kind:
        if kind.json_type == "string":
            return Kind("str", ('"a"',), ('"a"',), _TEXT)
        read = _OPAQUE.get(kind.json_type or "", "Any")
        values = _OPAQUE_VALUES.get(kind.json_type or "", ("1", '"a"'))
        return Kind(read, values, values, (), selectable=False)

    # --- Writes -----------------------------------------------------------------------------

    def needed(self, module: Module, created: Iterable[Field]) -> dict[str, str]:
        """The keywords that no new record can be without, each with a value."""
        names = self._names[module.api_name]
        return {
            names.fields[item.api_name]: self.of(module, item).written[0]
            for item in created
            if self._is_required(module, item)
        }

    def values(self, module: Module, fields: Iterable[Field]) -> Iterator[tuple[str, str]]:
        """Every keyword with every kind of value."""
        names = self._names[module.api_name]
        for item in fields:
            kind = self.of(module, item)
            for value in kind.written:
                yield names.fields[item.api_name], value
            if self._clearable(module, item):
                yield names.fields[item.api_name], "None"

    def _is_required(self, module: Module, item: Field) -> bool:
        return item.required and not (module.is_subform and item.api_name == "Parent_Id")

    def _clearable(self, module: Module, item: Field) -> bool:
        if item.data_type == "ownerlookup" or isinstance(item.type, Boolean | LayoutReference):
            return False
        return not self._is_required(module, item)


def offered(kind: Picklist) -> list[str]:
    """The display values that a picklist offers today, each once."""
    return list(dict.fromkeys(option.display for option in kind.options if option.used))


def display(values: Mapping[str, str]) -> str:
    """A dictionary display."""
    return "{" + ", ".join(f"{name!r}: {value}" for name, value in values.items()) + "}"


def _has_rows(module: Module) -> bool:
    return any(isinstance(item.type, Subform) for item in module.fields)
