"""A million records, tables that never end, and a long run: memory stays what it was."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import linear_regression
from typing import Any

import pytest
from zohohub_gen.emulator import Emulator, RandomFaults

from .bindings import FIRST_ID
from .conftest import Seen, Server
from .test_bulk_read import PRINT_PEAK, serve

pytestmark = pytest.mark.slow

_MILLION = 1_000_000

CLIENT = f"""
import sys
sys.path[:0] = {sys.path!r}
from itertools import pairwise
from tests.runtime.bindings import Thing, Things
from zohohub.auth import Auth
from zohohub.transport import Transport
things = Things(
    Transport(Auth("client-id", "secret-client", "secret-refresh", accounts_url=sys.argv[1]))
)
"""


def peak(program: str, *arguments: str) -> list[str]:
    """What a program printed, and at last the megabytes that it has held at most."""
    done = subprocess.run(
        [sys.executable, "-c", program + PRINT_PEAK, *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


# --- a million records ------------------------------------------------------------------------


def pages_of(count: int) -> Callable[[Seen], Any]:
    """An org of so many records, by page tokens, or by COQL in the order of the ids."""

    def rows(start: int, size: int) -> list[dict[str, Any]]:
        stop = min(start + size, count)
        return [{"id": str(FIRST_ID + n), "Name": f"Thing {n}"} for n in range(start, stop)]

    def answer(seen: Seen) -> Any:
        if seen.path.endswith("/coql"):
            query = seen.json["select_query"]
            after = re.search(r"id > '?(\d+)", query)
            size = int(re.findall(r"limit (?:\d+, ?)?(\d+)", query, re.IGNORECASE)[-1])
            start = int(after[1]) - FIRST_ID + 1 if after else 0
        else:
            size = int(seen.params["per_page"])
            token = seen.params.get("page_token")
            start = int(token) if token else (int(seen.params.get("page", "1")) - 1) * size
        more = start + size < count
        return {
            "data": rows(start, size),
            "info": {"more_records": more, "next_page_token": str(start + size) if more else None},
        }

    return answer


@pytest.mark.parametrize(
    "how",
    ["things.list(Thing.fields.name)", "things.query().select(Thing.fields.name)"],
    ids=["list", "query"],
)
@pytest.mark.trust(
    "Faults, kills, load",
    "1,000,000 records listed, by `list()` and by `query()`, from pages that the test makes",
    "none skipped, none twice",
)
def test_a_million_records(server: Server, how: str) -> None:
    program = f"""{CLIENT}
count = 0
for count, record in enumerate({how}, 1):
    assert record.id == str({FIRST_ID} + count - 1), record.id
print(count)
"""
    megabytes: dict[int, int] = {}
    for count in (20_000, _MILLION):
        server.responder = pages_of(count)
        server.requests.clear()
        told, held = peak(program, server.url)
        assert int(told) == count
        megabytes[count] = int(held)
    print(
        f"trust: {_MILLION:,} records read; at most {megabytes[_MILLION]} MB held; "
        f"at most {megabytes[20_000]} MB held for 20,000"
    )
    assert megabytes[_MILLION] < megabytes[20_000] + 5


def table(path: Path, line: Callable[[int], str], lines: int) -> bytes:
    """A zipped table, one line at a time."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("table.csv", "w") as raw,
        io.TextIOWrapper(raw, newline="") as text,
    ):
        text.write("Id,Name,Code,Amount\r\n")
        for number in range(lines):
            text.write(line(number))
    return path.read_bytes()


@pytest.mark.trust(
    "Faults, kills, load", "a bulk file of 1,000,000 rows", "none skipped, none twice"
)
def test_a_bulk_file_of_a_million_rows(server: Server, tmp_path: Path) -> None:
    program = f"""{CLIENT}
count = 0
for count, record in enumerate(things.resume_bulk_read("77"), 1):
    assert record.name == f"Thing {{count - 1}}"
print(count)
"""
    megabytes: dict[int, int] = {}
    for count in (20_000, _MILLION):
        serve(
            server,
            table(
                tmp_path / "table.zip",
                lambda number: f"{FIRST_ID + number},Thing {number},C-{number},{number}.25\r\n",
                count,
            ),
        )
        told, held = peak(program, server.url)
        assert int(told) == count
        megabytes[count] = int(held)
    print(
        f"trust: {_MILLION:,} rows read; at most {megabytes[_MILLION]} MB held; "
        f"at most {megabytes[20_000]} MB held for 20,000"
    )
    assert megabytes[_MILLION] < megabytes[20_000] + 5


@pytest.mark.parametrize(
    "piece",
    ["x" * 2**20, "x," * 2**19, '"' + "x" * 1000 + '\n",'],
    ids=["one cell", "many cells", "line breaks in cells"],
)
@pytest.mark.trust(
    "Faults, kills, load", "bulk files with a line of 400 MB", "refused in constant memory"
)
def test_a_line_without_an_end(server: Server, tmp_path: Path, piece: str) -> None:
    """400 MB of one line, in a file of a few."""
    times = 400 * 2**20 // len(piece)
    serve(server, table(tmp_path / "table.zip", lambda number: piece, times))
    program = f"""{CLIENT}
from zohohub.errors import UnexpectedAnswer
try:
    list(things.resume_bulk_read("77"))
except UnexpectedAnswer as error:
    print(error)
"""
    told, held = peak(program, server.url)
    print(f"trust: 1 file; at most {held} MB held")
    assert "a line of more than 16,777,216 characters" in told
    assert int(held) < 200


# --- a large org ------------------------------------------------------------------------------

COMMAND = """
import os, sys
from zohohub_gen.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as error:
    code = error.code
assert not code, code
"""


PRINT_PEAK_OF_WORKERS = """
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.trust(
    "Faults, kills, load",
    "a large org, pulled over HTTP and generated",
    "all there, and the package imports",
)
def test_an_org_of_60_000_fields(tmp_path: Path) -> None:
    """Pulled over HTTP and generated: each command in a process of its own."""
    from tests.support.synthetic import write_org

    modules, fields = 500, 120
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.zohohub]\npackage = "crm"\n')
    environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(tmp_path / "cache")}
    org = write_org(tmp_path / "org", modules, fields)
    # In a process of its own as well: here every answer would be looked at.
    with subprocess.Popen(
        [sys.executable, "-m", "zohohub_gen", "emulator", "--metadata", str(org)],
        stdout=subprocess.PIPE,
        text=True,
    ) as emulator:
        try:
            assert emulator.stdout is not None
            for name, value in json.loads(emulator.stdout.readline()).items():
                environment[f"ZOHO_{name.upper()}"] = str(value)
            held = {each: command(project, environment, each) for each in ("pull", "generate")}
        finally:
            emulator.terminate()
    pulled = list((project / "zoho_metadata" / "fields").glob("*.json"))
    assert len(pulled) == modules
    assert sum(len(json.loads(path.read_text())["fields"]) for path in pulled) == modules * fields
    assert len(list((project / "crm").glob("site_inspections_*.py"))) == modules
    subprocess.run([sys.executable, "-c", "import crm; crm.Crm"], cwd=project, check=True)
    print(
        f"trust: {modules} modules; {modules * fields:,} fields; at most {held['pull'][0]} MB held "
        f"by pull; at most {held['generate'][0]} MB held by generate; at most "
        f"{held['generate'][1]} MB held by a worker of it"
    )
    assert max(held["pull"]) < 600
    assert max(held["generate"]) < 600


def command(project: Path, environment: Mapping[str, str], name: str) -> list[int]:
    """Run a command; the megabytes that it has held at most, and the largest of its workers."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND + PRINT_PEAK + PRINT_PEAK_OF_WORKERS, name],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [int(megabytes) for megabytes in done.stdout.split()[-2:]]


# --- a long run -------------------------------------------------------------------------------

SOAK = f"""
import gc, os, re, sys, tempfile, threading, time
sys.path[:0] = {sys.path!r}
from concurrent.futures import ThreadPoolExecutor
from acme_crm import Crm, Lead
from zohohub.errors import ZohoError
from zohohub.transport import Transport
from zohohub.auth import Auth
import json

seconds = float(sys.argv[1])
auth = Auth(**json.loads(sys.argv[2]))
transport = Transport(auth, timeout=(5, 5))
transport._sleep = lambda delay: time.sleep(min(delay, 0.01))
crm = Crm(transport=transport)
f = Lead.fields
failed = calls = 0


def all_kinds():
    global failed
    ids = []
    plan = os.path.join(folder, "plan.pdf")

    def create():
        ids.append(crm.leads.create(last_name="Ito", company="Acme"))

    def bulk():
        return sum(1 for _ in crm.leads.bulk_read(f.company))

    def composite():
        batch = crm.composite()
        crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="Acme"))
        batch.send()

    def save():
        lead = crm.leads.get(ids[0])
        lead.company = "Else"
        crm.leads.save(lead)

    def attach():
        attachments = crm.leads.attachments(ids[0])
        made = attachments.upload(b"x" * 50_000, name="plan.pdf")
        attachments.download(made, plan)
        attachments.delete(made)

    def note():
        notes = crm.leads.notes(ids[0])
        notes.delete(notes.add("Keys"))

    kinds = [
        create,
        lambda: ids.extend(crm.leads.create_many([{{"last_name": "Sato"}}] * 20).ids),
        lambda: crm.leads.update(ids[0], company="New"),
        lambda: crm.leads.update_many([{{"id": each, "company": "B"}} for each in ids]),
        lambda: crm.leads.upsert_many([{{"last_name": "Ito", "email": "a@example.com"}}]),
        lambda: repr(crm.leads.get(ids[0])),
        lambda: list(crm.leads.list(f.company, f.email)),
        lambda: list(crm.leads.search(f.company == "New")),
        lambda: list(crm.leads.query().where(f.company == "New").limit(20)),
        lambda: crm.leads.get("4999999999999999"),
        lambda: crm.leads.tags.add(ids[:1], ["hot"]),
        note, attach, save, composite, bulk,
        lambda: list(crm.users.list()),
        lambda: crm.org(),
        lambda: crm.request("GET", "settings/modules"),
        lambda: auth.renew(auth.token()),
        lambda: crm.close(),
        lambda: crm.leads.delete_many(ids),
    ]
    for work in kinds:
        try:
            work()
        except (ZohoError, IndexError):
            failed += 1
    return len(kinds)


def held():
    gc.collect()
    status = open("/proc/self/status").read()
    return (
        int(re.search(r"VmRSS:\\s+(\\d+)", status)[1]) / 1024,
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
    )


with tempfile.TemporaryDirectory() as folder:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        calls += all_kinds()
        with ThreadPoolExecutor(4) as pool:
            calls += sum(pool.map(lambda _: all_kinds(), range(4)))
        crm.close()
        print(calls, failed, *held())
"""


def growth(calls: Sequence[int], held: Sequence[float]) -> float:
    """How much more is held after 1,000 calls more: the slope of the line through all points.

    The first third is left out, in which what is made once is made.
    """
    start = len(calls) // 3
    return 1000 * linear_regression(calls[start:], held[start:]).slope


def test_what_grows_is_seen() -> None:
    calls = range(100, 10_000, 100)
    assert growth(calls, [30.0 + (number % 7) for number in calls]) == pytest.approx(0, abs=0.05)
    # A leak of 1 KB a call, in noise of 2 MB.
    leak = [30 + number / 1024 + (number // 100 % 3) for number in calls]
    assert growth(calls, leak) == pytest.approx(1000 / 1024, rel=0.1)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
@pytest.mark.trust(
    "Faults, kills, load",
    "a long run of calls of all kinds, 2 % of them hit by a fault (`ZOHOHUB_SOAK_SECONDS`)",
    "no growth",
)
def test_a_long_run_does_not_grow() -> None:
    """Calls of all kinds, from threads that come and go, some of which fail.

    ZOHOHUB_SOAK_SECONDS makes it longer.
    """
    from tests.support.packages import ACME

    seconds = os.environ.get("ZOHOHUB_SOAK_SECONDS", "120")
    faults = RandomFaults(0.02, ("429", "500", "cut", "html", "truncate", "expire_token"), seed=3)
    with Emulator(ACME / "metadata", refresh_limit=10**9, random_faults=faults) as emulator:
        done = subprocess.run(
            [sys.executable, "-c", SOAK, seconds, json.dumps(emulator.credentials)],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    points = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    assert len(points) >= 9, "too short to see what grows"
    calls, failed, memory, files, threads = zip(*points, strict=True)
    slopes = [growth(calls, held) for held in (memory, files, threads)]
    print(
        f"trust: {calls[-1]:,.0f} calls of 22 kinds; {failed[-1]:,.0f} of them failed, on purpose "
        f"or by a fault; {memory[-1]:.0f} MB, {files[-1]:.0f} open files and {threads[-1]:.0f} "
        f"threads at the end of {seconds} s; slope for each 1,000 calls: {slopes[0]:+.2f} MB, "
        f"{slopes[1]:+.2f} files, {slopes[2]:+.2f} threads"
    )
    assert failed[-1] < calls[-1] / 4
    # A response of 1 KB that each call keeps would be 1 MB.
    assert slopes[0] < 0.6
    assert slopes[1] < 0.1
    assert slopes[2] < 0.1
