"""The check of all other tests against Zoho's files can fail."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Emulator

from tests.contracts.allowed import ALLOWED
from tests.contracts.contracts import OPENAPI, Contracts, Finding, Operation
from tests.contracts.watch import Watch

pytestmark = pytest.mark.skipif(
    not OPENAPI.is_dir(), reason="no OpenAPI files: set ZOHOHUB_OPENAPI to their folder"
)


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Contracts()


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Watch:
    """The watch over this very test run."""
    found = request.config.pluginmanager.get_plugin("contracts")
    assert isinstance(found, Watch)
    return found


def call(contracts: Contracts, method: str, path: str) -> Operation:
    found = contracts.find(method, path)
    assert found is not None, f"{method} {path}"
    return found


def wrong(findings: Any) -> list[tuple[str, str]]:
    return [(each.where, each.rule) for each in findings]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/crm/v8/Leads", "GET /{module}"),
        ("GET", "/crm/v8/Leads/search", "GET /{module}/search"),
        ("GET", "/crm/v8/Notes/search", "GET /{module}/search"),
        ("GET", "/crm/v8/Notes", "GET /Notes"),
        ("GET", "/crm/v2.1/Leads/1", "GET /{module}/{recordID}"),
        ("GET", "/crm/v8/Leads/1/Notes", "GET /{parentRecordModule}/{parentRecordId}/Notes"),
        ("POST", "/crm/v8/Leads/1/actions/convert", "POST /Leads/{leadId}/actions/convert"),
        ("POST", "/crm/bulk/v8/read", "POST /bulk/read"),
    ],
)
def test_an_address_belongs_to_the_nearest_call(
    contracts: Contracts, method: str, path: str, name: str
) -> None:
    assert call(contracts, method, path).name == name


@pytest.mark.parametrize("path", ["/crm/v8/Leads/1/actions/blueprint", "/oauth/v2/token", "/"])
def test_an_address_of_no_file_belongs_to_no_call(contracts: Contracts, path: str) -> None:
    assert contracts.find("GET", path) is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"fields": "Company", "page": "2"}, []),
        ({"page": "two"}, [("request query.page", "type")]),
        ({"sort_order": "up"}, [("request query.sort_order", "enum")]),
        ({"feilds": "Company"}, [("request query.feilds", "undescribed")]),
    ],
)
def test_parameters(contracts: Contracts, query: dict[str, str], expected: Any) -> None:
    operation = call(contracts, "GET", "/crm/v8/Leads")
    assert wrong(operation.check_request(query, None, {})) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": [{"Company": "Acme"}], "trigger": ["workflow"]}, []),
        ({"trigger": []}, [("request $", "required")]),
        ({"data": [{}], "triger": []}, [("request $", "additionalProperties")]),
        ({"data": [{}], "trigger": ["all"]}, [("request $.trigger.*", "enum")]),
        (None, [("request $", "required")]),
    ],
)
def test_bodies(contracts: Contracts, body: Any, expected: Any) -> None:
    operation = call(contracts, "POST", "/crm/v8/Leads")
    assert wrong(operation.check_request({}, body, {})) == expected


def test_headers(contracts: Contracts) -> None:
    upload = call(contracts, "POST", "/crm/v8/upload")
    assert wrong(upload.check_request({}, None, {"Feature": "bulk-write"})) == [
        ("request header.x-crm-org", "required")
    ]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"data": [{"id": "1"}]}, []),
        (204, None, []),
        (200, {"data": [{"id": 1}]}, [("answer 200 $.data.*.id", "type")]),
        (200, {"data": [{}]}, [("answer 200 $.data.*", "required")]),
        (200, {"rows": []}, [("answer 200 $", "additionalProperties")]),
        (200, None, [("answer 200 $", "required")]),
        (201, {"data": []}, [("answer 201", "undescribed")]),
        (400, {"code": "INVALID_DATA", "details": {}, "message": "no", "status": "error"}, []),
        (400, {"code": "INVALID_DATA", "message": "no"}, [("answer 400 $", "required")]),
        (
            400,
            {"code": "OOPS", "details": {}, "message": "no", "status": "error"},
            [("answer 400 $.code", "enum")],
        ),
        (
            400,
            {"data": [{"code": "INVALID_DATA", "details": {}, "message": "", "status": "success"}]},
            [("answer 400 $.data.*.status", "const")],
        ),
        (500, "oops", [("answer 500 $", "required")]),
    ],
)
def test_answers(contracts: Contracts, status: int, body: Any, expected: Any) -> None:
    operation = call(contracts, "GET", "/crm/v8/Leads")
    assert wrong(operation.check_answer(status, body)) == expected


def test_of_alternatives_the_nearest_is_told(contracts: Contracts) -> None:
    coql = call(contracts, "POST", "/crm/v8/coql")
    (found, *_) = coql.check_answer(200, {"data": [{"id": "1"}], "info": {"count": "many"}})
    assert found.where.startswith("answer 200 $.info")


def test_what_the_runtime_sends_and_the_emulator_answers_is_seen(
    crm: Any, acme: Emulator, watch: Watch
) -> None:
    before = watch.counts.copy()
    crm.request("GET", "org", params={"colour": "red"})
    assert [found.where for found in watch.take()] == ["request query.colour"]
    assert watch.counts - before == {"request": 1, "answer": 1}


def test_what_other_clients_send_is_their_own_affair(acme: Emulator, watch: Watch) -> None:
    before = watch.counts.copy()
    requests.get(f"{acme.connection.api_domain}/crm/v8/org", {"colour": "red"}, timeout=10)
    assert watch.take() == []
    assert watch.counts - before == {"answer": 1}


def test_an_exception_covers_what_it_says_and_no_more() -> None:
    covered = Finding("GET /{module}", "answer 200 $.info.next_page_token", "type", "")
    other = Finding("GET /{module}", "answer 200 $.info.count", "type", "")
    assert any(each.covers(covered) for each in ALLOWED)
    assert not any(each.covers(other) for each in ALLOWED)
