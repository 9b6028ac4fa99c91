"""What the bindings do not know never breaks a read, and is told of."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from acme_crm import Crm, Lead
from acme_crm.leads import Leads, decode_lead
from zohohub import drift
from zohohub.drift import Drift, Watch
from zohohub.errors import UnexpectedValue
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator

from .bindings import calls

Start = Callable[..., Emulator]
LEADS = 200


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(rows), "info": {"more_records": False}}


LEFT_OVER = {
    Drift("Leads", "Lead_Status", "option", ("Imported 2019",)),
    Drift("Deals", "Stage", "option", ("Negotiation (old)",)),
}
"""Options that records of the sample org hold and its metadata does not know any longer."""


def test_what_the_org_has_now(crm: Crm, acme: Emulator, drifts: list[Drift]) -> None:
    """Nothing else in it is new to the bindings; retired options are not either."""
    list(crm.leads.list(converted="both"))
    for lead in crm.leads.list(Lead.fields.id):
        crm.leads.get(lead.id)
    list(crm.leads.query())
    list(crm.leads.search(word="an"))
    for module in (crm.deals, crm.contacts, crm.quotes, crm.installations):
        for record in module.list():
            module.get(record.id)
    assert set(drifts) == LEFT_OVER
    assert len(calls(acme, "GET")) > 10


def test_new_options(crm: Crm, drifts: list[Drift]) -> None:
    """The API takes any option, as Zoho does."""
    for status in ("Frozen", "Won", "New", "Frozen"):
        crm.request(
            "POST",
            "Leads",
            json={"data": [{"Last_Name": "x", "Lead_Status": status, "Interests": ["Pool"]}]},
        )
    leads = list(crm.leads.list())
    assert {"Frozen", "Won"} <= {lead.lead_status for lead in leads}
    assert set(drifts) == {
        Drift("Leads", "Lead_Status", "option", ("Frozen", "Imported 2019", "Won")),
        Drift("Leads", "Interests", "option", ("Pool",)),
    }
    assert str(next(each for each in drifts if each.field == "Lead_Status")) == (
        "regenerate: 3 new options in Leads.Lead_Status: 'Frozen', 'Imported 2019', 'Won'"
    )
    drifts.clear()
    crm.leads.get(leads[0].id)
    assert Drift("Leads", "Lead_Status", "option", ("Frozen",)) in drifts


def test_new_keys_and_other_types(server: Any, transport: Transport) -> None:
    found: list[Drift] = []
    leads = Leads(transport, found.append)
    row = {
        "id": "1",
        "$approved": True,
        "New_Field": "secret",
        "Company": 5,
        "Email_Opt_Out": "yes",
        "Annual_Revenue": {"amount": 5},
        "Lead_Status": {"name": "New"},
        "Site_Visits_1": [{"id": "2", "Visited_On": "soon", "New_Cell": 1}],
    }
    server.reply(200, page(row))
    (lead,) = leads.list()
    with pytest.raises(UnexpectedValue):
        _ = lead.annual_revenue
    assert lead.company == 5
    assert lead.extra == {"New_Field": "secret"}
    assert set(found) == {
        Drift("Leads", "New_Field", "key"),
        Drift("Leads", "Company", "value", ("int",)),
        Drift("Leads", "Email_Opt_Out", "value", ("str",)),
        Drift("Leads", "Annual_Revenue", "value", ("dict",)),
        Drift("Leads", "Lead_Status", "value", ("dict",)),
        Drift("Leads.Site_Visits_1", "New_Cell", "key"),
        Drift("Leads.Site_Visits_1", "Visited_On", "value", ("str",)),
    }
    assert not any("secret" in str(each) for each in found)
    texts = {str(each) for each in found}
    assert "regenerate: a new field, Leads.New_Field" in texts
    assert "regenerate: a value of another type in Leads.Annual_Revenue: dict" in texts


def test_options_as_text_are_not_read_letter_by_letter(server: Any, transport: Transport) -> None:
    found: list[Drift] = []
    server.reply(200, page({"id": "1", "Interests": "Wallbox;Pool"}))
    (lead,) = Leads(transport, found.append).list()
    assert lead.interests == ["Wallbox", "Pool"]
    assert found == []


def test_a_value_in_the_middle_of_a_page(server: Any, transport: Transport) -> None:
    found: list[Drift] = []
    rows: list[dict[str, Any]] = [{"id": str(n), "Created_Time": None} for n in range(200)]
    rows[100]["Created_Time"] = 5
    rows[150]["Lead_Status"] = "Odd"
    server.reply(200, page(*rows))
    assert len(list(Leads(transport, found.append).list())) == 200
    assert set(found) == {
        Drift("Leads", "Created_Time", "value", ("int",)),
        Drift("Leads", "Lead_Status", "option", ("Odd",)),
    }


def test_a_hook_that_fails_breaks_nothing(
    server: Any, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(_: Drift) -> None:
        raise RuntimeError("broken")

    server.reply(200, page({"id": "1", "Lead_Status": "Odd"}))
    (lead,) = Leads(transport, hook).list()
    assert lead.lead_status == "Odd"
    assert "the drift hook failed" in caplog.text


def test_one_log_line_a_day_and_place(
    server: Any,
    transport: Transport,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(drift, "log_drift", drift._DailyLog())
    monkeypatch.setattr(drift.time, "monotonic", lambda: now[0])
    server.responder = lambda _: page({"id": "1", "Lead_Status": "Odd", "Added": 1})
    with caplog.at_level(logging.WARNING, "zohohub.drift"):
        for _ in range(3):
            list(Leads(transport).list())
        lines = [record.getMessage() for record in caplog.records]
        assert lines == [
            "regenerate: a new field, Leads.Added",
            "regenerate: a new option in Leads.Lead_Status: 'Odd'",
        ]
        now[0] += 24 * 60 * 60
        list(Leads(transport).list())
    assert len(caplog.records) == 4


def test_looking_costs_little_beside_reading() -> None:
    """Per page, not per value: it must stay a small part of what decoding costs."""
    from time import perf_counter

    row = {"id": "1", "Company": "x", "Lead_Status": "New", "Interests": ["Wallbox"]}
    rows = [dict(row) for _ in range(LEADS)]
    watch = Watch("Leads", Lead, lambda _: None)

    def best(action: Callable[[], object]) -> float:
        times = []
        for _ in range(20):
            start = perf_counter()
            action()
            times.append(perf_counter() - start)
        return min(times)

    assert best(lambda: watch.look(rows)) < best(lambda: [decode_lead(each) for each in rows])
