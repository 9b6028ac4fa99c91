"""Insert, update and delete: results in order, statuses, and what is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .boatyard import LAYOUT, STRICT_LAYOUT
from .conftest import Client, Clock, Start

FULL: dict[str, Any] = {
    "Name": "Otter",
    "Hull_Number": "NO-17",
    "Kind": "Sloop",
    "Rigging": ["Jib", "Genoa"],
    "Price": 125000.5,
    "Masts": 1,
    "Serial": "0012345600012",
    "Afloat": True,
    "Launched": "1998-05-17",
    "Last_Seen": "2026-05-14T10:00:00+00:00",
    "Website": "https://example.com",
    "Log": "line\nline",
    "Non-draft_Length": 9.75,
}


def test_what_is_written_is_what_is_read(client: Client, clock: Clock) -> None:
    (sailor,) = client.add("Contacts", {"First_Name": "Åse", "Last_Name": "Berg"})
    (boat,) = client.add("Boats", {**FULL, "Captain": {"id": sailor}})
    record = client.one("Boats", boat)
    for name, value in FULL.items():
        expected = "2026-05-14T12:00:00+02:00" if name == "Last_Seen" else value
        assert record[name] == expected, name
    assert record["Captain"] == {"name": "Åse Berg", "id": sailor}
    assert record["id"] == boat
    assert record["Value_F"] is None
    assert record["Berth"] == "B-7/x"
    assert record["Repairs"] == record["Crew"] == record["Tag"] == []
    assert record["Layout"] == {"name": "Standard", "display_label": "Standard", "id": LAYOUT}
    assert record["$layout_id"]["display_label"] == "Standard"
    assert record["$has_more"] == {"Repairs": False, "Crew": False}
    assert record["$currency_symbol"] == "€"
    assert record["Owner"] == record["Created_By"] == record["Modified_By"]
    assert set(record["Owner"]) == {"name", "id", "email"}


def test_ids_may_come_as_numbers(client: Client) -> None:
    """Answers have them as text; the SDKs of Zoho send numbers."""
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = client.add("Boats", {"Name": "Otter", "Captain": {"id": int(sailor)}})
    assert client.one("Boats", boat)["Captain"] == {"name": "Berg", "id": sailor}
    changed = client.put("/Boats", {"data": [{"id": int(boat), "Name": "Ada"}]})
    assert changed.json()["data"][0]["details"]["id"] == boat
    assert client.refused("Boats", {"Name": "x", "Captain": {"id": True}})["code"] == "INVALID_DATA"
    deep = client.http.post(
        f"{client.base}/Boats", data='{"a":' * 600 + "1" + "}" * 600, timeout=10
    )
    assert deep.status_code == 400


def test_the_result_of_an_insert(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    answer = client.post("/Contacts", {"data": [{"Last_Name": "Berg"}], "trigger": []})
    assert answer.status_code == 201
    (item,) = answer.json()["data"]
    user = {"name": "Emulator Admin", "id": item["details"]["Created_By"]["id"]}
    assert item == {
        "code": "SUCCESS",
        "details": {
            "id": item["details"]["id"],
            "Created_Time": "2026-05-28T22:26:40+02:00",
            "Modified_Time": "2026-05-28T22:26:40+02:00",
            "Created_By": user,
            "Modified_By": user,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }


def test_a_new_record_without_values(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Bare"})
    record = client.one("Boats", boat)
    assert record["Afloat"] is False
    assert record["Price"] is record["Kind"] is record["Captain"] is record["Rigging"] is None


def test_mixed_results_keep_their_order(client: Client) -> None:
    body = {"data": [{"Last_Name": "A"}, {}, {"Last_Name": "C"}, 7, {"Last_Name": 5}]}
    answer = client.post("/Contacts", body)
    assert answer.status_code == 207
    codes = [item["code"] for item in answer.json()["data"]]
    assert codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "SUCCESS", "INVALID_DATA", "INVALID_DATA"]
    paths = [item["details"].get("json_path") for item in answer.json()["data"]]
    assert paths == [None, "$.data[1].Last_Name", None, "$.data[3]", "$.data[4].Last_Name"]
    assert client.get("/Contacts/actions/count").json() == {"count": 2}
    assert client.post("/Contacts", {"data": [{}, {}]}).status_code == 400


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "data"}),
        ({"data": {}}, "INVALID_DATA", {"expected_data_type": "jsonarray"}),
        ({"data": []}, "INVALID_DATA", {"minimum_length": 1}),
        ({"data": [{"Last_Name": "x"}] * 101}, "LIMIT_EXCEEDED", {"maximum_length": 100}),
        ([], "INVALID_DATA", {"expected_data_type": "jsonobject"}),
        ("text", "INVALID_DATA", {"expected_data_type": "jsonobject"}),
    ],
)
@pytest.mark.parametrize("path", ["/Contacts", "/Contacts/upsert"])
def test_a_body_that_is_no_batch(
    client: Client, path: str, body: Any, code: str, details: dict[str, Any]
) -> None:
    answer = client.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert details.items() <= answer.json()["details"].items()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "REQUEST_BODY_IS_EMPTY"),
        (b"  ", "REQUEST_BODY_IS_EMPTY"),
        (b"{", "JSON_PARSE_ERROR"),
        (b"\xff\xfe", "JSON_PARSE_ERROR"),
        (b'{"data": [{"Last_Name": NaN}]}', "JSON_PARSE_ERROR"),
        (b"[" * 100_000, "JSON_PARSE_ERROR"),
        (b'{"data": [{"Last_Name": ' + b"9" * 5000 + b"}]}", "JSON_PARSE_ERROR"),
    ],
)
def test_a_body_that_is_no_json(client: Client, data: bytes, code: str) -> None:
    answer = client.http.post(f"{client.base}/Contacts", data=data, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_hundred_at_once(client: Client) -> None:
    ids = client.add("Contacts", *({"Last_Name": f"S{number}"} for number in range(100)))
    assert len(set(ids)) == 100
    assert sorted(ids, key=int) == ids


def test_a_module_that_cannot_be_written(client: Client) -> None:
    for answer in (
        client.post("/Statements", {"data": [{"Name": "x"}]}),
        client.put("/Statements", {"data": [{"id": "1", "Name": "x"}]}),
        client.delete("/Statements/1"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "NO_PERMISSION")
    assert client.page("Statements", fields="Name").status_code == 204


# --- update -------------------------------------------------------------------------------


def test_an_update_changes_what_it_names(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    (boat,) = client.add("Boats", FULL)
    before = client.one("Boats", boat)
    clock.now += 60
    answer = client.put("/Boats", {"data": [{"id": boat, "Kind": "Ketch", "Price": None}]})
    assert answer.status_code == 200
    (item,) = answer.json()["data"]
    assert item["message"] == "record updated"
    assert item["details"]["Created_Time"] == before["Created_Time"]
    assert item["details"]["Modified_Time"] == "2026-05-28T22:27:40+02:00"
    after = client.one("Boats", boat)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Kind", "Price", "Modified_Time"}
    assert (after["Kind"], after["Price"]) == ("Ketch", None)


def test_an_update_by_path(client: Client) -> None:
    (boat,) = client.add("Boats", FULL)
    assert client.put(f"/Boats/{boat}", {"data": [{"Masts": 2}]}).status_code == 200
    assert client.one("Boats", boat)["Masts"] == 2
    two = client.put(f"/Boats/{boat}", {"data": [{}, {}]})
    assert (two.status_code, two.json()["code"]) == (400, "LIMIT_EXCEEDED")


def test_an_update_of_nothing(client: Client) -> None:
    unknown = client.put("/Boats/12", {"data": [{"Masts": 2}]})
    assert unknown.status_code == 400
    assert unknown.json()["data"][0]["code"] == "INVALID_DATA"
    assert unknown.json()["data"][0]["details"]["id"] == "12"
    malformed = client.put("/Boats/1x", {"data": [{}]})
    assert malformed.json()["details"] == {"resource_path_index": 1}
    without = client.put("/Boats", {"data": [{"Masts": 2}]}).json()["data"][0]
    assert (without["code"], without["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "id")
    number = client.put("/Boats", {"data": [{"id": 12}]}).json()["data"][0]
    assert number["code"] == "INVALID_DATA"


def test_a_mandatory_field_cannot_be_emptied(client: Client) -> None:
    (boat,) = client.add("Boats", FULL)
    for nothing in (None, ""):
        answer = client.put("/Boats", {"data": [{"id": boat, "Name": nothing}]})
        assert answer.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    assert client.one("Boats", boat)["Name"] == "Otter"


def test_an_update_that_came_too_late(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    (boat,) = client.add("Boats", FULL)

    def update(seen: str) -> Any:
        body = {"data": [{"id": boat, "Masts": 3}]}
        return client.put("/Boats", body, headers={"If-Unmodified-Since": seen})

    late = update("2026-05-28T22:26:39+02:00")
    assert late.status_code == 412
    assert late.json()["data"][0]["code"] == "ALREADY_MODIFIED"
    assert late.json()["data"][0]["details"]["id"] == boat
    assert client.one("Boats", boat)["Masts"] == 1
    assert update("2026-05-28T22:26:40+02:00").status_code == 200


def test_read_only_and_unknown_fields_are_ignored(client: Client) -> None:
    (boat,) = client.add(
        "Boats", {**FULL, "Berth": "mine", "Created_Time": "x", "Value_F": 3, "Nothing": [1]}
    )
    record = client.one("Boats", boat)
    assert (record["Berth"], record["Value_F"]) == ("B-7/x", None)
    assert "Nothing" not in record
    answer = client.put(f"/Boats/{boat}", {"data": [{"Berth": "mine", "Modified_By": None}]})
    assert answer.status_code == 200
    assert client.one("Boats", boat)["Berth"] == "B-7/x"


def test_auto_numbers_go_on(client: Client) -> None:
    ids = client.add("Boats", *({"Name": name} for name in "abc"))
    assert [client.one("Boats", each)["Berth"] for each in ids] == ["B-7/x", "B-8/x", "B-9/x"]


def test_auto_numbers_go_on_after_the_records_to_start_with(start: Start, tmp_path: Path) -> None:
    rows = [{"id": "1", "Name": "Old", "Berth": "B-41/x"}]
    (tmp_path / "Boats.json").write_text(json.dumps({"data": rows}))
    client = start(records=tmp_path)
    (boat,) = client.add("Boats", {"Name": "New"})
    assert client.one("Boats", boat)["Berth"] == "B-42/x"


# --- values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Hull_Number", 5, "text"),
        ("Hull_Number", ["x"], "text"),
        ("Kind", 5, "text"),
        ("Kind", ["Sloop"], "text"),
        ("Rigging", "Jib;Genoa", "jsonarray"),
        ("Rigging", [1], "text"),
        ("Price", "12", "double"),
        ("Price", True, "double"),
        ("Masts", 1.5, "integer"),
        ("Masts", "1", "integer"),
        ("Masts", True, "integer"),
        ("Serial", "12x", "bigint"),
        ("Afloat", "true", "boolean"),
        ("Afloat", 1, "boolean"),
        ("Launched", "17.05.1998", "date"),
        ("Launched", "2026-02-30", "date"),
        ("Launched", 5, "date"),
        ("Last_Seen", "2026-05-14T10:00:00", "datetime"),
        ("Last_Seen", "2026-05-14T10:00:00.5+00:00", "datetime"),
        ("Last_Seen", "2026-05-14", "datetime"),
        ("Captain", "123", "jsonobject"),
        ("Owner", "123", "jsonobject"),
        ("Crew", {}, "jsonarray"),
        ("Crew", ["x"], "jsonobject"),
        ("Repairs", {}, "jsonarray"),
        ("Repairs", ["x"], "jsonobject"),
        ("Papers", "x", "jsonarray"),
        ("Papers", ["x"], "jsonobject"),
        ("Tag", "x", "jsonarray"),
        ("Tag", ["x"], "jsonobject"),
        ("Layout", "x", "jsonobject"),
    ],
)
def test_a_value_of_the_wrong_type(client: Client, name: str, value: Any, expected: str) -> None:
    error = client.refused("Boats", {"Name": "x", name: value})
    assert error["code"] == "INVALID_DATA"
    assert error["details"]["expected_data_type"] == expected
    assert error["details"]["api_name"] == name
    assert error["details"]["json_path"].startswith(f"$.data[0].{name}")


def test_email_addresses(client: Client) -> None:
    for wrong in ("berg", "berg@", "a b@example.com", "berg@example", "a@b@c.no"):
        error = client.refused("Contacts", {"Last_Name": "Berg", "Email": wrong})
        assert error["details"]["expected_data_type"] == "email", wrong
    client.add("Contacts", {"Last_Name": "Berg", "Email": "o'berg+x@sub.example.com"})


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("Name", "x" * 51, 50),
        ("Masts", 1_000_000_000, 9),
        ("Price", 10**16, 16),
        ("Serial", "1" * 20, 19),
        ("Kind", "x" * 121, 120),
        ("Papers", [{"File_Id__s": str(number)} for number in range(3)], 2),
    ],
)
def test_a_value_that_is_too_long(client: Client, name: str, value: Any, limit: int) -> None:
    error = client.refused("Boats", {"Name": "x", name: value})
    assert error["code"] == "INVALID_DATA"
    assert error["details"]["maximum_length"] == limit


def test_the_longest_values_fit(client: Client) -> None:
    name = "🛶" * 50
    (boat,) = client.add("Boats", {"Name": name, "Masts": 999_999_999, "Price": 10**16 - 1})
    assert client.one("Boats", boat)["Name"] == name


def test_several_errors_of_one_record(client: Client) -> None:
    error = client.refused("Boats", {"Masts": "x", "Afloat": "y"})
    assert error["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    found = [(each["code"], each["details"]["api_name"]) for each in error["details"]["errors"]]
    assert found == [
        ("INVALID_DATA", "Masts"),
        ("INVALID_DATA", "Afloat"),
        ("MANDATORY_NOT_FOUND", "Name"),
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("125000.00", "125000"),
        ("0.10", "0.1"),
        ("1234567890123456.78", "1234567890123456.78"),
        ("-0.000000001", "-0.000000001"),
        ("1E+3", "1000"),
        ("1e-400", "0"),
        ("0", "0"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_numbers_stay_exact(client: Client, sent: str, kept: str) -> None:
    text = f'{{"data": [{{"Name": "x", "Price": {sent}}}]}}'
    answer = client.http.post(f"{client.base}/Boats", data=text, timeout=5)
    assert answer.status_code == 201, answer.text
    boat = answer.json()["data"][0]["details"]["id"]
    raw = client.get(f"/Boats/{boat}").text
    assert f'"Price":{kept},' in raw


@pytest.mark.parametrize(
    "text",
    [
        'O\'Neill "x" \\ ; DROP TABLE record; --',
        "日本語 العربية 🛶\u200d",
        "null\x00byte",
        "line\r\n\ttab\u2028",
        "{{7*7}}<script>%s%(x)s",
        " spaces ",
    ],
)
def test_any_text_comes_back_as_it_was(client: Client, text: str) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": text})
    assert client.one("Contacts", sailor)["Last_Name"] == text
    listed = client.page("Contacts", fields="Last_Name").json()["data"]
    assert [row["Last_Name"] for row in listed] == [text]


def test_half_a_surrogate_pair_is_no_crash(client: Client) -> None:
    body = b'{"data": [{"Last_Name": "a\\ud83dz"}]}'
    answer = client.http.post(f"{client.base}/Contacts", data=body, timeout=5)
    assert answer.status_code == 201
    sailor = answer.json()["data"][0]["details"]["id"]
    assert client.one("Contacts", sailor)["Last_Name"] == "a\N{REPLACEMENT CHARACTER}z"


def test_picklists_are_open_and_none_is_null(client: Client) -> None:
    (boat,) = client.add(
        "Boats", {"Name": "x", "Kind": "Never heard of", "Rigging": ["Own", "Own"]}
    )
    record = client.one("Boats", boat)
    assert (record["Kind"], record["Rigging"]) == ("Never heard of", ["Own"])
    client.put(f"/Boats/{boat}", {"data": [{"Kind": "-None-", "Rigging": ["-None-"]}]})
    record = client.one("Boats", boat)
    assert (record["Kind"], record["Rigging"]) == (None, [])


def test_append_values(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "x", "Rigging": ["Jib"]})
    more = {"Rigging": ["Genoa", "Jib"], "$append_values": {"Rigging": True}}
    client.put(f"/Boats/{boat}", {"data": [more]})
    assert client.one("Boats", boat)["Rigging"] == ["Jib", "Genoa"]
    client.put(f"/Boats/{boat}", {"data": [{"Rigging": ["Spinnaker"]}]})
    assert client.one("Boats", boat)["Rigging"] == ["Spinnaker"]


def test_tags(client: Client) -> None:
    tags = [{"name": "vip"}, {"name": "blå"}, {"name": "vip"}]
    one, two = client.add("Boats", {"Name": "a", "Tag": tags}, {"Name": "b", "Tag": tags[:1]})
    first, second = client.one("Boats", one)["Tag"], client.one("Boats", two)["Tag"]
    assert [tag["name"] for tag in first] == ["vip", "blå"]
    assert second == first[:1]
    assert set(first[0]) == {"name", "id", "color_code"}


def test_files_are_added_and_taken_away(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "a", "Papers": [{"File_Id__s": "aa11"}]})
    (paper,) = client.one("Boats", boat)["Papers"]
    assert paper["File_Id__s"] == "aa11"
    client.put(f"/Boats/{boat}", {"data": [{"Papers": [{"File_Id__s": "bb22"}]}]})
    assert [each["File_Id__s"] for each in client.one("Boats", boat)["Papers"]] == ["aa11", "bb22"]
    gone = {"data": [{"Papers": [{"id": paper["id"], "_delete": None}]}]}
    client.put(f"/Boats/{boat}", gone)
    assert [each["File_Id__s"] for each in client.one("Boats", boat)["Papers"]] == ["bb22"]


# --- layouts ------------------------------------------------------------------------------


def test_a_layout_that_is_named_makes_its_fields_mandatory(client: Client) -> None:
    strict = {"Name": "x", "Layout": {"id": STRICT_LAYOUT}}
    error = client.refused("Boats", strict)
    assert (error["code"], error["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "Hull_Number")
    (boat,) = client.add("Boats", {**strict, "Hull_Number": "1"})
    assert client.one("Boats", boat)["Layout"] == {
        "name": "Strict",
        "display_label": "Strict",
        "id": STRICT_LAYOUT,
    }
    assert client.refused("Boats", {"Name": "x", "Layout": {"id": "1"}})["code"] == "INVALID_DATA"


# --- unique fields ------------------------------------------------------------------------


def test_unique_fields(client: Client) -> None:
    (first,) = client.add("Boats", {"Name": "a", "Hull_Number": "NO-1"})
    error = client.refused("Boats", {"Name": "b", "Hull_Number": "no-1"})
    assert error["code"] == "DUPLICATE_DATA"
    details = error["details"]
    assert (details["api_name"], details["json_path"]) == ("Hull_Number", "$.data[0].Hull_Number")
    assert details["id"] == details["duplicate_record"]["id"] == first
    assert details["duplicate_record"]["module"]["api_name"] == "Boats"
    assert details["duplicate_record"]["Owner"]["name"] == "Emulator Admin"
    # Its own value is no duplicate, and a value that was given up is free again.
    assert client.put(f"/Boats/{first}", {"data": [{"Hull_Number": "NO-1"}]}).status_code == 200
    client.put(f"/Boats/{first}", {"data": [{"Hull_Number": "NO-2"}]})
    (second,) = client.add("Boats", {"Name": "b", "Hull_Number": "NO-1"})
    taken = client.put(f"/Boats/{second}", {"data": [{"Hull_Number": "NO-2"}]})
    assert taken.json()["data"][0]["code"] == "DUPLICATE_DATA"
    client.delete(f"/Boats/{first}")
    assert client.put(f"/Boats/{second}", {"data": [{"Hull_Number": "NO-2"}]}).status_code == 200


def test_unique_within_one_batch(client: Client) -> None:
    twice = {"Name": "a", "Hull_Number": "NO-1"}
    answer = client.post("/Boats", {"data": [twice, twice, {"Name": "c", "Hull_Number": None}]})
    codes = [item["code"] for item in answer.json()["data"]]
    assert (answer.status_code, codes) == (207, ["SUCCESS", "DUPLICATE_DATA", "SUCCESS"])


def test_a_unique_field_with_regard_to_case(client: Client) -> None:
    client.add("Contacts", {"Last_Name": "a", "Key_Word": "Mast"})
    client.add("Contacts", {"Last_Name": "b", "Key_Word": "mast"})
    error = client.refused("Contacts", {"Last_Name": "c", "Key_Word": "Mast"})
    assert error["code"] == "DUPLICATE_DATA"


# --- delete -------------------------------------------------------------------------------


def test_delete_one_and_many(client: Client) -> None:
    ids = client.add("Contacts", *({"Last_Name": name} for name in "abcd"))
    one = client.delete(f"/Contacts/{ids[0]}")
    assert one.status_code == 200
    assert one.json()["data"] == [
        {
            "code": "SUCCESS",
            "details": {"id": ids[0]},
            "message": "record deleted",
            "status": "success",
        }
    ]
    mixed = client.delete("/Contacts", params={"ids": f"{ids[1]},{ids[0]},{ids[2]}"})
    assert mixed.status_code == 207
    assert [item["code"] for item in mixed.json()["data"]] == ["SUCCESS", "INVALID_DATA", "SUCCESS"]
    assert mixed.json()["data"][1]["details"] == {"id": ids[0]}
    assert mixed.json()["data"][1]["message"] == "record not deleted"
    assert client.delete(f"/Contacts/{ids[0]}").status_code == 400
    listed = client.page("Contacts", fields="id").json()["data"]
    assert [row["id"] for row in listed] == [ids[3]]
    assert client.get(f"/Contacts/{ids[0]}").status_code == 204


def test_delete_without_or_with_wrong_ids(client: Client) -> None:
    without = client.delete("/Contacts")
    assert without.status_code == 400
    assert without.json()["code"] == "REQUIRED_PARAM_MISSING"
    assert without.json()["details"] == {"param_name": "ids"}
    many = ",".join(str(number) for number in range(101))
    assert client.delete("/Contacts", params={"ids": many}).json()["code"] == "LIMIT_EXCEEDED"
    assert client.delete("/Contacts/x").json()["details"] == {"resource_path_index": 1}
    assert client.get("/Contacts/x").json()["details"] == {"resource_path_index": 1}
