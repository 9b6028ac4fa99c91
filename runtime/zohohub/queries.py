# ruff: noqa: S608 - names come from generated code, and conditions quote their values
"""COQL queries, built step by step and read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zohohub.columns import Column, Order
from zohohub.conditions import coql_name
from zohohub.errors import LimitExceeded
from zohohub.reading import has_more, rows_of

if TYPE_CHECKING:
    from zohohub.conditions import Condition
    from zohohub.records import Record
    from zohohub.transport import Answer, Sender

__all__ = ["Query"]

R = TypeVar("R", bound="Record")

_PAGE = 2000
_MAX_OFFSET = 100_000
_MAX_COLUMNS = 500
_MAX_ORDERS = 9  # Zoho takes 10; the last one is the id
_MAX_COMPARISONS = 25


@dataclass(frozen=True, slots=True, repr=False)
class Query(Generic[R]):
    """A COQL query of one module: every method gives a new query, iterating one runs it.

    Reads up to 2,000 records a call, ``POST /coql``, as they are asked for.  Without an order, or
    ordered by id, there is no limit to how many, and records that change meanwhile are neither
    skipped nor repeated.  In any other order Zoho gives the first 100,000 (then `LimitExceeded`),
    and a record whose place changes between two calls may come twice or not at all.
    """

    _sender: Sender
    _module: str
    _decode: Callable[[Mapping[str, Any]], R]
    _columns: Sequence[Column[R]]
    _condition: Condition[R] | None = None
    _orders: tuple[Order[R], ...] = ()
    _limit: int | None = None

    def __repr__(self) -> str:
        return f"<Query {self._text(self._page_size(0), 0, None)}>"

    def where(self, condition: Condition[R]) -> Query[R]:
        """Only records that meet ``condition``, and those of earlier ``where`` calls.

        Raises ``ValueError`` for more than 25 comparisons and for one that COQL does not have.
        """
        both = condition if self._condition is None else self._condition & condition
        if both.size > _MAX_COMPARISONS:
            raise ValueError(f"COQL takes {_MAX_COMPARISONS} comparisons, not {both.size}")
        both.coql()
        return replace(self, _condition=both)

    def select(self, *columns: Column[R]) -> Query[R]:
        """Read these columns only; the id always comes too.

        Raises ``ValueError`` for none, for more than 500, and for one that COQL cannot read.
        """
        if not 0 < len(columns) <= _MAX_COLUMNS:
            raise ValueError(f"a query reads 1 to {_MAX_COLUMNS} columns, not {len(columns)}")
        for column in columns:
            if column.coql == "never":
                raise ValueError(f"COQL cannot read {column.api_name}: read the record with get()")
        return replace(self, _columns=columns)

    def order_by(self, *columns: Column[R] | Order[R]) -> Query[R]:
        """Sort by up to 9 columns; ``column.desc()`` puts the largest first."""
        if len(columns) > _MAX_ORDERS:
            raise ValueError(f"a query sorts by {_MAX_ORDERS} columns, not {len(columns)}")
        orders = tuple(item.asc() if isinstance(item, Column) else item for item in columns)
        return replace(self, _orders=orders)

    def limit(self, count: int) -> Query[R]:
        """At most ``count`` records."""
        if count < 1:
            raise ValueError(f"a limit is at least 1, not {count}")
        return replace(self, _limit=count)

    def first(self) -> R | None:
        """The first record, or None."""
        return next(iter(self.limit(1)), None)

    def count(self) -> int:
        """How many records meet the conditions, whatever the limit."""
        where = "id is not null" if self._condition is None else self._condition.coql()
        rows = rows_of(self._run(f"select COUNT(id) from {self._module} where {where}"))
        return int(next(iter(rows[0].values()))) if rows else 0

    def __iter__(self) -> Iterator[R]:
        by_id = self._pages_by_id()
        done = 0
        last_id: str | None = None
        while (size := self._page_size(done)) > 0:
            if by_id:
                text = self._text(size, 0, last_id)
            else:
                size = min(size, _MAX_OFFSET - done)
                text = self._text(size, done, None)
            answer = self._run(text)
            rows = rows_of(answer)
            for row in rows:
                # COQL sometimes spells it so.
                if "Id" in row and "id" not in row:
                    row["id"] = row.pop("Id")
                yield self._decode(row)
            if not (rows and has_more(answer)):
                return
            done += len(rows)
            last_id = rows[-1]["id"]
            if not by_id and done >= _MAX_OFFSET and self._page_size(done):
                raise LimitExceeded(
                    "LIMIT_EXCEEDED",
                    f"COQL gives the first {_MAX_OFFSET} records in this order: order by id",
                    status=answer.status,
                    request=answer.request,
                )

    def _page_size(self, done: int) -> int:
        return _PAGE if self._limit is None else min(_PAGE, self._limit - done)

    def _pages_by_id(self) -> bool:
        """Whether the next page begins behind the last id, which takes one more comparison."""
        compared = 0 if self._condition is None else self._condition.size
        return compared < _MAX_COMPARISONS and (
            not self._orders or self._orders[0].api_name == "id"
        )

    def _text(self, size: int, offset: int, last_id: str | None) -> str:
        names = ", ".join(dict.fromkeys(coql_name(column.api_name) for column in self._columns))
        where = "id is not null" if self._condition is None else self._condition.coql()
        orders = [
            f"{coql_name(order.api_name)} {'desc' if order.descending else 'asc'}"
            for order in self._orders
        ]
        if last_id is not None:
            sign = "<" if orders and self._orders[0].descending else ">"
            where = f"({where} and id {sign} '{last_id}')"
        if not any(order.api_name == "id" for order in self._orders):
            # Pages only fit together in an order without ties.
            orders.append("id asc")
        order = ", ".join(orders)
        limit = f"{offset}, {size}" if offset else f"{size}"
        return f"select {names} from {self._module} where {where} order by {order} limit {limit}"

    def _run(self, text: str) -> Answer:
        return self._sender.request("POST", "coql", json={"select_query": text}, idempotent=True)
