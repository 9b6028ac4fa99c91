"""The command that says how two snapshots of an org differ, and what that means for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import (
    WHICH_ORG,
    GroupedCommand,
    choose_output,
    listed,
    metadata_option,
    modules_option,
    settings_from,
    verbose,
)
from zohohub_gen.completion import profiles

if TYPE_CHECKING:
    from zohohub_gen.changes import Change
    from zohohub_gen.comparison import Comparison
    from zohohub_gen.config import Settings
    from zohohub_gen.diagnostics import Diagnostic
    from zohohub_gen.diff_report import Report
    from zohohub_gen.summaries import Compared
    from zohohub_gen.terminal import Terminal

FAIL_ON = ("breaking", "any", "none")


@click.command(
    cls=GroupedCommand,
    groups={
        "What to compare": (*WHICH_ORG, "against", "revision", "modules"),
        "What to make of it": ("usage", "fail_on"),
    },
    short_help="Say what changed in the org, and what it breaks.",
    epilog="""\b
Examples:
  zohohub-gen diff                         zoho_metadata against the org
  zohohub-gen diff sandbox_metadata        against another snapshot
  zohohub-gen diff --from origin/main      what this branch changes
  zohohub-gen diff --profile production --against sandbox
  zohohub-gen diff --usage src --fail-on breaking
  zohohub-gen diff --from origin/main --format github""",
)
@click.argument(
    "folder",
    required=False,
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option(
    "--against",
    metavar="PROFILE",
    shell_complete=profiles,
    help="Compare with the snapshot of this profile: production with sandbox, say.",
)
@click.option(
    "--from",
    "revision",
    metavar="REV",
    help="Compare from the snapshot in this git revision to the one in FOLDER, or in the working "
    "tree.",
)
@click.option(
    "--usage",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="SRC",
    help="Show the places in this file or folder of yours that a change touches; repeat it.",
)
@click.option(
    "--output-format",
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "github")),
    default="text",
    is_eager=True,
    callback=choose_output,
    help="Lines for people, one JSON document for scripts, the text of a pull request, or the "
    "annotations of a GitHub workflow.  --format is the same.  [text]",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="none",
    help="Exit with 1 if something is breaking, or if anything has changed.  [none]",
)
@modules_option
@metadata_option
@verbose
@click.pass_obj
def diff(
    terminal: Terminal,
    *,
    folder: Path | None,
    against: str | None,
    revision: str | None,
    usage: Sequence[Path],
    form: str,
    fail_on: str,
    modules: Sequence[str],
    metadata: Path | None,
) -> Compared:
    """Say what has changed in the org since the snapshot, and what that means for your code.

    Compares the snapshot that your bindings are made from with the org itself (2 calls if nothing
    has changed, else 3 for each module that has), or with the snapshot in FOLDER or of a profile.
    Writes nothing.

    Each change is breaking (some correctly typed code does not type-check with the new bindings),
    risky (it does, but may do something else or be refused by Zoho) or safe.
    """
    from zohohub_gen.collector import paused
    from zohohub_gen.comparison import LIVE, compare_sources, sources
    from zohohub_gen.diff_report import as_document
    from zohohub_gen.report import report_diagnostics
    from zohohub_gen.summaries import Compared

    settings = settings_from(metadata=metadata, modules=listed(modules))
    if against is not None:
        if folder is not None:
            raise click.UsageError(
                f"compare with {folder} or with profile {against}, not with both"
            )
        other = settings_from(profile=against)
        other.refuse_union()
        folder = other.metadata
    with paused():
        old, new = sources(terminal, settings, folder, revision)
        comparison = compare_sources(old, new, settings.choices, is_whole=bool(usage))
        report_diagnostics(terminal, new.diagnostics)
        report = report_of(terminal, comparison, usage, settings)
        print_report(terminal, report, form, settings)
    return Compared(
        **as_document(report),
        fails_on=fail_on,
        failed=fails(comparison.changes, fail_on),
        is_live=comparison.new == LIVE,
        output_format=form,
    )


def report_of(
    terminal: Terminal, comparison: Comparison, usage: Sequence[Path], settings: Settings
) -> Report:
    """What to report of a comparison, with the places in ``usage`` that it touches."""
    from zohohub_gen.diff_report import Report

    if not usage:
        return Report(comparison.old, comparison.new, comparison.changes)
    from zohohub_gen.report import report_diagnostics
    from zohohub_gen.touched import touched
    from zohohub_gen.usages import find_usages

    unread: list[Diagnostic] = []
    found = find_usages(usage, comparison.bindings, settings.package, unread)
    report_diagnostics(terminal, unread)
    places = touched(comparison.changes, found)
    return Report(comparison.old, comparison.new, comparison.changes, places)


def print_report(terminal: Terminal, report: Report, form: str, settings: Settings) -> None:
    """Print a report in one of its forms for people."""
    from functools import partial

    from zohohub_gen import diff_report
    from zohohub_gen.terminal import flat

    if form == "markdown":
        terminal.say(diff_report.as_markdown(report))
    elif form == "github":
        place = partial(diff_report.place_in, settings.metadata)
        for line in diff_report.as_annotations(report, place):
            terminal.say(line)
        terminal.say(flat(diff_report.summary(report)))
    elif form == "text":
        diff_report.print_text(terminal, report)


def fails(changes: Sequence[Change], fail_on: str) -> bool:
    """Whether these changes are what a command was told to fail on."""
    if fail_on == "any":
        return bool(changes)
    return fail_on == "breaking" and any(change.severity == "breaking" for change in changes)
