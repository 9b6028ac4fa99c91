"""The metadata API → the snapshot folder.  The only step that talks to Zoho.

A first pull asks for the modules, the org, the current user, and the fields, layouts and related
lists of every module.  A later one asks for the modules twice (all of them, and those modified
since the newest known change) and then only for what is new or changed; on an unchanged org that is
two calls.  Nothing is written before everything has arrived; the text of the files is made while
the rest is still on its way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from zohohub.credits import Credits
from zohohub.errors import ApiError, ConfigurationError, ScopeMismatch, ZohoError

from zohohub_gen.affected import affected_modules
from zohohub_gen.committed_json import is_too_deep
from zohohub_gen.diagnostics import Diagnostic, GeneratorError, Severity
from zohohub_gen.lenient import boolean, items, text
from zohohub_gen.pull_answers import BESIDE_FIELDS, ModuleAnswer, explain, is_fatal, reason
from zohohub_gen.scopes import FEATURES
from zohohub_gen.snapshot import (
    JsonObject,
    Snapshot,
    is_snapshot_file,
    known_org,
    module_files,
    normal_module,
    read_snapshot,
    snapshot_files,
)
from zohohub_gen.write import Changes, write_files

if TYPE_CHECKING:
    from zohohub.transport import Sender


class Progress(Protocol):
    """Hears how the pull goes, in the thread that called it."""

    def planned(self, modules: int, calls: int) -> None:
        """So many modules will be read, which takes so many calls; each costs one API credit."""
        ...

    def read(self, api_name: str) -> None:
        """What was asked of a module is there."""
        ...


@dataclass(frozen=True, slots=True)
class PullOutcome:
    """What a pull found and wrote.  ``read`` are the modules that were new or changed."""

    folder: Path
    changes: Changes
    modules: int
    read: tuple[str, ...]
    removed: tuple[str, ...]
    calls: int
    credits_left: int | None
    """What Zoho says is left for the running 24 hours; it says so once half is used."""
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The metadata of the org, and what it took to read it; nothing is written yet."""

    snapshot: Snapshot
    made: Mapping[str, str]
    """The files of what was read, by path; `snapshot_files` adds the rest."""
    read: tuple[str, ...]
    removed: tuple[str, ...]
    calls: int
    credits_left: int | None
    diagnostics: tuple[Diagnostic, ...]


def pull(
    transport: Sender,
    folder: Path,
    *,
    concurrency: int = 5,
    full: bool = False,
    progress: Progress | None = None,
) -> PullOutcome:
    """Bring the snapshot folder up to date with the org.

    Calls ``GET /settings/modules``, ``/settings/fields``, ``/settings/layouts``,
    ``/settings/related_lists``, ``/org`` and ``/users?type=CurrentUser``, at most ``concurrency``
    at a time; each costs one API credit.
    ``full`` reads every module, changed or not.  A module that Zoho does not serve becomes a
    diagnostic.  Raises `GeneratorError` when Zoho gives no answer, refuses the credentials or
    lists nothing, the folder holds the metadata of another org or cannot be written; then the
    folder is as it was.
    """
    diagnostics: list[Diagnostic] = []
    old = _existing(folder, diagnostics)
    reading = read_org(
        transport, old, folder, concurrency=concurrency, full=full, progress=progress
    )
    files = snapshot_files(reading.snapshot, reading.made)
    return PullOutcome(
        folder=folder,
        changes=write_files(folder, files, owned=is_snapshot_file),
        modules=len(reading.snapshot.modules),
        read=reading.read,
        removed=reading.removed,
        calls=reading.calls,
        credits_left=reading.credits_left,
        diagnostics=tuple(sorted([*diagnostics, *reading.diagnostics])),
    )


def read_org(
    transport: Sender,
    old: Snapshot,
    folder: Path,
    *,
    concurrency: int = 5,
    full: bool = False,
    progress: Progress | None = None,
) -> Reading:
    """Read what `pull` reads, and write nothing; what has not changed since ``old`` is its own.

    Raises `GeneratorError` where ``old``, which was read from ``folder``, is of another org.
    """
    puller = _Puller(transport, folder, concurrency, progress)
    try:
        snapshot, read = puller.snapshot(old, full=full)
    except ConfigurationError:
        raise
    except ZohoError as error:
        scopes = (
            f"; pull needs {', '.join(FEATURES['pull'])}"
            if isinstance(error, ScopeMismatch)
            else ""
        )
        raise GeneratorError(f"{error}{scopes}; nothing was written") from error
    listed = {_api_name(module) for module in snapshot.modules}
    return Reading(
        snapshot=snapshot,
        made=puller.made,
        read=tuple(read),
        removed=tuple(
            sorted({_api_name(module) for module in old.modules} - listed) if old.modules else ()
        ),
        calls=puller.calls,
        credits_left=puller.credits.left,
        diagnostics=tuple(sorted(puller.diagnostics)),
    )


def _existing(folder: Path, diagnostics: list[Diagnostic]) -> Snapshot:
    if not folder.is_dir():
        return Snapshot(modules=[])
    try:
        return read_snapshot(folder)
    except GeneratorError as error:
        if any(folder.iterdir()):
            diagnostics.append(
                Diagnostic(str(folder), f"everything is read again, because {error}", "info")
            )
        return Snapshot(modules=[], org=known_org(folder))


@dataclass(slots=True)
class _Puller:
    transport: Sender
    folder: Path
    concurrency: int
    progress: Progress | None
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    made: dict[str, str] = field(default_factory=dict[str, str])
    calls: int = 0
    credits: Credits = field(default_factory=Credits)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False

    def snapshot(self, old: Snapshot, *, full: bool) -> tuple[Snapshot, list[str]]:
        """The snapshot as it should be, and the modules that were read for it."""
        with self._pool() as pool:
            return self._snapshot(pool, old, full=full)

    def _snapshot(
        self, pool: ThreadPoolExecutor, old: Snapshot, *, full: bool
    ) -> tuple[Snapshot, list[str]]:
        listing = pool.submit(self._list, "settings/modules", "modules")
        # Where everything is read anyway, these need not wait for the modules.
        whose = self._whose(pool) if full or not old.modules else None
        modules = listing.result()
        if not modules:
            raise GeneratorError(
                "Zoho lists no modules: the user of the refresh token sees none; make the token "
                "as an administrator"
            )
        served = list(
            dict.fromkeys(
                _api_name(module)
                for module in modules
                if _api_name(module) and boolean(module.get("api_supported"), default=True)
            )
        )
        changed = set(served) if full else self._changed(old, modules).intersection(served)
        org, language = old.org, old.language
        if changed or not org:
            self._plan(changed, 2)
            new_org, new_language = whose or self._whose(pool)
            org = new_org.result() or old.org
            self._refuse_another(old.org, org)
            language = new_language.result() or old.language
            if old.language and language != old.language and old.fields:
                self._warn_of_language(old.language, language)
                if changed != set(served):
                    changed = set(served)
                    self._plan(changed, 0)
        order = [api_name for api_name in served if api_name in changed]
        answers = self._read_all(pool, order, self._read)
        unchanged = [api_name for api_name in served if api_name not in changed]
        fields = _only(old.fields, unchanged) | {
            api_name: answers[api_name].found.get("fields", []) for api_name in order
        }
        by_lookups = affected_modules(old.fields, fields)
        affected = [name for name in unchanged if name in by_lookups]
        if affected:
            self._plan_lists(changed, affected)
            answers |= self._read_all(pool, affected, self._read_lists)
        self.diagnostics += explain(answers.values(), old)
        if not any(fields.values()):
            refused = [error for each in answers.values() for error in each.refused.values()]
            if refused:
                raise next(
                    (each for each in refused if isinstance(each, ScopeMismatch)), refused[0]
                )
            raise GeneratorError(
                "Zoho gives the fields of no module; make the refresh token as an administrator; "
                "nothing was written"
            )
        snapshot = Snapshot(
            modules,
            fields,
            _merged(old.layouts, unchanged, answers, "layouts"),
            org,
            language,
            _merged(old.related_lists, unchanged, answers, "related_lists"),
        )
        return snapshot, order

    # --- what has changed ---------------------------------------------------------------------

    def _changed(self, old: Snapshot, modules: Sequence[JsonObject]) -> set[str]:
        """The modules that have to be read."""
        known = {_api_name(module): normal_module(module) for module in old.modules}
        changed = {
            _api_name(module)
            for module in modules
            if known.get(_api_name(module)) != normal_module(module)
            or _api_name(module) not in old.fields
        }
        newest = max(
            (time for module in old.modules if (time := _time(module)) is not None), default=None
        )
        if newest is None:
            return changed
        reported = self._list(
            "settings/modules", "modules", headers={"If-Modified-Since": newest.isoformat()}
        )
        if len(reported) >= len(modules):
            return changed  # all of them: the condition was not looked at
        # The second of the newest change is included, and what changed then is known.
        return changed | {
            _api_name(module)
            for module in reported
            if _time(module) != newest or known.get(_api_name(module)) != normal_module(module)
        }

    # --- org and user -------------------------------------------------------------------------

    def _whose(self, pool: ThreadPoolExecutor) -> tuple[Future[JsonObject], Future[str | None]]:
        """The org and the language of the user, asked for at the same time."""
        return pool.submit(self._org), pool.submit(self._language)

    def _org(self) -> JsonObject:
        return self._optional("org", "org", "the name and currency of the org are unknown")

    def _refuse_another(self, old: JsonObject, new: JsonObject) -> None:
        """Keep the metadata of one org from being replaced by that of another by mistake."""
        shared = (key for key in ("id", "zgid") if text(old.get(key)) and text(new.get(key)))
        key = next(shared, None)
        if key is not None and text(old.get(key)) != text(new.get(key)):
            raise GeneratorError(
                f"{self.folder} holds the metadata of {_org_words(old)}, and the credentials are "
                f"those of {_org_words(new)}; correct them, or choose another --profile or "
                f"--metadata (to put the other org here, delete {self.folder / 'org.json'}); "
                "nothing was written"
            )

    def _language(self) -> str | None:
        """The language in which Zoho answers: that of the token's user, of whom nothing is kept."""
        user = self._optional(
            "users",
            "users",
            "the language of the labels is unknown, so that a change of it goes unnoticed",
            params={"type": "CurrentUser"},
        )
        return text(user.get("language")) or text(user.get("locale"))

    def _optional(
        self, path: str, key: str, loss: str, params: Mapping[str, str] | None = None
    ) -> JsonObject:
        try:
            found = self._list(path, key, params=params)
        except ApiError as error:
            if is_fatal(error):
                raise
            self._remark(path, f"{reason(error)}; {loss}")
            found = []
        return found[0] if found else {}

    def _warn_of_language(self, old: str, new: str | None) -> None:
        self._remark(
            "language",
            f"labels and picklist values now come in {new}, and were in {old}: they follow the "
            "user of the refresh token, records hold the same values for the same user only, and "
            f"every module was read again; pull with a user whose language is {old} to go back",
        )

    # --- modules ------------------------------------------------------------------------------

    @contextmanager
    def _pool(self) -> Generator[ThreadPoolExecutor]:
        """The threads of this pull, one for each call that may be under way."""
        pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix="pull")
        try:
            yield pool
        finally:
            # After an error, or Ctrl-C, nobody waits for the calls that are under way.
            self.stopped = True
            pool.shutdown(wait=False, cancel_futures=True)

    def _read_all(
        self,
        pool: ThreadPoolExecutor,
        api_names: Sequence[str],
        read: Callable[[str], ModuleAnswer],
    ) -> dict[str, ModuleAnswer]:
        answers: dict[str, ModuleAnswer] = {}
        for done in as_completed([pool.submit(read, name) for name in api_names]):
            answer = done.result()
            answers[answer.api_name] = answer
            if self.progress is not None:
                self.progress.read(answer.api_name)
            # Here, while the others wait for Zoho, and not when all of them are done.
            self.made |= module_files(answer.api_name, answer.found)
        return answers

    def _read(self, api_name: str) -> ModuleAnswer:
        answer = ModuleAnswer(api_name)
        self._ask(answer, "fields")
        if "fields" not in answer.refused:
            for what in BESIDE_FIELDS:
                self._ask(answer, what)
        return answer

    def _read_lists(self, api_name: str) -> ModuleAnswer:
        answer = ModuleAnswer(api_name)
        self._ask(answer, "related_lists")
        return answer

    def _ask(self, answer: ModuleAnswer, what: str) -> None:
        if self.stopped:
            return
        params = {"module": answer.api_name}
        try:
            answer.found[what] = self._list(f"settings/{what}", what, params=params)
        except ApiError as error:
            if is_fatal(error):
                raise
            answer.refused[what] = error

    # --- calls --------------------------------------------------------------------------------

    def _list(
        self,
        path: str,
        key: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[JsonObject]:
        """The objects of one answer; none for 204 and 304."""
        with self.lock:
            self.calls += 1
        answer = self.transport.request("GET", path, params=params, headers=headers)
        self.credits.count(1, answer.status, answer.headers)
        found = answer.json.get(key) if answer.json is not None else None
        if is_too_deep(found):
            raise GeneratorError(
                f"Zoho's answer for {path} is nested too deep; nothing was written"
            )
        return [cast("JsonObject", _with_floats(item)) for item in items(found)]

    def _plan(self, changed: Iterable[str], others: int) -> None:
        if self.progress is not None:
            count = len(set(changed))
            self.progress.planned(count, 3 * count + others)

    def _plan_lists(self, changed: Sequence[str] | set[str], affected: Sequence[str]) -> None:
        if self.progress is not None:
            self.progress.planned(len(changed) + len(affected), len(affected))

    def _remark(self, place: str, message: str, severity: Severity = "warning") -> None:
        self.diagnostics.append(Diagnostic(place, message, severity))


def _org_words(org: JsonObject) -> str:
    org_id = text(org.get("id")) or text(org.get("zgid"))
    return f"{text(org.get('company_name')) or 'an org'} (org {org_id})"


def _api_name(module: Mapping[str, Any]) -> str:
    return text(module.get("api_name")) or ""


def _time(module: Mapping[str, Any]) -> datetime | None:
    try:
        time = datetime.fromisoformat(text(module.get("modified_time")) or "")
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _only(values: Mapping[str, list[JsonObject]], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _merged(
    old: Mapping[str, list[JsonObject]],
    unchanged: Sequence[str],
    answers: Mapping[str, ModuleAnswer],
    what: str,
) -> dict[str, list[JsonObject]]:
    """What was known of the unchanged modules, and what was read now, without the empty ones."""
    kept = [name for name in unchanged if name not in answers or what not in answers[name].asked]
    read = {name: found for name, each in answers.items() if (found := each.found.get(what))}
    return _only(old, kept) | read


def _with_floats(value: object) -> object:
    """The runtime reads fractions as Decimals, which the standard JSON writer does not take."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if isfinite(number) else str(value)
    if isinstance(value, dict):
        return {key: _with_floats(item) for key, item in cast("JsonObject", value).items()}
    if isinstance(value, list):
        return [_with_floats(item) for item in cast("list[object]", value)]
    return value
