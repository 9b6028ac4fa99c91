"""Results by what they were made from, in the user's cache folder.

A cache may vanish or be unwritable at any time: that costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def digest(parts: Iterable[bytes]) -> str:
    """One digest of several texts, in which their borders count."""
    total = hashlib.blake2b(digest_size=24)
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


class Cache:
    """One kind of result; ``kind`` names its folder."""

    def __init__(self, kind: str) -> None:
        from platformdirs import user_cache_path

        self._folder = user_cache_path("zohohub-gen") / kind

    def get(self, key: str) -> str | None:
        """The result of that key, if it is there."""
        with suppress(OSError, UnicodeDecodeError):
            return (self._folder / key).read_text(encoding="utf-8")
        return None

    def put(self, key: str, result: str) -> None:
        """Keep a result."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(result)
            Path(name).replace(self._folder / key)
