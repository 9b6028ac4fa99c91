"""What is done to records beside writing them: deleted ones, clones, photos, many at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request

from zohohub_gen import ir

from .catalog import USERS, ModuleInfo
from .errors import ApiError, ItemError, invalid_param
from .incoming import Route, batch, json_body, modified_since, module_of
from .paging import MAX_PER_PAGE, positive
from .results import row_of, status_of, success
from .state import State
from .store import Content, Row
from .values import Json, as_list, as_object, format_time, id_of, is_id
from .views import ids_in_view

MAX_IDS = 500
MAX_PHOTO = 10 * 1024 * 1024

_PHOTO_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_MASS_UPDATES = "$mass_updates"
_DELETED_KINDS = ("all", "recycle", "permanent")


class RecordActionsApi:
    """/{module}/deleted, …/actions/clone, mass_update and change_owner, …/photo."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/<module:module>/deleted", self._deleted, ["GET"]
        yield "/<module:module>/<record_id>/actions/clone", self._clone, ["POST"]
        yield "/<module:module>/actions/mass_update", self._mass_update, ["POST"]
        yield "/<module:module>/actions/mass_update", self._status, ["GET"]
        yield "/<module:module>/actions/change_owner", self._change_owner, ["POST"]
        yield "/<module:module>/<record_id>/photo", self._photo, ["GET"]
        yield "/<module:module>/<record_id>/photo", self._upload_photo, ["POST"]
        yield "/<module:module>/<record_id>/photo", self._delete_photo, ["DELETE"]

    # --- deleted records ------------------------------------------------------------------

    def _deleted(self, module: str) -> tuple[int, Json | None]:
        info = module_of(self._state.catalog, module)
        kind = request.args.get("type", "all")
        if kind not in _DELETED_KINDS:
            raise ApiError(400, "PATTERN_NOT_MATCHED", "invalid type", {"param_name": "type"})
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        page = positive("page", request.args.get("page"), 1)
        since = modified_since()
        with self._state.store.transaction():
            rows = [
                row
                for row in self._state.writer.deleted.all(info.api_name)
                if kind in ("all", "permanent" if row.data is None else "recycle")
                and (since is None or row.moment >= since)
            ]
            shown = rows[(page - 1) * per_page : page * per_page]
            users = {user for row in shown for user in (row.user, row.creator) if user}
            names = self._state.store.names(USERS, users)
        if not shown:
            return (204 if since is None else 304), None
        data: list[Json] = [
            {
                "id": row.id,
                # Of what is gone for good, Zoho tells the id and the time alone.
                "display_name": None if row.data is None else row.name,
                "type": "permanent" if row.data is None else "recycle",
                "deleted_time": format_time(row.moment, self._state.zone),
                "deleted_by": None
                if row.data is None
                else {"name": names.get(row.user) or "", "id": row.user},
                "created_by": {"name": names.get(row.creator) or "", "id": row.creator}
                if row.creator
                else None,
            }
            for row in shown
        ]
        info_block = {
            "per_page": per_page,
            "count": len(data),
            "page": page,
            "more_records": page * per_page < len(rows),
        }
        return 200, {"data": data, "info": info_block}

    # --- writes ---------------------------------------------------------------------------

    def _clone(self, module: str, record_id: str) -> tuple[int, Json]:
        info = module_of(self._state.catalog, module)
        # A clone without changes may come without a body.
        changes: object = batch(json_body())[0] if request.get_data().strip() else None
        with self._state.store.transaction():
            row = row_of(self._state.store, info.api_name, record_id)
            values = self._copied(info, row) | (as_object(changes) or {})
            outcome = self._state.writer.insert(info, values, "$.data[0]")
            result = self._result(outcome, "record added")
        return (201 if result["status"] == "success" else 400), {"data": [result]}

    def _copied(self, info: ModuleInfo, row: Row) -> Json:
        """The values of a record, in the form of a write."""
        shown = self._state.shaper.single(info, row.data, None)
        values: Json = {}
        for name, field in info.fields.items():
            value = shown.get(name)
            if value is None or not field.creatable or name in info.unique:
                continue
            if isinstance(field.type, ir.LayoutReference):
                continue  # a copy need not hold what its layout has made mandatory since
            if isinstance(field.type, ir.Subform) or name in info.links:
                rows = as_list(value) or []
                value = [{**(as_object(each) or {}), "id": None} for each in rows]
                for each in value:
                    del each["id"]
            values[name] = value
        if "$se_module" in row.data:
            values["$se_module"] = row.data["$se_module"]
        return values

    def _mass_update(self, module: str) -> tuple[int, Json]:
        info = module_of(self._state.catalog, module)
        body = json_body()
        values = as_object(batch(body)[0])
        if values is None:
            raise ApiError(
                400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject"}
            )
        if "cvid" in body:
            return self._schedule(info, values, body["cvid"])
        ids = _ids(body)
        with self._state.store.transaction():
            results = [
                self._result(
                    self._state.writer.update(info, record_id, values, "$.data[0]", None),
                    "record updated",
                )
                for record_id in ids
            ]
        return status_of(results, 200), {"data": results}

    def _schedule(self, info: ModuleInfo, values: Json, view: Any) -> tuple[int, Json]:
        with self._state.store.transaction():
            done = [
                isinstance(self._state.writer.update(info, record_id, values, "$", None), Row)
                for record_id in ids_in_view(self._state, info, str(view))
            ]
            job_id = self._state.store.new_id()
            job = {
                "asked": 0,
                "Failed_Count": done.count(False),
                "Updated_Count": done.count(True),
                "Not_Updated_Count": 0,
                "Total_Count": len(done),
            }
            self._state.store.put(Row(_MASS_UPDATES, job_id, 0, 0, None, job | {"id": job_id}), ())
        return 200, {
            "data": [success({"job_id": job_id}, "mass update scheduled successfully")],
        }

    def _status(self, module: str) -> Json:
        module_of(self._state.catalog, module)
        job_id = request.args.get("job_id", "")
        store = self._state.store
        with store.transaction():
            row = store.get(_MASS_UPDATES, job_id) if is_id(job_id) else None
            if row is None:
                raise invalid_param("job_id")
            # The first look finds a job still waiting, the next one finds it done.
            job = row.data
            state = "COMPLETED" if job["asked"] else "SCHEDULED"
            job["asked"] += 1
            store.put(row, ())
        counts = {name: count for name, count in job.items() if name not in ("asked", "id")}
        if state == "SCHEDULED":
            counts = {name: 0 if name != "Total_Count" else counts[name] for name in counts}
        return {"data": [{"Status": state, **counts}]}

    def _change_owner(self, module: str) -> tuple[int, Json]:
        info = module_of(self._state.catalog, module)
        body = json_body()
        owner = id_of(body.get("owner"))
        if owner is None:
            raise ApiError(
                400,
                "MANDATORY_NOT_FOUND",
                "required field not found",
                {"api_name": "owner", "json_path": "$.owner"},
            )
        values: Json = {"Owner": {"id": owner}}
        with self._state.store.transaction():
            results = [
                self._result(
                    self._state.writer.update(info, record_id, values, "$", None),
                    "owner updated successfully",
                )
                for record_id in _ids(body)
            ]
        return status_of(results, 200), {"data": results}

    # --- photos ---------------------------------------------------------------------------

    def _photo(self, module: str, record_id: str) -> Response | None:
        with self._state.store.transaction():
            photo = self._state.store.content(self._photo_id(module, record_id))
        return None if photo is None else Response(photo.bytes, content_type=photo.type)

    def _upload_photo(self, module: str, record_id: str) -> Json:
        with self._state.store.transaction():
            photo_id = self._photo_id(module, record_id)
        file = request.files.get("file")
        content = file.read() if file is not None else b""
        if not content:
            raise ApiError(400, "INVALID_DATA", "the file is missing", {"param_name": "file"})
        if len(content) > MAX_PHOTO:
            raise ApiError(415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE", "the file is too large")
        kind = _photo_type(content)
        if kind is None:
            raise ApiError(400, "INVALID_FILE_FORMAT", "the file is not an image")
        with self._state.store.transaction():
            self._state.store.put_content(photo_id, Content("photo", kind, content))
        return success({}, "photo uploaded successfully")

    def _delete_photo(self, module: str, record_id: str) -> Json:
        with self._state.store.transaction():
            self._state.store.delete_content(self._photo_id(module, record_id))
        return success({}, "Photo deleted")

    def _photo_id(self, module: str, record_id: str) -> str:
        """Where the store keeps the photo of a record; raises INVALID_DATA where there is none."""
        info = module_of(self._state.catalog, module)
        row_of(self._state.store, info.api_name, record_id)
        return f"photo of {info.api_name} {record_id}"

    # --- shared ---------------------------------------------------------------------------

    def _result(self, outcome: Row | ItemError, message: str) -> Json:
        if isinstance(outcome, ItemError):
            return outcome.body()
        return success(self._state.writer.details(outcome), message)


def _ids(body: Json) -> list[str]:
    place = {"api_name": "ids", "json_path": "$.ids"}
    ids = as_list(body.get("ids"))
    if not ids:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    if len(ids) > MAX_IDS:
        raise ApiError(
            400, "LIMIT_EXCEEDED", "limit exceeded", {**place, "maximum_length": MAX_IDS}
        )
    return [str(record_id) for record_id in ids]


def _photo_type(content: bytes) -> str | None:
    return next((kind for start, kind in _PHOTO_TYPES.items() if content.startswith(start)), None)
