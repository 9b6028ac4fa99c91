"""What queries are made of: columns, what they compare with, their order and their totals."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from zohohub.conditions import Comparison, Condition, Operator
from zohohub.values import decode_decimal, decode_integer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["Aggregate", "Column", "Comparable", "Equatable", "Order", "Ordered", "Selectable"]

R = TypeVar("R")
C = TypeVar("C")
V_co = TypeVar("V_co", covariant=True)
N_co = TypeVar("N_co", covariant=True)

Function: TypeAlias = Literal["COUNT", "SUM", "AVG", "MIN", "MAX"]


class Column(Generic[R]):
    """One field of the records ``R``, known by its api_name.

    A field of a record that a lookup leads to is known by its path, ``Account_Name.Industry``.
    """

    __slots__ = ("api_name",)

    in_lists: ClassVar[bool] = True
    """False for what Zoho leaves out of lists: subforms and multi-select lookups."""

    coql: ClassVar[Literal["always", "if asked", "never"]] = "always"
    """Whether a query reads the column: by default, only where it is selected, or not at all."""

    in_files: ClassVar[bool] = True
    """False for what a bulk write cannot set: rows, links, files, tags, JSON of its own shape."""

    def __init__(self, api_name: str) -> None:
        self.api_name = api_name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.api_name!r})"

    @property
    def joined(self) -> bool:
        """The field is one of another record, which a lookup leads to."""
        return "." in self.api_name

    @property
    def listable(self) -> bool:
        """Lists of records carry the field."""
        return self.in_lists and not self.joined

    @property
    def list_names(self) -> Sequence[str]:
        """What a list or a single read asks for to have the field."""
        return (self.api_name,)

    @property
    def query_names(self) -> Sequence[str]:
        """What a query that selects the column asks for."""
        return (self.api_name,)

    def behind(self, lookup: str) -> Self:
        """The column as seen from the records whose field ``lookup`` leads to it."""
        column = copy(self)
        column.api_name = f"{lookup}.{self.api_name}"
        return column

    def encode(self, value: Any) -> Any:
        """The JSON value that Zoho takes for ``value``."""
        return value

    def encode_into(self, body: dict[str, Any], value: Any) -> None:
        """Put the value into the JSON object of a write."""
        body[self.api_name] = self.encode(value)

    def decode(self, value: Any) -> Any:
        """What a record holds for the JSON value that Zoho sent."""
        return value

    def read_text(self, text: str) -> Any:
        """The JSON value, as `decode` takes it, of a cell of a bulk file that is not empty.

        Raises ``ValueError`` for text that is no such value.
        """
        return text

    def is_null(self) -> Condition[R]:
        """The field is empty.  Queries and bulk reads only."""
        return Comparison(self.api_name, "is_null")

    def is_not_null(self) -> Condition[R]:
        """The field is not empty.  Queries and bulk reads only."""
        return Comparison(self.api_name, "is_not_null")

    def asc(self) -> Order[R]:
        """Smallest first, for ``order_by``."""
        return Order(self.api_name, descending=False)

    def desc(self) -> Order[R]:
        """Largest first, for ``order_by``."""
        return Order(self.api_name, descending=True)


class Order(Generic[R]):
    """A column or a total, and the direction to sort it in."""

    __slots__ = ("api_name", "descending", "function")

    def __init__(
        self, api_name: str, *, descending: bool, function: Function | None = None
    ) -> None:
        self.api_name = api_name
        self.descending = descending
        self.function = function

    @property
    def name(self) -> str:
        """What is sorted by: ``Amount`` or ``SUM(Amount)``."""
        return f"{self.function}({self.api_name})" if self.function else self.api_name

    def __repr__(self) -> str:
        return f"{self.name} {'desc' if self.descending else 'asc'}"


class Selectable(Column[R], Generic[R, V_co]):
    """A column that a query can read by itself, as a value of the type ``V_co`` or None."""

    __slots__ = ()

    def decode(self, value: Any) -> V_co | None:
        """What a record holds for the JSON value that Zoho sent."""
        result: V_co | None = value
        return result


class Aggregate(Generic[R, V_co]):
    """A total over a column, for the ``aggregate`` of a query; made by ``column.sum()`` and so on.

    Empty fields do not count.
    """

    __slots__ = ("column", "function")

    def __init__(self, function: Function, column: Selectable[R, Any]) -> None:
        self.function: Function = function
        self.column = column

    @property
    def name(self) -> str:
        """What COQL calls it: ``SUM(Amount)``."""
        return f"{self.function}({self.column.api_name})"

    def __repr__(self) -> str:
        return f"<Aggregate {self.name}>"

    def decode(self, value: Any) -> V_co:
        """The total out of the JSON value that Zoho sent."""
        result: Any
        if self.function == "COUNT":
            result = decode_integer(value) or 0
        elif self.function == "AVG":
            result = decode_decimal(value)
        else:
            result = self.column.decode(value)
        total: V_co = result
        return total

    def asc(self) -> Order[R]:
        """Smallest total first, for ``order_by``."""
        return Order(self.column.api_name, descending=False, function=self.function)

    def desc(self) -> Order[R]:
        """Largest total first, for ``order_by``."""
        return Order(self.column.api_name, descending=True, function=self.function)


class Equatable(Selectable[R, V_co], Generic[R, C, V_co]):
    """A column that can be compared for equality with ``C``.

    What Zoho says of an empty field in ``!=``, ``not_in`` and the like is not documented; add
    ``| column.is_null()`` where it must be found.
    """

    __slots__ = ()

    # A comparison makes a condition instead of a bool, as in every query builder; object's
    # signature cannot say so.
    def __eq__(  # type: ignore[override]
        self,
        other: C,  # pyright: ignore[reportIncompatibleMethodOverride]
    ) -> Condition[R]:
        return self._compare("equals", other)

    def __ne__(  # type: ignore[override]
        self,
        other: C,  # pyright: ignore[reportIncompatibleMethodOverride]
    ) -> Condition[R]:
        return self._compare("not_equal", other)

    def __hash__(self) -> int:
        return id(self)

    def _compare(self, operator: Operator, *values: C) -> Condition[R]:
        return Comparison(self.api_name, operator, values)


class Comparable(Equatable[R, C, V_co], Generic[R, C, V_co]):
    """A column that can be compared with lists of ``C``, too."""

    __slots__ = ()

    def is_in(self, values: Sequence[C]) -> Condition[R]:
        """The field holds one of 1 to 100 values."""
        return self._compare("in", *values)

    def not_in(self, values: Sequence[C]) -> Condition[R]:
        """The field holds none of 1 to 100 values.  Queries and bulk reads only."""
        return self._compare("not_in", *values)


class Ordered(Comparable[R, C, V_co], Generic[R, C, V_co]):
    """A column whose values have an order."""

    __slots__ = ()

    def __lt__(self, other: C) -> Condition[R]:
        return self._compare("less_than", other)

    def __le__(self, other: C) -> Condition[R]:
        return self._compare("less_equal", other)

    def __gt__(self, other: C) -> Condition[R]:
        return self._compare("greater_than", other)

    def __ge__(self, other: C) -> Condition[R]:
        return self._compare("greater_equal", other)

    def between(self, low: C, high: C) -> Condition[R]:
        """The field holds ``low``, ``high`` or what lies between."""
        return self._compare("between", low, high)

    def not_between(self, low: C, high: C) -> Condition[R]:
        """The field holds less than ``low`` or more than ``high``.  Queries and bulk reads only."""
        return self._compare("not_between", low, high)

    def min(self) -> Aggregate[R, V_co | None]:
        """The smallest value; None where there is none."""
        return Aggregate("MIN", self)

    def max(self) -> Aggregate[R, V_co | None]:
        """The largest value; None where there is none."""
        return Aggregate("MAX", self)


class Numeric(Ordered[R, C, N_co], Generic[R, C, N_co]):
    """A column that holds numbers."""

    __slots__ = ()

    def count(self) -> Aggregate[R, int]:
        """How many records have a value here."""
        return Aggregate("COUNT", self)

    def sum(self) -> Aggregate[R, N_co | None]:
        """The sum; None where there is no value."""
        return Aggregate("SUM", self)

    def avg(self) -> Aggregate[R, Decimal | None]:
        """The arithmetic mean; None where there is no value."""
        return Aggregate("AVG", self)
