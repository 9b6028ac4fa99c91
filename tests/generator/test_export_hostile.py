"""Whatever the metadata says, an export is its kind's definitions and nothing else."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from zohohub_gen.bindings import Bindings, bind
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.export.files import HEADER, Kind, export_text
from zohohub_gen.export.schema import record_names
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import Snapshot

from tests.support import hostile
from tests.support.exports import PYTHON_KINDS, loaded, readers
from tests.support.json_values import is_list, is_object
from tests.support.source_check import is_visible

QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_IMPORTS = {
    "__future__": {"annotations"},
    "attrs": {"define", "field"},
    "datetime": {"date", "datetime"},
    "decimal": {"Decimal"},
    "msgspec": {"Meta", "Struct", "UNSET", "UnsetType", "field"},
    "pydantic": {"BaseModel", "ConfigDict", "Field"},
    "typing": {
        *("Annotated", "Any", "Literal", "NotRequired", "Optional", "TYPE_CHECKING", "TypedDict"),
    },
}
_CALLS = {"ConfigDict", "Field", "Meta", "TypedDict", "field", "define"}


def bound(org: Any) -> Bindings:
    modules, fields = org
    lists = {name: items for name, items in fields.items() if is_list(items)}
    snapshot = Snapshot(
        [item for item in modules if is_object(item)],
        {name: [item for item in items if is_object(item)] for name, items in lists.items()},
    )
    schema, _ = parse(snapshot)
    return bind(schema, {}, Choices())


def refuses(kind: Kind, bindings: Bindings) -> bool:
    """Whether the kind has no way to spell a key, and says so in a sentence."""
    if kind != "msgspec" or not any(
        character in '\\"' or character < " "
        for module in bindings.schema.modules
        for item in module.fields
        for key in (item.api_name, getattr(item.type, "connected_field", ""))
        if is_whole(key)  # others are left out
        for character in key
    ):
        return False
    with pytest.raises(GeneratorError, match="msgspec cannot read the key") as caught:
        export_text(bindings, kind)
    assert "\n" not in str(caught.value)
    return True


def check_source(text: str) -> None:
    """Everything that an import of the text runs is of the kinds that these lists have."""
    assert text.startswith(HEADER)
    assert all(is_visible(character) or character == "\n" for character in text)
    tree = ast.parse(text)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            assert statement.name == "make_converter"
            assert not statement.decorator_list
            continue
        if isinstance(statement, ast.If):
            assert ast.unparse(statement) == "if TYPE_CHECKING:\n    import cattrs"
            continue
        assert isinstance(statement, ast.Expr | ast.ImportFrom | ast.ClassDef | ast.Assign), (
            ast.unparse(statement)
        )
        for node in ast.walk(statement):
            check_node(node)
        if isinstance(statement, ast.Expr):
            assert isinstance(statement.value, ast.Constant) or re.fullmatch(
                r"\w+\.model_rebuild\(\)", ast.unparse(statement)
            )


def check_node(node: ast.AST) -> None:
    assert not isinstance(
        node,
        ast.Lambda | ast.Await | ast.JoinedStr | ast.NamedExpr | ast.Import | ast.comprehension,
    )
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        assert names <= _IMPORTS[node.module or ""], ast.unparse(node)
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).removesuffix("_aliased")
        assert called in _CALLS or re.fullmatch(r"\w+\.model_rebuild", called), called
    if isinstance(node, ast.Attribute):
        assert node.attr == "model_rebuild"
    if isinstance(node, ast.Name | ast.ClassDef):
        name = node.id if isinstance(node, ast.Name) else node.name
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name), name


def is_whole(text: str) -> bool:
    """Whether JSON can be read that holds it: no half of a character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


@pytest.mark.parametrize("kind", PYTHON_KINDS)
@given(org=hostile.orgs())
@QUICK
def test_hostile_texts_stay_texts(kind: Kind, org: Any) -> None:
    bindings = bound(org)
    if refuses(kind, bindings):
        return
    text = export_text(bindings, kind)
    check_source(text)
    module = loaded(text)
    _, fields = org
    for api_name, items in fields.items():
        record = record_names(bindings.names)[api_name]
        keys = {"id", *(item["api_name"] for item in items if is_whole(item["api_name"]))}
        assert set(keys_of(kind, getattr(module, record))) - {"$se_module"} == keys


@pytest.mark.parametrize("kind", PYTHON_KINDS)
@pytest.mark.parametrize(
    "name", ["Annotated", "BaseModel", "ConfigDict", "Field", "Optional", "Struct", "UNSET"]
)
def test_a_module_is_called_as_what_files_import(kind: Kind, name: str) -> None:
    field = {"api_name": "Kept Name", "id": "2", "data_type": "text", "json_type": "string"}
    module = {"api_name": name, "singular_label": name, "generated_type": "custom"}
    bindings = bound(([module], {name: [field]}))
    assert bindings.names.modules[name].record == name
    text = export_text(bindings, kind)
    assert set(keys_of(kind, getattr(loaded(text), f"{name}Record"))) == {"id", "Kept Name"}
    described = json.loads(export_text(bindings, "openapi"))
    OpenAPIV31SpecValidator(described).validate()
    assert f"{name}Record" in described["components"]["schemas"]


def keys_of(kind: Kind, record: Any) -> Iterator[str]:
    """The keys of the JSON that a class reads."""
    match kind:
        case "pydantic":
            for name, item in record.model_fields.items():
                yield item.alias or name
        case "msgspec":
            yield from record.__struct_encode_fields__
        case "attrs":
            yield from (item.metadata["api_name"] for item in record.__attrs_attrs__)
        case _:
            yield from record.__annotations__


@pytest.mark.parametrize("kind", PYTHON_KINDS)
@given(org=hostile.orgs())
@settings(QUICK, max_examples=10)
def test_hostile_keys_are_read(kind: Kind, org: Any) -> None:
    bindings = bound(org)
    if refuses(kind, bindings):
        return
    read = readers(bindings, kind)
    for module in bindings.schema.modules:
        keys = [item.api_name for item in module.fields if is_whole(item.api_name)]
        row = dict.fromkeys(keys)
        read(record_names(bindings.names)[module.api_name], json.dumps({**row, "id": "5"}))


@given(org=hostile.orgs())
@QUICK
def test_hostile_documents_are_valid(org: Any) -> None:
    bindings = bound(org)
    document = json.loads(export_text(bindings, "json-schema"))
    jsonschema_rs.meta.validate(document)
    for name in document["$defs"]:
        jsonschema_rs.validator_for({**document, "$ref": f"#/$defs/{name}"}).is_valid({})
    OpenAPIV31SpecValidator(json.loads(export_text(bindings, "openapi"))).validate()


@given(org=hostile.spoilt_orgs())
@QUICK
def test_any_json_anywhere_can_be_exported(org: Any) -> None:
    bindings = bound(org)
    for kind in get_args(Kind):
        if refuses(kind, bindings):
            continue
        text = export_text(bindings, kind)
        text.encode("utf-8")
        if kind in PYTHON_KINDS:
            check_source(text)
            loaded(text)
        else:
            json.loads(text)
