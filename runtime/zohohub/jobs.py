"""What the bulk APIs share: waiting for a job, and the table in a zipped file that it leaves."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from zohohub.connection import back_off
from zohohub.errors import ConnectionFailed, RecordNotFound, TimedOut, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import IO, TextIO
    from zipfile import ZipFile

    from zohohub.transport import Sender

__all__ = ["PATIENCE", "check_job_id", "open_csv", "open_table", "wait_for"]

T = TypeVar("T")

PATIENCE = 3600.0
"""Seconds to wait for a job, unless told otherwise."""
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 30.0
_DOWNLOADS = 3
_LONGEST_LINE = 16 * 1024 * 1024
"""Characters of one line of a table: 500 fields of 32,000 characters, the most that Zoho has."""


def wait_for(check: Callable[[], T | None], what: str, timeout: float) -> T:
    """Ask until there is an answer, after 0.25, 0.5, 1 … at most 30 seconds.

    Raises `TimedOut` after ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    delay = _FIRST_DELAY
    while True:
        found = check()
        if found is not None:
            return found
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut(
                f"{what} was not done after {timeout:g} seconds; it goes on: wait again, or take "
                "it up later by its id",
                maybe_done=True,
            )
        time.sleep(min(delay, left))
        delay = min(2 * delay, _LONGEST_DELAY)


def check_job_id(job_id: str) -> str:
    """The id itself, which becomes part of a URL; raises ``ValueError`` for what is none."""
    if not (job_id.isascii() and job_id.isalnum()):
        raise ValueError(f"{job_id!r} is not the id of a job; Zoho's ids are digits")
    return job_id


@contextmanager
def open_table(sender: Sender, path: str) -> Generator[Iterator[list[str]]]:
    """The lines of the CSV in the zip file at ``path`` that are not blank, the header first.

    Raises what `open_csv` does, and `UnexpectedAnswer` for something else than a table and for a
    line of more than 16 million characters.
    """
    import csv
    import io

    try:
        with (
            open_csv(sender, path) as raw,
            io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text,
        ):
            yield _lines(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _no_csv(path, error) from error


@contextmanager
def open_csv(sender: Sender, path: str) -> Generator[IO[bytes]]:
    """The CSV in the zip file at ``path``, as bytes; one may go back to its beginning.

    The file goes to a temporary one on disk, and is read from there piece by piece.  A download
    that breaks is begun again.  Raises `RecordNotFound` where there is none, `UnexpectedAnswer`
    for something else than a zip file with a table.
    """
    import zlib
    from tempfile import TemporaryFile
    from zipfile import BadZipFile, ZipFile

    with TemporaryFile() as file:
        _download(sender, path, file)
        try:
            with ZipFile(file) as archive, _table(archive) as raw:
                yield raw
        except (BadZipFile, EOFError, StopIteration, zlib.error) as error:
            raise _no_csv(path, error) from error


def _no_csv(path: str, error: Exception) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"something that is not a zipped CSV file ({error})", status=200, request=f"GET {path}"
    )


def _lines(text: TextIO) -> Iterator[list[str]]:
    """The lines of a CSV file that are not blank; ``csv.Error`` for one that does not end."""
    import csv

    read = 0

    def pieces() -> Iterator[str]:
        # A line of the table has several of these where cells hold line breaks.
        nonlocal read
        while piece := text.readline(_LONGEST_LINE + 1 - read):
            read += len(piece)
            if read > _LONGEST_LINE:
                raise csv.Error(f"a line of more than {_LONGEST_LINE:,} characters")
            yield piece

    for line in csv.reader(pieces()):
        read = 0
        if line:
            yield line


def _table(archive: ZipFile) -> IO[bytes]:
    from zipfile import BadZipFile

    name = next(name for name in archive.namelist() if name.lower().endswith(".csv"))
    try:
        return archive.open(name)
    except RuntimeError as error:  # a password, or a compression of another kind
        raise BadZipFile(str(error)) from error


def _download(sender: Sender, path: str, file: IO[bytes]) -> None:
    attempt = 1
    while True:
        try:
            found = sender.download(path)
            if found is None:
                raise RecordNotFound(
                    "NO_CONTENT", "the result is gone", status=204, request=f"GET {path}"
                )
            with found:
                for chunk in found.chunks():
                    file.write(chunk)
        except ConnectionFailed:
            if attempt == _DOWNLOADS:
                raise
            file.seek(0)
            file.truncate()
            time.sleep(back_off(attempt))
            attempt += 1
        else:
            return
