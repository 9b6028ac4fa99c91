"""Reading pages of 200 records, beside the JSON parser alone and beside other libraries."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import zohohub.json_text
from zohohub.drift import Drift, Watch
from zohohub.json_text import loads

from benchmarks.commands import run_command
from benchmarks.harness import Row, Side, Times, child, compare, timed
from benchmarks.orgs import fields_json, module_name, modules_json, page, write_package
from benchmarks.servers import credentials, serving

ROUNDS = 41
SDK_ROUNDS = 3
"""So often runs Zoho's SDK, which takes seconds."""
RECORDS = 200
FIELDS = (50, 200)
ORGS = (1, 66)
"""How many modules the orgs have that Zoho's SDK is asked in; its cost grows with the org."""
MODULE = module_name(1)
CLASS = MODULE.replace("_", "")

PARSER = "`json.loads`"
OBJECTS = "records from the objects"
TEXT = "records from the text"
STANDARD = "the same, without msgspec"
PYDANTIC = "pydantic"
MSGSPEC = "msgspec, its own classes"
CATTRS = "cattrs"
SDK_SIDE = "`zohocrmsdk8-0`, its converter"

SDK = """
import json, sys, tempfile
from benchmarks import sdk

module, fields, whole_org = json.loads(sys.argv[2])
with tempfile.TemporaryDirectory() as folder:
    sdk.initialize(json.loads(sys.argv[1]), folder, whole_org=whole_org)
    with sdk.converting() as taken:
        for _ in range(2):
            assert sdk.pages(module, fields, 1) == 200
print(taken[-1])
"""


def main(rounds: int) -> list[Row]:
    rows: list[Row] = []
    for fields in FIELDS:
        times = _page(fields, rounds)
        work = f"decode {RECORDS} × {fields} fields"
        rows += [
            times.no_slower(f"{work}, without parsing", OBJECTS, PARSER, 1.5),
            times.no_slower(f"{work}, from the text", TEXT, PARSER, 2.5),
            times.faster(f"{work}, from the text", TEXT, PYDANTIC, 1),
        ]
    for modules, bar in zip(ORGS, (10, 200), strict=True):
        times = _beside_sdk(modules)
        work = f"decode {RECORDS} × {FIELDS[0]} fields, org of {modules}"
        rows.append(times.faster(work, TEXT, SDK_SIDE, bar))
    return rows


def _page(fields: int, rounds: int) -> Times:
    text = page(RECORDS, fields, 1).encode()
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as folder:
        sides = _ours(Path(folder), fields, text)
        others = _others(Path(folder), fields, text)
    measured = {PARSER: partial(json.loads, text), **sides, **others}
    return compare(
        f"decoding: a page of {RECORDS} records of {fields} fields, {len(text) // 1024} KB",
        [Side(name, partial(timed, run, 5)) for name, run in measured.items()],
        rounds,
    )


def _ours(folder: Path, fields: int, text: bytes) -> dict[str, Callable[[], object]]:
    write_package(folder, f"bench_crm_{fields}", 1, fields)
    handle: Any = getattr(_imported(folder, f"bench_crm_{fields}"), f"{CLASS}Module")
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

    def read_without() -> None:
        with patch.object(zohohub.json_text, "_fast_parser", lambda: None):
            read()

    decoded = handle.decode(rows[0])
    read()
    assert drifts == []
    assert len(rows) == RECORDS
    assert len(rows[0]) == fields + 1
    assert decoded.extra == {}
    return {
        OBJECTS: decode,
        "the parser with exact Decimals": partial(loads, text),
        TEXT: read,
        STANDARD: read_without,
    }


def _others(folder: Path, fields: int, text: bytes) -> dict[str, Callable[[], object]]:
    """What other libraries make of the page, with the classes that ``export`` writes for them."""
    import msgspec
    import pydantic

    project = folder / "export"
    write_package(project, "unused", 1, fields)
    (project / "metadata").rename(project / "zoho_metadata")
    made: dict[str, Any] = {}
    for kind in ("attrs", "msgspec", "pydantic"):
        run_command(project, "export", "--as", kind, "--output", f"models_{kind}_{fields}.py")
        made[kind] = _imported(project, f"models_{kind}_{fields}")

    records = {kind: list[getattr(module, CLASS)] for kind, module in made.items()}
    info = dict[str, Any]
    model = pydantic.create_model("Page", data=(records["pydantic"], ...), info=(info, ...))
    struct = msgspec.defstruct("Page", [("data", records["msgspec"]), ("info", info)])
    converter = made["attrs"].make_converter()

    def structure() -> object:
        return converter.structure(json.loads(text)["data"], records["attrs"])

    return {
        PYDANTIC: partial(model.model_validate_json, text),
        MSGSPEC: partial(msgspec.json.Decoder(struct).decode, text),
        CATTRS: structure,
    }


def _beside_sdk(modules: int) -> Times:
    """One page, ours from its text and Zoho's from the answer, in an org of so many modules."""
    fields = FIELDS[0]
    text = page(RECORDS, fields, modules).encode()

    def answer(path: str) -> bytes:
        if "/settings/modules" in path:
            return json.dumps({"modules": modules_json(modules)}).encode()
        if "/settings/fields" in path:
            number = int(path.partition("module=")[2].partition("&")[0].rpartition("_")[2])
            return json.dumps({"fields": fields_json(number, fields, modules)}).encode()
        return text

    names = [field["api_name"] for field in fields_json(1, fields, modules)]
    what = json.dumps([MODULE, names, modules > 1])
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as folder, serving(answer) as address:
        given = json.dumps(credentials(address))
        read = _ours(Path(folder), fields, text)[TEXT]
        return compare(
            f"decoding: a page of {RECORDS} records of {fields} fields, org of {modules} modules",
            [
                Side(TEXT, partial(timed, read, 5)),
                Side(SDK_SIDE, partial(child, SDK, given, what), warm=False),
            ],
            SDK_ROUNDS,
        )


def _imported(folder: Path, name: str) -> Any:
    sys.path.insert(0, str(folder))
    sys.modules.pop(name, None)
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(folder))
