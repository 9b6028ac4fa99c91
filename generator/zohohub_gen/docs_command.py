"""The command that writes down what the org is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import metadata_option, settings_from, shared_options

if TYPE_CHECKING:
    from zohohub_gen.dictionary.files import Form
    from zohohub_gen.report import Documented
    from zohohub_gen.terminal import Terminal

_FOLDER = Path("zoho_docs")
_FIRST = {"html": "index.html", "markdown": "README.md"}


@click.command(
    short_help="Write a data dictionary of the org: web pages, or Markdown.",
    epilog="""\b
Examples:
  zohohub-gen docs                          zoho_docs/index.html
  zohohub-gen docs --format markdown --output docs/crm
  zohohub-gen docs --profile sandbox        zoho_docs/sandbox/index.html""",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the pages.  [zoho_docs, or zoho_docs/NAME of a profile]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("html", "markdown")),
    default="html",
    help="Web pages with search and diagrams, or Markdown.  [html]",
)
@metadata_option
@shared_options
@click.pass_obj
def docs(
    terminal: Terminal, *, output: Path | None, form: Form, metadata: Path | None
) -> Documented:
    """Write a data dictionary of the org from the snapshot; works offline.

    One page a module: its fields with types, limits, options and Python names, its layouts and
    related lists, and who looks up whom.  The web pages need no server and no network.

    The whole org is in it; what the settings leave out of the package has no Python name there.
    Only files that this command made are replaced or deleted.
    """
    from zohohub_gen.bindings import read_bindings
    from zohohub_gen.collector import paused
    from zohohub_gen.dictionary.files import write_dictionary
    from zohohub_gen.report import documented

    settings = settings_from(metadata=metadata)
    folder = output or (_FOLDER / settings.profile if settings.profile else _FOLDER)
    options = settings.options()
    with paused(), terminal.working("Reading the metadata") as work:
        bindings, diagnostics = read_bindings(options)
        dictionary, changes = write_dictionary(bindings, folder, form, work)
    return documented(
        folder,
        _FIRST[form],
        changes,
        modules=len(dictionary.modules),
        fields=sum(len(module.fields) for module in dictionary.modules),
        diagnostics=diagnostics,
    )
