"""How many calls of one client run at a time: as many as there are, until Zoho says too many.

Zoho answers 429 to calls beyond 5 to 25 at a time, depending on the edition, for each app and org.
A client that has seen such an answer lets no more calls run than ran beside the refused one, the
others wait for their turn; after many good ones it tries one more.
"""

from __future__ import annotations

import threading

from zohohub.forks import watch_forks

__all__ = ["Turns"]

_GOOD_FOR_ONE_MORE = 20
"""How many calls must go well, for each that may run, before one more may."""


class Turns:
    """Turns of the calls of one client.  Safe under threads; a forked process counts anew."""

    def __init__(self) -> None:
        self.forked()
        watch_forks(self)

    def forked(self) -> None:
        """Forget the calls of the parent, which run on there."""
        self._changed = threading.Condition()
        self._running = 0
        self._most: int | None = None
        self._good = 0

    def begin(self) -> None:
        """Wait until one more call may run, and count it; `end` must follow."""
        with self._changed:
            while self._most is not None and self._running >= self._most:
                self._changed.wait()
            self._running += 1

    def end(self, *, too_many: bool) -> None:
        """A call has ended; ``too_many`` if Zoho refused it because of the others."""
        with self._changed:
            self._running -= 1
            if too_many:
                beside = max(1, self._running)
                self._most = beside if self._most is None else min(self._most, beside)
                self._good = 0
            elif self._most is not None:
                self._good += 1
                if self._good >= _GOOD_FOR_ONE_MORE * self._most:
                    self._most += 1
                    self._good = 0
            self._changed.notify_all()
