"""Consent, codes and revocation, over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from zohohub.auth import Auth
from zohohub.data_centres import DATA_CENTRES, DataCentre
from zohohub.errors import (
    AuthError,
    ConfigurationError,
    InvalidCredentials,
    InvalidToken,
    RefreshThrottled,
    UnexpectedAnswer,
)
from zohohub.grants import OAuthClient
from zohohub.token_stores import MemoryTokenStore
from zohohub.tokens import Grant, Token
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator

REDIRECT = "https://app.example/back"
STATE = "nobody-guesses-this"
SCOPES = ["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"]

Start = Callable[..., Emulator]


def client_of(emulator: Emulator, **changes: Any) -> OAuthClient:
    to = emulator.connection
    return OAuthClient(to.client_id, to.client_secret, accounts_url=to.accounts_url, **changes)


def consent(url: str, decision: str = "accept") -> dict[str, str]:
    """What the user's browser brings to the redirect URI."""
    parts = urlsplit(url)
    form = dict(parse_qsl(parts.query)) | {"decision": decision}
    assert requests.get(url, timeout=5).status_code == 200
    answer = requests.post(url.partition("?")[0], data=form, timeout=5, allow_redirects=False)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def authorised(client: OAuthClient, **changes: Any) -> dict[str, str]:
    return consent(client.authorization_url(SCOPES, redirect_uri=REDIRECT, state=STATE, **changes))


def token_calls(emulator: Emulator) -> int:
    return sum(each.path == "/oauth/v2/token" for each in emulator.requests)


def org(emulator: Emulator, grant: Grant) -> int:
    """The status of a call with the grant's tokens."""
    to = emulator.connection
    store = MemoryTokenStore(grant)
    auth = Auth(to.client_id, to.client_secret, accounts_url=to.accounts_url, store=store)
    transport = Transport(auth)
    try:
        return transport.request("GET", "org").status
    finally:
        transport.close()


# --- the authorisation URL --------------------------------------------------------------------


@pytest.mark.parametrize("centre", DATA_CENTRES)
def test_the_authorisation_url(centre: str) -> None:
    url = OAuthClient("1000.ID", "secret-client", data_centre=centre).authorization_url(
        SCOPES, redirect_uri="https://app.example/back?a=b&c", state="s&t"
    )
    address, _, query = url.partition("?")
    assert address == f"{DATA_CENTRES[centre].accounts_url}/oauth/v2/auth"
    assert parse_qs(query, strict_parsing=True) == {
        "scope": ["ZohoCRM.modules.ALL,ZohoCRM.org.READ"],
        "client_id": ["1000.ID"],
        "response_type": ["code"],
        "access_type": ["offline"],
        "redirect_uri": ["https://app.example/back?a=b&c"],
        "prompt": ["consent"],
        "state": ["s&t"],
    }


def test_online_and_without_asking_again() -> None:
    url = OAuthClient("i", "s").authorization_url(
        "ZohoCRM.org.READ", redirect_uri=REDIRECT, state=STATE, offline=False, consent=False
    )
    query = parse_qs(urlsplit(url).query)
    assert query["access_type"] == ["online"]
    assert query["scope"] == ["ZohoCRM.org.READ"]
    assert "prompt" not in query


@pytest.mark.parametrize(
    ("scopes", "redirect_uri", "state"),
    [([], REDIRECT, STATE), ([""], REDIRECT, STATE), (SCOPES, "", STATE), (SCOPES, REDIRECT, "")],
)
def test_an_authorisation_url_lacks_nothing(
    scopes: list[str], redirect_uri: str, state: str
) -> None:
    with pytest.raises(ConfigurationError, match="must not be empty"):
        OAuthClient("i", "s").authorization_url(scopes, redirect_uri=redirect_uri, state=state)


def test_empty_credentials() -> None:
    for credentials in (("", "s"), ("i", "")):
        with pytest.raises(ConfigurationError, match="must not be empty"):
            OAuthClient(*credentials)


# --- the exchange -----------------------------------------------------------------------------


def test_consent_exchange_call_and_revocation(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "zohohub")
    zoho = start()
    client = client_of(zoho)
    answer = authorised(client)
    grant = client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)
    assert grant.client_id == zoho.connection.client_id
    assert grant.accounts_url == zoho.connection.accounts_url
    assert grant.token is not None
    assert grant.token.api_domain == zoho.connection.api_domain
    assert grant.token.is_fresh()
    assert org(zoho, grant) == 200
    assert token_calls(zoho) == 1  # the access token of the exchange was used

    client.revoke(grant)
    with pytest.raises(InvalidCredentials, match="revoked"):
        org(zoho, grant)
    with pytest.raises(AuthError, match=r"revoked no token .*invalid_code"):
        client.revoke(grant)

    shown = repr(grant) + repr(grant.token) + repr(client) + caplog.text
    assert "POST /oauth/v2/token/revoke 200" in caplog.text
    for secret in (
        grant.refresh_token,
        grant.token.access_token,
        zoho.connection.client_secret,
        answer["code"],
    ):
        assert secret is not None
        assert secret not in shown


def test_a_code_of_the_self_client(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    code = zoho.grant_code()
    grant = client.exchange_code(code)
    assert org(zoho, grant) == 200
    with pytest.raises(InvalidCredentials, match="used before") as caught:
        client.exchange_code(code)
    assert code not in str(caught.value)


def test_a_self_client_sends_no_redirect_uri(server: Any) -> None:
    server.reply_token(200, {"access_token": "1000.a", "refresh_token": "1000.r"})
    OAuthClient("i", "s", accounts_url=server.url + "/").exchange_code("1000.code")
    (request,) = server.token_requests
    assert request.params == {}
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["authorization_code"],
        "client_id": ["i"],
        "client_secret": ["s"],
        "code": ["1000.code"],
    }


def test_the_redirect_uri_is_that_of_the_consent(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    with pytest.raises(AuthError, match="invalid_redirect_uri"):
        client.exchange_redirect(
            authorised(client), state=STATE, redirect_uri="https://other.example/"
        )


def test_a_user_who_does_not_agree(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    url = client.authorization_url(SCOPES, redirect_uri=REDIRECT, state=STATE)
    with pytest.raises(AuthError, match="no code: access_denied"):
        client.exchange_redirect(consent(url, "deny"), state=STATE, redirect_uri=REDIRECT)
    assert token_calls(zoho) == 0


@pytest.mark.parametrize("state", ["another", "", None, "n\ud800"])
def test_a_redirect_with_another_state_is_not_exchanged(start: Start, state: str | None) -> None:
    zoho = start()
    client = client_of(zoho)
    answer = {**authorised(client), "state": state}
    if state is None:
        del answer["state"]
    with pytest.raises(AuthError, match="state differs"):
        client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)  # type: ignore[arg-type]  # None was deleted
    assert token_calls(zoho) == 0


def test_an_empty_state_matches_nothing(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    with pytest.raises(AuthError, match="state differs"):
        client.exchange_redirect(
            {"code": zoho.grant_code(), "state": ""}, state="", redirect_uri=REDIRECT
        )
    assert token_calls(zoho) == 0


def test_a_redirect_without_a_code(start: Start) -> None:
    client = client_of(start())
    with pytest.raises(AuthError, match="no code to exchange"):
        client.exchange_redirect({"state": STATE}, state=STATE, redirect_uri=REDIRECT)


# --- where the code is exchanged --------------------------------------------------------------


@pytest.mark.parametrize("names_server", [True, False])
def test_the_code_goes_to_the_data_centre_of_the_user(
    server: Any, closed_url: str, monkeypatch: pytest.MonkeyPatch, names_server: bool
) -> None:
    monkeypatch.setitem(DATA_CENTRES, "eu", DataCentre("eu", server.url, "zohoapis.eu"))
    server.reply_token(200, {"access_token": "1000.a", "refresh_token": "1000.r"})
    client = OAuthClient("i", "s", accounts_url=closed_url)
    answer = {"code": "1000.c", "state": STATE, "location": "eu"}
    if names_server:
        answer["accounts-server"] = server.url + "/"
    grant = client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)
    assert grant.accounts_url == server.url
    assert grant.token is not None
    assert grant.token.api_domain == "https://www.zohoapis.eu"
    (request,) = server.token_requests
    assert parse_qs(request.body.decode())["redirect_uri"] == [REDIRECT]

    server.reply(200, {"status": "success"})
    client.revoke(grant)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/oauth/v2/token/revoke")
    assert (request.params, request.body) == ({}, b"token=1000.r")


def test_without_a_place_the_code_goes_to_the_configured_server(server: Any) -> None:
    server.reply_token(200, {"access_token": "1000.a", "refresh_token": "1000.r"})
    client = OAuthClient("i", "s", accounts_url=server.url)
    answer = {"code": "1000.c", "state": STATE}
    grant = client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)
    assert grant.accounts_url == server.url


def test_no_secret_goes_to_a_server_that_is_not_zohos(server: Any) -> None:
    client = OAuthClient("i", "secret-client")
    for stranger in (
        server.url,
        "https://accounts.zoho.com.evil.example",
        "http://accounts.zoho.eu",
        "https://accounts.zoho.eu@evil.example",
        "https://accounts.zoho.eu/evil",
    ):
        answer = {"code": "1000.secret-code", "state": STATE, "accounts-server": stranger}
        with pytest.raises(ConfigurationError, match="no accounts server of Zoho") as caught:
            client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)
        assert "secret-" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="no accounts server of Zoho"):
        client.revoke(Grant(client_id="i", accounts_url=server.url, refresh_token="1000.r"))
    assert server.token_requests == server.requests == []


# --- offline and online -----------------------------------------------------------------------


def test_online_gives_an_access_token_alone(start: Start) -> None:
    zoho = start(token_lifetime=3600)
    client = client_of(zoho)
    answer = authorised(client, offline=False)
    grant = client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT, offline=False)
    assert grant.refresh_token is None
    assert org(zoho, grant) == 200
    client.revoke(grant)
    with pytest.raises(InvalidCredentials, match="granted no refresh token"):
        org(zoho, grant)


def test_a_second_consent_without_asking_says_why_it_is_useless(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    authorised(client)
    answer = authorised(client, consent=False)
    with pytest.raises(AuthError, match="no refresh token: ask with offline, and with consent"):
        client.exchange_redirect(answer, state=STATE, redirect_uri=REDIRECT)


# --- refusals ---------------------------------------------------------------------------------


def test_a_throttled_exchange(server: Any) -> None:
    server.reply_token(400, {"error": "拒绝访问", "status": "failure"})
    with pytest.raises(RefreshThrottled, match="600 seconds"):
        OAuthClient("i", "s", accounts_url=server.url).exchange_code("1000.c")
    assert len(server.token_requests) == 1


def test_wrong_credentials(start: Start) -> None:
    zoho = start()
    to = zoho.connection
    with pytest.raises(InvalidCredentials, match="client secret is wrong"):
        OAuthClient(to.client_id, "x", accounts_url=to.accounts_url).exchange_code("1000.c")
    with pytest.raises(InvalidCredentials, match="no such client id"):
        OAuthClient("x", to.client_secret, accounts_url=to.accounts_url).exchange_code("1000.c")


def test_a_page_instead_of_an_answer(server: Any) -> None:
    client = OAuthClient("i", "s", accounts_url=server.url)
    server.reply_token(502, "<html>Bad gateway</html>")
    with pytest.raises(UnexpectedAnswer, match="Bad gateway"):
        client.exchange_code("1000.c")
    assert len(server.token_requests) == 1  # a code is good for one exchange
    server.reply(200, "<html>Login</html>")
    grant = Grant(client_id="i", accounts_url=server.url, refresh_token="1000.r")
    with pytest.raises(UnexpectedAnswer, match="Login"):
        client.revoke(grant)


def test_a_grant_without_tokens_cannot_be_revoked() -> None:
    grant = Grant(client_id="i", accounts_url="https://accounts.zoho.com", refresh_token=None)
    with pytest.raises(ConfigurationError, match="no token"):
        OAuthClient("i", "s").revoke(grant)


def test_revoking_the_access_token_alone(start: Start) -> None:
    zoho = start()
    client = client_of(zoho)
    grant = client.exchange_code(zoho.grant_code())
    assert grant.token is not None
    access_only = Grant(
        client_id=grant.client_id,
        accounts_url=grant.accounts_url,
        refresh_token=None,
        token=grant.token,
    )
    client.revoke(access_only)
    assert org(zoho, grant) == 200  # with a new access token
    with pytest.raises((InvalidToken, InvalidCredentials)):
        org(zoho, access_only)


# --- as values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "grant",
    [
        Grant(client_id="i", accounts_url="https://a.example", refresh_token="r"),
        Grant(
            client_id="i",
            accounts_url="https://a.example",
            refresh_token=None,
            token=Token("t", "https://api.example", 1_780_000_000.5),
            throttled_at=1_780_000_001.0,
        ),
    ],
)
def test_a_grant_as_a_dict_and_back(grant: Grant) -> None:
    assert Grant.from_dict(grant.as_dict()) == grant


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"client_id": None}, "client_id"),
        ({"accounts_url": 5}, "accounts_url"),
        ({"refresh_token": ["r"]}, "refresh_token"),
        ({"refresh_token": ""}, "refresh_token"),
        ({"access_token": 1}, "access_token"),
        ({"access_token": "t", "api_domain": None}, "api_domain"),
        ({"access_token": "t", "expires_at": "soon"}, "expires_at"),
        ({"access_token": "t", "expires_at": True}, "expires_at"),
        ({"access_token": "t", "expires_at": 10**400}, "expires_at"),
        ({"throttled_at": "now"}, "throttled_at"),
    ],
)
def test_what_is_no_grant_names_the_key(changes: dict[str, Any], key: str) -> None:
    values = {"client_id": "i", "accounts_url": "u", "refresh_token": "r", "api_domain": "d"}
    with pytest.raises(ValueError, match=key):
        Grant.from_dict({**values, "expires_at": 0, **changes})
