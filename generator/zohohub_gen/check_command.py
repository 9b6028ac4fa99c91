"""The command for CI: what is committed is of one piece, and is what the org is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zohohub_gen.command_options import (
    WHAT_TO_MAKE,
    WHICH_ORG,
    GroupedCommand,
    listed,
    metadata_option,
    package_options,
    settings_from,
    shared_options,
    vendor_option,
)
from zohohub_gen.diff_command import FAIL_ON, fails, report_of

if TYPE_CHECKING:
    from zohohub_gen.config import Settings
    from zohohub_gen.pipeline import Outcome
    from zohohub_gen.summaries import Checked, CheckedLine
    from zohohub_gen.terminal import Terminal

_SHOWN_LINES = 200
"""How much of a diff a log can bear: an upgrade of the generator may change each file."""


@click.command(
    cls=GroupedCommand,
    groups={
        "The org": ("live", "fail_on", "usage"),
        "What is committed": (*WHICH_ORG, *WHAT_TO_MAKE),
    },
    short_help="Fail, with a diff, unless the package is current.",
    epilog="""\b
Examples:
  zohohub-gen check
  zohohub-gen check --live
  zohohub-gen check --live --fail-on any --usage src""",
)
@click.option("--live", is_flag=True, help="Compare the snapshot with the org as well.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    help="What to fail on in the org: a breaking change, any change or none.  [breaking]",
)
@click.option(
    "--usage",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="SRC",
    help="Show the places in this file or folder of yours that a change of the org touches.",
)
@metadata_option
@package_options
@vendor_option
@shared_options
@click.pass_obj
def check(
    terminal: Terminal,
    *,
    live: bool,
    fail_on: str | None,
    usage: Sequence[Path],
    metadata: Path | None,
    output: Path | None,
    package: str | None,
    modules: Sequence[str],
    vendor_runtime: bool | None,
) -> Checked:
    """Exit with 1, and a diff, unless the package is what the snapshot gives.

    For CI: fails when somebody edited generated code, committed metadata without the package or
    the lock of its names, or installs a runtime of another interface.  Works offline, and writes
    nothing.

    With --live, the org is asked too: fails when it has changed in a way that breaks code.
    """
    from zohohub_gen.summaries import Checked

    if not live and (fail_on is not None or usage):
        raise click.UsageError("--fail-on and --usage speak of the org: they need --live")
    settings = settings_from(
        metadata=metadata,
        output=output,
        package=package,
        modules=listed(modules),
        vendor_runtime=vendor_runtime,
    )
    checks: list[CheckedLine] = []
    outcome, difference, failures = _offline(terminal, settings, checks)
    org: dict[str, Any] | None = None
    if live:
        org, is_same = _compare_with_org(terminal, settings, usage, fail_on or "breaking", checks)
        if not is_same:
            failures.append(
                f"the org is not what {settings.metadata} was made from; "
                f"run `zohohub-gen{settings.profile_words}`"
            )
    return Checked(
        path=outcome.package_folder,
        modules=outcome.modules,
        fields=outcome.fields,
        checks=tuple(checks),
        created=outcome.created,
        changed=outcome.changed,
        deleted=outcome.deleted,
        diff=difference,
        org=org,
        failures=tuple(failures),
        diagnostics=outcome.diagnostics,
    )


# --- What is committed ------------------------------------------------------------------------


def _offline(
    terminal: Terminal, settings: Settings, checks: list[CheckedLine]
) -> tuple[Outcome, str, list[str]]:
    """Print a line for each thing that has to hold; what differs, and what failed."""
    from zohohub_gen.collector import paused
    from zohohub_gen.pipeline import LOCK_FILE
    from zohohub_gen.pipeline import check as check_package
    from zohohub_gen.report import report_diagnostics

    options = settings.options()
    snapshots = " and ".join(map(str, options.snapshots))
    try:
        with paused(), terminal.working() as work:
            outcome, difference = check_package(options, work)
    except Exception:
        _line(terminal, checks, ok=False, text=f"{snapshots} cannot be used.")
        raise
    report_diagnostics(terminal, outcome.diagnostics)
    _line(
        terminal,
        checks,
        ok=True,
        text=f"{snapshots} can be read: {outcome.modules} modules, {outcome.fields} fields.",
    )
    lock = settings.metadata / LOCK_FILE
    differing = (*outcome.created, *outcome.changed, *outcome.deleted)
    is_locked = lock not in differing
    _line(
        terminal,
        checks,
        ok=is_locked,
        text=f"{lock} is {'up to' if is_locked else 'out of'} date.",
    )
    package = outcome.package_folder
    others = [path for path in differing if path != lock]
    gives = f"what {snapshots} {'give' if options.union else 'gives'}"
    _line(
        terminal,
        checks,
        ok=not others,
        text=f"{package} is not {gives}: {_files(len(others))}."
        if others
        else f"{package} is {gives}.",
    )
    failures: list[str] = []
    if outcome.differs:
        failures.append(
            f"{package if others else lock} is not {gives}; run "
            f"`zohohub-gen generate{settings.profile_words}` and commit what it writes"
        )
    if not settings.choices.vendor_runtime:  # else the package brings the runtime that it needs
        failures += _interface(terminal, outcome, checks)
    _show(terminal, difference)
    return outcome, difference, failures


def _show(terminal: Terminal, difference: str) -> None:
    """Print the diff, its first lines unless more was asked for."""
    lines = difference.splitlines()
    is_short = terminal.verbose or len(lines) <= _SHOWN_LINES
    shown = lines if is_short else lines[:_SHOWN_LINES]
    terminal.diff("\n".join(shown))
    if not is_short:
        terminal.say(f"… and {len(lines) - len(shown)} more lines; -v shows them", "dim")


def _interface(terminal: Terminal, outcome: Outcome, checks: list[CheckedLine]) -> list[str]:
    from zohohub.interface import INTERFACE, OLDEST_INTERFACE

    from zohohub_gen.interface import interface_of

    package = outcome.package_folder
    found = interface_of(package)
    works = found is not None and OLDEST_INTERFACE <= found <= INTERFACE
    if works:
        text = f"{package} works with the installed zohohub (interface {found})."
    elif found is None:
        text = f"{package} does not say for which interface of zohohub it was made."
    else:
        text = (
            f"{package} is for interface {found} of zohohub, and the installed one has {INTERFACE}."
        )
    _line(terminal, checks, ok=works, text=text)
    if found is None or works:
        return []  # a client.py that is missing or edited has failed above
    todo = "upgrade zohohub" if found > INTERFACE else "run `zohohub-gen generate` and commit"
    return [f"{package} does not work with the installed zohohub; {todo}"]


def _files(count: int) -> str:
    return "1 file differs" if count == 1 else f"{count} files differ"


def _line(terminal: Terminal, checks: list[CheckedLine], *, ok: bool, text: str) -> None:
    from zohohub_gen.summaries import CheckedLine

    checks.append(CheckedLine(ok=ok, text=text))
    if ok:
        terminal.words(f"✓ {text}", "green")
    else:
        terminal.words(f"✗ {text}", "red")


# --- The org ----------------------------------------------------------------------------------


def _compare_with_org(
    terminal: Terminal,
    settings: Settings,
    usage: Sequence[Path],
    fail_on: str,
    checks: list[CheckedLine],
) -> tuple[dict[str, Any], bool]:
    """Print how the org differs from the snapshot; that, and whether it is good enough."""
    from zohohub_gen.collector import paused
    from zohohub_gen.comparison import compare_sources, sources
    from zohohub_gen.diff_report import as_document, print_changes, summary
    from zohohub_gen.report import report_diagnostics

    with paused():
        old, new = sources(terminal, settings)
        comparison = compare_sources(old, new, settings.choices, is_whole=bool(usage))
        report_diagnostics(terminal, new.diagnostics)
        report = report_of(terminal, comparison, usage, settings)
        print_changes(terminal, report)
    failed = fails(comparison.changes, fail_on)
    _line(terminal, checks, ok=not failed, text=summary(report))
    return {**as_document(report)}, not failed
