"""Zoho's own SDK, pointed at a server on 127.0.0.1; one org a process, so it runs in a child.

It looks up the field list of a module, and of those that its lookups lead to, in a file that it
keeps: with ``auto_refresh_fields`` that is the whole org, read again for each record.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import Initializer, ParameterMap, SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import GetRecordsParam, RecordOperations


def initialize(connection: Mapping[str, Any], folder: str, *, whole_org: bool = False) -> None:
    """Point the SDK at a server; ``connection`` is as the emulator prints it."""
    domain = connection["api_domain"]
    environment = DataCenter.Environment(
        domain, f"{connection['accounts_url']}/oauth/v2/token", domain
    )
    token = OAuthToken(
        connection["client_id"],
        connection["client_secret"],
        refresh_token=connection["refresh_token"],
        api_domain=domain,
        find_user=False,
    )
    Initializer.initialize(
        environment,
        token,
        store=FileStore(f"{folder}/tokens.csv"),
        sdk_config=SDKConfig(
            auto_refresh_fields=whole_org, pick_list_validation=False, update_api_domain=False
        ),
        resource_path=folder,
        logger=Logger.get_instance(Logger.Levels.NOTSET, None),
    )
    logging.disable()


def pages(module: str, fields: Sequence[str], count: int) -> int:
    """List records in pages of 200; how many there were."""
    listed = 0
    token = None
    for _ in range(count):
        parameters = ParameterMap()
        parameters.add(GetRecordsParam.fields, ",".join(fields))
        parameters.add(GetRecordsParam.per_page, 200)
        parameters.add(GetRecordsParam.converted, "both")
        if token is not None:
            parameters.add(GetRecordsParam.page_token, token)
        answer = RecordOperations(module).get_records(parameters).get_object()
        listed += len(answer.get_data())
        token = answer.get_info().get_next_page_token()
    return listed


@contextlib.contextmanager
def converting() -> Any:
    """Adds up, in the list that it gives, the seconds that the SDK's converter takes."""
    from zohocrmsdk.src.com.zoho.crm.api.util import JSONConverter

    taken: list[float] = []
    real: Callable[..., Any] = JSONConverter.get_wrapped_response

    def measured(*arguments: Any, **more: Any) -> Any:
        start = time.perf_counter()
        try:
            return real(*arguments, **more)
        finally:
            taken.append(time.perf_counter() - start)

    JSONConverter.get_wrapped_response = measured
    try:
        yield taken
    finally:
        JSONConverter.get_wrapped_response = real
