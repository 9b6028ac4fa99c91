"""Configuration, tokens, raw calls, commands of from-zoho-hub.md; see test_zoho_hub_table.py."""

from __future__ import annotations

import io
import json
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from acme_crm import Crm, Lead
from zohohub import Auth, FileTokenStore, Grant, OAuthClient
from zohohub.errors import AuthError, ConfigurationError, InvalidCredentials
from zohohub.facts import facts_of
from zohohub_gen.emulator import Emulator, Fault

from tests.support.packages import SAMPLE

from .bindings import calls

LENA = "6100000000000401001"
REDIRECT = "https://app.example/back"
SCOPES = ["ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.notifications.ALL"]

BROWSER = """
import sys
from urllib.parse import parse_qsl, urlsplit
import requests

form = dict(parse_qsl(urlsplit(sys.argv[1]).query)) | {"decision": "accept"}
requests.post(sys.argv[1].partition("?")[0], data=form, timeout=5).raise_for_status()
"""


@pytest.fixture
def environment(acme: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The variables of the emulator's org, in an empty folder."""
    to = acme.connection
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ZOHO_CLIENT_ID", to.client_id)
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", to.client_secret)
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", to.refresh_token)
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", to.accounts_url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n")
    return tmp_path


@pytest.fixture
def client(acme: Emulator) -> OAuthClient:
    to = acme.connection
    return OAuthClient(to.client_id, to.client_secret, accounts_url=to.accounts_url)


@pytest.fixture
def credentials(acme: Emulator) -> tuple[str, str, str]:
    return acme.connection.client_id, acme.connection.client_secret, acme.connection.refresh_token


def consent(url: str) -> dict[str, str]:
    """What the user's browser brings to the redirect URI."""
    form = dict(parse_qsl(urlsplit(url).query)) | {"decision": "accept"}
    answer = requests.post(url.partition("?")[0], data=form, timeout=5, allow_redirects=False)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def granted(client: OAuthClient) -> Grant:
    url = client.authorization_url(SCOPES, redirect_uri=REDIRECT, state="s")
    return client.exchange_redirect(consent(url), state="s", redirect_uri=REDIRECT)


def run(command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command line of the table, with this Python, and the sample package to import."""
    program, *arguments = shlex.split(command)
    module = ["-m", "zohohub_gen"] if program == "zohohub-gen" else []
    return subprocess.run(
        [sys.executable, *module, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(SAMPLE), *sys.path])},
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


# --- configuration ----------------------------------------------------------------------------


def test_configure(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = Crm.from_env()
    with crm:
        assert crm.leads.exists(LENA)
    monkeypatch.delenv("ZOHO_CLIENT_ID")
    monkeypatch.delenv("ZOHO_CLIENT_SECRET")
    with pytest.raises(ConfigurationError, match="set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET in"):
        Crm.from_env()


@pytest.mark.parametrize("centre", ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"])
def test_api_domain(centre: str) -> None:
    credentials = "1000.ID", "secret", "1000.token"
    auth = Auth(*credentials, data_centre=centre, environment="sandbox")
    assert "sandbox" in repr(auth)
    with pytest.raises(ConfigurationError, match="data centre"):
        Auth(*credentials, data_centre="mars")


def test_debug(crm: Crm, acme: Emulator) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger = logging.getLogger("zohohub")
    logger.addHandler(handler)
    try:
        logging.getLogger("zohohub").setLevel(logging.DEBUG)
        crm.leads.get(LENA)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert f"GET /crm/v8/Leads/{LENA} 200" in log.getvalue()
    assert acme.connection.refresh_token not in log.getvalue()
    assert "access_token" not in log.getvalue()


# --- connection -------------------------------------------------------------------------------


def test_setup_connection(acme: Emulator) -> None:
    to = acme.connection
    auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
    crm = Crm(auth)
    with crm, Crm(auth) as second:
        # As many as one likes; nothing is global.
        assert crm.leads.get(LENA) == second.leads.get(LENA)


def test_get(crm: Crm) -> None:
    answer = crm.request("GET", "settings/fields", params={"module": "Leads"})
    assert answer.json is not None
    assert "Last_Name" in [field["api_name"] for field in answer.json["fields"]]


def test_post(crm: Crm) -> None:
    answer = crm.request("POST", "Leads", json={"data": [{"Last_Name": "Ito"}]})
    assert answer.json is not None
    assert crm.leads.get(answer.json["data"][0]["details"]["id"]).last_name == "Ito"


def test_put(crm: Crm) -> None:
    lead_id = LENA
    crm.request("PUT", f"Leads/{lead_id}", json={"data": [{"City": "Graz"}]})
    assert crm.leads.get(LENA).city == "Graz"


def test_delete(crm: Crm) -> None:
    lead_id = LENA
    crm.request("DELETE", f"Leads/{lead_id}")
    assert not crm.leads.exists(LENA)


def test_access_token(acme: Emulator) -> None:
    to = acme.connection
    auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
    token = auth.token()
    auth.close()
    assert token.is_fresh()
    assert token.api_domain == to.api_domain


# --- tokens -----------------------------------------------------------------------------------


def test_auth_url(client: OAuthClient) -> None:
    url = client.authorization_url(SCOPES, redirect_uri=REDIRECT, state="s")
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["scope"] == ",".join(SCOPES)
    assert (query["access_type"], query["prompt"], query["state"]) == ("offline", "consent", "s")
    back = consent(url)
    grant = client.exchange_redirect(back, state="s", redirect_uri=REDIRECT)
    assert grant.refresh_token
    with pytest.raises(AuthError, match="state differs"):
        client.exchange_redirect(back, state="of another user", redirect_uri=REDIRECT)


def test_get_token(client: OAuthClient, acme: Emulator) -> None:
    # A self client's code, as the API console shows it.
    code = acme.grant_code()
    grant = client.exchange_code(code)
    assert grant.refresh_token
    (call,) = [each for each in acme.requests if each.path == "/oauth/v2/token"]
    assert call.query == {}  # secrets are in the body: addresses end up in logs
    with pytest.raises(InvalidCredentials):
        client.exchange_code(code)


def test_refresh_token(client: OAuthClient, acme: Emulator) -> None:
    to = acme.connection
    auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
    old = auth.token()
    token = auth.renew(old)
    assert token.access_token != old.access_token
    assert auth.token() is token
    auth.close()


def test_revoke_refresh_token(client: OAuthClient, acme: Emulator) -> None:
    grant = granted(client)
    client.revoke(grant)
    to = acme.connection
    auth = Auth(to.client_id, to.client_secret, grant.refresh_token, accounts_url=to.accounts_url)
    with pytest.raises(InvalidCredentials):
        auth.token()
    auth.close()


def test_automatic_refresh(crm: Crm, acme: Emulator) -> None:
    crm.leads.get(LENA)
    acme.inject(Fault("expire_token"))
    acme.clear_requests()
    crm.leads.update(LENA, city="Graz")
    assert [call.path for call in acme.requests].count("/oauth/v2/token") == 1
    assert len(calls(acme, "PUT")) == 2
    assert crm.leads.get(LENA).city == "Graz"


def test_on_refresh(acme: Emulator, tmp_path: Path, credentials: tuple[str, str, str]) -> None:
    made: list[Grant] = []
    store = FileTokenStore(tmp_path / "tokens.json")
    at = acme.connection.accounts_url
    auth = Auth(*credentials, accounts_url=at, store=store, on_refresh=made.append)
    token = auth.token()
    auth.close()
    assert [grant.token for grant in made] == [token]
    assert store.load() == made[0]
    # The next process takes what is stored.
    acme.clear_requests()
    assert Auth(*credentials, accounts_url=at, store=store).token() == token
    assert acme.requests == []


# --- commands ---------------------------------------------------------------------------------


def test_callback_server(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (environment / "browser.py").write_text(BROWSER)
    browser = [sys.executable, str(environment / "browser.py"), "%s"]
    monkeypatch.setenv("BROWSER", shlex.join(browser))
    monkeypatch.delenv("ZOHO_REFRESH_TOKEN")
    done = run("zohohub-gen login --port 0 --store tokens.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    monkeypatch.setenv("ZOHO_TOKEN_FILE", "tokens.json")
    with Crm.from_env() as crm:
        assert crm.leads.exists(LENA)


def test_read_modules(environment: Path) -> None:
    done = run("zohohub-gen pull --metadata zoho_metadata")
    assert done.returncode == 0, done.stderr
    saved = json.loads((environment / "zoho_metadata" / "fields" / "Leads.json").read_text())
    assert "Last_Name" in [field["api_name"] for field in saved["fields"]]
    again = run("zohohub-gen pull --metadata zoho_metadata")
    assert "nothing has changed; 2 calls" in again.stdout + again.stderr


def test_console(environment: Path) -> None:
    command = "python -i -c 'from acme_crm import Crm; crm = Crm.from_env()'"
    done = run(command, typed=f"print(crm.leads.get({LENA!r}).last_name)\n")
    assert done.stdout == "Brandt\n", done.stderr


# --- metadata ---------------------------------------------------------------------------------


def test_build_from_cache(
    environment: Path, acme: Emulator, copy_acme: Callable[[Path], Path]
) -> None:
    copy_acme(environment).rename(environment / "zoho_metadata")
    acme.clear_requests()
    done = run("zohohub-gen generate --package my_crm")
    assert done.returncode == 0, done.stderr
    assert acme.requests == []
    assert (environment / "my_crm" / "leads.py").read_text() == (
        SAMPLE / "acme_crm" / "leads.py"
    ).read_text()


def test_attribute_translation(environment: Path, copy_acme: Callable[[Path], Path]) -> None:
    copy_acme(environment).rename(environment / "zoho_metadata")
    # Names that were given before are kept; this org is new.
    (environment / "zoho_metadata" / "names.json").unlink()
    line = '"Leads.Annual_Revenue" = "revenue"'
    (environment / "pyproject.toml").write_text(f"[tool.zohohub.names]\n{line}\n")
    done = run("zohohub-gen generate")
    assert done.returncode == 0, done.stderr
    source = (environment / "zoho_crm" / "leads.py").read_text()
    assert 'revenue: Decimal | None = api("Annual_Revenue"' in source
    assert "annual_revenue" not in source


def test_settings_modules(crm: Crm) -> None:
    answer = crm.request("GET", "settings/modules")
    assert answer.json is not None
    names = {module["api_name"] for module in answer.json["modules"]}
    assert {"Leads", "Site_Visits"} <= names


def test_settings_fields(crm: Crm) -> None:
    facts = facts_of(Lead)["last_name"]
    assert facts.get("required") is True
    assert facts_of(Lead)["weighted_value"].get("read_only") is True
