"""Lookups, users, subform rows and multi-select lookups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Client, Start


def rows(client: Client, boat: str, name: str = "Repairs") -> list[Any]:
    found: list[Any] = client.one("Boats", boat)[name]
    return found


def update(client: Client, boat: str, **values: Any) -> Any:
    return client.put(f"/Boats/{boat}", {"data": [values]})


# --- lookups ------------------------------------------------------------------------------


def test_a_lookup_carries_the_current_name(client: Client) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = client.add("Boats", {"Name": "x", "Captain": {"id": sailor, "name": "wrong"}})
    assert client.one("Boats", boat)["Captain"] == {"name": "Berg", "id": sailor}
    client.put(f"/Contacts/{sailor}", {"data": [{"First_Name": "Åse"}]})
    assert client.one("Boats", boat)["Captain"] == {"name": "Åse Berg", "id": sailor}
    assert client.one("Contacts", sailor)["Full_Name"] == "Åse Berg"
    client.delete(f"/Contacts/{sailor}")
    assert client.one("Boats", boat)["Captain"] is None


@pytest.mark.parametrize("name", ["Captain", "Surveyor", "Owner"])
def test_a_reference_leads_somewhere(client: Client, name: str) -> None:
    for wrong in ({"id": "12"}, {"id": 12}, {"id": "x"}, {"name": "Berg"}, {}):
        error = client.refused("Boats", {"Name": "x", name: wrong})
        assert (error["code"], error["details"]["api_name"]) == ("INVALID_DATA", name)
        assert error["details"]["json_path"] == f"$.data[0].{name}.id"


def test_users_are_named_with_their_address(client: Client) -> None:
    (me,) = client.get("/users", params={"type": "CurrentUser"}).json()["users"]
    (boat,) = client.add("Boats", {"Name": "x", "Surveyor": {"id": me["id"]}})
    expected = {"name": me["full_name"], "id": me["id"], "email": me["email"]}
    record = client.one("Boats", boat)
    assert record["Surveyor"] == record["Owner"] == expected
    update(client, boat, Surveyor=None)
    assert client.one("Boats", boat)["Surveyor"] is None


def test_a_task_belongs_to_a_record_of_any_module(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Otter"})
    alone = client.refused("Tasks", {"Subject": "Paint", "What_Id": {"id": boat}})
    assert alone["code"] == "DEPENDENT_FIELD_MISSING"
    assert alone["details"]["dependee"] == {
        "api_name": "$se_module",
        "json_path": "$.data[0].$se_module",
    }
    wrong = {"Subject": "Paint", "What_Id": {"id": boat}, "$se_module": "Contacts"}
    assert client.refused("Tasks", wrong)["code"] == "INVALID_DATA"
    assert client.refused("Tasks", {**wrong, "$se_module": "No"})["code"] == "INVALID_DATA"
    (task,) = client.add("Tasks", {**wrong, "$se_module": "Boats"})
    record = client.one("Tasks", task)
    assert (record["What_Id"], record["$se_module"]) == ({"name": "Otter", "id": boat}, "Boats")
    (row,) = client.page("Tasks", fields="What_Id,$se_module").json()["data"]
    assert (row["What_Id"]["name"], row["$se_module"]) == ("Otter", "Boats")
    (row,) = client.page("Tasks", fields="What_Id").json()["data"]
    assert row["What_Id"]["name"] == "Otter"
    assert "$se_module" not in row, "lists have it where it is asked for"


def test_the_module_may_stand_inside_the_value(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Otter"})
    inside = {"id": boat, "module": {"api_name": "Boats"}}
    (task,) = client.add("Tasks", {"Subject": "Paint", "What_Id": inside})
    record = client.one("Tasks", task)
    assert (record["What_Id"], record["$se_module"]) == ({"name": "Otter", "id": boat}, "Boats")


# --- subforms -----------------------------------------------------------------------------


def test_rows_are_added_changed_and_deleted(client: Client) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg"})
    repairs = [{"Part": "Keel", "Cost": 10.5}, {"Part": "Mast", "Mechanic": {"id": sailor}}]
    (boat,) = client.add("Boats", {"Name": "Otter", "Repairs": repairs})
    keel, mast = rows(client, boat)
    assert (keel["Part"], keel["Cost"], keel["Mechanic"]) == ("Keel", 10.5, None)
    assert mast["Mechanic"] == {"name": "Berg", "id": sailor}
    assert keel["Parent_Id"] == {"name": "Otter", "id": boat}
    assert keel["id"] != mast["id"]
    assert {"Created_Time", "Modified_Time", "$in_merge"} <= set(keel)

    # With an id: changed.  Without: added.  Not named: stays.
    update(client, boat, Repairs=[{"id": mast["id"], "Cost": 3}, {"Part": "Sail"}])
    found = {row["Part"]: row["Cost"] for row in rows(client, boat)}
    assert found == {"Keel": 10.5, "Mast": 3, "Sail": None}

    update(client, boat, Repairs=[{"id": keel["id"], "_delete": None}])
    assert [row["Part"] for row in rows(client, boat)] == ["Mast", "Sail"]
    update(client, boat, Masts=2)
    assert len(rows(client, boat)) == 2
    update(client, boat, Repairs=[])
    assert rows(client, boat) == []


def test_null_empties_a_subform_too(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "x", "Repairs": [{"Part": "Keel"}]})
    update(client, boat, Repairs=None)
    assert rows(client, boat) == []


def test_wrong_rows(client: Client) -> None:
    bad = [{"Part": "Keel"}, {"Cost": 1}, {"Part": "x" * 21}, {"Part": "y", "Cost": "z"}]
    error = client.refused("Boats", {"Name": "x", "Repairs": bad})
    found = [(each["code"], each["details"]["json_path"]) for each in error["details"]["errors"]]
    assert found == [
        ("MANDATORY_NOT_FOUND", "$.data[0].Repairs[1].Part"),
        ("INVALID_DATA", "$.data[0].Repairs[2].Part"),
        ("INVALID_DATA", "$.data[0].Repairs[3].Cost"),
    ]
    assert client.page("Boats", fields="id").status_code == 204  # nothing of it was stored
    assert client.coql("select id from Repairs where id is not null").status_code == 204


def test_a_row_of_another_record_is_out_of_reach(client: Client) -> None:
    one, two = client.add(
        "Boats",
        {"Name": "a", "Repairs": [{"Part": "Keel"}]},
        {"Name": "b", "Repairs": [{"Part": "Mast"}]},
    )
    (foreign,) = rows(client, two)
    for change in ({"Part": "Stolen"}, {"_delete": None}):
        answer = update(client, one, Repairs=[{"id": foreign["id"], **change}])
        assert answer.status_code == 400
        assert answer.json()["data"][0]["details"]["json_path"] == "$.data[0].Repairs[0].id"
    assert rows(client, two) == [foreign]
    # In a new record an id means nothing.
    (copy,) = client.add("Boats", {"Name": "c", "Repairs": [{**foreign, "Part": "Copy"}]})
    assert [row["Part"] for row in rows(client, copy)] == ["Copy"]
    assert rows(client, two) == [foreign]


def test_rows_go_with_their_record(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "x", "Repairs": [{"Part": "Keel"}]})
    assert client.coql("select Part from Repairs where id is not null").status_code == 200
    client.delete(f"/Boats/{boat}")
    assert client.coql("select Part from Repairs where id is not null").status_code == 204


def test_a_changed_row_changes_the_record(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "x", "Repairs": [{"Part": "Keel"}]})
    answer = update(client, boat, Repairs=[{"Part": "Mast"}])
    assert answer.json()["data"][0]["details"]["id"] == boat


# --- multi-select lookups -----------------------------------------------------------------


def test_links_are_added_and_taken_away(client: Client) -> None:
    berg, dal = client.add("Contacts", {"Last_Name": "Berg"}, {"Last_Name": "Dal"})
    (boat,) = client.add("Boats", {"Name": "x", "Crew": [{"Sailor": {"id": berg}}]})
    (link,) = rows(client, boat, "Crew")
    assert link == {"id": link["id"], "Sailor": {"name": "Berg", "id": berg}}
    update(client, boat, Crew=[{"Sailor": {"id": dal}}])
    assert [row["Sailor"]["name"] for row in rows(client, boat, "Crew")] == ["Berg", "Dal"]
    update(client, boat, Crew=[{"id": link["id"], "_delete": None}])
    assert [row["Sailor"]["name"] for row in rows(client, boat, "Crew")] == ["Dal"]
    client.delete(f"/Contacts/{dal}")
    assert rows(client, boat, "Crew") == []


def test_wrong_links(client: Client) -> None:
    (berg,) = client.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = client.add("Boats", {"Name": "x", "Crew": [{"Sailor": {"id": berg}}]})
    (link,) = rows(client, boat, "Crew")

    def code(*crew: Any) -> str:
        return str(update(client, boat, Crew=list(crew)).json()["data"][0]["code"])

    assert code({"Sailor": {"id": "12"}}) == "INVALID_DATA"
    assert code({"Sailor": berg}) == "INVALID_DATA"
    assert code({"Contact": {"id": berg}}) == "MANDATORY_NOT_FOUND"
    assert code({"id": "12", "_delete": None}) == "INVALID_DATA"
    assert code({"Sailor": {"id": berg}}) == "DUPLICATE_LINKING_DATA"
    assert code({"id": link["id"], "_delete": None}, {"Sailor": {"id": berg}}) == "SUCCESS"
    (new,) = rows(client, boat, "Crew")
    assert new["id"] != link["id"]


def test_links_are_records_of_the_linking_module(client: Client) -> None:
    (berg,) = client.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = client.add("Boats", {"Name": "Otter"})
    (link,) = client.add("Boats_X_Contacts", {"Boat": {"id": boat}, "Sailor": {"id": berg}})
    assert rows(client, boat, "Crew") == [{"id": link, "Sailor": {"name": "Berg", "id": berg}}]
    query = "select Boat.Name, Sailor.Last_Name from Boats_X_Contacts where Sailor is not null"
    (row,) = client.coql(query).json()["data"]
    assert row == {"Boat.Name": "Otter", "Sailor.Last_Name": "Berg", "id": link}


# --- records to start with ----------------------------------------------------------------


def test_records_to_start_with(start: Start, tmp_path: Path) -> None:
    owner = {"name": "Siv Dal", "id": "901", "email": "siv@example.com"}
    boat = {
        "id": "77",
        "Name": "Otter",
        "Owner": owner,
        "Captain": {"name": "Old name", "id": "55"},
        "Created_Time": "2026-01-02T03:04:05+00:00",
        "Modified_Time": "2026-01-02T03:04:06+00:00",
        "Price": 1234567890123456.5,
        "Repairs": [{"id": "78", "Part": "Keel", "Parent_Id": {"id": "77", "name": "Otter"}}],
        "Crew": [{"id": "79", "Sailor": {"id": "55", "name": "Old name"}}],
        "$approved": False,
    }
    (tmp_path / "Boats.json").write_text(json.dumps({"data": [boat]}))
    (tmp_path / "Contacts.json").write_text(
        json.dumps({"data": [{"id": "55", "Last_Name": "Moe"}]})
    )
    client = start(records=tmp_path)
    record = client.one("Boats", "77")
    assert record["Owner"] == record["Owner"] | owner
    assert record["Captain"] == {"name": "Moe", "id": "55"}
    assert record["Created_Time"] == "2026-01-02T04:04:05+01:00"
    assert record["Price"] == 1234567890123456.5
    assert [row["id"] for row in record["Repairs"]] == ["78"]
    assert record["Crew"] == [{"id": "79", "Sailor": {"name": "Moe", "id": "55"}}]
    assert record["$approved"] is False
    update(client, "77", Repairs=[{"id": "78", "Part": "New keel"}])
    assert [row["Part"] for row in rows(client, "77")] == ["New keel"]


def test_records_of_a_module_that_is_not_there(start: Start, tmp_path: Path) -> None:
    (tmp_path / "Planes.json").write_text('{"data": [{"id": "1"}]}')
    with pytest.raises(Exception, match=r"records of Planes .* remove Planes\.json"):
        start(records=tmp_path)
    (tmp_path / "Planes.json").write_text("{")
    with pytest.raises(Exception, match="is not JSON"):
        start(records=tmp_path)
