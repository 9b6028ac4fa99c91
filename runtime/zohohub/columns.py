"""The columns of a module: what its fields are called, and what they can be compared with.

Generated code lists them in one namespace a module, ``Lead.fields``.  A column renders values for
writes (``encode``) and reads them (``decode``), and its operators make a
`zohohub.conditions.Condition`.  An operator that Zoho does not have for a type is not there.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from zohohub.conditions import Comparison, Condition, Operator, datetime_text
from zohohub.values import (
    Link,
    Ref,
    Removed,
    UserRef,
    decode_date,
    decode_datetime,
    decode_decimal,
    decode_digits,
    decode_files,
    decode_integer,
    decode_json,
    decode_layout,
    decode_links,
    decode_options,
    decode_ref,
    decode_rows,
    decode_tags,
    decode_user,
    decode_user_links,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zohohub.records import Record

__all__ = [
    "BooleanColumn",
    "Column",
    "Condition",
    "DateColumn",
    "DateTimeColumn",
    "DecimalColumn",
    "DigitsColumn",
    "FilesColumn",
    "IntegerColumn",
    "JsonColumn",
    "LayoutColumn",
    "LookupColumn",
    "MultiLookupColumn",
    "MultiModuleLookupColumn",
    "MultiPicklistColumn",
    "MultiUserColumn",
    "Order",
    "PicklistColumn",
    "RelatedToColumn",
    "SubformColumn",
    "TagsColumn",
    "TextColumn",
    "UserColumn",
]

R = TypeVar("R")
V = TypeVar("V")
T = TypeVar("T")
RowT = TypeVar("RowT", bound="Record")


class Column(Generic[R]):
    """One field of the records ``R``, known by its api_name."""

    __slots__ = ("api_name",)

    listable = True
    """False for what Zoho leaves out of lists: subforms and multi-select lookups."""

    coql: Literal["always", "if asked", "never"] = "always"
    """Whether a query reads the column: by default, only where it is selected, or not at all."""

    def __init__(self, api_name: str) -> None:
        self.api_name = api_name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.api_name!r})"

    def encode(self, value: Any) -> Any:
        """The JSON value that Zoho takes for ``value``."""
        return value

    def encode_into(self, body: dict[str, Any], value: Any) -> None:
        """Put the value into the JSON object of a write."""
        body[self.api_name] = self.encode(value)

    def decode(self, value: Any) -> Any:
        """What a record holds for the JSON value that Zoho sent."""
        return value

    def is_null(self) -> Condition[R]:
        """The field is empty.  COQL only."""
        return Comparison(self.api_name, "is_null")

    def is_not_null(self) -> Condition[R]:
        """The field is not empty.  COQL only."""
        return Comparison(self.api_name, "is_not_null")

    def asc(self) -> Order[R]:
        """Smallest first, for ``order_by``."""
        return Order(self.api_name, descending=False)

    def desc(self) -> Order[R]:
        """Largest first, for ``order_by``."""
        return Order(self.api_name, descending=True)


class Order(Generic[R]):
    """A column and the direction to sort it in."""

    __slots__ = ("api_name", "descending")

    def __init__(self, api_name: str, *, descending: bool) -> None:
        self.api_name = api_name
        self.descending = descending

    def __repr__(self) -> str:
        return f"{self.api_name} {'desc' if self.descending else 'asc'}"


class _Equality(Column[R], Generic[R, V]):
    """A column that can be compared for equality with ``V``."""

    __slots__ = ()

    # A comparison makes a condition instead of a bool, as in every query builder; object's
    # signature cannot say so.
    def __eq__(  # type: ignore[override]
        self,
        other: V,  # pyright: ignore[reportIncompatibleMethodOverride]
    ) -> Condition[R]:
        return self._compare("equals", other)

    def __ne__(  # type: ignore[override]
        self,
        other: V,  # pyright: ignore[reportIncompatibleMethodOverride]
    ) -> Condition[R]:
        return self._compare("not_equal", other)

    def __hash__(self) -> int:
        return id(self)

    def is_in(self, values: Sequence[V]) -> Condition[R]:
        """The field holds one of 1 to 100 values."""
        return self._compare("in", *values)

    def not_in(self, values: Sequence[V]) -> Condition[R]:
        """The field holds none of 1 to 100 values.  COQL only."""
        return self._compare("not_in", *values)

    def _compare(self, operator: Operator, *values: V) -> Condition[R]:
        return Comparison(self.api_name, operator, values)


class _Ordered(_Equality[R, V]):
    """A column whose values have an order."""

    __slots__ = ()

    def __lt__(self, other: V) -> Condition[R]:
        return self._compare("less_than", other)

    def __le__(self, other: V) -> Condition[R]:
        return self._compare("less_equal", other)

    def __gt__(self, other: V) -> Condition[R]:
        return self._compare("greater_than", other)

    def __ge__(self, other: V) -> Condition[R]:
        return self._compare("greater_equal", other)

    def between(self, low: V, high: V) -> Condition[R]:
        """The field holds ``low``, ``high`` or what lies between."""
        return self._compare("between", low, high)


class TextColumn(_Equality[R, str]):
    """Text, e-mail, phone, website, auto-number, an id."""

    __slots__ = ()

    def starts_with(self, prefix: str) -> Condition[R]:
        """The text begins with ``prefix``.  Search only."""
        return self._compare("starts_with", prefix)

    def contains(self, part: str) -> Condition[R]:
        """The text has ``part`` in it; ``%`` stands for any characters.  COQL only."""
        return self._compare("contains", part)

    def not_contains(self, part: str) -> Condition[R]:
        """The text does not have ``part`` in it.  COQL only."""
        return self._compare("not_contains", part)


class DigitsColumn(_Ordered[R, str]):
    """A whole number of up to 18 digits, which travels as text."""

    __slots__ = ()

    def decode(self, value: Any) -> Any:
        """A string of digits."""
        return decode_digits(value)


class BooleanColumn(_Equality[R, bool]):
    """True or false."""

    __slots__ = ()


class IntegerColumn(_Ordered[R, int]):
    """A whole number."""

    __slots__ = ()

    def decode(self, value: Any) -> Any:
        """An int."""
        return decode_integer(value)


class DecimalColumn(_Ordered[R, Decimal | int]):
    """A double, percent or currency."""

    __slots__ = ()

    def decode(self, value: Any) -> Any:
        """A Decimal."""
        return decode_decimal(value)


class DateColumn(_Ordered[R, date]):
    """A calendar day."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``2026-05-15``."""
        return value.isoformat() if isinstance(value, date) else value

    def decode(self, value: Any) -> Any:
        """A date."""
        return decode_date(value)


class DateTimeColumn(_Ordered[R, datetime]):
    """A moment.  Values need a time zone; Zoho keeps whole seconds."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``2026-05-14T12:51:54+03:00``; raises ``ValueError`` without a time zone."""
        return datetime_text(value) if isinstance(value, datetime) else value

    def decode(self, value: Any) -> Any:
        """An aware datetime."""
        return decode_datetime(value)


class PicklistColumn(_Equality[R, V]):
    """One option of a picklist."""

    __slots__ = ()


class MultiPicklistColumn(Column[R], Generic[R, V]):
    """Several options of a picklist."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """A list of options."""
        return None if value is None else list(value)

    def decode(self, value: Any) -> Any:
        """A list of options."""
        return decode_options(value)

    def is_exactly(self, options: Sequence[V]) -> Condition[R]:
        """The field holds exactly these options.  COQL's ``= 'English;German'``."""
        return Comparison(self.api_name, "equals", (";".join(map(str, options)),))

    def is_in(self, options: Sequence[V]) -> Condition[R]:
        """The field holds one of 1 to 100 options."""
        return Comparison(self.api_name, "in", options)


class LookupColumn(_Equality[R, Ref[T] | str], Generic[R, T]):
    """A reference to a record of the module of ``T``."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> Any:
        """A Ref."""
        return decode_ref(value)


class MultiModuleLookupColumn(_Equality[R, Ref[T] | str], Generic[R, T]):
    """A reference to a record of one of several modules; a write names the module."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …, "module": {"api_name": …}}``; raises ``ValueError`` without a module."""
        body = _id_object(value)
        return body and body | {"module": {"api_name": _module_of(self.api_name, value)}}

    def decode(self, value: Any) -> Any:
        """A Ref with its module."""
        return decode_ref(value)


class RelatedToColumn(_Equality[R, Ref[T] | str], Generic[R, T]):
    """What an activity or note is about: a record of any module, named beside the reference."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def encode_into(self, body: dict[str, Any], value: Any) -> None:
        """The reference, and ``$se_module``; raises ``ValueError`` without a module."""
        body[self.api_name] = self.encode(value)
        if value is not None:
            body["$se_module"] = _module_of(self.api_name, value)

    def decode(self, value: Any) -> Any:
        """A Ref."""
        return decode_ref(value)


class UserColumn(_Equality[R, UserRef | str]):
    """A reference to a user."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> Any:
        """A UserRef."""
        return decode_user(value)


class LayoutColumn(Column[R]):
    """The layout of a record."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> Any:
        """A LayoutRef."""
        return decode_layout(value)


class TagsColumn(Column[R]):
    """The tags of a record."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``[{"name": …}]``."""
        if value is None:
            return None
        return [{"name": tag if isinstance(tag, str) else tag.name} for tag in value]

    def decode(self, value: Any) -> Any:
        """A list of Tags."""
        return decode_tags(value)


class FilesColumn(Column[R]):
    """Uploaded files or images."""

    __slots__ = ()

    coql = "never"

    def encode(self, value: Any) -> Any:
        """``[{"File_Id__s": …}]``; entries that the record has already keep their id."""
        if value is None:
            return None
        return [_removal(file) or self._entry(file) for file in value]

    def _entry(self, file: Any) -> dict[str, Any]:
        if isinstance(file, str):
            return {"File_Id__s": file}
        return {"File_Id__s": file.file_id} | ({"id": file.id} if file.id else {})

    def decode(self, value: Any) -> Any:
        """A list of UploadedFiles."""
        return decode_files(value)


class JsonColumn(Column[R]):
    """A value that travels as JSON of its own shape; COQL has some of them and not others."""

    __slots__ = ()

    coql = "if asked"

    def decode(self, value: Any) -> Any:
        """A copy of the JSON value."""
        return decode_json(value)


class _LinksColumn(Column[R]):
    """A field kept in a linking module; lists do not carry it."""

    __slots__ = ("connected_field",)

    listable = False
    coql = "never"

    def __init__(self, api_name: str, connected_field: str) -> None:
        super().__init__(api_name)
        self.connected_field = connected_field

    def encode(self, value: Any) -> Any:
        """``[{"<connected field>": {"id": …}}]``; existing entries keep the id of their row."""
        if value is None:
            return None
        return [_removal(item) or self._row(item) for item in value]

    def _row(self, item: Any) -> dict[str, Any]:
        target, row_id = _parts(item)
        row = {self.connected_field: _id_object(target)}
        return row if row_id is None else row | {"id": row_id}


class MultiLookupColumn(_LinksColumn[R], Generic[R, T]):
    """References to several records of the module of ``T``."""

    __slots__ = ()

    def decode(self, value: Any) -> Any:
        """A list of Links to Refs."""
        return decode_links(self.connected_field, value)


class MultiUserColumn(_LinksColumn[R]):
    """References to several users."""

    __slots__ = ()

    def decode(self, value: Any) -> Any:
        """A list of Links to UserRefs."""
        return decode_user_links(self.connected_field, value)


class SubformColumn(Column[R], Generic[R, RowT]):
    """Rows of a subform; lists do not carry them, and nothing compares with them."""

    __slots__ = ("read_row", "row_type")

    listable = False
    coql = "never"

    def __init__(
        self,
        api_name: str,
        row_type: type[RowT],
        read_row: Callable[[Mapping[str, Any]], RowT],
    ) -> None:
        super().__init__(api_name)
        self.row_type = row_type
        self.read_row = read_row

    def encode(self, value: Any) -> Any:
        """Each row as an object: a mapping of attribute names, or a record of the row's class."""
        from zohohub.records import Record, encode_values, writable_values

        if value is None:
            return None
        return [
            _removal(row)
            or (
                writable_values(row)
                if isinstance(row, Record)
                else encode_values(self.row_type, row)
            )
            for row in value
        ]

    def decode(self, value: Any) -> Any:
        """A list of rows."""
        return decode_rows(self.read_row, value)


def _removal(item: Any) -> dict[str, Any] | None:
    """``{"id": …, "_delete": null}``, by which Zoho takes an entry away; None for others."""
    return {"id": item.id, "_delete": None} if isinstance(item, Removed) else None


def _module_of(api_name: str, value: Any) -> str:
    module = getattr(value, "module", None)
    if not isinstance(module, str):
        raise ValueError(f"{api_name} needs to know the module: Ref(id, module='Accounts')")
    return module


def _parts(item: Link[Any] | Any) -> tuple[Any, str | None]:
    """What an entry points at, and the id of its linking row if there is one."""
    return (item.target, item.id) if hasattr(item, "target") else (item, None)


def _id_object(value: Any) -> Any:
    """``{"id": …}`` of an id, a reference or a record; None stays None."""
    if value is None:
        return None
    return {"id": value if isinstance(value, str) else value.id}
