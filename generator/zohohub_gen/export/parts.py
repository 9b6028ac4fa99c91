"""The JSON objects inside records whose shape is the same in every org, as JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints, is_typeddict

from zohohub import shapes

from zohohub_gen.source import visible

JsonSchema: TypeAlias = Mapping[str, Any]

_STRING: Final[JsonSchema] = {"type": "string"}
_OPTIONAL: Final[JsonSchema] = {"type": ["string", "null"]}


def refer(place: str, name: str) -> JsonSchema:
    """A reference to a definition."""
    return {"$ref": f"{place}{name}"}


def nullable(kind: JsonSchema) -> JsonSchema:
    """The same, or null; anything at all is null too."""
    if not kind:
        return kind
    if isinstance(kind.get("type"), str):
        return {**kind, "type": [kind["type"], "null"]}
    return {"anyOf": [*kind.get("anyOf", [kind]), {"type": "null"}]}


def _object(text: str, properties: JsonSchema, *required: str) -> JsonSchema:
    found: JsonSchema = {"description": text, "type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


PARTS: Final[Mapping[str, tuple[JsonSchema, Mapping[str, str]]]] = {
    "Ref": (
        _object("A reference to a record.", {"id": _STRING, "name": _OPTIONAL, "module": {}}, "id"),
        {},
    ),
    "UserRef": (
        _object(
            "A reference to a user.", {"id": _STRING, "name": _OPTIONAL, "email": _OPTIONAL}, "id"
        ),
        {},
    ),
    "LayoutRef": (
        _object("A reference to a layout.", {"id": _STRING, "name": _OPTIONAL}, "id"),
        {},
    ),
    "Tag": (
        _object(
            "A tag of a record.",
            {"name": _STRING, "id": _OPTIONAL, "color_code": _OPTIONAL},
            "name",
        ),
        {},
    ),
    "UploadedFile": (
        _object(
            "A file or image in a field.",
            {"id": _STRING, "File_Id__s": _STRING, "File_Name__s": _OPTIONAL, "Size__s": {}},
        ),
        {"File_Id__s": "file_id", "File_Name__s": "name", "Size__s": "size"},
    ),
}
"""By their names in ``zohohub.values``: the schema, and the attributes by the keys."""


def shape(name: str, place: str, into: dict[str, JsonSchema]) -> JsonSchema:
    """Define an object of ``zohohub.shapes``, with what it refers to; gives a reference to it."""
    if name not in into:
        kind = getattr(shapes, name)
        properties = {
            key: nullable(_of_annotation(value, place, into))
            for key, value in get_type_hints(kind).items()
        }
        into[name] = _object(visible(kind.__doc__ or ""), properties)
    return refer(place, name)


def _of_annotation(kind: Any, place: str, into: dict[str, JsonSchema]) -> JsonSchema:
    if is_typeddict(kind):
        return shape(kind.__name__, place, into)
    arguments = get_args(kind)
    origin = get_origin(kind)
    if origin is list:
        return {"type": "array", "items": _of_annotation(arguments[0], place, into)}
    if origin is dict:
        return {"type": "object"}
    if origin is UnionType:  # of something and None: every key may be null
        return _of_annotation(arguments[0], place, into)
    return _PLAIN[kind]


_PLAIN: Final[Mapping[Any, JsonSchema]] = {
    str: _STRING,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Any: {},
}
