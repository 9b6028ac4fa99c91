"""What is set up right, what is not, and what to do about it: one finding after the other.

Works without the network what can be seen here; the rest, with the credentials, is
`zohohub_gen.doctor_online`.  Nothing is written, and no secret gets into a finding.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from zohohub.errors import ConfigurationError as RuntimeConfigurationError

from zohohub_gen.config import sources
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.write import read_text

if TYPE_CHECKING:
    from zohohub.tokens import Grant

    from zohohub_gen.config import Settings

State: TypeAlias = Literal["right", "wrong", "skipped"]

ONLINE = ("network", "clock", "token", "data centre", "scopes", "time zone", "language")
"""What is looked at with the credentials, in this order."""

_RUNTIME = ("zohohub", "requests", "filelock")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    The text is what was found, and where that is ``wrong`` also what to do about it; where it is
    ``skipped``, why it could not be tried.
    """

    subject: str
    state: State
    text: str


def skipped(subjects: tuple[str, ...], why: str) -> Iterator[Finding]:
    """A finding for each of the things that were not tried."""
    return (Finding(subject, "skipped", f"not tried: {why}") for subject in subjects)


def examine(
    folder: Path,
    environment: Mapping[str, str],
    read_settings: Callable[[], Settings],
    *,
    timeout: tuple[float, float] = (10, 30),
) -> Iterator[Finding]:
    """Look at everything, offline first.

    ``timeout`` holds the seconds to wait for a connection and for each part of an answer.  Makes
    one access token, of the 10 that Zoho gives in 10 minutes, and 2 to 7 API calls for a credit
    each.
    """
    yield _python()
    try:
        settings = read_settings()
        text = sources(folder, environment, settings.profile)
    except GeneratorError as error:
        yield Finding("configuration", "wrong", str(error))
        yield from skipped(
            ("snapshot", "package", "credentials", *ONLINE), "the configuration is wrong"
        )
        return
    yield Finding("configuration", "right", text)
    language, found = _snapshot(settings)
    yield found
    if found.state == "right":
        yield _package(settings)
    else:
        yield from skipped(("package",), "it is made from the snapshot")
    stored, found = _credentials(settings)
    yield found
    if found.state == "right":
        from zohohub_gen.doctor_online import examine_org

        yield from examine_org(settings, stored, language, timeout)
    else:
        yield from skipped(ONLINE, "it needs credentials")


def _python() -> Finding:
    versions: list[str] = []
    for name in _RUNTIME:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return Finding(
                "python", "wrong", f"{name} is not installed: run `pip install zohohub` again"
            )
    return Finding("python", "right", f"Python {platform.python_version()}, {', '.join(versions)}")


def _snapshot(settings: Settings) -> tuple[str | None, Finding]:
    """The language of the snapshot, and what became of reading it."""
    from zohohub_gen.names_lock import read_lock
    from zohohub_gen.snapshot import read_snapshot

    folders = settings.options().snapshots
    lock = settings.metadata / LOCK_FILE
    try:
        snapshots = [read_snapshot(folder) for folder in folders]
        content = read_text(lock)
        names = read_lock(content, str(lock)).get("modules", {})
    except GeneratorError as error:
        return None, Finding("snapshot", "wrong", str(error))
    if content is None:
        text = (
            f"{lock} is missing, without which attributes may change their names: restore it from "
            f"version control, or run `zohohub-gen generate{settings.profile_words}` and commit it"
        )
        return snapshots[0].language, Finding("snapshot", "wrong", text)
    counts = [
        f"{folder}: {len(snapshot.modules or snapshot.fields)} modules"
        for folder, snapshot in zip(folders, snapshots, strict=True)
    ]
    text = f"{', '.join(counts)}, the names of {len(names)} in {LOCK_FILE}"
    return snapshots[0].language, Finding("snapshot", "right", text)


def _package(settings: Settings) -> Finding:
    from zohohub.interface import INTERFACE, OLDEST_INTERFACE

    from zohohub_gen.interface import interface_of
    from zohohub_gen.pipeline import check

    folder = settings.output / settings.package
    generate = f"`zohohub-gen generate{settings.profile_words}`"
    interface = interface_of(folder)
    if interface is None:
        text = f"{folder} is no generated package: run {generate}"
        return Finding("package", "wrong", text)
    if not OLDEST_INTERFACE <= interface <= INTERFACE:
        text = (
            f"{folder} is written for interface {interface} of zohohub, and the installed one "
            f"has {INTERFACE}: run {generate}, with the zohohub that production has"
        )
        return Finding("package", "wrong", text)
    options = settings.options()
    gives = f"{' and '.join(map(str, options.snapshots))} {'give' if options.union else 'gives'}"
    try:
        outcome, _ = check(options)
    except GeneratorError as error:
        return Finding("package", "wrong", str(error))
    if outcome.differs:
        text = f"{folder} is not what {gives}: run {generate} and commit what it writes"
        return Finding("package", "wrong", text)
    text = f"{folder}: what {gives}, for interface {interface} of zohohub"
    return Finding("package", "right", text)


def _credentials(settings: Settings) -> tuple[Grant | None, Finding]:
    """The grant of the token file, if there is one, and whether all that is needed is there."""
    from zohohub.token_stores import FileTokenStore

    try:
        settings.auth()
        file = None if settings.token_file is None else FileTokenStore(settings.token_file)
        stored = None if file is None else file.load()
    except (GeneratorError, RuntimeConfigurationError) as error:
        return None, Finding("credentials", "wrong", str(error))
    given = "client id and client secret are set"
    if file is None:
        text = "client id, client secret and refresh token are set"
        return None, Finding("credentials", "right", text)
    if stored is None:
        if settings.refresh_token is None:
            text = f"{file.path} is not there: run `zohohub-gen login --store {file.path}`"
            return None, Finding("credentials", "wrong", text)
        text = f"{given}; {file.path} will be made from the refresh token"
        return None, Finding("credentials", "right", text)
    if stored.client_id != settings.client_id:
        text = (
            f"{file.path} holds tokens of another client than ZOHO_CLIENT_ID names: give the one "
            "that it was made with, or run `zohohub-gen login` again"
        )
        return None, Finding("credentials", "wrong", text)
    if stored.refresh_token is None:
        text = f"{file.path} holds no refresh token: run `zohohub-gen login --store {file.path}`"
        return None, Finding("credentials", "wrong", text)
    if settings.refresh_token not in (None, stored.refresh_token):
        text = f"{file.path} holds another refresh token than ZOHO_REFRESH_TOKEN: unset one of them"
        return None, Finding("credentials", "wrong", text)
    text = f"{given}; {file.path} holds the refresh token, and its owner alone can read it"
    return stored, Finding("credentials", "right", text)
