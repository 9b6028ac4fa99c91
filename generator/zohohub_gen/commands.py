"""The commands, their options and their help.  What they do is elsewhere.

In the help, click leaves a paragraph after a backspace character as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.check_command import check
from zohohub_gen.command_options import (
    WHAT_TO_MAKE,
    WHICH_ORG,
    GroupedCommand,
    listed,
    metadata_option,
    package_options,
    profile_option,
    settings_from,
    shared_options,
    vendor_option,
    verbose,
)
from zohohub_gen.completion_command import completion
from zohohub_gen.console_command import console
from zohohub_gen.diff_command import diff
from zohohub_gen.docs_command import docs
from zohohub_gen.doctor_command import doctor
from zohohub_gen.emulator_command import emulator
from zohohub_gen.export_command import export
from zohohub_gen.init_command import init
from zohohub_gen.migrate_command import migrate

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from zohohub_gen.config import Settings
    from zohohub_gen.output import Summary
    from zohohub_gen.pull import PullOutcome
    from zohohub_gen.terminal import Terminal

_DEFAULT = "pull-and-generate"
_GROUPS = {
    "To begin with": ("init", "login", "doctor"),
    "Every day": ("pull", "generate", "check", "diff", "migrate"),
    "For others": ("export", "docs"),
    "Without a Zoho account": ("demo", "emulator", "console"),
    "Your shell": ("completion",),
}


class _Commands(click.Group):
    """A group whose default command takes options too, listed by what one wants."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)  # a shell that asks which commands there are
        own = [
            name
            for parameter in self.get_params(ctx)
            for name in (*parameter.opts, *parameter.secondary_opts)
        ]
        first = next((index for index, given in enumerate(args) if given not in own), len(args))
        if first == len(args) and not {"-h", "--help", "--version"}.intersection(args):
            args = [*args, _DEFAULT]
        elif first < len(args) and args[first].startswith("-"):
            args = [*args[:first], _DEFAULT, *args[first:]]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and options of the group and of its default command."""
        found = super().shell_complete(ctx, incomplete)
        if not incomplete.startswith("-"):
            return found
        known = {item.value for item in found}
        default = self.commands[_DEFAULT]
        with click.Context(default, parent=ctx, resilient_parsing=True) as own:
            more = default.shell_complete(own, incomplete)
        return [*found, *(item for item in more if item.value not in known)]

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        for title, names in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(80)) for name in names]
                )


_full = click.option(
    "--full",
    is_flag=True,
    help="Read every module again: after the permissions or scopes of the user were changed, "
    "which leaves no mark on a module.",
)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  zohohub-gen demo             watch it work, without an account
  zohohub-gen                  metadata of your org -> typed package
  zohohub-gen check            in CI: is the committed package current?
  zohohub-gen diff             what has changed in the org, and what it breaks
  zohohub-gen pull --profile sandbox
                               the org of [tool.zohohub.profiles.sandbox]

\b
Credentials and place of the org, from the environment:
  ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN
  ZOHO_TOKEN_FILE   instead of a refresh token: what `login --store` made
  ZOHO_DC           us (default) eu in au jp cn ca sa uk ae
  ZOHO_ENVIRONMENT  production (default) sandbox developer
  ZOHO_ACCOUNTS_URL, ZOHO_API_DOMAIN   for the emulator and odd set-ups
  ZOHO_PROFILE      instead of --profile; ZOHO_SANDBOX_DC and so on are
                    those of the profile sandbox
Everything else from [tool.zohohub] of the nearest pyproject.toml.
Options win over the environment, and that wins over the file.

\b
For scripts, every command takes --output-format json: one document on
standard output, also when something goes wrong.

\b
Exit codes: 0 all is well, 1 something differs or went wrong,
2 wrong usage or configuration, 130 interrupted.""",
)
@verbose
@click.version_option(package_name="zohohub", prog_name="zohohub-gen")
def commands() -> None:
    """Typed Python bindings for your own Zoho CRM org.

    Without a command: pull, then generate, with the options of both, as in
    `zohohub-gen --profile sandbox --modules Leads,Deals`.
    """


@commands.command(
    _DEFAULT,
    cls=GroupedCommand,
    groups={"Which org": WHICH_ORG, "What to make": WHAT_TO_MAKE},
    hidden=True,
    epilog="""\b
Examples:
  zohohub-gen
  zohohub-gen --profile sandbox --modules Leads,Deals
  zohohub-gen --output-format json""",
)
@metadata_option
@package_options
@vendor_option
@_full
@shared_options
@click.pass_obj
def pull_and_generate(
    terminal: Terminal,
    *,
    metadata: Path | None,
    output: Path | None,
    package: str | None,
    modules: Sequence[str],
    vendor_runtime: bool | None,
    full: bool,
) -> Summary:
    """Pull the metadata of the org, then generate the package from it."""
    from zohohub_gen.output import present
    from zohohub_gen.pipeline import generate
    from zohohub_gen.report import PulledAndGenerated, generated, pulled

    settings = settings_from(
        metadata=metadata,
        output=output,
        package=package,
        modules=listed(modules),
        vendor_runtime=vendor_runtime,
    )
    pulled_now = pulled(settings, _pull(terminal, settings, full=full))
    present(terminal, pulled_now)
    with terminal.working() as work:
        outcome = generate(settings.options(), work)
    return PulledAndGenerated(pull=pulled_now, generate=generated(settings, outcome))


@commands.command(
    short_help="Get a refresh token, in the browser or for a code.",
    epilog="""\b
Examples:
  zohohub-gen login --store ~/.zoho_tokens.json
  export ZOHO_REFRESH_TOKEN=$(zohohub-gen login)
  zohohub-gen login --scopes default,bulk,attachments
  zohohub-gen login --code -        asks for the code of a self client""",
)
@profile_option
@click.option(
    "--code",
    metavar="CODE",
    help="Exchange this code of a self client, instead of asking in a browser.  With - it is read "
    "from standard input, where neither the list of processes nor the shell's history shows it.",
)
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Store the tokens in this file, instead of printing the refresh token.  [ZOHO_TOKEN_FILE]",
)
@click.option(
    "--scopes",
    multiple=True,
    metavar="SCOPE",
    help="Ask for these scopes, or those of a feature such as bulk, or all; repeat it, or use "
    "commas.  [default: pull, records, queries and search]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    default=8421,
    help="Port of the redirect URI, http://127.0.0.1:PORT/callback.  [8421]",
)
@shared_options
@click.pass_obj
def login(
    terminal: Terminal,
    *,
    code: str | None,
    store: Path | None,
    scopes: Sequence[str],
    port: int,
) -> Summary:
    """Get a refresh token: the consent page opens, and its answer comes back to this machine.

    The client of the API console has to be a server-based one that lists the redirect URI
    http://127.0.0.1:8421/callback.  A self client gives its codes in the console instead: --code.

    Prints nothing but the token on standard output.  Needs ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET.
    """
    from zohohub_gen.diagnostics import ConfigurationError
    from zohohub_gen.login import login as log_in
    from zohohub_gen.scopes import scopes_of

    settings = settings_from(token_file=store)
    if code is not None and scopes:
        raise ConfigurationError(
            "--scopes goes to the consent page: those of a code were chosen where it was made"
        )
    wanted = scopes_of(listed(scopes) or ("default",))
    if code == "-":
        code = _secret("Code of the self client")
    return log_in(terminal, settings, code=code, scopes=wanted, port=port)


@commands.command(
    short_help="Read the org's metadata into the snapshot folder.",
    epilog="""\b
Examples:
  zohohub-gen pull
  zohohub-gen pull --profile sandbox""",
)
@metadata_option
@_full
@shared_options
@click.pass_obj
def pull(terminal: Terminal, *, metadata: Path | None, full: bool) -> Summary:
    """Read the org's metadata into the snapshot folder.

    Asks for the modules, and for the fields and layouts of those that are new or have changed:
    one call each, one API credit each, two calls when nothing has changed.  Writes sorted JSON
    without personal data, so that the git diff is the change that an admin made.
    """
    from zohohub_gen.report import pulled

    settings = settings_from(metadata=metadata)
    return pulled(settings, _pull(terminal, settings, full=full))


@commands.command(
    cls=GroupedCommand,
    groups={"Which org": WHICH_ORG, "What to make": WHAT_TO_MAKE},
    short_help="Make the typed package from the snapshot folder.",
    epilog="""\b
Examples:
  zohohub-gen generate
  zohohub-gen generate --output src --package acme_crm --modules Leads,Deals""",
)
@metadata_option
@package_options
@vendor_option
@shared_options
@click.pass_obj
def generate(
    terminal: Terminal,
    *,
    metadata: Path | None,
    output: Path | None,
    package: str | None,
    modules: Sequence[str],
    vendor_runtime: bool | None,
) -> Summary:
    """Make the typed package from the snapshot folder; works offline.

    The folder may come from `zohohub-gen pull`, or be made by hand from saved answers of the API,
    of any version from v2 to v8: modules.json, fields/<module>.json.  Only files that this command
    made are replaced or deleted.
    """
    from zohohub_gen.pipeline import generate as generate_package
    from zohohub_gen.report import generated

    settings = settings_from(
        metadata=metadata,
        output=output,
        package=package,
        modules=listed(modules),
        vendor_runtime=vendor_runtime,
    )
    with terminal.working() as work:
        return generated(settings, generate_package(settings.options(), work))


@commands.command(
    short_help="Watch the whole of it work on a sample org.",
    epilog="""\b
Examples:
  zohohub-gen demo
  FORCE_COLOR=1 zohohub-gen demo | less -R     page by page, in colour""",
)
@shared_options
def demo() -> Summary:
    """See it work, without an account: an emulated org, from metadata to typed calls.

    Starts the emulator with a sample org, pulls its metadata over HTTP, generates the package,
    type-checks it with pyright and mypy, and creates, finds, changes and deletes a record.
    """
    from zohohub_gen.demo import run

    return run()


commands.add_command(check)
commands.add_command(completion)
commands.add_command(console)
commands.add_command(diff)
commands.add_command(docs)
commands.add_command(doctor)
commands.add_command(emulator)
commands.add_command(export)
commands.add_command(init)
commands.add_command(migrate)


def _secret(prompt: str) -> str:
    """One line of standard input, which is not shown while it is typed."""
    import sys

    if sys.stdin.isatty():
        typed: str = click.prompt(prompt, hide_input=True, err=True)
        return typed.strip()
    return sys.stdin.readline().strip()


def _pull(terminal: Terminal, settings: Settings, *, full: bool) -> PullOutcome:
    from contextlib import closing

    from zohohub.transport import Transport

    from zohohub_gen.pull import pull as pull_metadata

    with closing(Transport(settings.auth())) as transport, terminal.progress() as progress:
        return pull_metadata(
            transport,
            settings.metadata,
            concurrency=settings.concurrency,
            full=full,
            progress=progress,
        )
