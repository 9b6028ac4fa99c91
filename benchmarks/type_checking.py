"""Type-checking a program that uses three of 150 modules, cold."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Row, Side, compare, environment, timed
from benchmarks.orgs import write_package

ROUNDS = 3
MODULES, FIELDS = 150, 200

PROGRAM = """
from decimal import Decimal

from large_crm import Crm, SiteInspections1, SiteInspections2


def total(crm: Crm) -> Decimal:
    first, second = crm.site_inspections_1, crm.site_inspections_2
    found = Decimal(0)
    for row in first.list(SiteInspections1.fields.inspection_currency_2):
        found += row.inspection_currency_2 or 0
    for other in second.search(SiteInspections2.fields.inspection_text_16 == "Ridge"):
        found += other.inspection_currency_2 or 0
    crm.site_inspections_3.create(inspection_currency_2=found)
    return found
"""


def main(rounds: int) -> list[Row]:
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        folder = Path(name)
        write_package(folder, "large_crm", MODULES, FIELDS)
        (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
        commands = {
            "pyright": ("pyright", "--pythonpath", sys.executable),
            "mypy": ("mypy", "--strict", "--cache-dir", "/dev/null"),
        }
        times = compare(
            f"type_checking: a program that uses 3 of {MODULES} modules of {FIELDS} fields",
            [
                Side(checker, partial(timed, partial(_check, folder, *command)))
                for checker, command in commands.items()
            ],
            rounds,
        )
    work = f"type-check a program that uses 3 of {MODULES} modules"
    return [
        times.within(f"{work}, pyright", "pyright", 5),
        times.within(f"{work}, mypy --strict", "mypy", 10),
    ]


def _check(folder: Path, checker: str, *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", checker, *options, "program.py"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{checker} says: {done.stdout}{done.stderr}")
