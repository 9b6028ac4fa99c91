"""The program that the demo writes, type-checks and runs: a user's code for the sample org."""

from __future__ import annotations

from dataclasses import dataclass

PACKAGE = "acme_crm"
SEPARATOR = "\x1e"
"""Printed between the steps, so that what each printed can be told apart."""


@dataclass(frozen=True, slots=True)
class Step:
    """A few lines of Python that do one thing."""

    title: str
    code: str


STEPS = (
    Step(
        "Connect.  Credentials come from the environment.",
        """\
from datetime import date
from decimal import Decimal

from acme_crm import Crm, Lead
from zohohub import RecordNotFound

crm = Crm.from_env()
""",
    ),
    Step(
        "Create a lead with two rows of a subform.",
        """\
lead_id = crm.leads.create(
    last_name="Sandoval",
    company="Sandoval Orchards",
    lead_status="New",
    lead_source="Trade fair",
    interests=["Photovoltaics", "Battery storage"],
    annual_revenue=Decimal("250000.05"),
    site_visits_1=[
        {"visited_on": date(2026, 5, 4), "roof_ok": True},
        {"visited_on": date(2026, 5, 11), "roof_ok": False},
    ],
)
print("created", lead_id)
""",
    ),
    Step(
        "Read it again: dates are dates, currency is exact.",
        """\
lead = crm.leads.get(lead_id)
print(lead.company, lead.lead_status, lead.annual_revenue)
print(lead.created_time)
for visit in lead.site_visits_1 or []:
    print(visit.visited_on, "fine" if visit.roof_ok else "needs work")
""",
    ),
    Step(
        "Query with typed conditions; the same tree becomes COQL or search criteria.",
        """\
f = Lead.fields
open_ones = f.lead_status.is_in(["New", "Contacted", "Qualified"])
large = open_ones & (f.annual_revenue >= 100_000)
print(large.coql())
query = crm.leads.query().where(large).order_by(f.annual_revenue.desc())
for found in query.select(f.company, f.annual_revenue):
    print(found.company, found.annual_revenue)
""",
    ),
    Step(
        "Change it: what is not named is left alone, None clears.",
        """\
crm.leads.update(lead, lead_status="Qualified", lead_source=None)
lead = crm.leads.get(lead_id, f.company, f.lead_status, f.lead_source)
print(lead.company, lead.lead_status, lead.lead_source, sep=" | ")
""",
    ),
    Step(
        "Follow a lookup: the reference knows its module.",
        """\
for contact in crm.contacts.list():
    if contact.account_name is not None:
        account = crm.accounts.get(contact.account_name)
        print(contact.full_name, "works for", account.account_name)
        break
""",
    ),
    Step(
        "Delete it.",
        """\
crm.leads.delete(lead)
try:
    crm.leads.get(lead_id)
except RecordNotFound as gone:
    print(gone.code)
""",
    ),
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One line that must not type-check."""

    title: str
    code: str


MISTAKES = (
    Mistake("A misspelt field", "print(lead.compnay)"),
    Mistake(
        "An option that the picklist does not have", 'crm.leads.update(lead, lead_status="Won")'
    ),
    Mistake("A field that only Zoho sets", "crm.leads.update(lead, weighted_value=1)"),
)

_MISTAKES_HEAD = """\
from acme_crm import Crm, Lead


def mistakes(crm: Crm, lead: Lead) -> None:
"""


def program() -> str:
    """The whole program; it prints `SEPARATOR` after each step."""
    return "".join(f"{step.code}print({SEPARATOR!r})\n" for step in STEPS)


def mistakes() -> tuple[str, list[int]]:
    """A module with every mistake, and the number of the line where each is."""
    first = _MISTAKES_HEAD.count("\n") + 1
    lines = "".join(f"    {mistake.code}\n" for mistake in MISTAKES)
    return _MISTAKES_HEAD + lines, [first + index for index in range(len(MISTAKES))]
