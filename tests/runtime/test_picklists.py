"""Options as enumerations and as plain text, against the emulator: members travel as text."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zohohub.drift import Drift
from zohohub.errors import UnexpectedValue, ValidationFailed
from zohohub.facts import ModuleLayout
from zohohub.picklists import PicklistEnum, decode_member
from zohohub.records import columns_of
from zohohub_gen.emulator import Emulator
from zohohub_gen.pipeline import generate

from tests.support.packages import ACME, imported, options


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org") / "metadata"
    shutil.copytree(ACME / "metadata", folder)
    return folder


@pytest.fixture(scope="module")
def package(metadata: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The sample org's package with enumerations."""
    folder = tmp_path_factory.mktemp("enum")
    generate(options(metadata, folder, picklists="enum"))
    with imported(folder / "crm") as found:
        yield found


@pytest.fixture(scope="module")
def zoho(metadata: Path) -> Iterator[Emulator]:
    with Emulator(metadata) as emulator:
        yield emulator


@pytest.fixture
def drifts() -> list[Drift]:
    return []


@pytest.fixture
def crm(package: Any, zoho: Emulator, drifts: list[Drift]) -> Iterator[Any]:
    zoho.reset()
    with package.Crm(zoho.auth(), on_drift=drifts.append) as found:
        yield found


@pytest.fixture
def leads(package: Any) -> Any:
    return import_module(f"{package.__name__}.leads")


def test_members_are_text(leads: Any) -> None:
    new = leads.LeadStatus.LOST_NO_BUDGET
    assert new == "Lost - no budget"
    assert hash(new) == hash("Lost - no budget")
    assert f"{new}|{new!s}|{'%s' % new}" == "|".join(["Lost - no budget"] * 3)  # noqa: UP031 - it is what is tested
    assert json.dumps({new: [new]}) == '{"Lost - no budget": ["Lost - no budget"]}'
    assert copy.copy(new) is new
    assert copy.deepcopy([new])[0] is new
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(new, protocol)) is new


def test_written_and_read(crm: Any, leads: Any, zoho: Emulator) -> None:
    status, interests = leads.LeadStatus, leads.LeadInterests
    lead_id = crm.leads.create(
        last_name="Ito",
        lead_status=status.NEW,
        interests=[interests.WALLBOX, interests.HEAT_PUMP],
    )
    lead = crm.leads.get(lead_id)
    assert lead.lead_status is status.NEW
    assert lead.interests == ["Wallbox", "Heat pump"]
    assert [type(each) for each in lead.interests] == [interests, interests]
    assert lead.salutation is None
    lead.lead_status = status.CONTACTED
    lead.interests.append(interests.PHOTOVOLTAICS)
    crm.leads.save(lead)
    assert zoho.requests[-1].body["data"] == [
        {
            "id": lead_id,
            "Lead_Status": "Contacted",
            "Interests": ["Wallbox", "Heat pump", "Photovoltaics"],
        }
    ]
    before = len(zoho.requests)
    crm.leads.save(lead)
    lead.lead_status = "Contacted"
    crm.leads.save(lead)
    assert len(zoho.requests) == before, "nothing has changed"
    assert crm.leads.get(lead_id).lead_status is status.CONTACTED


def test_what_leaves_a_record_is_plain(crm: Any, leads: Any) -> None:
    """Nothing of a member is left in JSON: whoever pickles it need not have the package."""
    status, interests = leads.LeadStatus, leads.LeadInterests
    lead = crm.leads.get(crm.leads.create(last_name="Ito"))
    lead.lead_status, lead.interests = status.NEW, [interests.WALLBOX]
    found = lead.to_json()
    assert (found["Lead_Status"], found["Interests"]) == ("New", ["Wallbox"])
    assert (type(found["Lead_Status"]), type(found["Interests"][0])) == (str, str)
    crm.leads.save(lead)
    again = lead.to_json()
    assert (type(again["Lead_Status"]), type(again["Interests"][0])) == (str, str)


def test_what_is_not_known_stays_text(crm: Any, leads: Any, drifts: list[Drift]) -> None:
    row = {"Last_Name": "x", "Lead_Status": "Frozen", "Interests": ["Pool", "Wallbox"]}
    crm.request("POST", "Leads", json={"data": [row, row | {"Lead_Status": "Lost - old"}]})
    found = {lead.lead_status: lead for lead in crm.leads.list() if lead.last_name == "x"}
    assert {type(each) for each in found} == {str}
    assert found.keys() == {"Frozen", "Lost - old"}, "retired options are text too"
    assert found["Frozen"].interests == ["Pool", leads.LeadInterests.WALLBOX]
    assert type(found["Frozen"].interests[0]) is str
    told = {each.found for each in drifts if each.kind == "option"}
    assert told == {("Frozen",), ("Pool",)}


def test_values_of_other_types(package: Any, leads: Any) -> None:
    lead = leads.Leads.decode({"id": "1", "Lead_Status": {"name": "New"}, "Salutation": 5})
    with pytest.raises(UnexpectedValue):
        _ = lead.lead_status
    assert lead.salutation == 5
    assert leads.Leads.decode({"Lead_Status": "", "Interests": ""}).interests is None
    assert leads.Leads.decode({"Interests": "Wallbox;Pool"}).interests == ["Wallbox", "Pool"]


def test_columns_read_what_the_decoder_reads(package: Any, leads: Any) -> None:
    """Records that are read field by field, and values of queries, go through the columns."""
    data = {"Lead_Status": "New", "Interests": ["Wallbox", "Pool"], "Lead_Source": "Newspaper"}
    lead = leads.Leads.decode(data)
    slow = leads.Leads.decode(data | {"Created_Time": 5})
    for name, column in columns_of(leads.Lead).items():
        if column.api_name in data:
            for value in (column.decode(data[column.api_name]), getattr(slow, name)):
                assert value == getattr(lead, name)
                assert kinds(value) == kinds(getattr(lead, name))
    assert kinds(lead.lead_status) == [leads.LeadStatus]
    assert kinds(lead.interests) == [leads.LeadInterests, str]


def kinds(value: Any) -> list[type]:
    return [type(each) for each in (value if isinstance(value, list) else [value])]


def test_conditions(crm: Any, leads: Any, zoho: Emulator) -> None:
    status, interests, f = leads.LeadStatus, leads.LeadInterests, leads.Lead.fields
    lead_id = crm.leads.create(
        last_name="Ito",
        lead_status=status.LOST_NO_BUDGET,
        interests=[interests.WALLBOX],
        lead_source=leads.LeadSource.WEB_SHOP,
    )
    condition = (f.lead_status == status.LOST_NO_BUDGET) & f.lead_source.is_in(
        [leads.LeadSource.WEB_SHOP, leads.LeadSource.TRADE_FAIR]
    )
    assert condition.coql() == (
        "(Lead_Status = 'Lost - no budget' and Lead_Source in ('Web shop', 'Trade fair'))"
    )
    assert condition.criteria() == (
        "((Lead_Status:equals:Lost - no budget)and(Lead_Source:in:Web shop,Trade fair))"
    )
    assert json.dumps(condition.bulk()["group"][0]["value"]) == '"Lost - no budget"'
    assert lead_id in {lead.id for lead in crm.leads.query().where(condition)}
    assert lead_id in {lead.id for lead in crm.leads.search(condition)}
    assert lead_id in {lead.id for lead in crm.leads.bulk_read(where=condition)}
    contains = f.interests.contains(interests.WALLBOX)
    assert contains.coql() == "Interests like '%Wallbox%'"
    exactly = f.interests.is_exactly([interests.WALLBOX, interests.HEAT_PUMP])
    assert exactly.coql() == "Interests = 'Wallbox;Heat pump'"
    assert lead_id in {lead.id for lead in crm.leads.query().where(contains)}
    (row,) = crm.leads.query().where(f.id == lead_id).values(f.lead_status, f.interests)
    assert row == (status.LOST_NO_BUDGET, [interests.WALLBOX])
    assert type(row[0]) is status
    groups = dict(crm.leads.query().group_by(f.lead_status).aggregate(f.id.count()))
    assert status.LOST_NO_BUDGET in groups
    assert {type(each) for each in groups} <= {status, str, type(None)}


def test_behind_a_lookup(package: Any, crm: Any) -> None:
    accounts = import_module(f"{package.__name__}.accounts")
    kind = accounts.AccountType.HOUSING_COMPANY
    account = crm.accounts.create(account_name="A", account_type=kind)
    contact = crm.contacts.create(last_name="C", account_name=account)
    f = package.Contact.fields
    query = crm.contacts.query().where(f.account_name.account_type == kind)
    assert contact in {each.id for each in query}
    ((found,),) = query.where(f.id == contact).values(f.account_name.account_type)
    assert found is kind


def test_bulk_files(crm: Any, leads: Any) -> None:
    status, interests = leads.LeadStatus, leads.LeadInterests
    rows = [
        {"last_name": "Bulk", "lead_status": status.NEW, "interests": list(interests)},
        {"last_name": "Bulk", "lead_status": status.LOST_NO_BUDGET, "interests": []},
    ]
    ids = crm.leads.bulk_create(rows).results().ids
    f = leads.Lead.fields
    read = {lead.id: lead for lead in crm.leads.bulk_read(f.lead_status, f.interests)}
    assert [read[each].lead_status for each in ids] == [status.NEW, status.LOST_NO_BUDGET]
    assert type(read[ids[0]].lead_status) is status
    assert {type(each) for each in read[ids[0]].interests} == {interests}


def test_validation(crm: Any, leads: Any, package: Any) -> None:
    status = leads.LeadStatus
    crm.leads.validate({"last_name": "x", "lead_status": status.NEW, "interests": ["Wallbox"]})
    crm.leads.validate({"last_name": "x", "lead_status": "New"})
    with pytest.raises(ValidationFailed, match="'Phone enquiry' is not an option"):
        crm.leads.validate({"last_name": "x", "lead_status": leads.LeadSource.PHONE_ENQUIRY})
    with pytest.raises(ValidationFailed, match="'Lost - old' is not an option"):
        crm.leads.validate({"last_name": "x", "lead_status": "Lost - old"})
    deals = import_module(f"{package.__name__}.deals")
    values = {
        "deal_name": "d",
        "pipeline": deals.DealPipeline.COMMERCIAL,
        "stage": deals.DealStage.SITE_VISIT,
    }
    layout: Any = ModuleLayout("1", "Early", options={"Stage": ("Enquiry",)})
    with pytest.raises(ValidationFailed, match="'Site visit' is not an option in layout Early"):
        crm.deals.validate(values, layout=layout)
    crm.deals.validate(values | {"stage": deals.DealStage.ENQUIRY}, layout=layout)


def test_a_record_that_was_pickled_outlives_its_option(crm: Any, leads: Any) -> None:
    lead = crm.leads.get(crm.leads.create(last_name="x", lead_status=leads.LeadStatus.NEW))
    assert pickle.loads(pickle.dumps(lead)).lead_status is leads.LeadStatus.NEW
    old = PicklistEnum("LeadStatus", {"NEW": "New", "FROZEN": "Frozen"}, module=leads.__name__)
    current = leads.LeadStatus
    leads.LeadStatus = old
    try:
        data = pickle.dumps([old["FROZEN"], old["NEW"]])
    finally:
        leads.LeadStatus = current
    frozen, new = pickle.loads(data)
    assert (frozen, type(frozen)) == ("Frozen", str)
    assert new is current.NEW


def test_enumerations_of_ones_own_travel_as_text_in_every_mode() -> None:
    """Also those whose str() is not their text."""
    from acme_crm import Lead
    from zohohub.records import encode_values

    class Mine(str, Enum):  # noqa: UP042 - str() of it is "Mine.NEW"
        NEW = "New"
        WALLBOX = "Wallbox"

    f: Any = Lead.fields
    assert (f.lead_status == Mine.NEW).coql() == "Lead_Status = 'New'"
    assert (f.lead_status == Mine.NEW).criteria() == "(Lead_Status:equals:New)"
    assert f.interests.is_exactly([Mine.WALLBOX]).coql() == "Interests = 'Wallbox'"
    assert f.interests.contains(Mine.WALLBOX).coql() == "Interests like '%Wallbox%'"
    assert f.company.starts_with(Mine.NEW).coql() == "Company like 'New%'"
    body = encode_values(Lead, {"lead_status": Mine.NEW, "interests": [Mine.WALLBOX]})
    assert {type(body["Lead_Status"]), type(body["Interests"][0])} == {str}


def test_decoding_looks_nothing_up_twice(leads: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dictionary answers; the enumeration's own call, which raises, is not used."""
    status = leads.LeadStatus

    def refuse(*_: object) -> object:
        raise AssertionError

    monkeypatch.setattr(type(status), "__call__", refuse)
    assert decode_member(status, "New") is status.NEW
    assert decode_member(status, "Frozen") == "Frozen"


def test_plain_text_keeps_validation_and_drift(tmp_path: Path) -> None:
    metadata = tmp_path / "metadata"
    shutil.copytree(ACME / "metadata", metadata)
    generate(options(metadata, tmp_path, picklists="str"))
    found: list[Drift] = []
    with imported(tmp_path / "crm") as package, Emulator(metadata) as zoho:
        crm: Any = package.Crm(zoho.auth(), on_drift=found.append)
        with pytest.raises(ValidationFailed, match="'Frozen' is not an option"):
            crm.leads.validate({"last_name": "x", "lead_status": "Frozen"})
        lead_id = crm.leads.create(last_name="x", lead_status="Frozen", interests=["Wallbox"])
        lead = crm.leads.get(lead_id)
        assert (lead.lead_status, lead.interests) == ("Frozen", ["Wallbox"])
        assert found == [Drift("Leads", "Lead_Status", "option", ("Frozen",))]


def test_a_subform_without_a_class(tmp_path: Path) -> None:
    """Rows of a module that is left out are JSON: written, read, left out of lists, saved."""
    metadata = tmp_path / "metadata"
    shutil.copytree(ACME / "metadata", metadata)
    generate(options(metadata, tmp_path, exclude_modules=("Lead_Site_Visits",)))
    found: list[Drift] = []
    with imported(tmp_path / "crm") as package, Emulator(metadata) as zoho:
        crm: Any = package.Crm(zoho.auth(), on_drift=found.append)
        lead_id = crm.leads.create(last_name="x", site_visits_1=[{"City": "Graz"}])
        lead = crm.leads.get(lead_id)
        assert [row["City"] for row in lead.site_visits_1] == ["Graz"]
        lead.site_visits_1.append({"City": "Wien"})
        crm.leads.save(lead)
        assert [row["City"] for row in crm.leads.get(lead_id).site_visits_1] == ["Graz", "Wien"]
        found.clear()
        listed = next(each for each in crm.leads.list() if each.id == lead_id)
        assert "Site_Visits_1" not in listed.to_json()
        assert "Site_Visits_1" not in zoho.requests[-1].query["fields"].split(",")
        with pytest.raises(ValueError, match="out of lists"):
            list(crm.leads.list(package.Lead.fields.site_visits_1))
        assert [each for each in found if each.kind == "key"] == []
