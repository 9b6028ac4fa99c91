# ruff: noqa: S608 - names come from generated code, and conditions quote their values
"""Totals of COQL queries: over all records, or over each group of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, TypeVarTuple, overload

from zohohub.conditions import coql_name
from zohohub.errors import LimitExceeded
from zohohub.queries import MAX_OFFSET, MAX_ORDERS, PAGE, check_joins, read_value
from zohohub.reading import has_more, rows_of

if TYPE_CHECKING:
    from zohohub.expressions import Aggregate, Order, Selectable
    from zohohub.records import Record
    from zohohub.transport import Answer

__all__ = ["Grouping", "Source", "grand_totals"]

R = TypeVar("R", bound="Record")
Keys = TypeVarTuple("Keys")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")

_MAX_GROUPS = 4
_MAX_TOTALS = 5


@dataclass(frozen=True, slots=True)
class Source(Generic[R]):
    """What a query is about, without the columns it reads."""

    module: str
    where: str
    orders: Sequence[Order[R]]
    limit: int | None
    run: Callable[[str], Answer]


class Grouping(Generic[R, *Keys]):
    """The records of a query, in groups; made by ``query.group_by(…)``."""

    __slots__ = ("_columns", "_source")

    def __init__(self, source: Source[R], columns: Sequence[Selectable[R, Any]]) -> None:
        names = [column.api_name for column in columns]
        if not 0 < len(names) <= _MAX_GROUPS:
            raise ValueError(f"a query groups by 1 to {_MAX_GROUPS} columns, not {len(names)}")
        if len(set(names)) < len(names):
            raise ValueError(f"a query groups by each column once, not by {', '.join(names)}")
        check_joins(names, selected=True)
        self._source = source
        self._columns = columns

    def __repr__(self) -> str:
        return f"<Grouping by {', '.join(column.api_name for column in self._columns)}>"

    @overload
    def aggregate(self, a: Aggregate[R, T1], /) -> Iterator[tuple[*Keys, T1]]: ...
    @overload
    def aggregate(
        self, a: Aggregate[R, T1], b: Aggregate[R, T2], /
    ) -> Iterator[tuple[*Keys, T1, T2]]: ...
    @overload
    def aggregate(
        self, a: Aggregate[R, T1], b: Aggregate[R, T2], c: Aggregate[R, T3], /
    ) -> Iterator[tuple[*Keys, T1, T2, T3]]: ...
    @overload
    def aggregate(
        self,
        a: Aggregate[R, T1],
        b: Aggregate[R, T2],
        c: Aggregate[R, T3],
        d: Aggregate[R, T4],
        /,
    ) -> Iterator[tuple[*Keys, T1, T2, T3, T4]]: ...
    @overload
    def aggregate(
        self,
        a: Aggregate[R, T1],
        b: Aggregate[R, T2],
        c: Aggregate[R, T3],
        d: Aggregate[R, T4],
        e: Aggregate[R, T5],
        /,
    ) -> Iterator[tuple[*Keys, T1, T2, T3, T4, T5]]: ...

    def aggregate(self, *totals: Aggregate[R, Any]) -> Any:
        """A tuple a group: its values of the columns, then 1 to 5 totals.

        In the order of the query, else of the columns; ``order_by(f.amount.sum().desc())`` sorts
        by a total.  Calls ``POST /coql`` for every 2,000 groups, as they are asked for, up to
        100,000 (then `LimitExceeded`).  Raises ``ValueError`` for other totals, and for an order
        by what is neither grouped by nor among the totals.
        """
        _check(totals)
        return self._rows(self._text(totals), totals)

    def _rows(self, text: str, totals: Sequence[Aggregate[R, Any]]) -> Iterator[tuple[Any, ...]]:
        most = self._source.limit
        done = 0
        while (size := PAGE if most is None else min(PAGE, most - done)) > 0:
            size = min(size, MAX_OFFSET - done)
            limit = f"{done}, {size}" if done else f"{size}"
            answer = self._source.run(f"{text} limit {limit}")
            rows = rows_of(answer)
            for row in rows:
                keys = [read_value(column, row.get(column.api_name)) for column in self._columns]
                yield (*keys, *_totals(row, totals))
            done += len(rows)
            if not (rows and has_more(answer)):
                return
            if done >= MAX_OFFSET and (most is None or done < most):
                raise LimitExceeded(
                    "LIMIT_EXCEEDED",
                    f"COQL gives the first {MAX_OFFSET} groups: narrow the query",
                    status=answer.status,
                    request=answer.request,
                )

    def _text(self, totals: Sequence[Aggregate[R, Any]]) -> str:
        source = self._source
        names = [column.api_name for column in self._columns]
        sortable = {name: coql_name(name) for name in names}
        sortable |= {total.name: _alias(index) for index, total in enumerate(totals)}
        ways: dict[str, str] = {}
        for order in source.orders:
            if order.name not in sortable:
                raise ValueError(f"groups are sorted by {', '.join(sortable)}, not by {order.name}")
            ways[sortable[order.name]] = "desc" if order.descending else "asc"
        for name in names:
            # Pages only fit together in an order without ties.
            ways.setdefault(coql_name(name), "asc")
        if len(ways) > MAX_ORDERS:
            raise ValueError(f"COQL sorts by {MAX_ORDERS} columns, not {len(ways)}")
        grouped = ", ".join(map(coql_name, names))
        order_by = ", ".join(f"{name} {way}" for name, way in ways.items())
        return (
            f"select {grouped}, {_selected(totals)} from {source.module} where {source.where} "
            f"group by {grouped} order by {order_by}"
        )


def grand_totals(source: Source[Any], totals: Sequence[Aggregate[Any, Any]]) -> tuple[Any, ...]:
    """The totals over all records of a query."""
    _check(totals)
    answer = source.run(f"select {_selected(totals)} from {source.module} where {source.where}")
    rows = rows_of(answer)
    return _totals(rows[0] if rows else {}, totals)


def _check(totals: Sequence[Aggregate[Any, Any]]) -> None:
    if not 0 < len(totals) <= _MAX_TOTALS:
        raise ValueError(f"a query takes 1 to {_MAX_TOTALS} totals, not {len(totals)}")
    names = [total.name for total in totals]
    if len(set(names)) < len(names):
        raise ValueError(f"a query takes each total once, not {', '.join(names)}")
    check_joins([total.column.api_name for total in totals], selected=True)


def _selected(totals: Sequence[Aggregate[Any, Any]]) -> str:
    return ", ".join(
        f"{total.function}({coql_name(total.column.api_name)}) as {_alias(index)}"
        for index, total in enumerate(totals)
    )


def _totals(row: Mapping[str, Any], totals: Sequence[Aggregate[Any, Any]]) -> tuple[Any, ...]:
    return tuple(
        read_value(total, row.get(_alias(index), row.get(total.name)))
        for index, total in enumerate(totals)
    )


def _alias(index: int) -> str:
    return f"total_{index + 1}"
