"""Make an org of any size: metadata in v8's shape with every common data type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("text", "string", {"length": 120}),
    ("picklist", "string", {"length": 120}),
    ("currency", "double", {"length": 16, "decimal_place": 2}),
    ("date", "string", {}),
    ("datetime", "string", {}),
    ("boolean", "boolean", {}),
    ("integer", "integer", {"length": 9}),
    ("lookup", "jsonobject", {}),
    ("textarea", "string", {"length": 32000}),
    ("double", "double", {"length": 16, "decimal_place": 3}),
    ("email", "string", {"length": 100}),
    ("ownerlookup", "jsonobject", {}),
    ("multiselectpicklist", "jsonarray", {}),
    ("formula", "double", {"formula": {"return_type": "double"}}),
    ("bigint", "string", {"length": 18}),
    ("autonumber", "string", {"auto_number": {"prefix": "N-", "start_number": 1}}),
)


def modules_json(modules: int) -> list[dict[str, Any]]:
    """``modules`` custom modules."""
    return [
        {
            "api_name": f"Site_Inspections_{number}",
            "id": str(7_000_000_000_000_000_000 + number),
            "singular_label": f"Site Inspection {number}",
            "plural_label": f"Site Inspections {number}",
            "generated_type": "custom",
            "api_supported": True,
            "creatable": True,
            "editable": True,
            "deletable": True,
            "modified_time": "2026-03-02T09:15:00+01:00",
        }
        for number in range(1, modules + 1)
    ]


def fields_json(module: int, fields: int, modules: int) -> list[dict[str, Any]]:
    """The fields of one module; lookups point at its neighbours."""
    base = 7_100_000_000_000_000_000 + module * 100_000
    return [_field(base + number * 100, number, module, modules) for number in range(1, fields + 1)]


def _field(field_id: int, number: int, module: int, modules: int) -> dict[str, Any]:
    data_type, json_type, more = _KINDS[number % len(_KINDS)]
    made: dict[str, Any] = {
        "api_name": f"Inspection_{data_type.title()}_{number}",
        "id": str(field_id),
        "field_label": f"Inspection {data_type} {number}",
        "display_label": f"Inspection {data_type} {number}",
        "data_type": data_type,
        "json_type": json_type,
        "custom_field": True,
        "created_source": "custom",
        "system_mandatory": number == 2,
        "read_only": data_type in ("formula", "autonumber"),
        "field_read_only": False,
        "visible": True,
        "filterable": True,
        "searchable": True,
        "sortable": True,
        "type": "used",
        "view_type": {"view": True, "edit": True, "quick_create": False, "create": True},
        "operation_type": dict.fromkeys(
            ("web_update", "api_create", "web_create", "api_update"),
            data_type not in ("formula", "autonumber"),
        ),
        **more,
    }
    if data_type == "lookup":
        target = f"Site_Inspections_{module % modules + 1}"
        made["lookup"] = {"module": {"api_name": target}, "display_label": "Inspections"}
    if "picklist" in data_type:
        made["pick_list_values"] = [
            {
                "display_value": f"Option {option} of {number}",
                "actual_value": f"Option {option} of {number}",
                "reference_value": f"Option {option} of {number}",
                "id": str(field_id + option),
                "sequence_number": option,
                "type": "used",
            }
            for option in range(1, 9)
        ]
    return made


def write_org(folder: Path, modules: int, fields: int) -> Path:
    """Write such an org as a snapshot folder."""
    (folder / "fields").mkdir(parents=True)
    items = modules_json(modules)
    (folder / "modules.json").write_text(json.dumps({"modules": items}), encoding="utf-8")
    for number, item in enumerate(items, 1):
        content = json.dumps({"fields": fields_json(number, fields, modules)})
        (folder / "fields" / f"{item['api_name']}.json").write_text(content, encoding="utf-8")
    return folder
