"""The data dictionary in a real Chromium, opened as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.bindings import bind
from zohohub_gen.choices import Choices
from zohohub_gen.dictionary.files import write_dictionary
from zohohub_gen.packaged import packaged
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import read_snapshot

from tests.support.browser import NEEDS_CHROMIUM, chromium, colours, complaints, width
from tests.support.synthetic import write_org

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]


def written(metadata: Path, folder: Path) -> Path:
    schema, _ = parse(read_snapshot(metadata))
    write_dictionary(bind(schema, {}, Choices()), folder, "html")
    return folder


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A folder with a name that has to be quoted in addresses.
    return written(packaged("acme") / "metadata", tmp_path_factory.mktemp("acme") / "data #1 ü")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    return written(write_org(folder / "org", 150, 200), folder / "docs")


@pytest.fixture(scope="module")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def browser(_browser: Any) -> Any:
    _browser.get("about:blank")
    _browser.get_log("browser")  # what earlier tests left
    width(_browser, 1280)
    return _browser


def look_for(browser: Any, text: str) -> list[str]:
    """Type into the search; the labels of what it found."""
    from selenium.webdriver.support.wait import WebDriverWait

    box = browser.find_element("id", "search")
    box.clear()
    box.send_keys(text)
    found = browser.find_element("id", "found")
    WebDriverWait(browser, 20).until(lambda _: found.is_displayed())
    labels: list[str] = browser.execute_script(
        "return [...arguments[0].querySelectorAll('[role=option]')].map(each => each.innerText)",
        found,
    )
    return labels


def wait_for(browser: Any, ending: str) -> None:
    """Wait until the address ends so."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser, 20).until(lambda _: browser.current_url.endswith(ending))


@pytest.mark.parametrize("pixels", [1280, 390])
def test_nothing_is_wider_than_the_window(browser: Any, acme: Path, pixels: int) -> None:
    width(browser, pixels)
    pages = sorted(acme.glob("*.html"))
    assert len(pages) == 24
    for page in pages:
        browser.get(page.as_uri())
        browser.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= pixels, (page.name, wide)
        assert colours(browser, "light") != colours(browser, "dark")
    assert complaints(browser) == []


@pytest.mark.parametrize("pixels", [1280, 390])
def test_a_large_org_fits_too(browser: Any, large: Path, pixels: int) -> None:
    width(browser, pixels)
    for name in ("index", "modules-diagram", "site_inspections_1"):
        browser.get((large / f"{name}.html").as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= pixels
    assert look_for(browser, "Inspection_Lookup_103")[0].splitlines()[0] == "Inspection lookup 103"
    assert complaints(browser) == []


def test_diagrams_keep_their_boxes_apart_and_their_labels_inside(browser: Any, acme: Path) -> None:
    for name in ("modules-diagram", "contacts", "accounts"):
        browser.get((acme / f"{name}.html").as_uri())
        outside = browser.execute_script(
            """return [...document.querySelectorAll(".box")].filter((box) => {
                 const room = box.querySelector("rect").getBoundingClientRect().right;
                 return [...box.querySelectorAll("text")].some(
                   (text) => text.getBoundingClientRect().right > room);
               }).map((box) => box.textContent)"""
        )
        assert outside == []


@pytest.mark.parametrize("text", ["roof age", "Roof_Age_Years", "ROOF_AGE_Y"])
def test_search_finds_a_field_and_jumps_to_it(browser: Any, acme: Path, text: str) -> None:
    browser.get((acme / "index.html").as_uri())
    first = look_for(browser, text)[0]
    assert first.splitlines() == ["Roof Age (Years)", "Leads", "Roof_Age_Years"]
    browser.find_element("css selector", "#found [role=option]").click()
    wait_for(browser, "/leads.html#field-Roof_Age_Years")
    row = browser.find_element("css selector", "tr:target")
    assert row.text.startswith("Roof Age (Years)")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", row)
    bar = browser.execute_script(
        "return document.querySelector('header').getBoundingClientRect().bottom"
    )
    assert bar <= top < 900
    assert complaints(browser) == []


def test_the_keyboard_alone_will_do(browser: Any, acme: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.get((acme / "accounts.html").as_uri())
    browser.find_element("css selector", "body").send_keys("/")
    box = browser.switch_to.active_element
    assert box.get_attribute("id") == "search"
    assert len(look_for(browser, "deal")) > 3
    chosen = box.get_attribute("aria-activedescendant")
    box.send_keys(Keys.ARROW_DOWN)
    assert box.get_attribute("aria-activedescendant") != chosen
    box.send_keys(Keys.ARROW_UP)
    assert box.get_attribute("aria-activedescendant") == chosen
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("aria-expanded") == "false"
    assert look_for(browser, "Deals")[0].splitlines() == ["Deals", "module", "Deals"]
    box.send_keys(Keys.ENTER)
    wait_for(browser, "/deals.html")
    assert complaints(browser) == []


def test_search_shows_hostile_labels_and_says_when_nothing_is_found(
    browser: Any, acme: Path
) -> None:
    browser.get((acme / "index.html").as_uri())
    assert look_for(browser, "nothing like this") == []
    assert "Nothing is called so." in browser.find_element("id", "found").text
    assert look_for(browser, "two")[0].startswith("Two lines")
    assert browser.execute_script("return document.scripts.length") == 2
    assert complaints(browser) == []


def test_without_scripts_it_reads_well(browser: Any, acme: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get((acme / "leads.html").as_uri())
        text = browser.find_element("css selector", "main").text
        assert "Roof_Age_Years" in text
        assert not browser.find_element("css selector", ".search").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
