"""Python text from values: the only ways by which anything from Zoho enters generated source.

Everything here prints what black would print, so that black need not run on it: short statements
on one line, longer ones with one item a line and a trailing comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from json import dumps

LINE_LENGTH = 88
"""Black's default: the output is clean under a user's own ``black --check`` too."""


# What a reader cannot see, or what changes how the text around it reads: controls, formats, odd
# blanks, private and impossible characters.  A list of our own, because what Python calls printable
# grows with its version, and the same metadata must give the same source under every one.
_UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\xa0\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u1680"
    "\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ud800-\\uf8ff\\ufdd0-\\ufdef"
    "\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff\\U000110bd\\U000110cd\\U00013430-\\U0001343f"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U0010ffff]"
)


def literal(value: str) -> str:
    """A string literal, quoted the way black quotes: by ``"`` unless ``'`` needs fewer escapes."""
    if value.isascii() and value.isidentifier():
        return f'"{value}"'
    quote = "'" if value.count('"') > value.count("'") else '"'
    text = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{_UNSEEN.sub(_escaped, text)}{quote}"


def _escaped(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]


def docstring(text: str) -> str:
    """One line of documentation, in three quotes, from text of any origin."""
    return f'"""{docstring_text(text)}"""'


def docstring_text(text: str) -> str:
    """Text of any origin, made safe inside three double quotes and for the eye."""
    shown = visible(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if shown.startswith('"'):
        shown = "\\" + shown
    if shown.endswith('"') and _UNESCAPED_QUOTE_AT_END.search(shown):
        shown = shown[:-1] + '\\"'
    return shown


_UNESCAPED_QUOTE_AT_END = re.compile(r'(?<!\\)(?:\\\\)*"$')


def _code_point(match: re.Match[str]) -> str:
    return f"<U+{ord(match[0]):04X}>"


def visible(text: str) -> str:
    """Text of any origin on one line, safe for the eye.

    White space is folded to single blanks; what cannot be seen, and what a terminal or editor may
    act on, is shown as its code point.
    """
    shown = " ".join(text.split())
    return shown if shown.isascii() and shown.isprintable() else _UNSEEN.sub(_code_point, shown)


def escaped_json(text: str) -> str:
    """JSON, in which what cannot be seen is escaped, but for the ends of its lines."""
    return _UNSEEN.sub(lambda match: match[0] if match[0] == "\n" else dumps(match[0])[1:-1], text)


def statement(
    head: str, items: Sequence[str], tail: str, indent: int = 0, *, comma: str = ","
) -> str:
    """``head`` + items + ``tail`` on one line if it fits, else one item a line."""
    one_line = f"{head}{', '.join(items)}{tail}"
    if indent + len(one_line) <= LINE_LENGTH:
        return one_line
    return exploded(head, items, tail, indent, comma=comma)


def exploded(
    head: str, items: Iterable[str], tail: str, indent: int = 0, *, comma: str = ","
) -> str:
    """``head`` + one item a line with a trailing comma + ``tail``."""
    inner = " " * (indent + 4)
    body = "".join(f"{inner}{item}{comma}\n" for item in items)
    return f"{head}\n{body}{' ' * indent}{tail}"


def constants(head: str, values: Sequence[str], indent: int) -> str:
    """A tuple of strings behind ``head``, with room for a comma behind it."""
    items = [literal(value) for value in values]
    if len(items) == 1:
        return f"{head}({items[0]},)"
    one_line = f"{head}({', '.join(items)})"
    if indent + len(one_line) < LINE_LENGTH:
        return one_line
    return exploded(f"{head}(", items, ")", indent)


def declaration(name: str, annotation: str, indent: int = 0) -> str:
    """``name: annotation``, with the annotation on a line of its own if it does not fit."""
    one_line = f"{name}: {annotation}"
    if indent + len(one_line) <= LINE_LENGTH:
        return one_line
    return _split_declaration(name, annotation, indent)


def assignment(name: str, annotation: str, call: str, items: Sequence[str], indent: int = 0) -> str:
    """``name: annotation = call(items)``, broken where black breaks it; no annotation if empty."""
    target = f"{name}: {annotation}" if annotation else name
    head = f"{target} = {call}("
    if indent + len(head) <= LINE_LENGTH:
        return statement(head, items, ")", indent)
    if not annotation or indent + len(f"{target} = (") <= LINE_LENGTH:
        inner = " " * (indent + 4)
        value = statement(f"{call}(", items, ")", indent + 4)
        return f"{target} = (\n{inner}{value}\n{' ' * indent})"
    first, _, last = _split_declaration(name, annotation, indent).rpartition("\n")
    value = statement(f"{last.strip()} = {call}(", items, ")", indent)
    return f"{first}\n{' ' * indent}{value}"


def _split_declaration(name: str, annotation: str, indent: int) -> str:
    inner, outer = " " * (indent + 4), " " * indent
    base, bracket, parameters = annotation.partition("[")
    if bracket and parameters.endswith("]") and _closes_at_end(parameters):
        return f"{name}: {base}[\n{inner}{parameters[:-1]}\n{outer}]"
    return f"{name}: (\n{inner}{annotation}\n{outer})"


def _closes_at_end(parameters: str) -> bool:
    """Whether the bracket that was opened before ``parameters`` is closed by their last one."""
    if "]" not in parameters[:-1]:
        return True
    depth = 1
    for character in parameters[:-1]:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth == 0:
            return False
    return True


def import_line(module: str, names: Iterable[str], indent: int = 0) -> str:
    """``from module import names``, sorted the way isort sorts: constants, classes, functions."""
    ordered = sorted(set(names), key=_isort_key)
    one_line = f"from {module} import {', '.join(ordered)}"
    if indent + len(one_line) <= LINE_LENGTH:
        return one_line
    return exploded(f"from {module} import (", ordered, ")", indent)


def _isort_key(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, name)


def is_stable(text: str) -> bool:
    """Whether black would leave the text alone, by construction.

    It might not where a line that it could break takes too many columns, or holds characters that
    may take none.
    """
    lines = text.split("\n")
    unsure = [line for line in lines if len(line) > LINE_LENGTH or not line.isascii()]
    return all(
        _fits(line) or _is_unbreakable(line.strip()) or _is_short_member(line) for line in unsure
    )


# Latin letters, which take one column; East Asian characters and pictures, which take up to two.
_VISIBLE = re.compile(
    "[\xa1-\u02ff\u2e80-\u3029\u3030-\u3098\u309b-\ua4ff\uac00-\ud7a3\uf900-\ufaff\uff01-\uffe6"
    "\U0001f300-\U0001f64f\U00020000-\U0003ffff]"
)


def _fits(line: str) -> bool:
    if line.isascii():
        return len(line) <= LINE_LENGTH
    plain = _VISIBLE.sub("", line)
    return plain.isascii() and 2 * len(line) - len(plain) <= LINE_LENGTH


_MEMBER = re.compile("    [A-Za-z0-9_]+ = ([\"']).*\\1")


def _is_short_member(line: str) -> bool:
    """A whole statement that fits even if each character that is not ASCII takes two columns."""
    if _MEMBER.fullmatch(line) is None:
        return False
    return len(line) + sum(not character.isascii() for character in line) <= LINE_LENGTH


def _is_unbreakable(content: str) -> bool:
    """A line that holds nothing but a literal, a docstring or a comment."""
    if content.startswith(('"""', "#")):
        return True
    quote = content[:1]
    return quote in ("'", '"') and content.endswith(f"{quote},") and quote not in content[1:-2]
