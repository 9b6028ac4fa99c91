"""Settings from pyproject.toml, the environment and the options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from zohohub_gen.choices import Choices
from zohohub_gen.config import Settings, load
from zohohub_gen.diagnostics import ConfigurationError

CREDENTIALS = {
    "ZOHO_CLIENT_ID": "1000.ID",
    "ZOHO_CLIENT_SECRET": "the-secret",
    "ZOHO_REFRESH_TOKEN": "1000.the-token",
}


def project(folder: Path, table: str = "", *, raw: str | None = None) -> Path:
    """Write a pyproject.toml whose [tool.zohohub] holds these lines."""
    text = f"[tool.zohohub]\n{table}\n" if raw is None else raw
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, environment: dict[str, str] | None = None, **options: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, environment or {}, **options)  # type: ignore[arg-type]  # options of one test
    assert caught.value.exit_code == 2
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings()
    assert Settings().package == "zoho_crm"
    assert Settings().concurrency == 5


def test_everything_from_the_file(tmp_path: Path) -> None:
    project(
        tmp_path,
        """
        metadata = "meta"
        output = "src"
        package = "acme_crm"
        modules = ["Leads", "Custom*"]
        exclude_modules = ["Custom_Old*"]
        fields = ["Leads.*"]
        exclude_fields = ["*.Rating", "Leads.Legacy_*"]
        writes = "open"
        picklists = "enum"
        templates = "mine"
        vendor_runtime = true
        concurrency = 10
        client_id = "1000.FILE"
        data_centre = "eu"
        environment = "sandbox"
        accounts_url = "https://accounts.example.com/"
        api_domain = "https://api.example.com"
        [tool.zohohub.names]
        "Leads" = "prospects"
        "Leads.Annual_Revenue" = "revenue"
        """,
    )
    assert load(tmp_path, {}) == Settings(
        metadata=Path("meta"),
        output=Path("src"),
        package="acme_crm",
        choices=Choices(
            modules=("Leads", "Custom*"),
            exclude_modules=("Custom_Old*",),
            fields=("Leads.*",),
            exclude_fields=("*.Rating", "Leads.Legacy_*"),
            names={"Leads": "prospects", "Leads.Annual_Revenue": "revenue"},
            writes="open",
            picklists="enum",
            templates=Path("mine"),
            vendor_runtime=True,
        ),
        concurrency=10,
        client_id="1000.FILE",
        data_centre="eu",
        environment="sandbox",
        accounts_url="https://accounts.example.com",
        api_domain="https://api.example.com",
    )


def test_the_nearest_file_counts_and_its_folders_are_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, 'package = "far"')
    near = tmp_path / "near"
    deep = near / "a" / "b"
    deep.mkdir(parents=True)
    project(near, 'metadata = "meta"')
    monkeypatch.chdir(deep)
    settings = load(Path(), {})
    assert settings.package == "zoho_crm"
    assert settings.metadata == Path("../../meta")
    assert settings.output.resolve() == near.resolve()


def test_environment_beats_file_and_options_beat_both(tmp_path: Path) -> None:
    project(
        tmp_path, 'data_centre = "eu"\nclient_id = "1000.FILE"\npackage = "a"\nmodules = ["Leads"]'
    )
    settings = load(
        tmp_path,
        CREDENTIALS
        | {
            "ZOHO_DC": "JP",
            "ZOHO_ENVIRONMENT": "developer",
            "ZOHO_ACCOUNTS_URL": "http://127.0.0.1:1",
            "ZOHO_API_DOMAIN": "http://127.0.0.1:2",
        },
        package="b",
        metadata=Path("here"),
        output=Path("there"),
        modules=("Deals",),
    )
    assert (settings.client_id, settings.data_centre) == ("1000.ID", "jp")
    assert settings.environment == "developer"
    assert settings.accounts_url == "http://127.0.0.1:1"
    assert settings.api_domain == "http://127.0.0.1:2"
    assert (settings.package, settings.choices.modules) == ("b", ("Deals",))
    assert (settings.metadata, settings.output) == (Path("here"), Path("there"))


def test_empty_variables_count_as_unset(tmp_path: Path) -> None:
    project(tmp_path, 'data_centre = "eu"')
    assert load(tmp_path, {"ZOHO_DC": "", "ZOHO_CLIENT_SECRET": ""}).data_centre == "eu"


def test_secrets_stay_out_of_repr_and_reach_the_credentials(tmp_path: Path) -> None:
    settings = load(tmp_path, CREDENTIALS)
    assert "the-secret" not in repr(settings)
    assert "the-token" not in repr(settings)
    auth = settings.auth()
    assert "accounts.zoho.com" in repr(auth)
    assert "the-secret" not in repr(auth)


def test_the_credentials_use_the_data_centre_and_environment(tmp_path: Path) -> None:
    settings = load(tmp_path, CREDENTIALS | {"ZOHO_DC": "au", "ZOHO_ENVIRONMENT": "sandbox"})
    assert "https://accounts.zoho.com.au" in repr(settings.auth())
    assert "https://sandbox.zohoapis.com.au" in repr(settings.auth())


def test_every_missing_credential_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, {"ZOHO_CLIENT_SECRET": "x"}).auth()
    message = str(caught.value)
    assert "set ZOHO_CLIENT_ID and ZOHO_REFRESH_TOKEN in the environment" in message
    assert "ZOHO_CLIENT_SECRET" not in message


@pytest.mark.parametrize("key", ["client_secret", "refresh_token"])
def test_secrets_in_the_file_are_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    project(tmp_path, f'{key} = "hush-hush"')
    message = refused(tmp_path)
    assert f"ZOHO_{key.upper()}" in message
    assert "hush-hush" not in message


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('metdata = "x"', "no key 'metdata'; did you mean 'metadata'?"),
        ("zzz = 1", "known are metadata, output, package"),
        ('data_centre = "eur"', "data_centre is 'eur'; did you mean 'eu'?"),
        ('data_centre = "mars"', "us, eu, in, au, jp, cn, ca, sa, uk and ae"),
        ('environment = "sandox"', "did you mean 'sandbox'?"),
        ('writes = "closed"', "known are strict and open"),
        ('picklists = "enums"', "did you mean 'enum'"),
        ('exclude_modules = "Leads"', "must be a list of globs"),
        ('fields = ["Leads"]', "globs of modules and fields"),
        ('exclude_fields = [".Rating"]', "globs of modules and fields"),
        ('exclude_fields = ["Leads."]', "globs of modules and fields"),
        ("exclude_fields = [5]", "globs of modules and fields"),
        ("concurrency = 0", "a number from 1 to 25"),
        ("concurrency = true", "a number from 1 to 25"),
        ('concurrency = "5"', "a number from 1 to 25"),
        ('modules = "Leads"', "a list of globs"),
        ("modules = [1]", "a list of globs"),
        ("metadata = 5", "metadata must be text, not 5"),
        ('api_domain = "www.zohoapis.eu"', "give a URL"),
        ('accounts_url = "ftp://x"', "give a URL"),
        ('accounts_url = "http://[::1"', "give a URL"),
        ("vendor_runtime = 1", "vendor_runtime must be true or false, not 1"),
        ('package = "class"', "'class', which is not a name to import"),
        ('package = "my-crm"', "not a name to import"),
        ('package = "../crm"', "name the folder with `output`"),
        ('package = "a.b"', "name the folder with `output`"),
        ('package = "json"', "would hide the module of that name"),
        ('package = "zohohub"', "would hide the module of that name"),
        ("names = 5", "must be a table"),
        ('[tool.zohohub.names]\n"Leads" = "a b"', "'a b', not a Python name"),
        ('[tool.zohohub.names]\n"Leads" = "class"', "'class', not a Python name"),
        ('[tool.zohohub.names]\nLeads.Email = "mail"', 'put "Leads.Email" in quotes'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, table: str, expected: str) -> None:
    project(tmp_path, table)
    message = refused(tmp_path)
    assert expected in message
    assert message.startswith("pyproject.toml: [tool.zohohub] ")


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, {"ZOHO_DC": "eur"}) == "ZOHO_DC is 'eur'; did you mean 'eu'?"


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, package="a/b").startswith("--package is 'a/b'")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("[tool.zohohub\n", "pyproject.toml is not TOML: "),
        ("tool = 5\n", "tool must be a table"),
        ("[tool]\nzohohub = 5\n", "zohohub must be a table"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, raw: str, expected: str) -> None:
    project(tmp_path, raw=raw)
    assert expected in refused(tmp_path)


def test_a_file_without_the_table_is_fine(tmp_path: Path) -> None:
    project(tmp_path, raw='[project]\nname = "x"\n')
    assert load(tmp_path, {}) == Settings()


def test_the_docs_name_every_key_and_variable() -> None:
    from zohohub_gen import config

    page = Path(config.__file__).parents[2] / "docs" / "reference" / "configuration.md"
    text = page.read_text(encoding="utf-8")
    table = text.partition("```toml")[0]
    keys = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert keys == {*config._READERS, "profiles"}  # pyright: ignore[reportPrivateUsage]  # the list of keys
    assert set(re.findall(r"`(ZOHO_\w+)`", table)) == {
        "ZOHO_PROFILE",
        *config._ENVIRONMENT.values(),  # pyright: ignore[reportPrivateUsage]  # likewise
        *config._SECRETS.values(),  # pyright: ignore[reportPrivateUsage]  # likewise
    }
    example = text.partition("```toml\n")[2].partition("```")[0]
    Path("pyproject.toml").write_text(example, encoding="utf-8")
    assert load(Path(), {}).choices.names == {
        "Leads": "prospects",
        "Leads.Annual_Revenue": "revenue",
    }
