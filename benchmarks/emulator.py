"""How fast the emulator is: `python benchmarks/emulator.py`.

Starts `zohohub-gen emulator` in a process of its own and asks it from two threads.
"""

from __future__ import annotations

import argparse
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

THREADS = 2
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
        assert answer.status < 300, data
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


def requests_per_second(seconds: float, options: tuple[str, ...]) -> dict[str, float]:
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

        results = {
            "reads of one record/s": per_second(connection, read, seconds),
            "inserted records/s": per_second(connection, insert, seconds),
        }
        client.http.close()
        return results


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


def many_records(count: int) -> dict[str, float]:
    """Seconds to fill a module, megabytes of the file, milliseconds of its pages."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "org.sqlite"
        with emulator("--data", str(file), "--seed", f"Leads={count}") as connection:
            filled = connection["started"]
        with emulator("--data", str(file)) as connection:
            client = Client(connection)
            times: dict[int, float] = {}
            path, page = "/Leads?fields=Last_Name,Email&per_page=100", 1
            token = ""
            while page <= LAST_PAGE:
                address = path + (f"&page_token={token}" if token else "")
                if page in (1, LAST_PAGE):
                    times[page] = milliseconds(partial(client.call, "GET", address))
                info = json.loads(client.call("GET", address))["info"]
                if not info["more_records"]:
                    break
                token, page = info["next_page_token"], page + 1
            client.http.close()
            return {
                f"{count:,} leads made in s": filled,
                "size in MB": file.stat().st_size / 1e6,
                "next start in s": connection["started"],
                **{f"page {number:,} in ms": took for number, took in times.items()},
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    starts: list[float] = []
    for _ in range(5):
        with emulator() as connection:
            starts.append(connection["started"])
    print(f"start to the first answer: {median(starts):.2f} s")
    for name, value in requests_per_second(given.seconds, ()).items():
        print(f"in memory, {name}: {value:,.0f}")
    with TemporaryDirectory() as folder:
        options = ("--data", str(Path(folder) / "org.sqlite"))
        for name, value in requests_per_second(given.seconds, options).items():
            print(f"in a file, {name}: {value:,.0f}")
    print(f"fresh state: {resets():.1f} ms")
    for name, value in many_records(given.records).items():
        print(f"{name}: {value:,.2f}")


if __name__ == "__main__":
    main()
