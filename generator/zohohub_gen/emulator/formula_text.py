"""The text of a formula field → a tree.  Nothing of it is ever run as code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

MAX_DEPTH = 50
"""How deep brackets, calls and formulas of formulas may nest."""


class FormulaError(ValueError):
    """The text is no formula that the emulator computes."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, true, false or nothing."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class FieldOf:
    """``${Leads.Annual Revenue}``, ``${Annual Revenue}`` or either with an api_name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator, in lower case, and what it is applied to."""

    name: str
    arguments: tuple[Tree, ...]


Tree: TypeAlias = Constant | FieldOf | Call

_TOKEN = re.compile(
    r"""\s*(?:
        \$\{(?P<field>[^{}]*)\}
      | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | (?P<word>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<sign>==|!=|<>|<=|>=|&&|\|\||[-+*/%(),<>=!])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONSTANTS = {"true": True, "false": False, "null": None}
# Each level binds closer than the one before it.
_LEVELS: tuple[dict[str, str], ...] = (
    {"||": "or"},
    {"&&": "and"},
    {"==": "==", "=": "==", "!=": "!=", "<>": "!="},
    {"<": "<", "<=": "<=", ">": ">", ">=": ">="},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%"},
)


def parse_formula(text: str) -> Tree:
    """Raises `FormulaError` for what is no formula."""
    parser = _Parser(_tokens(text))
    tree = parser.binary(0, 0)
    parser.end()
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise FormulaError(f"{text[at : at + 20]!r} cannot be read")
        kind, part = found.lastgroup, found[found.lastgroup]
        if kind in ("single", "double"):
            kind, part = "text", _ESCAPED.sub(r"\1", part)
        tokens.append((kind, part))
        at = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise FormulaError(f"{self._tokens[self._at][1]!r} is one too many")

    def binary(self, level: int, depth: int) -> Tree:
        if level == len(_LEVELS):
            return self._unary(depth)
        left = self.binary(level + 1, depth)
        while (operator := self._sign(_LEVELS[level])) is not None:
            left = Call(operator, (left, self.binary(level + 1, depth)))
        return left

    def _unary(self, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise FormulaError("it is nested too deeply")
        if self._sign({"-": "-"}):
            return Call("negative", (self._unary(depth + 1),))
        if self._sign({"!": "not"}):
            return Call("not", (self._unary(depth + 1),))
        if self._at == len(self._tokens):
            raise FormulaError("it ends too early")
        kind, part = self._tokens[self._at]
        self._at += 1
        if kind == "field":
            return FieldOf(part.strip())
        if kind == "number":
            return Constant(Decimal(part))
        if kind == "text":
            return Constant(part)
        if kind == "word":
            if part.lower() in _CONSTANTS:
                return Constant(_CONSTANTS[part.lower()])
            self._expect("(")
            return Call(part.lower(), self._arguments(depth + 1))
        if part == "(":
            inner = self.binary(0, depth + 1)
            self._expect(")")
            return inner
        raise FormulaError(f"{part!r} stands where a value should")

    def _arguments(self, depth: int) -> tuple[Tree, ...]:
        if self._sign({")": ")"}):
            return ()
        arguments = [self.binary(0, depth)]
        while self._sign({",": ","}):
            arguments.append(self.binary(0, depth))
        self._expect(")")
        return tuple(arguments)

    def _expect(self, sign: str) -> None:
        if self._sign({sign: sign}) is None:
            raise FormulaError(f"{sign!r} is missing")

    def _sign(self, wanted: dict[str, str]) -> str | None:
        """What the next token means, if it is one of those; it is then read."""
        if self._at < len(self._tokens):
            kind, part = self._tokens[self._at]
            if kind == "sign" and part in wanted:
                self._at += 1
                return wanted[part]
        return None
