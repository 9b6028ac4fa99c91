"""Bulk reads: jobs, polling, pages, resuming, streaming, over real HTTP."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from acme_crm import Contact, Crm, Deal, Installation, Lead
from zohohub import jobs
from zohohub.bulk_read import BulkRead
from zohohub.drift import Drift, Watch
from zohohub.errors import (
    ApiError,
    ConnectionFailed,
    FieldNotFetched,
    InvalidModule,
    RecordNotFound,
    TimedOut,
    UnexpectedAnswer,
)
from zohohub.records import json_of
from zohohub.transport import Transport
from zohohub.values import Ref, Tag, UserRef
from zohohub_gen.emulator import Emulator, bulk_read_api

from .bindings import Thing, Things, things
from .bulk_results import archive, serve
from .conftest import Server

L, C = Lead.fields, Contact.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits for jobs, each of which takes a fiftieth of its time."""
    waited: list[float] = []
    real = jobs.time.sleep

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        real(seconds / 50)

    monkeypatch.setattr(jobs.time, "sleep", sleep)
    return waited


def bulk_calls(emulator: Emulator) -> list[tuple[str, Any]]:
    return [
        (f"{each.method} {each.path.removeprefix('/crm/bulk/v8/')}", each.body)
        for each in emulator.requests
        if each.path.startswith("/crm/bulk/")
    ]


# --- records ----------------------------------------------------------------------------------


def test_records_are_what_get_reads(crm: Crm, drifts: list[Drift]) -> None:
    """Every value that a CSV file can hold is decoded by its column."""
    read = {lead.id: lead for lead in crm.leads.bulk_read()}
    assert len(read) == crm.leads.query().count()
    for lead in read.values():
        single = crm.leads.get(lead.id)
        for name in (
            "annual_revenue",
            "company",
            "converted",
            "converted_account",
            "created_time",
            "description",
            "email_opt_out",
            "estimated_output_k_wp",
            "interests",
            "lead_source",
            "owner",
            "roof_age_years",
            "tag",
        ):
            expected = getattr(single, name)
            found = getattr(lead, name)
            if name == "tag":
                found, expected = ([tag.name for tag in tags or ()] for tags in (found, expected))
            # An empty list and an empty text are empty cells.
            assert (found or None) == (expected or None) or found == expected, name
    assert {drift.kind for drift in drifts} <= {"option"}, "only an option that acme really lacks"


def test_types_of_values(crm: Crm) -> None:
    crm.leads.create(
        last_name="Doe",
        company='A, "B"\r\nC; ünïcödé 🌞',
        annual_revenue=Decimal("1.25"),
        email_opt_out=True,
        roof_age_years=7,
        interests=["Wallbox", "Heat pump"],
        tag=["vip", "new"],
        owner="6100000000000004002",
    )
    columns = [L.company, L.annual_revenue, L.email_opt_out, L.roof_age_years, L.interests]
    columns += [L.tag, L.owner, L.created_time, L.phone]
    (lead,) = crm.leads.bulk_read(*columns, where=L.last_name == "Doe")
    assert lead.company == 'A, "B"\r\nC; ünïcödé 🌞'
    assert lead.annual_revenue == Decimal("1.25")
    assert (lead.email_opt_out, lead.roof_age_years) == (True, 7)
    assert lead.interests == ["Wallbox", "Heat pump"]
    assert [tag.name for tag in lead.tag or ()] == ["vip", "new"]
    assert all(isinstance(tag, Tag) for tag in lead.tag or ())
    assert lead.owner == UserRef("6100000000000004002")
    assert lead.created_time is not None
    assert lead.created_time.tzinfo is not None
    assert lead.phone is None
    with pytest.raises(FieldNotFetched, match="last_name was not fetched"):
        lead.last_name
    (deal,) = crm.deals.bulk_read(where=Deal.fields.stage == "Lost")
    assert deal.closing_date == date(2026, 9, 30)
    (contact,) = crm.contacts.bulk_read(where=C.last_name == "Ferrari")
    assert contact.account_name == Ref("6100000000000403003")


def test_plain_rows(crm: Crm) -> None:
    rows = crm.contacts.bulk_read(
        C.last_name,
        C.account_name,
        C.account_name.region,
        C.email_opt_out,
        C.phone2,
        where=C.account_name.region == "South",
    ).rows()
    assert list(rows) == [
        {
            "id": "6100000000000402003",
            "Last_Name": "Ferrari",
            "Account_Name": "6100000000000403003",
            "Account_Name.Region": "South",
            "Email_Opt_Out": "false",
            "Phone2": None,
        }
    ]
    (contact,) = crm.contacts.bulk_read(
        C.account_name.region, where=C.account_name.region == "South"
    )
    assert contact.extra == {"Account_Name.Region": "South"}


def test_what_is_asked_for(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    condition = ((L.company == "Acme") & (L.created_time >= datetime(2026, 1, 1, tzinfo=UTC))) & (
        L.email.is_null() | L.lead_source.is_in(["Web shop", "Trade fair"])
    )
    read = crm.leads.bulk_read(L.company, L.email, L.company, where=condition)
    assert list(read) == []
    calls = bulk_calls(acme)
    assert calls[0] == (
        "POST read",
        {
            "query": {
                "module": {"api_name": "Leads"},
                "fields": ["Company", "Email"],
                "criteria": {
                    "group_operator": "and",
                    "group": [
                        {"field": {"api_name": "Company"}, "comparator": "equal", "value": "Acme"},
                        {
                            "field": {"api_name": "Created_Time"},
                            "comparator": "greater_equal",
                            "value": "2026-01-01T00:00:00+00:00",
                        },
                        {
                            "group_operator": "or",
                            "group": [
                                {
                                    "field": {"api_name": "Email"},
                                    "comparator": "equal",
                                    "value": "${EMPTY}",
                                },
                                {
                                    "field": {"api_name": "Lead_Source"},
                                    "comparator": "in",
                                    "value": ["Web shop", "Trade fair"],
                                },
                            ],
                        },
                    ],
                },
            }
        },
    )
    assert calls[1][0] == f"GET read/{read.id}"
    assert calls[-1][0] == f"GET read/{read.id}/result"
    acme.clear_requests()
    crm.leads.bulk_read(where=L.company == "Acme")
    assert bulk_calls(acme)[0][1]["query"]["criteria"]["group_operator"] == "and"
    crm.leads.bulk_read()
    assert bulk_calls(acme)[1][1] == {"query": {"module": {"api_name": "Leads"}}}


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (L.company.contains("brandt"), 1),
        (L.company.not_contains("brandt"), 3),
        (L.company.starts_with("familie"), 1),
        (L.company.is_not_null(), 4),
        (L.roof_age_years.between(10, 20), 1),
        (L.roof_age_years > 10, 1),
        (L.email_opt_out == False, 4),  # noqa: E712 - a column
        (L.lead_source.not_in(["Web shop"]), 3),
        (L.owner == "6100000000000004001", 3),
        (L.owner.email.contains("example"), 5),
        (L.company.contains("%"), 0),
    ],
)
def test_conditions(crm: Crm, condition: Any, count: int) -> None:
    """The emulator finds what a query finds."""
    rows = list(crm.leads.bulk_read(L.company, where=condition))
    if condition.bulk()["value"] != "%":  # which a query takes for any characters
        assert {row.id for row in rows} == {row.id for row in crm.leads.query().where(condition)}
    assert len(rows) == count


def test_what_a_bulk_read_cannot_do(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    with pytest.raises(ValueError, match=r"do not have Site_Visits_1: .* get\(\)"):
        crm.leads.bulk_read(L.site_visits_1)
    with pytest.raises(ValueError, match="do not have Documents"):
        crm.installations.bulk_read(Installation.fields.documents)
    condition = L.company != "x"
    for _ in range(25):
        condition &= L.company != "x"
    with pytest.raises(ValueError, match="25 comparisons, not 26"):
        crm.leads.bulk_read(where=condition)
    for wrong in ("", "../Leads", "1/2", "１"):
        with pytest.raises(ValueError, match="not the id of a job"):
            crm.leads.resume_bulk_read(wrong)
    assert bulk_calls(acme) == []
    with pytest.raises(RecordNotFound, match="RESOURCE_NOT_FOUND"):
        crm.leads.resume_bulk_read("12345").ready()
    with pytest.raises(ApiError, match="MODULE_NOT_SUPPORTED"):
        crm.notes.bulk_read()


# --- jobs -------------------------------------------------------------------------------------


def test_a_job_is_waited_for_with_growing_delays(
    server: Server, transport: Transport, waits: list[float]
) -> None:
    server.reply(201, {"data": [{"details": {"id": "77"}}]})
    leads = Crm(transport=transport).leads.bulk_read()
    assert repr(leads) == "<BulkRead 77>"
    for state in ("ADDED", "QUEUED", "IN PROGRESS", "IN PROGRESS", "SOMETHING NEW"):
        server.reply(200, {"data": [{"state": state}]})
    server.reply(200, {"data": [{"state": "COMPLETED", "result": {"count": 0}}]})
    (page,) = leads.pages()
    assert repr(page) == "<BulkPage 77: 0 records>"
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert [each.path for each in server.requests[1:]] == ["/crm/bulk/v8/read/77"] * 6


def test_a_job_that_takes_too_long(server: Server, transport: Transport) -> None:
    server.reply(201, {"data": [{"details": {"id": "77"}}]})
    server.responder = lambda seen: {"data": [{"state": "QUEUED"}]}
    leads = Crm(transport=transport).leads.bulk_read(timeout=0.05)
    with pytest.raises(TimedOut, match=r"bulk read 77 was not done after 0\.05 seconds; .* its id"):
        next(iter(leads))


def test_a_job_that_fails(server: Server, transport: Transport) -> None:
    leads = Crm(transport=transport).leads.resume_bulk_read("77")
    reason = {"code": "INVALID_MODULE", "message": "gone", "details": {}, "status": "error"}
    failure = {"state": "FAILURE", "result": {"error_message": reason}}
    server.reply(200, {"data": [failure]})
    with pytest.raises(InvalidModule, match=r"bulk read 77 failed with INVALID_MODULE .* gone"):
        list(leads)
    server.reply(200, {"data": [{"state": "FAILURE"}]})
    with pytest.raises(ApiError, match="failed with FAILURE"):
        leads.ready()


def test_answers_that_make_no_sense(server: Server, transport: Transport) -> None:
    leads = Crm(transport=transport).leads
    server.reply(200, {"data": []})
    with pytest.raises(UnexpectedAnswer, match="JSON without data"):
        leads.bulk_read()
    server.reply(200, {"data": [{"details": {}}]})
    with pytest.raises(UnexpectedAnswer, match="no id of a job"):
        leads.bulk_read()


def test_a_lost_answer_starts_the_job_again(server: Server, transport: Transport) -> None:
    server.cut()
    server.reply(201, {"data": [{"details": {"id": "78"}}]})
    assert Crm(transport=transport).leads.bulk_read().id == "78"


# --- pages ------------------------------------------------------------------------------------


@pytest.fixture
def many(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> tuple[Things, Emulator]:
    """Ten records, three of them on a page."""
    monkeypatch.setattr(bulk_read_api, "PER_PAGE", 3)
    emulator = start({"Things": things(10)})
    return Things(connect(emulator)), emulator


NAMES = [f"Thing {number}" for number in range(10)]


def test_all_pages_are_read(many: tuple[Things, Emulator]) -> None:
    modules, emulator = many
    read = modules.bulk_read(Thing.fields.name)
    assert [thing.name for thing in read] == NAMES
    posts = [body for call, body in bulk_calls(emulator) if call == "POST read"]
    assert len(posts) == 4
    assert all(list(body["query"]) == ["page_token"] for body in posts[1:])
    assert [row["Name"] for row in read.rows()] == NAMES, "iterating again reads again"


def test_jobs_are_started_as_pages_are_asked_for(many: tuple[Things, Emulator]) -> None:
    modules, emulator = many
    records = iter(modules.bulk_read(Thing.fields.name))
    for _ in range(3):
        next(records)
    assert sum(call == "POST read" for call, _ in bulk_calls(emulator)) == 1
    next(records)
    assert sum(call == "POST read" for call, _ in bulk_calls(emulator)) == 2


def test_another_process_goes_on_where_this_one_stopped(many: tuple[Things, Emulator]) -> None:
    modules, emulator = many
    pages = modules.bulk_read(Thing.fields.name).pages()
    first, second = next(pages), next(pages)
    assert (first.count, second.count) == (3, 3)
    assert [thing.name for thing in first] == NAMES[:3]
    to = emulator.connection
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
from importlib import import_module
from zohohub.auth import Auth
from zohohub.transport import Transport
sys.path.insert(0, {str(Path(__file__).parent)!r})
from bindings import Things
auth = Auth({to.client_id!r}, {to.client_secret!r}, {to.refresh_token!r},
            accounts_url={to.accounts_url!r})
things = Things(Transport(auth))
print(*[thing.name for thing in things.resume_bulk_read(sys.argv[1])], sep=",")
"""
    out = subprocess.run(
        [sys.executable, "-c", program, second.id], check=True, capture_output=True, text=True
    )
    assert out.stdout.strip().split(",") == NAMES[3:]


def test_pages_by_number_where_there_is_no_token(server: Server, transport: Transport) -> None:
    query = {"module": {"api_name": "Leads", "id": "5"}, "fields": ["Company"], "page": 2}
    result = {"count": 1, "more_records": True, "page": 2}
    server.reply(200, {"data": [{"state": "COMPLETED", "query": query, "result": result}]})
    server.reply(201, {"data": [{"details": {"id": "78"}}]})
    server.reply(200, {"data": [{"state": "COMPLETED", "result": {"count": 0}}]})
    pages = Crm(transport=transport).leads.resume_bulk_read("77").pages()
    assert [page.id for page in pages] == ["77", "78"]
    assert server.requests[1].json == {
        "query": {"module": {"api_name": "Leads"}, "fields": ["Company"], "page": 3}
    }


# --- files ------------------------------------------------------------------------------------


def with_flag(content: bytes, place: int, value: int) -> bytes:
    """The archive with another byte in both headers of its first member."""
    changed = bytearray(content)
    changed[place] = value
    changed[content.index(b"PK\x01\x02") + place + 2] = value
    return bytes(changed)


@pytest.fixture
def job(transport: Transport) -> BulkRead[Lead]:
    return Crm(transport=transport).leads.resume_bulk_read("77")


def test_cells_of_all_kinds(server: Server, job: BulkRead[Lead]) -> None:
    header = ["Id", "Company", "Email_Opt_Out", "Annual_Revenue", "Mood", "Tag", "New_Field"]
    serve(
        server,
        archive(
            header,
            [
                ["1", "A", "TRUE", "1e3", '{"score": 1.5}', "a, b", "x"],
                ["2", "", "", "", "", "", ""],
                ["3", "", "maybe", "much", "happy", "a;b", ""],
            ],
            encoding="utf-8-sig",
        ),
    )
    one, two, three = job
    assert (one.id, one.company, one.email_opt_out) == ("1", "A", True)
    assert one.annual_revenue == Decimal(1000)
    assert one.mood == {"score": Decimal("1.5")}
    assert [tag.name for tag in one.tag or ()] == ["a", "b"]
    assert one.extra == {"New_Field": "x"}
    assert (two.company, two.email_opt_out, two.mood, two.tag) == (None, None, None, None)
    for name in ("email_opt_out", "annual_revenue", "mood"):
        with pytest.raises(AttributeError):
            getattr(three, name)
    assert three.id == "3"


def test_a_download_that_breaks_is_begun_again(server: Server, job: BulkRead[Lead]) -> None:
    content = archive(["Id", "Company"], [["1", "A"]])
    serve(server, content)
    broken = server.answers.pop()
    server.break_off()
    server.break_off()
    server.answers.append(broken)
    assert [lead.company for lead in job] == ["A"]
    serve(server, content)
    server.answers.pop()
    for _ in range(3):
        server.break_off()
    with pytest.raises(ConnectionFailed):
        list(job)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "not a zipped CSV file"),
        (b"", "not a zipped CSV file"),
        (archive(["Id"], [["1"]], "x.txt"), "not a zipped CSV file"),
        (archive(["Id"], [["ä"]], encoding="latin-1"), "not a zipped CSV file"),
        (archive(["Id", "Company"], [["1"]]), "a line of 1 cells under 2 columns"),
        (archive(["Id"], [["1"]])[:-5], "not a zipped CSV file"),
        (with_flag(archive(["Id"], [["1"]]), 6, 1), r"not a zipped CSV file \(.* password"),
        (with_flag(archive(["Id"], [["1"]]), 8, 96), r"not a zipped CSV file \(.* compression"),
    ],
)
def test_files_that_are_no_tables(
    server: Server, job: BulkRead[Lead], content: bytes, message: str
) -> None:
    serve(server, content)
    with pytest.raises(UnexpectedAnswer, match=message):
        list(job)


@pytest.mark.parametrize(
    "lines",
    [
        "x" * 200,
        "x," * 200,
        '"x\n",' * 60,
        '"x\n' + "x" * 200,
    ],
    ids=["one cell", "many cells", "line breaks in cells", "a line break in a cell"],
)
def test_a_line_without_an_end_is_not_read_to_its_end(
    server: Server, job: BulkRead[Lead], monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_LINE", 100)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        # Many lines of 100 characters at most are as good as ever.
        file.writestr("Leads.csv", "Id,Company\n" + f"1,{'é' * 97}\n" * 50 + f"2,{lines}")
    serve(server, content.getvalue())
    found: list[str | None] = []
    with pytest.raises(UnexpectedAnswer, match="a line of more than 100 characters"):
        found.extend(row["Company"] for row in job.rows())
    assert found == ["é" * 97] * 50


def test_a_damaged_file_is_noticed(server: Server, job: BulkRead[Lead]) -> None:
    noise = random.Random(1)
    rows = [[str(number), f"{noise.random()}"] for number in range(2000)]
    content = bytearray(archive(["Id", "Company"], rows))
    for place in range(2000, 2020):
        content[place] ^= 0xFF
    serve(server, bytes(content))
    with pytest.raises(UnexpectedAnswer):
        list(job)


def test_a_result_that_is_gone(server: Server, job: BulkRead[Lead]) -> None:
    server.reply(200, {"data": [{"state": "COMPLETED", "result": {"count": 1}}]})
    server.reply(204)
    with pytest.raises(RecordNotFound, match="the result is gone"):
        list(job)


def test_blank_lines_and_other_members(server: Server, job: BulkRead[Lead]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("__MACOSX/", b"")
        file.writestr("../Leads 1.CSV", b'Id,Company\r\n1,"A\r\n\r\nB"\r\n\r\n2,C\r\n\r\n')
    serve(server, content.getvalue())
    assert [(lead.id, lead.company) for lead in job] == [("1", "A\r\n\r\nB"), ("2", "C")]


def test_an_empty_file(server: Server, job: BulkRead[Lead]) -> None:
    serve(server, archive(["Id", "Company"], []))
    assert list(job) == []


# --- memory -----------------------------------------------------------------------------------


def test_a_few_rows_at_a_time_are_in_memory(
    server: Server, job: BulkRead[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    look = Watch.look

    def looked(self: Watch, page: Sequence[Mapping[str, Any]]) -> None:
        sizes.append(len(page))
        look(self, page)

    monkeypatch.setattr(Watch, "look", looked)
    serve(server, archive(["Id", "Company"], [[str(number), "A"] for number in range(120)]))
    records = iter(job)
    next(records)
    assert sizes == [50], "the rest is still in the file"
    assert len(list(records)) == 119
    assert sizes == [50, 50, 20]


def test_names_of_fields_are_those_of_the_code(server: Server, job: BulkRead[Lead]) -> None:
    """Not equal text alone: with the same object, a decoder finds a value in half the time."""
    serve(server, archive(["Id", "Company", "Annual_Revenue"], [["1", "A", "2"]]))
    (lead,) = job
    assert [key for key in json_of(lead) if key is not sys.intern(str(key))] == []


PRINT_PEAK = r"""
import re, resource
from pathlib import Path
status = Path("/proc/self/status")
if status.exists():  # getrusage also counts what the parent held before exec
    print(int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) // 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 // 1024)
"""
"""The end of a program: prints how many megabytes it has held at most."""
_ROWS = 200_000
_COLUMNS = 30


@pytest.mark.slow
@pytest.mark.parametrize("what", ["records", "rows"])
def test_a_large_file_is_read_in_constant_memory(server: Server, tmp_path: Path, what: str) -> None:
    """200,000 records of 30 columns, in a process of its own: its peak stays under 100 MB."""
    known = [column for column in vars(type(L)).values() if getattr(column, "in_files", False)]
    names = [column.api_name for column in known if column.api_name != "id"][:_COLUMNS]
    cells = [_cell(column) for column in known if column.api_name != "id"][:_COLUMNS]
    assert len(names) == _COLUMNS
    path = tmp_path / "large.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("large.csv", "w") as raw,
        io.TextIOWrapper(raw, newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow(["Id", *names])
        writer.writerows([str(10**15 + number), *cells] for number in range(_ROWS))
    serve(server, path.read_bytes())
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
from acme_crm import Crm
from zohohub.auth import Auth
auth = Auth("client-id", "secret-client", "secret-refresh", accounts_url={server.url!r})
with Crm(auth) as crm:
    job = crm.leads.resume_bulk_read("77")
    print(sum(1 for row in (job if sys.argv[1] == "records" else job.rows())))
{PRINT_PEAK}"""
    out = subprocess.run(
        [sys.executable, "-c", program, what], check=True, capture_output=True, text=True
    )
    count, megabytes = map(int, out.stdout.split())
    print(f"{what}: {megabytes} MB")
    assert count == _ROWS
    assert megabytes < 100


def _cell(column: Any) -> str:
    samples: Mapping[str, str] = {
        "BooleanColumn": "true",
        "DateTimeColumn": "2026-05-14T12:51:54+03:00",
        "DecimalColumn": "12345.67",
        "IntegerColumn": "12",
        "MultiPicklistColumn": "Wallbox;Heat pump",
        "LookupColumn": "6100000000000403001",
        "UserColumn": "6100000000000004001",
        "LayoutColumn": "6100000000000003001",
    }
    return samples.get(type(column).__name__, "some text of usual length")
