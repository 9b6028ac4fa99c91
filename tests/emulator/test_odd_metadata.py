"""Metadata with gaps: types nobody knows, modules that are named and not listed, older shapes."""

from __future__ import annotations

from typing import Any

import pytest
from zohohub_gen.snapshot import Snapshot

from .boatyard import field, module, system
from .conftest import Client, Start

OLD_LINKS = {
    "display_label": "Boats",
    "linking_module": "Sheds_X_Boats",
    "lookup_apiname": "Shed",
    "connected_module": "Boats",
    "connectedlookup_apiname": "Boat",
}
FIELDS: list[Any] = [
    *system(),
    field("Name", system_mandatory=True),
    field("Shelves", "subform", "jsonarray", associated_module={"module": "Shelves", "id": "9"}),
    field("Boats", "multiselectlookup", "jsonarray", multiselectlookup=OLD_LINKS),
    field("Nearest", "lookup", "jsonobject", lookup={"module": "Boats", "api_name": "Sheds"}),
    field("Hologram", "hologram", "jsonarray"),
    field("Smell", "smell", "string"),
    field("Anything", "anything", None),
    field("Remind_At", "multireminder", "jsonarray"),
    field("Tide", "RRULE", "jsonobject"),
    field("Exchange_Rate", "double", "double"),
    field("Currency", "picklist", "string"),
    field("Record_Status__s", "picklist", "string"),
    field('Say_"hello"', "text"),
    field("It's", "text"),
]


@pytest.fixture
def client(start: Start) -> Client:
    org = Snapshot(
        modules=[module("Sheds", 1), module("Boats", 2)],
        fields={"Sheds": FIELDS, "Boats": [*system(), field("Name")]},
        org={"iso_code": "NOK"},
    )
    return start(org)


def test_defaults_of_system_fields(client: Client) -> None:
    (shed,) = client.add("Sheds", {"Name": "x"})
    record = client.one("Sheds", shed)
    assert (record["Exchange_Rate"], record["Record_Status__s"]) == (1, "Available")
    assert record["Currency"] == "NOK"


def test_rows_of_a_module_without_metadata_keep_everything(client: Client) -> None:
    rows = [{"Height": 1.5, "Label": "top"}, {"Label": "low"}]
    (shed,) = client.add("Sheds", {"Name": "x", "Shelves": rows})
    top, low = client.one("Sheds", shed)["Shelves"]
    assert (top["Height"], top["Label"], low["Label"]) == (1.5, "top", "low")
    change = {"data": [{"Shelves": [{"id": low["id"], "Label": "lowest"}]}]}
    client.put(f"/Sheds/{shed}", change)
    assert [row["Label"] for row in client.one("Sheds", shed)["Shelves"]] == ["top", "lowest"]
    for path in ("/Shelves", "/Sheds_X_Boats"):
        answer = client.get(path, params={"fields": "id"})
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_MODULE")


def test_links_in_their_older_shape(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Otter"})
    (shed,) = client.add("Sheds", {"Name": "x", "Boats": [{"Boat": {"id": boat}}]})
    (link,) = client.one("Sheds", shed)["Boats"]
    assert link["Boat"] == {"name": "Otter", "id": boat}
    client.delete(f"/Sheds/{shed}")
    (other,) = client.add("Sheds", {"Name": "y", "Boats": [{"Boat": {"id": boat}}]})
    assert len(client.one("Sheds", other)["Boats"]) == 1


def test_a_lookup_in_its_older_shape_is_shown_in_the_newer(client: Client) -> None:
    answer = client.get("/settings/fields", params={"module": "Sheds"})
    (nearest,) = [each for each in answer.json()["fields"] if each["api_name"] == "Nearest"]
    boats = client.get("/settings/modules/Boats").json()["modules"][0]
    assert nearest["lookup"] == {
        "module": {"api_name": "Boats", "id": boats["id"]},
        "api_name": "Sheds",
    }


@pytest.mark.parametrize(
    ("name", "good", "bad", "expected"),
    [
        ("Hologram", [{"x": 1}], {}, "jsonarray"),
        ("Smell", "tar", 5, "text"),
        ("Remind_At", [{"unit": 15, "period": "minutes"}], {"unit": 15}, "jsonarray"),
        ("Tide", {"RRULE": "FREQ=DAILY"}, "daily", "jsonobject"),
    ],
)
def test_types_that_are_only_known_by_their_json(
    client: Client, name: str, good: Any, bad: Any, expected: str
) -> None:
    (shed,) = client.add("Sheds", {"Name": "x", name: good})
    assert client.one("Sheds", shed)[name] == good
    error = client.refused("Sheds", {"Name": "x", name: bad})
    assert error["details"]["expected_data_type"] == expected


def test_a_type_without_any_hint_takes_everything(client: Client) -> None:
    for value in (1, "x", [1], {"a": None}, True):
        (shed,) = client.add("Sheds", {"Name": "x", "Anything": value})
        assert client.one("Sheds", shed)["Anything"] == value


def test_api_names_that_are_no_names(client: Client) -> None:
    values = {'Say_"hello"': "one", "It's": "two"}
    (shed,) = client.add("Sheds", {"Name": "x", **values})
    record = client.one("Sheds", shed)
    assert {name: record[name] for name in values} == values
    listed = client.page("Sheds", fields="It's").json()["data"]
    assert listed[0]["It's"] == "two"
    found = client.get("/Sheds/search", params={"criteria": "(It's:equals:two)"})
    assert [row["id"] for row in found.json()["data"]] == [shed]
    query = "select 'It''s' from Sheds where 'It''s' = 'two'"
    assert client.coql(query).json()["data"] == [{"It's": "two", "id": shed}]
    # No JSON path of SQLite can hold a double quote.
    refused = client.get("/Sheds/search", params={"criteria": '(Say_"hello":equals:one)'})
    assert refused.json()["code"] == "INVALID_QUERY"
