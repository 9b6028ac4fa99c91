"""Which modules stand alone: no file of another module is made from theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from zohohub_gen.choices import Choices
from zohohub_gen.ir import SUBFORM_KINDS
from zohohub_gen.lenient import text


def entries_of(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What ``modules.json`` lists, without the times, which nothing is made from."""
    return [
        {key: value for key, value in entry.items() if key != "modified_time"} for entry in listed
    ]


def standing_alone(
    listed: Sequence[Mapping[str, Any]], present: Collection[str], choices: Choices
) -> frozenset[str]:
    """The api_names of the modules whose fields, layouts and related lists concern them alone.

    Other modules know of them what ``modules.json`` and the names say.  ``listed`` is what that
    lists, ``present`` are the modules that have files.  None stands alone where the choices name
    fields or options, or the metadata does not say what is a subform.  Rows of subforms never do:
    the type of the field that holds them depends on their fields.
    """
    others = replace(choices, modules=(), exclude_modules=())
    if others != Choices(writes=choices.writes, picklists=choices.picklists):
        return frozenset()
    kinds = {text(entry.get("api_name")): text(entry.get("generated_type")) for entry in listed}
    is_clear = len(kinds) == len(listed) and None not in kinds and None not in kinds.values()
    # A dot would make the places of diagnostics ambiguous.
    if not is_clear or choices.picklists == "enum" or any("." in str(name) for name in kinds):
        return frozenset()
    if not kinds.keys() >= set(present):
        return frozenset()
    return frozenset(
        name for name, kind in kinds.items() if name is not None and kind not in SUBFORM_KINDS
    )
