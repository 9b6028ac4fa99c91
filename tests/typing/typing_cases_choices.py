"""Every way to type picklists with every way to write them; refused are the lines with ``# E:``.

``test_typing_cases.py`` generates one package each from the metadata of the case ``enumerations``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_type

import enum_open
import enum_strict
import literal_open
import literal_strict
import str_open
import str_strict
from enum_open.leads import LeadStatus as OpenStatus
from enum_open.leads import LeadWishes as OpenWishes
from enum_strict.leads import LeadEnum, LeadStatus, LeadWishes
from zohohub.columns import Condition
from zohohub.picklists import PicklistEnum

if TYPE_CHECKING:
    from literal_open.leads import LeadStatus as OpenLiteral
    from literal_strict.leads import LeadStatus as StrictLiteral
    from literal_strict.leads import LeadWishes as LiteralWishes


def a_literal(crm: literal_strict.Crm, anything: str) -> None:
    lead = crm.leads.get("1")
    f = literal_strict.Lead.fields
    assert_type(lead.lead_status, StrictLiteral | str | None)
    assert_type(lead.wishes, list[LiteralWishes | str] | None)
    lead.lead_status = anything
    crm.leads.create(lead_status="New", wishes=["Call"])
    crm.leads.query().where((f.lead_status == "New") | f.lead_status.is_in(["Terminé"]))
    crm.leads.create(lead_status=anything)  # E: any text
    crm.leads.create(lead_status="Lost (old)")  # E: retired
    crm.leads.create(lead_status="New", wishes=["Phone"])  # E: not an option
    crm.leads.query().where(f.lead_status == anything)  # E: any text
    crm.leads.query().where(f.lead_status.is_in(["Won"]))  # E: not an option


def a_literal_or_any_text(crm: literal_open.Crm, anything: str) -> None:
    lead = crm.leads.get("1")
    f = literal_open.Lead.fields
    assert_type(lead.lead_status, OpenLiteral | str | None)
    crm.leads.create(lead_status=anything, wishes=["Phone"])
    crm.leads.query().where(f.lead_status == anything)
    crm.leads.create(lead_status=1)  # E: text
    crm.leads.create(lead_status=None)  # E: mandatory
    crm.leads.query().where(f.lead_status == 1)  # E: text


def a_member(crm: enum_strict.Crm, anything: str) -> None:
    lead = crm.leads.get("1")
    f = enum_strict.Lead.fields
    assert_type(lead.lead_status, LeadStatus | str | None)
    assert_type(lead.wishes, list[LeadWishes | str] | None)
    lead.lead_status = anything
    lead.lead_status = LeadStatus.NEW
    lead.wishes = [LeadWishes.CALL, "Phone"]
    plain: str = LeadStatus.NEW
    base: PicklistEnum = LeadStatus.NEW
    print(plain, base, lead.lead_status == "New", LeadStatus(anything))
    crm.leads.create(lead_status=LeadStatus.NEW, wishes=[LeadWishes.CALL])
    crm.leads.update("1", lead_status=LeadStatus.SITE_VISIT_BOOKED, wishes=None)
    crm.leads.create_many([{"lead_status": LeadStatus.TERMINE}])
    assert_type(f.lead_status == LeadStatus.NEW, Condition[enum_strict.Lead])
    crm.leads.query().where(f.lead_status.is_in([LeadStatus.NEW, LeadStatus.TERMINE]))
    crm.leads.query().where(f.wishes.contains(LeadWishes.VISIT))
    for row in crm.leads.query().values(f.lead_status, f.wishes):
        assert_type(row[0], LeadStatus | str | None)
        assert_type(row[1], list[LeadWishes | str] | None)
    status = crm.leads.get("2").lead_status
    if isinstance(status, LeadStatus):
        assert_type(status, LeadStatus)
        crm.leads.update("2", lead_status=status)
    crm.leads.create(lead_status="New")  # E: a member
    crm.leads.create(lead_status=anything)  # E: a member
    crm.leads.create(lead_status=LeadEnum.PICKLISTENUM)  # E: a member of another picklist
    crm.leads.create(lead_status=LeadStatus.LOST)  # E: retired
    crm.leads.create(lead_status=LeadStatus.NEW, wishes=["Call"])  # E: members
    crm.leads.create(lead_status=LeadStatus.NEW, enum=LeadStatus.NEW)  # E: of another picklist
    crm.leads.create_many([{"lead_status": "New"}])  # E: a member
    crm.leads.update("1", frozen=None)  # E: read-only
    crm.leads.query().where(f.lead_status == "New")  # E: a member
    crm.leads.query().where(f.lead_status == LeadWishes.CALL)  # E: of another picklist
    crm.leads.query().where(f.lead_status.is_in(["New"]))  # E: members
    crm.leads.query().where(f.wishes.contains("Visit"))  # E: a member
    crm.leads.update("1", lead_status=crm.leads.get("1").lead_status)  # E: any text, or None
    LeadStatus.NEW = LeadStatus.TERMINE  # E: a member stays


def a_member_or_any_text(crm: enum_open.Crm, anything: str) -> None:
    lead = crm.leads.get("1")
    f = enum_open.Lead.fields
    assert_type(lead.lead_status, OpenStatus | str | None)
    assert_type(lead.wishes, list[OpenWishes | str] | None)
    crm.leads.create(lead_status=anything, wishes=["Phone", OpenWishes.CALL])
    crm.leads.create(lead_status=OpenStatus.NEW)
    crm.leads.query().where((f.lead_status == anything) | (f.lead_status == OpenStatus.NEW))
    crm.leads.query().where(f.wishes.is_in([anything, OpenWishes.CALL]))
    for row in crm.leads.query().values(f.lead_status):
        assert_type(row[0], OpenStatus | str | None)
    crm.leads.create(lead_status=1)  # E: text
    crm.leads.create(lead_status=OpenStatus.LOST)  # E: retired
    crm.leads.query().where(f.lead_status == 1)  # E: text


def text(crm: str_strict.Crm, anything: str) -> None:
    lead = crm.leads.get("1")
    f = str_strict.Lead.fields
    assert_type(lead.lead_status, str | None)
    assert_type(lead.wishes, list[str] | None)
    crm.leads.create(lead_status=anything, wishes=["Phone"])
    assert_type(f.lead_status == anything, Condition[str_strict.Lead])
    for row in crm.leads.query().values(f.lead_status, f.wishes):
        assert_type(row[0], str | None)
        assert_type(row[1], list[str] | None)
    layout = crm.leads.layout("Standard")
    crm.leads.validate({"lead_status": anything}, layout=layout)
    crm.leads.create(lead_status=1)  # E: text
    crm.leads.create(wishes=["Phone"])  # E: lead_status is missing
    crm.leads.create(lead_status="New", wishes="Phone", frozen="Ice")  # E: read-only
    crm.leads.query().where(f.lead_status == 1)  # E: text


def text_again(crm: str_open.Crm, anything: str) -> None:
    assert_type(crm.leads.get("1").lead_status, str | None)
    crm.leads.create(lead_status=anything)
    crm.leads.query().where(str_open.Lead.fields.lead_status == anything)
    crm.leads.create(lead_status=1)  # E: text


def where_they_live(wish: Literal["Call"]) -> None:
    from str_strict.leads import LeadStatus as Nothing  # E: without options there is no such name

    print(wish)
