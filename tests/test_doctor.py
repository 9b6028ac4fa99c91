"""`zohohub-gen doctor`: each fault is produced for real, and named with what to do about it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from zohohub.data_centres import DATA_CENTRES, DataCentre
from zohohub.grants import OAuthClient
from zohohub.token_stores import FileTokenStore
from zohohub.tokens import Grant, Token
from zohohub_gen.cli import main
from zohohub_gen.command_options import settings_from
from zohohub_gen.doctor import ONLINE, examine
from zohohub_gen.emulator import Emulator, Fault, oauth
from zohohub_gen.packaged import packaged
from zohohub_gen.scopes import FEATURES, coverage

SUBJECTS = ["python", "configuration", "snapshot", "package", "credentials", *ONLINE]


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator(packaged("acme") / "metadata", refresh_limit=1000) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def project(zoho: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which everything is right."""
    zoho.reset()
    monkeypatch.chdir(tmp_path)
    shutil.copytree(packaged("acme") / "metadata", tmp_path / "zoho_metadata")
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n')
    for name in list(os.environ):
        if name.upper().startswith("ZOHO_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    to = zoho.connection
    monkeypatch.setenv("ZOHO_CLIENT_ID", to.client_id)
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", to.client_secret)
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", to.refresh_token)
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", to.accounts_url)
    monkeypatch.setenv("ZOHO_API_DOMAIN", to.api_domain)
    assert main(["generate"]) == 0
    return tmp_path


def run(
    capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, tuple[str, str]], str]:
    """The exit code, sign and text by subject, and everything that was printed."""
    capsys.readouterr()
    code = main(["doctor", *options])
    captured = capsys.readouterr()
    lines = [line.partition(": ") for line in captured.out.splitlines() if line[1:2] == " "]
    assert all(line.count("\n") == 0 for line in captured.out.splitlines())
    found = {head[2:]: (head[0], text) for head, _, text in lines}
    return code, found, captured.out + captured.err


def wrong(capsys: pytest.CaptureFixture[str], subject: str) -> str:
    """What is said about the one thing that is wrong."""
    code, found, _ = run(capsys)
    assert code == 1
    assert [name for name, (sign, _) in found.items() if sign == "✗"] == [subject]
    return found[subject][1]


def skipped(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [name for name, (sign, _) in run(capsys)[1].items() if sign == "–"]


def test_everything_is_right(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    zoho.clear_requests()
    code, found, everything = run(capsys)
    assert code == 0, everything
    assert list(found) == [*SUBJECTS, "credits"]
    assert {sign for sign, _ in found.values()} == {"✓"}
    assert found["scopes"][1] == f"allowed: {', '.join(FEATURES)}"
    assert found["time zone"][1].startswith("org Europe/Berlin (+0")
    assert found["language"][1] == "en_US, as in the snapshot"
    assert "ZOHO_CLIENT_SECRET" in found["configuration"][1]
    assert [each.path for each in zoho.requests] == [
        "/oauth/v2/token",
        "/crm/v8/org",
        "/crm/v8/users",
    ]
    assert "used 2; the token is free" in found["credits"][1]
    assert "Everything is right." in everything


# --- What can be seen here --------------------------------------------------------------------


def test_a_wrong_configuration(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text('[tool.zohohub]\npakage = "x"\n')
    assert "did you mean 'package'?" in wrong(capsys, "configuration")
    assert skipped(capsys) == SUBJECTS[2:]


def test_no_snapshot(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / "zoho_metadata")
    assert "run `zohohub-gen pull`" in wrong(capsys, "snapshot")
    assert skipped(capsys) == ["package"]


def test_a_damaged_snapshot(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "zoho_metadata" / "fields" / "Leads.json").write_text("{")
    assert "Leads.json" in wrong(capsys, "snapshot")


def test_no_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "zoho_metadata" / "names.json").unlink()
    assert "restore it from version control" in wrong(capsys, "snapshot")


def test_no_package(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / "acme_crm")
    assert "is no generated package: run `zohohub-gen generate`" in wrong(capsys, "package")


def test_an_edited_package(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / "acme_crm" / "leads.py").open("a") as file:
        file.write("# changed\n")
    assert "is not what zoho_metadata gives" in wrong(capsys, "package")


def test_a_package_for_another_runtime(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = project / "acme_crm" / "client.py"
    client.write_text(re.sub(r"interface=\d+", "interface=1", client.read_text()))
    assert "for interface 1 of zohohub, and the installed one has" in wrong(capsys, "package")


@pytest.mark.parametrize("name", ["ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"])
def test_missing_credentials(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(name)
    assert f"set {name} in the environment" in wrong(capsys, "credentials")
    assert skipped(capsys) == list(ONLINE)


# --- The token file ---------------------------------------------------------------------------


def token_file(zoho: Emulator, project: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Path:
    """A token file in place of the refresh token."""
    to = zoho.connection
    path = project / "tokens.json"
    values: dict[str, Any] = {
        "client_id": to.client_id,
        "accounts_url": to.accounts_url,
        "refresh_token": to.refresh_token,
        **more,
    }
    FileTokenStore(path).save(Grant(**values))
    monkeypatch.delenv("ZOHO_REFRESH_TOKEN")
    monkeypatch.setenv("ZOHO_TOKEN_FILE", str(path))
    return path


def test_a_token_file(
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = token_file(zoho, project, monkeypatch)
    before = path.read_bytes()
    code, found, everything = run(capsys)
    assert code == 0, everything
    assert "its owner alone can read it" in found["credentials"][1]
    assert path.read_bytes() == before
    path.chmod(0o644)
    assert "mode 644" in wrong(capsys, "credentials")
    assert "chmod 600" in wrong(capsys, "credentials")
    path.unlink()
    assert f"zohohub-gen login --store {path}" in wrong(capsys, "credentials")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"client_id": "1000.OTHER"}, "holds tokens of another client than ZOHO_CLIENT_ID"),
        ({"refresh_token": None}, "holds no refresh token"),
    ],
)
def test_a_token_file_that_does_not_fit(
    change: dict[str, Any],
    expected: str,
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token_file(zoho, project, monkeypatch, **change)
    assert expected in wrong(capsys, "credentials")


def test_two_refresh_tokens(
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token_file(zoho, project, monkeypatch, refresh_token="1000.other")
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", zoho.connection.refresh_token)
    assert "unset one of them" in wrong(capsys, "credentials")


def test_a_throttle_is_not_made_longer(
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import time

    token_file(zoho, project, monkeypatch, throttled_at=time.time())
    zoho.clear_requests()
    assert "wait 10 minutes" in wrong(capsys, "network")
    assert zoho.requests == []


# --- Credentials that Zoho refuses ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ZOHO_CLIENT_ID", "says invalid_client: ZOHO_CLIENT_ID is not known there"),
        ("ZOHO_CLIENT_SECRET", "says invalid_client_secret: ZOHO_CLIENT_SECRET is wrong"),
        ("ZOHO_REFRESH_TOKEN", "says invalid_code: ZOHO_REFRESH_TOKEN was revoked"),
    ],
)
def test_which_credential_is_wrong(
    name: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, "1000.wrong")
    text = wrong(capsys, "token")
    assert expected in text
    # What a wrong data centre answers too.
    assert ("set ZOHO_DC (us)" in text) == (name != "ZOHO_CLIENT_SECRET")
    assert skipped(capsys) == ["data centre", "scopes", "time zone", "language"]


def test_a_revoked_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(packaged("acme") / "metadata") as zoho:
        to = zoho.connection
        monkeypatch.setenv("ZOHO_CLIENT_ID", to.client_id)
        monkeypatch.setenv("ZOHO_CLIENT_SECRET", to.client_secret)
        monkeypatch.setenv("ZOHO_REFRESH_TOKEN", to.refresh_token)
        monkeypatch.setenv("ZOHO_ACCOUNTS_URL", to.accounts_url)
        monkeypatch.setenv("ZOHO_API_DOMAIN", to.api_domain)
        assert run(capsys)[0] == 0
        revoke = f"{to.accounts_url}/oauth/v2/token/revoke"
        requests.post(revoke, {"token": to.refresh_token}, timeout=10)
        assert "was revoked or is not known there" in wrong(capsys, "token")


def test_too_many_tokens(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    zoho.inject(Fault("status", status=429, path="/oauth/v2/token"))
    assert "because too many were asked for" in wrong(capsys, "token")


def test_another_data_centre(
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The token file knows where its last token was good for."""
    to = zoho.connection
    monkeypatch.setitem(
        DATA_CENTRES, "eu", DataCentre("eu", to.accounts_url, to.api_domain.partition("://")[2])
    )
    with Emulator(packaged("acme") / "metadata") as us:
        last = Token("1000.old", to.api_domain, 0.0)
        token_file(zoho, project, monkeypatch, accounts_url=us.connection.accounts_url, token=last)
        monkeypatch.setenv("ZOHO_ACCOUNTS_URL", us.connection.accounts_url)
        assert wrong(capsys, "token").endswith("and eu gave a token: set ZOHO_DC to eu")


def test_a_token_for_another_place(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    to = zoho.connection
    monkeypatch.setenv("ZOHO_API_DOMAIN", "https://www.zohoapis.eu")
    assert wrong(capsys, "data centre") == (
        f"the token is for {to.api_domain}, where every call goes, and https://www.zohoapis.eu is "
        f"configured: set ZOHO_API_DOMAIN to {to.api_domain}"
    )
    host = to.api_domain.partition("://")[2]
    monkeypatch.delenv("ZOHO_API_DOMAIN")
    monkeypatch.setitem(DATA_CENTRES, "eu", DataCentre("eu", to.accounts_url, host))
    assert wrong(capsys, "data centre").endswith("set ZOHO_DC to eu")
    monkeypatch.setenv("ZOHO_DC", "eu")
    monkeypatch.setenv("ZOHO_ENVIRONMENT", "sandbox")
    assert "that ZOHO_ENVIRONMENT names" in wrong(capsys, "data centre")


# --- Scopes -----------------------------------------------------------------------------------


def limit(zoho: Emulator, monkeypatch: pytest.MonkeyPatch, *scopes: str) -> None:
    """Take a refresh token with these scopes."""
    to = zoho.connection
    client = OAuthClient(to.client_id, to.client_secret, accounts_url=to.accounts_url)
    grant = client.exchange_code(zoho.grant_code(scopes))
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", str(grant.refresh_token))


def test_scopes_that_are_missing(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limit(zoho, monkeypatch, "ZohoCRM.modules.READ", "ZohoCRM.settings.ALL", "ZohoCRM.users.READ")
    text = wrong(capsys, "scopes")
    assert text.startswith("allowed: users, variables, recycle_bin; in part: pull, records, ")
    assert "`pull` needs ZohoCRM.settings.modules.READ" in text
    assert skipped(capsys) == ["time zone"]


def test_a_token_that_reads_metadata_alone_is_right(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limit(zoho, monkeypatch, *FEATURES["pull"])
    code, found, _ = run(capsys)
    assert code == 0
    assert found["scopes"][1].startswith("allowed: pull, org, users; ")


def test_scopes_that_the_answer_does_not_tell_are_tried(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell = oauth.Accounts._answer  # pyright: ignore[reportPrivateUsage]  # as some answers of Zoho's

    def silent(self: oauth.Accounts, *arguments: Any) -> Any:
        return {k: v for k, v in tell(self, *arguments).items() if k != "scope"}

    monkeypatch.setattr(oauth.Accounts, "_answer", silent)
    limit(zoho, monkeypatch, *FEATURES["pull"], *FEATURES["queries"])
    zoho.clear_requests()
    code, found, _ = run(capsys)
    assert code == 0
    assert found["scopes"][1] == (
        "reading is allowed: pull, records, queries; not allowed: tags, variables; not known: "
        "search, notes, attachments, files, bulk, mass_update, change_owner, composite, "
        "notifications, org, users, recycle_bin"
    )
    assert len([each for each in zoho.requests if each.path.startswith("/crm/")]) == 7
    limit(zoho, monkeypatch, "ZohoCRM.org.READ", "ZohoCRM.users.READ")
    assert "not allowed: pull, records" in wrong(capsys, "scopes")


@pytest.mark.parametrize(
    ("granted", "feature", "expected"),
    [
        (["ZohoCRM.modules.ALL"], "records", "all"),
        (["ZohoCRM.modules.READ", "ZohoCRM.modules.WRITE"], "records", "some"),
        (
            ["ZohoCRM.modules.READ", "ZohoCRM.modules.WRITE", "ZohoCRM.modules.DELETE"],
            "records",
            "all",
        ),
        (["ZohoCRM.modules.leads.READ"], "records", "some"),
        (["ZohoCRM.settings.ALL"], "tags", "some"),
        (["ZohoCRM.settings.ALL", "zohocrm.modules.all"], "tags", "all"),
        (["ZohoCRM.settings.ALL"], "records", "none"),
        ([], "pull", "none"),
    ],
)
def test_coverage(granted: list[str], feature: str, expected: str) -> None:
    assert coverage(granted, feature) == expected


# --- The way there, and the clock -------------------------------------------------------------


def test_a_clock_that_is_wrong(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    zoho.advance(60)
    assert run(capsys)[1]["clock"][0] == "✓"
    zoho.advance(240)
    text = wrong(capsys, "clock")
    assert re.match(r"(299|300|301) seconds behind the server, so `modified_since`", text)
    assert "NTP" in text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def test_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", url)
    assert wrong(capsys, "network") == (
        f"{url} refused the connection: is the address right, and its port?"
    )
    assert skipped(capsys) == list(ONLINE[1:])


def test_a_name_that_nobody_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", "https://accounts.zoho.invalid")
    assert "has no address: is accounts.zoho.invalid spelled right" in wrong(capsys, "network")


def test_no_tls(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = zoho.connection.accounts_url.replace("http:", "https:")
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", url)
    assert f"{url} does not speak TLS" in wrong(capsys, "network")


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def https_server() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # clients that hang up
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with https_server() as url:
        monkeypatch.setenv("ZOHO_ACCOUNTS_URL", url)
        assert "a certificate that is not trusted: name your company's certificates by " in wrong(
            capsys, "network"
        )


def test_certificates_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    assert "/nowhere.pem" in wrong(capsys, "network")


def test_a_proxy_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:canary@127.0.0.1:{port}")
    code, found, everything = run(capsys, "-v")
    assert code == 1
    assert found["network"][1].endswith(f"(through the proxy 127.0.0.1:{port} of HTTP_PROXY)")
    assert "canary" not in everything


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("html", path="/oauth/"), "an HTML page (HTTP 502)"),
        (Fault("html", path="/crm/"), "an HTML page (HTTP 502)"),
        (Fault("truncate", path="/oauth/", declare_length=False), "something that is not JSON"),
        (Fault("truncate", path="/crm/", declare_length=False), "something that is not JSON"),
        (Fault("truncate", path="/oauth/"), "cannot be reached"),
        (Fault("cut_before", path="/crm/"), "cannot be reached"),
        (Fault("status", status=503, path="/crm/"), "SERVICE_UNAVAILABLE"),
    ],
)
def test_answers_that_are_none(
    fault: Fault, expected: str, zoho: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    zoho.inject(fault)
    code, found, _ = run(capsys)
    assert code == 1
    assert found["network"][0] == "✗"
    assert expected in found["network"][1]
    assert "access_token" not in found["network"][1]
    assert found["scopes"][0] == "–"


@pytest.mark.parametrize("path", ["/oauth/", "/crm/"])
def test_an_answer_that_takes_too_long(path: str, zoho: Emulator) -> None:
    zoho.inject(Fault("slow", seconds=5, path=path))
    found = list(examine(Path(), os.environ, settings_from, timeout=(1, 0.2)))
    (network,) = [each for each in found if each.subject == "network" and each.state == "wrong"]
    assert "did not answer in time" in network.text


def test_a_refused_access_token(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    zoho.inject(Fault("status", status=401, path="/crm/", times=2))
    assert "refuses the token: is ZOHO_API_DOMAIN, or ZOHO_ENVIRONMENT" in run(capsys)[2]


# --- The org ----------------------------------------------------------------------------------


def test_another_language(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "zoho_metadata" / "org.json"
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(content | {"language": "de_DE"}), "utf-8")
    assert "the snapshot are de_DE, and those of this token's user en_US" in wrong(
        capsys, "language"
    )


def test_a_machine_in_another_time_zone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        text = run(capsys)[1]["time zone"][1]
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert text.endswith("this machine JST (+0900); today here may be another day there")


def test_no_secret_is_printed(
    zoho: Emulator,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    to = zoho.connection
    secrets = [to.client_secret, to.refresh_token, "canary"]
    printed = run(capsys, "-v")[2]
    for name in ("ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "canary")
            printed += run(capsys, "-v")[2]
    for fault in ("html", "truncate", "cut_after"):
        for path in ("/oauth/", "/crm/"):
            zoho.inject(Fault(fault, path=path, declare_length=False))
            printed += run(capsys, "-v")[2]
    token_file(zoho, project, monkeypatch, refresh_token="canary")
    printed += run(capsys, "-v")[2]
    assert "POST /oauth/v2/token 200" in printed
    assert [each for each in secrets if each in printed] == []
    assert not re.search(r"1000\.[0-9a-f]{32}", printed)
