"""Put other names into the text of a program, and leave everything else as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from zohohub_gen.migrate import Edit


def rename(
    content: bytes, edits: Mapping[tuple[int, int], Edit]
) -> tuple[bytes, AbstractSet[tuple[int, int]]]:
    """Put new names where old ones stand, by line and column from 1; the places that were missed.

    Encoding, line breaks, blanks and comments stay as they are.
    """
    try:
        module = cst.parse_module(content)
    except cst.ParserSyntaxError:  # newer Python than libcst knows
        return content, edits.keys()
    if module.bytes != content:  # it has line breaks that libcst does not keep
        return content, edits.keys()
    names = _Names({(line, column - 1): edit for (line, column), edit in edits.items()})
    changed = MetadataWrapper(module, unsafe_skip_copy=True).visit(names)
    missed = {(line, column + 1) for line, column in names.waiting}
    return changed.bytes, missed


class _Names(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Mapping[tuple[int, int], Edit]) -> None:
        super().__init__()
        self.waiting = dict(edits)

    def leave_Name(  # noqa: N802  # libcst's name
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        start = self._range(original_node).start
        edit = self.waiting.get((start.line, start.column))
        if edit is None or edit.old != original_node.value:
            return updated_node
        del self.waiting[start.line, start.column]
        return updated_node.with_changes(value=edit.new)

    def leave_SimpleString(  # noqa: N802  # libcst's name
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        where = self._range(original_node)
        if where.start.line != where.end.line:
            return updated_node
        text = original_node.value
        inside = [
            (column, edit)
            for (line, column), edit in self.waiting.items()
            if line == where.start.line and where.start.column < column < where.end.column
        ]
        for column, edit in sorted(inside, key=lambda item: item[0], reverse=True):
            start = column - where.start.column
            end = start + len(edit.old)
            if text[start:end] == edit.old:
                text = text[:start] + edit.new + text[end:]
                del self.waiting[where.start.line, column]
        return updated_node.with_changes(value=text)

    def leave_ImportFrom(  # noqa: N802  # libcst's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        """Import each name once, where the new one was there already."""
        if updated_node is original_node or isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        seen: set[tuple[str, str | None]] = set()
        names: list[cst.ImportAlias] = []
        for alias in updated_node.names:
            key = (alias.evaluated_name, alias.evaluated_alias)
            if key not in seen or _has_comment(alias):
                names.append(alias)
            seen.add(key)
        if len(names) == len(updated_node.names):
            return updated_node
        last = updated_node.names[-1]
        names[-1] = names[-1].with_changes(comma=last.comma)
        return updated_node.with_changes(names=names)

    def _range(self, node: cst.CSTNode) -> CodeRange:
        found = self.get_metadata(PositionProvider, node)
        assert isinstance(found, CodeRange)  # noqa: S101  # it is given for every node
        return found


def _has_comment(alias: cst.ImportAlias) -> bool:
    if not isinstance(alias.comma, cst.Comma):
        return False
    after = alias.comma.whitespace_after
    return isinstance(after, cst.ParenthesizedWhitespace) and after.first_line.comment is not None
