"""Paired runs: every round runs each side once, so that a busy machine is slow for all of them.

A benchmark is a module of this folder with a function ``main(rounds)``, which prints what it has
measured by `compare` and returns the rows of the table in results.md.
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
from collections.abc import Callable, Mapping, Sequence
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
    warm: bool = True
    """Whether it runs once before the rounds, which writes byte code and fills caches."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of results: some work, what it took, and beside what."""

    work: str
    took: str
    beside: str
    figure: str
    """What the bar is about: a ratio, a time, a number of calls."""
    bar: str
    held: bool
    excess: float
    """The figure over its bar, or the bar over it where more is better: above 1 it is missed."""


def at_most(
    work: str, value: float, bar: float, *, unit: str, beside: str = "", took: str = ""
) -> Row:
    """A row whose figure must not be above ``bar``."""
    return Row(
        work, took, beside, _figure(value, unit), f"≤ {bar:,g}{unit}", value <= bar, value / bar
    )


def at_least(
    work: str, value: float, bar: float, *, unit: str, beside: str = "", took: str = ""
) -> Row:
    """A row whose figure must not be below ``bar``."""
    return Row(
        work, took, beside, _figure(value, unit), f"≥ {bar:,g}{unit}", value >= bar, bar / value
    )


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f}{unit}" if value >= 100 else f"{value:.2f}{unit}"


class Times:
    """The seconds that each side took, in each round.

    A ratio is the median of the ratios in the same round.
    """

    def __init__(self, seconds: Mapping[str, Sequence[float]]) -> None:
        self.seconds = seconds

    def median(self, name: str) -> float:
        return median(self.seconds[name])

    def ratio(self, name: str, other: str) -> float:
        """How many times as long ``name`` takes as ``other``."""
        pairs = zip(self.seconds[name], self.seconds[other], strict=True)
        return median(one / two for one, two in pairs)

    def beyond(self, name: str, other: str) -> float:
        """How many seconds ``name`` takes more than ``other``."""
        pairs = zip(self.seconds[name], self.seconds[other], strict=True)
        return median(one - two for one, two in pairs)

    def no_slower(self, work: str, name: str, other: str, bar: float) -> Row:
        """A row: ``name`` takes at most ``bar`` times as long as ``other``."""
        return at_most(work, self.ratio(name, other), bar, unit=" ×", **self._both(name, other))

    def faster(self, work: str, name: str, other: str, bar: float) -> Row:
        """A row: ``other`` takes at least ``bar`` times as long as ``name``."""
        return at_least(work, self.ratio(other, name), bar, unit=" ×", **self._both(name, other))

    def within(self, work: str, name: str, bar: float) -> Row:
        """A row: ``name`` takes at most ``bar`` seconds."""
        return at_most(work, self.median(name), bar, unit=" s", took=shown(self.median(name)))

    def _both(self, name: str, other: str) -> dict[str, str]:
        beside = f"{other}: {shown(self.median(other))}"
        return {"took": shown(self.median(name)), "beside": beside}


def compare(title: str, sides: Sequence[Side], rounds: int) -> Times:
    """Measure all sides and print their times, with their ratio to the first side."""
    for side in sides:
        if side.warm:
            side.measure()
    measured = [[side.measure() for side in sides] for _ in range(rounds)]
    names = [side.name for side in sides]
    times = Times(dict(zip(names, zip(*measured, strict=True), strict=True)))
    print(f"\n{title}, {rounds} rounds\n\n| | min | median | ratio |\n|---|--:|--:|--:|")
    for name, seconds in times.seconds.items():
        ratio = times.ratio(name, names[0])
        print(f"| {name} | {shown(min(seconds))} | {shown(median(seconds))} | {ratio:.2f} |")
    sys.stdout.flush()
    return times


def shown(seconds: float) -> str:
    """A time in the unit that suits it."""
    return f"{seconds:,.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


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


def environment(*, path: Sequence[Path | str] = ()) -> dict[str, str]:
    """That of a child process: byte code is kept; ``path`` is looked in for modules."""
    found = os.environ | {"PYTHONPYCACHEPREFIX": byte_code()}
    if path:
        found["PYTHONPATH"] = os.pathsep.join(map(str, path))
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def child(program: str, *arguments: str, path: Sequence[Path | str] = ()) -> Any:
    """What a program, run by a Python of its own, prints as JSON in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment(path=[*path, SAMPLE, REPOSITORY]),
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
