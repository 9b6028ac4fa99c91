"""The values that fields hold beyond Python's own, and how they are read from JSON.

Every ``decode_*`` function takes what Zoho sent, null included, and raises ``ValueError`` or
``TypeError`` for a value that it cannot read; `zohohub.records` turns that into a field that says
so when it is read, never into a record that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = [
    "FileInput",
    "LayoutRef",
    "Link",
    "LinkInput",
    "Ref",
    "Removed",
    "Tag",
    "UploadedFile",
    "UserRef",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_NOTHING: Mapping[str, Any] = {}


class _Value:
    """What the small value classes share: equality, hash and repr by what identifies them."""

    __slots__ = ()

    def _identity(self) -> tuple[object, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


class Ref(_Value, Generic[T_co]):
    """A reference to a record: its id, and the name Zoho sent with it.

    Ids are unique in an org, so two references are equal when their ids are.  ``module`` is the
    target's api_name where the field may point at several modules, else None; ``json`` is the
    object it was read from.
    """

    __slots__ = ("id", "json", "module", "name")

    def __init__(
        self,
        id: str,
        name: str | None = None,
        *,
        module: str | None = None,
        json: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self.id = id
        self.name = name
        self.module = module
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.id,)

    def __repr__(self) -> str:
        module = f", module={self.module!r}" if self.module is not None else ""
        return f"Ref({self.id!r}, {self.name!r}{module})"

    def _repr_html_(self) -> str:
        """Name and id, for notebooks."""
        from zohohub.notebook import ref_html

        return ref_html(self)


class UserRef(_Value):
    """A reference to a user: id, and the name and e-mail address that Zoho sent with it."""

    __slots__ = ("email", "id", "json", "name")

    def __init__(
        self,
        id: str,
        name: str | None = None,
        email: str | None = None,
        *,
        json: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self.id = id
        self.name = name
        self.email = email
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.id,)

    def __repr__(self) -> str:
        return f"UserRef({self.id!r}, {self.name!r})"


class LayoutRef(_Value):
    """A reference to a layout: its id and name."""

    __slots__ = ("id", "json", "name")

    def __init__(
        self, id: str, name: str | None = None, *, json: Mapping[str, Any] = _NOTHING
    ) -> None:
        self.id = id
        self.name = name
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.id,)

    def __repr__(self) -> str:
        return f"LayoutRef({self.id!r}, {self.name!r})"


class Link(_Value, Generic[T_co]):
    """One entry of a multi-select lookup: the linking row's ``id`` and what it points at."""

    __slots__ = ("id", "json", "target")

    def __init__(
        self, target: T_co, id: str | None = None, *, json: Mapping[str, Any] = _NOTHING
    ) -> None:
        self.target = target
        self.id = id
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.id, self.target)

    def __repr__(self) -> str:
        return f"Link({self.target!r}, {self.id!r})"


class Tag(_Value):
    """A tag of a record.  Zoho identifies it by name within a module."""

    __slots__ = ("color_code", "id", "json", "name")

    def __init__(
        self,
        name: str,
        id: str | None = None,
        color_code: str | None = None,
        *,
        json: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self.name = name
        self.id = id
        self.color_code = color_code
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.name, self.id)

    def __repr__(self) -> str:
        return f"Tag({self.name!r})"


class UploadedFile(_Value):
    """A file or image in a file field.

    ``file_id`` identifies the content (what a write sends), ``id`` the entry in the field.
    ``size`` is in bytes.  Images carry more in ``json``.
    """

    __slots__ = ("file_id", "id", "json", "name", "size")

    def __init__(
        self,
        file_id: str,
        name: str | None = None,
        *,
        id: str | None = None,
        size: int | None = None,
        json: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self.file_id = file_id
        self.name = name
        self.id = id
        self.size = size
        self.json = json

    def _identity(self) -> tuple[object, ...]:
        return (self.file_id, self.id)

    def __repr__(self) -> str:
        return f"UploadedFile({self.file_id!r}, {self.name!r})"


class Removed(_Value):
    """Stands in a write for what is to go: a row of a subform, a link or a file, by its id."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id

    def _identity(self) -> tuple[object, ...]:
        return (self.id,)

    def __repr__(self) -> str:
        return f"Removed({self.id!r})"


LinkInput: TypeAlias = Link[T] | T | Removed | str
"""An entry of a multi-select lookup in a write: a link, a reference, an id, or a removal."""

FileInput: TypeAlias = UploadedFile | Removed | str
"""An entry of a file field in a write: a file that is there, a new file's id, or a removal."""


# --- Reading ----------------------------------------------------------------------------------


def decode_date(value: Any) -> date | None:
    """Read a date, ``2026-05-15``."""
    if not value:
        _refuse_other(value)
        return None
    return date.fromisoformat(value)


def decode_datetime(value: Any) -> datetime | None:
    """Read a date and time with its offset, ``2026-05-14T12:51:54+03:00``."""
    if not value:
        _refuse_other(value)
        return None
    return datetime.fromisoformat(value)


def decode_decimal(value: Any) -> Decimal | None:
    """Read a double, percent or currency; whole numbers arrive as JSON integers."""
    if value is None or type(value) is Decimal:
        return value
    if type(value) is int:
        return Decimal(value)
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is str:
        if not value:
            return None
        try:
            return Decimal(value)
        except ArithmeticError:
            raise ValueError("not a decimal number") from None
    raise TypeError("not a number")


def decode_integer(value: Any) -> int | None:
    """Read a whole number."""
    if type(value) is int or value is None:
        return value
    if isinstance(value, bool):
        raise TypeError("not a whole number")
    if isinstance(value, str):
        return int(value) if value else None
    whole = int(value)
    if whole != value:
        raise ValueError("not a whole number")
    return whole


def decode_digits(value: Any) -> str | None:
    """Read a bigint: a string of digits, kept as one."""
    if type(value) is str or value is None:
        return value or None
    if type(value) is int:
        return str(value)
    raise TypeError("not a string of digits")


def decode_options(value: Any) -> list[Any] | None:
    """Read a multi-select picklist: a list; bulk files join the options by semicolons."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.split(";")
    if isinstance(value, list):
        return value[:]  # pyright: ignore[reportUnknownVariableType] - JSON of any content
    raise TypeError("not a list of options")


def decode_json(value: Any) -> Any:
    """Read a value whose inside this package does not interpret.

    The copy keeps a change to the value from changing what the record remembers having read.
    """
    if type(value) is str:
        return value or None  # "" stands for null; text of its own is a TextColumn's
    return deepcopy(value)


def decode_ref(value: Any) -> Ref[Any] | None:
    """Read a lookup: ``{"id", "name"}``; COQL and bulk files give the id alone."""
    if not value:
        _refuse_other(value)
        return None
    if type(value) is str:
        return Ref(value)
    module = value.get("module")
    if module is not None and not isinstance(module, str):
        module = module.get("api_name")
    return Ref(value["id"], value.get("name"), module=module, json=value)


def decode_related_to(value: Any, module: Any) -> Ref[Any] | None:
    """Read a lookup of any module, whose api_name travels beside it as ``$se_module``."""
    found = decode_ref(value)
    if found is not None and found.module is None and isinstance(module, str):
        found.module = module
    return found


def decode_user(value: Any) -> UserRef | None:
    """Read a user: ``{"id", "name", "email"}``; COQL and bulk files give the id alone."""
    if not value:
        _refuse_other(value)
        return None
    if type(value) is str:
        return UserRef(value)
    return UserRef(value["id"], value.get("name"), value.get("email"), json=value)


def decode_layout(value: Any) -> LayoutRef | None:
    """Read a layout: ``{"id", "name"}``; old API versions give the id alone."""
    if not value:
        _refuse_other(value)
        return None
    if type(value) is str:
        return LayoutRef(value)
    return LayoutRef(value["id"], value.get("name"), json=value)


def decode_tags(value: Any) -> list[Tag] | None:
    """Read tags: a list of objects; COQL gives names alone."""
    if not value:
        return _nothing_or_empty(value)
    return [
        Tag(item)
        if isinstance(item, str)
        else Tag(item["name"], item.get("id"), item.get("color_code"), json=item)
        for item in _items(value)
    ]


def decode_files(value: Any) -> list[UploadedFile] | None:
    """Read a file or image field; the keys changed between API versions."""
    if not value:
        return _nothing_or_empty(value)
    files: list[UploadedFile] = []
    for item in _items(value):
        size = item.get("Size__s", item.get("file_Size"))
        files.append(
            UploadedFile(
                item["File_Id__s"] if "File_Id__s" in item else item["file_Id"],
                item.get("File_Name__s", item.get("file_Name")),
                id=item.get("id", item.get("attachment_Id")),
                size=int(size) if isinstance(size, int | str) and str(size).isdigit() else None,
                json=item,
            )
        )
    return files


def decode_links(connected_field: str, value: Any) -> list[Link[Ref[Any]]] | None:
    """Read a multi-select lookup: rows of the linking module, keyed by the connected field."""
    return _links(decode_ref, connected_field, value)


def decode_user_links(connected_field: str, value: Any) -> list[Link[UserRef]] | None:
    """Read a multi-user lookup: rows of the linking module, keyed by the connected field."""
    return _links(decode_user, connected_field, value)


def decode_rows(read: Callable[[Mapping[str, Any]], T], value: Any) -> list[T] | None:
    """Read the rows of a subform, each with the decoder of the row's class."""
    if not value:
        return _nothing_or_empty(value)
    return [read(row) for row in _items(value)]


def _links(
    read: Callable[[Any], T | None], connected_field: str, value: Any
) -> list[Link[T]] | None:
    if not value:
        return _nothing_or_empty(value)
    links: list[Link[T]] = []
    for row in _items(value):
        target = read(row.get(connected_field))
        if target is None:
            raise ValueError(f"no {connected_field} in a linking row")
        links.append(Link(target, row.get("id"), json=row))
    return links


def _items(value: Any) -> list[Any]:
    """The value if it is a list; text and objects could be walked through too, and must not."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value  # pyright: ignore[reportUnknownVariableType] - JSON of any content


def _refuse_other(value: Any) -> None:
    """Complain of what is neither null nor the ``""`` that Zoho sends in its place."""
    if value is not None and value != "":
        raise TypeError("not a value of this type")


def _nothing_or_empty(value: Any) -> list[Any] | None:
    """None for null and ``""``, a new empty list for an empty one; else complain."""
    if isinstance(value, list):
        return []
    _refuse_other(value)
    return None
