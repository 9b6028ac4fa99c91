"""The command that looks at the whole set-up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import profile_option, settings_from, verbose

if TYPE_CHECKING:
    from zohohub_gen.terminal import Style, Terminal


@click.command(
    short_help="Say what is set up right, and what to do about the rest.",
    epilog="""\b
Examples:
  zohohub-gen doctor
  zohohub-gen doctor -v        with every HTTP call""",
)
@profile_option
@verbose
@click.pass_obj
def doctor(terminal: Terminal) -> int:
    """Look at configuration, snapshot, package, credentials, network, clock, scopes and the org.

    A line each: ✓ right, ✗ wrong, with what to do about it, – not tried, because something
    before it failed.  Exits with 1 if anything is wrong.  Writes nothing; makes one access token,
    and 2 to 7 API calls for a credit each.
    """
    from zohohub_gen.doctor import State, examine
    from zohohub_gen.terminal import flat

    signs: dict[State, tuple[str, Style]] = {
        "right": ("✓", "green"),
        "wrong": ("✗", "red"),
        "skipped": ("–", "dim"),
    }
    wrong = 0
    with terminal.calls():
        for finding in examine(Path(), os.environ, settings_from):
            sign, style = signs[finding.state]
            terminal.say(flat(f"{sign} {finding.subject}: {finding.text}"), style)
            wrong += finding.state == "wrong"
    if not wrong:
        terminal.say("Everything is right.", "bold")
        return 0
    terminal.error(f"{wrong} of these {'is' if wrong == 1 else 'are'} wrong; ✗ marks what to do")
    return 1
