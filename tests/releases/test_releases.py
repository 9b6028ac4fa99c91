"""An upgrade of the generator surprises nobody, and one of the runtime breaks no package.

When a test here is red because the generated code has changed on purpose: say in CHANGELOG.md,
under "Unreleased" and "### Generated code", what is different for whoever upgrades; then run this
file with ``ZOHOHUB_ACCEPT=1`` and commit ``difference.json``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from zohohub.auth import Auth
from zohohub_gen.emulator import Emulator

from tests.support import releases as kept
from tests.support.packages import SAMPLE, handles, imported, record_types
from tests.support.releases import (
    CHANGELOG,
    PACKAGE,
    RECORDED,
    RELEASES,
    Difference,
    NotExplainedError,
    compare,
    explanations,
    read_recorded,
    record,
    regenerated,
    releases,
    texts,
    version_of_the_project,
)

ADVICE = (
    "The generator makes other code of the sample of {release} than CHANGELOG.md explains. Say "
    'there, under "Unreleased" and "### Generated code", what is different for whoever upgrades, '
    "then run ZOHOHUB_ACCEPT=1 python -m pytest tests/releases/test_releases.py and commit "
    "tests/releases/difference.json.\n{diff}"
)


def test_the_changelog_explains_what_is_different_since_the_last_release(tmp_path: Path) -> None:
    release = releases()[-1]
    now, diff = compare(release.name, texts(release), regenerated(release, tmp_path))
    entries = explanations(CHANGELOG.read_text("utf-8"))
    if os.environ.get("ZOHOHUB_ACCEPT") == "1":
        record(now, entries, RECORDED)
    if now != read_recorded(RECORDED)[0]:
        pytest.fail(ADVICE.format(release=release.name, diff=diff[:10000]), pytrace=False)
    # The sample shows much, not all: there may be entries without a difference, never the reverse.
    assert entries or not now.files, "CHANGELOG.md explains nothing any more"


def test_the_last_release_has_its_entry() -> None:
    version = version_of_the_project()
    assert releases()[-1].name == version, "run `make release-sample`"
    assert f"\n## [{version}] - " in CHANGELOG.read_text("utf-8")


@pytest.mark.parametrize("release", releases(), ids=lambda path: path.name)
def test_the_package_of_a_release_runs_on_this_runtime(release: Path) -> None:
    """It is imported as it was made then, and used as it was used then."""
    with (
        Emulator(release / "metadata") as zoho,
        imported(release / PACKAGE) as package,
    ):
        for name in package.__all__:
            assert getattr(package, name).__name__ == name
        assert len(record_types(package)) > 15
        crm = package.Crm(Auth(**zoho.credentials))
        f = package.Lead.fields
        found = crm.leads.query().where(f.company == "Familie Brandt").select(f.last_name).first()
        assert found.last_name == "Brandt"
        assert [lead.id for lead in crm.leads.search(email=crm.leads.get(found.id).email)]
        made = crm.leads.create(last_name="Sato", lead_status="New")
        lead = crm.leads.get(made)
        lead.city = "Graz"
        crm.leads.save(lead)
        crm.leads.update(made, lead_status="Contacted")
        again = crm.leads.get(made)
        assert (again.last_name, again.city, again.lead_status) == ("Sato", "Graz", "Contacted")
        deals = crm.deals.query().group_by(package.Deal.fields.stage)
        assert sum(row[1] for row in deals.aggregate(package.Deal.fields.id.count())) > 3
        account = crm.accounts.query().first()
        assert list(crm.accounts.related(account).contacts.list(package.Contact.fields.last_name))
        crm.leads.delete(made)
        assert crm.leads.get_or_none(made) is None
        read = 0
        for handle in handles(package).values():
            if hasattr(handle, "query"):
                read += len(list(_handle(crm, handle).query().limit(5)))
        assert read > 40


def _handle(crm: object, kind: type) -> object:
    (found,) = [
        getattr(crm, name)
        for name in vars(type(crm))
        if not name.startswith("_") and isinstance(getattr(crm, name), kind)
    ]
    return found


def test_a_difference_is_in_numbers_and_does_not_depend_on_line_numbers() -> None:
    old = {"acme_crm/a.py": "a = 1\n--- x\n", "acme_crm/gone.py": "g = 1\n"}
    new = {"acme_crm/a.py": "a = 2\n", "acme_crm/new.py": "n = 1\nm = 1\n"}
    difference, text = compare("0.1.0", old, new)
    assert difference.files == ("acme_crm/a.py", "acme_crm/gone.py", "acme_crm/new.py")
    assert (difference.added, difference.removed) == (3, 3)
    assert "-a = 1\n---- x\n+a = 2\n" in text
    above = {"a.py": "\n" * 40 + "a = 1\n"}, {"a.py": "\n" * 40 + "a = 2\n"}
    below = {"a.py": "\n" * 50 + "a = 1\n"}, {"a.py": "\n" * 50 + "a = 2\n"}
    assert compare("0.1.0", *above) == compare("0.1.0", *below)
    assert compare("0.1.0", old, old)[0].files == ()


def test_a_difference_is_accepted_once_the_changelog_says_more(tmp_path: Path) -> None:
    path = tmp_path / "difference.json"
    none = Difference("0.1.0", (), 0, 0, "0")
    record(none, (), path)
    one = Difference("0.1.0", ("acme_crm/a.py",), 1, 0, "1")
    with pytest.raises(NotExplainedError, match="Generated code"):
        record(one, (), path)
    assert read_recorded(path) == (none, ())
    record(one, ("Keys have docstrings.",), path)
    two = Difference("0.1.0", ("acme_crm/a.py",), 2, 0, "2")
    with pytest.raises(NotExplainedError):
        record(two, ("Keys have docstrings.",), path)
    record(two, ("Keys have docstrings.", "Columns too."), path)
    assert read_recorded(path) == (two, ("Keys have docstrings.", "Columns too."))
    record(none, ("Keys have docstrings.", "Columns too."), path)
    assert read_recorded(path) == (none, ())


def test_entries_are_those_of_what_is_not_released() -> None:
    changelog = (
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A command.\n\n### Generated code\n\n"
        "- Keys have\n  docstrings.\n- Columns too.\n\n### Fixed\n\n- A bug.\n\n"
        "## [0.1.0] - 2026-01-01\n\n### Generated code\n\n- The first.\n"
    )
    assert explanations(changelog) == ("Keys have docstrings.", "Columns too.")
    assert explanations(changelog.replace("[Unreleased]", "[0.2.0]")) == ()
    assert explanations("# Changelog\n\n## [Unreleased]\n") == ()


def test_what_is_released_is_not_kept_again() -> None:
    newest = releases()[-1]
    before = RECORDED.read_bytes()
    with pytest.raises(ValueError, match="what is released stays"):
        kept.keep(newest.name)
    with pytest.raises(ValueError, match="is no version"):
        kept.keep("next")
    assert RECORDED.read_bytes() == before
    assert not (RELEASES / "next").exists()


def test_a_release_keeps_what_it_makes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "RELEASES", tmp_path)
    monkeypatch.setattr(kept, "RECORDED", tmp_path / "difference.json")
    folder = kept.keep("0.10.0")
    assert texts(folder)["acme_crm/leads.py"] == (SAMPLE / "acme_crm/leads.py").read_text("utf-8")
    assert (folder / "records" / "Leads.json").is_file()
    assert read_recorded(tmp_path / "difference.json")[0].files == ()
    (tmp_path / "0.9.0" / PACKAGE).mkdir(parents=True)
    assert [path.name for path in releases()] == ["0.9.0", "0.10.0"]
    # A sample that was forgotten would be compared with for ever.
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample)
    with (sample / PACKAGE / "leads.py").open("a", encoding="utf-8") as leads:
        leads.write("# by hand\n")
    monkeypatch.setattr(kept, "SAMPLE", sample)
    with pytest.raises(ValueError, match="generated_sample is not what the generator makes"):
        kept.keep("0.11.0")
    assert not (tmp_path / "0.11.0").exists()
