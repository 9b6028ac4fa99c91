"""What people call the fields: the labels in the docstrings of generated code.

Python throws the docstring of an attribute away, so they are read from the source, once a class
and only where somebody looks.  Labels in ``api(…)`` would be loaded with every import, and only
notebooks want them.  Where there is no source, the api_name stands for the label.
"""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent
from typing import TYPE_CHECKING

from zohohub.records import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zohohub.records import Record

__all__ = ["documentation_of", "labels_of"]

_documentation: dict[type[Record], Mapping[str, str]] = {}


def labels_of(record_type: type[Record]) -> Mapping[str, str]:
    """The label of each field, by attribute name."""
    documentation = documentation_of(record_type)
    return {
        name: _label(documentation.get(name, ""), column.api_name)
        for name, column in columns_of(record_type).items()
    }


def documentation_of(record_type: type[Record]) -> Mapping[str, str]:
    """The docstring of each attribute, with label, type, limits and help; none without source."""
    found = _documentation.get(record_type)
    if found is None:
        found = _documentation[record_type] = dict(_docstrings(record_type))
    return found


def _docstrings(record_type: type[Record]) -> Iterator[tuple[str, str]]:
    try:
        module = ast.parse(dedent(inspect.getsource(record_type)))
    except (OSError, SyntaxError, TypeError):
        return
    for definition in module.body:
        if isinstance(definition, ast.ClassDef):
            for attribute, text in zip(definition.body, definition.body[1:], strict=False):
                match attribute, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(documentation))),
                    ):
                        yield name, documentation
                    case _:
                        pass


def _label(documentation: str, api_name: str) -> str:
    """What stands before the type: ``Company`` of ``Company. Text, at most 200 characters.``.

    A label may hold a full stop and a blank itself: then the part counts that is spelt as the
    api_name, which Zoho makes of the first label, and else the first one.
    """
    parts = documentation.rstrip(".").split(". ")
    if len(parts) < 2:
        return api_name
    labels = [". ".join(parts[:count]) for count in range(1, len(parts))]
    same = (label for label in labels if _letters(label) == _letters(api_name))
    return next(same, labels[0])


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
