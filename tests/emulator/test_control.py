"""/__emulator: what a test in any language may ask of the emulator."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Fault, Limits, RandomFaults

from .conftest import Client, Clock, Start


def control(client: Client, method: str, path: str, body: Any = None, **options: Any) -> Any:
    address = f"{client.emulator.connection.api_domain}/__emulator/{path}"
    answer = requests.request(method, address, json=body, timeout=20, **options)
    return answer.status_code, answer.json() if answer.content else None


def arm(client: Client, **fault: Any) -> dict[str, Any]:
    status, answer = control(client, "POST", "faults", fault)
    assert status == 201, answer
    found: dict[str, Any] = answer
    return found


def refused(client: Client, path: str, body: Any) -> str:
    status, answer = control(client, "POST", path, body)
    assert (status, answer["code"]) == (400, "INVALID_DATA")
    return str(answer["message"])


# --- faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status"}, (500, "INTERNAL_ERROR")),
        ({"kind": "status", "status": 429}, (429, "TOO_MANY_REQUESTS")),
        ({"kind": "status", "status": 429, "code": "DAILY_LIMIT_EXCEEDED"},
         (429, "DAILY_LIMIT_EXCEEDED")),
        ({"kind": "expire_token"}, (401, "INVALID_TOKEN")),
        ({"kind": "status", "path": "/crm/v8/org", "method": "GET"}, (500, "INTERNAL_ERROR")),
        ({"kind": "status", "pattern": "/or.$"}, (500, "INTERNAL_ERROR")),
        ({"kind": "status", "path": "/crm/v8/users"}, (200, None)),
    ],
)  # fmt: skip
def test_a_fault_over_http(
    client: Client, fault: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    arm(client, **fault)
    answer = client.get("/org")
    assert (answer.status_code, answer.json().get("code")) == expected


def test_faults_that_break_the_answer(client: Client) -> None:
    arm(client, kind="html", status=200)
    assert client.get("/org").headers["Content-Type"].startswith("text/html")
    arm(client, kind="truncate", declare_length=False)
    with pytest.raises(requests.JSONDecodeError):
        client.get("/org").json()
    arm(client, kind="cut_before")
    with pytest.raises(requests.ConnectionError):
        client.get("/org")
    arm(client, kind="slow", seconds=5)
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.base}/org", timeout=0.2)


def test_what_is_armed_is_shown_and_disarmed(client: Client) -> None:
    shown = arm(client, kind="status", status=503, times=3, skip=1, pattern="org$", retry_after=7)
    fault = {
        "kind": "status", "times": 3, "skip": 1, "status": 503, "retry_after": 7, "seconds": 0,
        "declare_length": True, "pattern": "org$",
    }  # fmt: skip
    assert shown == {"faults": [fault], "random": None}
    assert [client.get("/org").status_code for _ in range(2)] == [200, 503]
    status, shown = control(client, "GET", "faults")
    assert (status, shown["faults"][0]["times"], shown["faults"][0]["skip"]) == (200, 2, 0)
    assert control(client, "DELETE", "faults") == (200, {"faults": [], "random": None})
    assert client.get("/org").status_code == 200


def test_chance_over_http(client: Client) -> None:
    plan = {"rate": 0.4, "kinds": ["429", "503"], "seed": 5}
    assert arm(client, **plan)["random"] == plan
    first = [client.get("/org").status_code for _ in range(30)]
    assert set(first) == {200, 429, 503}
    arm(client, **plan)
    assert [client.get("/org").status_code for _ in range(30)] == first
    client.emulator.inject_at_random(RandomFaults(0.4, ("429", "503"), seed=5))
    assert [client.get("/org").status_code for _ in range(30)] == first
    control(client, "DELETE", "faults")
    assert {client.get("/org").status_code for _ in range(20)} == {200}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("faults", {"kind": "fire"}, "kind is one of"),
        ("faults", {}, "kind is one of"),
        ("faults", {"kind": "status", "staus": 1}, "staus is unknown here"),
        ("faults", {"kind": "status", "status": "503"}, "wrong type"),
        ("faults", {"kind": "status", "status": True}, "wrong type"),
        ("faults", {"kind": "truncate", "declare_length": 0}, "wrong type"),
        ("faults", {"kind": "status", "status": 42}, "between 200 and 599"),
        ("faults", {"kind": "status", "times": 0}, "times begins at 1"),
        ("faults", {"kind": "slow", "seconds": -1}, "not negative"),
        ("faults", {"kind": "status", "pattern": "("}, "no regular expression"),
        ("faults", {"kind": "status", "pattern": "a", "path": "/"}, "not both"),
        ("faults", {"rate": 2}, "between 0 and 1"),
        ("faults", {"rate": 0.1, "kinds": [429]}, "list of strings"),
        ("faults", {"rate": 0.1, "kinds": ["fire"]}, "no kind of fault"),
        ("faults", {"rate": 0.1, "kind": "cut"}, "kind is unknown here"),
        ("limits", {"credits": -1}, "not negative"),
        ("limits", {"credits": "many"}, "wrong type"),
        ("limits", {"latency": None}, "wrong type"),
        ("limits", {"credits_used": 7}, "0 alone"),
        ("clock", {}, "advance is missing"),
        ("clock", {"advance": -1}, "only moves on"),
        ("clock", {"now": 5}, "now is unknown here"),
    ],
)
def test_orders_that_make_no_sense(
    client: Client, path: str, body: dict[str, Any], words: str
) -> None:
    assert words in refused(client, path, body)


# --- limits, clock, log, reset ----------------------------------------------------------------


def test_limits_over_http(start: Start) -> None:
    client = start(limits=Limits(credits=100))
    client.get("/org")
    shown = {"credits": 100, "concurrency": None, "latency": 0, "search_lag": 0, "credits_used": 1}
    assert control(client, "GET", "limits") == (200, shown)
    status, changed = control(client, "POST", "limits", {"credits": 2, "search_lag": 1.5})
    assert (status, changed) == (200, shown | {"credits": 2, "search_lag": 1.5})
    assert client.emulator.limits == Limits(credits=2, search_lag=1.5)
    assert [client.get("/org").status_code for _ in range(2)] == [200, 429]
    control(client, "POST", "limits", {"credits_used": 0})
    assert client.get("/org").status_code == 200
    control(client, "POST", "limits", {"credits": None})
    assert {client.get("/org").status_code for _ in range(4)} == {200}


def test_the_clock_over_http(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    status, before = control(client, "GET", "clock")
    assert (status, before) == (200, {"now": clock.now, "text": "2026-05-28T22:26:40+02:00"})
    assert client.get("/org").status_code == 200
    _, after = control(client, "POST", "clock", {"advance": 3600})
    assert after["now"] == clock.now + 3600
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    client.refresh()
    assert client.get("/org").status_code == 200


def test_the_log_over_http(client: Client) -> None:
    control(client, "DELETE", "requests")
    client.post("/Contacts", {"data": [{"Last_Name": "Berg"}]}, params={"code": "secret"})
    assert control(client, "GET", "requests") == (
        200,
        {
            "requests": [
                {
                    "method": "POST",
                    "path": "/crm/v8/Contacts",
                    "query": {"code": "***"},
                    "status": 201,
                    "body": {"data": [{"Last_Name": "Berg"}]},
                }
            ]
        },
    )
    assert control(client, "DELETE", "requests") == (200, {"requests": []})


@pytest.mark.parametrize("over_http", [True, False])
def test_a_reset(start: Start, over_http: bool) -> None:
    plan = RandomFaults(1, ("503",), seed=3)
    client = start(limits=Limits(credits=500), random_faults=plan)
    client.emulator.clear_faults()
    client.add("Contacts", {"Last_Name": "Berg"})
    client.emulator.inject(Fault("status"))
    client.emulator.limits = Limits(credits=1)
    before = client.emulator.connection
    if over_http:
        assert control(client, "POST", "reset") == (204, None)
    else:
        client.emulator.reset()
    assert client.emulator.connection == before
    assert client.emulator.requests == []
    assert client.emulator.credits_used == 0
    assert client.emulator.limits == Limits(credits=500)
    assert control(client, "GET", "faults")[1]["random"] == {
        "rate": 1, "kinds": ["503"], "seed": 3,
    }  # fmt: skip
    client.refresh()
    assert client.get("/org").status_code == 503
    client.emulator.clear_faults()
    assert client.page("Contacts", fields="id").status_code == 204
    client.add("Contacts", {"Last_Name": "Holm"})


# --- who may ask ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "reset"), ("GET", "requests")])
def test_pages_of_other_origins_are_refused(
    client: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    client.add("Contacts", {"Last_Name": "Berg"})
    status, answer = control(client, method, path, headers=headers)
    assert (status, answer["code"]) == (403, "FORBIDDEN")
    assert client.page("Contacts", fields="id").status_code == 200


def test_its_own_origin_is_let_in(client: Client) -> None:
    own = client.emulator.connection.api_domain
    for headers in ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert control(client, "GET", "faults", headers=headers)[0] == 200
    port = client.emulator.connection.port
    assert requests.get(f"http://localhost:{port}/__emulator/faults", timeout=5).status_code == 200


def test_it_listens_on_this_machine_alone(client: Client) -> None:
    name = client.emulator._server.socket.getsockname()[0]  # type: ignore[union-attr]  # it runs
    assert name == "127.0.0.1"


def test_faults_and_limits_do_not_keep_the_test_out(start: Start) -> None:
    client = start(limits=Limits(credits=0, concurrency=0, latency=30))
    client.emulator.inject(Fault("cut_before", times=99, path="/"))
    client.emulator.clear_requests()
    assert control(client, "GET", "faults")[0] == 200
    assert control(client, "GET", "nothing")[0] == 404
    assert control(client, "PUT", "faults")[0] == 400
    assert client.emulator.requests == []


def test_a_body_that_is_no_json(client: Client) -> None:
    address = ("127.0.0.1", client.emulator.connection.port)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(
            b"POST /__emulator/faults HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n"
            b"Connection: close\r\n\r\n{x}"
        )
        text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert text.startswith("HTTP/1.1 400")
    assert json.loads(text.rpartition("\r\n\r\n")[2])["code"] == "JSON_PARSE_ERROR"
