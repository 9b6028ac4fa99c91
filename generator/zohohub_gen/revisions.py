"""Read a folder as it was in a git revision, without touching the working tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from zohohub_gen.diagnostics import ConfigurationError, GeneratorError

_SHOWN = 12


def files_at(folder: Path, revision: str) -> tuple[dict[str, bytes], str]:
    """The files below the folder in a revision, by path inside it; and the commit, shortened.

    Raises `ConfigurationError` where the revision is no revision, the folder is in no repository
    or not in that revision, or git is not installed.
    """
    if revision.startswith("-") or not revision.strip():
        raise ConfigurationError(
            f"--from {revision!r} is not a revision; name a commit, tag or branch"
        )
    place = _existing(folder)
    prefix = _git(
        place,
        "rev-parse",
        "--show-prefix",
        failure=f"{folder} is in no git repository; --from needs one",
    )
    inside = prefix.decode("utf-8", "surrogateescape").rstrip("\n")
    inside += "".join(f"{part}/" for part in _missing(place, folder))
    commit = (
        _git(
            place,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            failure=f"git does not know the revision {revision!r} here; a shallow clone lacks most "
            "of them (fetch-depth: 0)",
        )
        .decode("ascii")
        .strip()
    )
    listing = _git(
        place,
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        commit,
        "--",
        inside or ".",
        failure=f"git cannot list {folder} in {revision!r}",
    )
    found: dict[str, str] = {}
    for entry in listing.split(b"\0"):
        head, _, path = entry.partition(b"\t")
        kind, name = head.split(b" ")[1:2], path.decode("utf-8", "surrogateescape")
        if kind == [b"blob"] and name.startswith(inside):
            found[name.removeprefix(inside)] = head.split(b" ")[2].decode("ascii")
    if not found:
        raise ConfigurationError(
            f"{folder} is not in the revision {revision!r}; name one in which it was committed"
        )
    return _contents(place, found), commit[:_SHOWN]


def _contents(place: Path, blobs: dict[str, str]) -> dict[str, bytes]:
    answer = _git(
        place,
        "cat-file",
        "--batch",
        failure="git cannot read the files of that revision",
        given="".join(f"{blob}\n" for blob in blobs.values()).encode("ascii"),
    )
    contents: dict[str, bytes] = {}
    start = 0
    for path in blobs:
        end = answer.index(b"\n", start)
        head = answer[start:end].split(b" ")
        if len(head) != 3:  # "<id> missing", of a partial clone that cannot be completed
            raise GeneratorError(f"git has no content of {path} in that revision; fetch it")
        size = int(head[2])
        contents[path] = answer[end + 1 : end + 1 + size]
        start = end + size + 2
    return contents


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    place = folder.absolute()
    while not place.is_dir():
        place = place.parent
    return place


def _missing(place: Path, folder: Path) -> tuple[str, ...]:
    return Path(os.path.normpath(folder.absolute())).relative_to(os.path.normpath(place)).parts


def _git(place: Path, *arguments: str, failure: str, given: bytes | None = None) -> bytes:
    """What git prints; raises `ConfigurationError` with ``failure`` where it refuses."""
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments; the revision cannot be an option
            ["git", "-C", os.fspath(place), *arguments],  # noqa: S607  # the user's own git
            input=given if given is not None else b"",
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigurationError("git is not installed; --from needs it") from None
    except OSError as error:
        raise GeneratorError(f"git cannot be run: {error.strerror or error}") from error
    if done.returncode != 0:
        raise ConfigurationError(failure)
    return done.stdout
