"""Values as the cells of bulk files, and back."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from zohohub_gen import ir

from .values import as_list, as_object, dumps

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def cell(value: Any) -> str:
    """The text of a value: ids of references, options and tags joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if (found := as_object(value)) is not None:
        return str(found["id"]) if "id" in found else dumps(found)
    if (items := as_list(value)) is not None:
        tags = [as_object(item) for item in items]
        names = [
            item if tag is None else tag.get("name") for item, tag in zip(items, tags, strict=True)
        ]
        plain = all(isinstance(name, str) for name in names)
        return ";".join(map(str, names)) if plain else dumps(items)
    return str(value)


def value(field: ir.Field | None, text: str) -> Any:
    """The JSON value of a cell that is not empty, as a write of the record API has it.

    Text that is no such value stays as it is: the check of the record refuses it.
    """
    match field.type if field is not None else None:
        case ir.Boolean():
            return {"true": True, "false": False}.get(text.lower(), text)
        case ir.Integer() | ir.Number():
            if not _NUMBER.fullmatch(text):
                return text
            number = Decimal(text)
            return int(number) if number == number.to_integral_value() else number
        case ir.Picklist(multiple=True):
            return text.split(";")
        case ir.Lookup() | ir.User() | ir.LayoutReference():
            return {"id": text}
        case ir.Tags():
            return [{"name": name} for name in text.split(";")]
        case _:
            return text


def zipped(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A zip file with one CSV file."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
    return content.getvalue()
