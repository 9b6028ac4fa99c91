"""New inputs from old ones: changes of the JSON, since changes of its bytes are seldom JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.support.hostile import NASTY
from tests.support.json_values import is_list, is_object

WORDS = (
    *("Leads", "Contacts", "Users", "se_module", "Owner", "Leads.Owner", "__init__", "client"),
    *("text", "picklist", "lookup", "subform", "formula", "autonumber", "multiselectlookup"),
    *("bigint", "currency", "ownerlookup", "multi_module_lookup", "rollup_summary", "fileupload"),
    *("string", "jsonarray", "jsonobject", "integer", "double", "boolean", "used", "unused"),
    *("default", "custom", "subform", "linking", "-None-", "true", "false", "CON", "nul.txt"),
    *("9" * 5000, "٣", "²", "1e400", "-0", "NaN", "Infinity", "x" * 300, "\x1b]52;c;eA==\x07"),
    *("class_", "Class", "CLASS", "class", "a_b", "a-b", "A_B", "None", "match", "_", "__"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63, 2**70, -(2**70), 1e308, 5e-324, 0.1, "", [], {}),
    *([None], [[]], [{}], {"": None}, {"api_name": ""}, {"api_name": 5}, {"id": "1"}),
    *("@deep 90", "@deep 400", "@deep 900", "@deep 90000"),
)
KEYS = (
    *("api_name", "id", "field_label", "data_type", "json_type", "length", "decimal_place"),
    *("pick_list_values", "display_value", "actual_value", "reference_value", "lookup", "module"),
    *("multi_module_lookup", "modules", "multiselectlookup", "linking_details", "formula"),
    *("connected_details", "associated_module", "operation_type", "api_create", "api_update"),
    *("tooltip", "unique", "auto_number", "start_number", "generated_type", "parent_module"),
    *("singular_label", "plural_label", "system_mandatory", "sections", "fields", "default_value"),
    *("return_type", "precision", "type", "name", "options", "file", "handle", "record", "related"),
    *("related_lists", "href", "connectedmodule", "linkingmodule", "status", "visible", "maps"),
)
_FILES = ("modules.json", "fields/Leads.json", "fields/Contacts.json", "layouts/Leads.json")
_MORE_FILES = ("related_lists/Leads.json", "names.json", "org.json", "fields/..%2Fx.json")


def mutated(data: bytes, size: int, seed: int) -> bytes:
    """Another input, of at most ``size`` bytes."""
    dice = random.Random(seed)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not is_object(document):
        document = {"modules.json": {"modules": [{"api_name": "Leads"}]}, "fields/Leads.json": {}}
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        _change(document, dice)
    made = json.dumps(document).encode()
    return made if len(made) <= size else data[:size]


def _change(document: dict[str, Any], dice: random.Random) -> None:
    if dice.random() < 0.05:
        document[dice.choice((*_FILES, *_MORE_FILES))] = _value(document, dice)
        return
    places = list(_places(document))
    if not places:
        return
    holder, key = dice.choice(places)
    order = dice.randrange(7)
    if order == 0 and len(holder) > 1:
        del holder[key]
    elif order == 1 and is_list(holder):
        holder.insert(dice.randrange(len(holder) + 1), _value(document, dice))
    elif order == 1 or (order == 2 and is_object(holder)):
        holder[dice.choice((*KEYS, *WORDS, *NASTY))] = _value(document, dice)
    elif order == 3 and isinstance(holder[key], str):
        holder[key] = _text(holder[key], dice)
    elif order == 4:
        other, name = dice.choice(places)
        holder[key] = json.loads(json.dumps(other[name]))
    elif order == 5 and is_object(holder):
        holder[_text(key, dice)] = holder.pop(key)
    else:
        holder[key] = _value(document, dice)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each value inside, as what holds it and its key there."""
    keys: list[Any] = []
    if is_object(value):
        keys = list(value)
    elif is_list(value):
        keys = list(range(len(value)))
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _value(document: dict[str, Any], dice: random.Random) -> Any:
    kind = dice.randrange(4)
    if kind == 0:
        return dice.choice(WORDS)
    if kind == 1:
        return dice.choice(NASTY)
    if kind == 2:
        holder, key = dice.choice(list(_places(document)))
        return json.loads(json.dumps(holder[key]))
    return json.loads(json.dumps(dice.choice(VALUES)))


def _text(text: str, dice: random.Random) -> str:
    place = dice.randrange(len(text) + 1)
    other = dice.choice((*NASTY, *WORDS, chr(dice.randrange(0x110000))))
    return dice.choice(
        (other, text[:place], text[:place] + other + text[place:], text.swapcase(), text + "_")
    )
