"""The type checkers decide: what is safe or risky keeps every program, what is breaking does not.

One maximal program is written for the old side and checked against the new one, unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from zohohub_gen.choices import Writes

from tests.generator.diff.changes import ROWS, TOGETHER
from tests.generator.diff.judged import Judged, judge
from tests.generator.diff.rows import Row, sides_of
from tests.generator.diff.sides import Sides, narrowed

MORE_OPTIONS = {"option added", "option restored"}
OTHER_OPTIONS = MORE_OPTIONS | {"option removed", "option renamed", "option retired"}
PARTS = 6
"""How many runs of the checkers share the table: one would need gigabytes."""
ANY_MODULES = ("Accounts", "Campaigns")
"""A package to show that it did not change."""


def complaints(row: Row, pair: Sides, writes: Writes, checker: str, said: Judged) -> Iterable[str]:
    """What a checker said that the row does not say, or the other way round."""
    severity = row.severity_with(writes)
    if said.package:
        yield f"the package itself: {said.package[0]}"
    if severity == "breaking":
        if checker in row.checkers and not any(each.names(*row.words) for each in said.uses):
            yield f"nothing about {' or '.join(row.words)} is red"
    elif said.uses:
        yield f"{severity}, yet red: {said.uses[0]}"
    kinds = {each[0] for each in row.expected}
    if severity in ("safe", None) or not kinds & OTHER_OPTIONS:
        if said.options and severity != "breaking":
            yield f"{severity}, yet red: {said.options[0]}"
    elif severity == "risky" and kinds & MORE_OPTIONS and not lists_too_few(row, pair, said):
        yield "code that lists all options is not red, so the change is safe"


def lists_too_few(row: Row, pair: Sides, said: Judged) -> bool:
    """Whether the function that lists the options of the field is red, where there were some."""
    for _, module, field, _ in row.expected:
        names = pair.old.names.modules[str(module)]
        if str(field) not in names.picklists:
            continue
        place = f"options_{names.file}.py", f"def of_{names.fields[str(field)]}("
        if not any((each.file, each.line[: len(place[1])]) == place for each in said.options):
            return False
    return True


@pytest.mark.slow
def test_rows_at_once(tmp_path: Path) -> None:
    """All that is not breaking in one package, all that is in others; the old one is clean."""
    groups = {
        group: [row for row in TOGETHER if row.group == group]
        for group in ("mild", "breaking", "modules")
    }
    pairs = {f"of_{group}": sides_of(rows) for group, rows in groups.items()}
    old = sides_of(TOGETHER).old
    said = judge({**pairs, "of_old": Sides(old, old)}, tmp_path / "checked")
    for checker in ("pyright", "mypy"):
        assert said["of_old"][checker] == Judged((), (), ())
        for group, rows in groups.items():
            judged = said[f"of_{group}"][checker]
            wrong = {
                row.name: list(complaints(row, pairs[f"of_{group}"], "strict", checker, judged))
                for row in rows
                if group != "mild" or {each[0] for each in row.expected} & MORE_OPTIONS
            }
            assert not any(wrong.values()), (checker, wrong)
        assert said["of_mild"][checker].uses == ()
        assert said["of_mild"][checker].package == ()
        words = [word for row in groups["breaking"] for word in row.words]
        invented = [each for each in said["of_breaking"][checker].uses if not each.names(*words)]
        assert not invented, (checker, invented[:3])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("writes", ["strict", "open"])
def test_each_row(writes: Writes, part: int, tmp_path: Path) -> None:
    """Each row in packages of its own, which hold the modules that show it."""
    rows = ROWS[part::PARTS]
    pairs: dict[str, Sides] = {}
    clean: dict[object, str] = {}
    for number, row in enumerate(rows):
        modules = {*row.modules, *(each[1] for each in row.expected if each[1])} or ANY_MODULES
        pair = narrowed(sides_of([row], writes), modules)
        pairs[f"row_{number}"] = pair
        # Most rows begin with the same org.
        before = (pair.old.choices.modules, row.given and row.name)
        if before not in clean:
            clean[before] = f"old_{number}"
            pairs[f"old_{number}"] = Sides(pair.old, pair.old)
    said = judge(pairs, tmp_path / "checked")
    wrong: list[tuple[str, str, str]] = []
    for checker in ("pyright", "mypy"):
        wrong += [
            (checker, name, str(said[name][checker]))
            for name in clean.values()
            if said[name][checker] != Judged((), (), ())
        ]
        for number, row in enumerate(rows):
            name = f"row_{number}"
            found = complaints(row, pairs[name], writes, checker, said[name][checker])
            wrong += [(checker, row.name, text) for text in found]
    assert not wrong, "\n".join(map(str, wrong))
