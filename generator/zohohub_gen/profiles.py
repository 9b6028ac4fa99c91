"""Profiles: the tables ``[tool.zohohub.profiles.NAME]``, one for each org, and unions of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

from zohohub_gen.config_values import listed
from zohohub_gen.diagnostics import ConfigurationError

Profiles = Mapping[str, dict[str, Any]]
"""What the file says of each profile, by its name."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
# Parts of a snapshot: a profile has its folder inside that of the general settings.
_FOLDERS = ("fields", "layouts", "related_lists")


def variable(general: str, profile: str | None) -> str:
    """The profile's own variable: ``ZOHO_DC``, ``sandbox`` → ``ZOHO_SANDBOX_DC``."""
    return general if profile is None else general.replace("ZOHO_", f"ZOHO_{_word(profile)}_", 1)


def read_profiles(place: str, value: object) -> Profiles:
    """The profiles of the table at ``place``; raises `ConfigurationError` for a bad name."""
    if not isinstance(value, dict):
        raise ConfigurationError(f"{place} must be a table of tables, such as {_EXAMPLE}")
    by_word: dict[str, str] = {}
    for name, table in cast("dict[str, object]", value).items():
        if not _NAME.fullmatch(name) or name in _FOLDERS:
            raise ConfigurationError(
                f"{place}: {name!r} is not a name for a profile, which stands in variables and is "
                f"a folder; take ASCII letters, digits, - and _, and none of {listed(_FOLDERS)}"
            )
        other = by_word.setdefault(_word(name), name)
        if other != name:
            raise ConfigurationError(
                f"{place}: {other} and {name} would have the same variables, "
                f"{variable('ZOHO_…', name)}; rename one"
            )
        if not isinstance(table, dict):
            raise ConfigurationError(f"{place} {name} must be a table, such as {_EXAMPLE}")
    return cast("Profiles", value)


def refuse_unknown(name: str, profiles: Profiles, where: str) -> None:
    """Raise `ConfigurationError` unless there is a profile of that name."""
    if name in profiles:
        return
    known = list(profiles)
    if not known:
        raise ConfigurationError(
            f"there is no profile {name!r}: {where} has no table such as {_EXAMPLE}"
        )
    near = get_close_matches(name, known, n=1)
    raise ConfigurationError(
        f"there is no profile {name!r} in {where}; "
        + (f"did you mean {near[0]!r}?" if near else f"known are {listed(known)}")
    )


def union_of(place: str, value: object, profiles: Profiles, where: str) -> tuple[str, ...]:
    """The profiles that a union is made of: two or more, each an org."""
    names = cast("list[object]", value) if isinstance(value, list) else []
    members = [name for name in names if isinstance(name, str)]
    if len(set(members)) < 2 or len(set(members)) < len(names):
        raise ConfigurationError(
            f'{place} must list two or more profiles, each once, such as ["production", "sandbox"]'
        )
    for name in members:
        refuse_unknown(name, profiles, where)
        if "union" in profiles[name]:
            raise ConfigurationError(f"{place}: {name} is a union itself; list its parts")
    return tuple(members)


_EXAMPLE = "[tool.zohohub.profiles.sandbox]"


def _word(profile: str) -> str:
    return profile.upper().replace("-", "_")
