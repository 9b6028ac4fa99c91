"""What random requests have broken once: each of them is refused, or does what it says."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import requests

from tests.support.packages import ACME

from .conftest import Client, Start
from .test_bulk import Bulk


@pytest.fixture
def acme(start: Start) -> Client:
    return start(ACME / "metadata")


@pytest.fixture
def bulk(client: Client) -> Bulk:
    return Bulk(client)


def code(answer: requests.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    found: str = answer.json()["code"]
    return found


def own(client: Client, method: str, path: str, **options: Any) -> requests.Response:
    """A call to what does not belong to the API."""
    address = client.emulator.connection.accounts_url + path
    return requests.request(method, address, timeout=10, allow_redirects=False, **options)


# --- bodies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["1e99999999999999999999", "1e999999999", "-1e-999999999", "9" * 5000, "NaN", "[" * 101],
)
def test_absurd_json(client: Client, value: str) -> None:
    close = "]" * value.count("[")
    body = f'{{"data":[{{"Name":"x","Price":{value}{close}}}]}}'
    answer = client.http.post(f"{client.base}/Boats", data=body, timeout=10)
    assert code(answer) == "JSON_PARSE_ERROR"


@pytest.mark.parametrize("value", ["[" * 3000 + "]" * 3000, "1e99999999999999999999", "{"])
def test_absurd_json_in_a_parameter(client: Client, value: str) -> None:
    answer = client.get("/__apis", params={"filters": value})
    assert code(answer) == "INVALID_DATA"


def test_no_field_to_compare(acme: Client) -> None:
    call = {"Subject": "x", "Call_Type": "Outbound", "Call_Start_Time": "2026-03-01T10:00:00+01:00"}
    body = {"data": [call], "duplicate_check_fields": [None]}
    assert code(acme.post("/Calls/upsert", body)) == "INVALID_DATA"


def test_a_hundred_levels_are_not_too_deep(client: Client) -> None:
    body = '{"data":[{"Name":"x","Price":' + "[" * 97 + "]" * 97 + "}]}"
    answer = client.http.post(f"{client.base}/Boats", data=body, timeout=10)
    assert answer.json()["data"][0]["code"] == "INVALID_DATA"


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[{"Name":"a\xed\xa0\x80b"}]}',
        '{"data":[{"Name":"a\ud800b"}]}'.encode("utf-16", "surrogatepass"),
        rb'{"data":[{"Name":"a\ud800b"}]}',
    ],
)
def test_half_a_surrogate_pair(client: Client, body: bytes) -> None:
    answer = client.http.post(f"{client.base}/Boats", data=body, timeout=10)
    (result,) = answer.json()["data"]
    assert client.one("Boats", result["details"]["id"])["Name"] == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "9999-12-31T00:00:00Z"]
)
def test_moments_at_the_ends_of_the_calendar(client: Client, moment: str) -> None:
    assert client.refused("Boats", {"Name": "x", "Launched": moment})["code"] == "INVALID_DATA"
    headers = {"If-Modified-Since": moment}
    assert code(client.get("/Boats?fields=id", headers=headers)) == "INVALID_DATA"


# --- composite requests -----------------------------------------------------------------------


def composed(client: Client, **part: Any) -> Any:
    """Status and body of one sub-request, or the code with which it was refused."""
    part = {"method": "GET", "uri": "/crm/v8/org", **part}
    body = {"__composite_requests": [part]}
    answer = client.post("/__composite_requests", body)
    if "__composite_requests" not in answer.json():
        return code(answer)
    (result,) = answer.json()["__composite_requests"]
    if result["code"] != "SUCCESS":
        return result["code"]
    response = result["details"]["response"]
    return response["status_code"], response["body"]


def test_composite_with_parameters_in_both_places(client: Client) -> None:
    client.add("Boats", {"Name": "a"}, {"Name": "b"})
    uri = "/crm/v8/Boats?fields=Name&sort_order=asc"
    status, body = composed(client, uri=uri, params={"per_page": 1})
    assert (status, [each["Name"] for each in body["data"]]) == (200, ["a"])


def test_composite_with_a_method_that_is_none(client: Client) -> None:
    assert composed(client, method={}) == "INVALID_DATA"


def test_composite_with_a_header_of_two_lines(client: Client) -> None:
    status, body = composed(client, headers={"X-A": "1\r\nX-B: 2"})
    assert (status, body["code"]) == (400, "INVALID_DATA")


def test_composite_inside_a_composite(client: Client) -> None:
    inner = {"__composite_requests": [{"method": "GET", "uri": "/crm/v8/org"}]}
    uri = "/crm/v8/__composite_requests"
    status, body = composed(client, method="POST", uri=uri, body=inner)
    assert (status, body["code"]) == (400, "NOT_SUPPORTED")


def test_composite_that_answers_a_file(client: Client) -> None:
    files = {"file": ("a.txt", b"abc", "text/plain")}
    uploaded = client.http.post(f"{client.base}/files", files=files, timeout=10).json()
    file_id = uploaded["data"][0]["details"]["id"]
    assert client.get("/files", params={"id": file_id}).content == b"abc"
    assert composed(client, uri="/crm/v8/files", params={"id": file_id}) == "NOT_SUPPORTED"


# --- bulk -------------------------------------------------------------------------------------


@pytest.mark.parametrize("comparator", [[], {}, None, 1])
def test_a_comparator_that_is_none(bulk: Bulk, comparator: Any) -> None:
    criteria = {"field": {"api_name": "Name"}, "comparator": comparator, "value": "x"}
    answer = bulk.post("/read", {"query": {"module": "Boats", "criteria": criteria}})
    assert code(answer) == "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"


@pytest.mark.parametrize(
    "mapping",
    [
        {"api_name": [], "index": 0},
        {"api_name": {}, "index": 0},
        {"api_name": "Name", "index": -1},
        {"api_name": "Name", "index": 2},
        {"api_name": "Name", "index": 10**30},
    ],
)
def test_a_mapping_of_no_column(bulk: Bulk, mapping: Any) -> None:
    rows = [["Name", "Kind"], ["a", "Ferry"]]
    assert code(bulk.write("insert", rows, field_mappings=[mapping])) == "INVALID_DATA"


def test_rows_that_are_too_short(bulk: Bulk) -> None:
    rows = [["Name", "Hull_Number"], ["Otter"], [], ["Seal", "H-1", "more"]]
    assert [row[:3] for row in bulk.written("insert", rows)[1:]] == [
        ["Otter", "", "ADDED"],
        ["", "", "SKIPPED"],
        ["Seal", "H-1", "ADDED"],
    ]


def archive(text: bytes) -> bytearray:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("rows.csv", text)
    return bytearray(content.getvalue())


def spoilt(at: int, value: int) -> bytes:
    """An archive with one byte of its entry changed, here and in the list at its end."""
    content = archive(b"Name\n" + b"Otter\n" * 50)
    content[at] = value
    content[content.index(b"PK\x01\x02") + at + 2] = value
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(spoilt(6, 1), id="with a password"),
        pytest.param(spoilt(8, 99), id="packed in another way"),
        pytest.param(spoilt(14, 0), id="wrong checksum"),
        pytest.param(bytes(archive(b"Name\n\xff\xfe\n")), id="not UTF-8"),
        pytest.param(bytes(archive(b'Name\n"' + b"x" * 200_000)), id="endless cell"),
    ],
)
def test_archives_that_cannot_be_read(bulk: Bulk, content: bytes) -> None:
    file_id = bulk.upload(content).json()["details"]["file_id"]
    rows = [["Name"], ["a"]]
    assert code(bulk.write("insert", rows, file_id=file_id)) == "FILE_NOT_SUPPORTED"


# --- the accounts server and the emulator itself ----------------------------------------------


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://a/\r\nX-Evil: 1", "http://a/\x00", "http://", "//a", "a"]
)
def test_redirects_to_no_address(client: Client, address: str) -> None:
    form = {
        "client_id": client.emulator.connection.client_id,
        "response_type": "code",
        "redirect_uri": address,
        "scope": "ZohoCRM.modules.ALL",
        "decision": "accept",
    }
    for answer in (
        own(client, "POST", "/oauth/v2/auth", data=form),
        own(client, "GET", "/oauth/v2/auth", params=form),
    ):
        assert answer.status_code == 400
        assert "invalid_redirect_uri" in answer.text


def test_a_consent_is_not_answered_by_a_header_that_no_client_reads(acme: Client) -> None:
    form = {
        "client_id": acme.emulator.connection.client_id,
        "response_type": "code",
        "scope": "ZohoCRM.modules.ALL",
        "redirect_uri": "http://127.0.0.1:9/back",
        "decision": "accept",
    }
    kept = own(acme, "POST", "/oauth/v2/auth", data=form | {"state": "x" * 4000})
    assert kept.status_code == 302
    assert kept.headers["Location"].endswith("x" * 4000)
    for part in ("state", "redirect_uri", "scope"):
        refused = own(
            acme, "POST", "/oauth/v2/auth", data=form | {part: form.get(part, "") + "é" * 40_000}
        )
        assert (refused.status_code, "too_long" in refused.text) == (400, True), part


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", '{"advance":1e300}'),
        ("clock", '{"advance":1e400}'),
        ("clock", '{"advance":260000000000}'),
        ("limits", '{"latency":1e12}'),
        ("limits", '{"search_lag":' + "9" * 400 + "}"),
        ("limits", '{"credits":' + "9" * 400 + "}"),
        ("faults", '{"rate":' + "9" * 400 + "}"),
        ("faults", '{"kind":"slow","seconds":1e12}'),
        ("faults", '{"kind":"slow","pattern":"a{99999999999999999999}"}'),
        ("faults", '{"kind":"slow","pattern":"' + "(" * 3000 + '"}'),
    ],
)
def test_orders_that_are_out_of_range(client: Client, path: str, body: str) -> None:
    assert code(own(client, "POST", f"/__emulator/{path}", data=body)) == "INVALID_DATA"
    for each in ("clock", "limits", "faults"):
        assert own(client, "GET", f"/__emulator/{each}").status_code == 200
    assert client.get("/org").status_code == 200


def test_a_host_that_is_none(client: Client) -> None:
    answer = own(client, "GET", "/__emulator/limits", headers={"Host": "["})
    assert code(answer, 403) == "FORBIDDEN"


# --- channels, variables, leads ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"events": ["Users.all"]}, "events"),
        ({"notification_condition": "x"}, "notification_condition"),
        ({"notification_condition": [1]}, "notification_condition"),
    ],
)
def test_channels_that_cannot_be(client: Client, change: Any, name: str) -> None:
    item = {"channel_id": "1", "events": ["Boats.all"], "notify_url": "http://127.0.0.1:9/"}
    answer = client.post("/actions/watch", {"watch": [{**item, **change}]})
    (result,) = answer.json()["watch"]
    assert (result["code"], result["details"]["api_name"]) == ("INVALID_DATA", name)


def test_more_variables_than_go_in_one_call(acme: Client) -> None:
    variables = [{"id": "6100000000000061001", "value": "x"}] * 26
    answer = acme.put("/settings/variables", {"variables": variables})
    assert code(answer) == "LIMIT_EXCEEDED"


def test_a_conversion_for_an_owner_without_an_id(acme: Client) -> None:
    (lead,) = acme.add("Leads", {"Last_Name": "Frei", "Company": "Frei AG"})
    body = {"data": [{"assign_to": {"name": "x"}}]}
    answer = acme.post(f"/Leads/{lead}/actions/convert", body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["data"][0]["code"] == "INVALID_DATA"


def test_a_note_belongs_to_a_record(acme: Client) -> None:
    (lead,) = acme.add("Leads", {"Last_Name": "Frei", "Company": "Frei AG"})
    parent = {"id": lead, "module": {"api_name": "Leads"}}
    (note,) = acme.add("Notes", {"Note_Content": "x", "Parent_Id": parent})
    assert acme.refused("Notes", {"Note_Content": "x"})["code"] == "MANDATORY_NOT_FOUND"
    answer = acme.put(f"/Notes/{note}", {"data": [{"Parent_Id": None}]})
    assert answer.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    assert acme.one("Notes", note)["Parent_Id"]["id"] == lead


# --- rows of subforms -------------------------------------------------------------------------


def test_rows_of_subforms_belong_to_a_record(client: Client) -> None:
    for row in ({"Part": "Keel"}, {"Part": "Keel", "Parent_Id": None}):
        refused = client.refused("Repairs", row)
        assert refused["code"] == "MANDATORY_NOT_FOUND"
        assert refused["details"]["api_name"] == "Parent_Id"
    (boat,) = client.add("Boats", {"Name": "Otter"})
    (row_id,) = client.add("Repairs", {"Part": "Keel", "Parent_Id": {"id": boat}})
    answer = client.put(f"/Repairs/{row_id}", {"data": [{"Parent_Id": None}]})
    assert answer.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    assert [row["id"] for row in client.one("Boats", boat)["Repairs"]] == [row_id]


def test_a_row_is_not_restored_where_its_record_is_gone(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Otter", "Repairs": [{"Part": "Keel"}]})
    (row,) = client.one("Boats", boat)["Repairs"]
    assert client.delete(f"/Repairs/{row['id']}").status_code == 200
    assert client.delete(f"/Boats/{boat}").status_code == 200
    path = f"/settings/recycle_bin/{row['id']}/actions/restore"
    (refused,) = client.post(path, {}).json()["recycle_bin"]
    assert refused["code"] == "INVALID_DATA"
    path = f"/settings/recycle_bin/{boat}/actions/restore"
    assert client.post(path, {}).status_code == 200
    path = f"/settings/recycle_bin/{row['id']}/actions/restore"
    assert client.post(path, {}).status_code == 200
    assert [each["id"] for each in client.one("Boats", boat)["Repairs"]] == [row["id"]]
