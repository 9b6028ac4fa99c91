"""The command that gives programs the new names of the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import metadata_option, settings_from, verbose

if TYPE_CHECKING:
    from zohohub_gen.migrate import Migration
    from zohohub_gen.terminal import Terminal


@click.command(
    short_help="Give your code the new names of the package.",
    epilog="""\b
Examples:
  zohohub-gen migrate src tests            shows what would change
  zohohub-gen migrate src tests --write    and does it""",
)
@click.argument(
    "sources",
    metavar="SRC...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option("--write", "do_write", is_flag=True, help="Change the files.  [show a diff]")
@metadata_option
@click.option("--package", metavar="NAME", help="Name that your code imports.  [zoho_crm]")
@verbose
@click.pass_obj
def migrate(
    terminal: Terminal,
    *,
    sources: Sequence[Path],
    do_write: bool,
    metadata: Path | None,
    package: str | None,
) -> int:
    """Rewrite your code where the Python name of a module, field or related list has changed.

    The old names are in names.json of the snapshot folder.  SRC are files, and folders with their
    *.py; give all of your code at once, so that what one file takes from another is known.  Shows
    a diff; --write changes the files, all or none.  A place where the type is not known is listed,
    and left as it is.
    """
    from zohohub_gen.migrate import migrate as plan
    from zohohub_gen.migrate import read_bindings, write

    settings = settings_from(metadata=metadata, package=package)
    migration = plan(sources, read_bindings(settings.options()), settings.package)
    if do_write:
        write(migration)
        for each in migration.files:
            terminal.say(f"  ~ {each.path}", "yellow")
    else:
        for each in migration.files:
            terminal.diff(each.diff())
    _report(terminal, migration, written=do_write)
    return 0


def _report(terminal: Terminal, migration: Migration, *, written: bool) -> None:
    from zohohub_gen.report import count, report_diagnostics
    from zohohub_gen.terminal import flat

    report_diagnostics(terminal, migration.diagnostics)
    if migration.left:
        terminal.note("Left as it is, for you to decide:", "yellow")
        for each in migration.left:
            terminal.note(flat(f"  {each}"))
    total = f"{count(migration.names, 'name')} in {count(len(migration.files), 'file')}"
    if not migration.files:
        terminal.say("No old name is certain to be used; nothing to change.", "bold")
    elif written:
        terminal.say(f"Changed {total}.", "bold")
        terminal.say("Next: run your type checker and your tests, and look at the diff")
    else:
        terminal.say(f"Would change {total}.", "bold")
        terminal.say("Next: run the same command with --write")
