"""What `zohohub-gen init` does to the text of files that are there."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from zohohub_gen import init_edits

HOOK = "- repo: local\n  hooks:\n    - id: mine\n"
MERGED = {
    "usual": "repos:\n  - repo: https://x\n    rev: v1  # pinned\n    hooks:\n      - id: a\n",
    "official style": "repos:\n-   repo: https://x\n    rev: v1\n    hooks:\n    -   id: a\n",
    "no newline at the end": "# top\n\nrepos:  # all of them\n- repo: meta\n  hooks: [{id: a}]",
    "comments between": "a: 1\nrepos:\n  # one\n\n  - repo: meta\n# two\n    hooks: []\n",
    "a block at the end": "repos:\n  - repo: local\n    hooks:\n      - id: a\n        entry: |\n"
    "          x\n\n",
    "crlf": "repos:\r\n  - repo: meta\r\n    hooks: []\r\n",
    "empty": "repos:\n",
    "marker": "---\nrepos:\n  - repo: meta\n    hooks: []\n",
}


@pytest.mark.parametrize("text", MERGED.values(), ids=MERGED)
def test_a_hook_is_added(text: str) -> None:
    longer = init_edits.with_hook(text, HOOK)
    assert longer is not None
    assert longer.startswith(text)
    expected = yaml.safe_load(text)
    expected["repos"] = [*(expected["repos"] or []), *yaml.safe_load(HOOK)]
    assert yaml.safe_load(longer) == expected
    assert ("\r\n" in text) == ("\r\n" in longer)
    assert longer.count("\r\n") in (0, longer.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos: [{repo: meta, hooks: []}]\n",
        "repos:\n  - repo: meta\n    hooks: []\nfail_fast: true\n",
        "repos: &all\n  - repo: meta\n    hooks: []\n",
        "repos:\n  - repo: meta\n    hooks: []\n---\na: 1\n",
        "repos:\n  - repo: meta\n    hooks: []\n...\n",
        "repos:\n\t- repo: meta\n",
        "{repos: []}\n",
        "- repo: meta\n",
        "fail_fast: true\n",
        "",
    ],
)
def test_a_hook_that_cannot_be_added_is_not(text: str) -> None:
    assert init_edits.with_hook(text, HOOK) is None


_LINES = (
    *("repos:", "a: 1", "  - repo: x", "- repo: y", "    hooks: []", "  hooks: []", "# c", ""),
    *("---", "  b: |", "      text", "  - {", "    }", "'k': v", '"q', "  ?"),
)


@given(
    st.lists(
        st.sampled_from(_LINES),
        max_size=9,
    )
)
def test_a_hook_is_added_to_nothing_but_repos(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    longer = init_edits.with_hook(text, HOOK)
    try:
        before: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return  # a file that pre-commit does not read either
    if longer is None:
        return
    after: Any = yaml.safe_load(longer)
    assert after["repos"] == [*(before["repos"] or []), *yaml.safe_load(HOOK)]
    assert {**before, "repos": None} == {**after, "repos": None}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("before", "path"),
    [
        ("[tool.pytest.ini_options]\naddopts = '-q'  # short\n[tool.x]\ny = 1\n", ["src"]),
        ("[tool.pytest.ini_options]\npythonpath = 'a b' # mine\n[a]\n", ["a", "b", "src"]),
        ("[tool.pytest.ini_options]\npythonpath = [\n  'a',  # one\n]\n", ["a", "src"]),
        ("[tool.pytest.ini_options]\npythonpath = ['src']\n", ["src"]),
        ("[tool.pytest]\ntestpaths = ['tests']\n", ["src"]),
        ("[a]\nb = 1\n", ["src"]),
        ("tool.pytest.ini_options.addopts = '-q'\n", ["src"]),
    ],
)
def test_pytest_finds_the_package(before: str, path: list[str], newline: str) -> None:
    before = before.replace("\n", newline)
    longer = init_edits.with_pythonpath(before, "src")
    assert longer is not None
    parsed = tomllib.loads(longer)["tool"]["pytest"]
    assert parsed.get("ini_options", parsed)["pythonpath"] == path
    assert longer.count("\n") == longer.count(newline)
    for comment in re.findall("#.*", before):
        assert comment.strip() in longer


@pytest.mark.parametrize(
    "before",
    [
        "tool = 1\n",
        "tool.pytest = 1\n",
        "[tool.pytest]\nini_options = 1\n",
        "[tool.pytest.ini_options]\npythonpath = 1\n",
        "tool = {pytest = {}}\n",
    ],
)
def test_pytest_settings_of_another_shape_stay(before: str) -> None:
    assert init_edits.with_pythonpath(before, "src") is None


@pytest.mark.parametrize("before", ["tool = 1\n", "tool = {}\n", "[tool]\nx = 1\n[[tool.y]]\n"])
def test_a_table_is_added_or_refused(before: str) -> None:
    longer = init_edits.with_table(before, ("tool", "x"), {"a": 'b"\n'})
    assert longer is None
    longer = init_edits.with_table(before, ("other", "x"), {"a": 'b"\n'})
    assert tomllib.loads(longer or "")["other"] == {"x": {"a": 'b"\n'}}
