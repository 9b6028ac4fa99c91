"""The orgs that benchmarks are about: metadata, packages made of it, pages of their records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zohohub_gen.package import Options
from zohohub_gen.pipeline import generate

from tests.support.synthetic import fields_json, modules_json, write_org

__all__ = [
    "edit",
    "fields_json",
    "module_name",
    "modules_json",
    "page",
    "write_org",
    "write_package",
]

VALUES: dict[str, Any] = {
    "text": "Ridge beam, north side",
    "currency": 12345.67,
    "date": "2026-05-14",
    "datetime": "2026-05-14T12:51:54+03:00",
    "boolean": True,
    "integer": 12,
    "lookup": {"id": "6100000000000403001", "name": "Rosental Service GmbH"},
    "textarea": "Two sentences, as people write them.  The second is no longer than the first.",
    "double": 0.125,
    "email": "lena.brandt@example.org",
    "ownerlookup": {
        "id": "6100000000000004001",
        "name": "Kenji Mori",
        "email": "kenji.mori@example.org",
    },
    "formula": 99.5,
    "bigint": "123456789012345678",
    "autonumber": "N-1",
}
"""What records hold, by the data type of the field."""


def module_name(number: int) -> str:
    """The api_name of a module."""
    return f"Site_Inspections_{number}"


def edit(metadata: Path, number: int) -> None:
    """Rename one field of a module, a picklist, and take an option away from it."""
    path = metadata / "fields" / f"{module_name(number)}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["fields"][0]["pick_list_values"].pop()
    content["fields"][0]["field_label"] = "Renamed"
    path.write_text(json.dumps(content), encoding="utf-8")


def write_package(folder: Path, package: str, modules: int, fields: int) -> Path:
    """Write metadata and the package made of it; the folder that holds the metadata."""
    metadata = write_org(folder / "metadata", modules, fields)
    generate(Options(metadata=metadata, output=folder, package=package))
    return metadata


def page(records: int, fields: int, modules: int) -> str:
    """The JSON text of a page of records of the first module, as Zoho sends it."""
    described = fields_json(1, fields, modules)

    def value(field: dict[str, Any], number: int) -> Any:
        data_type = field["data_type"]
        if "picklist" in data_type:
            option = field["pick_list_values"][number % 8]["display_value"]
            return [option] if data_type.startswith("multi") else option
        return VALUES[data_type]

    rows = [
        {
            "id": str(6_200_000_000_000_000_000 + number),
            **{field["api_name"]: value(field, number) for field in described},
        }
        for number in range(records)
    ]
    return json.dumps({"data": rows, "info": {"more_records": False, "count": records}})
