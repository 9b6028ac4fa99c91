"""What commands that write files did, and the lines that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.output import Summary
from zohohub_gen.terminal import flat

if TYPE_CHECKING:
    from zohohub_gen.config import Settings
    from zohohub_gen.pipeline import Outcome
    from zohohub_gen.pull import PullOutcome
    from zohohub_gen.terminal import Style, Terminal
    from zohohub_gen.write import Changes

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled(Summary):
    """What `pull` found, wrote and cost."""

    profile: str | None
    metadata: Path
    modules: int
    read: tuple[str, ...]
    """The api_names of the modules that were new or changed."""
    removed: tuple[str, ...]
    created: tuple[Path, ...]
    changed: tuple[Path, ...]
    deleted: tuple[Path, ...]
    calls: int
    credits_left: int | None
    """What Zoho says is left for the running 24 hours; it says so once half is used."""
    diagnostics: tuple[Diagnostic, ...]

    def remarks(self) -> Sequence[Diagnostic]:
        """What was odd about the metadata."""
        return self.diagnostics

    def show(self, terminal: Terminal) -> None:
        """Print it."""
        written = (self.created, self.changed, self.deleted)
        report_files(terminal, *written)
        removed = f", {len(self.removed)} gone" if self.removed else ""
        left = f" ({self.credits_left} left)" if self.credits_left is not None else ""
        terminal.say(
            f"{self.metadata}: {count(self.modules, 'module')}, {len(self.read)} read{removed}; "
            f"{_changes(*written)}; {count(self.calls, 'call')}, "
            f"{count(self.calls, 'API credit')}{left}.",
            "bold",
        )

    def todo(self) -> str | None:
        """What to do with what is new."""
        if not (self.created or self.changed or self.deleted):
            return None
        words = f" --profile {self.profile}" if self.profile else ""
        if self.changed or self.deleted:
            return (
                f"run `zohohub-gen generate{words}`, see what it breaks with `zohohub-gen diff "
                f"--from HEAD{words}`, and commit {self.metadata}"
            )
        return f"run `zohohub-gen generate{words}`, and commit {self.metadata}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Summary):
    """What a command that works offline made of the metadata.

    ``created``, ``changed`` and ``deleted`` hold the lock of the names too.
    """

    path: Path
    """The folder, or the file of `export`."""
    modules: int
    fields: int
    created: tuple[Path, ...]
    changed: tuple[Path, ...]
    deleted: tuple[Path, ...]
    unchanged: int
    """How many files were right as they were."""
    diagnostics: tuple[Diagnostic, ...]

    def remarks(self) -> Sequence[Diagnostic]:
        """What was odd about the metadata."""
        return self.diagnostics

    def differs(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.changed or self.deleted)

    def show(self, terminal: Terminal) -> None:
        """Print it."""
        report_files(terminal, self.created, self.changed, self.deleted)
        is_update = bool(self.changed or self.deleted)
        unchanged = f", {self.unchanged} unchanged" if is_update and self.unchanged else ""
        terminal.say(
            f"{self.path}: {count(self.modules, 'module')}, {count(self.fields, 'field')}; "
            f"{_changes(self.created, self.changed, self.deleted)}{unchanged}.",
            "bold",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Written):
    """What `generate` wrote."""

    package: str

    def todo(self) -> str | None:
        """How to go on with a new package, or with one that has changed."""
        if not self.differs():
            return None
        if self.changed or self.deleted:
            return f"look at `git diff {self.path}`, run your type checker, and commit"
        return f"commit {self.path}, and use it: from {self.package} import Crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledAndGenerated(Summary):
    """What ``zohohub-gen`` alone did."""

    pull: Pulled
    generate: Generated

    def remarks(self) -> Sequence[Diagnostic]:
        """What was odd about the metadata; that of the pull is said when it ends."""
        return self.generate.diagnostics

    def show(self, terminal: Terminal) -> None:
        """Print what the pull has not printed."""
        self.generate.show(terminal)

    def todo(self) -> str | None:
        """How to go on with a package that has changed."""
        made = self.generate
        if not made.differs():
            return None
        if made.changed or made.deleted:
            return (
                f"look at `git diff {made.path}`, run your type checker, and commit "
                f"{self.pull.metadata} and {made.path}"
            )
        return (
            f"look at the diff, commit {self.pull.metadata} and {made.path}, and use it: "
            f"from {made.package} import Crm"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Written):
    """What `export` wrote."""

    kind: str

    def todo(self) -> str | None:
        """How the file stays current."""
        if not self.differs():
            return None
        return f"commit {self.path}, and run this again after each `zohohub-gen pull`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented(Written):
    """What `docs` wrote."""

    first_page: Path

    def todo(self) -> str | None:
        """Where to begin to read."""
        return f"open {self.first_page}" if self.differs() else None


# --- From outcomes ----------------------------------------------------------------------------


def pulled(settings: Settings, outcome: PullOutcome) -> Pulled:
    """The summary of a pull."""
    changes = outcome.changes
    created, changed, deleted = (
        tuple(outcome.folder / path for path in paths)
        for paths in (changes.created, changes.changed, changes.deleted)
    )
    return Pulled(
        profile=settings.profile,
        metadata=outcome.folder,
        modules=outcome.modules,
        read=outcome.read,
        removed=outcome.removed,
        created=created,
        changed=changed,
        deleted=deleted,
        calls=outcome.calls,
        credits_left=outcome.credits_left,
        diagnostics=outcome.diagnostics,
    )


def generated(settings: Settings, outcome: Outcome) -> Generated:
    """The summary of a package that was generated."""
    return Generated(
        path=outcome.package_folder,
        modules=outcome.modules,
        fields=outcome.fields,
        created=outcome.created,
        changed=outcome.changed,
        deleted=outcome.deleted,
        unchanged=outcome.unchanged,
        diagnostics=outcome.diagnostics,
        package=settings.package,
    )


def exported(kind: str, outcome: Outcome) -> Exported:
    """The summary of an export."""
    return Exported(
        path=outcome.package_folder,
        modules=outcome.modules,
        fields=outcome.fields,
        created=outcome.created,
        changed=outcome.changed,
        deleted=outcome.deleted,
        unchanged=outcome.unchanged,
        diagnostics=outcome.diagnostics,
        kind=kind,
    )


def documented(
    folder: Path,
    first_page: str,
    changes: Changes,
    *,
    modules: int,
    fields: int,
    diagnostics: Sequence[Diagnostic],
) -> Documented:
    """The summary of a data dictionary."""
    created, changed, deleted = (
        tuple(folder / path for path in paths)
        for paths in (changes.created, changes.changed, changes.deleted)
    )
    return Documented(
        path=folder,
        modules=modules,
        fields=fields,
        created=created,
        changed=changed,
        deleted=deleted,
        unchanged=changes.unchanged,
        diagnostics=tuple(diagnostics),
        first_page=folder / first_page,
    )


# --- Lines ------------------------------------------------------------------------------------


def report_diagnostics(terminal: Terminal, diagnostics: Iterable[Diagnostic]) -> None:
    """Print warnings; remarks are counted, or printed where more was asked for."""
    hidden = 0
    for diagnostic in sorted(diagnostics):
        if diagnostic.severity == "warning":
            terminal.note(flat(f"warning: {diagnostic}"), "yellow")
        elif terminal.verbose:
            terminal.note(flat(f"remark: {diagnostic}"), "dim")
        else:
            hidden += 1
    if hidden:
        terminal.note(f"{count(hidden, 'remark')}; -v shows them.", "dim")


def report_files(
    terminal: Terminal, created: Sequence[Path], changed: Sequence[Path], deleted: Sequence[Path]
) -> None:
    """Print the paths of what was written, the first of them unless more was asked for."""
    kinds: tuple[tuple[str, Style, Sequence[Path]], ...] = (
        ("+", "green", created),
        ("~", "yellow", changed),
        ("-", "red", deleted),
    )
    lines: list[tuple[str, Style]] = [
        (flat(f"  {sign} {path}"), style) for sign, style, paths in kinds for path in paths
    ]
    shown = lines if terminal.verbose or len(lines) <= _SHOWN + 1 else lines[:_SHOWN]
    for line, style in shown:
        terminal.say(line, style)
    if len(shown) < len(lines):
        terminal.say(f"  … and {len(lines) - len(shown)} more; -v shows them", "dim")


def _changes(
    created: Sequence[object], changed: Sequence[object], deleted: Sequence[object]
) -> str:
    parts = [
        f"{count(len(what), 'file')} {done}"
        for what, done in ((created, "created"), (changed, "changed"), (deleted, "deleted"))
        if what
    ]
    return ", ".join(parts) or "nothing has changed"


def count(number: int, noun: str) -> str:
    """``1 module``, ``2 modules``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
