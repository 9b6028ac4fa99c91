"""JSON text in which a Decimal is a number, digit by digit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dumps", "loads"]

# One for all: json.dumps makes a new one each time, which costs more than most values.
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def dumps(value: object) -> str:
    """Write ``value`` as JSON; Decimals keep every digit.

    Raises ``ValueError`` for NaN and infinity, which JSON does not have, and ``TypeError`` for
    what is not a JSON value.
    """
    try:
        return _encode(value)
    except TypeError:
        # The standard writer has no way to write a Decimal as a number; most bodies hold none.
        return _text(value)


def loads(text: str | bytes) -> object:
    """Read JSON; numbers with a fraction become Decimals.

    Where msgspec is installed (``zohohub[fast]``) it reads first; what it refuses, the standard
    parser judges, so that both ways give the same.  Raises ``ValueError`` for anything else.
    """
    fast = _fast_parser()
    if fast is not None:
        try:
            return fast(text)
        except (ArithmeticError, ValueError):
            pass  # also text that the standard parser takes: a lone surrogate, a byte order mark
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except ArithmeticError:
        raise ValueError("a number with more digits than there can be") from None
    except RecursionError:
        raise ValueError("lists and objects in each other, deeper than can be read") from None


@cache
def _fast_parser() -> Callable[[str | bytes], object] | None:
    """That of msgspec, if it is there; untyped, because a copy of this package may live without."""
    from importlib import import_module

    try:
        msgspec: Any = import_module("msgspec.json")
    except ImportError:
        return None
    parse: Callable[[str | bytes], object] = msgspec.Decoder(float_hook=Decimal).decode
    return parse


def _text(value: object) -> str:
    if isinstance(value, str):  # most values are
        return _encode(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"JSON has no {value}")
        return format(value, "f")
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return "{" + ",".join(f"{_key(key)}:{_text(item)}" for key, item in pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, cast("list[object]", value))) + "]"
    return _encode(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a JSON object is text, not {key!r}")
    return _encode(key)


def _refuse(name: str) -> object:
    raise ValueError(f"JSON has no {name}")
