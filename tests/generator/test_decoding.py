"""Generated code reads every record of the sample org, and loses nothing of it."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

import pytest
from acme_crm import Account, Contact, Deal, Event, Installation, Lead, Quote
from acme_crm.deals import Deals
from acme_crm.installations import Installations
from acme_crm.lead_site_visits import LeadSiteVisit
from acme_crm.leads import Leads
from zohohub.columns import SubformColumn
from zohohub.conditions import Condition
from zohohub.errors import FieldNotFetched, UnexpectedValue
from zohohub.records import Record, columns_of, encode_values, writable_values
from zohohub.values import LayoutRef, Link, Ref, Removed, Tag, UploadedFile, UserRef

from tests.support.annotated import declared_types, is_a
from tests.support.json_values import is_list
from tests.support.packages import ACME, SAMPLE, handles
from tests.support.recovery import losses, same


def acme() -> Any:
    import acme_crm

    return acme_crm


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((ACME / "records").glob("*.json")):
        content = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        for row in content["data"]:
            yield path.stem, row


RECORDS = [pytest.param(name, row, id=f"{name}-{row['id'][-4:]}") for name, row in records()]
HANDLES = handles(acme())
DECLARED = declared_types(acme())


def lead(**more: Any) -> Lead:
    found: Lead = Leads.decode({"id": "1", **more})
    return found


# --- Every record of the sample ---------------------------------------------------------------


def test_there_are_records_of_every_module() -> None:
    assert {name for name, _ in records()} == HANDLES.keys()


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_nothing_is_lost(module: str, data: dict[str, Any]) -> None:
    before = copy.deepcopy(data)
    record = HANDLES[module].decode(data)
    assert losses(record, data) == []
    assert same(record.to_json(), before)
    assert list(record.to_json()) == list(before)
    assert data == before, "decoding changed the JSON"


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_values_are_of_the_declared_types(module: str, data: dict[str, Any]) -> None:
    check_types(HANDLES[module].decode(data))


def check_types(record: Record) -> None:
    declared = DECLARED[type(record)]
    for name, column in columns_of(type(record)).items():
        if (value := slot(record, name)) is not MISSING:
            assert is_a(value, declared[name]), f"{column!r}: {value!r} is no {declared[name]}"
            if is_list(value):
                for row in value:
                    if isinstance(row, Record):
                        check_types(row)


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_columns_read_what_the_decoder_reads(module: str, data: dict[str, Any]) -> None:
    """The straight-line decoder and the slow one, which runs after a surprise, must agree."""
    record: Record = HANDLES[module].decode(data)
    for name, column in columns_of(type(record)).items():
        if column.api_name in data:
            value = column.decode(data[column.api_name])
            assert value == getattr(record, name)
            assert type(value) is type(getattr(record, name))
        else:
            with pytest.raises(FieldNotFetched):
                getattr(record, name)


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_the_slow_path_reads_the_same_record(module: str, data: dict[str, Any]) -> None:
    """A value of an impossible shape makes the decoder read field by field."""
    handle = HANDLES[module]
    expected = handle.decode(data)
    broken = handle.decode(data | {"Created_Time": ["no", "time"]})
    for name, column in columns_of(handle.record_type).items():
        if column.api_name != "Created_Time":
            assert slot(broken, name) == slot(expected, name)


def test_every_column_kind_is_in_the_sample_and_read() -> None:
    """The tests above prove something of every kind of column."""
    seen: set[str] = set()
    for module, data in records():
        for column in columns_of(HANDLES[module].record_type).values():
            if data.get(column.api_name) not in (None, "", []):
                seen.add(type(column).__name__)
    from zohohub import columns

    kinds = {name for name in columns.__all__ if name.endswith("Column")}
    bases = {"Column", "AnyModuleColumn"}
    # The sample has a class for every subform; test_picklists.py leaves one out.
    assert seen == kinds - bases - {"RowsColumn"}


MISSING = object()


def slot(record: Record, name: str) -> Any:
    try:
        return object.__getattribute__(record, name)
    except AttributeError:
        return MISSING


# --- What records may hold beyond their metadata ----------------------------------------------


def test_an_unknown_option_is_kept() -> None:
    record = lead(Lead_Status="Made up", Interests=["Wallbox", "Sauna"])
    assert record.lead_status == "Made up"
    assert record.interests == ["Wallbox", "Sauna"]


@pytest.mark.parametrize(
    ("api_name", "attribute", "value"),
    [
        ("Created_Time", "created_time", "not a date"),
        ("Created_Time", "created_time", 5),
        ("Created_Time", "created_time", False),
        ("Annual_Revenue", "annual_revenue", "much"),
        ("Annual_Revenue", "annual_revenue", True),
        ("Annual_Revenue", "annual_revenue", [1]),
        ("Owner", "owner", 7),
        ("Owner", "owner", {"name": "nobody"}),
        ("Owner", "owner", [{"id": "1"}]),
        ("Converted_Account", "converted_account", ["1"]),
        ("Layout", "layout", 0),
        ("Tag", "tag", "vip"),
        ("Tag", "tag", [{"id": "1"}]),
        ("Interests", "interests", {"a": 1}),
        ("Roof_Age_Years", "roof_age_years", Decimal("1.5")),
        ("Roof_Age_Years", "roof_age_years", True),
        ("Roof_Age_Years", "roof_age_years", "old"),
        ("Site_Visits_1", "site_visits_1", "row"),
        ("Site_Visits_1", "site_visits_1", {"id": "1"}),
    ],
)
def test_a_broken_value_breaks_its_attribute_alone(
    api_name: str, attribute: str, value: Any
) -> None:
    sent = {"Company": "Acme", "Phone": "5", api_name: value, "Website": "w", "$x": 1, "New": 2}
    record = lead(**sent)
    assert (record.id, record.company, record.phone, record.website) == ("1", "Acme", "5", "w")
    with pytest.raises(UnexpectedValue, match=f"Lead.{attribute} .*{api_name}"):
        getattr(record, attribute)
    assert record.to_json() == {"id": "1", **sent}
    assert (record.system, record.extra) == ({"$x": 1}, {"New": 2})
    assert attribute not in repr(record)
    with pytest.raises(FieldNotFetched):
        print(record.city)


def test_a_broken_row_breaks_its_attribute_alone() -> None:
    rows = [{"id": "1", "Visited_On": "2026-05-01"}, {"id": "2", "Visited_On": "soon"}]
    record = lead(Site_Visits_1=rows)
    assert record.site_visits_1 is not None
    assert record.site_visits_1[0].visited_on == date(2026, 5, 1)
    with pytest.raises(UnexpectedValue):
        print(record.site_visits_1[1].visited_on)
    assert record.to_json() == {"id": "1", "Site_Visits_1": rows}


def test_what_was_not_fetched_says_how_to_fetch_it() -> None:
    with pytest.raises(FieldNotFetched, match=r"add Lead\.fields\.company to the columns"):
        print(lead().company)
    with pytest.raises(FieldNotFetched, match=r"lists leave it out: read the record with get\(\)"):
        print(lead().site_visits_1)
    with pytest.raises(AttributeError, match="Lead has no field 'compny'; did you mean 'company'"):
        getattr(lead(), "compny")  # noqa: B009 - type checkers refuse it otherwise
    assert not hasattr(lead(), "company")
    assert lead(Company=None).company is None


def test_keys_that_no_metadata_has() -> None:
    record = lead(**{"$approved": True, "Brand_New": {"a": [1]}, "Company": "x"})
    assert record.system == {"$approved": True}
    assert record.extra == {"Brand_New": {"a": [1]}}


# --- Records as Python objects ----------------------------------------------------------------


def test_records_are_dataclasses() -> None:
    assert dataclasses.is_dataclass(lead())
    fields = {item.name: item.metadata for item in dataclasses.fields(lead())}
    assert fields.keys() == columns_of(Lead).keys()
    assert fields["weighted_value"]["api_name"] == "Weighted_Value"
    assert fields["weighted_value"]["read_only"]
    assert fields["company"]["api_name"] == "Company"
    assert not fields["company"].get("read_only")
    assert not hasattr(lead(), "__dict__")


def test_a_record_class_is_made_a_dataclass_when_it_is_asked_for() -> None:
    """That is most of what importing a package of many modules would cost."""
    program = """
import dataclasses
from acme_crm.leads import Lead, decode_lead
lead = decode_lead({"Company": "x"})
print(lead.company, type(vars(Lead)["__dataclass_fields__"]).__name__)
print(dataclasses.is_dataclass(Lead), type(vars(Lead)["__dataclass_fields__"]).__name__)
print([item.type for item in dataclasses.fields(Lead) if item.name in ("company", "fields")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(SAMPLE)},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout.splitlines() == ["x _DataclassFields", "True dict", "['str | None']"]


def test_equality_is_by_class_and_values() -> None:
    assert lead(Company="x") == lead(Company="x")
    assert lead(Company="x") != lead(Company="y")
    assert lead(Company=None) != lead()
    assert lead() != Account(account_name="x")
    assert Lead(company="x") == Lead(company="x")
    assert lead() != {"id": "1"}


def test_repr_shows_what_is_set() -> None:
    assert repr(lead(Company="x", City=None)) == (
        "Lead(id='1', company='x'; 1 empty, 34 not fetched)"
    )


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_copies_are_equal_and_still_know_their_json(module: str, data: dict[str, Any]) -> None:
    record = HANDLES[module].decode(data)
    for other in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert other == record
        assert other is not record
        assert same(other.to_json(), data)
        assert losses(other, data) == []


def test_a_deep_copy_shares_nothing() -> None:
    record = lead(Tag=[{"name": "vip"}], Site_Visits_1=[{"id": "5", "City": "Bonn"}])
    other = copy.deepcopy(record)
    assert other.site_visits_1 is not None
    other.site_visits_1[0].city = "Köln"
    assert record.site_visits_1 is not None
    assert record.site_visits_1[0].city == "Bonn"


def test_changes_show_in_the_json_and_nothing_else_does() -> None:
    data = {"id": "1", "Company": "Acme", "Created_Time": "2026-05-14T12:51:54+03:00", "$x": [1]}
    record: Lead = Leads.decode(data)
    record.company = "Bcme"
    record.annual_revenue = Decimal("1.50")
    assert record.to_json() == data | {"Company": "Bcme", "Annual_Revenue": Decimal("1.50")}
    assert data["Company"] == "Acme"


def test_a_changed_row_shows_in_the_json() -> None:
    record = lead(Site_Visits_1=[{"id": "5", "City": "Bonn", "Roof_OK": True}])
    assert record.site_visits_1 is not None
    record.site_visits_1[0].city = "Köln"
    assert record.to_json()["Site_Visits_1"][0]["City"] == "Köln"


def test_making_a_record_takes_fields_alone() -> None:
    assert Lead(company="x").to_json() == {"Company": "x"}
    with pytest.raises(TypeError, match="Lead has no field 'compny'; did you mean 'company'"):
        Lead(compny="x")  # type: ignore[call-arg]  # the mistake that the message is about


def test_conditions_are_not_truth() -> None:
    condition = Lead.fields.company == "a"
    assert isinstance(condition, Condition)
    with pytest.raises(TypeError, match=r"join conditions with & and \|"):
        bool(condition)


# --- What writes send -------------------------------------------------------------------------

MOMENT = datetime(2026, 5, 14, 12, 51, 54, 999, tzinfo=timezone(timedelta(hours=3)))
SENT: list[tuple[type[Record], Mapping[str, Any], Mapping[str, Any]]] = [
    (Lead, {"company": "Acme"}, {"Company": "Acme"}),
    (Lead, {"company": None}, {"Company": None}),
    (Lead, {"email_opt_out": False}, {"Email_Opt_Out": False}),
    (Lead, {"roof_age_years": 3}, {"Roof_Age_Years": 3}),
    (Lead, {"annual_revenue": Decimal("1.50")}, {"Annual_Revenue": Decimal("1.50")}),
    (Lead, {"annual_revenue": 5}, {"Annual_Revenue": 5}),
    (Lead, {"lead_status": "New"}, {"Lead_Status": "New"}),
    (Lead, {"interests": ("Wallbox",)}, {"Interests": ["Wallbox"]}),
    (Lead, {"interests": None}, {"Interests": None}),
    (Lead, {"owner": "5"}, {"Owner": {"id": "5"}}),
    (Lead, {"owner": UserRef("5", "n", "e")}, {"Owner": {"id": "5"}}),
    (Lead, {"layout": LayoutRef("5", "n")}, {"Layout": {"id": "5"}}),
    (Lead, {"tag": ["vip", Tag("old", "3")]}, {"Tag": [{"name": "vip"}, {"name": "old"}]}),
    (Lead, {"tag": None}, {"Tag": None}),
    (Deal, {"closing_date": date(2026, 5, 1)}, {"Closing_Date": "2026-05-01"}),
    (Contact, {"newsletter_consent_at": MOMENT}, {"Newsletter_Consent_At": None}),
    (Deal, {"account_name": Ref[Account]("5", "n")}, {"Account_Name": {"id": "5"}}),
    (Deal, {"account_name": "5"}, {"Account_Name": {"id": "5"}}),
    (Deal, {"account_name": Account(id="5")}, {"Account_Name": {"id": "5"}}),
    (
        Deal,
        {"connected_to": Ref[Lead]("5", module="Leads")},
        {"Connected_To__s": {"id": "5", "module": {"api_name": "Leads"}}},
    ),
    (
        Event,
        {"what_id": Ref[Record]("5", module="Deals")},
        {"What_Id": {"id": "5"}, "$se_module": "Deals"},
    ),
    (Event, {"what_id": None}, {"What_Id": None}),
    (Event, {"remind_at": [{"unit": 1, "period": "days"}]}, {"Remind_At": None}),
    (
        Installation,
        {"residents": ["1", Ref[Contact]("2"), Link(Ref[Contact]("3"), "9"), Removed("8")]},
        {
            "Residents": [
                {"Resident": {"id": "1"}},
                {"Resident": {"id": "2"}},
                {"Resident": {"id": "3"}, "id": "9"},
                {"id": "8", "_delete": None},
            ]
        },
    ),
    (Installation, {"crew": [UserRef("1")]}, {"Crew": [{"Crew_Member": {"id": "1"}}]}),
    (
        Installation,
        {"documents": ["f1", UploadedFile("f2", id="7"), Removed("8")]},
        {
            "Documents": [
                {"File_Id__s": "f1"},
                {"File_Id__s": "f2", "id": "7"},
                {"id": "8", "_delete": None},
            ]
        },
    ),
    (
        Lead,
        {
            "site_visits_1": [
                {"visited_on": date(2026, 5, 1), "surveyor": "4"},
                {"id": "5", "city": None},
                LeadSiteVisit(id="6", city="Bonn"),
                Removed("7"),
            ]
        },
        {
            "Site_Visits_1": [
                {"Visited_On": "2026-05-01", "Surveyor": {"id": "4"}},
                {"id": "5", "City": None},
                {"id": "6", "City": "Bonn"},
                {"id": "7", "_delete": None},
            ]
        },
    ),
    (
        Quote,
        {"quoted_items": [{"product_name": "1", "quantity": 2}]},
        {"Quoted_Items": [{"Product_Name": {"id": "1"}, "Quantity": 2}]},
    ),
]
_WRITTEN_AS_IT_IS = {"Remind_At": [{"unit": 1, "period": "days"}]}
_MOMENT_TEXT = {"Newsletter_Consent_At": "2026-05-14T12:51:54+03:00"}


@pytest.mark.parametrize(("record_type", "values", "sent"), SENT)
def test_writes_send_zohos_shapes(
    record_type: type[Record], values: Mapping[str, Any], sent: dict[str, Any]
) -> None:
    expected = {
        key: (_WRITTEN_AS_IT_IS | _MOMENT_TEXT).get(key, value) for key, value in sent.items()
    }
    assert encode_values(record_type, values) == expected
    json.dumps(expected, default=str)


def test_writes_refuse_what_zoho_would() -> None:
    with pytest.raises(TypeError, match="Lead has no field 'compny'; did you mean 'company'"):
        encode_values(Lead, {"compny": "x"})
    with pytest.raises(TypeError, match=r"Lead\.weighted_value is read-only; leave it out"):
        encode_values(Lead, {"weighted_value": 1})
    with pytest.raises(TypeError, match=r"Lead\.id is read-only"):
        encode_values(Lead, {"id": "1"}, with_id=False)
    with pytest.raises(ValueError, match="Connected_To__s needs to know the module"):
        encode_values(Deal, {"connected_to": Ref[Lead]("5")})
    with pytest.raises(ValueError, match="What_Id needs to know the module"):
        encode_values(Event, {"what_id": "5"})
    with pytest.raises(ValueError, match="needs a time zone"):
        encode_values(Contact, {"newsletter_consent_at": datetime(2026, 5, 1)})


@pytest.mark.parametrize(("module", "data"), RECORDS)
def test_what_was_read_can_be_written(module: str, data: dict[str, Any]) -> None:
    """What is written again means what was read, in the shape that Zoho takes."""
    record = HANDLES[module].decode(data)
    check_written(record, writable_values(record))


def check_written(record: Any, body: Mapping[str, Any]) -> None:
    record_type = cast("type[Record]", type(record))
    columns = {column.api_name: (name, column) for name, column in columns_of(record_type).items()}
    read_only = {item.name for item in dataclasses.fields(record) if item.metadata.get("read_only")}
    held = {key for key, (name, _) in columns.items() if slot(record, name) is not MISSING}
    writable = {key for key in held if key == "id" or columns[key][0] not in read_only}
    assert body.keys() - {"$se_module"} == writable
    for key in writable:
        name, column = columns[key]
        value, again = getattr(record, name), column.decode(body[key])
        if key == "Tag":
            assert [tag.name for tag in again or ()] == [tag.name for tag in value or ()]
        elif is_list(value) and value and isinstance(value[0], Record):
            for row, sent in zip(value, body[key], strict=True):
                check_written(row, sent)
        elif isinstance(column, SubformColumn) and value is None:
            assert again == [], "no rows: the empty list takes all away"
        else:
            assert again == value


def test_moments_keep_their_offset() -> None:
    record: Deal = Deals.decode({"id": "1", "Created_Time": "2026-05-14T12:51:54+05:30"})
    assert record.created_time is not None
    assert record.created_time.utcoffset() == timedelta(hours=5, minutes=30)
    assert record.created_time == datetime(2026, 5, 14, 7, 21, 54, tzinfo=UTC)


def test_ids_that_are_numbers_stay_text() -> None:
    record: Installation = Installations.decode({"id": "1", "Meter_Number": "0012345600012"})
    assert record.meter_number == "0012345600012"
