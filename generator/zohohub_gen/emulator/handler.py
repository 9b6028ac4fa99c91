"""One connection: reads requests in full, refuses what is none, and sends the answers."""

from __future__ import annotations

import io
import re
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from werkzeug.serving import WSGIRequestHandler

from .app import CUT, KEEP_BYTES, NO_LENGTH
from .control_api import PREFIX
from .errors import error_body
from .values import dumps

_MAX_BODY = 200 * 1024 * 1024
"""Bytes of a request; no API takes more than a tenth of it."""
_LINGER = 0.5
"""Seconds without a byte after which a client that was refused has nothing more to send."""
_PIECE = 65536
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_ERRORS = {413: "BODY_SIZE_REACHED"}
"""Codes of what is refused before it is a request."""


class Handler(WSGIRequestHandler):
    """Keeps connections open, which Werkzeug's own handler does not, and says nothing.

    The body is read in full before the application runs, so that nothing of it is left in front
    of the next request.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Read one request, and answer it."""
        try:
            environ = self.make_environ()
            body = self._body(environ)
        except ValueError as error:
            self.send_error(400, str(error))
            return
        if body is None:
            self.send_error(413)
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        if self.path.startswith(f"{PREFIX}/"):
            # A reset waits until nobody is busy, and is asked for by such a request.
            self._run(environ)
            return
        with self.server.busy():  # type: ignore[attr-defined]  # it is always a _Server
            self._run(environ)

    def _body(self, environ: dict[str, Any]) -> bytes | None:
        """All of the body; None for too large a one, ValueError for less than was announced."""
        if environ.get("wsgi.input_terminated"):
            return self._chunks()
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        if len(lengths) > 1:
            raise ValueError("Content-Length is said twice")
        text = lengths.pop()
        if not (text.isascii() and text.isdigit()):
            raise ValueError("Content-Length is no number")
        if len(text) > 12 or (length := int(text)) > _MAX_BODY:
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError("the body is shorter than Content-Length says")
        return body

    def _chunks(self) -> bytes | None:
        """A chunked body.  Werkzeug's own reader crashes the process where a chunk ends early."""
        body = bytearray()
        while True:
            size = _CHUNK.fullmatch(self.rfile.readline(1024))
            if size is None:
                raise ValueError("invalid size of a chunk")
            length = int(size[1], 16)
            if length == 0:
                break
            if len(body) + length > _MAX_BODY:
                return None
            body += self.rfile.read(length)
            if self.rfile.readline(2) not in (b"\r\n", b"\n"):
                raise ValueError("a chunk has not the size that it says")
        while self.rfile.readline(_PIECE).strip():
            pass  # trailers
        return bytes(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP, or too much of it, as the API does, and hang up."""
        name = _ERRORS.get(code, "INVALID_REQUEST")
        text = message or explain or HTTPStatus(code).phrase
        body = dumps(error_body(name, text)).encode()
        self.close_connection = True
        head = f"HTTP/1.1 {int(code)} {HTTPStatus(code).phrase}\r\nConnection: close\r\n"
        head += (
            f"Content-Type: application/json;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.wfile.write(head.encode("ascii") + (b"" if self.command == "HEAD" else body))
        # Whoever hangs up with something unread takes the answer back.
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            for _ in range(_MAX_BODY // _PIECE):
                if not self.connection.recv(_PIECE):
                    break

    def _run(self, environ: dict[str, Any]) -> None:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: Any, _: Any = None) -> Any:
            started.append((status, list(headers)))

        chunks = self.server.app(environ, start_response)
        try:
            answer = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if environ.get(CUT):
            self.close_connection = True
            return
        status, headers = started[-1]
        self._send(environ, status, headers, answer)

    def _send(
        self, environ: dict[str, Any], status: str, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        keep = environ.get(KEEP_BYTES)
        if keep is not None or self.request_version == "HTTP/1.0":
            self.close_connection = True
        if self.close_connection:
            headers.append(("Connection", "close"))
        if environ.get(NO_LENGTH):
            headers = [header for header in headers if header[0] != "Content-Length"]
        if environ["REQUEST_METHOD"] == "HEAD" or status[:3] in ("204", "304"):
            body = b""
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {value}" for name, value in headers]
        # In one go, so that a client never waits between headers and body.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body[:keep])

    def log(self, type: str, message: str, *args: Any) -> None:  # Werkzeug's name
        """Say nothing; `Emulator.requests` is the log."""
