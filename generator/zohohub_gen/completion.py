"""What a shell offers for a value: the modules of the snapshot, and the profiles.

It asks while somebody types: where something is wrong, it gets no answer rather than an error.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def modules(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The api_names of modules with fields that go on with what stands after the last comma."""
    from urllib.parse import unquote

    from zohohub_gen.command_options import settings_from
    from zohohub_gen.diagnostics import GeneratorError

    before, comma, begun = incomplete.rpartition(",")
    names: set[str] = set()
    with suppress(GeneratorError):
        settings = settings_from(metadata=ctx.params.get("metadata"))
        folders = [folder for _, folder in settings.union] or [settings.metadata]
        files = (path for folder in folders for path in (folder / "fields").glob("*.json"))
        # A shell prints what it offers as it is, and nobody types what cannot be printed.
        names = {name for path in files if (name := unquote(path.stem)).isprintable()}
    return [
        f"{before}{comma}{name}"
        for name in sorted(names.difference(before.split(",")))
        if name.lower().startswith(begun.lower())
    ]


def profiles(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The profiles of the settings that go on with this."""
    from zohohub_gen.config import profile_names
    from zohohub_gen.diagnostics import GeneratorError

    with suppress(GeneratorError):
        return [name for name in profile_names(Path()) if name.startswith(incomplete)]
    return []
