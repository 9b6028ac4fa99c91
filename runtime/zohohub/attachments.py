"""The attachments of one record: ``/{module}/{id}/Attachments``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, overload

from zohohub.batches import in_batches
from zohohub.connection import Upload
from zohohub.errors import RecordNotFound
from zohohub.local_files import read_upload, save_download
from zohohub.related import delete_at, related_pages
from zohohub.values import UserRef, decode_datetime, decode_user
from zohohub.writing import id_of

if TYPE_CHECKING:
    from os import PathLike

    from zohohub.connection import Download
    from zohohub.transport import Sender

__all__ = ["RecordAttachment", "RecordAttachments"]

_FIELDS = (
    "id",
    "File_Name",
    "Size",
    "Owner",
    "Created_By",
    "Created_Time",
    "Modified_By",
    "Modified_Time",
)
_MAX_URL = 3000
_MAX_TITLE = 255


@dataclass(frozen=True, slots=True)
class RecordAttachment:
    """A file, or a link to one, that is attached to a record."""

    id: str
    name: str | None
    size: int | None
    """In bytes; None for a link."""
    url: str | None
    """Where a link leads; None for a file."""
    owner: UserRef | None
    created_by: UserRef | None
    created_time: datetime | None
    modified_by: UserRef | None
    modified_time: datetime | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class RecordAttachments:
    """The attachments of one record.

    The token needs the scope ZohoCRM.modules.attachments beside that of the module.  Every method
    may raise what those of `Module` raise.
    """

    def __init__(self, sender: Sender, module: str, record_id: str) -> None:
        self._sender = sender
        self._path = f"{module}/{record_id}/Attachments"

    def __repr__(self) -> str:
        return f"<RecordAttachments {self._path}>"

    def list(self) -> Iterator[RecordAttachment]:
        """The attachments, without what is in them.

        Calls ``GET /{module}/{id}/Attachments`` for every 200, when they are asked for.
        """
        for page in related_pages(self._sender, self._path, _FIELDS):
            yield from map(_attachment, page)

    @overload
    def upload(self, file: str | PathLike[str], /, *, name: str | None = None) -> str: ...
    @overload
    def upload(self, file: bytes, /, *, name: str) -> str: ...
    def upload(self, file: str | PathLike[str] | bytes, /, *, name: str | None = None) -> str:
        """Attach a file, given as its path or its content, and return the attachment's id.

        ``name`` is what Zoho shows; a path has one.  Calls ``POST /{module}/{id}/Attachments``.
        Raises ``ValueError`` for an empty file and for one of more than 20 MB.
        """
        return self._add(read_upload(file, name), None)

    def link(self, url: str, /, *, title: str | None = None) -> str:
        """Attach a link to a web page or file, and return the attachment's id.

        Zoho shows the title of the page unless there is a ``title``, of at most 255 characters.
        Calls ``POST /{module}/{id}/Attachments``.  Raises ``ValueError`` for a URL that is not of
        http or https, or of more than 3,000 characters.
        """
        if not url.startswith(("https://", "http://")) or len(url) > _MAX_URL:
            raise ValueError(
                f"a link begins with https:// or http:// and has at most {_MAX_URL} characters: "
                f"{url[:80]!r}"
            )
        if title is not None and not 0 < len(title) <= _MAX_TITLE:
            raise ValueError(f"a title has 1 to {_MAX_TITLE} characters, not {len(title)}")
        upload = Upload(None, url.encode(), "attachmentUrl", "text/plain; charset=utf-8")
        return self._add(upload, title)

    def download(self, attachment: RecordAttachment | str, to: str | PathLike[str], /) -> None:
        """Write the file of an attachment to ``to``, in place of what is there.

        The file appears when all of it has come.  Calls ``GET /{module}/{id}/Attachments/{id}``.
        Raises `RecordNotFound` where there is no such attachment, `ApiError` for a link.
        """
        save_download(self.stream(attachment), to)

    def stream(self, attachment: RecordAttachment | str, /) -> Download:
        """The file of an attachment, piece by piece; nothing is written to disk.

        A context manager with ``chunks()``, and ``read(size)`` for what takes a file.  Calls and
        raises what `download` does.
        """
        path = f"{self._path}/{_id(attachment)}"
        found = self._sender.download(path)
        if found is None:
            raise RecordNotFound(
                "NO_CONTENT", "there is no such attachment", status=204, request=f"GET {path}"
            )
        return found

    def delete(self, attachment: RecordAttachment | str, /) -> None:
        """Delete an attachment.

        Calls ``DELETE /{module}/{id}/Attachments/{id}``.  Raises `RecordNotFound` where there is no
        such attachment.
        """
        delete_at(self._sender, f"{self._path}/{_id(attachment)}")

    def _add(self, upload: Upload, title: str | None) -> str:
        params = None if title is None else {"title": title}
        results = in_batches(
            [upload],
            lambda _: self._sender.request(
                "POST", self._path, params=params, upload=upload, items="data"
            ),
        )
        return results.ids[0]


def _id(attachment: RecordAttachment | str) -> str:
    return id_of(attachment if isinstance(attachment, str) else attachment.id)


def _attachment(row: Mapping[str, Any]) -> RecordAttachment:
    size = row.get("Size")
    url = row.get("$link_url")
    return RecordAttachment(
        id=row["id"],
        name=row.get("File_Name"),
        size=int(size) if isinstance(size, int | str) and str(size).isdecimal() else None,
        url=url if isinstance(url, str) and url else None,
        owner=decode_user(row.get("Owner")),
        created_by=decode_user(row.get("Created_By")),
        created_time=decode_datetime(row.get("Created_Time")),
        modified_by=decode_user(row.get("Modified_By")),
        modified_time=decode_datetime(row.get("Modified_Time")),
        json=row,
    )
