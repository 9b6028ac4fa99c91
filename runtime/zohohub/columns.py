"""The columns of a module: what its fields are called, and what they can be compared with.

Generated code lists them in one namespace a module, ``Lead.fields``.  A column renders values for
writes (``encode``) and reads them (``decode``), and its operators make a
`zohohub.conditions.Condition`.  An operator that Zoho does not have for a type is not there.
"""

from __future__ import annotations

from copy import deepcopy
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    TypeVar,
    cast,
    get_origin,
)

from zohohub.conditions import Condition
from zohohub.expressions import Aggregate, Column, Comparable, Order, Selectable
from zohohub.json_text import loads
from zohohub.plain_columns import (
    BooleanColumn,
    DateColumn,
    DateTimeColumn,
    DecimalColumn,
    DigitsColumn,
    IntegerColumn,
    MultiPicklistColumn,
    PicklistColumn,
    TextColumn,
)
from zohohub.values import (
    LayoutRef,
    Link,
    Ref,
    Removed,
    Tag,
    UserRef,
    decode_files,
    decode_json,
    decode_layout,
    decode_links,
    decode_ref,
    decode_rows,
    decode_tags,
    decode_user,
    decode_user_links,
)

R = TypeVar("R")
T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from zohohub.records import Record

    T_co = TypeVar("T_co", covariant=True)
    F_co = TypeVar("F_co", covariant=True)

    class _Target(Protocol[R, T_co, F_co]):
        """A generated record class ``T`` whose columns, seen from ``R``, are ``F``."""

        def _itself(self) -> T_co: ...

        @classmethod
        def _columns_behind(cls, reference: Column[R], /) -> F_co: ...


__all__ = [
    "Aggregate",
    "AnyModuleColumn",
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
    "RowsColumn",
    "SubformColumn",
    "TagsColumn",
    "TextColumn",
    "UserColumn",
    "columns_behind",
    "lookup",
]

F = TypeVar("F")
RowT = TypeVar("RowT", bound="Record")


class LookupColumn(Comparable[R, Ref[T] | str, Ref[T]], Generic[R, T]):
    """A reference to a record of the module of ``T``.

    In queries and bulk reads the columns of that module are attributes of this one:
    ``Contact.fields.account_name.industry``.
    """

    __slots__ = ("_package", "_target")

    def __init__(self, api_name: str, target: str | None = None) -> None:
        super().__init__(api_name)
        self._target = target
        self._package = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._package = owner.__module__.rpartition(".")[0]

    if not TYPE_CHECKING:
        # Checkers must not see this: with it, every misspelt column would type-check.
        def __getattr__(self, name: str) -> Column[R]:
            if name.startswith("_"):
                raise AttributeError(name)
            if self._target is None:
                raise AttributeError(
                    f"{self.api_name} leads to a module that this package does not have",
                    name=name,
                    obj=self,
                )
            return getattr(_Behind(self.api_name, _columns_at(self._package, self._target)), name)

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> Ref[T] | None:
        """A Ref."""
        return decode_ref(value)


def lookup(api_name: str, target: str) -> Any:
    """Make a lookup column whose further columns stand at ``target``, ``accounts.AccountFields``.

    They are imported when the first of them is used.  Generated code declares the column as the
    class ``AccountLookup``, which exists for type checkers only and has them as attributes.
    """
    return LookupColumn[Any, Any](api_name, target)


class _Behind:
    """The columns of the records that a lookup leads to, by attribute."""

    __slots__ = ("_columns", "_path")

    def __init__(self, path: str, columns: Mapping[str, Column[Any] | property]) -> None:
        self._path = path
        self._columns = columns

    def __getattr__(self, name: str) -> Column[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        column = self._columns.get(name)
        if isinstance(column, property):  # a name of before
            found: Column[Any] = column.__get__(self)
            return found
        if column is None:
            raise AttributeError(f"{self._path} leads to no column {name!r}", name=name, obj=self)
        return column.behind(self._path)


def columns_behind(reference: Column[Any], module: str, namespace: type[F]) -> F:
    """The columns of ``namespace`` as seen through a lookup that leads to ``module`` among others.

    Generated record classes call it for `AnyModuleColumn.to`.
    """
    # To type checkers it is the namespace, whose attributes it has.
    columns = vars(get_origin(namespace) or namespace)
    found: Any = _Behind(f"{reference.api_name}->{module}", columns)
    result: F = found
    return result


class AnyModuleColumn(Comparable[R, Ref[T] | str, Ref[T]], Generic[R, T]):
    """A reference to a record of one of several modules, the base of the two kinds of it."""

    __slots__ = ()

    in_files = False

    def to(self, target: type[_Target[R, T, F]], /) -> F:
        """The columns of one of the modules, for queries: ``what_id.to(Lead).company``.

        They are empty for records whose reference leads to another module.  COQL's
        ``'What_Id->Leads.Company'``, which Zoho documents for Tasks, Calls, Events and
        Appointments.  Raises ``TypeError`` for a class that no lookup leads to.
        """
        columns: Any = getattr(target, "_columns_behind", None)
        if columns is None:
            raise TypeError(f"{self.api_name} leads to records of modules, not to {target!r}")
        found: F = columns(self)
        return found


class MultiModuleLookupColumn(AnyModuleColumn[R, T], Generic[R, T]):
    """A reference to a record of one of several modules; a write names the module.

    A query that selects the column reads the module too; without `Query.select` it reads the id
    alone.
    """

    __slots__ = ()

    @property
    def query_names(self) -> Sequence[str]:
        """The reference, and its module."""
        names = (self.api_name,)
        # Zoho documents it for the module that is queried, not behind lookups.
        return names if self.joined else (*names, f"{self.api_name}.module.api_name")

    def encode(self, value: Any) -> Any:
        """``{"id": …, "module": {"api_name": …}}``; raises ``ValueError`` without a module."""
        body = _id_object(value)
        return body and body | {"module": {"api_name": _module_of(self.api_name, value)}}

    def decode(self, value: Any) -> Ref[T] | None:
        """A Ref with its module."""
        return decode_ref(value)


class RelatedToColumn(AnyModuleColumn[R, T], Generic[R, T]):
    """What an activity or note is about: a record of any module, named beside the reference.

    Queries read the id alone, without the module: ``what_id.to(Lead).id`` tells whether it is a
    lead.
    """

    __slots__ = ()

    @property
    def list_names(self) -> Sequence[str]:
        """The reference, and what names its module."""
        return (self.api_name, "$se_module")

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def encode_into(self, body: dict[str, Any], value: Any) -> None:
        """The reference, and ``$se_module``; raises ``ValueError`` without a module."""
        body[self.api_name] = self.encode(value)
        if value is not None:
            body["$se_module"] = _module_of(self.api_name, value)

    def decode(self, value: Any) -> Ref[T] | None:
        """A Ref."""
        return decode_ref(value)


class UserColumn(Comparable[R, UserRef | str, UserRef]):
    """A reference to a user.  What queries know of the user is in attributes: ``owner.email``."""

    __slots__ = ()

    @property
    def first_name(self) -> TextColumn[R]:
        """The user's first name, for queries."""
        return self._of_user("first_name")

    @property
    def last_name(self) -> TextColumn[R]:
        """The user's last name, for queries."""
        return self._of_user("last_name")

    @property
    def email(self) -> TextColumn[R]:
        """The user's e-mail address, for queries."""
        return self._of_user("email")

    @property
    def role_name(self) -> TextColumn[R]:
        """The name of the user's role, for queries."""
        return self._of_user("role.name")

    @property
    def profile_name(self) -> TextColumn[R]:
        """The name of the user's profile, for queries."""
        return self._of_user("profile.name")

    def _of_user(self, name: str) -> TextColumn[R]:
        return TextColumn(f"{self.api_name}.{name}")

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> UserRef | None:
        """A UserRef."""
        return decode_user(value)


class LayoutColumn(Selectable[R, LayoutRef]):
    """The layout of a record."""

    __slots__ = ()

    def encode(self, value: Any) -> Any:
        """``{"id": …}``."""
        return _id_object(value)

    def decode(self, value: Any) -> LayoutRef | None:
        """A LayoutRef."""
        return decode_layout(value)


class TagsColumn(Selectable[R, list[Tag]]):
    """The tags of a record."""

    __slots__ = ()

    in_files = False

    def encode(self, value: Any) -> Any:
        """``[{"name": …}]``."""
        if value is None:
            return None
        return [{"name": tag if isinstance(tag, str) else tag.name} for tag in value]

    def decode(self, value: Any) -> list[Tag] | None:
        """A list of Tags."""
        return decode_tags(value)

    def read_text(self, text: str) -> list[str]:
        """The names of the tags, joined by semicolons or commas."""
        return [name.strip() for name in text.replace(",", ";").split(";")]


class FilesColumn(Column[R]):
    """Uploaded files or images."""

    __slots__ = ()

    coql = "never"
    in_files = False

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

    coql: ClassVar[Literal["always", "if asked", "never"]] = "if asked"
    in_files = False

    def encode(self, value: Any) -> Any:
        """A copy of the value: what was sent does not change with it afterwards."""
        return deepcopy(value)

    def decode(self, value: Any) -> Any:
        """A copy of the JSON value."""
        return decode_json(value)

    def read_text(self, text: str) -> Any:
        """JSON; bulk files hold some of these fields in another form."""
        if text[:1] not in ("{", "["):
            raise ValueError("neither an object nor a list")
        return loads(text)


class RowsColumn(JsonColumn[R]):
    """Rows of a subform that the package has no class for, as JSON; lists do not carry them."""

    __slots__ = ()

    in_lists = False
    coql = "never"


class _LinksColumn(Column[R]):
    """A field kept in a linking module; lists do not carry it."""

    __slots__ = ("connected_field",)

    in_lists = False
    coql = "never"
    in_files = False

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

    in_lists = False
    coql = "never"
    in_files = False

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
        """Each row as an object: a mapping of attribute names, or a record of the row's class.

        None becomes an empty list, by which Zoho takes all rows away.
        """
        from zohohub.records import Record, encode_values, writable_values

        return [
            _removal(row)
            or (
                writable_values(row)
                if isinstance(row, Record)
                else encode_values(self.row_type, row)
            )
            for row in value or ()
        ]

    def decode(self, value: Any) -> Any:
        """A list of rows."""
        return decode_rows(self.read_row, value)


def _columns_at(package: str, target: str) -> Mapping[str, Column[Any] | property]:
    """The columns by attribute name that stand at ``accounts.AccountFields``."""
    from importlib import import_module

    module, _, namespace = target.partition(".")
    found: Any = getattr(import_module(f"{package}.{module}"), namespace)
    return cast("Mapping[str, Column[Any] | property]", vars(found))


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
