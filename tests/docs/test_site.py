"""The site of the documentation: built without a warning, and looked at in a real Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from sybil.document import Document

from tests.support.browser import NEEDS_CHROMIUM, chromium, complaints, width
from tests.support.packages import REPOSITORY

from .blocks import PAGES, Block, read

pytestmark = pytest.mark.slow

DOCS = REPOSITORY / "docs"

# What reaches over the window's edge and cannot be scrolled to.
_CUT_OFF = """
  const scrolls = (element) => element && (
    /auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  return [...document.querySelectorAll("article *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each))
    .map((each) => each.outerHTML.slice(0, 200));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


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


def addresses(site: Path) -> list[str]:
    """The pages of the site, below its address."""
    found = sorted(path.parent.relative_to(site).as_posix() for path in site.rglob("index.html"))
    return ["" if each == "." else f"{each}/" for each in found]


def requested(browser: Any) -> set[str]:
    """The hosts that the page has asked for anything."""
    asked: list[str] = browser.execute_script(
        "return performance.getEntriesByType('resource').map(each => each.name)"
    )
    return {urlsplit(each).hostname or "" for each in asked if not each.startswith("data:")}


def test_every_page_is_on_the_site(site: Path) -> None:
    on_site = set(addresses(site))
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).with_suffix("").as_posix()
        expected = "" if name == "index" else f"{name.removesuffix('/index')}/"
        assert expected in on_site
    assert "changelog/" in on_site


def test_every_block_of_the_site_is_one_that_the_tests_follow(site: Path) -> None:
    """What the site shows as a block of code, however it is written, is known to the tests."""
    for page in PAGES:
        if not page.is_relative_to(DOCS) or "\n::: " in page.read_text("utf-8"):
            continue  # signatures from docstrings
        name = page.relative_to(DOCS).with_suffix("").as_posix().removesuffix("index")
        shown = (site / name / "index.html").read_text("utf-8")
        text = Document.parse(str(page)).text
        visible = [
            each
            for each in read(page)
            if isinstance(each, Block) and "<!--" not in text.splitlines()[each.line - 1]
        ]
        assert shown.count("<pre") == len(visible), page.name


def test_docstrings_read_well_as_markdown(site: Path) -> None:
    for page in (site / "reference").rglob("index.html"):
        shown = page.read_text("utf-8").partition("<article")[2]
        for mark in ("::</p>", "====="):
            assert mark not in shown, (page, mark)


@NEEDS_CHROMIUM
@pytest.mark.parametrize("pixels", [1280, 390])
def test_the_pages_fit_and_ask_no_other_host(
    browser: Any, site: Path, address: str, pixels: int
) -> None:
    width(browser, pixels)
    assert len(addresses(site)) > 20
    for name in addresses(site):
        browser.get(f"{address}{name}")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= pixels, (name, wide)
        assert browser.execute_script(_CUT_OFF) == [], name
        assert requested(browser) == {"127.0.0.1"}, name
    assert complaints(browser) == []


@NEEDS_CHROMIUM
@pytest.mark.parametrize("pixels", [1280, 390])
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("get_or_none", "reference/runtime/records/"),
        ("exchange_redirect", "reference/runtime/auth/"),
    ],
)
def test_search_finds_a_method(
    browser: Any, address: str, pixels: int, text: str, where: str
) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    width(browser, pixels)
    browser.get(f"{address}changelog/")
    if pixels < 1000:
        browser.find_element("css selector", "label.md-header__button[for=__search]").click()
    box = browser.find_element("css selector", "input.md-search__input")
    WebDriverWait(browser, 20).until(lambda _: box.is_displayed())
    box.send_keys(text)

    def leads_there(_: object) -> bool:
        links: list[str] = browser.execute_script(
            "return [...document.querySelectorAll('a.md-search-result__link')].map(a => a.href)"
        )
        return any(urlsplit(each).path == f"/{where}" for each in links)

    WebDriverWait(browser, 20).until(leads_there)
    assert requested(browser) == {"127.0.0.1"}
    assert complaints(browser) == []


def test_nothing_on_the_site_is_taken_from_elsewhere() -> None:
    settings = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text("utf-8"))
    assert settings["theme"]["font"] is False
    assert "repo_url" not in settings  # the theme would ask the host for its stars
