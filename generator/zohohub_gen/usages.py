"""Where a program touches the bindings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """One place in a program that names a module, a field or an option of the bindings."""

    path: Path
    line: int
    column: int
    module: str
    """The api_name, and so on."""
    field: str | None
    option: str | None
    certain: bool
    """Whether the type of the value is known there, not only the name of the attribute."""
