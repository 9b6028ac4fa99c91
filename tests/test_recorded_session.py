"""The recorded session of README.md is what the commands print now."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
IMAGE = DOCS / "images" / "session.svg"
CHARACTER = 12.2
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def recorder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "record_session", DOCS / "hooks" / "record_session.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def text_of(svg: str) -> list[str]:
    """The lines of a picture, each text where it stands: blanks alone are not in it."""
    lines: dict[str, str] = {}
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        row = text.get("y", "")
        column = round(float(text.get("x", "0")) / CHARACTER) if row in lines else 0
        words = "".join(text.itertext()).replace("\N{NO-BREAK SPACE}", " ")
        lines[row] = lines.get(row, "").ljust(column) + words
    return [line.rstrip() for line in lines.values()]


@pytest.mark.slow
def test_it_is_current(recorder: ModuleType) -> None:
    lines = recorder.record()
    shown = [line for line in text_of(IMAGE.read_text("utf-8")) if line]
    assert shown[0] == recorder.TITLE
    assert shown[1:] == [line.plain for line in lines if line.plain], "run `make session`"
    # It is the same each time: no ports, times or folders of one run.
    assert [line.plain for line in recorder.record()] == [line.plain for line in lines]
    assert not re.search(r"127\.0\.0\.1|/tmp|localhost", "\n".join(shown))


def test_it_asks_no_server_for_anything() -> None:
    svg = IMAGE.read_text("utf-8")
    assert "session-matrix" in svg
    assert "$ zohohub-gen" in text_of(svg)
    without_name = svg.replace('xmlns="http://www.w3.org/2000/svg"', "", 1)
    for reference in ("://", "href", "@font-face", "@import", "<script", "data:image"):
        assert reference not in without_name.replace("url(#session-", ""), reference
    assert not re.search(r"url\((?!#)", svg)


def test_what_a_terminal_shows_becomes_a_picture(recorder: ModuleType, tmp_path: Path) -> None:
    import pyte

    screen = pyte.Screen(recorder.COLUMNS, 3)
    printed = recorder.run(
        r"printf 'working\r\033[2K\033[1;31mno\033[0m <yes>\n'", tmp_path, {"TERM": "xterm"}
    )
    pyte.ByteStream(screen).feed(printed)
    line = recorder._line(screen, 0)
    assert line.plain == "no <yes>"
    svg = recorder.render([line])
    assert text_of(svg) == [recorder.TITLE, "no <yes>"]
    assert "#ff7b72" in svg
    with pytest.raises(SystemExit, match="ended with 3"):
        recorder.run("exit 3", tmp_path, {})
