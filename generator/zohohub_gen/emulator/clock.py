"""A clock that tests can move."""

from __future__ import annotations

import threading

from .values import Clock

_LAST = 250_000_000_000
"""In the year 9892: what lies a few years later can still be written as a date."""


class MovableClock:
    """Another clock, and how far it was moved on.  Safe under threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._moved = 0.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self._clock() + self._moved

    def advance(self, seconds: float) -> None:
        """Move on; ValueError for a way back, which tokens and records do not survive.

        ValueError for a moment that no date can name, too.
        """
        if seconds < 0:
            raise ValueError(f"{seconds} seconds: a clock only moves on")
        if self() + seconds > _LAST:
            raise ValueError(f"{seconds} seconds: no calendar goes that far")
        with self._lock:
            self._moved += seconds

    def back(self) -> None:
        """Show the time of the other clock again: all that happened meanwhile is undone."""
        with self._lock:
            self._moved = 0.0
