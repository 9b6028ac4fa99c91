"""Conditions on the fields of one module, which render to search criteria and to COQL.

A condition is made by comparing columns and joined with ``&`` and ``|``::

    f = Lead.fields
    (f.company == "Acme") & (f.annual_revenue >= 50_000)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Condition"]

R = TypeVar("R")

Operator: TypeAlias = Literal[
    "equals",
    "not_equal",
    "less_than",
    "less_equal",
    "greater_than",
    "greater_equal",
    "between",
    "in",
    "not_in",
    "starts_with",
    "contains",
    "not_contains",
    "is_null",
    "is_not_null",
]
"""Zoho's words for the comparisons of search criteria, and those that COQL has beside them."""

_COQL: dict[Operator, str] = {
    "equals": "=",
    "not_equal": "!=",
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
}
_CRITERIA: frozenset[Operator] = frozenset(
    {*_COQL, "between", "in", "starts_with"},
)
_MAX_LIST = 100


class Condition(ABC, Generic[R]):
    """A condition on records of ``R``."""

    __slots__ = ()

    @abstractmethod
    def criteria(self) -> str:
        """The condition as search criteria, ``(Company:equals:Acme)``, not yet URL-encoded.

        Raises ``ValueError`` for a comparison that only COQL has.
        """

    @abstractmethod
    def coql(self) -> str:
        """The condition as the text behind ``where`` of a COQL query.

        Raises ``ValueError`` for a comparison that only the search API has.
        """

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of comparisons; Zoho allows 10 in a search, 25 in COQL."""

    def __and__(self, other: Condition[R]) -> Condition[R]:
        return Group("and", self, other)

    def __or__(self, other: Condition[R]) -> Condition[R]:
        return Group("or", self, other)

    def __bool__(self) -> NoReturn:
        raise TypeError("a condition has no truth value: join conditions with & and |, in brackets")

    def __repr__(self) -> str:
        try:
            return f"<Condition {self.coql()}>"
        except ValueError:
            return f"<Condition {self.criteria()}>"


class Comparison(Condition[R]):
    """One column compared with a value, or with several."""

    __slots__ = ("api_name", "operator", "values")

    def __init__(self, api_name: str, operator: Operator, values: Sequence[object] = ()) -> None:
        if operator in ("in", "not_in") and not 1 <= len(values) <= _MAX_LIST:
            raise ValueError(
                f"{api_name}: a list to compare with holds 1 to {_MAX_LIST} values, "
                f"not {len(values)}; split the call"
            )
        self.api_name = api_name
        self.operator: Operator = operator
        self.values = values

    @property
    def size(self) -> int:
        """One comparison."""
        return 1

    def criteria(self) -> str:
        """``(Field:operator:value)`` with brackets, commas and backslashes escaped."""
        if self.operator not in _CRITERIA:
            raise ValueError(
                f"Zoho's search has no {self.operator!r} (on {self.api_name}); use query()"
            )
        return f"({self.api_name}:{self.operator}:{','.join(map(_criteria_text, self.values))})"

    def coql(self) -> str:
        """``Field operator value``."""
        name = coql_name(self.api_name)
        if self.operator == "is_null":
            return f"{name} is null"
        if self.operator == "is_not_null":
            return f"{name} is not null"
        if self.operator == "between":
            low, high = map(_coql_literal, self.values)
            return f"{name} between {low} and {high}"
        if self.operator in ("in", "not_in"):
            word = "in" if self.operator == "in" else "not in"
            return f"{name} {word} ({', '.join(map(_coql_literal, self.values))})"
        if self.operator in ("contains", "not_contains"):
            word = "like" if self.operator == "contains" else "not like"
            return f"{name} {word} {_quoted(f'%{self.values[0]}%')}"
        if self.operator == "starts_with":
            raise ValueError(f"COQL has no 'starts_with' (on {self.api_name}); use search()")
        return f"{name} {_COQL[self.operator]} {_coql_literal(self.values[0])}"


class Group(Condition[R]):
    """Two conditions joined by ``and`` or ``or``; COQL wants them nested in pairs."""

    __slots__ = ("left", "right", "word")

    def __init__(self, word: Literal["and", "or"], left: Condition[R], right: Condition[R]) -> None:
        self.word = word
        self.left = left
        self.right = right

    @property
    def size(self) -> int:
        """The comparisons on both sides."""
        return self.left.size + self.right.size

    def criteria(self) -> str:
        """Both sides in one pair of brackets."""
        return f"({self.left.criteria()}{self.word}{self.right.criteria()})"

    def coql(self) -> str:
        """Both sides in one pair of brackets."""
        return f"({self.left.coql()} {self.word} {self.right.coql()})"


def plain_text(value: Any) -> str:
    """A value of any column as the text that Zoho compares with."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, datetime):
        return datetime_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return str(getattr(value, "id", value))


def datetime_text(value: datetime) -> str:
    """ISO 8601 with an offset and whole seconds, the one form that Zoho takes."""
    if value.tzinfo is None:
        raise ValueError("a datetime for Zoho needs a time zone: datetime(..., tzinfo=...)")
    return value.isoformat(timespec="seconds")


def _criteria_text(value: object) -> str:
    text = plain_text(value)
    for character in "\\(),":
        text = text.replace(character, "\\" + character)
    return text


def _coql_literal(value: object) -> str:
    text = plain_text(value)
    # Numbers are bare; ids, dates and booleans are quoted like text.
    is_number = not isinstance(value, str | bool | date) and not hasattr(value, "id")
    return text if is_number else _quoted(text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def coql_name(api_name: str) -> str:
    """A field name in COQL; quoted where it holds more than letters, digits and underscores."""
    return api_name if api_name.replace("_", "").replace(".", "").isalnum() else _quoted(api_name)
