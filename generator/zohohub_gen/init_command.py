"""The command that sets a project up: its options, its questions, and what it says at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from zohohub_gen.command_options import (
    WHAT_TO_MAKE,
    WHICH_ORG,
    GroupedCommand,
    listed,
    metadata_option,
    package_options,
    settings_from,
    shared_options,
)

if TYPE_CHECKING:
    from zohohub_gen.diagnostics import ConfigurationError
    from zohohub_gen.init import Extra, Project
    from zohohub_gen.summaries import Initialised
    from zohohub_gen.terminal import Terminal

Reader: TypeAlias = Callable[[str, str], Any]
"""Takes a place, which a refusal names, and a text; gives the value."""

_QUESTIONS: dict[Extra, str] = {
    "github": "A GitHub workflow that opens a pull request when the org has changed?",
    "gitlab": "A GitLab job that opens a merge request when the org has changed?",
    "pre-commit": "A pre-commit hook that checks the package?",
    "pytest": "An example of a test against a local Zoho CRM?",
}


@click.command(
    cls=GroupedCommand,
    groups={
        "Settings": ("data_centre", *WHICH_ORG, *WHAT_TO_MAKE),
        "Files on request": ("github", "gitlab", "pre_commit", "pytest"),
    },
    short_help="Set a project up: settings, .gitignore, CI.",
    epilog="""\b
Examples:
  zohohub-gen init
  zohohub-gen init --yes --data-centre eu --modules Leads,Deals --github
  zohohub-gen init --gitlab     in a project that has its settings""",
)
@click.option(
    "--data-centre", metavar="NAME", help="Where the org is: us eu in au jp cn ca sa uk ae.  [us]"
)
@metadata_option
@package_options
@click.option("--github", is_flag=True, help="Write a workflow that opens pull requests.")
@click.option("--gitlab", is_flag=True, help="Write a job that opens merge requests.")
@click.option("--pre-commit", is_flag=True, help="Write a hook that runs `zohohub-gen check`.")
@click.option("--pytest", is_flag=True, help="Write an example of a test against the emulator.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: what no option tells is as usual.")
@shared_options
@click.pass_obj
def init(
    terminal: Terminal,
    *,
    data_centre: str | None,
    metadata: Path | None,
    output: Path | None,
    package: str | None,
    modules: Sequence[str],
    github: bool,
    gitlab: bool,
    pre_commit: bool,
    pytest: bool,
    yes: bool,
) -> Initialised:
    """Set a project up for zohohub-gen.

    Asks what no option tells; without a terminal, or with --yes, it takes the defaults.  Adds
    [tool.zohohub] to pyproject.toml and lines to .gitignore, and the rest on request.  What is in
    a file stays in it.  Needs no account.
    """
    from zohohub_gen.init import EXTRAS, find_project, plan, write
    from zohohub_gen.summaries import Initialised

    given = {
        "data_centre": data_centre,
        "output": str(output.absolute()) if output else None,
        "package": package,
        "metadata": str(metadata.absolute()) if metadata else None,
        "modules": ",".join(listed(modules)) or None,
    }
    chosen = zip(EXTRAS, (github, gitlab, pre_commit, pytest), strict=True)
    extras: list[Extra] = [extra for extra, wanted in chosen if wanted]
    project = find_project(Path())
    if project.settings is not None:
        if not extras or any(given.values()):
            raise _is_there(project, project.settings)
        settings = settings_from()
        planned = plan(project, settings, extras, None)
    else:
        asks = not (yes or terminal.json) and sys.stdin.isatty() and sys.stderr.isatty()
        values = _values(project, given, asks=asks)
        if asks:
            extras = [each for each in EXTRAS if each in extras or _wants(_QUESTIONS[each])]
        folders = {key: project.folder / values[key] for key in ("output", "metadata")}
        settings = settings_from(**values | folders)
        planned = plan(project, settings, extras, _table(values))
    changes = write(project, planned)
    created, changed = (
        tuple(Path(os.path.relpath(project.root / path)) for path in paths)
        for paths in (changes.created, changes.changed)
    )
    return Initialised(
        is_new=project.settings is None,
        has_credentials=settings.has_credentials,
        created=created,
        changed=changed,
        notes=tuple(planned.notes),
    )


def _is_there(project: Project, settings: Mapping[str, object]) -> ConfigurationError:
    from zohohub_gen.config_values import listed as in_words
    from zohohub_gen.diagnostics import ConfigurationError

    file = os.path.relpath(project.folder / "pyproject.toml")
    return ConfigurationError(
        f"{file} has [tool.zohohub] with {in_words([*settings]) or 'no keys'}, which stays: change "
        "it there; --github, --gitlab, --pre-commit and --pytest, without settings, add files to "
        "the project"
    )


# --- Questions --------------------------------------------------------------------------------


def _values(project: Project, given: Mapping[str, str | None], *, asks: bool) -> dict[str, Any]:
    """The settings by key: given, asked for, or the usual ones."""
    from zohohub.data_centres import DATA_CENTRES

    from zohohub_gen import config_values

    def folder(place: str, text: str) -> str:
        return project.inside(place, project.folder / config_values.text(place, text))

    def modules(place: str, text: str) -> tuple[str, ...]:
        names = [*listed([text])]
        return config_values.globs(place, names) if names else ()

    def value(key: str, question: str | None, default: str, read: Reader) -> Any:
        option = f"--{key.replace('_', '-')}"
        text = given[key]
        if text is not None or question is None or not asks:
            return read(option, default if text is None else text)
        return _answer(question, default, read)

    centres = " ".join(DATA_CENTRES)
    values = {
        "data_centre": value(
            "data_centre",
            f"Data centre: {centres}",
            os.environ.get("ZOHO_DC") or "us",
            config_values.one_of(*DATA_CENTRES),
        ),
        "output": value("output", "Folder that holds the package", project.output(), folder),
    }
    package = project.package(values["output"])
    values["package"] = value(
        "package", "Name to import the package by", package, config_values.package
    )
    values["metadata"] = value("metadata", None, "zoho_metadata", folder)
    values["modules"] = value(
        "modules", "Modules, such as Leads,Custom*; none for all", "", modules
    )
    return values


def _answer(question: str, default: str, read: Reader) -> Any:
    from zohohub_gen.diagnostics import ConfigurationError

    def convert(text: str) -> Any:
        try:
            return read("the answer", text)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from error

    return click.prompt(
        question, default=default, show_default=bool(default), value_proc=convert, err=True
    )


def _wants(question: str) -> bool:
    return click.confirm(question, default=False, err=True)


def _table(values: Mapping[str, Any]) -> dict[str, object]:
    """The settings as the file gets them: without those that are the tool's own defaults."""
    table: dict[str, object] = {"package": values["package"]}
    if values["output"] != ".":
        table["output"] = values["output"]
    if values["metadata"] != "zoho_metadata":
        table["metadata"] = values["metadata"]
    if values["modules"]:
        table["modules"] = [*values["modules"]]
    return table | {"data_centre": values["data_centre"]}
