"""The emulator: `zohohub-gen emulator` in a process of its own, asked by two threads."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from benchmarks.harness import Row, at_least, at_most

ROUNDS = 5

THREADS = 2
SECONDS = 5.0
RECORDS = 1_000_000
LAST_PAGE = 1_000
JSON = {"Content-Type": "application/json"}


class Client:
    """One connection that is kept open."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self.http = HTTPConnection("127.0.0.1", connection["port"], timeout=60)
        form = {
            "grant_type": "refresh_token",
            **{key: connection[key] for key in ("client_id", "client_secret", "refresh_token")},
        }
        self.http.request(
            "POST",
            "/oauth/v2/token",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        token = json.loads(self.http.getresponse().read())["access_token"]
        self.headers = {"Authorization": f"Zoho-oauthtoken {token}"}

    def call(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = self.headers | (JSON if body else {})
        self.http.request(method, f"/crm/v8{path}", body, headers)
        answer = self.http.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data!r}")
        return data


@contextmanager
def emulator(*options: str) -> Any:
    program = [sys.executable, "-m", "zohohub_gen", "emulator", *options]
    began = time.perf_counter()
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        connection = json.loads(process.stdout.readline())
        Client(connection).http.close()
        connection["started"] = time.perf_counter() - began
        try:
            yield connection
        finally:
            process.terminate()


def per_second(connection: dict[str, Any], work: Callable[[Client], int], seconds: float) -> float:
    """What two threads get done in a second."""
    clients = [Client(connection) for _ in range(THREADS)]
    done = [0] * THREADS
    end = time.perf_counter() + seconds

    def run(number: int) -> None:
        while time.perf_counter() < end:
            done[number] += work(clients[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    for client in clients:
        client.http.close()
    return sum(done) / took


def milliseconds(work: Callable[[], object], times: int = 9) -> float:
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def row(number: int) -> dict[str, Any]:
    return {
        "Last_Name": f"Berg {number}",
        "First_Name": "Anna",
        "Company": "Acme",
        "Lead_Status": "New",
        "Annual_Revenue": 250000.5,
        "City": "Graz",
    }


def requests_per_second(*options: str) -> tuple[float, float]:
    """Reads of one record, and inserted records."""
    with emulator(*options) as connection:
        client = Client(connection)
        body = json.dumps({"data": [row(number) for number in range(100)]})
        first = json.loads(client.call("POST", "/Leads", body))["data"][0]["details"]["id"]

        def read(each: Client) -> int:
            each.call("GET", f"/Leads/{first}")
            return 1

        def insert(each: Client) -> int:
            each.call("POST", "/Leads", body)
            return 100

        client.http.close()
        return per_second(connection, read, SECONDS), per_second(connection, insert, SECONDS)


def resets() -> float:
    """Milliseconds for a fresh state after a test that wrote 100 records."""
    from zohohub_gen.emulator import Emulator
    from zohohub_gen.packaged import packaged

    body = json.dumps({"data": [row(number) for number in range(100)]})
    took: list[float] = []
    with Emulator(packaged("acme") / "metadata") as zoho:
        for _ in range(20):
            client = Client(zoho.connection.as_dict())
            client.call("POST", "/Leads", body)
            client.http.close()
            began = time.perf_counter()
            zoho.reset()
            took.append((time.perf_counter() - began) * 1000)
    return median(took)


def many_records() -> tuple[float, float, float, dict[int, float]]:
    """Seconds to make the records, size of the file in MB, next start, milliseconds of pages."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "org.sqlite"
        with emulator("--data", str(file), "--seed", f"Leads={RECORDS}") as connection:
            filled = connection["started"]
        with emulator("--data", str(file)) as connection:
            client = Client(connection)
            pages: dict[int, float] = {}
            path, token = "/Leads?fields=Last_Name,Email&per_page=100", ""
            for page in range(1, LAST_PAGE + 1):
                address = path + (f"&page_token={token}" if token else "")
                if page in (1, LAST_PAGE):
                    pages[page] = milliseconds(partial(client.call, "GET", address))
                token = json.loads(client.call("GET", address))["info"]["next_page_token"]
            client.http.close()
            return filled, file.stat().st_size / 1e6, connection["started"], pages


def main(rounds: int) -> list[Row]:
    rows: list[Row] = []

    def tell(what: str, value: float, unit: str, *, most: float = 0, least: float = 0) -> None:
        if most:
            rows.append(at_most(f"emulator: {what}", value, most, unit=f" {unit}"))
        if least:
            rows.append(at_least(f"emulator: {what}", value, least, unit=f" {unit}"))
        print(f"| {what} | {value:,.2f} {unit} |", flush=True)

    print(f"\nemulator: {THREADS} threads\n\n| | |\n|---|--:|")
    starts: list[float] = []
    for _ in range(rounds):
        with emulator() as connection:
            starts.append(connection["started"])
    tell("start of the process to its first answer", median(starts), "s", most=0.7)
    reads, inserts = requests_per_second()
    tell("reads of one record", reads, "/s", least=300)
    tell("records inserted, 100 a call", inserts, "/s", least=5000)
    with TemporaryDirectory() as folder:
        reads, inserts = requests_per_second("--data", str(Path(folder) / "org.sqlite"))
    tell("reads, `--data`", reads, "/s")
    tell("records inserted, `--data`", inserts, "/s")
    tell("fresh state after a test that wrote 100 records", resets(), "ms", most=10)
    filled, size, started, pages = many_records()
    tell(f"`--seed Leads={RECORDS}`", filled, "s")
    tell("its file", size, "MB")
    tell("next start on it", started, "s")
    tell("page 1", pages[1], "ms")
    tell(f"page {LAST_PAGE:,}, beside page 1", pages[LAST_PAGE] / pages[1], "×", most=3)
    return rows
