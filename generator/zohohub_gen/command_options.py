"""What several files of commands share: options, and how their values are read."""

from __future__ import annotations

from collections.abc import Sequence

import click


def _be_verbose(
    ctx: click.Context,
    parameter: click.Parameter,  # noqa: ARG001  # click's signature
    value: bool,
) -> None:
    if value:
        ctx.obj.verbose = True


verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_be_verbose,
    help="Show remarks, every file, each HTTP call, and the traceback of an unexpected error.",
)


def listed(given: Sequence[str]) -> tuple[str, ...]:
    """The values of an option that may be repeated and takes commas."""
    parts = [part.strip() for value in given for part in value.split(",")]
    return tuple(part for part in parts if part)
