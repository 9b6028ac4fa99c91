"""How far the work is: shown on a terminal while something takes longer than a second.

What is quicker shows nothing, and loads nothing: `zohohub_gen.progress_bar`, with rich, is imported
when the second is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zohohub_gen.progress_bar import Bar

PATIENCE = 1.0
"""Seconds that a terminal stays quiet."""


class Work(Protocol):
    """Hears how the work goes."""

    def begin(self, what: str, total: int | None = None) -> None:
        """The next stage, of ``total`` steps; None if nobody knows how many."""
        ...

    def step(self, what: str = "", count: int = 1) -> None:
        """So many more steps of the stage are done, the last of them ``what``."""
        ...

    def note(self, text: str) -> None:
        """Something that is said whether anybody watches or not."""
        ...


class _Unseen:
    """Work that nobody watches."""

    def begin(self, what: str, total: int | None = None) -> None:
        pass

    def step(self, what: str = "", count: int = 1) -> None:
        pass

    def note(self, text: str) -> None:
        pass


UNSEEN: Work = _Unseen()


class Lines(_Unseen):
    """Work where no bar can be: the notes alone, each of which ``say`` prints."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def note(self, text: str) -> None:
        """See `Work`."""
        self._say(text)


class Display:
    """Work on a terminal: nothing for a second, then a bar.  Close it when the work is done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lock = threading.RLock()
        self._bar: Bar | None = None
        self._closed = False
        self._stage: tuple[str, int | None, float] = ("", None, time.monotonic())
        self._done = 0
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def begin(self, what: str, total: int | None = None) -> None:
        """The next stage; see `Work`."""
        with self._lock:
            self._stage, self._done = (what, total, time.monotonic()), 0
            if self._bar is not None:
                self._bar.begin(*self._stage)

    def step(self, what: str = "", count: int = 1) -> None:
        """A step of the stage; see `Work`."""
        with self._lock:
            self._done += count
            if self._bar is not None:
                self._bar.step(what, self._done)

    def note(self, text: str) -> None:
        """What is said in any case; see `Work`."""
        self._say(text)

    def above(self, text: str, style: str | None) -> bool:
        """Print a line above the bar; False where there is no bar."""
        with self._lock:
            if self._bar is None:
                return False
            self._bar.above(text, style)
            return True

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            self._closed = True
            if self._bar is not None:
                self._bar.close()
                self._bar = None
        self._timer.cancel()
        self._timer.join()  # it may be in the middle of an import

    def _show(self) -> None:
        from zohohub_gen.progress_bar import Bar

        with self._lock:
            if not self._closed:
                self._bar = Bar()
                self._bar.begin(*self._stage)
                self._bar.step("", self._done)
