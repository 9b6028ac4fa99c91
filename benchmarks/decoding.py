"""Reading a page of 200 records of 50 fields, beside the JSON parser alone."""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zohohub.drift import Drift, Watch
from zohohub.json_text import loads
from zohohub_gen.package import Options
from zohohub_gen.pipeline import generate

from benchmarks.harness import Side, compare, timed
from tests.support.synthetic import fields_json, write_org

ROUNDS = 41
FIELDS = 50
RECORDS = 200
MODULE = "Site_Inspections_1"

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


def page() -> str:
    """The JSON text of the page, as Zoho sends it."""
    fields = fields_json(1, FIELDS, 3)

    def value(field: dict[str, Any], number: int) -> Any:
        data_type = field["data_type"]
        if "picklist" in data_type:
            option = field["pick_list_values"][number % 8]["display_value"]
            return [option] if data_type.startswith("multi") else option
        return VALUES[data_type]

    records = [
        {
            "id": str(6_200_000_000_000_000_000 + number),
            **{field["api_name"]: value(field, number) for field in fields},
        }
        for number in range(RECORDS)
    ]
    return json.dumps({"data": records, "info": {"more_records": False, "count": RECORDS}})


def main(rounds: int) -> bool:
    with TemporaryDirectory() as folder:
        metadata = write_org(Path(folder, "metadata"), 3, FIELDS)
        generate(Options(metadata=metadata, output=Path(folder), package="bench_crm"))
        sys.path.insert(0, folder)
        handle: Any = import_module("bench_crm").SiteInspections1Module
        sys.path.remove(folder)
    text = page()
    rows: Any = loads(text)
    rows = rows["data"]
    drifts: list[Drift] = []
    watch = Watch(MODULE, handle.record_type, drifts.append)

    def decode() -> None:
        for row in rows:
            handle.decode(row)

    def read() -> None:
        answer: Any = loads(text)
        for _ in watch.read(handle.decode, [answer["data"]]):
            pass

    decoded = handle.decode(rows[0])
    read()
    assert drifts == []
    assert len(rows) == RECORDS
    assert len(rows[0]) == FIELDS + 1
    assert decoded.extra == {}
    return compare(
        f"decoding: a page of {RECORDS} records of {FIELDS} fields, {len(text) // 1024} KB",
        [
            Side("`json.loads`", partial(timed, partial(json.loads, text), 5)),
            Side("records from the objects", partial(timed, decode, 5), bar=1.5),
            Side("the same parser with exact Decimals", partial(timed, partial(loads, text), 5)),
            Side("records from the text, watching for drift", partial(timed, read, 5)),
        ],
        rounds,
    )
