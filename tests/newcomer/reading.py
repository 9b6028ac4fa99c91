"""Reads a section of README.md as somebody who does what it says, and nothing else.

- A line `$ COMMAND` of a ```console block is typed; lines `> …` below it, and what follows a `\\`
  at its end, go on with it.  The other lines of the block are what it prints: lines of its output,
  in this order; `…` or `...` stands for any text of a line, and alone for any lines.
- A ```python or ```toml block is saved under the name that the sentence above it gives in
  backticks, where the shell is at this point.
- Everything else is read and not typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--\s*(?:file:\s*(\S+)\s*)?.*?-->", re.DOTALL)
_NAME = re.compile(r"`([\w./-]+\.(?:py|toml))`")
_SAVED = ("python", "toml")
_ELISION = re.compile(r"…|\.\.\.")


class UnclearError(Exception):
    """The reader would not know what to do."""


@dataclass(frozen=True)
class Command:
    """Something to type, and what it is said to print."""

    text: str
    shown: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        """Whether it goes on in the background."""
        return self.text.rstrip().endswith("&") and not self.text.rstrip().endswith("&&")


@dataclass(frozen=True)
class SavedFile:
    """Something to put into a file."""

    name: str
    text: str


Step: TypeAlias = Command | SavedFile


def section(markdown: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    _, found, rest = f"\n{markdown}".partition(f"\n## {heading}\n")
    if not found:
        raise UnclearError(f'there is no "## {heading}"')
    return rest.partition("\n## ")[0]


def steps(markdown: str) -> list[Step]:
    """What to do, in order."""
    found: list[Step] = []
    before = 0
    for block in _FENCE.finditer(markdown):
        kind, text = block.groups()
        prose, before = markdown[before : block.start()], block.end()
        if kind == "console":
            found += _commands(text)
        elif kind in _SAVED:
            found.append(SavedFile(_name(prose, text), text))
    return found


def _commands(text: str) -> Iterator[Command]:
    typed: list[str] = []
    shown: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            if typed:
                yield Command("\n".join(typed), tuple(shown))
            typed, shown = [line.removeprefix("$ ")], []
        elif not typed:
            raise UnclearError(f"no command prints {line!r}")
        elif not shown and (line.startswith("> ") or typed[-1].endswith("\\")):
            typed.append(line.removeprefix("> "))
        else:
            shown.append(line.rstrip())
    if typed:
        yield Command("\n".join(typed), tuple(shown))


def _name(prose: str, text: str) -> str:
    told = [match[1] for match in _COMMENT.finditer(prose) if match[1]]
    paragraph = re.split(r"\n\s*\n", _COMMENT.sub("", prose).strip())[-1]
    names = _NAME.findall(paragraph)
    if len(names) != 1 or not paragraph.endswith(":"):
        beginning = text.partition("\n")[0]
        raise UnclearError(f"no sentence says under which name to save `{beginning} …`")
    if told and told[-1] != names[0] and not told[-1].endswith(f"/{names[0]}"):
        raise UnclearError(f"the sentence says {names[0]}, the comment {told[-1]}")
    if PurePosixPath(names[0]).is_absolute() or ".." in PurePosixPath(names[0]).parts:
        raise UnclearError(f"{names[0]} is not in the project")
    return str(names[0])


def missing(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """The first line that should have been printed, in this order, and was not."""
    rest = iter(printed)
    for line in shown:
        if line in ("", "…", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in _ELISION.split(line)))
        if not any(pattern.fullmatch(each.rstrip()) for each in rest):
            return line
    return None
