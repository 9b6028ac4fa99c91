"""Profiles: several orgs in one configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from zohohub_gen.config import load
from zohohub_gen.diagnostics import ConfigurationError

EXAMPLE = """
[tool.zohohub]
package = "acme_crm"
data_centre = "eu"
token_file = "general.json"

[tool.zohohub.names]
"Leads" = "prospects"
"Leads.Email" = "mail"

[tool.zohohub.profiles.production]
metadata = "orgs/production"

[tool.zohohub.profiles.sandbox]
environment = "sandbox"
writes = "open"
token_file = "sandbox.json"
names = { "Leads.Email" = "address", "Leads.Phone" = "phone_number" }

[tool.zohohub.profiles.customer-2]
client_id = "1000.TWO"
data_centre = "in"

[tool.zohohub.profiles.everywhere]
union = ["production", "sandbox"]
"""


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(EXAMPLE, "utf-8")


def refused(profile: str | None = None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(Path(), environment or {}, profile=profile)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_a_profile_does_not_say_is_general() -> None:
    sandbox = load(Path(), {}, profile="sandbox")
    assert (sandbox.profile, sandbox.package, sandbox.data_centre) == ("sandbox", "acme_crm", "eu")
    assert (sandbox.environment, sandbox.choices.writes) == ("sandbox", "open")
    assert load(Path(), {}).choices.writes == "strict"
    assert load(Path(), {}).profile is None


def test_tables_merge_key_by_key() -> None:
    assert load(Path(), {}, profile="sandbox").choices.names == {
        "Leads": "prospects",
        "Leads.Email": "address",
        "Leads.Phone": "phone_number",
    }
    assert load(Path(), {}, profile="production").choices.names == {
        "Leads": "prospects",
        "Leads.Email": "mail",
    }


def test_each_profile_has_a_folder_of_its_own() -> None:
    assert load(Path(), {}).metadata == Path("zoho_metadata")
    assert load(Path(), {}, profile="production").metadata == Path("orgs/production")
    assert load(Path(), {}, profile="sandbox").metadata == Path("zoho_metadata/sandbox")
    given = load(Path(), {}, profile="sandbox", metadata=Path("here"))
    assert given.metadata == Path("here")


def test_folders_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    everywhere = load(Path(), {}, profile="everywhere")
    assert everywhere.metadata == Path("../zoho_metadata/everywhere")
    assert everywhere.union == (
        ("production", Path("../orgs/production")),
        ("sandbox", Path("../zoho_metadata/sandbox")),
    )


def test_the_variable_chooses_and_the_option_wins() -> None:
    assert load(Path(), {"ZOHO_PROFILE": "sandbox"}).profile == "sandbox"
    assert load(Path(), {"ZOHO_PROFILE": ""}).profile is None
    chosen = load(Path(), {"ZOHO_PROFILE": "sandbox"}, profile="production")
    assert chosen.profile == "production"


# One place after the other is taken away; the next one counts.
PRECEDENCE = (
    ("option", "jp"),
    ("ZOHO_CUSTOMER_2_DC", "au"),
    ("profile", "in"),
    ("ZOHO_DC", "ca"),
    ("general", "eu"),
    ("default", "us"),
)


@pytest.mark.parametrize("first", range(len(PRECEDENCE)), ids=[name for name, _ in PRECEDENCE])
def test_precedence(first: int, tmp_path: Path) -> None:
    places = dict(PRECEDENCE[first:])
    table = f'data_centre = "{places["general"]}"' if "general" in places else ""
    own = f'data_centre = "{places["profile"]}"' if "profile" in places else ""
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.zohohub]\n{table}\n[tool.zohohub.profiles.customer-2]\n{own}\n", "utf-8"
    )
    environment = {name: value for name, value in places.items() if name.startswith("ZOHO_")}
    settings = load(Path(), environment, profile="customer-2", data_centre=places.get("option"))
    assert settings.data_centre == PRECEDENCE[first][1]


def test_a_token_of_the_general_org_is_not_taken_for_a_profile() -> None:
    environment = {
        "ZOHO_CLIENT_ID": "1000.ID",
        "ZOHO_CLIENT_SECRET": "the-secret",
        "ZOHO_REFRESH_TOKEN": "1000.general",
        "ZOHO_TOKEN_FILE": "general.json",
    }
    production = load(Path(), environment, profile="production")
    assert (production.client_id, production.client_secret) == ("1000.ID", "the-secret")
    assert (production.refresh_token, production.token_file) == (None, None)
    with pytest.raises(ConfigurationError) as caught:
        production.auth()
    message = str(caught.value)
    assert "set ZOHO_PRODUCTION_REFRESH_TOKEN in the environment" in message
    assert "`zohohub-gen login --profile production`" in message
    own = load(
        Path(), environment | {"ZOHO_PRODUCTION_REFRESH_TOKEN": "1000.own"}, profile="production"
    )
    assert own.refresh_token == "1000.own"
    assert own.auth()
    assert load(Path(), environment, profile="sandbox").token_file == Path("sandbox.json")
    assert load(Path(), environment).refresh_token == "1000.general"


def test_a_client_of_ones_own() -> None:
    environment = {"ZOHO_CLIENT_ID": "1000.ID", "ZOHO_CUSTOMER_2_CLIENT_SECRET": "two"}
    settings = load(Path(), environment, profile="customer-2")
    assert (settings.client_id, settings.client_secret) == ("1000.TWO", "two")


def test_a_union_has_no_org() -> None:
    settings = load(
        Path(), {"ZOHO_CLIENT_ID": "1", "ZOHO_CLIENT_SECRET": "2"}, profile="everywhere"
    )
    for credentials in (settings.auth, settings.client):
        with pytest.raises(ConfigurationError) as caught:
            credentials()
        assert str(caught.value) == (
            "profile everywhere is a union and has no org of its own; give --profile with each of "
            "production and sandbox, and after that `zohohub-gen generate --profile everywhere`"
        )


def test_an_unknown_profile_is_told_with_the_nearest() -> None:
    assert refused("sandbx") == (
        "there is no profile 'sandbx' in pyproject.toml; did you mean 'sandbox'?"
    )
    assert refused(environment={"ZOHO_PROFILE": "xyz"}) == (
        "there is no profile 'xyz' in pyproject.toml; "
        "known are production, sandbox, customer-2 and everywhere"
    )
    # An option whose shell variable is empty must not mean the general org.
    assert "there is no profile ''" in refused("")


def test_without_profiles_an_example_is_shown(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n", "utf-8")
    expected = (
        "there is no profile 'sandbox': pyproject.toml has no table such as "
        "[tool.zohohub.profiles.sandbox]"
    )
    assert refused("sandbox") == expected
    (tmp_path / "pyproject.toml").unlink()
    assert refused("sandbox") == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ("profiles = 5", "[tool.zohohub] profiles must be a table of tables"),
        ("[tool.zohohub.profiles]\nsandbox = 5", "profiles sandbox must be a table"),
        ('[tool.zohohub.profiles."my org"]', "'my org' is not a name for a profile"),
        ('[tool.zohohub.profiles."../x"]', "'../x' is not a name for a profile"),
        ("[tool.zohohub.profiles.2]", "'2' is not a name for a profile"),
        ('[tool.zohohub.profiles."Öl"]', "'Öl' is not a name for a profile"),
        ("[tool.zohohub.profiles.layouts]", "none of fields, layouts and related_lists"),
        (
            "[tool.zohohub.profiles.my-org]\n[tool.zohohub.profiles.My_Org]",
            "my-org and My_Org would have the same variables, ZOHO_MY_ORG_…; rename one",
        ),
        (
            '[tool.zohohub.profiles.a]\nmetdata = "x"',
            "[tool.zohohub.profiles.a] has no key 'metdata'; did you mean 'metadata'?",
        ),
        (
            '[tool.zohohub.profiles.a]\ndata_centre = "eur"',
            "[tool.zohohub.profiles.a] data_centre is 'eur'; did you mean 'eu'?",
        ),
        ("[tool.zohohub.profiles.a.profiles.b]", "[tool.zohohub.profiles.a] has no key 'profiles'"),
        ('union = ["a", "b"]', "[tool.zohohub] has no key 'union'"),
        ('[tool.zohohub.profiles.a]\nunion = "b"', "must list two or more profiles"),
        ('[tool.zohohub.profiles.a]\nunion = ["b"]', "must list two or more profiles"),
        ('[tool.zohohub.profiles.a]\nunion = ["b", 1]', "must list two or more profiles"),
        ('[tool.zohohub.profiles.a]\nunion = ["b", "c", "b"]', "must list two or more profiles"),
        ('[tool.zohohub.profiles.a]\nunion = ["b", "c"]', "there is no profile 'b'"),
        (
            '[tool.zohohub.profiles.a]\nunion = ["a", "b"]\n[tool.zohohub.profiles.b]',
            "[tool.zohohub.profiles.a] union: a is a union itself; list its parts",
        ),
    ],
)
def test_what_is_wrong_is_named(tables: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.zohohub]\n{tables}\n", "utf-8")
    assert expected in refused("a")


@pytest.mark.parametrize("key", ["client_secret", "refresh_token"])
def test_secrets_of_a_profile_are_refused_and_not_repeated(key: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.zohohub.profiles.sandbox]\n{key} = "hush-hush"\n', "utf-8"
    )
    for message in (refused("sandbox"), refused()):
        assert f"ZOHO_SANDBOX_{key.upper()}" in message
        assert "hush-hush" not in message


def test_every_command_that_reads_settings_takes_a_profile() -> None:
    import inspect

    from zohohub_gen.commands import commands

    without = [
        name
        for name, command in commands.commands.items()
        if command.callback is not None
        and "settings_from(" in inspect.getsource(inspect.unwrap(command.callback))
        and "profile" not in {parameter.name for parameter in command.params}
    ]
    assert without == []
