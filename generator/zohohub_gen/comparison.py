"""Which two snapshots a diff compares, and from there to their bindings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zohohub_gen.alone import entries_of, standing_alone
from zohohub_gen.changes import Change
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.lenient import text
from zohohub_gen.names_lock import Lock, read_lock
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.snapshot import Snapshot, load_snapshot, present_snapshot
from zohohub_gen.write import read_text

if TYPE_CHECKING:
    from zohohub_gen.bindings import Bindings
    from zohohub_gen.config import Settings
    from zohohub_gen.ir import Schema
    from zohohub_gen.terminal import Terminal

LIVE = "the org"


@dataclass(frozen=True, slots=True)
class Source:
    """One snapshot, and the names that were given to it."""

    name: str
    """What people are told: a folder, a revision of one, or the org."""
    snapshot: Snapshot
    lock: Lock
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """What it was read from, by path inside the folder."""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides that were compared, by name, and how they differ."""

    old: str
    new: str
    changes: tuple[Change, ...]
    bindings: Bindings
    """The old side: what programs were written against."""
    diagnostics: tuple[Diagnostic, ...] = ()


def sources(
    terminal: Terminal,
    settings: Settings,
    folder: Path | None = None,
    revision: str | None = None,
) -> tuple[Source, Source]:
    """The snapshots to compare: the old one, from which the committed bindings are made, first.

    That is the snapshot of the project, or with ``revision`` that of a git revision.  The new one
    is in ``folder``; without one it is the project's if a revision is the old one, else the org's.
    """
    settings.refuse_union()
    if revision is not None:
        old = _of_revision(settings.metadata, revision)
        return old, _of_folder(folder or settings.metadata, old)
    old = _of_folder(settings.metadata)
    return old, _of_org(terminal, settings, old) if folder is None else _of_folder(folder, old)


def compare_sources(
    old: Source, new: Source, choices: Choices, *, is_whole: bool = False
) -> Comparison:
    """How two snapshots differ for the package that these choices give.

    The bindings know all fields if ``is_whole``, else perhaps those alone that may differ.  Raises
    `ConfigurationError` for a glob that names nothing of either.
    """
    from zohohub_gen.bindings import bind_side
    from zohohub_gen.differences import compare
    from zohohub_gen.parse import parse
    from zohohub_gen.selection import check_globs

    same = frozenset[str]() if is_whole else _the_same(old, new, choices)
    before, _ = parse(old.snapshot, untouched=same)
    after, _ = parse(new.snapshot, (old.snapshot, before), same)
    if same and {each.api_name for each in before.modules} != {
        each.api_name for each in after.modules
    }:
        return compare_sources(old, new, choices, is_whole=True)  # any field may name those
    check_globs(_both(before, after), choices)
    # The lock has the names that the old bindings were made with, whatever is overridden today.
    of_old = replace(choices, names={}) if old.lock else choices
    bindings = bind_side(before, old.lock, of_old, same)
    return Comparison(
        old.name,
        new.name,
        tuple(compare(bindings, bind_side(after, new.lock, choices, same))),
        bindings,
        new.diagnostics,
    )


def _the_same(old: Source, new: Source, choices: Choices) -> frozenset[str]:
    """The modules that no comparison has to look into: nothing that concerns them differs."""
    ours, theirs = old.snapshot, new.snapshot
    # With globs of modules, their fields say which rows of subforms the package holds.
    if choices.modules or old.lock != new.lock:
        return frozenset()
    entries, others = entries_of(ours.modules), entries_of(theirs.modules)
    parts = (
        (ours.fields, theirs.fields),
        (ours.layouts, theirs.layouts),
        (ours.related_lists, theirs.related_lists),
    )
    present = {name for sides in parts for side in sides for name in side}
    entry_of = {text(each.get("api_name")): each for each in others}
    equal = {
        name for each in entries if each == entry_of.get(name := text(each.get("api_name")) or "")
    }
    return frozenset(
        name
        for name in standing_alone(entries, present, choices)
        & standing_alone(others, present, choices)
        & equal
        if any(text(item.get("api_name")) for item in ours.fields.get(name, []))
        and all(here.get(name) == there.get(name) for here, there in parts)
    )


def _both(before: Schema, after: Schema) -> Schema:
    """What either side has, for globs to be looked for in."""
    modules = {module.api_name: module for module in before.modules}
    for module in after.modules:
        old = modules.get(module.api_name)
        fields = (*(old.fields if old else ()), *module.fields)
        modules[module.api_name] = replace(module, fields=fields)
    return replace(after, modules=tuple(modules.values()))


# --- One side each ----------------------------------------------------------------------------


def _of_folder(folder: Path, beside: Source | None = None) -> Source:
    """A snapshot folder; one without names.json goes by the names of the other side."""
    files = present_snapshot(folder)
    place = folder / LOCK_FILE
    content = read_text(place)
    if content is not None:
        files[LOCK_FILE] = content.encode("utf-8", "surrogateescape")
    is_shared = beside and files.get(LOCK_FILE) in (None, beside.files.get(LOCK_FILE))
    return Source(
        name=str(folder),
        snapshot=load_snapshot(files, str(folder), _shareable(beside)),
        lock=beside.lock if beside and is_shared else read_lock(content, str(place)),
        files=files,
    )


def _of_revision(folder: Path, revision: str) -> Source:
    from zohohub_gen.revisions import files_at

    files, commit = files_at(folder, revision)
    known_as = revision if commit.startswith(revision) else f"{revision} ({commit})"
    place = f"{revision}:{folder.as_posix()}"
    lock = files.get(LOCK_FILE)
    return Source(
        name=f"{folder} at {known_as}",
        snapshot=load_snapshot(files, place),
        lock=read_lock(
            None if lock is None else lock.decode("utf-8", "surrogateescape"),
            f"{place}/{LOCK_FILE}",
        ),
        files=files,
    )


def _of_org(terminal: Terminal, settings: Settings, old: Source) -> Source:
    """The org as it is now: what has changed is read from Zoho, the rest is as in the folder."""
    from zohohub.transport import Transport

    from zohohub_gen.pull import read_org

    with closing(Transport(settings.auth())) as transport, terminal.progress() as progress:
        reading = read_org(
            transport,
            old.snapshot,
            settings.metadata,
            concurrency=settings.concurrency,
            progress=progress,
        )
    return Source(LIVE, reading.snapshot, old.lock, diagnostics=reading.diagnostics)


def _shareable(beside: Source | None) -> tuple[Mapping[str, bytes], Snapshot] | None:
    return None if beside is None else (beside.files, beside.snapshot)
