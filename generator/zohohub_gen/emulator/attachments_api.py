"""Routes of the attachments of one record."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from flask import Response, request

from .catalog import USERS
from .errors import ApiError, ItemError, missing_param
from .files_api import MAX_FILE, content_answer, uploaded
from .incoming import Route
from .listing import field_names, record_ids
from .paging import MAX_PER_PAGE, positive
from .related_api import record_of
from .related_lookups import PARENT
from .results import invalid_id, status_of, success
from .state import State
from .store import Content, Row
from .values import Json, format_time, id_of, is_id

ATTACHMENTS = "Attachments"

_INDEXED = (PARENT,)
_ALWAYS = ("id", "$editable", "$file_id", "$link_url", "$se_module", "$type")


class AttachmentsApi:
    """GET and POST of /{module}/{id}/Attachments, GET and DELETE of one attachment."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        path = f"/<module:module>/<record_id>/{ATTACHMENTS}"
        yield path, self._list, ["GET"]
        yield path, self._add, ["POST"]
        yield path, self._delete_several, ["DELETE"]
        yield f"{path}/<attachment_id>", self._download, ["GET"]
        yield f"{path}/<attachment_id>", self._delete, ["DELETE"]

    def _list(self, module: str, record_id: str) -> Json | None:
        fields = field_names(request.args, mandatory=True) or []
        page = positive("page", request.args.get("page"), 1)
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        store = self._state.store
        with store.transaction():
            info, parent = record_of(self._state, module, record_id)
            ids = store.find(ATTACHMENTS, PARENT, parent.id)[::-1]
            shown = [
                row
                for each in ids[(page - 1) * per_page : page * per_page]
                if (row := store.get(ATTACHMENTS, each)) is not None
            ]
            data = [self._shown(info.api_name, parent, row, fields) for row in shown]
        if not data:
            return None
        return {
            "data": data,
            "info": {
                "per_page": per_page,
                "next_page_token": None,
                "count": len(data),
                "page": page,
                "previous_page_token": None,
                "page_token_expiry": None,
                "more_records": page * per_page < len(ids),
            },
        }

    def _add(self, module: str, record_id: str) -> Json:
        files = request.files.getlist("file")
        url = request.values.get("attachmentUrl")
        if url is None and len(files) != 1:
            place = {"api_name": "file"}
            raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
        content = uploaded(files[0]) if files else None
        if content is not None and len(content.bytes) > MAX_FILE:
            raise ApiError(
                413,
                "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
                "Please check if the size of the file is in the correct range",
            )
        if url is not None and not url.startswith(("http://", "https://")):
            raise ApiError(400, "INVALID_URL_PATTERN", "the given attachment URL is incorrect")
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            row = self._put(parent, content, url)
            me = {"name": self._state.user.get("full_name"), "id": self._state.user_id}
        details = {
            "Modified_Time": row.data["Modified_Time"],
            "Modified_By": me,
            "Created_Time": row.data["Created_Time"],
            "id": row.id,
            "Created_By": me,
        }
        return {"data": [success(details, "attachment uploaded successfully")]}

    def _put(self, parent: Row, content: Content | None, url: str | None) -> Row:
        now = int(self._state.clock())
        moment = format_time(now, self._state.zone)
        title = request.values.get("title")
        name = content.name if content is not None else title or url
        data: Json = {
            "id": self._state.store.new_id(),
            PARENT: {"id": parent.id},
            "File_Name": name,
            "Size": None if content is None else str(len(content.bytes)),
            "Created_Time": moment,
            "Modified_Time": moment,
            "Owner": {"id": self._state.user_id},
            "Created_By": {"id": self._state.user_id},
            "Modified_By": {"id": self._state.user_id},
            "$file_id": None if content is None else secrets.token_hex(32),
            "$link_url": url,
            "$type": "Attachment" if content is not None else "Link URL",
        }
        row = Row(ATTACHMENTS, data["id"], now, now, name, data)
        self._state.store.put(row, _INDEXED)
        if content is not None:
            self._state.store.put_content(row.id, content)
        return row

    def _download(self, module: str, record_id: str, attachment_id: str) -> Response | None:
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            row = self._attachment(parent, attachment_id)
            if row is None:
                return None
            content = self._state.store.content(row.id)
        if content is None:
            raise ApiError(
                400,
                "DOWNLOAD_NOT_ALLOWED",
                "As it is a linked attachment, you can not download it",
            )
        return content_answer(content)

    def _delete(self, module: str, record_id: str, attachment_id: str) -> Json:
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            row = self._attachment(parent, attachment_id)
            if row is None:
                raise invalid_id(3)
            return {"data": [self._deleted(row)]}

    def _delete_several(self, module: str, record_id: str) -> tuple[int, Json]:
        ids = record_ids(request.args)
        if not ids:
            raise missing_param("ids")
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            results: list[Json] = []
            for each in ids:
                row = self._attachment(parent, each)
                refused = ItemError("INVALID_DATA", "record not deleted", {"id": each})
                results.append(refused.body() if row is None else self._deleted(row))
        return status_of(results, 200), {"data": results}

    def _deleted(self, row: Row) -> Json:
        self._state.store.delete(row, _INDEXED)
        self._state.store.delete_content(row.id)
        return success({"id": row.id}, "record deleted")

    def _attachment(self, parent: Row, attachment_id: str) -> Row | None:
        if not is_id(attachment_id):
            raise invalid_id(3)
        row = self._state.store.get(ATTACHMENTS, attachment_id)
        return row if row is not None and id_of(row.data[PARENT]) == parent.id else None

    def _shown(self, module: str, parent: Row, row: Row, fields: list[str]) -> Json:
        me = self._state.store.get(USERS, self._state.user_id)
        user: Json = {
            "name": me.name if me else None,
            "id": self._state.user_id,
            "email": me.data.get("email") if me else None,
        }
        whole: Json = {
            **row.data,
            **dict.fromkeys(("Owner", "Created_By", "Modified_By"), user),
            PARENT: {"module": {"api_name": module}, "name": parent.name, "id": parent.id},
            "$se_module": module,
            "$editable": True,
        }
        return {name: whole[name] for name in (*_ALWAYS, *fields) if name in whole}
