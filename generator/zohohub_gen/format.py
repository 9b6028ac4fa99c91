"""Make every file black-clean, running black only where the printed text is not so already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from importlib.metadata import version

from zohohub_gen.cache import Cache, digest
from zohohub_gen.source import is_stable

_ENOUGH_FOR_PROCESSES = 8


def format_files(files: Mapping[str, str], strange: frozenset[str] = frozenset()) -> dict[str, str]:
    """The files in black's form, in the same order.

    ``strange`` are the paths of those that were not printed by our templates.
    """
    unstable = {
        path: text
        for path, text in files.items()
        if path in strange or (path.endswith(".py") and not is_stable(text))
    }
    if not unstable:
        return dict(files)
    formatted = dict(zip(unstable, _format_all(list(unstable.values())), strict=True))
    return {path: formatted.get(path, text) for path, text in files.items()}


def _format_all(texts: list[str]) -> Iterable[str]:
    cache = Cache(f"black-{version('black')}")
    keys = [digest([text.encode("utf-8", "surrogatepass")]) for text in texts]
    found = [cache.get(key) for key in keys]
    missing = [text for text, known in zip(texts, found, strict=True) if known is None]
    if len(missing) >= _ENOUGH_FOR_PROCESSES:
        with ProcessPoolExecutor() as pool:
            results = list(pool.map(run_black, missing, chunksize=4))
    else:
        results = [run_black(text) for text in missing]
    new = iter(results)
    formatted = [next(new) if known is None else known for known in found]
    for key, known, result in zip(keys, found, formatted, strict=True):
        if known is None:
            cache.put(key, result)
    return formatted


def run_black(text: str) -> str:
    """What black makes of a file."""
    import black
    from black.report import NothingChanged

    with suppress(NothingChanged):
        return black.format_file_contents(text, fast=True, mode=black.Mode())
    return text
