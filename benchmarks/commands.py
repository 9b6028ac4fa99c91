"""The commands that CI runs, whole processes, on an org of 150 modules with 200 fields each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.harness import Side, byte_code, compare, timed
from tests.support.synthetic import write_org

ROUNDS = 7
MODULES, FIELDS = 150, 200
EDITED = 50
"""So many modules differ between the two sides."""


def main(rounds: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        folder = Path(name)
        write_org(folder / "zoho_metadata", MODULES, FIELDS)
        _run(folder, "generate")
        _edited(write_org(folder / "new", MODULES, FIELDS))

        def side(title: str, *arguments: str, cache: str = "cache") -> Side:
            run = partial(_run, folder, *arguments, cache=cache)
            return Side(title, partial(timed, run))

        return compare(
            f"commands: {MODULES} modules of {FIELDS} fields, whole processes",
            [
                side("`zohohub-gen --help`", "--help"),
                side("`check`", "check"),
                side("`check`, nothing remembered", "check", cache="none"),
                side(f"`diff`, {EDITED} modules changed", "diff", "new"),
                side("`diff`, nothing changed", "diff", "zoho_metadata"),
            ],
            rounds,
        )


def _edited(folder: Path) -> None:
    """Rename a label and take an option away in the first modules."""
    for path in sorted((folder / "fields").glob("*.json"))[:EDITED]:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["fields"][0]["pick_list_values"].pop()
        content["fields"][1]["field_label"] = "Renamed"
        path.write_text(json.dumps(content), encoding="utf-8")


def _run(folder: Path, *arguments: str, cache: str = "cache") -> None:
    environment = os.environ | {
        "PYTHONPYCACHEPREFIX": byte_code(),
        "XDG_CACHE_HOME": str(folder / cache),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(
        [sys.executable, "-m", "zohohub_gen", *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
    )
