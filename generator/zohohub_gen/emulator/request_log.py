"""The requests that were answered: all of them in short, the latest with their answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

ANSWER_KEPT = 64 * 1024
"""Bytes of one answer that are kept."""
EXCHANGES_KEPT = 500
ANSWERS_KEPT = 8 * 1024 * 1024
"""Bytes of all answers that are kept."""

_REQUESTS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request that was answered, or cut: what a test wants to look at.

    ``status`` is None where no answer left the server.  Secrets in parameters read ``***``.
    """

    method: str
    path: str
    query: Mapping[str, str]
    status: int | None
    body: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``start`` is its beginning, at most `ANSWER_KEPT` bytes."""

    type: str
    size: int
    start: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its answer, and what it cost."""

    request: RecordedRequest
    form: Mapping[str, str]
    """The fields of a form that was sent, secrets as ``***``."""
    moment: float
    """Seconds since 1970."""
    milliseconds: float
    credits: int
    fault: str | None
    """The kind of the fault that hit it."""
    answer: Answer
    number: int = 0
    """Counts from 1; the log gives it."""


class RequestLog:
    """The latest requests, oldest first.  Safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=_REQUESTS_KEPT)
        self._exchanges: deque[Exchange] = deque()
        self._bytes = 0
        self._count = 0

    def add(self, exchange: Exchange) -> None:
        """Keep a request and its answer."""
        with self._lock:
            self._count += 1
            self._requests.append(exchange.request)
            self._exchanges.append(replace(exchange, number=self._count))
            self._bytes += len(exchange.answer.start)
            while len(self._exchanges) > EXCHANGES_KEPT or self._bytes > ANSWERS_KEPT:
                self._bytes -= len(self._exchanges.popleft().answer.start)

    def all(self) -> list[RecordedRequest]:
        """Every request that is kept."""
        with self._lock:
            return list(self._requests)

    def exchanges(self) -> list[Exchange]:
        """The latest requests with their answers."""
        with self._lock:
            return list(self._exchanges)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()
            self._exchanges.clear()
            self._bytes = 0
