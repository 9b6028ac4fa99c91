"""The SQLite database: its tables, and opening it in memory or in a file that nobody else has."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from zohohub_gen.diagnostics import GeneratorError

from .functions import install

VERSION = 1
"""Of the tables below.  A file with tables of another version is refused."""

_APPLICATION = 0x5A4F484F
"""Marks a file as one of the emulator's."""
_PATIENCE = 1.0
"""Seconds that an emulator which is just stopping has to let go of its file."""

_TABLES = """
CREATE TABLE record (
    module TEXT NOT NULL,
    key TEXT NOT NULL,      -- the id, padded with zeros so that text order is number order
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    name TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (module, key)
);
CREATE INDEX record_created ON record (module, created, key);
CREATE INDEX record_modified ON record (module, modified, key);
-- Values by which records are found: unique fields, duplicate checks, owners of subform rows.
CREATE TABLE lookup (
    module TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (module, field, value, key)
) WITHOUT ROWID;
-- Records that were deleted; without data those that are gone for good.
CREATE TABLE deleted (
    key TEXT NOT NULL PRIMARY KEY,
    module TEXT NOT NULL,
    moment INTEGER NOT NULL,
    user TEXT NOT NULL,
    name TEXT,
    data TEXT
) WITHOUT ROWID;
-- Attachments by their id, uploads by the id that file fields hold, photos, results of jobs.
CREATE TABLE content (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE counter (
    module TEXT NOT NULL,
    field TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (module, field)
) WITHOUT ROWID;
-- What is neither a record nor a file, as JSON: tokens, channels, where the file came from.
CREATE TABLE kept (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
"""

_NEW = f"{_TABLES} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION};"


def open_database(file: Path | None) -> sqlite3.Connection:
    """The database of that file, made where there is none, or an empty one in memory.

    A commit to a file outlives the process, however that ends.  Raises `GeneratorError` for a file
    that another process uses, that is of another version, or is none of the emulator's.
    """
    if file is None:
        db = _connect(":memory:")
        db.executescript(_TABLES)
        return db
    try:
        db = _connect(str(file))
    except sqlite3.Error as error:
        raise GeneratorError(f"{file} cannot be opened ({error}): give another file") from error
    try:
        _take(db, file)
    except BaseException:
        db.close()
        raise
    return db


def _connect(name: str) -> sqlite3.Connection:
    db = sqlite3.connect(name, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    install(db)
    return db


def _take(db: sqlite3.Connection, file: Path) -> None:
    """Lock a file until the connection is closed, and make its tables if it is new."""
    try:
        # With a lock that is never let go, no shared memory is needed, and nobody comes between.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        # Only now is anything written to the file.
        if tables and application != _APPLICATION:
            raise _foreign(file)
        if tables and version != VERSION:
            raise GeneratorError(
                f"{file} has tables of version {version}, and this emulator needs version"
                f" {VERSION}: give another file, or use the zohohub-gen that made it"
            )
        db.execute("PRAGMA journal_mode = WAL")
        # A commit is in the hands of the operating system when it returns.  NORMAL waits for the
        # disk at checkpoints only: a loss of power may take the latest commits, all or none of
        # each; the end of the process takes nothing.
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript(f"BEGIN IMMEDIATE; {'' if tables else _NEW} COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise GeneratorError(
                f"{file} is in use by another process: stop that emulator, or give another file"
            ) from error
        raise GeneratorError(f"{file} cannot be written ({error}): give another file") from error
    except sqlite3.DatabaseError as error:
        raise _foreign(file) from error


def _foreign(file: Path) -> GeneratorError:
    return GeneratorError(f"{file} is not a database of the emulator: give another file")
