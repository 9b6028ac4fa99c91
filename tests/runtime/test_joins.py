"""Queries through lookups and totals, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from copy import copy, deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Account, Contact, Crm, Deal, LeadSiteVisit, Quote
from zohohub.columns import LookupColumn, TextColumn
from zohohub.errors import InvalidQuery, LimitExceeded, UnexpectedValue
from zohohub.queries import Query
from zohohub.transport import Transport
from zohohub.values import Ref, UserRef
from zohohub_gen.emulator import Emulator

from .conftest import Server

A, C, D = Account.fields, Contact.fields, Deal.fields


def queries(emulator: Emulator) -> list[str]:
    return [each.body["select_query"] for each in emulator.requests if each.path.endswith("coql")]


# --- columns behind lookups -------------------------------------------------------------------


def test_a_lookup_leads_to_the_columns_of_its_module() -> None:
    region = C.account_name.region
    assert (type(region), region.api_name) == (type(A.region), "Account_Name.Region")
    assert A.region.api_name == "Region", "the module's own column stays what it is"
    assert C.account_name.api_name == "Account_Name"
    assert C.account_name.owner.email.api_name == "Account_Name.Owner.email"
    assert C.account_name.parent_account.region.api_name == "Account_Name.Parent_Account.Region"
    assert LeadSiteVisit.fields.parent_id.company.api_name == "Parent_Id.Company"
    assert repr(C.account_name.region == "North") == ("<Condition Account_Name.Region = 'North'>")


def test_a_lookup_is_an_ordinary_column() -> None:
    assert (C.account_name == Ref[Account]("5")).coql() == "Account_Name = '5'"
    assert copy(C.account_name).region.api_name == "Account_Name.Region"
    assert deepcopy(C.account_name).region.api_name == "Account_Name.Region"
    assert hasattr(C.account_name, "region")
    assert not hasattr(C.account_name, "regoin")
    assert not hasattr(C.account_name, "__deepcopy__")


def test_columns_that_are_not_there() -> None:
    lookup: Any = C.account_name
    with pytest.raises(AttributeError, match="Account_Name leads to no column 'regoin'"):
        lookup.regoin
    lookup = LookupColumn("Elsewhere")
    with pytest.raises(AttributeError, match="module that this package does not have"):
        lookup.region


def test_the_module_behind_a_lookup_is_imported_when_it_is_used() -> None:
    program = (
        "import sys; from acme_crm import Contact; f = Contact.fields; f.account_name; "
        "assert 'acme_crm.accounts' not in sys.modules; f.account_name.region; "
        "assert 'acme_crm.accounts' in sys.modules; assert 'requests' not in sys.modules"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_conditions_and_orders_reach_through_lookups(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    query = (
        crm.contacts.query()
        .select(C.last_name)
        .where((C.account_name.region == "North") | C.account_name.owner.email.contains("haddad"))
        .order_by(C.account_name.account_name.desc(), C.last_name)
    )
    assert [contact.last_name for contact in query] == ["Lindqvist", "Petersen", "Ferrari"]
    assert queries(acme) == [
        "select Last_Name from Contacts where (Account_Name.Region = 'North' or "
        "Account_Name.Owner.email like '%haddad%') order by Account_Name.Account_Name desc, "
        "Last_Name asc, id asc limit 2000"
    ]
    only = crm.contacts.query().where(C.account_name.region == "South")
    assert [contact.last_name for contact in only] == ["Ferrari"]
    assert only.count() == 1
    assert crm.contacts.query().where(C.account_name.is_key_account == True).count() == 1  # noqa: E712


def test_values_are_tuples_of_their_types(crm: Crm) -> None:
    query = crm.contacts.query().where(C.last_name == "Lindqvist")
    ((name, region, account, owner, born, email, opted_out, created),) = query.values(
        C.last_name,
        C.account_name.region,
        C.account_name,
        C.owner,
        C.date_of_birth,
        C.account_name.owner.email,
        C.email_opt_out,
        C.created_time,
    )
    assert (name, region, opted_out) == ("Lindqvist", "North", False)
    assert account == Ref("6100000000000403001")
    assert owner == UserRef("6100000000000004001")
    assert born == date(1979, 8, 30)
    assert created == datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert email == "amira.haddad@example.com"
    many: Iterator[tuple[object, ...]] = query.values(*[C.last_name] * 9)
    assert next(many) == ("Lindqvist",) * 9
    revenue = crm.accounts.query().order_by(A.annual_revenue.desc()).values(A.annual_revenue)
    (first,) = next(revenue)
    assert isinstance(first, Decimal)
    roles = crm.accounts.query().values(A.owner.role_name, A.owner.profile_name)
    assert next(roles) == ("CEO", "Administrator")


def test_values_are_read_page_by_page(crm: Crm, acme: Emulator) -> None:
    crm.products.create_many([{"product_name": f"Panel {number}"} for number in range(2100)])
    f = type(crm.products).record_type.fields
    acme.clear_requests()
    query = crm.products.query().where(f.product_name.starts_with("Panel "))
    names = [name for (name,) in query.values(f.product_name)]
    assert sorted(names) == sorted(f"Panel {number}" for number in range(2100))
    first, second = queries(acme)
    assert "id > '" in second
    assert "id > '" not in first
    assert len(list(query.limit(2050).values(f.id))) == 2050


def test_what_a_record_has_no_place_for(crm: Crm) -> None:
    query = crm.contacts.query()
    with pytest.raises(ValueError, match=r"Account_Name.Region has no place .*: use values"):
        query.select(C.account_name.region)
    with pytest.raises(ValueError, match=r"Account_Name.Region is in another record: use query"):
        crm.contacts.list(C.account_name.region)
    with pytest.raises(ValueError, match=r"no Account_Name.Region of other records; use query"):
        crm.contacts.search(C.account_name.region == "North")
    with pytest.raises(ValueError, match="1 to 500 columns, not 501"):
        query.values(*[C.last_name] * 501)
    with pytest.raises(ValueError, match="COQL cannot read Quoted_Items"):
        crm.quotes.query().select(Quote.fields.quoted_items)


def test_limits_of_joins(crm: Crm) -> None:
    query = crm.contacts.query()
    deep = C.account_name.parent_account.parent_account.region
    with pytest.raises(ValueError, match=r"2 lookups in a row, not Account_Name\.Parent_Account"):
        query.where(deep == "North")
    with pytest.raises(ValueError, match="2 lookups in a row"):
        query.order_by(deep)
    with pytest.raises(ValueError, match="2 lookups in a row"):
        query.values(deep)
    with pytest.raises(ValueError, match="2 lookups in a row"):
        query.group_by(deep)
    role = C.account_name.owner.role_name
    assert query.where(role == "CEO").count() == 4, "role and profile are no further relation"
    names = [f"Lookup_{number}" for number in range(16)]
    joined = [TextColumn[Contact](f"{name}.Name") for name in names]
    five = query.where(joined[0] == "x").where(joined[1] == "x").order_by(*joined[2:5])
    with pytest.raises(ValueError, match=r"joins 5 modules, not 6: Lookup_0, .*Lookup_5"):
        five.order_by(*joined[2:6])
    with pytest.raises(ValueError, match="joins 5 modules, not 6"):
        five.where(joined[6] == "x")
    query.values(*joined[:15])
    with pytest.raises(ValueError, match="joins 15 modules, not 16"):
        query.values(*joined)
    with pytest.raises(ValueError, match="once, not by Last_Name, Last_Name"):
        query.order_by(C.last_name, C.last_name.desc())


# --- totals -----------------------------------------------------------------------------------


def test_totals_of_everything(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    total, deals, mean, first, last = crm.deals.query().aggregate(
        D.amount.sum(), D.id.count(), D.amount.avg(), D.closing_date.min(), D.created_time.max()
    )
    assert (total, deals) == (Decimal("1714250.5"), 5)
    assert mean == Decimal("428562.625")
    assert first == date(2025, 11, 30)
    assert last == datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert queries(acme) == [
        "select SUM(Amount) as total_1, COUNT(id) as total_2, AVG(Amount) as total_3, "
        "MIN(Closing_Date) as total_4, MAX(Created_Time) as total_5 "
        "from Deals where id is not null"
    ]
    nothing = crm.deals.query().where(D.deal_name == "nobody's")
    assert nothing.aggregate(D.amount.sum(), D.id.count(), D.amount.max()) == (None, 0, None)
    assert nothing.count() == 0


def test_totals_by_group(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    query = crm.deals.query().where(D.amount.is_not_null()).order_by(D.amount.sum().desc())
    rows = list(
        query.group_by(D.account_name.region, D.stage).aggregate(D.amount.sum(), D.id.count())
    )
    assert rows == [
        (None, "Lost", Decimal(1200000), 1),
        ("North", "Order won", Decimal(399800), 1),
        ("South", "Quote sent", Decimal(96000), 1),
        ("East", "Order won", Decimal("18450.5"), 1),
    ]
    assert queries(acme) == [
        "select Account_Name.Region, Stage, SUM(Amount) as total_1, COUNT(id) as total_2 "
        "from Deals where Amount is not null group by Account_Name.Region, Stage "
        "order by total_1 desc, Account_Name.Region asc, Stage asc limit 2000"
    ]
    assert list(query.limit(2).group_by(D.stage).aggregate(D.amount.sum())) == [
        ("Lost", Decimal(1200000)),
        ("Order won", Decimal("418250.5")),
    ]
    owners = crm.deals.query().group_by(D.owner).aggregate(D.id.count())
    assert all(isinstance(owner, UserRef) and count > 0 for owner, count in owners)
    by_account = dict(crm.deals.query().group_by(D.account_name).aggregate(D.id.count()))
    assert by_account[Ref("6100000000000403001")] == 2
    ascending = crm.deals.query().order_by(D.stage.desc()).group_by(D.stage)
    stages = [stage for stage, _ in ascending.aggregate(D.id.count())]
    assert stages == sorted(stages, key=str, reverse=True)


def test_more_groups_than_a_page(crm: Crm, acme: Emulator) -> None:
    crm.products.create_many([{"product_name": f"Panel {number}"} for number in range(2100)])
    f = type(crm.products).record_type.fields
    acme.clear_requests()
    query = crm.products.query().where(f.product_name.starts_with("Panel "))
    groups = list(query.group_by(f.product_name).aggregate(f.id.count()))
    assert len(groups) == len(dict(groups)) == 2100
    assert len(queries(acme)) == 2
    assert len(list(query.limit(2050).group_by(f.product_name).aggregate(f.id.count()))) == 2050


def test_limits_of_totals(crm: Crm) -> None:
    query: Any = crm.deals.query()
    with pytest.raises(ValueError, match="1 to 4 columns, not 5"):
        query.group_by(D.stage, D.owner, D.deal_name, D.closing_date, D.amount)
    with pytest.raises(ValueError, match="1 to 4 columns, not 0"):
        query.group_by()
    with pytest.raises(ValueError, match="once, not by Stage, Stage"):
        query.group_by(D.stage, D.stage)
    six = [getattr(D.amount, name)() for name in ("sum", "avg", "min", "max", "count")]
    with pytest.raises(ValueError, match="1 to 5 totals, not 6"):
        query.aggregate(*six, D.id.count())
    with pytest.raises(ValueError, match="1 to 5 totals, not 0"):
        query.group_by(D.stage).aggregate()
    with pytest.raises(ValueError, match=r"once, not SUM\(Amount\), SUM\(Amount\)"):
        query.aggregate(D.amount.sum(), D.amount.sum())
    with pytest.raises(ValueError, match=r"sorted by Stage, COUNT\(id\), not by Amount"):
        query.order_by(D.amount).group_by(D.stage).aggregate(D.id.count())
    with pytest.raises(ValueError, match=r"only groups are sorted by SUM\(Amount\): use group_by"):
        list(query.order_by(D.amount.sum()))
    with pytest.raises(ValueError, match="only groups are sorted"):
        query.order_by(D.amount.sum()).values(D.stage)
    eight = [TextColumn[Deal](f"X{number}") for number in range(7)]
    grouping = query.order_by(*eight, D.amount.sum()).group_by(*eight[:4])
    with pytest.raises(ValueError, match=r"sorted by X0, .*, not by X4"):
        grouping.aggregate(D.amount.sum())
    assert repr(query.group_by(D.stage)) == "<Grouping by Stage>"
    assert repr(D.amount.sum()) == "<Aggregate SUM(Amount)>"


# --- what Zoho may answer ---------------------------------------------------------------------


@pytest.fixture
def deals(transport: Transport) -> Query[Deal]:
    return Crm(transport=transport).deals.query()


def test_totals_without_their_alias(server: Server, deals: Query[Deal]) -> None:
    row = {"SUM(Amount)": 5, "COUNT(id)": 2}
    server.reply(200, {"data": [row], "info": {"more_records": False}})
    assert deals.aggregate(D.amount.sum(), D.id.count()) == (Decimal(5), 2)


def test_values_of_another_shape(server: Server, deals: Query[Deal]) -> None:
    server.reply(200, {"data": [{"id": "1", "Amount": "much"}], "info": {"more_records": False}})
    with pytest.raises(UnexpectedValue, match="Amount in another shape"):
        list(deals.values(D.amount))
    server.reply(200, {"data": [{"total_1": [1]}], "info": {"more_records": False}})
    with pytest.raises(UnexpectedValue, match=r"SUM\(Amount\) in another shape"):
        deals.aggregate(D.amount.sum())


def test_groups_end_at_100_000(server: Server, deals: Query[Deal]) -> None:
    rows = [{"Stage": str(number), "total_1": 1} for number in range(2000)]
    server.responder = lambda seen: {"data": rows, "info": {"more_records": True}}
    seen = 0
    with pytest.raises(LimitExceeded, match="first 100000 groups"):
        for _ in deals.group_by(D.stage).aggregate(D.id.count()):
            seen += 1
    assert seen == 100_000
    assert server.requests[-1].json["select_query"].endswith("limit 98000, 2000")


def test_zoho_has_the_last_word(crm: Crm) -> None:
    with pytest.raises(InvalidQuery, match="column Nothing"):
        list(crm.deals.query().where(TextColumn[Deal]("Nothing.Name") == "x"))


def test_other_records_are_not_read_by_get(crm: Crm) -> None:
    with pytest.raises(ValueError, match=r"Account_Name\.Region is in another record"):
        crm.contacts.get("6100000000000402001", C.account_name.region)
