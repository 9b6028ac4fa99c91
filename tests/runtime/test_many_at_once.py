"""Many threads on one client, many processes on one token file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from zohohub.errors import WriteUnknown
from zohohub.token_stores import FileTokenStore
from zohohub.tokens import Grant
from zohohub.transport import Transport
from zohohub.turns import Turns
from zohohub_gen.emulator import Connection, Emulator, Limits

from .bindings import Thing, Things
from .conftest import Action, text

F = Thing.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


def refreshes(emulator: Emulator) -> int:
    return sum(each.path == "/oauth/v2/token" for each in emulator.requests)


def variables(to: Connection, path: Path) -> dict[str, str]:
    return {
        "ZOHO_CLIENT_ID": to.client_id,
        "ZOHO_CLIENT_SECRET": to.client_secret,
        "ZOHO_REFRESH_TOKEN": to.refresh_token,
        "ZOHO_ACCOUNTS_URL": to.accounts_url,
        "ZOHO_TOKEN_FILE": str(path),
    }


def revoke(to: Connection, token: str) -> None:
    url = f"{to.accounts_url}/oauth/v2/token/revoke"
    assert requests.post(url, data={"token": token}, timeout=5).ok


def in_threads(count: int, work: Callable[[int], object]) -> None:
    """Do the work so many times at once; raises what the first that fails raises.

    The threads take turns so often that whatever they share by mistake shows.
    """
    barrier = threading.Barrier(count)
    interval = sys.getswitchinterval()

    def run(number: int) -> None:
        barrier.wait()
        work(number)

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(run, range(count)))
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("rounds", [2, pytest.param(12, marks=pytest.mark.slow)])
@pytest.mark.trust(
    "Faults, kills, load",
    "threads on one client",
    "each got its own records, and no token was refreshed twice",
)
def test_threads_get_what_is_theirs_and_one_token(
    start: Start, connect: Connect, rounds: int
) -> None:
    emulator = start(refresh_limit=1000)
    transport = connect(emulator)
    things = Things(transport)
    mine: dict[int, list[str]] = {number: [] for number in range(32)}

    def work(number: int) -> None:
        """Write and read records that say whose they are."""
        name = f"thread-{number}"
        amount = Decimal(number) + Decimal("0.25")
        mine[number].append(things.create(name=name, amount=amount))
        results = things.create_many([{"name": f"{name}-{n}", "amount": amount} for n in range(3)])
        ids = [*mine[number], *results.ids]
        record = things.get(ids[0])
        assert (record.id, record.name, record.amount) == (ids[0], name, amount)
        listed = {row.id: row.name for row in things.list(F.name, ids=results.ids)}
        assert listed == {each: f"{name}-{n}" for n, each in enumerate(results.ids)}
        asked = things.query().select(F.name, F.amount).where(F.name == name)
        assert {(row.id, row.amount) for row in asked} == {(each, amount) for each in mine[number]}
        things.delete_many(results.ids).raise_for_failures()

    for _ in range(rounds):
        emulator.clear_requests()
        in_threads(32, work)
        assert refreshes(emulator) == 1  # the first token, or one in place of the ended one
        revoke(emulator.connection, transport._auth.token().access_token)
    held = Counter(row.name for row in things.list(F.name))
    assert held == {f"thread-{number}": rounds for number in range(32)}
    print(
        f"trust: 32 threads; {rounds} tokens ended; {rounds} refreshes; {32 * rounds * 6:,} calls"
    )


# --- calls at a time --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.trust("Faults, kills, load", "a limit of 5 calls at a time", "all done, once each")
def test_no_more_calls_run_than_zoho_takes(start: Start) -> None:
    """Real waits: what Zoho refuses is tried again, and the others wait for their turn."""
    emulator = start(limits=Limits(concurrency=5, latency=0.05))
    transport = Transport(emulator.auth())
    transport._auth.token()
    things = Things(transport)
    in_threads(32, lambda number: [things.create(name=f"{number}") for _ in range(15)])
    transport.close()
    statuses = Counter(each.status for each in emulator.requests if each.method == "POST")
    print(
        f"trust: 32 threads; {statuses[201]} creates done; {statuses[429]} refused on the way, and "
        "done later"
    )
    assert statuses[201] == 32 * 15
    # The first calls of all threads, and one more now and then.
    assert statuses[429] <= 32 + 10


@pytest.mark.outside_contracts("writes without a body, which nobody does")
def test_a_refused_call_waits_until_one_of_the_others_is_done(
    server: Any, transport: Transport
) -> None:
    here = threading.Semaphore(0)
    go_on = threading.Event()

    def held(answer: Action) -> Action:
        def act(handler: Any) -> None:
            here.release()
            go_on.wait(10)
            answer(handler)

        return act

    server.answers = [
        held(text(500, {"code": "INTERNAL_ERROR"})),
        held(text(200, {"data": []})),
        text(429, {"code": "TOO_MANY_REQUESTS"}),
        text(200, {"data": []}),
    ]
    with ThreadPoolExecutor(3) as pool:
        running = []
        for _ in range(2):
            running.append(pool.submit(transport.request, "POST", "Leads"))
            assert here.acquire(timeout=10)
        refused = pool.submit(transport.request, "POST", "Leads")
        with pytest.raises(TimeoutError):
            refused.result(timeout=0.3)
        asked = len(server.requests)
        go_on.set()
        assert refused.result(timeout=10).status == 200
        assert asked == 3  # it was refused, and waited for its turn
        assert isinstance(running[0].exception(timeout=10), WriteUnknown)
        assert running[1].result(timeout=10).status == 200


def test_turns() -> None:
    turns = Turns()
    for _ in range(8):
        turns.begin()
    turns.end(too_many=True)
    turns.end(too_many=True)
    done = threading.Event()

    def seventh() -> None:
        turns.begin()
        done.set()

    thread = threading.Thread(target=seventh, daemon=True)
    thread.start()
    assert not done.wait(0.05)  # six run, as many as Zoho took
    turns.end(too_many=False)
    assert done.wait(5)
    thread.join()
    for _ in range(6):
        turns.end(too_many=False)
    for _ in range(200):  # after so many, one more may run
        turns.begin()
        turns.end(too_many=False)
    for _ in range(7):
        turns.begin()


def test_the_last_call_is_never_kept_waiting() -> None:
    turns = Turns()
    for _ in range(3):
        turns.begin()
        turns.end(too_many=True)
    turns.begin()


# --- processes --------------------------------------------------------------------------------

WORKER = """
import sys, threading, time
from zohohub.client import Client

real = time.time
offset = 0.0
time.time = lambda: real() + offset
client = Client.from_env()
print("ready", flush=True)
for line in sys.stdin:
    offset = float(line)
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append(client.request("GET", "org").status))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*seen, flush=True)
"""


@contextmanager
def processes(
    number: int, program: str, environment: dict[str, str], *arguments: str
) -> Generator[list[subprocess.Popen[str]]]:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(number)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.communicate(timeout=30)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")


@pytest.mark.slow
@pytest.mark.trust(
    "Faults, kills, load",
    "processes on one token file",
    "one refresh for each token that ended, none lost",
)
def test_processes_make_one_refresh_each_time_a_token_ends(start: Start, tmp_path: Path) -> None:
    """8 processes of 4 threads, tokens that Zoho refuses and tokens whose time is over."""
    emulator = start(refresh_limit=1000)
    to = emulator.connection
    path = tmp_path / "tokens.json"
    environment = variables(to, path)
    rounds = 40
    offset = 0.0
    seen: list[str] = []
    with processes(8, WORKER, environment) as running:
        assert [said(each) for each in running] == ["ready"] * 8
        for number in range(rounds):
            for each in running:
                tell(each, str(offset))
            assert [said(each) for each in running] == ["200 200 200 200"] * 8
            assert refreshes(emulator) == number + 1
            kept = json.loads(path.read_text())
            assert kept["refresh_token"] == to.refresh_token
            seen.append(kept["access_token"])
            if number % 2:
                revoke(to, kept["access_token"])
            else:
                offset += 3600
                emulator.advance(3600)
    assert len(set(seen)) == rounds
    print(
        f"trust: 8 processes of 4 threads each; {rounds} tokens ended; "
        f"{refreshes(emulator)} refreshes"
    )


COUNTS = """
import sys
from dataclasses import replace
from zohohub.token_stores import FileTokenStore

store = FileTokenStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    with store.lock():
        grant = store.load()
        store.save(replace(grant, throttled_at=grant.throttled_at + 1))
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.trust("Faults, kills, load", "changes of one token file by processes", "none lost")
def test_no_update_of_the_token_file_is_lost(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens.json")
    grant: Any = Grant(
        client_id="1000.ID",
        accounts_url="https://accounts.zoho.eu",
        refresh_token="1000.refresh",
        throttled_at=0.0,
    )
    store.save(grant)
    with processes(8, COUNTS, {}, str(store.path)) as running:
        assert [said(each) for each in running] == ["ready"] * 8
        for each in running:
            tell(each, "")
        assert [said(each) for each in running] == ["done"] * 8
    kept = store.load()
    assert kept is not None
    assert kept.throttled_at == 8 * 25
    print(f"trust: 8 processes; {8 * 25} changes")


FORKS = """
import os, sys, threading
from zohohub.client import Client

client = Client.from_env()
assert client.request("GET", "org").status == 200
store = client._transport._auth._store
held = threading.Event()
go_on = threading.Event()


def hold():
    with store.lock():
        held.set()
        go_on.wait()


thread = threading.Thread(target=hold)
if sys.argv[1] == "held":
    thread.start()
    held.wait()
child = os.fork()
if child == 0:
    code = 1
    try:
        client._transport._auth.renew(client._transport._auth.token())
        code = 0
    finally:
        os._exit(code)
if sys.argv[1] == "held":
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    go_on.set()
    thread.join()
assert os.waitpid(child, 0)[1] == 0, "a process that was forked gets no token"
client._transport._auth.renew(client._transport._auth.token())
assert client.request("GET", "org").status == 200
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("lock", ["free", "held"])
def test_a_forked_process_uses_the_token_file(start: Start, tmp_path: Path, lock: str) -> None:
    emulator = start()
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, lock],
        env={**os.environ, **variables(emulator.connection, tmp_path / "tokens.json")},
        timeout=30,
    )
    assert done.returncode == 0
    # The parent takes the token that the child has made.
    assert refreshes(emulator) == 2
