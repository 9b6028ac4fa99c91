"""Files on this machine on their way to Zoho and from it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from itertools import chain, count
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub.connection import Upload

if TYPE_CHECKING:
    from collections.abc import Generator
    from os import PathLike
    from typing import BinaryIO

    from zohohub.connection import Download

__all__ = ["MAX_BYTES", "read_upload", "save_download"]

MAX_BYTES = 20 * 1024 * 1024
"""How large a file Zoho takes, as an attachment or for a field."""
_SWEPT = 16
"""How many downloads to one place at a time are cleaned up after."""
_MOMENT = 60.0
"""Seconds."""


def read_upload(file: str | PathLike[str] | bytes, name: str | None) -> Upload:
    """The file at a path, or these bytes, as the part of a form.

    Raises ``ValueError`` for a file that is empty, too large or, as bytes, without a name, and
    ``OSError`` for one that cannot be read.
    """
    if isinstance(file, bytes):
        if not name:
            raise ValueError("bytes need the name that the file shall have: name='plan.pdf'")
        _check_size(name, len(file))
        content = file
    else:
        path = Path(file)
        name = name or path.name
        # Before the file is read: it may be larger than the memory.
        _check_size(name, path.stat().st_size)
        content = path.read_bytes()
    return Upload(name, content, content_type=guess_type(name)[0] or "application/octet-stream")


def save_download(download: Download, to: str | PathLike[str]) -> None:
    """Write a download to a file, which appears when all of it has come, and close it.

    Until then it is a hidden file beside it, ``.plan.pdf.0.part``.  Those that processes left which
    were killed on the way to the same place go; those of running downloads stay.
    """
    target = Path(to)
    with download, _part(target) as (part, file):
        try:
            with file:
                for chunk in download.chunks():
                    file.write(chunk)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def _part(target: Path) -> Generator[tuple[Path, BinaryIO]]:
    """A new file beside the target, locked until the context ends, so that nobody takes it away."""
    names = (target.with_name(f".{target.name}.{number}.part") for number in count())
    # Each of them, not only the first that is free: what is left there goes as well.
    free = [part for part in (next(names) for _ in range(_SWEPT)) if _take_away(part)]
    for part in chain(free, names):
        try:
            # Exclusively, which follows no link that somebody else has put there.
            file = part.open("xb")
        except FileExistsError:
            continue
        # A second descriptor keeps the lock while the file is closed and renamed.
        lock = os.dup(file.fileno())
        try:
            if not _lock(lock) or not _is_named(lock, part):
                file.close()  # somebody took it away, or does, before it was locked
                continue
            yield part, file
            return
        finally:
            os.close(lock)


if sys.platform == "win32":

    def _take_away(part: Path) -> bool:
        """Remove what a killed process left; False where the name is in use."""
        try:
            # Windows refuses to remove a file that is open.  One that was closed a moment ago may
            # be about to get its name.
            if time.time() - part.stat().st_mtime < _MOMENT:
                return False
            part.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def _lock(_descriptor: int) -> bool:
        return True

    def _is_named(_descriptor: int, _part: Path) -> bool:
        return True

else:
    import fcntl

    def _take_away(part: Path) -> bool:
        """Remove what a killed process left; False where the name is in use."""
        try:
            # Not through a link, and without waiting for whatever else may have the name.
            descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_named(descriptor, part):
                return False
            part.unlink()
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _lock(descriptor: int) -> bool:
        """Lock a new file; False where somebody did, who takes it for one that was left."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a file system without locks, where nothing is ever taken away
        return True

    def _is_named(descriptor: int, part: Path) -> bool:
        """Whether the open file still has the name."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), part.lstat())
        return False


def _check_size(name: str, size: int) -> None:
    if not 0 < size <= MAX_BYTES:
        raise ValueError(f"{name} has {size} bytes; Zoho takes 1 to {MAX_BYTES}")
