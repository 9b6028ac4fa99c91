"""JSON Schemas → Python models of other libraries, through datamodel-code-generator.

Its output for dataclasses and for attrs is no kind here: the first loses the api_names, and the
second it does not have (see ``attrs_source``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.export.parts import JsonSchema
from zohohub_gen.export.schema import Definitions
from zohohub_gen.source import literal

ModelKind: TypeAlias = Literal["pydantic", "msgspec", "typeddict"]

_OUTPUTS: Final[Mapping[ModelKind, str]] = {
    "pydantic": "pydantic_v2.BaseModel",
    "msgspec": "msgspec.Struct",
    "typeddict": "typing.TypedDict",
}


def model_source(found: Definitions, kind: ModelKind, header: str) -> str:
    """The text of a file with one class a definition; ``header`` is what stands above them.

    Raises `GeneratorError` for a key that the library cannot read.
    """
    from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import DateClassType, DatetimeClassType, Formatter

    if not found.schemas:
        return header
    if kind == "msgspec":
        _refuse_keys(found)
    is_plain = kind == "typeddict"
    text = generate(
        {"$defs": _marked(found.schemas) if is_plain else found.schemas},
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType(_OUTPUTS[kind]),
        target_python_version=PythonVersion.PY_311,
        custom_file_header=header,
        disable_timestamp=True,
        formatters=[Formatter.BUILTIN],
        use_double_quotes=True,
        skip_root_model=True,
        custom_class_name_generator=_as_it_is,
        # A TypedDict is what json.loads gives: the keys of the JSON, text for dates, and floats.
        aliases=None if is_plain else _aliases(found),
        allow_population_by_field_name=True,
        enum_field_as_literal=LiteralType.All,
        use_annotated=True,
        use_schema_description=True,
        use_field_description=True,
        use_single_line_docstring=True,
        output_date_class=None if is_plain else DateClassType.Date,
        output_datetime_class=None if is_plain else DatetimeClassType.Datetime,
        type_mappings=["number+decimal=number"] if is_plain else None,
    )
    if not isinstance(text, str):  # it gives several files only where definitions lie in several
        raise TypeError("one document gave several files")
    text = f"{text.rstrip()}\n"
    return _MARK.sub(_escape, text) if is_plain else text


def _refuse_keys(found: Definitions) -> None:
    """A struct with such a key could not be imported."""
    for record, schema in found.schemas.items():
        for key in schema["properties"]:
            if _NO_MSGSPEC_KEY.search(key):
                raise GeneratorError(
                    f"msgspec cannot read the key {key!r} of {record}: leave the field out by "
                    "exclude_fields, or export another kind"
                )


_NO_MSGSPEC_KEY: Final = re.compile(r'[\\"\x00-\x1f]')
_NOT_PLAIN: Final = re.compile("^_|[^ -~]")
_MARK: Final = re.compile("character-([0-9a-f]+)-")


def _mark(key: str) -> str:
    return _NOT_PLAIN.sub(lambda match: f"character-{ord(match[0]):x}-", key)


def _escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return literal(character)[1:-1]


def _marked(schemas: Mapping[str, JsonSchema]) -> dict[str, JsonSchema]:
    """The same, with marks for the characters of keys that would change, or cannot be seen.

    The library escapes every text but the keys of a TypedDict, and makes attributes of those that
    are identifiers: which Python reads in normal form, and of which it renames those with ``_`` in
    front.
    """
    return {
        name: {
            **schema,
            "properties": {_mark(key): kind for key, kind in schema["properties"].items()},
            "required": [_mark(key) for key in schema.get("required", ())],
        }
        for name, schema in schemas.items()
    }


def _aliases(found: Definitions) -> dict[str, str]:
    return {
        f"{record}.{key}": name
        for record, attributes in found.attributes.items()
        for key, name in attributes.items()
    }


def _as_it_is(name: str) -> str:
    return name
