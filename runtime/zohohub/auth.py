"""Access tokens: made from a refresh token, kept, and renewed once however many threads wait.

Zoho's token endpoint answers 200 to almost everything, so that an answer counts as a token only
when it holds one.
"""

from __future__ import annotations

import logging
import threading
import time
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, cast

from zohohub.connection import Connection, back_off, kind_of_answer
from zohohub.data_centres import data_centre as find_data_centre
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
from zohohub.json_text import loads

if TYPE_CHECKING:
    from zohohub.connection import Reply

__all__ = ["Auth", "Token"]

_log = logging.getLogger("zohohub")

_MARGIN = 60.0
_ATTEMPTS = 3
_THROTTLE_WINDOW = 600.0
_THROTTLE_PAUSE = 60.0
_ADVICE = {
    "invalid_client": "no such client id in this data centre: check the client id and data centre",
    "invalid_client_secret": "the client secret is wrong",
    "invalid_code": (
        "the refresh token is unknown, revoked or of another data centre: authorise again"
    ),
    "other_dc": "these credentials belong to another data centre",
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and where it is good for."""

    access_token: str = field(repr=False)
    api_domain: str
    expires_at: float
    """On the clock of ``time.monotonic()``."""

    def is_fresh(self) -> bool:
        """Whether at least 60 seconds remain."""
        return time.monotonic() < self.expires_at - _MARGIN


class Auth:
    """The credentials of one org.  Share one object between all threads of a process.

    ``accounts_url`` replaces the accounts server of the data centre, and ``api_domain`` the API's
    address, which in any case gives way to the one that comes with the token.

    Raises `ConfigurationError` for an unknown data centre or environment and for empty credentials.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        *,
        data_centre: str = "us",
        environment: str = "production",
        accounts_url: str | None = None,
        api_domain: str | None = None,
    ) -> None:
        centre = find_data_centre(data_centre)
        if not (client_id and client_secret and refresh_token):
            raise ConfigurationError("client id, client secret and refresh token must not be empty")
        self._form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        }
        self._accounts_url = (accounts_url or centre.accounts_url).rstrip("/")
        self._api_domain = api_domain or centre.api_domain(environment)
        self._connection = Connection(timeout=(10, 30))
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._failures = 0
        self._last_failure: ZohoError | None = None
        self._throttled_at: float | None = None
        self._sleep = time.sleep

    def __repr__(self) -> str:
        return f"Auth(accounts_url={self._accounts_url!r}, api_domain={self._api_domain!r})"

    def token(self) -> Token:
        """A token that is good for another 60 seconds at least.

        Calls ``POST /oauth/v2/token`` when the last one is not.  Raises `InvalidCredentials`,
        `RefreshThrottled` and other `AuthError`, `ConnectionFailed` and `UnexpectedAnswer`.
        """
        token = self._token
        return token if token is not None and token.is_fresh() else self._renewed(None)

    def renew(self, rejected: Token) -> Token:
        """A token in place of one that Zoho refused; raises what `token` raises."""
        return self._renewed(rejected)

    def close(self) -> None:
        """Close the connections; using this object again opens new ones."""
        self._connection.close()

    def _renewed(self, rejected: Token | None) -> Token:
        failures = self._failures
        with self._lock:
            token = self._token
            if token is not None and token is not rejected and token.is_fresh():
                return token
            # Threads that waited for an attempt that failed have failed with it.
            if self._failures != failures and self._last_failure is not None:
                raise copy(self._last_failure) from self._last_failure
            self._token = None
            try:
                self._token = self._fetch()
            except ZohoError as error:
                self._failures += 1
                self._last_failure = error
                raise
            return self._token

    def _fetch(self) -> Token:
        if self._throttled_at is not None:
            passed = time.monotonic() - self._throttled_at
            if passed < _THROTTLE_PAUSE:
                # Asking all the time only makes it longer.
                raise _throttled(_THROTTLE_WINDOW - passed)
        attempt = 1
        while True:
            try:
                reply = self._ask()
            except TimedOut:
                raise
            except ConnectionFailed:
                if attempt == _ATTEMPTS:
                    raise
            else:
                if reply.status < 500 or attempt == _ATTEMPTS:
                    return self._read(reply)
            self._sleep(back_off(attempt))
            attempt += 1

    def _ask(self) -> Reply:
        start = time.monotonic()
        reply = self._connection.exchange(
            "POST",
            f"{self._accounts_url}/oauth/v2/token",
            headers={"Accept": "application/json"},
            body=self._form,
        )
        milliseconds = (time.monotonic() - start) * 1000
        _log.debug("POST /oauth/v2/token %d in %.0f ms", reply.status, milliseconds)
        return reply

    def _read(self, reply: Reply) -> Token:
        try:
            answer = loads(reply.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            self._refuse_text(reply)
        answer = cast("dict[str, Any]", answer)
        access_token = answer.get("access_token")
        if not isinstance(access_token, str) or not access_token:
            self._refuse(reply, answer)
        # Where expires_in_sec is sent, expires_in is in milliseconds.
        seconds = answer.get("expires_in_sec") or answer.get("expires_in") or 3600
        self._api_domain = str(answer.get("api_domain") or self._api_domain).rstrip("/")
        return Token(access_token, self._api_domain, time.monotonic() + float(seconds))

    def _refuse_text(self, reply: Reply) -> NoReturn:
        text = reply.body.decode(errors="replace").lstrip()
        # Half a JSON answer may hold half a token: only pages are shown.
        raise UnexpectedAnswer(
            kind_of_answer(reply.status, text),
            status=reply.status,
            request=f"POST {self._accounts_url}/oauth/v2/token",
            body=text if text.startswith("<") else "",
        )

    def _refuse(self, reply: Reply, answer: dict[str, Any]) -> NoReturn:
        code = "".join(filter(str.isprintable, str(answer.get("error", "no error code"))))[:80]
        # The throttle's words are in the language of the server: the status tells.
        if reply.status == 429 or (reply.status == 400 and answer.get("status") == "failure"):
            self._throttled_at = time.monotonic()
            raise _throttled(_THROTTLE_WINDOW)
        if code in _ADVICE:
            raise InvalidCredentials(
                f"{self._accounts_url} gave no access token ({code}): {_ADVICE[code]}"
            )
        raise AuthError(f"{self._accounts_url} gave no access token (HTTP {reply.status}: {code})")


def _throttled(seconds: float) -> RefreshThrottled:
    return RefreshThrottled(
        f"Zoho gives no new access token for up to {seconds:.0f} seconds, because too many were "
        "asked for (10 a refresh token in 10 minutes): share one Auth between all threads, and "
        "do not make one for every call",
        retry_after=seconds,
    )
