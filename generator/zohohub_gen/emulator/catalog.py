"""What the record APIs need to know of each module, worked out once from the metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zohohub_gen import ir
from zohohub_gen.snapshot import Snapshot

from .related_lookups import PARENT, lookups_of, rollup_of
from .values import Json, as_object

USERS = "Users"
CALCULATED = frozenset({"formula", "rollup_summary"})
"""The data types whose values Zoho computes."""

_SYSTEM_DUPLICATE_FIELDS = {
    "Leads": "Email",
    "Contacts": "Email",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Solutions": "Solution_Title",
    "Products": "Product_Name",
    "Vendors": "Vendor_Name",
    "Price_Books": "Price_Book_Name",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Purchase_Orders": "Subject",
    "Invoices": "Subject",
}

_NAME_FIELDS = {
    **_SYSTEM_DUPLICATE_FIELDS,
    "Leads": "Full_Name",
    "Contacts": "Full_Name",
    "Tasks": "Subject",
    "Calls": "Subject",
    "Events": "Event_Title",
    "Notes": "Note_Title",
    "Attachments": "File_Name",
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where the rows of a multi-select lookup live: a linking module with two lookups."""

    module: str
    own_field: str
    """The linking module's lookup to the record that holds the multi-select lookup."""
    other_field: str
    """The linking module's lookup to the records that it points at."""
    target: str


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """One module and what follows from its metadata."""

    module: ir.Module
    raw: Json
    fields: dict[str, ir.Field]
    name_field: str | None
    duplicate_field: str | None
    """The field that upsert compares when it is not told which."""
    unique: dict[str, bool]
    """Unique fields; True where upper and lower case differ."""
    indexed: frozenset[str]
    links: dict[str, Link]
    rich_text: frozenset[str]
    computed: dict[str, Callable[[str], str]] = dataclasses.field(
        default_factory=dict[str, Callable[[str], str]]
    )
    """Fields that are computed: from the alias of a record's row to SQL.  See `computed`."""
    open: bool = False
    """True for a module that others name and the metadata lacks: it takes any field."""

    @property
    def api_name(self) -> str:
        """The module's api_name."""
        return self.module.api_name

    @property
    def full_name(self) -> bool:
        """True for people: their name is put together from first and last name."""
        return self.name_field == "Full_Name"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _api_name(value: object) -> str | None:
    found = as_object(value)
    return _text(value if found is None else found.get("api_name"))


def _dig(value: Any, *keys: str) -> Any:
    for key in keys:
        value = (as_object(value) or {}).get(key)
    return value


class Catalog:
    """Every module of the schema, and ``Users``, by api_name."""

    def __init__(self, snapshot: Snapshot, schema: ir.Schema) -> None:
        self.snapshot = snapshot
        self.schema = schema
        raw_modules = {str(module.get("api_name")): module for module in snapshot.modules}
        links = {module.api_name: self._links(module) for module in schema.modules}
        parents: dict[str, set[str]] = {}
        for module_links in links.values():
            for link in module_links.values():
                parents.setdefault(link.module, set()).update((link.own_field, link.other_field))
        for module in schema.modules:
            for field in module.fields:
                if isinstance(field.type, ir.Subform):
                    parents.setdefault(field.type.module, set()).add(PARENT)
        for child, name in self._rolled_up():
            parents.setdefault(child, set()).add(name)
        self._modules = {
            module.api_name: self._info(
                module,
                raw_modules.get(module.api_name, {}),
                links[module.api_name],
                parents.pop(module.api_name, set()),
            )
            for module in schema.modules
        }
        for api_name, fields in parents.items():
            self._modules.setdefault(api_name, _unlisted(api_name, fields))
        self._modules[USERS] = _users()

    def get(self, api_name: str) -> ModuleInfo | None:
        """The module of that api_name; ``Users`` too."""
        return self._modules.get(api_name)

    def modules(self) -> Iterable[ModuleInfo]:
        """The org's own modules."""
        return (info for name, info in self._modules.items() if name != USERS)

    def raw_module(self, name: str) -> Json | None:
        """The metadata of a module, by api_name or id."""
        return next(
            (raw for raw in self.snapshot.modules if name in (raw.get("api_name"), raw.get("id"))),
            None,
        )

    def _raw_fields(self, module: str) -> dict[str, Json]:
        return {
            str(raw_field.get("api_name")): raw_field
            for raw_field in self.snapshot.fields.get(module, [])
        }

    def _rolled_up(self) -> Iterator[tuple[str, str]]:
        """The lookups that roll-ups follow, with their modules."""
        modules = {module.api_name: module for module in self.schema.modules}
        for module in self.schema.modules:
            for raw in self.snapshot.fields.get(module.api_name, []):
                child, related_list = rollup_of(raw) or ("", "")
                if child in modules:
                    raw_fields = self.snapshot.fields.get(child, [])
                    fields = modules[child].fields
                    for name in lookups_of(related_list, module.api_name, fields, raw_fields):
                        yield child, name

    def _links(self, module: ir.Module) -> dict[str, Link]:
        raw_fields = self._raw_fields(module.api_name)
        return {
            field.api_name: link
            for field in module.fields
            if (link := _link(module.api_name, field, raw_fields.get(field.api_name, {})))
        }

    def _info(
        self, module: ir.Module, raw: Json, links: dict[str, Link], parents: set[str]
    ) -> ModuleInfo:
        raw_fields = self._raw_fields(module.api_name)
        fields = {field.api_name: field for field in module.fields}
        duplicate = _SYSTEM_DUPLICATE_FIELDS.get(module.api_name)
        if duplicate is None and module.kind == "custom":
            duplicate = "Name"
        if duplicate not in fields:
            duplicate = None
        unique = {
            name: _dig(raw_fields.get(name), "unique", "case_sensitive") in (True, "true")
            for name, field in fields.items()
            if field.unique
        }
        return ModuleInfo(
            module=module,
            raw=raw,
            fields=fields,
            name_field=_name_field(module, raw, raw_fields),
            duplicate_field=duplicate,
            unique=unique,
            indexed=frozenset({*unique, *([duplicate] if duplicate else []), *parents}),
            links=links,
            rich_text=frozenset(
                name
                for name, raw_field in raw_fields.items()
                if _dig(raw_field, "textarea", "type") == "rich_text"
            ),
        )


def _link(module: str, field: ir.Field, raw: Json) -> Link | None:
    if isinstance(field.type, ir.MultiLookup):
        target = field.type.module
    elif isinstance(field.type, ir.MultiUser):
        target = USERS
    else:
        return None
    raw_link = raw.get(field.data_type)
    linking = _api_name(_dig(raw_link, "linking_details", "module")) or _api_name(
        _dig(raw_link, "linking_module")
    )
    own = _api_name(_dig(raw_link, "linking_details", "lookup_field")) or _api_name(
        _dig(raw_link, "lookup_apiname")
    )
    return Link(
        module=linking or f"{module}__{field.api_name}",
        own_field=own or PARENT,
        other_field=field.type.connected_field,
        target=target,
    )


def _name_field(module: ir.Module, raw: Json, raw_fields: dict[str, Json]) -> str | None:
    names = {field.api_name for field in module.fields}
    candidates = [
        _NAME_FIELDS.get(module.api_name),
        _api_name(raw.get("display_field")),
        *(name for name, field in raw_fields.items() if field.get("display_field") is True),
        "Name",
        *(
            field.api_name
            for field in module.fields
            if field.required and isinstance(field.type, ir.Text)
        ),
    ]
    return next((name for name in candidates if name in names), None)


def _unlisted(api_name: str, lookups: set[str]) -> ModuleInfo:
    module = ir.Module(
        api_name=api_name,
        singular_label=api_name,
        plural_label=api_name,
        kind="subform",
        fields=(),
        api_supported=False,
    )
    return ModuleInfo(
        module=module,
        raw={},
        fields={},
        name_field=None,
        duplicate_field=None,
        unique={},
        indexed=frozenset(lookups),
        links={},
        rich_text=frozenset(),
        open=True,
    )


def _users() -> ModuleInfo:
    texts = ("first_name", "last_name", "full_name", "email", "status", "time_zone", "language")
    module = ir.Module(
        api_name=USERS,
        singular_label="User",
        plural_label="Users",
        kind="default",
        fields=tuple(
            ir.Field(api_name=name, label=name, type=ir.Text(), data_type="text") for name in texts
        ),
        creatable=False,
        editable=False,
        deletable=False,
    )
    return ModuleInfo(
        module=module,
        raw={},
        fields={field.api_name: field for field in module.fields},
        name_field="full_name",
        duplicate_field=None,
        unique={},
        indexed=frozenset(),
        links={},
        rich_text=frozenset(),
    )
