"""What generated code tells the runtime of fields and layouts."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import black
from zohohub.facts import facts_of, options_of
from zohohub_gen.pipeline import generate

from tests.support.packages import handles, imported, options, write_json, write_snapshot

_ids = itertools.count(1)


def field(api_name: str, data_type: str, json_type: str = "string", **more: Any) -> dict[str, Any]:
    return {
        "id": str(next(_ids)),
        "api_name": api_name,
        "field_label": api_name,
        "data_type": data_type,
        "json_type": json_type,
        **more,
    }


def option(display: str, kind: str = "used") -> dict[str, Any]:
    return {"display_value": display, "actual_value": display, "type": kind}


def written(create: bool, update: bool) -> dict[str, Any]:
    return {"operation_type": {"api_create": create, "api_update": update}}


FIELDS = [
    field("Name", "text", length=120, system_mandatory=True),
    field("Code", "text", length=20, unique={"casesensitive": False}, **written(True, False)),
    field("Note", "text", length=20, **written(False, True)),
    field("Sum", "formula", "double", length=16, decimal_place=2, **written(False, False)),
    field("Count", "integer", "integer", length=9, range={"from": -5, "to": 20.0}),
    field("Share", "double", "double", length=8, decimal_place=2, range={"from": 0, "to": 99.5}),
    field("Odd", "double", "double", length=16, range={"from": "x", "to": 1e99}),
    field("Papers", "fileupload", "jsonarray", length=3),
    field(
        "State",
        "picklist",
        pick_list_values=[
            *(option(f"A state with a rather long name, number {n}") for n in range(3)),
            option("Gone", "unused"),
            option("Closed", "unused"),
        ],
    ),
]


def layout(number: int, name: str, **more: Any) -> dict[str, Any]:
    fields = [
        {"api_name": "Name", "required": True},
        {"api_name": "Code", "required": True},
        {"api_name": "Sum", "required": True},
        {"api_name": "State", "pick_list_values": FIELDS[-1]["pick_list_values"][:2]},
    ]
    return {"id": str(number), "name": name, "sections": [{"fields": fields}], **more}


def test_fields_and_layouts(tmp_path: Path) -> None:
    metadata = write_snapshot(tmp_path / "metadata", {"Things": FIELDS})
    (metadata / "layouts").mkdir()
    write_json(
        metadata / "layouts" / "Things.json",
        {
            "layouts": [
                layout(20, "Standard"),
                layout(30, "Standard"),
                layout(10, 'An "odd" name', status="inactive"),
                layout(40, "Only these " + "very long words " * 5),
                layout(50, "Bare", sections=[]),
            ]
        },
    )
    generate(options(metadata, tmp_path))
    source = (tmp_path / "crm" / "things.py").read_text("utf-8")
    assert black.format_str(source, mode=black.Mode()) == source
    with imported(tmp_path / "crm") as package:
        things = handles(package)["Things"]
        facts = {name: dict(value) for name, value in facts_of(things.record_type).items()}
        states = options_of(facts_of(things.record_type)["state"])
        layouts = things.layouts
    for api_name in facts.values():
        api_name.pop("api_name")
    assert facts["name"] == {"required": True, "max_length": 120}
    assert facts["code"] == {"create_only": True, "unique": True, "max_length": 20}
    assert facts["note"] == {"update_only": True, "max_length": 20}
    assert facts["sum"] == {"read_only": True}
    assert facts["count"] == {"minimum": -5, "maximum": 20}
    assert facts["share"] == {
        "max_digits": 8,
        "decimal_places": 2,
        "minimum": 0,
        "maximum": Decimal("99.5"),
    }
    assert facts["odd"] == {}
    assert states == {f"A state with a rather long name, number {n}" for n in range(3)}
    assert facts["state"]["unused"] == ("Gone", "Closed")
    assert [(each.id, each.name[:10]) for each in layouts] == [
        ("20", "Standard"),
        ("40", "Only these"),
        ("50", "Bare"),
    ]
    assert layouts[0].required == ("Code",)
    assert layouts[0].options == {
        "State": tuple(f"A state with a rather long name, number {n}" for n in range(2))
    }
    assert (layouts[2].required, layouts[2].options) == ((), {})
