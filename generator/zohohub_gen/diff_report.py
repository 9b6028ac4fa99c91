"""Changes → text for people, markdown for reviews, JSON for programs, annotations for CI.

Labels and options come from Zoho, and whoever writes one must not steer a terminal, a pull request
or a workflow: each form has its own way of quoting.

The JSON has ``{"version": 1, "old": …, "new": …, "counts": {"breaking": n, "risky": n, "safe": n},
"changes": […]}``; a change has the keys of `zohohub_gen.changes.Change` and ``usages``, a list of
``{"path": …, "line": n, "column": n, "certain": true}``.  Keys may be added under version 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from zohohub_gen.changes import SEVERITIES, Change, Severity
from zohohub_gen.markdown import code, plain
from zohohub_gen.report import count
from zohohub_gen.terminal import flat

if TYPE_CHECKING:
    from zohohub_gen.terminal import Style, Terminal
    from zohohub_gen.usages import Usage

_SIGNS: dict[Severity, tuple[str, Style]] = {
    "breaking": ("✗", "red"),
    "risky": ("!", "yellow"),
    "safe": ("·", "dim"),
}
_LEVELS: dict[Severity, str] = {"breaking": "error", "risky": "warning", "safe": "notice"}
_OPTIONS_SHOWN = 5
_PLACES_SHOWN = 3
_LINES_SHOWN = 60
_WIDTH = 80
_ORG = "The org"

Place = Callable[[Change], tuple[str, int] | None]
"""Says in which file, at which line, the metadata has what a change is about."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported: two sides by name, how they differ, and where programs are touched."""

    old: str
    new: str
    changes: Sequence[Change]
    usages: Sequence[Sequence[Usage]] = ()
    """One entry a change, or none at all."""

    def places(self) -> list[tuple[Change, Sequence[Usage]]]:
        """Each change with the places that it touches."""
        usages = self.usages or [()] * len(self.changes)
        return list(zip(self.changes, usages, strict=True))


def counts(changes: Sequence[Change]) -> dict[Severity, int]:
    """How many changes there are of each severity."""
    found = dict.fromkeys(SEVERITIES, 0)
    for change in changes:
        found[change.severity] += 1
    return found


def summary(report: Report) -> str:
    """One sentence: how much has changed, and how bad it is."""
    if not report.changes:
        return f"{report.new} is what {report.old} is, as far as programs can notice."
    modules = len({change.module for change in report.changes if change.module is not None})
    found = ", ".join(f"{count} {name}" for name, count in counts(report.changes).items())
    return (
        f"{count(len(report.changes), 'change')} in {count(modules, 'module')} from {report.old} "
        f"to {report.new}: {found}."
    )


# --- Text -------------------------------------------------------------------------------------


def print_text(terminal: Terminal, report: Report) -> None:
    """Print the changes by module, the worst first; the summary comes last."""
    print_changes(terminal, report)
    terminal.words(flat(summary(report)), "bold")


def print_changes(terminal: Terminal, report: Report) -> None:
    """Print the changes alone, and an empty line behind them."""
    lines = list(_text(report, everything=terminal.verbose, fold_safe=False))
    if len(lines) > _LINES_SHOWN and not terminal.verbose:
        lines = list(_text(report, everything=False, fold_safe=True))
    for line, style in lines:
        terminal.words(line, style)
    if lines:
        terminal.say()


def _text(
    report: Report, *, everything: bool, fold_safe: bool
) -> Iterator[tuple[str, Style | None]]:
    for module, entries in _by_module(report):
        yield _heading(module, entries), "bold"
        safe = [change for change, _ in entries if change.severity == "safe"]
        folded = fold_safe and len(safe) > 1
        for group in _groups(entries, everything=everything):
            if not folded or group[0][0].severity != "safe":
                yield from _entry(group, everything=everything)
        if folded:
            kinds = [(len(list(same)), kind) for kind, same in groupby(sorted(_kinds(safe)))]
            words = ", ".join(f"{count} {kind}" for count, kind in kinds)
            yield f"  · {len(safe)} safe: {words}; -v shows them", "dim"


def _kinds(changes: Sequence[Change]) -> list[str]:
    return [change.kind for change in changes]


def _heading(module: str | None, entries: Sequence[tuple[Change, Sequence[Usage]]]) -> str:
    if module is None:
        return _ORG
    handle = next((each.target for each, _ in entries if each.field is None and each.target), None)
    # The word in front keeps a hostile name from the start of a line, where CI reads orders.
    return f"Module {flat(module)}" + (f" ({handle})" if handle else "")


def _entry(
    group: Sequence[tuple[Change, Sequence[Usage]]], *, everything: bool
) -> Iterator[tuple[str, Style | None]]:
    change = group[0][0]
    sign, style = _SIGNS[change.severity]
    yield f"  {sign} {flat(change.target or _ORG)}: {_what(group, everything=everything)}", style
    yield f"      {flat(change.reason)}", "dim"
    places = sorted({place for _, usages in group for place in usages})
    shown_places = places if everything else places[:_PLACES_SHOWN]
    for place in shown_places:
        yield f"      → {flat(_where(place))}", "cyan"
    if len(shown_places) < len(places):
        more = count(len(places) - len(shown_places), "more place")
        yield f"      → and {more}; -v shows all", "cyan"


def _what(group: Sequence[tuple[Change, Sequence[Usage]]], *, everything: bool) -> str:
    """What kind of change it is, from what to what; of several, the first ones."""
    kind = group[0][0].kind
    values = [_values(each, everything=everything) for each, _ in group]
    if len(values) == 1:
        return f"{kind}: {values[0]}" if values[0] else kind
    shown = values if everything else values[:_OPTIONS_SHOWN]
    more = f" and {len(values) - len(shown)} more" if len(shown) < len(values) else ""
    return f"{len(values)} × {kind}: {', '.join(shown)}{more}"


def _groups(
    entries: Sequence[tuple[Change, Sequence[Usage]]], *, everything: bool
) -> Iterator[Sequence[tuple[Change, Sequence[Usage]]]]:
    """The changes of options of one field together, everything else alone."""

    def key(numbered: tuple[int, tuple[Change, Sequence[Usage]]]) -> object:
        number, (change, _) = numbered
        if change.option is None or everything:
            return number
        return (change.field, change.kind, change.severity, change.reason)

    ordered = sorted(entries, key=lambda entry: SEVERITIES.index(entry[0].severity))
    for _, group in groupby(enumerate(ordered), key):
        yield [entry for _, entry in group]


def _by_module(
    report: Report,
) -> Iterator[tuple[str | None, Sequence[tuple[Change, Sequence[Usage]]]]]:
    for module, entries in groupby(report.places(), lambda entry: entry[0].module):
        yield module, list(entries)


def _values(change: Change, *, everything: bool) -> str:
    """What it was and is, in one line."""

    def short(text: str) -> str:
        text = flat(text)
        return text if everything or len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"

    return " → ".join(short(each) for each in _values_of(change))


def _values_of(change: Change) -> list[str]:
    if change.kind in ("option retired", "option restored"):
        return [change.option or ""]
    return [each for each in (change.before, change.after) if each is not None]


def _where(place: Usage) -> str:
    doubt = "" if place.certain else " (perhaps)"
    return f"{place.path}:{place.line}:{place.column}{doubt}"


# --- JSON -------------------------------------------------------------------------------------


class Document(TypedDict):
    """What programs get; the docstring of this file says what is in it."""

    version: int
    old: str
    new: str
    counts: dict[str, int]
    changes: list[dict[str, Any]]


def as_document(report: Report) -> Document:
    """The changes for programs, in version 1."""
    changes: list[dict[str, Any]] = [
        {
            **asdict(change),
            "usages": [
                {
                    "path": usage.path.as_posix(),
                    "line": usage.line,
                    "column": usage.column,
                    "certain": usage.certain,
                }
                for usage in usages
            ],
        }
        for change, usages in report.places()
    ]
    found = {str(severity): number for severity, number in counts(report.changes).items()}
    return {
        "version": 1,
        "old": report.old,
        "new": report.new,
        "counts": found,
        "changes": changes,
    }


# --- Markdown ---------------------------------------------------------------------------------

_MARKS: dict[Severity, str] = {"breaking": "🔴", "risky": "🟠", "safe": "🟢"}


def as_markdown(report: Report) -> str:
    """The changes as the text of a pull request; safe ones are folded."""
    lines = [f"## {plain(_headline(report))}", ""]
    lines.append(f"From {_code(report.old)} to {_code(report.new)}.")
    notable = [each for each in report.places() if each[0].severity != "safe"]
    safe = [each for each in report.places() if each[0].severity == "safe"]
    lines += _markdown_modules(notable)
    if safe:
        lines += ["", "<details>", f"<summary>{_MARKS['safe']} {len(safe)} safe</summary>"]
        lines += [*_markdown_modules(safe), "", "</details>"]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    if not report.changes:
        return "Nothing that programs could notice has changed in Zoho CRM"
    found = ", ".join(f"{count} {name}" for name, count in counts(report.changes).items() if count)
    return f"Changes in Zoho CRM: {found}"


def _markdown_modules(entries: Sequence[tuple[Change, Sequence[Usage]]]) -> list[str]:
    lines: list[str] = []
    for module, own in groupby(entries, lambda entry: entry[0].module):
        lines += ["", f"### {_ORG if module is None else _code(module)}", ""]
        for group in _groups(list(own), everything=False):
            lines += _markdown_entry(group)
    return lines


def _markdown_entry(group: Sequence[tuple[Change, Sequence[Usage]]]) -> Iterator[str]:
    change = group[0][0]
    values = [_markdown_values(each) for each, _ in group]
    number = f"{len(group)} × " if len(group) > 1 else ""
    what = f": {', '.join(values)}" if any(values) else ""
    yield (
        f"- {_MARKS[change.severity]} {change.severity}: {_code(change.target or _ORG)}, "
        f"{number}{change.kind}{what}"
    )
    yield f"  <br>{plain(change.reason)}"
    places = sorted({place for _, usages in group for place in usages})
    if places:
        shown = ", ".join(_code(_where(place)) for place in places[: 2 * _PLACES_SHOWN])
        more = len(places) - 2 * _PLACES_SHOWN
        yield f"  <br>Touches {shown}{f' and {more} more' if more > 0 else ''}"


def _code(text: str) -> str:
    return code(text, _WIDTH)


def _markdown_values(change: Change) -> str:
    return " → ".join(_code(each) for each in _values_of(change))


# --- Annotations ------------------------------------------------------------------------------


def as_annotations(report: Report, place: Place) -> Iterator[str]:
    """The changes as orders to a GitHub workflow, the worst first: it shows the first ten of each.

    Each stands where the user's code is touched, or else where the metadata has it.
    """
    entries = sorted(report.places(), key=lambda entry: SEVERITIES.index(entry[0].severity))
    for group in _groups(entries, everything=False):
        change = group[0][0]
        title = f"{change.severity}: {change.kind}"
        message = f"{change.target or _ORG}: {_what(group, everything=False)}; {change.reason}"
        usages = sorted({usage for _, usages in group for usage in usages})
        spots: list[dict[str, str]] = [
            {"file": each.path.as_posix(), "line": str(each.line), "col": str(each.column)}
            for each in usages
        ]
        if not spots:
            found = place(change)
            spots = [{} if found is None else {"file": found[0], "line": str(found[1])}]
        for spot in spots:
            properties = ",".join(
                f"{key}={_property(value)}" for key, value in {**spot, "title": title}.items()
            )
            yield f"::{_LEVELS[change.severity]} {properties}::{_data(flat(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def place_in(folder: Path, change: Change) -> tuple[str, int] | None:
    """Where the snapshot folder has what a change is about: file and line, if it has it."""
    from zohohub_gen.snapshot import fields_file

    modules = folder / "modules.json"
    candidates: list[tuple[Path, str | None]]
    if change.module is None:
        candidates = [(folder / "org.json", None)]
    elif change.field is None:
        candidates = [(modules, change.module), (modules, change.after)]
    else:
        fields = folder / fields_file(change.module)
        candidates = [(fields, change.field), (fields, change.after), (modules, change.module)]
    present = [(path, line) for path, name in candidates if (line := _line_of(path, name))]
    if not present:
        return None
    # The first line of a file says no more than that it is this file.
    path, line = next((each for each in present if each[1] > 1), present[0])
    return path.as_posix(), line


def _line_of(path: Path, name: str | None) -> int | None:
    """The line of what is called so; 1 where nothing is, None where there is no such file."""
    lines = _lines(path)
    if lines is None:
        return None
    entry = f'"api_name": {json.dumps(name, ensure_ascii=False)}'
    # What a field or module is called stands less deep than what it refers to.
    found = [
        (len(line) - len(line.lstrip()), number)
        for number, line in enumerate(lines, 1)
        if line.strip().rstrip(",") == entry
    ]
    return min(found)[1] if found else 1


@cache
def _lines(path: Path) -> list[str] | None:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return None
