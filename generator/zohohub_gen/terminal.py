"""What the commands print with: colour, progress and log lines only where somebody looks.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from zohohub_gen.pull import Progress

Style: TypeAlias = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Style, int] = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
_JOINER = "\u200d"  # holds emoji together


def printable(text: str) -> str:
    """The text with control characters escaped: whoever writes a label must not steer a terminal.

    Line breaks stay; direction marks, which can turn a line around, do not.
    """
    return "".join(
        character if character in "\n" + _JOINER or _is_safe(character) else _escaped(character)
        for character in text
    )


def flat(text: str) -> str:
    """The text on one line, with nothing that a terminal or a workflow takes for an order."""
    return printable(text).replace("\n", "\\n").replace("##[", "# #[")


def _is_safe(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    return "\\t" if character == "\t" else character.encode("unicode_escape").decode()


class Terminal:
    """Standard output and standard error of one command.

    ``verbose`` shows what is usually left out: remarks, and each HTTP call.
    """

    def __init__(self) -> None:
        self.verbose = False
        self._live: RichProgress | None = None

    def say(self, text: str = "", style: Style | None = None) -> None:
        """Print a result."""
        _write(sys.stdout, printable(text), style)

    def note(self, text: str, style: Style | None = None) -> None:
        """Print something about the work; above the progress bar while there is one."""
        if self._live is None:
            _write(sys.stderr, printable(text), style)
        else:
            self._live.console.print(
                printable(text), style=style, markup=False, highlight=False, soft_wrap=True
            )

    def error(self, text: str) -> None:
        """Print the sentence that a failed command ends with."""
        _write(sys.stderr, f"Error: {flat(text)}", "red")

    def diff(self, text: str) -> None:
        """Print a unified diff."""
        for line in text.splitlines():
            style: Style | None = None
            if line.startswith(("+++", "---")):
                style = "bold"
            elif line.startswith("@@"):
                style = "cyan"
            elif line.startswith("+"):
                style = "green"
            elif line.startswith("-"):
                style = "red"
            self.say(line, style)

    @contextmanager
    def progress(self) -> Generator[Progress]:
        """Show how a pull goes; log lines of the HTTP calls too."""
        with self.calls():
            if has_colour(sys.stderr):
                with self._bar() as bar:
                    yield bar
            else:
                yield _Lines(self)

    @contextmanager
    def calls(self) -> Generator[None]:
        """Show the runtime's log: warnings, and with -v each HTTP call."""
        handler = _LogLines(self)
        log = logging.getLogger("zohohub")
        level = log.level
        log.setLevel(logging.DEBUG if self.verbose else logging.WARNING)
        log.addHandler(handler)
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(level)

    @contextmanager
    def _bar(self) -> Generator[Progress]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("Reading modules"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as live:
            self._live = live
            try:
                yield _Bar(self, live)
            finally:
                self._live = None


def has_colour(stream: TextIO) -> bool:
    """Whether escape sequences make sense: a terminal, and nobody set NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(stream: TextIO, text: str, style: Style | None) -> None:
    if style is not None and has_colour(stream):
        import click  # which knows how to colour a Windows console

        click.echo(f"\033[{_CODES[style]}m{text}\033[0m", file=stream)
    else:
        stream.write(text + "\n")
        stream.flush()


class _Lines:
    """Progress where nobody looks: the estimate alone."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def planned(self, modules: int, calls: int) -> None:
        _say_plan(self._terminal, modules, calls)

    def read(self, api_name: str) -> None:
        pass


class _Bar:
    """Progress on a terminal."""

    def __init__(self, terminal: Terminal, live: RichProgress) -> None:
        self._terminal = terminal
        self._live = live
        self._task: TaskID | None = None

    def planned(self, modules: int, calls: int) -> None:
        _say_plan(self._terminal, modules, calls)
        if self._task is None:
            self._task = self._live.add_task("", total=modules)
        else:
            self._live.update(self._task, total=modules)

    def read(self, api_name: str) -> None:
        if self._task is not None:
            self._live.update(self._task, advance=1, description=printable(api_name))


def _say_plan(terminal: Terminal, modules: int, calls: int) -> None:
    terminal.note(
        f"Reading {modules} modules takes {calls} more calls, about {calls} API credits.", "dim"
    )


class _LogLines(logging.Handler):
    """The runtime's log: warnings always, each call with -v."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        warning = record.levelno >= logging.WARNING
        self._terminal.note(flat(record.getMessage()), "yellow" if warning else "dim")
