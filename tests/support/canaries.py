"""An org that holds secrets and people that nothing else is called, and looking for them."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from zohohub_gen.emulator import Emulator, oauth

from .packages import ACME

_PERSONAL = re.compile(r"(first|last|full)_name|email|(\w+_)?(phone|mobile)|zuid", re.IGNORECASE)
_PEOPLE = ("Owner", "Created_By", "Modified_By", "Account_Manager")


class Canaries:
    """Random texts, by what they stand for.  Safe to ask under threads."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def secret(self, what: str, form: str = "{}") -> str:
        """A new secret; its random part is what is looked for."""
        text = secrets.token_hex(16)
        with self._lock:
            self.secrets[text] = what
        return form.format(text)

    def person(self, what: str, instead_of: str, form: str) -> str:
        """What stands in place of this datum of a person, always the same."""
        with self._lock:
            if instead_of not in self._known:
                # Digits do for phones as well.
                text = str(10**17 + secrets.randbelow(9 * 10**17))
                self.people[text] = what
                self._known[instead_of] = form.format(text)
            return self._known[instead_of]

    def found(self, text: str, *, people: bool = True) -> set[str]:
        """What of it stands in a text."""
        with self._lock:
            known = self.secrets | (self.people if people else {})
            return {what for canary, what in known.items() if canary in text}

    def in_files(self, folder: Path) -> dict[str, set[str]]:
        """What stands in the files of a folder, and in their names; by file."""
        found: dict[str, set[str]] = {}
        for path in sorted(folder.rglob("*")):
            text = str(path.relative_to(folder))
            if path.is_file():
                text += path.read_bytes().decode("utf-8", "replace")
            if what := self.found(text):
                found[path.relative_to(folder).as_posix()] = what
        return found


def _planted(value: Any, canaries: Canaries, key: str = "") -> Any:
    """The same JSON about other people."""
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        if key in _PEOPLE and "name" in given:
            given = given | {"name": canaries.person("name of a user", given["name"], "Ada Q{}")}
        return {name: _planted(each, canaries, name) for name, each in given.items()}
    if isinstance(value, list):
        return [_planted(each, canaries, key) for each in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    if "@" in value:
        return canaries.person("e-mail address", value, "q{}@example.com")
    if value and _PERSONAL.fullmatch(key):
        phone = key.lower().endswith(("phone", "mobile"))
        what = "phone number" if phone else "name of a person"
        return canaries.person(what, f"{key} {value}", "+{}" if phone else "Q{}")
    return value


def plant(folder: Path, canaries: Canaries) -> Path:
    """The sample org with other people, as a folder to serve."""
    shutil.copytree(ACME / "metadata", folder / "metadata")
    (folder / "records").mkdir(parents=True)
    for file in (ACME / "records").glob("*.json"):
        content = json.loads(file.read_text("utf-8"))
        (folder / "records" / file.name).write_text(
            json.dumps(_planted(content, canaries), ensure_ascii=False), "utf-8"
        )
    return folder / "metadata"


@contextmanager
def org(folder: Path, canaries: Canaries) -> Generator[Emulator]:
    """Serve it, with secrets that are canaries, all that it gives out later included."""
    kinds = iter(["refresh token"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            oauth, "_token", lambda: canaries.secret(next(kinds, "token or code"), "1000.{}.x")
        )
        patch.setattr(oauth.secrets, "token_hex", _hex(canaries))
        with Emulator(plant(folder, canaries), refresh_limit=10_000) as emulator:
            yield emulator


def _hex(canaries: Canaries) -> Any:
    real = secrets.token_hex

    def token_hex(size: int = 16) -> str:
        # The client id is no secret; the client secret has this many bytes.
        return canaries.secret("client secret", "{}") if size == 21 else real(size)

    return token_hex


@contextmanager
def watched_arguments(canaries: Canaries, found: set[str]) -> Generator[None]:
    """Look at the arguments of all processes of the machine until the context ends."""
    end = threading.Event()

    def watch() -> None:
        while not end.wait(0.03):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = file.read_bytes().decode("utf-8", "replace")
                except OSError:
                    continue
                found.update(canaries.found(text))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def variables(emulator: Emulator) -> dict[str, str]:
    """What leads a command to the org."""
    to = emulator.connection
    return {
        "ZOHO_CLIENT_ID": to.client_id,
        "ZOHO_CLIENT_SECRET": to.client_secret,
        "ZOHO_REFRESH_TOKEN": to.refresh_token,
        "ZOHO_ACCOUNTS_URL": to.accounts_url,
        "ZOHO_API_DOMAIN": to.api_domain,
    }


def without(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The variables but these."""
    return {name: value for name, value in values.items() if name not in names}
