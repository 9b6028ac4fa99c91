"""The command that opens a Python prompt with a client that is connected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import metadata_option, settings_from, shared_options

if TYPE_CHECKING:
    from zohohub_gen.summaries import Connected
    from zohohub_gen.terminal import Terminal


@click.command(
    short_help="Open a Python prompt with the org connected.",
    epilog="""\b
Examples:
  zohohub-gen console
  zohohub-gen console -c 'print(crm.leads.query().count())'
  zohohub-gen console --live --profile sandbox
  zohohub-gen console < report.py""",
)
@metadata_option
@click.option(
    "--live",
    is_flag=True,
    help="Connect to the org itself, with the credentials of the environment: what is written "
    "there stays.  [an emulated org]",
)
@click.option("-c", "code", metavar="CODE", help="Run this instead of opening a prompt.")
@shared_options
@click.pass_obj
def console(
    terminal: Terminal, *, metadata: Path | None, live: bool, code: str | None
) -> Connected:
    """Open a Python prompt with `crm`, a client that is connected, and the names of the package.

    The org is emulated on this machine: the one of the snapshot folder, with its records or 10
    made-up ones a module, or without such a folder a sample org; what is written is gone
    afterwards.  Where no package was generated yet, one is made in a temporary folder.  IPython is
    used where it is installed.

    With -c, or a program on standard input, that runs instead; the exit code is 1 if it fails.
    """
    from zohohub_gen.console import run

    if terminal.json and code is None and sys.stdin.isatty():
        raise click.UsageError("--output-format json is for programs: give one by -c or a pipe")
    settings = settings_from(metadata=metadata)
    return run(terminal, settings, live=live, code=code, sample=metadata is None)
