"""From a snapshot folder to the package on disk: parse → name → plan → render → format → write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches, unified_diff
from fnmatch import fnmatchcase
from pathlib import Path

from zohohub_gen.diagnostics import ConfigurationError, Diagnostic, GeneratorError
from zohohub_gen.format import format_files
from zohohub_gen.ir import Schema
from zohohub_gen.names import lock_text, name_schema, read_lock
from zohohub_gen.parse import parse
from zohohub_gen.plan import plan_package
from zohohub_gen.render import HEADER, render
from zohohub_gen.snapshot import read_snapshot
from zohohub_gen.write import Changes, compare_files, read_text, write_files

LOCK_FILE = "names.json"


@dataclass(frozen=True, slots=True)
class Options:
    """What to generate, from where, to where.

    ``output`` is the folder that holds the package folder; ``modules`` are globs of api_names
    (none: every module); ``names`` are the overrides of ``[tool.zohohub.names]``.
    """

    metadata: Path
    output: Path
    package: str
    modules: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    open_picklists: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``generate`` did, or ``check`` found."""

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


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A package in memory."""

    files: Mapping[str, str]
    lock: str
    modules: int
    fields: int
    diagnostics: tuple[Diagnostic, ...]


def generate(options: Options) -> Outcome:
    """Write the package, and the lock of its names into the snapshot folder.

    Raises `GeneratorError`; then the package on disk has not changed.
    """
    rendered = _render(options)
    folder = options.output / options.package
    _refuse_foreign_files(folder, rendered.files)
    # The lock goes first: names that the package uses must never be handed out again.
    lock = write_files(options.metadata, {LOCK_FILE: rendered.lock}, owned=_nothing)
    package = write_files(folder, rendered.files, owned=_Generated(folder))
    return _outcome(options, rendered, package, lock)


def check(options: Options) -> tuple[Outcome, str]:
    """Compare the package on disk with what the snapshot gives; the text is a unified diff."""
    rendered = _render(options)
    folder = options.output / options.package
    package = compare_files(folder, rendered.files, owned=_Generated(folder))
    lock_files = {LOCK_FILE: rendered.lock}
    lock = compare_files(options.metadata, lock_files, owned=_nothing)
    text = _diff(folder, rendered.files, package) + _diff(options.metadata, lock_files, lock)
    return _outcome(options, rendered, package, lock), text


def _render(options: Options) -> _Rendered:
    lock_path = options.metadata / LOCK_FILE
    schema, diagnostics = parse(read_snapshot(options.metadata))
    lock = read_lock(read_text(lock_path), str(lock_path))
    names = name_schema(schema, lock, options.names)
    selected = _select(schema, options.modules)
    plan = plan_package(schema, names, selected, open_picklists=options.open_picklists)
    counts = [len(module.fields) for module in schema.modules if module.api_name in selected]
    return _Rendered(
        files=format_files(render(plan)),
        lock=lock_text(names.lock),
        modules=len(counts),
        fields=sum(counts),
        diagnostics=(*diagnostics, *names.diagnostics),
    )


def _select(schema: Schema, globs: tuple[str, ...]) -> frozenset[str]:
    """The modules that the globs name, and the rows of their subforms."""
    known = [module.api_name for module in schema.modules]
    if not globs:
        return frozenset(known)
    selected: set[str] = set()
    for glob in globs:
        matches = [api_name for api_name in known if fnmatchcase(api_name, glob)]
        if not matches:
            near = get_close_matches(glob, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"no module of the metadata is called {glob!r}{hint}")
        selected.update(matches)
    for module in schema.modules:
        if module.api_name in selected:
            rows = (getattr(item.type, "module", None) for item in module.fields if _has_rows(item))
            selected.update(row for row in rows if row in known)
    return frozenset(selected)


def _has_rows(item: object) -> bool:
    return getattr(item, "data_type", None) == "subform"


class _Generated:
    """Tells the files of a package that the generator made, by their first line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, path: str) -> bool:
        if not path.endswith(".py"):
            return False
        return (read_text(self._folder / path) or "").startswith(HEADER)


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


def _outcome(options: Options, rendered: _Rendered, package: Changes, lock: Changes) -> Outcome:
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
        modules=rendered.modules,
        fields=rendered.fields,
        diagnostics=rendered.diagnostics,
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
