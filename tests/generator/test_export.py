"""Each kind of export reads every record that the bindings read, and keeps the api_names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from zohohub.records import Record, columns_of
from zohohub.values import LayoutRef, Link, Ref, Tag, UploadedFile, UserRef
from zohohub_gen.bindings import Bindings
from zohohub_gen.export.files import Kind, export_text

from tests.support.checkers import findings
from tests.support.corpus import ORGS, WITH_FIELDS, rows
from tests.support.exports import KINDS, PYTHON_KINDS, bindings_of, exact, loaded, readers
from tests.support.json_values import is_list, is_object
from tests.support.packages import ACME, handles

MODELS: tuple[Kind, ...] = ("pydantic", "msgspec", "attrs")
MOMENT = datetime(2026, 5, 14, 12, 51, 54, tzinfo=timezone(timedelta(hours=3)))


@cache
def acme() -> Bindings:
    return bindings_of(ACME / "metadata")


@cache
def acme_text(kind: Kind) -> str:
    return export_text(acme(), kind)


def acme_records() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((ACME / "records").glob("*.json")):
        for row in json.loads(path.read_text("utf-8"))["data"]:
            yield acme().names.modules[path.stem].record, row


RECORDS = list(acme_records())


@cache
def sample_reader(kind: Kind) -> Any:
    return readers(acme(), kind)


# --- Every record -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_of_the_sample_is_read(kind: Kind) -> None:
    read = readers(acme(), kind)
    for record, row in RECORDS:
        read(record, json.dumps(row))
    assert len(RECORDS) > 60
    assert {record for record, _ in RECORDS} == {
        acme().names.modules[each.api_name].record
        for each in acme().schema.modules
        if not each.is_subform
    }


@pytest.mark.skipif(not ORGS, reason="no corpus: set ZOHOHUB_CORPUS to its folder")
@pytest.mark.parametrize("org", WITH_FIELDS, ids=lambda org: org.name)
@pytest.mark.parametrize("kind", KINDS)
def test_every_record_of_the_corpus_is_read(kind: Kind, org: Path) -> None:
    """Those of its modules that test_corpus.py sees decoded to the declared types."""
    bindings = bindings_of(org)
    read = readers(bindings, kind)
    count = 0
    for row in (row for source in ORGS for row in rows(source)):
        if row.module in bindings.names.modules:
            read(bindings.names.modules[row.module].record, json.dumps(row.data, default=float))
            count += 1
    assert count > 20


def same_value(mine: Any, bound: Any) -> bool:
    """Whether an export's value says what the bindings' value says."""
    if isinstance(bound, list):
        return len(mine) == len(bound) and all(map(same_value, mine, bound))
    if isinstance(bound, Link):
        return same_value(mine.target, bound.target) and mine.id == bound.id
    if isinstance(bound, Ref | UserRef | LayoutRef):
        return (mine.id, mine.name) == (bound.id, bound.name)
    if isinstance(bound, Tag):
        return (mine.name, mine.id, mine.color_code) == (bound.name, bound.id, bound.color_code)
    if isinstance(bound, UploadedFile):
        return (mine.file_id, mine.name, mine.id) == (bound.file_id, bound.name, bound.id)
    if isinstance(bound, Record):
        return not differences(mine, bound)
    if isinstance(bound, dict) and not isinstance(mine, dict):
        return all(same_value(getattr(mine, key, value), value) for key, value in bound.items())
    if isinstance(mine, float):  # inside an object whose numbers Zoho does not describe
        return mine == float(bound)
    return mine == bound or (mine == "" and bound is None)


def differences(mine: Any, record: Record) -> list[str]:
    fetched = [name for name in columns_of(type(record)) if name in record_values(record)]
    return [
        f"{name}: {getattr(mine, name)!r} is not {getattr(record, name)!r}"
        for name in fetched
        if not same_value(getattr(mine, name), getattr(record, name))
    ]


def record_values(record: Record) -> set[str]:
    """The attributes that were fetched."""
    return {name for name in columns_of(type(record)) if hasattr(record, name)}


@pytest.mark.parametrize("kind", ["pydantic", "msgspec", "attrs"])
def test_attributes_and_values_are_those_of_the_bindings(kind: Kind) -> None:
    import acme_crm

    read = readers(acme(), kind)
    bound = {handle.record_type.__name__: handle for handle in handles(acme_crm).values()}
    seen: set[type] = set()
    for name, row in RECORDS:
        mine = read(name, json.dumps(row))
        record = bound[name].decode(exact(json.dumps(row)))
        assert differences(mine, record) == [], name
        seen |= {type(getattr(record, attribute)) for attribute in record_values(record)}
    assert seen >= {str, int, bool, Decimal, date, datetime, list, dict, Ref, UserRef, LayoutRef}


WRONG = [
    ("Annual_Revenue", "much"),
    ("Annual_Revenue", True),
    ("Created_Time", "soon"),
    ("Roof_Age_Years", 1.5),
    ("Roof_Age_Years", "old"),
    ("Company", {"a": 1}),
    ("Company", 5),
    ("Email_Opt_Out", "maybe"),
    ("Lead_Status", 7),
    ("Interests", "Wallbox"),
    ("Owner", 7),
    ("Owner", {"name": "nobody"}),
    ("Tag", ["vip"]),
    ("Site_Visits_1", {"id": "1"}),
    ("id", None),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "value"), WRONG)
def test_values_of_another_type_are_refused(kind: Kind, key: str, value: Any) -> None:
    if (kind, key) in {("typeddict", "Created_Time"), ("pydantic", "id"), ("attrs", "id")}:
        return  # text of any sort, and what may be missing may be None there
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each library has its own
        sample_reader(kind)("Lead", json.dumps({key: value}))
    assert type(caught.value).__module__.partition(".")[0] in LIBRARIES[kind], caught.value


LIBRARIES: dict[str, set[str]] = {
    "json-schema": {"jsonschema_rs"},
    "openapi": {"jsonschema_rs"},
    "pydantic": {"pydantic_core"},
    "msgspec": {"msgspec"},
    "typeddict": {"msgspec"},
    "attrs": {"cattrs"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "row",
    [
        {"Lead_Status": "Made up", "Interests": ["Wallbox", "Sauna"]},
        {"Lead_Status": None, "Interests": None, "Owner": None, "Tag": None, "Site_Visits_1": None},
        {"Brand_New": {"a": [1]}, "$approved": True},
        {},
    ],
)
def test_what_records_may_hold_beyond_their_metadata(kind: Kind, row: dict[str, Any]) -> None:
    sample_reader(kind)("Lead", json.dumps(row))


# --- What the models are like -------------------------------------------------------------------


def test_models_are_made_by_attribute_and_written_by_api_name() -> None:
    import msgspec

    pydantic, structs, attrs = (loaded(acme_text(kind)) for kind in MODELS)
    values: dict[str, Any] = {
        "company": "Acme",
        "annual_revenue": Decimal("1.50"),
        "created_time": MOMENT,
    }
    sent = {"Company": "Acme", "Annual_Revenue": "1.50", "Created_Time": MOMENT.isoformat()}
    model = pydantic.Lead(**values)
    assert model.model_dump(mode="json", by_alias=True, exclude_unset=True) == sent
    assert msgspec.to_builtins(structs.Lead(**values)) == sent
    written = attrs.make_converter().unstructure(attrs.Lead(**values))
    assert written == {**sent, "Annual_Revenue": Decimal("1.50")}


@pytest.mark.parametrize("kind", MODELS)
def test_numbers_are_exact(kind: Kind) -> None:
    text = '{"Annual_Revenue": 1234567890123456.70}'
    read = sample_reader(kind)
    if kind == "pydantic":
        model = type(read("Lead", "{}")).model_validate(exact(text))
        assert read("Lead", text).annual_revenue == Decimal("1234567890123456.8"), (
            "see docs/how-to/export.md"
        )
    else:
        model = read("Lead", text)
    assert str(model.annual_revenue) == "1234567890123456.70"


def test_what_was_not_fetched_is_told_from_null() -> None:
    import msgspec

    row = json.dumps({"Company": None})
    assert sample_reader("pydantic")("Lead", row).model_fields_set == {"company"}
    struct = sample_reader("msgspec")("Lead", row)
    assert (struct.company, struct.city) == (None, msgspec.UNSET)
    assert sample_reader("typeddict")("Lead", row) == {"Company": None}


def test_a_related_record_is_never_the_whole_target() -> None:
    document = json.loads(acme_text("json-schema"))
    rows = {
        acme().names.modules[each.api_name].record
        for each in acme().schema.modules
        if each.is_subform
    }
    records = {own.record for own in acme().names.modules.values()}
    for name in records:
        text = json.dumps(document["$defs"][name])
        assert {place.split('"')[0] for place in text.split("#/$defs/")[1:]} & records <= rows
    assert document["$defs"]["Contact"]["properties"]["Account_Name"]["anyOf"] == [
        {"$ref": "#/$defs/Ref"},
        {"type": "null"},
    ]


def test_schemas_say_what_the_metadata_says() -> None:
    lead = json.loads(acme_text("json-schema"))["$defs"]["Lead"]["properties"]
    assert lead["Email"] == {
        "title": "Email",
        "description": "Email. E-mail address, at most 100 characters; unique. Used to match "
        "enquiries from the web form.",
        "type": ["string", "null"],
        "maxLength": 100,
    }
    assert lead["Created_Time"]["format"] == "date-time"
    assert lead["Created_Time"]["readOnly"] is True
    assert lead["Lead_Status"]["anyOf"] == [
        {"enum": ["New", "Contacted", "Site visit booked", "Qualified", "Lost - no budget"]},
        {"type": "string"},
        {"type": "null"},
    ]
    assert lead["Site_Visits_1"]["items"] == {"$ref": "#/$defs/LeadSiteVisit"}
    assert lead["Annual_Revenue"]["type"] == ["number", "null"]
    assert "required" not in json.loads(acme_text("json-schema"))["$defs"]["Lead"]


def test_lookups_of_any_module_keep_the_module_beside_them() -> None:
    row = json.dumps({"What_Id": {"id": "5", "name": "x"}, "$se_module": "Deals"})
    for kind in MODELS:
        assert sample_reader(kind)("Event", row).se_module == "Deals"


def test_picklists_of_text_stay_text() -> None:
    bindings = bindings_of(ACME / "metadata", picklists="str")
    for kind in PYTHON_KINDS:
        assert "Site visit booked" in acme_text(kind)
        assert "Site visit booked" not in export_text(bindings, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_choices_of_the_package_hold(kind: Kind) -> None:
    chosen = export_text(bindings_of(ACME / "metadata", modules=("Leads",)), kind)
    assert "Lead_Status" in chosen
    assert "Visited_On" in chosen, "the rows of subforms come along"
    assert "Closing_Date" not in chosen


# --- Type checkers --------------------------------------------------------------------------------


def test_models_are_clean_for_both_checkers(tmp_path: Path) -> None:
    for kind in PYTHON_KINDS:
        (tmp_path / f"crm_{kind}.py").write_text(acme_text(kind), encoding="utf-8")
    annotated = loaded(acme_text("typeddict"))
    lines = ["import crm_typeddict as crm"]
    for number, (name, row) in enumerate(RECORDS):
        known = only_known(annotated, getattr(annotated, name), row)
        lines.append(f"row_{number}: crm.{name} = {known!r}")
    (tmp_path / "program.py").write_text("\n".join([*lines, *PROGRAM]), encoding="utf-8")
    found = findings(tmp_path)
    for checker, errors in found.items():
        texts = [str(each) for each in errors]
        assert len(texts) == len(MISTAKES), (checker, texts)


MISTAKES = ["typed: crm.Lead = {'Company': 5}", "unknown: crm.Lead = {'Compny': 'x'}"]
PROGRAM = [
    "from crm_msgspec import Lead as Struct",
    "from crm_attrs import Lead as Attrs",
    "from crm_pydantic import Lead as Model",
    "struct = Struct(company='x')",
    "attrs = Attrs(company='x')",
    "model = Model.model_validate({'Company': 'x'})",
    "text: str | None = attrs.company or model.company",
    *MISTAKES,
]


def only_known(module: Any, kind: Any, value: Any) -> Any:
    """The value without the keys that its TypedDict does not have."""
    kind = value_type(module, kind)
    if is_typeddict(kind) and is_object(value):
        hints = get_type_hints(kind, vars(module))
        return {
            key: only_known(module, hints[key], each) for key, each in value.items() if key in hints
        }
    if get_origin(kind) is list and is_list(value):
        return [only_known(module, get_args(kind)[0], each) for each in value]
    return value


def value_type(module: Any, kind: Any) -> Any:
    """What a value that is not null is."""
    if get_origin(kind) in (Union, UnionType):
        return next(each for each in get_args(kind) if each is not type(None))
    return kind
