"""Text of the org in markdown: whoever writes a label must not write the document."""

from __future__ import annotations

import re

from zohohub_gen.terminal import flat


def code(text: str, width: int | None = None) -> str:
    """A code span, in which nothing has a meaning, however many backticks the text has.

    ``width`` is how many characters of it are shown at most.
    """
    line = flat(text)
    if width is not None and len(line) > width:
        line = f"{line[: width - 1]}…"
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def plain(text: str) -> str:
    """Text that markdown leaves alone: no HTML, no links, nobody who is told of it."""
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", flat(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@&#8203;").replace("://", ":&#8203;//")
