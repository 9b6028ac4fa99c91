"""An org in which every text holds orders for a terminal and for a workflow, and looking for them.

In each text, ``zq`` stands before what steers, which tells a carriage return of a bar from one of a
label; escape sequences are others than those of the commands themselves.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.json_values import is_list, is_object
from tests.support.nasty import steering

STEERS = (
    "\x1b[2J",  # clears the screen
    "\x1b[35;7m",  # a colour that no command has
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # fills the clipboard
    "\x1b]8;;https://example.com/\x1b\\",  # a link
    "\x1bP1$r\x1b\\",
    "\x9b31m",  # as ESC [, in one character
    *("\x07", "\x08", "\r", "\x00", "\u202e", "\u2066", "\u2028", "\x85"),
)
ORDERS = (
    "".join(f"zq{each}" for each in STEERS)
    + "\ud83d\n::error::forged\r::error::forged\n##[error]forged\n"
    + "::stop-commands::forged%0A::error::forged"
)
# A file is called as its module, and may have 255 bytes.
SHORT = "\n::error::forged\rzq\x1b[2Jzq\x07\u202e"
_FORGED = re.compile(r"^\s*(::|##\[)", re.MULTILINE)
# Colours, and the movements by which rich draws and takes away a bar.
_OWN = re.compile(r"\x1b\[(?!35;7m)[\d;]*m|\x1b\[\?25[lh]|\x1b\[2K|\x1b\[1A|(?<!zq)\r(?!\n)")


def option(number: int, mark: str) -> dict[str, Any]:
    """An option of a picklist."""
    text = f"{mark}{ORDERS}{number}"
    return {"display_value": text, "actual_value": text, "id": str(number)}


def write_metadata(folder: Path, mark: str, *, cut: bool = True) -> Path:
    """The org; ``mark`` is what two of them differ by, ``cut`` allows halves of characters."""
    module = f"::error::Leads{SHORT}"
    other = f"Deals{SHORT}"
    fields = [
        {
            "api_name": f"::error::Name{ORDERS}",
            "id": "11",
            "field_label": mark + ORDERS,
            "data_type": f"\n::error::{mark}{ORDERS}",
            "tooltip": {"name": "x", "value": ORDERS},
        },
        {
            "api_name": f"::error::Stage{ORDERS}",
            "id": "12",
            "field_label": ORDERS + mark,
            "data_type": "picklist",
            "json_type": "string",
            "pick_list_values": [option(number, mark) for number in range(3)],
        },
        {
            "api_name": f"{mark}{ORDERS}",
            "id": "13" if mark == "old" else "14",
            "field_label": ORDERS,
            "data_type": "lookup",
            "json_type": "jsonobject",
            "lookup": {"module": {"api_name": f"{mark}{ORDERS}", "id": "3"}},
        },
        {"api_name": f"Length{ORDERS}", "id": "15", "data_type": "text", "length": len(mark)},
    ]
    modules = [
        {
            "api_name": name,
            "id": str(number),
            "generated_type": "custom",
            "api_supported": True,
            "singular_label": mark + ORDERS,
            "plural_label": ORDERS + mark,
            "modified_time": f"2026-11-2{len(mark)}T10:00:00+00:00",
        }
        for number, name in enumerate((module, other if mark == "old" else f"{mark}{SHORT}"), 1)
    ]
    content: dict[str, Any] = {
        "modules.json": {"modules": modules},
        "org.json": {"org": [{"id": "7", "company_name": ORDERS, "currency": mark + ORDERS}]},
    }
    for item in modules:
        path = f"fields/{quote(str(item['api_name']), safe='', errors='surrogatepass')}.json"
        content[path.replace("..", "%2E%2E")] = {"fields": fields}
    (folder / "fields").mkdir(parents=True)
    for path, value in content.items():
        text = json.dumps(value) if cut else json.dumps(whole(value))
        (folder / path).write_text(text, "utf-8")
    return folder


def whole(value: Any) -> Any:
    """The JSON without halves of characters, which no file of a pull can hold."""
    if is_object(value):
        return {whole(key): whole(item) for key, item in value.items()}
    if is_list(value):
        return [whole(item) for item in value]
    return value.replace("\ud83d", "") if isinstance(value, str) else value


def forged(output: str) -> list[str]:
    """The lines that a workflow may take for orders, without those that a command has itself."""
    lines = [line for line in output.splitlines() if _FORGED.match(line)]
    return [line for line in lines if not re.match(r"::(error|warning|notice) [a-z]+=", line)]


def reached(screen: str) -> list[str]:
    """What a terminal got and may take for orders, but for the colours and the bar of commands."""
    left = _OWN.sub("", screen.replace("\r\n", "\n"))
    return steering(left) + forged(left)
