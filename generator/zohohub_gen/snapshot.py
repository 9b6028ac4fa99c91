"""Read and write the folder of metadata that is committed: ``zoho_metadata/``.

    modules.json                     {"modules": [...]}
    fields/<api_name>.json           {"fields": [...]}
    layouts/<api_name>.json          {"layouts": [...]}
    related_lists/<api_name>.json    {"related_lists": [...]}
    org.json                         {"org": [...], "language": "en_US"}

What ``pull`` writes is in normal form: sorted, without what changes by itself and without personal
data, so that its git diff is the change that an admin made.  What is read may be that, or answers
of any API version saved by hand: only one of ``modules.json`` and ``fields/`` has to be there.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import quote, unquote

from zohohub_gen.committed_json import kind_of, read_json
from zohohub_gen.config_values import listed
from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.moves import take_back

JsonObject: TypeAlias = dict[str, Any]

_REMEDY = "restore it or run `zohohub-gen pull`"
_PARTS = ("fields", "layouts", "related_lists")
"""The folders inside; each has a file a module."""

# Change without an admin's doing, or name people.
_PERSONAL = frozenset(
    {
        "created_by",
        "created_for",
        "email",
        "modified_by",
        "owner",
        "private_profile",
        "profiles",
        "profile_count",
        "has_more_profiles",
        "total_profiles",
        "shared_to",
    }
)
_VOLATILE = frozenset(
    {
        "actions_allowed",
        "additional_column",
        "allowed_permissions_to_update",
        "column_name",
        "created_time",
        "email_parser",
        "has_layout_rules",
        "last_accessed_time",
        "modified_time",
        "quick_sequence_number",
        "table_name",
    }
)
# The time tells the next pull what changed; a new module moves the numbers of all others.
_MODULE_VOLATILE = (_VOLATILE - {"modified_time"}) | {"sequence_number"}
# The order of the lists on a page is each layout's own.
_RELATED_LIST_VOLATILE = _VOLATILE | {"_layout_specific_properties", "sequence_number"}
_ORG_KEPT = (
    "id",
    "zgid",
    "company_name",
    "type",
    "iso_code",
    "currency",
    "currency_symbol",
    "time_zone",
    "country_code",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The metadata of an org as JSON objects, the way Zoho's API answers them.

    A module without fields was asked for them, and had none to give.
    """

    modules: list[JsonObject]
    fields: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    layouts: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    org: JsonObject = field(default_factory=dict[str, Any])
    language: str | None = None
    related_lists: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])


def read_snapshot(folder: Path, untouched: Container[str] = ()) -> Snapshot:
    """Read a snapshot folder, written by ``pull`` or made by hand from saved API answers.

    Of ``untouched`` modules only what ``modules.json`` holds of them is read.
    Raises `GeneratorError` for a file that is not JSON, `ConfigurationError` for a folder that is
    missing or holds no metadata.
    """
    files = present_snapshot(folder)
    wanted = {
        path: content
        for path, content in files.items()
        if (name := module_of(path)) is None or name not in untouched
    }
    return load_snapshot(wanted, str(folder))


def known_org(folder: Path) -> JsonObject:
    """The org whose metadata a folder holds, however damaged the rest is; empty if unknown."""
    try:
        return _org((folder / "org.json").read_bytes(), str(folder))[0]
    except (OSError, GeneratorError):
        return {}


def present_snapshot(folder: Path) -> dict[str, bytes]:
    """The files of a snapshot folder, unread, by path inside it; raises as `read_snapshot` does."""
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder} is not a folder; run `zohohub-gen pull` or name one with --metadata"
        )
    take_back(folder)
    paths = [folder / "modules.json", folder / "org.json"]
    for part in _PARTS:
        paths += sorted((folder / part).glob("*.json"))
    files: dict[str, bytes] = {}
    for path in paths:
        try:
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise GeneratorError(f"{path} cannot be read: {error}") from error
    inner = [] if files else sorted(path.parent.name for path in folder.glob("*/modules.json"))
    if inner:
        raise ConfigurationError(
            f"{folder} holds the metadata of several orgs, {listed(inner)}; choose one with "
            "--profile or --metadata"
        )
    return files


def load_snapshot(
    files: Mapping[str, bytes],
    place: str,
    beside: tuple[Mapping[str, bytes], Snapshot] | None = None,
) -> Snapshot:
    """The snapshot that files hold, by path inside the folder ``place``; the rest is passed over.

    ``beside`` are other files and what they hold: where two are the same, their objects are shared.
    Raises as `read_snapshot` does.
    """
    parts: dict[str, dict[str, list[JsonObject]]] = {part: {} for part in _PARTS}
    for path, content in sorted(files.items()):
        part, api_name = path.partition("/")[0], module_of(path)
        if api_name is not None:
            if beside is not None and beside[0].get(path) == content:
                parts[part][api_name] = getattr(beside[1], part)[api_name]
            else:
                parts[part][api_name] = _listed(content, part, f"{place}/{path}")
    org, language = (
        _org(files["org.json"], f"{place}/org.json") if "org.json" in files else ({}, None)
    )
    modules = files.get("modules.json")
    snapshot = Snapshot(
        modules=[] if modules is None else _listed(modules, "modules", f"{place}/modules.json"),
        fields=parts["fields"],
        layouts=parts["layouts"],
        org=org,
        language=language,
        related_lists=parts["related_lists"],
    )
    if not snapshot.modules and not any(snapshot.fields.values()):
        raise ConfigurationError(
            f"{place} holds neither modules.json nor fields/*.json; run `zohohub-gen pull`"
        )
    return snapshot


def snapshot_files(snapshot: Snapshot, made: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files of a snapshot in normal form, by path inside the folder.

    ``made`` are those that `module_files` has made already.  Raises `GeneratorError` for text that
    no file can hold.
    """
    modules = [normal_module(item) for item in _by_api_name(snapshot.modules)]
    files = {"modules.json": _text({"modules": modules})}
    for part in _PARTS:
        for api_name, items in getattr(snapshot, part).items():
            path = _path(part, api_name)
            known = None if made is None else made.get(path)
            files[path] = _part_text(part, items) if known is None else known
    if snapshot.org or snapshot.language:
        org: JsonObject = {
            "org": [{key: snapshot.org[key] for key in _ORG_KEPT if snapshot.org.get(key)}]
        }
        if snapshot.language:
            org["language"] = snapshot.language
        files["org.json"] = _text(org)
    for path, text in files.items():
        _check(path, text)
    return files


def module_files(api_name: str, found: Mapping[str, list[JsonObject]]) -> dict[str, str]:
    """The files of one module in normal form, by path, of its fields, layouts or related lists."""
    return {_path(part, api_name): _part_text(part, items) for part, items in found.items()}


def normal_module(module: JsonObject) -> JsonObject:
    """The entry of a module in normal form: equal as long as nothing was changed in the module."""
    normal = _cleaned(module, _MODULE_VOLATILE)
    if "modified_time" in normal:
        normal["modified_time"] = _in_utc(normal["modified_time"])
    return normal


def is_snapshot_file(path: str) -> bool:
    """Whether ``pull`` may delete the file at this path inside the folder."""
    return path.startswith(tuple(f"{part}/" for part in _PARTS)) and path.endswith(".json")


def module_of(path: str) -> str | None:
    """The api_name of the module that the file at this path inside the folder tells of."""
    part, _, name = path.rpartition("/")
    if part not in _PARTS or not name.endswith(".json"):
        return None
    return unquote(name.removesuffix(".json"))


def fields_file(api_name: str) -> str:
    """The path inside the folder of the fields of a module."""
    return _path("fields", api_name)


# --- Normal form ------------------------------------------------------------------------------


def _part_text(part: str, items: list[JsonObject]) -> str:
    match part:
        case "layouts":
            normal = [_layout(item) for item in sorted(items, key=_layout_key)]
        case "related_lists":
            normal = [_cleaned(item, _RELATED_LIST_VOLATILE) for item in _by_api_name(items)]
        case _:
            normal = [_cleaned(item, _VOLATILE) for item in _by_api_name(items)]
    return _text({part: normal})


def _layout(layout: JsonObject) -> JsonObject:
    """A layout with what it adds to the fields, not the fields once more."""
    normal = _cleaned(layout, _VOLATILE)
    sections = sorted(_items(normal, "sections"), key=_position)
    for section in sections:
        section.pop("sequence_number", None)
        section["fields"] = [
            _layout_field(item) for item in _by_api_name(_items(section, "fields"))
        ]
    if sections:
        normal["sections"] = sections
    return normal


def _layout_field(item: JsonObject) -> JsonObject:
    kept = {
        key: item[key]
        for key in ("api_name", "id", "required", "default_value")
        if item.get(key) not in (None, {}, [])
    }
    options = [
        {key: option[key] for key in ("display_value", "actual_value", "id") if key in option}
        for option in _items(item, "pick_list_values")
    ]
    if options:
        kept["pick_list_values"] = options
    return kept


def _cleaned(value: JsonObject, volatile: frozenset[str]) -> JsonObject:
    """The object without empty, volatile and personal values, at any depth."""
    result: JsonObject = {}
    for key, item in value.items():
        if key in volatile or key in _PERSONAL:
            continue
        clean = _cleaned_value(item, volatile)
        if key == "default_value" and isinstance(clean, dict):
            # The default of a user field is a user, with a name.
            clean = {part: value for part, value in cast(JsonObject, clean).items() if part == "id"}
        elif key == "layout_associations":
            clean = sorted(_items(clean, key), key=_layout_key)
        if clean not in (None, {}, []):
            result[key] = clean
    return result


def _cleaned_value(value: Any, volatile: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return _cleaned(cast(JsonObject, value), volatile)
    if isinstance(value, list):
        return [_cleaned_value(item, volatile) for item in cast(Any, value)]
    return value


def _by_api_name(items: list[JsonObject]) -> list[JsonObject]:
    return sorted(items, key=lambda item: (str(item.get("api_name", "")), str(item.get("id", ""))))


def _layout_key(layout: JsonObject) -> tuple[int, str]:
    layout_id = str(layout.get("id", ""))
    return (len(layout_id), layout_id)


def _in_utc(time: Any) -> Any:
    """Zoho writes times in the time zone of whoever asks; what is no such time stays as it is."""
    try:
        moment = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return time
    return moment.astimezone(UTC).isoformat() if moment.tzinfo is not None else time


def _position(section: JsonObject) -> int:
    number = section.get("sequence_number")
    return number if isinstance(number, int) else 0


def _text(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _check(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        start = text.rfind("\n", 0, error.start) + 1
        line = text[start:].partition("\n")[0].strip()
        raise GeneratorError(
            f"{path} cannot be written: {line!a} holds half of a character, as text does that "
            "was cut in its middle; correct it in Zoho and pull again"
        ) from None


def _path(part: str, api_name: str) -> str:
    # A module's name comes from the API: it must not lead out of the folder.
    name = quote(api_name, safe=" ()", errors="surrogatepass")
    return f"{part}/{name.replace('..', '%2E%2E')}.json"


# --- Reading ----------------------------------------------------------------------------------


def _json(content: bytes, place: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GeneratorError(f"{place}:{line} cannot be read: {error}; {_REMEDY}") from error
    if not text.strip():
        raise GeneratorError(
            f"{place} is empty; {_REMEDY} (or delete it, if Zoho's answer was empty)"
        )
    return read_json(text, place, _REMEDY)


def _listed(content: bytes, key: str, place: str) -> list[JsonObject]:
    """The objects that a file lists under ``key``, or as a bare list; Zoho has {} for none."""
    return _objects(_json(content, place), key, place)


def _objects(answer: Any, key: str, place: str) -> list[JsonObject]:
    found: object = answer
    if isinstance(answer, dict) and (key in answer or not answer):
        listing: object = cast(JsonObject, answer).get(key)
        found = [] if listing in (None, {}) else listing
    if not isinstance(found, list):
        raise GeneratorError(
            f"{place} holds {kind_of(found)} where the list of {key.replace('_', ' ')} has to be; "
            f"{_REMEDY}"
        )
    for number, item in enumerate(cast("list[object]", found), 1):
        if not isinstance(item, dict):
            raise GeneratorError(
                f"{place} holds {kind_of(item)} as number {number} of its {key.replace('_', ' ')}, "
                f"where an object has to be; {_REMEDY}"
            )
    return cast("list[JsonObject]", found)


def _items(answer: Any, key: str) -> list[JsonObject]:
    """The objects of a list in an answer; of the answer itself where it is a bare list."""
    found: Any = answer
    if isinstance(answer, dict):
        found = cast(JsonObject, answer).get(key)
    if not isinstance(found, list):
        return []
    return [cast(JsonObject, item) for item in cast(Any, found) if isinstance(item, dict)]


def _org(content: bytes, place: str) -> tuple[JsonObject, str | None]:
    """The org, and the language in which Zoho answered."""
    found: Any = _json(content, place)
    said: object = cast(JsonObject, found).get("language") if isinstance(found, dict) else None
    if not isinstance(said, str | None):
        raise GeneratorError(
            f"{place} holds {kind_of(said)} where the language has to be; {_REMEDY}"
        )
    language: str | None = said
    orgs: list[JsonObject] = []
    if not (isinstance(found, dict) and language and "org" not in found):
        orgs = _objects(found, "org", place)
    return (orgs[0] if orgs else {}), language
