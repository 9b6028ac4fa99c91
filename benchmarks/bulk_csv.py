"""The result of a bulk read, over HTTP, beside the csv module and pyarrow on the same file.

Times are of the CPU: how long a file takes to come is not what is compared.
"""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

from acme_crm import Lead
from zohohub.facts import facts_of, options_of
from zohohub.records import columns_of

from benchmarks.harness import Row, Side, at_most, child, compare

ROUNDS = 3
ROWS = 200_000
COLUMNS = 30
MAX_MEGABYTES = 100

CELLS = {
    "BooleanColumn": "true",
    "DateTimeColumn": "2026-05-14T12:51:54+03:00",
    "DecimalColumn": "12345.67",
    "DigitsColumn": "6100000000000401001",
    "IntegerColumn": "12",
    "LayoutColumn": "6100000000000003001",
    "LookupColumn": "6100000000000403001",
    "MultiPicklistColumn": "Wallbox;Heat pump",
    "UserColumn": "6100000000000004001",
}

READ = """
import json, sys, time
import requests
from benchmarks.harness import peak
from acme_crm import Crm
from zohohub import Auth

if sys.argv[2] == "table":
    import pyarrow.csv
auth = Auth("id", "secret", "token", accounts_url=sys.argv[1])
start = time.process_time()
with Crm(auth) as crm:
    job = crm.leads.resume_bulk_read("77")
    if sys.argv[2] == "table":
        count = job.table().num_rows
    else:
        count = sum(1 for _ in (job if sys.argv[2] == "records" else job.rows()))
print(json.dumps([time.process_time() - start, count, peak()]))
"""

PLAIN = """
import csv, io, json, sys, time, zipfile
from benchmarks.harness import peak

start = time.process_time()
with zipfile.ZipFile(sys.argv[1]) as file, file.open("leads.csv") as raw:
    count = sum(1 for _ in csv.reader(io.TextIOWrapper(raw, "utf-8", newline=""))) - 1
print(json.dumps([time.process_time() - start, count, peak()]))
"""

ARROW = """
import json, sys, time, zipfile
from benchmarks.harness import peak
from pyarrow.csv import read_csv

start = time.process_time()
with zipfile.ZipFile(sys.argv[1]) as file, file.open("leads.csv") as raw:
    count = read_csv(raw).num_rows
print(json.dumps([time.process_time() - start, count, peak()]))
"""

READER = "`csv.reader` on the file"
PYARROW = "`pyarrow.csv` on the file"
PLAIN_ROWS = "`bulk_read().rows()`"
RECORDS = "`bulk_read()`, as records"
TABLE = "`bulk_read().table()`"


def write(path: Path) -> None:
    """Write the zip file, with columns of Leads."""
    facts = facts_of(Lead)
    cells: dict[str, str] = {}
    for name, column in columns_of(Lead).items():
        if column.in_files and name != "id" and len(cells) < COLUMNS - 1:
            options = sorted(options_of(facts[name]) or ())
            known = CELLS.get(type(column).__name__, "")
            cells[column.api_name] = options[0] if options else known
    assert len(cells) == COLUMNS - 1
    random = Random(1)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("leads.csv", "w") as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow(["Id", *cells])
        for row in range(ROWS):
            # Text differs from row to row, so that it does not shrink to nothing.
            own = f"{random.getrandbits(128):032x}"
            written = (cell or own for cell in cells.values())
            writer.writerow([str(6_200_000_000_000_000_000 + row), *written])


@contextmanager
def serving(path: Path) -> Generator[str]:
    """A server that has one job, and its result; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._json(b'{"access_token": "1000.token", "expires_in": 3600, "api_domain": "%s"}')

        def do_GET(self) -> None:
            if not self.path.endswith("/result"):
                self._json(
                    b'{"data": [{"state": "COMPLETED", "result": {"count": %d,'
                    b' "more_records": false}}]}' % ROWS
                )
                return
            self.send_response(200)
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            with path.open("rb") as file:
                copyfileobj(file, self.wfile)

        def _json(self, body: bytes) -> None:
            body = body.replace(b"%s", address.encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


def main(rounds: int) -> list[Row]:
    peaks: dict[str, list[float]] = {}

    def measure(name: str, program: str, *arguments: str) -> float:
        found: Any = child(program, *arguments)
        seconds, count, megabytes = found
        assert count == ROWS
        peaks.setdefault(name, []).append(megabytes)
        return float(seconds)

    with TemporaryDirectory(prefix="zohohub-benchmarks-") as folder:
        path = Path(folder, "leads.zip")
        write(path)
        with zipfile.ZipFile(path) as file:
            megabytes = file.getinfo("leads.csv").file_size / 2**20
        with serving(path) as address:
            runs = {
                READER: (PLAIN, str(path)),
                PYARROW: (ARROW, str(path)),
                PLAIN_ROWS: (READ, address, "rows"),
                RECORDS: (READ, address, "records"),
                TABLE: (READ, address, "table"),
            }
            sides = [Side(name, partial(measure, name, *run)) for name, run in runs.items()]
            times = compare(
                f"bulk_csv: {ROWS:,} rows of {COLUMNS} columns, {megabytes:.0f} MB, CPU",
                sides,
                rounds,
            )
    print("\n| peak of the process | MB |\n|---|--:|")
    for name, found in peaks.items():
        print(f"| {name} | {max(found):.0f} |")
    work = f"bulk read {ROWS:,} × {COLUMNS}"
    return [
        times.no_slower(f"{work} to records", RECORDS, READER, 3),
        times.no_slower(f"{work} to a table", TABLE, PYARROW, 1.5),
        at_most(
            f"{work} to records, peak of the process",
            max(peaks[RECORDS]),
            MAX_MEGABYTES,
            unit=" MB",
            beside="constant, whatever the size",
        ),
        at_most(
            f"{work} to a table, peak of the process",
            max(peaks[TABLE]) / megabytes,
            2,
            unit=" ×",
            took=f"{max(peaks[TABLE]):.0f} MB",
            beside=f"the unzipped file: {megabytes:.0f} MB",
        ),
    ]
