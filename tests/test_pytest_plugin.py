"""The fixtures that users of a generated package get, in a project of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = (REPOSITORY / "docs" / "how-to" / "testing.md").read_text("utf-8")

PYPROJECT = """
[tool.zohohub]
package = "acme_crm"

[tool.pytest.ini_options]
filterwarnings = ["error"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample org and its package, in a folder that knows nothing of this repository."""
    case = REPOSITORY / "tests" / "cases" / "acme"
    shutil.copytree(case / "metadata", tmp_path / "zoho_metadata")
    shutil.copytree(case / "records", tmp_path / "records")
    shutil.copytree(REPOSITORY / "generated_sample" / "acme_crm", tmp_path / "acme_crm")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    return tmp_path


def example(text: str) -> str:
    """The example of docs/how-to/testing.md that holds this text."""
    (found,) = [
        block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if text in block
    ]
    return found


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZOHO", "PYTEST", "COV"))
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env=environment | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_example_of_the_docs_passes(project: Path) -> None:
    (project / "test_promote.py").write_text(example("def test_promote"), "utf-8")
    done = run(project, "pytest", "-q")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_example_without_fixtures_runs(project: Path) -> None:
    program = example("zoho.reset()")
    (project / "program.py").write_text(program, "utf-8")
    done = run(project, "program")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


SEVERAL = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_each_starts_anew(crm, zoho_emulator, number):
    assert zoho_emulator.requests == []
    before = [lead.id for lead in crm.leads.list()]
    assert len(before) == 4
    crm.leads.create(last_name="New")
    crm.leads.delete(before[0])
"""


@pytest.mark.parametrize(
    "options",
    [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)],
    ids=["alone", "xdist"],
)
def test_each_test_has_an_org_of_its_own(project: Path, options: tuple[str, ...]) -> None:
    (project / "test_several.py").write_text(SEVERAL, "utf-8")
    done = run(project, "pytest", "-q", *options)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


def test_fixtures_of_ones_own_win(project: Path) -> None:
    (project / "zoho_metadata").rename(project / "elsewhere")
    (project / "acme_crm").rename(project / "other_crm")
    (project / "conftest.py").write_text(
        "import pytest\nfrom pathlib import Path\n\n"
        "@pytest.fixture(scope='session')\n"
        "def zoho_metadata():\n    return Path(__file__).parent / 'elsewhere'\n\n"
        "@pytest.fixture(scope='session')\n"
        "def zoho_package():\n    return 'other_crm'\n",
        "utf-8",
    )
    (project / "test_it.py").write_text(
        "def test_it(crm):\n    assert type(crm).__module__ == 'other_crm.client'\n", "utf-8"
    )
    done = run(project, "pytest", "-q")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_package_that_is_not_there_is_told_in_one_sentence(project: Path) -> None:
    shutil.rmtree(project / "acme_crm")
    (project / "test_it.py").write_text("def test_it(crm):\n    pass\n", "utf-8")
    done = run(project, "pytest", "-q")
    assert "the package acme_crm cannot be imported: run `zohohub-gen generate`" in done.stdout
    assert "Traceback" not in done.stdout


def test_what_is_not_installed_is_told_in_one_sentence(project: Path) -> None:
    (project / "conftest.py").write_text("import sys\nsys.modules['flask'] = None\n", "utf-8")
    (project / "test_it.py").write_text("def test_it(crm):\n    pass\n", "utf-8")
    done = run(project, "pytest", "-q")
    assert "flask is not installed: run `pip install" in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stdout


def test_metadata_that_is_not_there_is_told_in_one_sentence(project: Path) -> None:
    (project / "conftest.py").write_text(
        "import pytest\nfrom pathlib import Path\n\n"
        "@pytest.fixture(scope='session')\n"
        "def zoho_metadata():\n    return Path('nowhere')\n",
        "utf-8",
    )
    (project / "test_it.py").write_text("def test_it(crm):\n    pass\n", "utf-8")
    done = run(project, "pytest", "-q")
    assert "nowhere" in done.stdout, done.stdout + done.stderr
    assert "GeneratorError" not in done.stdout


def test_who_does_not_use_it_pays_for_nothing(project: Path) -> None:
    (project / "test_it.py").write_text(
        "import sys\n\n"
        "def test_it():\n"
        "    assert 'zohohub_gen.pytest_plugin' in sys.modules\n"
        "    heavy = {'flask', 'requests', 'zohohub_gen.emulator', 'zohohub_gen.config'}\n"
        "    assert heavy & set(sys.modules) == set()\n",
        "utf-8",
    )
    done = run(project, "pytest", "-q")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
