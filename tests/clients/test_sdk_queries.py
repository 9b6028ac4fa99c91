"""Zoho's SDK searches, and asks in COQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from zohocrmsdk.src.com.zoho.crm.api.coql import APIException, BodyWrapper, CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations, SearchRecordsParam
from zohocrmsdk.src.com.zoho.crm.api.util import APIResponse

from .sdk import parameters

pytestmark = pytest.mark.usefixtures("sdk")


def _query(text: str) -> APIResponse:
    request = BodyWrapper()
    request.set_select_query(text)
    return CoqlOperations().get_records(request)


def _rows(text: str) -> list[dict[str, Any]]:
    answer = _query(text)
    assert answer.get_status_code() == 200
    return [row.get_key_values() for row in answer.get_object().get_data()]


def test_columns_joins_and_order() -> None:
    rows = _rows(
        "select Last_Name, Account_Name, Account_Name.Account_Name, Created_Time, Email_Opt_Out"
        " from Contacts where Last_Name like 'L%' order by Last_Name limit 3"
    )
    assert rows[0]["Last_Name"] == "Lindqvist"
    assert rows[0]["id"] == 6100000000000402001
    assert rows[0]["Account_Name"] == {"id": "6100000000000403001"}
    assert rows[0]["Account_Name.Account_Name"] == "Wohnungsgenossenschaft Rosental eG"
    assert rows[0]["Created_Time"] == datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert rows[0]["Email_Opt_Out"] is False


def test_more_records() -> None:
    info = _query("select id from Leads where id is not null limit 2").get_object().get_info()
    assert (info.get_count(), info.get_more_records()) == (2, True)


def test_aggregates() -> None:
    (row,) = _rows("select COUNT(id) from Accounts where id is not null")
    assert row == {"COUNT(id)": 5}


def test_nothing_found() -> None:
    answer = _query("select Last_Name from Leads where Last_Name = 'nobody'")
    assert (answer.get_status_code(), answer.get_object()) == (204, None)


def test_a_query_without_where_is_refused() -> None:
    answer = _query("select Last_Name from Leads")
    refused = answer.get_object()
    assert isinstance(refused, APIException)
    assert answer.get_status_code() == 400
    assert refused.get_code().get_value() == "SYNTAX_ERROR"
    assert refused.get_details() == {"clause": "where"}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (SearchRecordsParam.criteria, "((Last_Name:equals:Brandt)and(First_Name:starts_with:Le))"),
        (SearchRecordsParam.email, "lena.brandt@example.org"),
        (SearchRecordsParam.phone, "+49 30 555 0101"),
        (SearchRecordsParam.word, "Brandt"),
    ],
)
def test_search(parameter: Any, value: str) -> None:
    answer = RecordOperations("Leads").search_records(parameters((parameter, value)))
    assert answer.get_status_code() == 200
    (lead,) = answer.get_object().get_data()
    assert lead.get_id() == 6100000000000401001
    assert lead.get_key_value("Lead_Source").get_value() == "Web shop"
    assert answer.get_object().get_info().get_count() == 1


def test_a_search_that_finds_nothing() -> None:
    answer = RecordOperations("Leads").search_records(parameters((SearchRecordsParam.word, "zz")))
    assert (answer.get_status_code(), answer.get_object()) == (204, None)


def test_a_search_that_is_refused() -> None:
    criteria = parameters((SearchRecordsParam.criteria, "(Last_Name:equals"))
    answer = RecordOperations("Leads").search_records(criteria)
    assert answer.get_status_code() == 400
    assert answer.get_object().get_code().get_value() == "INVALID_QUERY"
