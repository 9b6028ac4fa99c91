r"""Zoho's search criteria: ``((Last_Name:equals:Burns\,B)and(First_Name:starts_with:M))``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .errors import ApiError

MAX_CONDITIONS = 15

_NAME = re.compile(r"[^:()\\]+")
_JOINER = re.compile(r"\s*(and|or)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One comparison.  Values are unescaped; ``in`` and ``between`` have several."""

    api_name: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more criteria, joined by one word."""

    joiner: Literal["and", "or"]
    members: tuple[Tree, ...]


Tree: TypeAlias = Criterion | Group


def parse_criteria(text: str) -> Tree:
    """The tree of a criteria text.

    Raises INVALID_QUERY for text that does not follow the grammar and CRITERIA_LIMIT_EXCEEDED
    for more than 15 conditions.
    """
    parser = _Parser(text)
    try:
        tree = parser.expression()
        parser.end()
    except RecursionError as error:
        raise invalid_criteria("nested too deeply") from error
    return tree


def invalid_criteria(reason: str, **details: str) -> ApiError:
    """INVALID_QUERY with the reason."""
    return ApiError(400, "INVALID_QUERY", "Invalid query formed", {"reason": reason, **details})


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0
        self._conditions = 0

    def expression(self) -> Tree:
        tree = self._term()
        while joiner := _JOINER.match(self._text, self._at):
            self._at = joiner.end()
            word: Literal["and", "or"] = "and" if joiner[1].lower() == "and" else "or"
            right = self._term()
            if isinstance(tree, Group) and tree.joiner == word:
                tree = Group(word, (*tree.members, right))
            else:
                tree = Group(word, (tree, right))
        return tree

    def end(self) -> None:
        if self._at != len(self._text):
            raise invalid_criteria(f"unexpected text at character {self._at + 1}")

    def _term(self) -> Tree:
        self._expect("(")
        tree = self.expression() if self._peek() == "(" else self._condition()
        self._expect(")")
        return tree

    def _condition(self) -> Criterion:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise ApiError(
                400,
                "CRITERIA_LIMIT_EXCEEDED",
                "criteria limit exceeded",
                {"max_limit": MAX_CONDITIONS},
            )
        api_name = self._name()
        self._expect(":")
        operator = self._name()
        self._expect(":")
        return Criterion(api_name, operator, self._values(operator))

    def _values(self, operator: str) -> tuple[str, ...]:
        several = operator in ("in", "between")
        values = [""]
        while self._at < len(self._text) and self._text[self._at] not in "()":
            char = self._text[self._at]
            if char == "\\" and self._at + 1 < len(self._text):
                self._at += 1
                values[-1] += self._text[self._at]
            elif char == "," and several:
                values.append("")
            else:
                values[-1] += char
            self._at += 1
        return tuple(values)

    def _name(self) -> str:
        found = _NAME.match(self._text, self._at)
        if found is None:
            raise invalid_criteria(f"a name is missing at character {self._at + 1}")
        self._at = found.end()
        return found[0].strip()

    def _peek(self) -> str:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise invalid_criteria(f"{char} is missing at character {self._at + 1}")
        self._at += 1
