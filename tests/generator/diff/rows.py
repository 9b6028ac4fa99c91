"""What a row of the table of changes says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from zohohub_gen.changes import Kind, Severity
from zohohub_gen.choices import Choices, Writes
from zohohub_gen.snapshot import Snapshot

from tests.generator.diff.sides import Edit, Sides, acme, edited, sides

Expected: TypeAlias = tuple[Kind, str | None, str | None, str | None]
"""Kind, module, field, option."""

Group: TypeAlias = Literal["mild", "breaking", "modules"]
"""Rows of a group can be made at once, and what the type checkers say still belongs to each."""


@dataclass(frozen=True)
class Row:
    """One edit, what `compare` has to make of it, and why."""

    name: str
    edit: Edit
    expected: tuple[Expected, ...]
    severity: Severity | None
    """Of every change; None where there is none."""
    why: str
    words: tuple[str, ...] = ()
    """One of them stands in a line that a breaking change turns red, or in what is said of it."""
    checkers: tuple[str, ...] = ("pyright", "mypy")
    """Which of them a breaking change turns red; mypy strikes nothing out unless it is told to."""
    given: Edit | None = None
    """How both sides differ from the sample org."""
    open: Severity | None = None
    """The severity with ``writes = "open"``, where it is another."""
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names of the user's choice, on the new side."""
    alone: bool = False
    """The row touches what other rows touch."""
    last: bool = False
    """The edit comes after those that name modules."""
    modules: tuple[str, ...] = ()
    """What a package needs to show the change, beside the modules of the changes."""

    @property
    def group(self) -> Group:
        """With whom the row is checked."""
        if self.severity != "breaking":
            return "mild"
        of_module = any(
            kind.startswith("module") or (kind == "name changed" and name is None)
            for kind, _, name, _ in self.expected
        )
        return "modules" if of_module else "breaking"

    def severity_with(self, writes: Writes) -> Severity | None:
        """The severity under a choice of ``writes``."""
        return self.open if writes == "open" and self.open is not None else self.severity


def snapshots_of(rows: Iterable[Row]) -> tuple[Snapshot, Snapshot]:
    """The sample org before and after the edits of all rows."""
    rows = sorted(rows, key=lambda row: row.last)
    before = acme(*(row.given for row in rows if row.given is not None))
    return before, edited(before, [row.edit for row in rows])


def sides_of(rows: Iterable[Row], writes: Writes = "strict", **more: Any) -> Sides:
    """The bindings before and after the edits of all rows; ``more`` are other choices."""
    rows = tuple(rows)
    overrides = {place: name for row in rows for place, name in row.overrides.items()}
    return sides(
        *snapshots_of(rows),
        choices=Choices(writes=writes, **more),
        new_choices=Choices(writes=writes, names=overrides, **more),
    )
