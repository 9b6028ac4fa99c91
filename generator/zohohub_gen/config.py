"""The settings: ``[tool.zohohub]`` of pyproject.toml, then the environment, then the options.

| key           | environment       | default           |                                          |
|---------------|-------------------|-------------------|------------------------------------------|
| metadata      |                   | ``zoho_metadata`` | folder of the snapshot                   |
| output        |                   | ``.``             | folder that holds the package            |
| package       |                   | ``zoho_crm``      | name of the package                      |
| modules       |                   | every module      | globs of module api_names                |
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

Folders in the file are relative to the file.
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


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the commands can be told, checked."""

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

    def auth(self) -> Auth:
        """The credentials; raises `ConfigurationError` that names each one that is missing."""
        from zohohub.auth import Auth
        from zohohub.token_stores import FileTokenStore

        client_id, client_secret = self._client(
            *([] if self.refresh_token or self.token_file else ["ZOHO_REFRESH_TOKEN"])
        )
        return Auth(
            client_id,
            client_secret,
            self.refresh_token,
            data_centre=self.data_centre,
            environment=self.environment,
            accounts_url=self.accounts_url,
            api_domain=self.api_domain,
            store=FileTokenStore(self.token_file) if self.token_file else None,
        )

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
            "console gives id and secret, `zohohub-gen login` the refresh token; "
            "`zohohub-gen demo` needs none)"
        )

    def options(self) -> Options:
        """What the pipeline needs to know."""
        from zohohub_gen.pipeline import Options

        return Options(
            metadata=self.metadata,
            output=self.output,
            package=self.package,
            choices=self.choices,
        )


def load(
    folder: Path,
    environment: Mapping[str, str],
    **given: object,
) -> Settings:
    """Read the settings that hold in ``folder``; the keyword arguments are the options given.

    They are called as the keys of the file; None and an empty tuple mean that one was not given.

    Raises `ConfigurationError` that names the file or variable, the key, and what it takes.
    """
    values = _from_file(folder)
    for key, variable in _ENVIRONMENT.items():
        if environment.get(variable):
            values[key] = _READERS[key](variable, environment[variable])
    for key, variable in _SECRETS.items():
        values[key] = environment.get(variable) or None
    for key, value in given.items():
        if value not in (None, ()):
            values[key] = value
    if given.get("package") is not None:
        values["package"] = config_values.package("--package", given["package"])
    chosen = {key: values.pop(key) for key in _CHOICES if key in values}
    return Settings(choices=Choices(**chosen), **values)


def sources(folder: Path, environment: Mapping[str, str]) -> str:
    """Where the settings that hold in ``folder`` come from: the file and its keys, the variables.

    Raises what `load` raises.
    """
    file = _nearest_pyproject(folder)
    if file is None:
        found = "no pyproject.toml here or above: the defaults"
    else:
        file = _relative_to_here(file)
        found = f"{file}: {', '.join(_table(file)) or f'no {_TABLE}, so the defaults'}"
    variables = [
        name for name in (*_ENVIRONMENT.values(), *_SECRETS.values()) if environment.get(name)
    ]
    return found + (f"; the environment: {', '.join(variables)}" if variables else "")


# --- The file ---------------------------------------------------------------------------------


def _from_file(folder: Path) -> dict[str, Any]:
    file = _nearest_pyproject(folder)
    if file is None:
        return {}
    file = _relative_to_here(file)
    table = _table(file)
    values: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{file}: {_TABLE} {key}"
        if key in _SECRETS:
            raise ConfigurationError(
                f"{place} is a secret and must not be in a file; set {_SECRETS[key]} in the "
                "environment, and make a new one if this file was ever committed"
            )
        if key not in _READERS:
            raise ConfigurationError(
                f"{file}: {_TABLE} has no key {key!r}; {config_values.nearest(key, _READERS)}"
            )
        values[key] = _READERS[key](place, value)
    for key, default in (("metadata", "zoho_metadata"), ("output", ".")):
        values[key] = file.parent / values.get(key, default)
    for key in ("token_file", "templates"):
        if key in values:
            values[key] = file.parent / values[key]
    return values


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
