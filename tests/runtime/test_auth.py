"""Access tokens, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import pytest
from zohohub.auth import Auth
from zohohub.connection import Connection
from zohohub.data_centres import DATA_CENTRES, data_centre
from zohohub.errors import (
    AuthError,
    ConfigurationError,
    ConnectionFailed,
    InvalidCredentials,
    RefreshThrottled,
    TimedOut,
    UnexpectedAnswer,
    ZohoError,
)

THROTTLED = {
    "error_description": "您的请求过于频繁，请稍后再试。",
    "error": "拒绝访问",
    "status": "failure",
}


def test_a_token_is_asked_for_once_and_kept(server: Any, auth: Auth) -> None:
    token = auth.token()
    assert token.access_token == "1000.secret-access-1"
    assert auth.token() is token
    (request,) = server.token_requests
    assert (request.method, request.path, request.params) == ("POST", "/oauth/v2/token", {})
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["client-id"],
        "client_secret": ["secret-client"],
        "refresh_token": ["secret-refresh"],
    }


@pytest.mark.parametrize(
    ("life", "fresh"),
    [
        ({"expires_in": 3600}, True),
        ({"expires_in": 61}, True),
        ({"expires_in": 59}, False),
        ({"expires_in_sec": 3600, "expires_in": 3_600_000}, True),
        ({"expires_in_sec": 59, "expires_in": 59_000}, False),
        ({}, True),
    ],
)
def test_a_token_is_renewed_when_less_than_60_seconds_remain(
    server: Any, auth: Auth, life: dict[str, int], fresh: bool
) -> None:
    server.reply_token(200, {"access_token": "1000.first", **life})
    first = auth.token()
    assert (auth.token() is first) is fresh
    assert len(server.token_requests) == (1 if fresh else 2)


def test_the_api_domain_of_the_answer_wins_and_is_kept(server: Any) -> None:
    server.reply_token(200, {"access_token": "1000.a", "expires_in": 1})
    server.reply_token(
        200,
        {"access_token": "1000.b", "expires_in": 1, "api_domain": "https://sandbox.zohoapis.eu/"},
    )
    server.reply_token(200, {"access_token": "1000.c", "expires_in": 1})
    auth = Auth(
        "i", "s", "r", accounts_url=server.url + "/", api_domain="https://configured.example"
    )
    domains = [auth.token().api_domain for _ in range(3)]
    auth.close()
    assert domains == [
        "https://configured.example",
        "https://sandbox.zohoapis.eu",
        "https://sandbox.zohoapis.eu",
    ]


def together(threads: int, work: Callable[[], Any]) -> list[Any]:
    """What ``work`` returns or raises in each of many threads that start at once."""
    barrier = threading.Barrier(threads)

    def run() -> Any:
        barrier.wait()
        try:
            return work()
        except ZohoError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(threads)]]


def test_twenty_threads_make_one_refresh(server: Any, auth: Auth) -> None:
    server.stall_token(0.3, 200, {"access_token": "1000.shared", "expires_in": 3600})
    tokens = together(20, auth.token)
    assert {token.access_token for token in tokens} == {"1000.shared"}
    assert len(server.token_requests) == 1


def test_twenty_threads_renew_a_refused_token_once(server: Any, auth: Auth) -> None:
    refused = auth.token()
    server.stall_token(0.3, 200, {"access_token": "1000.second", "expires_in": 3600})
    tokens = together(20, lambda: auth.renew(refused))
    assert {token.access_token for token in tokens} == {"1000.second"}
    assert len(server.token_requests) == 2
    assert auth.renew(refused).access_token == "1000.second"
    assert len(server.token_requests) == 2


def test_threads_that_waited_for_a_failure_do_not_ask_again(server: Any, auth: Auth) -> None:
    server.stall_token(0.5, 200, {"error": "invalid_code"})
    errors = together(20, auth.token)
    assert {type(error) for error in errors} == {InvalidCredentials}
    assert len({id(error) for error in errors}) == 20  # each may be given results of its own
    assert len(server.token_requests) == 1
    assert auth.token().access_token == "1000.secret-access-2"  # later calls do


@pytest.mark.parametrize(
    ("code", "error_type", "hint"),
    [
        ("invalid_code", InvalidCredentials, "authorise again"),
        ("invalid_client", InvalidCredentials, "data centre"),
        ("invalid_client_secret", InvalidCredentials, "client secret is wrong"),
        ("other_dc", InvalidCredentials, "another data centre"),
        ("general_error", AuthError, "general_error"),
    ],
)
def test_an_error_with_status_200_is_an_error(
    server: Any, auth: Auth, code: str, error_type: type[AuthError], hint: str
) -> None:
    server.reply_token(200, {"error": code})
    with pytest.raises(PermissionError, match=hint) as caught:
        auth.token()
    assert type(caught.value) is error_type
    assert "secret-" not in str(caught.value) + repr(caught.value)


def test_a_code_steers_no_terminal(server: Any, auth: Auth) -> None:
    server.reply_token(200, {"error": "\x1b]52;c;\x07" + 100 * "x"})
    with pytest.raises(AuthError) as caught:
        auth.token()
    assert str(caught.value).endswith(f"(HTTP 200: ]52;c;{74 * 'x'})")


def test_the_throttle_is_known_in_any_language_and_left_alone(server: Any, auth: Auth) -> None:
    server.reply_token(400, THROTTLED)
    with pytest.raises(RefreshThrottled, match="600 seconds") as caught:
        auth.token()
    assert caught.value.retry_after == 600
    with pytest.raises(RefreshThrottled) as caught:
        auth.token()
    assert 590 < caught.value.retry_after < 600
    assert len(server.token_requests) == 1


def test_the_throttle_is_asked_again_after_a_minute(
    server: Any, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply_token(400, THROTTLED)
    with pytest.raises(RefreshThrottled):
        auth.token()
    monkeypatch.setattr("zohohub.auth._THROTTLE_PAUSE", 0)
    assert auth.token().access_token == "1000.secret-access-2"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, "<!DOCTYPE html><title>Blocked</title>", "HTML page .*Blocked"),
        (200, '{"access_token": "1000.secret-half', "not JSON"),
        (200, '["list"]', "not JSON"),
        (403, "", "not JSON"),
    ],
)
def test_an_answer_that_is_no_json_object_says_so_without_secrets(
    server: Any, auth: Auth, status: int, body: str, words: str
) -> None:
    server.reply_token(status, body)
    with pytest.raises(UnexpectedAnswer, match=words) as caught:
        auth.token()
    assert caught.value.status == status
    assert "secret" not in str(caught.value)


def test_a_redirect_is_not_followed(server: Any, auth: Auth) -> None:
    server.reply_token(302, "", {"Location": f"{server.url}/elsewhere"})
    with pytest.raises(UnexpectedAnswer, match="redirect"):
        auth.token()
    assert server.requests == []


def test_a_failing_accounts_server_is_tried_three_times(server: Any, auth: Auth) -> None:
    delays: list[float] = []
    auth._sleep = delays.append
    for _ in range(2):
        server.reply_token(503, "<html>busy</html>")
    assert auth.token().access_token == "1000.secret-access-3"
    assert len(delays) == 2
    assert 0.5 <= delays[0] <= 1 <= delays[1] <= 2

    auth.renew(auth.token())
    for _ in range(3):
        server.reply_token(500, "<html>broken</html>")
    with pytest.raises(UnexpectedAnswer, match="HTTP 500"):
        auth.renew(auth.token())
    assert len(server.token_requests) == 7


def test_no_accounts_server(closed_url: str) -> None:
    auth = Auth("i", "s", "secret-refresh", accounts_url=closed_url)
    delays: list[float] = []
    auth._sleep = delays.append
    with pytest.raises(ConnectionFailed, match=r"no connection .*refused") as caught:
        auth.token()
    assert not caught.value.maybe_done
    assert len(delays) == 2
    assert "secret" not in str(caught.value)


def test_a_silent_accounts_server_times_out(server: Any, auth: Auth) -> None:
    auth._connection = Connection((1, 0.1))
    server.stall_token(0.5, 200, {})
    with pytest.raises(TimedOut, match="timed out"):
        auth.token()
    assert len(server.token_requests) == 1


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="MissingSchema"):
        Auth("i", "s", "r", accounts_url="accounts.zoho.eu").token()


def test_nothing_shows_a_secret(auth: Auth) -> None:
    token = auth.token()
    assert "secret" not in repr(auth) + str(auth) + repr(token) + str(token)
    assert "api_domain" in repr(auth)


def test_empty_credentials() -> None:
    with pytest.raises(ConfigurationError, match="must not be empty"):
        Auth("id", "", "refresh")


def test_every_data_centre_has_its_hosts() -> None:
    assert len(DATA_CENTRES) == 10
    assert data_centre("eu").accounts_url == "https://accounts.zoho.eu"
    assert data_centre(" EU ").api_domain() == "https://www.zohoapis.eu"
    assert data_centre("ca").accounts_url == "https://accounts.zohocloud.ca"
    assert data_centre("au").api_domain("sandbox") == "https://sandbox.zohoapis.com.au"
    assert data_centre("jp").api_domain("developer") == "https://developer.zohoapis.jp"


def test_a_misspelt_data_centre_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'eu'"):
        data_centre("eur")
    with pytest.raises(ConfigurationError, match="did you mean 'sandbox'"):
        Auth("i", "s", "r", environment="sandbx")
    with pytest.raises(ConfigurationError, match="use one of us, eu"):
        Auth("i", "s", "r", data_centre="moon")
