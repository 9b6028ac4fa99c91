"""Importing the runtime and generated packages, each in a fresh interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Row, Side, at_most, child, compare, shown
from benchmarks.orgs import fields_json, module_name, write_package

ROUNDS = 21
MODULES, FIELDS = 150, 200

PROGRAM = """
import sys, time
start = time.perf_counter()
exec(sys.argv[1])
print(time.perf_counter() - start)
"""

BARE = "nothing"
REQUESTS = "`import requests`"
RUNTIME = "`import zohohub`"
PACKAGE = "`import large_crm`"
FIRST = "`import requests; from large_crm import Crm, SiteInspections1`"
ALL = f"all {MODULES} modules of it"
PLAIN = "plain dataclasses of the same shape"
SDK = "`zohocrmsdk8-0`, its records"

STATEMENTS = {
    BARE: "pass",
    REQUESTS: "import requests",
    RUNTIME: "import zohohub",
    "`import acme_crm`": "import acme_crm",
    "`from acme_crm import Lead`": "from acme_crm import Lead",
    "`from acme_crm import Crm; from zohohub import Auth`": (
        "from acme_crm import Crm; from zohohub import Auth"
    ),
    PACKAGE: "import large_crm",
    FIRST: f"import requests; from large_crm import Crm, {module_name(1).replace('_', '')}",
    SDK: "from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations",
}

ANNOTATIONS = {
    "boolean": "bool",
    "currency": "Decimal",
    "date": "date",
    "datetime": "datetime",
    "double": "Decimal",
    "formula": "Decimal",
    "integer": "int",
    "multiselectpicklist": "list[str]",
}


def main(rounds: int) -> list[Row]:
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        folder = Path(name)
        write_package(folder, "large_crm", MODULES, FIELDS)
        _write_plain(folder / "plain_crm")
        every = "\n".join(_every(folder / "large_crm"))
        plain = "\n".join(_every(folder / "plain_crm"))

        def side(title: str, statement: str) -> Side:
            return Side(title, partial(child, PROGRAM, statement, path=[folder]))

        times = compare(
            "imports: in a fresh interpreter, without its own start",
            [side(title, statement) for title, statement in STATEMENTS.items()],
            rounds,
        )
        large = compare(
            f"imports: {MODULES} modules of {FIELDS} fields",
            [side(ALL, every), side(PLAIN, plain)],
            max(1, rounds // 4),
        )
    first = times.beyond(FIRST, REQUESTS)
    package = times.beyond(PACKAGE, BARE)
    return [
        at_most(
            "import the package, over bare Python",
            package * 1000,
            2,
            unit=" ms",
            took=shown(times.median(PACKAGE)),
        ),
        at_most(
            "the first module, over `import requests`",
            first * 1000,
            15,
            unit=" ms",
            beside=f"{REQUESTS}: {shown(times.median(REQUESTS))}",
            took=shown(times.median(FIRST)),
        ),
        large.faster(f"import {ALL}", ALL, PLAIN, 4),
        times.faster("the first module", FIRST, SDK, 1),
    ]


def _every(folder: Path) -> Iterator[str]:
    """A statement for each module of a package."""
    for path in sorted(folder.glob("*.py")):
        yield f"import {folder.name}.{path.stem}"


def _write_plain(folder: Path) -> None:
    """The records of the same org as dataclasses that one would write by hand."""
    folder.mkdir()
    (folder / "__init__.py").touch()
    for number in range(1, MODULES + 1):
        lines = [
            "from dataclasses import dataclass",
            "from datetime import date, datetime",
            "from decimal import Decimal",
            "",
            "@dataclass",
            f"class {module_name(number).replace('_', '')}:",
            "    id: str | None = None",
        ]
        for field in fields_json(number, FIELDS, MODULES):
            annotation = ANNOTATIONS.get(field["data_type"], "str")
            lines.append(f"    {field['api_name'].lower()}: {annotation} | None = None")
        path = folder / f"{module_name(number).lower()}.py"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
