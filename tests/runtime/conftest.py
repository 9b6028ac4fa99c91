"""Servers on the loopback: one that answers what a test tells it to, and the emulator."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from zohohub import records
from zohohub.auth import Auth
from zohohub.drift import Drift
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator

from .bindings import SNAPSHOT

if TYPE_CHECKING:
    from acme_crm import Crm

ACME = Path(__file__).parents[1] / "cases" / "acme"


@dataclass
class Seen:
    """One request that the server got."""

    method: str
    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Action = Callable[["_Handler"], None]


@dataclass
class Server:
    """What the server will answer, and what it was asked."""

    url: str = ""
    requests: list[Seen] = field(default_factory=list)
    token_requests: list[Seen] = field(default_factory=list)
    tokens: list[Action] = field(default_factory=list)
    answers: list[Action] = field(default_factory=list)
    responder: Callable[[Seen], Any] | None = None
    """Makes the JSON for every request that has no answer of its own."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, status: int, body: Any = None, headers: Mapping[str, str] = {}) -> None:
        self.answers.append(text(status, body, headers))

    def reply_token(self, status: int, body: Any, headers: Mapping[str, str] = {}) -> None:
        self.tokens.append(text(status, body, headers))

    def cut(self) -> None:
        """Read the next request, and close the connection instead of answering."""
        self.answers.append(_cut)

    def break_off(self) -> None:
        """Promise a long answer, and close the connection in its middle."""
        self.answers.append(_break_off)

    def break_off_chunks(self) -> None:
        """Send a chunk of an answer, and close the connection before the last one."""
        self.answers.append(_break_off_chunks)

    def stall(self, seconds: float) -> None:
        """Answer the next request late."""
        self.answers.append(_late(seconds, text(200, {"data": []})))

    def stall_token(self, seconds: float, status: int, body: Any) -> None:
        self.tokens.append(_late(seconds, text(status, body)))

    def take(self, seen: Seen) -> Action:
        with self.lock:
            if seen.path == "/oauth/v2/token":
                self.token_requests.append(seen)
                if self.tokens:
                    return self.tokens.pop(0)
                number = len(self.token_requests)
                return text(200, token_answer(f"1000.secret-access-{number}", self.url))
            self.requests.append(seen)
            if self.answers:
                return self.answers.pop(0)
        if self.responder is None:
            return text(500, {"code": "NO_ANSWER_LEFT"})
        return text(200, self.responder(seen))


def token_answer(token: str, url: str, seconds: int = 3600) -> dict[str, Any]:
    return {"access_token": token, "api_domain": url, "token_type": "Bearer", "expires_in": seconds}


def text(status: int, body: Any, headers: Mapping[str, str] = {}) -> Action:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    if body is None:
        content = b""

    def act(handler: _Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return act


def _cut(handler: _Handler) -> None:
    handler.close_connection = True


def _break_off(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [{"id": "1"')
    handler.close_connection = True


def _break_off_chunks(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'c\r\n{"data": []}\r\n')
    handler.close_connection = True


def _late(seconds: float, then: Action) -> Action:
    def act(handler: _Handler) -> None:
        time.sleep(seconds)
        then(handler)

    return act


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for 40 ms

    def _handle(self) -> None:
        server = self.server
        assert isinstance(server, _HttpServer)
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        seen = Seen(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            dict(self.headers.items()),
            self.rfile.read(length),
        )
        try:
            server.script.take(seen)(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client did not wait

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _HttpServer(ThreadingHTTPServer):
    script: Server


@pytest.fixture
def server() -> Iterator[Server]:
    http = _HttpServer(("127.0.0.1", 0), _Handler)
    http.script = Server(url=f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield http.script
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def closed_url() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def auth(server: Server) -> Iterator[Auth]:
    auth = Auth("client-id", "secret-client", "secret-refresh", accounts_url=server.url)
    yield auth
    auth.close()


@pytest.fixture
def delays() -> list[float]:
    """The waits of the transport, which in these tests take no time."""
    return []


@pytest.fixture
def transport(auth: Auth, delays: list[float]) -> Iterator[Transport]:
    transport = Transport(auth, timeout=(2, 2))
    transport._sleep = delays.append
    yield transport
    transport.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    """Start an emulator with records of some modules."""
    running: list[Emulator] = []

    def go(records: Mapping[str, Sequence[Any]] = {}, **options: Any) -> Emulator:
        for api_name, rows in records.items():
            (tmp_path / f"{api_name}.json").write_text(json.dumps({"data": rows}))
        emulator = Emulator(SNAPSHOT, records=tmp_path, **options)
        running.append(emulator)
        return emulator.start()

    yield go
    for emulator in running:
        emulator.stop()


@pytest.fixture
def connect() -> Iterator[Callable[[Emulator], Transport]]:
    opened: list[Transport] = []

    def go(emulator: Emulator) -> Transport:
        transport = Transport(emulator.auth(), timeout=(2, 5))
        transport._sleep = lambda seconds: None
        opened.append(transport)
        return transport

    yield go
    for transport in opened:
        transport.close()


@pytest.fixture
def acme() -> Iterator[Emulator]:
    """The sample org and its records."""
    with Emulator(ACME / "metadata") as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Values that another test decoded without a client are told by the next one that has."""
    records._unexpected.clear()


@pytest.fixture
def drifts() -> list[Drift]:
    """What the client of the sample org was told of drift."""
    return []


@pytest.fixture
def crm(
    acme: Emulator, connect: Callable[[Emulator], Transport], drifts: list[Drift]
) -> Iterator[Crm]:
    from acme_crm import Crm

    with Crm(transport=connect(acme), on_drift=drifts.append) as client:
        yield client


@pytest.fixture
def copy_acme() -> Callable[[Path], Path]:
    """Copy the metadata of the sample org, to change it."""

    def copy(folder: Path) -> Path:
        return shutil.copytree(ACME / "metadata", folder / "metadata")

    return copy
