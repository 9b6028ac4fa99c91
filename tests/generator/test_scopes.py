"""The table of scopes: what it holds, what follows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import zohohub
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.scopes import ALL, DEFAULT, FEATURES, scopes_of

from tests.support.corpus import CORPUS
from tests.support.packages import REPOSITORY


def covers(granted: Iterable[str], asked: str) -> bool:
    """Whether one of the scopes allows what another one asks for."""
    *group, operation = asked.lower().split(".")
    scopes = [scope.lower().split(".") for scope in granted]
    return any(
        own == group[: len(own)] and allowed in ("all", operation) for *own, allowed in scopes
    )


def test_the_default_is_what_pull_and_records_need() -> None:
    scopes = scopes_of(["default"])
    assert scopes == scopes_of(DEFAULT)
    assert scopes[: len(FEATURES["pull"])] == FEATURES["pull"]
    assert scopes[len(FEATURES["pull"]) :] == (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.coql.READ",
        "ZohoSearch.securesearch.READ",
    )


def test_features_groups_and_scopes_mix_and_nothing_comes_twice() -> None:
    assert scopes_of(["queries", "search", "ZohoCRM.apis.READ", "records"]) == (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.coql.READ",
        "ZohoSearch.securesearch.READ",
        "ZohoCRM.apis.READ",
    )
    everything = scopes_of(["all"])
    assert everything == scopes_of(ALL)
    assert set(everything) == {scope for scopes in FEATURES.values() for scope in scopes}
    assert len(everything) == len(set(everything))
    assert scopes_of(["all", "default"]) == everything


def test_a_feature_that_there_is_not() -> None:
    with pytest.raises(
        ConfigurationError, match=r"'bluk' is no scope .*default, all, pull, .*bulk"
    ):
        scopes_of(["default", "bluk"])


@pytest.mark.parametrize("scope", scopes_of(["all"]))
def test_a_scope_is_well_formed(scope: str) -> None:
    operations = "ALL|READ|CREATE|UPDATE|DELETE|CUSTOM"
    assert re.fullmatch(rf"Zoho(CRM|Search|Files)(\.\w+){{1,2}}\.({operations})", scope)


def test_the_docs_have_the_table() -> None:
    page = (REPOSITORY / "docs" / "reference" / "scopes.md").read_text(encoding="utf-8")
    assert f"```text\n{','.join(scopes_of(['default']))}\n```" in page
    table = page.partition("| feature | scopes |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = {
        match[1]: tuple(re.findall(r"`([\w.]+)`", match[2]))
        for match in re.finditer(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    }
    assert rows == dict(FEATURES)
    assert list(rows) == list(FEATURES)


def test_every_scope_that_the_runtime_names_is_in_the_table() -> None:
    named = {
        (path.name, scope.rstrip("."))
        for path in Path(zohohub.__file__).parent.glob("*.py")
        for scope in re.findall(r"Zoho(?:CRM|Search|Files)\.[\w.]+", path.read_text("utf-8"))
    }
    assert len(named) > 8
    for file, scope in named:
        # "ZohoCRM.settings.variables" stands for the operations on it.
        asked = scope if scope.rpartition(".")[2].isupper() else f"{scope}.READ"
        assert covers(scopes_of(["all"]), asked), f"{file} names {scope}"


CALLS = {
    "attachments": ("attachments.json", "post", "/{moduleApiName}/{recordId}/Attachments"),
    "bulk": ("bulk-read.json", "post", "/read"),
    "composite": ("composite-requests.json", "post", "/__composite_requests"),
    "files": ("files.json", "post", "/files"),
    "mass_update": ("mass-update.json", "post", "/{module}/actions/mass_update"),
    "notes": ("notes.json", "post", "/Notes"),
    "notifications": ("notifications.json", "post", "/actions/watch"),
    "org": ("org.json", "get", "/org"),
    "queries": ("coql.json", "post", "/coql"),
    "recycle_bin": ("recycle-bin.json", "post", "/settings/recycle_bin/actions/restore"),
    "search": ("module-search.json", "get", "/{module}/search"),
    "tags": ("tags.json", "post", "/settings/tags"),
    "users": ("users.json", "get", "/users"),
    "variables": ("variables.json", "post", "/settings/variables"),
}


@pytest.mark.parametrize("feature", CALLS)
def test_a_feature_covers_what_zohos_contract_asks_for(feature: str) -> None:
    file, method, path = CALLS[feature]
    contract = CORPUS.parent / "openapi" / file
    if not contract.is_file():
        pytest.skip("needs Zoho's OpenAPI files")
    document: dict[str, Any] = json.loads(contract.read_text(encoding="utf-8"))
    security = document["paths"][path][method]["security"]
    alternatives = [each["iam-oauth2-schema"] for each in security]
    assert any(all(covers(FEATURES[feature], scope) for scope in each) for each in alternatives)
