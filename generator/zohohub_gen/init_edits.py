"""What ``zohohub-gen init`` does to files that are there: it adds, and leaves the rest alone.

Every function takes a text and gives it back longer, with the line ends that it had; one that would
have to touch more gives None.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from zohohub_gen.lenient import mapping

_KEY = re.compile(r"(?!- |#|\s)[^:]+:(?=\s|$)")
_BARE = re.compile(r"(?<!\r)\n")
_ITEM = re.compile(r"( *)- ")


def with_table(text: str, keys: Sequence[str], values: Mapping[str, object]) -> str | None:
    """TOML with a table that it does not have, at its end."""
    import tomlkit

    content: dict[str, Any] = {}
    inside = content
    for key in keys:
        inside[key] = tomlkit.table(is_super_table=key != keys[-1])
        inside = inside[key]
    for key, value in values.items():
        inside[key] = value
    longer = appended(text, tomlkit.dumps(content))
    return longer if _adds(text, longer, (*keys,), dict(values)) else None


def with_pythonpath(text: str, folder: str) -> str | None:
    """The pyproject.toml with this folder on the path where pytest imports from."""
    section = mapping(mapping(_parsed(text).get("tool")).get("pytest"))
    if not section:
        return with_table(text, ("tool", "pytest", "ini_options"), {"pythonpath": [folder]})
    # pytest 9 also reads the table itself.
    old_form = "ini_options" in section
    keys = ("tool", "pytest", *(["ini_options"] if old_form else []))
    options: object = section["ini_options"] if old_form else section
    present: object = mapping(options).get("pythonpath", [])
    if not isinstance(options, dict) or not isinstance(present, str | list):
        return None
    folders = present.split() if isinstance(present, str) else cast("list[str]", present)
    if folder in folders:
        return text
    path = (*keys, "pythonpath")
    longer = _with_value(text, path, [*folders, folder])
    return longer if longer and _adds(text, longer, path, [*folders, folder]) else None


def _with_value(text: str, keys: Sequence[str], value: list[str]) -> str | None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
    except TOMLKitError:  # it reads less than tomllib
        return None
    table = document
    for key in keys[:-1]:
        table = table[key]
    present = table.get(keys[-1])
    if isinstance(present, list):
        # In place, so that the comments between its items stay.
        cast("list[object]", present).extend(value[len(cast("list[object]", present)) :])
    else:
        table[keys[-1]] = value
    longer = tomlkit.dumps(document)
    # New lines end as tomlkit likes; in a file in which all lines end otherwise, so do they.
    return _BARE.sub("\r\n", longer) if "\r\n" in text and not _BARE.search(text) else longer


def _adds(text: str, longer: str, keys: tuple[str, ...], value: object) -> bool:
    """Whether the longer text means the same, but for this value."""
    expected = _parsed(text)
    table = expected
    for key in keys[:-1]:
        inside: object = table.setdefault(key, {})
        if not isinstance(inside, dict):
            return False
        table = cast("dict[str, Any]", inside)
    table[keys[-1]] = value
    return _parsed(longer) == expected


def with_lines(text: str, title: str, lines: Sequence[str]) -> str:
    """A list such as .gitignore with those of these lines that it lacks, under a title."""
    present = {line.strip() for line in text.splitlines()}
    missing = [line for line in lines if line not in present]
    if not missing:
        return text
    return appended(text, "\n".join([f"# {title}", *missing, ""]))


def with_hook(text: str, item: str) -> str | None:
    """The .pre-commit-config.yaml with another item, given without indentation, in ``repos``.

    Works by lines, because whatever reads and writes YAML loses its comments: ``repos`` has to be
    the last key and a list of lines.
    """
    lines = text.splitlines()
    keys = [number for number, line in enumerate(lines) if _KEY.match(line)]
    if not keys or not re.match(r"repos:\s*(#.*)?$", lines[keys[-1]]):
        return None
    rest = [line for line in lines[keys[-1] + 1 :] if line.strip() and line.lstrip()[0] != "#"]
    first = _ITEM.match(rest[0] if rest else "  - ")
    if first is None or any(_leaves_list(line, first[1]) for line in rest):
        return None
    indented = "".join(f"{first[1]}{line}\n" for line in item.splitlines())
    return appended(text, indented, blank_line=False)


def _leaves_list(line: str, indentation: str) -> bool:
    """Whether a line is neither an item of the list nor inside of one."""
    if line.startswith((f"{indentation}- ", f"{indentation} ")):
        return False
    return line != f"{indentation}-"


def appended(text: str, more: str, *, blank_line: bool = True) -> str:
    """Both texts, in the line ends of the first."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    between = newline if blank_line and text.strip() else ""
    return text + between + more.replace("\n", newline)


def _parsed(text: str) -> dict[str, Any]:
    """What the TOML says; nothing if it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
