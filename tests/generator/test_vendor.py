"""A package that carries the runtime: complete, typed, and content with requests."""

from __future__ import annotations

import compileall
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path

import black
import pytest
from zohohub_gen import vendor
from zohohub_gen.cli import main
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator
from zohohub_gen.package import HEADER, Options
from zohohub_gen.pipeline import check, generate
from zohohub_gen.vendor import FOLDER, rewritten, runtime_files

from tests.support.checkers import findings, let_mypy_read_bodies
from tests.support.packages import ACME, CASES, imported, options

NEEDED = ("requests", "urllib3", "certifi", "idna", "charset-normalizer")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds Acme's package, with the runtime inside."""
    folder = tmp_path_factory.mktemp("vendored")
    shutil.copytree(ACME / "metadata", folder / "metadata")
    generate(options(folder / "metadata", folder / "src", "acme_crm", vendor_runtime=True))
    return folder / "src"


@pytest.fixture
def chosen(tmp_path: Path) -> Options:
    shutil.copytree(CASES / "name_overrides" / "metadata", tmp_path / "metadata")
    return options(tmp_path / "metadata", tmp_path, vendor_runtime=True)


def test_the_copy_comes_and_goes(chosen: Options) -> None:
    folder = chosen.output / "crm"
    generate(chosen)
    copy = folder / FOLDER
    assert {f"{FOLDER}/{path.name}" for path in copy.iterdir()} == set(runtime_files())
    with imported(folder) as package:
        assert package.Crm.__mro__[1].__module__ == f"{package.__name__}.{FOLDER}.client"
    compileall.compile_dir(copy, quiet=2)
    assert (copy / "__pycache__").is_dir()
    assert not check(chosen)[0].differs
    without = replace(chosen, choices=replace(chosen.choices, vendor_runtime=False))
    assert len(generate(without).deleted) == len(runtime_files())
    assert not copy.exists()
    assert "from zohohub.client import" in (folder / "client.py").read_text("utf-8")


def test_a_file_of_the_users_stays(chosen: Options) -> None:
    generate(chosen)
    mine = chosen.output / "crm" / FOLDER / "mine.py"
    mine.write_text("x = 1\n")
    generate(replace(chosen, choices=replace(chosen.choices, vendor_runtime=False)))
    assert [path.name for path in mine.parent.iterdir()] == ["mine.py"]
    mine.unlink()
    (mine.parent / "client.py").write_text("x = 1\n")
    with pytest.raises(GeneratorError, match="was not made by zohohub-gen"):
        generate(chosen)


def test_templates_of_ones_own_import_the_copy_too(chosen: Options) -> None:
    chosen = replace(
        chosen,
        choices=replace(chosen.choices, templates=CASES / "own_templates" / "templates"),
    )
    generate(chosen)
    with imported(chosen.output / "crm") as package:
        assert package.Lead(id="5").label() == "LEAD"
        assert package.Crm.__mro__[1].__module__.endswith(f".{FOLDER}.client")


def test_an_edited_copy_is_noticed(chosen: Options) -> None:
    generate(chosen)
    path = chosen.output / "crm" / FOLDER / "auth.py"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    outcome, diff = check(chosen)
    assert outcome.changed == (path,)
    assert "-# changed" in diff
    generate(chosen)
    assert not check(chosen)[0].differs


def test_another_runtime_is_another_run(
    chosen: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(chosen)
    generate(chosen)
    newer = [shutil.copy(path, tmp_path / path.name) for path in vendor.runtime_sources()]
    monkeypatch.setattr(vendor, "runtime_sources", lambda: newer)
    assert not check(chosen)[0].differs
    (tmp_path / "auth.py").write_text("x = 1\n")
    assert [path.name for path in generate(chosen).changed] == ["auth.py"]


def test_the_licence_comes_along() -> None:
    text = runtime_files()[f"{FOLDER}/__init__.py"]
    licence = distribution("zohohub").read_text("licenses/LICENSE")
    assert licence is not None
    comments = [line[2:] for line in text.split("\n") if line.startswith("#")]
    assert licence.rstrip() in "\n".join(comments)


def test_black_leaves_the_copy_alone() -> None:
    for path, text in runtime_files().items():
        assert text.startswith(HEADER), path
        with pytest.raises(black.NothingChanged):
            black.format_file_contents(text, fast=True, mode=black.Mode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from zohohub.errors import A\n", "from ._zohohub.errors import A\n"),
        ("from zohohub import A\n", "from ._zohohub import A\n"),
        ("from  zohohub.a.b  import (\n    A,\n)\n", "from ._zohohub.a.b  import (\n    A,\n)\n"),
        ("def f():\n    from zohohub.a import B\n", "def f():\n    from ._zohohub.a import B\n"),
        (
            "if TYPE_CHECKING:\n    from zohohub.a import B\n",
            "if TYPE_CHECKING:\n    from ._zohohub.a import B\n",
        ),
        ("from zohohub_gen.a import B\n", "from zohohub_gen.a import B\n"),
        ("from .zohohub import B\n", "from .zohohub import B\n"),
        ('x = """\nfrom zohohub.a import B\n"""\n', 'x = """\nfrom zohohub.a import B\n"""\n'),
        (
            "x = 1  # \x0c\u2028\nfrom zohohub import A",
            "x = 1  # \x0c\u2028\nfrom ._zohohub import A",
        ),
    ],
)
def test_imports_are_rewritten(text: str, expected: str) -> None:
    assert rewritten(text, "._zohohub", "x.py") == expected


@pytest.mark.parametrize(
    "text",
    ["import zohohub\n", "import os, zohohub.auth as x\n", "from zohohub \\\n  .a import B\n"],
)
def test_imports_that_cannot_be_rewritten_are_refused(text: str) -> None:
    with pytest.raises(GeneratorError, match="cannot be made to import the copy"):
        rewritten(text, "._zohohub", "x.py")


def test_the_option_and_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CASES / "name_overrides" / "metadata", tmp_path / "zoho_metadata")
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.zohohub]\n")
    copy = tmp_path / "zoho_crm" / FOLDER
    assert main(["generate", "--vendor-runtime"]) == 0
    assert copy.is_dir()
    assert main(["check", "--vendor-runtime"]) == 0
    assert main(["check"]) == 1
    project.write_text("[tool.zohohub]\nvendor_runtime = true\n")
    assert main(["check"]) == 0
    assert main(["generate", "--no-vendor-runtime"]) == 0
    assert not copy.exists()


# --- Where nothing but requests is installed --------------------------------------------------

PROGRAM = """
import json, sys
from importlib.util import find_spec

sys.path[:0] = sys.argv[1:3]
assert find_spec("zohohub") is None and find_spec("filelock") is None
from acme_crm import Crm, Lead
from acme_crm._zohohub import ConfigurationError, FileTokenStore, RecordNotFound

crm = Crm.from_env()
f = Lead.fields
lead_id = crm.leads.create(last_name="Sandoval", lead_status="New")
lead = crm.leads.get(lead_id)
lead.lead_status = "Contacted"
crm.leads.save(lead)
rows = [row.last_name for row in crm.leads.query().where(f.lead_status == "Contacted")]
listed = [row.id for row in crm.leads.list(ids=[lead_id])]
contacts = list(crm.accounts.related(next(crm.accounts.list())).contacts.list())
try:
    crm.leads.get("1")
except RecordNotFound as error:
    missing = error.code
try:
    FileTokenStore("tokens.json").lock().__enter__()
except ConfigurationError as error:
    locked = str(error)
others = sorted(name for name in sys.modules if name.partition(".")[0] in ("zohohub", "filelock"))
print(json.dumps([rows, listed == [lead_id], missing, locked, others]))
"""


def installed(folder: Path) -> Path:
    """A folder with requests and what it needs, as pip would have it, and nothing else."""
    for name in NEEDED:
        files = distribution(name).files or []
        for top in {path.parts[0] for path in files if path.parts[0] not in ("..", ".")}:
            if not (folder / top).exists() and not top.endswith(".dist-info"):
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder


def test_it_runs_with_requests_alone(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "installed").mkdir()
    only = installed(tmp_path / "installed")
    (tmp_path / "program.py").write_text(PROGRAM)
    with Emulator(ACME / "metadata") as zoho:
        to = zoho.connection
        done = subprocess.run(
            # Neither site-packages, nor the environment's path, nor the folder of the program.
            [sys.executable, *["-S", "-I", "-W", "error", "program.py"], acme, only],
            cwd=tmp_path,
            env={
                "ZOHO_CLIENT_ID": to.client_id,
                "ZOHO_CLIENT_SECRET": to.client_secret,
                "ZOHO_REFRESH_TOKEN": to.refresh_token,
                "ZOHO_ACCOUNTS_URL": to.accounts_url,
                "ZOHO_API_DOMAIN": to.api_domain,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    rows, listed, missing, locked, others = json.loads(done.stdout)
    assert "Sandoval" in rows
    assert listed
    assert (missing, others) == ("NO_CONTENT", [])
    assert locked.startswith("token files need filelock, which is not installed: run `pip install")


# --- Beside an installed zohohub --------------------------------------------------------------


def test_both_runtimes_live_side_by_side(acme: Path) -> None:
    import zohohub.errors
    from zohohub.records import Record

    with imported(acme / "acme_crm") as package, Emulator(ACME / "metadata") as zoho:
        own = sys.modules[package.Crm.__mro__[1].__module__]
        assert not issubclass(package.Lead, Record)
        with package.Crm(own.Auth(**zoho.credentials)) as crm:
            lead_id = crm.leads.create(last_name="Ito")
            assert [row.last_name for row in crm.leads.list(ids=[lead_id])] == ["Ito"]
            with pytest.raises(LookupError) as caught:
                crm.leads.get("1")
            assert not isinstance(caught.value, zohohub.errors.ZohoError)


def test_the_fixtures_of_pytest_work(acme: Path, tmp_path: Path) -> None:
    shutil.copytree(ACME / "metadata", tmp_path / "zoho_metadata")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.zohohub]\npackage = "acme_crm"\nvendor_runtime = true\n\n'
        f'[tool.pytest.ini_options]\nfilterwarnings = ["error"]\npythonpath = ["{acme}"]\n'
    )
    (tmp_path / "test_it.py").write_text(
        "def test_it(crm):\n"
        '    assert crm.leads.get(crm.leads.create(last_name="Ito")).last_name == "Ito"\n'
        '    assert type(crm._transport).__module__ == "acme_crm._zohohub.transport"\n'
        '    assert type(crm._transport._auth).__module__ == "acme_crm._zohohub.auth"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


TYPED = """
from acme_crm import Crm, Lead
from acme_crm._zohohub import Auth, RecordNotFound
from zohohub_gen.emulator import Emulator

with Emulator("zoho_metadata") as zoho, Crm(Auth(**zoho.credentials)) as crm:
    for lead in crm.leads.query().where(Lead.fields.last_name == "Ito"):
        print(lead.last_name)
    try:
        crm.leads.get("1")
    except RecordNotFound as error:
        print(error.code)
    crm.leads.create(last_nam="Ito")
"""


@pytest.mark.slow
def test_the_package_type_checks_in_place(acme: Path, tmp_path: Path) -> None:
    """Strictly, the copy of the runtime too; one mistake shows that the checkers looked."""
    shutil.copytree(
        acme / "acme_crm",
        tmp_path / "acme_crm",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "program.py").write_text(TYPED, "utf-8")
    mistake = TYPED.split("\n").index('    crm.leads.create(last_nam="Ito")') + 1
    assert let_mypy_read_bodies(tmp_path)
    for checker, found in findings(tmp_path).items():
        assert found, checker
        assert {(each.file, each.line) for each in found} == {("program.py", mistake)}, checker
