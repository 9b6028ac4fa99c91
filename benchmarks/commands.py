"""The commands that CI runs, whole processes, on an org of 150 modules with 200 fields each."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.harness import Row, Side, compare, environment, timed
from benchmarks.orgs import edit, write_org

ROUNDS = 7
MODULES, FIELDS = 150, 200
EDITED = 50
"""So many modules differ between the two sides."""


def main(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="zohohub-benchmarks-") as name:
        folder = Path(name)
        write_org(folder / "zoho_metadata", MODULES, FIELDS)
        run_command(folder, "generate")
        new = write_org(folder / "new", MODULES, FIELDS)
        for number in range(1, EDITED + 1):
            edit(new, number)

        def side(title: str, *arguments: str, cache: str = "cache") -> Side:
            run = partial(run_command, folder, *arguments, cache=cache)
            return Side(title, partial(timed, run))

        times = compare(
            f"commands: {MODULES} modules of {FIELDS} fields, whole processes",
            [
                Side("`python -c 'import click'`", partial(timed, _import_click)),
                side("`zohohub-gen --help`", "--help"),
                side("`check`", "check"),
                side("`check`, nothing remembered", "check", cache="none"),
                side(f"`diff`, {EDITED} modules changed", "diff", "new"),
                side("`diff`, nothing changed", "diff", "zoho_metadata"),
            ],
            rounds,
        )
    return [
        times.no_slower(
            "`zohohub-gen --help`", "`zohohub-gen --help`", "`python -c 'import click'`", 2.5
        )
    ]


def _import_click() -> None:
    subprocess.run([sys.executable, "-c", "import click"], env=environment(), check=True)


def run_command(folder: Path, *arguments: str, cache: str = "cache") -> None:
    """Run ``zohohub-gen`` in a folder, with its cache beside it."""
    subprocess.run(
        [sys.executable, "-m", "zohohub_gen", *arguments],
        cwd=folder,
        env=environment() | {"XDG_CACHE_HOME": str(folder / cache)},
        check=True,
        capture_output=True,
    )
