"""Records: dataclasses with an explicit api_name beside each attribute.

An attribute that was not fetched is an empty slot: reading it raises
`zohohub.errors.FieldNotFetched`, and writing the record back never touches the field.  ``None``
means that Zoho holds no value.  A record keeps the JSON object that it was read from, so that what
the bindings do not know is still there (`Record.extra`, `Record.system`) and nothing is lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast, dataclass_transform

from zohohub.columns import Column
from zohohub.facts import declare_facts, facts_of
from zohohub.immutable import like_dataclass
from zohohub.renamed import current_values, former_names

if TYPE_CHECKING:
    from typing import NoReturn, Self, Unpack

    from zohohub.facts import Facts

__all__ = ["ABSENT", "Record", "api", "columns_of", "decoder", "record"]

ABSENT: Final[Any] = None
"""Stands where a type checker wants a default: the attribute may be left out."""

NOT_READ: Mapping[str, Any] = {}


def api(api_name: str, /, *, default: Any, alias: str | None = None, **facts: Unpack[Facts]) -> Any:
    """Declare an attribute of a record, the field it stands for, and what is known of it.

    ``alias`` is for type checkers alone: a name of before, which the constructor still takes.
    """
    # Nothing is stored as the default: an attribute that was left out is an empty slot.
    del default, alias
    return _Declared(api_name=api_name, **facts)


@dataclass_transform(kw_only_default=True, field_specifiers=(api,))
def record(cls: type[R]) -> type[R]:
    """Make a record class: a dataclass with slots, built from keywords."""
    # One generic __init__, __eq__ and __repr__ in the base class instead of three compiled ones
    # a class, and what makes it a dataclass when somebody asks: importing is several times faster.
    declared = {name: value for name, value in vars(cls).items() if type(value) is _Declared}
    left_out = {"__dict__", "__weakref__", *declared}
    namespace = {name: value for name, value in vars(cls).items() if name not in left_out}
    # Slots have to be there when a class is made.
    make = cast("Any", type(cls))
    made: Any = make(cls.__name__, cls.__bases__, {**namespace, "__slots__": (*declared,)})
    made.__qualname__ = cls.__qualname__
    made.__dataclass_fields__ = _DataclassFields(made, declared)
    declare_facts(made, cast("Any", declared))
    return cast("type[R]", made)


class _Declared(dict[str, Any]):
    """What `api` says of an attribute, until `record` has made a slot of it."""

    __slots__ = ()


class _DataclassFields:
    """What `dataclasses.fields` reads, made by ``dataclass`` itself when it is first read."""

    def __init__(self, owner: type, declared: Mapping[str, _Declared]) -> None:
        self._owner = owner
        self._declared = declared

    def __get__(self, instance: object, owner: type) -> Mapping[str, Any]:
        from dataclasses import field

        body = {name: field(metadata=facts) for name, facts in self._declared.items()}
        options = {"init": False, "eq": False, "repr": False, "match_args": False}
        fields: Mapping[str, Any] = like_dataclass(
            self._owner, self._owner.__bases__, body, **options
        ).__dataclass_fields__
        return fields


class Record:
    """The base class of every generated record.

    Each has its columns as ``fields``, a namespace of its own.  It is not declared here: pyright
    would take the type from here, and no query would be checked.
    """

    __slots__ = ("_json",)

    id: str
    """Record Id.  Each generated class declares it as its first field."""

    _json: Mapping[str, Any]

    _only_fields: ClassVar[Sequence[str]] = ()
    """Globs of the api_names that the package was to have; none: all.  Generated classes set it."""

    _without_fields: ClassVar[Sequence[str]] = ()
    """Globs of the api_names that the package was not to have."""

    if TYPE_CHECKING:
        # By it checkers know which record classes a lookup may lead to; see `AnyModuleColumn.to`.
        def _itself(self) -> Self: ...

    if not TYPE_CHECKING:
        # Checkers take the signature from the fields of each class.

        def __init__(self, **values: Any) -> None:
            self._json = NOT_READ
            for name, value in current_values(type(self), values).items():
                if name not in columns_of(type(self)):
                    raise TypeError(_unknown(type(self), name))
                setattr(self, name, value)

        def __replace__(self, /, **changes: Any) -> Self:
            # What copy.replace of Python 3.13 asks for, and dataclass puts into classes too late.
            from dataclasses import replace

            return replace(self, **changes)

        # Checkers must not see this: with it, every misspelt attribute would type-check.
        def __getattr__(self, name: str) -> NoReturn:
            from zohohub.errors import FieldNotFetched, UnexpectedValue

            # The descriptor of a name of before ends here too where its field was not fetched.
            name = former_names(type(self)).get(name, name)
            column = columns_of(type(self)).get(name)
            if column is None:
                raise AttributeError(_unknown(type(self), name), name=name, obj=self)
            if column.api_name in self._json:
                raise UnexpectedValue(type(self).__name__, name, column.api_name)
            raise FieldNotFetched(
                type(self).__name__,
                name,
                listable=column.listable,
                missing_in=facts_of(type(self))[name].get("missing_in", ()),
            )

    @property
    def extra(self) -> Mapping[str, Any]:
        """What Zoho sent under keys that the bindings do not know.

        Those are fields that are new, which regenerating adds, and fields that the package was to
        be without.
        """
        known = {column.api_name for column in columns_of(type(self)).values()}
        return {
            key: value
            for key, value in self._json.items()
            if key not in known and not key.startswith("$")
        }

    @property
    def system(self) -> Mapping[str, Any]:
        """Zoho's system keys, such as ``$approved``; they are never in the metadata."""
        return {key: value for key, value in self._json.items() if key.startswith("$")}

    def to_json(self) -> dict[str, Any]:
        """The record as Zoho's JSON object: what was read, with what was changed since.

        Values that were not touched are given back exactly as Zoho sent them.  It shares nothing
        with the record: changing one does not change the other.
        """
        result = deepcopy(dict(self._json))
        for name, column in columns_of(type(self)).items():
            value = slot_of(self, name)
            if value is EMPTY:
                continue
            if column.api_name in result and holds_still(column, result[column.api_name], value):
                continue
            column.encode_into(result, value)
        return result

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return values_of(self) == values_of(other)

    def __repr__(self) -> str:
        from zohohub.shown import one_line

        return one_line(self)

    def _repr_html_(self) -> str:
        """A table of labels and values, for notebooks."""
        from zohohub.notebook import record_html

        return record_html(self)


R = TypeVar("R", bound=Record)

_columns: dict[type[Record], Mapping[str, Column[Any]]] = {}


def columns_of(record_type: type[Record]) -> Mapping[str, Column[Any]]:
    """The columns of a record class by attribute name."""
    columns = _columns.get(record_type)
    if columns is None:
        fields = _as_generated(record_type).fields
        # Generated code has an instance, which checkers understand; the columns are its class's.
        owner = fields if isinstance(fields, type) else type(fields)
        namespace = cast("Mapping[str, Column[Any]]", vars(owner))
        columns = _columns[record_type] = {name: namespace[name] for name in facts_of(record_type)}
    return columns


def is_left_out(record_type: type[Record], api_name: str) -> bool:
    """Whether the package was generated without this field on purpose, or would be if it is new."""
    from fnmatch import fnmatchcase

    only = record_type._only_fields  # pyright: ignore[reportPrivateUsage] - no attribute of a field
    without = record_type._without_fields  # pyright: ignore[reportPrivateUsage] - as above
    return bool(only and not any(fnmatchcase(api_name, glob) for glob in only)) or any(
        fnmatchcase(api_name, glob) for glob in without
    )


def decoder(
    record_type: type[R],
) -> Callable[[Callable[[R, Mapping[str, Any]], None]], Callable[[Mapping[str, Any]], R]]:
    """Make the decoder of a record class from the function that fills a record in.

    The function is straight-line code and fast.  Where it meets a value of an unexpected shape,
    the record is read once more, field by field, and what cannot be read stays empty: reading
    that attribute raises `zohohub.errors.UnexpectedValue`, the rest of the record is fine.
    """
    new = record_type.__new__

    def wrap(fill: Callable[[R, Mapping[str, Any]], None]) -> Callable[[Mapping[str, Any]], R]:
        def decode(data: Mapping[str, Any], /) -> R:
            if not _is_object(data):
                raise TypeError(f"a {record_type.__name__} is read from a JSON object")
            row = new(record_type)
            row._json = data  # pyright: ignore[reportPrivateUsage] - this module owns the slot
            try:
                fill(row, data)
            except (AttributeError, LookupError, TypeError, ValueError):
                return _decode_each(record_type, data)
            return row

        decode.__name__ = decode.__qualname__ = fill.__name__
        decode.__module__ = fill.__module__
        decode.__doc__ = fill.__doc__
        return decode

    return wrap


def take_unexpected(record_type: type[Record]) -> Iterator[tuple[str, str]]:
    """The api_name and JSON type of each value that could not be read, once, and forget it."""
    found = _unexpected.get(record_type)
    while found:
        try:
            yield found.popleft()
        except IndexError:  # another thread was faster
            return


def encode_values(
    record_type: type[Record], values: Mapping[str, Any], *, with_id: bool = True
) -> dict[str, Any]:
    """Turn attribute names and Python values into the JSON object of a write.

    Raises ``TypeError`` for a name that the module does not have or that is read-only.
    """
    columns = columns_of(record_type)
    facts = facts_of(record_type)
    body: dict[str, Any] = {}
    for name, value in current_values(record_type, values).items():
        column = columns.get(name)
        if column is None:
            raise TypeError(_unknown(record_type, name))
        if facts[name].get("read_only") and not (with_id and name == "id"):
            raise TypeError(f"{record_type.__name__}.{name} is read-only; leave it out")
        column.encode_into(body, value)
    return body


def json_of(row: Record) -> Mapping[str, Any]:
    """The JSON object that a record was read from, or last saved as; NOT_READ for a new one."""
    return row._json  # pyright: ignore[reportPrivateUsage] - this module owns the slot


def remember_json(row: Record, data: Mapping[str, Any]) -> None:
    """Take ``data`` for what Zoho holds of a record."""
    row._json = data  # pyright: ignore[reportPrivateUsage] - this module owns the slot


def values_to_write(row: Record, before: Mapping[str, Any] = NOT_READ) -> dict[str, Any]:
    """What a write of a record sends beside the id, by attribute name.

    Only what ``before`` does not say already, and nothing that Zoho would not take: what is
    read-only, what a new record cannot have, what a record can have from its creation only.
    """
    facts = facts_of(type(row))
    columns = columns_of(type(row))
    never = "update_only" if slot_of(row, "id") is EMPTY else "create_only"
    return {
        name: value
        for name, value in values_of(row).items()
        if name != "id" and not facts[name].get("read_only") and not facts[name].get(never)
        if not (
            columns[name].api_name in before
            and holds_still(columns[name], before[columns[name].api_name], value)
        )
    }


def writable_values(row: Record) -> dict[str, Any]:
    """The JSON object of a write with every value that a record holds and Zoho lets one set."""
    record_id = slot_of(row, "id")
    named = {} if record_id is EMPTY else {"id": record_id}
    return encode_values(type(row), {**named, **values_to_write(row)})


EMPTY: Final = object()
_unexpected: dict[type[Record], deque[tuple[str, str]]] = {}


def slot_of(row: Record, name: str) -> Any:
    """The value of an attribute, or ``EMPTY``, without the error for what was not fetched."""
    try:
        return object.__getattribute__(row, name)
    except AttributeError:
        return EMPTY


def values_of(row: Record) -> dict[str, Any]:
    """What a record holds, by attribute name, without what was not fetched."""
    found = ((name, slot_of(row, name)) for name in columns_of(type(row)))
    return {name: value for name, value in found if value is not EMPTY}


def holds_still(column: Column[Any], sent: Any, value: Any) -> bool:
    """Whether a record still holds what Zoho sent.

    So does one whose value differs in what a write does not carry: the id of a tag, the name of a
    lookup, the fraction of a second.
    """
    try:
        read = column.decode(sent)
        return bool(read == value) or bool(column.encode(read) == column.encode(value))
    except (AttributeError, LookupError, TypeError, ValueError):
        return False


def _is_object(data: object) -> bool:
    """Whether it is what callers say it is; those without a type checker may be wrong."""
    return type(data) is dict or isinstance(data, Mapping)


def _decode_each(record_type: type[R], data: Mapping[str, Any]) -> R:
    row = record_type.__new__(record_type)
    row._json = data  # pyright: ignore[reportPrivateUsage] - this module owns the slot
    for name, column in columns_of(record_type).items():
        if column.api_name in data:
            try:
                setattr(row, name, column.decode(data[column.api_name]))
            except (AttributeError, LookupError, TypeError, ValueError):
                # The slot stays empty; reading it says why.
                kind = type(data[column.api_name]).__name__
                _unexpected.setdefault(record_type, deque(maxlen=100)).append(
                    (column.api_name, kind)
                )
    return row


def _as_generated(record_type: type[Record]) -> Any:
    """The class with what every generated one has: the namespace and being a dataclass."""
    return record_type


def _unknown(record_type: type[Record], name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, columns_of(record_type), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{record_type.__name__} has no field {name!r}{hint}"
