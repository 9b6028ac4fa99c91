"""The recycle bin: /settings/recycle_bin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from .catalog import USERS
from .deleted import DeletedRow
from .errors import ApiError
from .incoming import Route, json_body
from .paging import MAX_PER_PAGE, positive
from .results import invalid_id, status_of, success
from .state import State
from .values import Json, as_list, format_time, is_id

MAX_IDS = 200


class RecycleBinApi:
    """List, count, restore and empty."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/recycle_bin", self._list, ["GET"]
        yield "/settings/recycle_bin/actions/count", self._count, ["GET"]
        yield "/settings/recycle_bin/actions/restore", self._restore, ["POST"]
        yield "/settings/recycle_bin/actions/empty", self._empty, ["POST"]
        yield "/settings/recycle_bin/<record_id>/actions/restore", self._restore_one, ["POST"]

    def _list(self) -> Json | None:
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        page = positive("page", request.args.get("page"), 1)
        with self._state.store.transaction():
            rows = self._state.writer.deleted.in_bin()
            shown = rows[(page - 1) * per_page : page * per_page]
            if not shown:
                return None
            ids = {user for row in shown for user in (row.user, row.owner) if user}
            names = self._state.store.names(USERS, ids)
        return {
            "recycle_bin": [self._shape(row, names) for row in shown],
            "info": {
                "per_page": per_page,
                "count": len(shown),
                "page": page,
                "more_records": page * per_page < len(rows),
            },
        }

    def _shape(self, row: DeletedRow, names: dict[str, str | None]) -> Json:
        owner = row.owner or row.user
        return {
            "display_name": row.name or "",
            "deleted_time": format_time(row.moment, self._state.zone),
            "owner": {"name": names.get(owner) or "", "id": owner},
            "module": row.module,
            "deleted_by": {"name": names.get(row.user) or "", "id": row.user},
            "id": row.id,
        }

    def _count(self) -> Json:
        with self._state.store.transaction():
            return {"count": len(self._state.writer.deleted.in_bin())}

    def _restore(self) -> tuple[int, Json]:
        body = json_body()
        if body.get("restore_all_records") is True:
            with self._state.store.transaction():
                return self._restored([row.id for row in self._state.writer.deleted.in_bin()])
        ids: list[Any] | None = as_list(body.get("ids"))
        place = {"api_name": "ids", "json_path": "$.ids"}
        if not ids or not all(map(is_id, ids)):
            raise ApiError(400, "INVALID_DATA", "invalid data", place)
        if len(ids) > MAX_IDS:
            raise ApiError(
                400, "LIMIT_EXCEEDED", "limit exceeded", {**place, "maximum_length": MAX_IDS}
            )
        return self._restored(ids)

    def _restore_one(self, record_id: str) -> tuple[int, Json]:
        if not is_id(record_id):
            raise invalid_id(2)
        return self._restored([record_id])

    def _restored(self, ids: list[str]) -> tuple[int, Json]:
        results: list[Json] = []
        with self._state.store.transaction():
            for record_id in ids:
                error = self._state.writer.restore(record_id)
                done = success({"id": record_id}, "record restored successfully")
                results.append(error.body() if error else done)
        return status_of(results, 200), {"recycle_bin": results}

    def _empty(self) -> Json:
        with self._state.store.transaction():
            self._state.writer.deleted.empty()
        return success({}, "recycle bin emptied successfully")
