"""A small invented org, written by hand: a boatyard."""

from __future__ import annotations

from typing import Any

from zohohub_gen.snapshot import Snapshot

READ_ONLY = {"api_create": False, "api_update": False, "web_create": False, "web_update": False}
WRITABLE = {"api_create": True, "api_update": True, "web_create": True, "web_update": True}

_next = iter(range(8_000_000_000_001_000, 8_000_000_000_900_000))


def field(
    api_name: str, data_type: str = "text", json_type: str | None = "string", **more: Any
) -> Any:
    return {
        "id": str(next(_next)),
        "api_name": api_name,
        "field_label": api_name.replace("_", " "),
        "display_label": api_name.replace("_", " "),
        "data_type": data_type,
        "json_type": json_type,
        "length": 255,
        "type": "used",
        "visible": True,
        "system_mandatory": False,
        "custom_field": True,
        "operation_type": WRITABLE,
        **more,
    }


def options(*values: str) -> list[dict[str, Any]]:
    return [
        {
            "display_value": value,
            "actual_value": value,
            "reference_value": value,
            "id": str(next(_next)),
            "type": "used",
        }
        for value in values
    ]


def lookup(api_name: str, module: str, **more: Any) -> Any:
    target = {"module": {"api_name": module, "id": "1"}, "api_name": None, "id": None}
    return field(api_name, "lookup", "jsonobject", lookup=target, **more)


def system() -> list[Any]:
    read_only = {"operation_type": READ_ONLY, "custom_field": False}
    return [
        field("id", "bigint", "string", **read_only),
        field("Owner", "ownerlookup", "jsonobject", custom_field=False),
        field("Created_By", "ownerlookup", "jsonobject", **read_only),
        field("Modified_By", "ownerlookup", "jsonobject", **read_only),
        field("Created_Time", "datetime", "string", **read_only),
        field("Modified_Time", "datetime", "string", **read_only),
        field("Tag", "text", "jsonarray", custom_field=False),
    ]


def module(api_name: str, number: int, kind: str = "custom", **more: Any) -> dict[str, Any]:
    return {
        "api_name": api_name,
        "id": str(8_000_000_000_000_000 + number),
        "module_name": api_name,
        "singular_label": api_name.rstrip("s"),
        "plural_label": api_name,
        "generated_type": kind,
        "api_supported": True,
        "creatable": True,
        "editable": True,
        "deletable": True,
        "modified_time": None,
        **more,
    }


LAYOUT = "8000000000000501"
STRICT_LAYOUT = "8000000000000502"

MODULES = [
    module("Contacts", 1, "default", modified_time="2026-03-02T09:15:00+01:00"),
    module("Boats", 2, modified_time="2026-05-14T12:00:00+02:00"),
    module("Repairs", 3, "subform", parent_module={"api_name": "Boats", "id": "8000000000000002"}),
    module("Boats_X_Contacts", 4, "linking"),
    module("Tasks", 5, "default"),
    module("Reports", 6, "default", api_supported=False),
    module("Ledgers", 7),
    module("Statements", 8, creatable=False, editable=False, deletable=False),
]

_CREW = {
    "linking_details": {
        "module": {"api_name": "Boats_X_Contacts", "id": "8000000000000004"},
        "lookup_field": {"api_name": "Boat", "id": "41"},
        "connected_lookup_field": {"api_name": "Sailor", "id": "42"},
    },
    "connected_details": {"module": {"api_name": "Contacts", "id": "8000000000000001"}},
}

FIELDS = {
    "Contacts": [
        *system(),
        field("First_Name", length=40, custom_field=False),
        field("Last_Name", length=80, system_mandatory=True, custom_field=False),
        field("Full_Name", operation_type=READ_ONLY, custom_field=False),
        field("Email", "email", length=100, custom_field=False),
        field("Phone", "phone", length=30, custom_field=False),
        field("Member_Number", unique={"case_sensitive": False}),
        field("Key_Word", unique={"case_sensitive": True}),
        field("Retired", "text", type="unused"),
    ],
    "Boats": [
        *system(),
        field("Name", system_mandatory=True, length=50, custom_field=False),
        field("Hull_Number", unique={"case_sensitive": False}),
        field(
            "Berth",
            "autonumber",
            operation_type=READ_ONLY,
            auto_number={
                "prefix": "B-",
                "suffix": "/x",
                "start_number": 7,
                "starting_number_length": 1,
            },
        ),
        field("Kind", "picklist", pick_list_values=options("-None-", "Sloop", "Ketch", "Øre")),
        field(
            "Rigging",
            "multiselectpicklist",
            "jsonarray",
            pick_list_values=options("Jib", "Genoa", "Spinnaker"),
        ),
        field("Price", "currency", "double", length=16, decimal_place=2),
        field("Masts", "integer", "integer", length=9),
        field("Serial", "bigint", "string", length=18),
        field("Afloat", "boolean", "boolean"),
        field("Launched", "date", "string"),
        field("Last_Seen", "datetime", "string"),
        field("Website", "website", length=450),
        field("Log", "textarea", length=2000),
        field("Story", "textarea", length=50000, textarea={"type": "rich_text"}),
        lookup("Captain", "Contacts"),
        field("Surveyor", "userlookup", "jsonobject"),
        field("Crew", "multiselectlookup", "jsonarray", multiselectlookup=_CREW),
        field(
            "Repairs",
            "subform",
            "jsonarray",
            associated_module={"module": "Repairs", "id": "8000000000000003"},
        ),
        field("Papers", "fileupload", "jsonarray", length=2),
        field(
            "Value_F",
            "formula",
            "double",
            operation_type=READ_ONLY,
            formula={"return_type": "double"},
        ),
        field("Non-draft_Length", "double", "double", length=16),
        field("Layout", "layout", "jsonobject", custom_field=False),
    ],
    "Repairs": [
        field("id", "bigint", "string", operation_type=READ_ONLY),
        field("Part", system_mandatory=True, length=20),
        field("Cost", "currency", "double", length=16, decimal_place=2),
        lookup("Mechanic", "Contacts"),
        lookup("Parent_Id", "Boats", system_mandatory=True),
    ],
    "Boats_X_Contacts": [
        field("id", "bigint", "string", operation_type=READ_ONLY),
        lookup("Boat", "Boats"),
        lookup("Sailor", "Contacts"),
    ],
    "Tasks": [
        *system(),
        field("Subject", system_mandatory=True, custom_field=False),
        lookup("What_Id", "se_module", custom_field=False),
    ],
    "Statements": [*system(), field("Name", custom_field=False)],
}

LAYOUTS = {
    "Boats": [
        {
            "id": LAYOUT,
            "name": "Standard",
            "api_name": "Standard__s",
            "status": "active",
            "sections": [
                {
                    "api_name": "Boat",
                    "fields": [
                        {"api_name": "Name", "id": "1", "required": True},
                        {"api_name": "Kind", "id": "2", "required": False},
                    ],
                }
            ],
        },
        {
            "id": STRICT_LAYOUT,
            "name": "Strict",
            "status": "active",
            "sections": [
                {
                    "api_name": "Boat",
                    "fields": [
                        {"api_name": "Name", "id": "1", "required": True},
                        {"api_name": "Hull_Number", "id": "3", "required": True},
                    ],
                }
            ],
        },
    ]
}

ORG = {
    "id": "8000000000000900",
    "zgid": "8000000901",
    "company_name": "Bright Boatyard",
    "currency_symbol": "€",
    "iso_code": "EUR",
    "time_zone": "Europe/Oslo",
}


def snapshot() -> Snapshot:
    return Snapshot(modules=MODULES, fields=FIELDS, layouts=LAYOUTS, org=ORG, language="nb_NO")
