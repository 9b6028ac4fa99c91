"""The accounts server and the gate in front of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Emulator

from .conftest import Client, Clock, Start, token_form


def token(emulator: Emulator, form: dict[str, str], *, query: bool = False) -> requests.Response:
    address = f"{emulator.connection.accounts_url}/oauth/v2/token"
    if query:
        return requests.post(address, params=form, timeout=5)
    return requests.post(address, data=form, timeout=5)


@pytest.mark.parametrize("query", [False, True])
def test_a_refresh_token_gives_an_access_token(client: Client, query: bool) -> None:
    answer = token(client.emulator, token_form(client.emulator), query=query)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("access_token").startswith("1000.")
    assert "ZohoCRM.modules.ALL" in body.pop("scope")
    assert body == {
        "api_domain": client.emulator.connection.api_domain,
        "token_type": "Bearer",
        "expires_in": 3600,
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"client_secret": "guess"}, "invalid_client_secret"),
        ({"refresh_token": "1000.aa.bb"}, "invalid_code"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_errors_come_with_status_200(client: Client, changes: dict[str, str], error: str) -> None:
    answer = token(client.emulator, token_form(client.emulator, **changes))
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_a_grant_code_works_once(client: Client) -> None:
    form = token_form(
        client.emulator, grant_type="authorization_code", code=client.emulator.grant_code()
    )
    first = token(client.emulator, form).json()
    assert token(client.emulator, form).json() == {"error": "invalid_code"}
    again = token(
        client.emulator, token_form(client.emulator, refresh_token=first["refresh_token"])
    )
    assert "refresh_token" not in again.json()
    for access in (first["access_token"], again.json()["access_token"]):
        client.http.headers["Authorization"] = f"Zoho-oauthtoken {access}"
        assert client.get("/org").status_code == 200


def test_a_grant_code_is_good_for_minutes(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    for lifetime, wait, works in ((180, 179, True), (180, 180, False), (600, 599, True)):
        code = client.emulator.grant_code(lifetime=lifetime)
        clock.now += wait
        form = token_form(client.emulator, grant_type="authorization_code", code=code)
        answer = token(client.emulator, form)
        assert answer.status_code == 200
        assert ("access_token" in answer.json()) is works
        assert works or answer.json() == {"error": "invalid_code"}


def test_ten_grant_codes_in_ten_minutes(start: Start, clock: Clock) -> None:
    client = start(clock=clock)
    for _ in range(10):
        client.emulator.grant_code()
    clock.now += 599
    with pytest.raises(RuntimeError, match="10 grant codes"):
        client.emulator.grant_code()
    clock.now += 1
    assert client.emulator.grant_code()


def test_thirty_access_tokens_of_a_refresh_token(start: Start) -> None:
    client = start(refresh_limit=100)  # the first one
    oldest = client.http.headers["Authorization"]
    form = token_form(client.emulator)
    tokens = [token(client.emulator, form).json()["access_token"] for _ in range(29)]
    assert client.get("/org").status_code == 200
    tokens.append(token(client.emulator, form).json()["access_token"])
    assert client.http.headers["Authorization"] == oldest
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    for text in (tokens[0], tokens[-1]):
        client.http.headers["Authorization"] = f"Zoho-oauthtoken {text}"
        assert client.get("/org").status_code == 200


def test_twenty_refresh_tokens_of_a_user(start: Start, clock: Clock) -> None:
    client = start(clock=clock)  # with the first one
    for number in range(20):
        assert client.get("/org").status_code == 200, number
        clock.now += 61
        code = client.emulator.grant_code()
        form = token_form(client.emulator, grant_type="authorization_code", code=code)
        assert "refresh_token" in token(client.emulator, form).json()
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    assert token(client.emulator, token_form(client.emulator)).json() == {"error": "invalid_code"}


def test_an_access_token_can_be_revoked_alone(client: Client) -> None:
    address = f"{client.emulator.connection.accounts_url}/oauth/v2/token/revoke"
    access = str(client.http.headers["Authorization"]).partition(" ")[2]
    answer = requests.post(address, params={"token": access}, timeout=5)
    assert answer.json() == {"status": "success"}
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    client.refresh()
    assert client.get("/org").status_code == 200


def test_bearer_is_taken_too(client: Client) -> None:
    access = str(client.http.headers["Authorization"]).partition(" ")[2]
    client.http.headers["Authorization"] = f"Bearer {access}"
    assert client.get("/org").status_code == 200


def test_the_accounts_servers_of_the_data_centres(client: Client) -> None:
    at = client.emulator.connection.accounts_url
    answer = requests.get(f"{at}/oauth/serverinfo", timeout=5)
    assert answer.json() == {"result": "success", "locations": {"us": at}}


def test_ten_refreshes_in_ten_minutes(start: Start, clock: Clock) -> None:
    client = start(clock=clock)  # the first refresh
    form = token_form(client.emulator)
    for _ in range(9):
        assert "access_token" in token(client.emulator, form).json()
    refused = token(client.emulator, form)
    assert refused.status_code == 400
    assert refused.json()["status"] == "failure"
    assert refused.json()["error"] == "Access Denied"
    clock.now += 599
    assert token(client.emulator, form).status_code == 400
    clock.now += 2
    assert token(client.emulator, form).status_code == 200


def test_the_refresh_limit_can_be_lowered(start: Start) -> None:
    client = start(refresh_limit=1)
    assert token(client.emulator, token_form(client.emulator)).status_code == 400


def test_revoking_the_refresh_token_ends_its_access_tokens(client: Client) -> None:
    address = f"{client.emulator.connection.accounts_url}/oauth/v2/token/revoke"
    token_text = client.emulator.connection.refresh_token
    answer = requests.post(address, params={"token": token_text}, timeout=5)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    assert token(client.emulator, token_form(client.emulator)).json() == {"error": "invalid_code"}
    assert requests.post(address, params={"token": token_text}, timeout=5).status_code == 400


def test_an_access_token_lives_as_long_as_it_says(start: Start, clock: Clock) -> None:
    client = start(clock=clock, token_lifetime=60)
    answer = client.get("/org")
    reset = datetime.fromisoformat(answer.headers["X-ACCESSTOKEN-RESET"])
    assert reset.timestamp() == clock.now + 60
    assert reset.utcoffset() is not None
    clock.now += 59
    assert client.get("/org").status_code == 200
    clock.now += 1
    expired = client.get("/org")
    assert expired.status_code == 401
    assert expired.json()["code"] == "INVALID_TOKEN"
    client.refresh()
    assert client.get("/org").status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTHENTICATION_FAILURE"),
        ("", "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken", "AUTHENTICATION_FAILURE"),
        ("Basic abc", "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken 1000.no.no", "INVALID_TOKEN"),
    ],
)
def test_the_gate(client: Client, header: str | None, code: str) -> None:
    headers: Any = {"Authorization": header}
    answer = client.get("/Contacts", headers=headers, params={"fields": "id"})
    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert answer.json()["status"] == "error"
    assert "X-ACCESSTOKEN-RESET" not in answer.headers


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v7", "v8"])
def test_every_version_answers(client: Client, version: str) -> None:
    base = client.emulator.connection.api_domain
    assert client.http.get(f"{base}/crm/{version}/org", timeout=5).status_code == 200


@pytest.mark.parametrize(
    "path", ["/crm/v9/org", "/crm/org", "/crm/v8/a/b/c/d/e", "/crm/v8//org", "/elsewhere", "/_"]
)
def test_an_unknown_address(client: Client, path: str) -> None:
    answer = client.http.get(client.emulator.connection.api_domain + path, timeout=5)
    assert answer.status_code == 404
    assert answer.json()["code"] == "INVALID_URL_PATTERN"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/Contacts"), ("POST", "/org"), ("DELETE", "/settings/fields"), ("GET", "/coql")],
)
def test_a_wrong_method(client: Client, method: str, path: str) -> None:
    answer = client.http.request(method, client.base + path, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST_METHOD")
