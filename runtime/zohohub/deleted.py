"""The deleted records of a module: ``GET /{module}/deleted``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zohohub.reading import has_more, rows_of
from zohohub.values import UserRef, decode_datetime, decode_user

if TYPE_CHECKING:
    from zohohub.transport import Sender

__all__ = ["DeletedRecord", "Deletion", "deleted_records"]

Deletion: TypeAlias = Literal["recycle", "permanent"]
"""In the recycle bin, which keeps a record for 60 days, or gone for good."""

_PAGE = 200


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """A record that was deleted in the last 120 days."""

    id: str
    name: str | None
    kind: Deletion | str
    deleted_time: datetime | None
    deleted_by: UserRef | None
    created_by: UserRef | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


def deleted_records(
    sender: Sender, module: str, kind: Literal["all"] | Deletion, since: str | None
) -> Iterator[DeletedRecord]:
    """Each page of 200 costs 2 credits; ``since`` is the header If-Modified-Since."""
    page = 1
    while True:
        answer = sender.request(
            "GET",
            f"{module}/deleted",
            params={"type": kind, "page": str(page), "per_page": str(_PAGE)},
            headers=None if since is None else {"If-Modified-Since": since},
        )
        for row in rows_of(answer):
            yield DeletedRecord(
                id=row["id"],
                name=row.get("display_name"),
                kind=row.get("type", ""),
                deleted_time=decode_datetime(row.get("deleted_time")),
                deleted_by=decode_user(row.get("deleted_by")),
                created_by=decode_user(row.get("created_by")),
                json=row,
            )
        if not has_more(answer):
            return
        page += 1
