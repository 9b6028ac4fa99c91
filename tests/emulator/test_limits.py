"""Credits, calls at a time, slow answers, the lag of the search index, and faults by chance."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Fault, Limits, RandomFaults
from zohohub_gen.emulator.limits import EDITIONS, edition_limits

from .conftest import Client, Clock, Start

LEFT = "X-API-CREDITS-REMAINING"
QUERY = {"select_query": "select Name from Boats where id is not null"}


def cost(client: Client, method: str, path: str, body: Any = None) -> int:
    before = client.emulator.credits_used
    client.http.request(method, client.base + path, json=body, timeout=10)
    return client.emulator.credits_used - before


def people(count: int) -> list[dict[str, str]]:
    return [{"Last_Name": f"Berg {number}"} for number in range(count)]


def composite(*uris: str, **flags: bool) -> dict[str, Any]:
    parts = [
        {"sub_request_id": str(number), "method": "GET", "uri": uri}
        for number, uri in enumerate(uris, 1)
    ]
    return {**flags, "__composite_requests": parts}


# --- credits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "credits"),
    [
        ("GET", "/org", None, 1),
        ("GET", "/Contacts?fields=id", None, 1),
        ("GET", "/Contacts?fields=id&cvid=4900000000000020", None, 3),
        ("GET", "/Contacts/deleted?type=all", None, 2),
        ("GET", "/Contacts/actions/count", None, 50),
        ("POST", "/Contacts", {"data": people(10)}, 1),
        ("POST", "/Contacts", {"data": people(11)}, 2),
        ("POST", "/Contacts/upsert", {"data": people(100)}, 10),
        ("POST", "/coql", QUERY, 1),
        ("POST", "/coql", {"select_query": QUERY["select_query"] + " limit 2000"}, 3),
        ("POST", "/Leads/1/actions/convert", {"data": [{}]}, 5),
        ("POST", "/__composite_requests", composite("/crm/v8/org", "/crm/v8/users"), 1),
        (
            "POST",
            "/__composite_requests",
            composite("/crm/v8/org", rollback_on_fail=True, parallel_execution=False),
            2,
        ),
        (
            "POST",
            "/__composite_requests",
            composite("/crm/v8/nothing/1", rollback_on_fail=True, parallel_execution=False),
            1,
        ),
    ],
)
def test_what_calls_cost(
    client: Client,
    method: str,
    path: str,
    body: Any,
    credits: int,  # Zoho's word
) -> None:
    assert cost(client, method, path, body) == credits


def test_refused_calls_cost_nothing(client: Client) -> None:
    client.emulator.inject(Fault("status", status=500))
    assert cost(client, "GET", "/org") == 0
    client.http.headers["Authorization"] = "Zoho-oauthtoken 1000.no.no"
    assert cost(client, "GET", "/org") == 0


def test_the_header_comes_from_half_on(start: Start) -> None:
    client = start(limits=Limits(credits=6))
    answers = [client.get("/org") for _ in range(8)]
    assert [answer.headers.get(LEFT) for answer in answers] == [
        None, None, "3", "2", "1", "0", "0", "0",
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert answers[-1].json() == {
        "code": "TOO_MANY_REQUESTS",
        "details": {},
        "message": "The API credits of the last 24 hours are used up",
        "status": "error",
    }
    assert client.emulator.credits_used == 6


def test_a_call_that_costs_more_than_is_left(start: Start) -> None:
    client = start(limits=Limits(credits=49))
    assert client.get("/Contacts/actions/count").status_code == 429
    assert client.get("/org").status_code == 200


def test_credits_come_back_after_a_day(start: Start, clock: Clock) -> None:
    client = start(clock=clock, limits=Limits(credits=2), token_lifetime=1_000_000)
    assert client.get("/org").status_code == 200
    client.emulator.advance(12 * 3600)
    assert [client.get("/org").status_code for _ in range(2)] == [200, 429]
    client.emulator.advance(12 * 3600 - 1)
    assert client.get("/org").status_code == 429
    client.emulator.advance(1)
    # One of the two is a day old, the other is not.
    assert [client.get("/org").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("edition", "limits"),
    [
        ("free", (5_000, 5)),
        ("standard", (52_500, 10)),
        ("professional", (55_000, 15)),
        ("enterprise", (60_000, 20)),
        ("ultimate", (70_000, 25)),
    ],
)
def test_editions(edition: str, limits: tuple[int, int]) -> None:
    assert edition in EDITIONS
    assert edition_limits(edition) == limits


def test_editions_end_somewhere() -> None:
    assert edition_limits("standard", 1_000)[0] == 100_000
    assert edition_limits("free", 1_000)[0] == 5_000
    assert edition_limits("ultimate", 10_000)[0] == 20_050_000


# --- at a time --------------------------------------------------------------------------------


class Held:
    """Calls that stand inside the server until they are let go."""

    def __init__(self, client: Client, *calls: tuple[str, str, Any]) -> None:
        self.client = client
        self.answers: list[int] = []
        count = len(client.emulator.requests)
        for method, path, _ in calls:
            client.emulator.inject(
                Fault("slow", seconds=30, method=method, path=f"/crm/v8{path.partition('?')[0]}")
            )
        self.threads = [threading.Thread(target=self._call, args=call) for call in calls]
        for thread in self.threads:
            thread.start()
        deadline = time.monotonic() + 20
        while client.emulator._running().quotas._running < len(calls):  # no call shows it
            assert time.monotonic() < deadline, len(client.emulator.requests) - count
            time.sleep(0.01)

    def _call(self, method: str, path: str, body: Any) -> None:
        address = self.client.base + path
        headers = dict(self.client.http.headers)
        answer = requests.request(method, address, json=body, headers=headers, timeout=60)
        self.answers.append(answer.status_code)

    def release(self) -> None:
        self.client.emulator._running().stopping.set()  # ends every wait
        for thread in self.threads:
            thread.join()
        self.client.emulator._running().stopping.clear()  # as before


def test_calls_at_a_time(start: Start) -> None:
    client = start(limits=Limits(concurrency=2))
    held = Held(client, ("GET", "/org", None), ("GET", "/users", None))
    refused = client.get("/settings/modules")
    assert refused.status_code == 429
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"
    held.release()
    assert held.answers == [200, 200]
    assert client.get("/settings/modules").status_code == 200


def test_a_composite_request_takes_five(start: Start) -> None:
    client = start(limits=Limits(concurrency=5))
    body = composite("/crm/v8/org")
    assert client.post("/__composite_requests", body).status_code == 200
    held = Held(client, ("GET", "/org", None))
    assert client.post("/__composite_requests", body).status_code == 429
    assert client.get("/users").status_code == 200
    held.release()
    assert client.post("/__composite_requests", body).status_code == 200


def test_ten_heavy_calls_at_a_time(start: Start) -> None:
    client = start(limits=Limits(concurrency=25))
    held = Held(client, *[("POST", "/coql", QUERY)] * 10)
    assert client.coql(QUERY["select_query"]).status_code == 429
    assert client.page("Contacts", fields="id", sort_by="id").status_code == 429
    assert client.post("/Contacts", {"data": people(11)}).status_code == 429
    assert client.post("/Contacts", {"data": people(10)}).status_code == 201
    assert client.page("Contacts", fields="id").status_code == 200
    held.release()
    assert client.page("Contacts", fields="id", sort_by="id").status_code == 200


def test_a_call_that_fails_gives_its_place_back(start: Start) -> None:
    client = start(limits=Limits(concurrency=1))
    for _ in range(3):
        assert client.get("/Nothing?fields=id").status_code == 400
        assert client.get("/a/b/c/d/e/f").status_code == 404
    client.emulator.inject(Fault("cut_after"))
    with pytest.raises(requests.ConnectionError):
        client.get("/org")
    assert client.get("/org").status_code == 200


# --- latency and lag --------------------------------------------------------------------------


def test_latency(start: Start) -> None:
    client = start(limits=Limits(latency=0.3))
    began = time.monotonic()
    assert client.get("/org").status_code == 200
    assert time.monotonic() - began >= 0.3
    client.emulator.limits = Limits()
    assert client.emulator.limits.latency == 0


def test_search_lags_behind(start: Start, clock: Clock) -> None:
    client = start(clock=clock, limits=Limits(search_lag=5), token_lifetime=1_000_000)
    (boat,) = client.add("Boats", {"Name": "Otter"})

    def found() -> int:
        answer = client.get("/Boats/search", params={"criteria": "(Name:equals:Otter)"})
        return 0 if answer.status_code == 204 else len(answer.json()["data"])

    assert found() == 0
    rows = client.coql("select Name from Boats where Name = 'Otter'").json()["data"]
    assert [row["id"] for row in rows] == [boat]
    assert client.page("Boats", fields="Name").json()["data"][0]["id"] == boat
    client.emulator.advance(4)
    assert found() == 0
    client.emulator.advance(2)
    assert found() == 1


# --- faults by chance -------------------------------------------------------------------------


def statuses(client: Client, count: int = 60) -> list[int | None]:
    found: list[int | None] = []
    for _ in range(count):
        try:
            found.append(client.get("/org").status_code)
        except requests.ConnectionError:
            found.append(None)
    return found


def test_chance_is_the_same_under_one_seed(start: Start) -> None:
    plan = RandomFaults(0.3, ("429", "503", "cut"), seed=7)
    client = start(random_faults=plan)
    first = statuses(client)
    assert {200, 429, 503, None} == set(first)
    assert statuses(start(random_faults=plan)) == first
    client.emulator.inject_at_random(plan)
    assert statuses(client) == first
    assert statuses(start(random_faults=RandomFaults(0.3, plan.kinds, seed=8))) != first
    client.emulator.clear_faults()
    assert set(statuses(client)) == {200}


def test_a_higher_rate_hits_what_a_lower_one_hits(start: Start) -> None:
    low, high = (
        statuses(start(random_faults=RandomFaults(rate, ("429", "503"), seed=3)))
        for rate in (0.2, 0.5)
    )
    hit = {number: status for number, status in enumerate(low) if status != 200}
    assert hit.items() <= dict(enumerate(high)).items()
    assert len(hit) < sum(status != 200 for status in high)


def test_chance_leaves_the_accounts_server_alone(start: Start) -> None:
    client = start(random_faults=RandomFaults(1, ("500",)))
    client.refresh()
    assert client.get("/org").status_code == 500


def test_an_injected_fault_comes_before_chance(start: Start) -> None:
    client = start(random_faults=RandomFaults(1, ("500",)))
    client.emulator.inject(Fault("status", status=429, code="DAILY_LIMIT_EXCEEDED"))
    answer = client.get("/org")
    assert (answer.status_code, answer.json()["code"]) == (429, "DAILY_LIMIT_EXCEEDED")
    assert client.get("/org").status_code == 500


@pytest.mark.parametrize(
    ("rate", "kinds", "words"),
    [
        (1.5, ("429",), "between 0 and 1"),
        (0.5, (), "at least one"),
        (0.5, ("200",), "400 to 599"),
        (0.5, ("status",), "no kind of fault"),
        (0.5, ("fire",), "no kind of fault"),
    ],
)
def test_faults_that_there_are_not(rate: float, kinds: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RandomFaults(rate, kinds)


@pytest.mark.parametrize("kind", ["html", "truncate", "expire_token"])
def test_other_kinds_by_chance(start: Start, kind: str) -> None:
    client = start(random_faults=RandomFaults(1, (kind,)))
    if kind == "truncate":
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.get("/org")
    else:
        assert client.get("/org").status_code == {"html": 502, "expire_token": 401}[kind]
