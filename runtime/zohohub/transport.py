"""How a call gets to Zoho and back: tokens, time-outs, and what may be tried again.

| what happened                              | read, PUT, DELETE       | POST                    |
|--------------------------------------------|-------------------------|-------------------------|
| no connection                              | again                   | again                   |
| 429, or Zoho's TOO_MANY_REQUESTS           | again                   | again                   |
| 401, the token is refused                  | once more, fresh token  | once more, fresh token  |
| connection broke, no answer in time        | again                   | `WriteUnknown`          |
| HTTP 5xx, HTML or half an answer           | again                   | `WriteUnknown`          |
| any other refusal                          | `ApiError`              | `ApiError`              |

POST only reads in some places (COQL); those calls pass ``idempotent=True``.  A PUT that appends
rows passes ``idempotent=False``.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, cast

from zohohub.connection import Connection, Reply, back_off, kind_of_answer
from zohohub.credits import Credits, credit_cost
from zohohub.data_centres import is_of_zoho, upload_url
from zohohub.errors import (
    ApiError,
    ConnectionFailed,
    InvalidToken,
    ServerError,
    TooManyRequests,
    UnexpectedAnswer,
    WriteUnknown,
    ZohoError,
    api_error,
)
from zohohub.immutable import field, immutable, replace
from zohohub.json_text import dumps, loads
from zohohub.tokens import Hidden
from zohohub.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zohohub.auth import Auth, Token
    from zohohub.connection import Download, Upload

__all__ = ["UPLOAD", "Answer", "Sender", "Transport"]

_log = logging.getLogger("zohohub")

T = TypeVar("T")

UPLOAD: Final = "upload"
"""Stands for the host of the data centre that takes the files of bulk writes."""
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_LONGEST_WAIT = 60.0


@immutable
class Answer:
    """What Zoho answered."""

    status: int
    json: Mapping[str, Any] | None = field(repr=False)
    """The JSON object, with Decimals; None for the statuses 204 and 304, which have no body."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    request: str = "the call"
    """The call that it answers, such as ``POST /crm/v8/Leads``, for messages."""
    repeated: bool = False
    """Whether an earlier attempt, whose answer was lost, may have been done too."""


class Sender(Protocol):
    """What the rest of this package needs; a fake for tests has these two methods too."""

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        items: str | None = None,
        upload: Upload | None = None,
        host: Literal["upload"] | None = None,
    ) -> Answer:
        """Do one call; see `Transport.request`."""
        ...

    def download(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Download | None:
        """Get a file; see `Transport.download`."""
        ...


class Transport:
    """Calls of the Zoho CRM API over HTTP, for any number of threads.

    Once Zoho has refused a call because too many ran at a time, no more run than it took.
    ``timeout`` holds the seconds to wait for a connection and for each part of an answer,
    ``retries`` is how often a call is tried again, after about 1, 2, 4, 8 … seconds.
    """

    def __init__(
        self,
        auth: Auth,
        *,
        timeout: tuple[float, float] = (10, 60),
        retries: int = 4,
        version: str = "v8",
    ) -> None:
        self._auth = auth
        self._retries = retries
        self._version = version
        self.credits = Credits()
        """What the calls of this transport have cost."""
        self._connection = Connection(timeout)
        self._turns = Turns()
        self._sleep = time.sleep

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        items: str | None = None,
        upload: Upload | None = None,
        host: Literal["upload"] | None = None,
    ) -> Answer:
        """Do one call of ``/crm/<version>/<path>`` and return Zoho's answer.

        A path that begins with a slash, or a whole URL at one of Zoho's hosts, is taken as it is;
        `UnexpectedAnswer` for a URL elsewhere, which gets no access token.  ``upload`` is sent as a
        form instead of ``json``; the host ``UPLOAD`` stands in for the API domain: the one of the
        data centre that takes bulk files.

        ``idempotent`` says whether doing the call twice does no harm; by default that holds for
        GET, PUT and DELETE.  With ``items="data"``, an answer that holds such a list is returned
        whatever its HTTP status, because each item has a result of its own.

        Raises `ApiError` and its kin when Zoho refuses, `AuthError` when it gives no token,
        `ConnectionFailed`, `TimedOut` or `UnexpectedAnswer` when there is no answer, and
        `WriteUnknown` when a call that must not be repeated may have been done.
        """
        path = self._path(path)
        call = _Call(
            method,
            path,
            params,
            None if json is None else dumps(json).encode(),
            headers or {},
            items,
            upload,
            host,
            credit_cost(method, path, params, json),
        )
        may_repeat = method in _REPEATABLE if idempotent is None else idempotent
        answer, maybe_done = self._attempts(call, self._once, may_repeat=may_repeat)
        return replace(answer, repeated=maybe_done)

    def download(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Download | None:
        """Get a file of ``/crm/<version>/<path>`` as a stream; None where there is none (204).

        The path may be a whole URL at one of Zoho's hosts; `UnexpectedAnswer` for another one.

        Use it as a context manager.  It is tried again until the file begins to come, not after.
        Raises what `request` does.
        """
        call = _Call("GET", self._path(path), params, None, headers or {})
        found, _ = self._attempts(call, self._open, may_repeat=True)
        return found

    def _path(self, path: str) -> str:
        is_whole = path.startswith("/") or _is_url(path)
        return path if is_whole else f"/crm/{self._version}/{path}"

    def _attempts(
        self, call: _Call, do: Callable[[_Call, Token, int], T], *, may_repeat: bool
    ) -> tuple[T, bool]:
        """What one attempt gave, and whether an earlier one may have been done too."""
        token = self._token(None)
        renewed = False
        maybe_done = False
        attempt = 1
        while True:
            try:
                return self._in_turn(do, call, token, attempt), maybe_done
            except ZohoError as error:
                # An attempt before this one may have been done, whatever became of this one.
                error.maybe_done = maybe_done = maybe_done or error.maybe_done
                if isinstance(error, InvalidToken) and not renewed:
                    renewed = True
                    token = self._token(token, lost=call.name if maybe_done else None)
                    continue
                if maybe_done and not may_repeat:
                    raise WriteUnknown(call.name, str(error)) from error
                delay = _delay(error, attempt)
                if isinstance(error, TooManyRequests) and self.credits.left == 0:
                    delay = None  # the credits of 24 hours are used up, and no wait brings one
                if attempt > self._retries or delay is None:
                    raise
                _log.warning("%s: %s; again in %.1f s", call.name, type(error).__name__, delay)
            self._sleep(delay)
            attempt += 1

    def _in_turn(
        self, do: Callable[[_Call, Token, int], T], call: _Call, token: Token, attempt: int
    ) -> T:
        """Do one attempt, without more beside it than Zoho takes at a time."""
        too_many = False
        self._turns.begin()
        try:
            return do(call, token, attempt)
        except TooManyRequests:
            too_many = True
            raise
        finally:
            self._turns.end(too_many=too_many)

    def close(self) -> None:
        """Close the connections of all threads; using this object again opens new ones."""
        self._connection.close()
        self._auth.close()

    def _token(self, refused: Token | None, *, lost: str | None = None) -> Token:
        """A token, or one in place of the one that was refused.

        ``lost`` is the call, if an earlier attempt of it may have been done.
        """
        try:
            return self._auth.token() if refused is None else self._auth.renew(refused)
        except ZohoError as error:
            # Whatever became of the request for a token, the call itself was not sent with it.
            error.maybe_done = lost is not None
            if lost is not None:
                error.add_note(f"An earlier attempt of {lost} may have been done.")
            raise

    def _once(self, call: _Call, token: Token, attempt: int) -> Answer:
        with self._send(call, token, attempt) as answer:
            reply = Reply(answer.status, answer.headers, answer.read())
        return _answer(call, reply, token)

    def _open(self, call: _Call, token: Token, attempt: int) -> Download | None:
        answer = self._send(call, token, attempt)
        if answer.status == 200:
            return answer
        with answer:
            reply = Reply(answer.status, answer.headers, answer.read())
        _answer(call, reply, token)
        return None

    def _send(self, call: _Call, token: Token, attempt: int) -> Download:
        headers = Hidden(
            {
                **call.headers,
                "Accept": "application/json",
                "Authorization": f"Zoho-oauthtoken {token.access_token}",
            }
        )
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        start = time.monotonic()
        status: int | str = "no answer"
        try:
            answer = self._connection.open(
                call.method,
                _url(call, token.api_domain),
                headers=headers,
                params=call.params,
                body=call.body,
                upload=call.upload,
            )
            status = answer.status
            self.credits.count(call.cost, status, answer.headers)
        finally:
            _log.debug(
                "%s %s in %.0f ms, attempt %d%s",
                call.name,
                status,
                (time.monotonic() - start) * 1000,
                attempt,
                "" if self.credits.left is None else f", {self.credits.left} credits left",
            )
        return answer


@immutable
class _Call:
    method: str
    path: str
    params: Mapping[str, str] | None = field(repr=False)
    body: bytes | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    items: str | None = None
    upload: Upload | None = None
    host: Literal["upload"] | None = None
    cost: int = 1

    @property
    def name(self) -> str:
        """The call without its parameters, which may hold personal data."""
        path = self.path.partition("?")[0].partition("#")[0]
        return f"{self.method} {path}"


def _url(call: _Call, api_domain: str) -> str:
    if _is_url(call.path):
        if not is_of_zoho(call.path, api_domain):
            # Nothing was sent: the token would have gone there.
            raise UnexpectedAnswer(
                "an address that is none of Zoho's", status=300, request=call.name
            )
        return call.path
    host = upload_url(api_domain) if call.host == UPLOAD else api_domain
    return host + call.path


def _is_url(path: str) -> bool:
    return path.startswith(("https://", "http://"))


def _answer(call: _Call, reply: Reply, token: Token) -> Answer:
    if reply.status in (204, 304):
        return Answer(reply.status, None, reply.headers, call.name)
    try:
        body = loads(reply.body)
    except ValueError:
        body = None
    if reply.status != 429 and (not isinstance(body, dict) or 300 <= reply.status < 400):
        page = ""
        if reply.body.lstrip().startswith(b"<"):
            # Half a JSON answer may hold half a record: only pages are shown.
            page = reply.body.decode(errors="replace").replace(token.access_token, "…").lstrip()
        raise UnexpectedAnswer(
            kind_of_answer(reply.status, page), status=reply.status, request=call.name, body=page
        )
    answer = cast("dict[str, Any]", body)
    if reply.status < 400 or _has_results(reply.status, answer, call.items):
        return Answer(reply.status, answer, reply.headers, call.name)
    error = api_error(reply.status, answer, call.name)
    error.retry_after = _seconds(reply.headers.get("Retry-After"))
    raise error


def _has_results(status: int, answer: object, items: str | None) -> bool:
    """Whether a refusal holds results of single items; a refused token or a limit never does."""
    if items is None or status in (401, 429) or not isinstance(answer, dict):
        return False
    return isinstance(cast("dict[str, object]", answer).get(items), list)


def _delay(error: ZohoError, attempt: int) -> float | None:
    """Seconds to wait before the next attempt; None where there is no point in one."""
    if isinstance(error, UnexpectedAnswer) and 300 <= error.status < 500:
        return None
    if not isinstance(error, ConnectionFailed | TooManyRequests | ServerError | UnexpectedAnswer):
        return None
    if isinstance(error, ApiError) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= _LONGEST_WAIT else None
    return back_off(attempt)


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return max(0.0, Retry().parse_retry_after(retry_after))
    except InvalidHeader:
        return None
