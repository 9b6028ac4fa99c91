"""Where a program touches the bindings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohohub_gen.bindings import Bindings
    from zohohub_gen.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """One place in a program that names a module, a field or an option of the bindings."""

    path: Path
    line: int
    """From 1, as ``column``, which counts characters."""
    column: int
    module: str
    """The api_name, and so on."""
    field: str | None
    """Also the api_name of a related list, or the name of a layout."""
    option: str | None
    certain: bool
    """Whether the type of the value is known there, not only the name of the attribute."""


def find_usages(
    sources: Sequence[Path],
    bindings: Bindings,
    package: str,
    diagnostics: list[Diagnostic] | None = None,
) -> list[Usage]:
    """Find where files, and the ``*.py`` in folders, use the package; sorted.

    Nothing is run or imported.  Types are inferred from the text: imports, annotations, what the
    package's own calls give.  Where the type is not known, but the name of an attribute is that of
    a field, there is a usage that is not certain for each module which has such a field: unless
    more than three have one, or the name is one that Python's own types have; and names of one
    word, such as ``company``, count in files only that import the package.

    A file that is not Python or cannot be read is passed over; ``diagnostics`` gets a remark of
    it.  Raises `GeneratorError` for a source that does not exist.
    """
    from zohohub_gen.user_code.references import find_references
    from zohohub_gen.user_code.words import Words

    unread: list[Diagnostic] = []
    found = find_references(sources, Words(bindings, package), unread)
    if diagnostics is not None:
        diagnostics += unread
    return sorted(
        {
            Usage(
                each.path,
                each.line,
                each.column,
                each.module,
                each.name,
                each.option,
                each.certain,
            )
            for each in found
        },
        key=lambda usage: (
            usage.path,
            usage.line,
            usage.column,
            usage.module,
            usage.field or "",
            usage.option or "",
        ),
    )
