"""Writing records: the calls behind the methods of `zohohub.modules` and of generated code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar

from zohohub.conditions import datetime_text
from zohohub.immutable import immutable
from zohohub.records import EMPTY, Record, columns_of, encode_values, slot_of

if TYPE_CHECKING:
    from zohohub.bulk_files import Operation
    from zohohub.bulk_write import BulkWrite
    from zohohub.columns import Column
    from zohohub.facts import ModuleLayout
    from zohohub.mass_update import MassUpdate
    from zohohub.results import Results
    from zohohub.transport import Answer, Sender
    from zohohub.values import Ref, UserRef

__all__ = ["Automation", "WriteOptions", "Writes", "id_of"]

R = TypeVar("R", bound=Record)

Automation: TypeAlias = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
"""What Zoho may start when a record is written."""


@immutable
class WriteOptions:
    """How the writes of one handle are done."""

    trigger: Sequence[Automation] | None = None
    """What the write starts; None for all that the org has set up, an empty one for nothing."""
    layout: ModuleLayout[Any] | None = None
    """The layout of new records, and what values are validated against."""
    validate: bool = False
    """Whether values are validated before they are sent."""

    def envelope(self) -> dict[str, Any]:
        """What a body carries beside ``data``."""
        return {} if self.trigger is None else {"trigger": list(self.trigger)}

    def parameters(self) -> dict[str, str]:
        """What a deletion carries beside the ids."""
        if self.trigger is None or "workflow" in self.trigger:
            return {}
        return {"wf_trigger": "false"}


class Writes(Generic[R]):
    """The writes of one module: those that are the same in all, and what generated ones call."""

    api_name: str
    record_type: type[R]
    layouts: ClassVar[Sequence[ModuleLayout[Any]]] = ()
    """The active layouts."""

    _transport: Sender
    _options: WriteOptions

    def with_options(
        self,
        *,
        trigger: Sequence[Automation] | None = None,
        layout: ModuleLayout[R] | None = None,
        validate: bool = False,
    ) -> Self:
        """The same module, whose writes are done differently.

        ``trigger`` says what a write starts: workflows, approvals, blueprints …; ``()`` starts
        nothing, None all that the org has set up.  ``layout`` is the layout of new records.
        ``validate`` raises `ValidationFailed` before anything is sent that Zoho would refuse.
        """
        changed = copy(self)
        changed._options = WriteOptions(trigger, layout, validate)
        return changed

    def validate(
        self, values: R | Mapping[str, object], /, *, layout: ModuleLayout[R] | None = None
    ) -> None:
        """Raise `ValidationFailed` with all that Zoho would refuse of a record, or of its values.

        Sends nothing.  With an id the values are taken for a change, of a record only what differs
        from what was fetched; without one for a new record.  Looks at names, types, lengths,
        digits, ranges, options, read-only and mandatory fields; ``layout`` adds what that layout
        makes mandatory and the options it offers.
        """
        from zohohub.validation import validate

        if isinstance(values, Record):
            creating = slot_of(values, "id") is EMPTY
        else:
            creating = not values.get("id")
        validate(self.record_type, values, creating=creating, layout=layout or self._options.layout)

    def save(self, record: R, /, *, unless_modified: bool = False) -> str:
        """Send what differs from what was fetched, and return the id; nothing differs, no call.

        A record without an id is created and gets its id.  A field that was not loaded or is
        read-only is never sent; None clears.  Changes inside lists count: of a subform, a
        multi-select lookup or a file field only the entries that were changed, added or removed
        are sent.  The ids of added entries are not known before the record is read again.

        ``unless_modified`` raises `AlreadyModified` if anybody has changed the record since it was
        read, to the second; it needs Modified_Time to be among the columns.  Calls ``PUT`` or
        ``POST /{module}``.
        """
        headers = None
        if unless_modified and slot_of(record, "id") is not EMPTY:
            headers = {"If-Unmodified-Since": datetime_text(self._modified_time(record))}
        self._save([record], headers).raise_for_failures()
        return record.id

    def save_many(self, records: Sequence[R], /) -> Results:
        """Save records as `save` does, 100 a call: new ones first; one result each, in order.

        A record in which nothing differs is done without a call.  An error that stops it holds the
        ``results`` of all records: those that are done know what Zoho holds now, and saving all of
        them again sends only what is left.
        """
        return self._save(records, None)

    def delete(self, target: R | Ref[R] | str, /) -> None:
        """Move one record to the recycle bin.

        Calls ``DELETE /{module}``.  Raises `RecordNotFound` for an id that no record has.
        """
        self.delete_many([target]).raise_for_failures()

    def delete_many(self, targets: Sequence[R | Ref[R] | str], /) -> Results:
        """Move records to the recycle bin, 100 a call, with one result each.

        Calls ``DELETE /{module}``.  An error that stops it holds the ``results`` so far.
        """
        from zohohub.batches import in_batches

        return in_batches([id_of(target) for target in targets], self._send_deletes, deletes=True)

    def change_owner(
        self,
        targets: Sequence[R | Ref[R] | str],
        owner: UserRef | str,
        /,
        *,
        notify: bool = False,
    ) -> Results:
        """Give records to another user, 500 a call; ``notify`` sends that user an e-mail.

        Calls ``POST /{module}/actions/change_owner``; the token needs the scope
        ZohoCRM.change_owner.CREATE.
        """
        from zohohub.mass_update import change_owner

        ids = [id_of(target) for target in targets]
        return change_owner(self._transport, self.api_name, ids, id_of(owner), notify=notify)

    # --- what generated methods call ------------------------------------------------------

    def _layout(self, name: str) -> ModuleLayout[R]:
        for layout in self.layouts:
            if layout.name == name:
                return layout
        names = ", ".join(repr(layout.name) for layout in self.layouts)
        raise ValueError(f"{self.api_name} has no layout {name!r}, only {names}")

    def _create(self, values: Mapping[str, object]) -> str:
        return self._create_many([values]).ids[0]

    def _create_many(self, rows: Sequence[Mapping[str, object]]) -> Results:
        self._check(rows, creating=True)
        bodies = [encode_values(self.record_type, row, with_id=False) for row in rows]
        return self._insert(bodies)

    def _update(self, target: R | Ref[R] | str, values: Mapping[str, object]) -> None:
        self._update_many([{**values, "id": id_of(target)}]).raise_for_failures()

    def _update_many(self, rows: Sequence[Mapping[str, object]]) -> Results:
        self._check(rows, creating=False)
        bodies = [encode_values(self.record_type, row) for row in rows]
        for index, body in enumerate(bodies):
            if not body.get("id"):
                raise ValueError(f"row {index} has no id; an update needs to know which record")
        return self._change(bodies, None)

    def _upsert_many(
        self, rows: Sequence[Mapping[str, object]], match: Sequence[Column[R]]
    ) -> Results:
        from zohohub.batches import in_batches

        self._check(rows, creating=True)
        bodies = [{**self._layout_of_new(), **encode_values(self.record_type, row)} for row in rows]
        fields = {"duplicate_check_fields": [column.api_name for column in match]} if match else {}
        return in_batches(
            bodies,
            lambda batch: self._send("POST", f"{self.api_name}/upsert", batch, fields),
        )

    def resume_bulk_write(self, job_ids: Sequence[str], /) -> BulkWrite:
        """Take up a bulk write by the ids of its jobs, to wait for its results."""
        from zohohub.bulk_write import BulkWrite

        return BulkWrite(self._transport, job_ids)

    def _bulk_write(
        self,
        operation: Operation,
        rows: Iterable[Mapping[str, object]],
        match: Column[R] | None = None,
    ) -> BulkWrite:
        from zohohub.bulk_write import start_bulk_write

        if self._options.validate:
            rows = list(rows)
            self._check(rows, creating=operation != "update")
        return start_bulk_write(
            self._transport, self.api_name, self.record_type, operation, rows, match
        )

    def _clone(self, target: R | Ref[R] | str, values: Mapping[str, object]) -> str:
        from zohohub.batches import in_batches

        body = self._one_change(values)
        path = f"{self.api_name}/{id_of(target)}/actions/clone"
        return in_batches([body], lambda batch: self._send("POST", path, batch)).ids[0]

    def _mass_update(
        self, targets: Sequence[R | Ref[R] | str], values: Mapping[str, object]
    ) -> Results:
        from zohohub.mass_update import mass_update

        body = self._one_change(values)
        ids = [id_of(target) for target in targets]
        return mass_update(self._transport, self.api_name, ids, body)

    def _mass_update_view(self, view: str, values: Mapping[str, object]) -> MassUpdate:
        from zohohub.mass_update import update_view

        return update_view(self._transport, self.api_name, view, self._one_change(values))

    def _one_change(self, values: Mapping[str, object]) -> dict[str, Any]:
        self._check([values], creating=False)
        return encode_values(self.record_type, values, with_id=False)

    def _check(self, rows: Sequence[R | Mapping[str, object]], *, creating: bool) -> None:
        if self._options.validate:
            from zohohub.validation import validate_rows

            validate_rows(self.record_type, rows, creating=creating, layout=self._options.layout)

    def _save(self, records: Sequence[R], headers: Mapping[str, str] | None) -> Results:
        from zohohub.saving import save_rows

        self._check(records, creating=True)
        return save_rows(records, self._insert, lambda bodies: self._change(bodies, headers))

    def _modified_time(self, record: R) -> datetime:
        for name, column in columns_of(self.record_type).items():
            if column.api_name == "Modified_Time":
                value: datetime | object | None = slot_of(record, name)
                if isinstance(value, datetime):
                    return value
        raise ValueError("unless_modified needs Modified_Time: add it to the columns of the read")

    def _insert(self, bodies: Sequence[dict[str, Any]]) -> Results:
        from zohohub.batches import in_batches

        layout = self._layout_of_new()
        return in_batches(
            [{**layout, **body} for body in bodies] if layout else bodies,
            lambda batch: self._send("POST", self.api_name, batch),
        )

    def _layout_of_new(self) -> dict[str, Any]:
        layout = self._options.layout
        return {} if layout is None else {"Layout": {"id": layout.id}}

    def _change(
        self, bodies: Sequence[dict[str, Any]], headers: Mapping[str, str] | None
    ) -> Results:
        from zohohub.batches import appends_rows, in_batches

        return in_batches(
            bodies,
            lambda batch: self._send(
                "PUT",
                self.api_name,
                batch,
                idempotent=not appends_rows(batch) and headers is None,
                headers=headers,
            ),
        )

    def _send(
        self,
        method: str,
        path: str,
        bodies: Sequence[Mapping[str, Any]],
        more: Mapping[str, Any] | None = None,
        *,
        idempotent: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._transport.request(
            method,
            path,
            json={"data": bodies, **(more or {}), **self._options.envelope()},
            headers=headers,
            idempotent=idempotent,
            items="data",
        )

    def _send_deletes(self, ids: Sequence[str]) -> Answer:
        params = {"ids": ",".join(ids), **self._options.parameters()}
        return self._transport.request("DELETE", self.api_name, params=params, items="data")


def id_of(target: Record | Ref[Any] | UserRef | str) -> str:
    """The id of a record; it becomes part of a URL, where a slash or comma would do harm."""
    record_id: str = target if isinstance(target, str) else target.id
    if not (record_id.isascii() and record_id.isalnum()):
        from zohohub.composite import is_reference

        if not is_reference(record_id):
            raise ValueError(f"{record_id!r} is not the id of a record; Zoho's ids are digits")
    return record_id
