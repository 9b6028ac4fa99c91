"""Python text from values: the only ways by which anything from Zoho enters generated source.

Everything here prints what black would print, so that black need not run on it: short statements
on one line, longer ones with one item a line and a trailing comma.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LINE_LENGTH = 88
"""Black's default: the output is clean under a user's own ``black --check`` too."""


def literal(value: str) -> str:
    """A string literal, quoted the way black quotes.

    ``repr`` does the escaping; only the quotes around a text that holds no quote are exchanged.
    Characters that change how the surrounding source reads (bidirectional controls, separators)
    are not printable, so ``repr`` escapes them.
    """
    text = repr(value)
    return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in value and "'" not in value else text


def docstring(text: str) -> str:
    """One line of documentation, in three quotes, from text of any origin."""
    return f'"""{docstring_text(text)}"""'


def docstring_text(text: str) -> str:
    """Text of any origin, made safe inside three double quotes and for the eye.

    White space is folded to single blanks; what is not printable, and what a terminal or editor
    may act on, is shown as its code point.
    """
    shown = " ".join(text.split())
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(
            character if _is_plain(character) else f"<U+{ord(character):04X}>"
            for character in shown
        )
    shown = shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if shown.startswith('"'):
        shown = "\\" + shown
    if _UNESCAPED_QUOTE_AT_END.search(shown):
        shown = shown[:-1] + '\\"'
    return shown


_UNESCAPED_QUOTE_AT_END = re.compile(r'(?<!\\)(?:\\\\)*"$')


def _is_plain(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character) not in ("Cf", "Co", "Cs")


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
    return f"{_split_declaration(name, annotation, indent)} = {call}({', '.join(items)})"


def _split_declaration(name: str, annotation: str, indent: int) -> str:
    inner, outer = " " * (indent + 4), " " * indent
    base, bracket, parameters = annotation.partition("[")
    if bracket and parameters.endswith("]") and _closes_at_end(parameters):
        return f"{name}: {base}[\n{inner}{parameters[:-1]}\n{outer}]"
    return f"{name}: (\n{inner}{annotation}\n{outer})"


def _closes_at_end(parameters: str) -> bool:
    """Whether the bracket that was opened before ``parameters`` is closed by their last one."""
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

    It would not where a line that it could break is too long, or where a literal holds both kinds
    of quotes, of which black may prefer the other.
    """
    for line in text.splitlines():
        content = line.strip()
        if len(line) > LINE_LENGTH and not _is_unbreakable(content):
            return False
        if "\\'" in content:
            return False
    return True


def _is_unbreakable(content: str) -> bool:
    """A line that holds nothing but a literal, a docstring or a comment."""
    if content.startswith(('"""', "#")):
        return True
    quote = content[:1]
    return quote in ("'", '"') and content.endswith(f"{quote},") and quote not in content[1:-2]
