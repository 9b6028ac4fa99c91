"""JSON with exact Decimals: by msgspec where it is installed, and without it, to the same end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zohohub import json_text
from zohohub.json_text import dumps, loads


@pytest.fixture(params=["msgspec", "alone"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With msgspec, and as if it were not installed."""
    name: str = request.param
    if name == "alone":
        monkeypatch.setitem(sys.modules, "msgspec.json", None)
    json_text._fast_parser.cache_clear()
    assert (json_text._fast_parser() is None) == (name == "alone")
    yield name
    json_text._fast_parser.cache_clear()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            b'{"a": 1.10, "b": [true, null, "\\u00e9"]}',
            {"a": Decimal("1.10"), "b": [True, None, "é"]},
        ),
        ("[12345678901234567890.123456789]", [Decimal("12345678901234567890.123456789")]),
        ("[1E3, -0.0, 1e400]", [Decimal("1E+3"), Decimal("-0.0"), Decimal("1E+400")]),
        ("[12345678901234567890123]", [12345678901234567890123]),
        ('{"a": 1, "a": 2}', {"a": 2}),
        # What msgspec refuses and the standard parser takes.
        (b'["\\ud800"]', ["\ud800"]),
        (b"\xef\xbb\xbf[1]", [1]),
        ('["é"]'.encode("utf-16"), ["é"]),
    ],
)
@pytest.mark.usefixtures("parser")
def test_values(text: str | bytes, value: object) -> None:
    read = loads(text)
    assert read == value
    assert repr(read) == repr(value), "Decimals digit by digit"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[1", "[1,]", "[01]", "[1.]", "[NaN]", "[Infinity]", "[-Infinity]", "[1]x", "<html>"),
        *('["a\tb"]', "[1e99999999999999999999]", b'["\xff"]', b"\x80"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_what_is_no_json(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        loads(text)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_both_ways_read_what_is_written(value: object) -> None:
    text = dumps(value)
    fast = json_text._fast_parser()
    assert fast is not None
    standard = json.loads(text, parse_float=Decimal)
    assert repr(loads(text)) == repr(standard)
    assert standard == value


def test_msgspec_is_loaded_by_the_first_answer() -> None:
    program = """
import sys
from zohohub import Auth
from zohohub.json_text import loads
before = "msgspec" in sys.modules
loads("[1.5]")
print(before, "msgspec" in sys.modules)
"""
    out = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert out.stdout == "False True\n"
