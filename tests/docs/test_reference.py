"""The reference has a place for everything that users import."""

from __future__ import annotations

import importlib
import re

import zohohub
import zohohub.errors
import zohohub_gen.emulator

from tests.support.packages import REPOSITORY

REFERENCE = REPOSITORY / "docs" / "reference"
SHOWN = [
    name
    for page in REFERENCE.rglob("*.md")
    for name in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), re.MULTILINE)
]


def resolved(name: str) -> object:
    """The module, or the thing in a module, of this name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute)


def test_every_public_name_has_a_place() -> None:
    places = [resolved(name) for name in SHOWN]
    for public in (zohohub, zohohub.errors, zohohub_gen.emulator):
        for name in public.__all__:
            thing = getattr(public, name)
            module = importlib.import_module(getattr(thing, "__module__", public.__name__))
            documented = any(thing is place or module is place for place in places)
            assert documented or name == "FaultKind", f"{public.__name__}.{name}"


def test_nothing_has_two_places() -> None:
    places = [id(resolved(name)) for name in SHOWN]
    assert len(places) == len(set(places))
