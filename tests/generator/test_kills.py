"""A process that is killed while it writes leaves the old state or the new one, never a mixture."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import pytest
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.moves import take_back
from zohohub_gen.package import GUARD
from zohohub_gen.write import write_files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

OLD = {
    "__init__.py": "from package import a, b\n",
    "a.py": "STATE = 'old'\n",
    "b.py": "STATE = 'old'\n",
    "gone.py": "STATE = 'old'\n",
    "sub/c.py": "STATE = 'old'\n",
    "mine.txt": "theirs",
}
NEW = {
    "__init__.py": "from package import a, b\n",
    "a.py": "STATE = 'new'\n",
    "b.py": "STATE = 'new'\n",
    "sub/c.py": "STATE = 'new'\n",
    "deep/down/d.py": "STATE = 'new'\n",
}
KEPT = {**NEW, "mine.txt": "theirs"}
EMPTY: dict[str, str] = {}
WRITES = [(Path, "write_bytes"), (Path, "write_text")]
OPERATIONS = [
    *[(Path, name) for name in ("mkdir", "replace", "rmdir", "unlink")],
    *WRITES,
    (os, "link"),
    (shutil, "rmtree"),
]
When = Literal["before", "in", "after"]


def owned(path: str) -> bool:
    return path.endswith(".py")


def write(folder: Path) -> None:
    write_files(folder, NEW, owned=owned, guard=GUARD)


def contents(folder: Path) -> dict[str, str]:
    """What is seen of a folder: hidden files are of no state."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }


def make(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def killed_at(moment: int, work: Callable[[], object], when: When = "before") -> bool:
    """Do the work in a process that dies at the so-manyth change of the disk; whether it died.

    ``in`` counts what is written into files, and dies when half of it is there.
    """
    child = os.fork()
    if child == 0:
        left = moment

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                nonlocal left
                mine, left = left, left - 1
                if mine == 0 and when == "before":
                    os.kill(os.getpid(), signal.SIGKILL)
                if mine == 0 and when == "in":
                    path, content = arguments
                    arguments = (path, content[: len(content) // 2])
                result = real(*arguments, **options)
                if mine == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            return call

        for place, name in WRITES if when == "in" else OPERATIONS:
            setattr(place, name, counted(getattr(place, name)))
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("when", ["before", "in", "after"])
@pytest.mark.parametrize("before", [OLD, EMPTY], ids=["changed", "created"])
@pytest.mark.trust(
    "Faults, kills, load",
    "`generate` killed before, in and after each change of the disk",
    "the old or the new package, or one that refuses to be imported until the next run restores it",
)
def test_at_each_change_of_the_disk(tmp_path: Path, before: dict[str, str], when: When) -> None:
    kills = guarded = 0
    while True:
        folder = make(tmp_path / f"{kills}" / "package", before)
        if not killed_at(kills, lambda folder=folder: write(folder), when):
            break
        kills += 1
        seen = contents(folder)
        if seen not in (before, KEPT, NEW):
            assert seen["__init__.py"] == GUARD
            guarded += 1
        take_back(folder)
        assert contents(folder) in (before, KEPT, NEW)
        write(folder)
        assert {**contents(folder), "mine.txt": "theirs"} == KEPT
        assert not list(folder.glob(".zohohub-*/journal.json"))
    if when == "in":
        assert kills > 5
    else:
        assert kills > 15
        assert guarded > 3
    print(f"trust: {kills} kills; {guarded} of them in the middle of the moves")


@pytest.mark.slow
def test_a_run_that_restores_may_be_killed_too(tmp_path: Path) -> None:
    """Each moment of taking back, after each moment of writing."""
    kills = 0
    for first in range(40):
        for second in range(40):
            folder = make(tmp_path / f"{first}-{second}" / "package", OLD)
            if not killed_at(first, lambda folder=folder: write(folder)):
                return
            if not killed_at(second, lambda folder=folder: take_back(folder)):
                break
            kills += 1
            take_back(folder)
            assert contents(folder) in (OLD, KEPT)
    assert kills > 50


def test_a_mixture_cannot_be_imported(tmp_path: Path) -> None:
    for moment in range(40):
        folder = make(tmp_path / f"{moment}" / "package", OLD)
        if not killed_at(moment, lambda folder=folder: write(folder)):
            return
        done = subprocess.run(
            [sys.executable, "-c", "from package import a, b; print(a.STATE, b.STATE)"],
            cwd=folder.parent,
            capture_output=True,
            text=True,
        )
        states = done.stdout.split()
        assert states in ([], ["old", "old"], ["new", "new"])
        if not states:
            assert done.stderr.rstrip().endswith(
                "ImportError: a run of zohohub-gen was interrupted while it wrote this package: "
                "run `zohohub-gen generate`"
            )
    raise AssertionError("it wrote more than was thought of")


def test_one_file_needs_no_guard(tmp_path: Path) -> None:
    folder = make(tmp_path / "package", NEW)
    (folder / "a.py").write_text("STATE = 'old'\n")
    seen: set[str] = set()
    for moment in range(40):
        (folder / "a.py").write_text("STATE = 'old'\n")
        if not killed_at(moment, lambda: write(folder)):
            break
        seen.add((folder / "__init__.py").read_text())
        take_back(folder)
    assert seen == {NEW["__init__.py"]}


def test_two_files_need_one(tmp_path: Path) -> None:
    guarded = 0
    for moment in range(40):
        folder = make(tmp_path / f"{moment}" / "package", NEW)
        (folder / "a.py").write_text("STATE = 'old'\n")
        (folder / "b.py").write_text("STATE = 'old'\n")
        if not killed_at(moment, lambda folder=folder: write(folder)):
            break
        seen = contents(folder)
        is_mixed = (seen["a.py"] == NEW["a.py"]) != (seen["b.py"] == NEW["b.py"])
        assert not is_mixed or seen["__init__.py"] == GUARD
        guarded += is_mixed
    assert guarded


def test_the_next_run_restores_by_itself(tmp_path: Path) -> None:
    """Else what the killed run left would be taken back later, over what was written since."""
    restored = 0
    for moment in range(8, 40, 4):
        folder = make(tmp_path / f"{moment}" / "package", OLD)
        if not killed_at(moment, lambda folder=folder: write(folder)):
            break
        restored += bool(list(folder.glob(".zohohub-*/journal.json")))
        write(folder)
        take_back(folder)
        assert contents(folder) == KEPT
    assert restored


# --- a run that goes on -------------------------------------------------------------------------


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Callable[[int], tuple[Path, int]]]:
    """Begins to write a folder in a process that stands still before the so-manyth move."""
    children: list[int] = []

    def stop(move: int) -> tuple[Path, int]:
        folder = make(tmp_path / "package", OLD)
        child = os.fork()
        if child == 0:
            replace = Path.replace
            left = move

            def counted(path: Path, target: Path) -> Path:
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)
                left -= 1
                return replace(path, target)

            Path.replace = counted  # type: ignore[method-assign]  # this process only writes
            try:
                write(folder)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
        assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        return folder, child

    yield stop
    for child in children:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def goes_on(child: int) -> int:
    os.kill(child, signal.SIGCONT)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_nobody_takes_back_what_a_run_is_moving(
    stopped: Callable[[int], tuple[Path, int]],
) -> None:
    folder, child = stopped(3)
    before = contents(folder)
    assert before not in (OLD, KEPT)
    for disturb in (take_back, write):
        with pytest.raises(GeneratorError, match="another run of zohohub-gen is writing"):
            disturb(folder)
        assert contents(folder) == before
    assert goes_on(child) == 0
    assert contents(folder) == KEPT


def test_nobody_takes_away_what_a_run_is_laying_out(
    stopped: Callable[[int], tuple[Path, int]],
) -> None:
    """The first move is that of the journal: until then there is nothing to wait for."""
    folder, child = stopped(0)
    take_back(folder)
    assert contents(folder) == OLD
    assert goes_on(child) == 0
    assert contents(folder) == KEPT
