"""How a record looks in one line, for prompts and logs: some of its values, the rest counted."""

from __future__ import annotations

from reprlib import Repr
from typing import TYPE_CHECKING

from zohohub.facts import facts_of
from zohohub.records import NOT_READ, columns_of, json_of, values_of
from zohohub.values import LayoutRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from zohohub.records import Record

__all__ = ["is_empty", "main_values", "one_line", "short", "unfetched", "unreadable"]

_MOST_VALUES = 6
_MINOR = (bool, dict, list, LayoutRef)
"""Values that say little about which record it is."""


class _Short(Repr):
    """Shortens values; `reprlib` looks for a method for each type by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60
        self.maxlist = self.maxdict = 3
        self.maxlevel = 2

    def repr_datetime(self, value: datetime, level: int) -> str:  # noqa: ARG002 - as reprlib calls it
        """Half as long as Python's own, and readable."""
        return value.isoformat(timespec="seconds")


_short = _Short()


def one_line(row: Record) -> str:
    """``Lead(id='1', last_name='Ito'; 12 more, 3 empty, 20 not fetched)``.

    The id and what Zoho demands come first, then what people enter, in the order of the class; 6
    values at most, each of them shortened.  Never raises, whatever the record holds.
    """
    kind = type(row).__name__
    try:
        values = values_of(row)
    except AttributeError:  # no generated class, or one whose columns are not its fields
        return f"<{kind}>"
    filled = {name: value for name, value in values.items() if not is_empty(value)}
    names = main_values(row, filled)[:_MOST_VALUES]
    shown = ", ".join(f"{name}={short(filled[name])}" for name in names)
    counts = (
        (len(filled) - len(names), "more"),
        (len(values) - len(filled), "empty"),
        (len(unreadable(row, values)), "unreadable"),
        (len(unfetched(row, values)), "not fetched"),
    )
    rest = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{kind}({shown}{'; ' if shown and rest else ''}{rest})"


def short(value: object) -> str:
    """The repr of a value, shortened."""
    try:
        return _short.repr(value)
    except Exception:  # noqa: BLE001 - whatever somebody's class, or a number of 5,000 digits, does
        return f"<{type(value).__name__}>"


def main_values(row: Record, values: Mapping[str, object]) -> Sequence[str]:
    """The names in the order of interest: id, what Zoho demands, what people enter, the rest."""
    facts = facts_of(type(row))

    def rank(name: str) -> int:
        if name == "id":
            return 0
        if facts[name].get("required"):
            return 1
        return 3 if facts[name].get("read_only") or isinstance(values[name], _MINOR) else 2

    return sorted(values, key=rank)


def is_empty(value: object) -> bool:
    """Whether a field holds nothing; Zoho sends empty lists too."""
    return value is None or (type(value) is list and not value)


def unfetched(row: Record, values: Mapping[str, object]) -> Sequence[str]:
    """The attributes that the call did not bring; none of a record that was made here."""
    json = _json(row)
    if json is NOT_READ:
        return []
    columns = columns_of(type(row))
    return [name for name in columns if name not in values and columns[name].api_name not in json]


def unreadable(row: Record, values: Mapping[str, object]) -> Sequence[str]:
    """The attributes for which Zoho sent something of an unexpected shape."""
    json = _json(row)
    columns = columns_of(type(row))
    return [name for name in columns if name not in values and columns[name].api_name in json]


def _json(row: Record) -> Mapping[str, object]:
    try:
        return json_of(row)
    except AttributeError:  # made by __new__ alone, as copy and pickle do on their way
        return NOT_READ
