"""Users, the org, variables and the recycle bin, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from zohohub.errors import ApiError, InvalidData, RecordNotFound, UnexpectedAnswer
from zohohub.transport import Transport
from zohohub.users import Users
from zohohub.values import Ref, UserRef
from zohohub.variables import Variables
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME

if TYPE_CHECKING:
    from acme_crm import Crm


def test_users(crm: Crm) -> None:
    everyone = list(crm.users.list())
    me = crm.users.current()
    assert me in everyone
    assert len(everyone) > 1
    assert me.profile is not None
    assert me.profile.name == "Administrator"
    assert me.role is not None
    assert (me.status, me.confirmed, me.type) == ("active", True, "Regular User")
    assert me.created_time is not None
    assert me.created_time.tzinfo is not None
    assert crm.users.get(me.id) == crm.users.get(me.ref) == me
    assert isinstance(me.ref, UserRef)
    lead = crm.leads.create(last_name="x", owner=me.ref)
    assert crm.leads.get(lead).owner == me.ref
    assert list(crm.users.list("DeletedUsers")) == []
    assert [user.id for user in crm.users.list("CurrentUser")] == [me.id]
    with pytest.raises(RecordNotFound, match="no user 1"):
        crm.users.get("1")
    with pytest.raises(ValueError, match="is not the id of a user"):
        crm.users.get("1/../2")


def test_pages_of_users(server: Any, transport: Transport) -> None:
    for number, more in ((1, True), (2, False)):
        user = {"id": str(number), "created_time": None}
        server.reply(200, {"users": [user], "info": {"more_records": more}})
    assert [user.id for user in Users(transport).list("ActiveUsers")] == ["1", "2"]
    assert [seen.params for seen in server.requests] == [
        {"type": "ActiveUsers"},
        {"type": "ActiveUsers", "page": "2"},
    ]
    server.reply(200, {"user": []})
    with pytest.raises(UnexpectedAnswer, match="JSON without users"):
        Users(transport).current()
    server.reply(204)
    with pytest.raises(RecordNotFound, match="no current user"):
        Users(transport).current()


def test_the_org(crm: Crm) -> None:
    org = crm.org()
    assert (org.company_name, org.type, org.iso_code) == (
        "Acme Field Services",
        "production",
        "EUR",
    )
    assert org.time_zone == "Europe/Berlin"
    assert (org.license.paid, org.license.edition, org.license.users) == (True, "enterprise", 25)


def test_variables(crm: Crm, acme: Emulator) -> None:
    found = {variable.api_name: variable for variable in crm.variables.list()}
    assert found["Greeting"].value == "Grüezi"
    assert found["Visits_a_Day"].value == 4
    assert found["Feed_in_Tariff"].value == Decimal("0.0811")
    visits = found["Visits_a_Day"]
    assert visits.group is not None
    assert crm.variables.get("Visits_a_Day", group="General") == visits
    assert crm.variables.get(visits.id) == visits
    acme.clear_requests()
    crm.variables.update(visits, 5)
    (sent,) = acme.requests
    assert sent.method == "PUT"
    assert sent.path == f"/crm/v8/settings/variables/{visits.id}"
    assert sent.body == {"variables": [{"value": "5"}]}
    assert crm.variables.get(visits.id).value == 5
    crm.variables.update(found["Feed_in_Tariff"].id, Decimal("0.10"))
    assert crm.variables.get(found["Feed_in_Tariff"].id).value == Decimal("0.10")
    crm.variables.update("6100000000000061001", None)
    assert crm.variables.get("6100000000000061001").value is None
    with pytest.raises(InvalidData):
        crm.variables.update("6100000000000061001", "x" * 32_001)
    with pytest.raises(ApiError, match="group"):
        crm.variables.get("Greeting")
    with pytest.raises(InvalidData):
        crm.variables.get("Nothing", group="General")
    with pytest.raises(ValueError, match="neither the id nor the api_name"):
        crm.variables.get("../org")


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("boolean", "true", True),
        ("checkbox", False, False),
        ("boolean", "perhaps", "perhaps"),
        ("date", "2026-03-01", date(2026, 3, 1)),
        ("date", "soon", "soon"),
        ("datetime", "2026-03-01T10:00:00+01:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("long", "12345678901234567890", 12345678901234567890),
        ("integer", "4.5", "4.5"),
        ("percent", 7, Decimal(7)),
        ("email", "a@example.com", "a@example.com"),
        ("text", "", None),
        ("text", None, None),
    ],
)
def test_types_of_variables(
    server: Any, transport: Transport, kind: str, sent: Any, value: Any
) -> None:
    variable = {"id": "1", "api_name": "X", "type": kind, "value": sent}
    server.reply(200, {"variables": [variable]})
    (found,) = Variables(transport).list()
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01T10:00:00+00:00"),
        (Decimal("1E+3"), "1000"),
        ("true", "true"),
    ],
)
def test_values_of_variables(server: Any, transport: Transport, value: Any, text: str) -> None:
    server.reply(200, {"variables": [{"code": "SUCCESS", "details": {"id": "1"}}]})
    Variables(transport).update("1", value)
    assert server.requests[0].json == {"variables": [{"value": text}]}


def test_the_recycle_bin(crm: Crm) -> None:
    assert crm.recycle_bin.count() == 0
    assert list(crm.recycle_bin.list()) == []
    lead = crm.leads.create(
        last_name="Adler", tag=["hot"], site_visits_1=[{"visited_on": date(2026, 3, 1)}]
    )
    before = crm.leads.get(lead)
    account = crm.accounts.create(account_name="Adler KG")
    crm.leads.delete(lead)
    crm.accounts.delete(account)
    assert crm.recycle_bin.count() == 2
    binned = {row.module: row for row in crm.recycle_bin.list()}
    row = binned["Leads"]
    me = crm.users.current()
    assert (row.id, row.name, row.deleted_by, row.owner) == (lead, "Adler", me.ref, me.ref)
    assert row.deleted_time is not None
    assert datetime.now(UTC) - row.deleted_time < timedelta(minutes=5)
    results = crm.recycle_bin.restore([row, "1", Ref(account)])
    assert [result.outcome for result in results] == ["done", "refused", "done"]
    assert results[0].id == lead
    assert crm.leads.get(lead) == before
    assert crm.recycle_bin.count() == 0
    crm.leads.delete(lead)
    crm.recycle_bin.empty()
    assert crm.recycle_bin.count() == 0
    assert not crm.recycle_bin.restore([lead])[0].ok
    with pytest.raises(ValueError, match="not the id of a record"):
        crm.recycle_bin.restore(["x"])


def test_a_unique_value_that_was_given_away(crm: Crm) -> None:
    lead = crm.leads.create(last_name="A", email="a@example.com")
    crm.leads.delete(lead)
    crm.leads.create(last_name="B", email="a@example.com")
    (result,) = crm.recycle_bin.restore([lead])
    assert result.code == "DUPLICATE_DATA"
    assert not crm.leads.exists(lead)


def test_what_was_deleted_long_ago_is_gone(connect: Callable[[Emulator], Transport]) -> None:
    from acme_crm import Crm

    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    with Emulator(ACME / "metadata", clock=lambda: now, token_lifetime=10**8) as emulator:
        crm = Crm(transport=connect(emulator))
        crm.leads.delete(crm.leads.create(last_name="A"))
        now += 59 * 86400
        assert crm.recycle_bin.count() == 1
        now += 2 * 86400
        assert crm.recycle_bin.count() == 0


def test_a_module_of_a_binned_record_may_be_an_object(server: Any, transport: Transport) -> None:
    from zohohub.recycle_bin import RecycleBin

    item = {"id": "1", "module": {"api_name": "Leads", "id": "2"}, "display_name": "x"}
    server.reply(200, {"recycle_bin": [item], "info": {"more_records": False}})
    (row,) = RecycleBin(transport).list()
    assert (row.module, row.deleted_time, row.owner) == ("Leads", None, None)
    server.reply(200, {})
    with pytest.raises(UnexpectedAnswer, match="JSON without count"):
        RecycleBin(transport).count()
