"""``python -m benchmarks [--rounds N] [--write] [NAME …]``: run these benchmarks, or all."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.harness import SAMPLE, Row
from benchmarks.results import table, write_results

NAMES = (
    "bulk_csv",
    "commands",
    "creating",
    "decoding",
    "emulator",
    "generation",
    "imports",
    "listing",
    "pulling",
    "type_checking",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="how often each side runs")
    parser.add_argument("--write", action="store_true", help="write results.md and its plot")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; only {', '.join(NAMES)}")
    if given.write and given.names:
        parser.error("--write is for a run of all benchmarks")
    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    sys.path.insert(0, str(SAMPLE))
    rows: list[Row] = []
    for name in given.names or NAMES:
        module = import_module(f"benchmarks.{name}")
        rows += module.main(given.rounds or module.ROUNDS)
    print(f"\n{table(rows)}", end="")
    if given.write:
        write_results(rows)
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
