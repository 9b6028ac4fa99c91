"""Put files on disk: only those that change, and either all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.moves import Moves, apply, is_inside, take_back

_COMPILED = "__pycache__"


@dataclass(frozen=True, slots=True)
class Changes:
    """What was done, or would be, as sorted paths inside the folder."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.deleted)


def compare_files(
    folder: Path, files: Mapping[str, str], *, owned: Callable[[str], bool]
) -> Changes:
    """Say what `write_files` would do."""
    created: list[str] = []
    changed: list[str] = []
    for path, text in sorted(files.items()):
        _check(path)
        existing = read_text(folder / path)
        if existing is None:
            created.append(path)
        elif existing != text:
            changed.append(path)
    deleted = sorted(path for path in present_files(folder) if path not in files and owned(path))
    unchanged = len(files) - len(created) - len(changed)
    return Changes(tuple(created), tuple(changed), tuple(deleted), unchanged)


def write_files(
    folder: Path,
    files: Mapping[str, str],
    *,
    owned: Callable[[str], bool],
    guard: str | None = None,
) -> Changes:
    """Make the folder hold ``files``, and delete what is owned and not among them.

    Paths are relative to ``folder``, with forward slashes.  All of it is done or nothing, also by a
    process that is killed, see `moves`; ``guard`` stands in ``__init__.py`` meanwhile.  Raises
    `GeneratorError` when the disk does not let it.
    """
    take_back(folder)
    changes = compare_files(folder, files, owned=owned)
    if not changes:
        return changes
    written = (*changes.created, *changes.changed)
    moves = Moves(
        {path: files[path].encode("utf-8", "surrogateescape") for path in written},
        (*changes.changed, *changes.deleted),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        apply(folder, moves, None if guard is None else guard.encode())
    except OSError as error:
        raise GeneratorError(
            f"{folder} could not be written and is as it was: {error.strerror or error}"
        ) from error
    _remove_empty_folders(folder, changes.deleted)
    return changes


def replace_files(files: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Give files that are there other content: all of them or none.

    ``files`` has what each held when it was read, and what it shall hold.  Modes are kept, and a
    link still leads to its file.  Raises `GeneratorError` when the disk does not let it, or one has
    changed since.
    """
    undo: list[Callable[[], object]] = []
    staged: list[Path] = []
    try:
        try:
            moves = [_stage(path, *contents, staged) for path, contents in sorted(files.items())]
            for new, target, old in moves:
                new.replace(target)
                undo.append(partial(old.replace, target))
        except BaseException:
            for step in reversed(undo):
                with suppress(OSError):
                    step()
            raise
        finally:
            for path in staged:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise GeneratorError(
            f"{error.filename} could not be written, and all files are as they were: "
            f"{error.strerror or error}"
        ) from error


def _stage(path: Path, before: bytes, after: bytes, staged: list[Path]) -> tuple[Path, Path, Path]:
    """Lay the new content and a copy of the old beside the file."""
    target = path.resolve()
    if target.read_bytes() != before:
        raise GeneratorError(f"{path} has changed meanwhile; nothing was written: run it again")
    beside: list[Path] = []
    for content in (after, before):
        number, name = tempfile.mkstemp(prefix=".zohohub-", dir=target.parent)
        staged.append(Path(name))
        beside.append(Path(name))
        with os.fdopen(number, "wb") as file:
            file.write(content)
        shutil.copymode(target, name)
    return beside[0], target, beside[1]


def read_text(path: Path) -> str | None:
    """The text of a file; None where there is none.  What is not UTF-8 reads as changed text."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GeneratorError(f"{path} cannot be read: {error.strerror or error}") from error


def present_files(folder: Path) -> Iterator[str]:
    """The files below a folder, as paths inside it; hidden folders and caches are left out."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", _COMPILED))]
        base = Path(parent).relative_to(folder)
        yield from ((base / name).as_posix() for name in names)


def _remove_empty_folders(folder: Path, deleted: tuple[str, ...]) -> None:
    for parent in {(folder / path).parent for path in deleted} - {folder}:
        with suppress(OSError):  # it still holds something
            if [path.name for path in parent.iterdir()] == [_COMPILED]:
                # What Python has made of the files that were deleted.
                shutil.rmtree(parent / _COMPILED)
            parent.rmdir()


def _check(path: str) -> None:
    """The paths come from names in metadata: none may lead out of the folder."""
    if not is_inside(path):
        raise GeneratorError(f"{path!r} is not a path inside the folder; nothing was written")
