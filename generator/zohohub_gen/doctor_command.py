"""The command that looks at the whole set-up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import profile_option, settings_from, shared_options

if TYPE_CHECKING:
    from zohohub_gen.summaries import Examined
    from zohohub_gen.terminal import Style, Terminal


@click.command(
    short_help="Say what is set up right, and what to do about the rest.",
    epilog="""\b
Examples:
  zohohub-gen doctor
  zohohub-gen doctor -v        with every HTTP call""",
)
@profile_option
@shared_options
@click.pass_obj
def doctor(terminal: Terminal) -> Examined:
    """Look at configuration, snapshot, package, credentials, network, clock, scopes and the org.

    A line each: ✓ right, ✗ wrong, with what to do about it, – not tried, because something
    before it failed.  Exits with 1 if anything is wrong.  Writes nothing; makes one access token,
    and 2 to 7 API calls for a credit each.
    """
    from zohohub_gen.doctor import Finding, State, examine
    from zohohub_gen.summaries import Examined

    signs: dict[State, tuple[str, Style]] = {
        "right": ("✓", "green"),
        "wrong": ("✗", "red"),
        "skipped": ("–", "dim"),
    }
    findings: list[Finding] = []
    with terminal.calls():
        looking = examine(Path(), os.environ, settings_from)
        while True:
            with terminal.working("Looking"):
                finding = next(looking, None)
            if finding is None:
                break
            sign, style = signs[finding.state]
            terminal.words(f"{sign} {finding.subject}: {finding.text}", style)
            findings.append(finding)
    return Examined(findings=tuple(findings), wrong=sum(each.state == "wrong" for each in findings))
