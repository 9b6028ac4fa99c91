"""Routes of the file store that file fields refer to, and what all uploads share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import FileStorage

from .errors import ApiError, missing_param
from .incoming import Route
from .results import success
from .state import State
from .store import Content
from .values import Json

MAX_FILE = 20 * 1024 * 1024
MAX_FILES = 10


class FilesApi:
    """GET and POST of /files."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/files", self._upload, ["POST"]
        yield "/files", self._download, ["GET"]

    def _upload(self) -> Json:
        contents = [uploaded(file) for file in request.files.getlist("file")]
        if not contents or not all(content.bytes for content in contents):
            raise ApiError(
                400,
                "failure_in_attachment_handling",
                "Problem in uploading attachment. kindly upload the file properly",
            )
        if len(contents) > MAX_FILES:
            raise ApiError(
                400,
                "INVALID_REQUEST",
                "unable to process your request. please verify whether you have entered proper "
                "method name, parameter and parameter values.",
            )
        if any(len(content.bytes) > MAX_FILE for content in contents):
            raise ApiError(
                415,
                "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
                "Please check if the size of the file is in the correct range",
            )
        results: list[Json] = []
        with self._state.store.transaction():
            for content in contents:
                file_id = secrets.token_hex(32)
                self._state.store.put_content(file_id, content)
                details = {"name": content.name, "id": file_id}
                # Zoho's spelling.
                results.append(success(details, f"{content.name} uploaded Succeessfully"))
        return {"data": results}

    def _download(self) -> Response | None:
        if "id" not in request.args:
            raise missing_param("id")
        with self._state.store.transaction():
            content = self._state.store.content(request.args["id"])
        return None if content is None else content_answer(content)


def uploaded(file: FileStorage) -> Content:
    """A file that a client sent in a form."""
    return Content(
        file.filename or "file", file.mimetype or "application/octet-stream", file.read()
    )


def content_answer(content: Content) -> Response:
    """A file as it goes out."""
    answer = Response(content.bytes, content_type=content.type)
    name = quote(content.name)
    answer.headers["Content-Disposition"] = f"attachment;filename*=UTF-8''{name}"
    return answer


def zip_answer(job_id: str, result: bytes) -> Response:
    """The result of a bulk job as it goes out."""
    return content_answer(Content(f"{job_id}.zip", "application/zip", result))
