"""Whether what was printed is what a page shows, which may leave things out by ``…`` or ``...``."""

from __future__ import annotations

import difflib
import re

_ELLIPSIS = re.compile(r"…|\.\.\.")


def lines_of(text: str) -> list[str]:
    """The lines without trailing blanks, and without empty ones at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def matches(shown: str, printed: str) -> bool:
    """A line of ``…`` or ``...`` stands for any lines, ``…`` or ``...`` in a line for any text."""
    parts: list[str] = []
    for line in lines_of(shown):
        if line.strip() in ("…", "..."):
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(map(re.escape, _ELLIPSIS.split(line))) + r"[ \t]*\n")
    text = "".join(f"{line}\n" for line in lines_of(printed))
    return re.fullmatch("".join(parts), text) is not None


def compare(shown: str, printed: str, by: str) -> None:
    """Raise AssertionError with a diff unless they match."""
    if not matches(shown, printed):
        difference = difflib.unified_diff(
            lines_of(shown), lines_of(printed), "the page", by, lineterm=""
        )
        raise AssertionError("\n".join(difference))
