"""The related lists of one record: ``/{module}/{id}/{related list}``.

Generated code has one subclass of `Related` a module, with a property for each list.  Its type says
what the list can do: every list of records can be read, and those whose class has ``link`` are
filled and emptied by hand instead of through a lookup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zohohub.errors import RecordNotFound
from zohohub.immutable import immutable
from zohohub.modules import Module, listable_names
from zohohub.numbered_pages import items_of
from zohohub.reading import MAX_FIELDS, has_more, next_page_token, rows_of
from zohohub.records import Record, columns_of
from zohohub.writing import id_of

if TYPE_CHECKING:
    from zohohub.columns import Column
    from zohohub.drift import DriftHook
    from zohohub.results import Results
    from zohohub.transport import Answer, Sender
    from zohohub.values import Ref

__all__ = [
    "CampaignMembers",
    "ContactRole",
    "ContactRoles",
    "LinkedRecords",
    "PricedRecords",
    "Related",
    "RelatedRecords",
    "RelatedRows",
    "delete_at",
    "related_pages",
]

R = TypeVar("R", bound=Record)

_PAGE = 200


class Related:
    """The related lists of one record."""

    def __init__(
        self, sender: Sender, module: str, record_id: str, on_drift: DriftHook | None = None
    ) -> None:
        self._sender = sender
        self._path = f"{module}/{record_id}"
        self._on_drift = on_drift

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._path}>"


class RelatedRecords(Generic[R]):
    """One related list, whose records are of the class ``R``.

    Every method may raise what those of `Module` raise; `RecordNotFound` says that the record whose
    list it is does not exist.
    """

    def __init__(self, of: Related, api_name: str, handle: type[Module[R]]) -> None:
        # The three belong together: a list is the sender, path and hook of its record.
        self._sender = of._sender  # pyright: ignore[reportPrivateUsage]
        self._path = f"{of._path}/{api_name}"  # pyright: ignore[reportPrivateUsage]
        self._handle = handle(self._sender, of._on_drift)  # pyright: ignore[reportPrivateUsage]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path}>"

    def list(self, *columns: Column[R]) -> Iterator[R]:
        """Read the records: the given columns, or without any all that lists have.

        Calls ``GET /{module}/{id}/{related list}`` for every 200 records, when they are asked for;
        with more than 50 columns also what `Module.list` calls for their ids.  What Zoho sends of
        the link itself, such as the status of a campaign member, is in `Record.extra`, with at
        most 50 columns.  Raises ``ValueError`` for a column that lists leave out.
        """
        known = columns_of(self._handle.record_type).values()
        names = listable_names(columns or [column for column in known if column.listable])
        if len(names) > MAX_FIELDS:
            return self._list_by_id(columns)
        return self._read(related_pages(self._sender, self._path, names))

    def _read(self, pages: Iterator[Sequence[dict[str, Any]]]) -> Iterator[R]:
        return self._handle._decode_pages(pages)  # pyright: ignore[reportPrivateUsage] - as it does

    def _list_by_id(self, columns: Sequence[Column[R]]) -> Iterator[R]:
        for page in related_pages(self._sender, self._path, ["id"]):
            yield from self._handle.list(*columns, ids=[row["id"] for row in page])


class _Links(RelatedRecords[R]):
    """A related list that is filled by linking records to it."""

    def _read(self, pages: Iterator[Sequence[dict[str, Any]]]) -> Iterator[R]:
        # What a link carries is no drift of the module, whose fields these are not.
        for page in pages:
            yield from map(self._handle.decode, page)

    def unlink(self, target: R | Ref[R] | str, /) -> None:
        """Take one record out of the list; the record itself stays.

        Calls ``DELETE /{module}/{id}/{related list}/{id}``.
        """
        delete_at(self._sender, f"{self._path}/{id_of(target)}")

    def unlink_many(self, targets: Sequence[R | Ref[R] | str], /) -> Results:
        """Take records out of the list, 100 a call; one result each, in order.

        Calls ``DELETE /{module}/{id}/{related list}``.
        """
        from zohohub.batches import in_batches

        return in_batches(
            [id_of(target) for target in targets],
            lambda batch: self._sender.request(
                "DELETE", self._path, params={"ids": ",".join(batch)}, items="data"
            ),
            deletes=True,
        )

    def _link(self, target: R | Ref[R] | str, details: Mapping[str, object]) -> None:
        from zohohub.batches import in_batches

        record_id = id_of(target)
        path = f"{self._path}/{record_id}"
        bodies = [{"id": record_id, **details}]
        in_batches(bodies, lambda batch: self._send(path, batch)).raise_for_failures()

    def _link_many(
        self, targets: Sequence[R | Ref[R] | str], details: Mapping[str, object]
    ) -> Results:
        from zohohub.batches import in_batches

        bodies = [{"id": id_of(target), **details} for target in targets]
        return in_batches(bodies, lambda batch: self._send(self._path, batch))

    def _send(self, path: str, bodies: Sequence[Mapping[str, object]]) -> Answer:
        return self._sender.request("PUT", path, json={"data": bodies}, items="data")


class LinkedRecords(_Links[R]):
    """A related list that is filled by linking records to it, such as the products of a deal."""

    def link(self, target: R | Ref[R] | str, /) -> None:
        """Put one record into the list.

        Calls ``PUT /{module}/{id}/{related list}/{id}``.  Raises `RecordNotFound` for an id that no
        record has.
        """
        self._link(target, {})

    def link_many(self, targets: Sequence[R | Ref[R] | str], /) -> Results:
        """Put records into the list, 100 a call; one result each, in order.

        Calls ``PUT /{module}/{id}/{related list}``.
        """
        return self._link_many(targets, {})


class CampaignMembers(_Links[R]):
    """The leads or contacts of a campaign, or the campaigns of a lead or contact."""

    def link(self, target: R | Ref[R] | str, /, *, status: str | None = None) -> None:
        """Put one record into the list; ``status`` is the member's, such as ``Invited``.

        Linking a record that is there changes its status.  Calls
        ``PUT /{module}/{id}/{related list}/{id}``.  Raises `RecordNotFound` for an id that no
        record has.
        """
        self._link(target, _status(status))

    def link_many(
        self, targets: Sequence[R | Ref[R] | str], /, *, status: str | None = None
    ) -> Results:
        """Put records into the list, 100 a call; one result each, in order.

        Calls ``PUT /{module}/{id}/{related list}``.
        """
        return self._link_many(targets, _status(status))


class PricedRecords(_Links[R]):
    """The products of a price book, or the price books of a product."""

    def link(self, target: R | Ref[R] | str, /, *, list_price: Decimal | int) -> None:
        """Put one record into the list, at this price.

        Linking a record that is there changes its price.  Calls
        ``PUT /{module}/{id}/{related list}/{id}``.  Raises `RecordNotFound` for an id that no
        record has.
        """
        self._link(target, {"list_price": list_price})

    def link_many(
        self, targets: Sequence[R | Ref[R] | str], /, *, list_price: Decimal | int
    ) -> Results:
        """Put records into the list at the same price, 100 a call; one result each, in order.

        Calls ``PUT /{module}/{id}/{related list}``.
        """
        return self._link_many(targets, {"list_price": list_price})


@immutable
class ContactRole:
    """What a contact may be in a deal, such as Decision Maker."""

    id: str
    name: str | None


class ContactRoles(_Links[R]):
    """The contacts of a deal, each with the role that it plays."""

    def link(self, target: R | Ref[R] | str, /, *, role: ContactRole | str) -> None:
        """Put one contact into the list; ``role`` is one of `roles`, or its id.

        Linking a contact that is there changes its role.  Calls
        ``PUT /Deals/{id}/Contact_Roles/{id}``.  Raises `RecordNotFound` for an id that no contact
        has.
        """
        self._link(target, _role(role))

    def link_many(
        self, targets: Sequence[R | Ref[R] | str], /, *, role: ContactRole | str
    ) -> Results:
        """Put contacts into the list in the same role, 100 a call; one result each, in order.

        Calls ``PUT /Deals/{id}/Contact_Roles``.
        """
        return self._link_many(targets, _role(role))

    def roles(self) -> Sequence[ContactRole]:
        """The roles that the org has set up.  Calls ``GET /Contacts/roles``."""
        answer = self._sender.request("GET", "Contacts/roles")
        return [
            ContactRole(str(item["id"]), item.get("name"))
            for item in items_of(answer, "contact_roles")
        ]


class RelatedRows:
    """One related list of records that these bindings have no class for."""

    def __init__(self, of: Related, api_name: str) -> None:
        self._sender = of._sender  # pyright: ignore[reportPrivateUsage] - see RelatedRecords
        self._path = f"{of._path}/{api_name}"  # pyright: ignore[reportPrivateUsage]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path}>"

    def list(self, *fields: str) -> Iterator[dict[str, Any]]:
        """Read the records as Zoho's JSON objects, with the fields of these api_names.

        Calls ``GET /{module}/{id}/{related list}`` for every 200 records, when they are asked for.
        Zoho wants 1 to 50 fields named, else this raises ``ValueError``.
        """
        if not 0 < len(fields) <= MAX_FIELDS:
            raise ValueError(f"a related list is read by 1 to {MAX_FIELDS} fields")
        return self._list(fields)

    def _list(self, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        for page in related_pages(self._sender, self._path, fields):
            yield from page


def related_pages(
    sender: Sender, path: str, names: Sequence[str]
) -> Iterator[list[dict[str, Any]]]:
    """``GET /{module}/{id}/{related list}``: pages of 200 rows with the fields ``names``."""
    first = {"fields": ",".join(names), "per_page": str(_PAGE)}
    params = first
    page = 1
    while True:
        answer = sender.request("GET", path, params=params)
        yield rows_of(answer)
        if not has_more(answer):
            return
        page += 1
        # Some lists have no tokens; those end after 2,000 rows, which Zoho says itself.
        token = next_page_token(answer)
        params = {**first, "page": str(page)} if token is None else {**first, "page_token": token}


def delete_at(sender: Sender, path: str) -> None:
    """``DELETE`` of one thing; raises `RecordNotFound` where it is not there."""
    from zohohub.batches import in_batches

    try:
        results = in_batches(
            [path], lambda _: sender.request("DELETE", path, items="data"), deletes=True
        )
        results.raise_for_failures()
    except RecordNotFound as error:
        # An attempt before, whose answer was lost, has deleted it.
        if not error.maybe_done:
            raise


def _role(role: ContactRole | str) -> dict[str, object]:
    return {"Contact_Role": {"id": id_of(role if isinstance(role, str) else role.id)}}


def _status(status: str | None) -> dict[str, object]:
    return {} if status is None else {"Member_Status": status}
