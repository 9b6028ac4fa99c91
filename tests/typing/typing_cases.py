"""What pyright and mypy must take, and at the lines marked ``# E:`` must refuse.

Checked by ``test_typing_cases.py`` beside the sample package ``acme_crm``; never run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_type

from acme_crm import (
    Account,
    Contact,
    Crm,
    Deal,
    Event,
    Installation,
    Lead,
    LeadSiteVisit,
    Note,
    Product,
    Quote,
    QuotedItem,
    SiteVisit,
    Task,
)
from acme_crm.accounts import Accounts
from acme_crm.leads import Leads
from zohohub import (
    LayoutRef,
    Link,
    Query,
    Ref,
    Removed,
    Result,
    Results,
    Tag,
    UploadedFile,
    UserRef,
)
from zohohub.columns import Condition, Order, TextColumn
from zohohub.records import Record

if TYPE_CHECKING:
    from acme_crm.deals import DealStage
    from acme_crm.installations import InstallationClass
    from acme_crm.lead_site_visits import LeadSiteVisitCreate
    from acme_crm.leads import LeadCreate, LeadInterests, LeadStatus, LeadUpdateRow
    from acme_crm.site_visits import SiteVisitSlot
    from zohohub.shapes import (
        Alarm,
        CaseComment,
        Consent,
        LineTax,
        ModuleReference,
        Participant,
        ProductTax,
        Recurrence,
        Reminder,
        Territory,
        TimeRange,
    )

NOW = datetime(2026, 5, 14, 12, 51, 54, tzinfo=timezone(timedelta(hours=2)))


# --- What must be taken -----------------------------------------------------------------------


def reads_of_plain_values(crm: Crm) -> None:
    lead = crm.leads.get("1")
    assert_type(lead, Lead)
    assert_type(lead.id, str)
    assert_type(lead.company, str | None)
    assert_type(lead.email_opt_out, bool | None)
    assert_type(lead.roof_age_years, int | None)
    assert_type(lead.annual_revenue, Decimal | None)
    assert_type(lead.weighted_value, Decimal | None)
    assert_type(lead.created_time, datetime | None)
    assert_type(lead.lead_number, str | None)
    assert_type(crm.deals.get("1").closing_date, date | None)
    assert_type(crm.installations.get("1").meter_number, str | None)
    assert_type(crm.accounts.get("1").is_key_account, bool | None)
    assert_type(crm.accounts.get("1").last_won_deal, datetime | None)
    assert_type(crm.contacts.get("1").open_cases, int | None)


def reads_of_picklists(crm: Crm) -> None:
    lead = crm.leads.get("1")
    assert_type(lead.lead_status, LeadStatus | str | None)
    assert_type(lead.interests, list[LeadInterests | str] | None)
    assert_type(crm.deals.get("1").stage, DealStage | str | None)
    assert_type(crm.installations.get("1").class_, InstallationClass | str | None)
    assert_type(crm.site_visits.get("1").slot, SiteVisitSlot | str | None)


def reads_of_references(crm: Crm) -> None:
    lead = crm.leads.get("1")
    assert_type(lead.converted_account, Ref[Account] | None)
    assert_type(lead.owner, UserRef | None)
    assert_type(lead.layout, LayoutRef | None)
    assert_type(lead.tag, list[Tag] | None)
    assert_type(crm.deals.get("1").connected_to, Ref[Lead | SiteVisit] | None)
    assert_type(crm.tasks.get("1").what_id, Ref[Record] | None)
    installation = crm.installations.get("1")
    assert_type(installation.residents, list[Link[Ref[Contact]]] | None)
    assert_type(installation.crew, list[Link[UserRef]] | None)
    assert_type(installation.documents, list[UploadedFile] | None)
    if lead.converted_account is not None:
        assert_type(crm.accounts.get(lead.converted_account), Account)
    for link in installation.residents or ():
        assert_type(crm.contacts.get(link.target), Contact)
        assert_type(link.id, str | None)


def reads_of_rows_and_objects(crm: Crm) -> None:
    lead = crm.leads.get("1")
    assert_type(lead.site_visits_1, list[LeadSiteVisit] | None)
    for row in lead.site_visits_1 or ():
        assert_type(row.visited_on, date | None)
        assert_type(row.parent_id, Ref[Lead] | None)
    for item in crm.quotes.get("1").quoted_items or ():
        assert_type(item, QuotedItem)
        assert_type(item.product_name, Ref[Product] | None)
        assert_type(item.line_tax, list[LineTax] | None)
    assert_type(lead.data_processing_basis_details, Consent | None)
    assert_type(lead.mood, dict[str, Any] | None)
    event = crm.events.get("1")
    assert_type(event.participants, list[Participant] | None)
    assert_type(event.recurring_activity, Recurrence | None)
    assert_type(event.remind_at, list[Reminder] | None)
    assert_type(crm.tasks.get("1").remind_at, Alarm | None)
    assert_type(crm.products.get("1").tax, list[ProductTax] | None)
    assert_type(crm.deals.get("1").territory, list[Territory] | None)
    assert_type(crm.site_visits.get("1").access_window, TimeRange | None)
    assert_type(crm.cases.get("1").comments, list[CaseComment] | None)
    read = crm.solarsync_sync_logs.get("1").solarsync_source_module
    assert_type(read, ModuleReference | None)


def modules(crm: Crm) -> None:
    f = Lead.fields
    assert_type(crm.accounts, Accounts)
    assert_type(f.company, TextColumn[Lead])
    assert_type(f.company == "Acme", Condition[Lead])
    assert_type(f.company.desc(), Order[Lead])
    assert_type(crm.leads.list(f.company), Iterator[Lead])
    both = (f.company == "Acme") & (f.annual_revenue >= 50_000)
    assert_type(both | f.lead_status.is_in(["Contacted"]), Condition[Lead])
    assert_type(crm.leads.search(both), Iterator[Lead])
    assert_type(crm.leads.query().where(both).order_by(f.id, f.company.asc()), Query[Lead])
    assert_type(crm.leads.query().first(), Lead | None)
    assert_type(crm.leads.count(both), int)
    assert_type(Leads.decode({"id": "1"}), Lead)
    assert_type(crm.leads.create(last_name="Doe"), str)
    assert_type(crm.leads.delete_many(["1", Ref[Lead]("2")]), Results)
    assert_type(crm.leads.delete_many(["1"])[0], Result)
    lead = Lead(last_name="Doe", company=None)
    assert_type(lead.to_json(), dict[str, Any])
    assert_type(lead.system, Mapping[str, Any])
    assert_type(lead.extra, Mapping[str, Any])


def conditions(crm: Crm) -> None:
    f, i, e = Lead.fields, Installation.fields, Event.fields
    crm.leads.search((f.created_time > NOW) & f.created_time.between(NOW, NOW))
    crm.leads.search((f.converted == True) | (f.roof_age_years < 3))  # noqa: E712 - a column
    crm.leads.search((f.annual_revenue == Decimal("1.5")) & (f.owner == "55"))
    crm.leads.search((f.converted_account == Ref[Account]("1")) | f.company.is_null())
    crm.leads.search(f.lead_source.not_in(["Web shop"]) & f.interests.is_in(["Wallbox"]))
    crm.installations.search((i.commissioned_on <= date(2026, 1, 2)) & (i.meter_number > "5"))
    crm.events.search(e.what_id == Ref[Deal]("1", module="Deals"))
    crm.deals.search(Deal.fields.connected_to == Ref[Lead]("1"))


def writes(crm: Crm) -> None:
    crm.leads.create(last_name="Doe", company="Acme", interests=["Wallbox"], owner="55")
    crm.leads.update("1", company=None, annual_revenue=Decimal("1.50"), lead_status="Contacted")
    crm.leads.create_many([{"last_name": "Doe"}, {"last_name": "Roe", "company": None}])
    crm.leads.update_many([{"id": "1", "company": None}])
    crm.leads.upsert_many([{"last_name": "Doe"}], match=[Lead.fields.email])
    crm.leads.update(Ref[Lead]("1"), tag=["vip", Tag("old")], layout=LayoutRef("1"))
    crm.deals.update("1", connected_to=Ref[SiteVisit]("1", module="Site_Visits"))
    crm.tasks.create(subject="Call", what_id=Ref[Deal]("1", module="Deals"))
    crm.installations.update("1", residents=["1", Ref[Contact]("2"), Removed("3")], crew=["4"])
    crm.installations.update("1", documents=["file", UploadedFile("id"), Removed("9")])
    crm.products.create(product_name="Panel", tax=[{"value": "19"}], unit_price=5)
    crm.solarsync_sync_logs.update("1", solarsync_rows=3)
    row: LeadCreate = {"last_name": "Doe"}
    more: LeadUpdateRow = {"id": "1", "last_name": "Roe"}
    rows: Sequence[LeadCreate] = (row,)
    crm.leads.create_many(rows)
    crm.leads.update_many([more])


def writes_of_rows(crm: Crm, lead: Lead) -> None:
    visit: LeadSiteVisitCreate = {"visited_on": date(2026, 5, 1), "roof_ok": True}
    crm.leads.update("1", site_visits_1=[visit, {"id": "5", "city": None}, Removed("7")])
    crm.leads.update("1", site_visits_1=[*(lead.site_visits_1 or ()), LeadSiteVisit(city="Bonn")])
    crm.quotes.create(subject="Roof", quoted_items=[{"product_name": "1", "quantity": 2}])


# --- What must be refused: reading and searching ----------------------------------------------


def must_fail_reading(crm: Crm) -> None:
    f = Lead.fields
    lead = crm.leads.get("1")
    print(lead.compny)  # E: unknown attribute
    crm.leads.search(f.company == 5)  # E: bool is not a Condition
    crm.leads.search(f.company < "x")  # E: text has no order
    crm.leads.search(f.created_time >= "2024")  # E: str is not a datetime
    crm.leads.search((f.company == "x") & (Account.fields.account_name == "y"))  # E: two modules
    crm.leads.search(Account.fields.account_name == "y")  # E: other module
    crm.leads.get("1", Account.fields.account_name)  # E: other module's column
    crm.accounts.get(Ref[Lead]("1"))  # E: reference to another module
    crm.leads.search(f.site_visits_1 == "x")  # E: a subform has no criteria
    crm.leads.search(f.lead_status == "Contactd")  # E: not an option
    crm.leads.search(f.lead_status.is_in(["Contacted", "Contactd"]))  # E: one is not an option
    crm.leads.search(f.interests.is_in(["Walbox"]))  # E: not an option
    crm.leads.search(f.interests == "Wallbox")  # E: several options are not compared with one
    crm.leads.search(f.roof_age_years > 1.5)  # E: float is not a whole number
    crm.leads.search(f.annual_revenue > 1.5)  # E: float is not a decimal
    crm.leads.search(f.email_opt_out == "true")  # E: str is not a bool
    crm.leads.search(f.email_opt_out > False)  # E: booleans have no order
    crm.leads.search(f.owner == 55)  # E: ids are text
    crm.leads.search(f.owner == Ref[Account]("1"))  # E: an account is not a user
    crm.leads.search(f.converted_account == Ref[Contact]("1"))  # E: another module's record
    crm.leads.search(f.tag == "vip")  # E: tags have no criteria
    crm.leads.search(f.layout == "1")  # E: a layout has no criteria
    crm.leads.search(f.company.between("a", "b"))  # E: text has no order
    crm.leads.search(f.compny == "x")  # E: unknown column
    crm.leads.search("Company:equals:x")  # E: criteria are conditions


def must_fail_querying(crm: Crm) -> None:
    f = Lead.fields
    query = crm.leads.query()
    query.select(Account.fields.phone)  # E: other module's column
    query.where(Account.fields.phone == "1")  # E: other module's condition
    query.order_by(Account.fields.phone)  # E: other module's column
    query.order_by(Account.fields.phone.desc())  # E: other module's order
    query.order_by("company")  # E: a name is not a column
    query.limit("5")  # E: a limit is a number
    query.select("Company")  # E: a name is not a column
    crm.leads.list(Account.fields.phone)  # E: other module's column
    crm.leads.count(Account.fields.phone == "1")  # E: other module's condition
    crm.leads.delete(Ref[Account]("1"))  # E: reference to another module
    crm.leads.delete_many([Ref[Account]("1")])  # E: reference to another module
    crm.leads.get(5)  # E: ids are text
    crm.lead.get("1")  # E: unknown module
    crm.lead_site_visits.get("1")  # E: rows have no handle
    account: Account = crm.leads.get("1")  # E: another class
    print(account, f.site_visits_1.city)  # E: a column has no fields


def must_fail_using(crm: Crm) -> None:
    lead = crm.leads.get("1")
    print(lead.company.upper())  # E: may be None
    print(lead.annual_revenue + 1.5)  # E: may be None, and float is not a decimal
    crm.accounts.get(lead.converted_account)  # E: may be None
    crm.contacts.get(lead.converted_account)  # E: another module
    for row in lead.site_visits_1 or ():
        print(row.vistied_on)  # E: unknown attribute
        crm.accounts.get(row.parent_id)  # E: another module, may be None
    for link in crm.installations.get("1").residents or ():
        crm.accounts.get(link.target)  # E: another module
    for member in crm.installations.get("1").crew or ():
        crm.contacts.get(member.target)  # E: a user is not a record
    print(lead.mood.label)  # E: a JSON object has no attributes
    lead.company = 5  # E: wrong type
    lead.converted_account = Ref[Contact]("1")  # E: another module


# --- What must be refused: writing ------------------------------------------------------------


def must_fail_writing(crm: Crm) -> None:
    crm.leads.create(company="Acme")  # E: last_name missing
    crm.leads.update("1", last_name=None)  # E: not nullable
    crm.leads.update("1", lead_number="L-1")  # E: read-only
    crm.leads.update("1", weighted_value=1)  # E: formula
    crm.leads.update("1", compny="x")  # E: unknown
    crm.leads.create_many([{"company": "x"}])  # E: last_name missing
    Lead(compny="x")  # E: unknown
    Lead(company=5)  # E: wrong type
    crm.leads.update("1", lead_status="Contactd")  # E: not an option
    crm.leads.create(last_name="Doe", interests=["Walbox"])  # E: not an option
    crm.leads.create(last_name="Doe", interests="Wallbox")  # E: a list of options
    crm.leads.create(last_name="Doe", id="1")  # E: Zoho gives the id
    crm.leads.create(last_name="Doe", created_time=NOW)  # E: read-only
    crm.leads.create(last_name="Doe", annual_revenue=1.5)  # E: float is not a decimal
    crm.leads.create(last_name="Doe", roof_age_years="3")  # E: str is not a number
    crm.leads.create(last_name="Doe", email_opt_out=None)  # E: a boolean cannot be cleared
    crm.leads.create(last_name="Doe", owner=None)  # E: an owner cannot be cleared
    crm.leads.create(last_name="Doe", owner=Ref[Account]("1"))  # E: an account is not a user
    crm.leads.create(last_name="Doe", tag=[5])  # E: tags are names
    crm.leads.update(Ref[Account]("1"), company="x")  # E: reference to another module
    crm.leads.update("1", "x")  # E: values are named
    crm.deals.update("1", closing_date="2026-01-01")  # E: str is not a date
    crm.deals.update("1", account_name=Ref[Contact]("1"))  # E: another module
    crm.deals.update("1", connected_to=Ref[Account]("1"))  # E: not one of the modules
    crm.deals.update("1", connected_to="1")  # E: the module must be known
    crm.tasks.create(subject="Call", what_id="1")  # E: the module must be known
    crm.notes.create(parent_id="1", note_content="x")  # E: the module must be known
    crm.calls.create(subject="Call", call_type="Inbound")  # E: call_start_time missing


def must_fail_writing_many(crm: Crm) -> None:
    crm.leads.update_many([{"company": "x"}])  # E: id missing
    crm.leads.update_many([{"id": "1", "compny": "x"}])  # E: unknown
    crm.leads.update_many([{"id": "1", "last_name": None}])  # E: not nullable
    crm.leads.update_many([{"id": 1}])  # E: ids are text
    crm.leads.create_many({"last_name": "Doe"})  # E: a list of rows
    crm.leads.create_many([{"last_name": "Doe", "id": "1"}])  # E: Zoho gives the id
    crm.leads.upsert_many([{"last_name": "Doe"}], match=[Account.fields.phone])  # E: other module
    crm.leads.upsert_many([{"last_name": "Doe"}], match=["Email"])  # E: a name is not a column
    crm.leads.upsert_many([{"company": "Acme"}])  # E: last_name missing


def must_fail_writing_rows(crm: Crm) -> None:
    crm.leads.update("1", site_visits_1=[{"vistied_on": date(2026, 5, 1)}])  # E: unknown
    crm.leads.update("1", site_visits_1=[{"visited_on": "2026-05-01"}])  # E: str is not a date
    crm.leads.update("1", site_visits_1=[{"parent_id": "1"}])  # E: the parent is who is written
    crm.leads.update("1", site_visits_1=[QuotedItem()])  # E: rows of another subform
    crm.leads.update("1", site_visits_1=["7"])  # E: a row is not its id; Removed takes one away
    crm.quotes.create(subject="Roof")  # E: quoted_items missing
    crm.quotes.create(subject="Roof", quoted_items=[{"quantity": 2}])  # E: product_name missing
    crm.quotes.update("1", quoted_items=None)  # E: not nullable
    crm.installations.update("1", residents=[Ref[Account]("1")])  # E: another module
    crm.installations.update("1", residents=Ref[Contact]("1"))  # E: a list of links
    crm.installations.update("1", crew=[Ref[Contact]("1")])  # E: a contact is not a user
    crm.installations.update("1", documents=[b"content"])  # E: files are uploaded first
    crm.products.create(product_name="Panel", tax=[{"rate": "19"}])  # E: unknown key


def must_fail_where_the_module_forbids_it(crm: Crm) -> None:
    crm.solarsync_sync_logs.create(name="x")  # E: may not be created
    crm.solarsync_sync_logs.upsert_many([])  # E: may not be created
    crm.deal_history.create()  # E: read-only module
    crm.deal_history.update("1")  # E: read-only module
    crm.deal_history.update_many([])  # E: read-only module


def must_fail_making(quote: Quote, task: Task, note: Note) -> None:
    Lead("Doe")  # E: values are named
    Lead(fields=None)  # E: not a field
    LeadSiteVisit(roof_ok="yes")  # E: wrong type
    print(quote.quoted_itmes)  # E: unknown attribute
    print(task.what_id.module.upper())  # E: may be None
    print(note.parent_id.nmae)  # E: unknown attribute
    Tag()  # E: a tag has a name
    Removed()  # E: an id is needed
