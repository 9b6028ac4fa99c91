"""What is done with a block, by its language or by the directive above it."""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from jinja2 import Environment
from zohohub_gen.config import load

from tests.support.packages import REPOSITORY

from .blocks import Block, PageError
from .expected import compare, lines_of, matches
from .page import Page
from .shell import is_only_looked_at, look_at

_PROMPT = "$ "
_PRINTS = re.compile(r"(?:^|\s)#> ?(.*)$")


def follow(block: Block, page: Page) -> None:
    """Do what the block is for; AssertionError, or the error of its code, if that fails."""
    if block.directive:
        _DIRECTIVES[block.directive](block, page)
    elif block.language in _LANGUAGES:
        _LANGUAGES[block.language](block, page)
    else:
        raise PageError(f"a block of {block.language or 'no language'} needs a directive above it")


# --- languages --------------------------------------------------------------------------------


def _compiled(block: Block) -> object:
    # Errors name the page and its line.
    return compile("\n" * block.line + block.code, str(block.page), "exec", dont_inherit=True)


def _python(block: Block, page: Page) -> None:
    code = _compiled(block)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, page.python)  # type: ignore[arg-type]  # a code object
    shown = [found[1] for line in block.code.splitlines() if (found := _PRINTS.search(line))]
    if shown:
        compare("\n".join(shown), printed.getvalue(), "printed")


class _Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(want, got, optionflags) or matches(want, got)


def _pycon(block: Block, page: Page) -> None:
    names = page.python
    test = doctest.DocTestParser().get_doctest(
        block.code, {}, str(block), str(block.page), block.line
    )
    assert test.examples, "no >>> in it"
    test.globs = names
    report = io.StringIO()
    runner = doctest.DocTestRunner(_Checker(), verbose=False, optionflags=doctest.ELLIPSIS)
    failed = runner.run(test, out=report.write, clear_globs=False).failed
    assert not failed, report.getvalue()


def _commands(code: str) -> Iterator[tuple[str, str]]:
    """Each command with the output that is shown below it."""
    command = ""
    shown: list[str] = []
    goes_on = False
    for line in code.splitlines():
        if goes_on:
            command += f"\n{line}"
        elif line.startswith(_PROMPT):
            if command:
                yield command, "\n".join(shown)
            command, shown = line.removeprefix(_PROMPT), []
        elif command:
            shown.append(line)
            continue
        else:
            raise PageError("console: the first line has no `$ ` before it")
        goes_on = line.endswith("\\")
    if command:
        yield command, "\n".join(shown)


def _console(block: Block, page: Page) -> None:
    for command, shown in _commands(block.code):
        if is_only_looked_at(command):
            look_at(command)
            continue
        printed, code = page.shell.run(command)
        if shown.strip():
            compare(shown, printed, f"$ {command}")
        else:
            assert code == 0, f"$ {command}\n{printed}exit code {code}"


def _script(block: Block, page: Page) -> None:
    for command in re.sub(r"\\\n", "", block.code).splitlines():
        if is_only_looked_at(command):
            look_at(command)
        elif command.strip():
            printed, code = page.shell.run(command)
            assert code == 0, f"{command}\n{printed}exit code {code}"


def _toml(block: Block, page: Page) -> None:
    folder = page.project.parent / "settings"
    folder.mkdir(exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(block.code, "utf-8")
    table = tomllib.loads(block.code)
    if "zohohub" in table.get("tool", {}):
        for profile in [None, *table["tool"]["zohohub"].get("profiles", {})]:
            load(folder, {}, profile=profile)


def _yaml(block: Block, _page: Page) -> None:
    assert yaml.safe_load(block.code) is not None


def _json(block: Block, _page: Page) -> None:
    json.loads(block.code)


def _jinja(block: Block, _page: Page) -> None:
    Environment(autoescape=False).parse(block.code)  # it prints Python, not HTML


_LANGUAGES: dict[str, Callable[[Block, Page], None]] = {
    "bash": _script,
    "console": _console,
    "jinja": _jinja,
    "json": _json,
    "pycon": _pycon,
    "python": _python,
    "sh": _script,
    "toml": _toml,
    "yaml": _yaml,
}


# --- directives -------------------------------------------------------------------------------


def _as_is(block: Block, _page: Page) -> None:
    if block.language in ("console", "sh", "bash"):
        for line in block.code.splitlines():
            command = line.removeprefix(_PROMPT)
            if "zohohub-gen" in command and (block.language != "console" or command != line):
                look_at(command)


def _compile(block: Block, _page: Page) -> None:
    assert block.language == "python", "compile is for python"
    _compiled(block)


def _type_check(block: Block, page: Page) -> None:
    if block.argument:
        _compile(block, page)  # test_types.py checks it
    else:
        _python(block, page)


def _type_errors(block: Block, _page: Page) -> None:
    """test_types.py asks the checkers."""
    assert "→" in block.code, "type-errors: no line with →"


def _excerpt(block: Block, page: Page) -> None:
    file = next(
        (
            folder / block.argument
            for folder in (REPOSITORY, page.project)
            if (folder / block.argument).is_file()
        ),
        None,
    )
    assert file is not None, f"there is no {block.argument}"
    lines = iter(lines_of(file.read_text("utf-8")))
    for line in lines_of(block.code):
        if line.strip() not in ("…", "...", ""):
            assert line in lines, f"{block.argument} has not, or not there: {line}"


def _file(block: Block, page: Page) -> None:
    file = page.project / block.argument
    assert file.resolve().is_relative_to(page.project), f"{block.argument} is outside"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(block.code, "utf-8")
    if block.language == "python":
        _compiled(block)
    elif block.language in ("toml", "yaml", "json"):
        _LANGUAGES[block.language](block, page)


def _output(block: Block, page: Page) -> None:
    printed, _ = page.shell.run(block.argument)
    compare(block.code, printed, f"$ {block.argument}")


def _tested_by(block: Block, _page: Page) -> None:
    path, _, test = block.argument.partition("::")
    file: Path = REPOSITORY / path
    assert file.is_file(), f"tested-by: there is no {path}"
    text = file.read_text("utf-8")
    assert re.search(rf"^def {re.escape(test)}\(", text, re.MULTILINE), f"{path} has no {test}"
    assert f'{block.page.name}"' in text, f"{path} does not read {block.page.name}"


_DIRECTIVES: dict[str, Callable[[Block, Page], None]] = {
    "as-is": _as_is,
    "compile": _compile,
    "excerpt": _excerpt,
    "file": _file,
    "output": _output,
    "tested-by": _tested_by,
    "type-check": _type_check,
    "type-errors": _type_errors,
}
