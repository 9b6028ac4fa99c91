# ruff: noqa: S608 - names come from generated code, and conditions quote their values
"""COQL queries, built step by step and read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from zohohub.columns import Column, Order
from zohohub.conditions import coql_name
from zohohub.errors import InvalidQuery, LimitExceeded, UnexpectedValue
from zohohub.immutable import immutable, replace
from zohohub.reading import has_more, rows_of
from zohohub.records import Record

if TYPE_CHECKING:
    from zohohub.conditions import Condition
    from zohohub.expressions import Aggregate, Selectable
    from zohohub.org_columns import OrgColumns
    from zohohub.totals import Grouping, Source
    from zohohub.transport import Answer, Sender

__all__ = ["MAX_OFFSET", "MAX_ORDERS", "PAGE", "Query", "check_joins", "read_value"]

R = TypeVar("R", bound=Record)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")
T7 = TypeVar("T7")
T8 = TypeVar("T8")

PAGE = 2000
"""How many records one call gives."""
MAX_OFFSET = 100_000
"""How many records may come before those of a page."""
MAX_ORDERS = 10
_MAX_COLUMNS = 500
_MAX_COMPARISONS = 25
_MAX_RELATIONS = 2
_MAX_JOINS = 5
_MAX_SELECTED_JOINS = 15
_OF_USERS = ("role", "profile")


@immutable
class Query(Generic[R]):
    """A COQL query of one module: every method gives a new query, iterating one runs it.

    Reads up to 2,000 records a call, ``POST /coql``, as they are asked for.  Without an order, or
    ordered by id, there is no limit to how many, and records that change meanwhile are neither
    skipped nor repeated.  In any other order Zoho gives the first 100,000 (then `LimitExceeded`),
    and a record whose place changes between two calls may come twice or not at all.

    Columns behind lookups, ``fields.account_name.industry`` or ``fields.what_id.to(Lead).city``,
    may stand wherever columns do, but for `select`: a record has no place for them, `values` reads
    them.  Zoho follows at most two lookups in a row, and joins at most 5 modules for conditions and
    orders, 15 for `values`.

    A call costs one credit for up to 200 records, two for up to 1,000, three for up to 2,000; how
    many it asks for counts, so give a `limit` where you want few.
    """

    _sender: Sender
    _module: str
    _decode: Callable[[Iterator[Sequence[dict[str, Any]]]], Iterator[R]]
    _columns: Sequence[Column[R]]
    _org: OrgColumns[R]
    _condition: Condition[R] | None = None
    _orders: tuple[Order[R], ...] = ()
    _limit: int | None = None
    _chosen: bool = False
    """Whether the columns were asked for one by one."""

    def __repr__(self) -> str:
        return f"<Query {self._text(self._page_size(0), 0, None)}>"

    # --- building -------------------------------------------------------------------------

    def where(self, condition: Condition[R]) -> Query[R]:
        """Only records that meet ``condition``, and those of earlier ``where`` calls.

        Raises ``ValueError`` for more than 25 comparisons, and for too many joins.
        """
        both = condition if self._condition is None else self._condition & condition
        if both.size > _MAX_COMPARISONS:
            raise ValueError(f"COQL takes {_MAX_COMPARISONS} comparisons, not {both.size}")
        both.coql()
        check_joins([*both.names(), *(order.api_name for order in self._orders)])
        return replace(self, _condition=both)

    def select(self, *columns: Column[R]) -> Query[R]:
        """Read these columns only; the id always comes too.

        Raises ``ValueError`` for none, for more than 500, for one that COQL cannot read, and for
        one of another record.
        """
        chosen = self._choose(columns)
        for column in columns:
            if column.joined:
                raise ValueError(
                    f"{column.api_name} has no place in a record of {self._module}: use values()"
                )
        return chosen

    def order_by(self, *columns: Column[R] | Aggregate[R, object] | Order[R]) -> Query[R]:
        """Sort by up to 9 columns; ``column.desc()`` puts the largest first.

        Totals, ``column.sum().desc()``, sort what `group_by` gives.  Raises ``ValueError`` for
        more columns, for one that is given twice, and for too many joins.
        """
        orders = tuple(item if isinstance(item, Order) else item.asc() for item in columns)
        if len(orders) >= MAX_ORDERS:  # the last one is the id
            raise ValueError(f"a query sorts by {MAX_ORDERS - 1} columns, not {len(orders)}")
        names = [order.name for order in orders]
        if len(set(names)) < len(names):
            raise ValueError(f"a query sorts by each column once, not by {', '.join(names)}")
        condition = () if self._condition is None else self._condition.names()
        check_joins([*condition, *(order.api_name for order in orders)])
        return replace(self, _orders=orders)

    def limit(self, count: int) -> Query[R]:
        """At most ``count`` records, or groups."""
        if count < 1:
            raise ValueError(f"a limit is at least 1, not {count}")
        return replace(self, _limit=count)

    # --- reading --------------------------------------------------------------------------

    def first(self) -> R | None:
        """The first record, or None."""
        return next(iter(self.limit(1)), None)

    def count(self) -> int:
        """How many records meet the conditions, whatever the limit.

        One call; if Zoho refuses ``COUNT(id)``, which it does not document, one for every 2,000
        records.
        """
        try:
            answer = self._run(f"select COUNT(id) from {self._module} where {self._where()}")
        except InvalidQuery:
            # Where the conditions are at fault, the records are refused as well.
            every = replace(self, _columns=[Column("id")], _orders=(), _limit=None)
            return sum(map(len, every._pages()))
        rows = rows_of(answer)
        return int(next(iter(rows[0].values()))) if rows else 0

    def __iter__(self) -> Iterator[R]:
        self._check_columns()
        return self._decode(self._pages() if self._chosen else self._pages_of_org())

    @overload
    def values(self, a: Selectable[R, T1], /) -> Iterator[tuple[T1 | None]]: ...
    @overload
    def values(
        self, a: Selectable[R, T1], b: Selectable[R, T2], /
    ) -> Iterator[tuple[T1 | None, T2 | None]]: ...
    @overload
    def values(
        self, a: Selectable[R, T1], b: Selectable[R, T2], c: Selectable[R, T3], /
    ) -> Iterator[tuple[T1 | None, T2 | None, T3 | None]]: ...
    @overload
    def values(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        /,
    ) -> Iterator[tuple[T1 | None, T2 | None, T3 | None, T4 | None]]: ...
    @overload
    def values(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        e: Selectable[R, T5],
        /,
    ) -> Iterator[tuple[T1 | None, T2 | None, T3 | None, T4 | None, T5 | None]]: ...
    @overload
    def values(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        e: Selectable[R, T5],
        f: Selectable[R, T6],
        /,
    ) -> Iterator[tuple[T1 | None, T2 | None, T3 | None, T4 | None, T5 | None, T6 | None]]: ...
    @overload
    def values(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        e: Selectable[R, T5],
        f: Selectable[R, T6],
        g: Selectable[R, T7],
        /,
    ) -> Iterator[
        tuple[T1 | None, T2 | None, T3 | None, T4 | None, T5 | None, T6 | None, T7 | None]
    ]: ...
    @overload
    def values(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        e: Selectable[R, T5],
        f: Selectable[R, T6],
        g: Selectable[R, T7],
        h: Selectable[R, T8],
        /,
    ) -> Iterator[
        tuple[
            T1 | None, T2 | None, T3 | None, T4 | None, T5 | None, T6 | None, T7 | None, T8 | None
        ]
    ]: ...
    @overload
    def values(self, *columns: Selectable[R, object]) -> Iterator[tuple[object, ...]]: ...

    def values(self, *columns: Selectable[R, Any]) -> Iterator[tuple[Any, ...]]:
        """Read these columns alone, a tuple a record: ``for name, industry in …``.

        Columns behind lookups too.  Up to 8 columns are typed each by its own.  Raises
        ``ValueError`` as `select` does and for too many joins, `UnexpectedValue` for a value of
        another shape.
        """
        pages = self._choose(columns)._pages()
        check_joins([column.api_name for column in columns], selected=True)
        return (
            tuple(read_value(column, row.get(column.api_name)) for column in columns)
            for page in pages
            for row in page
        )

    # --- totals ---------------------------------------------------------------------------

    @overload
    def group_by(self, a: Selectable[R, T1], /) -> Grouping[R, T1 | None]: ...
    @overload
    def group_by(
        self, a: Selectable[R, T1], b: Selectable[R, T2], /
    ) -> Grouping[R, T1 | None, T2 | None]: ...
    @overload
    def group_by(
        self, a: Selectable[R, T1], b: Selectable[R, T2], c: Selectable[R, T3], /
    ) -> Grouping[R, T1 | None, T2 | None, T3 | None]: ...
    @overload
    def group_by(
        self,
        a: Selectable[R, T1],
        b: Selectable[R, T2],
        c: Selectable[R, T3],
        d: Selectable[R, T4],
        /,
    ) -> Grouping[R, T1 | None, T2 | None, T3 | None, T4 | None]: ...

    def group_by(self, *columns: Selectable[R, Any]) -> Any:
        """The records in groups, one for each value of 1 to 4 columns; `aggregate` reads totals.

        ``for stage, total, deals in query.group_by(f.stage).aggregate(f.amount.sum(), …)``.

        Raises ``ValueError`` for more columns, and for too many joins.
        """
        from zohohub.totals import Grouping

        grouping: Any = Grouping
        return grouping(self._source(), columns)

    @overload
    def aggregate(self, a: Aggregate[R, T1], /) -> tuple[T1]: ...
    @overload
    def aggregate(self, a: Aggregate[R, T1], b: Aggregate[R, T2], /) -> tuple[T1, T2]: ...
    @overload
    def aggregate(
        self, a: Aggregate[R, T1], b: Aggregate[R, T2], c: Aggregate[R, T3], /
    ) -> tuple[T1, T2, T3]: ...
    @overload
    def aggregate(
        self,
        a: Aggregate[R, T1],
        b: Aggregate[R, T2],
        c: Aggregate[R, T3],
        d: Aggregate[R, T4],
        /,
    ) -> tuple[T1, T2, T3, T4]: ...
    @overload
    def aggregate(
        self,
        a: Aggregate[R, T1],
        b: Aggregate[R, T2],
        c: Aggregate[R, T3],
        d: Aggregate[R, T4],
        e: Aggregate[R, T5],
        /,
    ) -> tuple[T1, T2, T3, T4, T5]: ...

    def aggregate(self, *totals: Aggregate[R, Any]) -> tuple[Any, ...]:
        """1 to 5 totals over all records that meet the conditions, whatever the limit.

        ``total, largest = query.aggregate(f.amount.sum(), f.amount.max())``; one call of
        ``POST /coql``.  Raises ``ValueError`` for more totals, and for too many joins.
        """
        from zohohub.totals import grand_totals

        return grand_totals(self._source(), totals)

    # --- COQL -----------------------------------------------------------------------------

    def _source(self) -> Source[R]:
        from zohohub.totals import Source

        return Source(self._module, self._where(), self._orders, self._limit, self._run)

    def _choose(self, columns: Sequence[Column[R]]) -> Query[R]:
        chosen = replace(self, _columns=columns, _chosen=True)
        chosen._check_columns()
        return chosen

    def _check_columns(self) -> None:
        # The module of a reference is a column of its own.
        count = max(len(self._columns), len(self._names()))
        if not 0 < count <= _MAX_COLUMNS:
            raise ValueError(f"a query reads 1 to {_MAX_COLUMNS} columns, not {count}")
        for column in self._columns:
            if column.coql == "never":
                raise ValueError(f"COQL cannot read {column.api_name}: read the record with get()")
        for order in self._orders:
            if order.function:
                raise ValueError(f"only groups are sorted by {order.name}: use group_by()")

    def _pages_of_org(self) -> Iterator[Sequence[dict[str, Any]]]:
        """The pages with all columns that the org has, where the bindings are of several orgs."""
        while True:
            pages = replace(self, _columns=self._org.present(self._columns))._pages()
            try:
                first = next(pages)
            except InvalidQuery as refusal:
                if not self._org.learn(refusal):
                    raise
            else:
                yield first
                yield from pages
                return

    def _pages(self) -> Iterator[Sequence[dict[str, Any]]]:
        by_id = self._pages_by_id()
        done = 0
        last_id: str | None = None
        while (size := self._page_size(done)) > 0:
            if by_id:
                text = self._text(size, 0, last_id)
            else:
                size = min(size, MAX_OFFSET - done)
                text = self._text(size, done, None)
            answer = self._run(text)
            rows = rows_of(answer)
            for row in rows:
                # COQL sometimes spells it so.
                if "Id" in row and "id" not in row:
                    row["id"] = row.pop("Id")
            yield rows
            if not (rows and has_more(answer)):
                return
            done += len(rows)
            last_id = rows[-1]["id"]
            if not by_id and done >= MAX_OFFSET and self._page_size(done):
                way = "order by id" if self._orders else f"compare {_MAX_COMPARISONS - 1} times"
                raise LimitExceeded(
                    "LIMIT_EXCEEDED",
                    f"COQL gives the first {MAX_OFFSET} records in this order: {way}",
                    status=answer.status,
                    request=answer.request,
                )

    def _page_size(self, done: int) -> int:
        return PAGE if self._limit is None else min(PAGE, self._limit - done)

    def _pages_by_id(self) -> bool:
        """Whether the next page begins behind the last id, which takes one more comparison."""
        compared = 0 if self._condition is None else self._condition.size
        return compared < _MAX_COMPARISONS and (
            not self._orders or self._orders[0].api_name == "id"
        )

    def _names(self) -> Sequence[str]:
        """What is read, each once; the modules of references only where they were chosen."""
        names = (each.query_names if self._chosen else (each.api_name,) for each in self._columns)
        return list(dict.fromkeys(name for each in names for name in each))

    def _where(self) -> str:
        """The conditions; Zoho wants some."""
        return "id is not null" if self._condition is None else self._condition.coql()

    def _text(self, size: int, offset: int, last_id: str | None) -> str:
        names = ", ".join(map(coql_name, self._names()))
        where = self._where()
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


def read_value(source: Selectable[Any, Any] | Aggregate[Any, Any], value: Any) -> Any:
    """The value of a column or total; raises `UnexpectedValue` for one of another shape."""
    try:
        return source.decode(value)
    except (AttributeError, LookupError, TypeError, ValueError):
        name = source.api_name if isinstance(source, Column) else source.name
        raise UnexpectedValue(type(source).__name__, name, name) from None


def check_joins(paths: Sequence[str], *, selected: bool = False) -> None:
    """Raise ``ValueError`` for more relations in a row, or more joins, than Zoho takes."""
    joined: set[tuple[str, ...]] = set()
    for path in paths:
        lookups = path.split(".")[:-1]
        if lookups and lookups[-1] in _OF_USERS:
            lookups.pop()
        if len(lookups) > _MAX_RELATIONS:
            raise ValueError(f"COQL follows {_MAX_RELATIONS} lookups in a row, not {path}")
        joined.update(tuple(lookups[: depth + 1]) for depth in range(len(lookups)))
    most = _MAX_SELECTED_JOINS if selected else _MAX_JOINS
    if len(joined) > most:
        names = ", ".join(sorted(".".join(lookups) for lookups in joined))
        raise ValueError(f"COQL joins {most} modules, not {len(joined)}: {names}")
