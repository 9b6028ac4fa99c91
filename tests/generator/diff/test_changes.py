"""`compare` finds what was edited, calls it by its name, weighs it right, and invents nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import get_args

import pytest
from zohohub_gen.changes import Kind
from zohohub_gen.choices import Choices, Writes
from zohohub_gen.differences import compare
from zohohub_gen.snapshot import Snapshot

from tests.generator.diff import edits as do
from tests.generator.diff.changes import ROWS, TOGETHER
from tests.generator.diff.option_changes import OPTION_ROWS
from tests.generator.diff.picklist_modes import severity_as
from tests.generator.diff.rows import Row, sides_of, snapshots_of
from tests.generator.diff.sides import Sides, acme, edited, sides

WRITES: tuple[Writes, ...] = get_args(Writes)


def found(pair: Sides) -> list[tuple[object, ...]]:
    """What `compare` says, in an order of its own."""
    changes = compare(pair.old, pair.new)
    assert compare(pair.old, pair.old) == []
    assert compare(pair.new, pair.new) == []
    return ordered(
        [(each.kind, each.module, each.field, each.option, each.severity) for each in changes]
    )


def expected(row: Row, writes: Writes) -> list[tuple[object, ...]]:
    """What the table says of a row."""
    return [(*each, row.severity_with(writes)) for each in row.expected]


def ordered(changes: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(changes, key=str)


def test_the_table_has_every_kind_and_enough_rows() -> None:
    kinds = {each[0] for row in ROWS for each in row.expected}
    assert kinds == set(get_args(Kind))
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert sum(len(row.expected) for row in TOGETHER) >= 40
    severities = Counter(row.severity for row in ROWS)
    assert min(severities[each] for each in ("breaking", "risky", "safe", None)) >= 10


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_one_edit(row: Row) -> None:
    for writes in WRITES:
        assert found(sides_of([row], writes)) == ordered(expected(row, writes)), row.why


@pytest.mark.parametrize("writes", WRITES)
def test_all_edits_at_once(writes: Writes) -> None:
    wanted = [each for row in TOGETHER for each in expected(row, writes)]
    assert found(sides_of(TOGETHER, writes)) == ordered(wanted)


def test_a_lookup_that_still_names_a_renamed_module() -> None:
    """A pull reads the modules that Zoho marks as changed; others keep the old name for a while.

    What the lookup gives is any record then: both type checkers refuse programs.
    """

    def rename_itself_alone(snapshot: Snapshot) -> None:
        do.module_of(snapshot, "Installations")["api_name"] = "Systems"
        for part in (snapshot.fields, snapshot.layouts, snapshot.related_lists):
            part["Systems"] = part.pop("Installations")

    before = acme()
    pair = sides(before, edited(before, [rename_itself_alone]), choices=Choices())
    severities = {(each[0], each[1], each[2]): each[4] for each in found(pair)}
    assert severities[("module renamed", "Installations", None)] == "risky"
    assert severities[("lookup target changed", "Cases", "Installation")] == "breaking"


@pytest.mark.skipif(
    "picklists" not in {each.name for each in fields(Choices)},
    reason="packages type picklists as Literals alone",
)
@pytest.mark.parametrize("picklists", ["enum", "str"])
def test_options_typed_otherwise(picklists: str) -> None:
    for row in OPTION_ROWS:
        wanted = [(*each, severity_as(row, picklists)) for each in row.expected]
        assert found(sides_of([row], picklists=picklists)) == ordered(wanted), row.name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_edit_edits(row: Row) -> None:
    """A row whose edit did nothing would prove nothing."""
    before, after = snapshots_of([row])
    assert bool(row.overrides) != (before != after)
