"""The benchmarks run, and tell of bars that are missed; how long things take is not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import results
from benchmarks.__main__ import NAMES
from benchmarks.harness import Side, Times, at_least, at_most, child, compare, peak, timed
from tests.support.packages import REPOSITORY


def taking(*seconds: float) -> Callable[[], float]:
    """A measurement that takes so long, run after run; the first is the warm-up."""
    times: Iterator[float] = iter([99.0, *seconds])
    return lambda: next(times)


def test_ratios_are_those_of_the_same_round(capsys: pytest.CaptureFixture[str]) -> None:
    # The machine was ten times slower in the second round, for both.
    sides = [Side("a", taking(0.1, 1.0, 0.1)), Side("b", taking(0.05, 0.5, 0.05))]
    times = compare("title", sides, 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "| a | 100.00 ms | 100.00 ms | 1.00 |",
        "| b | 50.00 ms | 50.00 ms | 0.50 |",
    ]
    assert times.ratio("a", "b") == 2
    assert times.beyond("a", "b") == 0.05


def test_what_takes_minutes_has_no_warm_up() -> None:
    times = compare("title", [Side("a", taking(), warm=False)], 1)
    assert times.median("a") == 99.0


def test_rows_say_whether_a_bar_was_held() -> None:
    times = Times({"ours": [1.0, 2.0], "theirs": [10.0, 20.0]})
    assert times.no_slower("w", "ours", "theirs", 0.2).held
    missed = times.no_slower("w", "theirs", "ours", 4)
    assert (missed.held, missed.figure, missed.bar, missed.excess) == (
        False,
        "10.00 ×",
        "≤ 4 ×",
        2.5,
    )
    assert missed.beside == "ours: 1.50 s"
    faster = times.faster("w", "ours", "theirs", 20)
    assert (faster.held, faster.figure, faster.bar, faster.excess) == (
        False,
        "10.00 ×",
        "≥ 20 ×",
        2,
    )
    assert times.faster("w", "ours", "theirs", 10).held
    assert times.within("w", "ours", 1.5).held
    assert not times.within("w", "ours", 1.4).held


ROWS = [
    at_most("read `x` & y", 0.5, 2, unit=" s", took="0.50 s"),
    at_least("write", 3, 10, unit=" ×", beside="`them`: 4.00 s"),
]


def test_the_results_say_what_was_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "REPOSITORY", tmp_path)
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(results, "PLOT", tmp_path / "docs" / "images" / "plot.svg")
    results.write_results(ROWS)
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "1 of 2 bars are reached" in text
    assert "| read `x` & y | 0.50 s |  | 0.50 s | ≤ 2 s | reached |" in text
    assert "| write |  | `them`: 4.00 s | 3.00 × | ≥ 10 × | **MISSED** |" in text
    assert "(../docs/images/plot.svg)" in text
    assert re.search(r"\d cores.*Python 3\.\d+.*requests \d", text)


def test_the_plot_is_an_image_without_anything_from_outside() -> None:
    image = ElementTree.fromstring(results.plot(ROWS))
    bars = [each.attrib for each in image.iter() if each.tag.endswith("rect")]
    assert [bar["class"] for bar in bars] == ["held", "missed"]
    middle = float(next(each for each in image.iter() if each.tag.endswith("line")).attrib["x1"])
    assert float(bars[0]["x"]) < middle == float(bars[1]["x"]), "better is on the left"
    words = [each.text for each in image.iter() if each.tag.endswith("text")]
    assert "read x & y" in words
    assert "write, beside them" in words
    assert "http" not in results.plot(ROWS).replace("http://www.w3.org/2000/svg", "")


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
    assert re.findall(r"^## `(\w+)`", readme, re.MULTILINE) == list(NAMES)
    files = (REPOSITORY / "benchmarks").glob("*.py")
    found = {path.stem for path in files if "\ndef main(rounds: int)" in path.read_text("utf-8")}
    assert found == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["creating", "imports", "listing"])
def test_a_benchmark_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--rounds", "1", name],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    # A bar that one round missed is no failure of this test.
    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"^\| .* \| [≤≥] [\d.]+ .* \| (reached|\*\*MISSED\*\*) \|$", done.stdout, re.M)
