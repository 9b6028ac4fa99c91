"""Formulas and roll-ups: computed on every read and in every condition, written by nobody."""

from __future__ import annotations

import csv
import io
import logging
import time
import zipfile
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from zohohub_gen import ir
from zohohub_gen.emulator.formula_text import FormulaError, parse_formula
from zohohub_gen.emulator.formulas import Evaluation, formulas_of
from zohohub_gen.emulator.values import time_zone
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import Snapshot

from .boatyard import READ_ONLY, field, lookup, options, snapshot, system
from .conftest import Client, Clock, Start

_BERLIN = time_zone("Europe/Berlin")
_NOW = 1_780_000_000.0


def formula(name: str, expression: str | None, returns: str, **more: Any) -> Any:
    json_type = {"double": "double", "currency": "double", "boolean": "boolean"}.get(returns)
    definition = {"return_type": returns, "assume_default": False, **more}
    if expression is not None:
        definition["expression"] = expression
    return field(
        name,
        "formula",
        json_type or "string",
        operation_type=READ_ONLY,
        formula=definition,
        decimal_place=2,
    )


def rollup(name: str, function: str, of: str, returns: str, criteria: Any = None) -> Any:
    return field(
        name,
        "rollup_summary",
        "string" if returns in ("date", "datetime") else returns,
        operation_type=READ_ONLY,
        decimal_place=2,
        rollup_summary={
            "return_type": returns,
            "expression": {
                "function_parameters": [{"api_name": of}],
                "criteria": criteria,
                "function": function,
            },
            "based_on_module": {"api_name": "Boats", "id": "8000000000000002"},
            "related_list": {"api_name": "Boats", "id": "1"},
            "rollup_based_on": "related_list",
        },
    )


def _criterion(name: str, comparator: str, value: Any) -> Any:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


FLEET = [
    rollup("Boat_Count", "COUNT", "id", "integer"),
    rollup("Worth", "SUM", "Price", "double"),
    rollup("Mean", "AVERAGE", "Price", "double"),
    rollup("Dearest", "MAX", "Price", "double"),
    rollup("Cheapest", "MIN", "Price", "double"),
    rollup("First_Launch", "MIN", "Launched", "date"),
    rollup("Last_Change", "MAX", "Modified_Time", "datetime"),
    rollup(
        "Ketches",
        "COUNT",
        "id",
        "integer",
        {
            "group_operator": "and",
            "group": [_criterion("Kind", "equal", "Ketch"), _criterion("Afloat", "equal", True)],
        },
    ),
    rollup("Taxes", "SUM", "Tax", "double"),
    rollup("Odd", "MEDIAN", "Price", "double"),
    formula("Is_Rich", "${Contacts.Worth} > 1000", "boolean"),
    formula("Badge", "If(${Is Rich}, Upper(${Last Name}), 'none')", "text"),
]


@pytest.fixture
def org() -> Snapshot:
    found = deepcopy(snapshot())
    found.fields["Contacts"] += FLEET
    found.fields["Boats"] += [
        formula("Tax", "${Boats.Price} * 0.19", "currency"),
        formula("Due", "Adddate(${Launched}, 1, 'MONTH')", "date"),
        formula("Seen_Again", "Adddate(${Last Seen}, 36, 'HOUR')", "datetime"),
        formula("Strange", "Vlookup(${Price})", "double"),
        formula("Untold", None, "double"),
    ]
    return found


@pytest.fixture
def fleet(start: Start, org: Snapshot) -> Client:
    client = start(org)
    anna, bo = client.add("Contacts", {"Last_Name": "Anna"}, {"Last_Name": "Bo"})
    client.add(
        "Boats",
        {"Name": "A", "Captain": {"id": anna}, "Price": 1000.1, "Kind": "Ketch", "Afloat": True,
         "Launched": "2026-01-31", "Last_Seen": "2026-03-28T12:00:00+01:00"},
        {"Name": "B", "Captain": {"id": anna}, "Price": 0.2, "Kind": "Ketch",
         "Launched": "2025-05-05"},
        {"Name": "C", "Captain": {"id": anna}},
    )  # fmt: skip
    assert bo
    return client


def _ids(client: Client) -> dict[str, str]:
    rows = client.page("Contacts", fields="Last_Name").json()["data"]
    return {row["Last_Name"]: row["id"] for row in rows}


def test_rollups_of_the_records_behind_a_lookup(fleet: Client) -> None:
    ids = _ids(fleet)
    anna, bo = fleet.one("Contacts", ids["Anna"]), fleet.one("Contacts", ids["Bo"])
    assert (anna["Boat_Count"], anna["Ketches"]) == (3, 1)
    assert (anna["Worth"], anna["Mean"]) == (1000.3, 500.15)
    assert (anna["Dearest"], anna["Cheapest"]) == (1000.1, 0.2)
    assert anna["First_Launch"] == "2025-05-05"
    boat = fleet.page("Boats", fields="Name,Modified_Time").json()["data"][0]
    assert anna["Last_Change"] == boat["Modified_Time"]
    assert anna["Taxes"] == 190.06  # 190.02 and 0.04
    assert (anna["Is_Rich"], anna["Badge"]) == (True, "ANNA")
    assert (bo["Boat_Count"], bo["Worth"], bo["Mean"], bo["Last_Change"]) == (0, 0, None, None)
    assert (bo["Is_Rich"], bo["Badge"]) == (False, "none")
    assert anna["Odd"] is None


def test_rollups_follow_the_records_without_a_new_modified_time(
    start: Start, org: Snapshot, clock: Clock
) -> None:
    client = start(org, clock=clock)
    (anna,) = client.add("Contacts", {"Last_Name": "Anna"})
    before = client.one("Contacts", anna)
    clock.now += 60
    (boat,) = client.add("Boats", {"Name": "A", "Captain": {"id": anna}, "Price": 5})
    after = client.one("Contacts", anna)
    assert (after["Worth"], after["Modified_Time"]) == (5, before["Modified_Time"])
    client.put(f"/Boats/{boat}", {"data": [{"Price": 7}]})
    assert client.one("Contacts", anna)["Worth"] == 7
    client.put(f"/Boats/{boat}", {"data": [{"Captain": None}]})
    assert client.one("Contacts", anna)["Worth"] == 0
    client.put(f"/Boats/{boat}", {"data": [{"Captain": {"id": anna}}]})
    client.delete(f"/Boats/{boat}")
    assert client.one("Contacts", anna)["Boat_Count"] == 0


def test_formulas_of_one_record(fleet: Client) -> None:
    rows = fleet.page("Boats", fields="Name,Tax,Due,Seen_Again,Strange,Untold").json()["data"]
    by_name = {row["Name"]: row for row in rows}
    a = by_name["A"]
    assert (a["Tax"], a["Due"]) == (190.02, "2026-02-28")
    assert a["Seen_Again"] == "2026-03-30T00:00:00+02:00"
    assert (a["Strange"], a["Untold"]) == (None, None)
    assert (by_name["C"]["Tax"], by_name["C"]["Due"]) == (None, None)


def test_nobody_writes_them(fleet: Client) -> None:
    (boat,) = fleet.add("Boats", {"Name": "D", "Price": 100, "Tax": 5, "Strange": 3})
    fleet.put(f"/Boats/{boat}", {"data": [{"Tax": 6}]})
    record = fleet.one("Boats", boat)
    assert (record["Tax"], record["Strange"]) == (19, None)


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ("(Worth:greater_than:1000)", ["Anna"]),
        ("(Boat_Count:equals:0)", ["Bo"]),
        ("(First_Launch:equals:2025-05-05)", ["Anna"]),
        ("(Is_Rich:equals:false)", ["Bo"]),
        ("(Badge:equals:anna)", ["Anna"]),
    ],
)
def test_search(fleet: Client, criteria: str, names: list[str]) -> None:
    answer = fleet.get("/Contacts/search", params={"criteria": criteria, "sort_by": "Worth"})
    assert [row["Last_Name"] for row in answer.json()["data"]] == names
    assert answer.json()["data"][0]["Badge"] in ("ANNA", "none")


def test_coql(fleet: Client) -> None:
    answer = fleet.coql(
        "select Last_Name, Worth, Badge, Last_Change from Contacts"
        " where Is_Rich = 'true' and Last_Change > '2020-01-01T00:00:00+00:00'"
    )
    (row,) = answer.json()["data"]
    assert (row["Worth"], row["Badge"], row["Last_Change"][:2]) == (1000.3, "ANNA", "20")
    answer = fleet.coql("select Last_Name from Contacts where id is not null order by Worth desc")
    assert [row["Last_Name"] for row in answer.json()["data"]] == ["Anna", "Bo"]
    answer = fleet.coql(
        "select Name, Tax, Captain.Worth, Captain.Badge from Boats where Tax >= 0 order by Tax"
    )
    rows = [
        (row["Tax"], row["Captain.Worth"], row["Captain.Badge"]) for row in answer.json()["data"]
    ]
    assert rows == [(0.04, 1000.3, "ANNA"), (190.02, 1000.3, "ANNA")]
    answer = fleet.coql("select SUM(Tax), MAX(Due) from Boats where id is not null")
    assert answer.json()["data"] == [{"SUM(Tax)": 190.06, "MAX(Due)": "2026-02-28"}]
    # A boat without a captain has nothing to compute of him.
    fleet.add("Boats", {"Name": "E"})
    answer = fleet.coql("select Captain.Badge, Captain.Worth from Boats where Name = 'E'")
    (row,) = answer.json()["data"]
    assert (row["Captain.Badge"], row["Captain.Worth"]) == (None, None)
    answer = fleet.coql("select Name from Boats where Captain.Is_Rich = 'true' and Name = 'E'")
    assert answer.status_code == 204


def test_bulk_read(fleet: Client) -> None:
    bulk = f"{fleet.emulator.connection.api_domain}/crm/bulk/v8/read"
    query = {
        "module": {"api_name": "Contacts"},
        "fields": ["Last_Name", "Worth", "Badge"],
        "criteria": {"field": {"api_name": "Worth"}, "comparator": "greater_than", "value": "1"},
    }
    job = fleet.http.post(bulk, json={"query": query}).json()["data"][0]["details"]["id"]
    while fleet.http.get(f"{bulk}/{job}").json()["data"][0]["state"] != "COMPLETED":
        time.sleep(0.02)
    archive = zipfile.ZipFile(io.BytesIO(fleet.http.get(f"{bulk}/{job}/result").content))
    text = archive.read(archive.namelist()[0]).decode()
    rows = [row[1:] for row in csv.reader(io.StringIO(text))]
    assert rows == [["Last_Name", "Worth", "Badge"], ["Anna", "1000.3", "ANNA"]]


def test_what_is_not_computed_is_logged_at_the_start(
    start: Start, org: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "zohohub_gen.emulator"):
        start(org)
    (line,) = [each.message for each in caplog.records if "not computed" in each.message]
    names = line.partition(": ")[2].split(", ")
    assert names == ["Boats.Strange", "Boats.Untold", "Boats.Value_F", "Contacts.Odd"]


def test_a_name_that_means_harm_is_a_name(start: Start, org: Snapshot) -> None:
    hostile = "x') FROM record; DROP TABLE record; --'\""
    org.fields["Contacts"] += [
        rollup("Quoted", "COUNT", "id", "integer", _criterion("Name", "equal", hostile)),
    ]
    client = start(org)
    (anna,) = client.add("Contacts", {"Last_Name": "Anna"})
    client.add("Boats", {"Name": hostile, "Captain": {"id": anna}})
    client.add("Boats", {"Name": "other", "Captain": {"id": anna}})
    assert client.one("Contacts", anna)["Quoted"] == 1


def test_a_lookup_that_is_one_of_two_is_not_guessed(start: Start, org: Snapshot) -> None:
    org.fields["Boats"] += [lookup("Owner_Of_Record", "Contacts")]
    client = start(org)
    (anna,) = client.add("Contacts", {"Last_Name": "Anna"})
    client.add("Boats", {"Name": "A", "Captain": {"id": anna}, "Price": 5})
    assert client.one("Contacts", anna)["Worth"] is None


# --- the language -----------------------------------------------------------------------------

RECORD = {
    "Price": Decimal("10.5"),
    "Masts": 3,
    "Name": "Gull",
    "Kind": "Sloop",
    "Afloat": True,
    "Launched": "2024-02-29",
    "Last_Seen": "2026-05-28T20:00:00+02:00",
    "Serial": "9007199254740993",
}


def value_of(expression: str, returns: str, **more: Any) -> Any:
    raw = [
        field("Name"),
        field("Kind", "picklist", pick_list_values=options("Sloop")),
        field("Nothing", "text"),
        field("No_Number", "double", "double"),
        field("Price", "currency", "double"),
        field("Masts", "integer", "integer"),
        field("Serial", "bigint", "string"),
        field("Afloat", "boolean", "boolean"),
        field("Launched", "date"),
        field("Last_Seen", "datetime"),
        formula("F", expression, returns, **more),
        formula("Itself", "${Itself} + 1", "double"),
        *system(),
    ]
    found = deepcopy(snapshot())
    found.fields["Boats"] = raw
    module: ir.Module = next(m for m in parse(found)[0].modules if m.api_name == "Boats")
    formulas = formulas_of(module, {each["api_name"]: each for each in raw})
    assert "F" in formulas, expression
    return Evaluation(formulas, dict(RECORD), _BERLIN, _NOW).json("F")


@pytest.mark.parametrize(
    ("expression", "returns", "expected"),
    [
        ("1 + 2 * 3 - 4 / 8", "double", Decimal("6.5")),
        ("(1 + 2) * -3", "double", -9),
        ("10 % 4", "double", 2),
        ("${Boats.Price} * ${Masts}", "currency", Decimal("31.5")),
        ("${Price} / 0", "double", None),
        ("${No Number} + 1", "double", None),
        ("1 / 3", "double", Decimal("0.33")),
        ("Round(2.345, 2)", "double", Decimal("2.35")),
        ("Ceil(1.2) + Floor(1.8) + Abs(-3)", "double", 6),
        ("Max(1, ${Masts}, 2) + Min(4, 2)", "double", 5),
        ("Sqrt(Len('four'))", "double", 2),
        ("Sqrt(-1)", "double", None),
        ("${Serial} - 1", "double", 9007199254740992),
        ("Concat(${Name}, '-', 7)", "text", "Gull-7"),
        ("${Name} + \" 'x'\"", "text", "Gull 'x'"),
        ("Upper(Trim('  a ')) + Lower('B')", "text", "Ab"),
        ("Substring(${Name}, 2, 2) + Replace('aXa', 'X', 'b')", "text", "ulaba"),
        ("Find('banana', 'a', 2)", "double", 4),
        ("If(${Masts} > 2, 'many', 'few')", "text", "many"),
        ("If(And(${Afloat}, ${Kind} == 'Sloop'), 'y', 'n')", "text", "y"),
        ("If(${Kind} = 'Ketch' || ${Masts} <> 3, 'y', 'n')", "text", "n"),
        ("!${Afloat} && true", "boolean", False),
        ("Or(Not(${Afloat}), Contains(${Name}, 'ul'))", "boolean", True),
        ("IsEmpty(${Nothing})", "boolean", True),
        ("${Nothing} == null", "boolean", True),
        ("Startswith(${Name}, 'G') == Endswith(${Name}, 'l')", "boolean", True),
        ("Adddate(${Launched}, 1, 'YEAR')", "date", "2025-02-28"),
        ("Subdate(${Launched}, 60, 'DAY')", "date", "2023-12-31"),
        ("Today()", "date", "2026-05-28"),
        ("Now()", "datetime", "2026-05-28T22:26:40+02:00"),
        ("Adddate(Now(), 90, 'MINUTE')", "datetime", "2026-05-28T23:56:40+02:00"),
        ("Datecomp(Now(), ${Last Seen})", "double", 146),
        ("Year(${Launched}) * 100 + Month(${Launched})", "double", 202402),
        ("Adddate(${Launched}, 9999999, 'YEAR')", "date", None),
        # What does not fit its return type or its function comes to nothing.
        ("'text'", "double", None),
        ("1 + ${Afloat}", "double", None),
        ("'a' > 1", "boolean", None),
        ("${Itself}", "double", None),
    ],
)
def test_expressions(expression: str, returns: str, expected: Any) -> None:
    assert value_of(expression, returns) == expected


def test_empty_fields_may_count_as_zero_and_as_empty_text() -> None:
    assert value_of("${No Number} + 1", "double", assume_default=True) == 1
    assert value_of("${Name} + ${Nothing}", "text", assume_default=True) == "Gull"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "'open",
        "${Price",
        "Price",
        "#",
        "If(1,",
        "a.b",
        "(" * 80 + "1",
    ],
)
def test_texts_that_are_no_formula(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


@pytest.mark.parametrize(
    "expression",
    ["${Nobody} + 1", "Eval('1')", "If(1)", "${Captain}", "${Rigging}", "__import__('os')"],
)
def test_formulas_with_unknown_parts_are_left_alone(expression: str) -> None:
    found = deepcopy(snapshot())
    raw = [*found.fields["Boats"], formula("F", expression, "double")]
    found.fields["Boats"] = raw
    module = next(m for m in parse(found)[0].modules if m.api_name == "Boats")
    assert formulas_of(module, {each["api_name"]: each for each in raw}) == {}
