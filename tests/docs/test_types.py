"""What the pages say of the type checkers, asked of pyright (strict) and mypy --strict."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.checkers import findings, lay_out
from tests.support.packages import SAMPLE

from .blocks import PAGES, Block, read
from .expected import matches

pytestmark = pytest.mark.slow

_BEGINNING = "from acme_crm import Crm\n\ncrm = Crm.from_env()\n"
_SAID = re.compile(r"\s*→ (?P<checker>mypy|pyright): (?P<message>.*)")
_RUN = {"type-check", ""}


@dataclass
class Program:
    """A block with the Python of its page above it, and what each of its lines is said to be."""

    block: Block
    text: str
    first: int
    expected: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def programs(page: Path) -> list[Program]:
    """One for each block of the page that is about types."""
    made: list[Program] = []
    above = _BEGINNING
    for each in read(page):
        if not isinstance(each, Block):
            above = _BEGINNING
        elif each.directive == "type-errors":
            made.append(_with_errors(each, above))
        elif each.language == "python":
            if each.directive == "type-check":
                made.append(Program(each, above + each.code, above.count("\n") + 1))
            if each.directive in _RUN:
                above += each.code
    return made


def _with_errors(block: Block, above: str) -> Program:
    made = Program(block, above, above.count("\n") + 1)
    for line in block.code.splitlines():
        said = _SAID.match(line)
        if said is None:
            made.text += f"{line}\n"
        else:
            number = made.text.count("\n")
            made.expected.setdefault(number, []).append((said["checker"], said["message"]))
    return made


def test_the_checkers_say_what_the_pages_say(tmp_path: Path) -> None:
    every = [program for page in PAGES for program in programs(page)]
    assert every
    folder = lay_out(tmp_path / "code", {"acme_crm": SAMPLE / "acme_crm"})
    for number, program in enumerate(every):
        (folder / f"block_{number}.py").write_text(program.text, "utf-8")
    said = findings(folder)
    for number, program in enumerate(every):
        of_it = {
            checker: [
                each
                for each in found
                if each.file == f"block_{number}.py" and each.line >= program.first
            ]
            for checker, found in said.items()
        }
        for line, messages in program.expected.items():
            for checker, message in messages:
                heard = [each.message for each in of_it[checker] if each.line == line]
                assert any(matches(f"…\n…{message}…\n…", each) for each in heard), (
                    f"{program.block}: {checker} says {heard}, not {message!r}"
                )
        unexpected = [
            each for found in of_it.values() for each in found if each.line not in program.expected
        ]
        assert not unexpected, (str(program.block), unexpected)
