"""Read JSON that is committed, which people edit, merge and cut off: errors name file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from zohohub_gen.diagnostics import GeneratorError

_MOST_LEVELS = 100  # Zoho's own answers have a dozen; Python follows some hundreds
_MERGE = re.compile(r"^(?:<{7}|>{7}|\|{7}) .*|^={7}$", re.MULTILINE)


def read_json(text: str, place: str, remedy: str) -> Any:
    """The JSON of the file at ``place``.

    Raises `GeneratorError`, which ends with ``remedy``, for text that is not JSON or is nested
    deeper than Python follows.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        merge = _MERGE.search(text)
        if merge is not None:
            line = text.count("\n", 0, merge.start()) + 1
            raise GeneratorError(
                f"{place}:{line} holds the marks of a merge that was not finished; {remedy}"
            ) from error
        raise GeneratorError(f"{place}:{error.lineno} is not JSON ({error}); {remedy}") from error
    except ValueError as error:
        raise GeneratorError(f"{place} is not JSON ({error}); {remedy}") from error
    except RecursionError as error:
        raise GeneratorError(f"{place} is nested too deep; {remedy}") from error
    return value


def is_too_deep(value: object) -> bool:
    """Whether lists and objects are in each other more often than in anything of Zoho's."""
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [item for holder in level for item in _inside(holder)]
        if not level:
            return False
    return True


def _inside(holder: object) -> list[object]:
    """The lists and objects that are in a list or an object."""
    if isinstance(holder, dict):
        found: Iterable[object] = cast("dict[str, object]", holder).values()
    elif isinstance(holder, list):
        found = cast("list[object]", holder)
    else:
        return []
    return [item for item in found if isinstance(item, dict | list)]


def kind_of(value: object) -> str:
    """What a JSON value is, for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"


def _refuse(name: str) -> object:
    raise ValueError(f"JSON has no {name}")
