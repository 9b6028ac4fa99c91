"""The benchmarks run, and tell of bars that are missed; how long things take is not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.harness import Side, child, compare, peak, timed
from tests.support.packages import REPOSITORY


def taking(*seconds: float) -> Callable[[], float]:
    """A measurement that takes so long, run after run; the first is the warm-up."""
    times: Iterator[float] = iter([99.0, *seconds])
    return lambda: next(times)


def test_ratios_are_those_of_the_same_round(capsys: pytest.CaptureFixture[str]) -> None:
    # The machine was ten times slower in the second round, for both.
    sides = [Side("a", taking(0.1, 1.0, 0.1)), Side("b", taking(0.05, 0.5, 0.05), bar=0.5)]
    assert compare("title", sides, 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "| a | 100.00 ms | 100.00 ms | 1.00 |  |",
        "| b | 50.00 ms | 50.00 ms | 0.50 | ≤ 0.5 |",
    ]


def test_a_bar_that_is_missed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not compare("title", [Side("a", taking(1)), Side("b", taking(2), bar=1.5)], 1)
    assert "| b | 2000.00 ms | 2000.00 ms | 2.00 | ≤ 1.5 MISSED |" in capsys.readouterr().out


def test_a_child_is_a_process_of_its_own() -> None:
    assert child("import sys; print('requests' in sys.modules)\nprint('[1, 2.5]')") == [1, 2.5]
    assert child("import sys, json; print(json.dumps(sys.argv[1:]))", "a b") == ["a b"]
    assert child("import acme_crm, zohohub; print(1)") == 1


def test_the_peak_is_that_of_memory_that_was_freed() -> None:
    program = """
from benchmarks.harness import peak
before = peak()
hoard = b"x" * 200_000_000
del hoard
print(peak() - before)
"""
    assert 180 < child(program) < 220
    assert peak() > 1


def test_timed_is_the_mean_of_its_calls() -> None:
    made: list[int] = []
    assert timed(lambda: made.append(1), number=3) >= 0
    assert made == [1, 1, 1]


def test_the_readme_tells_of_every_benchmark() -> None:
    readme = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## `(\w+)`", readme, re.MULTILINE) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", ["decoding", "imports"])
def test_a_benchmark_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--rounds", "1", name],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    # A bar that one round missed is no failure of this test.
    assert done.returncode in (0, 1)
    assert len(re.findall(r"^\| .*\d ms \| .*\d ms \| \d+\.\d\d \|", done.stdout, re.MULTILINE)) > 3
