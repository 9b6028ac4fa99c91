"""Python's collector of reference cycles, out of the way of work that makes none."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused() -> Generator[None]:
    """Do not look for cycles meanwhile.

    A schema is hundreds of thousands of objects that live until the command ends; going through
    them again and again costs a quarter of the time that it takes to make them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
