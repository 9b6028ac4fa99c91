"""What reaches the disk: all of it or nothing, only what changes, nothing of anyone else's."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.moves import take_back
from zohohub_gen.package import GUARD, HEADER, LOCK_FILE
from zohohub_gen.pipeline import check, generate
from zohohub_gen.write import compare_files, write_files

from tests.support.packages import options, write_json, write_snapshot

OLD = {"a.py": "1\n", "b.py": "2\n", "sub/c.py": "3\n", "gone.py": "4\n", "mine.txt": "5\n"}
NEW = {"a.py": "1\n", "b.py": "two\n", "sub/c.py": "three\n", "sub/deep/d.py": "new\n", "e.py": ""}


def owned(path: str) -> bool:
    return path.endswith(".py")


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "package"
    for path, text in OLD.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(text.encode())
        os.utime(target / path, ns=(1_000_000_000, 1_000_000_000))
    return target


# --- write_files ------------------------------------------------------------------------------


def test_writes_changes_and_deletes(folder: Path) -> None:
    changes = write_files(folder, NEW, owned=owned)
    assert contents(folder) == {**NEW, "mine.txt": "5\n"}
    assert changes.created == ("e.py", "sub/deep/d.py")
    assert changes.changed == ("b.py", "sub/c.py")
    assert changes.deleted == ("gone.py",)
    assert changes.unchanged == 1
    assert changes


def test_touches_only_what_changes(folder: Path) -> None:
    write_files(folder, NEW, owned=owned)
    times = {path: (folder / path).stat().st_mtime_ns for path in ("a.py", "b.py", "mine.txt")}
    assert times["a.py"] == times["mine.txt"] == 1_000_000_000
    assert times["b.py"] > 1_000_000_000


def test_the_same_again_touches_nothing(folder: Path) -> None:
    write_files(folder, NEW, owned=owned)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    changes = write_files(folder, NEW, owned=owned)
    assert not changes
    assert changes.unchanged == len(NEW)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_comparing_writes_nothing(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    said = compare_files(folder, NEW, owned=owned)
    assert contents(folder) == before
    assert said == write_files(folder, NEW, owned=owned)
    assert compare_files(tmp_path / "nowhere", NEW, owned=owned).created == tuple(sorted(NEW))
    assert not (tmp_path / "nowhere").exists()


def let_moves_fail(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, fails: Callable[[int], bool]
) -> list[Path]:
    """Let the moves of these numbers, from 0 on, fail; what was to be moved so far."""
    move = Path.replace
    moves: list[Path] = []

    def failing_move(self: Path, target: Path) -> Path:
        moves.append(self)
        if fails(len(moves) - 1):
            raise error
        return move(self, target)

    monkeypatch.setattr(Path, "replace", failing_move)
    return moves


@pytest.mark.parametrize("failing", range(5))
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_takes_everything_back(
    folder: Path, failing: int, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal and four files move in; each of the five moves may fail."""
    before = contents(folder)
    moves = let_moves_fail(monkeypatch, error, lambda number: number == failing)
    expected = GeneratorError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write_files(folder, NEW, owned=owned)
    assert len(moves) > failing
    monkeypatch.undo()
    assert contents(folder) == before
    assert not [path for path in folder.parent.rglob("*") if path.name.startswith(".zohohub-")]
    if expected is GeneratorError:
        assert str(caught.value) == (
            f"{folder} could not be written and is as it was: Permission denied"
        )


def test_when_taking_back_fails_too_the_next_run_does_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    denied = PermissionError(13, "Permission denied")
    let_moves_fail(monkeypatch, denied, lambda number: number >= 3)
    with pytest.raises(GeneratorError, match=r"is half written .*: run zohohub-gen again"):
        write_files(folder, NEW, owned=owned)
    monkeypatch.undo()
    assert contents(folder) != before
    take_back(folder)
    assert contents(folder) == before


def test_a_disk_without_hard_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuses)
    write_files(folder, NEW, owned=owned)
    assert contents(folder) == {**NEW, "mine.txt": "5\n"}


def test_five_moves_are_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test above fails each of them once."""
    moves: list[Path] = []
    move = Path.replace

    def counted(self: Path, target: Path) -> Path:
        moves.append(self)
        return move(self, target)

    monkeypatch.setattr(Path, "replace", counted)
    write_files(folder, NEW, owned=owned)
    assert len(moves) == 5


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    before = contents(folder)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(GeneratorError, match="could not be written and is as it was"):
            write_files(folder, NEW, owned=owned)
    finally:
        folder.chmod(stat.S_IRWXU)
    assert contents(folder) == before


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "package").write_text("x", encoding="utf-8")
    with pytest.raises(GeneratorError, match="could not be written and is as it was"):
        write_files(tmp_path / "package", {"a.py": ""}, owned=owned)
    assert (tmp_path / "package").read_text("utf-8") == "x"


def test_a_folder_in_the_place_of_a_file(folder: Path) -> None:
    (folder / "e.py").mkdir()
    (folder / "e.py" / "keep.txt").write_text("x", encoding="utf-8")
    before = contents(folder)
    with pytest.raises(GeneratorError):
        write_files(folder, NEW, owned=owned)
    assert contents(folder) == before


@pytest.mark.parametrize(
    "path", ["../x.py", "/etc/x.py", "a/../../x.py", "", ".", "..", "a\\..\\x.py", "a/.."]
)
def test_no_path_leads_out(folder: Path, path: str) -> None:
    before = contents(folder.parent)
    with pytest.raises(
        GeneratorError, match="is not a path inside the folder; nothing was written"
    ):
        write_files(folder, {"a.py": "changed", path: "x"}, owned=owned)
    assert contents(folder.parent) == before


def test_an_empty_folder_goes_with_its_last_file(folder: Path) -> None:
    write_files(folder, {"a.py": "1\n"}, owned=owned)
    assert not (folder / "sub").exists()


def test_bytes_that_are_not_text_are_changed_text(folder: Path) -> None:
    (folder / "a.py").write_bytes(b"\xff\xfe")
    assert "a.py" in write_files(folder, NEW, owned=owned).changed
    assert (folder / "a.py").read_bytes() == b"1\n"


# --- generate and check -----------------------------------------------------------------------

FIELDS = {
    "Leads": [{"api_name": "Company", "data_type": "text", "id": "1"}],
    "Deals": [{"api_name": "Amount", "data_type": "currency", "id": "2"}],
}


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Generates from a small org, with other fields where they are given."""

    def make(fields: object = None) -> Path:
        metadata = tmp_path / "metadata"
        write_snapshot(metadata, fields or FIELDS)  # type: ignore[arg-type]  # tests give JSON
        generate(options(metadata, tmp_path))
        return tmp_path / "crm"

    return make


def test_says_what_it_did(tmp_path: Path) -> None:
    metadata = write_snapshot(tmp_path / "metadata", FIELDS)
    first = generate(options(metadata, tmp_path))
    names = ("__init__.py", "client.py", "deals.py", "leads.py", "py.typed")
    assert first.created == (*(tmp_path / "crm" / name for name in names), metadata / LOCK_FILE)
    assert (first.changed, first.deleted, first.unchanged) == ((), (), 0)
    assert (first.modules, first.fields, first.package_folder) == (2, 4, tmp_path / "crm")
    assert first.differs
    second = generate(options(metadata, tmp_path))
    assert (second.created, second.changed, second.deleted) == ((), (), ())
    assert second.unchanged == 6
    assert not second.differs


def test_a_new_field_touches_its_module_alone(made: Callable[..., Path]) -> None:
    package = made()
    before = {path.name: path.stat().st_mtime_ns for path in package.iterdir()}
    text = {path.name: path.read_text("utf-8") for path in package.iterdir()}
    made(
        {
            **FIELDS,
            "Leads": [*FIELDS["Leads"], {"api_name": "City", "data_type": "text", "id": "5"}],
        }
    )
    after = {path.name: path.stat().st_mtime_ns for path in package.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"leads.py"}
    added = set((package / "leads.py").read_text("utf-8").splitlines()) - set(
        text["leads.py"].splitlines()
    )
    assert added
    assert all("city" in line.lower() or "class" in line for line in added), added


def test_a_guard_stands_in_the_package_while_it_is_written(
    made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = made()
    before = (package / "__init__.py").read_bytes()
    seen: list[bytes] = []
    move = Path.replace

    def looking(self: Path, target: Path) -> Path:
        if target == package / "leads.py":
            seen.append((package / "__init__.py").read_bytes())
        return move(self, target)

    monkeypatch.setattr(Path, "replace", looking)
    made({name: [*fields, {"api_name": "City", "id": "5"}] for name, fields in FIELDS.items()})
    assert seen == [GUARD.encode()]
    assert (package / "__init__.py").read_bytes() == before


def test_names_are_kept_before_a_package_uses_them(
    made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the two must not let the next run hand out other ones."""
    moved: list[str] = []
    move = Path.replace

    def counted(self: Path, target: Path) -> Path:
        moved.append(target.name)
        return move(self, target)

    monkeypatch.setattr(Path, "replace", counted)
    made()
    assert moved.index(LOCK_FILE) < moved.index("leads.py")


def test_deletes_the_module_that_is_gone_and_nothing_else(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    package = made()
    (package / "helpers.py").write_text("mine = 1\n", encoding="utf-8")
    (package / "notes.txt").write_text(HEADER, encoding="utf-8")
    (package / "old").mkdir()
    (package / "old" / "tasks.py").write_text(HEADER + "x = 1\n", encoding="utf-8")
    (package / ".kept").mkdir()
    (package / ".kept" / "tasks.py").write_text(HEADER + "x = 1\n", encoding="utf-8")
    (tmp_path / "metadata" / "fields" / "Deals.json").unlink()
    outcome = generate(options(tmp_path / "metadata", tmp_path))
    assert outcome.deleted == (package / "deals.py", package / "old" / "tasks.py")
    assert (package / "helpers.py").read_text("utf-8") == "mine = 1\n"
    assert (package / "notes.txt").is_file()
    assert (package / ".kept" / "tasks.py").is_file()
    assert not (package / "deals.py").exists()


def test_refuses_to_overwrite_a_file_of_another(made: Callable[..., Path], tmp_path: Path) -> None:
    package = made()
    before = contents(package)
    mine = "# My own leads.\n"
    (package / "leads.py").write_text(mine, encoding="utf-8")
    write_snapshot(tmp_path / "metadata", {"Deals": [{"api_name": "New", "id": "7"}]})
    lock = (tmp_path / "metadata" / LOCK_FILE).read_text("utf-8")
    with pytest.raises(GeneratorError, match=r"leads\.py was not made by zohohub-gen"):
        generate(options(tmp_path / "metadata", tmp_path))
    assert contents(package) == before | {"leads.py": mine}
    assert (tmp_path / "metadata" / LOCK_FILE).read_text("utf-8") == lock


def test_refuses_a_marker_with_a_text_of_its_own(made: Callable[..., Path], tmp_path: Path) -> None:
    """It has no header to know it by; what generate makes of it is empty."""
    package = made()
    (package / "py.typed").write_text("partial\n", encoding="utf-8")
    with pytest.raises(GeneratorError, match=r"py\.typed was not made by zohohub-gen"):
        generate(options(tmp_path / "metadata", tmp_path))
    assert (package / "py.typed").read_text("utf-8") == "partial\n"


def test_an_error_leaves_the_package_alone(made: Callable[..., Path], tmp_path: Path) -> None:
    package = made()
    before = contents(tmp_path)
    (tmp_path / "metadata" / "fields" / "Leads.json").write_text("{", encoding="utf-8")
    with pytest.raises(GeneratorError, match=r"Leads\.json:1 is not JSON"):
        generate(options(tmp_path / "metadata", tmp_path))
    (tmp_path / "metadata" / "fields" / "Leads.json").unlink()
    with pytest.raises(ConfigurationError, match="no module of the metadata is called 'Led'"):
        generate(options(tmp_path / "metadata", tmp_path, modules=("Led",)))
    after = contents(tmp_path)
    assert {path: after[path] for path in after if path.startswith("crm/")} == {
        path: before[path] for path in before if path.startswith("crm/")
    }
    assert package.is_dir()


@pytest.mark.parametrize("what", ["nothing there", "empty"])
def test_a_folder_without_metadata(tmp_path: Path, what: str) -> None:
    metadata = tmp_path / "metadata"
    if what == "empty":
        metadata.mkdir()
    with pytest.raises(ConfigurationError, match="zohohub-gen pull"):
        generate(options(metadata, tmp_path))
    assert not (tmp_path / "crm").exists()


def test_check_finds_nothing_after_generate(made: Callable[..., Path], tmp_path: Path) -> None:
    made()
    outcome, diff = check(options(tmp_path / "metadata", tmp_path))
    assert not outcome.differs
    assert diff == ""


def test_check_shows_each_difference_and_changes_nothing(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    package = made()
    leads = package / "leads.py"
    leads.write_text(
        leads.read_text("utf-8").replace("str | None", "int | None", 1), encoding="utf-8"
    )
    (package / "client.py").unlink()
    (package / "tasks.py").write_text(HEADER + "x = 1\n", encoding="utf-8")
    write_json(tmp_path / "metadata" / LOCK_FILE, {})
    before = contents(tmp_path)
    outcome, diff = check(options(tmp_path / "metadata", tmp_path))
    assert contents(tmp_path) == before
    assert outcome.differs
    assert outcome.created == (package / "client.py",)
    assert outcome.changed == (leads, tmp_path / "metadata" / LOCK_FILE)
    assert outcome.deleted == (package / "tasks.py",)
    name = leads.as_posix().lstrip("/")
    assert f"--- a/{name}\n+++ b/{name}\n" in diff
    assert '-    company: int | None = api("Company", default=ABSENT)\n' in diff
    assert '+    company: str | None = api("Company", default=ABSENT)\n' in diff
    assert "--- /dev/null\n" in diff
    assert "+++ /dev/null\n" in diff
    assert '+    "modules": {\n' in diff.replace("+  ", "+    ")
    generate(options(tmp_path / "metadata", tmp_path))
    assert not check(options(tmp_path / "metadata", tmp_path))[0].differs


def test_check_of_a_package_that_is_not_there(tmp_path: Path) -> None:
    metadata = write_snapshot(tmp_path / "metadata", FIELDS)
    outcome, diff = check(options(metadata, tmp_path))
    assert len(outcome.created) == 6
    assert diff.count("--- /dev/null") == 5, "py.typed is empty"
    assert contents(tmp_path).keys() == {f"metadata/fields/{name}.json" for name in FIELDS}
