"""Zoho's SDK creates, reads, updates, upserts, clones and deletes records of all kinds."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap
from zohocrmsdk.src.com.zoho.crm.api.record import (
    APIException,
    DeletedRecordsWrapper,
    DeleteRecordsParam,
    FileDetails,
    GetDeletedRecordsParam,
    GetRecordsHeader,
    GetRecordsParam,
    RecordOperations,
    SuccessResponse,
)
from zohocrmsdk.src.com.zoho.crm.api.users import MinifiedUser
from zohocrmsdk.src.com.zoho.crm.api.util import Choice
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.faults import Fault

from .sdk import body, create, parameters, read, record, results

pytestmark = pytest.mark.usefixtures("sdk")

ACCOUNT = 6100000000000403001
INSTALLATION = 6100000000000417003
PRIYA = 6100000000000004003


def _codes(items: list[object]) -> list[str]:
    return [item.get_code().get_value() for item in items]


def test_a_record_with_picklists_dates_and_a_subform() -> None:
    visit = record(Visited_On=date(2026, 5, 1), City="Graz", Roof_OK=True)
    (lead,) = create(
        "Leads",
        record(
            Last_Name="Sandoval",
            Email="sandoval@example.com",
            Lead_Source=Choice("Web shop"),
            Interests=[Choice("Photovoltaics"), Choice("Battery storage")],
            Annual_Revenue=1234.5,
            Roof_Age_Years=7,
            Email_Opt_Out=True,
            Site_Visits_1=[visit],
        ),
    )
    found = read("Leads", lead)
    assert found["id"] == lead
    assert found["Full_Name"] == "Sandoval"
    assert found["Lead_Source"].get_value() == "Web shop"
    interests = [choice.get_value() for choice in found["Interests"]]
    assert interests == ["Photovoltaics", "Battery storage"]
    assert (found["Annual_Revenue"], found["Roof_Age_Years"]) == (1234.5, 7)
    assert found["Email_Opt_Out"] is True
    assert found["Lead_Number"].startswith("AFS-L-")
    (row,) = found["Site_Visits_1"]
    assert row.get_key_value("Visited_On") == date(2026, 5, 1)
    assert (row.get_key_value("City"), row.get_key_value("Roof_OK")) == ("Graz", True)
    assert found["Layout"].get_name() == "Standard"
    assert found["Owner"].get_email() == "amira.haddad@example.com"
    assert abs((datetime.now(UTC) - found["Created_Time"]).total_seconds()) < 600


def test_rows_of_a_subform_are_added_and_deleted() -> None:
    (lead,) = create("Leads", record(Last_Name="Rows", Site_Visits_1=[record(City="Graz")]))
    (row,) = read("Leads", lead)["Site_Visits_1"]
    gone = record(row.get_id(), _delete=True)
    more = [gone, record(City="Linz")]
    results(RecordOperations("Leads").update_record(lead, body(record(Site_Visits_1=more))), 200)
    rows = read("Leads", lead)["Site_Visits_1"]
    assert [each.get_key_value("City") for each in rows] == ["Linz"]


def test_lookups_links_and_moments() -> None:
    moment = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    (contact,) = create(
        "Contacts",
        record(
            Last_Name="Okafor",
            Account_Name=record(ACCOUNT),
            Newsletter_Consent_At=moment,
            Date_of_Birth=date(1990, 2, 3),
            Preferred_Language=Choice("日本語"),
            My_Installations=[record(Installation_Ref=record(INSTALLATION))],
        ),
    )
    found = read("Contacts", contact)
    account = found["Account_Name"]
    assert account.get_id() == ACCOUNT
    assert account.get_key_value("name") == "Wohnungsgenossenschaft Rosental eG"
    assert found["Newsletter_Consent_At"] == moment
    assert found["Date_of_Birth"] == date(1990, 2, 3)
    assert found["Preferred_Language"].get_value() == "日本語"
    (link,) = found["My_Installations"]
    assert link.get_key_value("Installation_Ref").get_id() == INSTALLATION
    assert link.get_key_value("Installation_Ref").get_key_value("name") == "Petersen carport"


def test_users_numbers_and_odd_names() -> None:
    priya = MinifiedUser()
    priya.set_id(PRIYA)
    (made,) = create(
        "Installations",
        record(
            Name="Carport",
            Customer=record(ACCOUNT),
            Crew=[record(Crew_Member=priya)],
            Owner=priya,
            Roof_Area=1.25,
            RoofArea=3,
            Meter_Number=123456789012345678,
            date=date(2026, 1, 2),
            self=True,
        ),
    )
    found = read("Installations", made)
    (member,) = found["Crew"]
    assert member.get_key_value("Crew_Member").get_name() == "Priya Nair"
    assert (found["Owner"].get_id(), found["Owner"].get_name()) == (PRIYA, "Priya Nair")
    assert (found["Roof_Area"], found["RoofArea"], found["roof_area"]) == (1.25, 3, None)
    assert found["Meter_Number"] == 123456789012345678
    assert (found["date"], found["self"]) == (date(2026, 1, 2), True)


def test_fields_that_only_a_read_shows() -> None:
    deal = read("Deals", 6100000000000404001)
    assert deal["Stage"].get_value() == "Order won"
    assert deal["Amount"] == 399800.0
    assert deal["Offer_Valid_Until"] == date(2026, 4, 30)
    assert deal["Grid_Answer_Due"] == datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert (deal["Gross_Margin"], deal["Headline"]) == (31.5, "Rosental roofs, lot 1 (2026)")
    assert deal["Connected_To__s"].get_key_value("module")["api_name"] == "Site_Visits"
    (territory,) = deal["Territory"]
    assert territory.get_name() == "North"
    (tag,) = deal["Tag"]
    assert (tag.get_name(), tag.get_color_code()) == ("vip", "#57B1FD")
    documents = read("Installations", 6100000000000417001)["Documents"]
    assert [type(each) for each in documents] == [FileDetails, FileDetails]
    assert documents[1].get_file_id__s() == "acme00040f1e2d3c4b5a69788796a5b4c3d2e1f0"
    account = read("Accounts", ACCOUNT)
    assert isinstance(account["Last_Won_Deal"], datetime)


def test_update_one_and_several() -> None:
    first, second = create("Leads", record(Last_Name="Eins"), record(Last_Name="Zwei"))
    leads = RecordOperations("Leads")
    (done,) = results(
        leads.update_record(first, body(record(Lead_Status=Choice("Contacted"), City="Graz"))), 200
    )
    assert isinstance(done, SuccessResponse)
    assert done.get_message().get_value() == "record updated"
    assert read("Leads", first)["Lead_Status"].get_value() == "Contacted"
    mixed = results(
        leads.update_records(body(record(second, City="Linz"), record(999, City="Wien"))), 207
    )
    assert _codes(mixed) == ["SUCCESS", "INVALID_DATA"]
    assert isinstance(mixed[1], APIException)
    assert mixed[1].get_details()["id"] == 999
    assert read("Leads", second)["City"] == "Linz"
    results(leads.update_record(first, body(record(City=None))), 200)
    assert read("Leads", first)["City"] is None


def test_what_is_refused_is_an_exception_with_its_details() -> None:
    create("Leads", record(Last_Name="Taken", Email="taken@example.com"))
    leads = RecordOperations("Leads")
    taken, done = results(
        leads.create_records(
            body(record(Last_Name="A", Email="taken@example.com"), record(Last_Name="B"))
        ),
        207,
    )
    assert isinstance(taken, APIException)
    assert taken.get_status().get_value() == "error"
    assert taken.get_code().get_value() == "DUPLICATE_DATA"
    assert taken.get_details()["api_name"] == "Email"
    assert taken.get_details()["json_path"] == "$.data[0].Email"
    assert isinstance(done, SuccessResponse)
    (long,) = results(leads.create_records(body(record(Last_Name="x" * 81))), 400)
    assert long.get_code().get_value() == "INVALID_DATA"
    assert long.get_details()["maximum_length"] == "80"


def test_several_errors_in_one_record() -> None:
    wrong = record(Last_Name="x", Reporting_To=record(999), Account_Name=record(998))
    (refused,) = results(RecordOperations("Contacts").create_records(body(wrong)), 400)
    assert refused.get_code().get_value() == "MULTIPLE_OR_MULTI_ERRORS"
    # The SDK knows the keys that details may have, and `errors` is none of them (SDK 7.0.0).
    assert refused.get_details() == {}


def test_upsert() -> None:
    (lead,) = create("Leads", record(Last_Name="Before", Email="upsert@example.com"))
    request = body(
        record(Last_Name="After", Email="upsert@example.com"),
        record(Last_Name="New", Email="upsert.new@example.com"),
    )
    request.set_duplicate_check_fields(["Email"])
    updated, inserted = results(RecordOperations("Leads").upsert_records(request), 200)
    assert (updated.get_action().get_value(), inserted.get_action().get_value()) == (
        "update",
        "insert",
    )
    assert updated.get_duplicate_field() == "Email"
    assert int(updated.get_details()["id"]) == lead
    assert read("Leads", lead)["Last_Name"] == "After"


def test_clone() -> None:
    (lead,) = create("Leads", record(Last_Name="Twin", City="Graz"))
    (copy,) = results(RecordOperations("Leads").clone_record(lead), 201)
    copied = int(copy.get_details()["id"])
    assert copied != lead
    assert read("Leads", copied)["City"] == "Graz"


def test_delete_and_what_was_deleted() -> None:
    one, two, three = create("Cases", *[_case(name) for name in ("Eins", "Zwei", "Drei")])
    cases = RecordOperations("Cases")
    (done,) = results(cases.delete_record(one), 200)
    assert int(done.get_details()["id"]) == one
    ids = parameters((DeleteRecordsParam.ids, f"{two},999,{three}"))
    mixed = results(cases.delete_records(ids), 207)
    assert _codes(mixed) == ["SUCCESS", "INVALID_DATA", "SUCCESS"]
    gone = cases.get_record(one)
    assert (gone.get_status_code(), gone.get_object()) == (204, None)
    answer = cases.get_deleted_records(parameters((GetDeletedRecordsParam.type, "recycle")))
    deleted = answer.get_object()
    assert isinstance(deleted, DeletedRecordsWrapper)
    assert {each.get_id() for each in deleted.get_data()} == {one, two, three}
    first = next(each for each in deleted.get_data() if each.get_id() == one)
    assert first.get_display_name() == "Eins"
    assert first.get_deleted_by().get_name() == "Amira Haddad"
    assert not deleted.get_info().get_more_records()


def _case(subject: str) -> object:
    return record(Subject=subject, Status=Choice("New"), Case_Origin=Choice("Phone"))


def test_pages() -> None:
    made = create("Products", *[record(Product_Name=f"Panel {number}") for number in range(5)])
    products = RecordOperations("Products")
    wanted = [
        (GetRecordsParam.fields, "Product_Name"),
        (GetRecordsParam.per_page, 2),
        (GetRecordsParam.sort_by, "id"),
        (GetRecordsParam.sort_order, "desc"),
    ]
    ids: list[int] = []
    page = 1
    while True:
        answer = products.get_records(parameters(*wanted, (GetRecordsParam.page, page)))
        assert answer.get_status_code() == 200
        ids += [each.get_id() for each in answer.get_object().get_data()]
        info = answer.get_object().get_info()
        assert (info.get_page(), info.get_per_page()) == (page, 2)
        if not info.get_more_records():
            break
        page += 1
    assert ids[:5] == made[::-1]
    assert len(ids) == len(set(ids)) > 5


def test_a_page_by_its_token() -> None:
    leads = RecordOperations("Leads")
    wanted = [(GetRecordsParam.fields, "Last_Name"), (GetRecordsParam.per_page, 1)]
    first = leads.get_records(parameters(*wanted)).get_object()
    token = first.get_info().get_next_page_token()
    second = leads.get_records(parameters(*wanted, (GetRecordsParam.page_token, token)))
    assert second.get_status_code() == 200
    assert second.get_object().get_data()[0].get_id() != first.get_data()[0].get_id()


def test_nothing_new_since() -> None:
    headers = HeaderMap()
    headers.add(GetRecordsHeader.if_modified_since, datetime(2100, 1, 1, tzinfo=UTC))
    wanted = parameters((GetRecordsParam.fields, "Last_Name"))
    answer = RecordOperations("Leads").get_records(wanted, headers)
    assert (answer.get_status_code(), answer.get_object()) == (304, None)


def test_a_list_without_fields_is_refused() -> None:
    answer = RecordOperations("Leads").get_records(parameters())
    refused = answer.get_object()
    assert isinstance(refused, APIException)
    assert answer.get_status_code() == 400
    assert refused.get_code().get_value() == "REQUIRED_PARAM_MISSING"
    assert refused.get_details() == {"param_name": "fields"}


def test_count() -> None:
    counted = RecordOperations("Accounts").record_count().get_object()
    assert counted.get_count() == 5


def test_an_access_token_that_ends_is_an_exception(emulator: Emulator) -> None:
    emulator.inject(Fault("status", status=401))
    answer = RecordOperations("Accounts").get_record(ACCOUNT)
    assert answer.get_status_code() == 401
    assert answer.get_object().get_code().get_value() == "INVALID_TOKEN"
