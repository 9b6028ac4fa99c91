"""Changes + usages → which places of a program each change touches."""

from __future__ import annotations

from collections.abc import Sequence

from zohohub_gen.changes import Change, Kind
from zohohub_gen.usages import Usage

_OF_ALL: frozenset[Kind] = frozenset({"module removed", "module renamed", "name changed"})
"""Changes of a module that touch whatever names it or anything in it."""
_OF_WRITES: frozenset[Kind] = frozenset({"field added", "mandatory on"})
"""Changes of a field that touch code which does not name it: a value is missing there."""


def touched(changes: Sequence[Change], usages: Sequence[Usage]) -> list[tuple[Usage, ...]]:
    """The usages that each change touches, in their order; what adds something touches none."""
    by_module: dict[str, list[Usage]] = {}
    for usage in usages:
        by_module.setdefault(usage.module, []).append(usage)
    return [
        tuple(each for each in by_module.get(change.module or "", ()) if _touches(change, each))
        for change in changes
    ]


def _touches(change: Change, usage: Usage) -> bool:
    if change.kind == "related list added" or (
        change.kind.endswith(" added") and change.field is None
    ):
        return False
    if change.kind.startswith("layout") and change.field is None:
        return usage.field == change.before
    if change.field is None:
        return change.kind in _OF_ALL or (
            usage.field is None and change.kind != "module label changed"
        )
    if change.kind in _OF_WRITES and usage.field is None:
        return change.severity != "safe"
    if usage.field != change.field:
        return False
    return change.option is None or change.kind == "option added" or usage.option == change.option
