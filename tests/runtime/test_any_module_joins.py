"""Lookups of several modules: which record they lead to, and queries through them, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import (
    Account,
    Call,
    Contact,
    Crm,
    Deal,
    Event,
    Installation,
    Lead,
    LeadSiteVisit,
    Note,
    SiteVisit,
    Task,
)
from zohohub.columns import DecimalColumn, TextColumn
from zohohub.errors import InvalidQuery
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator

T, V, D = Task.fields, SiteVisit.fields, Deal.fields
LENA = "6100000000000401001"
MARA = "6100000000000402001"


def queries(emulator: Emulator) -> list[str]:
    return [each.body["select_query"] for each in emulator.requests if each.path.endswith("coql")]


# --- columns ----------------------------------------------------------------------------------


def test_a_module_is_chosen_by_its_record_class() -> None:
    company = T.what_id.to(Lead).company
    assert (type(company), company.api_name) == (TextColumn, "What_Id->Leads.Company")
    assert company.joined
    assert (company == "O'Neill").coql() == "'What_Id->Leads.Company' = 'O''Neill'"
    assert repr(T.what_id.to(Deal).amount.desc()) == "What_Id->Deals.Amount desc"
    assert type(V.visited_person.to(Contact).account_name.annual_revenue) is DecimalColumn
    deeper = T.what_id.to(Deal).account_name.region
    assert deeper.api_name == "What_Id->Deals.Account_Name.Region"
    assert T.what_id.to(Lead).owner.email.api_name == "What_Id->Leads.Owner.email"
    assert Lead.fields.company.api_name == "Company", "the module's own column stays what it is"
    namespace: Any = T.what_id.to(Lead)
    assert not hasattr(namespace, "compnay")
    assert not hasattr(namespace, "__deepcopy__")
    with pytest.raises(AttributeError, match=r"What_Id->Leads leads to no column 'compnay'"):
        namespace.compnay


@pytest.mark.parametrize("target", [LeadSiteVisit, str, object])
def test_only_records_of_modules_are_led_to(target: Any) -> None:
    with pytest.raises(TypeError, match="What_Id leads to records of modules, not to <class"):
        T.what_id.to(target)


def test_naming_a_module_imports_no_other() -> None:
    program = (
        "import sys; from acme_crm import Lead, Task; Task.fields.what_id.to(Lead).company; "
        "loaded = {name for name in sys.modules if name.startswith('acme_crm.')}; "
        "assert loaded == {'acme_crm.leads', 'acme_crm.lead_site_visits', 'acme_crm.tasks'}, loaded"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


# --- queries ----------------------------------------------------------------------------------


def test_conditions_orders_and_values(crm: Crm, acme: Emulator) -> None:
    lead, deal = T.what_id.to(Lead), T.what_id.to(Deal)
    acme.clear_requests()
    query = crm.tasks.query().select(T.subject).order_by(lead.last_name.desc())
    assert [task.subject for task in query.where(lead.company == "Familie Brandt")] == [
        "Call Ms Brandt back"
    ]
    either = query.where((lead.company == "Familie Brandt") | (deal.account_name.region == "North"))
    assert [task.subject for task in either] == ["Call Ms Brandt back", "Send grid application"]
    assert queries(acme)[1] == (
        "select Subject from Tasks where ('What_Id->Leads.Company' = 'Familie Brandt' or "
        "'What_Id->Deals.Account_Name.Region' = 'North') "
        "order by 'What_Id->Leads.Last_Name' desc, id asc limit 2000"
    )
    rows = (
        crm.tasks.query()
        .order_by(T.subject)
        .values(
            T.subject, lead.last_name, deal.amount, T.what_id.to(Installation).id, deal.owner.email
        )
    )
    assert list(rows) == [
        ("Call Ms Brandt back", "Brandt", None, None, None),
        ("Order roof hooks", None, None, "6100000000000417002", None),
        ("Send grid application", None, Decimal(399800), None, "amira.haddad@example.com"),
    ]
    assert crm.tasks.query().where(lead.id.is_not_null()).count() == 1
    visits = crm.site_visits.query().where(V.visited_person.to(Contact).last_name == "Lindqvist")
    assert [visit.name for visit in visits] == ["SV-2026-00001"]
    events = crm.events.query().where(Event.fields.what_id.to(Account).account_name.is_not_null())
    assert [event.event_title for event in events] == ["Clock change check"]


def test_totals_and_groups(crm: Crm) -> None:
    deal = Call.fields.what_id.to(Deal)
    assert crm.calls.query().aggregate(deal.amount.sum(), deal.id.count()) == (Decimal(96000), 1)
    groups = crm.calls.query().group_by(deal.stage).aggregate(Call.fields.id.count())
    assert sorted(groups, key=str) == [("Quote sent", 1), (None, 2)]
    (latest,) = crm.tasks.query().aggregate(T.what_id.to(Lead).created_time.max())
    assert isinstance(latest, datetime)
    assert latest.astimezone(UTC) == latest


def test_each_module_behind_a_lookup_is_a_join() -> None:
    lookups = [TextColumn[Task](f"What_Id->Module_{number}.Name") for number in range(6)]
    query: Any = Crm(transport=object()).tasks.query()  # type: ignore[arg-type]  # sends nothing
    query.order_by(*lookups[:5])
    with pytest.raises(ValueError, match=r"joins 5 modules, not 6: What_Id->Module_0, "):
        query.order_by(*lookups)
    deep = T.what_id.to(Deal).account_name.parent_account.region
    with pytest.raises(ValueError, match=r"2 lookups in a row, not What_Id->Deals\.Account_Name"):
        query.where(deep == "North")


def test_zoho_refuses_what_no_lookup_leads_to(crm: Crm) -> None:
    wrong: Any = V.visited_person
    with pytest.raises(InvalidQuery, match="Visited_Person->Accounts"):
        list(crm.site_visits.query().where(wrong.to(Account).account_name == "x"))
    with pytest.raises(InvalidQuery, match="Parent_Id->Leads"):
        # Zoho documents it for activities alone.
        list(crm.notes.query().where(Note.fields.parent_id.to(Lead).company == "x"))


def test_what_only_queries_reach(crm: Crm) -> None:
    company = T.what_id.to(Lead).company
    with pytest.raises(ValueError, match="has no place in a record of Tasks"):
        crm.tasks.query().select(company)
    with pytest.raises(ValueError, match=r"What_Id->Leads\.Company is in another record"):
        crm.tasks.list(company)
    with pytest.raises(ValueError, match=r"no What_Id->Leads\.Company of other records; use query"):
        crm.tasks.search(company == "x")
    with pytest.raises(ValueError, match=r"bulk reads do not follow What_Id->Leads\.Company"):
        crm.tasks.bulk_read(T.subject, where=company == "x")
    with pytest.raises(ValueError, match=r"bulk reads do not follow What_Id->Leads\.Company"):
        crm.tasks.bulk_read(company)


# --- which module a reference leads to --------------------------------------------------------


def module_of(found: Ref[Any] | None) -> str | None:
    assert found is not None
    return found.module


def test_records_know_the_module_of_their_references(crm: Crm, acme: Emulator) -> None:
    tasks = {task.subject: module_of(task.what_id) for task in crm.tasks.list(T.subject, T.what_id)}
    assert tasks == {
        "Send grid application": "Deals",
        "Call Ms Brandt back": "Leads",
        "Order roof hooks": "Installations",
    }
    task_id = "6100000000000405002"
    acme.clear_requests()
    assert module_of(crm.tasks.get(task_id, T.what_id).what_id) == "Leads"
    assert acme.requests[-1].query["fields"] == "What_Id,$se_module"
    assert module_of(crm.tasks.get(task_id).what_id) == "Leads"
    (found,) = crm.tasks.search(T.subject == "Call Ms Brandt back", columns=[T.what_id])
    assert module_of(found.what_id) == "Leads"
    (task,) = crm.leads.related(LENA).tasks.list(T.what_id)
    assert module_of(task.what_id) == "Leads"
    notes = crm.notes.list(Note.fields.parent_id)
    assert {module_of(note.parent_id) for note in notes} <= {
        "Leads",
        "Deals",
        "Accounts",
        "Installations",
    }
    (visit,) = crm.site_visits.list(V.visited_person, ids=["6100000000000416002"])
    assert module_of(visit.visited_person) == "Leads"


def test_a_query_reads_the_module_that_it_is_asked_for(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    query = crm.site_visits.query().order_by(V.name).limit(2)
    chosen = [visit.visited_person for visit in query.select(V.visited_person)]
    assert [(each, module_of(each)) for each in chosen] == [
        (Ref(MARA), "Contacts"),
        (Ref(LENA), "Leads"),
    ]
    ((_, person), *_) = query.values(V.name, V.visited_person)
    assert module_of(person) == "Contacts"
    assert queries(acme)[0].startswith(
        "select Visited_Person, Visited_Person.module.api_name from Site_Visits where"
    )
    whole = next(iter(query)).visited_person
    assert (whole, module_of(whole)) == (Ref(MARA), None), "only where it is asked for"
    assert "module.api_name" not in queries(acme)[-1]
    # What_Id has no such column: the id of each module tells.
    (row,) = (
        crm.tasks.query()
        .where(T.subject == "Call Ms Brandt back")
        .values(T.what_id, T.what_id.to(Lead).id, T.what_id.to(Deal).id)
    )
    assert row == (Ref(LENA), LENA, None)
    assert module_of(row[0]) is None
