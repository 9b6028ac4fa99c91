"""The recycle bin of the org: ``/settings/recycle_bin``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from zohohub.batches import in_batches
from zohohub.errors import UnexpectedAnswer
from zohohub.numbered_pages import items_of, numbered_items
from zohohub.values import Ref, UserRef, decode_datetime, decode_user

if TYPE_CHECKING:
    from zohohub.deleted import DeletedRecord
    from zohohub.results import Results
    from zohohub.transport import Answer, Sender

__all__ = ["BinnedRecord", "RecycleBin"]

_BATCH = 200
_KEY = "recycle_bin"
_PATH = "settings/recycle_bin"


@dataclass(frozen=True, slots=True)
class BinnedRecord:
    """A record in the recycle bin."""

    id: str
    module: str
    """The api_name of the module that it was deleted from."""
    name: str | None
    owner: UserRef | None
    deleted_by: UserRef | None
    deleted_time: datetime | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class RecycleBin:
    """The records that were deleted in the last 60 days, of all modules.

    The token needs the scope ZohoCRM.settings.recycle_bin.  Every method may raise what those of
    `zohohub.modules.Module` raise.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self) -> Iterator[BinnedRecord]:
        """The records, the one deleted last first.

        Calls ``GET /settings/recycle_bin`` for every 200, when they are asked for.
        """
        return map(_binned, numbered_items(self._sender, _PATH, _KEY))

    def count(self) -> int:
        """How many records are in it.  Calls ``GET /settings/recycle_bin/actions/count``."""
        answer = self._sender.request("GET", f"{_PATH}/actions/count")
        found = (answer.json or {}).get("count")
        if not isinstance(found, int):
            raise UnexpectedAnswer(
                "JSON without count", status=answer.status, request=answer.request
            )
        return found

    def restore(
        self, records: Sequence[BinnedRecord | DeletedRecord | Ref[Any] | str], /
    ) -> Results:
        """Put records back where they were, 200 a call; one result each, in order.

        Calls ``POST /settings/recycle_bin/actions/restore``.  Raises ``ValueError`` for what
        cannot be an id.
        """
        ids = [record if isinstance(record, str) else record.id for record in records]
        for record_id in ids:
            if not (record_id.isascii() and record_id.isdigit()):
                raise ValueError(f"{record_id!r} is not the id of a record; Zoho's ids are digits")
        return in_batches(ids, self._restore, size=_BATCH)

    def empty(self) -> None:
        """Delete for good whatever is in it; with many records Zoho does that later.

        Calls ``POST /settings/recycle_bin/actions/empty``.
        """
        self._sender.request("POST", f"{_PATH}/actions/empty")

    def _restore(self, ids: Sequence[str]) -> Answer:
        answer = self._sender.request(
            "POST", f"{_PATH}/actions/restore", json={"ids": ids}, items=_KEY
        )
        # The results are those of a write, under another key.
        return replace(answer, json={"data": items_of(answer, _KEY)})


def _binned(item: Mapping[str, Any]) -> BinnedRecord:
    module = item.get("module")
    if isinstance(module, dict):
        module = cast("Mapping[str, Any]", module).get("api_name")
    return BinnedRecord(
        id=str(item["id"]),
        module=str(module),
        name=item.get("display_name"),
        owner=decode_user(item.get("owner")),
        deleted_by=decode_user(item.get("deleted_by")),
        deleted_time=decode_datetime(item.get("deleted_time")),
        json=item,
    )
