"""POST, PUT and DELETE of /settings/tags: the tags that a module has, and so its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import request

from zohohub_gen import ir

from .catalog import ModuleInfo
from .checks import tags_of
from .errors import ApiError, ItemError, missing_param
from .incoming import Route, json_body, module_of
from .results import invalid_id, status_of, success
from .state import State
from .store import Row
from .tags_api import MAX_NAME
from .values import Json, as_list, as_object, format_time, is_id

_AT_ONCE = 50


class TagSettingsApi:
    """Makes, changes and deletes tags; records that carry them follow."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/tags", self._create, ["POST"]
        yield "/settings/tags", self._change_many, ["PUT"]
        yield "/settings/tags/<tag_id>", self._change_one, ["PUT"]
        yield "/settings/tags/<tag_id>", self._delete, ["DELETE"]

    def _create(self) -> tuple[int, Json]:
        info = self._module()
        items = _items(new=True)
        with self._state.store.transaction():
            results = [self._new(info, item, f"$.tags[{n}]") for n, item in enumerate(items)]
        return status_of(results, 201), {"tags": results}

    def _change_many(self) -> tuple[int, Json]:
        info = self._module()
        items = _items()
        with self._state.store.transaction():
            results = [
                self._change(info, self._row(tags_of(info.api_name), item.get("id")), item, n)
                for n, item in enumerate(items)
            ]
        return status_of(results, 200), {"tags": results}

    def _change_one(self, tag_id: str) -> tuple[int, Json]:
        (item, *_) = _items()
        with self._state.store.transaction():
            info, row = self._find(tag_id)
            result = self._change(info, row, item, 0)
        return status_of([result], 200), {"tags": [result]}

    def _delete(self, tag_id: str) -> Json:
        with self._state.store.transaction():
            info, row = self._find(tag_id)
            self._on_records(info, row.id, lambda _tag: None)
            self._state.store.delete(row, ["name"])
        return {"tags": [success({"id": row.id}, "tags deleted successfully")]}

    # --- one tag --------------------------------------------------------------------------

    def _new(self, info: ModuleInfo, item: Json, path: str) -> Json:
        taken = self._taken(info, item["name"], path, None)
        if taken is not None:
            return taken.body()
        store, now = self._state.store, int(self._state.clock())
        tag: Json = {
            "name": item["name"],
            "id": store.new_id(),
            "color_code": item.get("color_code"),
        }
        row = Row(tags_of(info.api_name), str(tag["id"]), now, now, item["name"], tag)
        store.put(row, ["name"])
        return success(self._details(row), "tags created successfully")

    def _change(self, info: ModuleInfo, row: Row | None, item: Json, number: int) -> Json:
        path = f"$.tags[{number}]"
        if row is None:
            place = {"api_name": "id", "json_path": f"{path}.id"}
            return ItemError("INVALID_DATA", "the id given seems to be invalid", place).body()
        tag = {**row.data}
        if "name" in item:
            taken = self._taken(info, item["name"], path, row.id)
            if taken is not None:
                return taken.body()
            tag["name"] = item["name"]
        if "color_code" in item:
            tag["color_code"] = item["color_code"]
        now = int(self._state.clock())
        new = replace(row, modified=now, name=tag["name"], data=tag)
        self._state.store.put(new, ["name"], row.data)
        self._on_records(info, row.id, lambda each: {**each, **tag})
        return success(self._details(new), "tags updated successfully")

    def _taken(self, info: ModuleInfo, name: str, path: str, own: str | None) -> ItemError | None:
        for tag_id in self._state.store.find(tags_of(info.api_name), "name", name):
            if tag_id != own:
                place = {"api_name": "name", "json_path": f"{path}.name", "id": tag_id}
                return ItemError("DUPLICATE_DATA", "duplicate data", place)
        return None

    def _on_records(self, info: ModuleInfo, tag_id: str, change: Callable[[Json], Any]) -> None:
        """Change or remove a tag wherever records carry it; that is no change of the records."""
        store = self._state.store
        fields = [each.api_name for each in info.fields.values() if isinstance(each.type, ir.Tags)]
        found = store.select(
            "SELECT key FROM record WHERE module = ? AND instr(data, ?) > 0",
            (info.api_name, tag_id),
        )
        for (key,) in found:
            row = store.get(info.api_name, key)
            if row is None:
                continue
            data = dict(row.data)
            for name in fields:
                tags = [as_object(each) or {} for each in as_list(data.get(name)) or []]
                kept = [change(tag) if tag.get("id") == tag_id else tag for tag in tags]
                data[name] = [tag for tag in kept if tag is not None]
            store.put(replace(row, data=data), info.indexed, row.data)

    # --- shared ---------------------------------------------------------------------------

    def _module(self) -> ModuleInfo:
        if "module" not in request.args:
            raise missing_param("module")
        return module_of(self._state.catalog, request.args["module"])

    def _row(self, module: str, tag_id: object) -> Row | None:
        return self._state.store.get(module, tag_id) if is_id(tag_id) else None

    def _find(self, tag_id: str) -> tuple[ModuleInfo, Row]:
        """The tag of that id, whichever module has it."""
        for info in self._state.catalog.modules():
            row = self._row(tags_of(info.api_name), tag_id)
            if row is not None:
                return info, row
        raise invalid_id(2)

    def _details(self, row: Row) -> Json:
        state = self._state
        me = {"name": state.user.get("full_name"), "id": state.user_id}
        return {
            "created_time": format_time(row.created, state.zone),
            "modified_time": format_time(row.modified, state.zone),
            "modified_by": me,
            "id": row.id,
            "created_by": me,
            "color_code": row.data.get("color_code"),
        }


def _items(*, new: bool = False) -> list[Json]:
    """The tags of the body; a name that none can have refuses them all."""
    items = as_list(json_body().get("tags"))
    place = {"api_name": "tags", "json_path": "$.tags"}
    if not items:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    if len(items) > _AT_ONCE:
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {**place, "limit": _AT_ONCE})
    tags = [as_object(item) or {} for item in items]
    for number, tag in enumerate(tags):
        if new or "name" in tag:
            _check_name(tag.get("name"), f"$.tags[{number}].name")
    return tags


def _check_name(name: Any, path: str) -> None:
    place: Json = {"api_name": "name", "json_path": path}
    if name in (None, ""):
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    if not isinstance(name, str):
        place["expected_data_type"] = "text"
        raise ApiError(400, "INVALID_DATA", "invalid data", place)
    if len(name) > MAX_NAME:
        raise ApiError(400, "INVALID_DATA", "invalid data", {**place, "maximum_length": MAX_NAME})
