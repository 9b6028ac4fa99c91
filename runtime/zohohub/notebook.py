"""How records look in notebooks: small HTML tables, of labels, values and what is not there.

Whatever comes from Zoho is escaped: a label or a value is text in the page and nothing else.
Nothing here does a call.  ``%load_ext zohohub.notebook`` shows lists of records as tables too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, cast

from zohohub.labels import documentation_of, labels_of
from zohohub.records import Record, columns_of, values_of
from zohohub.shown import is_empty, main_values, short, unfetched, unreadable
from zohohub.values import LayoutRef, Link, Ref, Tag, UploadedFile, UserRef

if TYPE_CHECKING:
    from zohohub.results import Result, Results

__all__ = [
    "load_ipython_extension",
    "record_html",
    "records_html",
    "ref_html",
    "results_html",
]

_MOST_CHARACTERS = 300
_MOST_ENTRIES = 10
_MOST_COLUMNS = 8
_MOST_ROWS = 50

# Jupyter would set what stands between two dollar signs as a formula.
_TABLE = '<table class="tex2jax_ignore mathjax_ignore">'


def record_html(row: Record) -> str:
    """The values of one record, beside their labels; what is empty or not fetched is named."""
    kind = type(row)
    try:
        values = values_of(row)
    except AttributeError:  # no generated class
        return f"<code>{escape(repr(row))}</code>"
    labels = labels_of(kind)
    documentation = documentation_of(kind)
    lines = [
        (
            _cell(labels[name], title=documentation.get(name, "")),
            f"<td><code>{escape(name)}</code></td>",
            f"<td>{_value(value)}</td>",
        )
        for name, value in values.items()
        if not is_empty(value)
    ]
    empty = [name for name, value in values.items() if is_empty(value)]
    notes = [
        _note(what, [f"{labels[name]} ({name})" for name in names])
        for what, names in (
            ("Empty", empty),
            ("Not fetched", unfetched(row, values)),
            ("Not readable", unreadable(row, values)),
        )
        if names
    ]
    title = f"{kind.__name__} {values.get('id') or 'not saved yet'}"
    return _table(title, ("Label", "Attribute", "Value"), lines, notes)


def records_html(rows: Sequence[Record]) -> str:
    """Records of one class, a line each: the 8 columns that matter most, and the first 50."""
    kind = type(rows[0])
    labels = labels_of(kind)
    fetched = [values_of(row) for row in rows[:_MOST_ROWS]]
    filled: dict[str, object] = {}
    for name in columns_of(kind):
        found = (values[name] for values in fetched if not is_empty(values.get(name)))
        if (value := next(found, None)) is not None:
            filled[name] = value
    names = main_values(rows[0], filled)
    shown = names[:_MOST_COLUMNS]
    lines = [
        [
            f"<td>{_value(values[name])}</td>" if name in values else "<td><i>not fetched</i></td>"
            for name in shown
        ]
        for values in fetched
    ]
    notes = [
        *([f"… {len(rows) - len(fetched):,} more records"] if len(rows) > len(fetched) else []),
        *(
            [_note("Left out", [labels[name] for name in names[len(shown) :]])]
            if names[len(shown) :]
            else []
        ),
    ]
    title = f"{len(rows):,} × {kind.__name__}"
    return _table(title, [labels[name] for name in shown], lines, notes)


def ref_html(reference: Ref[Any]) -> str:
    """A reference: the name that Zoho sent, the module if the field says it, and the id."""
    return f"<span>{_value(reference)}</span>"


def results_html(results: Results) -> str:
    """What became of the rows of a write; of more than 50 rows those that were not done."""
    shown: Sequence[Result] = results
    notes: list[str] = []
    if len(results) > _MOST_ROWS:
        shown = results.failures[:_MOST_ROWS]
        notes = [f"… {len(results) - len(shown):,} more rows"]
    lines = [
        [
            _cell(cell)
            for cell in (
                str(each.index),
                each.outcome,
                each.id or "",
                each.code,
                each.message or ("" if each.error is None else str(each.error)),
            )
        ]
        for each in shown
    ]
    return _table(repr(results)[1:-1], ("Row", "Outcome", "Id", "Code", "Message"), lines, notes)


class _Formatter(Protocol):
    def for_type(self, kind: type[Any], function: object, /) -> object: ...


class _DisplayFormatter(Protocol):
    formatters: Mapping[str, _Formatter]


class _Shell(Protocol):
    display_formatter: _DisplayFormatter


def load_ipython_extension(shell: _Shell) -> None:
    """What ``%load_ext zohohub.notebook`` does: a list of records of one class is a table."""
    shell.display_formatter.formatters["text/html"].for_type(list, _list_html)


def _list_html(items: list[object]) -> str | None:
    """None for any other list, which IPython then shows as it always does."""
    kinds = {type(item) for item in items}
    if len(kinds) == 1 and isinstance(items[0], Record):
        return records_html(cast("list[Record]", items))
    return None


# --- Pieces -----------------------------------------------------------------------------------


def _table(
    title: str, header: Iterable[str], lines: Iterable[Iterable[str]], notes: Iterable[str]
) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in lines)
    below = "".join(f"\n<p><small>{escape(note)}</small></p>" for note in notes)
    return (
        f"{_TABLE}\n<caption>{escape(title)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>{below}"
    )


def _cell(text: str, *, title: str = "") -> str:
    tip = f' title="{escape(title)}"' if title else ""
    return f"<td{tip}>{escape(text)}</td>"


def _note(what: str, names: Sequence[str]) -> str:
    return f"{what}: {', '.join(names)}"


def _value(value: object) -> str:
    """A value as HTML: entries of lists on lines of their own."""
    if isinstance(value, list):
        entries = cast("list[object]", value)
        lines = [escape(_text(entry)) for entry in entries[:_MOST_ENTRIES]]
        if len(entries) > _MOST_ENTRIES:
            lines.append(f"… {len(entries) - _MOST_ENTRIES:,} more")
        return "<br>".join(lines)
    return escape(_text(value))


def _text(value: object) -> str:
    try:
        text = _readable(value)
    except Exception:  # noqa: BLE001 - whatever somebody's class, or a number of 5,000 digits, does
        text = short(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def _readable(value: object) -> str:
    """A value as somebody who reads the page would write it."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ")
        case str() | bool() | int() | Decimal() | date():
            return str(value)
        case Ref():
            return _named(value.name, f"{value.module} {value.id}" if value.module else value.id)
        case UserRef() | LayoutRef():
            return _named(value.name, value.id)
        case UploadedFile():
            return _named(value.name, value.file_id)
        case Tag():
            return value.name
        case Link():
            return _readable(cast("Link[object]", value).target)
        case _:
            return short(value)


def _named(name: object, identifier: object) -> str:
    return str(identifier) if name is None else f"{name} ({identifier})"
