"""The schema of one org, as plain values: what the rest of the generator reasons about.

``parse`` builds it from Zoho's metadata, and ``union`` one from those of several orgs; ``names``,
``plan``, ``diff`` and the emulator read it.  It imports the standard library alone.  Everything is
immutable and in a fixed order, so that the same metadata always gives the same schema, whatever
order the API listed it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, TypeAlias, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(kind: type[T]) -> type[T]:
    """A dataclass that type checkers keep from being changed.

    Python itself does not: a check would triple the time that each of an org's 100,000 values takes
    to make.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


# --- What a field holds ---------------------------------------------------------------------


@immutable
class Text:
    """A string: text, textarea, email, phone, website, auto-number, a formula of text."""

    max_length: int | None = None


@immutable
class LongInteger:
    """A whole number that travels as a string of digits: bigint, long, record ids."""


@immutable
class Boolean:
    """True or false."""


@immutable
class Integer:
    """A whole number that travels as a JSON number."""

    max_digits: int | None = None
    range: tuple[Decimal, Decimal] | None = None
    """The lowest and the highest value that an admin allows."""


@immutable
class Number:
    """A decimal number: double, percent, currency."""

    max_digits: int | None = None
    decimal_places: int | None = None
    range: tuple[Decimal, Decimal] | None = None
    """The lowest and the highest value that an admin allows."""


@immutable
class Date:
    """A calendar day."""


@immutable
class DateTime:
    """A moment, with its offset from UTC."""


@immutable
class Option:
    """One option of a picklist.  Records carry ``display``; ``actual`` and ``id`` are stable."""

    display: str
    actual: str
    reference: str
    id: str | None = None
    used: bool = True
    missing_in: tuple[str, ...] = ()
    """In a union of orgs: those that have the field, and do not offer the option."""


@immutable
class Picklist:
    """One option, or with ``multiple`` a list of them.  ``-None-`` is left out: it is null."""

    options: tuple[Option, ...]
    multiple: bool = False
    global_api_name: str | None = None


@immutable
class Lookup:
    """A reference to a record of one module; of none that is named where orgs differ."""

    module: str


@immutable
class MultiModuleLookup:
    """A reference to a record of one of several modules; of any module where none is named."""

    modules: tuple[str, ...]
    style: Literal["module", "se_module"]
    """Where the target's module travels: inside the value, or beside it as ``$se_module``."""


@immutable
class MultiLookup:
    """References to records of one module, as of `Lookup`, through rows of a linking module."""

    module: str
    connected_field: str
    """The field of the linking module that points at ``module``: the key inside each row."""


@immutable
class User:
    """A reference to a user: ownerlookup, userlookup."""


@immutable
class MultiUser:
    """References to users, through rows of a linking module."""

    connected_field: str


@immutable
class Subform:
    """Rows of another module that belong to the record."""

    module: str


@immutable
class Files:
    """Uploaded files or images."""

    max_count: int | None = None
    images: bool = False


@immutable
class Tags:
    """The tags of a record."""


@immutable
class LayoutReference:
    """The layout of a record."""


Shape: TypeAlias = Literal[
    "Alarm",
    "CaseComment",
    "Consent",
    "LineItem",
    "LineTax",
    "ModuleReference",
    "Participant",
    "PricingDetail",
    "Recurrence",
    "Reminder",
    "ProductTax",
    "Territory",
    "TimeRange",
]
"""A JSON object whose keys Zoho documents; the runtime has a TypedDict of the same name."""


@immutable
class Structured:
    """A JSON object of a documented shape, or with ``many`` a list of them."""

    shape: Shape
    many: bool = False


@immutable
class Opaque:
    """A type that this version does not know; typed by its ``json_type`` alone."""

    data_type: str
    json_type: str | None = None


FieldType: TypeAlias = (
    Text
    | LongInteger
    | Boolean
    | Integer
    | Number
    | Date
    | DateTime
    | Picklist
    | Lookup
    | MultiModuleLookup
    | MultiLookup
    | User
    | MultiUser
    | Subform
    | Files
    | Tags
    | LayoutReference
    | Structured
    | Opaque
)


# --- Fields, modules, the org ----------------------------------------------------------------


@immutable
class Field:
    """One field of a module.

    ``data_type`` is Zoho's word (``formula``, ``autonumber``…), ``type`` what a record then holds.
    ``required`` means that Zoho refuses a new record without it, in every layout.
    """

    api_name: str
    label: str
    type: FieldType
    data_type: str
    id: str | None = None
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    unique: bool = False
    custom: bool = False
    visible: bool = True
    encrypted: bool = False
    external_id: bool = False
    help: str | None = None
    auto_number: tuple[str, int, str] | None = None
    """Prefix, first number and suffix of an auto-number."""
    missing_in: tuple[str, ...] = ()
    """In a union of orgs: those that have the module, and not the field."""

    @property
    def read_only(self) -> bool:
        """True when the API neither sets the field on a new record nor changes it."""
        return not self.creatable and not self.updatable


@immutable
class LayoutField:
    """What one layout says of a field."""

    required: bool = False
    options: tuple[str, ...] | None = None
    """Display values that the layout offers; None where it says nothing."""
    default: str | None = None
    """What Zoho's forms fill in; of a lookup, the id of the record."""


@immutable
class Layout:
    """A layout: which fields it shows, which of them it makes mandatory."""

    id: str
    name: str
    active: bool = True
    fields: Mapping[str, LayoutField] = field(default_factory=dict[str, LayoutField])


LinkKind: TypeAlias = Literal["plain", "member", "price", "role"]
"""What the link of a record to a list carries: nothing, a status, a price, a role."""


@immutable
class RelatedList:
    """A list of records that belong to one record of a module.

    ``kind`` is Zoho's type: default, multiselectlookup, grouped, ….
    """

    api_name: str
    label: str
    module: str | None = None
    """Whose records they are; None where Zoho does not say."""
    kind: str = "default"
    id: str | None = None
    served: bool = True
    """Whether the API gives the records: not where the list is hidden or has no address."""
    link: LinkKind | None = None
    """None where the list follows from lookups."""
    missing_in: tuple[str, ...] = ()
    """In a union of orgs: those that have the module, and do not serve the list."""


SUBFORM_KINDS: Final = frozenset({"subform", "static_subform"})
"""The kinds of modules whose records are rows of other modules' records."""


@immutable
class Module:
    """One module.  ``kind`` is Zoho's generated_type: default, custom, subform, linking, …."""

    api_name: str
    singular_label: str
    plural_label: str
    kind: str
    fields: tuple[Field, ...]
    id: str | None = None
    layouts: tuple[Layout, ...] = ()
    related_lists: tuple[RelatedList, ...] = ()
    parent: str | None = None
    api_supported: bool = True
    creatable: bool = True
    editable: bool = True
    deletable: bool = True
    modified_time: str | None = None
    missing_in: tuple[str, ...] = ()
    """In a union of orgs: those without the module."""

    @property
    def is_subform(self) -> bool:
        """True for the rows of a subform: they have no handle of their own on the client."""
        return self.kind in SUBFORM_KINDS


@immutable
class Org:
    """The organisation that the metadata came from; every part may be unknown."""

    id: str | None = None
    company_name: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    language: str | None = None


@immutable
class Schema:
    """Every module of an org, sorted by api_name."""

    modules: tuple[Module, ...]
    org: Org = Org()

    def module(self, api_name: str) -> Module | None:
        """The module of that api_name, or None."""
        return next((module for module in self.modules if module.api_name == api_name), None)
