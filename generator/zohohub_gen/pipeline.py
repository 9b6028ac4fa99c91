"""From a snapshot folder to the package on disk: parse → name → plan → render → format → write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zohohub_gen.diagnostics import Diagnostic


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
    """What ``generate`` did, or ``check`` found; paths are relative to the current folder."""

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


def generate(options: Options) -> Outcome:
    """Write the package.  Raises `GeneratorError`; then nothing on disk has changed."""
    raise NotImplementedError


def check(options: Options) -> tuple[Outcome, str]:
    """Compare the package on disk with what the snapshot gives; the text is a unified diff."""
    raise NotImplementedError
