"""What a release made of its sample org, and how far the present generator is from that.

``tests/releases/VERSION`` holds the sample's ``metadata`` (with the lock of the names) and
``records``, and ``acme_crm``, the package as that release made it.  ``difference.json`` beside
these folders is what the present generator makes of the newest one, in numbers, as it was when the
changelog was last brought up to date.

    make release-sample     keeps what this version makes of the sample
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
from dataclasses import asdict, dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from zohohub_gen.package import LOCK_FILE
from zohohub_gen.pipeline import Options, generate

from tests.support.packages import ACME, REPOSITORY, SAMPLE

RELEASES = REPOSITORY / "tests" / "releases"
RECORDED = RELEASES / "difference.json"
CHANGELOG = REPOSITORY / "CHANGELOG.md"
PACKAGE = "acme_crm"
ACCEPT = "ZOHOHUB_ACCEPT=1 python -m pytest tests/releases/test_releases.py"


class NotExplainedError(Exception):
    """The generated code has changed, and the changelog has not."""


@dataclass(frozen=True)
class Difference:
    """From the package of a release to what the generator makes of the same metadata now."""

    release: str
    files: tuple[str, ...]
    added: int
    removed: int
    sha256: str
    """Of the unified diff; that of nothing, if there is none."""


def version_of_the_project() -> str:
    """That in pyproject.toml."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def releases() -> list[Path]:
    """The folders of the releases, the oldest first."""
    folders = [path for path in RELEASES.iterdir() if (path / PACKAGE).is_dir()]
    return sorted(folders, key=lambda path: [int(number) for number in path.name.split(".")])


def regenerated(release: Path, folder: Path) -> dict[str, str]:
    """What the present generator makes of the release's metadata, in ``folder``."""
    shutil.copytree(release / "metadata", folder / "metadata")
    generate(Options(folder / "metadata", folder, PACKAGE))
    return texts(folder)


def texts(folder: Path) -> dict[str, str]:
    """The files of the package in ``folder``, and the lock of its names."""
    package = sorted((folder / PACKAGE).rglob("*.py*"))
    files = [path for path in package if "__pycache__" not in path.parts]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8")
        for path in [*files, folder / "metadata" / LOCK_FILE]
    }


def compare(release: str, old: dict[str, str], new: dict[str, str]) -> tuple[Difference, str]:
    """The difference in numbers, and as a unified diff without its line numbers.

    Where in a file something stands says nothing to whoever upgrades, and moves with every line
    that is added above.
    """
    diffs: list[str] = []
    files: list[str] = []
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) == new.get(path):
            continue
        files.append(path)
        lines = unified_diff(
            old.get(path, "").splitlines(),
            new.get(path, "").splitlines(),
            path if path in old else "/dev/null",
            path if path in new else "/dev/null",
            lineterm="",
        )
        diffs += ["@@" if line.startswith("@@ ") else line for line in lines]
    text = "".join(f"{line}\n" for line in diffs)
    content = [line for line in diffs if not re.match(r"(\+\+\+|---) \S+$", line)]
    return (
        Difference(
            release,
            tuple(files),
            sum(line.startswith("+") for line in content),
            sum(line.startswith("-") for line in content),
            hashlib.sha256(text.encode("utf-8")).hexdigest(),
        ),
        text,
    )


def explanations(changelog: str) -> tuple[str, ...]:
    """The entries under "Generated code" of what is not released."""
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if unreleased is None:
        return ()
    section = re.search(r"^### Generated code\n(.*?)(?=^### |\Z)", unreleased[1], re.M | re.S)
    entries = re.split(r"^- ", section[1], flags=re.M)[1:] if section else []
    return tuple(" ".join(entry.split()) for entry in entries)


def read_recorded(path: Path) -> tuple[Difference, tuple[str, ...]]:
    """The difference that the changelog explains, and its entries when that was written down."""
    value = json.loads(path.read_text("utf-8"))
    entries = tuple(value.pop("changelog"))
    return Difference(**value | {"files": tuple(value["files"])}), entries


def record(difference: Difference, entries: tuple[str, ...], path: Path) -> None:
    """Write down that these entries explain this difference.

    Raises `NotExplainedError` if there is none that was not there before.
    """
    if path.is_file():
        before, known = read_recorded(path)
        if before == difference:
            return
        if difference.files and not set(entries) - set(known):
            raise NotExplainedError(
                'write what is different into CHANGELOG.md, "Unreleased", "### Generated code", '
                f"then run {ACCEPT}"
            )
    value = asdict(difference) | {"changelog": entries if difference.files else ()}
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def keep(version: str) -> Path:
    """Make ``version`` the release that the generator is compared with; its folder."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is no version such as 1.2.0")
    folder = RELEASES / version
    if folder.exists():
        raise ValueError(f"{folder} is there: what is released stays")
    for part in ("metadata", "records"):
        shutil.copytree(ACME / part, folder / part)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SAMPLE / PACKAGE, folder / PACKAGE, ignore=unwanted)
    with TemporaryDirectory() as scratch:
        difference, text = compare(version, texts(folder), regenerated(folder, Path(scratch)))
    if difference.files:
        shutil.rmtree(folder)
        raise ValueError(f"generated_sample is not what the generator makes:\n{text[:2000]}")
    RECORDED.unlink(missing_ok=True)
    record(difference, (), RECORDED)
    return folder


if __name__ == "__main__":
    try:
        print(f"Kept {keep(version_of_the_project()).relative_to(REPOSITORY)}.")
    except ValueError as error:
        sys.exit(f"Error: {error}")
