"""What checkers take of names of before, strike out (``# D:``) and refuse (``# E:``).

Checked by ``test_former_names.py`` beside the package of the golden case ``former_names``; never
run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_type

from former_names import (
    Account,
    AccountFields,
    Accounts,
    Campaign,
    CampaignRecord,
    Company,
    Crm,
    Customer,
    CustomerFields,
    Customers,
    Lead,
    LeadSiteVisit,
)
from former_names.accounts import Account as AccountOfItsFile
from former_names.campaigns import CampaignRecord as CampaignRecordOfItsFile
from former_names.companies import Companies
from zohohub.columns import DateTimeColumn, DecimalColumn, TextColumn
from zohohub.related import RelatedRecords

if TYPE_CHECKING:
    from former_names.accounts import AccountCreate, AccountLayoutName, CustomerRegion
    from former_names.leads import LeadCreate, LeadSource, LeadUpdateRow


# --- attributes of a record ---------------------------------------------------------------


def attributes(lead: Lead, row: LeadSiteVisit) -> None:
    assert_type(lead.firm, str | None)
    read = lead.company  # D: read
    assert_type(read, str | None)
    lead.company = "Acme"  # D: set
    del lead.company  # D: delete
    lead.revenue = Decimal(1)  # D: the first name of two
    lead.annual_revenue = None  # D: the second
    newest: Decimal | None = lead.turnover
    when = lead.created_time  # D: read-only fields too
    assert_type(when, datetime | None)
    visits = lead.site_visits  # D: subforms
    assert_type(visits, list[LeadSiteVisit] | None)
    print(row.city, newest)  # D: rows
    print(lead.compny)  # E: no such name
    print(lead.phone, lead.email, lead.revenue_2)
    print(lead.firm + 1)  # E: of another type
    lead.company = 1  # E: of another type


def constructors() -> None:
    # Checkers take a keyword of before, and do not strike it out.
    Lead(company="Acme", last_name="Ito")
    Lead(firm="Acme", surname="Ito", visits=[LeadSiteVisit(city="Graz")])
    Lead(company=1)  # E: of another type
    Lead(compny="Acme")  # E: no such name


# --- columns ------------------------------------------------------------------------------


def columns(crm: Crm) -> None:
    f = Lead.fields
    assert_type(f.firm, TextColumn[Lead])
    column = f.company  # D: a column
    assert_type(column, TextColumn[Lead])
    total = f.annual_revenue  # D: a column, the second name of two
    assert_type(total, DecimalColumn[Lead])
    crm.leads.list(f.created_time)  # D: as an argument
    crm.leads.query().where(f.city == "Graz")  # D: in a condition
    crm.leads.query().where(f.town == "Graz").order_by(f.created_at)
    behind = f.converted_account.parent_account  # D: behind a lookup
    print(behind.region)
    behind_both = f.converted_account.parent.parent.created_time
    assert_type(behind_both, DateTimeColumn[Lead])
    print(f.compny)  # E: no such name


# --- values to write ----------------------------------------------------------------------


def keywords(crm: Crm, lead: Lead) -> None:
    crm.leads.create(surname="Ito", firm="Acme", source="Web shop")
    # Checkers take an optional key of before, and cannot strike it out.
    crm.leads.create(surname="Ito", company="Acme", lead_source="Web shop")
    crm.leads.update(lead, company="Acme", last_name="Ito")
    crm.leads.update_many([{"id": "1", "company": "Acme"}, {"id": "2", "last_name": "Ito"}])
    crm.leads.mass_update([lead], city="Graz")
    crm.leads.clone(lead, revenue=1)
    # A mandatory one has a form of its own, which they strike out.
    crm.leads.create(last_name="Ito", company="Acme")  # D: mandatory
    crm.leads.create(firm="Acme")  # D: neither: not refused, yet struck out
    crm.leads.create(surname="Ito", compny="Acme")  # E: no such name
    crm.leads.create(surname=1)  # E: of another type
    crm.leads.create(last_name=1)  # E: of another type
    crm.leads.update(lead, company=1)  # E: of another type
    crm.leads.update(lead, source="Web shop")  # E: set on creation only
    crm.leads.update(lead, lead_source="Web shop")  # E: set on creation only


def rows(crm: Crm, given: Sequence[LeadCreate], changes: Sequence[LeadUpdateRow]) -> None:
    crm.leads.create_many(given)
    crm.leads.create_many([{"surname": "Ito", "company": "Acme"}])
    crm.leads.create_many([{"last_name": "Ito"}])  # D: mandatory
    crm.leads.create_many([{"surname": "Ito"}, {"last_name": "Ito"}])  # D: mandatory, in one row
    crm.leads.bulk_create([{"last_name": "Ito"}])  # D: mandatory
    crm.leads.upsert_many([{"last_name": "Ito"}])  # D: mandatory
    crm.leads.bulk_upsert([{"last_name": "Ito"}], match=Lead.fields.phone)  # D: mandatory
    crm.leads.create_many([{"surname": "Ito", "compny": "Acme"}])  # E: no such name
    annotated: LeadCreate = {"last_name": "Ito"}  # E: mandatory, under a type that wants it
    optional: LeadCreate = {"surname": "Ito", "company": "Acme"}
    crm.leads.create_many([annotated, optional])
    crm.leads.update_many(changes)
    crm.leads.create(surname="Ito", visits=[{"town": "Graz"}, {"city": "Graz"}, {"id": "1"}])
    crm.leads.create(surname="Ito", visits=[{"village": "Graz"}])  # E: no such name


# --- handles, related lists, classes ------------------------------------------------------


def handles(crm: Crm, account: Account) -> None:
    assert_type(crm.customers, Customers)
    assert_type(crm.accounts, Customers)  # D: a handle
    found = crm.companies.get("1")  # D: a handle
    assert_type(found, Customer)
    related = crm.customers.related(account)
    assert_type(related.subsidiaries, RelatedRecords[Customer])
    assert_type(related.children, RelatedRecords[Customer])  # D: a related list
    related.child_accounts.list()  # D: a related list
    print(crm.acounts)  # E: no such name


def classes(
    company: Company, account: AccountOfItsFile, handle: Accounts, other: Companies
) -> Customer:
    # Checkers know that the classes are the same, and do not strike out their names of before.
    assert_type(company, Customer)
    assert_type(account, Customer)
    assert_type(handle, Customers)
    assert_type(other, Customers)
    fields: AccountFields[Customer] = Account.fields
    assert_type(fields, CustomerFields[Customer])
    Account(account_name="Acme")
    Account(acount_name="Acme")  # E: no such name
    campaign: CampaignRecord = Campaign(campaign_name="Spring")
    again: CampaignRecordOfItsFile = campaign
    print(again.begin)  # D: an attribute
    return company


def typed_dicts(crm: Crm, layout: AccountLayoutName, region: CustomerRegion) -> None:
    values: AccountCreate = {"account_name": "Acme", "region": region}
    crm.customers.create(**values)
    crm.customers.layout(layout)
    source: LeadSource = "Web shop"
    wrong: AccountCreate = {"acount_name": "Acme"}  # E: no such name
    print(source, wrong)


def unknown(crm: Any) -> None:
    print(crm.accounts)
