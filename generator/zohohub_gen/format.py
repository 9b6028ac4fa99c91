"""Make every file black-clean, running black only where the printed text is not so already."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

from zohohub_gen.source import is_stable

_ENOUGH_FOR_PROCESSES = 8


def format_files(files: Mapping[str, str]) -> dict[str, str]:
    """The files in black's form, in the same order."""
    unstable = {
        path: text for path, text in files.items() if path.endswith(".py") and not is_stable(text)
    }
    if not unstable:
        return dict(files)
    formatted = dict(zip(unstable, _format_all(list(unstable.values())), strict=True))
    return {path: formatted.get(path, text) for path, text in files.items()}


def _format_all(texts: list[str]) -> Iterable[str]:
    cache = _Cache()
    found = [cache.get(text) for text in texts]
    missing = [text for text, known in zip(texts, found, strict=True) if known is None]
    if len(missing) >= _ENOUGH_FOR_PROCESSES:
        with ProcessPoolExecutor() as pool:
            results = list(pool.map(run_black, missing, chunksize=4))
    else:
        results = [run_black(text) for text in missing]
    for text, result in zip(missing, results, strict=True):
        cache.put(text, result)
    new = iter(results)
    return [next(new) if known is None else known for known in found]


def run_black(text: str) -> str:
    """What black makes of a file."""
    import black

    with suppress(black.NothingChanged):
        return black.format_file_contents(text, fast=True, mode=black.Mode())
    return text


class _Cache:
    """Formatted texts by what went in, in the user's cache folder; it may vanish at any time."""

    def __init__(self) -> None:
        import black
        from platformdirs import user_cache_path

        self._folder = user_cache_path("zohohub-gen") / f"black-{black.__version__}"

    def get(self, text: str) -> str | None:
        with suppress(OSError, UnicodeDecodeError):
            return self._path(text).read_text(encoding="utf-8")
        return None

    def put(self, text: str, result: str) -> None:
        with suppress(OSError):  # a cache that cannot be written costs time, nothing else
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(result)
            Path(name).replace(self._path(text))

    def _path(self, text: str) -> Path:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / digest
