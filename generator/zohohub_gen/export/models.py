"""JSON Schemas → Python models of other libraries, through datamodel-code-generator.

Its output for dataclasses and for attrs is no kind here: the first loses the api_names, and the
second it does not have (see ``attrs_source``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from zohohub_gen.export.schema import Definitions

ModelKind: TypeAlias = Literal["pydantic", "msgspec", "typeddict"]

_OUTPUTS: Final[Mapping[ModelKind, str]] = {
    "pydantic": "pydantic_v2.BaseModel",
    "msgspec": "msgspec.Struct",
    "typeddict": "typing.TypedDict",
}


def model_source(found: Definitions, kind: ModelKind, header: str) -> str:
    """The text of a file with one class a definition; ``header`` is what stands above them."""
    from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import DateClassType, DatetimeClassType, Formatter

    is_plain = kind == "typeddict"
    text = generate(
        {"$defs": found.schemas},
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType(_OUTPUTS[kind]),
        target_python_version=PythonVersion.PY_311,
        custom_file_header=header,
        disable_timestamp=True,
        formatters=[Formatter.BUILTIN],
        use_double_quotes=True,
        keep_model_order=True,
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
    return text


def _aliases(found: Definitions) -> dict[str, str]:
    return {
        f"{record}.{key}": name
        for record, attributes in found.attributes.items()
        for key, name in attributes.items()
    }


def _as_it_is(name: str) -> str:
    return name
