"""Zoho's SDK reads modules, fields, layouts and related lists, and keeps them in its cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap, SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.fields import (
    APIException,
    FieldsOperations,
    GetFieldParam,
    GetFieldsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.layouts import GetLayoutsParam, LayoutsOperations
from zohocrmsdk.src.com.zoho.crm.api.modules import GetModulesHeader, ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.related_lists import (
    GetRelatedListsParam,
    RelatedListsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.util import Utility
from zohohub_gen.emulator import Emulator

from .conftest import forget, initialize
from .sdk import parameters, read

LEADS = 6100000000000001003


@pytest.fixture(autouse=True, scope="module")
def folder(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the SDK keeps the fields of all modules, which it is told to keep fresh."""
    to = emulator.connection
    token = OAuthToken(to.client_id, to.client_secret, refresh_token=to.refresh_token)
    folder = tmp_path_factory.mktemp("sdk")
    initialize(emulator, folder, token, SDKConfig(auto_refresh_fields=True))
    yield folder
    forget()


def _cache(folder: Path) -> dict[str, object]:
    (path,) = (folder / "resources").iterdir()
    cache: dict[str, object] = json.loads(path.read_text())
    return cache


def test_modules() -> None:
    answer = ModulesOperations().get_modules(ParameterMap(), HeaderMap())
    modules = {each.get_api_name(): each for each in answer.get_object().get_modules()}
    leads = modules["Leads"]
    assert (leads.get_id(), leads.get_plural_label()) == (LEADS, "Leads")
    assert leads.get_generated_type().get_value() == "default"
    assert leads.get_api_supported() is leads.get_creatable() is True
    assert leads.get_modified_time() == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert leads.get_profiles()[0].get_name() == "Administrator"
    visits = modules["Lead_Site_Visits"]
    assert visits.get_generated_type().get_value() == "subform"
    assert visits.get_parent_module().get_api_name() == "Leads"
    assert modules["Contacts_X_Installations"].get_generated_type().get_value() == "linking"


def test_one_module() -> None:
    (by_name,) = ModulesOperations().get_module_by_api_name("Leads").get_object().get_modules()
    (by_id,) = ModulesOperations().get_module(LEADS).get_object().get_modules()
    assert by_name.get_api_name() == by_id.get_api_name() == "Leads"


def test_no_module_has_changed_since() -> None:
    headers = HeaderMap()
    headers.add(GetModulesHeader.if_modified_since, datetime(2100, 1, 1, tzinfo=UTC))
    answer = ModulesOperations().get_modules(ParameterMap(), headers)
    assert (answer.get_status_code(), answer.get_object()) == (304, None)


def test_fields() -> None:
    answer = FieldsOperations().get_fields(parameters((GetFieldsParam.module, "Leads")))
    fields = {each.get_api_name(): each for each in answer.get_object().get_fields()}
    name = fields["Last_Name"]
    assert (name.get_data_type(), name.get_json_type()) == ("text", "string")
    assert (name.get_length(), name.get_system_mandatory()) == (80, True)
    assert name.get_operation_type().get_api_create() is True
    assert fields["Lead_Number"].get_operation_type().get_api_create() is False
    options = fields["Lead_Source"].get_pick_list_values()
    assert (options[1].get_display_value(), options[1].get_actual_value()) == (
        "Web shop",
        "OnlineStore",
    )
    assert fields["Site_Visits_1"].get_associated_module().get_module() == "Lead_Site_Visits"
    assert fields["Weighted_Value"].get_formula().get_return_type() == "currency"
    assert fields["Lead_Number"].get_auto_number_61().get_prefix() == "AFS-L-"
    field_id = name.get_id()
    by_id = FieldsOperations().get_field(field_id, parameters((GetFieldParam.module, "Leads")))
    assert by_id.get_object().get_fields()[0].get_api_name() == "Last_Name"


@pytest.mark.parametrize(
    ("module", "name", "other"),
    [("Contacts", "Account_Name", "Accounts"), ("Campaigns", "Article", "Products")],
)
def test_where_a_lookup_leads(module: str, name: str, other: str) -> None:
    answer = FieldsOperations().get_fields(parameters((GetFieldsParam.module, module)))
    (field,) = [each for each in answer.get_object().get_fields() if each.get_api_name() == name]
    assert field.get_lookup().get_module().get_api_name() == other


def test_links() -> None:
    answer = FieldsOperations().get_fields(parameters((GetFieldsParam.module, "Contacts")))
    fields = {each.get_api_name(): each for each in answer.get_object().get_fields()}
    linked = fields["My_Installations"].get_multiselectlookup()
    linking = linked.get_linking_details()
    assert linking.get_module().get_api_name() == "Contacts_X_Installations"
    assert linking.get_connected_lookup_field().get_api_name() == "Installation_Ref"
    assert linked.get_connected_details().get_module().get_api_name() == "Installations"


def test_a_module_that_is_not_there() -> None:
    answer = FieldsOperations().get_fields(parameters((GetFieldsParam.module, "Nothing")))
    refused = answer.get_object()
    assert isinstance(refused, APIException)
    assert refused.get_code().get_value() == "INVALID_MODULE"


def test_layouts() -> None:
    answer = LayoutsOperations().get_layouts(parameters((GetLayoutsParam.module, "Leads")))
    (layout,) = answer.get_object().get_layouts()
    assert (layout.get_name(), layout.get_api_name()) == ("Standard", "Standard__s")
    names = [
        field.get_api_name() for section in layout.get_sections() for field in section.get_fields()
    ]
    assert {"Last_Name", "Company"} < set(names)


def test_related_lists() -> None:
    operations = RelatedListsOperations(None)
    answer = operations.get_related_lists(parameters((GetRelatedListsParam.module, "Accounts")))
    lists = {each.get_api_name(): each for each in answer.get_object().get_related_lists()}
    assert lists["Contacts"].get_href() == "Accounts/{ENTITYID}/Contacts"
    assert lists["Contacts"].get_module().get_api_name() == "Contacts"
    assert lists["Activities_Chronological"].get_href() is None


def test_the_cache_of_the_sdk_holds_every_module(folder: Path, emulator: Emulator) -> None:
    lead = read("Leads", 6100000000000401001)
    assert lead["Lead_Source"].get_value() == "Web shop"
    cache = _cache(folder)
    supported = {name for name in cache if isinstance(cache[name], dict)}
    assert {"leads", "site_visits", "custommodule7", "solarsync__sync_logs"} < supported
    assert cache["leads"]["Interests"]["name"] == "Interests"
    # Told to refresh, it asks for the modules and reads the fields of each again.
    emulator.clear_requests()
    Utility.refresh_modules()
    asked = [request.path for request in emulator.requests]
    assert asked[0] == "/crm/v8/settings/modules"
    assert asked.count("/crm/v8/settings/fields") > 10
