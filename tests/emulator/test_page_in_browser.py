"""The page and the consent page in a real Chromium, without a window."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from acme_crm import Crm
from zohohub_gen.emulator import Emulator, Fault, Limits
from zohohub_gen.scopes import scopes_of

from tests.support.browser import (
    NEEDS_CHROMIUM,
    chromium,
    colours,
    complaints,
    follow,
    width,
)

from .test_sample_org import SAMPLE

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def zoho(browser: Any) -> Iterator[Emulator]:
    browser.get_log("browser")  # what earlier tests left
    with Emulator(SAMPLE / "metadata", limits=Limits(credits=100, concurrency=5)) as emulator:
        yield emulator
        browser.get("about:blank")


@pytest.fixture
def crm(zoho: Emulator) -> Iterator[Crm]:
    with Crm(zoho.auth()) as crm:
        yield crm


def click(browser: Any, text: str) -> None:
    follow(browser, "link text", text)


def shown(browser: Any) -> str:
    text: str = browser.find_element("css selector", "main").text
    return text


# --- the page ---------------------------------------------------------------------------------


def test_what_ones_code_did(browser: Any, zoho: Emulator, crm: Crm) -> None:
    (account, *_) = crm.accounts.list()
    contact = crm.contacts.create(last_name="Sandoval", account_name=account)
    browser.get(zoho.connection.api_domain)
    assert browser.title == "Overview · Acme Field Services"
    assert "98" in shown(browser)

    secret = zoho.connection.client_secret
    assert secret not in shown(browser)
    browser.find_element("css selector", ".connect summary").click()
    assert secret in shown(browser)

    follow(browser, "css selector", 'a[href="/_/modules/Contacts"]')
    assert "Sandoval" in shown(browser)
    click(browser, contact)
    assert browser.find_element("css selector", "h1").text == "Sandoval"
    click(browser, account.account_name)
    assert browser.find_element("css selector", "h1").text == account.account_name
    assert browser.current_url.endswith(f"/_/modules/Accounts/{account.id}")

    click(browser, "Requests")
    assert "POST" in shown(browser)
    browser.find_element("css selector", 'select[name="method"] option:nth-child(3)').click()
    follow(browser, "css selector", "form button")
    click(browser, "/crm/v8/Contacts")
    asked, answered = browser.find_elements("css selector", "pre")
    assert '"Last_Name": "Sandoval"' in asked.text
    assert f'"id": "{contact}"' in answered.text
    assert complaints(browser) == []


def test_it_fits_and_has_two_colours(browser: Any, zoho: Emulator, crm: Crm) -> None:
    zoho.inject(Fault("status", status=503, path="/crm/v8/Leads", times=1))
    leads = list(crm.leads.list())
    crm.leads.notes(leads[0]).add("w" * 400, title="W" * 120)
    zoho.inject(Fault("truncate", path="/crm/v8/Deals/" + "x" * 200))
    records = [f"/_/modules/Leads/{lead.id}" for lead in leads]
    pages = ["/", "/_/requests", "/_/requests/2", "/_/modules/Leads", "/_/nothing", *records]
    for pixels in (1280, 390):
        width(browser, pixels)
        for path in pages:
            browser.get(zoho.connection.api_domain + path)
            for summary in browser.find_elements("css selector", "summary"):
                summary.click()
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= pixels, (path, wide)
            assert colours(browser, "light") != colours(browser, "dark")
    said = [line for line in complaints(browser) if "/_/nothing" not in line]
    assert said == []


def test_it_loads_itself_again(browser: Any, zoho: Emulator, crm: Crm) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(zoho.connection.api_domain)
    click(browser, "2 s")
    crm.leads.create(last_name="Latecomer")
    wait = WebDriverWait(browser, 30)
    wait.until(lambda driver: "/crm/v8/Leads" in driver.page_source)
    assert complaints(browser) == []


# --- the consent page -------------------------------------------------------------------------


@pytest.fixture
def callback() -> Iterator[tuple[str, Callable[[], dict[str, str]]]]:
    """The redirect URI of a client that listens, and what came to it."""
    paths: list[str] = []
    came = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<link rel=icon href=data:,><p>Thank you"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            paths.append(self.path)
            came.set()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def answer() -> dict[str, str]:
        assert came.wait(20)
        query = parse_qs(urlsplit(paths[0]).query)
        return {name: value for name, (value,) in query.items()}

    yield f"http://127.0.0.1:{server.server_port}/callback", answer
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("button", ["Accept", "Reject"])
def test_consent(
    browser: Any,
    zoho: Emulator,
    callback: tuple[str, Callable[[], dict[str, str]]],
    button: str,
) -> None:
    redirect_uri, answer = callback
    parameters = {
        "scope": ",".join(scopes_of(["default"])),
        "client_id": zoho.connection.client_id,
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "redirect_uri": redirect_uri,
        "state": 'st&"<ate',
    }
    width(browser, 390)
    browser.get(f"{zoho.connection.accounts_url}/oauth/v2/auth?{urlencode(parameters)}")
    assert [each.text for each in browser.find_elements("css selector", ".scopes li")] == list(
        scopes_of(["default"])
    )
    assert redirect_uri in shown(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    follow(browser, "xpath", f"//button[text()='{button}']")
    came = answer()
    assert came.pop("state") == 'st&"<ate'
    if button == "Accept":
        assert came.pop("code").startswith("1000.")
        assert came == {"location": "us", "accounts-server": zoho.connection.accounts_url}
    else:
        assert came == {"error": "access_denied"}
    assert "Thank you" in browser.page_source
    assert complaints(browser) == []


def test_login_in_the_browser(
    browser: Any, zoho: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`zohohub-gen login` hands its address to a browser; this one goes there."""
    from selenium.webdriver.support.wait import WebDriverWait

    address = tmp_path / "address"
    script = tmp_path / "browser.py"
    script.write_text(
        "import os, sys\n"
        f"with open({str(address)!r} + '.new', 'w') as file: file.write(sys.argv[1])\n"
        f"os.replace({str(address)!r} + '.new', {str(address)!r})\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BROWSER", shlex.join([sys.executable, str(script), "%s"]))
    monkeypatch.setenv("ZOHO_CLIENT_ID", zoho.connection.client_id)
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", zoho.connection.client_secret)
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", zoho.connection.accounts_url)
    command = [sys.executable, "-m", "zohohub_gen", "login", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as login:
        try:
            WebDriverWait(browser, 60).until(lambda _: address.exists())
            browser.get(address.read_text())
            browser.find_element("xpath", "//button[text()='Accept']").click()
            token, notes = login.communicate(timeout=60)
        finally:
            login.kill()
    assert login.returncode == 0, notes
    assert token.startswith("1000.")
