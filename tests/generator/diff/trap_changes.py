"""Rows of the table where a look at the field alone, or at its name alone, would be wrong."""

from __future__ import annotations

from zohohub_gen.snapshot import Snapshot

from tests.generator.diff import edits as do
from tests.generator.diff.rows import Row

NOBODY = {"creatable": False, "editable": False}


def _remove_second_residential(snapshot: Snapshot) -> None:
    layouts = snapshot.layouts["Deals"]
    layouts.remove([item for item in layouts if item["name"] == "Residential"][1])


TRAP_ROWS: tuple[Row, ...] = (
    Row(
        "deals get a mandatory field, and nobody creates them",
        do.add_field("Deals.Reason", "text", length=40, system_mandatory=True),
        (("field added", "Deals", "Reason", None),),
        "breaking",
        "Converting a lead takes the values of a new deal all the same.",
        words=("reason", "crm.leads.convert"),
        given=do.set_module("Deals", creatable=False),
        alone=True,
        modules=("Leads",),
    ),
    Row(
        "a mandatory field is added to rows whose module says that nobody creates them",
        do.add_field("Lead_Site_Visits.Reason", "text", length=40, system_mandatory=True),
        (("field added", "Lead_Site_Visits", "Reason", None),),
        "breaking",
        "Rows are written with the record that they belong to, whatever their module says.",
        words=("reason", "site_visits_1"),
        given=do.set_module("Lead_Site_Visits", **NOBODY),
        alone=True,
        modules=("Leads",),
    ),
    Row(
        "the module of rows says that nobody creates them any more",
        do.set_module("Quoted_Items", creatable=False),
        (("module operations changed", "Quoted_Items", None, None),),
        "safe",
        "Rows have no handle that could lose a method.",
        modules=("Quotes",),
    ),
    Row(
        "a field becomes read-only in a module that nobody writes",
        do.access("Notes.Note_Title", create=False, update=False),
        (("read-only on", "Notes", "Note_Title", None),),
        "risky",
        "There is no keyword that could go; save sends what a program has set.",
        given=do.set_module("Notes", **NOBODY),
    ),
    Row(
        "a field becomes mandatory in a module that nobody writes",
        do.set_field("Notes.Note_Content", system_mandatory=True),
        (("mandatory on", "Notes", "Note_Content", None),),
        "risky",
        "There is no keyword that could be missing; save sends what a program has set.",
        given=do.set_module("Notes", **NOBODY),
    ),
    Row(
        "a field is set on creation only, in a module that is not edited",
        do.access("solarsync__Sync_Logs.solarsync__Rows", create=True, update=False),
        (("read-only on", "solarsync__Sync_Logs", "solarsync__Rows", None),),
        "breaking",
        "There is no update, but clone takes the same keywords.",
        words=("solarsync_rows",),
        given=do.set_module("solarsync__Sync_Logs", creatable=True, editable=False),
    ),
    Row(
        "a key of rows becomes read-only",
        do.access("Lead_Site_Visits.Surveyor", create=False, update=False),
        (("read-only on", "Lead_Site_Visits", "Surveyor", None),),
        "breaking",
        "Rows do not take the key any more.",
        words=("surveyor",),
        modules=("Leads",),
    ),
    Row(
        "a picklist becomes text",
        do.set_field("solarsync__Sync_Logs.solarsync__Result", data_type="text"),
        (("type changed", "solarsync__Sync_Logs", "solarsync__Result", None),),
        "breaking",
        "The type of the options is gone; that they went, too, is no change of its own.",
        words=("SolarsyncResult", "solarsync_result"),
    ),
    Row(
        "a lookup becomes text",
        do.set_field("Cases.Product_Name", data_type="text", json_type="string", lookup={}),
        (("type changed", "Cases", "Product_Name", None),),
        "breaking",
        "What is read is text; that it leads nowhere is no change of its own.",
        words=("product_name",),
        modules=("Products",),
    ),
    Row(
        "a field is made anew with another type",
        do.together(
            do.made_anew("Contacts.Preferred_Language"),
            do.set_field("Contacts.Preferred_Language", data_type="boolean", json_type="boolean"),
        ),
        (("type changed", "Contacts", "Preferred_Language", None),),
        "breaking",
        "It is the same field to programs, and it holds a bool.",
        words=("PreferredLanguage", "preferred_language"),
    ),
    Row(
        "a module is deleted and made anew",
        do.set_module("Tasks", id="6100000000000900003"),
        (),
        None,
        "It has its api_name again, and so its names.",
    ),
    Row(
        "a hidden related list is shown",
        do.set_related(
            "Leads", "Zoho_Survey", status="visible", href="Leads/{ENTITYID}/Zoho_Survey"
        ),
        (("related list added", "Leads", "Zoho_Survey", None),),
        "safe",
        "There is one attribute more.",
    ),
    Row(
        "an option takes the name of another",
        do.rename_option("Installations.list", "List B", "List A"),
        (("option renamed", "Installations", "list", "List B"),),
        "breaking",
        "Its own name is gone, though no name is new.",
        words=("List B",),
        open="risky",
    ),
    Row(
        "an option is written otherwise",
        do.rename_option("Installations.fields", "North field", "North Field"),
        (("option renamed", "Installations", "fields", "North field"),),
        "breaking",
        "Types tell capitals from small letters.",
        words=("North field",),
        open="risky",
    ),
    Row(
        "the option that stands for no value is added",
        do.add_option("Tasks.Priority", "-None-"),
        (),
        None,
        "It is no option: no value is None.",
    ),
    Row(
        "text gets a limit",
        do.set_field("Deals.Deal_Folder", length=255),
        (("length changed", "Deals", "Deal_Folder", None),),
        "risky",
        "Zoho refuses longer text.",
    ),
    Row(
        "text loses its limit",
        do.set_field("Accounts.Old_Segment", length=None),
        (("length changed", "Accounts", "Old_Segment", None),),
        "safe",
        "What was taken still is.",
    ),
    Row(
        "a layout is removed that has a namesake",
        _remove_second_residential,
        (),
        None,
        "The name leads to the older layout, as before.",
        given=do.add_layout("Deals", "Residential", like="Commercial"),
        alone=True,
    ),
    Row(
        "a layout is removed that was switched off",
        do.remove_layout("Tasks.Standard"),
        (),
        None,
        "The package did not have it.",
        given=do.set_layout("Tasks.Standard", status="inactive"),
    ),
    Row(
        "a layout is said to make a boolean mandatory",
        do.require("Leads.Standard", "Email_Opt_Out", required=True),
        (),
        None,
        "A boolean always has a value, so Zoho misses none.",
    ),
)
