"""The entry point of ``zohohub-gen``: runs the command, and turns every failure into a sentence.

Exit codes: 0 all is well; 1 something differs, or went wrong; 2 wrong usage or configuration, also
missing credentials; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from zohohub.errors import ConfigurationError as RuntimeConfigurationError
from zohohub.errors import ZohoError

from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.output import Failure, FailureKind, Summary, fail, finish
from zohohub_gen.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130
_EXTRAS = {
    "black": "gen",
    "click": "gen",
    "datamodel_code_generator": "gen",
    "inflection": "gen",
    "jinja2": "gen",
    "libcst": "gen",
    "platformdirs": "gen",
    "rich": "gen",
    "tomlkit": "gen",
    "flask": "emulator",
    "sqlglot": "emulator",
    "werkzeug": "emulator",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``zohohub-gen`` with these arguments, by default those of the process."""
    terminal = Terminal()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Labels hold any character; no console is too old to print them.
            stream.reconfigure(errors="backslashreplace")
    try:
        return _guarded(sys.argv[1:] if arguments is None else arguments, terminal)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to be flushed at exit.
        for number in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        return 1


def _guarded(arguments: Sequence[str], terminal: Terminal) -> int:
    try:
        result = _run(arguments, terminal)
    except BrokenPipeError:
        raise
    except (GeneratorError, ZohoError) as error:
        code = error.exit_code if isinstance(error, GeneratorError) else _exit_code(error)
        return fail(terminal, Failure(_kind(error), str(error)), code)
    except RecursionError:
        said = "what it read is nested too deep: some hundreds of lists or objects in each other"
        return fail(terminal, Failure("input", said), 1)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            return _unexpected(terminal, error)
        extras = "gen,emulator" if extra == "emulator" else extra
        todo = f'run `pip install "zohohub[{extras}]"`'
        return fail(terminal, Failure("missing_package", f"{error.name} is not installed", todo), 1)
    except Exception as error:  # noqa: BLE001  # the last resort: no traceback unless asked for
        return _unexpected(terminal, error)
    return finish(terminal, terminal.command, result) if isinstance(result, Summary) else result


def _run(arguments: Sequence[str], terminal: Terminal) -> Summary | int:
    import click

    from zohohub_gen.commands import commands

    try:
        result: object = commands.main(
            [*arguments], prog_name="zohohub-gen", standalone_mode=False, obj=terminal
        )
    except click.Abort:
        said = "interrupted; what was not finished was not written"
        fail(terminal, Failure("interrupted", said), _INTERRUPTED)
        sys.stdout.flush()
        # A call that waits for Zoho in a thread would otherwise hold the process.
        os._exit(_INTERRUPTED)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = "zohohub-gen"
        if isinstance(context, click.Context):
            path = context.command_path
            terminal.command = context.info_name if context.parent else None
        # What was wrong may have come before the option that says how to put it.
        terminal.json = terminal.json or _asks_for_json(arguments)
        # click puts each choice of an option into a line of its own.
        sentence = " ".join(error.format_message().split()).rstrip(".")
        todo = f"`{path} --help` shows the usage"
        return fail(terminal, Failure("usage", sentence, todo), error.exit_code)
    return result if isinstance(result, (int, Summary)) else 0


def _asks_for_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(
        first == f"{option}=json" or (first, second) == (option, "json")
        for first, second in pairs
        for option in ("--output-format", "--format")
    )


def _kind(error: GeneratorError | ZohoError) -> FailureKind:
    if isinstance(error, (ConfigurationError, RuntimeConfigurationError)):
        return "configuration"
    if isinstance(error, ZohoError) or isinstance(error.__cause__, ZohoError):
        return "zoho"
    return "input"


def _exit_code(error: ZohoError) -> int:
    return 2 if isinstance(error, RuntimeConfigurationError) else 1


def _unexpected(terminal: Terminal, error: Exception) -> int:
    if terminal.verbose:
        from traceback import format_exception

        terminal.note("".join(format_exception(error)).rstrip())
    todo = None if terminal.verbose else "run with -v for the traceback"
    said = f"unexpected {type(error).__name__}: {error}"
    return fail(terminal, Failure("unexpected", said, todo), 1)
