"""One set of credentials in many threads and processes: forks, throttles, clocks, full disks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from zohohub.auth import Auth
from zohohub.client import Client
from zohohub.errors import InvalidCredentials, RefreshThrottled
from zohohub.token_stores import FileTokenStore, MemoryTokenStore
from zohohub.tokens import Grant, Token
from zohohub_gen.emulator import Connection, Emulator

Start = Callable[..., Emulator]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def auth_for(to: Connection, store: Any, **options: Any) -> Auth:
    return Auth(
        to.client_id,
        to.client_secret,
        to.refresh_token,
        accounts_url=to.accounts_url,
        store=store,
        **options,
    )


def refreshes(zoho: Emulator) -> int:
    return sum(each.path == "/oauth/v2/token" for each in zoho.requests)


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


# --- threads ----------------------------------------------------------------------------------


def test_thirty_two_threads_renew_a_token_that_was_revoked_once(start: Start) -> None:
    zoho = start()
    to = zoho.connection
    auth = auth_for(to, None)
    with Client(auth) as crm, ThreadPoolExecutor(32) as pool:

        def all_at_once() -> set[int]:
            calls = [pool.submit(crm.request, "GET", "org") for _ in range(96)]
            return {call.result().status for call in calls}

        assert all_at_once() == {200}
        assert refreshes(zoho) == 1
        token = auth.token().access_token
        revoke = f"{to.accounts_url}/oauth/v2/token/revoke"
        assert requests.post(revoke, data={"token": token}, timeout=5).ok
        assert all_at_once() == {200}
        assert refreshes(zoho) == 2


# --- forks ------------------------------------------------------------------------------------

FORKS = """
import os, signal, sys
from zohohub.auth import Auth
from zohohub.client import Client

crm = Client(Auth("i", "s", "r", accounts_url=sys.argv[1]))
crm.request("GET", "before")  # a connection that stays open
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        names = [f"{number}-{call}" for call in range(25)]
        found = [crm.request("GET", name).json["path"] for name in names]
        os._exit(found != [f"/crm/v8/{name}" for name in names])
    children.append(child)
own = [crm.request("GET", f"own-{call}").json["path"] for call in range(25)]
assert own == [f"/crm/v8/own-{call}" for call in range(25)]
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""

HELD = """
import os, signal, sys, threading, time
import requests  # a fork in the middle of an import is stuck whatever anybody does
from zohohub.auth import Auth

auth = Auth("i", "s", "r", accounts_url=sys.argv[1])
thread = threading.Thread(target=auth.token)
thread.start()
while not auth._lock.locked():
    time.sleep(0.001)
time.sleep(0.2)
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(not auth.token().is_fresh())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
thread.join()
"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@forks
def test_forked_processes_do_not_read_each_others_answers(server: Any) -> None:
    server.responder = lambda seen: {"path": seen.path}
    done = python(FORKS, server.url)
    assert (done.stdout.strip(), done.stderr) == ("[0, 0, 0, 0]", "")
    assert len(server.requests) == 126
    assert len(server.token_requests) == 1


@forks
def test_a_fork_while_a_thread_gets_a_token_is_not_stuck(server: Any) -> None:
    token = {"access_token": "1000.a", "expires_in": 3600}
    server.stall_token(1, 200, token)
    done = python(HELD, server.url)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
    assert len(server.token_requests) == 2


# --- the throttle -----------------------------------------------------------------------------

TOLD = """
import sys
from zohohub.client import Client
from zohohub.errors import ZohoError

crm = Client.from_env()
sys.stdin.readline()
for _ in range(3):
    try:
        crm.request("GET", "org")
    except ZohoError as error:
        print(type(error).__name__, error.retry_after > 500)
"""


def test_eight_processes_that_are_throttled_ask_once_between_them(start: Start, path: Path) -> None:
    zoho = start(refresh_limit=0)
    to = zoho.connection
    environment = {
        **os.environ,
        "ZOHO_CLIENT_ID": to.client_id,
        "ZOHO_CLIENT_SECRET": to.client_secret,
        "ZOHO_REFRESH_TOKEN": to.refresh_token,
        "ZOHO_ACCOUNTS_URL": to.accounts_url,
        "ZOHO_TOKEN_FILE": str(path),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TOLD],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    told = [process.communicate("\n", timeout=60)[0] for process in processes]
    assert told == ["RefreshThrottled True\n" * 3] * 8
    assert refreshes(zoho) == 1


class Full(MemoryTokenStore):
    """A store that can save nothing."""

    def save(self, grant: Grant) -> None:
        raise OSError("no space")


def test_a_throttle_that_cannot_be_saved_is_told_and_kept_in_mind(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    zoho = start(refresh_limit=0)
    auth = auth_for(zoho.connection, Full())
    for _ in range(3):
        with pytest.raises(RefreshThrottled):
            auth.token()
    assert refreshes(zoho) == 1
    assert "Full could not be saved: OSError" in caplog.text
    auth.close()


def test_a_failure_that_cannot_be_saved_hides_nothing(start: Start) -> None:
    zoho = start()
    to = zoho.connection
    old = Token("1000.old", to.accounts_url, time.time())
    grant = Grant(
        client_id=to.client_id, accounts_url=to.accounts_url, refresh_token="1000.no", token=old
    )
    auth = Auth(to.client_id, to.client_secret, accounts_url=to.accounts_url, store=Full(grant))
    with pytest.raises(InvalidCredentials):
        auth.token()
    auth.close()


@pytest.mark.parametrize("body", ["<html>slow down</html>", "", '{"status": "failure"}'])
def test_429_is_the_throttle_whatever_its_body(server: Any, auth: Auth, body: str) -> None:
    server.reply_token(429, body)
    for _ in range(2):
        with pytest.raises(RefreshThrottled):
            auth.token()
    assert len(server.token_requests) == 1


# --- clocks -----------------------------------------------------------------------------------


def stored(to: Connection, **changes: Any) -> Grant:
    grant = Grant(
        client_id=to.client_id, accounts_url=to.accounts_url, refresh_token=to.refresh_token
    )
    return replace(grant, **changes)


@pytest.mark.parametrize("skew", [86_400, -86_400])
def test_a_store_written_by_a_machine_with_another_time(
    start: Start, path: Path, skew: float
) -> None:
    """A token that only seems good is renewed once; one that only seems to have ended, too."""
    zoho = start()
    to = zoho.connection
    token = Token("1000.ended", to.api_domain, time.time() + 3600 + skew)
    FileTokenStore(path).save(stored(to, token=token))
    with Client(auth_for(to, FileTokenStore(path))) as crm:
        assert {crm.request("GET", "org").status for _ in range(3)} == {200}
    assert refreshes(zoho) == 1


def test_a_throttle_of_the_future_is_not_waited_for(start: Start, path: Path) -> None:
    zoho = start()
    FileTokenStore(path).save(stored(zoho.connection, throttled_at=time.time() + 86_400))
    auth = auth_for(zoho.connection, FileTokenStore(path))
    assert auth.token().is_fresh()
    auth.close()


@pytest.mark.parametrize(
    "life", ["soon", {}, -5, "1e999", 10**20, [1], True, "NaN", None], ids=repr
)
def test_a_life_that_makes_no_sense_is_an_hour(server: Any, auth: Auth, life: object) -> None:
    answer = json.dumps({"access_token": "1000.a", "expires_in": life})
    server.reply_token(200, answer)
    token = auth.token()
    assert token.expires_at <= time.time() + 3600
    if life is not True:
        assert token.is_fresh()


# --- the file ---------------------------------------------------------------------------------

SMALL = """
import os, resource, sys
import filelock
from zohohub.auth import Auth
from zohohub.errors import ConfigurationError
from zohohub.token_stores import FileTokenStore

auth = Auth(*sys.argv[1:4], accounts_url=sys.argv[4], store=FileTokenStore(sys.argv[5]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
try:
    auth.token()
except ConfigurationError as error:
    print(error)
print(auth.token().is_fresh())
"""


NOBODY = """
if os.geteuid() == 0:
    os.seteuid(65534)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the size of files")
def test_a_disk_that_is_full_keeps_the_old_file(start: Start, path: Path) -> None:
    zoho = start()
    to = zoho.connection
    store = FileTokenStore(path)
    store.save(stored(to))
    before = path.read_bytes()
    secrets = (to.client_id, to.client_secret, to.refresh_token)
    done = python(SMALL, *secrets, to.accounts_url, str(path))
    assert done.stdout.startswith(f"{path} cannot be written (File too large): ")
    assert done.stdout.endswith("\nTrue\n"), done.stderr
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} <= {"tokens.json", "tokens.json.lock"}
    assert refreshes(zoho) == 1
    assert to.client_secret not in done.stdout + done.stderr


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder in which its reader can make no file."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_a_folder_that_cannot_be_written_costs_no_refresh(
    start: Start, closed_folder: Path
) -> None:
    zoho = start()
    to = zoho.connection
    # The superuser may write anywhere.
    code = SMALL.partition("resource.setrlimit")[0] + NOBODY + SMALL[SMALL.index("try:") :]
    code = code.rpartition("print")[0]
    secrets = (to.client_id, to.client_secret, to.refresh_token)
    done = python(code, *secrets, to.accounts_url, str(closed_folder / "tokens.json"))
    assert "tokens.json cannot be locked (Permission denied): " in done.stdout, done.stderr
    assert refreshes(zoho) == 0


def test_a_lock_file_that_was_left_behind_locks_nothing(start: Start, path: Path) -> None:
    path.with_name("tokens.json.lock").write_text("4711 of a process that is gone")
    zoho = start()
    auth = auth_for(zoho.connection, FileTokenStore(path))
    assert auth.token().is_fresh()
    auth.close()
