"""Where tokens are kept: in memory, in a file that processes share, anywhere else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from zohohub.auth import Auth
from zohohub.client import Client, auth_from_env
from zohohub.data_centres import DATA_CENTRES, DataCentre
from zohohub.errors import (
    AuthError,
    ConfigurationError,
    ConnectionFailed,
    InvalidCredentials,
    RefreshThrottled,
)
from zohohub.token_stores import FileTokenStore, LockableTokenStore, MemoryTokenStore
from zohohub.tokens import Grant, Token
from zohohub_gen.emulator import Connection, Emulator, Fault

Start = Callable[..., Emulator]

GRANT = Grant(
    client_id="1000.ID",
    accounts_url="https://accounts.zoho.eu",
    refresh_token="1000.secret-refresh",
    token=Token("1000.secret-access", "https://www.zohoapis.eu", 1_780_000_000.25),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def auth_for(to: Connection, store: Any, **options: Any) -> Auth:
    options.setdefault("refresh_token", to.refresh_token)
    return Auth(
        to.client_id, to.client_secret, accounts_url=to.accounts_url, store=store, **options
    )


def refreshes(emulator: Emulator) -> int:
    return sum(each.path == "/oauth/v2/token" for each in emulator.requests)


def at_once(seconds: float) -> None:
    """Wait for nothing."""


def no_secret(error: pytest.ExceptionInfo[BaseException]) -> None:
    shown: BaseException | None = error.value
    while shown is not None:
        assert "secret" not in str(shown) + repr(shown)
        shown = shown.__cause__ or shown.__context__


# --- processes --------------------------------------------------------------------------------

WORKER = """
import os, sys
from zohohub.client import Client

client = Client.from_env()
print("ready", flush=True)
for _ in sys.stdin:
    print(client.request("GET", "org").status, flush=True)
"""


def variables(to: Connection, path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ZOHO_CLIENT_ID": to.client_id,
        "ZOHO_CLIENT_SECRET": to.client_secret,
        "ZOHO_REFRESH_TOKEN": to.refresh_token,
        "ZOHO_ACCOUNTS_URL": to.accounts_url,
        "ZOHO_TOKEN_FILE": str(path),
    }


@contextmanager
def workers(number: int, environment: Mapping[str, str]) -> Generator[Callable[[], list[str]]]:
    """Processes that are ready; calling what this gives lets all of them do one call at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(number)
    ]

    def line_of(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def go() -> list[str]:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
        return [line_of(process) for process in processes]

    try:
        assert [line_of(process) for process in processes] == ["ready"] * number
        yield go
    finally:
        for process in processes:
            process.communicate(timeout=30)


def test_eight_processes_make_one_refresh_between_them(start: Start, path: Path) -> None:
    zoho = start()
    to = zoho.connection
    with workers(8, variables(to, path)) as call:
        # Slow enough for all to want one before the first has it.
        zoho.inject(Fault("slow", path="/oauth/v2/token", seconds=0.5))
        assert call() == ["200"] * 8
        assert refreshes(zoho) == 1

        first = json.loads(path.read_text())["access_token"]
        revoke = f"{to.accounts_url}/oauth/v2/token/revoke"
        assert requests.post(revoke, data={"token": first}, timeout=5).ok
        assert call() == ["200"] * 8  # all of them are refused, and one of them renews
        assert refreshes(zoho) == 2
        assert json.loads(path.read_text())["access_token"] != first
    with workers(2, variables(to, path)) as call:  # processes that start later
        assert call() == ["200"] * 2
    assert refreshes(zoho) == 2


def test_a_process_that_is_killed_while_it_refreshes_holds_nobody_up(
    start: Start, path: Path
) -> None:
    zoho = start()
    zoho.inject(Fault("slow", path="/oauth/v2/token", seconds=60))
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=variables(zoho.connection, path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        lock = path.with_name("tokens.json.lock")
        deadline = time.monotonic() + 20
        while not lock.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.2)
        process.kill()
    zoho.clear_faults()
    auth = auth_for(zoho.connection, FileTokenStore(path))
    begin = time.monotonic()
    assert auth.token().is_fresh()
    assert time.monotonic() - begin < 5
    auth.close()


KILLED = """
import os, signal, sys
from dataclasses import replace
from zohohub.token_stores import FileTokenStore

path, name, when = sys.argv[1:]
store = FileTokenStore(path)
grant = store.load()
real = getattr(os, name)

def deadly(*arguments, **options):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, name, deadly)
store.save(replace(grant, refresh_token="1000.new"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(
    ("name", "when", "kept"),
    [
        ("fsync", "before", "1000.secret-refresh"),
        ("fsync", "after", "1000.secret-refresh"),
        ("replace", "before", "1000.secret-refresh"),
        ("replace", "after", "1000.new"),
    ],
)
def test_a_kill_while_saving_leaves_the_old_or_the_new_one(
    path: Path, name: str, when: str, kept: str
) -> None:
    store = FileTokenStore(path)
    store.save(GRANT)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), name, when], timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert store.load() == replace(GRANT, refresh_token=kept)
    store.save(replace(GRANT, refresh_token="1000.later"))
    assert store.load() == replace(GRANT, refresh_token="1000.later")
    assert {each.name for each in path.parent.iterdir()} <= {"tokens.json", "tokens.json.lock"}


def test_threads_that_save_and_load_at_once_never_see_half_a_file(path: Path) -> None:
    store = FileTokenStore(path)
    grants = [replace(GRANT, refresh_token=str(number) * 5000) for number in range(4)]
    store.save(grants[0])

    def save(grant: Grant) -> None:
        for _ in range(10):
            store.save(grant)

    with ThreadPoolExecutor(4) as pool:
        saving = [pool.submit(save, grant) for grant in grants]
        while not all(each.done() for each in saving):
            assert store.load() in grants
        for each in saving:
            each.result()
    assert store.load() in grants


def test_who_waits_too_long_for_the_lock_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zohohub.token_stores._PATIENCE", 0.1)
    holder = FileTokenStore(path)
    held, end = threading.Event(), threading.Event()

    def hold() -> None:
        with holder.lock(), holder.lock():  # a thread may take it again
            held.set()
            end.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        for store in (holder, FileTokenStore(path)):
            with pytest.raises(AuthError, match=r"tokens.json.lock has been held"), store.lock():
                pass
    finally:
        end.set()
        thread.join()
    with FileTokenStore(path).lock():
        pass


# --- the file ---------------------------------------------------------------------------------


def test_a_file_keeps_a_grant(path: Path) -> None:
    store = FileTokenStore(path)
    assert store.load() is None
    store.save(GRANT)
    assert FileTokenStore(str(path)).load() == GRANT
    assert json.loads(path.read_text()) == GRANT.as_dict()
    assert store.path == path.resolve()
    assert repr(store) == f"FileTokenStore({str(path.resolve())!r})"
    assert isinstance(store, LockableTokenStore)
    assert not isinstance(MemoryTokenStore(), LockableTokenStore)


posix = pytest.mark.skipif(os.name != "posix", reason="modes of files")


@posix
def test_only_the_owner_can_read_it_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        FileTokenStore(path).save(GRANT)
    finally:
        os.umask(before)
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes.pop("tokens.json") == 0o600
    assert set(modes.values()) <= {0o600}  # the lock, where it stays


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    store = FileTokenStore(path)
    store.save(GRANT)
    path.chmod(mode)
    with pytest.raises(
        ConfigurationError, match=rf"is open to others \(mode {mode:03o}\)"
    ) as caught:
        store.load()
    assert "chmod 600" in str(caught.value)
    no_secret(caught)
    path.chmod(0o400)
    assert store.load() == GRANT


@posix
def test_a_link_leads_to_the_file_and_stays(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    FileTokenStore(link).save(GRANT)
    assert link.is_symlink()
    assert FileTokenStore(path).load() == GRANT


def test_the_home_folder_and_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    FileTokenStore("~/tokens.json").save(GRANT)
    monkeypatch.chdir(tmp_path)
    store = FileTokenStore("tokens.json")
    monkeypatch.chdir("/")
    assert store.load() == GRANT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"client_id": "1000.secret-',
        b'["1000.secret-refresh"]',
        b'{"refresh_token": "1000.secret-refresh"}',
        b"\xff\xfe1000.secret",
        json.dumps({**GRANT.as_dict(), "expires_at": "secret"}).encode(),
        b'{"client_id": ' * 200_000,
    ],
)
def test_a_damaged_file_is_named_and_not_shown(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    store = FileTokenStore(path)
    with pytest.raises(ConfigurationError, match="damaged") as caught:
        store.load()
    assert f"`zohohub-gen login --store {path}`" in str(caught.value)
    no_secret(caught)
    store.save(GRANT)  # which is what login does
    assert store.load() == GRANT


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileTokenStore(tmp_path / "file" / "tokens.json")
    with pytest.raises(ConfigurationError, match=r"tokens.json cannot be read"):
        store.load()
    with pytest.raises(ConfigurationError, match=r"tokens.json cannot be locked") as caught:
        store.save(GRANT)
    no_secret(caught)


def test_a_file_that_cannot_be_replaced_is_named_and_nothing_is_left(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigurationError, match=r"tokens.json cannot be written") as caught:
        FileTokenStore(path).save(GRANT)
    no_secret(caught)
    assert not path.with_name("tokens.json.new").exists()


# --- credentials and stores -------------------------------------------------------------------


def test_a_stored_token_is_used_without_a_refresh(start: Start, path: Path) -> None:
    zoho = start()
    first = auth_for(zoho.connection, FileTokenStore(path))
    token = first.token()
    first.close()
    saved = json.loads(path.read_text())
    assert abs(saved["expires_at"] - time.time() - 3600) < 10  # a time, for other processes
    again = auth_for(zoho.connection, FileTokenStore(path), refresh_token=None)
    assert again.token() == token
    assert refreshes(zoho) == 1
    assert repr(again) == f"Auth(store=FileTokenStore({str(path)!r}))"
    again.close()


def test_a_stored_token_that_ends_soon_is_renewed(start: Start, path: Path) -> None:
    zoho = start(token_lifetime=59)
    auth = auth_for(zoho.connection, FileTokenStore(path))
    tokens = {auth.token().access_token for _ in range(2)}
    auth.close()
    assert len(tokens) == refreshes(zoho) == 2


class TextStore:
    """Two methods, as users write them."""

    def __init__(self) -> None:
        self.text: str | None = None

    def __repr__(self) -> str:
        return "TextStore('redis://secret-password@host')"

    def load(self) -> Grant | None:
        return None if self.text is None else Grant.from_dict(json.loads(self.text))

    def save(self, grant: Grant) -> None:
        self.text = json.dumps(grant.as_dict())


class LockedStore(TextStore):
    """A third method, for what is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self.lock_ = threading.Lock()

    @contextmanager
    def lock(self) -> Generator[None]:
        with self.lock_:
            self.held += 1
            yield

    def load(self) -> Grant | None:
        assert self.lock_.locked()
        return super().load()

    def save(self, grant: Grant) -> None:
        assert self.lock_.locked()
        super().save(grant)


@pytest.mark.parametrize("store_type", [TextStore, LockedStore, MemoryTokenStore])
def test_a_store_of_ones_own(start: Start, store_type: Callable[[], Any]) -> None:
    zoho = start()
    store = store_type()
    told: list[Grant] = []
    auth = auth_for(zoho.connection, store, on_refresh=told.append)
    token = auth.token()
    auth.close()
    assert token == auth_for(zoho.connection, store, refresh_token=None).token()
    assert refreshes(zoho) == 1
    (grant,) = told
    assert grant.token == token
    assert grant.refresh_token == zoho.connection.refresh_token
    if isinstance(store, LockedStore):
        assert store.held == 2
    assert "secret" not in repr(auth_for(zoho.connection, store, refresh_token=None))


def test_two_who_share_a_locked_store_make_one_refresh(start: Start) -> None:
    zoho = start()
    zoho.inject(Fault("slow", path="/oauth/v2/token", seconds=0.3))
    store = LockedStore()
    auths = [auth_for(zoho.connection, store) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(Auth.token, auths))
    assert len(tokens) == 1
    assert refreshes(zoho) == 1
    for auth in auths:
        auth.close()


def test_the_callback_is_called_with_no_lock_held(start: Start, path: Path) -> None:
    zoho = start()
    seen: list[Any] = []

    def tell(grant: Grant) -> None:
        seen.append((auth.token(), FileTokenStore(path).load()))
        raise RuntimeError("told")

    auth = auth_for(zoho.connection, FileTokenStore(path), on_refresh=tell)
    with pytest.raises(RuntimeError, match="told"):
        auth.token()
    token, stored = seen[0]
    assert stored.token == token == auth.token()
    assert (len(seen), refreshes(zoho)) == (1, 1)
    auth.close()


def test_a_store_that_fails_costs_no_token_a_call(start: Start) -> None:
    zoho = start()

    class Full(MemoryTokenStore):
        def save(self, grant: Grant) -> None:
            raise OSError("no space")

    auth = auth_for(zoho.connection, Full())
    with pytest.raises(OSError, match="no space"):
        auth.token()
    assert auth.token().is_fresh()
    assert refreshes(zoho) == 1
    auth.close()


def test_a_refused_token_is_not_given_again_after_a_renewal_that_failed(
    start: Start, path: Path
) -> None:
    zoho = start()
    store = FileTokenStore(path)
    auth = auth_for(zoho.connection, store)
    auth._sleep = at_once  # pyright: ignore[reportPrivateUsage]  # no wait
    refused = auth.token()
    for _ in range(3):
        zoho.inject(Fault("cut_before", path="/oauth/v2/token"))
    with pytest.raises(ConnectionFailed):
        auth.renew(refused)
    other = auth_for(zoho.connection, store)
    assert other.token() != refused
    stored = store.load()
    assert stored is not None
    assert stored.token == other.token() == auth.token()
    auth.close()
    other.close()


def test_the_api_domain_is_kept_when_a_refresh_leaves_it_out(server: Any, path: Path) -> None:
    store = FileTokenStore(path)
    token = Token("1000.old", "https://sandbox.zohoapis.eu", 0.0)
    store.save(replace(GRANT, client_id="i", accounts_url=server.url, token=token))
    server.reply_token(200, {"access_token": "1000.new", "expires_in": 3600})
    auth = Auth("i", "s", accounts_url=server.url, store=store)
    assert auth.token().api_domain == "https://sandbox.zohoapis.eu"
    auth.close()


def test_the_store_knows_the_data_centre(
    server: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATA_CENTRES, "eu", DataCentre("eu", server.url, "zohoapis.eu"))
    FileTokenStore(path).save(
        replace(GRANT, client_id="i", accounts_url=server.url + "/", token=None)
    )
    auth = Auth("i", "s", store=FileTokenStore(path))
    assert auth.token().access_token == "1000.secret-access-1"
    auth.close()


def test_no_secret_goes_where_only_the_store_says(server: Any) -> None:
    store = MemoryTokenStore(replace(GRANT, accounts_url=server.url, token=None))
    auth = Auth("1000.ID", "s", store=store)
    with pytest.raises(ConfigurationError, match="no accounts server of Zoho"):
        auth.token()
    assert server.token_requests == []


def test_an_empty_store_says_what_to_do(path: Path) -> None:
    auth = Auth("i", "s", store=FileTokenStore(path))
    with pytest.raises(ConfigurationError, match=r"tokens.json'\) holds no tokens: run .*login"):
        auth.token()


def test_tokens_of_another_client_or_refresh_token_are_left_alone(server: Any, path: Path) -> None:
    store = FileTokenStore(path)
    store.save(GRANT)
    for auth, what in (
        (Auth("other", "s", store=store, accounts_url=server.url), "another client id"),
        (
            Auth("1000.ID", "s", "1000.other", store=store, accounts_url=server.url),
            "another refresh token",
        ),
    ):
        with pytest.raises(ConfigurationError, match=what) as caught:
            auth.token()
        no_secret(caught)
    assert store.load() == GRANT
    assert server.token_requests == []


def test_wrong_credentials_leave_no_file(start: Start, path: Path) -> None:
    auth = auth_for(start().connection, FileTokenStore(path), refresh_token="1000.wrong")
    with pytest.raises(InvalidCredentials):
        auth.token()
    assert not path.exists()
    auth.close()


def test_credentials_need_a_refresh_token_or_a_store() -> None:
    with pytest.raises(ConfigurationError, match="give a refresh token, or a token store"):
        Auth("i", "s")
    with pytest.raises(ConfigurationError, match="must not be empty"):
        Auth("i", "s", "", store=MemoryTokenStore())


# --- the throttle -----------------------------------------------------------------------------


def test_the_throttle_holds_for_everybody_who_shares_the_store(start: Start, path: Path) -> None:
    zoho = start(refresh_limit=0)
    for _ in range(3):  # a process that is restarted again and again
        auth = auth_for(zoho.connection, FileTokenStore(path))
        with pytest.raises(RefreshThrottled, match="one token store between all processes"):
            auth.token()
        auth.close()
    assert refreshes(zoho) == 1


def test_the_throttle_is_waited_out_if_asked(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_780_000_000.0]
    zoho = start(refresh_limit=1, clock=lambda: now[0])
    to = zoho.connection
    auth_for(to, None).token()
    store = LockedStore()
    auth = auth_for(to, store, wait_when_throttled=True)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        assert not store.lock_.locked()
        assert not auth._lock.locked()  # pyright: ignore[reportPrivateUsage]  # the lock of its threads
        waits.append(seconds)
        now[0] += seconds
        monkeypatch.setattr("zohohub.auth._THROTTLE_PAUSE", 0)  # the other clock has not moved

    auth._sleep = sleep  # pyright: ignore[reportPrivateUsage]  # no wait
    assert auth.token().is_fresh()
    assert waits == [600]
    assert refreshes(zoho) == 3
    assert store.text is not None
    assert json.loads(store.text)["throttled_at"] is None
    auth.close()


def test_the_throttle_is_waited_out_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    zoho = start(refresh_limit=0)
    auth = auth_for(zoho.connection, None, wait_when_throttled=True)
    waits: list[float] = []
    monkeypatch.setattr("zohohub.auth._THROTTLE_PAUSE", 0)
    auth._sleep = waits.append  # pyright: ignore[reportPrivateUsage]  # no wait
    with pytest.raises(RefreshThrottled):
        auth.token()
    assert (waits, refreshes(zoho)) == ([600], 2)
    auth.close()


# --- the environment --------------------------------------------------------------------------


def test_the_token_file_of_the_environment(
    start: Start, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = start().connection
    auth = auth_for(to, FileTokenStore(path))
    token = auth.token()
    auth.close()
    env = variables(to, path)
    del env["ZOHO_REFRESH_TOKEN"]
    assert auth_from_env(env).token() == token
    for name in ("ZOHO_DC", "ZOHO_ENVIRONMENT", "ZOHO_REFRESH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in (name for name in env if name.startswith("ZOHO_")):
        monkeypatch.setenv(name, env[name])
    with Client.from_env() as client:
        assert client.request("GET", "org").status == 200


def test_without_a_token_file_the_refresh_token_is_missing() -> None:
    env = {"ZOHO_CLIENT_ID": "i", "ZOHO_CLIENT_SECRET": "s", "ZOHO_TOKEN_FILE": ""}
    with pytest.raises(ConfigurationError, match="set ZOHO_REFRESH_TOKEN in"):
        auth_from_env(env)


def test_nothing_heavy_is_imported_before_the_first_token(path: Path) -> None:
    code = """
import sys
import zohohub.accounts, zohohub.auth, zohohub.grants, zohohub.token_stores, zohohub.tokens
from zohohub.token_stores import FileTokenStore
zohohub.auth.Auth("id", "secret", store=FileTokenStore(sys.argv[1]))
zohohub.grants.OAuthClient("id", "secret")
heavy = {"requests", "urllib3", "http.client", "filelock", "ssl", "asyncio", "socket", "sqlite3"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
