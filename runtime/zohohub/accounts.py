"""The accounts server: who may be asked, how, and what its answers mean.

Its token endpoint answers 200 to almost everything, so that an answer counts as a token only when
it holds one.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, NoReturn, cast

from zohohub.connection import Connection, kind_of_answer
from zohohub.data_centres import DATA_CENTRES, is_local, is_of_zoho
from zohohub.errors import (
    AuthError,
    ConfigurationError,
    InvalidCredentials,
    RefreshThrottled,
    UnexpectedAnswer,
)
from zohohub.immutable import replace
from zohohub.json_text import loads
from zohohub.tokens import Hidden, Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zohohub.connection import Reply

__all__ = [
    "THROTTLE_WINDOW",
    "connect",
    "post",
    "printable",
    "read_revocation",
    "read_token",
    "throttled",
    "trusted",
    "trusted_api",
]

THROTTLE_WINDOW = 600.0
"""Seconds after which Zoho surely gives tokens again."""

_HOUR = 3600.0
_TIMEOUT = (10, 30)
_ADVICE = {
    "invalid_client": "no such client id in this data centre: check the client id and data centre",
    "invalid_client_secret": "the client secret is wrong",
    "other_dc": "these credentials belong to another data centre",
}
_log = logging.getLogger("zohohub")


def connect() -> Connection:
    """A connection with the time-outs that fit the accounts server."""
    return Connection(_TIMEOUT)


def trusted(url: str, configured: str) -> str:
    """``url``, if the client secret may be sent there: to Zoho, or to what was configured.

    Raises `ConfigurationError` for every other server.
    """
    url = url.rstrip("/")
    if url != configured and all(url != each.accounts_url for each in DATA_CENTRES.values()):
        raise ConfigurationError(
            f"{printable(url)} is no accounts server of Zoho, so it gets no client secret; "
            "if it should, give it as accounts_url"
        )
    return url


def trusted_api(url: str, accounts_url: str, configured: str) -> str:
    """``url``, if access tokens may be sent there: to Zoho, or to what was configured.

    A server on this machine may name another port of it.  Raises `ConfigurationError` for every
    other server, such as one that a false answer or a store that others can write names.
    """
    url = url.rstrip("/")
    if (
        is_of_zoho(url, configured)
        or is_of_zoho(url, accounts_url)
        or (is_local(accounts_url) and is_local(url))
    ):
        return url
    raise ConfigurationError(
        f"{printable(url)} is no API of Zoho, so it gets no access token; if it should, give it "
        "as api_domain"
    )


def post(connection: Connection, url: str, form: Mapping[str, str]) -> Reply:
    """Send one form; raises `ConnectionFailed`, `TimedOut` or `ConfigurationError`."""
    start = time.monotonic()
    reply = connection.exchange("POST", url, headers={"Accept": "application/json"}, body=form)
    milliseconds = (time.monotonic() - start) * 1000
    path = url[url.find("/oauth/") :]
    _log.debug("POST %s %d in %.0f ms", path, reply.status, milliseconds)
    return _without(form.values(), reply) if _is_page(reply) else reply


def read_token(
    reply: Reply, accounts_url: str, *, api_domain: str, invalid_code: str
) -> tuple[Token, str | None]:
    """The access token and the refresh token, if there is one, of an answer.

    ``api_domain`` holds where the answer names none; ``invalid_code`` says what that error means
    here.  Raises `RefreshThrottled`, `InvalidCredentials`, `AuthError` and `UnexpectedAnswer`, and
    `ConfigurationError` where the answer names an API that is not Zoho's.
    """
    if reply.status == 429:  # whatever the body is
        raise throttled(THROTTLE_WINDOW)
    answer = _object(reply, f"POST {accounts_url}/oauth/v2/token")
    if not (isinstance(answer.get("access_token"), str) and answer["access_token"]):
        _refuse(reply, accounts_url, answer, invalid_code)
    named = answer.get("api_domain")
    if named:
        api_domain = trusted_api(str(named), accounts_url, api_domain)
    refresh_token = answer.get("refresh_token")
    return (
        Token(answer["access_token"], api_domain.rstrip("/"), time.time() + _life(answer)),
        refresh_token if isinstance(refresh_token, str) and refresh_token else None,
    )


def read_revocation(reply: Reply, accounts_url: str) -> None:
    """Nothing, if the answer says that the token was revoked; else raises `AuthError`."""
    answer = _object(reply, f"POST {accounts_url}/oauth/v2/token/revoke")
    if answer.get("status") != "success":
        code = printable(answer.get("error", "no error code"))
        raise AuthError(
            f"{accounts_url} revoked no token (HTTP {reply.status}: {code}): it is unknown there, "
            "or was revoked before"
        )


def throttled(seconds: float) -> RefreshThrottled:
    """The error for a throttle that lasts for up to so many seconds."""
    return RefreshThrottled(
        f"Zoho gives no new access token for up to {seconds:.0f} seconds, because too many were "
        "asked for (10 a refresh token in 10 minutes): share one Auth between all threads and one "
        "token store between all processes, and do not make an Auth for every call",
        retry_after=seconds,
    )


def printable(text: object) -> str:
    """At most 80 characters of a text from elsewhere, for messages."""
    return "".join(filter(str.isprintable, str(text)))[:80]


def _life(answer: Mapping[str, Any]) -> float:
    """Seconds for which a token is good: an hour, unless the answer says less."""
    # Where expires_in_sec is sent, expires_in is in milliseconds.
    given = answer.get("expires_in_sec") or answer.get("expires_in")
    try:
        seconds = float(given or _HOUR)
    except (TypeError, ValueError, OverflowError):
        return _HOUR
    return min(seconds, _HOUR) if seconds > 0 else _HOUR


def _object(reply: Reply, request: str) -> Hidden:
    try:
        answer = loads(reply.body)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return Hidden(cast("dict[str, Any]", answer))
    # Half a JSON answer may hold half a token: only pages are shown.
    page = reply.body.decode(errors="replace").lstrip() if _is_page(reply) else ""
    raise UnexpectedAnswer(
        kind_of_answer(reply.status, page), status=reply.status, request=request, body=page
    )


def _is_page(reply: Reply) -> bool:
    return reply.body.lstrip().startswith(b"<")


def _without(secrets: Iterable[str], reply: Reply) -> Reply:
    """A page without what was sent: some firewalls repeat it."""
    body = reply.body
    for secret in secrets:
        body = body.replace(secret.encode(), "…".encode())
    return replace(reply, body=body)


def _refuse(
    reply: Reply, accounts_url: str, answer: Mapping[str, Any], invalid_code: str
) -> NoReturn:
    code = printable(answer.get("error", "no error code"))
    # The throttle's words are in the language of the server: the status tells.
    if reply.status == 400 and answer.get("status") == "failure":
        raise throttled(THROTTLE_WINDOW)
    advice = invalid_code if code == "invalid_code" else _ADVICE.get(code)
    if advice is not None:
        raise InvalidCredentials(f"{accounts_url} gave no access token ({code}): {advice}")
    raise AuthError(f"{accounts_url} gave no access token (HTTP {reply.status}: {code})")
