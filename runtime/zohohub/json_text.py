"""JSON text in which a Decimal is a number, digit by digit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

__all__ = ["dumps", "loads"]


def dumps(value: object) -> str:
    """Write ``value`` as JSON; Decimals keep every digit.

    Raises ``ValueError`` for NaN and infinity, which JSON does not have, and ``TypeError`` for
    what is not a JSON value.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except TypeError:
        # The standard writer has no way to write a Decimal as a number; most bodies hold none.
        return _text(value)


def loads(text: str | bytes) -> object:
    """Read JSON; numbers with a fraction become Decimals.

    Raises ``ValueError`` for anything else.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except ArithmeticError:
        raise ValueError("a number with more digits than there can be") from None
    except RecursionError:
        raise ValueError("lists and objects in each other, deeper than can be read") from None


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"JSON has no {value}")
        return format(value, "f")
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return "{" + ",".join(f"{_key(key)}:{_text(item)}" for key, item in pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, cast("list[object]", value))) + "]"
    return json.dumps(value, allow_nan=False)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a JSON object is text, not {key!r}")
    return json.dumps(key)


def _refuse(name: str) -> object:
    raise ValueError(f"JSON has no {name}")
