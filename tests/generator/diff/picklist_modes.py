"""What the rows about options mean where picklists are enumerations, or plain text.

``enum``: programs name members, whose names stay when an option is renamed.  ``str``: any text is
taken, so nothing about options can stop a program from type-checking.
"""

from __future__ import annotations

from collections.abc import Mapping

from zohohub_gen.changes import Severity

from tests.generator.diff.rows import Row

_ENUM: Mapping[str, Severity | None] = {
    "an option gets another display value": "risky",
    # It is known by its display value alone, and so is the name of its member.
    "an option without an id gets another display value": "breaking",
    "an option that layouts offer gets another display value": "risky",
}


def severity_as(row: Row, picklists: str) -> Severity | None:
    """The severity of a row about options, with strict writes."""
    if picklists == "str":
        return "safe" if row.severity == "safe" else row.severity and "risky"
    return _ENUM.get(row.name, row.severity)
