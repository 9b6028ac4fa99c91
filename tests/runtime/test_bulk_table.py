"""Bulk reads as tables of pyarrow: types, empty cells, jobs put together, what cannot be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow.csv
import pytest
from acme_crm import Crm, Lead
from zohohub.bulk_read import BulkRead
from zohohub.errors import ConfigurationError, RecordNotFound, UnexpectedAnswer
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator, bulk_read_api

from .bindings import Thing, Things, things
from .bulk_results import archive, serve
from .conftest import Server

HEADER = ["Id", "Company", "Email_Opt_Out", "Annual_Revenue", "Roof_Age_Years", "Created_Time"]


@pytest.fixture
def job(transport: Transport) -> BulkRead[Lead]:
    return Crm(transport=transport).leads.resume_bulk_read("77")


def test_cells_have_the_types_of_their_columns(server: Server, job: BulkRead[Lead]) -> None:
    rows = [
        ["1", "A", "TRUE", "1e3", "12", "2026-05-14T12:51:54+03:00", "New", "Wallbox;Heat pump"],
        ["2", "", "", "", "", "", "", ""],
        ["3", "B\r\n\r\nC", "false", "-0.125", "-7", "2026-01-01T00:00:00Z", "New", "Wallbox"],
    ]
    header = [*HEADER, "Lead_Status", "Interests"]
    serve(server, archive(header, rows, encoding="utf-8-sig"))
    table = job.table()
    assert table.to_pylist() == [
        {
            "id": "1",
            "Company": "A",
            "Email_Opt_Out": True,
            "Annual_Revenue": Decimal(1000),
            "Roof_Age_Years": 12,
            "Created_Time": datetime(2026, 5, 14, 9, 51, 54, tzinfo=UTC),
            "Lead_Status": "New",
            "Interests": "Wallbox;Heat pump",
        },
        dict.fromkeys(["id", *header[1:]]) | {"id": "2"},
        {
            "id": "3",
            "Company": "B\r\n\r\nC",
            "Email_Opt_Out": False,
            "Annual_Revenue": Decimal("-0.125"),
            "Roof_Age_Years": -7,
            "Created_Time": datetime(2026, 1, 1, tzinfo=UTC),
            "Lead_Status": "New",
            "Interests": "Wallbox",
        },
    ]


def test_line_ends_in_cells_of_a_file_that_is_read_in_pieces(
    server: Server, job: BulkRead[Lead]
) -> None:
    """pyarrow reads a megabyte at a time, and looks for the end of a line at its end."""
    text = "\n\n".join(["text area"] * 20)
    serve(server, archive(["Id", "Description"], [[str(number), text] for number in range(20_000)]))
    table = job.table()
    assert table.num_rows == 20_000
    assert set(table.column("Description").to_pylist()) == {text}


def test_blocks_are_converted_one_by_one(
    server: Server, job: BulkRead[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With threads, those that wait for their turn would be in memory too."""
    options: list[Any] = []
    read = pyarrow.csv.read_csv

    def noted(file: Any, **more: Any) -> Any:
        options.append(more["read_options"])
        return read(file, **more)

    monkeypatch.setattr(pyarrow.csv, "read_csv", noted)
    serve(server, archive(HEADER, [["1", "A", "true", "1", "1", "2026-05-14T12:51:54+03:00"]]))
    assert job.table().num_rows == 1
    assert [each.use_threads for each in options] == [False]


def test_what_the_package_does_not_know_is_text(server: Server, job: BulkRead[Lead]) -> None:
    """Also what looks like a number: the next file may hold something else."""
    serve(server, archive(["Id", "New_Field", "Account_Name.Employees"], [["1", "007", "12"]]))
    assert job.table().to_pylist() == [
        {"id": "1", "New_Field": "007", "Account_Name.Employees": "12"}
    ]


def test_a_table_says_what_rows_say(crm: Crm) -> None:
    read = crm.leads.bulk_read()
    table = read.table()
    rows = list(read.rows())
    assert table.column_names == list(rows[0])
    assert table.num_rows == len(rows) > 1
    for name in ("id", "Company", "Owner", "Lead_Status", "Interests", "Description"):
        assert table.column(name).to_pylist() == [row[name] for row in rows], name
    typed = {lead.id: lead for lead in read}
    for row in table.to_pylist():
        lead = typed[row["id"]]
        assert row["Annual_Revenue"] == lead.annual_revenue
        assert row["Created_Time"] == lead.created_time
        assert row["Email_Opt_Out"] == lead.email_opt_out


def test_all_jobs_are_one_table(
    start: Callable[..., Emulator],
    connect: Callable[[Emulator], Transport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk_read_api, "PER_PAGE", 3)
    modules = Things(connect(start({"Things": things(10)})))
    read = modules.bulk_read(Thing.fields.name, Thing.fields.amount)
    table = read.table()
    assert table.column("Name").to_pylist() == [f"Thing {number}" for number in range(10)]
    assert [page.table().num_rows for page in read.pages()] == [3, 3, 3, 1]


@pytest.mark.parametrize(
    ("place", "cell", "what"),
    [
        (2, "maybe", "Email_Opt_Out that is no bool"),
        (3, "much", "Annual_Revenue that is no decimal"),
        (4, "1.5", "Roof_Age_Years that is no int64"),
        (5, "yesterday", "Created_Time that is no timestamp"),
    ],
)
def test_a_cell_that_its_column_cannot_hold(
    server: Server, job: BulkRead[Lead], place: int, cell: str, what: str
) -> None:
    row = ["1", "A", "true", "1", "1", "2026-05-14T12:51:54+03:00"]
    serve(server, archive(HEADER, [[*row[:place], cell, *row[place + 1 :]]]))
    with pytest.raises(UnexpectedAnswer, match=f"a cell of {what}.*rows") as caught:
        job.table()
    assert cell not in str(caught.value), "somebody typed it in"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "not a zipped CSV file"),
        (archive(["Id"], [["1"]])[:-5], "not a zipped CSV file"),
        (archive(["Id", "Company"], [["1"]]), "not a table of CSV"),
        (archive(["Id"], [["ä"]], encoding="latin-1"), "no string"),
    ],
)
def test_files_that_are_no_tables(
    server: Server, job: BulkRead[Lead], content: bytes, message: str
) -> None:
    serve(server, content)
    with pytest.raises(UnexpectedAnswer, match=message):
        job.table()


def test_a_file_without_rows_has_columns(server: Server, job: BulkRead[Lead]) -> None:
    serve(server, archive(["Id", "Annual_Revenue"], []))
    table = job.table()
    assert (table.num_rows, table.column_names) == (0, ["id", "Annual_Revenue"])
    assert str(table.schema.field("Annual_Revenue").type).startswith("decimal")


def test_a_result_that_is_gone(server: Server, job: BulkRead[Lead]) -> None:
    server.reply(200, {"data": [{"state": "COMPLETED", "result": {"count": 1}}]})
    server.reply(204)
    with pytest.raises(RecordNotFound, match="the result is gone"):
        job.table()


def test_without_pyarrow_it_says_what_to_install(
    server: Server, job: BulkRead[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, archive(["Id"], [["1"]]), times=2)
    monkeypatch.setitem(sys.modules, "pyarrow.csv", None)
    with pytest.raises(ConfigurationError, match=r"pip install \"zohohub\[arrow\]\""):
        job.table()


def test_nothing_else_loads_pyarrow() -> None:
    program: Any = "import sys, acme_crm.leads, zohohub.bulk_read; print('pyarrow' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert out.stdout == "False\n"
