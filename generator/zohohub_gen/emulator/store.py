"""All that an emulator keeps, in SQLite: records, files, and what else the org knows.

One row a record, its JSON in one column, sort keys beside it.  Whatever has to outlive a restart or
has to be gone after a reset lives here and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .database import open_database
from .journal import Journal
from .values import Json, as_object, dumps, fold, id_key, loads

# Looks at the end of each module, however many records there are.
_HIGHEST = """
WITH RECURSIVE present(api_name) AS (
    SELECT min(module) FROM record
    UNION ALL
    SELECT (SELECT min(module) FROM record WHERE module > api_name)
    FROM present WHERE api_name IS NOT NULL
)
SELECT max(highest) FROM (
    SELECT (SELECT max(key) FROM record WHERE module = api_name) AS highest FROM present
    UNION ALL SELECT max(key) FROM deleted
)
"""
_IN_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it is kept.  Times are seconds since 1970."""

    module: str
    id: str
    created: int
    modified: int
    name: str | None
    data: Json


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file, and what the client called it."""

    name: str
    type: str
    bytes: bytes


class Store:
    """Records by module and id, files, and the rest.

    Safe under threads; every use sits in a ``transaction``.
    """

    def __init__(self, first_id: int, database: Path | None = None) -> None:
        """New ids start above ``first_id`` and above every id that is stored."""
        self._lock = threading.RLock()
        self._db = open_database(database)
        self._in_memory = database is None
        self._first_id = first_id
        self._last_id: int | None = None
        self._depth = 0
        self.journal = Journal()
        """What the transactions that were not rolled back have changed."""

    def close(self) -> None:
        """Close the database; a database in memory is gone."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing, and nobody else in between.  One inside another is a part of it."""
        with self._lock:
            point = f"level_{self._depth}" if self._depth else None
            self._db.execute(f"SAVEPOINT {point}" if point else "BEGIN")
            self._depth += 1
            mark = self.journal.mark()
            try:
                yield
                self._db.execute(f"RELEASE {point}" if point else "COMMIT")
            except BaseException:
                self.journal.back_to(mark)
                # SQLite itself has done so already where the disk is full.
                if self._db.in_transaction:
                    if point:
                        self._db.execute(f"ROLLBACK TO {point}")
                    self._db.execute(f"RELEASE {point}" if point else "ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def begin(self) -> None:
        """From here on, `reset` takes everything back; in memory only."""
        if self._in_memory:
            # All transactions nest in this one, which never ends: what a reset costs depends on
            # what was changed, not on how much there is.
            self._db.execute("BEGIN")
            self._depth = 1

    def reset(self) -> None:
        """Hold what was held at `begin`; raises RuntimeError for a file, which is for keeping."""
        if not self._in_memory:
            raise RuntimeError("an emulator with a database in a file cannot be reset")
        with self._lock:
            self._db.execute("ROLLBACK")
            self._db.execute("BEGIN")
            self._last_id = None

    def new_id(self) -> str:
        """The next unused id."""
        if self._last_id is None:
            row = self._db.execute(_HIGHEST).fetchone()
            self._last_id = max(self._first_id, int(row[0] or 0))
        self._last_id += 1
        return str(self._last_id)

    def next_number(self, module: str, field: str, start: int) -> int:
        """The next number of an auto-number field."""
        row = self._db.execute(
            "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + 1"
            " RETURNING value",
            (module, field, start),
        ).fetchone()
        return int(row[0])

    def count_to(self, module: str, field: str, value: int) -> None:
        """An auto-number up to ``value`` is in use."""
        self._db.execute(
            "INSERT INTO counter VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            (module, field, value),
        )

    # --- one record ---------------------------------------------------------------------

    def put(self, row: Row, indexed: Iterable[str], before: Json | None = None) -> None:
        """Write a record and what it is found by; ``before`` is the data that it replaces."""
        key = id_key(row.id)
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?)",
            (row.module, key, row.created, row.modified, row.name, dumps(row.data)),
        )
        for field in indexed:
            value = lookup_value(row.data.get(field))
            old = lookup_value(before.get(field)) if before else None
            if value == old:
                continue
            if old is not None:
                self._forget(row.module, key, field, old)
            if value is not None:
                self._find_by(row.module, key, field, value)

    def index(self, module: str, key: str, fields: Iterable[str], data: Json) -> None:
        """Let a record that is stored be found by those fields."""
        for field in fields:
            value = lookup_value(data.get(field))
            if value is not None:
                self._find_by(module, key, field, value)

    def _find_by(self, module: str, key: str, field: str, value: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO lookup VALUES (?, ?, ?, ?)", (module, field, value, key)
        )

    def _forget(self, module: str, key: str, field: str, value: str) -> None:
        self._db.execute(
            "DELETE FROM lookup WHERE module = ? AND field = ? AND value = ? AND key = ?",
            (module, field, value, key),
        )

    def get(self, module: str, record_id: str) -> Row | None:
        """The record, or None."""
        found = self._db.execute(
            "SELECT key, created, modified, name, data FROM record WHERE module = ? AND key = ?",
            (module, id_key(record_id)),
        ).fetchone()
        if found is None:
            return None
        data = loads(found[4])
        return Row(module, str(data["id"]), found[1], found[2], found[3], data)

    def exists(self, module: str, record_id: str) -> bool:
        """True when the module has that record."""
        return (
            self._db.execute(
                "SELECT 1 FROM record WHERE module = ? AND key = ?", (module, id_key(record_id))
            ).fetchone()
            is not None
        )

    def delete(self, row: Row, indexed: Iterable[str]) -> None:
        """Remove a record and what it is found by."""
        for field in indexed:
            value = lookup_value(row.data.get(field))
            if value is not None:
                self._forget(row.module, id_key(row.id), field, value)
        self._db.execute(
            "DELETE FROM record WHERE module = ? AND key = ?", (row.module, id_key(row.id))
        )

    # --- many ---------------------------------------------------------------------------

    def take_ids(self, count: int) -> range:
        """So many unused ids, as numbers."""
        first = int(self.new_id())
        self._last_id = first + count - 1
        return range(first, first + count)

    def add(self, rows: Iterable[Row], indexed: Iterable[str]) -> None:
        """Write new records of one module at once."""
        fields = list(indexed)
        records: list[tuple[object, ...]] = []
        lookups: list[tuple[str, str, str, str]] = []
        for row in rows:
            key = id_key(row.id)
            records.append((row.module, key, row.created, row.modified, row.name, dumps(row.data)))
            for field in fields:
                value = lookup_value(row.data.get(field))
                if value is not None:
                    lookups.append((row.module, field, value, key))
        self._db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", records)
        self._db.executemany("INSERT OR IGNORE INTO lookup VALUES (?, ?, ?, ?)", lookups)

    def find(self, module: str, field: str, value: object) -> list[str]:
        """Ids of the records whose indexed field holds the value, oldest first."""
        wanted = lookup_value(value)
        if wanted is None:
            return []
        rows = self._db.execute(
            "SELECT key FROM lookup WHERE module = ? AND field = ? AND value = ? ORDER BY key",
            (module, field, wanted),
        )
        return [row[0].lstrip("0") or "0" for row in rows]

    def names(self, module: str, ids: Iterable[str]) -> dict[str, str | None]:
        """Display names by id, of those records that exist."""
        wanted = {id_key(record_id): record_id for record_id in ids}
        keys = list(wanted)
        names: dict[str, str | None] = {}
        for start in range(0, len(keys), _IN_LIMIT):
            part = keys[start : start + _IN_LIMIT]
            marks = ",".join("?" * len(part))
            for key, name in self._db.execute(
                f"SELECT key, name FROM record WHERE module = ? AND key IN ({marks})",  # noqa: S608  # only question marks
                (module, *part),
            ):
                names[wanted[key]] = name
        return names

    def define(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        """Let SQL call a function."""
        self._db.create_function(name, arguments, function)

    def select(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query over the tables above."""
        return self._db.execute(sql, parameters).fetchall()

    def put_content(self, content_id: str, content: Content) -> None:
        """Keep a file, in place of the one with that id."""
        self._db.execute(
            "INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)",
            (content_id, content.name, content.type, content.bytes),
        )

    def content(self, content_id: str) -> Content | None:
        """The file with that id, or None."""
        found = self._db.execute(
            "SELECT name, type, bytes FROM content WHERE id = ?", (content_id,)
        ).fetchone()
        return None if found is None else Content(*found)

    def delete_content(self, content_id: str) -> None:
        """Remove a file."""
        self._db.execute("DELETE FROM content WHERE id = ?", (content_id,))

    # --- neither records nor files --------------------------------------------------------

    def keep(self, kind: str, name: str, value: object) -> None:
        """Keep a JSON value, in place of the one of that kind and name."""
        self._db.execute(
            "INSERT INTO kept VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
            (kind, name, dumps(value)),
        )

    def kept(self, kind: str) -> dict[str, Any]:
        """What is kept of a kind, by name, in the order in which the names were new."""
        rows = self._db.execute(
            "SELECT name, value FROM kept WHERE kind = ? ORDER BY rowid", (kind,)
        ).fetchall()
        return {name: loads(value) for name, value in rows}

    def drop(self, kind: str, name: str) -> None:
        """Keep a value no longer."""
        self._db.execute("DELETE FROM kept WHERE kind = ? AND name = ?", (kind, name))

    # --- SQL ------------------------------------------------------------------------------

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that changes the tables above; how many rows it changed."""
        return self._db.execute(sql, parameters).rowcount


def lookup_value(value: object) -> str | None:
    """The text under which a value is found again; None for nothing."""
    if (found := as_object(value)) is not None:
        return lookup_value(found.get("id"))
    if value is None or value == "":
        return None
    return str(fold(value))
