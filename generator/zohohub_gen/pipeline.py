"""From a snapshot folder to the package on disk: what ``generate`` and ``check`` do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from zohohub_gen.diagnostics import Diagnostic, GeneratorError
from zohohub_gen.last_run import LastRun, Memory
from zohohub_gen.moves import refuse_half_written, take_back
from zohohub_gen.package import (
    GUARD,
    HEADER,
    LOCK_FILE,
    NOTHING,
    Generated,
    Options,
    Rendered,
    render_package,
)
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.write import Changes, compare_files, read_text, write_files

__all__ = ["LOCK_FILE", "Options", "Outcome", "check", "generate"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``generate`` or ``export`` did, or ``check`` found."""

    package_folder: Path
    created: tuple[Path, ...]
    changed: tuple[Path, ...]
    deleted: tuple[Path, ...]
    unchanged: int
    modules: int
    fields: int
    diagnostics: tuple[Diagnostic, ...]

    @property
    def differs(self) -> bool:
        """True when the package on disk was, or is, not what the snapshot gives."""
        return bool(self.created or self.changed or self.deleted)


def generate(options: Options, work: Work = UNSEEN) -> Outcome:
    """Write the package, and the lock of its names into the snapshot folder.

    ``work`` hears how that goes.  Raises `GeneratorError`; then the package on disk has not
    changed.
    """
    folder = options.output / options.package
    for each in (folder, options.metadata, *options.snapshots):
        take_back(each)
    memory = Memory(options)
    last = memory.recall()
    if last is not None and last.is_current:
        return _as_it_was(options, last)
    memory.inputs()  # whatever changes from here on is not what the package is made from
    rendered = render_package(options, work, last.untouched if last else NOTHING)
    _refuse_foreign_files(folder, rendered.files)
    # The lock goes first: names that the package uses must never be handed out again.
    lock = write_files(options.metadata, {LOCK_FILE: rendered.lock}, owned=_nothing)
    package = write_files(folder, rendered.files, owned=Generated(folder), guard=GUARD)
    memory.keep(rendered)
    return _outcome(options, rendered, package, lock)


def check(options: Options, work: Work = UNSEEN) -> tuple[Outcome, str]:
    """Compare the package on disk with what the snapshot gives; the text is a unified diff.

    Raises `GeneratorError`.
    """
    folder = options.output / options.package
    for each in (folder, options.metadata, *options.snapshots):
        refuse_half_written(each)
    last = Memory(options).recall()
    if last is not None and last.is_current:
        return _as_it_was(options, last), ""
    rendered = render_package(options, work, last.untouched if last else NOTHING)
    package = compare_files(folder, rendered.files, owned=Generated(folder))
    lock_files = {LOCK_FILE: rendered.lock}
    lock = compare_files(options.metadata, lock_files, owned=_nothing)
    text = _diff(folder, rendered.files, package) + _diff(options.metadata, lock_files, lock)
    return _outcome(options, rendered, package, lock), text


def _as_it_was(options: Options, last: LastRun) -> Outcome:
    none = Changes((), (), (), last.files)
    return _outcome(options, last, none, Changes((), (), (), 1))


def _nothing(_path: str) -> bool:
    return False


def _refuse_foreign_files(folder: Path, files: Mapping[str, str]) -> None:
    for path in sorted(files):
        existing = read_text(folder / path)
        if existing and not existing.startswith(HEADER):
            raise GeneratorError(
                f"{folder / path} was not made by zohohub-gen and would be overwritten; move it "
                "away, or choose another --package or --output"
            )


def _outcome(
    options: Options, made: Rendered | LastRun, package: Changes, lock: Changes
) -> Outcome:
    folder = options.output / options.package

    def paths(of_package: tuple[str, ...], of_lock: tuple[str, ...]) -> tuple[Path, ...]:
        return (
            *(folder / path for path in of_package),
            *(options.metadata / path for path in of_lock),
        )

    return Outcome(
        package_folder=folder,
        created=paths(package.created, lock.created),
        changed=paths(package.changed, lock.changed),
        deleted=paths(package.deleted, lock.deleted),
        unchanged=package.unchanged + lock.unchanged,
        modules=len(made.modules),
        fields=sum(made.modules.values()),
        diagnostics=made.diagnostics,
    )


def _diff(folder: Path, files: Mapping[str, str], changes: Changes) -> str:
    pieces: list[str] = []
    for path in sorted((*changes.created, *changes.changed, *changes.deleted)):
        name = (folder / path).as_posix()
        before = read_text(folder / path)
        after = files.get(path)
        lines = unified_diff(
            (before or "").splitlines(keepends=True),
            (after or "").splitlines(keepends=True),
            "/dev/null" if before is None else f"a/{name.lstrip('/')}",
            "/dev/null" if after is None else f"b/{name.lstrip('/')}",
        )
        pieces.extend(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return "".join(pieces)
