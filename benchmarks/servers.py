"""Servers on 127.0.0.1 in processes or threads of their own, and the sides that ask them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import requests

from benchmarks.harness import environment


@contextmanager
def emulator(*options: str) -> Generator[dict[str, Any]]:
    """``zohohub-gen emulator`` in a process of its own; gives its connection."""
    program = [sys.executable, "-m", "zohohub_gen", "emulator", *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def serving(answer: Callable[[str], bytes]) -> Generator[str]:
    """A server that gives a token, and for each GET what ``answer`` makes of the path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body leave in one packet.
        wbufsize = -1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send({"access_token": "1000.token", "expires_in": 3600, "api_domain": address})

        def do_GET(self) -> None:
            self._send(answer(self.path))

        def _send(self, body: bytes | Mapping[str, Any]) -> None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


def credentials(address: str) -> dict[str, str]:
    """What reaches a server that takes any credentials."""
    return {
        "accounts_url": address,
        "api_domain": address,
        "client_id": "1000.benchmark",
        "client_secret": "secret",
        "refresh_token": f"1000.{'r' * 64}",
    }


CREDENTIALS = ("accounts_url", "api_domain", "client_id", "client_secret", "refresh_token")
"""What an ``Auth`` takes of a connection."""


class PlainClient:
    """What one would write by hand: a session of requests, a token, the JSON of an answer."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._session = requests.Session()
        self._api = f"{connection['api_domain']}/crm/v8"
        form = {key: connection[key] for key in CREDENTIALS[2:]}
        answer = self._session.post(
            f"{connection['accounts_url']}/oauth/v2/token",
            data={"grant_type": "refresh_token", **form},
        )
        token = answer.json()["access_token"]
        self._session.headers["Authorization"] = f"Zoho-oauthtoken {token}"

    def call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Any:
        answer = self._session.request(method, self._api + path, params=parameters, json=body)
        answer.raise_for_status()
        return json.loads(answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()
