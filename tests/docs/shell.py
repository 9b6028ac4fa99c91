"""A bash for one page, and the commands that are looked at instead of run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import threading
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click
from zohohub_gen.commands import commands

from tests.support.packages import REPOSITORY

_SECONDS = 180  # type checkers on a busy machine take one of these
_END = "=== end of the command ==="
_ENDS = frozenset(["|", ">", ">>", "&&", ";", "&"])
_LOOKED_AT = re.compile(
    r"\s*(pip install|git clone|make|zohohub-gen (login|emulator))\b(?!.*&\s*$)"
)
_ASSIGNMENT = re.compile(r"(?:export )?\w+=\S*$")


class Shell:
    """One bash: what it exports and where it goes lasts from one command to the next."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    @property
    def alive(self) -> bool:
        """Whether it takes another command."""
        return self._process.poll() is None

    def run(self, command: str) -> tuple[str, int]:
        """What the command prints, to either stream, and its exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n{_END} %d\\n' $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        too_long = threading.Timer(_SECONDS, self._kill)
        too_long.start()
        try:
            for line in self._process.stdout:
                if line.startswith(_END):
                    # The line break before the mark is ours.
                    return "".join(printed)[:-1], int(line.removeprefix(_END))
                printed.append(line)
            self._process.wait()
        finally:
            too_long.cancel()
        raise AssertionError(
            f"bash ended, or was ended after {_SECONDS} seconds, at `{command}`: {''.join(printed)}"
        )

    def close(self) -> None:
        """End bash and whatever it still runs."""
        self._kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def _kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)


def is_only_looked_at(command: str) -> bool:
    """Whether it needs the reader's own values, the network, a person or more than a minute."""
    return "…" in command or _LOOKED_AT.match(command) is not None


def look_at(command: str) -> None:
    """Check what can be checked of a command that is not run; AssertionError if it cannot work."""
    words = shlex.split(command, comments=True)
    parsed = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True)
    assert parsed.returncode == 0, f"not a command: {command}\n{parsed.stderr}"
    while words and _ASSIGNMENT.match(words[0]):
        words.pop(0)
    if words[:1] == ["zohohub-gen"]:
        _parse_options(words[1:])
    elif words[:2] == ["pip", "install"]:
        _known_extras(words[2:])
    elif words[:1] == ["make"]:
        targets = re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.M)
        for target in words[1:]:
            assert target in targets or "=" in target, f"the Makefile has no target {target}"


def _parse_options(words: list[str]) -> None:
    """What click says of them, without running the command."""
    end = next((index for index, word in enumerate(words) if word in _ENDS), len(words))
    words = [word for word in words[:end] if word != "--version"]
    first = next((index for index, word in enumerate(words) if word in commands.commands), None)
    own, rest = ([], words) if first is None else (words[:first], words[first + 1 :])
    group = click.Context(commands, **commands.context_settings)
    command = commands.commands["pull-and-generate" if first is None else words[first]]
    try:
        commands.make_parser(group).parse_args(own)
        context = click.Context(command, parent=group)
        _, left, _ = command.make_parser(context).parse_args(rest)
        if left:
            context.fail(f"No such command or argument: {shlex.join(left)}")
    except click.UsageError as error:
        shown = f"zohohub-gen {shlex.join(words)}"
        raise AssertionError(f"{shown}: {error.format_message()}") from error


def _known_extras(words: list[str]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    for word in words:
        for extras in re.findall(r"^(?:\.|zohohub)\[([^]]*)\]", word):
            unknown = set(extras.split(",")) - project["optional-dependencies"].keys()
            assert not unknown, f"{word}: zohohub has no extra {', '.join(sorted(unknown))}"
