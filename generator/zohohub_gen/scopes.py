"""Which OAuth scopes which feature needs: the one table that `login`, `pull` and the docs follow.

Names are those of Zoho's documentation and OpenAPI files.  A scope that two features need stands in
both; `scopes_of` gives each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from zohohub_gen.diagnostics import ConfigurationError

__all__ = ["ALL", "DEFAULT", "FEATURES", "Coverage", "coverage", "covers", "plain", "scopes_of"]

Coverage: TypeAlias = Literal["all", "some", "none"]
"""How much of what a feature needs a token was granted."""

FEATURES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pull": (
            "ZohoCRM.settings.modules.READ",
            "ZohoCRM.settings.fields.READ",
            "ZohoCRM.settings.layouts.READ",
            "ZohoCRM.settings.related_lists.READ",
            "ZohoCRM.org.READ",
            "ZohoCRM.users.READ",
        ),
        # Related lists, photos, blueprints and conversions too.
        "records": ("ZohoCRM.modules.ALL",),
        "queries": ("ZohoCRM.modules.ALL", "ZohoCRM.coql.READ"),
        "search": ("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ"),
        "notes": ("ZohoCRM.modules.ALL", "ZohoCRM.modules.notes.ALL"),
        "attachments": ("ZohoCRM.modules.ALL", "ZohoCRM.modules.attachments.ALL"),
        "files": ("ZohoCRM.Files.READ", "ZohoCRM.Files.CREATE"),
        "tags": ("ZohoCRM.modules.ALL", "ZohoCRM.settings.tags.ALL"),
        "bulk": (
            "ZohoCRM.modules.ALL",
            "ZohoCRM.bulk.ALL",
            "ZohoFiles.files.ALL",
            "ZohoCRM.org.READ",
        ),
        "mass_update": ("ZohoCRM.mass_update.READ", "ZohoCRM.mass_update.UPDATE"),
        "change_owner": ("ZohoCRM.change_owner.CREATE",),
        "composite": ("ZohoCRM.composite_requests.CUSTOM",),
        "notifications": ("ZohoCRM.notifications.ALL",),
        "org": ("ZohoCRM.org.READ",),
        "users": ("ZohoCRM.users.READ",),
        "variables": ("ZohoCRM.settings.variables.ALL",),
        "recycle_bin": (
            "ZohoCRM.settings.recycle_bin.READ",
            "ZohoCRM.settings.recycle_bin.UPDATE",
            "ZohoCRM.settings.recycle_bin.DELETE",
        ),
    }
)
"""The scopes that a feature needs by itself, by the name that ``login --scopes`` takes."""

DEFAULT: Final = ("pull", "records", "queries", "search")
"""The features that `login` asks for: a user should not have to agree to what nobody uses."""
ALL: Final = tuple(FEATURES)
"""Every feature."""

_GROUPS: Final = {"default": DEFAULT, "all": ALL}


def scopes_of(wanted: Iterable[str]) -> tuple[str, ...]:
    """The scopes for features, ``default``, ``all`` and scopes of Zoho's, each once and in order.

    Raises `ConfigurationError` for a name that is none of them.
    """
    found: dict[str, None] = {}
    for name in wanted:
        if "." in name:
            found[name] = None
            continue
        for feature in _GROUPS.get(name, (name,)):
            if feature not in FEATURES:
                known = ", ".join((*_GROUPS, *FEATURES))
                raise ConfigurationError(
                    f"{name!r} is no scope of Zoho's and no feature; features are {known}"
                )
            found |= dict.fromkeys(FEATURES[feature])
    return tuple(found)


# --- What a token was granted -----------------------------------------------------------------

_OPERATIONS = ("READ", "CREATE", "UPDATE", "DELETE")


def coverage(granted: Iterable[str], feature: str) -> Coverage:
    """How much of what the feature needs is among the scopes that were granted."""
    have = tuple(granted)
    needs = FEATURES[feature]
    if all(_is_granted(have, scope) for scope in needs):
        return "all"
    return "some" if any(_touches(mine, scope) for mine in have for scope in needs) else "none"


def covers(granted: str, wanted: str) -> bool:
    """Whether ``ZohoCRM.modules.ALL`` covers ``ZohoCRM.modules.leads.READ``."""
    *place, operation = _parts(granted)
    *wanted_place, wanted_operation = _parts(wanted)
    if wanted_place[: len(place)] != place:
        return False
    return operation in (wanted_operation, "all") or (
        operation == "write" and wanted_operation in ("create", "update")
    )


def plain(name: str) -> str:
    """Without regard to case and underscores: ``pricebooks`` is the scope of Price_Books."""
    return name.replace("_", "").lower()


def _is_granted(have: Iterable[str], wanted: str) -> bool:
    place, _, operation = wanted.rpartition(".")
    single = [f"{place}.{each}" for each in _OPERATIONS] if operation == "ALL" else [wanted]
    return all(any(covers(mine, each) for mine in have) for each in single)


def _touches(granted: str, wanted: str) -> bool:
    """Whether one of them lies below the other: reading leads is a part of all of the modules."""
    mine, other = _parts(granted)[:-1], _parts(wanted)[:-1]
    shorter = min(len(mine), len(other))
    return mine[:shorter] == other[:shorter]


def _parts(scope: str) -> list[str]:
    return [plain(part) for part in scope.split(".")]
