"""What a process that was forked must not share with its parent: connections and held locks."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class Forked(Protocol):
        """Something that is told of a fork."""

        def forked(self) -> None:
            """Begin anew, in the new process, before anything else runs there."""
            ...


__all__ = ["watch_forks"]


_watching: weakref.WeakSet[Forked] = weakref.WeakSet()


def watch_forks(what: Forked) -> None:
    """Tell ``what`` of forks for as long as it lives."""
    _watching.add(what)


def _tell() -> None:
    for what in _watching:
        what.forked()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_tell)
