"""POST /coql."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from .conftest import Client, Start
from .test_search import BOATS


@pytest.fixture
def client(start: Start) -> Client:
    client = start()
    ids = client.add(
        "Contacts", {"First_Name": "Åse", "Last_Name": "Berg"}, {"Last_Name": "O'Neill"}
    )
    client.add(
        "Boats",
        *(boat | {"Captain": {"id": captain}} for boat, captain in zip(BOATS, ids, strict=False)),
        BOATS[2],
    )
    return client


def found(client: Client, where: str, more: str = "order by id") -> list[str]:
    answer = client.coql(f"select Name from Boats where {where} {more}")
    if answer.status_code == 204:
        assert answer.content == b""
        return []
    assert answer.status_code == 200, answer.text
    return [row["Name"] for row in answer.json()["data"]]


SEA, OTTER, AUK = (boat["Name"] for boat in BOATS)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("id is not null", [SEA, OTTER, AUK]),
        ("Name = 'otter'", [OTTER]),
        ("Name != 'Otter'", [SEA, AUK]),
        ('Name = "Otter"', [OTTER]),
        ("'Name' = 'Otter'", [OTTER]),
        ("Name like '%otter%'", [SEA, OTTER]),
        ("Name like 'sea%'", [SEA]),
        ("Name like '%_tter'", []),
        ("Name like 'sea%otter%'", [SEA]),
        ("Name like '%e%a%t%'", [SEA]),
        ("Name like 'otter%otter'", []),
        ("Name like '%'", [SEA, OTTER, AUK]),
        ("Name like '%\0%'", []),
        ("Name like '%" + "x" * 60_000 + "'", []),
        ("Name not like '%otter%'", [AUK]),
        ("Name in ('Otter', 'Sea Otter')", [SEA, OTTER]),
        ("Name not in ('Otter')", [SEA, AUK]),
        ("Kind is null", []),
        ("Masts is null", [AUK]),
        ("Rigging is not null", [SEA, OTTER]),
        ("Rigging = 'Genoa;Jib'", [SEA]),
        ("Rigging = 'Jib'", [OTTER]),
        ("Rigging like '%Genoa%'", [SEA]),
        ("Rigging like 'Jib%'", [SEA, OTTER]),
        ("Rigging like '%Jib'", [OTTER]),
        ("Rigging like '%\"%'", []),
        ("Rigging not like '%Genoa%'", [OTTER]),
        ("Price > 1000", [OTTER]),
        ("Price >= 1000", [SEA, OTTER]),
        ("Price < 0", [AUK]),
        ("Price <= -5", [AUK]),
        ("Price = 2500.5", [OTTER]),
        ("Price between -10 and 1000", [SEA, AUK]),
        ("Price not between -10 and 1000", [OTTER]),
        ("Price in (1000, -5)", [SEA, AUK]),
        ("Serial > '90071992547409931'", [OTTER]),
        ("Afloat = 'true'", [SEA]),
        ("Afloat = true", [SEA]),
        ("Afloat = false", [OTTER, AUK]),
        ("Launched between '1998-05-17' and '1999-01-01'", [SEA]),
        ("Last_Seen > '2026-05-14T12:00:00+02:00'", [OTTER]),
        ("Created_Time > '2000-01-01T00:00:00+00:00'", [SEA, OTTER, AUK]),
        ("Captain is null", [AUK]),
        ("Captain.Last_Name = 'O''Neill'", [OTTER]),
        ("Captain.First_Name like '%åse%'", [SEA]),
        ("Owner.role.name = 'CEO' and Name = 'Otter'", [OTTER]),
        ("(Name = 'Otter' and Masts = 2) and Price > 0", [OTTER]),
        ("((Name = 'Otter' or Name = 'Sea Otter') and Masts = 1)", [SEA]),
        ("Name = 'Otter' or Name = 'Sea Otter' and Masts = 2", [OTTER]),
        ("not (Name = 'Otter' or Masts = 1)", []),
        ("Masts is not null and not (Masts = 1)", [OTTER]),
        ("'Non-draft_Length' is null", [SEA, OTTER, AUK]),
        ("Name = 'x'' or ''1'' = ''1'", []),
        ("Name = '%'", []),
    ],
)
def test_where(client: Client, where: str, names: list[str]) -> None:
    assert found(client, where) == names


def test_lookups_and_the_users_behind_them(client: Client) -> None:
    ids = {
        row["Last_Name"]: row["id"]
        for row in client.page("Contacts", fields="Last_Name").json()["data"]
    }
    query = (
        "SELECT Name, Captain, Captain.Last_Name, Owner, Owner.last_name, Owner.profile.name,"
        " Rigging, Price FROM Boats WHERE Captain IS NOT NULL ORDER BY Name DESC LIMIT 1"
    )
    answer = client.coql(query).json()
    assert answer["info"] == {"count": 1, "more_records": True}
    (row,) = answer["data"]
    owner = client.one("Boats", row["id"])["Owner"]
    assert row == {
        "Name": SEA,
        "Captain": {"id": ids["Berg"]},
        "Captain.Last_Name": "Berg",
        "Owner": {"id": owner["id"]},
        "Owner.last_name": "Admin",
        "Owner.profile.name": "Administrator",
        "Rigging": ["Jib", "Genoa"],
        "Price": 1000,
        "id": row["id"],
    }


def test_two_relations_and_no_more(client: Client) -> None:
    query = "select Captain.Owner.last_name from Boats where Captain is not null limit 1"
    (row,) = client.coql(query).json()["data"]
    assert row["Captain.Owner.last_name"] == "Admin"
    deep = client.coql("select a.b.c.d from Boats where id is not null")
    assert deep.json()["code"] == "INVALID_QUERY"


def test_subform_rows_and_polymorphic_lookups(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Tern", "Repairs": [{"Part": "Keel", "Cost": 7}]})
    (row,) = client.coql("select Part, Parent_Id.Name from Repairs where Cost > 5").json()["data"]
    assert (row["Part"], row["Parent_Id.Name"]) == ("Keel", "Tern")
    client.add("Tasks", {"Subject": "Paint", "What_Id": {"id": boat}, "$se_module": "Boats"})
    query = "select 'What_Id->Boats.Name', What_Id from Tasks where 'What_Id->Boats.Name' = 'Tern'"
    (row,) = client.coql(query).json()["data"]
    assert (row["What_Id->Boats.Name"], row["What_Id"]) == ("Tern", {"id": boat})


def test_an_arrow_may_stand_on_a_lookup_of_one_module(client: Client) -> None:
    query = "select Name from Boats where 'Captain->Contacts.Last_Name' = 'Berg'"
    (row,) = client.coql(query).json()["data"]
    assert row["Name"] == SEA


def test_order(client: Client) -> None:
    assert found(client, "id is not null", "order by Name") == [AUK, OTTER, SEA]
    assert found(client, "id is not null", "order by Price desc, id asc") == [OTTER, SEA, AUK]
    assert found(client, "id is not null", "order by Captain.Last_Name desc")[0] == OTTER


def test_limits(client: Client) -> None:
    client.add("Contacts", *({"Last_Name": f"N{number}"} for number in range(250)))

    def count(more: str) -> tuple[int, bool]:
        answer = client.coql(f"select id from Contacts where id is not null {more}")
        if answer.status_code == 204:
            return 0, False
        info = answer.json()["info"]
        assert info["count"] == len(answer.json()["data"])
        return info["count"], info["more_records"]

    assert count("") == (200, True)
    assert count("limit 2000") == (252, False)
    assert count("limit 252") == (252, False)
    assert count("limit 251") == (251, True)
    assert count("limit 100 offset 200") == (52, False)
    assert count("limit 200, 100") == (52, False)
    assert count("limit 10 offset 252") == (0, False)


def test_a_walk_by_id(client: Client) -> None:
    client.add("Contacts", *({"Last_Name": f"N{number}"} for number in range(30)))
    last, seen = "0", 0
    while True:
        query = f"select id from Contacts where id > '{last}' order by id limit 7"
        answer = client.coql(query)
        if answer.status_code == 204:
            break
        last = answer.json()["data"][-1]["id"]
        seen += answer.json()["info"]["count"]
    assert seen == 32


def test_aggregates(client: Client) -> None:
    client.add("Boats", {"Name": "Tern", "Kind": "Sloop", "Price": 0.25})
    query = (
        "select Kind, COUNT(id), SUM(Price), MAX(Price) from Boats where id is not null"
        " group by Kind order by COUNT(id) desc, Kind"
    )
    assert client.coql(query).json()["data"] == [
        {"Kind": "Sloop", "COUNT(id)": 2, "SUM(Price)": 1000.25, "MAX(Price)": 1000},
        {"Kind": "Ketch", "COUNT(id)": 1, "SUM(Price)": 2500.5, "MAX(Price)": 2500.5},
        {"Kind": "Øre", "COUNT(id)": 1, "SUM(Price)": -5, "MAX(Price)": -5},
    ]
    total = client.coql("select COUNT(id) as total from Boats where Price > 0").json()
    assert total == {"data": [{"total": 3}], "info": {"count": 1, "more_records": False}}
    owners = client.coql("select Owner, COUNT(id) from Boats where id is not null group by Owner")
    (row,) = owners.json()["data"]
    assert set(row["Owner"]) == {"id"}


def test_totals_of_moments_and_groups_of_options(client: Client) -> None:
    query = "select MAX(Last_Seen), MIN(Launched), MAX(id) from Boats where id is not null"
    (row,) = client.coql(query).json()["data"]
    seen = [boat["Last_Seen"] for boat in BOATS if boat.get("Last_Seen")]
    assert datetime.fromisoformat(row["MAX(Last_Seen)"]) == max(map(datetime.fromisoformat, seen))
    assert row["MIN(Launched)"] == min(boat["Launched"] for boat in BOATS if boat.get("Launched"))
    assert not row["MAX(id)"].startswith("0")
    query = "select Rigging, COUNT(id) from Boats where Rigging is not null group by Rigging"
    found = client.coql(query).json()["data"]
    assert sorted(row["Rigging"] for row in found) == [["Jib"], ["Jib", "Genoa"]]
    query = "select Last_Seen, COUNT(id) from Boats where Last_Seen is not null group by Last_Seen"
    for row in client.coql(query).json()["data"]:
        assert datetime.fromisoformat(row["Last_Seen"]).tzinfo is not None


def test_aliases(client: Client) -> None:
    (row,) = client.coql("select Name as n from Boats where Masts = 2").json()["data"]
    assert row["n"] == OTTER


def test_field_metadata_on_demand(client: Client) -> None:
    body = {"select_query": "select Name from Boats where Masts = 2", "include_meta": ["fields"]}
    fields = client.post("/coql", body).json()["fields"]
    assert list(fields) == ["Name"]
    assert fields["Name"]["data_type"] == "text"


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        ("", "SYNTAX_ERROR", {}),
        ("selct Name from Boats", "SYNTAX_ERROR", {"line": 1, "near": "from"}),
        ("select Name from Boats", "SYNTAX_ERROR", {"clause": "where"}),
        ("select Name where id is not null", "SYNTAX_ERROR", {"clause": "from"}),
        ("select from Boats where id is not null", "SYNTAX_ERROR", None),
        ("select Name from Boats where", "SYNTAX_ERROR", None),
        ("select Name from Boats where (Name = 'x'", "SYNTAX_ERROR", None),
        ("select Name from Boats where Name = 'x", "SYNTAX_ERROR", None),
        ("select * from Boats where id is not null", "SYNTAX_ERROR", None),
        ("select UPPER(Name) from Boats where id is not null", "SYNTAX_ERROR", None),
        ("select Name from Boats where UPPER(Name) = 'x'", "SYNTAX_ERROR", None),
        ("select Name from Boats where Name = Kind", "SYNTAX_ERROR", None),
        ("select Name from Boats where Name", "SYNTAX_ERROR", None),
        ("select Name from Boats where Name = null", "SYNTAX_ERROR", None),
        ("select Name from Boats where id in (select id from Boats)", "SYNTAX_ERROR", None),
        ("select distinct Name from Boats where id is not null", "SYNTAX_ERROR", None),
        ("select Name from Boats, Contacts where id is not null", "SYNTAX_ERROR", None),
        ("select Name from a.Boats where id is not null", "SYNTAX_ERROR", None),
        ("select Name from Boats where id is not null; select 1", "SYNTAX_ERROR", None),
        ("select Name from Boats where id is not null limit 'a'", "SYNTAX_ERROR", None),
        ("select Name from Boats where id is not null union select 1", "SYNTAX_ERROR", None),
        ("delete from Boats where id is not null", "SYNTAX_ERROR", {"near": "delete"}),
        ("drop table record", "SYNTAX_ERROR", None),
        ("select Name from Boats where " + "(" * 5000, "SYNTAX_ERROR", None),
        ("select Name from boats where id is not null", "INVALID_QUERY", {"module": "boats"}),
        (
            "select Nothing from Boats where id is not null",
            "INVALID_QUERY",
            {"column_name": "Nothing", "clause": "select"},
        ),
        (
            "select Name from Boats where Nothing = 1",
            "INVALID_QUERY",
            {"column_name": "Nothing", "clause": "where"},
        ),
        (
            "select Name from Boats where id is not null order by Nothing",
            "INVALID_QUERY",
            {"column_name": "Nothing", "clause": "order by"},
        ),
        ("select Repairs from Boats where id is not null", "INVALID_QUERY", None),
        ("select Crew from Boats where id is not null", "INVALID_QUERY", None),
        ("select Name.x from Boats where id is not null", "INVALID_QUERY", None),
        ("select Captain.Nothing from Boats where id is not null", "INVALID_QUERY", None),
        ("select Name from Boats where Log = 'x'", "INVALID_QUERY", None),
        ("select Name from Boats where Name > 'x'", "INVALID_QUERY", {"operator": ">"}),
        ("select Name from Boats where Captain like '%x%'", "INVALID_QUERY", {"operator": "like"}),
        ("select Name from Boats where Price = 'x'", "INVALID_QUERY", {"column_name": "Price"}),
        ("select Name from Boats where Launched = 'May'", "INVALID_QUERY", None),
        ("select Name from Boats where Launched = '19980517'", "INVALID_QUERY", None),
        ("select Name from Boats where Afloat != 'true'", "INVALID_QUERY", {"operator": "!="}),
        ("select Name from Boats where Afloat in ('true')", "INVALID_QUERY", {"operator": "in"}),
        ("select 'What_Id->Repairs.Part' from Tasks where id is not null", "INVALID_QUERY", None),
        ("select 'What_Id->Users.email' from Tasks where id is not null", "INVALID_QUERY", None),
        ("select 'What_Id->No.Name' from Tasks where id is not null", "INVALID_QUERY", None),
        ("select What_Id.Name from Tasks where id is not null", "INVALID_QUERY", None),
        ("select What_Id.module.api_name from Tasks where id is not null", "INVALID_QUERY", None),
        ("select Captain.module.api_name from Boats where id is not null", "INVALID_QUERY", None),
        ("select 'Captain->Boats.Name' from Boats where id is not null", "INVALID_QUERY", None),
        (
            "select Name, COUNT(id) from Boats where id is not null group by Kind",
            "INVALID_QUERY",
            {"column_name": "Name", "clause": "select"},
        ),
        ("select Name, COUNT(id) from Boats where id is not null", "INVALID_QUERY", None),
        (
            "select Name from Boats where id is not null order by Name, Name desc",
            "DUPLICATE_DATA",
            {"clause": "order by"},
        ),
        (
            "select Kind, COUNT(id) from Boats where id is not null group by Kind, Kind",
            "DUPLICATE_DATA",
            {"clause": "group by"},
        ),
        (
            "select SUM(Price) as a, SUM(Price) as b from Boats where id is not null",
            "DUPLICATE_DATA",
            {"clause": "aggregate"},
        ),
        (
            "select Name from Boats where id is not null limit 2001",
            "LIMIT_EXCEEDED",
            {"limit": 2000},
        ),
        (
            "select Name from Boats where id is not null limit 1 offset 100001",
            "LIMIT_EXCEEDED",
            {"limit": 100000},
        ),
        (
            f"select Name from Boats where Masts in ({','.join('1' * 101)})",
            "LIMIT_EXCEEDED",
            {"limit": 100},
        ),
        (
            f"select Name from Boats where {' or '.join(['Masts = 1'] * 26)}",
            "LIMIT_EXCEEDED",
            {"limit": 25},
        ),
        (
            f"select {','.join(['Name'] * 501)} from Boats where id is not null",
            "LIMIT_EXCEEDED",
            {"limit": 500},
        ),
    ],
)
def test_refused(client: Client, query: str, code: str, details: dict[str, Any] | None) -> None:
    answer = client.coql(query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == code, answer.json()
    if details is not None:
        assert details.items() <= answer.json()["details"].items()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"select_query": None}, "MANDATORY_NOT_FOUND"),
        ({"select_query": 5}, "INVALID_DATA"),
        ([], "INVALID_DATA"),
    ],
)
def test_a_body_without_a_query(client: Client, body: Any, code: str) -> None:
    answer = client.post("/coql", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
