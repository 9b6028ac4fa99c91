"""One request as bytes, and the answer to it, over a plain socket."""

from __future__ import annotations

import http.client
import json
import shlex
import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

PATIENCE = 30.0
"""Seconds after which an answer counts as never coming; the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request; ``path`` and the names and values of ``query`` are not encoded yet."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    chunked: bool = False
    length: int | None = None
    """What Content-Length says, where that is not the truth."""
    rule: str = ""
    """Rule and method of the route that it was made for."""
    module: str | None = None

    @property
    def target(self) -> str:
        """Path and query as they travel."""
        text = quote_from_bytes(self.path.encode("utf-8", "surrogatepass"), safe="/$:@,+")
        if not self.query:
            return text
        return f"{text}?{urlencode(self.query, errors='surrogatepass')}"

    def data(self, token: str) -> bytes:
        """The bytes of the request; ``token`` stands in for ``{token}`` in its headers."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value.replace('{token}', token)}" for name, value in self.headers]
        body = self.body or b""
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
            parts = [body[at : at + 700] for at in range(0, len(body), 700)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        elif self.body is not None or self.length is not None:
            lines.append(f"Content-Length: {len(body) if self.length is None else self.length}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body

    def __str__(self) -> str:
        """As a call of curl, with the token and the address left open."""
        parts = ["curl", "-sS", "-i", "--path-as-is", "-X", self.method]
        parts.append(f"$ZOHO{self.target}")
        shown = [f"{name}: {value}" for name, value in self.headers]
        if self.chunked:
            shown.append("Transfer-Encoding: chunked")
        if self.length is not None:
            shown.append(f"Content-Length: {self.length}")
        parts += [each for line in shown for each in ("-H", line.replace("{token}", "$TOKEN"))]
        text = shlex.join(parts).replace("'$ZOHO", '"$ZOHO"\'').replace("$TOKEN'", '\'"$TOKEN"')
        if self.body is None:
            return text
        try:
            body = self.body.decode("utf-8")
            printable = "\x00" not in body
        except UnicodeDecodeError:
            printable = False
        if printable:
            return f"{text} --data-binary {shlex.quote(body)}"
        return f"printf %s {self.body.hex()} | xxd -r -p | {text} --data-binary @-"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.headers.get("content-type", "").startswith("application/json")

    def json(self) -> Any:
        """The JSON; ValueError where it is none."""
        return json.loads(self.body.decode("utf-8"))


class Line:
    """One connection, opened again whenever the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, call: Call, token: str) -> Answer | None:
        """The answer; None where the server hung up.  TimeoutError where none comes."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        try:
            self._socket.sendall(call.data(token))
            if call.length is not None:
                # Whoever promises more than comes waits for ever otherwise.
                self._socket.shutdown(socket.SHUT_WR)
            answer = http.client.HTTPResponse(self._socket, method=call.method)
            answer.begin()
            body = answer.read()
        except TimeoutError:
            self.close()
            raise
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close or call.length is not None:
            self.close()
        return Answer(answer.status, headers, body)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
