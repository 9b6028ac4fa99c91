"""GET /{module}: the list of a module's records, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeAlias

from .catalog import ModuleInfo
from .errors import ApiError, invalid_param, missing_param
from .paging import (
    MAX_BY_PAGE,
    MAX_BY_TOKEN,
    MAX_PER_PAGE,
    TOKEN_LIFETIME,
    PageTokens,
    Position,
    positive,
)
from .shape import Shaper
from .store import Store
from .values import Clock, Json, format_time, id_key, is_id, loads

Condition: TypeAlias = tuple[str, Sequence[object]]
"""A condition on the table of records in SQL, and what its question marks stand for."""

MAX_FIELDS = 50
MAX_IDS = 100

_SORT_COLUMNS = {"id": "0", "Created_Time": "created", "Modified_Time": "modified"}
_REFUSED = ("territory_id", "include_child")
_CONVERTED = (
    "coalesce(json_extract(data, '$.\"$converted\"'), json_extract(data, '$.Converted__s'), 0)"
)
_CONVERTED_LEADS = {"false": f"NOT {_CONVERTED}", "true": _CONVERTED, "both": "1"}


def field_names(parameters: Mapping[str, str], *, mandatory: bool) -> list[str] | None:
    """The ``fields`` parameter; raises REQUIRED_PARAM_MISSING or LIMIT_EXCEEDED."""
    names = [name.strip() for name in parameters.get("fields", "").split(",") if name.strip()]
    if not names:
        if mandatory:
            raise missing_param("fields")
        return None
    if len(names) > MAX_FIELDS:
        raise ApiError(
            400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_FIELDS, "param_name": "fields"}
        )
    return names


def record_ids(parameters: Mapping[str, str], limit: int = MAX_IDS) -> list[str] | None:
    """The ``ids`` parameter; raises INVALID_DATA or LIMIT_EXCEEDED."""
    if "ids" not in parameters:
        return None
    ids = [record_id.strip() for record_id in parameters["ids"].split(",") if record_id.strip()]
    if not all(is_id(record_id) for record_id in ids):
        raise invalid_param("ids")
    if len(ids) > limit:
        raise ApiError(
            400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "param_name": "ids"}
        )
    return ids


def converted(parameters: Mapping[str, str]) -> str:
    """The condition of the parameter ``converted`` on leads; without it, those that were not."""
    condition = _CONVERTED_LEADS.get(parameters.get("converted", "false"))
    if condition is None:
        raise invalid_param("converted", supported_values=sorted(_CONVERTED_LEADS))
    return condition


@dataclass(frozen=True, slots=True)
class _Request:
    fields: list[str]
    ids: list[str] | None
    sort_by: str
    descending: bool
    per_page: int
    page: int
    position: Position | None
    bound: dict[str, str]


class Lister:
    """Answers lists.  Use inside a transaction."""

    def __init__(self, store: Store, shaper: Shaper, clock: Clock, zone: tzinfo) -> None:
        self._store = store
        self._shaper = shaper
        self._clock = clock
        self._zone = zone
        self._tokens = PageTokens(store, clock)

    def page(
        self,
        info: ModuleInfo,
        parameters: Mapping[str, str],
        modified_since: int | None,
        view: Condition | None = None,
    ) -> Json | None:
        """One page, or None where it is empty; ``view`` is the condition of a custom view."""
        request = self._read(info, parameters)
        column = _SORT_COLUMNS[request.sort_by]
        backwards = request.position is not None and request.position.way == "previous"
        where, values = ["module = ?"], [info.api_name]
        bindings: list[object] = list(values)
        if request.ids is not None:
            where.append(f"key IN ({','.join('?' * len(request.ids))})")
            bindings += [id_key(record_id) for record_id in request.ids]
        if modified_since is not None:
            where.append("modified >= ?")
            bindings.append(modified_since)
        if view is not None:
            where.append(view[0])
            bindings += view[1]
        if info.api_name == "Leads":
            where.append(converted(parameters))
        descending = request.descending != backwards
        if request.position is not None:
            sign = "<" if descending else ">"
            if request.sort_by == "id":
                where.append(f"key {sign} ?")
            else:
                where.append(f"({column}, key) {sign} (?, ?)")
                bindings.append(request.position.sort_value)
            bindings.append(request.position.key)
        way = "DESC" if descending else "ASC"
        order = f"key {way}" if request.sort_by == "id" else f"{column} {way}, key {way}"
        skip = 0 if request.position else (request.page - 1) * request.per_page
        rows = self._store.select(
            f"SELECT {column}, key, data FROM record WHERE {' AND '.join(where)}"  # noqa: S608  # only names and marks of this module
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            [*bindings, request.per_page + 1, skip],
        )
        if not rows:
            return None
        more = backwards or len(rows) > request.per_page
        rows = rows[: request.per_page]
        if backwards:
            rows.reverse()
        data = self._shaper.listed(info, [loads(row[2]) for row in rows], request.fields)
        return {"data": data, "info": self._info(request, rows[0], rows[-1], len(rows), more)}

    def _read(self, info: ModuleInfo, parameters: Mapping[str, str]) -> _Request:
        fields = field_names(parameters, mandatory=True) or []
        for name in _REFUSED:
            if name in parameters:
                raise invalid_param(name)
        sort_by = parameters.get("sort_by", "id")
        if sort_by not in _SORT_COLUMNS:
            raise invalid_param("sort_by", supported_values=sorted(_SORT_COLUMNS))
        if "cvid" in parameters and "sort_by" in parameters:
            raise invalid_param("sort_by")
        sort_order = parameters.get("sort_order", "desc")
        if sort_order not in ("asc", "desc"):
            raise invalid_param("sort_order", supported_values=["asc", "desc"])
        per_page = positive("per_page", parameters.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        page = positive("page", parameters.get("page"), 1)
        bound = {name: value for name, value in parameters.items() if name != "page_token"}
        bound["module"] = info.api_name
        position = None
        if "page_token" in parameters:
            if "page" in parameters:
                raise ApiError(
                    400,
                    "AMBIGUITY_DURING_PROCESSING",
                    "ambiguity while processing the request",
                    {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]},
                )
            position = self._tokens.read(parameters["page_token"], bound)
            page = position.page
            if page * per_page > MAX_BY_TOKEN:
                raise ApiError(
                    400,
                    "PAGINATION_LIMIT_EXCEEDED",
                    "You can only get upto 100000 records using page_token param",
                    {"param_name": "page_token"},
                )
        elif page * per_page > MAX_BY_PAGE:
            raise ApiError(
                400,
                "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                "You can only get the first 2000 records without using page_token param",
                {"limit": MAX_BY_PAGE},
            )
        bound.pop("page", None)
        return _Request(
            fields=fields,
            ids=record_ids(parameters),
            sort_by=sort_by,
            descending=sort_order == "desc",
            per_page=per_page,
            page=page,
            position=position,
            bound=bound,
        )

    def _info(
        self,
        request: _Request,
        first: tuple[int, str, str],
        last: tuple[int, str, str],
        count: int,
        more: bool,
    ) -> Json:
        next_token = previous_token = None
        if more:
            next_token = self._tokens.make(
                request.bound, "next", last[0], last[1], request.page + 1
            )
        if request.page > 1:
            previous_token = self._tokens.make(
                request.bound, "previous", first[0], first[1], request.page - 1
            )
        expires = self._clock() + TOKEN_LIFETIME
        return {
            "call": False,
            "email": False,
            "per_page": request.per_page,
            "count": count,
            "page": request.page,
            "sort_by": request.sort_by,
            "sort_order": "desc" if request.descending else "asc",
            "more_records": more,
            "next_page_token": next_token,
            "previous_page_token": previous_token,
            "page_token_expiry": format_time(expires, self._zone)
            if next_token or previous_token
            else None,
        }
