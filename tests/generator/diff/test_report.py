"""The forms of a report: readable, stable, and safe against whoever writes labels."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from zohohub_gen.changes import Change, Kind, Severity
from zohohub_gen.diff_report import (
    Report,
    as_annotations,
    as_document,
    as_markdown,
    place_in,
    print_text,
    summary,
)
from zohohub_gen.terminal import Terminal
from zohohub_gen.usages import Usage

HOSTILE = "x | `` ` <img src=a> @all #1 https://e.vil\n::error::y\r##[add-mask]z\x1b[31m, 100%"


def change(
    kind: Kind = "field removed",
    severity: Severity = "breaking",
    module: str | None = "Leads",
    field: str | None = "Fax",
    option: str | None = None,
    before: str | None = "Text",
    after: str | None = None,
    reason: str = "Lead.fax is gone",
    target: str | None = "Lead.fax",
) -> Change:
    return Change(kind, severity, module, field, option, before, after, reason, target)


def options(count: int) -> list[Change]:
    return [
        change("option added", "risky", option=name, before=None, after=name)
        for name in (f"Option {number}" for number in range(count))
    ]


def usage(line: int = 3, *, certain: bool = True) -> Usage:
    return Usage(Path("src/a,b.py"), line, 5, "Leads", "Fax", None, certain)


def report(changes: Sequence[Change], usages: Sequence[Sequence[Usage]] = ()) -> Report:
    return Report("old", "new", changes, usages)


def text(capsys: pytest.CaptureFixture[str], shown: Report, *, verbose: bool = False) -> str:
    terminal = Terminal()
    terminal.verbose = verbose
    print_text(terminal, shown)
    return capsys.readouterr().out


# --- Text -------------------------------------------------------------------------------------


def test_text_has_the_worst_first_and_counts_last(capsys: pytest.CaptureFixture[str]) -> None:
    label = change("field label changed", "safe", before="A", after="B", reason="only a label")
    shown = report([label, change()], [[], [usage(), usage(9, certain=False)]])
    assert text(capsys, shown).splitlines() == [
        "Module Leads",
        "  ✗ Lead.fax: field removed: Text",
        "      Lead.fax is gone",
        "      → src/a,b.py:3:5",
        "      → src/a,b.py:9:5 (perhaps)",
        "  · Lead.fax: field label changed: A → B",
        "      only a label",
        "",
        "2 changes in 1 module from old to new: 1 breaking, 0 risky, 1 safe.",
    ]


def test_long_lists_are_folded_unless_more_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    shown = report(options(8))
    folded = text(capsys, shown)
    assert "! Lead.fax: 8 × option added: Option 0, Option 1" in folded
    assert "Option 4 and 3 more" in folded
    assert "Option 7" not in folded
    assert text(capsys, shown, verbose=True).count("option added: Option") == 8


def test_three_hundred_changes_fit_on_a_few_screens(capsys: pytest.CaptureFixture[str]) -> None:
    safe = [
        change("field label changed", "safe", f"Module_{number % 20}", before="a", after="b")
        for number in range(280)
    ]
    bad = [change(module=f"Module_{number}", target=f"M{number}.fax") for number in range(20)]
    both = sorted([*safe, *bad], key=lambda each: each.module or "")
    folded = text(capsys, report(both))
    assert len(folded.splitlines()) < 100
    assert folded.count("· 14 safe: 14 field label changed; -v shows them") == 20
    for number in range(20):
        assert f"✗ M{number}.fax: field removed" in folded
    assert text(capsys, report(both), verbose=True).count("field label changed: a → b") == 280


def test_nothing_is_said_to_be_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert text(capsys, report([])) == "new is what old is, as far as programs can notice.\n"


def test_text_steers_neither_terminal_nor_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = change(
        "field label changed",
        "safe",
        module=HOSTILE,
        before=HOSTILE,
        after=HOSTILE,
        reason=HOSTILE,
        target=HOSTILE,
    )
    out = text(capsys, report([hostile]), verbose=True)
    assert "\x1b" not in out
    assert "\r" not in out
    assert "##[" not in out
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]


# --- JSON -------------------------------------------------------------------------------------


def test_json_is_of_version_1() -> None:
    content = json.loads(json.dumps(as_document(report([change(reason=HOSTILE)], [[usage()]]))))
    assert content == {
        "version": 1,
        "old": "old",
        "new": "new",
        "counts": {"breaking": 1, "risky": 0, "safe": 0},
        "changes": [
            {
                "kind": "field removed",
                "severity": "breaking",
                "module": "Leads",
                "field": "Fax",
                "option": None,
                "before": "Text",
                "after": None,
                "reason": HOSTILE,
                "target": "Lead.fax",
                "usages": [{"path": "src/a,b.py", "line": 3, "column": 5, "certain": True}],
            }
        ],
    }


# --- Markdown ---------------------------------------------------------------------------------


def test_markdown_reads_as_a_pull_request() -> None:
    label = change("field label changed", "safe", before="A", after="B", reason="only a label")
    shown = as_markdown(report([label, change()], [[], [usage()]]))
    assert shown.splitlines() == [
        "## Changes in Zoho CRM: 1 breaking, 1 safe",
        "",
        "From `old` to `new`.",
        "",
        "### `Leads`",
        "",
        "- 🔴 breaking: `Lead.fax`, field removed: `Text`",
        "  <br>Lead.fax is gone",
        "  <br>Touches `src/a,b.py:3:5`",
        "",
        "<details>",
        "<summary>🟢 1 safe</summary>",
        "",
        "### `Leads`",
        "",
        "- 🟢 safe: `Lead.fax`, field label changed: `A` → `B`",
        "  <br>only a label",
        "",
        "</details>",
    ]


def test_markdown_quotes_what_people_wrote() -> None:
    hostile = change("option added", "risky", HOSTILE, "Fax", HOSTILE, None, HOSTILE)
    shown = as_markdown(report([hostile, change(reason=HOSTILE, before=HOSTILE)]))
    fence = "```"
    outside = re.sub(rf"{fence}.*?{fence}", "", shown)  # the longest run in it has two
    for harmful in ("<img", "@all", " #1", "https://", "\n::", "\x1b", "\r", "##["):
        assert harmful not in outside, harmful
    assert "&lt;img" in outside
    assert "@&#8203;all" in outside
    assert shown.count(fence) % 2 == 0


# --- Annotations ------------------------------------------------------------------------------


def test_annotations_stand_where_the_code_is(tmp_path: Path) -> None:
    shown = report(
        [change("field added", "safe"), change(), *options(8)], [[], [usage()], *[[]] * 8]
    )
    lines = list(as_annotations(shown, lambda _: ("zoho_metadata/fields/Leads.json", 7)))
    assert lines == [
        "::error file=src/a%2Cb.py,line=3,col=5,title=breaking%3A field removed::"
        "Lead.fax: field removed: Text; Lead.fax is gone",
        "::warning file=zoho_metadata/fields/Leads.json,line=7,title=risky%3A option added::"
        "Lead.fax: 8 × option added: Option 0, Option 1, Option 2, Option 3, Option 4 and 3 more; "
        "Lead.fax is gone",
        "::notice file=zoho_metadata/fields/Leads.json,line=7,title=safe%3A field added::"
        "Lead.fax: field added: Text; Lead.fax is gone",
    ]
    (without,) = as_annotations(report([change()]), lambda change: place_in(tmp_path, change))
    assert without.startswith("::error title=breaking%3A field removed::Lead.fax")


def test_annotations_are_one_order_each() -> None:
    hostile = change(reason=HOSTILE, before=HOSTILE, target=HOSTILE)
    (line,) = as_annotations(report([hostile]), lambda _: (f"{HOSTILE}.json", 1))
    assert "\n" not in line
    assert "\r" not in line
    head, _, message = line.removeprefix("::").partition("::")
    assert head.count(",") == 2
    assert "100%25" in message
    assert head.split(",")[1] == "line=1"


def test_a_place_is_the_line_of_the_field_itself(tmp_path: Path) -> None:
    fields = tmp_path / "fields"
    fields.mkdir()
    content = {
        "fields": [{"api_name": "Owner", "lookup": {"api_name": "Fax"}}, {"api_name": "Fax"}]
    }
    (fields / "Leads.json").write_text(json.dumps(content, indent=2))
    lines = (fields / "Leads.json").read_text().splitlines()
    place = place_in(tmp_path, change())
    assert place is not None
    assert Path(place[0]) == fields / "Leads.json"
    assert lines[place[1] - 1] == '      "api_name": "Fax"'
    assert lines[place[1] - 2] == "    {"
    renamed = change("field renamed", field="Gone", before="Gone", after="Fax")
    assert place_in(tmp_path, renamed) == place
    assert place_in(tmp_path, change(module="Deals")) is None
    assert place_in(tmp_path, change(field="Gone")) == (place[0], 1)


def test_a_summary_counts_modules() -> None:
    org = change("currency changed", "risky", module=None, field=None)
    assert summary(report([change(), change(module="Deals"), org])) == (
        "3 changes in 2 modules from old to new: 2 breaking, 1 risky, 0 safe."
    )
