"""What the metadata says of each field beyond its type, as generated code hands it to ``api``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, cast, get_args

from zohohub.values import LayoutRef

if TYPE_CHECKING:
    from zohohub.picklists import PicklistEnum
    from zohohub.records import Record

__all__ = ["Facts", "ModuleLayout", "declare_facts", "facts_of", "options_of"]

R = TypeVar("R")


class Facts(TypedDict, total=False):
    """The facts of one field; a key that is left out means no such limit."""

    read_only: bool
    """The API neither sets the field on a new record nor changes it."""
    create_only: bool
    """The API sets the field on a new record and never changes it."""
    update_only: bool
    """The API changes the field and does not set it on a new record."""
    required: bool
    """Zoho refuses a record without it, in every layout."""
    unique: bool
    """No two records hold the same value."""
    max_length: int
    """In characters."""
    max_digits: int
    """Before the decimal point."""
    decimal_places: int
    minimum: int | Decimal
    maximum: int | Decimal
    max_count: int
    """How many files the field holds."""
    options: object
    """A picklist's options: their ``Literal``, their enumeration, or a list of them."""
    unused: Sequence[str]
    """Options that an admin has retired: records may hold them, nobody can choose them."""
    missing_in: Sequence[str]
    """The orgs without the field, by profile, where the bindings are of several."""


class ModuleLayout(LayoutRef, Generic[R]):
    """A layout of the module of ``R``: what it makes mandatory, and which options it offers."""

    __slots__ = ("options", "required")

    def __init__(
        self,
        id: str,
        name: str,
        *,
        required: Sequence[str] = (),
        options: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(id, name)
        self.required = required
        """The api_names of the fields that it makes mandatory."""
        self.options: Mapping[str, Sequence[str]] = options or {}
        """The options of those picklists, by api_name, of which it offers a part."""


_declared: dict[type[Record], Mapping[str, Facts]] = {}
_facts: dict[type[Record], Mapping[str, Facts]] = {}


def declare_facts(record_type: type[Record], facts: Mapping[str, Facts]) -> None:
    """Note the facts of the fields that a record class declares, by attribute name."""
    _declared[record_type] = facts


def facts_of(record_type: type[Record]) -> Mapping[str, Facts]:
    """The facts of the fields of a record class by attribute name."""
    found = _facts.get(record_type)
    if found is None:
        found = _facts[record_type] = {
            name: facts
            for base in reversed(record_type.__mro__)
            for name, facts in _declared.get(cast("Any", base), {}).items()
        }
    return found


def options_of(facts: Facts) -> frozenset[str] | None:
    """The options of a picklist that may be chosen; None where the metadata lists none."""
    if "options" not in facts:
        return None
    options = facts["options"]
    if isinstance(options, list):
        return frozenset(cast("list[str]", options))
    if isinstance(options, type):
        return frozenset(option.value for option in cast("type[PicklistEnum]", options))
    return frozenset(get_args(options))
