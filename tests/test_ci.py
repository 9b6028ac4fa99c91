"""The ways into CI: each definition is read, and bash runs what it runs, against the emulator."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Emulator
from zohohub_gen.packaged import packaged

from tests.support.ci import Host, evaluate, evaluate_all, git, read_yaml
from tests.support.packages import REPOSITORY

ACME = packaged("acme") / "metadata"
ACTION = REPOSITORY / "action.yml"
HOOKS = REPOSITORY / ".pre-commit-hooks.yaml"
BRANCH = "zohohub/metadata"
# What an admin may call a field, to whom it may concern.
LABEL = "$(touch pwned) `touch pwned` ${{ secrets.ZOHO_CLIENT_SECRET }} '; touch pwned #"


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ZOHO"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    with Emulator(ACME, refresh_limit=1000) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def changed_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The same org after an admin was there: Leads have a new field, with a hostile label."""
    folder = tmp_path_factory.mktemp("changed") / "metadata"
    shutil.copytree(ACME, folder)
    leads = folder / "fields" / "Leads.json"
    content = json.loads(leads.read_text("utf-8"))
    city = next(each for each in content["fields"] if each["api_name"] == "City")
    new = city | {"api_name": "Roof_Area", "field_label": LABEL, "id": "4150868000009999999"}
    content["fields"].append(new)
    leads.write_text(json.dumps(content), "utf-8")
    modules = folder / "modules.json"
    content = json.loads(modules.read_text("utf-8"))
    for each in content["modules"]:
        if each["api_name"] == "Leads":
            each["modified_time"] = "2026-10-01T10:00:00+02:00"
    modules.write_text(json.dumps(content), "utf-8")
    with Emulator(folder, refresh_limit=1000) as emulator:
        yield emulator


def credentials(org: Emulator) -> dict[str, str]:
    at = org.connection
    return {
        "ZOHO_CLIENT_ID": at.client_id,
        "ZOHO_CLIENT_SECRET": at.client_secret,
        "ZOHO_REFRESH_TOKEN": at.refresh_token,
    }


def places(org: Emulator) -> dict[str, str]:
    """How the tool finds the emulator; the workflow itself knows of Zoho alone."""
    at = org.connection
    return {"ZOHO_ACCOUNTS_URL": at.accounts_url, "ZOHO_API_DOMAIN": at.api_domain}


@pytest.fixture(params=[".", "services/crm sync"], ids=["root", "subfolder"])
def project(
    request: pytest.FixtureRequest, tmp_path: Path, org: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A repository whose origin is beside it, set up with everything, committed and pushed."""
    root = tmp_path / "work"
    folder = root / request.param
    folder.mkdir(parents=True)
    git(tmp_path, "init", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "init", "--initial-branch=main", "work")
    git(root, "remote", "add", "origin", (tmp_path / "origin.git").as_uri())
    (folder / "pyproject.toml").write_text('[project]\nname = "acme"\nversion = "1"\n')
    monkeypatch.chdir(folder)
    assert main(["init", "--yes", "--github", "--gitlab", "--pre-commit", "--pytest"]) == 0
    with monkeypatch.context() as patch:
        for name, value in (credentials(org) | places(org)).items():
            patch.setenv(name, value)
        assert main([]) == 0
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Set up")
    git(root, "push", "--quiet", "origin", "main")
    return folder


def root_of(project: Path) -> Path:
    return Path(git(project, "rev-parse", "--show-toplevel"))


def fresh_clone(project: Path, name: str) -> Path:
    """The repository as a runner gets it, at main."""
    origin = root_of(project).parent / "origin.git"
    target = root_of(project).parent / name
    git(origin.parent, "clone", "--quiet", "--depth", "1", origin.as_uri(), name)
    return target


def run_workflow(host: Host, project: Path, org: Emulator, name: str) -> str:
    """Run the steps of the generated workflow in a fresh clone, as GitHub would; its log."""
    clone = fresh_clone(project, name)
    workflow = read_yaml(clone / ".github" / "workflows" / "zohohub.yml")
    (job,) = workflow["jobs"].values()
    context = {f"secrets.{key}": value for key, value in credentials(org).items()}
    context["github.token"] = "the job's token"
    defaults = job["defaults"]["run"]
    assert defaults["shell"] == "bash"
    common = evaluate_all(job["env"], context) | places(org)
    common |= {"GITHUB_REF_NAME": "main", "GITHUB_REPOSITORY": "acme/app"}
    log = ""
    for step in job["steps"]:
        if "run" not in step:
            continue
        assert "${{" not in step["run"]
        variables = common | evaluate_all(step.get("env", {}), context)
        done = host.bash(
            step["run"], clone / evaluate(defaults["working-directory"], {}), variables
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
        log += done.stdout + done.stderr
    return log


def run_job(host: Host, project: Path, org: Emulator, name: str) -> str:
    """Run the script of the generated job in a fresh clone, as GitLab would; its log."""
    clone = fresh_clone(project, name)
    pipeline = read_yaml(clone / ".gitlab-ci.yml")
    assert pipeline == {"include": [{"local": "/.gitlab/zohohub.yml"}]}
    (job,) = read_yaml(clone / ".gitlab" / "zohohub.yml").values()
    variables = {
        key: value if isinstance(value, str) else value["value"]
        for key, value in job["variables"].items()
    }
    git(clone, "switch", "--quiet", "--detach")
    variables |= credentials(org) | places(org)
    variables |= {
        "ZOHOHUB_TOKEN": "the project's token",
        "CI_API_V4_URL": "https://gitlab.test/api/v4",
        "CI_COMMIT_REF_NAME": "main",
        "CI_PROJECT_ID": "42",
        "CI_PROJECT_URL": (clone.parent / "origin").as_uri(),
        "CI_SERVER_HOST": "gitlab.test",
    }
    done = host.bash("\n".join(job["script"]), clone, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tells_of_it(host: Host) -> bool:
    """Whether the text of the request names the field that is new."""
    return "roof_area" in (host.request or "").lower()


def branches(project: Path) -> list[str]:
    origin = root_of(project).parent / "origin.git"
    return git(origin, "branch", "--format=%(refname:short)").split()


@pytest.mark.parametrize("run", [run_workflow, run_job], ids=["github", "gitlab"])
def test_an_org_that_has_not_changed_opens_nothing(
    run: Any, project: Path, org: Emulator, tmp_path: Path
) -> None:
    host = Host.make(tmp_path / "host")
    log = run(host, project, org, "first")
    assert "Nothing has changed." in log
    assert host.calls == []
    assert branches(project) == ["main"]
    assert len(host.installed) == 1
    assert re.search(r" zohohub\[gen\]==[\d.]+$", host.installed[0])


@pytest.mark.parametrize("run", [run_workflow, run_job], ids=["github", "gitlab"])
def test_a_change_opens_one_request_that_tells_of_it(
    run: Any, project: Path, changed_org: Emulator, tmp_path: Path
) -> None:
    host = Host.make(tmp_path / "host")
    log = run(host, project, changed_org, "first")
    assert tells_of_it(host)
    assert sorted(branches(project)) == ["main", BRANCH]
    origin = root_of(project).parent / "origin.git"
    files = git(origin, "diff", "--name-only", "main", BRANCH).splitlines()
    place = project.relative_to(root_of(project))
    assert [(place / path).as_posix() for path in _CHANGED] == files
    assert git(origin, "rev-list", "--count", f"main..{BRANCH}") == "1"
    # The package on the branch is what the metadata on the branch gives.
    git(root_of(project), "fetch", "--quiet", "origin", BRANCH)
    git(root_of(project), "checkout", "--quiet", "FETCH_HEAD")
    assert main(["check"]) == 0
    for secret in (*credentials(changed_org).values(), "the job's token", "the project's token"):
        assert secret not in log
        assert secret not in json.dumps(host.calls)
    assert not list(tmp_path.rglob("pwned"))


_CHANGED = (
    "acme_crm/leads.py",
    "zoho_metadata/fields/Leads.json",
    "zoho_metadata/modules.json",
    "zoho_metadata/names.json",
)


@pytest.mark.parametrize("project", ["."], indirect=True)
@pytest.mark.parametrize("run", [run_workflow, run_job], ids=["github", "gitlab"])
def test_a_second_run_updates_the_request(
    run: Any, project: Path, changed_org: Emulator, tmp_path: Path
) -> None:
    host = Host.make(tmp_path / "host")
    run(host, project, changed_org, "first")
    origin = root_of(project).parent / "origin.git"
    first = git(origin, "rev-parse", BRANCH)
    (host.folder / "request").write_text("as it was")
    assert "The branch holds this already." in run(host, project, changed_org, "second")
    assert git(origin, "rev-parse", BRANCH) == first
    assert tells_of_it(host)
    # Main has moved on: the branch is made anew, from there.
    (project / "other.txt").write_text("new")
    git(project, "add", "other.txt")
    git(project, "commit", "--quiet", "--message", "Go on")
    git(project, "push", "--quiet", "origin", "main")
    run(host, project, changed_org, "third")
    assert git(origin, "merge-base", "main", BRANCH) == git(origin, "rev-parse", "main")
    assert sorted(branches(project)) == ["main", BRANCH]


@pytest.mark.parametrize("project", ["."], indirect=True)
@pytest.mark.parametrize(
    ("run", "most"), [(run_workflow, 65_536), (run_job, 1_048_576)], ids=["github", "gitlab"]
)
def test_a_text_is_cut_and_commands_nobody(
    run: Any, most: int, project: Path, changed_org: Emulator, tmp_path: Path
) -> None:
    host = Host.make(tmp_path / "host")
    host.answer_diff("/merge\n\n  /close\n" + "ü" * 1_100_000)
    run(host, project, changed_org, "first")
    assert 50_000 < len(host.request or "") < most
    assert (host.request or "").endswith("… and more, which the commit shows.\n")
    if run is run_job:
        assert (host.request or "").startswith("\\/merge\n\n  \\/close\n")


@pytest.mark.parametrize("project", ["."], indirect=True)
def test_the_workflow_may_little(project: Path) -> None:
    workflow = read_yaml(project / ".github" / "workflows" / "zohohub.yml")
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    assert workflow["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert workflow["concurrency"]["group"]
    (job,) = workflow["jobs"].values()
    with_secrets = [step["name"] for step in job["steps"] if "secrets." in json.dumps(step)]
    assert with_secrets == ["Read the metadata"]
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [re.sub(r"\d+$", "", each) for each in actions] == [
        "actions/checkout@v",
        "actions/setup-python@v",
    ]
    (gitlab,) = read_yaml(project / ".gitlab" / "zohohub.yml").values()
    assert gitlab["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert gitlab["resource_group"]


# --- The action -------------------------------------------------------------------------------


def run_action(
    host: Host, folder: Path, action: Path = ACTION, **inputs: str
) -> subprocess.CompletedProcess[str]:
    """Run the steps of the composite action in the folder of a job, as GitHub would."""
    definition = read_yaml(action)
    assert set(inputs) <= {name.replace("-", "_") for name in definition["inputs"]}
    context = {
        f"inputs.{name}": inputs.get(name.replace("-", "_"), each["default"])
        for name, each in definition["inputs"].items()
    }
    assert definition["runs"]["using"] == "composite"
    last: subprocess.CompletedProcess[str] | None = None
    for step in definition["runs"]["steps"]:
        if "run" not in step:
            continue
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        last = host.bash(
            step["run"],
            folder / evaluate(step.get("working-directory", "."), context),
            evaluate_all(step.get("env", {}), context)
            | {"GITHUB_ACTION_PATH": str(action.parent), "GITHUB_ACTIONS": "true"},
        )
        if last.returncode != 0:
            break
    assert last is not None
    return last


@pytest.fixture
def bindings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample org and its package, current."""
    folder = tmp_path / "bindings"
    folder.mkdir()
    shutil.copytree(ACME, folder / "zoho_metadata")
    (folder / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n')
    monkeypatch.chdir(folder)
    assert main(["generate"]) == 0
    return folder


def test_the_action_checks(bindings: Path, tmp_path: Path) -> None:
    host = Host.make(tmp_path / "host")
    done = run_action(host, tmp_path, working_directory="bindings")
    assert done.returncode == 0, done.stderr
    assert "acme_crm is what zoho_metadata gives." in done.stdout
    assert "::error" not in done.stdout
    (installed,) = host.installed
    assert installed.endswith(f" {REPOSITORY}[gen]")
    run_action(host, bindings, zohohub="zohohub[gen]==9.9")
    assert host.installed[-1].endswith(" zohohub[gen]==9.9")


def test_the_action_annotates_a_failure_and_keeps_labels_quiet(
    bindings: Path, tmp_path: Path
) -> None:
    fields = bindings / "zoho_metadata" / "fields" / "Leads.json"
    fields.write_text(
        fields.read_text("utf-8").replace('"City"', '"::error title=100%::pwned"', 1), "utf-8"
    )
    done = run_action(Host.make(tmp_path / "host"), bindings)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    stop = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])
    assert stop is not None
    end = lines.index(f"::{stop[1]}::")
    assert any(line.startswith("+") for line in lines[1:end])
    assert lines[end + 1 :] == [
        "::error title=zohohub-gen::acme_crm is not what zoho_metadata gives; run "
        "`zohohub-gen generate` and commit what it writes"
    ]


def test_the_action_takes_arguments_and_no_commands(bindings: Path, tmp_path: Path) -> None:
    host = Host.make(tmp_path / "host")
    done = run_action(host, bindings, args="check --package\n  other_crm")
    assert done.returncode == 1
    assert "::error title=zohohub-gen::other_crm is not what" in done.stdout
    done = run_action(host, bindings, args="check; touch pwned $(touch pwned) `touch pwned` *")
    assert done.returncode == 2
    assert not list(tmp_path.rglob("pwned"))
    done = run_action(host, bindings, args="--version --format=github")
    assert "::stop-commands::" not in done.stdout


def test_the_action_imports_nothing_of_the_checkout(bindings: Path, tmp_path: Path) -> None:
    evil = f"open({str(tmp_path / 'pwned')!r}, 'w')\n"
    for name in ("click", "secrets", "zohohub_gen", "zohohub", "conftest"):
        (bindings / f"{name}.py").write_text(evil, "utf-8")
    done = run_action(Host.make(tmp_path / "host"), bindings)
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "pwned").exists()
    # pip is none here that would import anything.
    steps = read_yaml(ACTION)["runs"]["steps"]
    assert [
        each["run"] for each in steps if re.search(r"\bpython (?!-P )", each.get("run", ""))
    ] == []


def test_the_action_passes_the_profile(bindings: Path, tmp_path: Path) -> None:
    host = Host.make(tmp_path / "host")
    python = host.folder / "bin" / "python"
    python.write_text(
        python.read_text().replace("exec", 'echo "profile: ${ZOHO_PROFILE-none}"\nexec', 1)
    )
    assert "profile: none" in run_action(host, bindings).stdout
    assert "profile: sandbox" in run_action(host, bindings, profile="sandbox").stdout


def checkout(folder: Path) -> Path:
    """What a commit of this repository holds, as far as installing it needs it, as a repository."""
    for name in ("generator", "runtime", "templates", "tests/cases/acme"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "action.yml"):
        shutil.copy(REPOSITORY / name, folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Everything")
    return folder


def new_python(folder: Path) -> dict[str, str]:
    """Variables for a Python of its own, in which nothing is installed."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.slow
def test_the_action_installs_itself(bindings: Path, tmp_path: Path) -> None:
    host = Host.make(tmp_path / "host")
    host.environment |= new_python(tmp_path / "python")
    repository = checkout(tmp_path / "checkout")
    done = run_action(host, bindings, repository / "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "acme_crm is what zoho_metadata gives." in done.stdout
    # With what was installed: the files that init writes from are there.
    done = host.bash("mkdir new && cd new && zohohub-gen init --yes --github", tmp_path, {})
    assert "+ .github/workflows/zohohub.yml" in done.stdout, done.stderr


# --- pre-commit -------------------------------------------------------------------------------


def test_the_hook_is_what_pre_commit_expects() -> None:
    (hook,) = read_yaml(HOOKS)
    assert hook["id"] == "zohohub-gen-check"
    assert hook["entry"] == "zohohub-gen check"
    assert hook["language"] == "python"
    assert hook["additional_dependencies"] == [".[gen]"]
    assert hook["pass_filenames"] is False
    for path in ("pyproject.toml", "zoho_metadata/fields/Leads.json", "src/acme_crm/leads.py"):
        assert re.search(hook["files"], path)
    assert not re.search(hook["files"], "README.md")


@pytest.mark.slow
def test_pre_commit_runs_the_hook(bindings: Path, tmp_path: Path) -> None:
    environment = Host.make(tmp_path / "host").environment | new_python(tmp_path / "python")
    environment["PRE_COMMIT_HOME"] = str(tmp_path / "cache")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=bindings, env=environment, capture_output=True, text=True, timeout=300
        )

    if run("pip", "install", "--quiet", "pre-commit").returncode != 0:
        pytest.skip("pre-commit cannot be installed here")
    repository = checkout(tmp_path / "checkout")
    (bindings / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {repository}\n    rev: {git(repository, 'rev-parse', 'HEAD')}\n"
        "    hooks:\n      - id: zohohub-gen-check\n"
    )
    git(bindings, "init", "--quiet")
    git(bindings, "add", "--all")
    done = run("pre-commit", "run", "--all-files")
    assert "zohohub-gen check" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    (bindings / "acme_crm" / "leads.py").write_text("# Generated by zohohub-gen.  Do not edit.\n")
    done = run("pre-commit", "run", "--all-files")
    assert done.returncode == 1
    assert "is not what zoho_metadata gives" in done.stdout
    # The hook that init writes, which installs a release instead.
    (bindings / ".pre-commit-config.yaml").unlink()
    assert main(["init", "--pre-commit"]) == 0
    config = (bindings / ".pre-commit-config.yaml").read_text("utf-8")
    config = re.sub(r"zohohub\[gen\]==[\d.]+", f"{repository}[gen]", config)
    (bindings / ".pre-commit-config.yaml").write_text(config, "utf-8")
    git(bindings, "add", "--all")
    assert "is not what zoho_metadata gives" in run("pre-commit", "run", "--all-files").stdout
    assert main(["generate"]) == 0
    done = run("pre-commit", "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
