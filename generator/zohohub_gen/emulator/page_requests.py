"""What the page shows of the requests: the list, what it is filtered by, and one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from .page_template import address
from .request_log import Exchange
from .values import dumps, parse_body

STATUSES = {"2": "2xx", "3": "3xx", "4": "4xx", "5": "5xx", "cut": "no answer"}
"""What a filter can ask for, and what it says."""

_SHOWN = 64 * 1024
"""Characters of a body that are shown."""

# The keys of JSON that hold secrets.  Quotes inside of strings are escaped, so they do not match.
_SECRET = re.compile(
    r'("(?:access_token|refresh_token|client_secret|token)"\s*:\s*)"(?:[^"\\]|\\.)*"?'
)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request of the list."""

    number: int
    href: str
    time: str
    method: str
    path: str
    query: str
    status: str
    tone: str
    """``good``, ``warn`` or ``bad``: how it is coloured."""
    milliseconds: str
    credits: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One request, and what came back."""

    line: RequestLine
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: str | None
    answer: str | None
    answer_type: str
    answer_note: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests are shown; what is empty lets all of them pass."""

    method: str = ""
    status: str = ""
    path: str = ""

    def matches(self, exchange: Exchange) -> bool:
        """True for a request that is shown."""
        request = exchange.request
        kind = "cut" if request.status is None else str(request.status // 100)
        return (
            self.method in ("", request.method)
            and self.status in ("", kind)
            and self.path.casefold() in request.path.casefold()
        )


def request_line(exchange: Exchange, zone: tzinfo) -> RequestLine:
    """A request in one line."""
    request = exchange.request
    status = request.status
    return RequestLine(
        number=exchange.number,
        href=address("requests", str(exchange.number)),
        time=datetime.fromtimestamp(exchange.moment, zone).strftime("%H:%M:%S"),
        method=request.method,
        path=request.path,
        query=urlencode(request.query, safe=",*():/"),
        status="cut" if status is None else str(status),
        tone="bad" if status is None or status >= 500 else "warn" if status >= 400 else "good",
        milliseconds=f"{exchange.milliseconds:,.0f}"
        if exchange.milliseconds >= 10
        else f"{exchange.milliseconds:.1f}",
        credits=exchange.credits,
        fault=exchange.fault,
    )


def request_page(exchange: Exchange, zone: tzinfo) -> RequestPage:
    """A request with its body and its answer."""
    request, answer = exchange.request, exchange.answer
    return RequestPage(
        line=request_line(exchange, zone),
        query=request.query,
        form=exchange.form,
        body=None if request.body is None else _cut(_masked(dumps(request.body, 2))),
        answer=_answer_text(exchange),
        answer_type=answer.type,
        answer_note=_answer_note(exchange),
    )


def _answer_text(exchange: Exchange) -> str | None:
    answer = exchange.answer
    if not answer.size or not re.match(r"text/|[^;]*\b(?:json|xml)\b", answer.type):
        return None
    text = answer.start.decode("utf-8", "replace")
    if answer.size == len(answer.start) and "json" in answer.type:
        text = dumps(parse_body(answer.start), 2)
    return _masked(text)


def _answer_note(exchange: Exchange) -> str:
    answer = exchange.answer
    if exchange.request.status is None and exchange.fault == "cut_before":
        return "The connection was cut before the call was done."
    notes: list[str] = []
    if exchange.request.status is None:
        notes.append("The call was done, and the connection cut: the client never saw this.")
    if exchange.fault == "truncate":
        notes.append("The client got the first half of it.")
    if answer.size > len(answer.start):
        notes.append(f"The first {len(answer.start):,} of {answer.size:,} bytes.")
    elif answer.size:
        notes.append(f"{answer.size:,} bytes.")
    else:
        notes.append("An empty body.")
    return " ".join(notes)


def _masked(text: str) -> str:
    return _SECRET.sub(r'\1"***"', text)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\n… {len(text):,} characters in all"
