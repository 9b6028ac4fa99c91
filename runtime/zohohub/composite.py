"""Composite requests: up to five calls of module handles in one, ``POST /__composite_requests``.

    batch = crm.composite(rollback_on_fail=True)
    account = crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="Acme"))
    deal = crm.deals.queue(batch, lambda deals: deals.create(…, account_name=account.ref()))
    batch.send()
    print(deal.result)  # the id, as from crm.deals.create(…)

A queued function runs twice: first to see which call it makes, which is kept and not sent, and
after the answer once more, to make its result of that call's answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from zohohub.errors import ConfigurationError, WriteUnknown, ZohoError, api_error
from zohohub.numbered_pages import items_of
from zohohub.transport import Answer
from zohohub.values import Ref

if TYPE_CHECKING:
    from zohohub.connection import Download, Upload
    from zohohub.transport import Sender

__all__ = ["MAX_CALLS", "Call", "Composite", "is_reference"]

R = TypeVar("R")
T = TypeVar("T")

MAX_CALLS = 5

_KEY = "__composite_requests"
_VERSION = "/crm/v8"
_REFERENCE = re.compile(r"@\{[a-zA-Z0-9_]+:\$[^{}/?#]*\}")
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


def is_reference(text: str) -> bool:
    """Whether a text stands for a value in the answer of an earlier call of the same batch."""
    return _REFERENCE.fullmatch(text) is not None


class Composite:
    """Up to five calls that are sent as one, in the order in which they were queued.

    ``rollback_on_fail`` undoes all of them when one fails, ``parallel_execution`` lets Zoho do
    them at the same time; raises ``ValueError`` for both.  Costs one API credit, or two when
    ``rollback_on_fail`` is set and all succeed, and takes five of the calls that an org may have
    under way.  The token needs the scope ZohoCRM.composite_requests.CUSTOM beside those of the
    calls.
    """

    def __init__(
        self, sender: Sender, *, rollback_on_fail: bool = False, parallel_execution: bool = False
    ) -> None:
        if rollback_on_fail and parallel_execution:
            raise ValueError("calls done at the same time cannot be rolled back: choose one")
        self._sender = sender
        self._rollback = rollback_on_fail
        self._parallel = parallel_execution
        self._calls: list[Call[Any, Any]] = []
        self._sent = False

    def __repr__(self) -> str:
        return f"<Composite {[call.name for call in self._calls]}>"

    def add(self, run: Callable[[Sender], T]) -> Call[Any, T]:
        """Queue the one call that a function makes; `Module.queue` is the typed way to do so.

        Raises ``ValueError`` for a function that makes no call, for a call that Zoho does not take
        here (files, a deletion of several records), for a sixth one, and after `send`.
        """
        if self._sent:
            raise ValueError("the composite request was sent already: begin another one")
        if len(self._calls) == MAX_CALLS:
            raise ValueError(f"a composite request takes {MAX_CALLS} calls: begin another one")
        try:
            run(_Watcher(_record))
        except _RecordedError as recorded:
            part = recorded.part
        else:
            raise ValueError(
                "the function makes no call; what is read when it is asked for has to be "
                "asked for inside, as in list(leads.search(…))"
            )
        call = Call[Any, T](str(len(self._calls) + 1), part, run, refers=not self._parallel)
        self._calls.append(call)
        return call

    def send(self) -> None:
        """Send the calls; afterwards each has its ``result`` or its ``error``.

        Calls ``POST /__composite_requests``.  Raises what stops all of them; a single call that
        fails raises its error where its ``result`` is read.  Raises ``ValueError`` without calls
        and for a second time.
        """
        if self._sent or not self._calls:
            raise ValueError("queue some calls first" if not self._sent else "it was sent already")
        self._sent = True
        try:
            self._finish(self._request())
        except ZohoError as error:
            for call in self._calls:
                call.fail(error)
            raise

    def _request(self) -> Answer:
        return self._sender.request(
            "POST",
            f"{_VERSION}/{_KEY}",
            json={
                "rollback_on_fail": self._rollback,
                "parallel_execution": self._parallel,
                _KEY: [call.json() for call in self._calls],
            },
            idempotent=all(call.part.idempotent for call in self._calls),
            items=_KEY,
        )

    def _finish(self, answer: Answer) -> None:
        items = items_of(answer, _KEY)
        if len(items) != len(self._calls):
            raise WriteUnknown(
                answer.request,
                f"Zoho answered with {len(items)} results for {len(self._calls)} calls",
            )
        for call, item in zip(self._calls, items, strict=True):
            call.finish(answer, item)


class Call(Generic[R, T]):
    """One call of a composite request, about records ``R``, with a result of the type ``T``."""

    def __init__(
        self, sub_request_id: str, part: _Part, run: Callable[[Sender], T], *, refers: bool
    ) -> None:
        self._id = sub_request_id
        self.part = part
        self._run = run
        self._refers = refers
        self._results: list[T] = []
        self._error: Exception | None = None

    def __repr__(self) -> str:
        return f"<Call {self.name}>"

    @property
    def name(self) -> str:
        """The call, such as ``POST /crm/v8/Leads``."""
        return f"{self.part.method} {self.part.uri}"

    @property
    def result(self) -> T:
        """What the function returned; raises the error of a call that failed.

        Raises ``ValueError`` before the composite request is sent.
        """
        if self._error is not None:
            raise self._error
        if not self._results:
            raise ValueError("the composite request was not sent yet: call its send() first")
        return self._results[0]

    @property
    def error(self) -> Exception | None:
        """Why the call failed, a `ZohoError` unless the function raised one of its own.

        None for a call that was done or not sent yet.
        """
        return self._error

    def ref(self, row: int = 0) -> Ref[R]:
        """The record that the call writes or reads, for later calls of the same batch.

        ``row`` is its place where there are several.  Raises ``ValueError`` in a composite request
        whose calls are done at the same time.
        """
        place = "id" if self.part.method == "GET" else "details.id"
        return Ref(self.reference(f"$.data[{row}].{place}"))

    def reference(self, path: str) -> str:
        """A text that stands for the value at a JSONPath of this call's answer in later calls.

        ``lead.reference("$.data[0].Company")``.  Raises ``ValueError`` for a path that is none,
        and in a composite request whose calls are done at the same time.
        """
        if not self._refers:
            raise ValueError("calls that are done at the same time cannot refer to each other")
        text = f"@{{{self._id}:{path}}}"
        if not is_reference(text):
            raise ValueError(f"{path!r} is not a path such as '$.data[0].id'")
        return text

    def json(self) -> Mapping[str, object]:
        """The JSON object of the call."""
        part = self.part
        optional = {"params": part.params, "headers": part.headers, "body": part.json}
        return {
            "sub_request_id": self._id,
            "method": part.method,
            "uri": part.uri,
            **{name: value for name, value in optional.items() if value},
        }

    def finish(self, answer: Answer, item: Mapping[str, Any]) -> None:
        """Take what Zoho answered to the call."""
        details = cast("Mapping[str, Any]", item.get("details") or {})
        response = cast("Mapping[str, Any]", details.get("response") or {})
        if not isinstance(response.get("status_code"), int):
            self.fail(api_error(answer.status, item, self.name))
            return
        try:
            self._results.append(self._run(_replay(self.part, response, self.name)))
        except Exception as error:  # noqa: BLE001 - the calls behind it were done too
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Take why the call was not done."""
        self._error = error


@dataclass(frozen=True, slots=True)
class _Part:
    method: str
    uri: str
    params: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    json: object
    items: str | None
    idempotent: bool


class _RecordedError(BaseException):
    """Ends a function at its first call.  No handler of errors in between may take it for one."""

    def __init__(self, part: _Part) -> None:
        super().__init__()
        self.part = part


class _Watcher:
    """A sender that sends nothing: what it does with a call is up to ``take``."""

    def __init__(self, take: Callable[[_Part], Answer]) -> None:
        self._take = take

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
        host: str | None = None,
    ) -> Answer:
        if upload is not None or host is not None or path.startswith("/"):
            raise ValueError("a composite request takes no files and no calls of other APIs")
        if method == "DELETE" and params is not None and "ids" in params:
            # Only the other way of saying so is allowed here.
            more = dict(params)
            record_id = more.pop("ids")
            if "," in record_id:
                raise ValueError("a composite request deletes one record a call")
            path, params = f"{path}/{record_id}", more
        may_repeat = method in _REPEATABLE if idempotent is None else idempotent
        uri = f"{_VERSION}/{path}"
        return self._take(_Part(method, uri, params, headers, json, items, may_repeat))

    def download(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Download | None:
        """Refuse: the answer of a composite request is JSON."""
        del params, headers
        raise ValueError(f"a composite request takes no files, such as {path}")


def _record(part: _Part) -> NoReturn:
    raise _RecordedError(part)


def _replay(sent: _Part, response: Mapping[str, Any], name: str) -> Sender:
    """A sender that answers the one call that was sent with what Zoho has answered already."""
    answers = [response]

    def take(part: _Part) -> Answer:
        if not answers or part != sent:
            raise ConfigurationError(
                f"the function that makes the call {name} makes another one too: it has to do "
                "the same each time, and one call only"
            )
        answer = answers.pop()
        status: int = answer["status_code"]
        body = cast("Mapping[str, Any] | None", answer.get("body") or None)
        if status < 400 or (sent.items in (body or {}) and status not in (401, 429)):
            headers = cast("Mapping[str, str]", answer.get("headers") or {})
            return Answer(status, None if status in (204, 304) else body, headers, name)
        raise api_error(status, body, name)

    return _Watcher(take)
