"""The rows of the table that are about the options of picklists.

With ``writes = "open"`` a picklist takes any text, so what was an option still type-checks: Zoho
may refuse it.
"""

from __future__ import annotations

from tests.generator.diff import edits as do
from tests.generator.diff.edits import Json
from tests.generator.diff.rows import Row


def _without_ids(item: Json) -> None:
    for option in item["pick_list_values"]:
        del option["id"]


def _second_planned(item: Json) -> None:
    item["pick_list_values"].append(do.new_option("Planned") | {"actual_value": "Scheduled"})


OPTION_ROWS: tuple[Row, ...] = (
    Row(
        "an option is added",
        do.add_option("Leads.Lead_Status", "Nurture"),
        (("option added", "Leads", "Lead_Status", "Nurture"),),
        "risky",
        "Only code that lists all options, a match without a default, does not type-check.",
    ),
    Row(
        "an option is added to a picklist that nobody writes",
        do.add_option("DealHistory.Stage", "Postponed"),
        (("option added", "DealHistory", "Stage", "Postponed"),),
        "risky",
        "Only code that lists all options, a match without a default, does not type-check.",
    ),
    Row(
        "a picklist gets its first option",
        do.add_option("Accounts.Region", "North"),
        (("option added", "Accounts", "Region", "North"),),
        "breaking",
        "Without options it took any text, and now takes one; if writes are open, Zoho may refuse.",
        words=("region",),
        given=do.set_options("Accounts.Region"),
        open="risky",
    ),
    Row(
        "a multi-select picklist gets its first option",
        do.add_option("Leads.Interests", "Wallbox"),
        (("option added", "Leads", "Interests", "Wallbox"),),
        "breaking",
        "Without options it took any text, and now takes one; if writes are open, Zoho may refuse.",
        words=("interests",),
        given=do.set_options("Leads.Interests"),
        open="risky",
        alone=True,
    ),
    Row(
        "an option is removed",
        do.remove_option("Leads.Lead_Source", "Trade fair"),
        (("option removed", "Leads", "Lead_Source", "Trade fair"),),
        "breaking",
        "Writes of the option do not type-check; if writes are open, Zoho may refuse them.",
        words=("Trade fair",),
        open="risky",
    ),
    Row(
        "an option is removed from a multi-select picklist",
        do.remove_option("Leads.Interests", "Wallbox"),
        (("option removed", "Leads", "Interests", "Wallbox"),),
        "breaking",
        "Writes of the option do not type-check; if writes are open, Zoho may refuse them.",
        words=("Wallbox",),
        open="risky",
    ),
    Row(
        "an option is removed from a picklist that nobody writes",
        do.remove_option("Events.Check_In_Status", "MISSED"),
        (("option removed", "Events", "Check_In_Status", "MISSED"),),
        "breaking",
        "Conditions on the option do not type-check; if writes are open, they find nothing.",
        words=("MISSED",),
        open="risky",
    ),
    Row(
        "an option is removed that has a namesake",
        do.remove_option("Installations.Status", "Planned", "Scheduled"),
        (("option removed", "Installations", "Status", "Planned"),),
        "risky",
        "The other one of that name is still offered, and is what a write now sets.",
        given=do.change_field("Installations.Status", _second_planned),
    ),
    Row(
        "an option is removed that was retired before",
        do.remove_option("Deals.Stage", "Lost to Competition"),
        (("option removed", "Deals", "Stage", "Lost to Competition"),),
        "safe",
        "Types never had it, and reads take any text.",
    ),
    Row(
        "all options are removed",
        do.set_options("Products.Product_Category"),
        tuple(
            ("option removed", "Products", "Product_Category", option)
            for option in ("Battery", "Heat pump", "Inverter", "Module", "Service")
        ),
        "breaking",
        "The type of the options is gone, though the field now takes any text.",
        words=("ProductCategory",),
    ),
    Row(
        "an option gets another display value",
        do.rename_option("Accounts.Account_Type", "Public sector", "Public"),
        (("option renamed", "Accounts", "Account_Type", "Public sector"),),
        "breaking",
        "Writes of the old value do not type-check; if writes are open, Zoho may refuse them.",
        words=("Public sector",),
        open="risky",
    ),
    Row(
        "an option without an id gets another display value",
        do.rename_option("Quotes.Quote_Stage", "Accepted", "Agreed"),
        (("option renamed", "Quotes", "Quote_Stage", "Accepted"),),
        "breaking",
        "It is known by its actual value, which stays.",
        words=("Accepted",),
        given=do.change_field("Quotes.Quote_Stage", _without_ids),
        open="risky",
    ),
    Row(
        "an option that layouts offer gets another display value",
        do.rename_option("Deals.Stage", "Design", "Planning"),
        (("option renamed", "Deals", "Stage", "Design"),),
        "breaking",
        "The layouts follow, and are no change of their own.",
        words=("Design",),
        open="risky",
    ),
    Row(
        "two options are renamed into each other",
        do.swap_options("Installations.Type", "PV", "Hybrid"),
        (
            ("option renamed", "Installations", "Type", "PV"),
            ("option renamed", "Installations", "Type", "Hybrid"),
        ),
        "risky",
        "The same texts are offered, so all type-checks; they mean something else.",
    ),
    Row(
        "an option is retired",
        do.set_option("Leads.Salutation", "Mx.", type="unused"),
        (("option retired", "Leads", "Salutation", "Mx."),),
        "breaking",
        "Writes of the option do not type-check; if writes are open, Zoho may refuse them.",
        words=("Mx.",),
        open="risky",
    ),
    Row(
        "an option is restored",
        do.set_option("Contacts.Lead_Source", "Newspaper", type="used"),
        (("option restored", "Contacts", "Lead_Source", "Newspaper"),),
        "risky",
        "Only code that lists all options, a match without a default, does not type-check.",
    ),
    Row(
        "an option of a layout's choice is removed",
        do.together(
            do.remove_option("Deals.Type", "Repowering"),
            do.layout_options("Deals.Residential", "Type", without="Repowering"),
        ),
        (("option removed", "Deals", "Type", "Repowering"),),
        "breaking",
        "The layouts follow, and are no change of their own.",
        words=("Repowering",),
        open="risky",
    ),
    Row(
        "the option that stands for no value is removed",
        do.remove_option("Campaigns.Status", "-None-"),
        (),
        None,
        "It was never an option: no value is None.",
    ),
)
