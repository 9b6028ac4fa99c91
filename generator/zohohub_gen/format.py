"""Make every file black-clean, running black only where the printed text is not so already."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from multiprocessing import get_context

from zohohub_gen.cache import Cache, digest
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.source import is_stable

_ENOUGH_FOR_PROCESSES = 8


def format_files(
    files: Mapping[str, str], strange: frozenset[str] = frozenset(), work: Work = UNSEEN
) -> dict[str, str]:
    """The files in black's form, in the same order.

    ``strange`` are the paths of those that were not printed by our templates; ``work`` hears which
    are looked at, and which black has to format.
    """
    work.begin("Formatting files", len(files))
    unstable: dict[str, str] = {}
    for path, text in files.items():
        if path in strange or (path.endswith(".py") and not is_stable(text)):
            unstable[path] = text
        work.step(path)
    if not unstable:
        return dict(files)
    formatted = dict(zip(unstable, _format_all(list(unstable.values()), work), strict=True))
    return {path: formatted.get(path, text) for path, text in files.items()}


def _format_all(texts: list[str], work: Work) -> Iterable[str]:
    cache = Cache(f"black-{version('black')}")
    keys = [digest([text.encode("utf-8", "surrogatepass")]) for text in texts]
    found = [cache.get(key) for key in keys]
    missing = [text for text, known in zip(texts, found, strict=True) if known is None]
    work.begin("Formatting with black", len(missing))
    if len(missing) >= _ENOUGH_FOR_PROCESSES:
        # A process with threads, such as the one that draws the progress, must not be forked.
        context = get_context("spawn") if threading.active_count() > 1 else None
        with ProcessPoolExecutor(mp_context=context) as pool:
            results = _counted(pool.map(run_black, missing, chunksize=4), work)
    else:
        results = _counted(map(run_black, missing), work)
    new = iter(results)
    formatted = [next(new) if known is None else known for known in found]
    for key, known, result in zip(keys, found, formatted, strict=True):
        if known is None:
            cache.put(key, result)
    return formatted


def _counted(texts: Iterable[str], work: Work) -> list[str]:
    counted: list[str] = []
    for text in texts:
        counted.append(text)
        work.step()
    return counted


def run_black(text: str) -> str:
    """What black makes of a file."""
    import black
    from black.report import NothingChanged

    with suppress(NothingChanged):
        return black.format_file_contents(text, fast=True, mode=black.Mode())
    return text
