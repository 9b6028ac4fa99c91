"""Columns of plain values: text, numbers, times, options.  Import them from `zohohub.columns`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zohohub.conditions import Comparison, Condition, Operator, datetime_text, plain_text
from zohohub.expressions import Aggregate, Comparable, Equatable, Numeric, Ordered, Selectable
from zohohub.picklists import PicklistEnum, decode_member, decode_members, plain
from zohohub.values import (
    decode_date,
    decode_datetime,
    decode_decimal,
    decode_digits,
    decode_integer,
    decode_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BooleanColumn",
    "DateColumn",
    "DateTimeColumn",
    "DecimalColumn",
    "DigitsColumn",
    "IntegerColumn",
    "MultiPicklistColumn",
    "PicklistColumn",
    "TextColumn",
]

R = TypeVar("R")
V = TypeVar("V")

_BOOLEANS = {"true": True, "false": False}


class TextColumn(Comparable[R, str, str]):
    """Text, e-mail, phone, website, auto-number, an id."""

    __slots__ = ()

    def starts_with(self, prefix: str) -> Condition[R]:
        """The text begins with ``prefix``; in queries ``%`` stands for any characters."""
        return self._compare("starts_with", prefix)

    def ends_with(self, suffix: str) -> Condition[R]:
        """The text ends with ``suffix``; in queries ``%`` stands for any characters.

        Queries and bulk reads only.
        """
        return self._compare("ends_with", suffix)

    def contains(self, part: str) -> Condition[R]:
        """The text has ``part`` in it; in queries ``%`` stands for any characters.

        Queries and bulk reads only.
        """
        return self._compare("contains", part)

    def not_contains(self, part: str) -> Condition[R]:
        """The text does not have ``part`` in it.  Queries and bulk reads only."""
        return self._compare("not_contains", part)


class DigitsColumn(Ordered[R, str, str]):
    """A whole number of up to 18 digits, which travels as text."""

    __slots__ = ()

    def decode(self, value: Any) -> str | None:
        """A string of digits."""
        return decode_digits(value)

    def count(self) -> Aggregate[R, int]:
        """How many records have a value here; ``fields.id.count()`` counts all."""
        return Aggregate("COUNT", self)


class BooleanColumn(Equatable[R, bool, bool]):
    """True or false."""

    __slots__ = ()

    # A condition instead of a bool, as in `Equatable`.  COQL has no != for booleans, and nothing is
    # neither true nor false.
    def __ne__(  # type: ignore[override]
        self,
        other: bool,  # pyright: ignore[reportIncompatibleMethodOverride]
    ) -> Condition[R]:
        return self._compare("equals", not other)

    def read_text(self, text: str) -> bool:
        """``true`` or ``false``."""
        try:
            return _BOOLEANS[text.lower()]
        except KeyError:
            raise ValueError("neither true nor false") from None


class IntegerColumn(Numeric[R, int, int]):
    """A whole number."""

    __slots__ = ()

    def decode(self, value: Any) -> int | None:
        """An int."""
        return decode_integer(value)


class DecimalColumn(Numeric[R, Decimal | int, Decimal]):
    """A double, percent or currency."""

    __slots__ = ()

    def decode(self, value: Any) -> Decimal | None:
        """A Decimal."""
        return decode_decimal(value)


class DateColumn(Ordered[R, date, date]):
    """A calendar day."""

    __slots__ = ()

    def _compare(self, operator: Operator, *values: date) -> Condition[R]:
        return super()._compare(operator, *map(self._day, values))

    def encode(self, value: Any) -> Any:
        """``2026-05-15``; raises ``ValueError`` for a datetime."""
        return self._day(value).isoformat() if isinstance(value, date) else value

    def _day(self, value: date) -> date:
        # To a type checker, and to isinstance, a datetime is a date.
        if isinstance(value, datetime):
            raise ValueError(f"{self.api_name} holds a day: give value.date(), not a datetime")
        return value

    def decode(self, value: Any) -> date | None:
        """A date."""
        return decode_date(value)


class DateTimeColumn(Ordered[R, datetime, datetime]):
    """A moment.  Values need a time zone; Zoho keeps whole seconds."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``2026-05-14T12:51:54+03:00``; raises ``ValueError`` without a time zone."""
        return datetime_text(value) if isinstance(value, datetime) else value

    def decode(self, value: Any) -> datetime | None:
        """An aware datetime."""
        return decode_datetime(value)


class PicklistColumn(Comparable[R, V, V | str], Generic[R, V]):
    """One option of a picklist; ``options`` are its known ones where they are an enumeration."""

    __slots__ = ("_options",)

    def __init__(self, api_name: str, options: type[PicklistEnum] | None = None) -> None:
        super().__init__(api_name)
        self._options = options

    def encode(self, value: Any) -> Any:
        """The option as plain text."""
        return plain(value)

    def decode(self, value: Any) -> V | str | None:
        """A member of the enumeration, if there is one and it has the option; else the text."""
        if self._options is None:
            result: V | str | None = value
        else:
            result = decode_member(self._options, value)
        return result

    def count(self) -> Aggregate[R, int]:
        """How many records have an option chosen here."""
        return Aggregate("COUNT", self)


class MultiPicklistColumn(Selectable[R, list[V | str]], Generic[R, V]):
    """Several options of a picklist; ``options`` are its known ones, as in `PicklistColumn`."""

    __slots__ = ("_options",)

    def __init__(self, api_name: str, options: type[PicklistEnum] | None = None) -> None:
        super().__init__(api_name)
        self._options = options

    def encode(self, value: Any) -> Any:
        """A list of options as plain text."""
        return None if value is None else [plain(option) for option in value]

    def decode(self, value: Any) -> list[V | str] | None:
        """A list of options."""
        if self._options is None:
            return decode_options(value)
        return decode_members(self._options, value)

    def read_text(self, text: str) -> list[str]:
        """The options, joined by semicolons."""
        return text.split(";")

    def is_exactly(self, options: Sequence[V]) -> Condition[R]:
        """The field holds exactly these options.  Queries and bulk reads only.

        COQL's ``= 'English;German'``; whether their order counts is not documented.
        """
        return Comparison(self.api_name, "is_exactly", (";".join(map(plain_text, options)),))

    def is_in(self, options: Sequence[V]) -> Condition[R]:
        """The field holds one of 1 to 100 options.  Searches only; queries have `contains`."""
        return Comparison(self.api_name, "holds_one_of", options)

    def contains(self, option: V) -> Condition[R]:
        """The field holds this option, or one whose name has it as a part.

        Queries only.  COQL's ``like '%German%'``.
        """
        return Comparison(self.api_name, "contains", (option,))

    def not_contains(self, option: V) -> Condition[R]:
        """The field holds no option whose name is this or has it as a part.  Queries only."""
        return Comparison(self.api_name, "not_contains", (option,))
