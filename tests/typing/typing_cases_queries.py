"""Queries through lookups, totals and bulk jobs, for both type checkers.

Lines marked ``# E:`` must be refused, all others taken; see ``test_typing_cases.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import assert_type

from acme_crm import (
    Account,
    Contact,
    Crm,
    Deal,
    Installation,
    Lead,
    LeadSiteVisit,
    SiteVisit,
    Task,
)
from zohohub import Query, Ref, Results, UserRef
from zohohub.bulk_read import BulkPage, BulkRead
from zohohub.bulk_write import BulkWrite
from zohohub.columns import (
    Aggregate,
    BooleanColumn,
    Condition,
    DecimalColumn,
    Order,
    TextColumn,
)
from zohohub.records import Record

A, C, D, L = Account.fields, Contact.fields, Deal.fields, Lead.fields
T, V = Task.fields, SiteVisit.fields


# --- What must be taken -----------------------------------------------------------------------


def joins(crm: Crm) -> None:
    assert_type(C.account_name.region == "North", Condition[Contact])
    assert_type(C.account_name.account_name, TextColumn[Contact])
    assert_type(C.account_name.owner.email, TextColumn[Contact])
    assert_type(C.owner.last_name == "Haddad", Condition[Contact])
    assert_type(C.account_name.parent_account.region == "North", Condition[Contact])
    assert_type(C.account_name.annual_revenue >= 5, Condition[Contact])
    assert_type(C.account_name == Ref[Account]("1"), Condition[Contact])
    assert_type(C.account_name.parent_account == Ref[Account]("1"), Condition[Contact])
    assert_type(LeadSiteVisit.fields.parent_id.company, TextColumn[LeadSiteVisit])
    assert_type(C.account_name.account_name.desc(), Order[Contact])
    query = crm.contacts.query().where((C.account_name.region == "North") & (C.last_name == "x"))
    assert_type(query.order_by(C.account_name.annual_revenue.desc(), C.id), Query[Contact])
    crm.contacts.query().where(C.account_name.region.is_in(["North", "South"]))


def joins_of_several_modules(crm: Crm) -> None:
    assert_type(T.what_id.to(Lead).company, TextColumn[Task])
    assert_type(T.what_id.to(Lead).company == "Acme", Condition[Task])
    assert_type(T.what_id.to(Deal).account_name.region == "North", Condition[Task])
    assert_type(T.what_id.to(Deal).amount, DecimalColumn[Task])
    assert_type(T.what_id.to(Deal).amount.sum(), Aggregate[Task, Decimal | None])
    assert_type(V.visited_person.to(Contact).last_name == "x", Condition[SiteVisit])
    assert_type(V.visited_person.to(Lead).lead_status == "New", Condition[SiteVisit])
    assert_type(T.what_id == Ref[Lead]("1"), Condition[Task])
    query = crm.tasks.query().where((T.what_id.to(Lead).city == "Graz") | (T.subject == "x"))
    query = query.order_by(T.what_id.to(Lead).created_time.desc())
    assert_type(
        query.values(T.what_id, T.what_id.to(Lead).company, T.what_id.to(Installation).id),
        Iterator[tuple[Ref[Record] | None, str | None, str | None]],
    )
    groups = query.group_by(T.what_id.to(Lead).owner).aggregate(T.id.count())
    assert_type(groups, Iterator[tuple[UserRef | None, int]])
    for task in query.select(T.what_id):
        if task.what_id is not None:
            assert_type(task.what_id.module, str | None)
    for visit in crm.site_visits.query().select(V.visited_person):
        assert_type(visit.visited_person, Ref[Contact | Lead] | None)


def operators(crm: Crm) -> None:
    assert_type(A.annual_revenue.not_between(1, 2), Condition[Account])
    assert_type(L.company.ends_with("GmbH"), Condition[Lead])
    assert_type(L.interests.contains("Wallbox"), Condition[Lead])
    assert_type(L.email_opt_out, BooleanColumn[Lead])
    assert_type(L.email_opt_out != True, Condition[Lead])  # noqa: E712


def values(crm: Crm) -> None:
    query = crm.contacts.query()
    assert_type(query.values(C.last_name), Iterator[tuple[str | None]])
    assert_type(
        query.values(C.id, C.account_name, C.account_name.annual_revenue, C.owner),
        Iterator[tuple[str | None, Ref[Account] | None, Decimal | None, UserRef | None]],
    )
    for born, created, opted_out, cases in query.values(
        C.date_of_birth, C.created_time, C.email_opt_out, C.open_cases
    ):
        assert_type(born, date | None)
        assert_type(created, datetime | None)
        assert_type(opted_out, bool | None)
        assert_type(cases, int | None)
    for (region,) in query.values(C.account_name.region):
        text: str | None = region
        print(text)
    nine = [C.last_name] * 9
    assert_type(query.values(*nine), Iterator[tuple[object, ...]])


def totals(crm: Crm) -> None:
    assert_type(D.amount.sum(), Aggregate[Deal, Decimal | None])
    assert_type(D.id.count(), Aggregate[Deal, int])
    query = crm.deals.query().order_by(D.amount.sum().desc())
    total, mean, count, first, cases = query.aggregate(
        D.amount.sum(), D.amount.avg(), D.id.count(), D.closing_date.min(), D.created_time.max()
    )
    assert_type(total, Decimal | None)
    assert_type(mean, Decimal | None)
    assert_type(count, int)
    assert_type(first, date | None)
    assert_type(cases, datetime | None)
    assert_type(crm.contacts.query().aggregate(C.open_cases.max()), tuple[int | None])
    for owner, account, amount, deals in query.group_by(D.owner, D.account_name).aggregate(
        D.amount.sum(), D.id.count()
    ):
        assert_type(owner, UserRef | None)
        assert_type(account, Ref[Account] | None)
        assert_type(amount, Decimal | None)
        assert_type(deals, int)
    by_revenue = query.group_by(D.account_name.annual_revenue).aggregate(D.amount.max())
    assert_type(by_revenue, Iterator[tuple[Decimal | None, Decimal | None]])


def bulk(crm: Crm) -> None:
    read = crm.leads.bulk_read(L.company, where=L.created_by.email == "a@example.com")
    assert_type(read, BulkRead[Lead])
    assert_type(read.id, str)
    for lead in read:
        assert_type(lead, Lead)
    for page in crm.leads.resume_bulk_read(read.id, timeout=60).pages():
        assert_type(page, BulkPage[Lead])
        assert_type(iter(page), Iterator[Lead])
    assert_type(read.rows(), Iterator[dict[str, str | None]])
    write = crm.leads.bulk_create([{"last_name": "Doe", "company": "Acme"}])
    assert_type(write, BulkWrite)
    assert_type(write.results(timeout=60), Results)
    crm.leads.bulk_create({"last_name": name} for name in "abc")
    crm.leads.bulk_update([{"id": "1", "company": None}])
    crm.leads.bulk_upsert([{"last_name": "Doe"}], match=L.email)
    assert_type(crm.leads.resume_bulk_write(write.ids), BulkWrite)


# --- What must be refused ---------------------------------------------------------------------


def must_fail_joining(crm: Crm) -> None:
    query = crm.contacts.query()
    query.where(C.account_name.regoin == "North")  # E: unknown column
    query.where(C.account_name.region == "Nowhere")  # E: not an option
    query.where(C.account_name.region.is_in(["Nowhere"]))  # E: not an option
    query.where(C.account_name.annual_revenue >= 1.5)  # E: float is not a decimal
    query.where(C.account_name.annual_revenue == "5")  # E: str is not a number
    query.where(C.account_name.account_name < "x")  # E: text has no order
    query.where(C.account_name == Ref[Contact]("1"))  # E: another module's record
    query.where(C.account_name.parent_account == Ref[Contact]("1"))  # E: another module's record
    query.where(A.region == "North")  # E: a condition of accounts, not of contacts
    query.where((C.last_name == "x") & (A.region == "North"))  # E: two modules
    query.order_by(A.region)  # E: other module's column
    crm.accounts.query().where(C.account_name.region == "North")  # E: a condition of contacts
    crm.leads.query().order_by(C.account_name.region)  # E: other module's column
    query.where(C.owner.phone == "1")  # E: queries do not know that of a user
    query.where(C.owner.email == 5)  # E: int is not text
    query.where(C.account_name.parent_account.parnt.region == "North")  # E: unknown column
    print(C.last_name.region)  # E: text leads nowhere
    crm.accounts.get(C.account_name)  # E: a column is no record


def must_fail_joining_several_modules(crm: Crm) -> None:
    query = crm.tasks.query()
    query.where(T.what_id.to(Lead).compnay == "x")  # E: unknown column
    query.where(T.what_id.to(Lead).region == "North")  # E: leads have no region
    query.where(T.what_id.to(Lead).lead_status == "Won")  # E: not an option
    query.where(T.what_id.company == "x")  # E: of which module?
    query.where(L.company == "x")  # E: a condition of leads, not of tasks
    query.where(V.visited_person.to(Lead).company == "x")  # E: a condition of visits
    crm.leads.query().where(T.what_id.to(Lead).company == "x")  # E: a condition of tasks
    query.order_by(V.visited_person.to(Lead).company)  # E: other module's column
    query.select(T.what_id.to(Lead))  # E: columns, not a column
    T.what_id.to("Leads")  # E: a name is no record class
    T.what_id.to(LeadSiteVisit)  # E: nothing leads to rows of a subform
    V.visited_person.to(Account)  # E: a visit is of a contact or a lead
    T.who_id.to(Lead)  # E: a lookup of one module


def must_fail_comparing(crm: Crm) -> None:
    query = crm.leads.query()
    query.where(L.email_opt_out.is_in([True]))  # E: Zoho has no lists of booleans
    query.where(L.email_opt_out > False)  # E: booleans have no order
    query.where(L.email_opt_out != "true")  # E: text is not a boolean
    query.where(L.interests.contains("Walbox"))  # E: not an option
    query.where(L.interests == ["Wallbox"])  # E: several options are compared by is_exactly
    query.where(L.company.not_between("a", "b"))  # E: text has no order


def must_fail_reading_values(crm: Crm) -> None:
    query = crm.contacts.query()
    query.values(A.region)  # E: other module's column
    query.values("Last_Name")  # E: a name is not a column
    for name, cases in query.values(C.last_name, C.open_cases):
        print(name.upper())  # E: may be None
        print(cases.upper())  # E: an int, which may be None
    first, second = next(query.values(C.last_name))  # E: one value a row


def must_fail_totalling(crm: Crm) -> None:
    query = crm.deals.query()
    query.aggregate(D.stage.sum())  # E: a picklist has no sum
    query.aggregate(D.deal_name.max())  # E: text has no largest
    query.aggregate(D.closing_date.avg())  # E: a date has no mean
    query.aggregate(D.amount)  # E: a column is no total
    query.aggregate(A.annual_revenue.sum())  # E: other module's total
    query.aggregate()  # E: at least one
    query.group_by(A.region)  # E: other module's column
    query.group_by()  # E: at least one
    query.group_by(D.stage).aggregate(A.annual_revenue.sum())  # E: other module's total
    query.group_by(D.stage, D.owner, D.amount, D.closing_date, D.deal_name)  # E: at most four
    query.group_by(D.territory)  # E: JSON cannot be grouped by
    for stage, total in query.group_by(D.stage).aggregate(D.amount.sum()):
        print(total + 1)  # E: may be None
        print(stage.upper())  # E: may be None
    (count,) = query.aggregate(D.id.count())
    print(count.upper())  # E: an int


def must_fail_in_bulk(crm: Crm) -> None:
    crm.leads.bulk_read(A.region)  # E: other module's column
    crm.leads.bulk_read(where=A.region == "North")  # E: other module's condition
    crm.leads.bulk_read("Company")  # E: a name is not a column
    crm.leads.resume_bulk_read(5)  # E: ids are text
    crm.leads.bulk_create([{"company": "x"}])  # E: last_name missing
    crm.leads.bulk_create([{"last_name": "x", "compny": "y"}])  # E: unknown
    crm.leads.bulk_update([{"company": "x"}])  # E: id missing
    crm.leads.bulk_upsert([{"last_name": "x"}], match=A.account_name)  # E: other module's column
    crm.leads.bulk_upsert([{"last_name": "x"}])  # E: match missing
    crm.deal_history.bulk_create([])  # E: read-only module
    for lead in crm.leads.bulk_read():
        print(lead.compny)  # E: unknown attribute
