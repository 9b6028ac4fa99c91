"""The table: what an admin may do, what it is called, and what it means for programs.

A line a case.  Where the severity depends on circumstances, each of them has a line.  Rows of
modules, layouts, related lists and the org are here, those of fields in ``field_changes.py``.
"""

from __future__ import annotations

from tests.generator.diff import edits as do
from tests.generator.diff.field_changes import FIELD_ROWS
from tests.generator.diff.option_changes import OPTION_ROWS
from tests.generator.diff.rows import Row
from tests.generator.diff.trap_changes import TRAP_ROWS

_UNKNOWN_TARGET = {"api_name": "Vehicles_In_Use", "id": "6100000000000900000"}

MODULE_ROWS: tuple[Row, ...] = (
    Row(
        "a module is added",
        do.add_module("Drones", "Drone"),
        (("module added", "Drones", None, None),),
        "safe",
        "There are more names than before, and none is another's: the lock holds the old ones.",
    ),
    Row(
        "a module is added that a related list leads to",
        do.add_module("Price_Books", "Price Book"),
        (("module added", "Price_Books", None, None),),
        "breaking",
        "The list gave rows of JSON and took names; now it gives records and takes columns.",
        words=("price_books",),
        modules=("Products",),
    ),
    Row(
        "a module is added that a lookup leads to",
        do.add_module("Vehicles_In_Use", "Vehicle In Use"),
        (("module added", "Vehicles_In_Use", None, None),),
        "breaking",
        "The lookup took a reference to any record; now it takes those of the new class.",
        words=("vehicle",),
        given=do.add_field("Calls.Vehicle", "lookup", lookup={"module": _UNKNOWN_TARGET}),
        modules=("Calls",),
    ),
    Row(
        "a module is removed",
        do.remove_module("Service_Contracts"),
        (("module removed", "Service_Contracts", None, None),),
        "breaking",
        "Its handle and its class are gone.",
        words=("ServiceContract", "service_contracts"),
    ),
    Row(
        "the module of the rows of a subform is removed",
        do.remove_module("Quoted_Items"),
        (("module removed", "Quoted_Items", None, None),),
        "breaking",
        "The class of the rows is gone, and the field holds JSON.",
        words=("QuotedItem", "quoted_items"),
        alone=True,
        modules=("Quotes",),
    ),
    Row(
        "a module gets another api_name",
        do.rename_module("CustomModule7", "Inspections"),
        (("module renamed", "CustomModule7", None, None),),
        "risky",
        "The lock keeps the Python names, but deployed bindings ask Zoho for the old api_name.",
        modules=("Installations",),
        last=True,
    ),
    Row(
        "a module that lookups and related lists name gets another api_name",
        do.rename_module("Site_Visits", "Visits_On_Site"),
        (("module renamed", "Site_Visits", None, None),),
        "risky",
        "What refers to the module follows it, and is no change of its own.",
        modules=("Deals", "Leads", "Accounts", "Contacts"),
        last=True,
    ),
    Row(
        "the module of the rows of a subform gets another api_name",
        do.rename_module("Lead_Site_Visits", "Lead_Visits"),
        (("module renamed", "Lead_Site_Visits", None, None),),
        "risky",
        "The field that holds the rows follows, and is no change of its own.",
        modules=("Leads",),
        last=True,
    ),
    Row(
        "a module gets another label",
        do.set_module("Campaigns", plural_label="Promotions", singular_label="Promotion"),
        (("module label changed", "Campaigns", None, None),),
        "safe",
        "Labels stand in docstrings; the lock keeps names that were made from one.",
    ),
    Row(
        "a module without a name of its own gets another label",
        do.set_module("CustomModule7", plural_label="Inspections"),
        (("module label changed", "CustomModule7", None, None),),
        "safe",
        "Its names were made from the label once, and the lock keeps them.",
        alone=True,
    ),
    Row(
        "records of a module are no longer created",
        do.set_module("Tasks", creatable=False),
        (("module operations changed", "Tasks", None, None),),
        "breaking",
        "create and its kin are gone.",
        words=("crm.tasks.create",),
    ),
    Row(
        "records of a module are no longer edited",
        do.set_module("Events", editable=False),
        (("module operations changed", "Events", None, None),),
        "breaking",
        "update and its kin are gone.",
        words=("crm.events.update",),
    ),
    Row(
        "leads are no longer edited",
        do.set_module("Leads", editable=False),
        (("module operations changed", "Leads", None, None),),
        "breaking",
        "convert is gone as well.",
        words=("crm.leads.convert",),
        alone=True,
    ),
    Row(
        "records of a module are no longer deleted",
        do.set_module("Calls", deletable=False),
        (("module operations changed", "Calls", None, None),),
        "risky",
        "Every handle has delete; Zoho refuses it now.",
    ),
    Row(
        "records of a module can be created",
        do.set_module("DealHistory", creatable=True),
        (("module operations changed", "DealHistory", None, None),),
        "safe",
        "There are more methods than before.",
    ),
    Row(
        "the API serves a module no longer",
        do.set_module("Notes", api_supported=False),
        (("module operations changed", "Notes", None, None),),
        "risky",
        "The metadata still has fields, so the package has the class, and Zoho refuses calls.",
    ),
)

LAYOUT_ROWS: tuple[Row, ...] = (
    Row(
        "a layout is added",
        do.add_layout("Deals", "Retrofit", like="Commercial"),
        (("layout added", "Deals", None, None),),
        "safe",
        "There is one name more to choose from.",
    ),
    Row(
        "a module gets its first layout",
        do.add_layout("Campaigns", "Standard", "Campaign_Name", "Status"),
        (("layout added", "Campaigns", None, None),),
        "safe",
        "The handle gets the method layout.",
    ),
    Row(
        "a layout is removed",
        do.remove_layout("Deals.Commercial"),
        (("layout removed", "Deals", None, None),),
        "breaking",
        'layout("Commercial") does not type-check.',
        words=("Commercial",),
    ),
    Row(
        "the only layout of a module is removed",
        do.remove_layout("Quotes.Standard"),
        (("layout removed", "Quotes", None, None),),
        "breaking",
        "The handle loses the method layout.",
        words=("crm.quotes.layout",),
    ),
    Row(
        "a layout is switched off",
        do.set_layout("Cases.Standard", status="inactive"),
        (("layout removed", "Cases", None, None),),
        "breaking",
        "The package lists the active layouts alone.",
        words=("crm.cases.layout",),
    ),
    Row(
        "a layout gets another name",
        do.set_layout("Installations.Standard", name="Field service"),
        (("layout renamed", "Installations", None, None),),
        "breaking",
        'layout("Standard") does not type-check.',
        words=("Standard",),
    ),
    Row(
        "a layout is deleted and made anew under its name",
        do.set_layout("CustomModule7.標準", id="6100000000000900002"),
        (),
        None,
        "Programs know a layout by its name.",
    ),
    Row(
        "a layout makes a field mandatory",
        do.require("Contacts.Standard", "Phone", required=True),
        (("layout requirement added", "Contacts", "Phone", None),),
        "risky",
        "Types know what is mandatory in every layout; Zoho refuses what leaves this field out.",
    ),
    Row(
        "a layout makes a field mandatory no longer",
        do.require("Leads.Standard", "Lead_Source", required=False),
        (("layout requirement removed", "Leads", "Lead_Source", None),),
        "safe",
        "What was taken still is.",
    ),
    Row(
        "a layout offers an option less",
        do.layout_options("Accounts.Standard", "Account_Type", without="Housing company"),
        (("layout options changed", "Accounts", "Account_Type", None),),
        "risky",
        "The field still has the option; records of the layout may not.",
    ),
    Row(
        "a layout offers an option more",
        do.layout_options("Deals.Residential", "Type", plus="Existing Business"),
        (("layout options changed", "Deals", "Type", None),),
        "safe",
        "What was taken still is.",
    ),
)

RELATED_ROWS: tuple[Row, ...] = (
    Row(
        "a related list is added",
        do.add_related("Campaigns", "Tasks", "Tasks"),
        (("related list added", "Campaigns", "Tasks", None),),
        "safe",
        "There is one attribute more.",
        modules=("Tasks",),
    ),
    Row(
        "a module gets its first related list",
        do.add_related("Calls", "Tasks", "Tasks"),
        (("related list added", "Calls", "Tasks", None),),
        "safe",
        "The handle gets the method related.",
        modules=("Tasks",),
    ),
    Row(
        "a related list is removed",
        do.remove_related("Accounts", "Quotes"),
        (("related list removed", "Accounts", "Quotes", None),),
        "breaking",
        "The attribute is gone.",
        words=("quotes",),
        modules=("Quotes",),
    ),
    Row(
        "a related list is hidden",
        do.set_related("Contacts", "Cases", status="user_hidden"),
        (("related list removed", "Contacts", "Cases", None),),
        "breaking",
        "The API does not give hidden lists, so the package leaves them out.",
        words=("cases",),
        modules=("Cases",),
    ),
    Row(
        "a related list gets another api_name",
        do.set_related("Deals", "Installations", api_name="Systems"),
        (("related list renamed", "Deals", "Installations", None),),
        "risky",
        "The lock keeps the attribute, but deployed bindings ask Zoho for the old api_name.",
        modules=("Installations",),
    ),
    Row(
        "a related list gets another label",
        do.set_related("Leads", "Tasks", display_label="To Do"),
        (("related list renamed", "Leads", "Tasks", None),),
        "safe",
        "Labels stand in docstrings; the attribute comes from the api_name.",
    ),
    Row(
        "a related list goes that the package leaves out",
        do.remove_related("Leads", "Notes"),
        (),
        None,
        "Every handle has notes, whatever lists there are.",
    ),
    Row(
        "a related list leads to another module",
        do.set_related("Installations", "Cases", module={"api_name": "Tasks"}),
        (("related list target changed", "Installations", "Cases", None),),
        "breaking",
        "The list gives records of another class.",
        words=("cases",),
        modules=("Cases", "Tasks"),
    ),
)

ORG_ROWS: tuple[Row, ...] = (
    Row(
        "the metadata comes in another language",
        do.set_language("de_DE"),
        (("language changed", None, None, None),),
        "risky",
        "Records carry display values, and in another language they are others.",
    ),
    Row(
        "the org has another currency",
        do.set_org(iso_code="CHF", currency="Swiss Franc - CHF", currency_symbol="CHF"),
        (("currency changed", None, None, None),),
        "risky",
        "Amounts type-check as before and mean something else.",
    ),
    Row(
        "the org has another name and time zone",
        do.set_org(company_name="Acme GmbH", time_zone="Europe/Vienna"),
        (),
        None,
        "Moments carry their offset, and the name stands in a docstring.",
    ),
    Row(
        "a module is called otherwise by choice",
        do.together(),
        (("name changed", "Cases", None, None),),
        "breaking",
        "The handle has another name.",
        words=("crm.cases",),
        checkers=("pyright",),
        overrides={"Cases": "tickets"},
    ),
)

NO_CHANGE_ROWS: tuple[Row, ...] = (
    Row("another order", do.other_order, (), None, "Nothing is known by its place.", last=True),
    Row("volatile keys", do.other_volatile_keys, (), None, "No admin changed them.", last=True),
    Row(
        "{} for null",
        do.empty_objects_for_null,
        (),
        None,
        "Both say that there is nothing.",
        last=True,
    ),
    Row(
        "keys are missing",
        do.missing_keys,
        (),
        None,
        "What goes without saying was left out.",
        last=True,
    ),
    Row(
        "ids as numbers",
        do.numbers_for_ids,
        (),
        None,
        "An id is the same, quoted or not.",
        last=True,
    ),
    Row(
        "the normal form",
        do.normal_form,
        (),
        None,
        "pull writes what was saved by hand.",
        last=True,
    ),
)

ROWS: tuple[Row, ...] = (
    *FIELD_ROWS,
    *OPTION_ROWS,
    *MODULE_ROWS,
    *LAYOUT_ROWS,
    *RELATED_ROWS,
    *ORG_ROWS,
    *TRAP_ROWS,
    *NO_CHANGE_ROWS,
)
TOGETHER: tuple[Row, ...] = tuple(row for row in ROWS if not row.alone)
"""Those that can be made at once."""
