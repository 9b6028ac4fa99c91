"""What Zoho says reaches no real terminal as an order, with colours and a bar drawn.

`test_quiet_labels` looks at what commands print where nobody looks; here somebody does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Connection, Emulator, Fault

from tests.support.pseudo_terminal import AT_ONCE, on_a_terminal, terminal
from tests.support.steering import STEERS, reached, write_metadata

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals"),
    pytest.mark.trust(
        "Bad input",
        "labels with orders for terminals, on pseudo-terminals with colours, a progress "
        "bar, questions and prompts",
        "nothing of them an order",
    ),
]

COMMAND = [sys.executable, "-c", AT_ONCE]
_COLOUR = re.compile(r"\x1b\[(?:1|2|31|32|33|36)m")
_BAR = "\x1b[?25l"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose metadata was made by an enemy, and another state of it."""
    for name in list(os.environ):
        if name.startswith(("ZOHO_", "NO_COLOR", "FORCE_COLOR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    Path("pyproject.toml").write_text('[tool.zohohub]\npicklists = "enum"\n')
    write_metadata(Path("zoho_metadata"), "old")
    write_metadata(Path("other"), "later")
    return project


def quiet(*arguments: str, code: int = 0, **more: str) -> str:
    """What the terminal got; nothing of the labels steers it."""
    screen = on_a_terminal([*COMMAND, *arguments], code, **more)
    assert reached(screen) == []
    assert "unexpected" not in screen
    print(f"trust: 1 commands; {len(screen.splitlines())} lines")
    return screen


def connected(to: Connection) -> dict[str, str]:
    return {f"ZOHO_{name.upper()}": str(value) for name, value in to.as_dict().items()}


def test_what_is_looked_for_is_found() -> None:
    for order in STEERS:
        assert reached(f"\x1b[33mLeads zq{order}\x1b[0m\r\n") != [], order
    assert reached("\x1b[?25l\r\x1b[2K\x1b[38;5;237mzq\\x1b[2J\x1b[0m\r\n\x1b[?25h") == []


def test_generate_with_a_bar() -> None:
    screen = quiet("generate", "-v")
    assert _BAR in screen
    assert _COLOUR.search(screen)
    assert "forged" in screen  # labels were there


@pytest.mark.slow
def test_check_and_docs_and_doctor(project: Path) -> None:
    assert main(["generate"]) == 0
    client = project / "zoho_crm" / "client.py"
    with client.open("a", encoding="utf-8") as file:
        file.write("# zq\x1b[2Jzq\u202ezq\x0c\n::error::forged\n")
    assert "\x1b[32m+" in quiet("check", "-v", code=1) or "\x1b[31m-" in quiet("check", code=1)
    assert _BAR in quiet("docs", "-v")
    quiet("docs", "--format", "markdown", "--output", "text")
    quiet("doctor", "-v", code=1)
    shutil.copy(project / "zoho_metadata" / "org.json", project / "zoho_metadata" / "names.json")
    quiet("generate", code=1)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "markdown", "github", "json"])
def test_diff(form: str) -> None:
    screen = quiet("diff", "other", "--format", form, "-v")
    assert "forged" in screen
    assert (_COLOUR.search(screen) is not None) == (form == "text")


@pytest.mark.slow
def test_the_document_of_a_command(project: Path) -> None:
    screen = quiet("generate", "--output-format", "json", "-v")
    assert _BAR not in screen
    assert '"command": "generate"' in screen
    quiet("diff", "other", "--output-format", "json")
    (project / "zoho_metadata" / "modules.json").write_text(json.dumps({"modules": ["zq\x1b[2J"]}))
    quiet("generate", "--output-format", "json", code=1)


@pytest.mark.slow
@pytest.mark.outside_contracts
def test_pull_with_a_bar(tmp_path: Path) -> None:
    with Emulator(write_metadata(tmp_path / "org", "later", cut=False)) as zoho:
        zoho.inject(Fault("slow", times=20, seconds=0.5, path="/crm/v8/settings/fields"))
        zoho.inject(Fault("500", times=1, path="/crm/v8/settings/fields"))
        variables = connected(zoho.connection)
        screen = quiet("pull", "-v", "--metadata", "pulled", COLUMNS="400", **variables)
        assert _BAR in screen
        assert "Reading modules" in screen
        assert "\\n::error" in screen  # what the bar names
        quiet("pull", "-v", "--metadata", "other", **variables)
        shutil.rmtree("zoho_metadata")
        Path("pulled").rename("zoho_metadata")
        quiet("generate", **variables)
        quiet("check", "--live", "-v", **variables)
        quiet("diff", "--metadata", "other", "-v", **variables)
        on_a_terminal([*COMMAND, "doctor", "-v"], 0, 1, **variables)


@pytest.mark.slow
def test_migrate_and_export(project: Path) -> None:
    assert main(["generate"]) == 0
    path = project / "zoho_metadata" / "names.json"
    lock = json.loads(path.read_text("utf-8"))
    entry = next(iter(lock["modules"].values()))
    entry["fields"]["11"]["former"] = ["ancient"]
    path.write_text(json.dumps(lock), "utf-8")
    assert main(["generate"]) == 0
    (project / "zq\x1b[2J.py").write_text(
        "from zoho_crm import Crm\n"
        f"def f(crm: Crm, other):\n    # zq\x1b[2Jzq\u202e\n    print(other.ancient)\n"
        f"    return [each.ancient for each in crm.{entry['file']}.list()]\n",
        "utf-8",
    )
    assert "\x1b[33m" in quiet("migrate", ".", "-v")
    quiet("export", "--as", "json-schema", "-v")


# --- questions and prompts --------------------------------------------------------------------


def steered(screen: str) -> list[str]:
    """Which orders of labels came; prompts move cursors in ways of their own."""
    return [order for order in STEERS if f"zq{order}" in screen.replace("\r\n", "\n")]


@pytest.mark.slow
def test_the_questions_of_init(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "zq\\u001b[2J\\u202e"\n')
    (project / "zoho_crm").mkdir()
    remote = '[remote "origin"]\n\turl = "https://example.com/zq\x1b[2J.git"\n'
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(remote)
    with terminal([*COMMAND, "init"]) as screen:
        seen = screen.wait_for("]: ")
        screen.type("zqx\u202e\n")
        seen += screen.wait_for("Error: ")
        seen += screen.wait_for("]: ")
        screen.type("eu\n")
        seen += screen.wait_for("Folder that holds the package")
        screen.type("a\u202eb\n")
        seen += screen.wait_for("Error: ")
        seen += screen.wait_for("]: ")
        screen.type("\n")
        seen += screen.wait_for("Name to import the package by")
        screen.type("\n")
        seen += screen.wait_for("none for all")
        screen.type("\n")
        for _ in range(4):
            seen += screen.wait_for("[y/N]: ")
            screen.type("y\n")
        seen += screen.wait_for("Next: ")
        assert screen.wait() == 0
    assert steered(seen) == []
    # What is typed is shown by the terminal itself: two answers held it.
    assert seen.count("\u202e") == 2


LINES = (
    "import pydoc; pydoc.pager = pydoc.plainpager",
    "rows = [row for name in dir(crm) for row in [getattr(crm, name)] if hasattr(row, 'query')]",
    "rows",
    "records = [handle.query().first() for handle in rows]",
    "records",
    "crm.org()",
    "[type(each).fields for each in records]",
    "help(rows[0])",
    "help(type(records[0]))",
    "rows[0].get('404')",
    "rows[0].create(nothing=1)",
)
PROMPT = [sys.executable, "-m", "zohohub_gen", "console"]


@pytest.mark.slow
def test_the_prompt_of_python(tmp_path: Path) -> None:
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding" / "IPython.py").write_text("raise ImportError('hidden')\n")
    with terminal(PROMPT, PYTHONPATH=str(tmp_path / "hiding"), TERM="xterm-256color") as screen:
        seen = screen.wait_for(">>> ")
        for line in LINES:
            screen.type(f"{line}\n")
            seen += screen.wait_for(">>> ")
        screen.type("crm.\t\t")
        seen += screen.wait_for(">>> ")
        screen.type("\x15exit()\n")
        assert screen.wait() == 0
    assert "forged" in seen
    assert steered(seen) == []


@pytest.mark.slow
def test_the_prompt_of_ipython() -> None:
    with terminal(PROMPT, TERM="dumb") as screen:
        seen = screen.wait_for("In [1]: ")
        for number, line in enumerate(LINES, 2):
            screen.type(f"{line}\n")
            seen += screen.wait_for(f"In [{number}]: ")
        screen.type("exit\n")
        assert screen.wait() == 0
    assert "forged" in seen
    assert steered(seen) == []


@pytest.mark.slow
def test_a_program_that_fails() -> None:
    find = "next(h for h in vars(type(crm)).values() if hasattr(h, 'func')).func(crm)"
    for arguments in ([], ["--output-format", "json"]):
        screen = on_a_terminal([*PROMPT, *arguments, "-c", f"{find}.get('404')"], 1)
        assert "RecordNotFound" in screen
        assert reached(screen) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_what_a_shell_offers(project: Path) -> None:
    (project / "zoho_metadata" / "fields" / "Leads.json").write_text('{"fields": []}')
    program = (
        "source <(zohohub-gen completion bash)\n"
        "COMP_WORDS=(zohohub-gen generate --modules ''); COMP_CWORD=3; COMPREPLY=()\n"
        "_zohohub_gen_completion zohohub-gen\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    screen = on_a_terminal(["bash", "--norc", "-c", program], PATH=path)
    assert reached(screen) == []
    assert screen.splitlines() == ["Leads"]
