"""The names that modules, fields and related lists had before, from ``names.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from zohohub_gen.lenient import mapping, text

if TYPE_CHECKING:
    from zohohub_gen.ir import Field, Module, RelatedList, Schema
    from zohohub_gen.names_lock import Lock


@dataclass(frozen=True, slots=True)
class FormerModule:
    """How a module was called: its file, which is the client's attribute too, and its classes."""

    file: str
    handle: str
    record: str


@dataclass(frozen=True, slots=True)
class Renames:
    """Former names by the api_names of today, the oldest first."""

    modules: Mapping[str, tuple[FormerModule, ...]] = field(
        default_factory=dict[str, tuple[FormerModule, ...]]
    )
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """By module: the api_name of the field for each of its former Python names."""
    related: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Likewise of related lists."""

    def __bool__(self) -> bool:
        return bool(self.modules or self.fields or self.related)


def renames(lock: Lock, schema: Schema) -> Renames:
    """What is called otherwise today.

    ``"former"`` of a field or related list is a list of names, of a module a list of objects with
    ``file``, ``handle`` and ``record``.  Whatever is not of that form, or not of a module or member
    that is in the schema, is passed over: the lock is a file that anything can stand in.
    """
    entries = {key: mapping(entry) for key, entry in mapping(lock.get("modules")).items()}
    modules: dict[str, tuple[FormerModule, ...]] = {}
    fields: dict[str, Mapping[str, str]] = {}
    related: dict[str, Mapping[str, str]] = {}
    for module in schema.modules:
        entry = _entry(module, entries)
        former = tuple(
            found for each in _list(entry.get("former")) if (found := _module(mapping(each)))
        )
        if former:
            modules[module.api_name] = former
        of_fields = _members(module.fields, entry.get("fields"))
        if of_fields:
            fields[module.api_name] = of_fields
        of_lists = _members(module.related_lists, entry.get("related"))
        if of_lists:
            related[module.api_name] = of_lists
    return Renames(modules, fields, related)


def _entry(item: Module | Field | RelatedList, entries: Mapping[str, Lock]) -> Lock:
    """By id; what was made anew since has the entry of its api_name."""
    found = entries.get(item.id or item.api_name)
    if found is not None:
        return found
    for entry in entries.values():
        if entry.get("api_name") == item.api_name:
            return entry
    return {}


def _module(former: Lock) -> FormerModule | None:
    file, handle, record = (_name(former.get(kind)) for kind in ("file", "handle", "record"))
    return FormerModule(file, handle, record) if file and handle and record else None


def _members(items: Sequence[Field] | Sequence[RelatedList], entries: object) -> dict[str, str]:
    by_key = {key: mapping(entry) for key, entry in mapping(entries).items()}
    return {
        name: item.api_name
        for item in items
        for each in _list(_entry(item, by_key).get("former"))
        if (name := _name(each))
    }


def _list(value: Any) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()


def _name(value: object) -> str | None:
    name = text(value)
    return name if name is not None and name.isidentifier() and name.isascii() else None
