"""The consent page of the accounts server."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from .conftest import Client, token_form

REDIRECT = "https://app.example/back?from=zoho"


def parameters(client: Client, **changes: str) -> dict[str, str]:
    return {
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ",
        "client_id": client.emulator.connection.client_id,
        "response_type": "code",
        "access_type": "offline",
        "redirect_uri": REDIRECT,
        "state": 'a "state" <b>',
        **changes,
    }


def address(client: Client) -> str:
    return f"{client.emulator.connection.accounts_url}/oauth/v2/auth"


def decide(client: Client, decision: str, **changes: str) -> dict[str, str]:
    """What the redirect carries, after a press on a button of the page."""
    page = requests.get(address(client), params=parameters(client, **changes), timeout=5)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html;charset=UTF-8"
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    form = {name: html.unescape(value) for name, value in fields} | {"decision": decision}
    answer = requests.post(address(client), data=form, timeout=5, allow_redirects=False)
    assert answer.status_code == 302
    target = answer.headers["Location"]
    assert target.startswith(REDIRECT + "&")
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def exchange(client: Client, code: str, **more: str) -> dict[str, str]:
    form = token_form(client.emulator, grant_type="authorization_code", code=code, **more)
    answer: dict[str, str] = requests.post(
        f"{client.emulator.connection.accounts_url}/oauth/v2/token", data=form, timeout=5
    ).json()
    return answer


def test_other_host_names_are_refused(client: Client) -> None:
    form = parameters(client)
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        for method in ("GET", "POST"):
            answer = requests.request(
                method,
                address(client),
                params=form if method == "GET" else None,
                data=form | {"decision": "accept"} if method == "POST" else None,
                headers={"Host": host},
                timeout=5,
                allow_redirects=False,
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), (host, method)
    here = address(client).replace("127.0.0.1", "localhost")
    assert requests.get(here, params=form, timeout=5).status_code == 200


def test_the_page_names_what_is_wanted(client: Client) -> None:
    page = requests.get(address(client), params=parameters(client), timeout=5).text
    assert "<li>ZohoCRM.modules.ALL</li><li>ZohoCRM.org.READ</li>" in page
    assert REDIRECT in page
    assert "<b>" not in page


def test_accepting_sends_a_code(client: Client) -> None:
    answer = decide(client, "accept")
    code = answer.pop("code")
    assert answer == {
        "from": "zoho",
        "location": "us",
        "accounts-server": client.emulator.connection.accounts_url,
        "state": 'a "state" <b>',
    }
    assert exchange(client, code) == {"error": "invalid_redirect_uri"}
    assert exchange(client, code, redirect_uri="https://x.example") == {
        "error": "invalid_redirect_uri"
    }
    assert "refresh_token" in exchange(client, code, redirect_uri=REDIRECT)
    assert exchange(client, code, redirect_uri=REDIRECT) == {"error": "invalid_code"}


def test_denying_sends_an_error(client: Client) -> None:
    assert decide(client, "deny") == {
        "from": "zoho",
        "error": "access_denied",
        "state": 'a "state" <b>',
    }


@pytest.mark.parametrize(
    ("first", "second", "refreshable"),
    [
        ({"access_type": "offline"}, {"access_type": "offline"}, [True, False]),
        ({"access_type": "offline"}, {"prompt": "consent"}, [True, True]),
        ({"access_type": "online"}, {"access_type": "offline"}, [False, False]),
        ({"access_type": "online"}, {"prompt": "consent"}, [False, True]),
    ],
)
def test_refresh_tokens_come_offline_and_to_those_who_are_asked(
    client: Client, first: dict[str, str], second: dict[str, str], refreshable: list[bool]
) -> None:
    answers = [
        exchange(client, decide(client, "accept", **changes)["code"], redirect_uri=REDIRECT)
        for changes in (first, second)
    ]
    assert ["refresh_token" in answer for answer in answers] == refreshable
    assert all("access_token" in answer for answer in answers)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"response_type": "token"}, "invalid_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_redirect_uri"),
        ({"redirect_uri": "/back"}, "invalid_redirect_uri"),
    ],
)
def test_what_makes_no_sense_is_told_on_the_page(
    client: Client, changes: dict[str, str], error: str
) -> None:
    given = parameters(client, **changes)
    for answer in (
        requests.get(address(client), params=given, timeout=5),
        requests.post(address(client), data=given | {"decision": "accept"}, timeout=5),
    ):
        assert answer.status_code == 400
        assert f"<h1>{error}</h1>" in answer.text
        assert "<form" not in answer.text


@pytest.mark.parametrize("separator", [",", " "])
def test_the_token_carries_what_was_agreed_to(client: Client, separator: str) -> None:
    scope = separator.join(("ZohoCRM.org.READ", "ZohoCRM.users.READ"))
    page = requests.get(address(client), params=parameters(client, scope=scope), timeout=5).text
    assert "<li>ZohoCRM.org.READ</li><li>ZohoCRM.users.READ</li>" in page
    code = decide(client, "accept", scope=scope)["code"]
    answer = exchange(client, code, redirect_uri=REDIRECT)
    assert answer["scope"] == "ZohoCRM.org.READ ZohoCRM.users.READ"
    client.http.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"
    assert client.get("/users").status_code == 200
    assert client.get("/settings/modules").json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_the_eleventh_code_in_ten_minutes_is_denied(client: Client) -> None:
    for _ in range(10):
        assert "code" in decide(client, "accept")
    assert decide(client, "accept") == {
        "from": "zoho",
        "error": "access_denied",
        "state": 'a "state" <b>',
    }
