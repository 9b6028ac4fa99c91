"""The OpenAPI document is valid, and the emulator answers and takes what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator
from zohohub_gen.emulator import Emulator
from zohohub_gen.export.files import export_text

from tests.support.exports import bindings_of
from tests.support.packages import ACME


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export_text(bindings_of(ACME / "metadata"), "openapi"))
    return found


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator(ACME / "metadata") as emulator:
        yield emulator


def call(zoho: Emulator, method: str, path: str, **more: Any) -> requests.Response:
    url = f"{zoho.connection.api_domain}/crm/v8{path}"
    headers = {"Authorization": f"Zoho-oauthtoken {token(zoho)}"}
    return requests.request(method, url, headers=headers, timeout=10, **more)


@cache
def token(zoho: Emulator) -> str:
    url = f"{zoho.connection.accounts_url}/oauth/v2/token"
    form = {
        "grant_type": "refresh_token",
        "client_id": zoho.connection.client_id,
        "client_secret": zoho.connection.client_secret,
        "refresh_token": zoho.connection.refresh_token,
    }
    return str(requests.post(url, form, timeout=10).json()["access_token"])


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    found: Any = part
    if "$ref" in part:
        found = document()
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return found


def check(schema: dict[str, Any], value: Any) -> None:
    jsonschema_rs.validator_for({**document(), **schema}).validate(value)


def check_answer(operation: dict[str, Any], answer: requests.Response) -> None:
    described = resolved(operation["responses"][str(answer.status_code)])
    check(described["content"]["application/json"]["schema"], answer.json())


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(document()).validate()
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) > 80


def test_a_module_has_what_the_api_does_with_it() -> None:
    leads = {(path, method) for path, method, _ in operations() if path.startswith("/Leads")}
    assert leads == {
        ("/Leads", "get"),
        ("/Leads", "post"),
        ("/Leads/search", "get"),
        ("/Leads/{id}", "get"),
        ("/Leads/{id}", "put"),
        ("/Leads/{id}", "delete"),
    }
    history = {method for path, method, _ in operations() if path.startswith("/DealHistory")}
    assert history == {"get"}
    assert not [path for path, _, _ in operations() if "Quoted_Items" in path]


def test_answers_are_as_it_says(zoho: Emulator) -> None:
    """Each module's list, and each of its records, as the emulator gives them."""
    count = 0
    for path, method, operation in operations():
        if method != "get" or not operation["operationId"].endswith("_list"):
            continue
        answer = call(zoho, "GET", path, params={"fields": "id,Created_Time,Owner"})
        if answer.status_code != 204:
            check_answer(operation, answer)
            for row in answer.json()["data"]:
                one = call(zoho, "GET", f"{path}/{row['id']}")
                check_answer(document()["paths"][f"{path}/{{id}}"]["get"], one)
                count += 1
    assert count > 50


def test_a_lead_lives_as_it_says(zoho: Emulator) -> None:
    paths = document()["paths"]
    many, one = paths["/Leads"], paths["/Leads/{id}"]
    body = {"data": [{"Last_Name": "Brandt", "Company": "Acme", "Lead_Status": "New"}]}
    check(body_of(many["post"]), body)
    created = call(zoho, "POST", "/Leads", json=body)
    check_answer(many["post"], created)
    own = f"/Leads/{created.json()['data'][0]['details']['id']}"
    change = {"data": [{"City": None, "Tag": None}]}
    check(body_of(one["put"]), change)
    check_answer(one["put"], call(zoho, "PUT", own, json=change))
    found = call(zoho, "GET", "/Leads/search", params={"word": "Brandt"})
    check_answer(paths["/Leads/search"]["get"], found)
    check_answer(one["delete"], call(zoho, "DELETE", own))


@pytest.mark.parametrize(
    "record",
    [
        {"Company": "Acme"},
        {"Last_Name": None},
        {"Last_Name": "x" * 81},
        {"Last_Name": "Brandt", "Lead_Status": "Made up"},
        {"Last_Name": "Brandt", "Email_Opt_Out": None},
        {"Last_Name": "Brandt", "Owner": "5"},
    ],
)
def test_what_zoho_would_refuse_is_no_new_lead(record: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/LeadCreate"}
    check(schema, {"Last_Name": "Brandt"})
    with pytest.raises(jsonschema_rs.ValidationError):
        check(schema, record)


def test_what_is_read_only_is_not_written() -> None:
    schemas = document()["components"]["schemas"]
    for record in ("LeadCreate", "LeadUpdate"):
        assert "Weighted_Value" not in schemas[record]["properties"]
        assert "id" not in schemas[record]["properties"]
    assert schemas["LeadCreate"]["required"] == ["Last_Name"]
    assert "required" not in schemas["LeadUpdate"]
    assert "id" in schemas["LeadSiteVisitUpdate"]["properties"], "a row that is there"


def test_open_writes_take_any_option() -> None:
    text = export_text(bindings_of(ACME / "metadata", writes="open"), "openapi")
    status = json.loads(text)["components"]["schemas"]["LeadCreate"]["properties"]["Lead_Status"]
    assert {"type": "string"} in status["anyOf"]
