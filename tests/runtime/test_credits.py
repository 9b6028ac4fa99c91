"""The log of calls, the credits they cost, and any call of the API."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from acme_crm import Crm, Lead
from zohohub.client import Client
from zohohub.connection import Upload
from zohohub.credits import Credits, credit_cost
from zohohub.errors import ApiError, InvalidModule, TooManyRequests
from zohohub.transport import Answer, Transport
from zohohub_gen.emulator import Emulator, Fault

ROWS = {"data": [{}] * 95}


@pytest.mark.parametrize(
    ("method", "path", "params", "json", "cost"),
    [
        ("GET", "Leads", {"fields": "id"}, None, 1),
        ("GET", "Leads", {"cvid": "1"}, None, 3),
        ("GET", "Leads/1", None, None, 1),
        ("GET", "Leads/deleted", {"page": "1"}, None, 2),
        ("GET", "Leads/actions/count", None, None, 50),
        ("GET", "settings/modules", None, None, 1),
        ("POST", "Leads", None, ROWS, 10),
        ("PUT", "Leads", None, {"data": [{}] * 11}, 2),
        ("PUT", "Leads/1", None, {"data": [{}]}, 1),
        ("POST", "Leads/upsert", None, {"data": [{}] * 10}, 1),
        ("DELETE", "Leads", {"ids": "1,2"}, None, 1),
        ("POST", "Leads/1/actions/convert", None, {"data": [{}]}, 5),
        ("POST", "Leads/1/actions/send_mail", None, {"data": [{}]}, 20),
        ("POST", "Leads/actions/add_tags", None, {"ids": ["1"] * 51}, 2),
        ("POST", "Leads/actions/remove_tags", {"ids": "1,2"}, None, 1),
        ("POST", "coql", None, {"select_query": "select id from Leads limit 200"}, 1),
        ("POST", "coql", None, {"select_query": "select id from Leads limit 400, 1000"}, 2),
        ("POST", "coql", None, {"select_query": "select id from Leads LIMIT 2000"}, 3),
        ("POST", "coql", None, {"select_query": "select id from Leads"}, 1),
        ("POST", "settings/modules", None, {"modules": [{}]}, 500),
        ("PUT", "settings/modules", None, {"modules": [{}]}, 1),
        ("POST", "__composite_requests", None, {"rollback_on_fail": True}, 2),
        ("POST", "__composite_requests", None, {"rollback_on_fail": False}, 1),
    ],
)
def test_prices(method: str, path: str, params: Any, json: Any, cost: int) -> None:
    assert credit_cost(method, f"/crm/v8/{path}", params, json) == cost


def test_prices_of_bulk() -> None:
    assert credit_cost("POST", "/crm/bulk/v8/read") == 50
    assert credit_cost("POST", "/crm/bulk/v8/write") == 500
    assert credit_cost("GET", "/crm/bulk/v8/read/1") == 1


def test_a_client_counts_what_it_uses(crm: Crm, acme: Emulator) -> None:
    assert (crm.credits.used, crm.credits.left) == (0, None)
    rows: Any = [{"last_name": "x"}] * 95
    crm.leads.create_many(rows)
    assert crm.credits.used == 10
    list(crm.leads.query().select(Lead.fields.id).limit(1000))
    assert crm.credits.used == 12
    acme.inject(Fault("status", status=429))
    acme.inject(Fault("expire_token"))
    list(crm.leads.deleted())
    assert crm.credits.used == 14
    assert repr(crm.credits) == "<Credits: 14 used>"


def test_what_is_left(server: Any, transport: Transport) -> None:
    client = Client(transport=transport)
    server.reply(200, {"data": []}, {"X-API-CREDITS-REMAINING": "4321"})
    client.request("GET", "Leads")
    server.reply(200, {"data": []})
    client.request("GET", "Leads")
    server.reply(200, {"data": []}, {"x-api-credits-remaining": "plenty"})
    client.request("GET", "Leads")
    assert repr(client.credits) == "<Credits: 3 used, 4321 left>"


def test_a_sender_of_your_own_is_not_counted() -> None:
    class Fake:
        def request(self, method: str, path: str, **options: Any) -> Answer:
            return Answer(200, {"data": []})

        def download(self, path: str, **options: Any) -> None:
            return None

    client = Client(transport=Fake())
    assert client.request("GET", "Leads").json == {"data": []}
    assert isinstance(client.credits, Credits)
    assert client.credits.used == 0


def test_the_log_says_what_was_done_and_nothing_about_people(
    server: Any, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(transport=transport)
    server.reply(200, {"data": []}, {"X-API-CREDITS-REMAINING": "4321"})
    server.reply(201, {"data": []})
    with caplog.at_level(logging.DEBUG, "zohohub"):
        client.request("GET", "Leads/search", params={"email": "ada@example.com"})
        client.request("POST", "Leads", json={"data": [{"Last_Name": "Lovelace"}]})
    lines = [re.sub(r"\d+ ms", "5 ms", record.getMessage()) for record in caplog.records]
    assert lines[-2:] == [
        "GET /crm/v8/Leads/search 200 in 5 ms, attempt 1, 4321 credits left",
        "POST /crm/v8/Leads 201 in 5 ms, attempt 1, 4321 credits left",
    ]
    assert not re.search("ada|Lovelace|secret", caplog.text)


def test_any_file(crm: Crm, acme: Emulator) -> None:
    answer = crm.request("POST", "files", upload=Upload("plan.txt", b"a plan"))
    assert answer.json is not None
    acme.inject(Fault("expire_token"))
    acme.inject(Fault("status", status=429))
    file_id = answer.json["data"][0]["details"]["id"]
    found = crm.download("files", params={"id": file_id})
    assert found is not None
    with found as file:
        assert file.read() == b"a plan"
    with pytest.raises(ApiError):
        crm.download("Nothing/1/photo")
    lead = crm.leads.create(last_name="x")
    assert crm.download(f"Leads/{lead}/photo") is None


def test_any_call(crm: Crm, acme: Emulator) -> None:
    answer = crm.request("GET", "settings/modules")
    assert answer.json is not None
    assert {module["api_name"] for module in answer.json["modules"]} >= {"Leads", "Deals"}
    acme.inject(Fault("status", status=500))
    acme.inject(Fault("expire_token"))
    assert crm.request("GET", "/crm/v2/Leads/1234567890123").status == 204
    with pytest.raises(InvalidModule):
        crm.request("GET", "Nothing", params={"fields": "id"})
    made = crm.request("POST", "Leads", json={"data": [{"Last_Name": "x"}]})
    assert made.status == 201
    for _ in range(5):
        acme.inject(Fault("status", status=429))
    with pytest.raises(TooManyRequests):
        crm.request("GET", "settings/modules")
