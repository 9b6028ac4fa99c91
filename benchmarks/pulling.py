"""Pulling the metadata of an org from a server that is 200 ms away, ten calls at a time."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.harness import Row, Side, at_most, child, compare
from benchmarks.orgs import write_org
from benchmarks.servers import emulator

ROUNDS = 3
MODULES, FIELDS = 150, 80
LATENCY = 0.2
CONCURRENCY = 10

PULL = """
import json, sys, time
from pathlib import Path
import requests
from zohohub.auth import Auth
from zohohub.transport import Transport
from zohohub_gen.pull import pull

start = time.perf_counter()
auth = Auth(**json.loads(sys.argv[1]))
done = pull(Transport(auth), Path(sys.argv[2]), concurrency=int(sys.argv[3]))
print(json.dumps([time.perf_counter() - start, done.calls]))
"""


def main(rounds: int) -> list[Row]:
    calls: dict[str, int] = {}
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        metadata = write_org(Path(name, "org"), MODULES, FIELDS)
        options = ("--metadata", str(metadata), "--latency", f"{LATENCY * 1000:.0f}ms")
        with emulator(*options) as connection:
            credentials = json.dumps(
                {key: value for key, value in connection.items() if key != "port"}
            )

            def pull(title: str, folder: Path) -> float:
                found: Any = child(PULL, credentials, str(folder), str(CONCURRENCY))
                seconds, calls[title] = found
                return float(seconds)

            def first() -> float:
                with TemporaryDirectory(prefix="zohohub-benchmarks-") as folder:
                    return pull("first", Path(folder, "zoho_metadata"))

            def limit() -> float:
                return calls["first"] * LATENCY / CONCURRENCY

            times = compare(
                f"pulling: {MODULES} modules of {FIELDS} fields, answers after "
                f"{LATENCY * 1000:.0f} ms, {CONCURRENCY} calls at a time",
                [
                    Side("first pull", first),
                    Side("its calls × latency / concurrency", limit),
                    Side("pull, unchanged", lambda: pull("unchanged", Path(name, "pulled"))),
                ],
                rounds,
            )
    work = f"pull {MODULES} modules"
    return [
        times.no_slower(
            f"{work} in {calls['first']} calls of {LATENCY * 1000:.0f} ms, {CONCURRENCY} at a time",
            "first pull",
            "its calls × latency / concurrency",
            1.25,
        ),
        at_most(
            f"{work}, unchanged",
            calls["unchanged"],
            2,
            unit=" calls",
            took=f"{times.median('pull, unchanged'):.2f} s",
        ),
    ]
