"""The sample org: what its files say is what the emulator answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen import ir
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.catalog import Catalog
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import read_snapshot

from .conftest import Client

SAMPLE = Path(__file__).parents[1] / "cases" / "acme"
RECORDS = sorted(path.stem for path in (SAMPLE / "records").glob("*.json") if path.stem != "Users")


@pytest.fixture(scope="module")
def sample() -> Any:
    with Emulator(SAMPLE / "metadata") as emulator:
        client = Client(emulator)
        yield client
        client.http.close()


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: a file may say null where an answer says []."""
    return {name: value for name, value in record.items() if value not in (None, [])}


@pytest.mark.parametrize("module", RECORDS)
def test_records_come_back_as_they_stand_in_the_file(sample: Client, module: str) -> None:
    records = json.loads((SAMPLE / "records" / f"{module}.json").read_text())["data"]
    assert records
    for record in records:
        answer = sample.one(module, record["id"])
        for name, value in _filled(record).items():
            assert answer.get(name) == value, f"{module} {record['id']} {name}"


def test_every_module_lists_searches_and_queries(sample: Client) -> None:
    snapshot = read_snapshot(SAMPLE / "metadata")
    catalog = Catalog(snapshot, parse(snapshot)[0])
    asked = 0
    for info in catalog.modules():
        if not info.module.api_supported:
            continue
        names = list(info.fields)
        listed = sample.page(info.api_name, fields=",".join(names[:50]))
        assert listed.status_code in (200, 204), listed.text
        assert sample.get(f"/{info.api_name}/search", params={"word": "zz"}).status_code == 204
        unselectable = (ir.Subform, ir.MultiLookup, ir.MultiUser, ir.Files)
        columns = ", ".join(
            f"'{name}'"
            for name, field in info.fields.items()
            if not isinstance(field.type, unselectable)
        )
        answer = sample.coql(f"select {columns} from {info.api_name} where id is not null")
        assert answer.status_code in (200, 204), answer.text
        asked += 1
    assert asked > 10


def test_metadata_of_every_module(sample: Client) -> None:
    modules = sample.get("/settings/modules").json()["modules"]
    for module in modules:
        fields = sample.get("/settings/fields", params={"module": module["api_name"]})
        assert fields.status_code in (200, 204)
        layouts = sample.get("/settings/layouts", params={"module": module["api_name"]})
        assert layouts.status_code in (200, 204)
