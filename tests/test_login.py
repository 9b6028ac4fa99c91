"""`zohohub-gen login`, with a browser that a script drives."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from zohohub.auth import Auth
from zohohub.token_stores import FileTokenStore
from zohohub_gen.cli import main
from zohohub_gen.config import load
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.emulator import Emulator, Fault
from zohohub_gen.packaged import packaged
from zohohub_gen.scopes import scopes_of

BROWSER = """
import sys
from urllib.parse import parse_qsl, urlsplit
import requests

print("the browser prints to standard output")
url, decision = sys.argv[2], sys.argv[1]
page = requests.get(url, timeout=5)
assert page.ok and "<form" in page.text, page.text
form = dict(parse_qsl(urlsplit(url).query)) | {"decision": decision}
end = requests.post(url.partition("?")[0], data=form, timeout=5)
sys.stderr.write(f"{end.status_code} {urlsplit(end.url).path} {end.text}")
"""


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator(packaged("acme") / "metadata", refresh_limit=1000) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _project(zoho: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, and a client without a refresh token."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n")
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    to = zoho.connection
    monkeypatch.setenv("ZOHO_CLIENT_ID", to.client_id)
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", to.client_secret)
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", to.accounts_url)
    zoho.clear_requests()


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the browser press a button."""
    script = tmp_path / "browser.py"
    script.write_text(BROWSER)

    def press(decision: str) -> None:
        monkeypatch.setenv("BROWSER", shlex.join([sys.executable, str(script), decision, "%s"]))

    return press


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zohohub_gen", "login", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def works(zoho: Emulator, refresh_token: str) -> bool:
    to = zoho.connection
    auth = Auth(to.client_id, to.client_secret, refresh_token, accounts_url=to.accounts_url)
    try:
        return auth.token().is_fresh()
    finally:
        auth.close()


# --- in the browser ---------------------------------------------------------------------------


def test_the_token_alone_is_on_standard_output(
    zoho: Emulator, browser: Callable[[str], None]
) -> None:
    browser("accept")
    done = run("--port", "0")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"1000\.[0-9a-f]+\.[0-9a-f]+\n", done.stdout)
    assert works(zoho, done.stdout.strip())
    assert "the browser prints to standard output" in done.stderr
    assert re.search(
        r"redirect URI in Zoho's API console: http://127\.0\.0\.1:\d+/callback$",
        done.stderr,
        re.MULTILINE,
    )
    assert "200 /callback <!doctype html>" in done.stderr
    assert "<h1>Thank you</h1>" in done.stderr
    assert f"ZOHO_ACCOUNTS_URL to {zoho.connection.accounts_url}" in done.stderr
    assert zoho.connection.client_secret not in done.stderr
    assert done.stdout.strip() not in done.stderr
    asked = next(each for each in zoho.requests if each.method == "GET")
    assert asked.query["scope"].split(",") == list(scopes_of(["default"]))
    assert (asked.query["access_type"], asked.query["prompt"]) == ("offline", "consent")
    assert len(asked.query["state"]) >= 43


def test_stored_tokens_are_what_the_other_commands_and_the_package_use(
    zoho: Emulator,
    browser: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    browser("accept")
    file = tmp_path / "tokens.json"
    assert main(["login", "--port", "0", "--store", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"export ZOHO_TOKEN_FILE={file}" in captured.err
    stored = json.loads(file.read_text())
    assert zoho.connection.client_secret not in file.read_text()
    for secret in (stored["refresh_token"], stored["access_token"]):
        assert secret not in captured.err
    zoho.clear_requests()
    monkeypatch.setenv("ZOHO_TOKEN_FILE", str(file))
    assert main(["pull"]) == 0
    assert (tmp_path / "zoho_metadata" / "modules.json").is_file()
    # The access token of the login was good enough.
    assert not any(each.path.startswith("/oauth/") for each in zoho.requests)


def test_a_second_login_replaces_what_is_stored(
    zoho: Emulator,
    browser: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser("accept")
    file = tmp_path / "tokens.json"
    file.write_text("damaged")
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\ntoken_file = "tokens.json"\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    tokens: set[str | None] = set()
    for _ in range(2):
        assert main(["login", "--port", "0"]) == 0
        grant = FileTokenStore(file).load()
        assert grant is not None
        tokens.add(grant.refresh_token)
    assert len(tokens) == 2
    asked = [each.query["state"] for each in zoho.requests if each.method == "GET"]
    assert len(set(asked)) == 2  # nobody can guess the next one


def test_a_user_who_denies(
    browser: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    browser("deny")
    assert main(["login", "--port", "0"]) == 1
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "Error: Zoho gave no code: access_denied; authorise again" in captured.err


def test_other_scopes(zoho: Emulator, browser: Callable[[str], None]) -> None:
    browser("accept")
    scopes = ["--scopes", "ZohoCRM.apis.READ, files", "--scopes", "org"]
    assert main(["login", "--port", "0", *scopes]) == 0
    asked = next(each for each in zoho.requests if each.method == "GET")
    assert asked.query["scope"] == (
        "ZohoCRM.apis.READ,ZohoCRM.Files.READ,ZohoCRM.Files.CREATE,ZohoCRM.org.READ"
    )


def test_a_feature_that_there_is_not_is_told_before_anything_happens(
    zoho: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "--port", "0", "--scopes", "bluk"]) == 2
    assert "'bluk' is no scope of Zoho's and no feature" in capsys.readouterr().err
    assert zoho.requests == []


# --- the loopback -----------------------------------------------------------------------------


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A login that waits for its answer, and the address of the consent page."""
    monkeypatch.setenv("BROWSER", shlex.join([sys.executable, "-c", "pass", "%s"]))
    with subprocess.Popen(
        [sys.executable, "-m", "zohohub_gen", "login", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        address = next(line for line in process.stderr if "/oauth/v2/auth?" in line).strip()
        yield process, address
        process.kill()


def test_the_loopback_takes_one_answer_and_only_its_own(
    zoho: Emulator, waiting: tuple[subprocess.Popen[str], str]
) -> None:
    process, address = waiting
    asked = dict(parse_qsl(urlsplit(address).query))
    redirect_uri = asked["redirect_uri"]
    port = urlsplit(redirect_uri).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port)):  # a browser that opens more than it needs
        for query, status in (
            ({"code": "1000.forged", "state": "guessed"}, 400),
            ({"code": "1000.forged"}, 400),
            ({"code": "1000.forged", "state": asked["state"][:-1]}, 400),
            ({"error": "access_denied", "state": "guessed"}, 400),
        ):
            answer = requests.get(redirect_uri, params=query, timeout=5)
            assert (answer.status_code, "Not the answer" in answer.text) == (status, True)
        root = redirect_uri.removesuffix("/callback")
        assert requests.get(f"{root}/favicon.ico", timeout=5).status_code == 404
        assert requests.post(redirect_uri, timeout=5).status_code == 501
        assert process.poll() is None

        page = address.partition("?")[0]
        sent = requests.post(page, asked | {"decision": "accept"}, timeout=5)
        assert sent.status_code == 200
        assert sent.headers["Referrer-Policy"] == "no-referrer"
        assert sent.headers["Cache-Control"] == "no-store"
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert works(zoho, out.strip())
    assert "code=" not in err
    with pytest.raises(requests.ConnectionError):
        requests.get(redirect_uri, timeout=5)


def test_a_second_answer_is_refused(
    zoho: Emulator, waiting: tuple[subprocess.Popen[str], str]
) -> None:
    process, address = waiting
    asked = dict(parse_qsl(urlsplit(address).query))
    zoho.inject(Fault("slow", path="/oauth/v2/token", seconds=1))
    requests.post(address.partition("?")[0], asked | {"decision": "accept"}, timeout=5)
    again = {"code": "1000.other", "state": asked["state"]}
    answer = requests.get(asked["redirect_uri"], params=again, timeout=5)
    assert (answer.status_code, "Used before" in answer.text) == (400, True)
    out, _ = process.communicate(timeout=20)
    assert works(zoho, out.strip())


def test_a_refusal_may_come_without_the_state(
    waiting: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = waiting
    (redirect_uri,) = parse_qs(urlsplit(address).query)["redirect_uri"]
    answer = requests.get(redirect_uri, params={"error": "no_org"}, timeout=5)
    assert "<h1>Not authorised</h1>" in answer.text
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert "Error: Zoho gave no code: no_org; authorise again" in err


def test_what_a_page_sends_is_shown_as_text(
    waiting: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = waiting
    (redirect_uri,) = parse_qs(urlsplit(address).query)["redirect_uri"]
    hostile = "\x1b]0;pwned\x07<script>\r\nError: " + "x" * 10_000
    answer = requests.get(redirect_uri, params={"error": hostile}, timeout=5)
    assert "script" not in answer.text
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert "Error: Zoho gave no code: ]0;pwned<script>Error: xxx" in err
    assert "\x1b" not in err
    assert len(err) < 3000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_loopback_listens_on_this_machine_only(
    waiting: tuple[subprocess.Popen[str], str],
) -> None:
    _, address = waiting
    (redirect_uri,) = parse_qs(urlsplit(address).query)["redirect_uri"]
    port = f"{urlsplit(redirect_uri).port:04X}"
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        if (file := Path("/proc/net") / table).exists()
        for line in file.read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port}")
    ]
    assert listening == [f"0100007F:{port}"]


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BROWSER", shlex.join([sys.executable, "-c", "exit(1)", "%s"]))
    monkeypatch.setattr("zohohub_gen.login._PATIENCE", 2)
    begin = time.monotonic()
    threads = threading.active_count()
    assert main(["login", "--port", "0"]) == 1
    assert time.monotonic() - begin < 6
    err = capfd.readouterr().err
    assert "No browser could be opened: go to the address above." in err
    assert "Error: no answer came within 2 seconds: run `zohohub-gen login` again" in err
    assert threading.active_count() <= threads


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["login", "--port", str(port)]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"Error: port {port} on 127.0.0.1 cannot be used")
    assert "--port" in err


# --- with a code ------------------------------------------------------------------------------


def test_a_code_of_a_self_client(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    code = zoho.grant_code()
    assert main(["login", "--code", code]) == 0
    assert works(zoho, capsys.readouterr().out.strip())
    assert main(["login", "--code", code]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the code was used before" in captured.err
    assert code not in captured.err


def test_a_code_from_standard_input_is_no_argument(zoho: Emulator) -> None:
    code = zoho.grant_code()
    with subprocess.Popen(
        [sys.executable, "-m", "zohohub_gen", "login", "--code", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if (arguments := Path(f"/proc/{process.pid}/cmdline")).exists():
            assert code not in arguments.read_text()
        out, err = process.communicate(f"{code}\n", timeout=30)
    assert (process.returncode, code in err) == (0, False), err
    assert works(zoho, out.strip())


def test_no_code_on_standard_input(
    zoho: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["login", "--code", "-"]) == 1
    assert "Error: there is no code to exchange" in capsys.readouterr().err
    assert zoho.requests == []


def test_a_code_is_not_spent_where_its_tokens_cannot_be_stored(
    zoho: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    code = zoho.grant_code()
    assert main(["login", "--code", code, "--store", "file/tokens.json"]) == 2
    assert "tokens.json cannot be" in capsys.readouterr().err
    assert zoho.requests == []
    assert main(["login", "--code", code, "--store", "tokens.json"]) == 0


def test_scopes_of_a_code_were_chosen_before(
    zoho: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "--code", "1000.c", "--scopes", "all"]) == 2
    assert "--scopes goes to the consent page" in capsys.readouterr().err
    assert zoho.requests == []


# --- settings ---------------------------------------------------------------------------------


def test_the_client_is_needed_and_no_refresh_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ZOHO_CLIENT_SECRET")
    assert main(["login", "--code", "1000.c"]) == 2
    err = capsys.readouterr().err
    assert "set ZOHO_CLIENT_SECRET in the environment" in err
    assert "ZOHO_REFRESH_TOKEN" not in err


def test_the_token_file_stands_for_the_refresh_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\ntoken_file = "~/t.json"\n')
    settings = load(tmp_path, os.environ)
    assert settings.token_file == tmp_path / "t.json"
    assert repr(settings.auth()) == f"Auth(store=FileTokenStore({str(tmp_path / 't.json')!r}))"
    settings = load(tmp_path, {**os.environ, "ZOHO_TOKEN_FILE": "other.json"})
    assert settings.token_file == Path("other.json")
    assert load(tmp_path, os.environ, token_file=Path("x")).token_file == Path("x")
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(ConfigurationError, match="set ZOHO_REFRESH_TOKEN in the environment"):
        load(tmp_path, os.environ).auth()


def test_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "ZOHO_TOKEN_FILE" in capsys.readouterr().out
    assert main(["login", "--help"]) == 0
    out = capsys.readouterr().out
    for word in ("Examples:", "--code", "--store", "--scopes", "127.0.0.1:8421/callback"):
        assert word in out


def test_the_docs_name_the_redirect_uri() -> None:
    page = Path(__file__).parents[1] / "docs" / "how-to" / "tokens.md"
    assert "http://127.0.0.1:8421/callback" in page.read_text(encoding="utf-8")
