"""The method that converts a lead, typed by the modules that a lead becomes records of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zohohub_gen.annotations import Imports
from zohohub_gen.ir import Module
from zohohub_gen.names import ModuleNames
from zohohub_gen.source import import_line, statement

LEADS = "Leads"
DEALS = "Deals"
CONVERTED = ("Accounts", "Contacts", DEALS)
"""What a lead becomes, known by these api_names alone."""


@dataclass(frozen=True, slots=True)
class ConvertPlan:
    """The parts of the method that depend on the package."""

    account: str
    """The type of the parameter, and so on."""
    contact: str
    deal: str
    result: str
    import_line: str | None
    """What the body imports: the class that encodes the values of the deal."""
    returns: str
    """The last statement of the body."""


def plan_convert(
    module: Module, handles: Mapping[str, ModuleNames], imports: Imports
) -> ConvertPlan | None:
    """Plan the method of the module Leads; None for any other.

    ``handles`` are the names of the modules of the package; for a module that it lacks, any record
    and values by api_name are taken.
    """
    if module.api_name != LEADS or module.is_subform or not module.editable:
        return None
    imports.check("typing", "Unpack")
    imports.check("zohohub.conversion", "Conversion", "ConvertOptions")
    imports.check("zohohub.values", "Ref")
    records: list[str] = []
    for api_name in CONVERTED:
        target = handles.get(api_name)
        if target is None:
            imports.use("zohohub.records", "Record")
            records.append("Record")
        else:
            imports.check(f".{target.file}", target.record)
            records.append(target.record)
    deals = handles.get(DEALS)
    if deals is None:
        imports.use("collections.abc", "Mapping")
    else:
        imports.check(f".{deals.file}", f"{deals.record}Create")
    account, contact, deal = records
    deal_type = deals.record if deals else "None"
    arguments = ["target", "account", "contact", "deal", deal_type, "options"]
    return ConvertPlan(
        account=f"{account} | Ref[{account}] | str | None",
        contact=f"{contact} | Ref[{contact}] | str | None",
        deal=f"{deals.record}Create | None" if deals else "Mapping[str, object] | None",
        result=f"Conversion[{account}, {contact}, {deal}]",
        import_line=import_line(f".{deals.file}", [deals.record], 8) if deals else None,
        returns=statement("return self._convert(", arguments, ")", 8),
    )
