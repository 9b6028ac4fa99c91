"""The code blocks of a page, and the directives between them, as Sybil finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

from tests.support.packages import REPOSITORY

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]

# What a directive asks of the block below it; those with True cannot do without an argument.
ON_A_BLOCK = {
    "as-is": True,
    "compile": True,
    "excerpt": True,
    "file": True,
    "output": True,
    "tested-by": True,
    "type-check": False,
    "type-errors": False,
}
BETWEEN_BLOCKS = {"clear-namespace": False, "project": True}
INVISIBLE = "invisible-code-block"

_FENCE = RawFencedCodeBlockLexer(re.compile(r"[ \t]*(?P<language>[^\n]*?)[ \t]*\n"))
_DIRECTIVE = DirectiveInHTMLCommentLexer(
    "|".join([*ON_A_BLOCK, *BETWEEN_BLOCKS, INVISIBLE]), arguments=".*?"
)
# One word, alone or before a colon; other comments are remarks.
_LIKE_A_DIRECTIVE = re.compile(r"^[ \t]*<!--+\s*(?P<word>[\w-]+)\s*(?:--+>|:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code: what it holds, and what a directive above it says of it."""

    page: Path
    line: int
    language: str
    code: str
    directive: str = ""
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """What a directive between blocks asks for."""

    page: Path
    line: int
    directive: str
    argument: str


class PageError(AssertionError):
    """The page does not keep to the convention."""


def read(page: Path) -> list[Block | Step]:
    """What is on the page, from its top.  `PageError` where it does not keep to the convention."""
    document = Document.parse(str(page), _regions)
    found: list[Block | Step] = []
    waiting: Step | None = None
    for example in document:
        step = _step(page, example) if "directive" in example.region.lexemes else None
        if step is not None and step.directive in ON_A_BLOCK:
            if waiting is not None:
                raise PageError(f"line {waiting.line}: {waiting.directive} has no block below it")
            waiting = step
        elif step is not None and step.directive != INVISIBLE:
            found.append(step)
        else:
            found.append(_block(page, example, step, waiting))
            waiting = None
    if waiting is not None:
        raise PageError(f"line {waiting.line}: {waiting.directive} has no block below it")
    return found


def _step(page: Path, example: Example) -> Step:
    lexemes = example.region.lexemes
    name, argument = str(lexemes["directive"]), str(lexemes["arguments"]).strip()
    if not argument and {**ON_A_BLOCK, **BETWEEN_BLOCKS, INVISIBLE: True}[name]:
        raise PageError(f"line {example.line}: {name} needs an argument, such as a reason")
    return Step(page, example.line, name, argument)


def _block(page: Path, example: Example, invisible: Step | None, waiting: Step | None) -> Block:
    lexemes = example.region.lexemes
    language = invisible.argument if invisible else str(lexemes["language"])
    return Block(
        page,
        example.line,
        language.split(" ")[0],
        str(lexemes["source"]),
        waiting.directive if waiting else "",
        waiting.argument if waiting else "",
    )


def _regions(document: Document) -> Iterator[Region]:
    """Fences, and directives outside of them; unknown directives and indented code are refused."""
    fences = list(_FENCE(document))
    directives = [each for each in _DIRECTIVE(document) if not _inside(each.start, fences)]
    yield from fences
    yield from directives
    starts = {each.start for each in directives}
    for comment in _LIKE_A_DIRECTIVE.finditer(document.text):
        if comment.start() not in starts and not _inside(comment.start(), fences):
            place = document.line_column(comment.start())
            raise PageError(f"{place}: no such directive: {comment['word']}")
    _refuse_indented_code(document, fences)


def _inside(position: int, regions: Iterable[Region]) -> bool:
    return any(each.start <= position < each.end for each in regions)


def _refuse_indented_code(document: Document, fences: list[Region]) -> None:
    """Code without a fence is nobody's: CommonMark knows where there is some."""
    from markdown_it import MarkdownIt

    text = list(document.text)
    for fence in fences:  # of any indentation, which CommonMark sees otherwise than the site
        for place in range(fence.start, fence.end):
            text[place] = text[place] if text[place] == "\n" else " "
    for token in MarkdownIt("commonmark").parse("".join(text)):
        if token.type == "code_block" and token.map:
            raise PageError(f"line {token.map[0] + 1}: indented code; put it between fences")
