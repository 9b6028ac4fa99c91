"""Routes of the record APIs: list, get, insert, update, upsert, delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from .catalog import ModuleInfo
from .errors import ApiError, ItemError, missing_param, no_permission
from .incoming import (
    MAX_RECORDS,
    Route,
    batch,
    json_body,
    modified_since,
    module_of,
    unmodified_since,
)
from .listing import field_names, record_ids
from .results import invalid_id, status_of, success
from .state import State
from .store import Row
from .upsert import Upserter
from .values import Json, as_object, is_id
from .views import view_condition


class RecordApi:
    """GET, POST, PUT and DELETE of /{module} and /{module}/{id}, POST /{module}/upsert."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._upserter = Upserter(state.store, state.writer)

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/<module:module>", self._list, ["GET"]
        yield "/<module:module>", self._insert, ["POST"]
        yield "/<module:module>", self._update, ["PUT"]
        yield "/<module:module>", self._delete, ["DELETE"]
        yield "/<module:module>/upsert", self._upsert, ["POST"]
        yield "/<module:module>/<record_id>", self._get, ["GET"]
        yield "/<module:module>/<record_id>", self._update_one, ["PUT"]
        yield "/<module:module>/<record_id>", self._delete_one, ["DELETE"]

    # --- reading --------------------------------------------------------------------------

    def _list(self, module: str) -> tuple[int, Json | None]:
        info = module_of(self._state.catalog, module)
        since = modified_since()
        with self._state.store.transaction():
            view = view_condition(self._state, info, request.args.get("cvid"))
            page = self._state.lister.page(info, request.args, since, view)
        if page is None:
            return (204 if since is None else 304), None
        return 200, page

    def _get(self, module: str, record_id: str) -> tuple[int, Json | None]:
        info = module_of(self._state.catalog, module)
        _check_id(record_id)
        fields = field_names(request.args, mandatory=False)
        since = modified_since()
        with self._state.store.transaction():
            row = self._state.store.get(info.api_name, record_id)
            if row is None:
                return 204, None
            if since is not None and row.modified < since:
                return 304, None
            return 200, {"data": [self._state.shaper.single(info, row.data, fields)]}

    # --- writing --------------------------------------------------------------------------

    def _insert(self, module: str) -> tuple[int, Json]:
        info = self._writable(module, "Create")
        items = batch(json_body())
        with self._state.store.transaction():
            results = [
                self._result(
                    self._state.writer.insert(info, item, path)
                    if (item := as_object(raw)) is not None
                    else _not_an_object(path),
                    "record added",
                )
                for path, raw in _paths(items)
            ]
        return status_of(results, 201), {"data": results}

    def _update(self, module: str) -> tuple[int, Json]:
        info = self._writable(module, "Edit")
        items = batch(json_body())
        since = unmodified_since()
        with self._state.store.transaction():
            results = [self._update_item(info, raw, path, since) for path, raw in _paths(items)]
        return status_of(results, 200), {"data": results}

    def _update_one(self, module: str, record_id: str) -> tuple[int, Json]:
        info = self._writable(module, "Edit")
        _check_id(record_id)
        items = batch(json_body())
        since = unmodified_since()
        if len(items) > 1:
            raise ApiError(
                400,
                "LIMIT_EXCEEDED",
                "limit exceeded",
                {"api_name": "data", "json_path": "$.data", "maximum_length": 1},
            )
        raw = as_object(items[0])
        with self._state.store.transaction():
            result = self._update_item(
                info, items[0] if raw is None else {**raw, "id": record_id}, "$.data[0]", since
            )
        return status_of([result], 200), {"data": [result]}

    def _update_item(self, info: ModuleInfo, raw: Any, path: str, since: int | None) -> Json:
        item = as_object(raw)
        if item is None:
            return _not_an_object(path).body()
        if item.get("id") is None:
            return ItemError(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                {"api_name": "id", "json_path": f"{path}.id"},
            ).body()
        outcome = self._state.writer.update(info, item["id"], item, path, since)
        return self._result(outcome, "record updated")

    def _upsert(self, module: str) -> tuple[int, Json]:
        info = self._writable(module, "Create")
        body = json_body()
        items = batch(body)
        since = unmodified_since()
        with self._state.store.transaction():
            order = self._upserter.duplicate_fields(info, body.get("duplicate_check_fields"))
            results: list[Json] = []
            for path, raw in _paths(items):
                item = as_object(raw)
                if item is None:
                    results.append(_not_an_object(path).body())
                    continue
                outcome, action, found_by = self._upserter.write(info, item, path, order, since)
                result = self._result(
                    outcome, "record added" if action == "insert" else "record updated"
                )
                if isinstance(outcome, Row):
                    result |= {"action": action, "duplicate_field": found_by}
                results.append(result)
        return status_of(results, 200), {"data": results}

    def _delete(self, module: str) -> tuple[int, Json]:
        info = self._writable(module, "Delete")
        ids = record_ids(request.args, MAX_RECORDS)
        if not ids:
            raise missing_param("ids")
        return self._delete_ids(info, ids)

    def _delete_one(self, module: str, record_id: str) -> tuple[int, Json]:
        info = self._writable(module, "Delete")
        _check_id(record_id)
        return self._delete_ids(info, [record_id])

    def _delete_ids(self, info: ModuleInfo, ids: list[str]) -> tuple[int, Json]:
        results: list[Json] = []
        with self._state.store.transaction():
            for record_id in ids:
                error = self._state.writer.delete(info, record_id)
                results.append(
                    error.body() if error else success({"id": record_id}, "record deleted")
                )
        return status_of(results, 200), {"data": results}

    # --- shared ---------------------------------------------------------------------------

    def _writable(self, module: str, what: str) -> ModuleInfo:
        info = module_of(self._state.catalog, module)
        allowed = {
            "Create": info.module.creatable,
            "Edit": info.module.editable,
            "Delete": info.module.deletable,
        }
        if not allowed[what]:
            raise no_permission(f"Crm_Implied_{what}_{module}")
        return info

    def _result(self, outcome: Row | ItemError, message: str) -> Json:
        if isinstance(outcome, ItemError):
            return outcome.body()
        return success(self._state.writer.details(outcome), message)


def _paths(items: list[Any]) -> Iterator[tuple[str, Any]]:
    return ((f"$.data[{index}]", item) for index, item in enumerate(items))


def _not_an_object(path: str) -> ItemError:
    return ItemError(
        "INVALID_DATA",
        "invalid data",
        {"expected_data_type": "jsonobject", "api_name": "data", "json_path": path},
    )


def _check_id(record_id: str) -> None:
    if not is_id(record_id):
        raise invalid_id(1)
