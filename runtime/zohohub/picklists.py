"""The options of a picklist as an enumeration, for packages with ``picklists = "enum"``.

Its members are text: they compare equal to it, and travel as it.  What a record holds beside the
known options stays a plain ``str``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from zohohub.values import decode_options

__all__ = ["PicklistEnum", "decode_member", "decode_members", "plain"]


class PicklistEnum(StrEnum):
    """The base class of the options of one picklist: a member an option, by its display value."""

    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        # Not by the class alone, as enumerations do: a record that was pickled before an admin
        # took the option away must still load.
        return decode_member, (type(self), self.value)


E = TypeVar("E", bound=PicklistEnum)


def decode_member(options: type[E], value: Any) -> E | Any:
    """Read a picklist: the member of that option; whatever else Zoho sent is kept as it is."""
    # What Enum calls it is not in its documentation, and as old as Enum itself; `options(value)`
    # takes four times as long, and an exception for what is not known.
    return options._value2member_map_.get(value, value)  # pyright: ignore[reportPrivateUsage] - see above


def decode_members(options: type[E], value: Any) -> list[Any] | None:
    """Read a multi-select picklist, each option as `decode_member` does."""
    chosen = decode_options(value)
    return None if chosen is None else [decode_member(options, option) for option in chosen]


def plain(value: Any) -> Any:
    """Text without the class that it may have: what travels is no member of anything."""
    return str.__str__(value) if isinstance(value, str) else value
