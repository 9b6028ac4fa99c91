"""Reading, saving and writing records: what must be taken, and what must be refused (``# E:``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from acme_crm import Account, Contact, Crm, Deal, Lead, LeadSiteVisit
from acme_crm.leads import Leads
from zohohub import Auth, FileTokenStore, Grant, MemoryTokenStore, OAuthClient, Results
from zohohub.connection import Download, Upload
from zohohub.credits import Credits
from zohohub.deleted import DeletedRecord
from zohohub.drift import Drift
from zohohub.facts import ModuleLayout
from zohohub.mass_update import MassUpdate, MassUpdateStatus
from zohohub.tokens import Token
from zohohub.transport import Answer
from zohohub.values import Ref, UserRef

NOW = datetime(2026, 5, 14, tzinfo=UTC)


def lists(crm: Crm) -> None:
    f = Lead.fields
    assert_type(crm.leads.list(f.company, f.email), Iterator[Lead])
    crm.leads.list(f.company, sort=f.created_time.desc())
    crm.leads.list(sort=f.id, modified_since=NOW)
    crm.leads.list(view="1", converted="both")
    crm.leads.list(ids=["1", Ref[Lead]("2"), Lead(last_name="x")], converted=True)
    crm.leads.list(Deal.fields.stage)  # E: a column of another module
    crm.leads.list(sort=Deal.fields.id)  # E: a column of another module
    crm.leads.list(sort="Created_Time")  # E: a column, not its name
    crm.leads.list(converted="yes")  # E: not a choice
    crm.leads.list(ids=[Ref[Deal]("2")])  # E: a reference to another module
    crm.leads.list(modified_since="2026-05-14")  # E: a datetime
    crm.leads.list(page=2)  # E: pages are read by themselves


def one_record(crm: Crm) -> None:
    f = Lead.fields
    assert_type(crm.leads.get_or_none("1", f.company), Lead | None)
    assert_type(crm.leads.first(), Lead | None)
    assert_type(crm.leads.first(f.lead_status == "New"), Lead | None)
    assert_type(crm.leads.exists("1"), bool)
    assert_type(crm.leads.exists(f.company == "Acme"), bool)
    crm.leads.get_or_none("1").company  # E: it may be None
    crm.leads.first(Deal.fields.stage == "Lost")  # E: a condition on another module
    crm.leads.exists(Account(id="1"))  # E: a record of another module
    crm.leads.exists(Deal.fields.stage == "Lost")  # E: a condition on another module


def deleted(crm: Crm) -> None:
    for record in crm.leads.deleted("recycle", modified_since=NOW):
        assert_type(record, DeletedRecord)
        assert_type(record.id, str)
        assert_type(record.deleted_time, datetime | None)
        assert_type(record.deleted_by, UserRef | None)
    crm.leads.deleted("bin")  # E: not a choice


def saving(crm: Crm) -> None:
    lead = crm.leads.get("1")
    lead.company = None
    lead.annual_revenue = Decimal("1.10")
    lead.lead_status = "Contacted"
    lead.site_visits_1 = [*(lead.site_visits_1 or ()), LeadSiteVisit(city="Graz")]
    assert_type(crm.leads.save(lead), str)
    assert_type(crm.leads.save(Lead(last_name="x"), unless_modified=True), str)
    assert_type(crm.leads.save_many([lead, Lead(last_name="x")]), Results)
    lead.compnay = "x"  # E: no such field
    lead.annual_revenue = "1.10"  # E: a Decimal
    lead.site_visits_1 = [Contact(last_name="x")]  # E: rows of another class
    crm.leads.save(Contact(last_name="x"))  # E: a record of another module
    crm.leads.save_many([lead, Contact(last_name="x")])  # E: a record of another module
    crm.leads.save({"id": "1"})  # E: a record, not its values
    crm.leads.save("1")  # E: a record, not its id
    crm.leads.save(lead, unless_modified=NOW)  # E: True or False
    lead.site_visits_1 = [{"city": "Graz"}]  # E: rows of a record are records
    lead.interests = ("Wallbox",)  # E: a list
    lead.tag = ["vip"]  # E: tags are objects here
    crm.leads.save_many(lead)  # E: several records
    Lead(compnay="x")  # E: no such field


def options_of_writes(crm: Crm) -> None:
    quiet = crm.leads.with_options(trigger=(), validate=True)
    assert_type(quiet, Leads)
    assert_type(quiet.create(last_name="x"), str)
    crm.leads.with_options(trigger=["workflow", "approval"])
    assert_type(crm.deals.layout("Commercial"), ModuleLayout[Deal])
    crm.deals.with_options(layout=crm.deals.layout("Residential"))
    crm.leads.create(last_name="x", layout=crm.leads.layout("Standard"))
    crm.leads.with_options(trigger=["workflows"])  # E: not a choice
    crm.leads.with_options(layout=crm.deals.layout("Commercial"))  # E: of another module
    crm.leads.layout("Commercial")  # E: a layout of another module
    crm.leads.with_options(quiet=True)  # E: no such option
    quiet.create(company="x")  # E: last_name is missing


def validation(crm: Crm, values: dict[str, Any]) -> None:
    crm.leads.validate(values)
    crm.leads.validate({"last_name": "x", "city": None}, layout=crm.leads.layout("Standard"))
    crm.leads.validate(Lead(last_name="x"))
    crm.leads.validate(Contact(last_name="x"))  # E: a record of another module
    crm.leads.validate(values, layout=crm.deals.layout("Commercial"))  # E: of another module
    crm.leads.validate(values, layout="Standard")  # E: a layout, not its name


def clones_and_photos(crm: Crm) -> None:
    assert_type(crm.leads.clone("1"), str)
    assert_type(crm.leads.clone(Ref[Lead]("1"), email=None, lead_status="New"), str)
    assert_type(crm.leads.photo(Lead(id="1")), bytes | None)
    crm.leads.upload_photo("1", b"")
    crm.leads.upload_photo("1", Path("photo.png"))
    crm.leads.delete_photo("1")
    crm.leads.clone("1", lead_status="Won")  # E: not an option
    crm.leads.clone("1", weighted_value=1)  # E: read-only
    crm.leads.photo(Ref[Contact]("1"))  # E: a reference to another module
    crm.leads.upload_photo("1", 5)  # E: a file


def many_at_once(crm: Crm, owner: UserRef) -> None:
    assert_type(crm.leads.mass_update(["1", Ref[Lead]("2")], city="Graz", phone=None), Results)
    job = crm.leads.mass_update_view("1", lead_status="Contacted")
    assert_type(job, MassUpdate)
    assert_type(job.wait(), MassUpdateStatus)
    assert_type(crm.leads.change_owner([Lead(id="1"), "2"], owner, notify=True), Results)
    crm.leads.mass_update(["1"], lead_status="Won")  # E: not an option
    crm.leads.mass_update(["1"], full_name="x")  # E: read-only
    crm.leads.mass_update([Ref[Deal]("1")], city="Graz")  # E: a reference to another module
    crm.leads.mass_update_view("1", compnay="x")  # E: no such field
    crm.leads.change_owner(["1"], Ref[Contact]("2"))  # E: a user
    crm.deal_history.mass_update(["1"])  # E: a module that nobody can write


def the_client(crm: Crm) -> None:
    assert_type(crm.credits, Credits)
    assert_type(crm.credits.left, int | None)
    assert_type(crm.request("GET", "settings/tags", params={"module": "Leads"}), Answer)
    crm.request("POST", "files", upload=Upload("plan.txt", b"a plan"))
    assert_type(crm.download("files", params={"id": "1"}), Download | None)
    Crm(on_drift=lambda drift: print(drift.module, drift.found))

    def hook(drift: Drift) -> None:
        assert_type(drift.found, tuple[str, ...])

    Crm(on_drift=hook)
    crm.request("GET", "settings/tags", params={"page": 1})  # E: text
    crm.request("POST", "files", upload=b"a plan")  # E: an Upload
    crm.download("files", params={"id": 1})  # E: text
    Crm(on_drift="log")  # E: something to call


class TwoMethods:
    def load(self) -> Grant | None:
        return None

    def save(self, grant: Grant) -> None: ...


class NoGrant:
    def load(self) -> str:
        return ""

    def save(self, grant: str) -> None: ...


def credentials() -> None:
    auth = Auth("i", "s", store=TwoMethods(), on_refresh=lambda grant: print(grant.token))
    assert_type(auth.token(), Token)
    Crm(Auth("i", "s", "r", store=FileTokenStore(Path("t.json")), wait_when_throttled=True))
    client = OAuthClient("i", "s", data_centre="eu")
    assert_type(client.authorization_url(["A.b"], redirect_uri="u", state="s"), str)
    grant = client.exchange_redirect({"code": "c"}, state="s", redirect_uri="u")
    assert_type(grant, Grant)
    Crm(Auth("i", "s", store=MemoryTokenStore(client.exchange_code("c"))))
    assert_type(client.revoke(grant), None)
    Auth("i", "s", store=NoGrant())  # E: two methods that take and give a Grant
    Auth("i", "s", grant)  # E: a refresh token is text
    Auth("i", "s", "r", "eu")  # E: the data centre has a name
    client.authorization_url(["A.b"], redirect_uri="u")  # E: state is needed
    client.exchange_redirect("code=c", state="s", redirect_uri="u")  # E: a mapping
