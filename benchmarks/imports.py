"""Importing the runtime and a generated package, each in a fresh interpreter."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Side, child, compare

ROUNDS = 21

PROGRAM = """
import sys, time
start = time.perf_counter()
exec(sys.argv[1])
print(time.perf_counter() - start)
"""


def main(rounds: int) -> bool:
    def side(statement: str, bar: float | None = None) -> Side:
        return Side(f"`{statement}`", partial(child, PROGRAM, statement), bar)

    return compare(
        "imports: in a fresh interpreter, without its own start",
        [
            side("import requests"),
            side("import zohohub", bar=0.4),
            side("import acme_crm", bar=0.4),
            side("from acme_crm import Lead", bar=0.4),
            side("from acme_crm import Crm; from zohohub import Auth"),
        ],
        rounds,
    )
