"""``zohohub-gen login``: from the consent page, or from a self client's code, to a refresh token.

The consent page ends with a redirect to this machine.  A server on the loopback catches it: it
takes one answer, the one to its own question, and stops.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from zohohub.data_centres import DATA_CENTRES
from zohohub.grants import is_answer
from zohohub.token_stores import FileTokenStore

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.summaries import LoggedIn

if TYPE_CHECKING:
    from zohohub.grants import OAuthClient
    from zohohub.tokens import Grant

    from zohohub_gen.config import Settings
    from zohohub_gen.terminal import Terminal

_HOST = "127.0.0.1"
_PATH = "/callback"
_PATIENCE = 300.0
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>zohohub-gen login</title>
<body style="font-family: sans-serif; margin: 4em auto; max-width: 30em">
<h1>{heading}</h1>
<p>{text}</p>
"""
# A browser prints to standard output, where only the token belongs.
_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_STDERR = 2


def login(
    terminal: Terminal, settings: Settings, *, code: str | None, scopes: Sequence[str], port: int
) -> LoggedIn:
    """Get a refresh token, and store it in the token file of the settings if they name one.

    With ``code``, that of a self client is exchanged; otherwise a browser asks the user for
    ``scopes``, and the redirect comes to ``port``.

    Raises `GeneratorError` when nobody answers within 5 minutes or the port is taken, and what
    `OAuthClient.exchange_code` and `OAuthClient.exchange_redirect` raise.
    """
    client = settings.client()
    store = FileTokenStore(settings.token_file) if settings.token_file else None
    if store is not None:
        with store.lock():
            pass  # before the consent, so that no code is lost to a folder that cannot be written
    if code is not None:
        grant = client.exchange_code(code)
    else:
        grant = _by_consent(terminal, client, scopes, port)
    if store is not None:
        store.save(grant)
        return LoggedIn(
            token_file=store.path,
            variables={settings.variable("ZOHO_TOKEN_FILE"): str(store.path)},
        )
    return LoggedIn(
        refresh_token=grant.refresh_token,
        token_variable=settings.variable("ZOHO_REFRESH_TOKEN"),
        variables=_place(settings, grant),
    )


def _place(settings: Settings, grant: Grant) -> dict[str, str]:
    for name, centre in DATA_CENTRES.items():
        if centre.accounts_url == grant.accounts_url:
            return {settings.variable("ZOHO_DC"): name}
    return {settings.variable("ZOHO_ACCOUNTS_URL"): grant.accounts_url}


def _by_consent(terminal: Terminal, client: OAuthClient, scopes: Sequence[str], port: int) -> Grant:
    state = secrets.token_urlsafe(32)
    with _Loopback(port, state) as server:
        redirect_uri = f"http://{_HOST}:{server.server_port}{_PATH}"
        address = client.authorization_url(scopes, redirect_uri=redirect_uri, state=state)
        terminal.note(
            f"The client needs this redirect URI in Zoho's API console: {redirect_uri}\n"
            f"Agree in the browser; if none opens, go to\n{address}"
        )
        threading.Thread(target=_open, args=(terminal, address), daemon=True).start()
        return client.exchange_redirect(server.wait(), state=state, redirect_uri=redirect_uri)


def _open(terminal: Terminal, address: str) -> None:
    done = subprocess.run(  # noqa: S603  # this Python, and an address made here
        [sys.executable, "-c", _OPEN, address], stdout=_STDERR, check=False
    )
    if done.returncode != 0:
        terminal.note("No browser could be opened: go to the address above.", "yellow")


class _Loopback(ThreadingHTTPServer):
    """Waits for one redirect that carries ``state``."""

    daemon_threads = True
    # On Windows, reuse would let another program listen at the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, state: str) -> None:
        try:
            super().__init__((_HOST, port), _Handler)
        except OSError as error:
            raise GeneratorError(
                f"port {port} on {_HOST} cannot be used ({error.strerror}): choose another one "
                "with --port, and enter its redirect URI in the API console"
            ) from error
        self._state = state
        self._answer: Future[dict[str, str]] = Future()
        self._claimed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self) -> _Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def wait(self) -> dict[str, str]:
        """The parameters of the redirect."""
        try:
            return self._answer.result(timeout=_PATIENCE)
        except TimeoutError:
            raise GeneratorError(
                f"no answer came within {_PATIENCE:.0f} seconds: run `zohohub-gen login` again, "
                "or give it the code of a self client with --code"
            ) from None

    def is_expected(self, parameters: dict[str, str]) -> bool:
        """Whether it is the answer: with our state, or a refusal, which Zoho sends without."""
        refused = "error" in parameters and "state" not in parameters
        return refused or is_answer(parameters, self._state)

    def claim(self) -> bool:
        """Whether the caller is the first with an answer."""
        with self._lock:
            first, self._claimed = not self._claimed, True
            return first

    def answer(self, parameters: dict[str, str]) -> None:
        """End the wait."""
        self._answer.set_result(parameters)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about browsers that hang up."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    """Seconds: browsers open connections on which they send nothing."""

    @property
    def _loopback(self) -> _Loopback:
        return cast("_Loopback", self.server)

    def do_GET(self) -> None:  # http.server's name
        parts = urlsplit(self.path)
        parameters = dict(parse_qsl(parts.query))
        if parts.path != _PATH:
            self._page(404, "Not found", "Only the answer of Zoho's consent page belongs here.")
        elif not self._loopback.is_expected(parameters):
            self._page(400, "Not the answer", "This is not the answer to the login under way.")
        elif not self._loopback.claim():
            self._page(400, "Used before", "The answer was taken already.")
        else:
            try:
                if "error" in parameters:
                    self._page(200, "Not authorised", "The terminal says more.")
                else:
                    self._page(200, "Thank you", "Close this window; the terminal says the rest.")
            finally:
                # The page first: the process may end with the answer.
                self._loopback.answer(parameters)

    def _page(self, status: int, heading: str, text: str) -> None:
        page = _PAGE.format(heading=heading, text=text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html;charset=UTF-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the address holds the code."""
