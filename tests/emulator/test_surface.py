"""Metadata beside fields and layouts: views, pipelines, picklists, roles; counts; all APIs."""

from __future__ import annotations

import ast
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import zohohub
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator
from zohohub_gen.snapshot import Snapshot

from tests.support.packages import ACME as CASE

from .boatyard import field, options, snapshot
from .conftest import Client, Start

RESIDENTIAL = "6100000000000003007"
ACME = CASE / "metadata"
PIPELINE_FIELD, STAGE_FIELD = "6100000000000010171", "6100000000000010173"


@pytest.fixture
def acme(start: Start) -> Client:
    return start(ACME)


def error(answer: requests.Response) -> tuple[int, str, Any]:
    body = answer.json()
    assert set(body) == {"code", "details", "message", "status"}
    return answer.status_code, body["code"], body["details"]


# --- what is wrong with a call ----------------------------------------------------------------

MISSING = (400, "REQUIRED_PARAM_MISSING", {"param_name": "module"})
NO_MODULE = (400, "INVALID_MODULE", {"param_name": "module"})
LAYOUT = f"/settings/layouts/{RESIDENTIAL}/map_dependency"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/settings/custom_views", MISSING),
        ("/settings/custom_views?module=Nothing", NO_MODULE),
        ("/settings/custom_views/1", MISSING),
        ("/settings/custom_views/x?module=Deals", (400, "UNABLE_TO_PARSE_DATA_TYPE", {})),
        (
            "/settings/custom_views?module=Deals&page=0",
            (400, "INVALID_DATA", {"param_name": "page", "expected_data_type": "integer"}),
        ),
        ("/settings/pipeline", (400, "REQUIRED_PARAM_MISSING", {"param_name": "layout_id"})),
        ("/settings/pipeline?layout_id=1", (400, "INVALID_DATA", {"param_name": "layout_id"})),
        (
            "/settings/global_picklists?include=all",
            (
                400,
                "INVALID_DATA",
                {
                    "param_name": "include",
                    "supported_values": [
                        "associated_fields_count",
                        "pick_list_values",
                        "used_in_modules",
                    ],
                },
            ),
        ),
        (f"/settings/fields/{STAGE_FIELD}/pick_list_values", MISSING),
        (f"/settings/fields/{STAGE_FIELD}/pick_list_values?module=Nothing", NO_MODULE),
        (
            "/settings/fields/1/pick_list_values?module=Deals",
            (400, "INVALID_DATA", {"resource_path_index": 2}),
        ),
        (LAYOUT, MISSING),
        ("/settings/layouts/1/map_dependency?module=Deals",
         (400, "INVALID_DATA", {"resource_path_index": 2})),
        ("/settings/layouts/x/map_dependency?module=Deals",
         (400, "INVALID_DATA", {"resource_path_index": 2, "expected_data_type": "bigint"})),
        (
            "/settings/profiles?type=x",
            (
                400,
                "INVALID_DATA",
                {"param_name": "type", "supported_values": ["normal_profile", "private_profile"]},
            ),
        ),
        ("/Leads/actions/fetch_full_data?ids=1",
         (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})),
        ("/Leads/actions/fetch_full_data?fields=Company",
         (400, "REQUIRED_PARAM_MISSING", {"param_name": "ids"})),
        ("/Nothing/actions/fetch_full_data?fields=a&ids=1",
         (400, "INVALID_MODULE", {"resource_path_index": 0})),
        ("/Leads/x/actions/fetch_full_data?fields=Company",
         (400, "INVALID_DATA", {"resource_path_index": 1})),
        ("/__apis?filters=x", (400, "INVALID_DATA", {"param_name": "filters"})),
        ("/users?type=x", None),
        ("/users?page=x",
         (400, "INVALID_DATA", {"param_name": "page", "expected_data_type": "integer"})),
        ("/users?ids=x", (400, "INVALID_DATA", {"param_name": "ids"})),
    ],
)  # fmt: skip
def test_wrong_calls(acme: Client, path: str, expected: Any) -> None:
    found = error(acme.get(path))
    if expected is None:
        assert found[:2] == (400, "INVALID_DATA")
        assert "AllUsers" in found[2]["supported_values"]
    else:
        assert found == expected


@pytest.mark.parametrize(
    "path",
    [
        "/settings/custom_views/1?module=Deals",
        f"/settings/pipeline/1?layout_id={RESIDENTIAL}",
        "/settings/global_picklists/1",
        "/settings/roles/1",
        "/settings/profiles/1",
        f"{LAYOUT}/1?module=Deals",
        "/settings/fields/6100000000000010161/pick_list_values?module=Deals",
        "/Leads/actions/fetch_full_data?fields=Company&ids=1",
        "/users/1",
    ],
)
def test_what_is_not_there_has_no_body(acme: Client, path: str) -> None:
    answer = acme.get(path)
    assert (answer.status_code, answer.content) == (204, b"")


# --- custom views -----------------------------------------------------------------------------


def view(name: str, criteria: Any, **more: Any) -> dict[str, Any]:
    number = str(6_100_000_000_000_070_000 + sum(map(ord, name)))
    module = {"api_name": "Accounts"}
    return {"id": number, "name": name, "module": module, "criteria": criteria, **more}


def compared(api_name: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"field": {"api_name": api_name}, "comparator": comparator, "value": value}


VIEWS: list[tuple[dict[str, Any], Any]] = [
    (view("North", compared("Region", "equal", "North")), "row.get('Region') == 'North'"),
    (view("Not north", compared("Region", "not_equal", "North")),
     "row.get('Region') not in (None, 'North')"),
    (view("Rich", compared("Annual_Revenue", "greater_than", 1000)),
     "(row.get('Annual_Revenue') or 0) > 1000"),
    (view("Named", compared("Account_Name", "contains", "GEN")),
     "'gen' in row['Account_Name'].lower()"),
    (view("Mine", compared("Owner", "equal", "${CURRENTUSER}")), "row['Owner']['id'] == me"),
    (view("Theirs", compared("Owner", "not_equal", "${CURRENTUSER}")), "row['Owner']['id'] != me"),
    (view("Nowhere", compared("Region", "equal", "${EMPTY}")), "row.get('Region') is None"),
    (
        view(
            "Both",
            {
                "group_operator": "or",
                "group": [
                    compared("Region", "in", ["North", "South"]),
                    {
                        "group_operator": "AND",
                        "group": [
                            compared("Annual_Revenue", "less_equal", 5_000_000),
                            compared("Owner", "equal", "${CURRENTUSER}"),
                        ],
                    },
                ],
            },
        ),
        "row.get('Region') in ('North', 'South') or ("
        "(row.get('Annual_Revenue') is not None and row['Annual_Revenue'] <= 5_000_000)"
        " and row['Owner']['id'] == me)",
    ),
    (view("Everyone", {}), "True"),
]  # fmt: skip


@pytest.fixture
def with_views(start: Start, tmp_path: Path) -> Client:
    shutil.copytree(ACME, tmp_path / "metadata")
    shutil.copytree(CASE / "records", tmp_path / "records")
    file = tmp_path / "metadata" / "custom_views.json"
    file.write_text(json.dumps({"custom_views": [each for each, _ in VIEWS]}))
    return start(tmp_path / "metadata")


def test_criteria_of_views_choose_the_records(with_views: Client) -> None:
    client = with_views
    me = client.get("/users", params={"type": "CurrentUser"}).json()["users"][0]["id"]
    names = "Account_Name,Region,Annual_Revenue,Owner"
    rows = client.page("Accounts", fields=names).json()["data"]
    kinds: set[tuple[bool, bool]] = set()
    for each, test in VIEWS:
        answer = client.page("Accounts", fields="id", cvid=each["id"])
        shown = {row["id"] for row in answer.json()["data"]} if answer.content else set[str]()
        expected = {row["id"] for row in rows if eval(test, {"row": row, "me": me})}
        assert shown == expected, each["name"]
        kinds.add((bool(shown), len(shown) < len(rows)))
        count = client.get("/Accounts/actions/count", params={"cvid": each["id"]}).json()
        assert count == {"count": len(expected)}
    assert (True, True) in kinds


def test_a_view_by_id(with_views: Client) -> None:
    wanted, _ = VIEWS[0]
    answer = with_views.get(f"/settings/custom_views/{wanted['id']}?module=Accounts").json()
    (shown,) = answer["custom_views"]
    assert shown["criteria"] == wanted["criteria"]
    assert (shown["name"], shown["category"], shown["system_defined"]) == (
        "North", "created_by_me", False,
    )  # fmt: skip
    assert shown["module"]["api_name"] == "Accounts"
    assert shown["fields"]
    assert all(each["id"] for each in shown["fields"])
    assert set(answer["info"]["translation"]) == {
        "public_views", "other_users_views", "shared_with_me", "created_by_me",
    }  # fmt: skip


def test_views_in_pages(with_views: Client) -> None:
    parameters = {"module": "Accounts", "per_page": "4"}
    pages = [
        with_views.get("/settings/custom_views", params={**parameters, "page": str(page)})
        for page in (1, 2, 3, 4)
    ]
    assert [len(page.json()["custom_views"]) for page in pages[:3]] == [4, 4, 3]
    assert [page.json()["info"]["more_records"] for page in pages[:3]] == [True, True, False]
    assert pages[3].status_code == 204
    first = pages[0].json()
    assert first["info"]["default"] == first["custom_views"][0]["id"]
    assert "criteria" not in first["custom_views"][2]
    assert [each["name"] for each in first["custom_views"][:2]] == ["All Customers", "My Customers"]
    mine = first["custom_views"][1]["id"]
    (shown,) = with_views.get(f"/settings/custom_views/{mine}?module=Accounts").json()[
        "custom_views"
    ]
    assert shown["criteria"]["value"] == "${CURRENTUSER}"
    assert shown["criteria"]["field"]["api_name"] == "Owner"


def test_search_in_a_view(with_views: Client) -> None:
    north = VIEWS[0][0]["id"]
    found = with_views.get("/Accounts/search", params={"cvid": north, "fields": "Region"}).json()
    assert {row["Region"] for row in found["data"]} == {"North"}
    nobody = {"cvid": north, "criteria": "(Region:equals:South)"}
    assert with_views.get("/Accounts/search", params=nobody).status_code == 204
    both = with_views.get("/Accounts/actions/count", params=nobody)
    assert error(both)[:2] == (400, "AMBIGUITY_DURING_PROCESSING")


@pytest.mark.parametrize(
    "broken",
    [
        view("Bad field", compared("Nothing", "equal", "x")),
        view("Bad comparator", compared("Region", "around", "x")),
        view("Bad value", compared("Annual_Revenue", "equal", "x")),
        {**view("Bad module", {}), "module": {"api_name": "Nothing"}},
        {**view("No module", {}), "module": None},
        {**view("Bad criteria", {}), "criteria": []},
        {**view("Bad id", {}), "id": "x"},
    ],
)
def test_a_file_of_views_that_cannot_work(tmp_path: Path, broken: Any) -> None:
    shutil.copytree(ACME, tmp_path / "metadata")
    (tmp_path / "metadata" / "custom_views.json").write_text(json.dumps({"custom_views": [broken]}))
    with pytest.raises(GeneratorError, match=r"custom_views\.json"):
        Emulator(tmp_path / "metadata").start()


# --- pipelines and picklists ------------------------------------------------------------------


def test_pipelines(acme: Client) -> None:
    answer = acme.get("/settings/pipeline", params={"layout_id": RESIDENTIAL}).json()
    (pipeline,) = answer["pipeline"]
    assert (pipeline["display_value"], pipeline["default"]) == ("Residential", True)
    assert [stage["display_value"] for stage in pipeline["maps"]] == [
        "Enquiry", "Site visit", "Design", "Quote sent", "Order won", "Lost",
    ]  # fmt: skip
    won = pipeline["maps"][4]
    assert (won["actual_value"], won["forecast_type"]) == ("Closed Won", "Closed Won")
    assert won["forecast_category"] == {"name": "Closed", "id": "6100000000000004402"}
    assert [stage["sequence_number"] for stage in pipeline["maps"]] == [1, 2, 3, 4, 5, 6]
    one = acme.get(f"/settings/pipeline/{pipeline['id']}", params={"layout_id": RESIDENTIAL})
    assert one.json() == {"pipeline": [pipeline]}


def test_global_picklists(acme: Client) -> None:
    (plain,) = acme.get("/settings/global_picklists").json()["global_picklists"]
    assert (plain["api_name"], plain["id"]) == ("Sales_Region", "6100000000000004301")
    assert not {"pick_list_values", "used_in_modules"} & set(plain)
    include = "used_in_modules,pick_list_values,associated_fields_count"
    (full,) = acme.get("/settings/global_picklists", params={"include": include}).json()[
        "global_picklists"
    ]
    assert {each["api_name"] for each in full["used_in_modules"]} == {"Accounts", "Site_Visits"}
    assert full["associated_fields_count"] == 2
    assert len(full["pick_list_values"]) == 5
    (one,) = acme.get(f"/settings/global_picklists/{plain['id']}").json()["global_picklists"]
    assert one["pick_list_values"] == full["pick_list_values"]


def test_options_of_a_field(acme: Client) -> None:
    values = acme.get(
        f"/settings/fields/{STAGE_FIELD}/pick_list_values", params={"module": "Deals"}
    ).json()["pick_list_values"]
    assert {"id", "display_value", "actual_value", "reference_value", "layout_associations"} <= (
        set(values[0])
    )
    raw = acme.get(f"/settings/fields/{STAGE_FIELD}", params={"module": "Deals"}).json()
    assert [each["id"] for each in values] == [
        each["id"] for each in raw["fields"][0]["pick_list_values"]
    ]


def test_the_pipeline_as_a_dependency(acme: Client) -> None:
    answer = acme.get(LAYOUT, params={"module": "Deals"}).json()
    (head,) = answer["map_dependency"]
    assert head["parent"] == {"id": PIPELINE_FIELD, "api_name": "Pipeline"}
    assert head["child"] == {"id": STAGE_FIELD, "api_name": "Stage"}
    assert (head["category"], head["source"], head["active"]) == (1, 1, True)
    assert answer["info"] == {"page": 1, "per_page": 200, "count": 1, "more_records": False}
    (one,) = acme.get(f"{LAYOUT}/{head['id']}", params={"module": "Deals"}).json()["map_dependency"]
    (parent,) = one["pick_list_values"]
    assert [each["display_value"] for each in parent["maps"]][:2] == ["Enquiry", "Site visit"]


def _with_a_dependency() -> Snapshot:
    harbours = options("Bergen", "Oslo", "Visby")
    countries = options("-None-", "Norway", "Sweden")
    countries[1]["maps"] = [{"api_name": "Harbour", "pick_list_values": harbours[:2]}]
    countries[2]["maps"] = [{"api_name": "Harbour", "pick_list_values": harbours[2:]}]
    base = snapshot()
    country = field("Country", "picklist", pick_list_values=countries)
    harbour = field("Harbour", "picklist", pick_list_values=harbours)
    parts = [{"api_name": each["api_name"], "id": each["id"]} for each in (country, harbour)]
    layout = {"id": "8000000000000601", "name": "Ports", "sections": [{"fields": parts}]}
    return replace(
        base,
        fields={**base.fields, "Ledgers": [field("Name"), country, harbour]},
        layouts={**base.layouts, "Ledgers": [layout]},
    )


def test_a_dependency_between_fields(start: Start) -> None:
    client = start(_with_a_dependency())
    path = "/settings/layouts/8000000000000601/map_dependency"
    (head,) = client.get(path, params={"module": "Ledgers"}).json()["map_dependency"]
    assert (head["parent"]["api_name"], head["child"]["api_name"]) == ("Country", "Harbour")
    assert head["category"] == 0
    (one,) = client.get(f"{path}/{head['id']}", params={"module": "Ledgers"}).json()[
        "map_dependency"
    ]
    assert {
        parent["display_value"]: [child["display_value"] for child in parent["maps"]]
        for parent in one["pick_list_values"]
    } == {"Norway": ["Bergen", "Oslo"], "Sweden": ["Visby"]}


# --- users, roles, profiles -------------------------------------------------------------------


def test_users_in_pages_and_by_id(acme: Client) -> None:
    users = acme.get("/users").json()["users"]
    assert len(users) > 2
    first = acme.get("/users", params={"per_page": "2"}).json()
    assert first["users"] == users[:2]
    assert first["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    ids = ",".join(user["id"] for user in users[1:3])
    assert acme.get("/users", params={"ids": ids}).json()["users"] == users[1:3]
    assert acme.get(f"/users/{users[1]['id']}").json() == {"users": [users[1]]}


def test_roles_and_profiles_are_those_of_the_users(acme: Client) -> None:
    users = acme.get("/users").json()["users"]
    for key, plural in (("role", "roles"), ("profile", "profiles")):
        shown = acme.get(f"/settings/{plural}").json()[plural]
        assert {each["id"] for each in shown} == {user[key]["id"] for user in users}
        (one,) = acme.get(f"/settings/{plural}/{shown[0]['id']}").json()[plural]
        assert one["name"] == shown[0]["name"]
    assert acme.get("/settings/profiles?type=private_profile").status_code == 204


# --- full data and counts ---------------------------------------------------------------------


def test_full_data(client: Client) -> None:
    story = "<p>" + "x" * 900 + "</p>"
    first, second = client.add("Boats", {"Name": "Auk", "Story": story}, {"Name": "Otter"})
    (row,) = client.page("Boats", fields="Story", ids=first).json()["data"]
    assert len(row["Story"]) == 500
    many = client.get(
        "/Boats/actions/fetch_full_data", params={"fields": "Story", "ids": f"{first},{second},9"}
    )
    assert many.json() == {"data": [{"Story": story, "id": first}, {"Story": None, "id": second}]}
    one = client.get(f"/Boats/{first}/actions/fetch_full_data", params={"fields": "Story"})
    assert one.json() == {"data": [{"Story": story, "id": first}]}
    unknown = client.get(f"/Boats/{first}/actions/fetch_full_data", params={"fields": "Sory"})
    assert error(unknown) == (400, "INVALID_DATA", {"param_name": "fields"})


def test_counts_of_related_lists(acme: Client) -> None:
    lists = ("Contacts", "Deals", "Notes")
    known = acme.get("/settings/related_lists", params={"module": "Accounts"}).json()
    ids = {each["api_name"]: each["id"] for each in known["related_lists"]}
    seen = 0
    for account in acme.page("Accounts", fields="id").json()["data"]:
        path = f"/Accounts/{account['id']}"
        body = [{"related_list": {"api_name": name, "id": ids[name]}} for name in lists]
        counted = acme.post(
            f"{path}/actions/get_related_records_count", {"get_related_records_count": body}
        ).json()["get_related_records_count"]
        for name, (answer,) in zip(lists, counted, strict=True):
            listed = acme.get(f"{path}/{name}", params={"fields": "id"})
            expected = 0 if listed.status_code == 204 else len(listed.json()["data"])
            assert answer == {
                "count": expected, "related_list": {"api_name": name, "id": ids[name]},
            }  # fmt: skip
            seen += expected
    assert seen > 3


def test_counts_of_related_lists_that_fit_a_filter(acme: Client) -> None:
    account = acme.page("Deals", fields="Account_Name,Stage").json()["data"][0]
    stage, path = account["Stage"], f"/Accounts/{account['Account_Name']['id']}"
    deals = acme.get(f"{path}/Deals", params={"fields": "Stage"}).json()["data"]
    expected = sum(deal["Stage"] == stage for deal in deals)
    body = [
        {
            "related_list": {"api_name": "Deals"},
            "params": {"filters": compared("Stage", "equal", value)},
        }
        for value in (stage, "Never reached")
    ]
    answer = acme.post(
        f"{path}/actions/get_related_records_count", {"get_related_records_count": body}
    )
    counts = [each["count"] for (each,) in answer.json()["get_related_records_count"]]
    assert counts == [expected, 0]
    assert expected > 0


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "MANDATORY_NOT_FOUND", "$.get_related_records_count"),
        ({"get_related_records_count": []}, "INVALID_DATA", "$.get_related_records_count"),
        ({"get_related_records_count": [{}] * 21}, "INVALID_DATA", "$.get_related_records_count"),
        ({"get_related_records_count": [{}]}, "MANDATORY_NOT_FOUND",
         "$.get_related_records_count[0].related_list"),
        ({"get_related_records_count": [{"related_list": {"api_name": "X"}}]}, "INVALID_DATA",
         "$.get_related_records_count[0].related_list"),
    ],
)  # fmt: skip
def test_counts_that_make_no_sense(acme: Client, body: Any, code: str, path: str) -> None:
    account = acme.page("Accounts", fields="id").json()["data"][0]["id"]
    answer = acme.post(f"/Accounts/{account}/actions/get_related_records_count", body)
    status, found, details = error(answer)
    assert (status, found, details["json_path"]) == (400, code, path)


# --- the list of APIs -------------------------------------------------------------------------


def test_the_list_of_apis(client: Client) -> None:
    apis = {
        (each["path"], operation["method"]): operation
        for each in client.get("/__apis").json()["__apis"]
        for operation in each["operation_types"]
    }
    assert apis["/crm/v8/{module}/search", "GET"] == {
        "method": "GET",
        "oauth_scope": "ZohoCRM.modules.READ,ZohoSearch.securesearch.READ",
        "max_credits": 1,
        "min_credits": 1,
    }
    assert apis["/crm/v8/coql", "POST"]["max_credits"] == 3
    assert apis["/crm/bulk/v8/write", "POST"]["min_credits"] == 500
    chosen = {"field": {"api_name": "oauth_scope"}, "comparator": "equal"}
    filters = json.dumps({**chosen, "value": "ZohoCRM.org.READ"})
    (only,) = client.get("/__apis", params={"filters": filters}).json()["__apis"]
    assert only["path"] == "/crm/v8/org"
    filters = json.dumps({**chosen, "value": "ZohoCRM.nothing.READ"})
    assert client.get("/__apis", params={"filters": filters}).status_code == 204


CALLS_OF_THE_RUNTIME: dict[str, list[str]] = {
    "attachments.py": [
        "GET /Leads/1/Attachments", "POST /Leads/1/Attachments", "GET /Leads/1/Attachments/2",
        "DELETE /Leads/1/Attachments/2",
    ],
    "blueprint.py": ["GET /Leads/1/actions/blueprint", "PUT /Leads/1/actions/blueprint"],
    "bulk_read.py": ["POST /crm/bulk/v8/read", "GET /crm/bulk/v8/read/1"],
    "bulk_write.py": [
        "GET /org", "POST /upload", "POST /crm/bulk/v8/write", "GET /crm/bulk/v8/write/1",
    ],
    "client.py": ["GET /settings/tags"],
    "composite.py": ["POST /__composite_requests"],
    "conversion.py": ["POST /Leads/1/actions/convert"],
    "deleted.py": ["GET /Leads/deleted"],
    "files.py": ["POST /files", "GET /files"],
    "jobs.py": ["GET /crm/bulk/v8/read/1/result", "GET /crm/bulk/v8/write/1/result"],
    "mass_update.py": [
        "POST /Leads/actions/mass_update", "GET /Leads/actions/mass_update",
        "POST /Leads/actions/change_owner",
    ],
    "modules.py": ["GET /Leads/actions/count", "POST /Leads/1/actions/clone"],
    "notes.py": [
        "GET /Leads/1/Notes", "POST /Leads/1/Notes", "PUT /Notes", "DELETE /Notes",
        "POST /Notes", "PUT /Leads/1/Notes/2", "DELETE /Leads/1/Notes/2",
    ],
    "notifications.py": [f"{method} /actions/watch" for method in
                         ("GET", "POST", "PUT", "PATCH", "DELETE")],
    "numbered_pages.py": ["GET /users", "GET /settings/recycle_bin"],
    "org.py": ["GET /org"],
    "photos.py": ["GET /Leads/1/photo", "POST /Leads/1/photo", "DELETE /Leads/1/photo"],
    "queries.py": ["POST /coql"],
    "reading.py": ["GET /Leads/1", "GET /Leads", "GET /Leads/search"],
    "recycle_bin.py": [
        "GET /settings/recycle_bin/actions/count", "POST /settings/recycle_bin/actions/empty",
        "POST /settings/recycle_bin/actions/restore",
    ],
    "related.py": [
        "GET /Leads/1/Products", "PUT /Leads/1/Products", "DELETE /Leads/1/Products",
        "DELETE /Leads/1/Products/2",
    ],
    "tags.py": [
        "GET /settings/tags", "POST /Leads/actions/add_tags", "POST /Leads/actions/remove_tags",
    ],
    "users.py": ["GET /users", "GET /users/1"],
    "variables.py": [
        "GET /settings/variables", "GET /settings/variables/1", "PUT /settings/variables",
        "PUT /settings/variables/1",
    ],
    "writing.py": [
        "POST /Leads", "PUT /Leads", "PUT /Leads/1", "DELETE /Leads", "POST /Leads/upsert",
    ],
}  # fmt: skip
"""What each file of the runtime asks Zoho for."""


@pytest.mark.parametrize("file", CALLS_OF_THE_RUNTIME)
def test_every_call_of_the_runtime_is_served(acme: Client, file: str) -> None:
    for call in CALLS_OF_THE_RUNTIME[file]:
        method, path = call.split(" ")
        base = acme.emulator.connection.api_domain if path.startswith("/crm/") else acme.base
        answer = acme.http.request(method, base + path, timeout=10)
        code = answer.json().get("code") if answer.headers.get("Content-Type") else None
        unserved = ("INVALID_URL_PATTERN", "INVALID_REQUEST_METHOD", "OAUTH_SCOPE_MISMATCH")
        assert code not in unserved, call
        assert answer.status_code < 500, call


def test_the_table_knows_every_file_that_calls_zoho() -> None:
    """A file with a call to a sender, which is not in the table above, is new."""
    folder = Path(str(zohohub.__file__)).parent
    found: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("request", "download")
                and ast.unparse(node.func.value).split(".")[-1].strip("_")
                in ("sender", "transport")
            ):
                found.add(path.name)
    assert found == set(CALLS_OF_THE_RUNTIME)
