"""Metadata and records of real orgs, where they are at hand: they are not part of the project.

The folder is named by ``ZOHOHUB_CORPUS``, or lies at ``../shared/zoho/corpus`` beside the
repository.  It holds a folder per org, with ``fields/``, ``records/`` and ``other/``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.json_values import is_list, is_object
from tests.support.packages import REPOSITORY

CORPUS = Path(os.environ.get("ZOHOHUB_CORPUS") or REPOSITORY.parent / "shared" / "zoho" / "corpus")
ORGS = sorted(path for path in CORPUS.glob("*") if path.is_dir())
WITH_FIELDS = [path for path in ORGS if (path / "fields").is_dir()]


@dataclass(frozen=True)
class Row:
    """One record of an org, with the module that the file is about where the file says so."""

    place: str
    module: str | None
    data: dict[str, Any]


def rows(org: Path) -> Iterator[Row]:
    """Every record in every recorded answer or request."""
    for path in sorted((org / "records").glob("*.json")):
        yield from _rows(_read(path), str(path.relative_to(CORPUS)), path.stem)
    for path in sorted((org / "other").rglob("*.json")):
        content = _read(path)
        request = content.get("request") if is_object(content) else None
        module = None
        if is_object(request):
            parts = str(request.get("path") or request.get("url") or "").split("?")[0].split("/")
            module = next((part for part in parts if part[:1].isupper()), None)
        yield from _rows(content, str(path.relative_to(CORPUS)), module)


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"), parse_float=Decimal)


def _rows(value: Any, place: str, module: str | None) -> Iterator[Row]:
    if is_list(value):
        for item in value:
            yield from _rows(item, place, module)
    elif is_object(value):
        for key, item in value.items():
            if key == "data" and is_list(item):
                for row in item:
                    if is_object(row) and not {"code", "status", "message"} <= row.keys():
                        yield Row(place, module, row)
            yield from _rows(item, place, module)
