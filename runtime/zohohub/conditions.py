"""Conditions on the fields of one module: as search criteria, COQL and criteria of bulk reads.

A condition is made by comparing columns and joined with ``&`` and ``|``::

    f = Lead.fields
    (f.company == "Acme") & (f.annual_revenue >= 50_000)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    "not_between",
    "in",
    "not_in",
    "starts_with",
    "ends_with",
    "contains",
    "not_contains",
    "is_null",
    "is_not_null",
    "is_exactly",
    "holds_one_of",
]
"""Zoho's words for the comparisons of search criteria, and those that queries have beside them.

The last two are of multi-select picklists: queries compare all of a field's options with a text of
options, a search looks for each.
"""

_COQL: dict[Operator, str] = {
    "equals": "=",
    "not_equal": "!=",
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
    "is_exactly": "=",
}
_CRITERIA: dict[Operator, str] = {
    "equals": "equals",
    "not_equal": "not_equal",
    "less_than": "less_than",
    "less_equal": "less_equal",
    "greater_than": "greater_than",
    "greater_equal": "greater_equal",
    "between": "between",
    "in": "in",
    "starts_with": "starts_with",
    "holds_one_of": "in",
}
_BULK: dict[Operator, str] = {"equals": "equal", "is_exactly": "equal"}
"""What bulk reads call otherwise."""
_SEVERAL: frozenset[Operator] = frozenset({"in", "not_in", "between", "not_between"})
"""What compares with a list of values."""
_EMPTY = "${EMPTY}"
"""Stands for no value in the criteria of bulk reads."""
_MAX_LIST = 100
_RESERVED = frozenset(
    {
        *("and", "as", "asc", "between", "by", "case", "cross", "desc", "distinct", "else", "end"),
        *("exists", "external", "false", "from", "full", "group", "having", "in", "inner", "into"),
        *("is", "join", "left", "like", "limit", "not", "null", "offset", "on", "or", "order"),
        *("outer", "right", "select", "set", "then", "true", "union", "using", "when", "where"),
        "with",
    }
)
"""Words of the language, and one that Zoho's documentation quotes."""


class Condition(ABC, Generic[R]):
    """A condition on records of ``R``."""

    __slots__ = ()

    size: int
    """The number of comparisons; Zoho allows 10 in a search, 25 in a query or bulk read."""

    @abstractmethod
    def criteria(self) -> str:
        """The condition as search criteria, ``(Company:equals:Acme)``, not yet URL-encoded.

        Raises ``ValueError`` for a comparison that only queries have.
        """

    @abstractmethod
    def coql(self) -> str:
        """The condition as the text behind ``where`` of a COQL query."""

    @abstractmethod
    def bulk(self) -> dict[str, Any]:
        """The condition as one entry of the criteria of a bulk read."""

    @abstractmethod
    def names(self) -> Iterator[str]:
        """The api_names, or the paths through lookups, that are compared."""

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

    __slots__ = ("api_name", "operator", "size", "values")

    def __init__(self, api_name: str, operator: Operator, values: Sequence[object] = ()) -> None:
        if operator in ("in", "not_in", "holds_one_of") and not 1 <= len(values) <= _MAX_LIST:
            raise ValueError(
                f"{api_name}: a list to compare with holds 1 to {_MAX_LIST} values, "
                f"not {len(values)}; split the call"
            )
        if any(value is None for value in values):
            raise ValueError(
                f"{api_name}: nothing compares with None; is_null() and is_not_null() do"
            )
        self.api_name = api_name
        self.operator: Operator = operator
        self.values = values
        self.size = 1

    def names(self) -> Iterator[str]:
        """The one that is compared."""
        yield self.api_name

    def criteria(self) -> str:
        """``(Field:operator:value)`` with brackets, commas and backslashes escaped."""
        if self.operator not in _CRITERIA:
            raise ValueError(
                f"Zoho's search has no {self.operator!r} (on {self.api_name}); use query()"
            )
        if "." in self.api_name:
            raise ValueError(f"Zoho's search has no {self.api_name} of other records; use query()")
        if not _is_plain(self.api_name):
            # How criteria would spell such a name, Revenue(First_Touch), is not documented.
            raise ValueError(f"search criteria cannot name {self.api_name}; use query()")
        values = ",".join(map(_criteria_text, self.values))
        return f"({self.api_name}:{_CRITERIA[self.operator]}:{values})"

    def coql(self) -> str:
        """``Field operator value``."""
        self._not_of_searches("COQL")
        name = coql_name(self.api_name)
        if self.operator == "is_null":
            return f"{name} is null"
        if self.operator == "is_not_null":
            return f"{name} is not null"
        if self.operator in ("between", "not_between"):
            low, high = map(_coql_literal, self.values)
            return f"{name} {self.operator.replace('_', ' ')} {low} and {high}"
        if self.operator in ("in", "not_in"):
            word = "in" if self.operator == "in" else "not in"
            return f"{name} {word} ({', '.join(map(_coql_literal, self.values))})"
        if self.operator in ("contains", "not_contains"):
            word = "like" if self.operator == "contains" else "not like"
            return f"{name} {word} {_quoted(f'%{plain_text(self.values[0])}%')}"
        if self.operator == "starts_with":
            return f"{name} like {_quoted(f'{plain_text(self.values[0])}%')}"
        if self.operator == "ends_with":
            return f"{name} like {_quoted(f'%{plain_text(self.values[0])}')}"
        return f"{name} {_COQL[self.operator]} {_coql_literal(self.values[0])}"

    def bulk(self) -> dict[str, Any]:
        """``{"field": …, "comparator": …, "value": …}``."""
        self._not_of_searches("a bulk read")
        if "->" in self.api_name:
            raise ValueError(f"bulk reads do not follow {self.api_name}; use query()")
        comparator = _BULK.get(self.operator, self.operator)
        value: str | list[str]
        if self.operator in ("is_null", "is_not_null"):
            comparator = "equal" if self.operator == "is_null" else "not_equal"
            value = _EMPTY
        else:
            values = [plain_text(item) for item in self.values]
            if _EMPTY in values:
                raise ValueError(f"{self.api_name}: to a bulk read {_EMPTY} means no value")
            value = values if self.operator in _SEVERAL else values[0]
        return {"field": {"api_name": self.api_name}, "comparator": comparator, "value": value}

    def _not_of_searches(self, language: str) -> None:
        if self.operator == "holds_one_of":
            raise ValueError(
                f"{language} does not look for options one by one (in {self.api_name}): use "
                "contains() or is_exactly()"
            )


class Group(Condition[R]):
    """Two conditions joined by ``and`` or ``or``; COQL wants them nested in pairs."""

    __slots__ = ("left", "right", "size", "word")

    def __init__(self, word: Literal["and", "or"], left: Condition[R], right: Condition[R]) -> None:
        self.word = word
        self.left = left
        self.right = right
        self.size = left.size + right.size

    def names(self) -> Iterator[str]:
        """Those of both sides."""
        yield from self.left.names()
        yield from self.right.names()

    def criteria(self) -> str:
        """Both sides in one pair of brackets."""
        return f"({self.left.criteria()}{self.word}{self.right.criteria()})"

    def coql(self) -> str:
        """Both sides in one pair of brackets."""
        return f"({self.left.coql()} {self.word} {self.right.coql()})"

    def bulk(self) -> dict[str, Any]:
        """A group; what is joined by the same word stands in one."""
        group: list[dict[str, Any]] = []
        for side in (self.left.bulk(), self.right.bulk()):
            group += side["group"] if side.get("group_operator") == self.word else [side]
        return {"group_operator": self.word, "group": group}


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
        return str.__str__(value)  # also that of an enumeration of the caller's own
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"Zoho has no number {value}")
        return format(value, "f")
    return str(getattr(value, "id", value))


def datetime_text(value: datetime) -> str:
    """ISO 8601 with an offset and whole seconds, the one form that Zoho takes."""
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a datetime for Zoho needs a time zone: datetime(..., tzinfo=...)")
    if offset.total_seconds() % 60:
        value = value.astimezone(UTC)  # old local times have offsets with seconds
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
    """A field name in COQL; quoted where it is a word of COQL, or not letters, digits and ``_``."""
    is_word = not _RESERVED.isdisjoint(api_name.lower().split("."))
    return _quoted(api_name) if is_word or not _is_plain(api_name) else api_name


def _is_plain(api_name: str) -> bool:
    """Whether a name, or a path of names, is made of letters, digits and ``_``."""
    return api_name.isascii() and all(map(str.isidentifier, api_name.split(".")))
