"""The command that gives programs the new names of the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import metadata_option, settings_from, shared_options

if TYPE_CHECKING:
    from zohohub_gen.summaries import Migrated
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
@shared_options
@click.pass_obj
def migrate(
    terminal: Terminal,
    *,
    sources: Sequence[Path],
    do_write: bool,
    metadata: Path | None,
    package: str | None,
) -> Migrated:
    """Rewrite your code where the Python name of a module, field or related list has changed.

    The old names are in names.json of the snapshot folder.  SRC are files, and folders with their
    *.py; give all of your code at once, so that what one file takes from another is known.  Shows
    a diff; --write changes the files, all or none.  A place where the type is not known is listed,
    and left as it is.
    """
    from zohohub_gen.migrate import migrate as plan
    from zohohub_gen.migrate import read_bindings, write
    from zohohub_gen.summaries import LeftPlace, Migrated, MigratedFile

    settings = settings_from(metadata=metadata, package=package)
    with terminal.working("Reading your code"):
        migration = plan(sources, read_bindings(settings.options()), settings.package)
    if do_write:
        write(migration)
    return Migrated(
        written=do_write,
        files=tuple(
            MigratedFile(path=each.path, names=each.names, diff=each.diff())
            for each in migration.files
        ),
        left=tuple(
            LeftPlace(path=each.path, line=each.line, column=each.column, why=each.why)
            for each in migration.left
        ),
        diagnostics=migration.diagnostics,
    )
