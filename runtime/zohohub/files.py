"""The file store of the org, which file and image fields refer to: ``/files``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, overload

from zohohub.errors import RecordNotFound, UnexpectedAnswer
from zohohub.local_files import read_upload, save_download
from zohohub.numbered_pages import check_result
from zohohub.reading import rows_of
from zohohub.values import UploadedFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from zohohub.connection import Download
    from zohohub.transport import Sender

__all__ = ["Files"]


class Files:
    """The file store of the org.

    ``crm.installations.update(it, documents=[crm.files.upload("plan.pdf")])`` puts a file into a
    file field.  The token needs the scopes ZohoCRM.Files.CREATE and READ.  Every method may raise
    what those of `Module` raise.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    @overload
    def upload(self, file: str | PathLike[str], /, *, name: str | None = None) -> str: ...
    @overload
    def upload(self, file: bytes, /, *, name: str) -> str: ...
    def upload(self, file: str | PathLike[str] | bytes, /, *, name: str | None = None) -> str:
        """Store a file, given as its path or its content, and return the id that a field takes.

        ``name`` is what Zoho shows; a path has one.  A file that no field refers to is not seen
        anywhere.  Calls ``POST /files``.  Raises ``ValueError`` for an empty file and for one of
        more than 20 MB.
        """
        upload = read_upload(file, name)
        # Whatever an earlier attempt has stored is seen by nobody.
        answer = self._sender.request("POST", "files", upload=upload, idempotent=True, items="data")
        for row in rows_of(answer):
            check_result(answer, row)
            file_id = cast("Mapping[str, Any]", row.get("details") or {}).get("id")
            if isinstance(file_id, str) and file_id:
                return file_id
        raise UnexpectedAnswer("no file", status=answer.status, request=answer.request)

    def download(self, file: UploadedFile | str, to: str | PathLike[str], /) -> None:
        """Write a file of a file or image field to ``to``, in place of what is there.

        The file appears when all of it has come.  Calls ``GET /files``.  Raises `RecordNotFound`
        where there is no such file.
        """
        save_download(self.stream(file), to)

    def stream(self, file: UploadedFile | str, /) -> Download:
        """A file of a file or image field, piece by piece; nothing is written to disk.

        A context manager with ``chunks()``, and ``read(size)`` for what takes a file.  Calls and
        raises what `download` does.
        """
        file_id = file if isinstance(file, str) else file.file_id
        found = self._sender.download("files", params={"id": file_id})
        if found is None:
            raise RecordNotFound(
                "NO_CONTENT", "there is no such file", status=204, request="GET files"
            )
        return found
