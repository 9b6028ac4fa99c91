"""``python -m benchmarks [--rounds N] [NAME …]``: run these benchmarks, or all of them."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.harness import SAMPLE

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
NAMES.remove("harness")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="how often each side runs")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; only {', '.join(NAMES)}")
    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    sys.path.insert(0, str(SAMPLE))
    held = True
    for name in given.names or NAMES:
        module = import_module(f"benchmarks.{name}")
        held &= module.main(given.rounds or module.ROUNDS)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
