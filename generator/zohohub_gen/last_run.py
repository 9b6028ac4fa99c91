"""What the last run made of a package, so that the next one makes only what has changed since.

The memory is one entry a package in the user's cache folder.  It holds digests, of all that went in
and of the files that came out: a text is taken from the package on disk, and only while its digest
is the one remembered.  Whatever does not fit is no memory, and the package is made as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from zohohub_gen.alone import entries_of, standing_alone
from zohohub_gen.cache import Cache, digest
from zohohub_gen.diagnostics import Diagnostic, GeneratorError
from zohohub_gen.package import LOCK_FILE, Generated, Options, Rendered, Untouched
from zohohub_gen.packaged import packaged
from zohohub_gen.snapshot import load_snapshot, module_of
from zohohub_gen.write import present_files

_MODULES: Final = "modules.json"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Digests of all that a package is made from, but for the names."""

    surroundings: str
    """Of all that is not of one module alone."""
    modules: Mapping[str, str]
    """Of the files of each module that no file of another module depends on, by api_name."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run, whose package and names are still on disk."""

    files: int
    modules: Mapping[str, int]
    """How many fields the package holds of each module, by api_name."""
    diagnostics: tuple[Diagnostic, ...]
    untouched: Untouched
    """What of it need not be made again."""
    is_current: bool
    """Whether nothing has changed."""


class Memory:
    """Of the package that the options name.  It knows the input as it was when it was made."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cache = Cache("packages")
        places = (options.metadata, options.output / options.package)
        self._key = digest(str(path.absolute()).encode() for path in places)
        self._inputs: Inputs | None = None

    def recall(self) -> LastRun | None:
        """The last run, if anything of what it made can be kept."""
        content = self._cache.get(self._key)
        if content is None:  # as in CI, where the input need not be read twice
            return None
        now = self.inputs()
        try:
            known: dict[str, Any] = json.loads(content)
            before = Inputs(**known["inputs"])
            modules = {str(name): int(count) for name, count in known["modules"].items()}
            heard = tuple(Diagnostic(**item) for item in known["diagnostics"])
            is_other = (
                before.surroundings != now.surroundings
                or before.modules.keys() != now.modules.keys()
                or self._lock() != known["lock"]
            )
            files = None if is_other else self._on_disk(known["files"])
            if files is None or (before != now and known["is_renamed"]):
                return None
            kept = {
                name: modules[name]
                for name, own in now.modules.items()
                if name in modules and own == before.modules[name]
            }
            untouched = Untouched(
                kept,
                frozenset(modules),
                files,
                tuple(each for each in heard if each.place.partition(".")[0] in kept),
            )
            return LastRun(len(files), modules, heard, untouched, before == now)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def keep(self, rendered: Rendered) -> None:
        """Keep what a run gave, once it is on disk."""
        known = {
            "inputs": asdict(self.inputs()),
            "lock": digest([rendered.lock.encode()]),
            "is_renamed": '"former"' in rendered.lock,
            "files": {path: digest([text.encode()]) for path, text in rendered.files.items()},
            "modules": rendered.modules,
            "diagnostics": [asdict(item) for item in rendered.lasting],
        }
        self._cache.put(self._key, json.dumps(known))

    def inputs(self) -> Inputs:
        """What the package is made from, as it was at the first call."""
        if self._inputs is None:
            self._inputs = _read_inputs(self._options)
        return self._inputs

    def _lock(self) -> str | None:
        try:
            return digest([(self._options.metadata / LOCK_FILE).read_bytes()])
        except OSError:
            return None

    def _on_disk(self, digests: Mapping[str, str]) -> dict[str, bytes] | None:
        """The files of the package, if it is still what it was made to be."""
        folder = self._options.output / self._options.package
        owned = Generated(folder)
        if any(path not in digests and owned(path) for path in present_files(folder)):
            return None
        files: dict[str, bytes] = {}
        for path, expected in digests.items():
            try:
                files[path] = (folder / path).read_bytes()
            except OSError:
                return None
            if digest([files[path]]) != expected:
                return None
        return files


def _read_inputs(options: Options) -> Inputs:
    rest = list(_generator(options))
    modules: dict[str, list[bytes]] = {}
    for folder in options.snapshots:
        files = dict(_files(folder, ".json"))
        alone = frozenset[str]() if options.union else _alone(options, files)
        files.pop(LOCK_FILE, None)
        for path, content in files.items():
            name = module_of(path)
            parts = rest if name is None or name not in alone else modules.setdefault(name, [])
            parts += (path.encode("utf-8", "surrogateescape"), content)
    return Inputs(digest(rest), {name: digest(parts) for name, parts in modules.items()})


def _alone(options: Options, files: dict[str, bytes]) -> frozenset[str]:
    """The modules that stand alone; the times are taken out of ``modules.json``."""
    listed = {path: files[path] for path in files if path == _MODULES}
    try:  # as the run itself will, which then says what is wrong
        entries = entries_of(load_snapshot(listed, "").modules)
    except GeneratorError:
        return frozenset()
    files[_MODULES] = json.dumps(entries, sort_keys=True).encode()
    present = {name for path in files if (name := module_of(path)) is not None}
    return standing_alone(entries, present, options.choices)


def _generator(options: Options) -> Iterator[bytes]:
    """The choices, and the generator itself."""
    from importlib.metadata import version

    yield json.dumps(asdict(options.choices), sort_keys=True, default=str).encode()
    yield json.dumps([profile for profile, _ in options.union]).encode()
    yield " ".join(f"{name} {version(name)}" for name in ("black", "inflection", "jinja2")).encode()
    own = options.choices.templates
    if options.choices.vendor_runtime:
        from zohohub_gen.vendor import runtime_sources

        yield from (path.read_bytes() for path in runtime_sources())
    for folder, suffix in (
        (Path(__file__).parent, ".py"),
        (packaged("templates"), ".j2"),
        *([] if own is None else [(own, "")]),
    ):
        for path, content in _files(folder, suffix):
            yield path.encode("utf-8", "surrogateescape")
            yield content


def _files(folder: Path, suffix: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in present_files(folder) if path.endswith(suffix)):
        yield path, (folder / path).read_bytes()
