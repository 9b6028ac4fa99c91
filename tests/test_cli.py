"""The command line, as its users meet it."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from zohohub_gen.cli import main
from zohohub_gen.emulator import Connection, Emulator, Fault
from zohohub_gen.emulator.limits import EDITIONS
from zohohub_gen.packaged import packaged
from zohohub_gen.terminal import Terminal, printable

ACME = packaged("acme") / "metadata"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, and no credentials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n")
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    # One process asks for one token; these tests are many.
    with Emulator(ACME, refresh_limit=1000) as emulator:
        yield emulator


def variables(connection: Connection) -> dict[str, str]:
    return {
        "ZOHO_CLIENT_ID": connection.client_id,
        "ZOHO_CLIENT_SECRET": connection.client_secret,
        "ZOHO_REFRESH_TOKEN": connection.refresh_token,
        "ZOHO_ACCOUNTS_URL": connection.accounts_url,
        "ZOHO_API_DOMAIN": connection.api_domain,
    }


@pytest.fixture
def credentials(zoho: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(zoho.connection).items():
        monkeypatch.setenv(name, value)
    zoho.clear_requests()
    zoho.clear_faults()


def snapshot(folder: Path) -> Path:
    """A snapshot folder of one's own."""
    shutil.copytree(ACME, folder / "zoho_metadata")
    return folder / "zoho_metadata"


def no_wait(_attempt: int) -> float:
    return 0.0


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on standard error, which begins with Error."""
    lines = [line for line in capsys.readouterr().err.splitlines() if "Error:" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")


# --- pull, generate, check --------------------------------------------------------------------


@pytest.mark.usefixtures("credentials")
def test_alone_it_pulls_and_generates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--package", "acme_crm", "--output", "src"]) == 0
    assert (tmp_path / "zoho_metadata" / "fields" / "Leads.json").is_file()
    assert "class Lead(Record)" in (tmp_path / "src" / "acme_crm" / "leads.py").read_text()
    captured = capsys.readouterr()
    assert re.search(
        r"^zoho_metadata: 27 modules, 23 read; 46 files created; 72 calls, 72 API credits\.$",
        captured.out,
        re.MULTILINE,
    )
    assert re.search(
        r"^src/acme_crm: 22 modules, \d+ fields; \d+ files created", captured.out, re.M
    )
    assert "from acme_crm import Crm" in captured.out
    assert "Reading 23 modules takes 71 more calls, about 71 API credits." in captured.err
    assert main(["check", "--package", "acme_crm", "--output", "src"]) == 0


@pytest.mark.usefixtures("credentials")
def test_without_arguments_it_follows_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.zohohub]\npackage = "acme_crm"\nmetadata = "meta"\nmodules = ["Leads", "Accounts"]\n'
    )
    assert main([]) == 0
    assert (tmp_path / "meta" / "modules.json").is_file()
    assert (tmp_path / "acme_crm" / "leads.py").is_file()
    assert not (tmp_path / "acme_crm" / "deals.py").exists()


@pytest.mark.usefixtures("credentials")
def test_a_second_pull_costs_two_calls(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull"]) == 0
    assert "Next: run `zohohub-gen generate`" in capsys.readouterr().out
    zoho.clear_requests()
    assert main(["pull"]) == 0
    out = capsys.readouterr().out
    assert "0 read; nothing has changed; 2 calls, 2 API credits." in out
    assert "Next" not in out
    assert len([each for each in zoho.requests if each.path.startswith("/crm/")]) == 2
    assert main(["pull", "--full"]) == 0
    assert "23 read; nothing has changed; 72 calls" in capsys.readouterr().out


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("arguments", [["-v", "pull"], ["pull", "-v"], ["pull", "--verbose"]])
def test_verbose_shows_the_calls_and_no_secret(
    arguments: list[str], zoho: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    captured = capsys.readouterr()
    everything = captured.out + captured.err
    assert (
        len(re.findall(r"^GET /crm/v8/settings/fields 200 in \d+ ms", captured.err, re.MULTILINE))
        == 22
    )
    assert "remark: Visits: has no fields" in captured.err
    assert "+ zoho_metadata/fields/Leads.json" in captured.out
    assert "and 2 more" not in captured.out
    connection = zoho.connection
    assert connection.client_secret not in everything
    assert connection.refresh_token not in everything
    assert "1000." not in everything


@pytest.mark.usefixtures("credentials")
def test_quiet_counts_what_verbose_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull"]) == 0
    captured = capsys.readouterr()
    assert "1 remark; -v shows them." in captured.err
    assert "GET /crm" not in captured.err
    assert "… and 34 more; -v shows them" in captured.out


@pytest.mark.usefixtures("credentials")
def test_a_retry_is_told(zoho: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    zoho.inject(Fault("status", status=429, path="/crm/v8/settings/modules", retry_after=0))
    assert main(["pull"]) == 0
    assert "TooManyRequests; again in 0.0 s" in capsys.readouterr().err


def test_generate_works_offline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot(tmp_path)
    assert main(["generate", "--modules", "Leads,Acc*", "--modules", "Deals"]) == 0
    made = {path.stem for path in (tmp_path / "zoho_crm").glob("*.py")}
    assert {"leads", "accounts", "deals", "client"} <= made
    assert "quotes" not in made
    captured = capsys.readouterr()
    assert "Next: commit zoho_crm, and use it: from zoho_crm import Crm" in captured.out
    assert "warning: Leads.Mood: " in captured.err
    assert main(["generate", "--modules", "Leads,Acc*", "--modules", "Deals"]) == 0
    assert "nothing has changed" in capsys.readouterr().out


def test_check_shows_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot(tmp_path)
    assert main(["generate"]) == 0
    assert main(["check"]) == 0
    assert "zoho_crm is what zoho_metadata gives." in capsys.readouterr().out
    leads = tmp_path / "zoho_crm" / "leads.py"
    made = leads.read_text()
    edited = made.replace('api("Company",', 'api("Compny",')
    assert edited != made
    leads.write_text(edited)
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    assert "--- a/zoho_crm/leads.py" in captured.out
    line = '    company: str | None = api("{}", default=ABSENT, max_length=200)'
    assert f"-{line.format('Compny')}" in captured.out
    assert f"+{line.format('Company')}" in captured.out
    assert "\033" not in captured.out
    assert "Error: zoho_crm is not what zoho_metadata gives; run `zohohub-gen generate`" in (
        captured.err
    )
    assert leads.read_text() == edited


def test_check_shows_as_much_of_a_difference_as_a_log_can_bear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot(tmp_path)
    assert main(["generate"]) == 0
    for path in (tmp_path / "zoho_crm").glob("*.py"):
        path.write_text(path.read_text() + "x = 1\n" * 50)
    capsys.readouterr()
    assert main(["check", "-v"]) == 1
    whole = capsys.readouterr().out.splitlines()
    assert main(["check"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[:-1] == whole[: len(shown) - 1]
    left = len(whole) - len(shown) + 1
    assert shown[-1] == f"… and {left} more lines; -v shows them"
    assert len(shown) - 1 == 4 + 200  # the lines that say what holds, and those of the diff


# --- what goes wrong --------------------------------------------------------------------------


def test_no_credentials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET and ZOHO_REFRESH_TOKEN" in error_of(capsys)
    assert not (tmp_path / "zoho_metadata").exists()


@pytest.mark.usefixtures("credentials")
def test_wrong_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", "1000.revoked")
    assert main(["pull"]) == 1
    message = error_of(capsys)
    assert "authorise again; nothing was written" in message
    assert "revoked or" in message
    assert "1000.revoked" not in message
    assert not (tmp_path / "zoho_metadata").exists()


@pytest.mark.usefixtures("credentials")
def test_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr("zohohub.auth.back_off", no_wait)
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", f"http://127.0.0.1:{port}")
    assert main(["pull"]) == 1
    assert "no connection" in error_of(capsys)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--metdata", "x"], "Did you mean '--metadata'? `zohohub-gen "),
        (["pull", "--metdata", "x"], "Did you mean '--metadata'? `zohohub-gen pull --help`"),
        (["generat"], "No such command 'generat'"),
        (["pull", "extra"], "unexpected extra argument"),
        (["generate", "--package", "a-b"], "--package is 'a-b', which is not a name to import"),
        (["generate", "--metadata", "missing"], "missing is not a folder; run `zohohub-gen pull`"),
        (["emulator", "--port", "99999"], "99999 is not in the range"),
        (["emulator", "--metadata", "missing"], "missing is not a folder"),
        (["emulator", "--fault-kinds", "429,fire"], "'fire' is no kind of fault"),
        (["emulator", "--fault-rate", "2"], "2.0 is not in the range"),
        (["emulator", "--latency", "soon"], "'soon' is no time; write 200ms, 1.5s or 5"),
        (["emulator", "--search-lag=-1"], "'-1' is no time"),
        (["emulator", "--edition", "tiny"], "'tiny' is not one of 'free', 'standard'"),
    ],
)
def test_wrong_usage(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert expected in error_of(capsys)


def test_wrong_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npackge = "x"\n')
    assert main(["generate"]) == 2
    assert error_of(capsys) == (
        "pyproject.toml: [tool.zohohub] has no key 'packge'; did you mean 'package'?"
    )


def test_broken_metadata(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (snapshot(tmp_path) / "fields" / "Leads.json").write_text('{"fields": [\n')
    assert main(["generate"]) == 1
    assert "Leads.json:2 is not JSON" in error_of(capsys)
    assert not (tmp_path / "zoho_crm").exists()


def test_the_unexpected_is_a_sentence_and_with_v_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_options: object, _work: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("zohohub_gen.pipeline.generate", broken)
    assert main(["generate"]) == 1
    captured = capsys.readouterr()
    assert captured.err == (
        "Error: unexpected ZeroDivisionError: oops; run with -v for the traceback\n"
    )
    assert main(["generate", "-v"]) == 1
    captured = capsys.readouterr()
    assert "Traceback (most recent call last)" in captured.err
    assert captured.err.endswith("Error: unexpected ZeroDivisionError: oops\n")


def test_a_label_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = snapshot(tmp_path) / "fields" / "Leads.json"
    content = json.loads(fields.read_text())
    content["fields"][0]["data_type"] = "evil\033[2J\u202etype\r"
    fields.write_text(json.dumps(content))
    main(["generate"])
    captured = capsys.readouterr()
    assert "\\x1b[2J\\u202etype\\r" in captured.err
    assert not set("\033\u202e\r") & set(captured.out + captured.err)


def test_neither_an_error_nor_the_log_begins_a_line_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    evil = "x\033[2J\n::error::y"
    assert main(["generate", "--metadata", evil]) == 2
    with Terminal().calls():
        logging.getLogger("zohohub").warning("GET /%s", evil)
    error, line = capsys.readouterr().err.splitlines()
    assert error.startswith("Error: x\\x1b[2J\\n::error::y is not a folder")
    assert line == "GET /x\\x1b[2J\\n::error::y"


def test_printable() -> None:
    assert printable("商談\u3000é 👩\u200d🔧\nx") == "商談\u3000é 👩\u200d🔧\nx"
    assert printable("\a\x9b\t\u2028\ufeff") == "\\x07\\x9b\\t\\u2028\\ufeff"


# --- help -------------------------------------------------------------------------------------


def test_help_names_every_command_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for word in ("pull", "generate", "check", "demo", "emulator", "ZOHO_REFRESH_TOKEN", "ZOHO_DC"):
        assert word in out
    assert "pull-and-generate" not in out


@pytest.mark.parametrize("command", ["pull", "generate", "check", "demo", "emulator"])
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-h"]) == 0
    assert f"Usage: zohohub-gen {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert version("zohohub") in capsys.readouterr().out


# --- processes --------------------------------------------------------------------------------


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60
    )


def test_help_imports_nothing_heavy() -> None:
    done = python(
        "import sys\n"
        "from zohohub_gen.cli import main\n"
        "code = main(['generate', '--help'])\n"
        "heavy = {'requests', 'jinja2', 'black', 'flask', 'rich', 'inflection', 'sqlglot',\n"
        "         'datamodel_code_generator', 'zohohub_gen.pipeline'}\n"
        "sys.exit(f'imported {heavy & sys.modules.keys()}' if heavy & sys.modules.keys() else code)"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("missing", "command", "extra"),
    [
        ("click", "pull", "zohohub[gen]"),
        ("jinja2", "generate", "zohohub[gen]"),
        ("flask", "emulator", "zohohub[gen,emulator]"),
    ],
)
def test_a_missing_extra_is_one_sentence(
    tmp_path: Path, missing: str, command: str, extra: str
) -> None:
    snapshot(tmp_path)
    done = python(
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "from zohohub_gen.cli import main\n"
        f"sys.exit(main([{command!r}]))"
    )
    assert done.returncode == 1
    assert done.stderr == f'Error: {missing} is not installed; run `pip install "{extra}"`\n'


def test_the_emulator_prints_one_line_and_stops_on_a_signal() -> None:
    arguments = [sys.executable, "-m", "zohohub_gen", "emulator"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        connection = json.loads(process.stdout.readline())
        assert set(connection) == {
            "accounts_url",
            "api_domain",
            "client_id",
            "client_secret",
            "refresh_token",
            "port",
        }
        environment = {**os.environ, **variables(Connection(**connection))}
        done = subprocess.run(
            [sys.executable, "-m", "zohohub_gen", "pull"],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, "27 modules" in done.stdout) == (0, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == ""


def test_the_emulator_serves_a_folder_on_a_port(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "fields").mkdir(parents=True)
    (folder / "fields" / "Leads.json").write_text(
        json.dumps({"fields": [{"api_name": "Last_Name", "data_type": "text"}]})
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    arguments = [
        *(sys.executable, "-m", "zohohub_gen", "emulator"),
        *("--metadata", str(folder), "--port", str(port)),
    ]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["port"] == port
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_the_variables_of_the_emulator_are_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "emulator.env"
    arguments = [sys.executable, "-m", "zohohub_gen", "emulator", "--env-file", str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, umask=0) as process:
        assert process.stdout is not None
        connection = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert f"export ZOHO_REFRESH_TOKEN={connection['refresh_token']}\n" in file.read_text()
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".zohohub-*"))


@pytest.mark.parametrize(
    ("options", "limits", "chance"),
    [
        ([], {}, None),
        (["--edition", "free"], {"credits": 5000, "concurrency": 5}, None),
        (["--edition", "free", "--credits", "7"], {"credits": 7, "concurrency": 5}, None),
        (
            ["--concurrency", "9", "--latency", "1ms", "--search-lag", "1.5s"],
            {"concurrency": 9, "latency": 0.001, "search_lag": 1.5},
            None,
        ),
        (
            ["--fault-rate", "0.25", "--fault-kinds", "429,cut", "--fault-seed", "7"],
            {},
            {"rate": 0.25, "kinds": ["429", "cut"], "seed": 7},
        ),
    ],
)
def test_the_emulator_takes_limits_and_faults(
    options: list[str], limits: dict[str, float], chance: object
) -> None:
    arguments = [sys.executable, "-m", "zohohub_gen", "emulator", *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        control = json.loads(process.stdout.readline())["api_domain"] + "/__emulator"
        shown = requests.get(f"{control}/limits", timeout=20).json()
        faults = requests.get(f"{control}/faults", timeout=20).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    none = {"credits": None, "concurrency": None, "latency": 0, "search_lag": 0, "credits_used": 0}
    assert shown == none | limits
    assert faults == {"faults": [], "random": chance}


def test_the_editions_of_the_help_are_those_of_the_emulator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["emulator", "--help"]) == 0
    assert "|".join(EDITIONS) in capsys.readouterr().out


def test_ctrl_c_ends_a_pull_at_once_and_writes_nothing(tmp_path: Path) -> None:
    # A shell that runs the tests in the background has Ctrl-C ignored, for their children too.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from zohohub_gen.cli import main; raise SystemExit(main())"
    )
    with Emulator(ACME) as zoho:
        zoho.inject(Fault("slow", times=100, seconds=4, path="/crm/v8/settings/fields"))
        environment = {**os.environ, **variables(zoho.connection)}
        with subprocess.Popen(
            [sys.executable, "-c", program, "pull"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            deadline = time.monotonic() + 20
            while not any(each.path.endswith("/users") for each in zoho.requests):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(0.3)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 130
            assert time.monotonic() - start < 2
            assert process.stderr is not None
            assert process.stderr.read().endswith(
                "Error: interrupted; what was not finished was not written\n"
            )
    assert not (tmp_path / "zoho_metadata").exists()


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    snapshot(tmp_path)
    done = subprocess.run(
        f"{sys.executable} -m zohohub_gen check | grep -m1 ^---",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("--- ")
    assert "BrokenPipe" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_colour_on_a_terminal_only_and_not_under_no_color(tmp_path: Path) -> None:
    import pty

    snapshot(tmp_path)

    def on_a_terminal(**more: str) -> str:
        reading, writing = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", **more}
        environment.pop("NO_COLOR", None) if not more else None
        with subprocess.Popen(
            [sys.executable, "-m", "zohohub_gen", "generate", "--output", "out" + "".join(more)],
            env=environment,
            stdout=writing,
            stderr=writing,
        ) as process:
            os.close(writing)
            output = b""
            while True:
                try:
                    chunk = os.read(reading, 65536)
                except OSError:  # what Linux says at the end
                    break
                if not chunk:
                    break
                output += chunk
            assert process.wait(timeout=60) == 0
        os.close(reading)
        return output.decode()

    assert "\033[33mwarning: Leads.Mood" in on_a_terminal()
    plain = on_a_terminal(NO_COLOR="1")
    assert "warning: Leads.Mood" in plain
    assert "\033" not in plain
