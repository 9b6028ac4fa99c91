"""The records of one module: read, search, query, write.

Generated code has one subclass a module, which adds ``create``, ``update`` and the like with the
names and types of its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zohohub.batches import appends_rows, in_batches
from zohohub.errors import UnexpectedAnswer
from zohohub.queries import Query
from zohohub.reading import MAX_FIELDS, list_rows, read_row, search_rows
from zohohub.records import columns_of, encode_values

if TYPE_CHECKING:
    from zohohub.columns import Column
    from zohohub.conditions import Condition
    from zohohub.records import Record
    from zohohub.results import Results
    from zohohub.transport import Answer, Sender
    from zohohub.values import Ref

__all__ = ["Module"]

R = TypeVar("R", bound="Record")

_MAX_CONDITIONS = 10
_MAX_CRITERIA = 3000


class Module(Generic[R]):
    """The records of one module, as objects of the class ``R``.

    Every method may raise `ApiError`, `AuthError`, `ConnectionFailed` and `UnexpectedAnswer`;
    see `zohohub.errors`.
    """

    api_name: str
    record_type: type[R]
    decode: Callable[[Mapping[str, Any]], R]

    def __init__(self, transport: Sender) -> None:
        self._transport = transport

    def get(self, target: R | Ref[R] | str, /, *columns: Column[R]) -> R:
        """Read one record: the given columns, or without any all fields, subforms too.

        Calls ``GET /{module}/{id}``.  More than 50 columns are read as all fields.  Raises
        `RecordNotFound` for an id that no record has, ``ValueError`` for what cannot be an id.
        """
        names = [column.api_name for column in columns]
        return self.decode(read_row(self._transport, self.api_name, _id(target), names))

    def list(self, *columns: Column[R]) -> Iterator[R]:
        """Read all records, newest id first: the given columns, or without any all that lists have.

        Calls ``GET /{module}`` for every 200 records, when they are asked for; with more than 50
        columns also twice for every further 50.  Zoho leaves subforms and multi-select lookups
        out of lists and cuts rich text to 500 characters; `get` reads them.  Zoho lists the first
        100,000 records; a query has no such limit.  Raises ``ValueError`` for a column that lists
        leave out.
        """
        known = columns_of(self.record_type).values()
        names = _listable(columns or [column for column in known if column.listable])
        rows = list_rows(
            self._transport,
            self.api_name,
            names,
            has_modified_time=any(column.api_name == "Modified_Time" for column in known),
        )
        return map(self.decode, rows)

    def search(
        self,
        condition: Condition[R] | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        columns: Sequence[Column[R]] = (),
    ) -> Iterator[R]:
        """Find records by a condition, an e-mail address, a phone number or a word.

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
        names = _listable(columns)
        if 0 < len(names) <= MAX_FIELDS:
            params["fields"] = ",".join(names)
        return map(self.decode, search_rows(self._transport, self.api_name, params))

    def query(self) -> Query[R]:
        """A COQL query of this module: ``query().where(…).order_by(…).limit(…)``."""
        columns = [
            column for column in columns_of(self.record_type).values() if column.coql == "always"
        ]
        return Query(self._transport, self.api_name, self.decode, columns)

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

    def delete(self, target: R | Ref[R] | str, /) -> None:
        """Move one record to the recycle bin.

        Calls ``DELETE /{module}``.  Raises `RecordNotFound` for an id that no record has.
        """
        self.delete_many([target]).raise_for_failures()

    def delete_many(self, targets: Sequence[R | Ref[R] | str], /) -> Results:
        """Move records to the recycle bin, 100 a call, with one result each.

        Calls ``DELETE /{module}``.  An error that stops it holds the ``results`` so far.
        """
        return in_batches([_id(target) for target in targets], self._send_deletes, deletes=True)

    def _create(self, values: Mapping[str, object]) -> str:
        return self._create_many([values]).ids[0]

    def _create_many(self, rows: Sequence[Mapping[str, object]]) -> Results:
        bodies = [encode_values(self.record_type, row, with_id=False) for row in rows]
        return in_batches(bodies, lambda batch: self._send("POST", self.api_name, batch))

    def _update(self, target: R | Ref[R] | str, values: Mapping[str, object]) -> None:
        self._update_many([{**values, "id": _id(target)}]).raise_for_failures()

    def _update_many(self, rows: Sequence[Mapping[str, object]]) -> Results:
        bodies = [encode_values(self.record_type, row) for row in rows]
        for index, body in enumerate(bodies):
            if not body.get("id"):
                raise ValueError(f"row {index} has no id; an update needs to know which record")
        return in_batches(
            bodies,
            lambda batch: self._send(
                "PUT", self.api_name, batch, idempotent=not appends_rows(batch)
            ),
        )

    def _upsert_many(
        self, rows: Sequence[Mapping[str, object]], match: Sequence[Column[R]]
    ) -> Results:
        bodies = [encode_values(self.record_type, row) for row in rows]
        fields = {"duplicate_check_fields": [column.api_name for column in match]} if match else {}
        return in_batches(
            bodies,
            lambda batch: self._send("POST", f"{self.api_name}/upsert", batch, fields),
        )

    def _send(
        self,
        method: str,
        path: str,
        bodies: Sequence[Mapping[str, Any]],
        more: Mapping[str, Any] | None = None,
        *,
        idempotent: bool | None = None,
    ) -> Answer:
        return self._transport.request(
            method,
            path,
            json={"data": bodies, **(more or {})},
            idempotent=idempotent,
            items="data",
        )

    def _send_deletes(self, ids: Sequence[str]) -> Answer:
        return self._transport.request(
            "DELETE", self.api_name, params={"ids": ",".join(ids)}, items="data"
        )


def _id(target: Record | Ref[Any] | str) -> str:
    """The id of a record; it becomes part of a URL, where a slash or comma would do harm."""
    record_id: str = target if isinstance(target, str) else target.id
    if not (record_id.isascii() and record_id.isalnum()):
        raise ValueError(f"{record_id!r} is not the id of a record; Zoho's ids are digits")
    return record_id


def _listable(columns: Sequence[Column[Any]]) -> Sequence[str]:
    for column in columns:
        if not column.listable:
            raise ValueError(
                f"Zoho leaves {column.api_name} out of lists: read the record with get()"
            )
    return list(dict.fromkeys(column.api_name for column in columns))


def _criteria(condition: Condition[Any]) -> str:
    text = condition.criteria()
    if condition.size > _MAX_CONDITIONS or len(text) > _MAX_CRITERIA:
        raise ValueError(
            f"a search takes {_MAX_CONDITIONS} comparisons and {_MAX_CRITERIA} characters, not "
            f"{condition.size} and {len(text)}: use query()"
        )
    return text
