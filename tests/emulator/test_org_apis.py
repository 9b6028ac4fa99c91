"""Channels, the recycle bin, variables and blueprints: what the runtime's own tests leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME

from .conftest import Client, Clock, Start

CHANNEL = {"channel_id": "1", "events": ["Boats.all"], "notify_url": "http://127.0.0.1:9/x"}


def watch(client: Client, method: str, *channels: Any) -> Any:
    address = f"{client.base}/actions/watch"
    return client.http.request(method, address, json={"watch": list(channels)}, timeout=10)


def codes(answer: Any, key: str = "watch") -> list[str]:
    return [item["code"] for item in answer.json()[key]]


def test_a_channel_is_changed_in_parts(start: Start, clock: Clock) -> None:
    client = start(clock=clock, token_lifetime=100_000)
    made = watch(client, "POST", {**CHANNEL, "token": "t", "return_affected_field_values": True})
    assert (made.status_code, codes(made)) == (201, ["SUCCESS"])
    (event,) = made.json()["watch"][0]["details"]["events"]
    assert event["resource_name"] == "Boats"
    changed = watch(client, "PATCH", {"channel_id": "1", "events": ["Contacts.edit"]})
    assert (changed.status_code, codes(changed)) == (200, ["SUCCESS"])
    (row,) = client.get("/actions/watch").json()["watch"]
    assert (row["events"], row["token"]) == (["Contacts.edit"], "t")
    assert row["return_affected_field_values"] is True
    assert row["channel_expiry"] == event["channel_expiry"]
    replaced = watch(client, "PUT", CHANNEL)
    assert replaced.status_code == 200
    (row,) = client.get("/actions/watch").json()["watch"]
    assert (row["token"], row["return_affected_field_values"]) == (None, False)
    assert client.get("/actions/watch", params={"module": "Contacts"}).status_code == 204
    clock.now += 3601
    assert client.get("/actions/watch").status_code == 204
    assert codes(watch(client, "PATCH", CHANNEL)) == ["NOT_SUBSCRIBED"]


@pytest.mark.parametrize(
    ("changes", "code", "api_name"),
    [
        ({"channel_id": None}, "MANDATORY_NOT_FOUND", "channel_id"),
        ({"channel_id": "x"}, "INVALID_DATA", "channel_id"),
        ({"events": []}, "MANDATORY_NOT_FOUND", "events"),
        ({"events": ["Boats.save"]}, "INVALID_DATA", "events"),
        ({"events": "Boats.all"}, "INVALID_DATA", "events"),
        ({"notify_url": "ftp://x"}, "INVALID_DATA", "notify_url"),
        ({"token": "x" * 51}, "INVALID_DATA", "token"),
        ({"channel_expiry": "soon"}, "INVALID_DATA", "channel_expiry"),
        ({"channel_expiry": "2020-01-01T00:00:00Z"}, "INVALID_DATA", "channel_expiry"),
        ({"channel_expiry": "2099-01-01T00:00:00Z"}, "INVALID_DATA", "channel_expiry"),
    ],
)
def test_channels_that_are_refused(client: Client, changes: Any, code: str, api_name: str) -> None:
    answer = watch(client, "POST", {**CHANNEL, **changes})
    assert (answer.status_code, codes(answer)) == (400, [code])
    assert answer.json()["watch"][0]["details"]["api_name"] == api_name
    assert watch(client, "POST", CHANNEL, {**CHANNEL, **changes}).status_code == 207


def test_requests_about_channels_that_are_refused(client: Client) -> None:
    assert client.post("/actions/watch", {}).json()["code"] == "MANDATORY_NOT_FOUND"
    assert watch(client, "POST", *[CHANNEL] * 51).json()["code"] == "LIMIT_REACHED"
    assert client.delete("/actions/watch").json()["code"] == "REQUIRED_PARAM_MISSING"
    answer = client.delete("/actions/watch", params={"channel_ids": "5"})
    assert (answer.status_code, codes(answer)) == (400, ["NOT_SUBSCRIBED"])


def test_restore_one_and_all(client: Client) -> None:
    ids = client.add("Contacts", {"Last_Name": "A"}, {"Last_Name": "B"}, {"Last_Name": "C"})
    for contact in ids:
        assert client.delete(f"/Contacts/{contact}").status_code == 200
    page = client.get("/settings/recycle_bin", params={"per_page": 2}).json()
    assert [row["display_name"] for row in page["recycle_bin"]] == ["C", "B"]
    assert page["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    one = client.post(f"/settings/recycle_bin/{ids[0]}/actions/restore", {})
    assert (one.status_code, codes(one, "recycle_bin")) == (200, ["SUCCESS"])
    assert client.post("/settings/recycle_bin/x/actions/restore", {}).status_code == 400
    both = client.post("/settings/recycle_bin/actions/restore", {"restore_all_records": True})
    assert codes(both, "recycle_bin") == ["SUCCESS", "SUCCESS"]
    assert client.get("/Contacts/actions/count").json() == {"count": 3}
    for body in ({}, {"ids": []}, {"ids": ["x"]}, {"ids": ["1"] * 201}):
        answer = client.post("/settings/recycle_bin/actions/restore", body)
        assert answer.status_code == 400


def test_variables_of_an_org_without_any(client: Client) -> None:
    assert client.get("/settings/variables").status_code == 204
    answer = client.put("/settings/variables", {"variables": [{"id": "1", "value": "x"}]})
    assert (answer.status_code, codes(answer, "variables")) == (400, ["INVALID_DATA"])
    assert client.put("/settings/variables", {}).json()["code"] == "INVALID_DATA"


def test_variables_stay_in_the_database(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "records.sqlite"
    for value in ("Grüezi", "Moin"):
        client = start(ACME / "metadata", database=database)
        variables = client.get("/settings/variables", params={"group": "General"}).json()
        greeting = variables["variables"][0]
        assert greeting["value"] == value
        body = {"variables": [{"id": greeting["id"], "value": "Moin"}]}
        assert client.put("/settings/variables", body).status_code == 200
        wrong = {"variables": [{"value": 5}]}
        answer = client.put(f"/settings/variables/{greeting['id']}", wrong)
        assert codes(answer, "variables") == ["INVALID_DATA"]
        client.emulator.stop()


def test_ids_of_deleted_records_are_not_given_again(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "records.sqlite"
    client = start(database=database)
    (first,) = client.add("Contacts", {"Last_Name": "A"})
    client.delete(f"/Contacts/{first}")
    client.emulator.stop()
    (second,) = start(database=database).add("Contacts", {"Last_Name": "B"})
    assert int(second) > int(first)


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"variables": 5}', '{"variables": [{"id": 5}]}', '{"variables": [{"id": "5"}]}'],
)
def test_a_file_of_variables_that_is_wrong(tmp_path: Path, content: str) -> None:
    (tmp_path / "modules.json").write_text(json.dumps({"modules": [{"api_name": "Things"}]}))
    (tmp_path / "variables.json").write_text(content)
    with pytest.raises(GeneratorError, match=r"variables\.json"):
        Emulator(tmp_path).start()


def test_requests_about_blueprints_that_are_refused(start: Start) -> None:
    client = start(ACME / "metadata")
    (deal,) = client.add("Deals", {"Deal_Name": "x", "Pipeline": "Residential", "Stage": "Enquiry"})
    path = f"/Deals/{deal}/actions/blueprint"
    for body in ({}, {"blueprint": []}, {"blueprint": [{"transition_id": "5"}]}):
        answer = client.put(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")
    step = {"transition_id": "6100000000000060011", "data": {"Closing_Date": "soon"}}
    answer = client.put(path, {"blueprint": [step]})
    assert answer.json()["details"]["json_path"] == "$.blueprint[0].data.Closing_Date"
    assert client.one("Deals", deal)["Stage"] == "Enquiry"
    assert client.put("/DealHistory/1/actions/blueprint", {}).status_code == 403


def test_the_field_of_a_blueprint_changes_by_transitions_alone(start: Start) -> None:
    client = start(ACME / "metadata")
    deal = {"Deal_Name": "x", "Pipeline": "Residential", "Stage": "Enquiry"}
    (record,) = client.add("Deals", deal)
    for path, body in (
        (f"/Deals/{record}", {"data": [{"Stage": "Order won", "Amount": 5}]}),
        ("/Deals", {"data": [{"id": record, "Stage": "Lost"}]}),
        ("/Deals/upsert", {"data": [{**deal, "Stage": "Lost"}]}),
        ("/Deals/actions/mass_update", {"data": [{"Stage": "Lost"}], "ids": [record]}),
    ):
        send = client.post if path.endswith(("upsert", "update")) else client.put
        answer = send(path, body)
        assert answer.status_code == 400, path
        (error,) = answer.json()["data"]
        assert error["code"] == "RECORD_IN_BLUEPRINT"
        assert error["details"]["api_name"] == "Stage"
    stored = client.one("Deals", record)
    assert (stored["Stage"], stored["Amount"]) == ("Enquiry", None)
    # What it holds already may be sent along, and outside of the blueprint all is free.
    body = {"data": [{"Stage": "Enquiry", "Amount": 5}]}
    assert client.put(f"/Deals/{record}", body).status_code == 200
    free = "6100000000000404004"
    assert client.put(f"/Deals/{free}", {"data": [{"Stage": "Lost"}]}).status_code == 200


def test_tags_of_a_module_are_made_changed_and_deleted(client: Client) -> None:
    path = "/settings/tags?module=Boats"
    made = client.post(path, {"tags": [{"name": "Old", "color_code": "#F17574"}, {"name": "Wet"}]})
    assert made.status_code == 201
    old, wet = (item["details"]["id"] for item in made.json()["tags"])
    (boat,) = client.add("Boats", {"Name": "A", "Tag": [{"name": "Old"}, {"name": "Wet"}]})
    record = client.one("Boats", boat)
    assert record["Tag"][0] == {"name": "Old", "id": old, "color_code": "#F17574"}
    changed = client.put(f"/settings/tags/{old}?module=Boats", {"tags": [{"name": "Older"}]})
    assert changed.json()["tags"][0]["message"] == "tags updated successfully"
    deleted = client.delete(f"/settings/tags/{wet}")
    assert deleted.json()["tags"][0]["details"] == {"id": wet}
    after = client.one("Boats", boat)
    assert [tag["name"] for tag in after["Tag"]] == ["Older"]
    assert after["Modified_Time"] == record["Modified_Time"]
    listed = client.get(path).json()["tags"]
    assert [(tag["name"], tag["color_code"]) for tag in listed] == [("Older", "#F17574")]


@pytest.mark.parametrize(
    ("tag", "code", "details"),
    [
        ({}, "MANDATORY_NOT_FOUND", {}),
        ({"name": 5}, "INVALID_DATA", {"expected_data_type": "text"}),
        ({"name": "x" * 26}, "INVALID_DATA", {"maximum_length": 25}),
    ],
)
def test_tags_that_are_refused(client: Client, tag: Any, code: str, details: Any) -> None:
    path = "/settings/tags?module=Boats"
    answer = client.post(path, {"tags": [{"name": "Fine"}, tag]})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    place = {"api_name": "name", "json_path": "$.tags[1].name", **details}
    assert answer.json()["details"] == place
    assert client.get(path).json()["tags"] == []


def test_tags_that_are_there_or_are_not(client: Client) -> None:
    path = "/settings/tags?module=Boats"
    (tag,) = client.post(path, {"tags": [{"name": "Taken"}]}).json()["tags"]
    answer = client.post(path, {"tags": [{"name": "taken"}, {"name": "Fine"}]})
    assert answer.status_code == 207
    error, done = answer.json()["tags"]
    assert (error["code"], done["status"]) == ("DUPLICATE_DATA", "success")
    assert error["details"] == {
        "api_name": "name",
        "json_path": "$.tags[0].name",
        "id": tag["details"]["id"],
    }
    unknown = client.put(path, {"tags": [{"id": "5", "name": "x"}]})
    assert unknown.json()["tags"][0]["details"]["json_path"] == "$.tags[0].id"
    assert client.delete("/settings/tags/5").status_code == 400
    assert client.post(path, {"tags": []}).json()["code"] == "MANDATORY_NOT_FOUND"
    without = client.post("/settings/tags", {"tags": [{"name": "x"}]})
    assert without.json()["code"] == "REQUIRED_PARAM_MISSING"


def test_of_what_is_gone_for_good_only_id_and_time_are_told(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "A"})
    client.delete(f"/Boats/{boat}")
    (row,) = client.get("/Boats/deleted").json()["data"]
    assert (row["type"], row["display_name"]) == ("recycle", "A")
    client.emulator.advance(61 * 24 * 3600)
    client.refresh()
    (row,) = client.get("/Boats/deleted", params={"type": "permanent"}).json()["data"]
    assert (row["id"], row["type"]) == (boat, "permanent")
    assert [row[name] for name in ("display_name", "deleted_by", "created_by")] == [None] * 3
