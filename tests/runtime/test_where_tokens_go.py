"""To whom a token or a secret is sent: over TLS that is verified, to Zoho, and never further."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme
from zohohub.auth import Auth
from zohohub.connection import Connection, Upload
from zohohub.data_centres import DATA_CENTRES, is_private
from zohohub.errors import ConfigurationError, ConnectionFailed, UnexpectedAnswer
from zohohub.grants import OAuthClient
from zohohub.token_stores import MemoryTokenStore
from zohohub.tokens import Grant, Token
from zohohub.transport import Transport

TOKEN = Token("1000.secret-access", "https://www.zohoapis.eu", 1.0)
GRANT = Grant(
    client_id="i", accounts_url="https://accounts.zoho.eu", refresh_token="r", token=TOKEN
)


# --- certificates -----------------------------------------------------------------------------


@pytest.fixture
def untrusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[bytes]]]:
    """A server with a certificate that nobody trusts, and what it could read."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    read: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                try:
                    with context.wrap_socket(client, server_side=True) as safe:
                        read.append(safe.recv(65536))
                except OSError:
                    pass  # it does not trust us

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}", read
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHTTPSVERIFY": "0"},
        {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""},
        {"CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""},
        {"NODE_TLS_REJECT_UNAUTHORIZED": "0", "GIT_SSL_NO_VERIFY": "1", "CURL_INSECURE": "1"},
    ],
    ids=lambda variables: " ".join(variables),
)
@pytest.mark.trust(
    "Secrets and supply chain",
    "variables that turn off TLS verification elsewhere",
    "nothing was sent",
)
def test_no_variable_turns_verification_off(
    untrusted: tuple[str, list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
) -> None:
    url, read = untrusted
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    connection = Connection((2, 2))
    for _ in range(2):  # the second time in the pool of the first
        with pytest.raises(ConnectionFailed, match="SSLCertVerificationError"):
            connection.exchange("POST", url, headers={}, body={"client_secret": "s"})
    connection.close()
    assert read == []
    print("trust: 1 sets of variables")


def test_a_session_that_somebody_spoilt_is_not_shared(untrusted: tuple[str, list[bytes]]) -> None:
    import requests

    url, read = untrusted
    with requests.Session() as session:
        session.verify = False
        with (
            pytest.warns(Warning, match="Unverified HTTPS"),
            pytest.raises(requests.RequestException),
        ):
            session.get(url, timeout=2)
    assert len(read) == 1  # this one did send
    connection = Connection((2, 2))
    with pytest.raises(ConnectionFailed, match="SSLCertVerificationError"):
        connection.exchange("GET", url, headers={})
    connection.close()
    assert len(read) == 1


# --- without TLS ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://www.zohoapis.eu/x", True),
        ("HTTPS://www.zohoapis.eu/x", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://127.9.9.9/x", True),
        ("http://[::1]:8000/x", True),
        ("http://localhost:8000/x", True),
        ("http://www.zohoapis.eu/x", False),
        ("HTTP://www.zohoapis.eu/x", False),
        ("http://localhost.evil.example/x", False),
        ("http://127.0.0.1.evil.example/x", False),
        ("http://127.0.0.1@evil.example/x", False),
        ("http://evil.example\\@127.0.0.1/x", False),
        ("http://evil.example#@127.0.0.1/x", False),
        ("http://192.168.0.1/x", False),
        ("http://0.0.0.0/x", False),
        ("http://[::ffff:192.168.0.1]/x", False),
    ],
)
def test_what_nobody_on_the_way_can_read(url: str, private: bool) -> None:
    assert is_private(url) is private


@pytest.mark.outside_contracts("an address that is none of Zoho's")
def test_nothing_is_sent_without_tls(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever goes through a proxy would be seen there.
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    client = OAuthClient("i", "secret", accounts_url="http://accounts.zoho.eu.invalid")
    with pytest.raises(ConfigurationError, match="use https://") as caught:
        client.exchange_code("1000.code")
    assert "secret" not in str(caught.value)
    auth = Auth("i", "secret", "refresh", accounts_url="http://accounts.zoho.eu")
    with pytest.raises(ConfigurationError, match=r"POST http://accounts\.zoho\.eu/.* is not sent"):
        auth.token()
    assert server.token_requests == server.requests == []
    auth = Auth("i", "s", "r", accounts_url=server.url, api_domain="http://www.zohoapis.eu")
    server.reply_token(200, {"access_token": "1000.secret"})
    transport = Transport(auth, retries=3)
    with pytest.raises(ConfigurationError, match=r"GET http://www\.zohoapis\.eu/.* is not sent"):
        transport.request("GET", "org")
    transport.close()
    assert server.requests == []


# --- the address that comes with a token ------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://www.zohoapis.eu.evil.example",
        "https://evilzohoapis.eu",
        "https://www.zohoapis.eu@evil.example",
        "https://me:pass@www.zohoapis.eu",
        "https://evil.example\\@www.zohoapis.eu",
        "http://www.zohoapis.eu",
        "http://169.254.169.254",
        "javascript:alert(1)",
        "www.zohoapis.eu",
        {"a": 1},
    ],
    ids=str,
)
@pytest.mark.trust(
    "Secrets and supply chain",
    "addresses that come with a token and are not Zoho’s",
    "no token sent",
)
def test_a_token_that_is_said_to_be_for_somebody_else(server: Any, url: object) -> None:
    answer = {"access_token": "1000.secret", "refresh_token": "1000.other", "api_domain": url}
    auth = Auth("i", "s", "r", accounts_url=server.url)
    server.reply_token(200, answer)
    with pytest.raises(ConfigurationError, match="is no API of Zoho") as caught:
        auth.token()
    assert "1000." not in str(caught.value)
    auth.close()
    server.reply_token(200, answer)
    with pytest.raises(ConfigurationError, match="is no API of Zoho"):
        OAuthClient("i", "s", accounts_url=server.url).exchange_code("1000.code")
    print("trust: 1 addresses")


@pytest.mark.parametrize(
    "url",
    [
        *(centre.api_domain(each) for centre in DATA_CENTRES.values() for each in ("sandbox",)),
        "https://www.zohoapis.eu/",
        "https://crm.example",
        "http://127.0.0.1:1",
    ],
)
def test_a_token_for_zoho_for_this_machine_or_for_the_configured_one(server: Any, url: str) -> None:
    auth = Auth("i", "s", "r", accounts_url=server.url, api_domain="https://crm.example")
    server.reply_token(200, {"access_token": "1000.a", "api_domain": url})
    assert auth.token().api_domain == url.rstrip("/")
    auth.close()


def test_a_server_elsewhere_does_not_name_this_machine() -> None:
    from zohohub.accounts import trusted_api

    own = "https://www.zohoapis.eu"
    with pytest.raises(ConfigurationError):
        trusted_api("http://127.0.0.1:8000", "https://accounts.zoho.eu", own)


def test_a_store_that_others_write_says_not_where_the_next_token_goes(server: Any) -> None:
    token = replace(TOKEN, api_domain="https://evil.example")
    grant = replace(GRANT, token=token, accounts_url=server.url)
    auth = Auth("i", "s", accounts_url=server.url, store=MemoryTokenStore(grant))
    with pytest.raises(ConfigurationError, match=r"evil\.example is no API of Zoho"):
        auth.token()
    assert server.token_requests == []


# --- redirects --------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, which is another origin, and what came to it."""
    listening = socket.create_server(("127.0.0.1", 0))
    came: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                came.append(client.recv(65536))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], came
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.outside_contracts("redirects, which Zoho's files do not describe")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.trust(
    "Secrets and supply chain",
    "redirects: another port, host, scheme, and the same host",
    "none followed, no token sent",
)
def test_no_redirect_is_followed(
    server: Any, transport: Transport, elsewhere: tuple[int, list[bytes]], status: int
) -> None:
    port, came = elsewhere
    places = [
        f"http://127.0.0.1:{port}/other-port",
        f"//localhost:{port}/other-host",
        f"https://127.0.0.1:{port}/other-scheme",
        "/same-host",
    ]
    followed = 0
    for place in places:
        for call in (
            lambda: transport.request("GET", "Leads"),
            lambda: transport.request("POST", "Leads", json={"data": []}),
            lambda: transport.request("POST", "files", upload=Upload("a", b"x")),
            lambda: transport.download("files"),
        ):
            server.reply(status, {}, {"Location": place})
            with pytest.raises(UnexpectedAnswer, match="redirect"):
                call()
            followed += len(server.requests) - 1
            server.requests.clear()
        server.reply_token(status, "", {"Location": place})
        with pytest.raises(UnexpectedAnswer, match="redirect"):
            OAuthClient("i", "s", accounts_url=server.url).exchange_code("1000.code")
    assert (followed, came) == (0, [])
    print(f"trust: {5 * len(places)} redirects; 1 statuses")
