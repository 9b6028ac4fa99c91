"""Calls, retries and failures, over real HTTP."""

from __future__ import annotations

import logging
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from zohohub.auth import Auth
from zohohub.connection import Connection, back_off
from zohohub.errors import (
    ApiError,
    ConnectionFailed,
    InvalidCredentials,
    InvalidToken,
    LimitExceeded,
    NoPermission,
    ScopeMismatch,
    ServerError,
    TimedOut,
    TooManyRequests,
    UnexpectedAnswer,
    WriteUnknown,
)
from zohohub.transport import Transport

OK: dict[str, Any] = {"data": []}

# The transport takes any call; these go to a server that takes them all.
pytestmark = pytest.mark.outside_contracts("calls of no feature")


def error(code: str) -> dict[str, Any]:
    return {"code": code, "details": {}, "message": "in words", "status": "error"}


def test_a_call(server: Any, transport: Transport) -> None:
    server.reply(200, '{"data": [{"id": "1", "Amount": 1.10, "Count": 3}]}', {"X-Seen": "yes"})
    answer = transport.request(
        "POST",
        "Leads",
        params={"fields": "A,B", "word": "a b&c"},
        json={"data": [{"Amount": Decimal("12345678901234.10")}]},
        headers={"X-EXTERNAL": "Leads.Ext"},
    )
    assert answer.status == 200
    assert answer.json == {"data": [{"id": "1", "Amount": Decimal("1.10"), "Count": 3}]}
    assert answer.headers["x-seen"] == "yes"
    assert answer.request == "POST /crm/v8/Leads"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/crm/v8/Leads")
    assert request.params == {"fields": "A,B", "word": "a b&c"}
    assert request.body == b'{"data":[{"Amount":12345678901234.10}]}'
    assert request.headers["Authorization"] == "Zoho-oauthtoken 1000.secret-access-1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-EXTERNAL"] == "Leads.Ext"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body(server: Any, transport: Transport, status: int) -> None:
    server.reply(status)
    assert transport.request("GET", "Leads").json is None


def test_netrc_and_cookies_stay_out(
    server: Any, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.reply(200, OK, {"Set-Cookie": "crmcsr=abc; path=/"})
    server.reply(200, OK)
    transport.request("GET", "Leads")
    transport.request("GET", "Leads")
    for request in server.requests:
        assert request.headers["Authorization"].startswith("Zoho-oauthtoken ")
        assert "Cookie" not in request.headers


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "authentication_failure"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refused_token_is_renewed_once(
    server: Any, transport: Transport, code: str, method: str
) -> None:
    server.reply(401, error(code))
    server.reply(200, OK)
    assert transport.request(method, "Leads").json == OK
    first, second = server.requests
    assert first.headers["Authorization"].endswith("-1")
    assert second.headers["Authorization"].endswith("-2")


def test_a_token_that_stays_refused_is_an_error(server: Any, transport: Transport) -> None:
    server.reply(401, error("INVALID_TOKEN"))
    server.reply(401, {"data": [error("INVALID_TOKEN")]})
    with pytest.raises(InvalidToken, match="data centre and environment") as caught:
        transport.request("POST", "Leads", items="data")
    assert isinstance(caught.value, PermissionError)
    assert len(server.requests) == 2
    assert len(server.token_requests) == 2


def test_a_missing_scope_is_not_a_matter_of_tokens(server: Any, transport: Transport) -> None:
    server.reply(401, error("OAUTH_SCOPE_MISMATCH"))
    with pytest.raises(ScopeMismatch, match="scope"):
        transport.request("GET", "Leads/search")
    assert len(server.token_requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_too_many_requests_are_repeated_after_a_while(
    server: Any, transport: Transport, delays: list[float], method: str
) -> None:
    # However it is put: nothing of such a call was done.
    server.reply(429, {"data": [error("TOO_MANY_REQUESTS")]})
    server.reply(429, error("TOO_MANY_REQUESTS"), {"Retry-After": "7"})
    server.reply(429, "<html>slow down</html>", {"Retry-After": "soon"})
    server.reply(400, error("TOO_MANY_REQUESTS"))
    server.reply(200, OK)
    assert transport.request(method, "Leads", items="data").json == OK
    assert 0.5 <= delays[0] <= 1
    assert delays[1] == 7
    assert 2 <= delays[2] <= 4
    assert 4 <= delays[3] <= 8


def test_too_many_requests_for_too_long(
    server: Any, transport: Transport, delays: list[float]
) -> None:
    for _ in range(5):
        server.reply(429, error("TOO_MANY_REQUESTS"))
    with pytest.raises(TooManyRequests):
        transport.request("POST", "Leads")
    assert len(server.requests) == 5
    assert len(delays) == 4


def test_a_long_wait_is_left_to_the_caller(
    server: Any, transport: Transport, delays: list[float]
) -> None:
    server.reply(429, error("TOO_MANY_REQUESTS"), {"Retry-After": "3600"})
    with pytest.raises(TooManyRequests) as caught:
        transport.request("GET", "Leads")
    assert caught.value.retry_after == 3600
    assert delays == []


def test_no_wait_brings_credits_back(
    server: Any, transport: Transport, delays: list[float]
) -> None:
    for left in ("1", "0"):
        server.reply(429, error("TOO_MANY_REQUESTS"), {"X-API-CREDITS-REMAINING": left})
    with pytest.raises(TooManyRequests):
        transport.request("GET", "Leads")
    assert len(server.requests) == 2  # calls at the same time are another matter
    assert len(delays) == 1


def test_an_exhausted_daily_limit_is_not_repeated(server: Any, transport: Transport) -> None:
    server.reply(429, error("DAILY_LIMIT_EXCEEDED"))
    with pytest.raises(LimitExceeded):
        transport.request("GET", "Leads")
    assert len(server.requests) == 1


# What may be wrong with an answer, and what a caller gets who must not, or can no more, repeat it.
BROKEN = [
    (lambda server: server.cut(), ConnectionFailed),
    (lambda server: server.break_off(), ConnectionFailed),
    (lambda server: server.break_off_chunks(), ConnectionFailed),
    (lambda server: server.reply(200, OK, {"Content-Encoding": "gzip"}), ConnectionFailed),
    (lambda server: server.reply(200, '{"data": [{"id": "1'), UnexpectedAnswer),
    (lambda server: server.reply(200, "<html>Sorry</html>"), UnexpectedAnswer),
    (lambda server: server.reply(200, ""), UnexpectedAnswer),
    (lambda server: server.reply(500, error("INTERNAL_ERROR")), ServerError),
    (lambda server: server.reply(502, "<html>Bad gateway</html>"), UnexpectedAnswer),
    (lambda server: server.reply(503, error("SERVICE_UNAVAILABLE")), ServerError),
    (lambda server: server.reply(504, error("anything")), ServerError),
    (lambda server: server.reply(400, error("REQUEST_TIMEOUT")), ServerError),
]
BROKEN_NAMES = [
    "cut",
    "half",
    "chunks",
    "gzip",
    "half JSON",
    "HTML",
    "empty",
    "500",
    "502",
    "503",
    "504",
    "time-out",
]


@pytest.mark.parametrize(("breaks", "error_type"), BROKEN, ids=BROKEN_NAMES)
@pytest.mark.parametrize(
    ("method", "idempotent"), [("GET", None), ("PUT", None), ("DELETE", None), ("POST", True)]
)
def test_a_lost_answer_is_asked_for_again(
    server: Any,
    transport: Transport,
    delays: list[float],
    method: str,
    idempotent: bool | None,
    breaks: Any,
    error_type: type[Exception],
) -> None:
    breaks(server)
    server.reply(200, OK)
    assert transport.request(method, "Leads", idempotent=idempotent).json == OK
    assert len(server.requests) == 2
    assert len(delays) == 1


@pytest.mark.parametrize(("breaks", "error_type"), BROKEN, ids=BROKEN_NAMES)
def test_answers_that_stay_lost(
    server: Any, transport: Transport, breaks: Any, error_type: type[Exception]
) -> None:
    for _ in range(5):
        breaks(server)
    with pytest.raises(error_type):
        transport.request("GET", "Leads")
    assert len(server.requests) == 5


@pytest.mark.parametrize(("breaks", "error_type"), BROKEN, ids=BROKEN_NAMES)
@pytest.mark.parametrize(("method", "idempotent"), [("POST", None), ("PUT", False)])
def test_a_write_whose_answer_is_lost_is_never_sent_again(
    server: Any,
    transport: Transport,
    method: str,
    idempotent: bool | None,
    breaks: Any,
    error_type: type[Exception],
) -> None:
    breaks(server)
    with pytest.raises(WriteUnknown, match="may or may not have been done") as caught:
        transport.request(method, "Leads", json={}, idempotent=idempotent, items="data")
    assert isinstance(caught.value.__cause__, error_type)
    assert caught.value.request == f"{method} /crm/v8/Leads"
    assert len(server.requests) == 1


def test_a_write_that_is_lost_with_a_fresh_token_is_not_sent_again(
    server: Any, transport: Transport
) -> None:
    """The refused attempt before it was not done, this one may be."""
    server.reply(401, error("INVALID_TOKEN"))
    server.cut()
    with pytest.raises(WriteUnknown):
        transport.request("POST", "Leads")
    assert len(server.requests) == 2


def test_what_an_earlier_attempt_may_have_done_is_not_forgotten(
    server: Any, transport: Transport
) -> None:
    server.cut()
    server.reply(403, error("NO_PERMISSION"))
    with pytest.raises(NoPermission) as caught:
        transport.request("PUT", "Leads")
    assert caught.value.maybe_done
    server.cut()
    server.reply(401, error("INVALID_TOKEN"))
    server.reply_token(200, {"error": "invalid_code"})
    with pytest.raises(InvalidCredentials) as lost:
        transport.request("PUT", "Leads")
    assert lost.value.maybe_done
    assert lost.value.__notes__ == ["An earlier attempt of PUT /crm/v8/Leads may have been done."]
    server.reply(403, error("NO_PERMISSION"))
    with pytest.raises(NoPermission) as caught:
        transport.request("PUT", "Leads")
    assert not caught.value.maybe_done


def test_a_write_without_a_token_was_not_sent(
    server: Any, auth: Auth, transport: Transport
) -> None:
    auth._connection = Connection((1, 0.1))
    server.stall_token(0.3, 200, {})
    with pytest.raises(TimedOut) as caught:
        transport.request("POST", "Leads")
    assert not caught.value.maybe_done
    assert server.requests == []


def test_silence_is_a_time_out(server: Any, transport: Transport) -> None:
    transport._connection = Connection((1, 0.1))
    server.stall(0.3)
    server.reply(200, OK)
    assert transport.request("GET", "Leads").json == OK
    server.stall(0.3)
    with pytest.raises(WriteUnknown) as caught:
        transport.request("POST", "Leads")
    assert isinstance(caught.value.__cause__, TimedOut)
    assert isinstance(caught.value.__cause__, TimeoutError)
    transport._connection.close()


def test_no_connection_is_tried_again_even_for_a_post(
    server: Any, closed_url: str, delays: list[float]
) -> None:
    server.reply_token(200, {"access_token": "1000.secret", "api_domain": closed_url})
    auth = Auth("i", "s", "r", accounts_url=server.url)
    transport = Transport(auth, retries=2)
    transport._sleep = delays.append
    with pytest.raises(ConnectionFailed, match="no connection") as caught:
        transport.request("POST", "Leads")
    transport.close()
    assert not caught.value.maybe_done
    assert isinstance(caught.value, ConnectionError)
    assert len(delays) == 2


def test_proxies_come_from_the_environment(
    server: Any, auth: Auth, closed_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply_token(200, {"access_token": "1000.secret", "api_domain": "http://localhost:9"})
    auth.token()
    transport = Transport(auth, retries=0)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, closed_url)
    with pytest.raises(ConnectionFailed, match=r"no connection .*refused") as caught:
        transport.request("POST", "Leads")
    assert not caught.value.maybe_done
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    server.reply(200, OK)
    assert transport.request("POST", "Leads").json == OK
    assert server.requests[0].headers["Host"] == "localhost:9"
    transport.close()


def test_a_connection_that_was_closed_while_idle_is_not_a_lost_write(
    server: Any, transport: Transport
) -> None:
    server.reply(200, OK, {"Connection": "close"})
    server.reply(200, OK)
    transport.request("GET", "Leads")
    assert transport.request("POST", "Leads").json == OK


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_a_firewall_and_redirects_are_refusals(
    server: Any, transport: Transport, method: str
) -> None:
    server.reply(403, "<html>Request blocked</html>")
    with pytest.raises(UnexpectedAnswer, match=r"HTML page .HTTP 403.*Request blocked"):
        transport.request(method, "Leads")
    server.reply(302, {}, {"Location": f"{server.url}/elsewhere"})
    with pytest.raises(UnexpectedAnswer, match="redirect"):
        transport.request(method, "Leads")
    assert len(server.requests) == 2


def test_an_answer_that_repeats_the_token_is_not_shown(server: Any, transport: Transport) -> None:
    server.reply(400, "<html>bad header: Zoho-oauthtoken 1000.secret-access-1")
    with pytest.raises(UnexpectedAnswer, match="bad header") as caught:
        transport.request("GET", "Leads")
    assert "secret" not in str(caught.value)


def test_a_refusal_is_an_error(server: Any, transport: Transport) -> None:
    server.reply(403, {**error("NO_PERMISSION"), "details": {"permissions": ["Crm_View_Leads"]}})
    with pytest.raises(NoPermission, match="needs Crm_View_Leads") as caught:
        transport.request("POST", "Leads", items="data")
    assert caught.value.request == "POST /crm/v8/Leads"
    assert caught.value.status == 403


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400, 412])
def test_results_of_items_are_an_answer(server: Any, transport: Transport, status: int) -> None:
    body = {"data": [error("MANDATORY_NOT_FOUND")]}
    server.reply(status, body)
    assert transport.request("POST", "Leads", items="data").json == body
    if status >= 400:
        server.reply(status, body)
        with pytest.raises(ApiError):
            transport.request("POST", "Leads")


def test_each_call_is_logged_without_secrets(
    server: Any, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(503, error("SERVICE_UNAVAILABLE"))
    server.reply(200, OK)
    with caplog.at_level(logging.DEBUG, "zohohub"):
        transport.request("GET", "Leads/search", params={"email": "ann@example.com"})
    lines = [record.getMessage() for record in caplog.records if record.name == "zohohub"]
    assert lines[0].startswith("POST /oauth/v2/token 200 in ")
    assert lines[1].startswith("GET /crm/v8/Leads/search 503 in ")
    assert lines[2].startswith("GET /crm/v8/Leads/search: ServerError; again in ")
    assert lines[3].startswith("GET /crm/v8/Leads/search 200 in ")
    assert lines[3].endswith("attempt 2")
    assert not any("secret" in line or "example.com" in line for line in lines)


def test_the_back_off_doubles_up_to_half_a_minute() -> None:
    for attempt, longest in enumerate([1, 2, 4, 8, 16, 30, 30], 1):
        assert longest / 2 <= back_off(attempt) <= longest


def test_nothing_heavy_is_imported_before_the_first_call() -> None:
    code = """
import sys
import zohohub.auth, zohohub.batches, zohohub.client, zohohub.connection, zohohub.data_centres
import zohohub.errors, zohohub.json_text, zohohub.modules, zohohub.queries, zohohub.reading
import zohohub.results, zohohub.transport
auth = zohohub.auth.Auth("id", "secret", "refresh")
client = zohohub.client.Client(auth)
zohohub.modules.Module(client._transport).query
heavy = {"requests", "urllib3", "http.client", "email", "ssl", "asyncio", "socket", "difflib"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
