"""How single values of the configuration are read: each checked, each refused in one sentence.

A reader takes the place (``pyproject.toml: [tool.zohohub] package``, or a variable) and the value.
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

from zohohub_gen.diagnostics import ConfigurationError

# A client may make at most 25 calls at the same time, in Zoho's largest edition.
_MOST_CALLS = 25


def text(place: str, value: object) -> str:
    """Text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{place} must be text, not {value!r}")
    if "\0" in value:
        raise ConfigurationError(f"{place} is {value!r}, and must not hold a NUL")
    return value.strip()


def file(place: str, value: object) -> Path:
    """A path; ``~`` is the home folder."""
    return Path(text(place, value)).expanduser()


def one_of(*known: str) -> Callable[[str, object], str]:
    """A reader that takes one of these words, in any case."""

    def read(place: str, value: object) -> str:
        word = text(place, value).lower()
        if word not in known:
            raise ConfigurationError(f"{place} is {value!r}; {nearest(word, known)}")
        return word

    return read


def url(place: str, value: object) -> str:
    """The URL of a server."""
    from urllib.parse import urlsplit

    address = text(place, value)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"{place} is {value!r}; give a URL such as https://www.zohoapis.eu"
        )
    return address.rstrip("/")


def globs(place: str, value: object) -> tuple[str, ...]:
    """A list of globs."""
    if isinstance(value, list):
        given = cast("list[object]", value)
        if all(isinstance(item, str) and item for item in given):
            return tuple(cast("list[str]", given))
    raise ConfigurationError(f'{place} must be a list of globs, such as ["Leads", "Custom*"]')


def field_globs(place: str, value: object) -> tuple[str, ...]:
    """A list of globs of modules and fields."""
    if isinstance(value, list):
        given = cast("list[object]", value)
        # Both sides of the first dot: api_names of modules have none.
        if all(isinstance(item, str) and all(item.partition(".")) for item in given):
            return tuple(cast("list[str]", given))
    raise ConfigurationError(
        f"{place} must be a list of globs of modules and fields, such as "
        '["Leads.Legacy_*", "*.Rating"]'
    )


def flag(place: str, value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{place} must be true or false, not {value!r}")
    return value


def count(place: str, value: object) -> int:
    """How many calls to make at the same time."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_CALLS:
        raise ConfigurationError(f"{place} must be a number from 1 to {_MOST_CALLS}, not {value!r}")
    return value


def package(place: str, value: object) -> str:
    """The name of a package that can be imported and hides no other."""
    name = text(place, value)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        hint = (
            "; name the folder with `output`, the package inside it with `package`"
            if any(sign in name for sign in "./\\")
            else ""
        )
        raise ConfigurationError(f"{place} is {name!r}, which is not a name to import{hint}")
    if name in sys.stdlib_module_names or name in ("zohohub", "zohohub_gen"):
        raise ConfigurationError(f"{place} is {name!r}, which would hide the module of that name")
    return name


def names(place: str, value: object) -> dict[str, str]:
    """A table of Python names by api_name."""
    if not isinstance(value, dict):
        raise ConfigurationError(f'{place} must be a table, such as "Leads.Email" = "mail"')
    found: dict[str, str] = {}
    for api_name, name in cast("dict[str, object]", value).items():
        if isinstance(name, dict):
            # TOML reads a key with a dot and without quotes as a table.
            keys = listed([f'"{api_name}.{key}"' for key in cast("dict[str, object]", name)])
            raise ConfigurationError(f"{place}: put {keys or api_name} in quotes")
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise ConfigurationError(f"{place}: {api_name!r} is {name!r}, not a Python name")
        found[api_name] = name
    return found


def nearest(given: str, known: Iterable[str]) -> str:
    """What the user may have meant, or what there is."""
    from difflib import get_close_matches

    choice = list(known)
    near = get_close_matches(given, choice, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {listed(choice)}"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
