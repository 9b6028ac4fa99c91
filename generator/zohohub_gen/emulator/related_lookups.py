"""Which lookups make a related list, and which of them a roll-up follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from zohohub_gen import ir
from zohohub_gen.lenient import items, mapping, reference, text

from .values import Json

NOTES = "Notes"
PARENT = "Parent_Id"


def lookups_of(
    related_list: str, module: str, fields: Iterable[ir.Field], raw_fields: Iterable[Json]
) -> list[str]:
    """The fields of the target, given as they are, whose values make a list of ``module``."""
    if related_list == NOTES:
        return [PARENT]
    named = [str(raw.get("api_name")) for raw in raw_fields if related_list in _lists(raw, module)]
    return named or [field.api_name for field in fields if _may_point(field.type, module)]


def rollup_of(raw: Json) -> tuple[str, str] | None:
    """The module that a roll-up is based on and its related list; None for any other field."""
    rollup = mapping(raw.get("rollup_summary"))
    target = reference(rollup.get("based_on_module"))
    if target is None:
        return None
    return target, reference(rollup.get("related_list")) or text(rollup.get("related_list")) or ""


def _lists(raw: Json, module: str) -> Iterator[Any]:
    """The related lists that a field makes in a module."""
    lookup = mapping(raw.get("lookup"))
    if reference(lookup.get("module")) == module:
        yield lookup.get("api_name")
    several = mapping(raw.get("multi_module_lookup"))
    if module in map(reference, items(several.get("modules"))):
        yield several.get("api_name")


def _may_point(kind: ir.FieldType, module: str) -> bool:
    if isinstance(kind, ir.MultiModuleLookup):
        return module in kind.modules or not kind.modules
    return isinstance(kind, ir.Lookup) and kind.module == module
