"""Two sides of the sample org: its metadata as JSON, edited, and what is generated from each."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from zohohub_gen.bindings import Bindings, bind_side
from zohohub_gen.choices import Choices
from zohohub_gen.names_lock import read_lock
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares
from zohohub_gen.snapshot import Snapshot, read_snapshot

from tests.support.packages import ACME
from tests.support.whole_program import Writer

Edit: TypeAlias = Callable[[Snapshot], None]
"""Changes the metadata in place."""

_SHOWN_OPTIONS = 20


@cache
def _acme() -> Snapshot:
    snapshot = read_snapshot(ACME / "metadata")
    for fields in snapshot.fields.values():
        for field in fields:
            if "pick_list_values" in field:  # one of them has a thousand
                del field["pick_list_values"][_SHOWN_OPTIONS:]
    return snapshot


def acme(*edits: Edit) -> Snapshot:
    """The sample org after some edits."""
    return edited(_acme(), edits)


def edited(snapshot: Snapshot, edits: Iterable[Edit]) -> Snapshot:
    """A copy of the metadata, with the edits made one after the other."""
    found = copy.deepcopy(snapshot)
    for edit in edits:
        edit(found)
    return found


def acme_lock() -> Mapping[str, Any]:
    """The names of the sample org."""
    return read_lock((ACME / "metadata" / "names.json").read_text("utf-8"), "names.json")


def bindings(snapshot: Snapshot, lock: Mapping[str, Any], choices: Choices) -> Bindings:
    """One side, from its metadata and the names that were locked before."""
    schema, _ = parse(snapshot)
    return bind_side(schema, lock, choices)


@dataclass(frozen=True)
class Sides:
    """Before and after."""

    old: Bindings
    new: Bindings


def sides(
    before: Snapshot,
    after: Snapshot,
    *,
    choices: Choices,
    new_choices: Choices | None = None,
    lock: Mapping[str, Any] | None = None,
) -> Sides:
    """Two sides that follow each other: the second keeps the names that the first gave."""
    old = bindings(before, acme_lock() if lock is None else lock, choices)
    # The lock travels as JSON.
    kept = json.loads(json.dumps(old.names.lock))
    return Sides(old, bindings(after, kept, new_choices or choices))


def narrowed(pair: Sides, modules: Iterable[str]) -> Sides:
    """The same sides with these modules alone, by their api_names on either side."""
    wanted = set(modules)
    for side in (pair.old, pair.new):
        # Choosing no module would be choosing all of them.
        if not any(module.api_name in wanted for module in side.schema.modules):
            wanted.add(next(each.api_name for each in side.schema.modules if not each.is_subform))
    ids = {module.id for module in pair.old.schema.modules if module.api_name in wanted} - {None}

    def narrow(side: Bindings) -> Bindings:
        chosen = tuple(
            module.api_name
            for module in side.schema.modules
            if module.api_name in wanted or module.id in ids
        )
        return replace(side, choices=replace(side.choices, modules=chosen))

    return Sides(narrow(pair.old), narrow(pair.new))


def write_package(side: Bindings, folder: Path) -> None:
    """Write the package, without formatting it."""
    planner = PackagePlanner(side.chosen(), side.names, side.choices)
    for path, text in Shares(planner).files().items():
        _write(folder / path, text)


def write_program(side: Bindings, package: str, folder: Path) -> None:
    """Write the program that uses everything of a side, for a package of this name."""
    writer = Writer(side.chosen(), side.names, side.choices)
    # Checkers tell files of one name by their packages.
    _write(folder / f"program_of_{package}" / "__init__.py", "")
    for path, text in writer.files(package, f"program_of_{package}").items():
        _write(folder / path, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
