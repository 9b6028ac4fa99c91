"""A real Chromium without a window, and what tests ask of it."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_DRIVER = shutil.which("chromedriver")

NEEDS_CHROMIUM = pytest.mark.skipif(
    not (_CHROMIUM and _DRIVER), reason="no chromium with its chromedriver"
)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(profile: Path) -> Generator[Any]:
    """A browser that keeps what it keeps in the folder ``profile``."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = _CHROMIUM or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=_DRIVER))
    driver.implicitly_wait(5)
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


def follow(browser: Any, how: str, what: str) -> None:
    """Click what leads to another page, and wait until that page has come."""
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.wait import WebDriverWait

    before = browser.find_element("css selector", "html")
    browser.find_element(how, what).click()
    wait = WebDriverWait(browser, 20)
    wait.until(staleness_of(before))
    wait.until(lambda _: browser.execute_script("return document.readyState") == "complete")


def complaints(browser: Any) -> list[str]:
    """What the console says: errors, refused resources, breaches of the policy."""
    return [f"{entry['level']} {entry['message']}" for entry in browser.get_log("browser")]


def width(browser: Any, pixels: int) -> None:
    """Make the window so wide."""
    size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def colours(browser: Any, scheme: str) -> str:
    """The background in the light or dark scheme."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    ground: str = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    return ground
