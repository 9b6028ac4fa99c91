"""Which OAuth scopes which feature needs: the one table that `login`, `pull` and README follow.

Names are those of Zoho's documentation and OpenAPI files.  A scope that two features need stands in
both; `scopes_of` gives each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from zohohub_gen.diagnostics import ConfigurationError

__all__ = ["ALL", "DEFAULT", "FEATURES", "scopes_of"]

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
