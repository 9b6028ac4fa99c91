"""Related lists, notes, tags, attachments and files, as a plain client sees them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ..support.packages import ACME
from .conftest import Client, Clock, Start

ACCOUNT = "6100000000000403001"
LEAD = "6100000000000401001"
NOBODY = "4999999999999999"


@pytest.fixture
def org(start: Start) -> Client:
    return start(ACME / "metadata")


def error(answer: requests.Response) -> tuple[int, str, dict[str, Any]]:
    body = answer.json()
    return answer.status_code, body["code"], body["details"]


def upload(org: Client, path: str, **files: Any) -> requests.Response:
    return org.http.post(org.base + path, files=files, timeout=10)


# --- metadata ---------------------------------------------------------------------------------


def test_the_lists_of_a_module(org: Client) -> None:
    lists = org.get("/settings/related_lists", params={"module": "Accounts"}).json()
    found = {each["api_name"]: each for each in lists["related_lists"]}
    assert found["Contacts"]["module"] == {"api_name": "Contacts", "id": "6100000000000001005"}
    assert found["Contacts"]["href"] == "Accounts/{ENTITYID}/Contacts"
    assert found["Activities_Chronological"]["href"] is None
    assert found["Activities_Chronological"]["module"] is None
    numbers = [each["sequence_number"] for each in lists["related_lists"]]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    parameters = {"module": "Accounts", "status": "user_hidden"}
    hidden = org.get("/settings/related_lists", params=parameters).json()["related_lists"]
    assert [each["api_name"] for each in hidden] == ["Zoho_Survey"]
    none = org.get("/settings/related_lists", params={"module": "Quoted_Items"})
    assert (none.status_code, none.content) == (204, b"")
    assert error(org.get("/settings/related_lists"))[1] == "REQUIRED_PARAM_MISSING"
    unknown = org.get("/settings/related_lists", params={"module": "Nonsense"})
    assert error(unknown) == (400, "INVALID_MODULE", {"param_name": "module"})


# --- reading ----------------------------------------------------------------------------------


def test_a_list_is_read_as_a_module_is(org: Client, clock: Clock) -> None:
    path = f"/Accounts/{ACCOUNT}/Contacts"
    made = org.add(
        "Contacts",
        *({"Last_Name": f"C{number}", "Account_Name": {"id": ACCOUNT}} for number in range(5)),
    )
    first = org.get(path, params={"fields": "Last_Name", "per_page": "4"}).json()
    assert [row["id"] for row in first["data"]] == made[:0:-1]
    assert first["info"]["more_records"] is True
    parameters = {"fields": "Last_Name", "per_page": "4"}
    token = {**parameters, "page_token": first["info"]["next_page_token"]}
    by_token = org.get(path, params=token).json()
    by_number = org.get(path, params={**parameters, "page": "2"}).json()
    assert [row["id"] for row in by_token["data"]] == [made[0], "6100000000000402001"]
    assert by_token["data"] == by_number["data"]
    wanted = org.get(path, params={"fields": "id", "ids": f"{made[0]},{LEAD}"}).json()
    assert [row["id"] for row in wanted["data"]] == [made[0]]
    since = {"If-Modified-Since": "2035-01-01T00:00:00+00:00"}
    assert org.get(path, params=parameters, headers=since).status_code == 304


def test_what_goes_wrong_with_the_address(org: Client) -> None:
    fields = {"fields": "id"}
    expected = {
        f"/Accounts/{ACCOUNT}/Nonsense": (400, "INVALID_DATA", {"resource_path_index": 2}),
        f"/Accounts/{ACCOUNT}/Zoho_Survey": (400, "INVALID_DATA", {"resource_path_index": 2}),
        f"/Accounts/{NOBODY}/Contacts": (400, "INVALID_DATA", {"resource_path_index": 1}),
        "/Accounts/x/Contacts": (400, "INVALID_DATA", {"resource_path_index": 1}),
        f"/Nonsense/{ACCOUNT}/Contacts": (400, "INVALID_MODULE", {"resource_path_index": 0}),
        f"/Accounts/{ACCOUNT}/Contacts/x": (400, "INVALID_DATA", {"resource_path_index": 3}),
        "/Accounts/actions/nonsense": (404, "INVALID_URL_PATTERN", {}),
    }
    for path, wanted in expected.items():
        assert error(org.get(path, params=fields)) == wanted, path
    missing = org.get(f"/Accounts/{ACCOUNT}/Contacts")
    assert error(missing) == (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    posted = org.post(f"/Accounts/{ACCOUNT}/Contacts", {"data": [{}]})
    assert error(posted)[1] == "INVALID_REQUEST_METHOD"


# --- links ------------------------------------------------------------------------------------


def test_links_have_results_of_their_own(org: Client) -> None:
    campaign = org.add("Campaigns", {"Campaign_Name": "Fair"})[0]
    path = f"/Campaigns/{campaign}/Leads"
    body = {"data": [{"id": LEAD, "Member_Status": "Sent"}, {"id": NOBODY}, {}]}
    answer = org.put(path, body)
    assert answer.status_code == 207
    done, unknown, nothing = answer.json()["data"]
    assert (done["code"], done["message"], done["details"]) == (
        "SUCCESS",
        "relation added",
        {"id": LEAD},
    )
    assert (unknown["code"], unknown["details"]) == ("INVALID_DATA", {"id": NOBODY})
    assert nothing["details"] == {"api_name": "id", "json_path": "$.data[2].id"}
    assert org.get(f"{path}/{LEAD}").json()["data"][0]["Last_Name"] == "Brandt"
    assert error(org.delete(path)) == (400, "REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    removed = org.delete(path, params={"ids": f"{LEAD},{NOBODY}"})
    assert removed.status_code == 207
    assert [each["code"] for each in removed.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    assert org.get(f"{path}/{LEAD}").status_code == 204
    assert org.put(path, {"data": [{"id": NOBODY}]}).status_code == 400


def test_links_survive_a_restart(start: Start, tmp_path: Any) -> None:
    database = tmp_path / "zoho.db"
    first = start(ACME / "metadata", database=database)
    campaign = first.add("Campaigns", {"Campaign_Name": "Fair"})[0]
    assert first.put(f"/Campaigns/{campaign}/Leads/{LEAD}", {"data": [{}]}).status_code == 200
    made = upload(first, f"/Leads/{LEAD}/Attachments", file=("a.txt", b"abc")).json()
    first.emulator.stop()
    second = start(ACME / "metadata", database=database)
    rows = second.get(f"/Leads/{LEAD}/Campaigns", params={"fields": "id"}).json()["data"]
    assert [row["id"] for row in rows] == [campaign]
    attachment = made["data"][0]["details"]["id"]
    assert second.get(f"/Leads/{LEAD}/Attachments/{attachment}").content == b"abc"


def test_a_deleted_record_leaves_the_lists(org: Client) -> None:
    campaign = org.add("Campaigns", {"Campaign_Name": "Fair"})[0]
    lead = org.add("Leads", {"Last_Name": "Gone"})[0]
    org.put(f"/Campaigns/{campaign}/Leads/{lead}", {"data": [{}]})
    org.delete("/Leads", params={"ids": lead})
    assert org.get(f"/Campaigns/{campaign}/Leads", params={"fields": "id"}).status_code == 204


# --- notes ------------------------------------------------------------------------------------


def test_notes_in_batches(org: Client) -> None:
    path = f"/Leads/{LEAD}/Notes"
    answer = org.post(path, {"data": [{"Note_Content": "one"}, {"Note_Title": "two"}, {}]})
    assert answer.status_code == 207
    one, two, nothing = answer.json()["data"]
    assert one["message"] == "record added"
    assert nothing["code"] == "EXPECTED_FIELD_MISSING"
    assert nothing["details"]["expected_fields"][0] == {
        "api_name": "Note_Content",
        "json_path": "$.data[2].Note_Content",
    }
    ids = [each["details"]["id"] for each in (one, two)]
    changes = [{"id": each, "Note_Content": "x"} for each in (*ids, NOBODY)] + [{}]
    changed = org.put(path, {"data": changes}).json()["data"]
    assert [each["code"] for each in changed] == [
        "SUCCESS",
        "SUCCESS",
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
    ]
    note = org.one("Notes", ids[0])
    assert (note["Parent_Id"]["id"], note["$se_module"]) == (LEAD, "Leads")
    removed = org.delete(path, params={"ids": ",".join([*ids, NOBODY])})
    assert removed.status_code == 207
    assert [each["status"] for each in removed.json()["data"]] == ["success", "success", "error"]
    unknown = org.put(f"{path}/{NOBODY}", {"data": [{"Note_Content": "x"}]})
    assert error(unknown) == (400, "INVALID_DATA", {"resource_path_index": 3})


# --- tags -------------------------------------------------------------------------------------


def test_tags(org: Client) -> None:
    body = {"tags": [{"name": "hot"}], "ids": [LEAD, NOBODY]}
    answer = org.post("/Leads/actions/add_tags", body)
    assert answer.status_code == 207
    assert (answer.json()["success_count"], answer.json()["locked_count"]) == ("1", "0")
    done, unknown = answer.json()["data"]
    assert [tag["name"] for tag in done["details"]["tags"]][-1] == "hot"
    assert unknown["details"] == {"id": NOBODY}
    one = org.post(f"/Leads/{LEAD}/actions/remove_tags", {"tags": [{"name": "hot"}]})
    assert "hot" not in [tag["name"] for tag in one.json()["data"][0]["details"]["tags"]]
    (tag,) = [
        each
        for each in org.get("/settings/tags", params={"module": "Leads"}).json()["tags"]
        if each["name"] == "hot"
    ]
    assert tag["created_by"]["name"] == "Amira Haddad"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ids": [LEAD]}, "MANDATORY_NOT_FOUND"),
        ({"tags": [{"name": "hot"}]}, "MANDATORY_NOT_FOUND"),
        ({"tags": [{}], "ids": [LEAD]}, "MANDATORY_NOT_FOUND"),
        ({"tags": [{"name": "n" * 26}], "ids": [LEAD]}, "INVALID_DATA"),
        ({"tags": [{"name": "hot"}], "ids": [LEAD] * 501}, "LIMIT_EXCEEDED"),
    ],
)
def test_what_tags_refuse(org: Client, body: Any, code: str) -> None:
    assert error(org.post("/Leads/actions/add_tags", body))[:2] == (400, code)
    assert error(org.get("/settings/tags"))[1] == "REQUIRED_PARAM_MISSING"
    none = org.post("/DealHistory/actions/add_tags", {"tags": [{"name": "x"}], "ids": ["1"]})
    assert error(none)[1] == "NOT_SUPPORTED"


# --- attachments and files --------------------------------------------------------------------


def test_attachments(org: Client) -> None:
    path = f"/Leads/{LEAD}/Attachments"
    assert org.get(path, params={"fields": "id"}).status_code == 204
    made = upload(org, path, file=("plan ä.pdf", b"%PDF", "application/pdf")).json()["data"][0]
    assert made["message"] == "attachment uploaded successfully"
    row = org.get(path, params={"fields": "File_Name,Size"}).json()["data"][0]
    assert (row["id"], row["File_Name"], row["Size"]) == (made["details"]["id"], "plan ä.pdf", "4")
    assert row["$se_module"] == "Leads"
    assert row["$link_url"] is None
    file = org.get(f"{path}/{row['id']}")
    assert (file.content, file.headers["Content-Type"]) == (b"%PDF", "application/pdf")
    assert file.headers["Content-Disposition"].endswith("plan%20%C3%A4.pdf")
    assert org.get(f"{path}/{NOBODY}").status_code == 204
    assert error(org.delete(f"{path}/{NOBODY}"))[2] == {"resource_path_index": 3}
    assert error(upload(org, path, other=("a", b"b")))[1] == "MANDATORY_NOT_FOUND"
    bad = org.http.post(org.base + path, files={"attachmentUrl": (None, "nonsense")}, timeout=10)
    assert error(bad)[1] == "INVALID_URL_PATTERN"
    large = upload(org, path, file=("large.bin", bytes(20 * 1024 * 1024 + 1)))
    assert error(large)[:2] == (413, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")


def test_links_and_what_deletes_several(org: Client) -> None:
    path = f"/Leads/{LEAD}/Attachments"
    parameters = {"attachmentUrl": "https://example.com/plan", "title": "Plan"}
    made = org.post(path, None, params=parameters).json()["data"][0]
    assert made["message"] == "attachment uploaded successfully"
    row = org.get(path, params={"fields": "File_Name"}).json()["data"][0]
    assert (row["File_Name"], row["$link_url"]) == ("Plan", "https://example.com/plan")
    assert error(org.delete(path))[1] == "REQUIRED_PARAM_MISSING"
    mixed = org.delete(path, params={"ids": f"{row['id']},{NOBODY}"})
    assert mixed.status_code == 207
    assert [each["status"] for each in mixed.json()["data"]] == ["success", "error"]
    assert org.get(path, params={"fields": "id"}).status_code == 204


def test_files(org: Client) -> None:
    files = [("file", (f"{number}.txt", b"x")) for number in range(10)]
    made = org.http.post(f"{org.base}/files", files=files, timeout=10).json()["data"]
    assert len({each["details"]["id"] for each in made}) == 10
    assert made[3]["message"] == "3.txt uploaded Succeessfully"
    assert org.get("/files", params={"id": made[3]["details"]["id"]}).content == b"x"
    assert org.get("/files", params={"id": "0"}).status_code == 204
    assert error(org.get("/files"))[1] == "REQUIRED_PARAM_MISSING"
    assert error(upload(org, "/files", other=("a", b"b")))[1] == "failure_in_attachment_handling"
    assert error(upload(org, "/files", file=("a", b"")))[1] == "failure_in_attachment_handling"
    eleven = org.http.post(f"{org.base}/files", files=[*files, files[0]], timeout=10)
    assert error(eleven)[1] == "INVALID_REQUEST"
    large = upload(org, "/files", file=("large.bin", bytes(20 * 1024 * 1024 + 1)))
    assert error(large)[:2] == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
