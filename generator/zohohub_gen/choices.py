"""What users choose about their package: the keys of ``[tool.zohohub]`` that change its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Writes: TypeAlias = Literal["strict", "open"]
"""Whether a write or a condition takes the known options of a picklist alone, or any text."""

Picklists: TypeAlias = Literal["literal", "enum", "str"]
"""What the options of a picklist are in the package: a ``Literal``, a ``StrEnum``, or any text."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the package is to hold, and how.

    ``modules`` and ``exclude_modules`` are globs of api_names (no ``modules``: every one),
    ``fields`` and ``exclude_fields`` globs of ``Module.Field`` (a module that no ``fields`` are
    about has all of its own); ``names`` are the overrides of ``[tool.zohohub.names]``;
    ``templates`` is a folder of templates that replace ours; ``vendor_runtime`` puts a copy of the
    runtime into the package.
    """

    modules: tuple[str, ...] = ()
    exclude_modules: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    exclude_fields: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    writes: Writes = "strict"
    picklists: Picklists = "literal"
    templates: Path | None = None
    vendor_runtime: bool = False
