"""JSON and time as Zoho writes them: exact numbers, second precision, the user's time zone."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard, cast
from zoneinfo import ZoneInfo

Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], float]

# json.dumps cannot print a Decimal as a number.  It prints a string that nobody can guess
# instead, and the quotes around it are taken off afterwards.
_MARK = secrets.token_hex(12)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_DEPTH = 100
"""Objects and arrays inside each other.  Whatever walks through a body is safe up to here."""
_MAX_EXPONENT = 400
# From 0001-01-03 to 9999-12-30: what can be written as a date in every time zone.
_FIRST, _LAST = -62_135_424_000, 253_402_128_000


def _default(value: object) -> str:
    if isinstance(value, Decimal):
        # Without exponent, as Zoho prints; with it where that would be pages of zeros.
        return f"{_MARK}{value:f}" if abs(value.adjusted()) < 40 else f"{_MARK}{value}"
    raise TypeError(f"{type(value).__name__} is not JSON")


def dumps(value: object, indent: int | None = None) -> str:
    """JSON text, on one line or indented; Decimals become exact numbers."""
    separators = (",", ":" if indent is None else ": ")
    text = json.dumps(
        value, ensure_ascii=False, indent=indent, separators=separators, default=_default
    )
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def loads(text: str) -> Any:
    """JSON text that this server wrote itself; fractions become Decimals."""
    return json.loads(text, parse_float=Decimal)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is too large") from error
    if value and abs(value.adjusted()) > _MAX_EXPONENT:
        raise ValueError(f"{text[:40]} is too large or too small")
    return value


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for each in level
            for inner in (as_list(each) or list((as_object(each) or {}).values()))
        ]
        if not level:
            return False
    return True


def without_surrogates(value: Any) -> Any:
    """The same JSON with U+FFFD for each half surrogate pair, which UTF-8 cannot hold."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if (items := as_list(value)) is not None:
        return [without_surrogates(item) for item in items]
    if (found := as_object(value)) is not None:
        return {without_surrogates(key): without_surrogates(item) for key, item in found.items()}
    return value


def parse_body(data: bytes) -> Any:
    """JSON of a client.  Half surrogate pairs, which UTF-8 cannot hold, become U+FFFD.

    Raises ValueError for anything that is not JSON, too deep or with absurd numbers.
    """
    try:
        value = json.loads(data, parse_float=_decimal, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if data.count(b"[") + data.count(b"{") > _MAX_DEPTH and _too_deep(value):
        raise ValueError("nested too deeply")
    # Escaped, in UTF-8, where they begin with ED, or in UTF-16, which has NULs.
    may_be = any(part in data for part in (b"\\u", b"\xed", b"\x00"))
    return without_surrogates(value) if may_be else value


def time_zone(name: str | None) -> tzinfo:
    """The named zone; UTC where the name is missing or not known on this machine."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def format_time(seconds: float, zone: tzinfo) -> str:
    """``2026-05-14T12:51:54+03:00``."""
    return datetime.fromtimestamp(int(seconds), zone).isoformat()


def parse_time(text: object) -> int | None:
    """Seconds since 1970 of an ISO 8601 moment with an offset and without fractions, or None."""
    if not isinstance(text, str) or not _DATETIME.fullmatch(text):
        return None
    try:
        seconds = int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if _FIRST <= seconds <= _LAST else None


def fold(value: object) -> object:
    """Text in the form in which Zoho compares it: without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def number(value: int | Decimal) -> int | Decimal:
    """A number as Zoho prints it: ``250000`` and not ``250000.00``."""
    if isinstance(value, int):
        return value
    if value == value.to_integral_value():
        return int(value)
    return Decimal(format(value.normalize(), "f"))


def id_key(record_id: str) -> str:
    """An id as a sort key: ids are numbers, of up to 20 digits."""
    return record_id.zfill(20)


def is_id(value: object) -> TypeGuard[str]:
    """True for the digits of a record id."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20


def as_object(value: Any) -> Json | None:
    """The JSON object, or None for anything else."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """The JSON array, or None for anything else."""
    return value if _is_list(value) else None


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def id_of(value: Any) -> str | None:
    """The id inside a reference such as ``{"name": …, "id": …}``, or None."""
    found = as_object(value)
    return found["id"] if found and isinstance(found.get("id"), str) else None
