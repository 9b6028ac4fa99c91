"""The web pages of a data dictionary: complete, of one piece, and closed to what labels hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from zohohub_gen.bindings import Bindings, bind
from zohohub_gen.choices import Choices
from zohohub_gen.dictionary.facts import anchor_of, collect
from zohohub_gen.dictionary.html import html_files
from zohohub_gen.ir import Lookup, Picklist, Schema
from zohohub_gen.packaged import packaged
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import Snapshot, read_snapshot
from zohohub_gen.terminal import printable

from tests.support import hostile
from tests.support.corpus import WITH_FIELDS
from tests.support.pages import Page
from tests.support.synthetic import write_org

ACME = parse(read_snapshot(packaged("acme") / "metadata"))[0]
TAGS = {
    *("html", "head", "meta", "title", "link", "script", "body", "header", "main", "nav"),
    *("section", "h1", "h2", "h3", "p", "dl", "dt", "dd", "div", "ul", "li", "span", "code", "kbd"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "a", "input"),
    *("svg", "defs", "marker", "path", "g", "rect", "text"),
}


def said(text: str) -> str:
    """A text as a page shows it."""
    return " ".join(printable(text.replace("\r\n", "\n")).split())


def bound(schema: Schema, **choices: Any) -> Bindings:
    return bind(schema, {}, Choices(**choices))


def pages_of(files: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in files.items() if name.endswith(".html")}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return html_files(collect(bound(ACME)))


@pytest.fixture(scope="module")
def pages(files: dict[str, str]) -> dict[str, Page]:
    return pages_of(files)


def index_of(files: dict[str, str]) -> list[Any]:
    text = files["search-index.js"].partition("globalThis.zohohubSearchIndex = ")[2]
    found: list[Any] = json.loads(text.rstrip().rstrip(";"))
    return found


def check_links(files: dict[str, str], pages: dict[str, Page]) -> int:
    links = [
        (name, address)
        for name, page in pages.items()
        for address in (*page.attributes("href"), *page.attributes("src"))
        if address != "data:,"
    ]
    for name, address in links:
        file, _, anchor = address.partition("#")
        target = unquote(file) or name
        assert target in files, (name, address)
        assert not anchor or anchor in pages[target].by_id, (name, address)
    return len(links)


def check_closed(pages: dict[str, Page]) -> None:
    """No page runs, loads or styles anything but what is beside it."""
    for name, page in pages.items():
        assert {tag for tag, _ in page.elements} <= TAGS, name
        assert [given["src"] for given in page.of("script")] == ["search.js"]
        assert not any(
            re.match("on|style$", attribute) for _, each in page.elements for attribute in each
        )
        (policy,) = (
            given["content"]
            for given in page.of("meta")
            if given.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy


def test_each_field_is_there_with_what_it_is(pages: dict[str, Page]) -> None:
    names = bound(ACME).names
    for module in ACME.modules:
        own = names.modules[module.api_name]
        page = pages[f"{own.file}.html"]
        for item in module.fields:
            row = " ".join(page.by_id[anchor_of(item.api_name)].split())
            for expected in (
                said(item.label),
                item.api_name,
                own.fields[item.api_name],
                item.data_type,
            ):
                assert expected in row
            assert ("read-only" in row) == item.read_only
            assert ("custom" in row.split()) == item.custom
            assert item.help is None or said(item.help) in row
            if isinstance(item.type, Picklist):
                assert all(said(option.display) in row for option in item.type.options)
                assert row.split().count("unused") >= sum(
                    not each.used for each in item.type.options
                )
        for item in module.related_lists:
            assert item.api_name in page.by_id["related"]
        for layout in module.layouts:
            assert layout.name in page.by_id["layouts"]


def test_a_row_says_what_it_has_to(pages: dict[str, Page]) -> None:
    def words(page: str, row: str) -> str:
        return " ".join(pages[page].by_id[row].split())

    assert words("leads.html", "field-Last_Name") == (
        "Last Name Last_Name last_name str | None Text text at most 80 characters required"
    )
    assert "required in layout Standard" in words("leads.html", "field-Company")
    assert "Battery storage stored as Battery" in words("leads.html", "field-Interests")
    assert "counts from AFS-L-1000" in words("leads.html", "field-Lead_Number")
    related = words("accounts.html", "related")
    assert "Contacts Contacts Contacts by lookup crm.accounts.related(…).contacts" in related
    assert "Articles Products Articles linked by hand crm.accounts.related(…).products" in related
    assert "Notes Notes Notes crm.accounts.notes(…)" in related
    assert "Company" in words("leads.html", "layouts")
    assert "Site Visits Site_Visits_1 holds rows of" in words("leads.html", "subforms")


def test_who_looks_up_whom_is_told_on_both_sides(
    files: dict[str, str], pages: dict[str, Page]
) -> None:
    names = bound(ACME).names.modules
    count = 0
    for module in ACME.modules:
        own = f"{names[module.api_name].file}.html"
        for item in module.fields:
            if not isinstance(item.type, Lookup) or item.type.module not in names:
                continue
            target = f"{names[item.type.module].file}.html"
            assert target in pages[own].attributes("href")
            assert f"{own}#{anchor_of(item.api_name)}" in pages[target].attributes("href")
            assert item.api_name in pages[target].by_id["referred"]
            assert item.api_name in pages[own].by_id["refers"]
            count += 1
    assert count > 25


def test_links_lead_somewhere_and_nothing_leads_outside(
    files: dict[str, str], pages: dict[str, Page]
) -> None:
    assert check_links(files, pages) > 1000
    check_closed(pages)


def test_the_index_has_every_page_and_the_diagram_every_lookup(pages: dict[str, Page]) -> None:
    assert {name for name in pages if "-" not in name} - {"index.html"} <= set(
        pages["index.html"].attributes("href")
    )
    titles = pages["modules-diagram.html"].text
    assert "Contacts → Customers: Customer Name" in titles
    assert "Quotes → Quoted Items: Quoted Items" in titles
    # The way back from a row to its record says nothing new.
    assert "Quoted Items → Quotes" not in titles


def test_the_search_knows_all_fields(files: dict[str, str], pages: dict[str, Page]) -> None:
    found = index_of(files)
    assert sum(len(fields) for _, _, _, fields in found) == sum(
        len(module.fields) for module in ACME.modules
    )
    for _, _, file, fields in found:
        for entry in fields:
            anchor = entry[2] if len(entry) > 2 else f"field-{entry[1]}"
            assert anchor in pages[file].by_id


def test_what_is_not_in_the_package_has_no_python_name() -> None:
    files = html_files(
        collect(
            bound(ACME, modules=("Leads",), exclude_fields=("Leads.Website",), picklists="enum")
        )
    )
    pages = pages_of(files)
    check_links(files, pages)
    assert "not in the package" in pages["accounts.html"].text
    assert "crm.accounts" not in pages["accounts.html"].text
    assert "not in the package" in pages["leads.html"].by_id["field-Website"]
    assert "not in the package" not in pages["leads.html"].by_id["field-City"]
    assert "PRE_QUALIFIED" in pages["leads.html"].by_id["field-Lead_Status"] or (
        "NEW" in pages["leads.html"].by_id["field-Lead_Status"]
    )


def test_defaults_come_from_the_layouts() -> None:
    fields = [{"api_name": "Stage", "data_type": "text"}, {"api_name": "Odd", "data_type": "text"}]
    sections = [
        {"fields": [{"api_name": "Stage", "default_value": "New <b>", "required": True}]},
        {"fields": [{"api_name": "Odd", "default_value": {"id": "42", "name": "Somebody"}}]},
    ]
    layouts = {"Leads": [{"id": "1", "name": "Standard", "sections": sections}]}
    schema, _ = parse(Snapshot([{"api_name": "Leads"}], {"Leads": fields}, layouts))
    page = pages_of(html_files(collect(bound(schema))))["leads.html"]
    assert "Default New <b> in layout Standard" in " ".join(page.by_id["field-Stage"].split())
    assert "Default 42" in " ".join(page.by_id["field-Odd"].split())
    assert "Somebody" not in page.source


def test_the_same_metadata_gives_the_same_text(files: dict[str, str]) -> None:
    shuffled = Schema(ACME.modules[::-1], ACME.org)
    assert html_files(collect(bound(shuffled))) == files


def test_modules_called_as_our_files_are(tmp_path: Path) -> None:
    names = ("Index", "Search", "Style", "Modules_Diagram")
    schema, _ = parse(
        Snapshot(
            [{"api_name": name} for name in names],
            {name: [{"api_name": "X", "data_type": "text"}] for name in names},
        )
    )
    files = html_files(collect(bound(schema)))
    assert "index-module.html" in files
    assert {"index.html", "search.html", "style.html", "modules_diagram.html"} < files.keys()
    check_links(files, pages_of(files))


@pytest.mark.parametrize("org", WITH_FIELDS, ids=lambda path: path.name)
def test_real_orgs(org: Path) -> None:
    schema, _ = parse(read_snapshot(org))
    files = html_files(collect(bound(schema)))
    pages = pages_of(files)
    check_closed(pages)
    assert check_links(files, pages) > 0


@given(org=hostile.orgs())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_hostile_texts_are_shown_as_text(org: Any) -> None:
    modules, fields = org
    schema, _ = parse(Snapshot(modules, fields))
    bindings = bound(schema)
    files = html_files(collect(bindings))
    pages = pages_of(files)
    check_closed(pages)
    check_links(files, pages)
    index_of(files)
    for text in files.values():
        text.encode("utf-8")
        assert all(character == "\n" or printable(character) == character for character in text)
    for module in schema.modules:
        (page,) = (
            each
            for name, each in pages.items()
            if name.removesuffix(".html").removesuffix("-module")
            == bindings.names.modules[module.api_name].file
            and (name != "index.html")
        )
        shown = re.sub(r"\s+", "", page.text)
        for item in module.fields:
            for text in (item.label, item.api_name, item.help or ""):
                # What is blank is called by its api_name.
                assert not text.strip() or said(text).replace(" ", "") in shown


def test_pages_of_a_large_org_stay_small(tmp_path: Path) -> None:
    schema, _ = parse(read_snapshot(write_org(tmp_path / "org", 150, 200)))
    files = html_files(collect(bound(schema)))
    sizes = {name: len(text.encode()) for name, text in files.items()}
    assert len(sizes) == 155
    # What is opened: pages, style and script.  The search index comes when somebody searches.
    assert sizes["index.html"] < 120_000
    assert sizes["modules-diagram.html"] < 150_000
    assert max(size for name, size in sizes.items() if name.endswith(".html")) < 200_000
    assert sizes["style.css"] + sizes["search.js"] < 25_000
    assert sizes["search-index.js"] < 2_500_000
    assert "search-index.js" not in files["index.html"]
