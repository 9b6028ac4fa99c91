"""Every kind of fault, as a plain client sees it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Fault

from .conftest import Client, token_form


def count(client: Client) -> int:
    return int(client.get("/Contacts/actions/count").json()["count"])


def insert(client: Client) -> requests.Response:
    return client.post("/Contacts", {"data": [{"Last_Name": "Berg"}]})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "INTERNAL_ERROR"),
        (429, "TOO_MANY_REQUESTS"),
        (500, "INTERNAL_ERROR"),
        (503, "SERVICE_UNAVAILABLE"),
        (403, "NO_PERMISSION"),
        (418, "INTERNAL_ERROR"),
    ],
)
def test_status(client: Client, status: int | None, code: str) -> None:
    client.emulator.inject(Fault("status", status=status))
    answer = insert(client)
    assert answer.status_code == status or (status is None and answer.status_code == 500)
    assert answer.json()["code"] == code
    assert answer.json()["status"] == "error"
    assert "Retry-After" not in answer.headers
    assert count(client) == 0


def test_retry_after(client: Client) -> None:
    client.emulator.inject(Fault("status", status=429, retry_after=7))
    assert insert(client).headers["Retry-After"] == "7"
    assert insert(client).status_code == 201


@pytest.mark.parametrize(("status", "seen"), [(None, 502), (200, 200)])
def test_html(client: Client, status: int | None, seen: int) -> None:
    client.emulator.inject(Fault("html", status=status))
    answer = insert(client)
    assert answer.status_code == seen
    assert answer.headers["Content-Type"].startswith("text/html")
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert count(client) == 0


def test_cut_before(client: Client) -> None:
    client.emulator.inject(Fault("cut_before"))
    with pytest.raises(requests.ConnectionError):
        insert(client)
    assert client.emulator.requests[-1].status is None
    assert count(client) == 0


def test_cut_after(client: Client) -> None:
    client.emulator.inject(Fault("cut_after"))
    with pytest.raises(requests.ConnectionError):
        insert(client)
    assert client.emulator.requests[-1].status is None
    assert count(client) == 1


def test_truncate(client: Client) -> None:
    client.emulator.inject(Fault("truncate"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        insert(client)
    assert count(client) == 1
    client.emulator.inject(Fault("truncate"))
    answer = client.http.get(f"{client.base}/org", stream=True, timeout=5)
    half = answer.raw.read(decode_content=False, amt=10)
    assert len(half) == 10
    assert int(answer.headers["Content-Length"]) > 100
    answer.close()


def test_truncate_without_a_length(client: Client) -> None:
    client.emulator.inject(Fault("truncate", declare_length=False))
    answer = insert(client)
    assert answer.status_code == 201
    assert "Content-Length" not in answer.headers
    assert answer.text.startswith('{"data"')
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert count(client) == 1


def test_slow(client: Client) -> None:
    client.emulator.inject(Fault("slow", seconds=0.3))
    began = time.monotonic()
    assert insert(client).status_code == 201
    assert time.monotonic() - began >= 0.3
    client.emulator.inject(Fault("slow", seconds=1))
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.base}/org", timeout=0.2)


def test_a_slow_request_does_not_hold_up_another(client: Client) -> None:
    client.emulator.inject(Fault("slow", seconds=1, method="GET", path="/crm/v8/org"))
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.base}/org", timeout=0.1)
    began = time.monotonic()
    assert insert(client).status_code == 201
    assert time.monotonic() - began < 0.8


def test_expire_token(client: Client) -> None:
    client.emulator.inject(Fault("expire_token"))
    for _ in range(2):
        answer = insert(client)
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TOKEN")
    client.refresh()
    assert insert(client).status_code == 201
    assert count(client) == 1


def test_times_and_skip(client: Client) -> None:
    client.emulator.inject(Fault("status", status=503, times=2, skip=1))
    assert [insert(client).status_code for _ in range(5)] == [201, 503, 503, 201, 201]


def test_faults_queue_up(client: Client) -> None:
    client.emulator.inject(Fault("status", status=429))
    client.emulator.inject(Fault("status", status=503))
    assert [insert(client).status_code for _ in range(3)] == [429, 503, 201]
    client.emulator.inject(Fault("status", times=99))
    client.emulator.clear_faults()
    assert insert(client).status_code == 201


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        ({"method": "POST"}, ["POST"]),
        ({"method": "get"}, ["GET", "GET users"]),
        ({"path": "/crm/v8/Contacts"}, ["POST", "GET"]),
        ({"path": re.compile(r"/users$")}, ["GET users"]),
        ({"path": "/crm/v8/Contacts", "method": "GET"}, ["GET"]),
        ({"path": "/elsewhere"}, []),
    ],
)
def test_matching(client: Client, where: dict[str, Any], hit: list[str]) -> None:
    client.emulator.inject(Fault("status", times=99, **where))
    statuses = {
        "POST": insert(client).status_code,
        "GET": client.page("Contacts", fields="id").status_code,
        "GET users": client.get("/users").status_code,
    }
    assert [name for name, status in statuses.items() if status == 500] == hit


def test_the_accounts_server_is_hit_only_when_named(client: Client) -> None:
    address = f"{client.emulator.connection.accounts_url}/oauth/v2/token"
    form = token_form(client.emulator)
    client.emulator.inject(Fault("status", status=503))
    assert requests.post(address, form, timeout=5).status_code == 200
    client.emulator.inject(Fault("html", status=200, path="/oauth"))
    assert requests.post(address, form, timeout=5).headers["Content-Type"].startswith("text/html")
    assert client.get("/org").status_code == 503
