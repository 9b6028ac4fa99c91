"""What people meet at the terminal: progress, colours, closed pipes, Ctrl-C, help, completion."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from zohohub_gen.cli import main
from zohohub_gen.commands import commands
from zohohub_gen.emulator import Emulator, Fault
from zohohub_gen.packaged import packaged

from tests.support.pseudo_terminal import AT_ONCE, on_a_terminal

ACME = packaged("acme") / "metadata"
_GENERATE = [sys.executable, "-m", "zohohub_gen", "generate"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals and shells")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a snapshot, and no credentials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.zohohub]\n[tool.zohohub.profiles.sandbox]\n[tool.zohohub.profiles.production]\n"
    )
    shutil.copytree(ACME, tmp_path / "zoho_metadata")
    for name in list(os.environ):
        if name.startswith(("ZOHO_", "NO_COLOR", "FORCE_COLOR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    return tmp_path


# --- Progress ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "stages"),
    [
        (["generate"], ["Reading the metadata", r"Planning the package .*0/\d+ 0:0\d"]),
        (["docs"], ["Reading the metadata", r"Writing pages .*0/\d+ 0:0\d"]),
        pytest.param(
            ["export", "--as", "json-schema"],
            [r"Making JSON of \d+ modules .*0:0\d"],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["check", "--modules", "Leads"], ["Planning the package"], marks=pytest.mark.slow
        ),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_work_is_seen(arguments: list[str], stages: list[str]) -> None:
    if arguments[0] == "check":
        assert main(["generate", "--modules", "Leads"]) == 0
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
    screen = on_a_terminal([sys.executable, "-c", AT_ONCE, *arguments])
    plain = re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", screen)
    for stage in stages:
        assert re.search(stage, plain), plain
    assert screen.rindex("\033[?25h") > screen.rindex("\033[?25l"), "the cursor is gone"


def test_a_pull_shows_the_time_left() -> None:
    with Emulator(ACME) as zoho:
        zoho.inject(Fault("slow", times=200, seconds=0.3, path="/crm/v8/settings/fields"))
        connection = zoho.connection
        screen = on_a_terminal(
            [sys.executable, "-m", "zohohub_gen", "pull", "--metadata", "new"],
            ZOHO_CLIENT_ID=connection.client_id,
            ZOHO_CLIENT_SECRET=connection.client_secret,
            ZOHO_REFRESH_TOKEN=connection.refresh_token,
            ZOHO_ACCOUNTS_URL=connection.accounts_url,
            ZOHO_API_DOMAIN=connection.api_domain,
        )
    plain = re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", screen)
    assert re.search(r"Reading modules ━+ +\d+/23 0:0\d, 0:0\d left", plain), plain


@pytest.mark.parametrize(
    "more", [{"TERM": "dumb"}, {}], ids=["dumb terminal", "quick work on a terminal"]
)
def test_nothing_is_drawn_and_rich_is_not_loaded(more: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "import zohohub_gen.progress\n"
        "assert zohohub_gen.progress.PATIENCE >= 1\n"
        "zohohub_gen.progress.PATIENCE = 600  # as if the machine were quick\n"
        "from zohohub_gen.cli import main\n"
        "code = main()\n"
        "print('loaded', sorted({'rich', 'zohohub_gen.progress_bar'} & sys.modules.keys()))\n"
        "raise SystemExit(code)"
    )
    screen = on_a_terminal(
        [sys.executable, "-c", program, "generate", "--modules", "Leads"], **more
    )
    assert "loaded []" in screen
    assert "\033[?25l" not in screen


def test_a_script_sees_no_progress() -> None:
    arguments = ["generate", "--output-format", "json"]
    screen = on_a_terminal([sys.executable, "-c", AT_ONCE, *arguments])
    assert "\033[?25l" not in screen
    assert "Planning the package" not in screen


# --- Colours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "is_coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False),
    ],
    ids=str,
)
def test_colours_in_a_pipe_are_for_those_who_force_them(
    more: dict[str, str], is_coloured: bool
) -> None:
    done = subprocess.run(
        [*_GENERATE, "--modules", "Leads"],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ("\033[32m" in done.stdout) == is_coloured
    assert "Planning the package" not in done.stderr


# --- Ends -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tail",
    [
        "| head -1",
        pytest.param("2>&1 | head -1", marks=pytest.mark.slow),
        pytest.param("--output-format json | head -1", marks=pytest.mark.slow),
    ],
)
def test_a_reader_that_has_seen_enough_hears_nothing(tail: str) -> None:
    assert main(["generate"]) == 0
    shutil.copytree("zoho_metadata", "other")
    for path in Path("other", "fields").glob("*.json"):
        path.write_text(path.read_text().replace('"field_label": "', '"field_label": "New '))
    done = subprocess.run(
        f"{sys.executable} -m zohohub_gen diff other -v {tail}; echo ${{PIPESTATUS[0]}} >&2",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr in ("0\n", "1\n")


def test_ctrl_c_is_one_line_and_130(project: Path) -> None:
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import zohohub_gen.pipeline as pipeline\n"
        "def slow(*given):\n"
        "    print('ready', flush=True)\n"
        "    signal.pause()\n"
        "pipeline.generate = slow\n"
        "from zohohub_gen.cli import main; raise SystemExit(main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "generate"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "Error: interrupted; what was not finished was not written"


# --- Help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, *sorted(commands.commands)])
def test_help_fits_and_teaches(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*([name] if name else []), "--help"]) == 0
    page = capsys.readouterr().out
    assert [line for line in page.splitlines() if len(line) > 80] == []
    command = commands if name is None else commands.commands[name]
    # The option --help is not among the parameters.
    many = len([each for each in command.params if isinstance(each, click.Option)]) >= 8
    assert ("\nOutput and help:\n" in page) == many
    examples = (command.epilog or "").partition("Examples:")[2].partition("\n\n")[0]
    assert len(re.findall(r"zohohub-gen", examples)) >= 2
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert all(each.help for each in options)


def test_the_examples_name_options_that_there_are() -> None:
    for name, command in commands.commands.items():
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        for line in (command.epilog or "").partition("Examples:")[2].splitlines():
            if line.strip().startswith(f"zohohub-gen {name}"):
                for option in re.findall(r"(?<=\s)--[a-z-]+", line):
                    assert option in known, line


# --- Completion -------------------------------------------------------------------------------

_ASKED = [
    (("generate", "--modules", "Quo"), {"Quoted_Items", "Quotes"}),
    (("generate", "--modules", "Leads,Quotes"), {"Leads,Quotes"}),
    (
        ("generate", "--modules", "Leads,Deals,Quote"),
        {"Leads,Deals,Quoted_Items", "Leads,Deals,Quotes"},
    ),
    (("--modules", "Deals,Lead"), {"Deals,Lead_Site_Visits", "Deals,Leads"}),
    (("diff", "--against", ""), {"production", "sandbox"}),
    (("pull", "--profile", "s"), {"sandbox"}),
    (("export", "--as", "json"), {"json-schema"}),
    (("migrat",), {"migrate"}),
    (("--mod",), {"--modules"}),
    (("generate", "--metadata", "nowhere", "--modules", ""), set[str]()),
]


@pytest.fixture(scope="module")
def path_of_the_command() -> str:
    """A PATH on which this Python's zohohub-gen comes first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def in_shell(path: str, *arguments: str) -> str:
    done = subprocess.run(
        arguments,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash(path_of_the_command: str) -> None:
    asked = "".join(
        "COMP_WORDS=(zohohub-gen {words}); COMP_CWORD={last}; COMPREPLY=()\n"
        '_zohohub_gen_completion zohohub-gen; echo "${{COMPREPLY[*]}}"\n'.format(
            words=" ".join(word or "''" for word in words), last=len(words)
        )
        for words, _ in _ASKED
    )
    program = f"source <(zohohub-gen completion bash)\n{asked}"
    lines = in_shell(path_of_the_command, "bash", "--norc", "-c", program).split("\n")
    assert [set(line.split()) for line in lines[:-1]] == [expected for _, expected in _ASKED]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
def test_fish(path_of_the_command: str) -> None:
    asked = "\n".join(
        f"complete -C 'zohohub-gen {' '.join(words)}'; echo ==" for words, _ in _ASKED
    )
    program = f"source (zohohub-gen completion fish | psub)\n{asked}"
    out = in_shell(path_of_the_command, "fish", "--no-config", "-c", program)
    answers = [
        {line.split("\t")[0] for line in answer.splitlines() if line}
        for answer in out.split("==\n")[:-1]
    ]
    assert [answer for answer, (words, _) in zip(answers, _ASKED, strict=True) if words[-1]] == [
        expected for words, expected in _ASKED if words[-1]
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
def test_zsh(path_of_the_command: str, tmp_path: Path) -> None:
    program = (
        "zmodload zsh/zpty\n"
        "zpty shell zsh -f -i\n"
        'zpty -w shell "PS1=; autoload -Uz compinit && compinit -u -D; '
        "source <(zohohub-gen completion zsh); echo RE''ADY\"\n"
        "zpty -r shell line '*READY*'\n"
        "zpty -w -n shell $'echo zohohub-gen; zohohub-gen migrat\\t'\n"
        "zpty -r -m shell line '*migrate*' && print found\n"
    )
    assert "found" in in_shell(path_of_the_command, "zsh", "-f", "-c", program)
