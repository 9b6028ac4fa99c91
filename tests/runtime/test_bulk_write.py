"""Bulk writes: files, jobs, results in order, over real HTTP."""

from __future__ import annotations

import csv
import io
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Contact, Crm, Lead
from zohohub import bulk_files, jobs
from zohohub.data_centres import is_of_zoho, upload_url
from zohohub.errors import (
    ApiError,
    DuplicateData,
    InvalidData,
    MandatoryNotFound,
    NoPermission,
    RecordNotFound,
    TimedOut,
    UnexpectedAnswer,
    WriteUnknown,
)
from zohohub.transport import UPLOAD, Transport
from zohohub.values import Ref, Removed
from zohohub_gen.emulator import Emulator, Fault

from .conftest import Seen, Server
from .test_bulk_read import PRINT_PEAK, archive, bulk_calls

L, C = Lead.fields, Contact.fields
ROSENTAL = "6100000000000403001"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for jobs take a fiftieth of their time."""
    real = jobs.time.sleep
    monkeypatch.setattr(jobs.time, "sleep", lambda seconds: real(seconds / 50))


def uploaded_files(emulator: Emulator) -> list[Any]:
    return [each for each in emulator.requests if each.path.endswith("/upload")]


# --- rows -------------------------------------------------------------------------------------


def test_records_are_created_as_create_does(crm: Crm) -> None:
    values: Any = {
        "last_name": "Doe",
        "company": 'A, "B"\r\nC; ünïcödé 🌞',
        "annual_revenue": Decimal("1.25"),
        "email_opt_out": True,
        "roof_age_years": 7,
        "interests": ["Wallbox", "Heat pump"],
        "lead_status": "Contacted",
        "owner": "6100000000000004002",
        "email": "doe@example.com",
    }
    results = crm.leads.bulk_create([values]).results()
    assert [(result.outcome, result.action, result.index) for result in results] == [
        ("done", "insert", 0)
    ]
    (bulk_id,) = results.ids
    single_id = crm.leads.create(**{**values, "email": "other@example.com"})
    bulk, single = crm.leads.get(bulk_id), crm.leads.get(single_id)
    for name in (*values, "created_by", "layout"):
        if name != "email":
            assert getattr(bulk, name) == getattr(single, name), name
    assert bulk.email == "doe@example.com"


def test_references_and_times(crm: Crm) -> None:
    row: Any = {
        "last_name": "Roe",
        "account_name": Ref[Any](ROSENTAL),
        "date_of_birth": date(1990, 1, 2),
        "newsletter_consent_at": datetime(2026, 5, 14, 9, 51, 54, tzinfo=UTC),
    }
    (result,) = crm.contacts.bulk_create(iter([row])).results()
    contact = crm.contacts.get(result.id or "")
    assert contact.account_name == Ref(ROSENTAL)
    assert contact.date_of_birth == date(1990, 1, 2)
    assert contact.newsletter_consent_at == datetime(2026, 5, 14, 9, 51, 54, tzinfo=UTC)


def test_every_row_has_its_result_in_order(crm: Crm) -> None:
    crm.leads.create(last_name="Old", email="old@example.com")
    write = crm.leads.bulk_create(
        [
            {"last_name": "A", "email": "a@example.com"},
            {"last_name": ""},
            {"last_name": "B", "email": "no address"},
            {"last_name": "C", "email": "old@example.com"},
            {"last_name": "", "email": "no address"},
            {"last_name": "D", "company": None},
        ]
    )
    results = write.results()
    assert [result.outcome for result in results] == ["done", *["refused"] * 4, "done"]
    assert [type(result.error) for result in results] == [
        type(None),
        MandatoryNotFound,
        InvalidData,
        DuplicateData,
        InvalidData,
        type(None),
    ]
    assert results[1].details == {"api_name": "Last_Name"}
    assert results[4].code == "MULTIPLE_OR_MULTI_ERRORS"
    assert "MANDATORY_NOT_FOUND" in str(results[4].error)
    assert "field Email" in str(results[4].error)
    assert str(results[3].error) == (
        f"bulk write {write.ids[0]} failed with DUPLICATE_DATA (HTTP 200): the row was skipped; "
        "field Email"
    )
    with pytest.raises(MandatoryNotFound):
        results.raise_for_failures()
    assert crm.leads.get(results[5].id or "").last_name == "D"


def test_update(crm: Crm) -> None:
    ids = crm.leads.create_many(
        [{"last_name": name, "company": "Acme", "phone": "1"} for name in "AB"]
    ).ids
    write = crm.leads.bulk_update(
        [
            {"id": ids[0], "company": None, "email_opt_out": True},
            {"id": ids[1], "company": "New", "email_opt_out": False},
            {"id": "4999999999999999", "company": "x", "email_opt_out": False},
        ]
    )
    results = write.results()
    assert [result.outcome for result in results] == ["done", "done", "refused"]
    assert [result.action for result in results] == ["update", "update", None]
    assert isinstance(results[2].error, RecordNotFound)
    first, second = crm.leads.get(ids[0]), crm.leads.get(ids[1])
    assert (first.company, first.email_opt_out, first.phone) == (None, True, "1")
    assert (second.company, second.email_opt_out) == ("New", False)


def test_names_that_are_left_out_are_left_alone(crm: Crm) -> None:
    ids = crm.leads.create_many(
        [{"last_name": name, "company": "Acme", "phone": "1"} for name in "AB"]
    ).ids
    write = crm.leads.bulk_update([{"id": ids[0], "company": "New"}, {"id": ids[1], "phone": "2"}])
    assert [result.ok for result in write.results()] == [True, True]
    first, second = crm.leads.get(ids[0]), crm.leads.get(ids[1])
    assert (first.company, first.phone) == ("New", "1")
    assert (second.company, second.phone) == ("Acme", "2")
    with pytest.raises(ValueError, match="row 1 clears Phone and row 0 leaves out other fields"):
        crm.leads.bulk_update([{"id": ids[0], "company": "x"}, {"id": ids[1], "phone": None}])


def test_upsert(crm: Crm) -> None:
    (old,) = crm.leads.create_many([{"last_name": "Old", "email": "old@example.com"}]).ids
    write = crm.leads.bulk_upsert(
        [
            {"last_name": "Changed", "email": "old@example.com"},
            {"last_name": "New", "email": "new@example.com"},
        ],
        match=L.email,
    )
    results = write.results()
    assert [result.action for result in results] == ["update", "insert"]
    assert results[0].id == old
    assert crm.leads.get(old).last_name == "Changed"


def test_what_is_sent(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    write = crm.contacts.bulk_upsert(
        [{"last_name": "Roe", "email": "roe@example.com", "account_name": ROSENTAL}],
        match=C.email,
    )
    (upload,) = uploaded_files(acme)
    assert upload.method == "POST"
    ((call, body),) = bulk_calls(acme)
    assert call == "POST write"
    file_id = body["resource"][0].pop("file_id")
    assert re.fullmatch("[0-9a-f]+", file_id)
    assert body == {
        "operation": "upsert",
        "character_encoding": "UTF-8",
        "resource": [
            {
                "type": "data",
                "module": {"api_name": "Contacts"},
                "file_names": ["rows.csv"],
                "ignore_empty": False,
                "find_by": "Email",
                "field_mappings": [
                    {"api_name": "Last_Name", "index": 0},
                    {"api_name": "Email", "index": 1},
                    {"api_name": "Account_Name", "index": 2, "find_by": "id"},
                ],
            }
        ],
    }
    write.results()
    crm.contacts.bulk_create([{"last_name": "Roe"}])
    resource = bulk_calls(acme)[-1][1]["resource"][0]
    assert "find_by" not in resource
    assert resource["ignore_empty"] is True


def test_no_rows_are_no_calls(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    write = crm.leads.bulk_create([])
    assert (list(write.ids), list(write.results()), write.ready()) == ([], [], True)
    assert acme.requests == []
    assert repr(write) == "<BulkWrite of no rows>"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"last_name": "A"}, {"last_nam": "B"}], "no field 'last_nam'; did you mean"),
        ([{"last_name": "A", "created_time": None}], "created_time is read-only"),
        ([{"last_name": "A", "site_visits_1": []}], r"row 0: .* Site_Visits_1; use update_many"),
        ([{"last_name": "A", "tag": ["x"]}], "do not set Tag"),
        ([{"last_name": "A"}, {}], "row 1 has no values"),
        ([{"last_name": "A", "interests": ["a;b"]}], "option with a semicolon, as in Interests"),
        ([{"last_name": "A", "id": "5"}], "id is read-only"),
    ],
)
def test_rows_that_cannot_be_written(
    crm: Crm, acme: Emulator, rows: list[Any], message: str
) -> None:
    acme.clear_requests()
    with pytest.raises((TypeError, ValueError), match=message):
        crm.leads.bulk_create(rows)
    assert acme.requests == [], "nothing is sent before all rows are in files"
    with pytest.raises(ValueError, match="row 1 has no id"):
        changes: Any = [{"id": "5", "company": "x"}, {"company": "y"}]
        crm.leads.bulk_update(changes)
    with pytest.raises(ValueError, match="do not set Connected_To"):
        crm.deals.bulk_update([{"id": "5", "connected_to": Ref("1", module="Leads")}])
    with pytest.raises(ValueError, match="do not set Residents"):
        crm.installations.bulk_update([{"id": "5", "residents": [Removed("1")]}])


def test_zoho_refuses_a_job(crm: Crm) -> None:
    rows: Any = [{"subject": "x"}]
    with pytest.raises(ApiError, match="MANDATORY_FIELDS_NOT_MAPPED"):
        crm.calls.bulk_create(rows)
    with pytest.raises(NoPermission):
        crm.solarsync_sync_logs._bulk_write("insert", [{"name": "x"}])


def test_values_can_be_validated_first(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    from zohohub.errors import ValidationFailed

    rows: Any = iter([{"last_name": "x" * 81}, {"company": "y"}])
    with pytest.raises(ValidationFailed) as caught:
        crm.leads.with_options(validate=True).bulk_create(rows)
    assert len(caught.value.problems) == 2
    assert acme.requests == []


# --- many rows --------------------------------------------------------------------------------


def test_many_rows_are_several_jobs(
    crm: Crm, acme: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_files, "MAX_ROWS", 40)
    acme.clear_requests()
    rows: Iterator[Any] = (
        {"product_name": f"Panel {number}"} if number != 77 else {"product_name": ""}
        for number in range(100)
    )
    write = crm.products.bulk_create(rows)
    assert len(write.ids) == 3
    results = write.results()
    assert [result.index for result in results] == list(range(100))
    assert [result.index for result in results.failures] == [77]
    found = {product.id: product.product_name for product in crm.products.query()}
    for index, result in enumerate(results):
        if index != 77:
            assert found[result.id or ""] == f"Panel {index}"
    again = crm.products.resume_bulk_write(list(write.ids))
    assert again.ready()
    assert [(each.index, each.id) for each in again.results()] == [
        (each.index, each.id) for each in results
    ]


def test_rows_of_different_names_share_a_table() -> None:
    rows: list[Any] = [
        {"id": "1", "company": 'A\r\n"B"'},
        {"id": "2", "phone": "5"},
        {"company": "C", "id": "3", "city": "Graz"},
    ]
    (part,) = bulk_files.write_parts(Lead, "update", rows)
    with zipfile.ZipFile(part.content) as table:
        lines = list(csv.reader(io.StringIO(table.read("rows.csv").decode(), newline="")))
    assert lines == [
        ["id", "Company", "Phone", "City"],
        ["1", 'A\r\n"B"', "", ""],
        ["2", "", "5", ""],
        ["3", "C", "", "Graz"],
    ]
    assert [column.api_name for column in part.columns] == lines[0]
    assert not part.clears
    part.content.close()


@pytest.mark.parametrize("row", [{"last_nam": "B"}, {"last_name": "\ud800"}])
def test_an_error_tells_the_row(row: Any) -> None:
    rows: list[Any] = [{"last_name": "A"}] * 7 + [row]
    with pytest.raises((TypeError, ValueError)) as caught:
        list(bulk_files.write_parts(Lead, "insert", rows))
    assert caught.value.__notes__ == ["in row 7 of a bulk write"]


@pytest.mark.slow
def test_many_rows_are_written_in_constant_memory(server: Server) -> None:
    """200,000 rows of 30 columns, in a process of its own: its peak stays under 100 MB."""
    rows, at_once = 200_000, 25_000
    server.reply(200, ORG)
    for job in range(rows // at_once):
        server.reply(200, UPLOADED)
        server.reply(201, {"details": {"id": str(job)}})
    for job in range(rows // at_once):
        server.reply(200, completed(server, at_once))
        lines = [["x", "ADDED", str(10**15 + job * at_once + n), ""] for n in range(at_once)]
        server.answers.append(result_file(*lines))
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
from dataclasses import fields
from datetime import date
from decimal import Decimal
from acme_crm import Crm, Installation
from zohohub.auth import Auth
from zohohub.records import columns_of
samples = {{
    "BooleanColumn": True,
    "DateColumn": date(2026, 5, 14),
    "DecimalColumn": Decimal("12345.67"),
    "IntegerColumn": 12,
    "TextColumn": "some text of usual length",
    "PicklistColumn": "some option",
}}
read_only = {{each.name for each in fields(Installation) if each.metadata.get("read_only")}}
values = {{
    name: samples.get(type(column).__name__, "6100000000000403001")
    for name, column in columns_of(Installation).items()
    if column.in_files and name not in read_only
}}
values = dict(list(values.items())[:30])
assert len(values) == 30
auth = Auth("client-id", "secret-client", "secret-refresh", accounts_url={server.url!r})
with Crm(auth) as crm:
    rows = (values | {{"name": f"Installation {{number}}"}} for number in range({rows}))
    results = crm.installations.bulk_create(rows).results()
    print(sum(result.ok for result in results))
{PRINT_PEAK}"""
    out = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    count, megabytes = map(int, out.stdout.split())
    print(f"{megabytes} MB")
    assert count == rows
    assert megabytes < 100
    uploads = [each.body for each in server.requests if each.path.endswith("/upload")]
    for body in uploads:
        with zipfile.ZipFile(io.BytesIO(body[body.index(b"PK") :])) as table:
            assert table.read("rows.csv").count(b"\n") == at_once + 1
    assert len(uploads) == rows // at_once


def test_files_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_files, "_MAX_BYTES", 60_000)
    monkeypatch.setattr(bulk_files, "_MARGIN", 30_000)
    noise = random.Random(1)
    texts = [noise.randbytes(30).hex() for _ in range(3000)]
    rows = [{"last_name": str(number), "description": text} for number, text in enumerate(texts)]
    parts = list(bulk_files.write_parts(Lead, "insert", rows))
    assert len(parts) > 2
    seen: list[list[str]] = []
    for part in parts:
        part.content.seek(0)
        content = part.content.read()
        assert len(content) <= 60_000
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            header, *lines = csv.reader(io.StringIO(archive.read("rows.csv").decode()))
        assert header == ["Last_Name", "Description"]
        assert len(lines) == part.count
        seen += lines
        part.content.close()
    assert seen == [[str(number), text] for number, text in enumerate(texts)]


# --- jobs -------------------------------------------------------------------------------------


@pytest.fixture
def leads(transport: Transport) -> Any:
    return Crm(transport=transport).leads


UPLOADED = {"code": "FILE_UPLOAD_SUCCESS", "details": {"file_id": "f1"}}
ORG = {"org": [{"zgid": "600"}]}


def result_file(*lines: list[str], names: Sequence[str] = ("Last_Name",)) -> Callable[[Any], None]:
    content = archive([*names, "STATUS", "RECORD_ID", "ERRORS"], lines)

    def act(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return act


def test_the_upload_says_what_it_is(server: Server, leads: Any) -> None:
    server.reply(200, ORG)
    server.reply(200, UPLOADED)
    server.reply(201, {"details": {"id": "9"}})
    assert leads.bulk_create([{"last_name": "A"}]).ids == ["9"]
    upload: Seen = server.requests[1]
    assert (upload.method, upload.path) == ("POST", "/crm/v8/upload")
    assert upload.headers["feature"] == "bulk-write"
    assert upload.headers["X-CRM-ORG"] == "600"
    assert upload.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="file"; filename="rows.zip"' in upload.body
    assert b"application/zip" in upload.body


def test_results_of_every_status(server: Server, leads: Any) -> None:
    for status in ("ADDED", "INPROGRESS"):
        server.reply(200, {"status": status})
    server.reply(200, {"status": "COMPLETED", "result": {"download_url": f"{server.url}/x.zip"}})
    server.answers.append(
        result_file(
            ["A", "ADDED", "1", ""],
            ["B", "UPDATED", "2", ""],
            ["C", "SKIPPED", "", "DUPLICATE_DATA-Email"],
            ["D", "SKIPPED", "", "MANDATORY_NOT_FOUND-Company,Last_Name:INVALID_DATA-Email"],
            ["E", "SKIPPED", "", ""],
            ["F", "UNPROCESSED", "", ""],
            ["G", "SKIPPED", "", "LIMIT_EXCEEDED"],
        )
    )
    results = leads.resume_bulk_write(["9"]).results()
    assert [(each.outcome, each.id, each.action, each.code) for each in results] == [
        ("done", "1", "insert", "SUCCESS"),
        ("done", "2", "update", "SUCCESS"),
        ("refused", None, None, "DUPLICATE_DATA"),
        ("refused", None, None, "MULTIPLE_OR_MULTI_ERRORS"),
        ("refused", None, None, "SKIPPED"),
        ("not sent", None, None, "UNPROCESSED"),
        ("refused", None, None, "LIMIT_EXCEEDED"),
    ]
    assert [each["details"] for each in results[3].details["errors"]] == [
        {"api_name": "Company"},
        {"api_name": "Last_Name"},
        {"api_name": "Email"},
    ]
    assert [each.path for each in server.requests] == ["/crm/bulk/v8/write/9"] * 3 + ["/x.zip"]


def completed(server: Server, count: int | None = None) -> dict[str, Any]:
    job: dict[str, Any] = {"status": "COMPLETED", "result": {"download_url": f"{server.url}/x"}}
    return job if count is None else {**job, "resource": [{"file": {"total_count": count}}]}


def test_columns_of_the_module_may_have_the_names_of_the_result(server: Server, leads: Any) -> None:
    server.reply(200, completed(server))
    row = ["refunded", "none", "ADDED", "1", ""]
    server.answers.append(result_file(row, names=("STATUS", "ERRORS")))
    (result,) = leads.resume_bulk_write(["9"]).results()
    assert (result.ok, result.id) == (True, "1")


def test_results_that_do_not_fit_the_rows(server: Server, leads: Any) -> None:
    write = leads.resume_bulk_write(["9"])
    server.reply(200, completed(server, 2))
    server.answers.append(result_file(["A", "ADDED", "1", ""]))
    with pytest.raises(UnexpectedAnswer, match="1 results for 2 rows"):
        write.results()
    server.reply(200, completed(server, 1))
    server.answers.append(result_file(["A", "ADDED"]))
    with pytest.raises(UnexpectedAnswer, match="a line of 2 cells under 4 columns"):
        write.results()


def test_the_results_before_a_job_that_failed(server: Server, leads: Any) -> None:
    server.reply(200, completed(server, 1))
    server.answers.append(result_file(["A", "ADDED", "1", ""]))
    server.reply(200, {"status": "FAILED"})
    with pytest.raises(ApiError, match="bulk write 10 failed") as caught:
        leads.resume_bulk_write(["9", "10"]).results()
    assert caught.value.results is not None
    assert caught.value.results.ids == ["1"]


def test_a_result_that_is_gone(server: Server, leads: Any) -> None:
    server.reply(200, completed(server))
    server.reply(404, {"code": "RESOURCE_NOT_FOUND", "message": "gone", "details": {}})
    with pytest.raises(RecordNotFound):
        leads.resume_bulk_write(["9"]).results()


def test_jobs_that_fail_or_take_too_long(server: Server, leads: Any) -> None:
    write = leads.resume_bulk_write(["9"])
    resource = {"code": "INVALID_DATA", "message": "no such file", "details": {}}
    server.reply(200, {"status": "FAILED", "resource": [{"code": "SUCCESS"}, resource]})
    with pytest.raises(InvalidData, match=r"bulk write 9 failed with INVALID_DATA .*no such file"):
        write.results()
    server.reply(200, {"status": "FAILED"})
    with pytest.raises(ApiError, match="failed with FAILED"):
        write.ready()
    server.responder = lambda seen: {"status": "INPROGRESS"}
    assert not write.ready()
    with pytest.raises(TimedOut, match="bulk write 9 was not done after 0 seconds"):
        write.results(timeout=0)
    server.reply(200, {"status": "COMPLETED"})
    with pytest.raises(UnexpectedAnswer, match="done and has no result"):
        write.results()
    server.reply(200, {"status": "COMPLETED", "result": {"download_url": f"{server.url}/x"}})
    server.answers.append(lambda handler: _plain_table(handler))
    with pytest.raises(UnexpectedAnswer, match="without STATUS"):
        write.results()


def _plain_table(handler: Any) -> None:
    content = archive(["Id"], [["1"]])
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def test_an_error_tells_which_jobs_were_started(
    server: Server, leads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_files, "MAX_ROWS", 1)
    server.reply(200, ORG)
    server.reply(200, UPLOADED)
    server.reply(201, {"details": {"id": "9"}})
    server.reply(200, UPLOADED)
    server.cut()
    with pytest.raises(WriteUnknown) as caught:
        leads.bulk_create([{"last_name": "A"}, {"last_name": "B"}, {"last_name": "C"}])
    assert caught.value.bulk_jobs == ["9"]
    assert caught.value.__notes__ == ["bulk write jobs that were started before: 9"]
    assert len(server.requests) == 5, "the job may have been started: it is not started again"


def test_a_lost_upload_is_sent_again(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("cut_after", path="/crm/v8/upload"))
    (result,) = crm.leads.bulk_create([{"last_name": "A"}]).results()
    assert result.ok
    assert len(uploaded_files(acme)) == 2


def test_answers_that_make_no_sense(server: Server, leads: Any) -> None:
    server.reply(200, {"org": []})
    with pytest.raises(UnexpectedAnswer, match="an org without zgid"):
        leads.bulk_create([{"last_name": "A"}])
    server.reply(200, ORG)
    server.reply(200, {"details": {}})
    with pytest.raises(UnexpectedAnswer, match="no file_id"):
        leads.bulk_create([{"last_name": "A"}])
    with pytest.raises(ValueError, match="not the id of a job"):
        leads.resume_bulk_write(["../9"])


# --- hosts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api_domain", "expected"),
    [
        ("https://www.zohoapis.com", "https://content.zohoapis.com"),
        ("https://sandbox.zohoapis.eu", "https://content.zohoapis.eu"),
        ("https://developer.zohoapis.com.au", "https://content.zohoapis.com.au"),
        ("https://www.zohoapis.com.cn", "https://content.zohoapis.com.cn"),
        ("https://www.zohoapis.ca", "https://upload.zohocloud.ca"),
        ("https://sandbox.zohoapis.sa", "https://files.zoho.sa"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("https://zohoapis.com.example.org", "https://zohoapis.com.example.org"),
    ],
)
def test_where_files_are_uploaded(api_domain: str, expected: str) -> None:
    assert upload_url(api_domain) == expected


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://download-accl.zoho.com/v2/crm/1/bulk-write/2/2.zip", True),
        ("https://download.zoho.eu/x.zip", True),
        ("https://download.zoho.com.au/x.zip", True),
        ("https://download.zohocloud.ca/x.zip", True),
        ("https://content.zohoapis.in/x.zip", True),
        ("http://127.0.0.1:8123/x.zip", True),
        ("http://127.0.0.1:8124/x.zip", False),
        ("http://download.zoho.com/x.zip", False),
        ("https://zoho.com.example.org/x.zip", False),
        ("https://notzoho.com/x.zip", False),
        ("https://example.org/.zoho.com", False),
        ("https://user@example.org:443/x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_where_the_token_may_go(url: str, allowed: bool) -> None:
    assert is_of_zoho(url, "http://127.0.0.1:8123") is allowed


@pytest.mark.outside_contracts("no file is sent, only the token is looked at")
def test_the_token_goes_to_zoho_only(server: Server, transport: Transport) -> None:
    with pytest.raises(UnexpectedAnswer, match="an address that is none of Zoho's"):
        transport.download("https://example.org/x.zip")
    assert server.requests == []
    server.reply(200, {"ok": True})
    transport.request("POST", "upload", json={}, host=UPLOAD)
    assert server.requests[0].path == "/crm/v8/upload"
