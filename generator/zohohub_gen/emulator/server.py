"""Start, stop and serve: one Werkzeug server on 127.0.0.1 for the accounts and the API side."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from werkzeug.serving import ThreadedWSGIServer

from zohohub_gen.committed_json import is_too_deep
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.snapshot import Snapshot, load_snapshot, present_snapshot

from .app import Application
from .clock import MovableClock
from .definitions import Definitions, read_definitions
from .faults import Fault, RandomFaults
from .handler import Handler
from .limits import Limits
from .oauth import CODE_LIFETIME, Accounts
from .request_log import RecordedRequest
from .scopes import EVERYTHING
from .state import State
from .values import Clock, without_surrogates

if TYPE_CHECKING:
    from zohohub.auth import Auth

HOST = "127.0.0.1"

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PATIENCE = 5.0
"""Seconds that running requests get when the emulator stops."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client needs to reach the emulator."""

    accounts_url: str
    api_domain: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    port: int

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dict."""
        return asdict(self)


class Credentials(TypedDict):
    """What an ``Auth`` takes."""

    client_id: str
    client_secret: str
    refresh_token: str
    accounts_url: str
    api_domain: str


class _Server(ThreadedWSGIServer):
    """Knows its open connections and running requests, so that it can end them."""

    daemon_threads = True

    def __init__(self, port: int, application: Any) -> None:
        listening = socket.create_server((HOST, port), backlog=128)
        with listening:
            super().__init__(
                HOST,
                listening.getsockname()[1],
                application,
                handler=Handler,
                fd=listening.fileno(),
            )
        self._open: set[socket.socket] = set()
        self._running = 0
        self._changed = threading.Condition()

    @contextmanager
    def busy(self) -> Generator[None]:
        """One request is running."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def wait_until_idle(self) -> None:
        """Let running requests end."""
        with self._changed:
            self._changed.wait_for(lambda: self._running == 0, timeout=_PATIENCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._changed:
            self._open.discard(request)
        super().shutdown_request(request)

    def finish(self) -> None:
        """Take no more requests, let running ones end, hang up on every client."""
        self.shutdown()
        self.server_close()
        self.wait_until_idle()
        with self._changed:
            connections = list(self._open)
        for connection in connections:
            # A client that was faster has closed it already.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Emulator:
    """A local Zoho CRM that serves the schema of a snapshot over HTTP.

    ``with Emulator(folder) as zoho: crm = Crm(zoho.auth())`` starts and stops it.  ``records`` is
    a folder of ``<api_name>.json`` files to start with, each an answer of the record API; by
    default the folder ``records`` beside the snapshot.  ``database`` keeps all that the org knows
    (records, files, tokens, channels, jobs) in a file instead of memory; it is filled when it is
    new.  ``seed`` is how many records each module shall have, made up where need be: one number, or
    one for each api_name and ``"*"`` for the others; ``progress`` hears how that goes.  ``port`` 0
    picks a free one.  ``token_lifetime`` is in seconds; ``refresh_limit`` is how often a refresh
    token works in 10 minutes; ``limits`` are those of the org, none by default; ``random_faults``
    happen by chance; ``clock`` answers seconds since 1970.
    Blueprints and variables come from two more files in the folder of the snapshot; see
    `zohohub_gen.emulator.definitions`.
    """

    def __init__(
        self,
        snapshot: Snapshot | Path | str,
        *,
        port: int = 0,
        records: Path | None = None,
        database: Path | None = None,
        seed: int | Mapping[str, int] = 0,
        progress: Work = UNSEEN,
        token_lifetime: int = 3600,
        refresh_limit: int = 10,
        limits: Limits = Limits(),  # noqa: B008  # it cannot be changed
        random_faults: RandomFaults | None = None,
        clock: Clock = time.time,
    ) -> None:
        self._snapshot = snapshot
        self._port = port
        self._records = records
        self._database = database
        self._seed = {"*": seed} if isinstance(seed, int) else dict(seed)
        self._progress = progress
        self._token_lifetime = token_lifetime
        self._refresh_limit = refresh_limit
        self._limits = limits
        self._random_faults = random_faults
        self._clock = MovableClock(clock)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._state: State | None = None
        self._application: Application | None = None

    # --- life -----------------------------------------------------------------------------

    def start(self) -> Emulator:
        """Load the snapshot and answer requests from a thread of its own.

        Raises `GeneratorError` when the snapshot cannot be read or the port is taken.
        """
        if self._server is not None:
            return self
        snapshot, records, definitions = self._sources()
        accounts = Accounts(self._clock, self._token_lifetime, self._refresh_limit)
        state = State(
            snapshot,
            records,
            self._database,
            self._clock,
            accounts,
            definitions,
            {name: count for name, count in self._seed.items() if count},
            self._progress,
        )
        try:
            application = Application(state, self._clock, self.reset)
            self._limit(state)
            state.store.begin()
            self._server = _Server(self._port, application.flask)
        except GeneratorError:
            state.store.close()
            raise
        except OSError as error:
            state.store.close()
            raise GeneratorError(
                f"port {self._port} on {HOST} cannot be used ({error.strerror}):"
                " choose another one, or 0 for any free one"
            ) from error
        accounts.api_domain = f"http://{HOST}:{self._server.port}"
        self._state = state
        self._application = application
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def _limit(self, state: State) -> None:
        """Limits and faults as they were asked for at the start."""
        state.quotas.limits = self._limits
        state.faults.at_random(self._random_faults)

    def _sources(self) -> tuple[Snapshot, Path | None, Definitions]:
        if isinstance(self._snapshot, Snapshot):
            return self._snapshot, self._records, Definitions()
        folder = Path(self._snapshot)
        beside = next(
            (path for path in (folder / "records", folder.parent / "records") if path.is_dir()),
            None,
        )
        return _read(folder), self._records or beside, read_definitions(folder)

    def stop(self) -> None:
        """Let running requests end and close everything; stopping twice does nothing."""
        if self._server is None or self._state is None:
            return
        self._state.stopping.set()
        self._server.finish()
        if self._thread is not None:
            self._thread.join()
        if self._application is not None:
            self._application.close()
        self._state.store.close()
        self._server = self._thread = self._state = self._application = None

    def reset(self) -> None:
        """Hold again what was held at the start, whatever clients have done since.

        Tokens, faults, limits, used credits and the log of requests too, and the clock; jobs in
        the background end; addresses and credentials stay.  Takes about a millisecond.
        RuntimeError unless it is running, and with a ``database``, which is for keeping.
        """
        state = self._running()
        if self._server is None or self._application is None:
            return
        state.stopping.set()
        self._server.wait_until_idle()
        self._application.close()
        self._clock.back()
        state.reset()
        self._limit(state)
        state.stopping.clear()

    def serve_forever(self) -> None:
        """Serve until Ctrl-C or SIGTERM, then stop.  Call it from the main thread."""
        done = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            done.set()

        previous = {number: signal.signal(number, end) for number in _SIGNALS}
        try:
            self.start()
            # A wait without an end keeps Ctrl-C out on Windows.
            while not done.wait(0.5):
                pass
        finally:
            self.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # --- for clients and tests ------------------------------------------------------------

    @property
    def connection(self) -> Connection:
        """Addresses and credentials; RuntimeError unless it is running."""
        accounts = self._running().accounts
        return Connection(
            accounts_url=accounts.api_domain,
            api_domain=accounts.api_domain,
            client_id=accounts.client_id,
            client_secret=accounts.client_secret,
            refresh_token=accounts.refresh_token,
            port=int(accounts.api_domain.rpartition(":")[2]),
        )

    def auth(self) -> Auth:
        """The credentials as a generated package takes them: ``Crm(zoho.auth())``."""
        from zohohub.auth import Auth

        return Auth(**self.credentials)

    @property
    def credentials(self) -> Credentials:
        """The same as plain values, for a package with a runtime of its own.

        ``Crm(Auth(**zoho.credentials))``, with the ``Auth`` of ``<package>._zohohub``.
        """
        at = self.connection
        return Credentials(
            client_id=at.client_id,
            client_secret=at.client_secret,
            refresh_token=at.refresh_token,
            accounts_url=at.accounts_url,
            api_domain=at.api_domain,
        )

    @property
    def requests(self) -> list[RecordedRequest]:
        """The latest 10,000 requests, oldest first."""
        return self._running().log.all()

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._running().log.clear()

    def inject(self, fault: Fault) -> None:
        """Let something go wrong; faults wait in the order in which they were injected."""
        self._running().faults.inject(fault)

    def inject_at_random(self, plan: RandomFaults | None) -> None:
        """Let faults happen by chance from now on, beginning with the seed; None ends that."""
        self._running().faults.at_random(plan)

    def clear_faults(self) -> None:
        """Forget the faults that have not hit yet, those by chance too."""
        self._running().faults.clear()

    @property
    def limits(self) -> Limits:
        """The limits of the org; setting them counts from the next request on."""
        return self._running().quotas.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._running().quotas.limits = limits

    @property
    def credits_used(self) -> int:
        """The credits that the calls of the last 24 hours cost, by Zoho's price list."""
        return self._running().quotas.used

    def advance(self, seconds: float) -> None:
        """Move the clock on: tokens expire, credits come back, search finds what was written."""
        self._clock.advance(seconds)

    def grant_code(
        self, scopes: Iterable[str] = EVERYTHING, *, lifetime: float = CODE_LIFETIME
    ) -> str:
        """A grant code, as the API console would show it: good for one exchange.

        Its tokens carry ``scopes``, by default all.  It lives ``lifetime`` seconds.  RuntimeError
        after 10 codes in 10 minutes, as many as Zoho gives.
        """
        code = self._running().accounts.grant_code(scopes=scopes, lifetime=lifetime)
        if code is None:
            raise RuntimeError("10 grant codes in 10 minutes are all that a client gets")
        return code

    def _running(self) -> State:
        if self._state is None:
            raise RuntimeError("the emulator is not running: call start() first")
        return self._state


def _read(folder: Path) -> Snapshot:
    """A snapshot that can be served: Zoho cuts labels, also in the middle of a character."""
    files = present_snapshot(folder)
    snapshot = load_snapshot(files, str(folder))
    for each in fields(snapshot):
        # Flask cannot answer with what Python follows when it reads.
        if is_too_deep(getattr(snapshot, each.name)):
            raise GeneratorError(
                f"{each.name.replace('_', ' ')} of {folder} is nested too deep; restore the file "
                "or run `zohohub-gen pull`"
            )
    if not any(_SURROGATE.search(content) for content in files.values()):
        return snapshot
    return Snapshot(
        **{each.name: without_surrogates(getattr(snapshot, each.name)) for each in fields(snapshot)}
    )
