"""The fuzzer itself runs for a minute, from the same seed; `make fuzz` takes longer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import target
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import write_seeds
from tests.support.packages import REPOSITORY

_SECONDS = 60
_MADE = 10
"""Inputs that are no seeds: fewer of them try nothing."""


@pytest.mark.slow
@pytest.mark.trust(
    "Bad input",
    "coverage-guided fuzzer (atheris), `parse` to `render`",
    "bindings or one sentence each time",
)
def test_a_minute_of_fuzzing_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this system")
    # A slow machine may need the time for the seeds alone, which come first: then it gets more.
    for seconds in (_SECONDS, 2 * _SECONDS, 4 * _SECONDS):
        folder = tmp_path / str(seconds)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", str(folder), str(seconds), "1"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=10 * seconds,
            check=False,
        )
        # atheris prints the traceback to stdout and its own words to stderr.
        kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-1000:]}\n{kept}"
        assert not kept
        found = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        assert found is not None
        executed, seeds = int(found[1]), len(list((folder / "seeds").iterdir()))
        if executed > seeds + _MADE:
            break
    covered = re.findall(r" cov: (\d+) ", done.stderr)
    assert executed > seeds + _MADE, f"nothing but the {seeds} seeds in {seconds} s"
    assert int(covered[-1]) > 1000, "coverage does not guide it"
    print(
        f"trust: {executed:,} inputs in {seconds} s; {executed - seeds:,} of them new; "
        f"{int(covered[-1]):,} edges reached"
    )


@pytest.mark.slow
@pytest.mark.trust(
    "Bad input",
    "mutated metadata, without the luck of the fuzzer",
    "bindings or one sentence each time",
)
def test_seeds_and_what_is_made_of_them(tmp_path: Path) -> None:
    """What the fuzzer does, without atheris: on any system, and without its luck."""
    number = write_seeds(tmp_path)
    gave: list[bool] = []
    for count, path in enumerate(sorted(tmp_path.iterdir())):
        seed = path.read_bytes()
        others = (mutated(seed, 60_000, 100 * count + other) for other in range(3))
        gave += [target.run(each) is None for each in (seed, *others)]
    assert len(gave) == 4 * number
    # Both have to be tried: all refused would test nothing.
    assert 0.4 < sum(gave) / len(gave) < 0.99
    print(f"trust: {len(gave)} inputs; {number} seeds; {sum(gave)} gave bindings")


def test_an_input_that_breaks_something_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = target.as_input({"fields/Leads.json": {"fields": [{"api_name": "Name"}]}})
    assert target.run(seed) is None
    assert target.run(b"[") is not None
    with monkeypatch.context() as patch:
        patch.setattr(target.Shares, "files", lambda _: {"__init__.py": "import os"})
        with pytest.raises(AssertionError):
            target.run(seed)
    monkeypatch.setattr(target, "parse", lambda _: {}["missing"])
    with pytest.raises(KeyError):
        target.run(seed)
