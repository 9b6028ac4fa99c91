"""The records of one module: read, search, query, write.

Generated code has one subclass a module, which adds ``create``, ``update`` and the like with the
names and types of its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from zohohub.columns import Column, Order
from zohohub.conditions import Condition, datetime_text
from zohohub.errors import RecordNotFound, UnexpectedAnswer
from zohohub.reading import MAX_FIELDS, list_pages, listed_by_id, read_row, search_pages
from zohohub.records import Record, columns_of, encode_values
from zohohub.writing import WriteOptions, Writes
from zohohub.writing import id_of as _id

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from zohohub.attachments import RecordAttachments
    from zohohub.blueprint import Blueprint
    from zohohub.bulk_read import BulkRead
    from zohohub.composite import Call, Composite
    from zohohub.conversion import Conversion, ConvertOptions
    from zohohub.deleted import DeletedRecord, Deletion
    from zohohub.drift import DriftHook, Watch
    from zohohub.notes import RecordNotes
    from zohohub.notifications import ModuleEvent, WatchedOperation
    from zohohub.org_columns import OrgColumns
    from zohohub.queries import Query
    from zohohub.related import Related
    from zohohub.tags import ModuleTags
    from zohohub.transport import Sender
    from zohohub.values import Ref

    L = TypeVar("L", bound=Related)
    T = TypeVar("T")

__all__ = ["Module", "listable_names"]

R = TypeVar("R", bound=Record)

_MAX_CONDITIONS = 10
_MAX_CRITERIA = 3000
_MAX_SORTED_IDS = 100
_SORTABLE = ("id", "Created_Time", "Modified_Time")


class Module(Writes[R]):
    """The records of one module, as objects of the class ``R``.

    Every method may raise `ApiError`, `AuthError`, `ConnectionFailed` and `UnexpectedAnswer`;
    see `zohohub.errors`.
    """

    decode: Callable[[Mapping[str, Any]], R]

    def __init__(self, transport: Sender, on_drift: DriftHook | None = None) -> None:
        self._transport = transport
        self._on_drift = on_drift
        self._watch: Watch | None = None
        self._org: OrgColumns[R] | None = None
        self._options = WriteOptions()

    # --- reading --------------------------------------------------------------------------

    def get(self, target: R | Ref[R] | str, /, *columns: Column[R]) -> R:
        """Read one record: the given columns, or without any all fields, subforms too.

        Calls ``GET /{module}/{id}``.  More than 50 columns are read as all fields.  Raises
        `RecordNotFound` for an id that no record has, ``ValueError`` for what cannot be an id.
        """
        names = _own_names(columns)
        row = read_row(self._transport, self.api_name, _id(target), names)
        (found,) = self._drift_watch().read(self.decode, [[row]])
        return found

    def get_or_none(self, target: R | Ref[R] | str, /, *columns: Column[R]) -> R | None:
        """Read one record as `get` does; None for an id that no record has."""
        try:
            return self.get(target, *columns)
        except RecordNotFound:
            return None

    def exists(self, target: R | Ref[R] | str | Condition[R], /) -> bool:
        """Whether a record has this id, or meets this condition.

        Calls ``GET /{module}/{id}`` for an id, ``POST /coql`` for a condition.
        """
        if isinstance(target, Condition):
            return self.query().where(target).select(*self._ids_only()).first() is not None
        try:
            read_row(self._transport, self.api_name, _id(target), ["id"])
        except RecordNotFound:
            return False
        return True

    def first(self, condition: Condition[R] | None = None) -> R | None:
        """The record with the lowest id, of those that meet the condition; None without any.

        Calls ``POST /coql``; ``query().order_by(…).first()`` chooses by another order.
        """
        query = self.query()
        return (query if condition is None else query.where(condition)).first()

    def list(
        self,
        *columns: Column[R],
        sort: Order[R] | Column[R] | None = None,
        view: str | None = None,
        ids: Sequence[R | Ref[R] | str] | None = None,
        converted: bool | Literal["both"] = False,
        modified_since: datetime | None = None,
    ) -> Iterator[R]:
        """Read all records, newest id first: the given columns, or without any all that lists have.

        ``sort`` orders by id, Created_Time or Modified_Time instead.  ``view`` takes only the
        records of the custom view with this id, ``ids`` only these records (in any number, without
        a sort; those that are not there are left out), ``converted`` leads that were converted,
        and ``modified_since`` records that were changed at that second or later.

        Calls ``GET /{module}`` for every 200 records (100 of ``ids``), when they are asked for;
        with more than 50 columns also twice for every further 50.  A page of a view costs 3
        credits instead of one.  Zoho leaves subforms and multi-select lookups out of lists and
        cuts rich text to 500 characters; `get` reads them.  Zoho lists the first 100,000 records;
        a query has no such limit.  Raises ``ValueError`` for a column that lists leave out, for an
        order that they do not have, and for a time without a time zone.
        """
        known = columns_of(self.record_type).values()
        names = listable_names(columns or [column for column in known if column.listable])
        params = {**_sorting(sort, view), **({} if view is None else {"cvid": view})}
        params |= _converted(converted)
        guarded = any(column.api_name == "Modified_Time" for column in known)
        since = None if modified_since is None else datetime_text(modified_since)
        if ids is None:
            pages = list_pages(
                self._transport,
                self.api_name,
                names,
                has_modified_time=guarded,
                params=params,
                modified_since=since,
            )
        else:
            if sort is not None and len(ids) > _MAX_SORTED_IDS:
                raise ValueError(f"Zoho sorts at most {_MAX_SORTED_IDS} ids, not {len(ids)}")
            pages = listed_by_id(
                self._transport,
                self.api_name,
                names,
                [_id(target) for target in ids],
                has_modified_time=guarded,
                params=params,
                modified_since=since,
            )
        return self._drift_watch().read(self.decode, pages)

    def search(
        self,
        condition: Condition[R] | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        columns: Sequence[Column[R]] = (),
        converted: bool | Literal["both"] = False,
    ) -> Iterator[R]:
        """Find records by a condition, an e-mail address, a phone number or a word.

        ``converted`` finds leads that were converted instead, or both; a query has them always.

        Calls ``GET /{module}/search`` for every 200 records, when they are asked for, up to 2,000
        (then `LimitExceeded`); more than 50 columns are read as all fields.  The search index lags
        behind by up to minutes, and ``==`` on text also finds values that merely begin with it;
        `query` is exact.  Raises ``ValueError`` unless exactly one thing is searched for, and for
        a condition of more than 10 comparisons or 3,000 characters.
        """
        given = {
            "criteria": None if condition is None else _criteria(condition),
            "email": email,
            "phone": phone,
            "word": word,
        }
        params = {name: value for name, value in given.items() if value}
        if len(params) != 1:
            raise ValueError("search for one thing: a condition, email, phone or word")
        params |= _converted(converted)
        names = listable_names(columns)
        if 0 < len(names) <= MAX_FIELDS:
            params["fields"] = ",".join(names)
        pages = search_pages(self._transport, self.api_name, params)
        return self._drift_watch().read(self.decode, pages)

    def query(self) -> Query[R]:
        """A COQL query of this module: ``query().where(…).order_by(…).limit(…)``."""
        from zohohub.queries import Query

        columns = [
            column for column in columns_of(self.record_type).values() if column.coql == "always"
        ]
        if self._org is None:
            from zohohub.org_columns import OrgColumns

            self._org = OrgColumns(self.record_type)
        return Query(self._transport, self.api_name, self._decode_pages, columns, self._org)

    def bulk_read(
        self, *columns: Column[R], where: Condition[R] | None = None, timeout: float = 3600
    ) -> BulkRead[R]:
        """Start reading any number of records by jobs: the given columns, or without any all.

        Columns behind lookups, ``fields.account_name.phone``, are in `BulkRead.rows` and in the
        ``extra`` of records.  ``timeout`` holds the seconds to wait for a job of 200,000 records.
        Calls ``POST /bulk/read``, at 50 credits; iterating does the rest.  Raises ``ValueError``
        for a column that bulk files do not have and for more than 25 comparisons.
        """
        from zohohub.bulk_read import start_bulk_read

        job_id = start_bulk_read(self._transport, self.api_name, columns, where)
        return self.resume_bulk_read(job_id, timeout=timeout)

    def resume_bulk_read(self, job_id: str, /, *, timeout: float = 3600) -> BulkRead[R]:
        """Take up a bulk read at the job with this id: of a `BulkRead`, or of one of its pages."""
        from zohohub.bulk_read import BulkRead

        columns = {column.api_name: column for column in columns_of(self.record_type).values()}
        return BulkRead(self._transport, job_id, columns, self._decode_pages, timeout)

    def count(self, condition: Condition[R] | None = None) -> int:
        """How many records there are, or meet the condition, as of some minutes ago.

        Calls ``GET /{module}/actions/count``, which Zoho caches; ``query().count()`` is exact.
        """
        params = None if condition is None else {"criteria": _criteria(condition)}
        answer = self._transport.request("GET", f"{self.api_name}/actions/count", params=params)
        found = (answer.json or {}).get("count")
        if not isinstance(found, int):
            raise UnexpectedAnswer(
                "JSON without count", status=answer.status, request=answer.request
            )
        return found

    def deleted(
        self,
        kind: Literal["all"] | Deletion = "all",
        *,
        modified_since: datetime | None = None,
    ) -> Iterator[DeletedRecord]:
        """The records that were deleted in the last 120 days, 60 of them in the recycle bin.

        Calls ``GET /{module}/deleted`` for every 200, at 2 credits each.  ``modified_since`` takes
        those that were deleted at that second or later.
        """
        from zohohub.deleted import deleted_records

        since = None if modified_since is None else datetime_text(modified_since)
        return deleted_records(self._transport, self.api_name, kind, since)

    # --- what belongs to a record ---------------------------------------------------------

    def photo(self, target: R | Ref[R] | str, /) -> bytes | None:
        """The photo of a record as an image file; None without one.

        Calls ``GET /{module}/{id}/photo``.
        """
        from zohohub.photos import get_photo

        return get_photo(self._transport, self.api_name, _id(target))

    def upload_photo(self, target: R | Ref[R] | str, photo: bytes | str | PathLike[str], /) -> None:
        """Send an image file, given as its path or its content, in place of a record's photo.

        Calls ``POST /{module}/{id}/photo``.  Zoho takes PNG, JPEG, GIF and BMP of at most 10 MB
        and 10 megapixels; raises ``ValueError`` for another kind or a larger file.
        """
        from zohohub.photos import put_photo

        put_photo(self._transport, self.api_name, _id(target), photo)

    def delete_photo(self, target: R | Ref[R] | str, /) -> None:
        """Remove the photo of a record.  Calls ``DELETE /{module}/{id}/photo``."""
        from zohohub.photos import delete_photo

        delete_photo(self._transport, self.api_name, _id(target))

    def notes(self, target: R | Ref[R] | str, /) -> RecordNotes:
        """The notes of one record."""
        from zohohub.notes import RecordNotes

        return RecordNotes(self._transport, self.api_name, _id(target))

    def attachments(self, target: R | Ref[R] | str, /) -> RecordAttachments:
        """The attachments of one record."""
        from zohohub.attachments import RecordAttachments

        return RecordAttachments(self._transport, self.api_name, _id(target))

    @property
    def tags(self) -> ModuleTags[R]:
        """The tags of the module, and what puts them on records."""
        from zohohub.tags import ModuleTags

        return ModuleTags(self._transport, self.api_name)

    # --- calls and changes of the module --------------------------------------------------

    def queue(self, batch: Composite, call: Callable[[Self], T], /) -> Call[R, T]:
        """Put one call of this module into a composite request, `Client.composite`.

        ``crm.leads.queue(batch, lambda leads: leads.update(lead, city="Bonn"))``.  The function
        makes one call of the handle that it gets; it runs now, when nothing is sent, and once
        more with the answer.  Raises what `Composite.add` raises.
        """

        def run(sender: Sender) -> T:
            handle = copy(self)
            handle._transport = sender
            return call(handle)

        return batch.add(run)

    def events(self, *operations: WatchedOperation) -> Sequence[ModuleEvent]:
        """Changes of this module, for the ``events`` of a `Subscription`: all without a name."""
        from zohohub.notifications import ModuleEvent

        return [ModuleEvent(self.api_name, each) for each in operations or ("all",)]

    # --- what generated methods call ------------------------------------------------------

    def _related(self, related_type: type[L], target: R | Ref[R] | str) -> L:
        return related_type(self._transport, self.api_name, _id(target), self._on_drift)

    def _blueprint(self, target: R | Ref[R] | str) -> Blueprint[Any]:
        from zohohub.blueprint import read_blueprint

        def encode(values: Mapping[str, object]) -> dict[str, Any]:
            return encode_values(self.record_type, values, with_id=False)

        return read_blueprint(self._transport, self.api_name, _id(target), encode)

    def _convert(
        self,
        target: R | Ref[R] | str,
        account: Record | Ref[Any] | str | None,
        contact: Record | Ref[Any] | str | None,
        deal: Mapping[str, object] | None,
        deal_type: type[Record] | None,
        options: ConvertOptions,
    ) -> Conversion[Any, Any, Any]:
        from zohohub.conversion import convert_lead

        if deal is not None and deal_type is not None:
            deal = encode_values(deal_type, deal, with_id=False)
        return convert_lead(
            self._transport,
            _id(target),
            account=None if account is None else _id(account),
            contact=None if contact is None else _id(contact),
            deal=deal,
            options=options,
        )

    # --- shared ---------------------------------------------------------------------------

    def _ids_only(self) -> Sequence[Column[R]]:
        return [
            column for column in columns_of(self.record_type).values() if column.api_name == "id"
        ]

    def _decode_pages(self, pages: Iterator[Sequence[dict[str, Any]]]) -> Iterator[R]:
        return self._drift_watch().read(self.decode, pages)

    def _drift_watch(self) -> Watch:
        """Made at the first read, so that a handle costs nothing before."""
        if self._watch is None:
            from zohohub.drift import Watch, log_drift

            hook = self._on_drift or log_drift
            self._watch = Watch(self.api_name, self.record_type, hook)
        return self._watch


def _sorting(sort: Order[Any] | Column[Any] | None, view: str | None) -> dict[str, str]:
    if sort is None:
        return {}
    order = sort.asc() if isinstance(sort, Column) else sort
    if order.api_name not in _SORTABLE:
        raise ValueError(
            f"Zoho's lists sort by {', '.join(_SORTABLE)}, not by {order.api_name}: use query()"
        )
    if view is not None:
        raise ValueError("a custom view has its own order: leave sort out")
    return {"sort_by": order.api_name, "sort_order": "desc" if order.descending else "asc"}


def _converted(converted: bool | Literal["both"]) -> dict[str, str]:
    return {"converted": "both" if converted == "both" else "true"} if converted else {}


def _own_names(columns: Sequence[Column[Any]]) -> list[str]:
    for column in columns:
        if column.joined:
            raise ValueError(f"{column.api_name} is in another record: use query().values()")
    return _names(columns)


def listable_names(columns: Sequence[Column[Any]]) -> Sequence[str]:
    """The api_names of the columns, each once; raises ``ValueError`` for one that lists lack."""
    names = _own_names(columns)
    for column in columns:
        if not column.listable:
            raise ValueError(
                f"Zoho leaves {column.api_name} out of lists: read the record with get()"
            )
    return names


def _names(columns: Sequence[Column[Any]]) -> list[str]:
    return list(dict.fromkeys(name for column in columns for name in column.list_names))


def _criteria(condition: Condition[Any]) -> str:
    text = condition.criteria()
    if condition.size > _MAX_CONDITIONS or len(text) > _MAX_CRITERIA:
        raise ValueError(
            f"a search takes {_MAX_CONDITIONS} comparisons and {_MAX_CRITERIA} characters, not "
            f"{condition.size} and {len(text)}: use query()"
        )
    return text
