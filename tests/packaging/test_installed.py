"""The distributions in empty environments of every Python that they say they run on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME, SAMPLE

from .conftest import PROJECT, Distributions, Install, Installed

pytestmark = pytest.mark.slow

VERSIONS = ("3.11", "3.12", "3.13", "3.14")

PROGRAM = """
from zoho_crm import Crm, Lead

crm = Crm.from_env()
f = Lead.fields
for lead in crm.leads.query().where(f.company == "Familie Brandt").select(f.last_name, f.city):
    print(lead.last_name, lead.city, sep=" | ")
"""
PRINTED = "Brandt | Eichenhof\n"


@contextmanager
def emulator(installed: Installed) -> Generator[dict[str, str]]:
    """`zohohub-gen emulator`, and the environment that leads programs to it."""
    with subprocess.Popen(
        [installed.command("zohohub-gen"), "emulator"],
        cwd=installed.folder / "work",
        env=installed.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            said: dict[str, str] = json.loads(process.stdout.readline())
            yield {
                f"ZOHO_{name.upper()}": str(said[name])
                for name in (
                    "accounts_url",
                    "api_domain",
                    "client_id",
                    "client_secret",
                    "refresh_token",
                )
            }
        finally:
            process.terminate()


def packages_of(installed: Installed) -> set[str]:
    listing = "from importlib.metadata import distributions as d\nfor i in d(): print(i.name)"
    names = installed.run("python", "-I", "-c", listing).stdout.split()
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def use_all_of_it(installed: Installed) -> None:
    """What the first day with it is: settings, metadata, package, a program, a check."""
    work = installed.folder / "work"
    (work / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n', "utf-8")
    (work / "program.py").write_text(PROGRAM, "utf-8")
    assert PROJECT["version"] in installed.run("zohohub-gen", "--version").stdout
    installed.run("zohohub-gen", "init", "--yes", "--package", "zoho_crm")
    with emulator(installed) as org:
        installed.run("zohohub-gen", "pull", **org)
        installed.run("zohohub-gen", "generate")
        assert installed.run("python", "-W", "error", "program.py", **org).stdout == PRINTED
    installed.run("zohohub-gen", "check")
    installed.run("zohohub-gen", "export", "--as", "pydantic", "--output", "models.py")
    installed.run("zohohub-gen", "docs", "--output", "dictionary")
    assert (work / "zoho_crm" / "py.typed").is_file()
    assert (work / "dictionary" / "index.html").is_file()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_works(version: str, distributions: Distributions, install: Install) -> None:
    installed = install(version, f"{distributions.wheel}[gen,emulator]")
    use_all_of_it(installed)
    shown = installed.run("zohohub-gen", "demo").stdout
    assert "Everything worked: " in shown
    assert "Not checked with pyright and mypy" in shown


def test_the_sdist_works(distributions: Distributions, install: Install) -> None:
    use_all_of_it(install(VERSIONS[0], f"{distributions.sdist}[gen,emulator]"))


@pytest.mark.parametrize("version", VERSIONS)
def test_production_needs_requests_and_filelock(
    version: str, distributions: Distributions, install: Install
) -> None:
    bare = install(version, str(distributions.wheel))
    assert packages_of(bare) == {
        *("zohohub", "filelock", "requests"),
        *("certifi", "charset-normalizer", "idna", "urllib3"),  # those of requests
    }
    # The generator is not there, and says so in a sentence.
    for arguments in (["--version"], ["generate"], ["emulator"]):
        refused = bare.run("zohohub-gen", *arguments, exit_code=1)
        assert refused.stdout == ""
        assert refused.stderr.count("\n") == 1
        assert 'is not installed; run `pip install "zohohub[gen]"`' in refused.stderr
    # A package that was made elsewhere runs against an org that is served elsewhere.
    work = bare.folder / "work"
    shutil.copytree(SAMPLE / "acme_crm", work / "zoho_crm")
    (work / "program.py").write_text(PROGRAM, "utf-8")
    with Emulator(ACME / "metadata") as zoho:
        connection = zoho.connection
        org = {
            "ZOHO_ACCOUNTS_URL": connection.accounts_url,
            "ZOHO_API_DOMAIN": connection.api_domain,
            "ZOHO_CLIENT_ID": connection.client_id,
            "ZOHO_CLIENT_SECRET": connection.client_secret,
            "ZOHO_REFRESH_TOKEN": connection.refresh_token,
            "ZOHO_TOKEN_FILE": str(work / "tokens.json"),
        }
        assert bare.run("python", "-W", "error", "program.py", **org).stdout == PRINTED


def test_pytest_runs_beside_the_bare_wheel(distributions: Distributions, install: Install) -> None:
    """Its plugin is loaded with every pytest, also where the generator's libraries are not."""
    beside = install(VERSIONS[0], str(distributions.wheel), "pytest")
    (beside.folder / "work" / "test_one.py").write_text("def test_one(): pass\n", "utf-8")
    assert "1 passed" in beside.run("python", "-W", "error", "-m", "pytest").stdout


def test_a_source_tree_is_not_needed(distributions: Distributions, install: Install) -> None:
    """Nothing is read from where the wheel was built."""
    bare = install(VERSIONS[0], str(distributions.wheel))
    where = "import zohohub, zohohub_gen; print(zohohub.__file__, zohohub_gen.__file__)"
    for path in bare.run("python", "-c", where).stdout.split():
        assert Path(path).is_relative_to(bare.folder / "environment")
