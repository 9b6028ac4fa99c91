"""Both type checkers strike out names of before at exactly the marked lines."""

from __future__ import annotations

from pathlib import Path

from tests.support.checkers import findings, lay_out
from tests.support.packages import CASES

FILE = Path(__file__).parent / "former_names_cases.py"
STRUCK, REFUSED = "  # D: ", "  # E: "


def marked(mark: str) -> set[int]:
    lines = FILE.read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if mark in line}


def test_checkers_strike_out_exactly_the_marked_lines(tmp_path: Path) -> None:
    folder = lay_out(
        tmp_path / "checked", {"former_names": CASES / "former_names" / "expected" / "crm"}, [FILE]
    )
    # Pyright does by itself where it is strict; mypy has to be asked.
    (folder / "mypy.ini").write_text("[mypy]\nenable_error_code = deprecated\n", encoding="utf-8")
    struck, refused = marked(STRUCK), marked(REFUSED)
    assert len(struck) > 20
    assert len(refused) > 15
    for checker, items in findings(folder).items():
        assert {item.file for item in items} == {FILE.name}, (checker, items)
        by_line: dict[int, str] = {}
        for item in items:
            by_line[item.line] = by_line.get(item.line, "") + item.message
        said = {line for line, message in by_line.items() if "deprecated" in message}
        surprises = {line: by_line.get(line, "-") for line in by_line.keys() ^ (struck | refused)}
        assert surprises == {}, checker
        assert said - refused == struck, checker
