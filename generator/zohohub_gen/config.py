"""The settings: ``[tool.zohohub]`` of pyproject.toml, then the environment, then the options.

| key           | environment       | default           |                                          |
|---------------|-------------------|-------------------|------------------------------------------|
| metadata      |                   | ``zoho_metadata`` | folder of the snapshot                   |
| output        |                   | ``.``             | folder that holds the package            |
| package       |                   | ``zoho_crm``      | name of the package                      |
| modules       |                   | every module      | globs of module api_names                |
| picklists     |                   | ``literal``       | ``open`` lets writes take any text       |
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

import keyword
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zohohub.data_centres import DATA_CENTRES, ENVIRONMENTS

from zohohub_gen.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from zohohub.auth import Auth
    from zohohub.grants import OAuthClient

    from zohohub_gen.pipeline import Options

_TABLE = "[tool.zohohub]"
_SECRETS = {"client_secret": "ZOHO_CLIENT_SECRET", "refresh_token": "ZOHO_REFRESH_TOKEN"}
_ENVIRONMENT = {
    "client_id": "ZOHO_CLIENT_ID",
    "data_centre": "ZOHO_DC",
    "environment": "ZOHO_ENVIRONMENT",
    "accounts_url": "ZOHO_ACCOUNTS_URL",
    "api_domain": "ZOHO_API_DOMAIN",
    "token_file": "ZOHO_TOKEN_FILE",
}
# A client may make at most 25 calls at the same time, in Zoho's largest edition.
_MOST_CALLS = 25


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the commands can be told, checked."""

    metadata: Path = Path("zoho_metadata")
    output: Path = Path()
    package: str = "zoho_crm"
    modules: tuple[str, ...] = ()
    open_picklists: bool = False
    names: Mapping[str, str] = field(default_factory=dict[str, str])
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
            f"no credentials: set {_listed(missing)} in the environment (Zoho's API console gives "
            "id and secret, `zohohub-gen login` the refresh token; `zohohub-gen demo` needs none)"
        )

    def options(self) -> Options:
        """What the pipeline needs to know."""
        from zohohub_gen.pipeline import Options

        return Options(
            metadata=self.metadata,
            output=self.output,
            package=self.package,
            modules=self.modules,
            names=self.names,
            open_picklists=self.open_picklists,
        )


def load(
    folder: Path,
    environment: Mapping[str, str],
    *,
    metadata: Path | None = None,
    output: Path | None = None,
    package: str | None = None,
    modules: tuple[str, ...] = (),
    token_file: Path | None = None,
) -> Settings:
    """Read the settings that hold in ``folder``; the keyword arguments are the options given.

    Raises `ConfigurationError` that names the file or variable, the key, and what it takes.
    """
    values = _from_file(folder)
    for key, variable in _ENVIRONMENT.items():
        if environment.get(variable):
            values[key] = _READERS[key](variable, environment[variable])
    for key, variable in _SECRETS.items():
        values[key] = environment.get(variable) or None
    if metadata is not None:
        values["metadata"] = metadata
    if output is not None:
        values["output"] = output
    if package is not None:
        values["package"] = _package("--package", package)
    if modules:
        values["modules"] = modules
    if token_file is not None:
        values["token_file"] = token_file
    picklists = values.pop("picklists", "literal")
    return Settings(open_picklists=picklists == "open", **values)


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
                f"{file}: {_TABLE} has no key {key!r}; {_nearest(key, _READERS)}"
            )
        values[key] = _READERS[key](place, value)
    for key, default in (("metadata", "zoho_metadata"), ("output", ".")):
        values[key] = file.parent / values.get(key, default)
    if "token_file" in values:
        values["token_file"] = file.parent / values["token_file"]
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


# --- Values -----------------------------------------------------------------------------------


def _text(place: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{place} must be text, not {value!r}")
    return value.strip()


def _file(place: str, value: object) -> Path:
    return Path(_text(place, value)).expanduser()


def _one_of(*known: str) -> Callable[[str, object], str]:
    def read(place: str, value: object) -> str:
        text = _text(place, value).lower()
        if text not in known:
            raise ConfigurationError(f"{place} is {value!r}; {_nearest(text, known)}")
        return text

    return read


def _url(place: str, value: object) -> str:
    from urllib.parse import urlsplit

    text = _text(place, value)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"{place} is {value!r}; give a URL such as https://www.zohoapis.eu"
        )
    return text.rstrip("/")


def _globs(place: str, value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        globs = cast("list[object]", value)
        if all(isinstance(item, str) and item for item in globs):
            return tuple(cast("list[str]", globs))
    raise ConfigurationError(f'{place} must be a list of globs, such as ["Leads", "Custom*"]')


def _count(place: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_CALLS:
        raise ConfigurationError(f"{place} must be a number from 1 to {_MOST_CALLS}, not {value!r}")
    return value


def _package(place: str, value: object) -> str:
    name = _text(place, value)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        hint = (
            "; name the folder with `output`, the package inside it with `package`"
            if any(sign in name for sign in "./\\")
            else ""
        )
        raise ConfigurationError(f"{place} is {name!r}, which is not a name to import{hint}")
    if name in sys.stdlib_module_names or name in ("zohohub", "zohohub_gen"):
        raise ConfigurationError(f"{place} is {name!r}, which would hide the module of that name")
    return name


def _names(place: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ConfigurationError(f'{place} must be a table, such as "Leads.Email" = "mail"')
    names: dict[str, str] = {}
    for api_name, name in cast("dict[str, object]", value).items():
        if isinstance(name, dict):
            # TOML reads a key with a dot and without quotes as a table.
            keys = _listed([f'"{api_name}.{key}"' for key in cast("dict[str, object]", name)])
            raise ConfigurationError(f"{place}: put {keys or api_name} in quotes")
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise ConfigurationError(f"{place}: {api_name!r} is {name!r}, not a Python name")
        names[api_name] = name
    return names


_READERS: dict[str, Callable[[str, object], Any]] = {
    "metadata": _text,
    "output": _text,
    "package": _package,
    "modules": _globs,
    "picklists": _one_of("literal", "open"),
    "concurrency": _count,
    "client_id": _text,
    "data_centre": _one_of(*DATA_CENTRES),
    "environment": _one_of(*ENVIRONMENTS),
    "accounts_url": _url,
    "api_domain": _url,
    "token_file": _file,
    "names": _names,
}


def _nearest(given: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(given, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {_listed(names)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
