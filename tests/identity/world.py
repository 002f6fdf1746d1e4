"""The app with a login, in front of it an identity provider, behind it records with canaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.access import Member, Role
from geo.store import Store, open_store
from tests import canary_records
from tests.browser.conftest import free_port
from tests.canary_records import RING
from tests.homes import copied, installed, settings_of
from tests.identity.people import address_of
from tests.identity.running import Provider, running_provider

VIEWER_OF = {
    "alice": "administrator",
    "robert": "reviewer",
    "anna": "analyst",
    "petra": "partner",
    "victor": "viewer",
    "": "anonymous",
}
"""Who of the provider's people is which of the viewers of canaries; nobody is a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A running app and everything around it."""

    address: str
    """Of the app."""
    provider: Provider
    """Where people log in."""
    store: Store
    """The app's store, with no guard before it."""
    home: Path
    """The app's folder."""
    log: Path
    """What the app's server says."""

    def grant(self, name: str, role: Role, *groups: str) -> None:
        """Give somebody a role and groups, as an administrator on the shell would."""
        self.store.set_member(
            Member(
                subject=self.provider.subject_of(name),
                name=name.title(),
                role=role,
                groups=frozenset(groups),
            ),
            author="shell:test",
            now=datetime.now(UTC),
        )

    def refusals(self) -> list[str]:
        """What the audit says was refused, in order: whom, what and why."""
        return [
            f"{entry.actor} {entry.subject} {entry.detail}"
            for entry in self.store.audit()
            if entry.action == "refused"
        ]


@contextmanager
def running_world(
    serve: Callable[..., str],
    project: Path,
    factory: pytest.TempPathFactory,
    *,
    anonymous: bool = False,
) -> Iterator[World]:
    """The app on the embedded facts and the canaries, with a person of each role."""
    folder = factory.mktemp("world")
    home = copied(installed(factory), folder / "home")
    store = open_store(settings_of(home).store_url)
    canary_records.plant(store)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running_provider(folder, free_port(), [address]) as provider:
        world = World(
            address=address, provider=provider, store=store, home=home, log=folder / "app.log"
        )
        world.grant("alice", Role.ADMINISTRATOR)
        world.grant("robert", Role.REVIEWER, RING)
        world.grant("petra", Role.PARTNER)
        world.grant("victor", Role.VIEWER)
        for name, role in (("anna", Role.ANALYST), ("unsure", Role.ANALYST)):
            by_address = Member(subject=f"oidc:{address_of(name)}", name=name.title(), role=role)
            store.set_member(by_address, author="shell:test", now=datetime.now(UTC))
        serve(
            project / "app.py",
            port=port,
            options=["--secrets.files", str(provider.secrets(address, folder))],
            log=world.log,
            LAMASSU_HOME=str(home),
            LAMASSU_LOGIN="oidc",
            LAMASSU_ANONYMOUS="yes" if anonymous else "no",
        )
        yield world
    store.close()
