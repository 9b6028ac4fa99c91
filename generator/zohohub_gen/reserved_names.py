"""Names that generated code needs for itself, by what may not be called so."""

from __future__ import annotations

import builtins
import keyword

# An attribute with one of these names would hide what its class body uses, or what every record
# or every lookup has.
ATTRIBUTES = frozenset(
    {
        "Former",
        "api",
        "api_name",
        "asc",
        "behind",
        "bool",
        "coql",
        "date",
        "datetime",
        "decode",
        "desc",
        "dict",
        "encode",
        "encode_into",
        "extra",
        "field",
        "fields",
        "in_files",
        "in_lists",
        "int",
        "is_in",
        "is_not_null",
        "is_null",
        "joined",
        "list",
        "list_names",
        "listable",
        "lookup",
        "not_in",
        "query_names",
        "read_text",
        "self",
        "str",
        "system",
        "to_json",
    }
)
# Aliases are made with these, in the classes that have them: what bears the name today comes after
# them all, but an alias would stand before others.
ALIASES = frozenset({"deprecated", "property"})
# What a class of related lists uses in its own body.
RELATED = frozenset({"property"})
# What Windows calls its devices, and a generated package its own file.
FILES = frozenset(
    {"client", "con", "prn", "aux", "nul"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)
# Attributes of the client itself.
HANDLES = frozenset(
    {
        "auth",
        "close",
        "composite",
        "credits",
        "download",
        "files",
        "from_env",
        "notifications",
        "org",
        "recycle_bin",
        "request",
        "transport",
        "users",
        "variables",
    }
)
# What generated modules import, and the builtins.
CLASSES = frozenset(
    {
        "ABSENT",
        "Any",
        "Blueprint",
        "BulkWrite",
        "ClassVar",
        "CampaignMembers",
        "Client",
        "Column",
        "Condition",
        "ContactRoles",
        "Conversion",
        "ConvertOptions",
        "Crm",
        "Decimal",
        "Generic",
        "Iterable",
        "LinkedRecords",
        "Literal",
        "Mapping",
        "MassUpdate",
        "Module",
        "ModuleLayout",
        "PicklistEnum",
        "PricedRecords",
        "Protocol",
        "Query",
        "Record",
        "Related",
        "RelatedRecords",
        "RelatedRows",
        "Result",
        "Results",
        "Sequence",
        "TypeAlias",
        "TypeVar",
        "TypedDict",
        "Unpack",
        # zohohub.values and zohohub.shapes
        "Alarm",
        "CaseComment",
        "Consent",
        "FileInput",
        "LayoutRef",
        "LineItem",
        "LineTax",
        "Link",
        "LinkInput",
        "ModuleReference",
        "Participant",
        "PricingDetail",
        "ProductTax",
        "Recurrence",
        "Ref",
        "Removed",
        "Reminder",
        "Tag",
        "Territory",
        "TimeRange",
        "UploadedFile",
        "UserRef",
        *(name for name in dir(builtins) if name[:1].isupper()),
        *keyword.kwlist,
    }
)
