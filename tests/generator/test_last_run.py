"""The memory of the last run makes an unchanged org quick, and never makes a result wrong."""

from __future__ import annotations

import gc
import importlib.metadata
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from zohohub_gen import cache, last_run, package, pipeline, plan
from zohohub_gen.cache import Cache, digest
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.package import LOCK_FILE, Options, Untouched
from zohohub_gen.packaged import packaged
from zohohub_gen.pipeline import check, generate
from zohohub_gen.progress import Work

from tests.support.packages import CASES, options

SOURCE = CASES / "subforms" / "metadata"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def made(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    shutil.copytree(SOURCE, tmp_path / "metadata")
    chosen = options(tmp_path / "metadata", tmp_path)
    generate(chosen)
    generate(chosen)  # the first run wrote names.json, which is part of the input
    return chosen


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The runs that made the package from scratch."""
    runs: list[Options] = []

    def counted(chosen: Options, work: Work, untouched: Untouched) -> package.Rendered:
        runs.append(chosen)
        return package.render_package(chosen, work, untouched)

    monkeypatch.setattr(pipeline, "render_package", counted)
    return runs


def fresh(chosen: Options, folder: Path) -> dict[str, bytes]:
    """What a run that remembers nothing gives."""
    made = package.render_package(chosen)
    return {path: text.encode() for path, text in made.files.items()}


def contents(chosen: Options) -> dict[str, bytes]:
    folder = chosen.output / chosen.package
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_an_unchanged_org_is_not_made_again(made: Options, rendered: list[Options]) -> None:
    before = generate(made)
    assert rendered == []
    assert (before.modules, before.fields) == (5, 19)
    assert [str(item) for item in before.diagnostics] == [
        "Orders.Vague_Rows: the metadata does not say what this subform points at"
    ]
    assert before.unchanged == 9
    assert check(made) == (before, "")
    assert rendered == []


TAMPERED: dict[str, Callable[[Options], object]] = {
    "a changed module": lambda made: append(made, "orders.py"),
    "a changed client": lambda made: append(made, "client.py"),
    "a missing module": lambda made: (made.output / "crm" / "orders.py").unlink(),
    "an emptied module": lambda made: (made.output / "crm" / "orders.py").write_bytes(b""),
    "a generated file too many": lambda made: shutil.copy(
        made.output / "crm" / "orders.py", made.output / "crm" / "old.py"
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_package_that_was_tampered_with_is_made_right(
    made: Options, rendered: list[Options], what: str
) -> None:
    expected = contents(made)
    TAMPERED[what](made)
    assert contents(made) != expected
    assert check(made)[0].differs
    outcome = generate(made)
    assert outcome.differs
    assert contents(made) == expected
    assert len(rendered) == 2
    assert not check(made)[0].differs


def append(made: Options, name: str) -> None:
    with (made.output / "crm" / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")


CHANGED: dict[str, Callable[[Options], object]] = {
    "a field": lambda made: edit(made.metadata / "fields" / "Orders.json", "Subject", "Title"),
    "a module": lambda made: edit(
        made.metadata / "modules.json", '"creatable": true', '"creatable": false'
    ),
    "a layout": lambda made: add_layout(made.metadata / "layouts"),
    "the organisation": lambda made: (made.metadata / "org.json").write_text(
        '{"org": [{"company_name": "Acme"}]}', encoding="utf-8"
    ),
    "the names": lambda made: edit(
        made.metadata / LOCK_FILE, '"name": "subject"', '"name": "title"'
    ),
    "a new file": lambda made: shutil.copy(
        made.metadata / "fields" / "Orders.json", made.metadata / "fields" / "Offers.json"
    ),
    "a removed file": lambda made: (made.metadata / "fields" / "Boxes.json").unlink(),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_snapshot_is_noticed(made: Options, rendered: list[Options], what: str) -> None:
    before = contents(made)
    CHANGED[what](made)
    generate(made)
    assert len(rendered) == 1
    assert contents(made) == fresh(made, made.output)
    assert contents(made) != before


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_layout(folder: Path) -> None:
    folder.mkdir()
    fields = [{"api_name": "Boxes", "required": True}]
    layout = {"id": "1", "name": "Standard", "sections": [{"fields": fields}]}
    (folder / "Orders.json").write_text(json.dumps({"layouts": [layout]}), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        {"choices": Choices(modules=("Orders",))},
        {"choices": Choices(names={"Orders.Subject": "title"})},
        {"choices": Choices(writes="open")},
        {"package": "other"},
    ],
)
def test_other_options_are_another_run(
    made: Options, rendered: list[Options], change: dict[str, object]
) -> None:
    other = replace(made, **change)  # type: ignore[arg-type]  # one option at a time
    generate(other)
    assert rendered == [other]
    assert contents(other) == fresh(other, other.output)


def test_another_generator_is_another_run(
    made: Options, rendered: list[Options], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(packaged("templates"), templates)
    edit(templates / "client.py.j2", "The client", "A client")
    monkeypatch.setattr(last_run, "packaged", _always(templates))
    generate(made)
    assert len(rendered) == 1
    monkeypatch.setattr(importlib.metadata, "version", _always("0"))
    generate(made)
    assert len(rendered) == 2


def test_another_version_of_its_code_is_another_run(
    made: Options, rendered: list[Options], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "zohohub_gen"
    shutil.copytree(Path(last_run.__file__).parent, code)
    monkeypatch.setattr(last_run, "__file__", str(code / "last_run.py"))
    generate(made)
    assert rendered == []
    edit(code / "plan_module.py", '"""One module', '"""A module')
    generate(made)
    assert rendered == [made]


def test_what_changes_during_a_run_is_made_by_the_next(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there was no run before: what it will remember is read before all else."""
    shutil.copytree(SOURCE, tmp_path / "metadata")
    chosen = options(tmp_path / "metadata", tmp_path)

    def disturbed(chosen: Options, work: Work, untouched: Untouched) -> package.Rendered:
        found = package.render_package(chosen, work, untouched)
        edit(chosen.metadata / "fields" / "Orders.json", "Subject", "Title")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "render_package", disturbed)
        generate(chosen)
    assert generate(chosen).differs
    assert contents(chosen) == fresh(chosen, chosen.output)


def test_a_damaged_list_of_modules_is_told_with_its_place(made: Options) -> None:
    (made.metadata / "modules.json").write_text("{", encoding="utf-8")
    with pytest.raises(GeneratorError) as caught:
        generate(made)
    assert str(caught.value).startswith(f"{made.metadata}/modules.json:1 ")


def _always(value: object) -> Callable[[str], object]:
    def answer(_name: str) -> object:
        return value

    return answer


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b"{}",
        b'{"files": 5}',
        b"\xff\xfe",
        b'{"files": {}, "modules": 1}',
        b'{"files": {}, "modules": 1, "fields": 1, "diagnostics": 5}',
        b'{"files": {}, "modules": 1, "fields": 1, "diagnostics": [{"a": 1}]}',
        b'{"files": [], "modules": 1, "fields": 1, "diagnostics": []}',
        b'{"files": {"x.py": 5}, "modules": 1, "fields": 1, "diagnostics": []}',
    ],
)
def test_a_corrupt_memory_is_no_memory(
    made: Options, rendered: list[Options], store: Path, content: bytes
) -> None:
    expected = contents(made)
    spoil(store, content)
    outcome = generate(made)
    assert len(rendered) == 1
    assert not outcome.differs
    assert contents(made) == expected
    assert outcome.modules == 5


def spoil(store: Path, content: bytes) -> None:
    entries = [path for path in store.rglob("*") if path.is_file()]
    assert entries
    for path in entries:
        path.write_bytes(content)


@pytest.mark.parametrize("place", ["a file", "a folder in the place of the entry"])
def test_a_cache_that_cannot_be_used_costs_time_alone(
    made: Options, rendered: list[Options], store: Path, place: str
) -> None:
    expected = contents(made)
    if place == "a file":
        shutil.rmtree(store)
        store.write_text("in the way", encoding="utf-8")
    else:
        for path in [path for path in store.rglob("*") if path.is_file()]:
            path.unlink()
            path.mkdir()
    for _ in range(2):
        assert not generate(made).differs
    assert len(rendered) == 2
    assert contents(made) == expected


def test_a_cache_keeps_what_it_was_given(store: Path) -> None:
    kept = Cache("kind")
    assert kept.get("key") is None
    kept.put("key", "größe\n\x00")
    assert kept.get("key") == "größe\n\x00"
    assert Cache("other").get("key") is None
    assert all(path.is_relative_to(store) for path in store.rglob("*"))
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["key"]


def test_digests_see_borders() -> None:
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"])
    assert digest([b"abc"]) != digest([b"abc", b""])
    assert digest([b"ab", b"c"]) == digest([b"ab", b"c"])
    assert cache.digest is digest


@pytest.mark.usefixtures("store")
def test_garbage_is_looked_for_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while a package is made, in which all lives to the end; also after an error."""
    seen: list[bool] = []

    def fails(*_: object) -> None:
        seen.append(gc.isenabled())
        raise GeneratorError("no plan")

    shutil.copytree(SOURCE, tmp_path / "metadata")
    monkeypatch.setattr(plan, "PackagePlanner", fails)
    with pytest.raises(GeneratorError, match="no plan"):
        generate(options(tmp_path / "metadata", tmp_path))
    assert seen == [False]
    assert gc.isenabled()
