"""What has to hold whatever was sent: of each answer, and of all that is stored."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from zohohub_gen import ir
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.catalog import PARENT, USERS, Catalog, ModuleInfo
from zohohub_gen.emulator.store import Store, lookup_value
from zohohub_gen.emulator.values import id_key, id_of

from .calls import Answer, Call

_ERROR = {"code", "details", "message", "status"}


def check_answer(call: Call, answer: Answer | None) -> Iterator[str]:
    """What is wrong with an answer."""
    if answer is None:
        # Who sends more than was announced may miss the answer to the first part.
        if call.length is None:
            yield "the server hung up without an answer"
        return
    if answer.status >= 500:
        yield f"status {answer.status}: {answer.body[:300]!r}"
        return
    if "x-evil" in answer.headers:
        yield "a value of the request has become a header of the answer"
    if answer.status in (204, 304) and answer.body:
        yield f"status {answer.status} with a body"
    if call.method == "HEAD":
        return
    if not answer.is_json:
        # Pages are for people.
        page = not call.path.startswith(("/crm/", "/__emulator/", "/oauth/v2/token"))
        if answer.status >= 400 and not page:
            yield f"an error that is no JSON: {answer.status} {answer.body[:200]!r}"
        return
    try:
        body = json.loads(answer.body.decode("utf-8"), parse_constant=_refuse)
    except ValueError as error:
        yield f"no JSON ({error}): {answer.body[:200]!r}"
        return
    if not isinstance(body, dict):
        yield f"no JSON object: {answer.body[:200]!r}"
    elif answer.status >= 400 and not call.path.startswith("/oauth/"):
        yield from _check_error(body)


def _check_error(body: dict[str, Any]) -> Iterator[str]:
    errors: Any = [body] if "code" in body else next(iter(body.values()), None)
    if not isinstance(errors, list) or not errors:
        yield f"no error of Zoho's: {body}"
        return
    for each in errors:
        if not isinstance(each, dict) or not each.keys() >= _ERROR:
            yield f"no error of Zoho's: {each}"


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def check_store(emulator: Emulator) -> list[str]:
    """What is wrong with what an emulator keeps."""
    state = emulator._running()
    with state.store.transaction():
        return list(_Inspection(state.store, state.catalog).run())


class _Inspection:
    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._catalog = catalog
        self._store = store
        self._rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._gone = {key for (key,) in store.select("SELECT key FROM deleted")}

    def run(self) -> Iterator[str]:
        (check,) = self._store.select("PRAGMA integrity_check")
        if check != ("ok",):
            yield f"the database is broken: {check}"
        rows = self._store.select("SELECT module, key, data FROM record")
        for module, key, text in rows:
            data = json.loads(text, parse_constant=_refuse)
            self._rows[module][key] = data
            if module[:1] == "$":
                continue
            if id_key(str(data.get("id"))) != key:
                yield f"{module} {key} holds the id {data.get('id')}"
            if key in self._gone:
                yield f"{module} {key} is there and deleted"
        for info in self._catalog.modules():
            yield from self._references(info)
            yield from self._unique(info)
        yield from self._found()

    def _references(self, info: ModuleInfo) -> Iterator[str]:
        lookups = {
            name: USERS if isinstance(field.type, ir.User) else field.type.module
            for name, field in info.fields.items()
            if isinstance(field.type, ir.Lookup | ir.User)
        }
        parent = info.module.parent if info.module.kind == "subform" else None
        for key, data in self._rows[info.api_name].items():
            owner = id_of(data.get(PARENT))
            if parent is not None and (owner is None or id_key(owner) not in self._rows[parent]):
                yield f"{info.api_name} {key} belongs to {parent} {owner}, which is not there"
            for name, target in lookups.items():
                value = data.get(name)
                if value is None or (name == PARENT and parent is not None):
                    continue
                wanted = id_of(value)
                if wanted is None:
                    yield f"{info.api_name} {key}.{name} is no reference: {value}"
                elif id_key(wanted) not in self._rows[target] and id_key(wanted) not in self._gone:
                    yield f"{info.api_name} {key}.{name} is {target} {wanted}, which never was"

    def _unique(self, info: ModuleInfo) -> Iterator[str]:
        for name, exact in info.unique.items():
            seen: dict[str, str] = {}
            for key, data in self._rows[info.api_name].items():
                value = data.get(name)
                if value is None or value == "":
                    continue
                text = str(value) if exact else str(value).casefold()
                if text in seen:
                    yield f"{info.api_name}.{name} is {value!r} in {key} and {seen[text]}"
                seen[text] = key

    def _found(self) -> Iterator[str]:
        """The index of values says what the records say."""
        indexed = set(self._store.select("SELECT module, field, value, key FROM lookup"))
        infos = {info.api_name: info for info in self._catalog.modules()}
        wanted = {
            (module, name, value, key)
            for module, rows in self._rows.items()
            if module in infos
            for key, data in rows.items()
            for name in infos[module].indexed
            if (value := lookup_value(data.get(name))) is not None
        }
        for each in sorted(wanted - indexed):
            yield f"not to be found by its value: {each}"
        for each in sorted(indexed - wanted):
            if each[0] in infos:
                yield f"found by a value that it has not: {each}"
