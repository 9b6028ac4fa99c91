"""GET …/actions/fetch_full_data, and how many records the related lists of a record hold."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .catalog import ModuleInfo
from .conditions import column
from .errors import ApiError, invalid_param, missing_param
from .incoming import Route, json_body, module_of
from .json_criteria import JsonCriteria
from .listing import field_names, record_ids
from .related_api import record_of
from .relations import Relations
from .state import State
from .values import Json, as_list, as_object, is_id

MAX_LISTS = 20
KEY = "get_related_records_count"


class FullDataApi:
    """Rich text in full length, which lists cut; and counts of related lists."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._relations = Relations(state.catalog, state.store)

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/<module:module>/actions/fetch_full_data", self._many, ["GET"]
        yield "/<module:module>/<record_id>/actions/fetch_full_data", self._one, ["GET"]
        yield f"/<module:module>/<record_id>/actions/{KEY}", self._counts, ["POST"]

    def _many(self, module: str) -> Json | None:
        info = module_of(self._state.catalog, module)
        fields = field_names(request.args, mandatory=True) or []
        ids = record_ids(request.args)
        if ids is None:
            raise missing_param("ids")
        return self._full(info, ids, fields)

    def _one(self, module: str, record_id: str) -> Json | None:
        info = module_of(self._state.catalog, module)
        fields = field_names(request.args, mandatory=True) or []
        if not is_id(record_id):
            raise ApiError(
                400,
                "INVALID_DATA",
                "the id given seems to be invalid",
                {"resource_path_index": 1},
            )
        return self._full(info, [record_id], fields)

    def _full(self, info: ModuleInfo, ids: list[str], fields: list[str]) -> Json | None:
        unknown = [name for name in fields if name != "id" and name not in info.fields]
        if unknown:
            raise invalid_param("fields")
        with self._state.store.transaction():
            rows = [
                row
                for record_id in ids
                if (row := self._state.store.get(info.api_name, record_id)) is not None
            ]
            records = self._state.computed.fill(info, [row.data for row in rows], fields)
        data = [{**{name: each.get(name) for name in fields}, "id": each["id"]} for each in records]
        return {"data": data} if data else None

    # --- counts ---------------------------------------------------------------------------

    def _counts(self, module: str, record_id: str) -> Json:
        asked = as_list(json_body().get(KEY))
        place = {"api_name": KEY, "json_path": f"$.{KEY}"}
        if asked is None:
            raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
        if not asked:
            raise ApiError(
                400, "INVALID_DATA", "invalid data", {**place, "expected_data_type": "jsonarray"}
            )
        if len(asked) > MAX_LISTS:
            raise ApiError(
                400, "INVALID_DATA", "invalid data", {**place, "maximum_length": MAX_LISTS}
            )
        with self._state.store.transaction():
            answers = [
                # Each in a list of its own: so it is in Zoho's contract.
                [self._count(module, record_id, as_object(each) or {}, f"$.{KEY}[{index}]")]
                for index, each in enumerate(asked)
            ]
        return {KEY: answers}

    def _count(self, module: str, record_id: str, item: Json, path: str) -> Json:
        info, row = record_of(self._state, module, record_id)
        wanted = as_object(item.get("related_list")) or {}
        known = next(
            (
                each
                for each in self._state.catalog.snapshot.related_lists.get(info.api_name, [])
                if wanted.get("id", each.get("id")) == each.get("id")
                and wanted.get("api_name", each.get("api_name")) == each.get("api_name")
            ),
            None,
        )
        if not wanted or known is None:
            raise ApiError(
                400,
                "INVALID_DATA" if wanted else "MANDATORY_NOT_FOUND",
                "the related list given seems to be invalid",
                {"api_name": "related_list", "json_path": f"{path}.related_list"},
            )
        relation = self._relations.find(info, row, str(known.get("api_name")))
        sql, bound = self._relations.condition(relation)
        filters = as_object((as_object(item.get("params")) or {}).get("filters"))
        if filters is not None:
            criteria = JsonCriteria(lambda name: column(relation.target, str(name), "record"))
            more, values = criteria.condition(filters)
            sql, bound = f"{sql} AND {more}", [*bound, *values]
        rows = self._state.store.select(
            f"SELECT count(*) FROM record WHERE module = ? AND {sql}",  # noqa: S608  # see Relations
            [relation.target.api_name, *bound],
        )
        shown = {"api_name": known.get("api_name"), "id": known.get("id")}
        return {"count": rows[0][0], "related_list": shown}
