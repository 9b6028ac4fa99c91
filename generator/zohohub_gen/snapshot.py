"""Read and write the folder of metadata that is committed: ``zoho_metadata/``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The metadata of an org as JSON objects, the way Zoho's API answers them."""

    modules: list[dict[str, Any]]
    fields: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    layouts: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )
    org: dict[str, Any] = field(default_factory=dict[str, Any])
    language: str | None = None


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot folder, written by ``pull`` or made by hand from saved API answers."""
    raise NotImplementedError
