"""Criteria in JSON, of bulk reads and of custom views, as SQL over the stored records."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .conditions import BadValueError, Column, Condition, Operator, compare
from .errors import ApiError
from .values import Json, as_list, as_object, id_of

MAX_CRITERIA = 25
MAX_VALUES = 100
EMPTY = "${EMPTY}"
CURRENT_USER = "${CURRENTUSER}"
"""Stands for the token's user in the criteria of a view."""

_SQL: dict[str, Operator] = {
    "equal": "=",
    "not_equal": "!=",
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
    "in": "in",
    "not_in": "not in",
    "between": "between",
    "not_between": "not between",
    "starts_with": "starts with",
}
_ORDERED = frozenset(
    {"less_than", "less_equal", "greater_than", "greater_equal", "between", "not_between"}
)
_TEXT = frozenset({"contains", "not_contains", "starts_with", "ends_with"})
_WITHOUT_ORDER = frozenset({"text", "picklist", "options", "reference", "boolean"})


class JsonCriteria:
    """Turns criteria into SQL with bound values.

    ``resolve`` finds the column of a field, or None where nothing compares with it.
    """

    def __init__(self, resolve: Callable[[Any], Column | None]) -> None:
        self._resolve = resolve
        self._count = 0

    def condition(self, item: Json) -> Condition:
        """SQL of a group or of one comparison; raises Zoho's errors for what it cannot hold."""
        group = as_list(item.get("group"))
        if group is None:
            return self._comparison(item)
        word = str(item.get("group_operator")).upper()
        if word not in ("AND", "OR"):
            raise invalid_query("GROUP_OPERATOR_NOT_SUPPORTED", supported=["and", "or"])
        parts = [self.condition(as_object(each) or {}) for each in group]
        if not parts:
            raise invalid_query("AMBIGUOUS_GROUP_IN_CRITERIA")
        bound = [value for _, values in parts for value in values]
        return "(" + f" {word} ".join(sql for sql, _ in parts) + ")", bound

    def _comparison(self, item: Json) -> Condition:
        self._count += 1
        if self._count > MAX_CRITERIA:
            raise invalid_query("CRITERIA_LIMIT_EXCEEDED", max_limit=MAX_CRITERIA)
        name = (as_object(item.get("field")) or {}).get("api_name")
        comparator, value = item.get("comparator"), item.get("value")
        left = self._resolve(name)
        if left is None:
            raise invalid_query("FIELD_IN_CRITERIA_NOT_SUPPORTED", api_name=name)
        place = {"api_name": name, "comparator": comparator}
        if value == EMPTY and comparator in ("equal", "not_equal"):
            return compare(left, "is null" if comparator == "equal" else "is not null", [])
        fits = isinstance(comparator, str) and (comparator in _TEXT or comparator in _SQL)
        if left.kind in _WITHOUT_ORDER:
            fits = fits and comparator not in _ORDERED
        if fits and comparator in _TEXT:
            fits = left.kind in ("text", "picklist")
        if not fits:
            raise invalid_query("FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", **place)
        several = comparator in ("in", "not_in", "between", "not_between")
        given = (as_list(value) or []) if several else [value]
        values = [each for each in given if isinstance(each, str)]
        if not values or len(values) < len(given):
            raise invalid_query("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place)
        if len(values) > MAX_VALUES:
            raise invalid_query("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", **place)
        if "between" in str(comparator) and len(values) != 2:
            raise invalid_query("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place)
        try:
            if comparator in ("contains", "not_contains", "ends_with"):
                # Here a per cent sign is one.
                sql = f"instr(zoho_fold({left.sql}), zoho_fold(?)) > 0"
                if comparator == "ends_with":
                    sql = f"substr(zoho_fold({left.sql}), -length(zoho_fold(?))) = zoho_fold(?)"
                    return sql, [values[0], values[0]]
                return (f"NOT ({sql})" if comparator == "not_contains" else sql), [values[0]]
            return compare(left, _SQL[str(comparator)], values)
        except BadValueError as error:
            raise invalid_query(
                "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place
            ) from error


def texts_in(criteria: Json, user_id: str) -> Json:
    """The same with every value as the text that is compared."""
    if (group := as_list(criteria.get("group"))) is not None:
        return {**criteria, "group": [texts_in(as_object(each) or {}, user_id) for each in group]}
    value = criteria.get("value")
    values = as_list(value)
    text = _text(value, user_id) if values is None else [_text(each, user_id) for each in values]
    return {**criteria, "value": text}


def _text(value: Any, user_id: str) -> Any:
    if value == CURRENT_USER:
        return user_id
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return id_of(value) or value


def invalid_query(code: str, **details: Any) -> ApiError:
    """A query that Zoho refuses with that code."""
    return ApiError(400, code, "the query is not valid", details)
