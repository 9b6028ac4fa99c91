"""What is barely HTTP, or too much of it, is answered or refused, and holds up nobody else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Emulator

from .test_random_requests import ORG

HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n\r\n"
INFO = b"GET /oauth/serverinfo HTTP/1.1\r\n" + HOST
POST = b"POST /oauth/v2/token HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(ORG) as running:
        yield running


@pytest.fixture
def line(emulator: Emulator) -> Iterator[socket.socket]:
    address = ("127.0.0.1", emulator.connection.port)
    with socket.create_connection(address, timeout=10) as connection:
        yield connection


def everything(line: socket.socket) -> bytes:
    """All that comes until the server hangs up; TimeoutError where it does not."""
    return b"".join(iter(lambda: line.recv(65536), b""))


def parts(answer: bytes) -> tuple[int, Any]:
    """Status and JSON of one answer, which is as long as it says."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    headers = dict(each.lower().split(b": ", 1) for each in lines[1:])
    assert int(headers[b"content-length"]) == len(body)
    return int(lines[0].split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414, id="long line"),
        pytest.param(b"GET /" + b"a" * 5_000_000, 414, id="endless line"),
        pytest.param(INFO + b"X-A: 1\r\n" * 10_000 + b"\r\n", 431, id="10,000 headers"),
        pytest.param(INFO + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n", 431, id="long header"),
        pytest.param(b"\x16\x03\x01\x02\x00 \x01 \xfc\x03\r\n\r\n", 400, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="HTTP/2"),
        pytest.param(b"GET / HTTP/x\r\n\r\n", 400, id="no version"),
        pytest.param(b"GET http://[::1/x HTTP/1.1\r\n" + HOST + b"\r\n", 400, id="bad address"),
        pytest.param(POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", 413, id="huge"),
        pytest.param(POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 413, id="huger"),
        pytest.param(POST + b"Content-Length: 900000000\r\n\r\nabc", 413, id="large"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(POST + "Content-Length: ²\r\n\r\n".encode(), 400, id="no length"),
        pytest.param(
            POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", 400, id="two lengths"
        ),
        pytest.param(CHUNKED + b"zz\r\n", 400, id="no chunk"),
        pytest.param(CHUNKED + b"-5\r\nabcde\r\n", 400, id="negative chunk"),
        pytest.param(CHUNKED + b"2\r\nabcde\r\n0\r\n\r\n", 400, id="longer chunk"),
        pytest.param(CHUNKED + b"ffffffff\r\nabc", 413, id="huge chunk"),
    ],
)
def test_refused(line: socket.socket, sent: bytes, status: int) -> None:
    line.sendall(sent)
    found, body = parts(everything(line))
    assert found == status
    assert body["status"] == "error"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(POST + b"Content-Length: 10\r\n\r\nabc", id="length"),
        pytest.param(CHUNKED + b"5\r\nab", id="chunk"),
        pytest.param(CHUNKED + b"5\r\nabcde\r\n", id="no last chunk"),
    ],
)
def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(
    emulator: Emulator, line: socket.socket, sent: bytes
) -> None:
    emulator.clear_requests()
    line.sendall(sent)
    line.shutdown(socket.SHUT_WR)
    assert parts(everything(line))[0] == 400
    assert emulator.requests == []


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(INFO + CLOSE, id="plain"),
        pytest.param(b"GET /oauth/serverinfo HTTP/1.0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(
            b"GET http://127.0.0.1/oauth/serverinfo HTTP/1.1\r\n" + HOST + CLOSE, id="absolute"
        ),
        pytest.param((INFO + CLOSE).replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(INFO + b"X-A: \x00\xff\r\n" + CLOSE, id="odd bytes in a header"),
    ],
)
def test_answered(line: socket.socket, sent: bytes) -> None:
    line.sendall(sent)
    status, body = parts(everything(line))
    assert (status, body["result"]) == (200, "success")


def test_chunks(line: socket.socket) -> None:
    chunks = b"b;name=value\r\ngrant_type=\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"
    line.sendall(CHUNKED + chunks + INFO + CLOSE)
    answers = everything(line)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert b"invalid_client" in answers
    assert b"success" in answers


def test_pipelined_requests_are_answered_in_order(line: socket.socket) -> None:
    line.sendall((INFO + b"\r\n" + POST + b"Content-Length: 2\r\n\r\n{}") * 20 + INFO + CLOSE)
    answers = everything(line).split(b"HTTP/1.1 ")[1:]
    assert [b"success" in each for each in answers] == [*[True, False] * 20, True]


def test_expect_100_continue(line: socket.socket) -> None:
    head = POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n"
    line.sendall(head + CLOSE)
    assert line.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(b"{}")
    assert parts(everything(line))[0] == 200


def test_slow_clients_hold_up_nobody(emulator: Emulator) -> None:
    slow = [
        socket.create_connection(("127.0.0.1", emulator.connection.port), timeout=10)
        for _ in range(40)
    ]
    try:
        for number, each in enumerate(slow):
            each.sendall((POST + b"Content-Length: 10\r\n\r\nabc")[: 20 if number % 2 else None])
        base = emulator.connection.accounts_url
        for _ in range(5):
            assert requests.get(f"{base}/oauth/serverinfo", timeout=10).status_code == 200
        # A reset waits for requests that run, and these have not begun.
        emulator._running().store.keep("test", "a", 1)
        emulator.reset()
        assert emulator._running().store.kept("test") == {}
        for each in slow[::2]:
            each.sendall(b"abcdefg")
            assert b"200 OK" in each.recv(65536)
    finally:
        for each in slow:
            each.close()


def test_slow_clients_do_not_keep_the_emulator_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So that whoever waits for them waits for ever.
    monkeypatch.setattr("zohohub_gen.emulator.server._PATIENCE", 1000.0)
    with Emulator(ORG) as emulator:
        address = ("127.0.0.1", emulator.connection.port)
        line = socket.create_connection(address, timeout=10)
        line.sendall(POST + b"Content-Length: 10\r\n\r\nabc")
        assert requests.get(f"{emulator.connection.accounts_url}/oauth/serverinfo", timeout=10)
    line.close()
