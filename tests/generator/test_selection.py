"""Which modules and fields are in the package, and what the globs of it are refused for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from zohohub.drift import Drift, Watch
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.ir import Field, Module, Picklist, Schema, Subform, Text
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.pipeline import generate
from zohohub_gen.selection import check_globs, narrow

from tests.support.packages import ACME, handles, imported, options, record_types


def module(api_name: str, *fields: Field, **more: Any) -> Module:
    return Module(api_name, api_name, api_name, "custom", (Field("id", "id", Text(), "x"), *fields))


def text(api_name: str, **more: Any) -> Field:
    return Field(api_name, api_name, Text(), "text", **more)


SCHEMA = Schema(
    (
        module("Accounts", text("Name"), text("Rating")),
        module("Leads", text("Name", required=True), text("Rating"), text("Legacy_A")),
        module("Orders", Field("Lines", "Lines", Subform("Rows"), "subform"), text("Rating")),
        module("Rows", text("Part"), Field("Kind", "Kind", Picklist(()), "picklist")),
    )
)


def chosen(**choices: Any) -> dict[str, list[str]]:
    schema, _ = narrow(SCHEMA, Choices(**choices))
    assert [each.api_name for each in schema.modules] == sorted(
        each.api_name for each in schema.modules
    )
    return {
        each.api_name: [item.api_name for item in each.fields if item.api_name != "id"]
        for each in schema.modules
        if any(item.api_name == "id" for item in each.fields)
    }


ALL = {
    "Accounts": ["Name", "Rating"],
    "Leads": ["Name", "Rating", "Legacy_A"],
    "Orders": ["Lines", "Rating"],
    "Rows": ["Part", "Kind"],
}


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, ALL),
        ({"modules": ("Leads",)}, {"Leads": ALL["Leads"]}),
        ({"modules": ("Orders",)}, {"Orders": ALL["Orders"], "Rows": ALL["Rows"]}),
        ({"modules": ("*s",), "exclude_modules": ("[AL]*",)}, {m: ALL[m] for m in ALL if m > "M"}),
        ({"exclude_modules": ("Rows",)}, {m: ALL[m] for m in ALL if m != "Rows"}),
        (
            {"modules": ("Orders",), "exclude_modules": ("Rows",)},
            {"Orders": ALL["Orders"]},
        ),
        # The rows of a subform that is left out do not come along, unless they are asked for.
        ({"modules": ("Orders",), "exclude_fields": ("Orders.Lines",)}, {"Orders": ["Rating"]}),
        (
            {"modules": ("Orders", "Rows"), "exclude_fields": ("Orders.Lines",)},
            {"Orders": ["Rating"], "Rows": ALL["Rows"]},
        ),
        ({"exclude_fields": ("*.Rating",)}, {m: [f for f in ALL[m] if f != "Rating"] for m in ALL}),
        ({"exclude_fields": ("Leads.Legacy_*",)}, ALL | {"Leads": ["Name", "Rating"]}),
        # A module that no glob is about keeps all of its fields; a mandatory field always stays.
        ({"fields": ("Leads.Rating",)}, ALL | {"Leads": ["Name", "Rating"]}),
        ({"fields": ("Leads.id",)}, ALL | {"Leads": ["Name"]}),
        (
            {"fields": ("*.Name", "Orders.*")},
            {"Accounts": ["Name"], "Leads": ["Name"], "Orders": ALL["Orders"], "Rows": []},
        ),
        (
            {"fields": ("Leads.*",), "exclude_fields": ("Leads.R*",)},
            ALL | {"Leads": ["Name", "Legacy_A"]},
        ),
        (
            {"exclude_fields": ("*.*",)},
            {"Accounts": [], "Leads": ["Name"], "Orders": [], "Rows": []},
        ),
    ],
)
def test_what_is_chosen(choices: dict[str, Any], expected: dict[str, list[str]]) -> None:
    assert chosen(**choices) == expected


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"modules": ("Leeds",)}, "no module .* 'Leeds'; did you mean 'Leads'\\?"),
        ({"exclude_modules": ("Leeds",)}, "no module .* 'Leeds'; did you mean 'Leads'\\?"),
        ({"exclude_modules": ("*",)}, "leaves no module"),
        ({"modules": ("Leads",), "exclude_modules": ("Leads",)}, "leaves no module"),
        ({"fields": ("Leads.Ratng",)}, "'Leads.Ratng'; did you mean 'Leads.Rating'\\?"),
        ({"exclude_fields": ("*.Ratng",)}, r"'\*.Ratng'; did you mean '\*.Rating'\?"),
        ({"exclude_fields": ("Leeds.Rating",)}, "did you mean 'Leads.Rating'\\?"),
        ({"exclude_fields": ("Accounts.Legacy_*",)}, r"called 'Accounts.Legacy_\*'$"),
        ({"exclude_fields": ("leads.Rating",)}, "did you mean 'Leads.Rating'\\?"),
    ],
)
def test_a_glob_that_matches_nothing(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        check_globs(SCHEMA, Choices(**choices))
    assert "\n" not in str(caught.value)


def test_a_mandatory_field_stays_and_that_is_said() -> None:
    _, remarks = narrow(SCHEMA, Choices(exclude_fields=("*.Name",)))
    assert [(each.place, each.severity) for each in remarks] == [("Leads.Name", "warning")]
    assert "is mandatory and stays" in remarks[0].message


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    shutil.copytree(ACME / "metadata", tmp_path / "metadata")
    return tmp_path / "metadata"


def test_what_is_left_out_keeps_its_names(metadata: Path, tmp_path: Path) -> None:
    generate(options(metadata, tmp_path))
    before = (metadata / LOCK_FILE).read_text("utf-8")
    choices = {"exclude_modules": ("Accounts",), "exclude_fields": ("Leads.C*", "*.Stage")}
    outcome = generate(options(metadata, tmp_path, **choices))
    assert [path.name for path in outcome.deleted] == ["accounts.py"]
    assert (metadata / LOCK_FILE).read_text("utf-8") == before


def test_drift_knows_what_was_left_out_on_purpose(metadata: Path, tmp_path: Path) -> None:
    """A new field that the globs would leave out is none to regenerate for."""
    choices = {
        "fields": ("Deals.S*",),
        "exclude_fields": ("Leads.Legacy_*", "Leads.Company", "*Visits.Roof*"),
    }
    (metadata / "fields" / "Leads.json").write_text(
        (metadata / "fields" / "Leads.json")
        .read_text("utf-8")
        .replace('"api_name": "Website"', '"api_name": "Legacy_Website"')
        .replace('"api_name":"Website"', '"api_name":"Legacy_Website"'),
        "utf-8",
    )
    generate(options(metadata, tmp_path, **choices))
    found: list[Drift] = []
    with imported(tmp_path / "crm") as package:
        records = record_types(package)
        decode = handles(package)["Leads"].decode
        row = {
            "id": "1",
            "Company": "A",
            "Legacy_Website": "x",
            "Legacy_New": "x",
            "Really_New": "x",
            "Site_Visits_1": [{"id": "2", "Roof_OK": True, "Roof_New": 1, "Wall": 2}],
        }
        (lead,) = Watch("Leads", records["Lead"], found.append).read(decode, [[row]])
        assert lead.extra == {
            name: value for name, value in row.items() if name not in ("id", "Site_Visits_1")
        }
        assert lead.site_visits_1[0].extra == {"Roof_OK": True, "Roof_New": 1, "Wall": 2}
        Watch("Deals", records["Deal"], found.append).look([{"id": "1", "Amount": 5, "Sum": 1}])
    assert found == [
        Drift("Leads", "Really_New", "key"),
        Drift("Leads.Site_Visits_1", "Wall", "key"),
        Drift("Deals", "Sum", "key"),
    ]
