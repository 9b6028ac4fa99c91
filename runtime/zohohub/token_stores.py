"""Where a grant is kept between calls, or between processes.

A store of your own needs two methods, `TokenStore`.  With a third one, `LockableTokenStore`, the
processes that share it make one refresh between them, instead of one each: Zoho gives 10 access
tokens a refresh token in 10 minutes.
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast, runtime_checkable

from zohohub.errors import AuthError, ConfigurationError
from zohohub.forks import watch_forks
from zohohub.tokens import NO_PICKLE, Grant

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["FileTokenStore", "LockableTokenStore", "MemoryTokenStore", "TokenStore"]

_PATIENCE = 180.0
"""Seconds to wait for another process: it may try a slow accounts server three times."""
_OTHERS = 0o077
_ROOT = 0


class TokenStore(Protocol):
    """Keeps the grant of one client: in a database, in a secret manager, anywhere.

    `Grant.as_dict` and `Grant.from_dict` turn a grant into plain values and back.  What the methods
    raise reaches whoever needed the token.
    """

    def load(self) -> Grant | None:
        """The grant that was saved last; None while there is none."""
        ...

    def save(self, grant: Grant) -> None:
        """Keep ``grant``, which holds secrets, in place of what was kept."""
        ...


@runtime_checkable
class LockableTokenStore(TokenStore, Protocol):
    """A store for several processes at the same time."""

    def lock(self) -> AbstractContextManager[object]:
        """Keep all others waiting, in this process too, until the context ends.

        `Auth` holds it while it loads the grant, asks Zoho for a new token and saves it.
        """
        ...


class _FileLock(Protocol):
    """What of filelock's class is used."""

    @property
    def lock_file(self) -> str: ...

    def acquire(self) -> object: ...

    def release(self) -> None: ...


class MemoryTokenStore:
    """Keeps a grant for as long as the process runs; what `Auth` uses without another store."""

    def __init__(self, grant: Grant | None = None) -> None:
        self._grant = grant

    def __repr__(self) -> str:
        return "MemoryTokenStore()"

    def __reduce__(self) -> NoReturn:
        raise TypeError(NO_PICKLE.format("MemoryTokenStore"))

    def load(self) -> Grant | None:
        """The grant that was saved last, or given at first."""
        return self._grant

    def save(self, grant: Grant) -> None:
        """Keep ``grant``."""
        self._grant = grant


class FileTokenStore:
    """Keeps a grant in a JSON file that its owner alone can read, for any number of processes.

    The file holds the refresh token and the access token, but no client secret.  It is replaced as
    a whole, so that a process which dies leaves the old one or the new one.  ``<path>.lock`` beside
    it is the lock.  A ``~`` at the beginning is the home folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from pathlib import Path

        # As a whole, so that a process may change its folder, and that links lead to one lock.
        self._path = Path(path).expanduser().resolve()
        self._file_lock: _FileLock | None = None
        self._inherited: list[_FileLock] = []
        self.forked()
        watch_forks(self)

    def forked(self) -> None:
        """Take a lock of its own: filelock refuses one that was made before the fork."""
        self._making_lock = threading.Lock()
        if self._file_lock is not None:
            # Not dropped: an older filelock would then release what a thread of the parent holds.
            self._inherited.append(self._file_lock)
            self._file_lock = None

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    @property
    def path(self) -> Path:
        """The absolute path of the file."""
        return self._path

    def load(self) -> Grant | None:
        """The grant in the file; None where there is no file.

        Raises `ConfigurationError` where the file cannot be read, is damaged, is open to others
        than its owner or belongs to another user, and where everybody can replace it.
        """
        self._check_folder()
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                content = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error("cannot be read", error) from error
        if os.name == "posix" and status.st_uid not in (os.geteuid(), _ROOT):
            raise ConfigurationError(
                f"{self._path} belongs to another user (uid {status.st_uid}), who may have put "
                "their own tokens there: run `chown` on it, or give another file"
            )
        if os.name == "posix" and status.st_mode & _OTHERS:
            raise ConfigurationError(
                f"{self._path} is open to others (mode {status.st_mode & 0o777:03o}), who may take "
                "its tokens or put their own there: run `chmod 600` on it, and make new tokens if "
                "somebody may have"
            )
        grant = _grant(content)
        if grant is None:
            # Not from the reader's own error, which quotes the content.
            raise ConfigurationError(
                f"{self._path} is damaged, or is no token file: write a new one with "
                f"`zohohub-gen login --store {self._path}`"
            )
        return grant

    def save(self, grant: Grant) -> None:
        """Replace the file; raises `ConfigurationError` where that cannot or must not be done."""
        import json

        self._check_folder()
        content = json.dumps(grant.as_dict(), indent=1).encode() + b"\n"
        # Under the lock there is one writer, so that one that was killed leaves one file at most.
        new = self._path.with_name(f"{self._path.name}.new")
        with self.lock():
            try:
                new.unlink(missing_ok=True)
                with open(new, "xb", opener=_for_the_owner) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(self._path)
            except OSError as error:
                with suppress(OSError):
                    new.unlink(missing_ok=True)
                raise self._error("cannot be written", error) from error

    @contextmanager
    def lock(self) -> Generator[None]:
        """Keep other threads and processes waiting; a thread that holds it may take it again.

        Raises `ConfigurationError` where the folder cannot be written, and `AuthError` where
        somebody else holds the lock for three minutes.
        """
        self._check_folder()
        filelock = _filelock()
        file_lock = self._lock()
        try:
            file_lock.acquire()
        except filelock.Timeout as error:
            raise AuthError(
                f"{file_lock.lock_file} has been held for {_PATIENCE:.0f} seconds: is a process "
                "that uses the token file stopped?"
            ) from error
        except OSError as error:
            raise self._error("cannot be locked", error) from error
        try:
            yield
        finally:
            file_lock.release()

    def _check_folder(self) -> None:
        """Refuse a folder where everybody can put a file in the place of the tokens or the lock.

        A group that can is let pass: on many systems it is the user alone.
        """
        if os.name != "posix":
            return
        try:
            mode = self._path.parent.stat().st_mode
        except OSError:
            return  # whoever opens the file says what is wrong
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise ConfigurationError(
                f"{self._path} is in a folder where everybody may put another file in its place "
                f"(mode {mode & 0o7777:04o}): run `chmod o-w` on it, or give a file elsewhere"
            )

    def _lock(self) -> _FileLock:
        # One object, because it knows which thread holds it.
        with self._making_lock:
            if self._file_lock is None:
                made: _FileLock = _filelock().FileLock(
                    f"{self._path}.lock", timeout=_PATIENCE, mode=0o600
                )
                self._file_lock = made
            return self._file_lock

    def _error(self, what: str, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path} {what} ({error.strerror or type(error).__name__}): "
            "give a file in a folder that this user can write"
        )


def _filelock() -> Any:
    """The library; untyped, because a copy of this package may live without it."""
    from importlib import import_module

    try:
        return import_module("filelock")
    except ModuleNotFoundError:
        raise ConfigurationError(
            "token files need filelock, which is not installed: run `pip install filelock`, or "
            "give a refresh token, or a token store of your own"
        ) from None


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _grant(content: bytes) -> Grant | None:
    import json

    try:
        values: object = json.loads(content)
        return Grant.from_dict(cast("dict[str, Any]", values)) if isinstance(values, dict) else None
    except (ValueError, RecursionError):
        return None
