"""A network between a client and a server that goes wrong, by chance and from a seed.

Unlike the faults of the emulator it also cuts requests in their middle, and hits the requests for
tokens.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse

FAULTS: Mapping[str, int] = {
    "cut before": 4,
    "cut in": 4,
    "cut after": 6,
    "cut idle": 4,
    "truncate": 5,
    "429": 8,
    "500 not done": 3,
    "502 done": 3,
    "html": 3,
    "html done": 3,
    "stall": 1,
    "expired": 5,
}
"""How often each of them happens, in proportion."""
HARMLESS = frozenset({"429", "expired"})
"""After these a client knows that nothing was done."""
_BUSY = b'{"code":"TOO_MANY_REQUESTS","details":{},"message":"too many","status":"error"}'
_BROKEN = b'{"code":"INTERNAL_ERROR","details":{},"message":"Internal Error","status":"error"}'
_PAGE = b"<html><body>Sorry.</body></html>"


@dataclass
class BadNetwork:
    """Carries requests to the port ``to`` of this machine; ``rate`` of them go wrong.

    ``expire`` makes the access token of the next request invalid.
    """

    to: int
    rate: float
    seed: int
    expire: Callable[[], object]
    happened: Counter[str] = field(default_factory=Counter[str])
    """How often each fault has happened."""
    requests: int = 0
    """How many requests have come."""
    ambiguous: int = 0
    """How many faults of requests with a token leave a client not knowing what was done."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.to))
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        try:
            while self._carry(client, server):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {client, server}
            client.close()
            server.close()

    def _fault(self, *, with_token: bool) -> str | None:
        with self._lock:
            self.requests += 1
            hit = self._chance.random() < self.rate
            kind = self._chance.choices(list(FAULTS), list(FAULTS.values()))[0]
            # A client that gets no token because of too many asks no more for a minute.
            if not hit or (kind in HARMLESS and not with_token):
                return None
            self.happened[kind] += 1
            self.ambiguous += with_token and kind not in HARMLESS
            return kind

    def _carry(self, client: socket.socket, server: socket.socket) -> bool:
        """One request, and its answer; whether the connection goes on."""
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(65536)
            if not piece:
                return False
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        length = _length(head)
        fault = self._fault(with_token=b"\r\nauthorization:" in head.lower())
        if fault == "cut in":
            # What is unread makes the system reset the connection, while the client may still send.
            server.sendall(head + b"\r\n\r\n" + body[: length // 2])
            return False
        while len(body) < length:
            body += client.recv(65536)
        if fault == "cut before":
            return False
        if fault == "429":
            client.sendall(_answer("429 Too Many Requests", _BUSY))
            return True
        if fault == "500 not done":
            client.sendall(_answer("500 Internal Server Error", _BROKEN))
            return True
        if fault == "html":
            client.sendall(_answer("200 OK", _PAGE))
            return True
        if fault == "expired":
            self.expire()
        server.sendall(head + b"\r\n\r\n" + body)
        answer = HTTPResponse(server, method=head.split(b" ", 1)[0].decode())
        answer.begin()
        content = answer.read()
        if fault == "cut after":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if fault == "stall":
            client.recv(1)  # until the client hangs up
            return False
        if fault in ("502 done", "html done"):
            page = _BROKEN if fault == "502 done" else _PAGE
            client.sendall(_answer("502 Bad Gateway", page))
            return True
        whole = _answer(f"{answer.status} {answer.reason}", content, answer.headers["Content-Type"])
        if fault == "truncate":
            client.sendall(whole[: -(len(content) // 2 + 1)])
            return False
        client.sendall(whole)
        return fault != "cut idle"


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _answer(status: str, body: bytes, content_type: str | None = None) -> bytes:
    length = "" if status.startswith("204") else f"Content-Length: {len(body)}\r\n"
    kind = f"Content-Type: {content_type or 'application/json'}\r\n"
    return f"HTTP/1.1 {status}\r\n{kind}{length}\r\n".encode() + body
