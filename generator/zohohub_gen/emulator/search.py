"""GET /{module}/search and /{module}/actions/count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import request

from zohohub_gen import ir

from .catalog import ModuleInfo
from .conditions import BadValueError, Column, Condition, Kind, Operator, column, compare
from .criteria import Criterion, Tree, invalid_criteria, parse_criteria
from .errors import ApiError, invalid_param
from .incoming import Route, module_of
from .listing import converted, field_names
from .paging import MAX_BY_PAGE, MAX_PER_PAGE, positive
from .state import State
from .values import Json, loads
from .views import view_condition

MAX_VALUES = 100

_TERMS = ("criteria", "email", "phone", "word")
_ORDERED = frozenset(
    {
        "equals",
        "not_equal",
        "greater_equal",
        "greater_than",
        "less_equal",
        "less_than",
        "between",
        "in",
    }
)
_EXACT = frozenset({"equals", "not_equal", "in"})
_OPERATORS: dict[Kind, frozenset[str]] = {
    "id": _EXACT,
    "text": _EXACT | {"starts_with"},
    "picklist": _EXACT,
    "options": _EXACT | {"starts_with"},
    "reference": _EXACT,
    "boolean": frozenset({"equals", "not_equal"}),
    "number": _ORDERED,
    "bigint": _ORDERED,
    "date": _ORDERED,
    "time": _ORDERED,
}
_SQL: dict[str, Operator] = {
    "equals": "=",
    "not_equal": "!=",
    "greater_equal": ">=",
    "greater_than": ">",
    "less_equal": "<=",
    "less_than": "<",
    "between": "between",
    "in": "in",
    "starts_with": "starts with",
}
_OF_DATA_TYPES: dict[str, frozenset[str]] = {
    "autonumber": _EXACT,
    "textarea": frozenset({"equals", "not_equal", "starts_with"}),
}
_EXACT_TEXT = frozenset({"email", "phone", "website", "autonumber"})


class SearchApi:
    """Search by criteria, email, phone or word; count by the same."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/<module:module>/search", self._search, ["GET"]
        yield "/<module:module>/actions/count", self._count, ["GET"]

    def _search(self, module: str) -> Json | None:
        info = module_of(self._state.catalog, module)
        condition = condition_of(info, request.args)
        if condition is None and "cvid" not in request.args:
            raise ApiError(
                400,
                "EXPECTED_PARAM_MISSING",
                "expected param is missing",
                {"param_names": list(_TERMS)},
            )
        fields = field_names(request.args, mandatory=False)
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        page = positive("page", request.args.get("page"), 1)
        if page * per_page > MAX_BY_PAGE:
            raise ApiError(400, "LIMIT_REACHED", "limit reached", {"limit": MAX_BY_PAGE})
        sort_by = request.args.get("sort_by", "id")
        sorting = column(info, sort_by)
        if sorting is None:
            raise invalid_param("sort_by")
        order = request.args.get("sort_order", "desc")
        if order not in ("asc", "desc"):
            raise invalid_param("sort_order", supported_values=["asc", "desc"])
        sql, bound = self._in_view(info, condition)
        if info.api_name == "Leads":
            sql = f"({sql}) AND {converted(request.args)}"
        lag = self._state.quotas.limits.search_lag
        if lag > 0:
            # Stored in whole seconds, so one more makes it no less than the lag.
            sql = f"({sql}) AND r.modified <= ?"
            bound = [*bound, self._state.clock() - lag - 1]
        with self._state.store.transaction():
            rows = self._state.store.select(
                f"SELECT r.data FROM record r WHERE r.module = ? AND ({sql})"  # noqa: S608  # see conditions
                f" ORDER BY {sorting.sql} {order}, r.key {order} LIMIT ? OFFSET ?",
                [info.api_name, *bound, per_page + 1, (page - 1) * per_page],
            )
            records = [loads(row[0]) for row in rows[:per_page]]
            if not records:
                return None
            shaper = self._state.shaper
            data = (
                shaper.full(info, records)
                if fields is None
                else shaper.listed(info, records, fields)
            )
        return {
            "data": data,
            "info": {
                "per_page": per_page,
                "count": len(data),
                "page": page,
                "sort_by": sort_by,
                "sort_order": order,
                "more_records": len(rows) > per_page,
            },
        }

    def _count(self, module: str) -> Json:
        info = module_of(self._state.catalog, module)
        condition = condition_of(info, request.args)
        if condition is not None and "cvid" in request.args:
            term = next(name for name in _TERMS if request.args.get(name))
            raise ApiError(
                400,
                "AMBIGUITY_DURING_PROCESSING",
                "ambiguity while processing the request",
                {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": term}]},
            )
        sql, bound = self._in_view(info, condition)
        with self._state.store.transaction():
            rows = self._state.store.select(
                f"SELECT count(*) FROM record r WHERE r.module = ? AND ({sql})",  # noqa: S608  # see conditions
                [info.api_name, *bound],
            )
        return {"count": rows[0][0]}

    def _in_view(self, info: ModuleInfo, condition: Condition | None) -> Condition:
        """The condition on the records of the custom view too, if one is named."""
        sql, bound = condition or ("1", [])
        view = view_condition(self._state, info, request.args.get("cvid"), "r")
        return (sql, bound) if view is None else (f"({sql}) AND {view[0]}", [*bound, *view[1]])


def condition_of(info: ModuleInfo, parameters: Mapping[str, str]) -> Condition | None:
    """The condition of a search; criteria win over email, email over phone, phone over word."""
    term = next((name for name in _TERMS if parameters.get(name)), None)
    if term is None:
        return None
    text = parameters[term]
    match term:
        case "criteria":
            return _tree(info, parse_criteria(text))
        case "email":
            return _any(info, "email", "zoho_fold({}) = zoho_fold(?)", text)
        case "phone":
            return _any(info, "phone", "zoho_digits({}) = zoho_digits(?)", text)
        case _:
            if len(text) < 2:
                raise invalid_param("word", minimum_length=2)
            return _any(info, None, "zoho_words({}, ?)", text)


def _any(info: ModuleInfo, data_type: str | None, sql: str, text: str) -> Condition:
    columns = [
        found
        for name, field in info.fields.items()
        if isinstance(field.type, ir.Text | ir.Picklist)
        and (data_type is None or field.data_type == data_type)
        and (found := column(info, name)) is not None
    ]
    parts = [sql.format(found.sql) for found in columns]
    return " OR ".join(parts) or "0", [text] * len(parts)


def _tree(info: ModuleInfo, tree: Tree) -> Condition:
    if isinstance(tree, Criterion):
        return _criterion(info, tree)
    parts = [_tree(info, member) for member in tree.members]
    sql = f" {tree.joiner.upper()} ".join(f"({part})" for part, _ in parts)
    return sql, [value for _, values in parts for value in values]


def _criterion(info: ModuleInfo, criterion: Criterion) -> Condition:
    name = criterion.api_name.removesuffix(".id")
    left = column(info, name)
    where = {"api_name": criterion.api_name, "operator": criterion.operator}
    if left is None:
        raise invalid_criteria("the field is not available for search", **where)
    field = info.fields.get(name)
    operators = _OF_DATA_TYPES.get(field.data_type) if field is not None else None
    if criterion.operator not in (operators or _OPERATORS[left.kind]):
        raise invalid_criteria("the operator does not fit the field", **where)
    values = list(criterion.values)
    if len(values) > MAX_VALUES:
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_VALUES})
    if criterion.operator == "between" and len(values) != 2:
        raise invalid_criteria("between takes two values", **where)
    try:
        return _compare(left, field, criterion.operator, values)
    except BadValueError as error:
        raise invalid_criteria(f"the value is {error}", **where) from error


def _compare(left: Column, field: ir.Field | None, operator: str, values: list[str]) -> Condition:
    if left.kind == "options" and operator != "starts_with":
        parts = [compare(left, "has option", [value]) for value in values]
        sql = " OR ".join(part for part, _ in parts)
        bound: list[object] = [value for _, part in parts for value in part]
        return (f"NOT ({sql})" if operator == "not_equal" else sql), bound
    fuzzy = left.kind == "text" and (field is None or field.data_type not in _EXACT_TEXT)
    if fuzzy and operator == "equals":
        return compare(left, "has words", values)
    return compare(left, _SQL[operator], values)
