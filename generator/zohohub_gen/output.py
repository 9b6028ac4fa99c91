"""``--output-format``: people get the lines of a command, scripts one JSON document.

A command gives a `Summary`.  Its document is an object with ``command``, ``ok``, ``exit_code``,
``error`` (null, or ``kind``, ``message`` and ``next``), ``next`` (what to do now, or null) and the
fields of the summary; ``output.schema.json`` has them all.  Keys may be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zohohub_gen.diagnostics import Diagnostic

if TYPE_CHECKING:
    from zohohub_gen.terminal import Terminal

FailureKind: TypeAlias = Literal[
    "usage",  # wrong options or arguments
    "configuration",  # the settings, or the credentials that are set
    "input",  # the metadata, a file, the disk
    "zoho",  # Zoho refused, or gave no answer
    "missing_package",  # a Python package that the command needs
    "differs",  # `check` and `diff`: something is not what it has to be
    "wrong",  # `doctor`: something is set up wrong
    "program",  # `console`: the program failed
    "interrupted",  # Ctrl-C
    "unexpected",  # a mistake of ours
]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not end well: one sentence, and what helps, where that is not in it."""

    kind: FailureKind
    message: str
    next: str | None = None

    def __str__(self) -> str:
        if self.next is None:
            return self.message
        return f"{self.message}{' ' if self.message.endswith('?') else '; '}{self.next}"


class Summary:
    """What a command did.  Each is a dataclass, whose fields are the keys of the document.

    They hold what JSON holds, paths, and dataclasses of these.
    """

    __slots__ = ()

    def remarks(self) -> Sequence[Diagnostic]:
        """What was odd about the metadata."""
        return ()

    def show(self, terminal: Terminal) -> None:
        """Print what has not been printed while the command ran."""

    def todo(self) -> str | None:
        """What to do next, if there is anything."""
        return None

    def failure(self) -> Failure | None:
        """Why the exit code is not 0; None where it is."""
        return None

    def code(self) -> int:
        """The exit code."""
        return int(self.failure() is not None)


def present(terminal: Terminal, summary: Summary) -> None:
    """Print a summary for people, and what was odd for everybody."""
    from zohohub_gen.report import report_diagnostics

    report_diagnostics(terminal, summary.remarks())
    summary.show(terminal)


def finish(terminal: Terminal, command: str | None, summary: Summary) -> int:
    """End a command in the format that was asked for, and give the exit code."""
    failure, todo = summary.failure(), summary.todo()
    code = summary.code()
    present(terminal, summary)
    if failure is None and todo is not None:
        terminal.say(f"Next: {todo}")
    if failure is not None and failure.kind != "program":  # which has left its traceback
        terminal.error(str(failure))
    if terminal.json:
        write_document(terminal, command, summary)
    return code


def fail(terminal: Terminal, failure: Failure, code: int) -> int:
    """End a command that cannot go on; its sentence goes to standard error in any case."""
    terminal.error(str(failure))
    if terminal.json and not terminal.has_document:
        terminal.document(_text(_document(terminal.command, code, failure, None, {}), 2))
    return code


def write_document(
    terminal: Terminal, command: str | None, summary: Summary, *, indent: int | None = 2
) -> None:
    """Print the document of a summary, in one line without ``indent``."""
    if not is_dataclass(summary):
        raise TypeError(f"{type(summary).__name__} is not a dataclass")
    failure = summary.failure()
    document = _document(command, summary.code(), failure, summary.todo(), asdict(summary))
    terminal.document(_text(document, indent))


def _document(
    command: str | None,
    code: int,
    failure: Failure | None,
    todo: str | None,
    content: dict[str, Any],
) -> dict[str, Any]:
    return {
        "command": command,
        "ok": code == 0,
        "exit_code": code,
        "error": None if failure is None else asdict(failure),
        "next": todo,
        **content,
    }


def _text(document: dict[str, Any], indent: int | None) -> str:
    import json

    # In ASCII, so that half a character, as cut labels end in, is no trouble to anybody.
    return json.dumps(document, indent=indent, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{type(value).__name__} has no place in a document")
