"""Processes that are killed, by SIGKILL, while they refresh a token or download a file.

A program that has everything imported forks for each of them, which makes a kill cheap: it then
looks at what is left, and lets another process go on from there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from zohohub.client import Client
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator

from .bindings import Thing, Things, things

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

Start = Callable[..., Emulator]

_FORKING = """
import json, os, random, signal, sys, time, traceback
from collections import Counter
from pathlib import Path

import requests
from zohohub.auth import Auth
from zohohub.client import Client
from zohohub.errors import ZohoError
from zohohub.token_stores import FileTokenStore

task = json.loads(sys.argv[1])
folder = Path(task["folder"])
chance = random.Random(task["seed"])


def begin(work):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return child


def died(child):
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def kill(work, longest, sign=None):
    '''Kill it a moment after ``sign`` is there, or at any moment; whether it was not done yet.'''
    child = begin(work)
    now = time.perf_counter
    end = now() + (chance.uniform(0, longest) if sign is None else longest * 10)
    while now() < end:
        if sign is not None and sign():
            end = min(end, now() + chance.choice([0, chance.uniform(0, longest / 10)]))
            sign = None
    os.kill(child, signal.SIGKILL)
    return died(child)


def whole(work):
    '''How long it takes where nobody kills it; it must go well.'''
    start = time.perf_counter()
    must_work(work)
    return time.perf_counter() - start


def must_work(work):
    assert os.waitpid(begin(work), 0)[1] == 0
"""

_REFRESHES = (
    _FORKING
    + """
path = folder / "tokens.json"
new = folder / "tokens.json.new"
store = FileTokenStore(path)


def client():
    return Client(Auth(**task["credentials"], store=store))


def refresh():
    auth = Auth(**task["credentials"], store=store)
    auth.renew(auth.token()) if path.exists() else auth.token()


def use():
    assert client().request("GET", "org").status == 200


use()  # here, so that all that is imported on the way is there already
longest = max(whole(refresh) for _ in range(3))
seen = Counter()
for number in range(task["kills"]):
    if number % 5 == 0:
        path.unlink()
    before = path.read_bytes() if path.exists() else None
    place = path.stat().st_ino if path.exists() else None
    # On a busy machine a kill at any moment comes early mostly, and seldom when the file is there.
    aim = (None, new.exists, lambda: path.exists() and path.stat().st_ino != place)[number % 3]
    seen["killed"] += kill(refresh, longest, aim)
    seen["while writing"] += new.exists()
    after = path.read_bytes() if path.exists() else None
    if after == before:
        seen["old"] += 1
    else:
        seen["new"] += 1
        kept = json.loads(after)
        assert kept["access_token"] and kept["expires_at"] > time.time() + 3000, "half a token"
        assert kept["refresh_token"] == task["credentials"]["refresh_token"], "a lost token"
        assert path.stat().st_mode & 0o777 == 0o600
    names = {each.name for each in folder.iterdir()}
    assert names <= {"tokens.json", "tokens.json.new", "tokens.json.lock"}, names
    must_work(use)
    assert store.load().token.is_fresh()
    must_work(refresh)  # over what the killed one may have left; and the next is counted anew
    assert not new.exists()
print(json.dumps(seen))
"""
)

_DOWNLOADS = (
    _FORKING
    + """
import tempfile
sys.path[:0] = task["path"]
from tests.runtime.bindings import Thing, Things
from zohohub.transport import Transport

temporary = folder / "temporary"
temporary.mkdir()
tempfile.tempdir = str(temporary)
target = folder / "plan.pdf"
content = bytes(range(256)) * task["pieces"]
old = b"the one before"


def client():
    return Client(Auth(**task["credentials"], store=FileTokenStore(folder / "tokens.json")))


def save():
    client().files.download(task["file"], target)


def read():
    # Zoho lets a result be downloaded ten times a minute.
    records = Things(client()._transport).resume_bulk_read(task["jobs"][number // 16])
    assert sum(1 for _ in records) == task["records"]


def parts():
    return [each for each in folder.iterdir() if each.suffix == ".part"]


number = -1
for work in (save, read):
    work()  # here, so that all that is imported on the way is there already
# The shortest of some: on a busy machine one may take long, and few be killed in time.
longest = {work: min(whole(work) for _ in range(5)) for work in (save, read)}
seen = Counter()
for number in range(task["kills"]):
    if number % 3 == 0:
        target.unlink(missing_ok=True)
    else:
        target.write_bytes(old)
    before = target.read_bytes() if target.exists() else None
    work = read if number % 4 == 3 else save
    seen["killed"] += kill(work, longest[work], parts if number % 4 == 0 else None)
    after = target.read_bytes() if target.exists() else None
    assert after in (before, content), "half a file"
    if work is save:
        seen["old" if after == before else "new"] += 1
    seen["parts left"] += len(parts())
    names = {each.name for each in folder.iterdir()}
    known = {"plan.pdf", ".plan.pdf.0.part", "tokens.json", "tokens.json.lock", "temporary"}
    assert names <= known, names
    assert not list(temporary.iterdir())
    must_work(work)
    assert not parts(), "something stayed behind"
    if work is save:
        assert target.read_bytes() == content
print(json.dumps(seen))
"""
)


def run(program: str, emulator: Emulator, folder: Path, **task: Any) -> Counter[str]:
    """What the program has counted."""
    folder.mkdir()
    task = {"seed": 3, "folder": str(folder), "credentials": emulator.credentials, **task}
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(task)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return Counter(json.loads(done.stdout))  # what was never seen is there no times


@pytest.mark.parametrize("kills", [12, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.trust(
    "Faults, kills, load",
    "token refreshes killed by SIGKILL",
    "no half file, no token lost, and the next process went on each time",
)
def test_a_token_refresh(start: Start, tmp_path: Path, kills: int) -> None:
    emulator = start(refresh_limit=10**6)
    seen = run(_REFRESHES, emulator, tmp_path / "tokens", kills=kills)
    print(
        f"trust: {seen['killed']} kills; {seen['while writing']} of them while the file was "
        f"written; {seen['old']} left the old file; {seen['new']} left the new one"
    )
    if kills >= 100:  # of a few, chance may miss what it likes
        assert seen["killed"] > kills / 4
        assert seen["while writing"] > kills / 20
        assert seen["old"] > kills / 10
        assert seen["new"] > kills / 5  # a third is aimed at what comes after the file is there


@pytest.mark.slow
@pytest.mark.trust(
    "Faults, kills, load",
    "downloads of files and bulk reads killed by SIGKILL",
    "nothing half under the name, nothing left by the next run",
)
def test_a_download(start: Start, tmp_path: Path) -> None:
    """Files that are saved under a name, and bulk reads, which leave no file anywhere."""
    emulator = start({"Things": things(500)}, refresh_limit=10**6)
    kills, pieces = 200, 4000
    transport = Transport(emulator.auth())
    client = Client(transport=transport)
    file_id = client.files.upload(bytes(range(256)) * pieces, name="plan.pdf")
    jobs = [Things(transport).bulk_read(Thing.fields.name) for _ in range(kills // 16 + 2)]
    transport.close()
    seen = run(
        _DOWNLOADS,
        emulator,
        tmp_path / "files",
        kills=kills,
        file=file_id,
        pieces=pieces,
        jobs=[job.id for job in jobs],
        records=500,
        path=sys.path,
    )
    print(
        f"trust: {seen['killed']} kills; {seen['old']} left what was there under the name; "
        f"{seen['new']} left the whole file; {seen['parts left']} hidden files, which the next run "
        "took away"
    )
    assert seen["killed"] > kills * 0.6
    assert seen["parts left"] > kills / 20
