"""What the commands print with: colour, progress and log lines only where somebody looks.

Results go to standard output, everything else to standard error.  For scripts the result is one
JSON document in their place.
"""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from zohohub_gen.progress import Display, Lines, Work

if TYPE_CHECKING:
    from zohohub_gen.pull import Progress

Style: TypeAlias = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Style, int] = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
_JOINER = "\u200d"  # holds emoji together


def printable(text: str) -> str:
    """The text with control characters escaped: whoever writes a label must not steer a terminal.

    Line breaks stay; direction marks, which can turn a line around, do not.
    """
    if text.isascii() and text.isprintable():
        return text  # nearly all is
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

    ``verbose`` shows what is usually left out: remarks, and each HTTP call.  ``json`` says that
    the result is a document, and ``command`` whose it is; ``has_document`` that it is written.
    """

    def __init__(self) -> None:
        self.verbose = False
        self.json = False
        self.command: str | None = None
        self.has_document = False
        self._documents: TextIO | None = None
        self._display: Display | None = None

    @contextmanager
    def for_scripts(self) -> Generator[None]:
        """Keep standard output for the document; whatever prints there goes to standard error."""
        self.json = True
        self._documents = sys.stdout
        try:
            with redirect_stdout(sys.stderr):
                yield
        finally:
            self._documents = None

    def document(self, text: str) -> None:
        """Print the one document of a command."""
        self.has_document = True
        _write(self._documents or sys.stdout, text, None)

    def say(self, text: str = "", style: Style | None = None) -> None:
        """Print a result for people; nothing where the document has it."""
        if self.json:
            return
        _write(sys.stdout, printable(text), style)

    def words(self, text: str, style: Style | None = None) -> None:
        """Print one line of a result, broken between words where a terminal is narrower."""
        line = flat(text)
        self.say(_wrapped(line) if sys.stdout.isatty() else line, style)

    def note(self, text: str, style: Style | None = None) -> None:
        """Print something about the work; above the progress bar while there is one."""
        text = printable(text)
        if self._display is None or not self._display.above(text, style):
            _write(sys.stderr, text, style)

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
        with self.calls(), self.working() as work:
            yield _Pulling(work)

    @contextmanager
    def working(self, what: str = "Getting ready") -> Generator[Work]:
        """Show how some work goes, once it has taken a second, where somebody looks."""
        if self.json or not sys.stderr.isatty() or _is_dumb():
            yield Lines(self._remark)
            return
        self._display = Display(self._remark)
        self._display.begin(what)
        try:
            yield self._display
        finally:
            self._display.close()
            self._display = None

    def _remark(self, text: str) -> None:
        self.note(text, "dim")

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


def has_colour(stream: TextIO) -> bool:
    """Whether escape sequences make sense: a terminal, or FORCE_COLOR, and nobody set NO_COLOR."""
    if os.environ.get("NO_COLOR") or _is_dumb():
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _wrapped(text: str) -> str:
    """The line as several, each indented as the first is."""
    from shutil import get_terminal_size
    from textwrap import wrap

    indent = " " * (len(text) - len(text.lstrip(" ")))
    lines = wrap(
        text.strip(),
        get_terminal_size().columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def _write(stream: TextIO, text: str, style: Style | None) -> None:
    if style is not None and has_colour(stream):
        import click  # which knows how to colour a Windows console

        click.echo(f"\033[{_CODES[style]}m{text}\033[0m", file=stream, color=True)
    else:
        stream.write(text + "\n")
        stream.flush()


class _Pulling:
    """The progress of a pull, as work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._read = 0
        work.begin("Reading the list of modules")

    def planned(self, modules: int, calls: int) -> None:
        from zohohub_gen.report import count

        self._work.note(
            f"Reading {count(modules, 'module')} takes {count(calls, 'more call')}, about "
            f"{count(calls, 'API credit')}."
        )
        self._work.begin("Reading modules", modules - self._read)

    def read(self, api_name: str) -> None:
        self._read += 1
        self._work.step(api_name)


class _LogLines(logging.Handler):
    """The runtime's log: warnings always, each call with -v."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        warning = record.levelno >= logging.WARNING
        self._terminal.note(flat(record.getMessage()), "yellow" if warning else "dim")
