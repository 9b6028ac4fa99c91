"""Secrets and personal data stay out of logs, messages, tracebacks and reprs; tokens at home."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from zohohub.auth import Auth
from zohohub.client import Client
from zohohub.connection import Connection, Reply, Upload
from zohohub.data_centres import is_of_zoho
from zohohub.errors import (
    ConfigurationError,
    ConnectionFailed,
    UnexpectedAnswer,
    WriteUnknown,
    ZohoError,
    api_error,
)
from zohohub.transport import Answer, Transport

Call = Callable[[Client], object]
PERSONAL = ("ada@", "ada%40", "Lovelace", "secret-", "1000.s", "=secret")
HALF = '{"data": [{"Last_Name": "Lovelace", "Email": "ada@exam'


def shown(error: BaseException) -> str:
    """All that a traceback, or a tool that follows every link of it, would show."""
    texts = ["".join(traceback.format_exception(error)), str(vars(error))]
    linked: BaseException | None = error
    while linked is not None:
        texts += [str(linked), repr(linked)]
        linked = linked.__cause__ or linked.__context__
    # The lines of this file stand in the traceback too.
    return "\n".join(line for text in texts for line in text.split("\n") if "crm." not in line)


CALLS: list[Call] = [
    lambda crm: crm.request("GET", "Leads/search", params={"email": "ada@example.com"}),
    lambda crm: crm.request("GET", "Leads/search?email=ada%40example.com#ada"),
    lambda crm: crm.request("POST", "Leads", json={"data": [{"Last_Name": "Lovelace"}]}),
    lambda crm: crm.download("Leads/search", params={"email": "ada@example.com"}),
]
BREAKS: dict[str, Callable[[Any], None]] = {
    "cut": lambda server: server.cut(),
    "half": lambda server: server.break_off(),
    "half JSON": lambda server: server.reply(200, HALF),
    "HTML": lambda server: server.reply(502, "<html>Bad gateway"),
    "refused": lambda server: server.reply(400, {"code": "INVALID_DATA", "message": "no"}),
    "redirect": lambda server: server.reply(302, {}, {"Location": "/?email=ada@example.com"}),
    "silence": lambda server: server.stall(0.4),
}


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("call", CALLS, ids=["parameters", "path", "body", "download"])
def test_whatever_fails_nobody_is_named(
    server: Any, auth: Auth, caplog: pytest.LogCaptureFixture, breaks: Any, call: Call
) -> None:
    transport = Transport(auth, retries=1)
    transport._connection = Connection((1, 0.1))
    transport._sleep = lambda seconds: None
    crm = Client(transport=transport)
    for _ in range(2):
        breaks(server)
    with caplog.at_level(logging.DEBUG, "zohohub"):
        try:
            found = call(crm)
        except ZohoError as error:
            text = shown(error)
            assert "Leads" in text
            assert not any(word in text for word in PERSONAL), text
        else:  # a file that looks like half an answer is a file
            assert not any(word in repr(found) for word in PERSONAL)
    transport.close()
    lines = [each.getMessage() for each in caplog.records if each.name == "zohohub"]
    assert len(lines) >= 2
    assert not any(word in line for line in lines for word in PERSONAL)


def test_no_connection_names_nobody(server: Any, closed_url: str) -> None:
    server.reply_token(200, {"access_token": "1000.secret", "api_domain": closed_url})
    transport = Transport(Auth("i", "s", "r", accounts_url=server.url), retries=0)
    with pytest.raises(ConnectionFailed, match="refused") as caught:
        CALLS[0](Client(transport=transport))
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert not any(word in shown(caught.value) for word in PERSONAL)
    transport.close()


@pytest.mark.parametrize("token", ["1000.secret\n", " 1000.sécret-€"])
def test_a_token_that_is_no_header_is_not_shown(server: Any, auth: Auth, token: str) -> None:
    server.reply_token(200, {"access_token": token, "api_domain": server.url})
    with pytest.raises(ConfigurationError, match="cannot be sent") as caught:
        Client(auth).request("GET", "Leads")
    assert not any(word in shown(caught.value) for word in PERSONAL)
    assert caught.value.__context__ is None
    assert server.requests == []


def test_a_password_in_an_address_is_not_shown(closed_url: str) -> None:
    url = closed_url.replace("://", "://me:secret-word@")
    auth = Auth("i", "s", "r", accounts_url=url)
    auth._sleep = lambda seconds: None
    with pytest.raises(ConnectionFailed) as caught:
        auth.token()
    assert "secret-word" not in shown(caught.value)


def test_a_query_that_zoho_does_not_take_is_not_quoted() -> None:
    details = {"line": 1, "near": "ada@example.com", "clause": "where"}
    error = api_error(400, {"code": "SYNTAX_ERROR", "details": details}, "POST /crm/v8/coql")
    assert str(error).endswith("no message; line 1")
    assert error.details["near"] == "ada@example.com"


def test_reprs() -> None:
    for value in (
        Answer(200, {"data": [{"Email": "ada@example.com"}]}, {"Set-Cookie": "secret-cookie"}),
        Reply(200, {"Set-Cookie": "secret-cookie"}, b"secret-content"),
        Upload("a.txt", b"secret-content"),
    ):
        assert not any(word in repr(value) for word in PERSONAL)
    assert replace(Answer(204, None), request="GET x") == Answer(204, None, request="GET x")


# --- where a token may go ---------------------------------------------------------------------

OWN = "https://www.zohoapis.eu"


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://www.zohoapis.eu/crm/v8/x", True),
        ("https://www.zohoapis.com.au/x", True),
        ("https://content.zohoapis.in/x", True),
        ("https://download-accl.zoho.com/x", True),
        ("https://upload.zohocloud.ca/x", True),
        ("http://www.zohoapis.eu/x", False),
        ("https://evilzohoapis.eu/x", False),
        ("https://zohoapis.eu.evil.example/x", False),
        ("https://evil.example/www.zohoapis.eu", False),
        ("https://evil.example\\@www.zohoapis.eu/x", False),
        ("https://evil.example\\.zohoapis.eu/x", False),
        ("https://evil.example#@www.zohoapis.eu/x", False),
        ("https://www.zohoapis.eu@evil.example/x", False),
        ("https://me:pass@www.zohoapis.eu/x", False),
        ("https://[::1/x", False),
    ],
)
def test_hosts_of_zoho(url: str, taken: bool) -> None:
    assert is_of_zoho(url, OWN) is taken


def test_the_own_host_is_that_with_its_port() -> None:
    assert is_of_zoho("http://127.0.0.1:8000/x", "http://127.0.0.1:8000")
    assert not is_of_zoho("http://127.0.0.1:8001/x", "http://127.0.0.1:8000")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.0.0.1:1\\@www.zohoapis.eu"])
def test_nothing_is_sent_elsewhere(server: Any, transport: Transport, host: str) -> None:
    for call in (
        lambda: transport.request("GET", f"https://{host}/x"),
        lambda: transport.download(f"https://{host}/x"),
    ):
        with pytest.raises(UnexpectedAnswer, match="none of Zoho's"):
            call()
    assert server.requests == []


def test_a_path_may_quote_an_address(server: Any, transport: Transport) -> None:
    server.reply(200, {"data": []})
    transport.request("GET", "Leads/search?criteria=(Website:equals:https://example.com)")
    (request,) = server.requests
    assert request.path == "/crm/v8/Leads/search"
    assert request.params == {"criteria": "(Website:equals:https://example.com)"}


@pytest.mark.outside_contracts("a write without a body, which nobody gets")
def test_what_the_caller_was_handling_is_no_cause_of_what_fails(
    server: Any, transport: Transport
) -> None:
    """Python links each error to the one that is being handled, which is no reason of ours."""
    for breaks in (server.cut, server.break_off):
        for handled in (KeyError("ada@example.com"), ssl.SSLCertVerificationError("ada")):
            breaks()
            try:
                raise handled
            except (KeyError, OSError):
                with pytest.raises(WriteUnknown) as caught:
                    transport.request("POST", "Leads")
            assert "ada" not in str(caught.value)


# --- certificates -----------------------------------------------------------------------------


@pytest.fixture
def tls_url(tmp_path: Path) -> Iterator[str]:
    """A server with a certificate that nobody trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    made = [str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")]
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", made[0], "-out", made[1], "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that hang up."""

    http = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made[1], made[0])
    http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.mark.outside_contracts("a write without a body, which nobody gets")
def test_a_certificate_that_is_not_trusted_means_that_nothing_was_sent(
    server: Any, tls_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply_token(200, {"access_token": "1000.secret", "api_domain": tls_url})
    transport = Transport(Auth("i", "s", "r", accounts_url=server.url), retries=0)
    with pytest.raises(ConnectionFailed, match="REQUESTS_CA_BUNDLE names the cert") as caught:
        transport.request("POST", "Leads")
    assert not caught.value.maybe_done
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    assert transport.request("POST", "Leads").status == 204
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationError, match=r"missing\.pem"):
        transport.request("POST", "Leads")
    transport.close()
