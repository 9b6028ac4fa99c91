"""What both type checkers say of the same old programs beside many new packages, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zohohub_gen.typecheck import CHECKERS, type_check

from tests.generator.diff.sides import Sides, write_package, write_program
from tests.support.whole_program import ALL


@dataclass(frozen=True)
class Refused:
    """An error of a type checker, and the line that it is about."""

    file: str
    line: str
    message: str

    def names(self, *words: str) -> bool:
        """Whether it says or shows one of the words; a line with all fields shows none."""
        shown = "" if self.line.endswith(ALL) else self.line
        return any(word in shown or word in self.message for word in words)


@dataclass(frozen=True)
class Judged:
    """What one checker said of the programs of one pair of sides."""

    uses: tuple[Refused, ...]
    """In the program that uses everything."""
    options: tuple[Refused, ...]
    """In the one that lists all options."""
    package: tuple[Refused, ...]
    """In the package itself."""


def judge(pairs: Mapping[str, Sides], folder: Path) -> dict[str, dict[str, Judged]]:
    """Check the old program of each pair against its new package; by pair, then by checker."""
    folder.mkdir()
    for name, pair in pairs.items():
        write_package(pair.new, folder / name)
        write_program(pair.old, name, folder)
    found: dict[str, dict[str, Judged]] = {name: {} for name in pairs}
    for report in type_check(folder, CHECKERS):
        by_place: dict[str, list[Refused]] = {}
        for item in report.findings:
            lines = (folder / item.file).read_text("utf-8").splitlines()
            line = lines[item.line - 1].strip()
            place, _, file = item.file.partition("/")
            kind = file.partition("_")[0] if place.startswith("program_of_") else ""
            by_place.setdefault(f"{place}/{kind}", []).append(Refused(file, line, item.message))
        for name in pairs:
            found[name][report.checker] = Judged(
                tuple(by_place.pop(f"program_of_{name}/use", ())),
                tuple(by_place.pop(f"program_of_{name}/options", ())),
                tuple(by_place.pop(f"{name}/", ())),
            )
        assert not by_place, by_place
    return found
