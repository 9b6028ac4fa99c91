"""Strategies for metadata that nobody should trust."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.support.json_values import is_list, is_object

NASTY = (
    *('"', "'", '"""', "'''", "\\", '\\"', "\\'", "\\N{DASH}", "\n", "\r\n", "\x00", "\x1b[2J"),
    *("{{ 7 * 7 }}", "{% raw %}", "{#", "#}", "%s", "{0}", "${x}", "\u202e", "\u2028", "\ufeff"),
    *('"""\nimport os\n"""', "'] = 1\nimport os\n#", '"); import os #', "\ud800", "\U000e0001", ""),
    *("__class__", "None", "id", "fields", "self", "api", "data", "row", "record", "Column", "Ref"),
    *("../../x", "..", "/etc/passwd", "C:\\x", "con", "a/b", ".", "é", "ß", "İ", "ﬁ", "𝐀", "٣"),
)
text = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
    st.text("abAB_ 12", max_size=100),
)
names = text.filter(bool)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(text, inside, max_size=3),
    max_leaves=6,
)

_KINDS = (
    *(("text", "string"), ("textarea", "string"), ("integer", "integer"), ("double", "double")),
    *(("boolean", "boolean"), ("date", "string"), ("datetime", "string"), ("bigint", "string")),
    *(("picklist", "string"), ("multiselectpicklist", "jsonarray"), ("lookup", "jsonobject")),
    *(("multi_module_lookup", "jsonobject"), ("multiselectlookup", "jsonarray")),
    *(("multiuserlookup", "jsonarray"), ("ownerlookup", "jsonobject"), ("subform", "jsonarray")),
    *(("fileupload", "jsonarray"), ("formula", "string"), ("autonumber", "string")),
    *(("layout", "jsonobject"), ("RRULE", "jsonobject"), ("consent_lookup", "jsonobject")),
)


@st.composite
def fields(draw: Callable[[st.SearchStrategy[Any]], Any], modules: tuple[str, ...]) -> Any:
    """A field of the right shape, in which every text is hostile."""
    data_type, json_type = draw(st.sampled_from(_KINDS) | st.tuples(text, text))
    target = draw(st.sampled_from((*modules, "se_module", "Users")) | names)
    link = {
        "linking_details": {"connected_lookup_field": {"api_name": draw(names)}},
        "connected_details": {"module": {"api_name": target}},
    }
    return {
        "api_name": draw(names),
        "id": draw(st.integers(1, 99).map(str) | text),
        "field_label": draw(text),
        "data_type": data_type,
        "json_type": json_type,
        "system_mandatory": draw(st.booleans()),
        "visible": draw(st.booleans()),
        "length": draw(st.integers(0, 9999)),
        "tooltip": {"name": "static_text", "value": draw(text)},
        "operation_type": {"api_create": draw(st.booleans()), "api_update": draw(st.booleans())},
        "pick_list_values": draw(st.lists(_option, max_size=4)),
        "lookup": {"module": draw(st.sampled_from([target, {"api_name": target}]))},
        "multi_module_lookup": {"modules": [{"api_name": target}, {"api_name": draw(names)}]},
        "multiselectlookup": link,
        "multiuserlookup": link,
        "associated_module": {"module": target},
        "formula": {"return_type": draw(st.sampled_from(["double", "string"]) | text)},
    }


_option = st.fixed_dictionaries(
    {"display_value": text, "actual_value": text, "reference_value": text},
    optional={"type": st.sampled_from(["used", "unused"]), "id": text},
)


@st.composite
def orgs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """(modules, fields by module): a small org with hostile texts."""
    api_names = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    modules = [
        {
            "api_name": name,
            "id": draw(st.integers(1, 99).map(str)),
            "singular_label": draw(text),
            "plural_label": draw(text),
            "generated_type": draw(st.sampled_from(["default", "custom", "subform"]) | text),
            "creatable": draw(st.booleans()),
            "editable": draw(st.booleans()),
            "parent_module": {"api_name": draw(text)},
        }
        for name in api_names
    ]
    own = fields(tuple(api_names))
    return modules, {name: draw(st.lists(own, min_size=1, max_size=5)) for name in api_names}


@st.composite
def spoilt_orgs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The same, with any JSON in the place of up to three values."""
    modules, by_module = draw(orgs())
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = draw(st.sampled_from([*modules, *by_module.values()]))
        while True:
            keys: list[Any] = list(holder) if is_object(holder) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inside = holder[key]
            if (is_object(inside) or is_list(inside)) and inside and draw(st.booleans()):
                holder = inside
                continue
            holder[key] = draw(json_values)
            break
    return modules, by_module
