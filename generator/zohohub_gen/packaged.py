"""Where the data is that ships with the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

Packaged: TypeAlias = Literal["acme", "templates"]

# Inside the installed package, and in the repository when the install is an editable one.
_PLACES: dict[Packaged, tuple[str, str]] = {
    "acme": ("emulator/acme", "tests/cases/acme"),
    "templates": ("templates", "templates"),
}


def packaged(name: Packaged) -> Path:
    """The folder of the sample org ``acme`` (``metadata`` and ``records``), or of the templates."""
    package = Path(__file__).resolve().parent
    installed, in_repository = _PLACES[name]
    folder = package / installed
    return folder if folder.is_dir() else package.parents[1] / in_repository
