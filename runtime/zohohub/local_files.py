"""Files on this machine on their way to Zoho and from it."""

from __future__ import annotations

from mimetypes import guess_type
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from zohohub.connection import Upload

if TYPE_CHECKING:
    from os import PathLike

    from zohohub.connection import Download

__all__ = ["MAX_BYTES", "read_upload", "save_download"]

MAX_BYTES = 20 * 1024 * 1024
"""How large a file Zoho takes, as an attachment or for a field."""


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
    """Write a download to a file, which appears when all of it has come, and close it."""
    target = Path(to)
    part = target.with_name(f".{target.name}.{token_hex(4)}.part")
    try:
        with download, part.open("xb") as file:
            for chunk in download.chunks():
                file.write(chunk)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _check_size(name: str, size: int) -> None:
    if not 0 < size <= MAX_BYTES:
        raise ValueError(f"{name} has {size} bytes; Zoho takes 1 to {MAX_BYTES}")
