"""The same change to many records: ``/{module}/actions/mass_update`` and ``change_owner``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from zohohub.batches import appends_rows, in_batches
from zohohub.errors import UnexpectedAnswer, api_error
from zohohub.reading import rows_of

if TYPE_CHECKING:
    from zohohub.results import Results
    from zohohub.transport import Answer, Sender

__all__ = ["MassUpdate", "MassUpdateStatus", "change_owner", "mass_update", "update_view"]

_BATCH = 500
_RUNNING = frozenset({"SCHEDULED", "QUEUED", "RUNNING"})


@dataclass(frozen=True, slots=True)
class MassUpdateStatus:
    """How far a mass update is."""

    state: str
    """SCHEDULED, QUEUED, RUNNING, SUSPENDED, COMPLETED or FAILED."""
    total: int
    updated: int
    not_updated: int
    failed: int

    @property
    def running(self) -> bool:
        """It is not at its end yet."""
        return self.state in _RUNNING


@dataclass(frozen=True, slots=True)
class MassUpdate:
    """A mass update of a custom view, which Zoho does as a job of its own."""

    job_id: str
    module: str
    _sender: Sender

    def __repr__(self) -> str:
        return f"MassUpdate({self.job_id!r}, {self.module!r})"

    def status(self) -> MassUpdateStatus:
        """How far it is.  Calls ``GET /{module}/actions/mass_update``."""
        answer = self._sender.request(
            "GET", f"{self.module}/actions/mass_update", params={"job_id": self.job_id}
        )
        for row in rows_of(answer):
            return MassUpdateStatus(
                state=str(row.get("Status", "")).upper(),
                total=int(row.get("Total_Count") or 0),
                updated=int(row.get("Updated_Count") or 0),
                not_updated=int(row.get("Not_Updated_Count") or 0),
                failed=int(row.get("Failed_Count") or 0),
            )
        raise UnexpectedAnswer("no status", status=answer.status, request=answer.request)

    def wait(self, *, timeout: float = 600, interval: float = 5) -> MassUpdateStatus:
        """Ask every ``interval`` seconds until it is at its end; one credit each time.

        Raises ``TimeoutError`` when that takes more than ``timeout`` seconds.
        """
        end = time.monotonic() + timeout
        while (status := self.status()).running:
            if time.monotonic() + interval > end:
                raise TimeoutError(
                    f"mass update {self.job_id} is still {status.state} after {timeout} s"
                )
            time.sleep(interval)
        return status


def mass_update(
    sender: Sender, module: str, ids: Sequence[str], values: Mapping[str, Any]
) -> Results:
    """Change the records with these ids, 500 a call."""
    return in_batches(
        ids,
        lambda batch: sender.request(
            "POST",
            f"{module}/actions/mass_update",
            json={"data": [values], "ids": batch},
            idempotent=not appends_rows([values]),
            items="data",
        ),
        size=_BATCH,
    )


def update_view(sender: Sender, module: str, view: str, values: Mapping[str, Any]) -> MassUpdate:
    """Schedule the change of all records of a custom view."""
    answer = sender.request(
        "POST", f"{module}/actions/mass_update", json={"data": [values], "cvid": view}
    )
    for row in rows_of(answer):
        job_id = cast("Mapping[str, Any]", row.get("details") or {}).get("job_id")
        if job_id is not None:
            return MassUpdate(str(job_id), module, sender)
    # Such as ALREADY_SCHEDULED, with an HTTP status of success.
    raise api_error(answer.status, answer.json, answer.request)


def change_owner(
    sender: Sender, module: str, ids: Sequence[str], owner: str, *, notify: bool
) -> Results:
    """Give the records with these ids to another user, 500 a call."""

    def send(batch: Sequence[str]) -> Answer:
        return sender.request(
            "POST",
            f"{module}/actions/change_owner",
            json={"ids": batch, "owner": {"id": owner}, "notify": notify},
            idempotent=not notify,
            items="data",
        )

    return in_batches(ids, send, size=_BATCH)
