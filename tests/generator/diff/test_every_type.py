"""Every type of a field becomes every other: the type checkers agree with each verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.choices import Choices, Picklists, Writes
from zohohub_gen.differences import compare
from zohohub_gen.snapshot import Snapshot

from tests.generator.diff.edits import Json, new_option
from tests.generator.diff.judged import Refused, judge
from tests.generator.diff.sides import sides
from tests.support.whole_program import ALL

SUBFORM = {"data_type": "subform", "json_type": "jsonarray"}
OPTIONS = {"pick_list_values": [new_option("Graz"), new_option("Linz")]}
TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"data_type": "text", "json_type": "string"},
    "long number": {"data_type": "bigint", "json_type": "string"},
    "boolean": {"data_type": "boolean", "json_type": "boolean"},
    "integer": {"data_type": "integer", "json_type": "integer"},
    "number": {"data_type": "double", "json_type": "double"},
    "date": {"data_type": "date", "json_type": "string"},
    "moment": {"data_type": "datetime", "json_type": "string"},
    "picklist": {"data_type": "picklist", "json_type": "string", **OPTIONS},
    "picklist without options": {"data_type": "picklist", "json_type": "string"},
    "options": {"data_type": "multiselectpicklist", "json_type": "jsonarray", **OPTIONS},
    "options without options": {"data_type": "multiselectpicklist", "json_type": "jsonarray"},
    "lookup": {
        "data_type": "lookup",
        "json_type": "jsonobject",
        "lookup": {"module": {"api_name": "Places"}},
    },
    "lookup of what the package has not": {
        "data_type": "lookup",
        "json_type": "jsonobject",
        "lookup": {"module": {"api_name": "Elsewhere"}},
    },
    "lookup of any module": {"data_type": "lookup", "json_type": "jsonobject"},
    "lookup of some modules": {
        "data_type": "multi_module_lookup",
        "json_type": "jsonobject",
        "multi_module_lookup": {"modules": [{"api_name": "Places"}, {"api_name": "Roads"}]},
    },
    "what an activity is about": {
        "data_type": "lookup",
        "json_type": "jsonobject",
        "lookup": {"module": {"api_name": "se_module"}},
    },
    "user": {"data_type": "userlookup", "json_type": "jsonobject"},
    "owner": {"data_type": "ownerlookup", "json_type": "jsonobject"},
    "lookups": {
        "data_type": "multiselectlookup",
        "json_type": "jsonarray",
        "multiselectlookup": {
            "connected_details": {"module": {"api_name": "Places"}},
            "linking_details": {"connected_lookup_field": {"api_name": "Place"}},
        },
    },
    "users": {
        "data_type": "multiuserlookup",
        "json_type": "jsonarray",
        "multiuserlookup": {
            "linking_details": {"connected_lookup_field": {"api_name": "Helper"}},
        },
    },
    "subform": {**SUBFORM, "subform": {"module": "Steps"}},
    "subform of what the package has not": {**SUBFORM, "subform": {"module": "Elsewhere"}},
    "files": {"data_type": "fileupload", "json_type": "jsonarray"},
    "layout": {"data_type": "layout", "json_type": "jsonobject"},
    "object of a known shape": {"data_type": "ALARM", "json_type": "jsonobject"},
    "objects of a known shape": {"data_type": "territories", "json_type": "jsonarray"},
    "unknown text": {"data_type": "mystery", "json_type": "string"},
    "unknown object": {"data_type": "mystery", "json_type": "jsonobject"},
    "unknown list": {"data_type": "mystery", "json_type": "jsonarray"},
    "unknown number": {"data_type": "mystery", "json_type": "double"},
    "unknown": {"data_type": "mystery"},
}
_FIELD = re.compile(r"[KRS][0-9]{2}(?![0-9])", re.IGNORECASE)
NAME = {"api_name": "Name", "data_type": "text", "json_type": "string"}
ROWS = ("subform", "subform of what the package has not")
NEVER = {"operation_type": {"api_create": False, "api_update": False}}
MODULES = {f"M{number:02}": kind for number, kind in enumerate(TYPES)}
"""A module a type, whose fields have this type before, and afterwards one type each."""


def org(*, after: bool) -> Snapshot:
    """The org before or after."""
    listed: list[Json] = [{"api_name": each, "id": each} for each in ("Places", "Roads")]
    listed.append({"api_name": "Steps", "id": "Steps", "generated_type": "subform"})
    fields = {each: [NAME] for each in ("Places", "Roads", "Steps")}
    for module, kind in MODULES.items():
        rows = f"Rows_{module}"
        listed.append({"api_name": module, "id": module, "generated_type": "custom"})
        listed.append({"api_name": rows, "id": rows, "generated_type": "subform"})
        fields[module] = [*_fields("K", kind, {}, after), *_fields("R", kind, NEVER, after)]
        if kind not in ROWS:
            fields[module].append({**SUBFORM, "api_name": "Rows", "subform": {"module": rows}})
            fields[rows] = list(_fields("S", kind, {}, after))
    return Snapshot(listed, fields)


def _fields(letter: str, kind: str, more: Json, after: bool) -> Iterator[Json]:
    for number, other in enumerate(TYPES):
        if letter == "S" and other in ROWS:
            continue  # rows hold no rows
        api_name = f"{letter}{number:02}"
        yield {"api_name": api_name, "id": api_name, **TYPES[other if after else kind], **more}


def fields_of(use: Refused) -> list[str]:
    """The fields that an error is about: an import or a line with all of them shows none."""
    if use.line.startswith("from "):
        return _FIELD.findall(use.message)[:1]  # what comes behind it is a suggestion
    return _FIELD.findall(use.message if use.line.endswith(ALL) else use.line)


@pytest.mark.slow
@pytest.mark.parametrize("writes", ["strict", "open"])
@pytest.mark.parametrize("picklists", ["literal", "str"])
def test_every_type_becomes_every_other(
    picklists: Picklists, writes: Writes, tmp_path: Path
) -> None:
    choices = Choices(picklists=picklists, writes=writes)
    pair = sides(org(after=False), org(after=True), choices=choices, lock={})
    changes = compare(pair.old, pair.new)
    breaking = {f"{each.module}.{each.field}" for each in changes if each.severity == "breaking"}
    said = judge({"pair": pair}, tmp_path / "checked")["pair"]
    red = {
        f"{'Rows_' if field[0] in 'sS' else ''}M{module[1]}.{field.upper()}"
        for checker in said.values()
        for use in checker.uses
        if (module := re.fullmatch(r"use_(?:rows_)?m(\d\d)\.py", use.file))
        for field in fields_of(use)
    }
    wrong = {
        place: [each for each in changes if f"{each.module}.{each.field}" == place]
        for place in breaking ^ red
    }
    assert len(red) > 1000
    assert not any(checker.package for checker in said.values())
    assert not wrong, "\n".join(map(str, sorted(wrong.items(), key=str)))
