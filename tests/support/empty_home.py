"""Programs as on a machine where nobody has set anything up; and the Pythons that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.packages import REPOSITORY

# How this machine reaches the package index.  Nothing else of its environment is passed on.
_INDEX = (
    "PIP_",
    "SSL_CERT_",
    "REQUESTS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def empty_home(folder: Path) -> dict[str, str]:
    """The environment of a user whose home is the new folder ``folder``."""
    folder.mkdir(parents=True)
    (folder / "tmp").mkdir()
    index = {name: value for name, value in os.environ.items() if name.startswith(_INDEX)}
    return {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "TMPDIR": str(folder / "tmp"),
        **index,
    }


def find_python(version: str) -> Path | None:
    """A Python of this version, such as ``3.12``: on the PATH, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        shutil.which(f"python{version}"),
        *sorted(pyenv.glob(f"versions/{version}.*/bin/python")),
    ]
    for candidate in candidates:
        if candidate is None:
            continue
        # pyenv puts commands on the PATH that only say that they are of another version.
        asked = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        found, _, path = asked.stdout.strip().partition(" ")
        if asked.returncode == 0 and found == version:
            return Path(path)
    return None


def copy_of_the_checkout(folder: Path) -> Path:
    """What git has of this repository, or would take, as it is in the working copy."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\0"):
        source, target = REPOSITORY / name, folder / name
        if name and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder
