"""Generating a package, as a whole process, beside datamodel-code-generator and black."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.commands import run_command
from benchmarks.harness import Row, Side, compare, environment, timed
from benchmarks.orgs import edit, write_org

ROUNDS = 3
SLOW_ROUNDS = 1
"""So often run those that take minutes."""
MODULES, FIELDS = 150, 200
SMALL_MODULES, SMALL_FIELDS = 60, 80

OURS = "`zohohub-gen generate`, cold"
ONE_CHANGED = "the same, one field changed"
UNCHANGED = "the same, nothing changed"
THEIRS = "`datamodel-codegen`, default formatters"
BLACK = "`black` alone, on our text"
SMALL = f"{SMALL_MODULES} × {SMALL_FIELDS}, cold"


def main(rounds: int) -> list[Row]:
    with TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        folder = Path(name)
        large, small = folder / "large", folder / "small"
        write_org(large / "zoho_metadata", MODULES, FIELDS)
        write_org(small / "zoho_metadata", SMALL_MODULES, SMALL_FIELDS)
        edits = iter(range(1, MODULES + 1))

        def cold(project: Path) -> float:
            for made in ("cache", "zoho_crm"):
                shutil.rmtree(project / made, ignore_errors=True)
            (project / "zoho_metadata" / "names.json").unlink(missing_ok=True)
            return timed(partial(run_command, project, "generate"))

        def changed() -> float:
            edit(large / "zoho_metadata", next(edits))
            return timed(partial(run_command, large, "generate"))

        ours = compare(
            f"generation: {MODULES} modules of {FIELDS} fields, whole processes",
            [
                Side(OURS, partial(cold, large)),
                Side(ONE_CHANGED, changed),
                Side(UNCHANGED, partial(timed, partial(run_command, large, "generate"))),
                Side(SMALL, partial(cold, small)),
            ],
            rounds,
        )
        cold(large)
        text = folder / "text"
        shutil.copytree(large / "zoho_crm", text)
        run_command(large, "export", "--as", "json-schema", "--output", "schema.json")
        size = sum(path.stat().st_size for path in text.rglob("*.py")) // 2**20
        theirs = compare(
            f"generation: {MODULES * FIELDS:,} fields, black-clean text of {size} MB",
            [
                Side(OURS, partial(cold, large)),
                Side(THEIRS, partial(timed, partial(_datamodel_codegen, large)), warm=False),
                Side(BLACK, partial(timed, partial(_black, text)), warm=False),
            ],
            SLOW_ROUNDS,
        )
    work = f"generate {MODULES} × {FIELDS} fields"
    return [
        theirs.faster(f"{work}, cold", OURS, THEIRS, 8),
        theirs.faster(f"{work}, cold", OURS, BLACK, 15),
        ours.within(f"{work}, one field changed", ONE_CHANGED, 1),
        ours.within(f"{work}, nothing changed", UNCHANGED, 0.6),
        ours.within(f"generate {SMALL_MODULES} × {SMALL_FIELDS} fields, cold", SMALL, 1.5),
    ]


def _datamodel_codegen(folder: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "datamodel_code_generator"),
            *("--input", "schema.json", "--input-file-type", "jsonschema"),
            *("--output-model-type", "dataclasses.dataclass", "--output", "models.py"),
            *("--target-python-version", "3.11", "--formatters", "black", "isort"),
        ],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )


def _black(text: Path) -> None:
    # Black remembers which files it left as they were; without that, it reads them again.
    environment_ = environment() | {"BLACK_CACHE_DIR": str(text.parent / "black")}
    shutil.rmtree(text.parent / "black", ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "black", "--quiet", str(text)], env=environment_, check=True
    )
