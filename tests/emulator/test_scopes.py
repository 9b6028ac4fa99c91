"""Scopes: what a token was granted decides what it may do."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from zohohub.credits import credit_cost
from zohohub_gen.emulator.scopes import CALLS, EVERYTHING, check, needed

from .conftest import Client, Start, token_form


def restrict(client: Client, *scopes: str) -> None:
    """Give the client a token with these scopes, as a self client gets one."""
    code = client.emulator.grant_code(scopes)
    form = token_form(client.emulator, grant_type="authorization_code", code=code)
    answer = requests.post(
        f"{client.emulator.connection.accounts_url}/oauth/v2/token", form, timeout=5
    ).json()
    assert answer["scope"] == " ".join(scopes)
    client.http.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"


def mismatch(answer: requests.Response) -> bool:
    if answer.status_code != 401:
        return False
    body = answer.json()
    assert body == {
        "code": "OAUTH_SCOPE_MISMATCH",
        "details": {},
        "message": "invalid oauth scope to access this URL",
        "status": "error",
    }
    return True


READ = "ZohoCRM.modules.READ"
INDEX = "ZohoSearch.securesearch.READ"
QUERY = {"select_query": "select Name from Boats where id is not null"}


@pytest.mark.parametrize(
    ("scopes", "method", "path", "body", "allowed"),
    [
        (("ZohoCRM.modules.ALL",), "GET", "/Contacts?fields=id", None, True),
        (("ZohoCRM.modules.contacts.READ",), "GET", "/Contacts?fields=id", None, True),
        (("ZohoCRM.modules.Contacts.READ",), "GET", "/Contacts?fields=id", None, True),
        (("ZohoCRM.modules.contacts.READ",), "GET", "/Boats?fields=id", None, False),
        (("ZohoCRM.modules.custom.ALL",), "GET", "/Boats?fields=id", None, True),
        (("ZohoCRM.modules.custom.ALL",), "GET", "/Contacts?fields=id", None, False),
        ((READ,), "POST", "/Contacts", {"data": [{"Last_Name": "Berg"}]}, False),
        (("ZohoCRM.modules.WRITE",), "POST", "/Contacts", {"data": [{"Last_Name": "B"}]}, True),
        (("ZohoCRM.modules.WRITE",), "DELETE", "/Contacts?ids=1", None, False),
        (("ZohoCRM.modules.CREATE",), "DELETE", "/Contacts?ids=1", None, False),
        (("ZohoCRM.modules.DELETE",), "DELETE", "/Contacts?ids=1", None, True),
        (("ZohoCRM.modules.ALL",), "GET", "/Boats/search?word=otter", None, False),
        ((READ, INDEX), "GET", "/Boats/search?word=otter", None, True),
        ((INDEX,), "GET", "/Boats/search?word=otter", None, False),
        (("ZohoCRM.modules.ALL",), "GET", "/Boats/actions/count", None, False),
        ((READ, INDEX), "GET", "/Boats/actions/count", None, True),
        ((READ,), "POST", "/coql", QUERY, False),
        (("ZohoCRM.coql.READ",), "POST", "/coql", QUERY, False),
        (("ZohoCRM.coql.READ", "ZohoCRM.modules.custom.READ"), "POST", "/coql", QUERY, True),
        (("ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ"), "POST", "/coql", QUERY, False),
        (
            ("ZohoCRM.coql.READ", READ),
            "POST",
            "/coql",
            {**QUERY, "include_meta": ["fields"]},
            False,
        ),
        (("ZohoCRM.settings.fields.READ",), "GET", "/settings/fields?module=Boats", None, True),
        (("ZohoCRM.settings.ALL",), "GET", "/settings/fields?module=Boats", None, True),
        (("ZohoCRM.settings.modules.READ",), "GET", "/settings/fields?module=Boats", None, False),
        (("ZohoCRM.modules.ALL",), "GET", "/org", None, False),
        (("ZohoCRM.org.READ",), "GET", "/org", None, True),
        (("ZohoCRM.org.READ",), "GET", "/users", None, False),
        (("ZohoCRM.modules.ALL",), "POST", "/upload", None, False),
        (("ZohoFiles.files.ALL",), "POST", "/upload", None, True),
        (("ZohoCRM.modules.ALL",), "GET", "/actions/watch", None, False),
        (("ZohoCRM.notifications.READ",), "GET", "/actions/watch", None, True),
        (("ZohoCRM.modules.ALL",), "GET", "/Boats/actions/mass_update?job_id=1", None, False),
        (("ZohoCRM.mass_update.READ",), "GET", "/Boats/actions/mass_update?job_id=1", None, True),
        ((READ,), "GET", "/Boats/1/Attachments?fields=id", None, True),
        (("ZohoCRM.modules.custom.READ",), "GET", "/Boats/1/Attachments?fields=id", None, False),
    ],
)
def test_the_scopes_of_calls(
    client: Client, scopes: tuple[str, ...], method: str, path: str, body: Any, allowed: bool
) -> None:
    restrict(client, *scopes)
    answer = client.http.request(method, client.base + path, json=body, timeout=10)
    assert mismatch(answer) is not allowed, answer.text


def test_bulk_reads_need_the_module_too(client: Client) -> None:
    base = client.emulator.connection.api_domain
    body = {"query": {"module": {"api_name": "Boats"}}}
    restrict(client, "ZohoCRM.bulk.ALL")
    assert mismatch(client.http.post(f"{base}/crm/bulk/v8/read", json=body, timeout=5))
    restrict(client, "ZohoCRM.bulk.ALL", READ)
    made = client.http.post(f"{base}/crm/bulk/v8/read", json=body, timeout=5)
    assert made.status_code == 201
    restrict(client, "ZohoCRM.modules.ALL")
    job = made.json()["data"][0]["details"]["id"]
    assert mismatch(client.http.get(f"{base}/crm/bulk/v8/read/{job}", timeout=5))


def test_a_part_of_a_composite_request_needs_its_own_scopes(client: Client) -> None:
    parts = [
        {"sub_request_id": "1", "method": "GET", "uri": "/crm/v8/org"},
        {"sub_request_id": "2", "method": "GET", "uri": "/crm/v8/users"},
    ]
    restrict(client, "ZohoCRM.composite_requests.CUSTOM", "ZohoCRM.org.READ")
    answer = client.post("/__composite_requests", {"__composite_requests": parts}).json()
    responses = [part["details"]["response"] for part in answer["__composite_requests"]]
    assert [each["status_code"] for each in responses] == [200, 401]
    assert responses[1]["body"]["code"] == "OAUTH_SCOPE_MISMATCH"
    restrict(client, "ZohoCRM.org.READ", "ZohoCRM.users.READ")
    assert mismatch(client.post("/__composite_requests", {"__composite_requests": parts}))


def test_scopes_stay_with_the_refresh_token(client: Client) -> None:
    code = client.emulator.grant_code(["ZohoCRM.org.READ"])
    form = token_form(client.emulator, grant_type="authorization_code", code=code)
    address = f"{client.emulator.connection.accounts_url}/oauth/v2/token"
    refresh = requests.post(address, form, timeout=5).json()["refresh_token"]
    again = requests.post(
        address, token_form(client.emulator, refresh_token=refresh), timeout=5
    ).json()
    assert again["scope"] == "ZohoCRM.org.READ"
    client.http.headers["Authorization"] = f"Zoho-oauthtoken {again['access_token']}"
    assert client.get("/org").status_code == 200
    assert mismatch(client.get("/users"))


def test_the_default_connection_may_do_everything(start: Start) -> None:
    client = start()
    rules = list(_rules(client))
    assert len(rules) > 60
    for method, path in rules:
        assert needed(method, path), f"{method} {path} needs no scope"
        check(EVERYTHING, needed(method, path, "leads"))


def test_prices_are_those_of_the_runtime(client: Client) -> None:
    """The least of each price is what the runtime counts for the smallest call of the kind."""
    seen = 0
    for call in CALLS:
        for method in call.methods:
            path = call.path.removesuffix("/…").replace("{", "").replace("}", "")
            if call.path.startswith("/bulk"):
                whole = "/crm/bulk/v8" + path.removeprefix("/bulk")
            else:
                whole = f"/crm/v8{path}"
            if call.path.endswith("/…") or (method, call.path) not in set(_rules(client)):
                continue
            assert credit_cost(method, whole) == call.credits[0], (method, call.path)
            seen += 1
    assert seen > 20


def _rules(client: Client) -> Any:
    """Method and path of what the emulator serves, from its own list."""
    answer = client.get("/__apis")
    assert answer.status_code == 200, answer.text
    for api in answer.json()["__apis"]:
        for operation in api["operation_types"]:
            path = api["path"].replace("/crm/bulk/v8", "/crm/v8/bulk").removeprefix("/crm/v8")
            yield operation["method"], path
