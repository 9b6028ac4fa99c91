"""`zohohub-gen console`, in processes of its own: at a terminal, by -c, and by standard input."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Emulator
from zohohub_gen.packaged import packaged

from tests.support.packages import REPOSITORY
from tests.support.pseudo_terminal import terminal

ACME = packaged("acme") / "metadata"
COMMAND = [sys.executable, "-m", "zohohub_gen", "console"]
GENERATED = "Generated acme_crm from the sample org in a temporary folder.\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and nothing of the environment that could lead to an org."""
    for name in list(os.environ):
        if name.upper().startswith("ZOHO_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("project", "temporary", "ipython"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.chdir(tmp_path / "project")
    Path("pyproject.toml").write_text('[tool.zohohub]\npackage = "my_crm"\n', encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(project: Path, tmp_path: Path) -> Iterator[None]:
    yield
    assert list((tmp_path / "temporary").iterdir()) == []


def console(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def own_metadata(folder: Path) -> Path:
    return Path(shutil.copytree(ACME, folder / "zoho_metadata"))


# --- programs ---------------------------------------------------------------------------------


def test_without_anything_it_is_the_sample_org() -> None:
    done = console("-c", "print(crm.leads.get('6100000000000401001').company, Lead.__module__)")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "Familie Brandt acme_crm.leads\n",
        GENERATED,
    )


def test_credentials_and_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ZOHO_ACCOUNTS_URL", "ZOHO_API_DOMAIN"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", "of-the-real-org")
    done = console("-c", "print(crm.org().company_name)")
    assert (done.returncode, done.stdout) == (0, "Acme Field Services\n")


def test_a_program_comes_by_standard_input() -> None:
    program = (
        "from decimal import Decimal\n\n"
        "def add(**values):\n"
        "    return crm.leads.create(last_name='Ito', **values)\n\n"
        "print(crm.leads.get(add(annual_revenue=Decimal('0.1'))).annual_revenue)\n"
    )
    done = console(stdin=program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.1\n", GENERATED)


def test_a_program_that_fails_shows_its_own_lines_and_nothing_of_ours() -> None:
    done = console("-c", "print('first')\ncrm.leads.get('404')")
    assert done.returncode == 1
    assert done.stdout == "first\n"
    lines = done.stderr.removeprefix(GENERATED).splitlines()
    assert lines[:2] == [
        "Traceback (most recent call last):",
        '  File "<command>", line 2, in <module>',
    ]
    assert lines[2].strip() == "crm.leads.get('404')"
    assert lines[-1].startswith("zohohub.errors.RecordNotFound: ")
    assert "zohohub_gen" not in done.stderr


def test_mistakes_of_syntax_are_shown_as_python_does() -> None:
    done = console("-c", "print('a'")
    assert done.returncode == 1
    assert done.stderr.removeprefix(GENERATED).startswith('  File "<command>", line 1\n')
    assert "SyntaxError" in done.stderr


def test_the_program_chooses_the_exit_code() -> None:
    assert console("-c", "exit(3)").returncode == 3
    done = console("-c", "import sys; sys.exit('enough')")
    assert (done.returncode, done.stderr) == (1, f"{GENERATED}enough\n")


# --- which org, which package -----------------------------------------------------------------


def test_the_own_metadata_with_made_up_records(project: Path) -> None:
    metadata = own_metadata(project)
    before = {path: path.read_bytes() for path in metadata.rglob("*.json")}
    (metadata / "names.json").unlink()
    done = console("-c", "print(crm.leads.query().count(), Lead.__module__, crm.org().id)")
    assert (done.returncode, done.stdout) == (0, "10 my_crm.leads 6100000000000000020\n")
    assert done.stderr == "Generated my_crm from zoho_metadata in a temporary folder.\n"
    # Nothing of the user's was written, not even the lock of the names.
    assert not (metadata / "names.json").exists()
    assert {path: path.read_bytes() for path in metadata.rglob("*.json")} == {
        path: text for path, text in before.items() if path.name != "names.json"
    }


def test_records_beside_the_metadata_are_served(project: Path) -> None:
    own_metadata(project)
    shutil.copytree(ACME.parent / "records", project / "records")
    done = console("-c", "print(crm.leads.get('6100000000000401001').company)")
    assert (done.returncode, done.stdout) == (0, "Familie Brandt\n")


def test_the_package_that_was_generated_is_the_one(project: Path) -> None:
    own_metadata(project)
    assert main(["generate", "--output", "src"]) == 0
    Path("pyproject.toml").write_text('[tool.zohohub]\npackage = "my_crm"\noutput = "src"\n')
    Path("mine.py").write_text("from my_crm import Lead\nlead = Lead(last_name='Ito')\n")
    done = console("-c", "import my_crm, mine; print(my_crm.__file__, mine.lead)")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{project / 'src' / 'my_crm' / '__init__.py'} Lead(last_name='Ito')\n"


def test_a_package_with_a_runtime_of_its_own(project: Path) -> None:
    own_metadata(project)
    assert main(["generate", "--vendor-runtime"]) == 0
    program = "print(type(crm).__mro__[1].__module__, crm.leads.query().count())"
    done = console("-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "my_crm._zohohub.client 10\n", "")


def test_live_is_the_org_of_the_credentials(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = own_metadata(project)
    assert main(["generate"]) == 0
    with Emulator(metadata) as org:
        to = org.connection
        for name, value in to.as_dict().items():
            monkeypatch.setenv(f"ZOHO_{name.upper()}", str(value))
        done = console("--live", "-c", "print(crm.leads.create(last_name='Ito'))")
        assert (done.returncode, done.stderr) == (0, "")
        written = [each for each in org.requests if each.method == "POST"][-1]
        assert written.path == "/crm/v8/Leads"
        assert main(["generate", "--vendor-runtime"]) == 0
        done = console("--live", "-c", "print(type(crm).__mro__[1].__module__, crm.org().id)")
        assert done.stdout == "my_crm._zohohub.client 6100000000000000020\n"
        secrets = (to.client_secret, to.refresh_token)
        done = console("--live", "-v", "-c", "print(crm, vars(crm), crm.leads, crm.org())")
        assert done.returncode == 0
        assert not any(secret in done.stdout + done.stderr for secret in secrets)


def test_live_needs_credentials_and_metadata(project: Path) -> None:
    done = console("--live", "-c", "1")
    assert done.returncode == 2
    assert done.stderr == (
        "Error: zoho_metadata is not a folder; run `zohohub-gen pull` or name one with --metadata\n"
    )
    own_metadata(project)
    done = console("--live", "-c", "1")
    assert done.returncode == 2
    assert "Error: no credentials: set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET" in done.stderr


def test_metadata_that_was_named_must_be_there() -> None:
    done = console("--metadata", "elsewhere", "-c", "1")
    assert done.returncode == 2
    assert "Error: elsewhere is not a folder" in done.stderr


def test_an_old_package_is_a_sentence(project: Path) -> None:
    own_metadata(project)
    assert main(["generate"]) == 0
    client = project / "my_crm" / "client.py"
    client.write_text(re.sub(r"interface=\d+", "interface=1", client.read_text()))
    done = console("-c", "1")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: my_crm.client was generated for interface 1 of zohohub, and the installed zohohub "
        "has 3: generate my_crm again\n"
    )


# --- at a terminal ----------------------------------------------------------------------------


@pytest.fixture
def no_ipython(tmp_path: Path) -> dict[str, str]:
    """Hides IPython, which the tests have."""
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding" / "IPython.py").write_text("raise ImportError('hidden')\n")
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "hiding"), *inherited])}


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


def test_a_prompt_with_three_lines_above_it(no_ipython: dict[str, str]) -> None:
    with terminal(COMMAND, **no_ipython) as screen:
        above = screen.wait_for(">>> ")
        assert above.startswith(GENERATED)
        lines = above.removeprefix(GENERATED).splitlines()
        assert len(lines) == 3
        assert lines[0].endswith("crm is a sample org, emulated here: nothing reaches Zoho.")
        assert re.fullmatch(
            r"At hand: crm, Account, Call, Campaign, Case, Contact, ContactsXInstallation"
            r" and \d+ more names of acme_crm\.",
            lines[1],
        )
        assert lines[2] == (
            "Try crm.leads.query().first() or help(crm.leads); exit() or Ctrl-D ends it."
        )
        screen.type("crm.leads.query().first()\n")
        assert "Lead(id='6100000000000401001', last_name='Brandt'" in screen.wait_for(">>> ")
        screen.type("crm.leads.get('404')\n")
        assert "RecordNotFound" in screen.wait_for(">>> ")
        screen.type("crm.lea\t")
        screen.wait_for("crm.leads")
        screen.type("\x15\x04")
        assert screen.wait() == 0


def test_the_docs_show_what_is_printed(no_ipython: dict[str, str]) -> None:
    page = REPOSITORY / "docs" / "how-to" / "notebooks-and-console.md"
    text = page.read_text(encoding="utf-8")
    shown = text.partition("$ zohohub-gen console\n")[2].partition("```")[0]
    shown = shown.replace("Python 3.11.7", f"Python {sys.version.split()[0]}")
    above, *steps = shown.split(">>> ")
    assert len(steps) == 2
    with terminal(COMMAND, **no_ipython, COLUMNS="1000") as screen:
        assert screen.wait_for(">>> ") == above
        for step in steps:
            code, _, printed = step.partition("\n")
            screen.type(f"{code}\n")
            assert screen.wait_for(">>> ").partition("\n")[2] == printed
        screen.type("exit()\n")
        assert screen.wait() == 0


def test_exit_and_ctrl_c_at_the_prompt(no_ipython: dict[str, str]) -> None:
    with terminal(COMMAND, **no_ipython) as screen:
        screen.wait_for(">>> ")
        time.sleep(0.2)  # between a prompt and the wait for keys, readline misses a Ctrl-C
        screen.process.send_signal(signal.SIGINT)  # it is not the terminal of its session
        assert "KeyboardInterrupt" in screen.wait_for(">>> ")
        screen.type("exit()\n")
        assert screen.wait() == 0


def test_ipython_where_it_is_installed(project: Path) -> None:
    own_metadata(project)
    with terminal(COMMAND) as screen:
        above = screen.wait_for("In [1]: ")
        assert "crm is the org of zoho_metadata, emulated here with 10 made-up records" in above
        assert "IPython" not in above
        screen.type("print('rows', crm.leads.query().count())\n")
        screen.wait_for("rows 10")
        screen.wait_for("In [2]: ")
        screen.type("exit\n")
        assert screen.wait() == 0


def test_whoever_ends_the_process_ends_the_emulator_and_the_folder(
    no_ipython: dict[str, str],
) -> None:
    with terminal(COMMAND, **no_ipython) as screen:
        screen.wait_for(">>> ")
        # One that comes between the prompt and the wait for a key is seen at the next key.
        for _ in range(6):
            screen.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                screen.process.wait(timeout=10)
                break
        assert screen.wait() == 128 + signal.SIGTERM
