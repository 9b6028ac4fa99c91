"""Change the files of a folder so that a kill at any moment leaves the old state or the new one.

New files and copies of the old ones are laid into a hidden folder first, then a journal, and only
then is anything moved.  What finds a journal whose writer is gone takes the moves back.  Between a
kill and that day, a package shows a guard in place of its ``__init__.py``, so that no mixture of
old and new modules can be imported.

Such a hidden folder may also come with a repository, from whoever asks to have a change merged.  So
a journal moves nothing from or to elsewhere, and `check` obeys none: it would see another package
than the one that is committed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from zohohub_gen.diagnostics import GeneratorError

_PREFIX = ".zohohub-"
_JOURNAL = "journal.json"
_LOCK = "lock"
_PACKAGE = "__init__.py"
_LAID_OUT = re.compile(r"(?:old|new)-[0-9]+")
"""What files are called in the hidden folder."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What a folder shall hold, and no longer hold, by path inside it."""

    new: Mapping[str, bytes]
    old: Sequence[str]
    """Those that are there now: replaced by new ones, or deleted."""

    @property
    def deleted(self) -> list[str]:
        """Those that are there now, and shall not be."""
        return [path for path in self.old if path not in self.new]


def apply(folder: Path, moves: Moves, guard: bytes | None = None) -> None:
    """Make all moves, or none.

    ``guard`` stands in ``__init__.py`` meanwhile, where more than one file is moved.  Raises
    `OSError` when the disk does not let it, and the folder is as it was; `GeneratorError` where
    taking back fails too, and the next run has to do it.
    """
    if guard is not None and len(moves.new) + len(moves.deleted) > 1:
        moves = _with_package(folder, moves)
    else:
        guard = None
    staging = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    try:
        with _held(staging):
            _stage(folder, staging, moves)
            try:
                _move(folder, staging, moves, guard)
            except BaseException:
                try:
                    _undo(folder, staging)
                except OSError as error:
                    raise GeneratorError(
                        f"{folder} is half written ({error.strerror or error}): run zohohub-gen "
                        "again when the disk works, which restores it first"
                    ) from error
                raise
            (staging / _JOURNAL).unlink()  # from here on, the new state is the one that counts
    finally:
        if not (staging / _JOURNAL).exists():
            shutil.rmtree(staging, ignore_errors=True)


def take_back(folder: Path) -> None:
    """Take back what a run that was killed has left half done.

    Raises `GeneratorError` while another run writes there, when the disk does not let it, or for a
    journal that no run has written.
    """
    for staging in _left(folder):
        try:
            with _held(staging):
                if (staging / _JOURNAL).is_file():
                    _undo(folder, staging)
        except _HeldError:
            if (staging / _JOURNAL).is_file():
                raise GeneratorError(
                    f"another run of zohohub-gen is writing {folder}: wait until it is done"
                ) from None
        except OSError as error:
            raise GeneratorError(
                f"{folder} is half written by a run that was killed, and could not be restored: "
                f"{error.strerror or error}; take it from version control, and delete {staging}"
            ) from error
        else:
            shutil.rmtree(staging, ignore_errors=True)


def refuse_half_written(folder: Path) -> None:
    """Raise `GeneratorError` where `take_back` would have to change something; change nothing."""
    for staging in _left(folder):
        if (staging / _JOURNAL).is_file():
            raise GeneratorError(
                f"{folder} is half written by a run that was killed, or is being written: run "
                f"`zohohub-gen generate`, which restores it first, and commit no {staging}"
            )


def is_inside(path: str) -> bool:
    """Whether a path with forward slashes stays in the folder that it is relative to."""
    parts = PurePosixPath(path)
    leads_out = parts.is_absolute() or ".." in parts.parts or "\\" in path or Path(path).drive
    return bool(parts.parts) and not leads_out


def _left(folder: Path) -> Iterator[Path]:
    """The hidden folders of runs; a link in the place of one is none."""
    for staging in sorted(folder.glob(f"{_PREFIX}*")):
        lock = staging / _LOCK
        if lock.is_file() and not (staging.is_symlink() or lock.is_symlink()):
            yield staging


class _HeldError(Exception):
    """Another process holds the lock."""


@contextmanager
def _held(staging: Path) -> Generator[None]:
    """Hold the lock of a hidden folder, which the system frees when its process dies."""
    from filelock import FileLock, Timeout

    lock = FileLock(staging / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _HeldError from None
    try:
        yield
    finally:
        lock.release()


def _with_package(folder: Path, moves: Moves) -> Moves:
    """The same, in which the package's own file is moved too, and last."""
    path = folder / _PACKAGE
    content = moves.new.get(_PACKAGE)
    if content is None and _PACKAGE not in moves.old and path.exists():
        content = path.read_bytes()
    new = {name: text for name, text in moves.new.items() if name != _PACKAGE}
    old = [name for name in moves.old if name != _PACKAGE]
    if content is not None:
        new[_PACKAGE] = content
    if path.exists():
        old.append(_PACKAGE)
    return Moves(new, old)


def _stage(folder: Path, staging: Path, moves: Moves) -> None:
    """Lay everything beside the folder's files, and last the journal."""
    for number, path in enumerate(moves.old):
        _copy(folder / path, staging / f"old-{number}")
    for number, path in enumerate(moves.new):
        (staging / f"new-{number}").write_bytes(moves.new[path])
    old = set(moves.old)
    journal = {
        "old": {f"old-{number}": path for number, path in enumerate(moves.old)},
        "new": {f"new-{number}": path for number, path in enumerate(moves.new) if path not in old},
    }
    draft = staging / "draft.json"
    draft.write_text(json.dumps(journal), encoding="utf-8")
    draft.replace(staging / _JOURNAL)


def _copy(source: Path, target: Path) -> None:
    """Keep what a file holds: another name for it where the disk has such, since none is edited."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _move(folder: Path, staging: Path, moves: Moves, guard: bytes | None) -> None:
    if guard is not None:
        (staging / "guard").write_bytes(guard)
        (staging / "guard").replace(folder / _PACKAGE)
    for path in moves.deleted:
        if guard is None or path != _PACKAGE:
            (folder / path).unlink()
    for number, path in enumerate(moves.new):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / f"new-{number}").replace(folder / path)
    if guard is not None and _PACKAGE not in moves.new:
        (folder / _PACKAGE).unlink()


def _undo(folder: Path, staging: Path) -> None:
    """Take the moves back that the journal knows of, the package's own file last.

    May be interrupted, and done again.
    """
    journal = _journal(folder, staging)
    for name, path in journal["new"].items():
        if path != _PACKAGE and not (staging / name).exists():
            (folder / path).unlink(missing_ok=True)
            with suppress(OSError):  # it holds something else
                (folder / path).parent.rmdir()
    for name, path in journal["old"].items():
        if (staging / name).exists():
            (staging / name).replace(folder / path)
    if _PACKAGE in journal["new"].values():
        (folder / _PACKAGE).unlink(missing_ok=True)
    (staging / _JOURNAL).unlink()


def _journal(folder: Path, staging: Path) -> dict[str, dict[str, str]]:
    """The journal, in which all moves are between the hidden folder and the one around it."""
    inside = folder.resolve()
    try:
        journal: object = json.loads((staging / _JOURNAL).read_bytes())
        for part in ("old", "new"):
            for name, path in cast("dict[str, dict[str, str]]", journal)[part].items():
                parent = (folder / path).parent.resolve()
                if not (
                    _LAID_OUT.fullmatch(name) and is_inside(path) and parent.is_relative_to(inside)
                ):
                    raise ValueError
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise GeneratorError(
            f"{staging} was left by no run of zohohub-gen, and nothing was taken from it: see who "
            "put it there, and delete it"
        ) from None
    return cast("dict[str, dict[str, str]]", journal)
