"""The nasty cases: each gives a package that can be imported, or one sentence, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from zohohub_gen.cli import main
from zohohub_gen.pipeline import check

from tests.fuzz.target import bindings_or_sentence
from tests.support.nasty import NAMES, everything, nasty, steering, write_nasty
from tests.support.packages import imported, options, submodules
from tests.support.source_check import check_package

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# All of them through the command take a while; `test_each_choice_takes_them` has all of them.
_QUICK = {"module_leads_out", "module_absolute", "module_reserved_by_windows", "module_case_only"}
_QUICK |= {"module_long", "module_nul", "deep_400", "lock_with_code", "merge_marks"}
_CASES = [name if name in _QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


@pytest.mark.parametrize("name", _CASES)
def test_a_package_or_a_sentence_and_nothing_outside(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = nasty(name)
    assert "\n" not in case.what
    project = tmp_path / "parent" / "project"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    (project / "pyproject.toml").write_text('[tool.zohohub]\npicklists = "enum"\n')
    write_nasty(case, project / "zoho_metadata")
    before = everything(tmp_path)
    code = main(["-v", "generate"])
    after = everything(tmp_path)
    captured = capsys.readouterr()
    assert steering(captured.out + captured.err) == []
    assert "Traceback" not in captured.err
    if case.gives == "error":
        assert code in (1, 2)
        assert after == before
        (line,) = [line for line in captured.err.splitlines() if "Error: " in line]
        assert "zoho_metadata/" in line
        assert "unexpected" not in line
        return
    assert code == 0, captured.err
    made = "parent/project/zoho_crm"
    lock = "parent/project/zoho_metadata/names.json"
    others = {path for path in after if path.split("/")[:3] != made.split("/")} - {lock}
    assert {path: after[path] for path in others} == {
        path: content for path, content in before.items() if path != lock
    }
    files = {path.name: path.read_text("utf-8") for path in (project / "zoho_crm").iterdir()}
    assert len({path.lower() for path in files}) == len(files)
    assert [path for path in files if _DEVICES.fullmatch(path) or len(path) > 100] == []
    check_package(files)
    with imported(project / "zoho_crm") as package:
        assert submodules(package).keys() == {
            path.removesuffix(".py") for path in files if path.endswith(".py")
        } - {"__init__"}
    again, text = check(options(Path("zoho_metadata"), Path(), "zoho_crm", picklists="enum"))
    assert (again.differs, text) == (False, "")


@pytest.mark.parametrize("picklists", ["literal", pytest.param("str", marks=pytest.mark.slow)])
@pytest.mark.trust(
    "Bad input", "nasty cases kept in `tests/nasty`", "bindings or one sentence each time"
)
def test_each_choice_takes_them(picklists: str) -> None:
    for name in NAMES:
        case = nasty(name)
        try:
            sentence = bindings_or_sentence(case.files, picklists)
        except UnicodeDecodeError:  # read_text sees to that
            continue
        assert (sentence is None) == (case.gives == "bindings"), f"{name}: {sentence}"
    print(f"trust: {len(NAMES)} runs of cases")
