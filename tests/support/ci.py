"""What runs CI definitions as their hosts do: expressions, shells, and a `gh` and `curl` that keep
what they are asked for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")

# Writes its arguments, one JSON list a line, and the text of the request, into $CI_HOST.
_GH = r"""
import json, os, pathlib, sys
host, arguments = pathlib.Path(os.environ["CI_HOST"]), sys.argv[1:]
with (host / "calls").open("a") as calls:
    calls.write(json.dumps(arguments) + "\n")
assert os.environ["GH_TOKEN"] == "the job's token"
state = host / "request"
option = lambda name: arguments[arguments.index(name) + 1]
if arguments[:2] == ["pr", "list"]:
    assert "isCrossRepository" in option("--jq") and "isCrossRepository" in option("--json")
    print("7" if state.exists() else "")
elif arguments[:2] == ["pr", "create"]:
    assert not state.exists(), "a second pull request"
    state.write_bytes(pathlib.Path(option("--body-file")).read_bytes())
elif arguments[0] == "api" and option("--method") == "PATCH":
    assert "repos/acme/app/pulls/7" in arguments
    field = option("--field")
    assert field.startswith("body=@")
    state.write_bytes(pathlib.Path(field.removeprefix("body=@")).read_bytes())
else:
    sys.exit(f"gh knows no {arguments}")
"""

_CURL = r"""
import json, os, pathlib, sys
host, arguments = pathlib.Path(os.environ["CI_HOST"]), sys.argv[1:]
with (host / "calls").open("a") as calls:
    calls.write(json.dumps(arguments) + "\n")
option = lambda name: arguments[arguments.index(name) + 1]
headers = pathlib.Path(option("--header").removeprefix("@")).read_text().splitlines()
assert headers == ["PRIVATE-TOKEN:the project's token", "Content-Type:application/json"]
state, address = host / "request", "https://gitlab.test/api/v4/projects/42/merge_requests"
if "--get" in arguments:
    assert arguments[-1] == address
    fork = {"iid": 3, "source_project_id": 99}
    print(json.dumps([fork, {"iid": 7, "source_project_id": 42}] if state.exists() else [fork]))
else:
    method = option("--request")
    assert (method, arguments[-1]) == (
        ("PUT", address + "/7") if state.exists() else ("POST", address)
    )
    request = json.loads(pathlib.Path(option("--data").removeprefix("@")).read_text())
    assert request.pop("source_branch") == "zohohub/metadata"
    assert request.pop("target_branch") == "main"
    assert request.pop("remove_source_branch") is True
    assert request.pop("title")
    state.write_text(request.pop("description"))
    assert not request
"""

# Takes note of what pip is to install, and leaves the environment of the tests alone.
_PYTHON = """#!/bin/sh
if [ "$1 $2 $3 $4" = "-P -m pip install" ] || [ "$1 $2 $3" = "-m pip install" ]; then
    echo "$@" >> "$CI_HOST/installed"
    exit 0
fi
exec {python} "$@"
"""

_GIVEN_DIFF = """#!/bin/sh
if [ "$1" = diff ]; then
    cat "$CI_HOST/diff"
    exit 0
fi
exec {python} -m zohohub_gen "$@"
"""
_COMMAND = """#!/bin/sh
exec {python} -m zohohub_gen "$@"
"""


@dataclass
class Host:
    """A CI host: where the shell finds its commands, and what it was asked for."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> Host:
        """A host without requests, and without credentials of the machine's user."""
        shims = folder / "bin"
        shims.mkdir(parents=True)
        python = f"#!{sys.executable}\n"
        for name, text in {
            "gh": python + _GH,
            "curl": python + _CURL,
            "python": _PYTHON.format(python=sys.executable),
            "zohohub-gen": _COMMAND.format(python=sys.executable),
        }.items():
            (shims / name).write_text(text)
            (shims / name).chmod(0o755)
        (folder / "tmp").mkdir()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ZOHO")},
            "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI_HOST": str(folder),
            "RUNNER_TEMP": str(folder / "tmp"),
            "TMPDIR": str(folder / "tmp"),
        }
        return cls(folder, environment)

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call of gh or curl."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def request(self) -> str | None:
        """The text of the one pull or merge request."""
        file = self.folder / "request"
        return file.read_text("utf-8") if file.exists() else None

    @property
    def installed(self) -> list[str]:
        """What pip was asked to install."""
        file = self.folder / "installed"
        return file.read_text().splitlines() if file.exists() else []

    def answer_diff(self, text: str) -> None:
        """Make ``zohohub-gen diff`` print this text."""
        (self.folder / "diff").write_text(text, "utf-8")
        command = self.folder / "bin" / "zohohub-gen"
        command.write_text(_GIVEN_DIFF.format(python=sys.executable))

    def bash(
        self, script: str, folder: Path, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as GitHub does for ``shell: bash``, and GitLab in an image that has bash."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=120,
        )


def read_yaml(file: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(file.read_text("utf-8"))


def evaluate(text: str, context: Mapping[str, str]) -> str:
    """Replace the expressions in a text as GitHub does; only names and literals are known."""

    def value(match: re.Match[str]) -> str:
        expression = match[1]
        if expression.startswith("'"):
            return expression[1:-1].replace("''", "'")
        return context[expression]

    return _EXPRESSION.sub(value, text)


def evaluate_all(texts: Mapping[str, str], context: Mapping[str, str]) -> dict[str, str]:
    """The same for ``env:`` and the like."""
    return {key: evaluate(text, context) for key, text in texts.items()}


def git(folder: Path, *arguments: str) -> str:
    """What git answers, by an author of its own."""
    done = subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", *arguments],
        cwd=folder,
        env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
