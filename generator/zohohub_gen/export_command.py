"""The command that gives the org's records to other libraries and languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from zohohub_gen.command_options import (
    listed,
    metadata_option,
    modules_option,
    settings_from,
    shared_options,
)

if TYPE_CHECKING:
    from zohohub_gen.export.files import Kind
    from zohohub_gen.report import Exported
    from zohohub_gen.terminal import Terminal

_KINDS = ("json-schema", "openapi", "pydantic", "msgspec", "typeddict", "attrs")


@click.command(
    short_help="Give other libraries and languages the types of the records.",
    epilog="""\b
Examples:
  zohohub-gen export --as json-schema
  zohohub-gen export --as pydantic --output src/app/crm_models.py
  zohohub-gen export --as openapi --modules Leads,Deals""",
)
@click.option(
    "--as", "kind", type=click.Choice(_KINDS), required=True, help="What to make of the records."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or the folder for it.  [such as ./zoho_crm_pydantic.py, zoho_crm.schema.json]",
)
@modules_option
@metadata_option
@shared_options
@click.pass_obj
def export(
    terminal: Terminal,
    *,
    kind: str,
    output: Path | None,
    modules: Sequence[str],
    metadata: Path | None,
) -> Exported:
    """Make one file with the types of the org's records, for what is not the package's work.

    Works offline, from the snapshot folder, with the names and choices of the package.  Python
    kinds keep the api_names: a record as Zoho sends it goes in.  Fields may be missing, null, and
    hold options that a picklist does not offer.  openapi adds what writes take.
    """
    from zohohub_gen.export.files import export as export_records
    from zohohub_gen.report import exported

    settings = settings_from(metadata=metadata, modules=listed(modules))
    with terminal.working() as work:
        outcome = export_records(settings.options(), cast("Kind", kind), output, work)
    return exported(kind, outcome)
