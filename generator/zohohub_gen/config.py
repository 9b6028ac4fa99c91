"""The settings: ``[tool.zohohub]`` of pyproject.toml, then the environment, then the options.

| key           | environment       | default           |                                          |
|---------------|-------------------|-------------------|------------------------------------------|
| metadata      |                   | ``zoho_metadata`` | folder of the snapshot                   |
| output        |                   | ``.``             | folder that holds the package            |
| package       |                   | ``zoho_crm``      | name of the package                      |
| modules       |                   | every module      | globs of module api_names                |
| exclude_modules |                 | none              | globs of module api_names                |
| fields        |                   | every field       | globs of ``Module.Field``                |
| exclude_fields |                  | none              | globs of ``Module.Field``                |
| picklists     |                   | ``literal``       | or ``enum``, ``str``                     |
| writes        |                   | ``strict``        | ``open``: any text for a picklist        |
| templates     |                   |                   | folder of templates that replace ours    |
| vendor_runtime|                   | ``false``         | a copy of the runtime in the package     |
| concurrency   |                   | 5                 | API calls at the same time, 1 to 25      |
| client_id     | ZOHO_CLIENT_ID    |                   |                                          |
|               | ZOHO_CLIENT_SECRET|                   | never in the file                        |
|               | ZOHO_REFRESH_TOKEN|                   | never in the file                        |
| data_centre   | ZOHO_DC           | ``us``            |                                          |
| environment   | ZOHO_ENVIRONMENT  | ``production``    | or ``sandbox``, ``developer``            |
| accounts_url  | ZOHO_ACCOUNTS_URL | of the data centre|                                          |
| api_domain    | ZOHO_API_DOMAIN   | of the data centre|                                          |
| token_file    | ZOHO_TOKEN_FILE   |                   | where `login` stores tokens              |
| names         |                   |                   | table of Python names, by api_name       |
| profiles      | ZOHO_PROFILE      |                   | tables of these keys, one for each org   |

Folders in the file are relative to the file.

With a profile, its variables (``ZOHO_SANDBOX_DC``) and its table win over the general variables,
and those over the general table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zohohub.data_centres import DATA_CENTRES, ENVIRONMENTS

from zohohub_gen import config_values
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.profiles import Profiles, read_profiles, refuse_unknown, union_of, variable

if TYPE_CHECKING:
    from zohohub.auth import Auth
    from zohohub.grants import OAuthClient

    from zohohub_gen.pipeline import Options

_TABLE = "[tool.zohohub]"
_CHOICES = tuple(each.name for each in fields(Choices))
_SECRETS = {"client_secret": "ZOHO_CLIENT_SECRET", "refresh_token": "ZOHO_REFRESH_TOKEN"}
_ENVIRONMENT = {
    "client_id": "ZOHO_CLIENT_ID",
    "data_centre": "ZOHO_DC",
    "environment": "ZOHO_ENVIRONMENT",
    "accounts_url": "ZOHO_ACCOUNTS_URL",
    "api_domain": "ZOHO_API_DOMAIN",
    "token_file": "ZOHO_TOKEN_FILE",
}
_PROFILE = "ZOHO_PROFILE"
# Zoho binds each to one org: taken for another, they would fill its folder with the wrong metadata.
_OF_ONE_ORG = ("metadata", "refresh_token", "token_file")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the commands can be told, checked.

    ``union`` names the profiles whose snapshots are united, with their folders; ``metadata`` then
    holds nothing but the names.
    """

    profile: str | None = None
    union: tuple[tuple[str, Path], ...] = ()
    metadata: Path = Path("zoho_metadata")
    output: Path = Path()
    package: str = "zoho_crm"
    choices: Choices = field(default_factory=Choices)
    concurrency: int = 5
    data_centre: str = "us"
    environment: str = "production"
    accounts_url: str | None = None
    api_domain: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_file: Path | None = None

    def auth(self, runtime: str = "zohohub") -> Auth:
        """The credentials, for a client of this runtime; a package may carry one of its own.

        Raises `ConfigurationError` that names each one that is missing.
        """
        from importlib import import_module

        client_id, client_secret = self._client(
            *(
                []
                if self.refresh_token or self.token_file
                else [self.variable("ZOHO_REFRESH_TOKEN")]
            )
        )
        store: Any = None
        if self.token_file:
            store = import_module(f"{runtime}.token_stores").FileTokenStore(self.token_file)
        auth: Auth = import_module(f"{runtime}.auth").Auth(
            client_id,
            client_secret,
            self.refresh_token,
            data_centre=self.data_centre,
            environment=self.environment,
            accounts_url=self.accounts_url,
            api_domain=self.api_domain,
            store=store,
        )
        return auth

    def client(self) -> OAuthClient:
        """The client that users authorise; raises `ConfigurationError` as `auth` does."""
        from zohohub.grants import OAuthClient

        client_id, client_secret = self._client()
        return OAuthClient(
            client_id,
            client_secret,
            data_centre=self.data_centre,
            accounts_url=self.accounts_url,
        )

    def _client(self, *more_missing: str) -> tuple[str, str]:
        """Id and secret of the client; raises `ConfigurationError` if anything is missing."""
        self.refuse_union(f", and after that `zohohub-gen generate{self.profile_words}`")
        client_id, client_secret = self.client_id, self.client_secret
        if client_id and client_secret and not more_missing:
            return client_id, client_secret
        missing = [
            *([] if client_id else ["ZOHO_CLIENT_ID"]),
            *([] if client_secret else ["ZOHO_CLIENT_SECRET"]),
            *more_missing,
        ]
        raise ConfigurationError(
            f"no credentials: set {config_values.listed(missing)} in the environment (Zoho's API "
            f"console gives id and secret, `zohohub-gen login{self.profile_words}` the refresh "
            "token; `zohohub-gen demo` needs none)"
        )

    @property
    def has_credentials(self) -> bool:
        """Whether there are credentials of an org, right or wrong."""
        return bool(
            self.client_id and self.client_secret and (self.refresh_token or self.token_file)
        )

    def refuse_union(self, and_then: str = "") -> None:
        """Raise `ConfigurationError` where a command needs one org, and this is several."""
        if self.union:
            members = config_values.listed([name for name, _ in self.union])
            raise ConfigurationError(
                f"profile {self.profile} is a union and has no org of its own; give --profile with "
                f"each of {members}{and_then}"
            )

    @property
    def profile_words(self) -> str:
        """What a command takes to have the same profile: `` --profile sandbox``, or nothing."""
        return f" --profile {self.profile}" if self.profile else ""

    def variable(self, general: str) -> str:
        """What a variable is called for this profile: ``ZOHO_DC``, or ``ZOHO_SANDBOX_DC``."""
        return variable(general, self.profile)

    def options(self) -> Options:
        """What the pipeline needs to know."""
        from zohohub_gen.pipeline import Options

        return Options(
            metadata=self.metadata,
            output=self.output,
            package=self.package,
            choices=self.choices,
            union=self.union,
        )


def load(
    folder: Path,
    environment: Mapping[str, str],
    *,
    profile: str | None = None,
    **given: object,
) -> Settings:
    """Read the settings that hold in ``folder``; the keyword arguments are the options given.

    They are called as the keys of the file; None and an empty tuple mean that one was not given.
    Without ``profile`` the variable ``ZOHO_PROFILE`` names one, or the general settings hold.

    Raises `ConfigurationError` that names the file or variable, the key, and what it takes.
    """
    file = _nearest_pyproject(folder)
    where = _relative_to_here(file) if file is not None else Path("pyproject.toml")
    table = _table(where) if file is not None else {}
    profiles = read_profiles(f"{where}: {_TABLE} profiles", table.pop("profiles", {}))
    tables = {each: _from_profile(where, profiles, each) for each in profiles}
    name = environment.get(_PROFILE) or None if profile is None else profile
    values: dict[str, Any] = {"metadata": where.parent / "zoho_metadata", "output": where.parent}
    values |= _from_table(where, _TABLE, table, None) | _from_variables(environment, None)
    if name is not None:
        refuse_unknown(name, profiles, str(where))
        own = tables[name]
        own.setdefault("metadata", values["metadata"] / name)
        general = {key: value for key, value in values.items() if key not in _OF_ONE_ORG}
        values = _merged(general, own) | _from_variables(environment, name)
        values["profile"] = name
        values["union"] = tuple(
            (member, load(folder, environment, profile=member).metadata)
            for member in values.get("union", ())
        )
    for key, value in given.items():
        if value not in (None, ()):
            values[key] = value
    if given.get("package") is not None:
        values["package"] = config_values.package("--package", given["package"])
    chosen = {key: values.pop(key) for key in _CHOICES if key in values}
    return Settings(choices=Choices(**chosen), **values)


def profile_names(folder: Path) -> tuple[str, ...]:
    """The profiles that ``--profile`` may name in ``folder``; raises what `load` raises."""
    file = _nearest_pyproject(folder)
    if file is None:
        return ()
    return tuple(read_profiles(f"{file}: {_TABLE} profiles", _table(file).get("profiles", {})))


def _from_variables(environment: Mapping[str, str], profile: str | None) -> dict[str, Any]:
    """What the general variables say, or those of the profile."""
    values: dict[str, Any] = {}
    for key, general in (_ENVIRONMENT | _SECRETS).items():
        name = variable(general, profile)
        if text := environment.get(name):
            values[key] = _READERS[key](name, text) if key in _READERS else text
    return values


def sources(folder: Path, environment: Mapping[str, str], profile: str | None = None) -> str:
    """Where the settings that hold in ``folder`` come from: the file and its keys, the variables.

    Raises what `load` raises.
    """
    file = _nearest_pyproject(folder)
    if file is None:
        found = "no pyproject.toml here or above: the defaults"
    else:
        file = _relative_to_here(file)
        found = f"{file}: {', '.join(_table(file)) or f'no {_TABLE}, so the defaults'}"
    general = (*_ENVIRONMENT.values(), *_SECRETS.values())
    names = [*general, *([variable(each, profile) for each in general] if profile else [])]
    variables = [name for name in names if environment.get(name)]
    return found + (f"; the environment: {', '.join(variables)}" if variables else "")


# --- The file ---------------------------------------------------------------------------------


def _from_table(
    file: Path, title: str, table: Mapping[str, object], profile: str | None
) -> dict[str, Any]:
    """The values of the table called ``title``, each checked."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{file}: {title} {key}"
        if key in _SECRETS:
            raise ConfigurationError(
                f"{place} is a secret and must not be in a file; set "
                f"{variable(_SECRETS[key], profile)} in the environment, and make a new one if "
                "this file was ever committed"
            )
        if key not in _READERS:
            raise ConfigurationError(
                f"{file}: {title} has no key {key!r}; {config_values.nearest(key, _READERS)}"
            )
        values[key] = _READERS[key](place, value)
    for key in ("metadata", "output", "token_file", "templates"):
        if key in values:
            values[key] = file.parent / values[key]
    return values


def _from_profile(file: Path, profiles: Profiles, name: str) -> dict[str, Any]:
    title = f"{_TABLE[:-1]}.profiles.{name}]"
    table = dict(profiles[name])
    union = table.pop("union", None)
    values = _from_table(file, title, table, name)
    if union is not None:
        values["union"] = union_of(f"{file}: {title} union", union, profiles, str(file))
    return values


def _merged(general: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The values of both, the profile's own first; tables such as ``names`` key by key."""
    merged = {**general, **own}
    for key in general.keys() & own.keys():
        if isinstance(general[key], dict) and isinstance(own[key], dict):
            merged[key] = general[key] | own[key]
    return merged


def _nearest_pyproject(folder: Path) -> Path | None:
    here = folder.absolute()
    for place in (here, *here.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            return file
    return None


def _table(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{file} is not TOML: it is nested too deep") from error
    for key in ("tool", "zohohub"):
        inner: object = content.get(key, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f"{file}: {key} must be a table, as in {_TABLE}")
        content = cast("dict[str, Any]", inner)
    return content


def _relative_to_here(folder: Path) -> Path:
    """The way to a folder from the current one, so that messages stay readable."""
    try:
        return Path(os.path.relpath(folder))
    except ValueError:  # on another drive
        return folder


_READERS: dict[str, Callable[[str, object], Any]] = {
    "metadata": config_values.text,
    "output": config_values.text,
    "package": config_values.package,
    "modules": config_values.globs,
    "exclude_modules": config_values.globs,
    "fields": config_values.field_globs,
    "exclude_fields": config_values.field_globs,
    "picklists": config_values.one_of("literal", "enum", "str"),
    "writes": config_values.one_of("strict", "open"),
    "templates": config_values.file,
    "vendor_runtime": config_values.flag,
    "concurrency": config_values.count,
    "client_id": config_values.text,
    "data_centre": config_values.one_of(*DATA_CENTRES),
    "environment": config_values.one_of(*ENVIRONMENTS),
    "accounts_url": config_values.url,
    "api_domain": config_values.url,
    "token_file": config_values.file,
    "names": config_values.names,
}
