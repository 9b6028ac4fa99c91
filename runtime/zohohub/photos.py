"""The photo of a record: ``/{module}/{id}/photo``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub.connection import Upload
from zohohub.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from zohohub.transport import Sender

__all__ = ["delete_photo", "get_photo", "put_photo"]

_MAX_BYTES = 10 * 1024 * 1024
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)


def get_photo(sender: Sender, module: str, record_id: str) -> bytes | None:
    """The image file, or None for a record without a photo."""
    found = sender.download(f"{module}/{record_id}/photo")
    if found is None:
        return None
    with found:
        content = found.read()
        if not found.headers.get("Content-Type", "").startswith(("text/", "application/json")):
            return content
        raise UnexpectedAnswer(
            "something that is not an image",
            status=found.status,
            request=f"GET {module}/{record_id}/photo",
            body=content.decode(errors="replace"),
        )


def put_photo(
    sender: Sender, module: str, record_id: str, photo: bytes | str | PathLike[str]
) -> None:
    """Send an image file, given as its path or its content, in place of the photo."""
    content = photo if isinstance(photo, bytes) else Path(photo).read_bytes()
    if not 0 < len(content) <= _MAX_BYTES:
        raise ValueError(f"a photo has 1 to {_MAX_BYTES} bytes, not {len(content)}")
    kind = next((kind for start, kind in _KINDS if content.startswith(start)), None)
    if kind is None:
        raise ValueError("a photo is a PNG, JPEG, GIF or BMP file")
    name = f"photo.{kind}" if isinstance(photo, bytes) else Path(photo).name
    upload = Upload(name, content, content_type=f"image/{kind}")
    # The photo that is there is replaced: twice does no harm.
    sender.request("POST", f"{module}/{record_id}/photo", upload=upload, idempotent=True)


def delete_photo(sender: Sender, module: str, record_id: str) -> None:
    """Remove the photo."""
    sender.request("DELETE", f"{module}/{record_id}/photo")
