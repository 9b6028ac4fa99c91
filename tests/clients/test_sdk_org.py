"""Zoho's SDK reads the org and its users."""

from __future__ import annotations

import pytest
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations

from .sdk import parameters

pytestmark = pytest.mark.usefixtures("sdk")


def test_the_org() -> None:
    (org,) = OrgOperations().get_organization().get_object().get_org()
    assert (org.get_company_name(), org.get_zgid()) == ("Acme Field Services", "60099000111")
    assert (org.get_time_zone(), org.get_iso_code()) == ("Europe/Berlin", "EUR")
    assert org.get_license_details().get_paid_type() == "enterprise"
    assert org.get_primary_email() == "amira.haddad@example.com"


def test_the_users() -> None:
    answer = UsersOperations().get_users(parameters((GetUsersParam.type, "ActiveUsers")))
    users = {each.get_id(): each for each in answer.get_object().get_users()}
    amira = users[6100000000000004001]
    assert (amira.get_full_name(), amira.get_email()) == (
        "Amira Haddad",
        "amira.haddad@example.com",
    )
    assert (amira.get_status(), amira.get_confirm()) == ("active", True)
    assert amira.get_profile().get_name() == "Administrator"
    assert answer.get_object().get_info().get_count() == len(users) == 4


def test_the_user_of_the_token_and_one_by_id() -> None:
    answer = UsersOperations().get_users(parameters((GetUsersParam.type, "CurrentUser")))
    (me,) = answer.get_object().get_users()
    (same,) = UsersOperations().get_user(me.get_id()).get_object().get_users()
    assert same.get_full_name() == me.get_full_name() == "Amira Haddad"
    nobody = UsersOperations().get_user(999)
    assert (nobody.get_status_code(), nobody.get_object()) == (204, None)
