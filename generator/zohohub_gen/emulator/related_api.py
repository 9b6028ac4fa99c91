"""Routes of related records, and of the metadata that names the related lists."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .catalog import ModuleInfo
from .errors import ApiError, ItemError, invalid_url, missing_param
from .incoming import MAX_RECORDS, Route, batch, json_body, modified_since, module_of
from .listing import field_names, record_ids
from .relations import Relation, Relations
from .results import invalid_id, row_of, status_of, success
from .state import State
from .store import Row
from .values import Json, as_object, id_key, is_id

_INFO = (
    "per_page",
    "count",
    "page",
    "more_records",
    "next_page_token",
    "previous_page_token",
    "page_token_expiry",
)
"""What Zoho says of a page of related records: less than of a page of a module."""
_FIRST_ROLE = 6100000000000006870
_ROLES = ("Decision Maker", "Evaluator", "Purchaser", "Influencer")


class RelatedApi:
    """GET, PUT and DELETE of /{module}/{id}/{related list} and of one record in it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._relations = Relations(state.catalog, state.store)

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/related_lists", self._lists, ["GET"]
        yield "/Contacts/roles", self._roles, ["GET"]
        path = "/<module:module>/<record_id>/<related>"
        yield path, self._list, ["GET"]
        yield path, self._link, ["PUT"]
        yield path, self._unlink, ["DELETE"]
        yield f"{path}/<related_id>", self._get, ["GET"]
        yield f"{path}/<related_id>", self._link_one, ["PUT"]
        yield f"{path}/<related_id>", self._unlink_one, ["DELETE"]

    def _lists(self) -> Json | None:
        lists = self._state.metadata.related_lists(request.args)
        return {"related_lists": lists} if lists else None

    def _roles(self) -> Json:
        roles = [
            {"id": str(_FIRST_ROLE + place), "name": name, "sequence_number": place}
            for place, name in enumerate(_ROLES, 1)
        ]
        return {"contact_roles": roles}

    # --- reading --------------------------------------------------------------------------

    def _list(self, module: str, record_id: str, related: str) -> tuple[int, Json | None]:
        since = modified_since()
        with self._state.store.transaction():
            relation = self._relation(module, record_id, related)
            condition = self._relations.condition(relation)
            page = self._state.lister.page(relation.target, request.args, since, condition)
            if page is None:
                return (204 if since is None else 304), None
            if relation.link is not None:
                links = self._relations.linked(relation)
                page["data"] = [row | _carried(relation, links[row["id"]]) for row in page["data"]]
            page["info"] = {name: page["info"][name] for name in _INFO}
        return 200, page

    def _get(self, module: str, record_id: str, related: str, related_id: str) -> Json | None:
        fields = field_names(request.args, mandatory=False)
        with self._state.store.transaction():
            relation = self._relation(module, record_id, related)
            row = self._member(relation, related_id)
            if row is None:
                return None
            return {"data": [self._state.shaper.single(relation.target, row.data, fields)]}

    # --- links ----------------------------------------------------------------------------

    def _link(self, module: str, record_id: str, related: str) -> tuple[int, Json]:
        items = batch(json_body())
        with self._state.store.transaction():
            relation = self._linkable(module, record_id, related)
            results = [
                self._put(relation, as_object(item) or {}, f"$.data[{index}]")
                for index, item in enumerate(items)
            ]
        return status_of(results, 200), {"data": results}

    def _link_one(
        self, module: str, record_id: str, related: str, related_id: str
    ) -> tuple[int, Json]:
        (item, *_) = batch(json_body())
        with self._state.store.transaction():
            relation = self._linkable(module, record_id, related)
            result = self._put(relation, {**(as_object(item) or {}), "id": related_id}, "$.data[0]")
        return status_of([result], 200), {"data": [result]}

    def _put(self, relation: Relation, item: Json, path: str) -> Json:
        related_id = item.get("id")
        if related_id is None:
            place = {"api_name": "id", "json_path": f"{path}.id"}
            return ItemError("MANDATORY_NOT_FOUND", "required field not found", place).body()
        target = relation.target.api_name
        if not is_id(related_id) or not self._state.store.exists(target, related_id):
            return ItemError(
                "INVALID_DATA", "the related id given seems to be invalid", {"id": related_id}
            ).body()
        details = {name: value for name, value in item.items() if name != "id"}
        self._relations.put(relation, related_id, details, int(self._state.clock()))
        return success({"id": related_id}, "relation added")

    def _unlink(self, module: str, record_id: str, related: str) -> tuple[int, Json]:
        ids = record_ids(request.args, MAX_RECORDS)
        if not ids:
            raise missing_param("ids")
        return self._remove(module, record_id, related, ids)

    def _unlink_one(
        self, module: str, record_id: str, related: str, related_id: str
    ) -> tuple[int, Json]:
        if not is_id(related_id):
            raise invalid_id(3)
        return self._remove(module, record_id, related, [related_id])

    def _remove(
        self, module: str, record_id: str, related: str, ids: list[str]
    ) -> tuple[int, Json]:
        with self._state.store.transaction():
            relation = self._linkable(module, record_id, related)
            results = [
                success({"id": each}, "relation removed")
                if self._relations.remove(relation, each)
                else ItemError("INVALID_DATA", "relation not found", {"id": each}).body()
                for each in ids
            ]
        return status_of(results, 200), {"data": results}

    # --- shared ---------------------------------------------------------------------------

    def _relation(self, module: str, record_id: str, related: str) -> Relation:
        info, row = record_of(self._state, module, record_id)
        return self._relations.find(info, row, related)

    def _linkable(self, module: str, record_id: str, related: str) -> Relation:
        relation = self._relation(module, record_id, related)
        if relation.link is None:
            raise ApiError(
                400,
                "NOT_SUPPORTED",
                "the relation is not supported",
                {"resource_path_index": 2},
            )
        return relation

    def _member(self, relation: Relation, related_id: str) -> Row | None:
        if not is_id(related_id):
            raise invalid_id(3)
        sql, values = self._relations.condition(relation)
        found = self._state.store.select(
            f"SELECT 1 FROM record WHERE module = ? AND key = ? AND {sql}",  # noqa: S608  # see Relations
            [relation.target.api_name, id_key(related_id), *values],
        )
        return self._state.store.get(relation.target.api_name, related_id) if found else None


def _carried(relation: Relation, link: Row) -> Json:
    """What a link carries beside the two records."""
    ends = {"id", relation.info.api_name, relation.target.api_name}
    return {name: value for name, value in link.data.items() if name not in ends}


def record_of(state: State, module: str, record_id: str) -> tuple[ModuleInfo, Row]:
    """The record in the address; raises INVALID_MODULE or INVALID_DATA."""
    if record_id == "actions":
        raise invalid_url()
    info = module_of(state.catalog, module)
    return info, row_of(state.store, info.api_name, record_id)
