"""What users choose about their package: the keys of ``[tool.zohohub]`` that change its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Writes: TypeAlias = Literal["strict", "open"]
"""Whether a write or a condition takes the known options of a picklist alone, or any text."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the package is to hold, and how.

    ``modules`` are globs of api_names (none: every module); ``names`` are the overrides of
    ``[tool.zohohub.names]``; ``templates`` is a folder of templates that replace ours;
    ``vendor_runtime`` puts a copy of the runtime into the package.
    """

    modules: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    writes: Writes = "strict"
    templates: Path | None = None
    vendor_runtime: bool = False
