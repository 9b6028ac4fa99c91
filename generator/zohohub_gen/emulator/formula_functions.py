"""The functions and operators of formulas.  Empty goes in, empty comes out."""

from __future__ import annotations

import calendar
import operator
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

Value: TypeAlias = Decimal | str | bool | date | datetime | None
"""What a formula computes with; a moment carries its offset."""

Function: TypeAlias = Callable[..., Value]

_UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}
_MONTHS = {"month": 1, "year": 12}


class UnfitError(ValueError):
    """A value is not of the type that the function takes."""


def number(value: Value) -> Decimal:
    """The number, or `UnfitError`."""
    if not isinstance(value, Decimal):
        raise UnfitError("not a number")
    return value


def text(value: Value) -> str:
    """The text of a text or a number, or `UnfitError`."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if not isinstance(value, str):
        raise UnfitError("not a text")
    return value


def truth(value: Value) -> bool:
    """True or false, or `UnfitError`."""
    if not isinstance(value, bool):
        raise UnfitError("neither true nor false")
    return value


def _whole(value: Value) -> int:
    return int(number(value))


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str) or isinstance(right, str):
        return text(left) + text(right)
    return number(left) + number(right)


def _divide(left: Value, right: Value) -> Value:
    return number(left) / number(right) if number(right) else None


def _remainder(left: Value, right: Value) -> Value:
    return number(left) % number(right) if number(right) else None


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value]:
    def compare(left: Value, right: Value) -> Value:
        if type(left) is not type(right):
            raise UnfitError("values of two types")
        return test(left, right)

    return compare


def _round(value: Value, places: Value = Decimal(0)) -> Value:
    return number(value).quantize(Decimal(1).scaleb(-_whole(places)), ROUND_HALF_UP)


def _substring(value: Value, start: Value, count: Value) -> Value:
    # Zoho counts characters from 1, in Substring as in Find.
    first = max(_whole(start) - 1, 0)
    return text(value)[first : first + _whole(count)]


def _find(value: Value, wanted: Value, occurrence: Value = Decimal(1)) -> Value:
    at = -1
    for _ in range(max(_whole(occurrence), 1)):
        at = text(value).find(text(wanted), at + 1)
        if at < 0:
            return Decimal(0)
    return Decimal(at + 1)


def _moment(value: Value) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    raise UnfitError("not a date")


def _minutes_between(left: Value, right: Value) -> Value:
    return Decimal(int((_moment(left) - _moment(right)).total_seconds()) // 60)


def _add(value: Value, count: Value, unit: Value, sign: int = 1) -> Value:
    if not isinstance(value, date):
        raise UnfitError("not a date")
    amount = sign * _whole(count)
    name = text(unit).lower().removesuffix("s")
    if name in _MONTHS:
        months = value.year * 12 + value.month - 1 + amount * _MONTHS[name]
        year, month = months // 12, months % 12 + 1
        return value.replace(
            year=year, month=month, day=min(value.day, calendar.monthrange(year, month)[1])
        )
    if name not in _UNITS:
        raise UnfitError("no unit of time")
    return value + timedelta(**{_UNITS[name]: amount})


def _subtract_time(value: Value, count: Value, unit: Value) -> Value:
    return _add(value, count, unit, -1)


def _numeric(function: Callable[..., Value]) -> Function:
    return lambda *values: function(*map(number, values))


def _textual(function: Callable[..., Value]) -> Function:
    return lambda *values: function(*map(text, values))


def _largest(*values: Decimal) -> Value:
    return max(values)


def _smallest(*values: Decimal) -> Value:
    return min(values)


def _ceil(value: Decimal) -> Value:
    return value.to_integral_value(ROUND_CEILING)


def _floor(value: Decimal) -> Value:
    return value.to_integral_value(ROUND_FLOOR)


def _negative(value: Decimal) -> Value:
    return -value


def _absolute(value: Decimal) -> Value:
    return abs(value)


def _root(value: Decimal) -> Value:
    return value.sqrt() if value >= 0 else None


def _concat(*parts: str) -> Value:
    return "".join(parts)


def _length(value: str) -> Value:
    return Decimal(len(value))


def _year(value: Value) -> Value:
    return Decimal(_moment(value).year)


def _month(value: Value) -> Value:
    return Decimal(_moment(value).month)


def _day(value: Value) -> Value:
    return Decimal(_moment(value).day)


def _date_of(value: Value) -> Value:
    return _moment(value).date()


# How many arguments a function takes at least and at most, and what it does.
FUNCTIONS: dict[str, tuple[int, int, Function]] = {
    "+": (2, 2, _plus),
    "-": (2, 2, _numeric(operator.sub)),
    "*": (2, 2, _numeric(operator.mul)),
    "/": (2, 2, _divide),
    "%": (2, 2, _remainder),
    "negative": (1, 1, _numeric(_negative)),
    "<": (2, 2, _compare(operator.lt)),
    "<=": (2, 2, _compare(operator.le)),
    ">": (2, 2, _compare(operator.gt)),
    ">=": (2, 2, _compare(operator.ge)),
    "abs": (1, 1, _numeric(_absolute)),
    "ceil": (1, 1, _numeric(_ceil)),
    "floor": (1, 1, _numeric(_floor)),
    "round": (1, 2, _round),
    "sqrt": (1, 1, _numeric(_root)),
    "max": (1, 30, _numeric(_largest)),
    "min": (1, 30, _numeric(_smallest)),
    "len": (1, 1, _textual(_length)),
    "concat": (1, 30, _textual(_concat)),
    "contains": (2, 2, _textual(operator.contains)),
    "startswith": (2, 2, _textual(str.startswith)),
    "endswith": (2, 2, _textual(str.endswith)),
    "lower": (1, 1, _textual(str.lower)),
    "upper": (1, 1, _textual(str.upper)),
    "trim": (1, 1, _textual(str.strip)),
    "tostring": (1, 1, text),
    "replace": (3, 3, _textual(str.replace)),
    "substring": (3, 3, _substring),
    "find": (2, 3, _find),
    "year": (1, 1, _year),
    "month": (1, 1, _month),
    "dayofmonth": (1, 1, _day),
    "datecomp": (2, 2, _minutes_between),
    "datepart": (1, 1, _date_of),
    "adddate": (3, 3, _add),
    "subdate": (3, 3, _subtract_time),
}
