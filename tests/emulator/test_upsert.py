"""POST /{module}/upsert."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client


def upsert(client: Client, *records: Any, module: str = "Contacts", **body: Any) -> Any:
    return client.post(f"/{module}/upsert", {"data": list(records), **body})


def results(answer: Any) -> list[tuple[str, str | None, str | None]]:
    return [
        (item["code"], item.get("action"), item.get("duplicate_field"))
        for item in answer.json()["data"]
    ]


def test_the_system_field_finds_the_record(client: Client) -> None:
    first = upsert(client, {"Last_Name": "Berg", "Email": "berg@example.com"})
    assert first.status_code == 200
    assert results(first) == [("SUCCESS", "insert", None)]
    assert first.json()["data"][0]["message"] == "record added"
    again = upsert(
        client,
        {"Last_Name": "Berg-Dal", "Email": "BERG@example.com"},
        {"Last_Name": "Moe", "Email": "moe@example.com"},
    )
    assert results(again) == [("SUCCESS", "update", "Email"), ("SUCCESS", "insert", None)]
    assert again.json()["data"][0]["message"] == "record updated"
    same = again.json()["data"][0]["details"]["id"]
    assert same == first.json()["data"][0]["details"]["id"]
    assert client.one("Contacts", same)["Last_Name"] == "Berg-Dal"
    assert client.get("/Contacts/actions/count").json() == {"count": 2}


def test_the_same_new_record_twice_in_one_call(client: Client) -> None:
    row = {"Last_Name": "Berg", "Email": "berg@example.com"}
    assert [action for _, action, _ in results(upsert(client, row, row))] == ["insert", "update"]


def test_the_name_finds_a_custom_record(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Otter"})
    answer = upsert(client, {"Name": "otter", "Masts": 2}, module="Boats")
    assert results(answer) == [("SUCCESS", "update", "Name")]
    assert client.one("Boats", boat)["Masts"] == 2


def test_an_id_finds_the_record(client: Client) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg"})
    answer = upsert(client, {"id": sailor, "Phone": "1"}, {"id": "12", "Last_Name": "x"})
    assert answer.status_code == 207
    assert results(answer) == [("SUCCESS", "update", None), ("INVALID_DATA", None, None)]


def test_unique_fields_follow_the_ones_that_are_asked_for(client: Client) -> None:
    sailor = {"Last_Name": "Berg", "Email": "berg@example.com", "Member_Number": "M1"}
    client.add("Contacts", sailor)
    by_unique = {"Last_Name": "x", "Email": "other@example.com", "Member_Number": "m1"}
    answer = upsert(client, by_unique, duplicate_check_fields=["Member_Number"])
    assert results(answer) == [("SUCCESS", "update", "Member_Number")]
    # A system field that is not listed is not compared, a unique one is all the same.
    client.add("Contacts", {"Last_Name": "Dal", "Key_Word": "Mast"})
    answer = upsert(
        client,
        {"Last_Name": "new", "Email": "other@example.com", "Member_Number": "M2"},
        {"Last_Name": "Dal", "Key_Word": "Mast", "Member_Number": "M3"},
        {"Last_Name": "Dal", "Key_Word": "MAST"},
        duplicate_check_fields=["Member_Number"],
    )
    assert results(answer) == [
        ("SUCCESS", "insert", None),
        ("SUCCESS", "update", "Key_Word"),
        ("SUCCESS", "insert", None),
    ]


def test_an_update_into_another_duplicate_fails(client: Client) -> None:
    client.add(
        "Contacts",
        {"Last_Name": "a", "Email": "a@example.com", "Member_Number": "M1"},
        {"Last_Name": "b", "Email": "b@example.com", "Member_Number": "M2"},
    )
    answer = upsert(client, {"Last_Name": "a", "Email": "a@example.com", "Member_Number": "M2"})
    assert answer.status_code == 400
    assert results(answer) == [("DUPLICATE_DATA", None, None)]


def test_mixed_and_failed(client: Client) -> None:
    assert upsert(client, {"Last_Name": "a"}, {}).status_code == 207
    failed = upsert(client, {}, "x")
    assert failed.status_code == 400
    assert [code for code, _, _ in results(failed)] == ["MANDATORY_NOT_FOUND", "INVALID_DATA"]


@pytest.mark.parametrize(
    "fields", [["Last_Name"], ["Nothing"], "Email", ["Email", "Phone"], [["Email"]], [{}]]
)
def test_fields_that_cannot_be_compared(client: Client, fields: Any) -> None:
    answer = upsert(client, {"Last_Name": "a"}, duplicate_check_fields=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")
    assert answer.json()["details"]["api_name"] == "duplicate_check_fields"
    assert client.page("Contacts", fields="id").status_code == 204


def test_a_value_of_the_wrong_type_finds_nothing(client: Client) -> None:
    for value in (5, ["x"], {"id": "1"}, True):
        answer = upsert(client, {"Last_Name": "a", "Email": value})
        assert results(answer) == [("INVALID_DATA", None, None)]
