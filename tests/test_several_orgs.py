"""Two orgs that differ, over HTTP: pull both by profile, unite them, use the package with each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Emulator
from zohohub_gen.packaged import packaged

from tests.support.checkers import findings, lay_out, let_mypy_read_bodies
from tests.support.packages import imported

ACME = packaged("acme") / "metadata"

PYPROJECT = """
[tool.zohohub]
package = "acme_crm"

[tool.zohohub.profiles.production]

[tool.zohohub.profiles.sandbox]
metadata = "test_org"

[tool.zohohub.profiles.everywhere]
union = ["production", "sandbox"]
"""

PROGRAM = '''
"""Code of a user, which runs against either org."""

from typing import assert_type

from acme_crm import Crm, Lead


def found(crm: Crm) -> list[str]:
    f = Lead.fields
    crm.leads.create(last_name="Ito", lead_status="Simulated", zip_code="8010")
    crm.leads.create(last_name="Ono", lead_status="New", simulation="first")
    leads = crm.leads.query().where(f.last_name.is_in(["Ito", "Ono"])).order_by(f.last_name)
    return [f"{lead.last_name} {lead.lead_status}" for lead in leads]


def both(lead: Lead) -> tuple[str | None, str | None]:
    return assert_type(lead.zip_code, str | None), assert_type(lead.simulation, str | None)
'''


def make_sandbox(folder: Path) -> Path:
    """Acme's metadata as another org has it: other ids, and a little of everything else."""
    shutil.copytree(ACME, folder)
    for path in folder.rglob("*.json"):
        text = path.read_text("utf-8").replace('"6100000', '"6200000')
        path.write_text(text, "utf-8")
    with edited(folder / "org.json") as org:
        org["org"][0] |= {"company_name": "Acme Sandbox", "zgid": "60099000222", "type": "sandbox"}
    with edited(folder / "fields" / "Leads.json") as leads:
        fields = {field["api_name"]: field for field in leads["fields"]}
        changed = fields.pop("Zip_Code")
        changed |= {"api_name": "Simulation", "field_label": "Simulation"}
        option = dict(fields["Lead_Status"]["pick_list_values"][-1])
        option |= {"display_value": "Simulated", "actual_value": "Simulated", "type": "used"}
        option["id"] = "6200000000000099999"
        fields["Lead_Status"]["pick_list_values"].append(option)
        leads["fields"] = [*fields.values(), changed]
    with edited(folder / "modules.json") as modules:
        modules["modules"] = [
            module for module in modules["modules"] if module["api_name"] != "Service_Contracts"
        ]
    for what in ("fields", "related_lists"):
        (folder / what / "Service_Contracts.json").unlink()
    return folder


@contextmanager
def edited(path: Path) -> Iterator[Any]:
    content = json.loads(path.read_text("utf-8"))
    yield content
    path.write_text(json.dumps(content), "utf-8")


@pytest.fixture(scope="module")
def production() -> Iterator[Emulator]:
    with Emulator(ACME, refresh_limit=1000) as zoho:
        yield zoho


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(
        make_sandbox(tmp_path_factory.mktemp("sandbox") / "metadata"), refresh_limit=1000
    ) as zoho:
        yield zoho


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, production: Emulator, sandbox: Emulator
) -> Path:
    """A folder with the configuration, and the credentials of both orgs."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    for name, zoho in (("PRODUCTION", production), ("SANDBOX", sandbox)):
        at = zoho.connection
        monkeypatch.setenv(f"ZOHO_{name}_CLIENT_ID", at.client_id)
        monkeypatch.setenv(f"ZOHO_{name}_CLIENT_SECRET", at.client_secret)
        monkeypatch.setenv(f"ZOHO_{name}_REFRESH_TOKEN", at.refresh_token)
        monkeypatch.setenv(f"ZOHO_{name}_ACCOUNTS_URL", at.accounts_url)
        monkeypatch.setenv(f"ZOHO_{name}_API_DOMAIN", at.api_domain)
        zoho.reset()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    return tmp_path


@pytest.fixture
def united(project: Path) -> Path:
    """The package of both orgs, and a program that uses it."""
    assert main(["pull", "--profile", "production"]) == 0
    assert main(["pull", "--profile", "sandbox"]) == 0
    assert main(["generate", "--profile", "everywhere"]) == 0
    (project / "program.py").write_text(PROGRAM, "utf-8")
    return project


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "Error:" in line]
    return line.removeprefix("Error: ")


# --- One profile ------------------------------------------------------------------------------


def test_each_profile_pulls_its_org_into_its_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", "--profile", "production"]) == 0
    out = capsys.readouterr().out
    assert "run `zohohub-gen generate --profile production`" in out
    assert "zoho_metadata/production: 27 modules" in out
    assert main(["pull", "--profile", "sandbox"]) == 0
    assert "test_org: 26 modules" in capsys.readouterr().out
    org = json.loads((project / "test_org" / "org.json").read_text("utf-8"))
    assert org["org"][0]["company_name"] == "Acme Sandbox"
    org = json.loads((project / "zoho_metadata/production/org.json").read_text("utf-8"))
    assert org["org"][0]["company_name"] == "Acme Field Services"


def test_the_variable_serves_every_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_PROFILE", "sandbox")
    assert main([]) == 0
    assert (project / "test_org" / "modules.json").is_file()
    assert "simulation: str | None" in (project / "acme_crm" / "leads.py").read_text("utf-8")
    assert main(["check"]) == 0
    assert "acme_crm is what test_org gives." in capsys.readouterr().out
    # The option wins.
    assert main(["check", "--profile", "production"]) == 2
    assert "zoho_metadata/production is not a folder" in error_of(capsys)


def test_the_default_command_takes_a_profile(project: Path) -> None:
    assert main(["--profile", "sandbox", "--package", "test_crm"]) == 0
    assert (project / "test_crm" / "leads.py").is_file()


def test_a_token_of_another_org_spoils_no_folder(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    production: Emulator,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["pull", "--profile", "sandbox"]) == 0
    before = {path: path.read_bytes() for path in project.rglob("*.json")}
    for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "ACCOUNTS_URL", "API_DOMAIN"):
        monkeypatch.setenv(f"ZOHO_SANDBOX_{name}", os.environ[f"ZOHO_PRODUCTION_{name}"])
    production.clear_requests()
    for arguments in (["pull"], ["pull", "--full"], []):
        assert main([*arguments, "--profile", "sandbox"]) == 1
        assert error_of(capsys) == (
            "test_org holds the metadata of Acme Sandbox (org 6200000000000000020), and the "
            "credentials are those of Acme Field Services (org 6100000000000000020); correct them, "
            "or choose another --profile or --metadata (to put the other org here, delete "
            "test_org/org.json); nothing was written"
        )
    assert {path: path.read_bytes() for path in project.rglob("*.json")} == before
    assert not [each for each in production.requests if each.path.endswith("/settings/fields")]
    (project / "test_org" / "org.json").unlink()
    assert main(["pull", "--profile", "sandbox"]) == 0
    assert "Acme Field Services" in (project / "test_org" / "org.json").read_text("utf-8")


def test_an_org_is_known_by_whichever_id_the_folder_has(project: Path) -> None:
    assert main(["pull", "--profile", "sandbox"]) == 0
    with edited(project / "test_org" / "org.json") as org:
        del org["org"][0]["id"]
    assert main(["pull", "--profile", "sandbox", "--full"]) == 0
    assert '"id"' in (project / "test_org" / "org.json").read_text("utf-8")


def test_login_names_the_variables_of_the_profile(
    project: Path, sandbox: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    code = sandbox.grant_code(["ZohoCRM.modules.READ"])
    assert main(["login", "--profile", "sandbox", "--code", code]) == 0
    captured = capsys.readouterr()
    assert "set ZOHO_SANDBOX_REFRESH_TOKEN to it" in captured.err
    code = sandbox.grant_code(["ZohoCRM.modules.READ"])
    assert main(["login", "--profile", "sandbox", "--code", code, "--store", "tokens.json"]) == 0
    assert f"export ZOHO_SANDBOX_TOKEN_FILE={project / 'tokens.json'}" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["pull"], ["login"], []])
def test_a_union_cannot_be_asked(
    arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--profile", "everywhere"]) == 2
    assert error_of(capsys).startswith("profile everywhere is a union and has no org of its own;")


def test_a_forgotten_profile_is_asked_for(united: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", "--profile", "sandbox", "--metadata", "zoho_metadata/other"]) == 0
    capsys.readouterr()
    assert main(["generate"]) == 2
    assert error_of(capsys) == (
        "zoho_metadata holds the metadata of several orgs, other and production; choose one with "
        "--profile or --metadata"
    )


# --- The union --------------------------------------------------------------------------------


def test_the_union_is_made_offline_and_checked(
    united: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = united / "zoho_metadata" / "everywhere"
    assert [path.name for path in folder.iterdir()] == ["names.json"]
    leads = (united / "acme_crm" / "leads.py").read_text("utf-8")
    assert '"""Zip Code. Text, at most 30 characters. Not in sandbox."""' in leads
    assert '"""Simulation. Text, at most 30 characters. Not in production."""' in leads
    assert "Picklist. Not in production: Simulated." in leads
    assert '"""Service Contracts. Not in sandbox."""' in (
        (united / "acme_crm" / "client.py").read_text("utf-8")
    )
    capsys.readouterr()
    assert main(["check", "--profile", "everywhere"]) == 0
    assert "acme_crm is what zoho_metadata/production and test_org give." in capsys.readouterr().out
    assert main(["generate", "--profile", "everywhere"]) == 0
    assert "nothing has changed" in capsys.readouterr().out


@pytest.mark.parametrize("org", ["zoho_metadata/production", "test_org"])
def test_check_notices_a_change_of_either_org(
    org: str, united: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--profile", "everywhere"]) == 0
    with edited(united / org / "fields" / "Deals.json") as deals:
        next(each for each in deals["fields"] if each["api_name"] == "Amount")["api_name"] = "Sum"
    capsys.readouterr()
    assert main(["check", "--profile", "everywhere"]) == 1
    captured = capsys.readouterr()
    assert "a/acme_crm/deals.py" in captured.out
    assert "run `zohohub-gen generate --profile everywhere`" in captured.err


def test_both_type_checkers_take_the_package_and_the_program(united: Path) -> None:
    folder = lay_out(united / "checked", {"acme_crm": united / "acme_crm"}, [united / "program.py"])
    assert let_mypy_read_bodies(folder)
    assert findings(folder) == {"pyright": (), "mypy": ()}


def test_one_program_works_with_both_orgs(
    united: Path, production: Emulator, sandbox: Emulator
) -> None:
    from zohohub import FieldNotFetched

    with imported(united / "acme_crm") as package:
        for zoho, missing, there in (
            (production, "simulation", "zip_code"),
            (sandbox, "zip_code", "simulation"),
        ):
            with package.Crm(zoho.auth()) as crm:
                crm.leads.create(last_name="Sandoval", **{there: "8010"})
                f = package.Lead.fields
                query = crm.leads.query().where(f.last_name == "Sandoval")
                zoho.clear_requests()
                for lead in (
                    *query,
                    *crm.leads.search(f.last_name == "Sandoval"),
                    *[each for each in crm.leads.list() if each.last_name == "Sandoval"],
                    *[each for each in crm.leads.bulk_read() if each.last_name == "Sandoval"],
                    crm.leads.get(next(iter(query)).id),
                ):
                    assert getattr(lead, there) == "8010"
                    with pytest.raises(FieldNotFetched) as caught:
                        getattr(lead, missing)
                    assert "has no such field" in str(caught.value)
                # One query was refused and asked again; the next ones knew.
                asked = [each for each in zoho.requests if each.path.endswith("/coql")]
                assert [each.status for each in asked] == [400, 200, 200]


def test_a_column_that_was_asked_for_is_not_left_out(united: Path, sandbox: Emulator) -> None:
    from zohohub.errors import InvalidQuery

    with imported(united / "acme_crm") as package, package.Crm(sandbox.auth()) as crm:
        f = package.Lead.fields
        with pytest.raises(InvalidQuery):
            list(crm.leads.query().select(f.last_name, f.zip_code))
        with pytest.raises(InvalidQuery):
            list(crm.leads.query().where(f.zip_code == "8010"))
        with pytest.raises(InvalidQuery):
            list(crm.service_contracts.query())


def test_the_program_runs_in_both_orgs(
    united: Path, production: Emulator, sandbox: Emulator
) -> None:
    for zoho in (production, sandbox):
        at = zoho.connection
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import acme_crm, program; print(program.found(acme_crm.Crm.from_env()))",
            ],
            cwd=united,
            env=os.environ
            | {
                "ZOHO_CLIENT_ID": at.client_id,
                "ZOHO_CLIENT_SECRET": at.client_secret,
                "ZOHO_REFRESH_TOKEN": at.refresh_token,
                "ZOHO_ACCOUNTS_URL": at.accounts_url,
                "ZOHO_API_DOMAIN": at.api_domain,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("['Ito Simulated', 'Ono New']\n", "")


# --- In tests ---------------------------------------------------------------------------------

TEST = """
def test_it(crm):
    assert crm.org().company_name == {name!r}
"""


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("production", "1 passed"),
        ("sandbox", "1 passed"),
        ("everywhere", "set ZOHO_PROFILE to production or sandbox, and run the tests with each"),
    ],
)
def test_the_fixtures_serve_the_org_of_the_profile(profile: str, said: str, united: Path) -> None:
    name = "Acme Sandbox" if profile == "sandbox" else "Acme Field Services"
    (united / "test_it.py").write_text(TEST.format(name=name), "utf-8")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZOHO", "PYTEST", "COV"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_it.py"],
        cwd=united,
        env=environment | {"PYTHONPATH": str(united), "ZOHO_PROFILE": profile},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stdout
