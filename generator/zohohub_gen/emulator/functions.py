"""SQL functions for what SQLite cannot compare by itself."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from .conditions import options_key
from .values import as_list, fold, parse_time

_WORD = re.compile(r"\w+")


def words(text: object, wanted: object) -> bool:
    """True when the wanted words stand in the text, in that order and side by side.

    That is how Zoho's search takes ``equals``: "ABC" finds "ABC Inc".
    """
    if not isinstance(text, str) or not isinstance(wanted, str):
        return False
    folded, key = text.casefold(), wanted.casefold()
    if folded == key:
        return True
    have, want = _WORD.findall(folded), _WORD.findall(key)
    if not want:
        return False
    return any(have[i : i + len(want)] == want for i in range(len(have) - len(want) + 1))


def _options(text: object) -> str | None:
    chosen = as_list(json.loads(text)) if isinstance(text, str) else None
    return options_key([str(option) for option in chosen]) if chosen else None


def like(text: object, pattern: object) -> bool | None:
    """Whether the text fits the pattern, in which ``%`` stands for any characters.

    SQLite's own LIKE ends at a NUL, has a second wildcard and a limit to its length.
    """
    if not isinstance(text, str) or not isinstance(pattern, str):
        return None
    folded = text.casefold()
    first, *middle = pattern.casefold().split("%")
    if not middle:
        return folded == first
    last = middle.pop()
    at, end = len(first), len(folded) - len(last)
    if end < at or not folded.startswith(first) or not folded.endswith(last):
        return False
    for part in middle:
        at = folded.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _starts(text: object, prefix: object) -> bool | None:
    if not isinstance(text, str) or not isinstance(prefix, str):
        return None
    return text.casefold().startswith(prefix.casefold())


def _joined(text: object) -> str | None:
    chosen = as_list(json.loads(text)) if isinstance(text, str) else None
    return ";".join(str(option) for option in chosen) if chosen else None


def _has_option(text: object, option: object) -> bool:
    chosen = as_list(json.loads(text)) if isinstance(text, str) else None
    return any(fold(each) == fold(option) for each in chosen or [])


def _fold(value: Any) -> Any:
    return fold(value)


def _digits(text: object) -> str | None:
    return re.sub(r"\D", "", text) if isinstance(text, str) else None


def install(db: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    db.create_function("zoho_fold", 1, _fold, deterministic=True)
    db.create_function("zoho_time", 1, parse_time, deterministic=True)
    db.create_function("zoho_words", 2, words, deterministic=True)
    db.create_function("zoho_options", 1, _options, deterministic=True)
    db.create_function("zoho_like", 2, like, deterministic=True)
    db.create_function("zoho_starts", 2, _starts, deterministic=True)
    db.create_function("zoho_joined", 1, _joined, deterministic=True)
    db.create_function("zoho_has_option", 2, _has_option, deterministic=True)
    db.create_function("zoho_digits", 1, _digits, deterministic=True)
