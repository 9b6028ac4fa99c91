"""Blueprints, conversion, composite requests, the org and notifications.

Checked by ``test_typing_cases.py`` beside the sample package ``acme_crm``; never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, assert_type

from acme_crm import Account, Contact, Crm, Deal, Lead
from zohohub import NotificationEvent, Ref, Results, Subscription, UserRef, parse_notification
from zohohub.composite import Call, Composite
from zohohub.notifications import ModuleEvent
from zohohub.org import Org
from zohohub.recycle_bin import BinnedRecord
from zohohub.users import User
from zohohub.variables import Variable

if TYPE_CHECKING:
    from acme_crm.deals import DealUpdate
    from zohohub.blueprint import Blueprint, Transition
    from zohohub.conversion import Conversion


def blueprints(crm: Crm, deal: Deal, ref: Ref[Deal], account: Ref[Account]) -> None:
    blueprint = crm.deals.blueprint(deal)
    assert_type(blueprint, "Blueprint[DealUpdate]")
    step = blueprint.transition("Win")
    assert_type(step, "Transition")
    assert_type(step.next_value, str | None)
    crm.deals.blueprint(ref).apply(step)
    blueprint.apply(step, {"amount": Decimal(5), "closing_date": None}, notes="done")
    blueprint.apply(step, {"amount": "5"})  # E: a currency takes no text
    blueprint.apply(step, {"amuont": Decimal(5)})  # E: no such field
    blueprint.apply(step, {"expected_revenue": Decimal(5)})  # E: read-only
    blueprint.apply("Win")  # E: a transition, not its name
    crm.deals.blueprint(account)  # E: of another module
    crm.deal_history.blueprint("1")  # E: records that nobody can change


def conversion(crm: Crm, lead: Lead, account: Ref[Account], contact: Contact) -> None:
    done = crm.leads.convert(lead)
    assert_type(done, "Conversion[Account, Contact, Deal]")
    assert_type(done.account, Ref[Account] | None)
    assert_type(done.deal, Ref[Deal] | None)
    crm.leads.convert(
        lead,
        account=account,
        contact=contact,
        deal={"deal_name": "x", "pipeline": "Residential", "stage": "Enquiry"},
        assign_to=UserRef("1"),
        overwrite=True,
    )
    if done.deal is not None:
        crm.deals.get(done.deal)
        crm.leads.get(done.deal)  # E: a deal is no lead
    crm.leads.convert(lead, account=contact)  # E: a contact is no account
    crm.leads.convert(lead, deal={"deal_name": "x"})  # E: pipeline and stage are missing
    crm.leads.convert(lead, overwrit=True)  # E: no such option
    crm.leads.convert(lead, move_attachments_to="Leads")  # E: not one of the three
    crm.leads.convert(account)  # E: an account is no lead
    crm.deals.convert("1")  # E: only leads are converted


def composite(crm: Crm, batch: Composite, lead: Lead) -> None:
    account = crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="Acme"))
    assert_type(account, Call[Account, str])
    assert_type(account.result, str)
    assert_type(account.error, Exception | None)
    assert_type(account.ref(), Ref[Account])
    assert_type(account.reference("$.data[0].details.id"), str)
    crm.deals.queue(
        batch,
        lambda deals: deals.create(
            deal_name="x", pipeline="Residential", stage="Enquiry", account_name=account.ref()
        ),
    )
    read = crm.leads.queue(batch, lambda leads: leads.get(lead, Lead.fields.city))
    assert_type(read.result, Lead)
    many = crm.leads.queue(batch, lambda leads: leads.create_many([{"last_name": "x"}]))
    assert_type(many.result, Results)
    found = crm.leads.queue(batch, lambda leads: list(leads.search(word="x")))
    assert_type(found.result, list[Lead])
    gone = crm.leads.queue(batch, lambda leads: leads.delete(lead))
    assert_type(gone, Call[Lead, None])
    assert_type(batch.send(), None)
    crm.deals.queue(batch, lambda deals: deals.update("1", contact_name=account.ref()))  # E: other
    crm.accounts.queue(batch, lambda accounts: accounts.get(read.ref()))  # E: a lead's reference
    crm.leads.queue(batch, lambda leads: leads.create(company="x"))  # E: last_name is missing
    crm.leads.queue(batch, crm.leads.get)  # E: takes an id and no handle
    crm.composite(rollback=True)  # E: no such option


def org_things(crm: Crm, lead: Lead, variable: Variable) -> None:
    assert_type(crm.org(), Org)
    assert_type(crm.users.current(), User)
    assert_type(crm.users.get(UserRef("1")).created_time, datetime | None)
    assert_type([user.email for user in crm.users.list("AdminUsers")], list[str | None])
    crm.users.list("Admins")  # E: no such type of users
    crm.users.get(lead)  # E: a lead is no user
    assert_type(crm.variables.list(), Sequence[Variable])
    assert_type(variable.value, str | int | bool | Decimal | date | datetime | None)
    crm.variables.update(variable, Decimal("0.1"))
    crm.variables.update(variable, [1])  # E: no list
    assert_type(crm.recycle_bin.count(), int)
    for row in crm.recycle_bin.list():
        assert_type(row, BinnedRecord)
        assert_type(crm.recycle_bin.restore([row, "1", Ref[Lead]("2")]), Results)
    crm.recycle_bin.restore(5)  # E: no list of records


def notifications(crm: Crm, body: bytes) -> None:
    assert_type(crm.leads.events("create", "edit"), Sequence[ModuleEvent])
    crm.leads.events("update")  # E: Zoho says edit here
    channel = Subscription("1", crm.leads.events(), "https://example.com", token="t")
    Subscription("1", ["Leads.all"], "https://example.com")  # E: events come from the handles
    assert_type(crm.notifications.subscribe(channel), Subscription)
    assert_type(crm.notifications.list(), Sequence[Subscription])
    assert_type(crm.notifications.renew(channel).expires, datetime | None)
    crm.notifications.delete(channel, "2")
    crm.notifications.renew("1")  # E: needs all of the channel
    event = parse_notification(body, token="t")
    assert_type(event, NotificationEvent)
    assert_type(event.refs(crm.leads), Sequence[Ref[Lead]])
    assert_type(event.time, datetime | None)
    assert_type(event.channel_id, str | None)
    for lead in event.refs(crm.leads):
        assert_type(crm.leads.get(lead), Lead)
        crm.deals.get(lead)  # E: a lead is no deal
    parse_notification(body)  # E: a token has to be given
    parse_notification(5, token="t")  # E: no body
