"""What an org may use: credits in a rolling day, calls at a time; and how slow its answers are."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from .errors import ApiError
from .values import Clock

DAY = 24 * 3600
"""Seconds of the rolling window in which credits are counted."""
SUB_CONCURRENCY = 10
"""Heavy calls at a time, on every edition."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients of the emulator run into, beside faults.

    ``credits`` in 24 hours and ``concurrency``, the calls at a time, are without limit where they
    are None.  With ``concurrency``, 10 of the calls at a time may be heavy: COQL, lists by custom
    view or in an order, writes of more than 10 records, lead conversion.  A composite request
    takes 5.  Every answer of the API waits ``latency`` seconds, and a record that was written is
    found by search after ``search_lag`` seconds; COQL and lists show it at once.
    """

    credits: int | None = None
    concurrency: int | None = None
    latency: float = 0.0
    search_lag: float = 0.0


@dataclass(frozen=True, slots=True)
class _Edition:
    concurrency: int
    credits: int
    per_user: int
    most: int | None


_EDITIONS = {
    "free": _Edition(5, 5_000, 0, 5_000),
    "standard": _Edition(10, 50_000, 250, 100_000),
    "professional": _Edition(15, 50_000, 500, 3_000_000),
    "enterprise": _Edition(20, 50_000, 1_000, 5_000_000),
    "ultimate": _Edition(25, 50_000, 2_000, None),
}
EDITIONS = tuple(_EDITIONS)


def edition_limits(edition: str, users: int = 10) -> tuple[int, int]:
    """The credits and the concurrency of an edition with so many licensed users."""
    known = _EDITIONS[edition]
    bought = known.credits + known.per_user * users
    return (bought if known.most is None else min(bought, known.most)), known.concurrency


class Quotas:
    """What the clients have used of the limits.  Safe under threads."""

    def __init__(self, clock: Clock) -> None:
        self.limits = Limits()
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: deque[tuple[int, int]] = deque()
        self._total = 0
        self._running = 0
        self._heavy = 0

    def clear(self) -> None:
        """Give back every credit; calls that are running go on counting."""
        with self._lock:
            self._spent.clear()
            self._total = 0

    @property
    def used(self) -> int:
        """The credits that the last 24 hours took."""
        with self._lock:
            return self._used()

    @property
    def running(self) -> int:
        """The calls that are running."""
        with self._lock:
            return self._running

    def remaining(self) -> int | None:
        """The credits that are left, once half of them are used; None before, as with Zoho."""
        limit = self.limits.credits
        used = self.used
        return None if limit is None or used * 2 < limit else max(0, limit - used)

    def enter(self, slots: int, heavy: int) -> None:
        """A call begins; raises TOO_MANY_REQUESTS where too many are running."""
        with self._lock:
            limit = self.limits.concurrency
            if limit is not None and (
                self._running + slots > limit or (heavy and self._heavy + heavy > SUB_CONCURRENCY)
            ):
                raise ApiError(
                    429, "TOO_MANY_REQUESTS", "Too many requests fired in concurrent with a limit"
                )
            self._running += slots
            self._heavy += heavy

    def leave(self, slots: int, heavy: int) -> None:
        """A call has ended."""
        with self._lock:
            self._running -= slots
            self._heavy -= heavy

    def charge(self, cost: int) -> None:
        """Take credits; raises TOO_MANY_REQUESTS where they are used up."""
        with self._lock:
            limit = self.limits.credits
            if limit is not None and self._used() + cost > limit:
                raise ApiError(
                    429, "TOO_MANY_REQUESTS", "The API credits of the last 24 hours are used up"
                )
            self._spend(cost)

    def add(self, cost: int) -> None:
        """Take credits for what was done already, whatever is left."""
        with self._lock:
            self._spend(cost)

    def _spend(self, cost: int) -> None:
        # One entry a second, so that a day never holds more than its seconds.
        now = int(self._clock())
        cost_before = self._spent.pop()[1] if self._spent and self._spent[-1][0] == now else 0
        self._spent.append((now, cost_before + cost))
        self._total += cost

    def _used(self) -> int:
        since = self._clock() - DAY
        while self._spent and self._spent[0][0] <= since:
            self._total -= self._spent.popleft()[1]
        return self._total
