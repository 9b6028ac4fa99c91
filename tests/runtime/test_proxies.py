"""Calls through a proxy, as in most companies: what it sees, and what is known when it breaks."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from zohohub.auth import Auth
from zohohub.errors import ConnectionFailed, WriteUnknown
from zohohub.tokens import Token
from zohohub.transport import Transport

HOST = "www.zohoapis.eu"
TOKEN = "1000.secret-access"


def head(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found and (piece := connection.recv(65536)):
        found += piece
    return found


@dataclass
class Proxy:
    """A proxy that plays the server at the end of its tunnels too; what each of the two heard."""

    tls: ssl.SSLContext
    tunnels: list[bytes] = field(default_factory=list[bytes])
    requests: list[bytes] = field(default_factory=list[bytes])
    answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n"
    """To whoever asks for a tunnel; nothing hangs up."""
    lets_answer: bool = True
    """Whether the server answers, or the line is cut once it has the request."""

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(5)
                self.tunnels.append(head(client))
                client.sendall(self.answer)
                if b" 200 " in self.answer:
                    with self.tls.wrap_socket(client, server_side=True) as inside:
                        self.requests.append(head(inside))
                        if self.lets_answer:
                            inside.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    proxy = Proxy(tls)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield proxy
    proxy.close()


@pytest.fixture
def post(proxy: Proxy) -> Iterator[Callable[[], int]]:
    """Do a call that must not be repeated; its status."""
    auth = Auth("i", "s", "r", data_centre="eu")
    auth._token = Token(TOKEN, f"https://{HOST}", 1e12)
    transport = Transport(auth, retries=2)
    transport._sleep = lambda seconds: None
    yield lambda: transport.request("POST", "Leads").status
    transport.close()


pytestmark = pytest.mark.outside_contracts("a write without a body, which nobody does")


def test_a_proxy_sees_where_a_call_goes_and_nothing_of_it(
    proxy: Proxy, post: Callable[[], int]
) -> None:
    assert post() == 204
    (tunnel,), (request,) = proxy.tunnels, proxy.requests
    assert tunnel.startswith(f"CONNECT {HOST}:443 ".encode())
    assert b"Zoho" not in tunnel
    assert b"/crm/" not in tunnel
    assert f"Authorization: Zoho-oauthtoken {TOKEN}".encode() in request


def test_a_write_whose_answer_is_lost_behind_a_proxy_is_never_sent_again(
    proxy: Proxy, post: Callable[[], int]
) -> None:
    proxy.lets_answer = False
    with pytest.raises(WriteUnknown, match="may or may not have been done"):
        post()
    assert len(proxy.requests) == 1


def test_a_proxy_that_makes_no_tunnel_means_that_nothing_was_sent(
    proxy: Proxy, post: Callable[[], int]
) -> None:
    proxy.answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(ConnectionFailed, match=r"no connection .*407 Proxy Auth") as caught:
        post()
    assert not caught.value.maybe_done
    assert (len(proxy.tunnels), proxy.requests) == (3, [])


def test_a_proxy_that_hangs_up_says_nothing(proxy: Proxy, post: Callable[[], int]) -> None:
    """It looks like a cut in the middle of the call, so that is how it is taken."""
    proxy.answer = b""
    with pytest.raises(WriteUnknown):
        post()
    assert len(proxy.tunnels) == 1
