"""What the page says of the whole org: how to reach it, its modules, its limits and faults."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from .catalog import USERS, ModuleInfo
from .faults import Armed
from .oauth import Accounts
from .page_template import address
from .state import State


@dataclass(frozen=True, slots=True)
class ModuleLine:
    """One module of the list."""

    label: str
    api_name: str
    records: int
    href: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that is used up; ``percent`` of it is None where there is no limit."""

    label: str
    value: str
    note: str
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What ``/`` shows beside the latest requests."""

    api_domain: str
    exports: str
    """Lines for a shell, without the secrets."""
    secret_exports: str
    """All lines, with the secrets."""
    modules: list[ModuleLine]
    inner_modules: list[ModuleLine]
    """Those that hold rows of subforms and links."""
    gauges: list[Gauge]
    faults: list[str]


def org_name(state: State) -> str:
    """The name of the org."""
    return state.catalog.schema.org.company_name or "an org without a name"


def overview(state: State) -> Overview:
    """The org as it is now."""
    accounts = state.accounts
    public, secret = _exports(accounts)
    counts = _counts(state)
    infos = list(state.catalog.modules())
    if (users := state.catalog.get(USERS)) is not None:
        infos.append(users)
    lines = [(_is_inner(info), _line(info, counts.get(info.api_name, 0))) for info in infos]
    return Overview(
        api_domain=accounts.api_domain,
        exports="\n".join(public),
        secret_exports="\n".join([*public, *secret]),
        modules=[line for inner, line in lines if not inner],
        inner_modules=[line for inner, line in lines if inner],
        gauges=_gauges(state),
        faults=_faults(state),
    )


def _exports(accounts: Accounts) -> tuple[list[str], list[str]]:
    def line(name: str, value: str) -> str:
        return f"export {name}={shlex.quote(value)}"

    public = [
        line("ZOHO_ACCOUNTS_URL", accounts.api_domain),
        line("ZOHO_API_DOMAIN", accounts.api_domain),
        line("ZOHO_CLIENT_ID", accounts.client_id),
    ]
    secret = [
        line("ZOHO_CLIENT_SECRET", accounts.client_secret),
        line("ZOHO_REFRESH_TOKEN", accounts.refresh_token),
    ]
    return public, secret


# --- modules ----------------------------------------------------------------------------------


def _counts(state: State) -> dict[str, int]:
    with state.store.transaction():
        return dict(state.store.select("SELECT module, COUNT(*) FROM record GROUP BY module"))


def _is_inner(info: ModuleInfo) -> bool:
    return info.module.is_subform or info.module.kind == "linking"


def _line(info: ModuleInfo, records: int) -> ModuleLine:
    label = info.module.plural_label or info.api_name
    return ModuleLine(label, info.api_name, records, address("modules", info.api_name))


# --- limits and faults ------------------------------------------------------------------------


def _gauges(state: State) -> list[Gauge]:
    quotas = state.quotas
    limits, used, running = quotas.limits, quotas.used, quotas.running
    gauges = [
        _gauge("API credits", used, limits.credits, "in 24 hours"),
        _gauge("Calls at a time", running, limits.concurrency, "now"),
    ]
    if limits.latency:
        gauges.append(Gauge("Latency", f"{limits.latency:g} s", "each answer waits"))
    if limits.search_lag:
        gauges.append(Gauge("Search lag", f"{limits.search_lag:g} s", "until a write is found"))
    return gauges


def _gauge(label: str, used: int, limit: int | None, when: str) -> Gauge:
    if limit is None:
        return Gauge(label, f"{used:,}", f"{when}, no limit")
    left = max(0, limit - used)
    percent = 100 if limit == 0 else min(100, round(used * 100 / limit))
    return Gauge(label, f"{used:,}", f"{when}, {left:,} of {limit:,} left", percent)


def _faults(state: State) -> list[str]:
    lines = [_fault(armed) for armed in state.faults.all()]
    if (plan := state.faults.plan) is not None:
        kinds = ", ".join(plan.kinds)
        lines.append(f"by chance: {plan.rate:.4g} of the calls, {kinds}; seed {plan.seed}")
    return lines


def _fault(armed: Armed) -> str:
    fault = armed.fault
    path = fault.path
    where = f"/{path.pattern}/" if isinstance(path, re.Pattern) else path or "/crm/"
    status = f" {fault.status or 500}" if fault.kind == "status" else ""
    seconds = f" {fault.seconds:g} s" if fault.kind == "slow" else ""
    after = f", after {armed.skip} more" if armed.skip else ""
    return (
        f"{fault.kind}{status}{seconds} on {fault.method or 'any'} {where}, {armed.times} ×{after}"
    )
