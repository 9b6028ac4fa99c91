"""Deleted records: in the recycle bin until they are restored or gone for good."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .store import Row, Store
from .values import Clock, Json, as_list, dumps, id_key, id_of, loads

KEPT = 60 * 86400
"""Seconds that a record stays in the recycle bin."""


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A record that was deleted.  ``moment`` is in seconds since 1970."""

    module: str
    id: str
    moment: int
    user: str
    name: str | None
    data: Json | None
    """What the record held; None where it is gone for good."""

    @property
    def owner(self) -> str | None:
        """The id of the user that the record belonged to."""
        return id_of((self.data or {}).get("Owner"))

    @property
    def creator(self) -> str | None:
        """The id of the user that had made the record."""
        return id_of((self.data or {}).get("Created_By"))


class Deleted:
    """What was deleted, by whom and when.  Use inside a transaction."""

    def __init__(self, store: Store, clock: Clock, user_id: str) -> None:
        self._store = store
        self._clock = clock
        self._user_id = user_id

    def put(self, row: Row, children: list[Row]) -> None:
        """Keep a record that was taken out of its module, and the rows that went with it."""
        content = dumps([asdict(each) for each in (row, *children)])
        self._store.change(
            "INSERT OR REPLACE INTO deleted VALUES (?, ?, ?, ?, ?, ?)",
            (id_key(row.id), row.module, int(self._clock()), self._user_id, row.name, content),
        )

    def all(self, module: str | None = None) -> list[DeletedRow]:
        """Everything that was deleted, the latest first."""
        self._expire()
        where = "1" if module is None else "module = ?"
        rows = self._store.select(
            f"SELECT key, module, moment, user, name, data FROM deleted WHERE {where}"  # noqa: S608  # one of two texts
            " ORDER BY moment DESC, key DESC",
            () if module is None else (module,),
        )
        return [_deleted_row(row) for row in rows]

    def in_bin(self) -> list[DeletedRow]:
        """What can be restored, the latest first."""
        return [row for row in self.all() if row.data is not None]

    def rows(self, record_id: str) -> list[Row]:
        """The record and the rows that went with it; none where it cannot be restored."""
        self._expire()
        found = self._store.select(
            "SELECT data FROM deleted WHERE key = ? AND data IS NOT NULL", (id_key(record_id),)
        )
        return [Row(**row) for row in loads(found[0][0])] if found else []

    def forget(self, record_id: str) -> None:
        """The record is back."""
        self._store.change("DELETE FROM deleted WHERE key = ?", (id_key(record_id),))

    def empty(self) -> None:
        """Everything in the recycle bin is gone for good."""
        self._store.change("UPDATE deleted SET data = NULL")

    def _expire(self) -> None:
        self._store.change(
            "UPDATE deleted SET data = NULL WHERE moment < ?", (int(self._clock()) - KEPT,)
        )


def _deleted_row(row: tuple[Any, ...]) -> DeletedRow:
    rows = as_list(loads(row[5])) if row[5] else None
    data = rows[0]["data"] if rows else None
    return DeletedRow(row[1], row[0].lstrip("0") or "0", row[2], row[3], row[4], data)
