"""What several files of commands share: options, and how their values are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zohohub_gen import completion

if TYPE_CHECKING:
    from zohohub_gen.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

_PROFILE = "zohohub_gen.profile"


_LAST = "Output and help"


class GroupedCommand(click.Command):
    """A command whose help lists its many options by what they are about.

    ``groups`` has the names of the parameters by title; what no group has comes first, and what
    every command takes comes last.
    """

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.groups = {**groups, _LAST: ("output_format", "form", "verbose")}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group."""
        titles = {name: title for title, names in self.groups.items() for name in names}
        records: dict[str, list[tuple[str, str]]] = {
            title: [] for title in ("Options", *self.groups)
        }
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if isinstance(parameter, click.Option) and record is not None:
                is_help = "--help" in parameter.opts  # click's own, whatever it is called
                title = _LAST if is_help else titles.get(parameter.name or "", "Options")
                records[title].append(record)
        for title, lines in records.items():
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)


WHICH_ORG = ("profile", "metadata", "full")
WHAT_TO_MAKE = ("output", "package", "modules", "vendor_runtime")
"""The names of parameters that several commands group in the same way."""


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


def choose_output(
    ctx: click.Context,
    parameter: click.Parameter,  # noqa: ARG001  # click's signature
    value: str,
) -> str:
    """Remember whose output it is, and keep standard output for the document of ``json``."""
    ctx.obj.command = ctx.info_name
    if value == "json" and not ctx.resilient_parsing:
        ctx.with_resource(ctx.obj.for_scripts())
    return value


_output_option = click.option(
    "--output-format",
    type=click.Choice(("text", "json")),
    default="text",
    is_eager=True,
    expose_value=False,
    callback=choose_output,
    help="Lines for people, or one JSON document for scripts.  [text]",
)


def shared_options(function: F) -> F:
    """Add what every command takes."""
    return _output_option(verbose(function))


def _choose_profile(
    ctx: click.Context,
    parameter: click.Parameter,  # noqa: ARG001  # click's signature
    value: str | None,
) -> None:
    if value is not None:
        ctx.meta[_PROFILE] = value


profile_option = click.option(
    "--profile",
    metavar="NAME",
    expose_value=False,
    callback=_choose_profile,
    shell_complete=completion.profiles,
    help="Which org: the settings of [tool.zohohub.profiles.NAME].  [ZOHO_PROFILE]",
)
"""Of every command that reads settings: `settings_from` looks at it by itself."""


def metadata_option(function: F) -> F:
    """Add what says whose metadata to use, and where it is."""
    option = click.option(
        "--metadata",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder of the snapshot.  [zoho_metadata, or zoho_metadata/NAME of a profile]",
    )
    return profile_option(option(function))


vendor_option = click.option(
    "--vendor-runtime/--no-vendor-runtime",
    default=None,
    help="Put a copy of the runtime into the package, which then needs nothing but requests.  [no]",
)

modules_option = click.option(
    "--modules",
    multiple=True,
    metavar="GLOB",
    shell_complete=completion.modules,
    help="Only these modules, by api_name: Leads, 'Custom*'; repeat it, or use commas.  [all]",
)


def package_options(function: F) -> F:
    """Add what says which package to make, of what, and where."""
    for option in (
        modules_option,
        click.option("--package", metavar="NAME", help="Name to import it by.  [zoho_crm]"),
        click.option(
            "--output",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Folder that holds the package.  [.]",
        ),
    ):
        function = option(function)
    return function


def listed(given: Sequence[str]) -> tuple[str, ...]:
    """The values of an option that may be repeated and takes commas."""
    parts = [part.strip() for value in given for part in value.split(",")]
    return tuple(part for part in parts if part)


def settings_from(*, profile: str | None = None, **given: object) -> Settings:
    """The settings that hold here; ``given`` are the options, called as the keys of the file.

    ``profile`` is another profile than that of the command line.
    """
    from zohohub_gen.config import load

    context = click.get_current_context(silent=True)
    if profile is None and context is not None:
        profile = context.meta.get(_PROFILE)
    return load(Path(), os.environ, profile=profile, **given)
