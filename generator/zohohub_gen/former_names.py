"""Names that things had before: kept in the lock, held, and given on as deprecated aliases.

In ``names.json`` a field or a related list has ``"former": ["company", …]``, a module
``"former": [{"file": …, "handle": …, "record": …}, …]``, newest first.  Whoever deletes such an
entry ends the alias, and the name is free again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, TypeVar, cast

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.lenient import mapping, text
from zohohub_gen.names_lock import Lock

T = TypeVar("T")

Tell: TypeAlias = Callable[[Diagnostic], None]


@dataclass(frozen=True, slots=True)
class FormerModule:
    """What a module was called: its file and handle, the class of the handle, the record class."""

    file: str
    handle: str
    record: str

    def entry(self) -> dict[str, str]:
        """It as the lock has it."""
        return {"file": self.file, "handle": self.handle, "record": self.record}


def locked_name(entry: Lock, kind: str) -> str | None:
    """A name from the lock, if it is one: the lock is a file that anything can stand in."""
    return as_name(entry.get(kind))


def as_name(value: object) -> str | None:
    """The value if it can be a name of generated code."""
    return value if isinstance(value, str) and _is_name(value) else None


@cache  # each is asked for several times, on both sides of a comparison
def _is_name(word: str) -> bool:
    return word.isidentifier() and word.isascii() and word[0] != "_"


def former_members(entry: Lock) -> list[str]:
    """The former names of a field or related list, by its entry in the lock."""
    if "former" not in entry:
        return []
    return [name for item in _items(entry) if (name := as_name(item)) is not None]


def former_modules(entry: Lock) -> list[FormerModule]:
    """The former names of a module, by its entry in the lock."""
    found: list[FormerModule] = []
    for item in _items(entry):
        names = [locked_name(mapping(item), kind) for kind in ("file", "handle", "record")]
        match names:
            case [str(file), str(handle), str(record)]:
                found.append(FormerModule(file, handle, record))
            case _:
                pass
    return found


def _items(entry: Lock) -> list[object]:
    listed = entry.get("former")
    return cast("list[object]", listed) if isinstance(listed, list) else []


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has a name, and perhaps had others."""

    key: str
    place: str
    """For diagnostics: ``Leads.Company``; for a thing that is gone today, empty."""
    name: str
    """What it is called now."""
    was: str | None
    """What the lock calls it."""


def keep_former(
    items: Iterable[tuple[Item, list[T]]],
    words: Callable[[T], Iterable[str]],
    in_use: Mapping[str, str],
    possible: Callable[[str], bool],
    tell: Tell,
) -> dict[str, list[T]]:
    """Which former names each thing keeps, by key.

    ``items`` come with what each was called before, newest first.  ``words`` are the names that one
    of those takes up, and ``in_use`` tells by which key a name, in lower case, is used now.  A name
    that means something else by now is dropped, and so is one that generated code needs itself.
    """
    claimed: set[str] = set()
    kept: dict[str, list[T]] = {}
    for item, before in items:
        own = kept.setdefault(item.key, [])
        for former in before:
            taken = [
                word
                for word in words(former)
                if in_use.get(word.lower(), item.key) != item.key or word.lower() in claimed
            ]
            if taken:
                _tell_taken(item, _shown(taken[0]), tell)
            elif not all(map(possible, words(former))):
                _tell_impossible(item, _first(words(former)), tell)
            else:
                own.append(former)
        claimed.update(word.lower() for former in own for word in words(former))
        if item.place and item.was and item.was != item.name:
            _tell_renamed(item, _first(words(own[0])) if own else None, tell)
    return kept


def keep_former_members(
    lock: Mapping[str, dict[str, Any]],
    held: Mapping[str, Lock],
    places: Mapping[str, str],
    possible: Callable[[str], bool],
    tell: Tell,
) -> None:
    """Put the former names of fields or related lists into the new lock, by those of the old one.

    ``places`` are those of what is there today, by key.
    """
    if not any(_has_history(entry, held.get(key)) for key, entry in lock.items()):
        return
    items: list[tuple[Item, list[str]]] = []
    for key, entry in lock.items():
        old = held.get(key, {})
        was, name = locked_name(old, "name"), text(entry.get("name")) or ""
        before = candidates(name, was, former_members(old))
        items.append((Item(key, places.get(key, ""), name, was), before))
    in_use = {"id": "id"} | used_by((item.key, [item.name]) for item, _ in items)
    kept = keep_former(items, lambda name: [name], in_use, possible, tell)
    for key, entry in lock.items():
        entry.pop("former", None)
        if kept[key]:
            entry["former"] = kept[key]


def _has_history(entry: Mapping[str, Any], old: Lock | None) -> bool:
    """Whether something was called otherwise before, or is from now on."""
    return old is not None and ("former" in old or old.get("name") != entry.get("name"))


def former_by_api_name(
    lock: Mapping[str, Mapping[str, Any]], present: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The former names of what is there today, by api_name."""
    found = {
        str(entry.get("api_name")): tuple(former_members(entry))
        for entry in lock.values()
        if "former" in entry
    }
    return {item: found[item] for item in present if found.get(item)}


def candidates(now: T, was: T | None, before: Iterable[T]) -> list[T]:
    """What something was called before, newest first, each once, without its present name."""
    found = [*([] if was is None else [was]), *before]
    return [each for each in dict.fromkeys(found) if each != now]


def without_former(entry: Lock) -> dict[str, Any]:
    """An entry of the lock, without its former names."""
    return {key: value for key, value in entry.items() if key != "former"}


def used_by(names: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Keys by the names, in lower case, that are in use."""
    return dict(_pairs(names))


def _pairs(names: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[str, str]]:
    for key, words in names:
        for word in words:
            yield word.lower(), key


def _first(words: Iterable[str]) -> str:
    return _shown(next(iter(words)))


def _shown(word: str) -> str:
    """A word as users know it: those of files have a dot, see `zohohub_gen.names`."""
    return word.removeprefix(".")


def _tell_taken(item: Item, name: str, tell: Tell) -> None:
    if item.place:
        message = (
            f"{name!r}, its name of before, means something else now: code that still uses it has "
            f"to say {item.name!r}"
        )
        tell(Diagnostic(item.place, message))


def _tell_impossible(item: Item, name: str, tell: Tell) -> None:
    if item.place:
        message = (
            f"{name!r}, its name of before, is needed by generated code itself: code that still "
            f"uses it has to say {item.name!r}"
        )
        tell(Diagnostic(item.place, message))


def _tell_renamed(item: Item, alias: str | None, tell: Tell) -> None:
    if alias == item.was:
        message = f"is called {item.name!r} now; {item.was!r} is deprecated and still works"
        tell(Diagnostic(item.place, message, "info"))
