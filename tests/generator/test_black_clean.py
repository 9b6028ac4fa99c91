"""What is printed is what black would print, so that black has next to nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import black
import pytest
from black.report import NothingChanged
from zohohub_gen import format as formatting
from zohohub_gen.choices import Choices, Picklists
from zohohub_gen.format import format_files, run_black
from zohohub_gen.names import name_schema
from zohohub_gen.option_names import Overrides, name_options
from zohohub_gen.package import render_package
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares
from zohohub_gen.snapshot import read_snapshot
from zohohub_gen.source import is_stable

from tests.support.packages import ACME, CASES, SAMPLE, options, write_snapshot
from tests.support.synthetic import write_org

MODE = black.Mode()


def is_clean(text: str) -> bool:
    """Whether ``black --check`` passes."""
    try:
        black.format_file_contents(text, fast=False, mode=MODE)
    except NothingChanged:
        return True
    return not text


def printed(metadata: Path, picklists: Picklists = "literal") -> dict[str, str]:
    """The files as the templates print them."""
    schema, _ = parse(read_snapshot(metadata))
    names = name_options(schema, name_schema(schema, {}, {}), Overrides())
    return Shares(PackagePlanner(schema, names, Choices(picklists=picklists))).files()


def committed() -> Iterator[Path]:
    for folder in (SAMPLE, *CASES.glob("*/expected")):
        yield from sorted(folder.rglob("*.py"))


def test_committed_packages_are_clean() -> None:
    unclean = [path for path in committed() if not is_clean(path.read_text("utf-8"))]
    assert unclean == []


@pytest.mark.parametrize(
    "picklists",
    ["literal", *(pytest.param(each, marks=pytest.mark.slow) for each in ("enum", "str"))],
)
def test_a_large_package_is_clean_as_printed(picklists: Picklists, tmp_path: Path) -> None:
    files = printed(write_org(tmp_path / "metadata", 5, 200), picklists)
    assert len(files) == 8
    for path, text in files.items():
        assert is_stable(text) or not text, path
        assert is_clean(text), path


@pytest.mark.parametrize("picklists", get_args(Picklists))
def test_acme_is_clean_as_printed_but_for_few_files(picklists: Picklists) -> None:
    """A file that black has to see costs a hundred times the others."""
    files = printed(ACME / "metadata", picklists)
    unstable = {path for path, text in files.items() if not is_stable(text)}
    assert unstable <= {"__init__.py", "deals.py", "custom_module7.py"}
    for path, text in files.items():
        assert path in unstable or is_clean(text), path


@pytest.mark.parametrize("picklists", get_args(Picklists))
@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/metadata")))
def test_what_is_called_stable_is(case: str, picklists: Picklists) -> None:
    for path, text in printed(CASES / case / "metadata", picklists).items():
        assert not is_stable(text) or is_clean(text), path


def test_black_sees_what_is_not_stable_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    seen: list[str] = []

    def counted(text: str) -> str:
        seen.append(text)
        return run_black(text)

    monkeypatch.setattr(formatting, "run_black", counted)
    stable = "x = 1\n"
    unstable = f"x = f({', '.join(['argument'] * 20)})\n"
    files = {"a.py": stable, "b.py": unstable, "py.typed": ""}
    made = format_files(files)
    assert seen == [unstable]
    assert list(made) == ["a.py", "b.py", "py.typed"]
    assert made["a.py"] == stable
    assert made["b.py"] == black.format_str(unstable, mode=MODE) != unstable
    assert format_files(files) == made
    assert seen == [unstable], "the second time it is remembered"


def test_many_unstable_files_are_formatted_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With eight or more, several processes share the work."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = {f"f{number}.py": f"x = f({', '.join([f'a{number}'] * 30)})\n" for number in range(12)}
    made = format_files(files)
    assert list(made) == list(files)
    assert all(made[path] == black.format_str(text, mode=MODE) for path, text in files.items())


WIDE = {
    "accents": "é" * 25,
    "kana": "か\u3099" * 25,
    "pictures": "🏻👍" * 15,
    "wide": "見積もりの有効期限が切れたお客様への再提案が必要な理由を記入する欄",
    "combining": "e\u0301" * 20,
    "both": "\"'" * 20,
    "long": "word " * 40,
    "emoji": "😀" * 30,
}


@pytest.mark.parametrize("what", WIDE)
@pytest.mark.parametrize("options_of_picklist", [1, 3])
@pytest.mark.parametrize("picklists", get_args(Picklists))
def test_wide_and_narrow_characters(
    what: str, options_of_picklist: int, picklists: Picklists, tmp_path: Path
) -> None:
    """Black counts columns, in which a Japanese character takes two and an accent none."""
    text = WIDE[what]
    picked = [{"display_value": f"{text}{number}"} for number in range(options_of_picklist)]
    items = [
        {
            "api_name": f"A{text}"[:length],
            "data_type": kind,
            "field_label": text,
            "pick_list_values": picked,
        }
        for length, kind in (
            (12, "text"),
            (22, "date"),
            (32, "multiselectpicklist"),
            (42, "lookup"),
        )
    ]
    metadata = write_snapshot(tmp_path / "metadata", {"Leads": items, "Deals": items[:1]})
    wanted = options(metadata, tmp_path, picklists=picklists)
    for path, made in render_package(wanted).files.items():
        assert is_clean(made), path
