"""What changed while a request was answered, for those who want to be told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .catalog import ModuleInfo
from .values import Json

Operation: TypeAlias = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that changed."""

    operation: Operation
    module: str
    id: str
    values: Json
    """What an update wrote, by api_name."""


class Journal:
    """The changes of the request that the current thread answers."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def add(self, operation: Operation, info: ModuleInfo, record_id: str, values: Json) -> None:
        """A record changed."""
        self._entries().append(Entry(operation, info.api_name, record_id, dict(values)))

    def take(self) -> list[Entry]:
        """The changes since the last call of this thread, oldest first."""
        entries = list(self._entries())
        self._entries().clear()
        return entries

    def mark(self) -> int:
        """A place to `back_to`."""
        return len(self._entries())

    def back_to(self, mark: int) -> None:
        """Forget the changes since then: they were rolled back."""
        del self._entries()[mark:]

    def _entries(self) -> list[Entry]:
        entries: list[Entry] | None = getattr(self._mine, "entries", None)
        if entries is None:
            entries = self._mine.entries = []
        return entries
