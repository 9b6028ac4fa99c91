"""Modules, fields, layouts, the org and its users."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.snapshot import Snapshot

from .boatyard import FIELDS, LAYOUT, MODULES, field, module, snapshot
from .conftest import Client, Start


def test_every_module_is_listed_with_what_a_real_answer_carries(client: Client) -> None:
    answer = client.get("/settings/modules")
    assert answer.status_code == 200
    modules = {each["api_name"]: each for each in answer.json()["modules"]}
    assert list(modules) == [each["api_name"] for each in MODULES]
    boats = modules["Boats"]
    assert boats["profiles"] == [{"name": "Administrator", "id": boats["profiles"][0]["id"]}]
    assert boats["modified_by"]["name"]
    assert modules["Tasks"]["modified_by"] is None
    assert modules["Repairs"]["parent_module"]["api_name"] == "Boats"
    assert modules["Tasks"]["parent_module"] == {}


def test_only_modules_that_changed_since(client: Client) -> None:
    def since(text: str) -> Any:
        return client.get("/settings/modules", headers={"If-Modified-Since": text})

    recent = since("2026-04-01T00:00:00+00:00")
    assert [each["api_name"] for each in recent.json()["modules"]] == ["Boats"]
    # The second itself counts.
    assert since("2026-05-14T10:00:00+00:00").status_code == 200
    nothing = since("2026-05-14T10:00:01+00:00")
    assert (nothing.status_code, nothing.content) == (304, b"")
    assert "Content-Type" not in nothing.headers
    bad = since("Thu, 14 May 2026 10:00:00 GMT")
    assert (bad.status_code, bad.json()["code"]) == (400, "INVALID_DATA")


def test_one_module_by_name_and_by_id(client: Client) -> None:
    by_name = client.get("/settings/modules/Boats").json()
    assert by_name == client.get("/settings/modules/8000000000000002").json()
    assert by_name["modules"][0]["api_name"] == "Boats"
    unknown = client.get("/settings/modules/Nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "INVALID_MODULE")


def test_fields_come_with_their_empty_sub_objects(client: Client) -> None:
    answer = client.get("/settings/fields", params={"module": "Boats"})
    fields = {each["api_name"]: each for each in answer.json()["fields"]}
    assert list(fields) == [each["api_name"] for each in FIELDS["Boats"]]
    name = fields["Name"]
    assert name["lookup"] == name["formula"] == name["unique"] == name["auto_number"] == {}
    assert name["crypt"] is name["private"] is name["associated_module"] is None
    assert name["pick_list_values"] == []
    assert name["profiles"][0]["permission_type"] == "read_write"
    assert fields["Captain"]["lookup"]["module"]["api_name"] == "Contacts"
    assert fields["Hull_Number"]["unique"] == {"case_sensitive": False}


def test_unused_fields_are_listed_when_asked_for(client: Client) -> None:
    def names(kind: str) -> list[str]:
        answer = client.get("/settings/fields", params={"module": "Contacts", "type": kind})
        return [each["api_name"] for each in answer.json()["fields"]]

    assert "Retired" not in names("used")
    assert names("unused") == ["Retired"]
    assert set(names("all")) == {*names("used"), "Retired"}
    bad = client.get("/settings/fields", params={"module": "Contacts", "type": "some"})
    assert bad.json()["details"]["param_name"] == "type"


def test_one_field_by_id(client: Client) -> None:
    wanted = FIELDS["Boats"][3]
    answer = client.get(f"/settings/fields/{wanted['id']}", params={"module": "Boats"})
    assert [each["api_name"] for each in answer.json()["fields"]] == [wanted["api_name"]]
    unknown = client.get("/settings/fields/12", params={"module": "Boats"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "INVALID_DATA")


def test_layouts(client: Client) -> None:
    answer = client.get("/settings/layouts", params={"module": "Boats"})
    first, second = answer.json()["layouts"]
    assert (first["name"], second["name"]) == ("Standard", "Strict")
    assert first["profiles"][0]["name"] == "Administrator"
    shown = first["sections"][0]["fields"][0]
    assert (shown["api_name"], shown["required"], shown["lookup"]) == ("Name", True, {})
    one = client.get(f"/settings/layouts/{LAYOUT}", params={"module": "Boats"}).json()
    assert [each["name"] for each in one["layouts"]] == ["Standard"]
    unknown = client.get("/settings/layouts/12", params={"module": "Boats"})
    assert unknown.json()["code"] == "INVALID_DATA"


@pytest.mark.parametrize("path", ["/settings/fields", "/settings/layouts"])
def test_what_goes_wrong_with_the_module(client: Client, path: str) -> None:
    missing = client.get(path)
    assert missing.status_code == 400
    assert missing.json()["code"] == "REQUIRED_PARAM_MISSING"
    assert missing.json()["details"] == {"param_name": "module"}
    unknown = client.get(path, params={"module": "boats"})
    assert unknown.status_code == 400
    assert unknown.json()["code"] == "INVALID_MODULE"
    empty = client.get(path, params={"module": "Ledgers"})
    assert (empty.status_code, empty.content) == (204, b"")


def test_the_org(client: Client) -> None:
    (org,) = client.get("/org").json()["org"]
    assert org["company_name"] == "Bright Boatyard"
    assert org["zgid"] == "8000000901"
    assert org["license_details"]["paid"] is True


def test_an_org_without_modules(start: Start) -> None:
    client = start(Snapshot(modules=[]))
    assert client.get("/settings/modules").status_code == 204
    (user,) = client.get("/users", params={"type": "CurrentUser"}).json()["users"]
    assert user["language"] == "en_US"
    assert user["time_zone"] == "UTC"


def test_users_come_from_the_file_and_from_the_records(start: Start, tmp_path: Path) -> None:
    people = [
        {"id": "901", "full_name": "Siv Dal", "email": "siv@example.com"},
        {"id": "902", "full_name": "Per Moe", "status": "disabled", "confirm": False},
    ]
    (tmp_path / "Users.json").write_text(json.dumps({"users": people}))
    owner = {"name": "Liv Ås", "id": "903", "email": "liv@example.com"}
    boats = [{"id": "77", "Name": "Otter", "Owner": owner}]
    (tmp_path / "Boats.json").write_text(json.dumps({"data": boats}))
    client = start(records=tmp_path)

    def users(**parameters: Any) -> list[str]:
        answer = client.get("/users", params=parameters)
        return [each["full_name"] for each in answer.json()["users"]] if answer.content else []

    (me,) = client.get("/users", params={"type": "CurrentUser"}).json()["users"]
    assert (me["full_name"], me["language"]) == ("Siv Dal", "nb_NO")
    assert (me["first_name"], me["last_name"]) == ("Siv", "Dal")
    assert users() == ["Siv Dal", "Per Moe", "Liv Ås"]
    assert users(type="ActiveUsers") == ["Siv Dal", "Liv Ås"]
    assert users(type="DeactiveUsers") == users(type="NotConfirmedUsers") == ["Per Moe"]
    assert users(type="AllUsers", per_page=2, page=2) == ["Liv Ås"]
    assert users(type="DeletedUsers") == []
    assert users(ids="902,903") == ["Per Moe", "Liv Ås"]
    page = client.get("/users", params={"per_page": 2}).json()
    assert page["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    assert client.get("/users/903").json()["users"][0]["email"] == "liv@example.com"
    assert client.get("/users/999").status_code == 204
    assert client.get("/users", params={"type": "Everyone"}).status_code == 400
    assert client.one("Boats", "77")["Owner"] == owner


def test_labels_of_any_kind_come_through_unharmed(start: Start) -> None:
    label = "商談 \"名\" \\ </script> \u2028 🛶 '''"
    org = Snapshot(
        modules=[module("CustomModule34", 1, plural_label=label)],
        fields={"CustomModule34": [field("field78", display_label=label)]},
    )
    client = start(org)
    assert client.get("/settings/modules").json()["modules"][0]["plural_label"] == label
    answer = client.get("/settings/fields", params={"module": "CustomModule34"}).json()
    assert answer["fields"][0]["display_label"] == label


def test_the_snapshot_itself_is_left_alone(client: Client) -> None:
    client.get("/settings/fields", params={"module": "Boats"})
    client.get("/settings/layouts", params={"module": "Boats"})
    assert "profiles" not in FIELDS["Boats"][0]
    assert snapshot().modules is MODULES
