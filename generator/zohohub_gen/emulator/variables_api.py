"""The variables of the org: /settings/variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from .errors import ApiError, ItemError, missing_param
from .incoming import Route, json_body
from .results import status_of, success
from .state import State
from .store import Row
from .values import Json, as_list, as_object, loads

VARIABLES = "$variables"
MAX_LENGTH = 32_000
MAX_VARIABLES = 25


class VariablesApi:
    """List, get and update."""

    def __init__(self, state: State) -> None:
        self._state = state
        with state.store.transaction():
            for variable in state.definitions.variables:
                if not state.store.exists(VARIABLES, variable["id"]):
                    self._put(variable)

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/variables", self._list, ["GET"]
        yield "/settings/variables", self._update, ["PUT"]
        yield "/settings/variables/<name>", self._get, ["GET"]
        yield "/settings/variables/<name>", self._update_one, ["PUT"]

    def _list(self) -> Json | None:
        group = request.args.get("group")
        variables = [each for each in self._all() if group is None or _is_in(each, group)]
        return {"variables": variables} if variables else None

    def _get(self, name: str) -> Json:
        return {"variables": [self._named(name)]}

    def _update(self) -> tuple[int, Json]:
        by_id = {variable["id"]: variable for variable in self._all()}
        results = [
            self._write(by_id.get(str(item.get("id"))), item, index)
            for index, item in enumerate(_items())
        ]
        return status_of(results, 200), {"variables": results}

    def _update_one(self, name: str) -> tuple[int, Json]:
        variable = self._named(name)
        results = [self._write(variable, item, 0) for item in _items()[:1]]
        return status_of(results, 200), {"variables": results}

    def _write(self, variable: Json | None, item: Json, index: int) -> Json:
        path = f"$.variables[{index}]"
        if variable is None:
            return ItemError(
                "INVALID_DATA",
                "the id given seems to be invalid",
                {"api_name": "id", "json_path": f"{path}.id"},
            ).body()
        value: Any = item.get("value", variable["value"])
        place = {"api_name": "value", "json_path": f"{path}.value"}
        if value is not None and not isinstance(value, str):
            return ItemError(
                "INVALID_DATA", "Invalid data type", {**place, "expected_data_type": "text"}
            ).body()
        if value is not None and len(value) > MAX_LENGTH:
            return ItemError(
                "INVALID_DATA", "invalid data", {**place, "maximum_length": MAX_LENGTH}
            ).body()
        with self._state.store.transaction():
            self._put({**variable, "value": value})
        return success({"id": variable["id"]}, "variable updated successfully")

    def _named(self, name: str) -> Json:
        group = request.args.get("group")
        for variable in self._all():
            if variable["id"] == name:
                return variable
            if variable["api_name"] == name:
                if group is None:
                    raise missing_param("group")
                if _is_in(variable, group):
                    return variable
        raise ApiError(400, "INVALID_DATA", "invalid data", {"resource_path_index": 2})

    def _all(self) -> list[Json]:
        with self._state.store.transaction():
            rows = self._state.store.select(
                "SELECT data FROM record WHERE module = ? ORDER BY key", (VARIABLES,)
            )
        return [loads(row[0]) for row in rows]

    def _put(self, variable: Json) -> None:
        row = Row(VARIABLES, variable["id"], 0, 0, variable["api_name"], variable)
        self._state.store.put(row, ())


def _is_in(variable: Json, group: str) -> bool:
    """Whether a variable belongs to the group of that id or api_name."""
    own = as_object(variable.get("variable_group")) or {}
    return group in (own.get("id"), own.get("api_name"))


def _items() -> list[Json]:
    items = as_list(json_body().get("variables"))
    found = [item for each in items or [] if (item := as_object(each)) is not None]
    if not found:
        raise ApiError(
            400, "INVALID_DATA", "invalid data", {"api_name": "variables", "json_path": "$"}
        )
    if len(found) > MAX_VARIABLES:
        details = {"api_name": "variables", "json_path": "$", "maximum_length": MAX_VARIABLES}
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", details)
    return found
