"""Bulk read and bulk write, by a plain client."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import bulk_jobs, bulk_read_api, bulk_write_api

from .conftest import Client, Clock, Start
from .test_search import BOATS

ORG = "8000000901"


class Bulk:
    """The calls of the bulk APIs."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.base = client.base.replace("/crm/v8", "/crm/bulk/v8")

    def post(self, path: str, body: Any) -> requests.Response:
        return self.client.http.post(self.base + path, json=body, timeout=10)

    def get(self, path: str) -> requests.Response:
        return self.client.http.get(self.base + path, timeout=10)

    def read(self, **query: Any) -> dict[str, Any]:
        """Read by a job, and wait for it."""
        answer = self.post("/read", {"query": query})
        assert answer.status_code == 201, answer.text
        return self.done(answer.json()["data"][0]["details"]["id"])

    def done(self, job_id: str) -> dict[str, Any]:
        while True:
            job: dict[str, Any] = self.get(f"/read/{job_id}").json()["data"][0]
            if job["state"] in ("COMPLETED", "FAILURE"):
                return job
            time.sleep(0.01)

    def table(self, job: dict[str, Any]) -> list[list[str]]:
        url = job["result"]["download_url"]
        assert url == f"/crm/bulk/v8/read/{job['id']}/result"
        return unzip(self.get(f"/read/{job['id']}/result"))

    def upload(self, content: bytes, **headers: str) -> requests.Response:
        return self.client.http.post(
            f"{self.client.base}/upload",
            files={"file": ("rows.zip", content, "application/zip")},
            headers={"feature": "bulk-write", "X-CRM-ORG": ORG, **headers},
            timeout=10,
        )

    def write(self, operation: str, rows: list[list[str]], **more: Any) -> requests.Response:
        """Start a job with these rows, the header of api_names first."""
        file_id = self.upload(zipped(rows)).json()["details"]["file_id"]
        resource = {
            "type": "data",
            "module": {"api_name": "Boats"},
            "file_id": file_id,
            "file_names": ["rows.csv"],
            "field_mappings": [
                {"api_name": name, "index": index} for index, name in enumerate(rows[0])
            ],
            **more,
        }
        return self.post("/write", {"operation": operation, "resource": [resource]})

    def written(self, operation: str, rows: list[list[str]], **more: Any) -> list[list[str]]:
        """The table that the job leaves."""
        answer = self.write(operation, rows, **more)
        assert answer.status_code == 201, answer.text
        job_id = answer.json()["details"]["id"]
        while (job := self.get(f"/write/{job_id}").json())["status"] != "COMPLETED":
            assert job["status"] in ("ADDED", "INPROGRESS")
            time.sleep(0.01)
        return unzip(self.client.http.get(job["result"]["download_url"], timeout=10))


def unzip(answer: requests.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        return list(csv.reader(io.StringIO(archive.read(name).decode(), newline="")))


def zipped(rows: list[list[str]], name: str = "rows.csv") -> bytes:
    content, text = io.BytesIO(), io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, text.getvalue())
    return content.getvalue()


@pytest.fixture
def bulk(client: Client) -> Bulk:
    (captain,) = client.add("Contacts", {"Last_Name": "Berg"})
    client.add("Boats", *(boat | {"Captain": {"id": captain}} for boat in BOATS[:1]), *BOATS[1:])
    return Bulk(client)


# --- reading ----------------------------------------------------------------------------------


def test_a_job_and_its_states(bulk: Bulk) -> None:
    answer = bulk.post("/read", {"query": {"module": {"api_name": "Boats"}}})
    assert answer.status_code == 201
    ((item,), info) = answer.json().values()
    assert (item["code"], item["status"], info) == ("ADDED_SUCCESSFULLY", "success", {})
    details = item["details"]
    assert (details["operation"], details["state"]) == ("read", "ADDED")
    assert set(details["created_by"]) == {"id", "name"}
    seen: list[str] = []
    while not seen or seen[-1] != "COMPLETED":
        job = bulk.get(f"/read/{details['id']}").json()["data"][0]
        if job["state"] not in seen:
            seen.append(job["state"])
            assert ("result" in job) == (job["state"] == "COMPLETED")
    assert [state for state in ("ADDED", "QUEUED", "IN PROGRESS", "COMPLETED") if state in seen]
    assert set(seen) <= {"ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"}
    assert job["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": 3,
        "download_url": f"/crm/bulk/v8/read/{details['id']}/result",
        "more_records": False,
        "next_page_token": None,
    }


def test_a_job_that_is_faster_than_the_answer(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    start = bulk_jobs.Jobs._start

    def start_and_wait(jobs: Any, job: Any, work: Any) -> None:
        start(jobs, job, work)
        for thread in jobs._threads:
            thread.join()

    monkeypatch.setattr(bulk_jobs.Jobs, "_start", start_and_wait)
    answer = bulk.post("/read", {"query": {"module": {"api_name": "Boats"}}})
    assert answer.json()["data"][0]["details"]["state"] == "ADDED"


def test_the_table(bulk: Bulk) -> None:
    fields = ["Name", "Captain", "Captain.Last_Name", "Owner.last_name", "Rigging", "Price"]
    fields += ["Afloat", "Launched", "Kind"]
    job = bulk.read(module={"api_name": "Boats"}, fields=fields)
    header, *rows = bulk.table(job)
    assert header == ["Id", *fields]
    captain = bulk.client.page("Contacts", fields="Last_Name").json()["data"][0]["id"]
    by_name = {row[1]: row[2:] for row in rows}
    assert by_name["Sea Otter"] == [
        captain,
        "Berg",
        "Admin",
        "Jib;Genoa",
        "1000",
        "true",
        "1998-05-17",
        "Sloop",
    ]
    assert by_name[BOATS[2]["Name"]][:2] == ["", ""]
    everything = bulk.table(bulk.read(module={"api_name": "Boats"}))[0]
    assert everything[0] == "Id"
    assert "Created_Time" in everything
    assert not {"Repairs", "Crew", "id"} & set(everything)


def comparison(name: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


SEA, OTTER, AUK = (boat["Name"] for boat in BOATS)


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        (comparison("Name", "equal", "otter"), [OTTER]),
        (comparison("Name", "not_equal", "Otter"), [SEA, AUK]),
        (comparison("Name", "contains", "otter"), [SEA, OTTER]),
        (comparison("Name", "contains", "%"), []),
        (comparison("Name", "not_contains", "otter"), [AUK]),
        (comparison("Name", "starts_with", "sea"), [SEA]),
        (comparison("Name", "ends_with", "OTTER"), [SEA, OTTER]),
        (comparison("Name", "in", ["Otter", "Sea Otter"]), [SEA, OTTER]),
        (comparison("Name", "not_in", ["Otter"]), [SEA, AUK]),
        (comparison("Captain", "equal", "${EMPTY}"), [OTTER, AUK]),
        (comparison("Captain", "not_equal", "${EMPTY}"), [SEA]),
        (comparison("Captain.Last_Name", "equal", "Berg"), [SEA]),
        (comparison("Price", "greater_than", "1000"), [OTTER]),
        (comparison("Price", "between", ["-10", "1000"]), [SEA, AUK]),
        (comparison("Afloat", "equal", "true"), [SEA]),
        (comparison("Launched", "less_than", "1998-05-18"), [SEA]),
        (
            {
                "group_operator": "and",
                "group": [
                    {
                        "group_operator": "OR",
                        "group": [
                            comparison("Name", "equal", "Otter"),
                            comparison("Name", "equal", "Sea Otter"),
                        ],
                    },
                    comparison("Price", "less_equal", "1000"),
                ],
            },
            [SEA],
        ),
    ],
)
def test_criteria(bulk: Bulk, criteria: Any, names: list[str]) -> None:
    job = bulk.read(module={"api_name": "Boats"}, fields=["Name"], criteria=criteria)
    assert [row[1] for row in bulk.table(job)[1:]] == names


def test_pages(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_read_api, "PER_PAGE", 2)
    first = bulk.read(module={"api_name": "Boats"}, fields=["Name"])
    token = first["result"]["next_page_token"]
    assert (first["result"]["count"], first["result"]["more_records"]) == (2, True)
    second = bulk.read(page_token=token)
    assert (second["result"]["count"], second["result"]["page"]) == (1, 2)
    assert second["result"]["more_records"] is False
    names = [row[1] for job in (first, second) for row in bulk.table(job)[1:]]
    assert names == [SEA, OTTER, AUK]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"module": {"api_name": "Nothing"}}, "MODULE_NOT_AVAILABLE"),
        ({}, "MODULE_NOT_AVAILABLE"),
        ({"module": {"api_name": "Reports"}}, "MODULE_NOT_AVAILABLE"),
        ({"module": {"api_name": "Boats"}, "fields": ["Nothing"]}, "FIELD_NOT_SUPPORTED"),
        ({"module": {"api_name": "Boats"}, "fields": ["Repairs"]}, "FIELD_NOT_SUPPORTED"),
        ({"page_token": "x"}, "TOKEN_BOUND_DATA_MISMATCH"),
        ({"module": {"api_name": "Boats"}, "page": 2}, "PAGE_NOT_SUPPORTED"),
    ],
)
def test_queries_that_are_refused(bulk: Bulk, query: Any, code: str) -> None:
    answer = bulk.post("/read", {"query": query})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        (comparison("Nothing", "equal", "x"), "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        (comparison("Repairs", "equal", "x"), "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        (comparison("Name", "less_than", "x"), "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        (comparison("Price", "contains", "1"), "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        (comparison("Name", "like", "x"), "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        (comparison("Name", "equal", 5), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (comparison("Price", "equal", "x"), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (comparison("Price", "between", ["1"]), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (comparison("Name", "in", ["x"] * 101), "VALUE_LIMIT_EXCEEDED_IN_CRITERIA"),
        ({"group_operator": "xor", "group": []}, "GROUP_OPERATOR_NOT_SUPPORTED"),
        ({"group_operator": "or", "group": []}, "AMBIGUOUS_GROUP_IN_CRITERIA"),
        (
            {"group_operator": "or", "group": [comparison("Name", "equal", "x")] * 26},
            "CRITERIA_LIMIT_EXCEEDED",
        ),
    ],
)
def test_criteria_that_are_refused(bulk: Bulk, criteria: Any, code: str) -> None:
    query = {"module": {"api_name": "Boats"}, "criteria": criteria}
    answer = bulk.post("/read", {"query": query})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_jobs_that_are_not_there(bulk: Bulk) -> None:
    for path in ("/read/1", "/read/1/result", "/write/1", "/write/1/result"):
        answer = bulk.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    plain = bulk.client.http.post(f"{bulk.base}/read", data="{}", timeout=10)
    assert (plain.status_code, plain.json()["code"]) == (415, "MEDIA_TYPE_NOT_SUPPORTED")
    nobody = requests.get(f"{bulk.base}/read/1", timeout=10)
    assert nobody.status_code == 401


def test_ten_downloads_a_minute(start: Start, clock: Clock) -> None:
    bulk = Bulk(start(clock=clock))
    job = bulk.read(module={"api_name": "Boats"})
    for _ in range(10):
        bulk.table(job)
    answer = bulk.get(f"/read/{job['id']}/result")
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    clock.now += 61
    bulk.table(job)


def test_stopping_while_jobs_run(start: Start) -> None:
    client = start()
    bulk = Bulk(client)
    for _ in range(5):
        bulk.post("/read", {"query": {"module": {"api_name": "Boats"}}})
    client.emulator.stop()


# --- writing ----------------------------------------------------------------------------------


def test_uploads(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped([["Name"], ["x"]])
    answer = bulk.upload(content).json()
    assert (answer["code"], answer["status"]) == ("FILE_UPLOAD_SUCCESS", "success")
    assert set(answer["details"]) == {"file_id", "created_time"}
    assert answer["details"]["file_id"].isdecimal()
    for code, status, refused in [
        ("NOT_SUPPORTED_FEATURE", 400, bulk.upload(content, feature="photo")),
        ("INVALID_DATA", 400, bulk.upload(content, **{"X-CRM-ORG": "1"})),
        ("INVALID_FILE_FORMAT", 400, bulk.upload(b"Name\nx\n")),
    ]:
        assert (refused.json()["code"], refused.status_code) == (code, status)
    monkeypatch.setattr(bulk_write_api, "MAX_FILE", 10)
    assert bulk.upload(content).status_code == 413


def test_insert(bulk: Bulk) -> None:
    rows = [
        ["Name", "Kind", "Masts", "Afloat", "Rigging", "Price", "Launched"],
        ["Tern", "Sloop", "2", "true", "Jib;Genoa", "12.50", "2001-02-03"],
        ["", "Sloop", "", "", "", "", ""],
        ["Gull", "", "many", "", "", "", "soon"],
    ]
    table = bulk.written("insert", rows, ignore_empty=True)
    assert table[0] == ["Name", "Kind", "Masts", "STATUS", "RECORD_ID", "ERRORS"]
    assert table[1][:4] == ["Tern", "Sloop", "2", "ADDED"]
    assert table[2][3:] == ["SKIPPED", "", "MANDATORY_NOT_FOUND-Name"]
    assert table[3][3:] == ["SKIPPED", "", "INVALID_DATA-Masts,Launched"]
    tern = bulk.client.one("Boats", table[1][4])
    assert tern["Rigging"] == ["Jib", "Genoa"]
    assert (tern["Masts"], tern["Afloat"], tern["Price"]) == (2, True, 12.5)
    assert tern["Launched"] == "2001-02-03"


def test_update_and_upsert(bulk: Bulk) -> None:
    ids = {
        row["Name"]: row["id"] for row in bulk.client.page("Boats", fields="Name").json()["data"]
    }
    rows = [["id", "Price", "Kind"], [ids[SEA], "5", ""], ["8000000000000000999", "5", ""]]
    table = bulk.written("update", rows, find_by="id", ignore_empty=True)
    assert [row[3:] for row in table[1:]] == [
        ["UPDATED", ids[SEA], ""],
        ["SKIPPED", "", "RESOURCE_NOT_FOUND-id"],
    ]
    sea = bulk.client.one("Boats", ids[SEA])
    assert (sea["Price"], sea["Kind"]) == (5, "Sloop")
    bulk.written("update", rows[:2], find_by="id", ignore_empty=False)
    assert bulk.client.one("Boats", ids[SEA])["Kind"] is None
    rows = [["Name", "Price"], [SEA, "7"], ["Tern", "8"]]
    table = bulk.written("upsert", rows, find_by="Name")
    assert [row[2] for row in table[1:]] == ["UPDATED", "ADDED"]
    assert table[1][3] == ids[SEA]


def test_the_answer_about_a_job(bulk: Bulk) -> None:
    rows = [["Name"], ["Tern"], [""], ["Gull"]]
    answer = bulk.write("insert", rows)
    job_id = answer.json()["details"]["id"]
    while (job := bulk.get(f"/write/{job_id}").json())["status"] != "COMPLETED":
        assert "result" not in job
    (resource,) = job["resource"]
    assert (job["operation"], job["character_encoding"], job["id"]) == ("insert", "UTF-8", job_id)
    assert (resource["status"], resource["code"], resource["type"]) == (
        "COMPLETED",
        "SUCCESS",
        "data",
    )
    assert resource["file"] == {
        "status": "COMPLETED",
        "name": "rows.csv",
        "added_count": 2,
        "updated_count": 0,
        "skipped_count": 1,
        "total_count": 3,
    }
    assert job["result"]["download_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("operation", "more", "code"),
    [
        ("delete", {}, "INVALID_DATA"),
        ("insert", {"module": {"api_name": "Nothing"}}, "MODULE_NOT_AVAILABLE"),
        ("insert", {"module": {"api_name": "Statements"}}, "NO_PERMISSION"),
        ("update", {"module": {"api_name": "Statements"}}, "NO_PERMISSION"),
        ("insert", {"field_mappings": []}, "MISSING_REQUIRED_KEY"),
        ("insert", {"field_mappings": [{"api_name": "Nothing", "index": 0}]}, "INVALID_DATA"),
        (
            "insert",
            {"field_mappings": [{"api_name": "Kind", "index": 0}]},
            "MANDATORY_FIELDS_NOT_MAPPED",
        ),
        ("insert", {"file_id": "x"}, "FILE_NOT_FOUND"),
        ("insert", {"file_names": ["x.csv"]}, "FILE_NOT_FOUND"),
        ("insert", {"type": "other"}, "INVALID_DATA"),
        ("upsert", {}, "MANDATORY_NOT_FOUND"),
        ("update", {"find_by": "Price"}, "INVALID_DATA"),
        ("update", {"find_by": "id"}, "MANDATORY_FIELDS_NOT_MAPPED"),
    ],
)
def test_jobs_that_are_refused(bulk: Bulk, operation: str, more: Any, code: str) -> None:
    answer = bulk.write(operation, [["Name"], ["Tern"]], **more)
    assert answer.status_code in (400, 403)
    assert answer.json()["code"] == code, answer.text


def test_a_file_that_is_alone_needs_no_name(bulk: Bulk) -> None:
    answer = bulk.write("insert", [["Name"], ["Tern"]], file_names=None)
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["details"]["id"]
    while (job := bulk.get(f"/write/{job_id}").json())["status"] != "COMPLETED":
        time.sleep(0.01)
    assert job["resource"][0]["file"]["name"] == "rows.csv"
    result = bulk.get(f"/write/{job_id}/result")
    assert result.headers["Content-Disposition"] == f"attachment;filename*=UTF-8''{job_id}.zip"


def test_25_000_rows_a_job(bulk: Bulk) -> None:
    answer = bulk.write("insert", [["Name"]])
    assert answer.json()["code"] == "FILE_NOT_SUPPORTED"
    answer = bulk.write("insert", [["Name"], *[["x"]] * 25_001])
    assert answer.json()["code"] == "FILE_NOT_SUPPORTED"
