"""JSON Schemas → attrs classes, which datamodel-code-generator has no output for.

It knows the schemas that `schema` and `parts` write, and no others.  Every text goes through the
escapes of `source`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from zohohub_gen.export.parts import JsonSchema
from zohohub_gen.export.schema import Definitions
from zohohub_gen.source import assignment, docstring, literal

_HEAD: Final = """\
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field

if TYPE_CHECKING:
    import cattrs
"""

_CONVERTER: Final = '''\
def make_converter() -> cattrs.Converter:
    """Make the cattrs converter that knows the names of Zoho's API.

    ``make_converter().structure(row, Lead)`` reads a record.  ``unstructure`` gives one back
    without what is None, and leaves a Decimal as it is.
    """
    from attrs import fields, has
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
    from cattrs.preconf.json import make_converter as make

    def exactly(value: object, kind: type[Any]) -> object:
        if type(value) is kind:
            return value
        raise TypeError(f"{value!r} is not of type {kind.__name__}")

    def number(value: object, _kind: type[Any]) -> Decimal:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return Decimal(str(value))
        raise TypeError(f"{value!r} is not a number")

    def is_list(kind: Any) -> bool:
        return getattr(kind, "__origin__", None) is list

    def items(value: Any, kind: Any) -> list[Any]:
        if issubclass(type(value), list):
            return [converter.structure(each, kind.__args__[0]) for each in value]
        raise TypeError(f"{value!r} is not a list")

    def names(kind: type[Any]) -> dict[str, Any]:
        return {
            each.name: override(rename=each.metadata["api_name"], omit_if_default=True)
            for each in fields(kind)
        }

    def reader(kind: type[Any]) -> Any:
        return make_dict_structure_fn(kind, converter, **names(kind))

    def writer(kind: type[Any]) -> Any:
        return make_dict_unstructure_fn(kind, converter, **names(kind))

    converter = make()
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, exactly)
    converter.register_structure_hook(Decimal, number)
    converter.register_structure_hook_func(is_list, items)
    converter.register_structure_hook_factory(has, reader)
    converter.register_unstructure_hook_factory(has, writer)
    return converter
'''


def attrs_source(found: Definitions, header: str) -> str:
    """The text of a file with one class a definition; ``header`` is what stands above them."""
    classes = [
        "\n".join(_class(name, schema, found.attributes.get(name, {})))
        for name, schema in found.schemas.items()
    ]
    return "\n\n\n".join([f"{header}\n{_HEAD.rstrip()}", *classes, _CONVERTER])


def _class(name: str, schema: JsonSchema, attributes: Mapping[str, str]) -> Iterator[str]:
    yield "@define(kw_only=True)"
    yield f"class {name}:"
    yield f"    {docstring(schema['description'])}"
    yield ""
    for key, kind in schema["properties"].items():
        metadata = f'metadata={{"api_name": {literal(key)}}}'
        arguments = [metadata] if key in schema.get("required", ()) else ["default=None", metadata]
        annotation = _annotation(kind)
        if key not in schema.get("required", ()) and annotation.rpartition(" ")[2] not in _NONE:
            annotation = f"{annotation} | None"
        yield f"    {assignment(attributes.get(key, key), annotation, 'field', arguments, 4)}"
        if "description" in kind:
            yield f"    {docstring(kind['description'])}"


def _annotation(schema: JsonSchema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_annotation(each) for each in schema["anyOf"])
    if "enum" in schema:
        return _literal(schema["enum"])
    match schema.get("type"):
        case [kind, "null"]:
            return f"{_annotation({**schema, 'type': kind})} | None"
        case "array":
            return f"list[{_annotation(schema.get('items', {}))}]"
        case kind:
            return _NAMES[kind, schema.get("format")]


def _literal(options: list[Any]) -> str:
    return f"Literal[{', '.join(literal(each) for each in options)}]"


_NONE: Final = ("None", "Any")
_NAMES: Final[Mapping[tuple[str | None, str | None], str]] = {
    (None, None): "Any",
    ("null", None): "None",
    ("string", None): "str",
    ("string", "date"): "date",
    ("string", "date-time"): "datetime",
    ("boolean", None): "bool",
    ("integer", None): "int",
    ("number", "decimal"): "Decimal",
    ("object", None): "dict[str, Any]",
}
