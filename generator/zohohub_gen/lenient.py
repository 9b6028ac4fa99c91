"""Read JSON that may hold anything: each function gives a value of its type or a default."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

_MOST_DIGITS = 40
_EMPTY: Mapping[str, Any] = MappingProxyType({})


def text(value: object, *, empty: bool = False) -> str | None:
    """A string with something in it (``empty``: or none); ids that came as numbers too."""
    if isinstance(value, str):
        return value if value or empty else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def boolean(value: object, *, default: bool = False) -> bool:
    """A boolean; ``"true"`` and ``"false"`` count."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return default


def whole_number(value: object) -> int | None:
    """A whole number from 0, also as digits; None for one that counts nothing there can be."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 10**_MOST_DIGITS else None


def number(value: object) -> Decimal | None:
    """A finite number, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < _MOST_DIGITS else None


def mapping(value: object) -> Mapping[str, Any]:
    """An object; empty for null, ``[]`` and anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else _EMPTY


def filled(value: object) -> bool:
    """Whether it is an object with something in it."""
    return isinstance(value, dict) and value != {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; empty for null, ``{}`` and anything else."""
    if not isinstance(value, list):
        return []
    found = cast("list[object]", value)
    return [cast("Mapping[str, Any]", item) for item in found if isinstance(item, dict)]


def reference(value: object) -> str | None:
    """The api_name of what a value refers to: an object with one, or the name itself."""
    if isinstance(value, str):
        return value or None
    return text(mapping(value).get("api_name"))
