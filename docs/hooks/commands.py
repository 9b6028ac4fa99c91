"""Run it to write docs/reference/commands.md, which shows the help of every command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from zohohub_gen.commands import commands

PAGE = Path(__file__).resolve().parents[1] / "reference" / "commands.md"

_TESTED_BY = "<!-- tested-by: tests/docs/test_commands.py::test_the_page_is_what_help_prints -->"
_WIDTH = 88
_HEAD = """\
# Commands

<!-- Made by docs/hooks/commands.py.  Do not edit. -->

What `--help` says of each command, as text of a fixed width.
"""


def _helps() -> Iterator[tuple[str, str]]:
    """Each command line that has a help, and that help."""
    group = click.Context(
        commands,
        info_name="zohohub-gen",
        terminal_width=_WIDTH,
        color=False,
        **commands.context_settings,
    )
    yield "zohohub-gen", commands.get_help(group)
    for name in commands.list_commands(group):
        command = commands.commands[name]
        if not command.hidden:
            context = click.Context(command, parent=group, info_name=name)
            yield f"zohohub-gen {name}", command.get_help(context)


def text() -> str:
    """The page."""
    parts = [_HEAD]
    for line, shown in _helps():
        plain = "\n".join(each.rstrip() for each in click.unstyle(shown).splitlines())
        parts.append(f"## `{line}`\n\n{_TESTED_BY}\n\n```text\n{plain}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
