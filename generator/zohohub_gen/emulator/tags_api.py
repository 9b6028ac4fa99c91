"""Routes of the tags of a module, and of what puts them on records."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from zohohub_gen import ir

from .catalog import USERS, ModuleInfo
from .checks import tags_of
from .errors import ApiError, ItemError, missing_param
from .incoming import Route, json_body, module_of
from .results import status_of, success
from .state import State
from .values import Json, as_list, as_object, format_time, is_id, loads

MAX_IDS = 500
MAX_TAGS = 10
MAX_NAME = 25


class TagsApi:
    """GET /settings/tags, POST of …/actions/add_tags and remove_tags."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/tags", self._list, ["GET"]
        for action, view in (("add_tags", self._add), ("remove_tags", self._remove)):
            yield f"/<module:module>/actions/{action}", view, ["POST"]
            yield f"/<module:module>/<record_id>/actions/{action}", view, ["POST"]

    def _list(self) -> Json:
        if "module" not in request.args:
            raise missing_param("module")
        info = module_of(self._state.catalog, request.args["module"])
        with self._state.store.transaction():
            rows = self._state.store.select(
                "SELECT data, created, modified FROM record WHERE module = ?"
                " ORDER BY name COLLATE NOCASE",
                (tags_of(info.api_name),),
            )
            names = self._state.store.names(USERS, [self._state.user_id])
        me = {"name": names.get(self._state.user_id), "id": self._state.user_id}
        data: list[Json] = []
        for text, created, modified in rows:
            moment = format_time(created, self._state.zone)
            data.append(
                {
                    "color_code": None,
                    **loads(text),
                    "created_time": moment,
                    "modified_time": format_time(modified, self._state.zone),
                    "created_by": me,
                    "modified_by": me,
                }
            )
        return {"tags": data, "info": {"count": len(data), "allowed_count": 200}}

    def _add(self, module: str, record_id: str | None = None) -> tuple[int, Json]:
        info, body, names, ids = self._read(module, record_id)
        replace = body.get("over_write") is True
        results: list[Json] = []
        with self._state.store.transaction():
            tags = [self._state.writer.tag(info, name) for name in names]
            for each in ids:
                kept = [] if replace else self._tags(info, each)
                known = {tag["name"] for tag in kept}
                results.append(
                    self._set(info, each, kept + [tag for tag in tags if tag["name"] not in known])
                )
        return self._answer(results)

    def _remove(self, module: str, record_id: str | None = None) -> tuple[int, Json]:
        info, _, names, ids = self._read(module, record_id)
        with self._state.store.transaction():
            results = [
                self._set(
                    info, each, [tag for tag in self._tags(info, each) if tag["name"] not in names]
                )
                for each in ids
            ]
        return self._answer(results)

    # --- shared ---------------------------------------------------------------------------

    def _read(
        self, module: str, record_id: str | None
    ) -> tuple[ModuleInfo, Json, list[str], list[str]]:
        """Module, body, names of tags and ids of records."""
        info = module_of(self._state.catalog, module)
        if _field(info) is None:
            raise ApiError(400, "NOT_SUPPORTED", "the module does not support tags")
        body = json_body()
        given = as_list(body.get("tags"))
        if not given:
            raise _missing("tags")
        names: list[str] = []
        for index, raw in enumerate(given):
            name = (as_object(raw) or {}).get("name")
            place: Json = {"api_name": "name", "json_path": f"$.tags[{index}].name"}
            if not isinstance(name, str) or not name:
                raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
            if len(name) > MAX_NAME:
                place["maximum_length"] = MAX_NAME
                raise ApiError(400, "INVALID_DATA", "invalid data", place)
            names.append(name)
        ids = [record_id] if record_id is not None else as_list(body.get("ids"))
        if not ids:
            raise _missing("ids")
        if len(ids) > MAX_IDS:
            raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_IDS})
        return info, body, names, [str(each) for each in ids]

    def _tags(self, info: ModuleInfo, record_id: str) -> list[Json]:
        field = _field(info)
        row = self._state.store.get(info.api_name, record_id) if is_id(record_id) else None
        return list(row.data.get(field) or []) if row is not None and field is not None else []

    def _set(self, info: ModuleInfo, record_id: str, tags: list[Json]) -> Json:
        field = _field(info)
        row = self._state.store.get(info.api_name, record_id) if is_id(record_id) else None
        if row is None or field is None:
            return ItemError(
                "INVALID_DATA", "the id given seems to be invalid", {"id": record_id}
            ).body()
        if len(tags) > MAX_TAGS:
            return ItemError("LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_TAGS}).body()
        self._state.writer.set_tags(info, row, field, tags)
        shown = [{"color_code": None, **tag} for tag in tags]
        return success({"id": row.id, "tags": shown}, "tags updated successfully")

    def _answer(self, results: list[Json]) -> tuple[int, Json]:
        done = sum(result["status"] == "success" for result in results)
        body = {"data": results, "success_count": str(done), "locked_count": "0"}
        return status_of(results, 200), body


def _field(info: ModuleInfo) -> str | None:
    return next(
        (name for name, field in info.fields.items() if isinstance(field.type, ir.Tags)), None
    )


def _missing(name: str) -> ApiError:
    place = {"api_name": name, "json_path": f"$.{name}"}
    return ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
