"""Which modules' related lists change when the lookups of other modules do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zohohub_gen.lenient import items, mapping, reference, text
from zohohub_gen.snapshot import JsonObject


def affected_modules(
    old: Mapping[str, list[JsonObject]], new: Mapping[str, list[JsonObject]]
) -> set[str]:
    """The modules that got, lost or changed a related list by a lookup of another module.

    Zoho does not count that as a change of theirs.
    """
    before = {name: _lookups(fields) for name, fields in old.items()}
    after = {name: _lookups(fields) for name, fields in new.items()}
    return {
        target
        for name in before.keys() | after.keys()
        for target, *_ in before.get(name, set()) ^ after.get(name, set())
    }


def _lookups(fields: Iterable[JsonObject]) -> set[tuple[str, ...]]:
    """Each module that one of the fields points at, with what a related list takes from it."""
    return {
        (target, *(text(part) or "" for part in (each.get("id"), *_list_of(lookup))))
        for each in fields
        for key in ("lookup", "multi_module_lookup", "multiselectlookup")
        if (lookup := mapping(each.get(key)))
        for target in _targets(lookup)
    }


def _list_of(lookup: Mapping[str, Any]) -> tuple[object, object]:
    """The api_name and label of the related list that a lookup makes in the other module."""
    own = mapping(lookup.get("related_list")) or lookup
    return own.get("api_name"), own.get("display_label")


def _targets(lookup: Mapping[str, Any]) -> Iterable[str]:
    candidates: list[object] = [
        lookup.get("module"),
        lookup.get("connected_module"),
        mapping(lookup.get("connected_details")).get("module"),
        *items(lookup.get("modules")),
    ]
    return (name for each in candidates if (name := reference(each)) is not None)
