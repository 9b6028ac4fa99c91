"""The command that serves an org: what it can hold, what it limits, what goes wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import GroupedCommand, listed, shared_options

if TYPE_CHECKING:
    from zohohub_gen.terminal import Terminal

_MOST_RECORDS = 1_000_000


def _seconds(
    ctx: click.Context,
    parameter: click.Parameter,
    value: str,
) -> float:
    """The seconds of ``200ms``, ``1.5s`` or ``5``."""
    factor = 0.001 if value.endswith("ms") else 1
    try:
        seconds = float(value.removesuffix("ms").removesuffix("s")) * factor
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise click.BadParameter(f"{value!r} is no time; write 200ms, 1.5s or 5", ctx, parameter)
    return seconds


@click.command(
    cls=GroupedCommand,
    groups={
        "The org": ("metadata", "data", "seed"),
        "Limits": ("edition", "credit_limit", "concurrency", "latency", "search_lag"),
        "Faults by chance": ("fault_rate", "fault_kinds", "fault_seed"),
    },
    short_help="Serve an org on this machine, over HTTP.",
    epilog="""\b
Examples:
  zohohub-gen emulator --env-file emulator.env &   then: . ./emulator.env
  zohohub-gen emulator --metadata zoho_metadata --port 8090
  zohohub-gen emulator --data org.sqlite --seed 1000 --seed Leads=100000
  zohohub-gen emulator --fault-rate 0.05 --fault-kinds 429,500,cut
  zohohub-gen emulator --edition free --latency 200ms --search-lag 5

\b
While it runs, {api_domain}/__emulator/faults, limits, clock, requests and
reset change all of that; docs/how-to/emulator.md shows how.""",
)
@click.option(
    "--metadata",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Snapshot of the org to serve.  [a sample org]",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", default=0, help="Port.  [a free one]"
)
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Once it serves, write what clients need there, as variables that a shell reads.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep everything in this file: records, files, credentials.  [in memory]",
)
@click.option(
    "--seed",
    multiple=True,
    metavar="[MODULE=]N",
    help="Fill every module, or that one, up to N made-up records, at most 1,000,000; repeat it.  "
    "The same metadata and number give the same records.",
)
@click.option(
    "--edition",
    type=click.Choice(("free", "standard", "professional", "enterprise", "ultimate")),
    help="Credits and concurrency as in this edition, with 10 users.  [no limits]",
)
@click.option(
    "--credits",
    "credit_limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="API credits in rolling 24 hours.  [no limit]",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="Calls at a time; a composite request takes 5.  [no limit]",
)
@click.option(
    "--latency",
    metavar="TIME",
    callback=_seconds,
    default="0",
    help="Each answer waits so long, such as 200ms or 1.5s.  [0]",
)
@click.option(
    "--search-lag",
    metavar="TIME",
    callback=_seconds,
    default="0",
    help="Search finds a record so long after it was written.  [0]",
)
@click.option(
    "--fault-rate",
    type=click.FloatRange(0, 1),
    metavar="PART",
    default=0.0,
    help="Part of the calls, 0 to 1, that a fault hits.  [0]",
)
@click.option(
    "--fault-kinds",
    metavar="KINDS",
    default="429,500,cut",
    help="Which faults: 400 to 599, cut, cut_before, cut_after, html, truncate, slow, "
    "expire_token.  [429,500,cut]",
)
@click.option(
    "--fault-seed",
    type=int,
    metavar="N",
    default=0,
    help="The same seed hits the same calls of a run.  [0]",
)
@shared_options
@click.pass_obj
def emulator(
    terminal: Terminal,
    *,
    metadata: Path | None,
    port: int,
    env_file: Path | None,
    data: Path | None,
    seed: Sequence[str],
    edition: str | None,
    credit_limit: int | None,
    concurrency: int | None,
    latency: float,
    search_lag: float,
    fault_rate: float,
    fault_kinds: str,
    fault_seed: int,
) -> int:
    """Serve an org on this machine: its schema, its records, over real HTTP.

    Listens on 127.0.0.1 alone, so that no other machine can connect.  Prints one line of JSON when
    it is ready (accounts_url, api_domain, client_id, client_secret, refresh_token, port; with
    --output-format json what every command has, too), and serves until Ctrl-C.  Starts with the
    records of DIR/../records, if there are any;
    what is written to them is gone afterwards, unless --data keeps it.  A file that is new is
    filled; one that is there goes on as it was, with the same credentials.
    """
    import json
    import signal
    from contextlib import ExitStack, suppress

    from zohohub_gen.emulator import Emulator, Limits, RandomFaults, edition_limits
    from zohohub_gen.output import write_document
    from zohohub_gen.packaged import packaged
    from zohohub_gen.summaries import Serving

    if edition is not None:
        most_credits, most_calls = edition_limits(edition)
        credit_limit = most_credits if credit_limit is None else credit_limit
        concurrency = most_calls if concurrency is None else concurrency
    limits = Limits(credit_limit, concurrency, latency, search_lag)
    try:
        by_chance = RandomFaults(fault_rate, listed([fault_kinds]), fault_seed)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fault-kinds") from error
    # Whoever has read the line may stop it at once, also where a shell has started it in the
    # background, without Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        with terminal.working("Loading the org") as work:
            server = stack.enter_context(
                Emulator(
                    metadata or packaged("acme") / "metadata",
                    port=port,
                    database=data,
                    seed=_seed(seed),
                    progress=work,
                    limits=limits,
                    random_faults=by_chance if fault_rate else None,
                )
            )
        connection = server.connection.as_dict()
        if env_file is not None:
            _write_variables(env_file, connection)
        if terminal.json:
            write_document(terminal, terminal.command, Serving(**connection), indent=None)
        else:
            terminal.say(json.dumps(connection))
        if sys.stderr.isatty():
            terminal.note("Serving until Ctrl-C; the line above is what a client needs.", "dim")
        server.serve_forever()
    return 0


def _write_variables(path: Path, connection: Mapping[str, object]) -> None:
    """Write the file at once, for whoever waits for it, and for its owner alone."""
    import os
    import tempfile
    from shlex import quote

    from zohohub_gen.diagnostics import GeneratorError

    variables = {
        f"ZOHO_{name.upper()}": str(value) for name, value in connection.items() if name != "port"
    }
    try:
        number, draft = tempfile.mkstemp(prefix=".zohohub-", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.writelines(f"export {name}={quote(value)}\n" for name, value in variables.items())
        Path(draft).replace(path)
    except OSError as error:
        raise GeneratorError(f"{path} could not be written: {error.strerror or error}") from error


def _seed(given: Sequence[str]) -> dict[str, int]:
    """How many records each module shall have; ``*`` stands for those that are not named."""
    counts: dict[str, int] = {}
    for text in given:
        module, _, count = text.rpartition("=")
        if not count.isascii() or not count.isdigit() or not 0 < int(count) <= _MOST_RECORDS:
            raise click.BadParameter(
                f"--seed takes N or MODULE=N, N from 1 to {_MOST_RECORDS:,}, not {text!r}"
            )
        counts[module or "*"] = int(count)
    return counts
