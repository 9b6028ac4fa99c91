"""Paired runs: every round runs each side once, so that a busy machine is slow for all of them.

A benchmark is a module of this folder with a function ``main(rounds)``, which prints what it has
measured by `compare` and returns whether all bars were held.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY / "generated_sample"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things that are compared."""

    name: str
    measure: Callable[[], float]
    """Runs it once and says what that took, in seconds."""
    bar: float | None = None
    """How many times the first side it may take at most."""


def compare(title: str, sides: Sequence[Side], rounds: int) -> bool:
    """Measure all sides and print their times; whether each is within its bar.

    A ratio is the median of the ratios to the first side in the same round.
    """
    for side in sides:
        side.measure()  # writes byte code and fills caches
    rows = [[side.measure() for side in sides] for _ in range(rounds)]
    print(f"\n{title}, {rounds} rounds\n")
    print("| | min | median | ratio | bar |\n|---|--:|--:|--:|--:|")
    held = True
    for column, side in enumerate(sides):
        times = [row[column] for row in rows]
        ratio = median(row[column] / row[0] for row in rows)
        bar = "" if side.bar is None else f"≤ {side.bar}"
        if side.bar is not None and ratio > side.bar:
            held, bar = False, f"{bar} MISSED"
        print(
            f"| {side.name} | {min(times) * 1000:.2f} ms | {median(times) * 1000:.2f} ms "
            f"| {ratio:.2f} | {bar} |",
            flush=True,
        )
    return held


def timed(function: Callable[[], object], number: int = 1) -> float:
    """The seconds that one call takes, as the mean of ``number`` calls."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(number):
        function()
    return (time.perf_counter() - start) / number


@cache
def byte_code() -> str:
    """A folder for byte code, so that everybody has theirs from the second run on."""
    folder = tempfile.mkdtemp(prefix="zohohub-benchmarks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def child(program: str, *arguments: str) -> Any:
    """What a program, run by a Python of its own, prints as JSON in its last line."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(SAMPLE), str(REPOSITORY)]),
        "PYTHONPYCACHEPREFIX": byte_code(),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def peak() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts what the parent held before exec
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        (line,) = [line for line in lines if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    import resource

    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found / 1024 / (1024 if sys.platform == "darwin" else 1)
