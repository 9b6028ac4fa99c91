"""Outcomes → the lines that a command ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub_gen.terminal import flat

if TYPE_CHECKING:
    from zohohub_gen.diagnostics import Diagnostic
    from zohohub_gen.pipeline import Outcome
    from zohohub_gen.pull import PullOutcome
    from zohohub_gen.terminal import Style, Terminal
    from zohohub_gen.write import Changes

_SHOWN = 12


def report_pull(terminal: Terminal, outcome: PullOutcome) -> None:
    """Say what a pull found, wrote and cost."""
    report_diagnostics(terminal, outcome.diagnostics)
    changes = outcome.changes
    report_files(
        terminal,
        *(
            [outcome.folder / path for path in paths]
            for paths in (changes.created, changes.changed, changes.deleted)
        ),
    )
    removed = f", {len(outcome.removed)} gone" if outcome.removed else ""
    left = f" ({outcome.credits_left} left)" if outcome.credits_left is not None else ""
    terminal.say(
        f"{outcome.folder}: {count(outcome.modules, 'module')}, {len(outcome.read)} read"
        f"{removed}; {_changes(changes.created, changes.changed, changes.deleted)}; "
        f"{count(outcome.calls, 'call')}, {count(outcome.calls, 'API credit')}{left}.",
        "bold",
    )


def report_generate(terminal: Terminal, outcome: Outcome) -> None:
    """Say what was generated, and what to do with it."""
    report_diagnostics(terminal, outcome.diagnostics)
    report_files(terminal, outcome.created, outcome.changed, outcome.deleted)
    terminal.say(
        f"{outcome.package_folder}: {count(outcome.modules, 'module')}, "
        f"{count(outcome.fields, 'field')}; "
        f"{_changes(outcome.created, outcome.changed, outcome.deleted)}.",
        "bold",
    )


def report_dictionary(
    terminal: Terminal,
    folder: Path,
    changes: Changes,
    *,
    modules: int,
    fields: int,
    diagnostics: Iterable[Diagnostic],
) -> None:
    """Say what was written down of the org, and where."""
    report_diagnostics(terminal, diagnostics)
    written = (changes.created, changes.changed, changes.deleted)
    report_files(terminal, *([folder / path for path in paths] for paths in written))
    terminal.say(
        f"{folder}: {count(modules, 'module')}, {count(fields, 'field')}; {_changes(*written)}.",
        "bold",
    )


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
