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

from zohohub_gen.diagnostics import GeneratorError
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
        return _run(arguments, terminal)
    except (GeneratorError, ZohoError) as error:
        terminal.error(str(error))
        return error.exit_code if isinstance(error, GeneratorError) else _exit_code(error)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            return _unexpected(terminal, error)
        terminal.error(
            f'{error.name} is not installed: run `pip install "zohohub[gen,emulator]"`'
            if extra == "emulator"
            else f'{error.name} is not installed: run `pip install "zohohub[gen]"`'
        )
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  # the last resort: no traceback unless asked for
        return _unexpected(terminal, error)


def _run(arguments: Sequence[str] | None, terminal: Terminal) -> int:
    import click

    from zohohub_gen.commands import commands

    try:
        result: object = commands.main(
            arguments, prog_name="zohohub-gen", standalone_mode=False, obj=terminal
        )
    except click.Abort:
        terminal.error("interrupted; what was not finished was not written")
        sys.stdout.flush()
        # A call that waits for Zoho in a thread would otherwise hold the process.
        os._exit(_INTERRUPTED)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if isinstance(context, click.Context) else "zohohub-gen"
        # click puts choices on lines of their own
        sentence = " ".join(error.format_message().split()).rstrip(".")
        sentence += " " if sentence.endswith("?") else "; "
        terminal.error(f"{sentence}`{path} --help` shows the usage")
        return error.exit_code
    return result if isinstance(result, int) else 0


def _exit_code(error: ZohoError) -> int:
    return 2 if isinstance(error, RuntimeConfigurationError) else 1


def _unexpected(terminal: Terminal, error: Exception) -> int:
    if terminal.verbose:
        from traceback import format_exception

        terminal.note("".join(format_exception(error)).rstrip())
    terminal.error(
        f"unexpected {type(error).__name__}: {error}"
        + ("" if terminal.verbose else "; run with -v for the traceback")
    )
    return 1
