"""With the scopes that the table gives a feature, the feature works; without them it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from acme_crm import Crm, Lead
from zohohub import Auth, MemoryTokenStore, OAuthClient, Subscription
from zohohub.errors import ScopeMismatch
from zohohub.transport import Transport
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator
from zohohub_gen.pull import pull
from zohohub_gen.scopes import FEATURES

ACME = Path(__file__).parents[1] / "cases" / "acme"
LEAD = "6100000000000401001"
FIELDS = Lead.fields


def _pull(crm: Crm, folder: Path) -> object:
    assert isinstance(crm._transport, Transport)
    return pull(crm._transport, folder / "metadata", concurrency=1)


def _bulk(crm: Crm, folder: Path) -> object:
    crm.leads.bulk_create([{"last_name": "Ito"}]).results()
    return list(crm.leads.bulk_read(FIELDS.last_name))


def _composite(crm: Crm, folder: Path) -> object:
    batch = crm.composite()
    org = crm.leads.queue(batch, lambda leads: leads.exists(LEAD))
    batch.send()
    # The parts need scopes of their own; this one is sent and has a result.
    return org.error


def _notifications(crm: Crm, folder: Path) -> object:
    return crm.notifications.subscribe(Subscription("1", crm.leads.events(), "https://a.example"))


USES: dict[str, Callable[[Crm, Path], object]] = {
    "pull": _pull,
    "records": lambda crm, _: crm.leads.update(LEAD, city="Graz"),
    "queries": lambda crm, _: crm.leads.query().first(),
    "search": lambda crm, _: list(crm.leads.search(word="Brandt")),
    "notes": lambda crm, _: crm.leads.notes(LEAD).add("Called"),
    "attachments": lambda crm, _: crm.leads.attachments(LEAD).upload(b"%PDF", name="a.pdf"),
    "files": lambda crm, folder: crm.files.download(
        crm.files.upload(b"%PDF", name="a.pdf"), folder / "a.pdf"
    ),
    "tags": lambda crm, _: crm.leads.tags.add([LEAD], ["hot"]),
    "bulk": _bulk,
    "mass_update": lambda crm, _: crm.leads.mass_update([LEAD], city="Graz"),
    "change_owner": lambda crm, _: crm.leads.change_owner([LEAD], "6100000000000004001"),
    "composite": _composite,
    "notifications": _notifications,
    "org": lambda crm, _: crm.org(),
    "users": lambda crm, _: crm.users.current(),
    "variables": lambda crm, _: crm.variables.list(),
    "recycle_bin": lambda crm, _: list(crm.recycle_bin.list()),
}


@pytest.fixture(scope="module")
def acme() -> Iterator[Emulator]:
    with Emulator(ACME / "metadata") as emulator:
        yield emulator


@pytest.fixture
def allowed(acme: Emulator) -> Iterator[Callable[[Sequence[str]], Crm]]:
    """A client whose token has these scopes."""
    acme.reset()
    made: list[Crm] = []

    def connect(scopes: Sequence[str]) -> Crm:
        to = acme.connection
        client = OAuthClient(to.client_id, to.client_secret, accounts_url=to.accounts_url)
        grant = client.exchange_code(acme.grant_code(scopes))
        auth = Auth(
            to.client_id,
            to.client_secret,
            store=MemoryTokenStore(grant),
            accounts_url=to.accounts_url,
        )
        made.append(Crm(auth))
        return made[-1]

    yield connect
    for crm in made:
        crm.close()


def test_every_feature_is_used() -> None:
    assert set(USES) == set(FEATURES)


@pytest.mark.parametrize("feature", FEATURES)
def test_its_scopes_are_enough(
    feature: str, allowed: Callable[[Sequence[str]], Crm], tmp_path: Path
) -> None:
    USES[feature](allowed(FEATURES[feature]), tmp_path)


@pytest.mark.parametrize("feature", FEATURES)
def test_without_them_it_does_not_work(
    feature: str, allowed: Callable[[Sequence[str]], Crm], tmp_path: Path
) -> None:
    with pytest.raises((ScopeMismatch, GeneratorError), match="OAUTH_SCOPE_MISMATCH"):
        USES[feature](allowed(["ZohoCRM.apis.READ"]), tmp_path)
