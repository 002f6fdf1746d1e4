"""Who is known to the identity provider of the tests; everybody is made up."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_ID, CLIENT_SECRET = "lamassu-tests", "not-a-secret-of-anybody"
"""The one client: the app under test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account at the provider."""

    password: str
    """What they type."""
    verified: bool = True
    """Whether the provider says that their address is theirs."""
    roles: tuple[str, ...] = ()
    """What the token claims and nobody should believe."""


PEOPLE = {
    "alice": Person(password="alice-pass"),
    "robert": Person(password="robert-pass"),
    "anna": Person(password="anna-pass"),
    "petra": Person(password="petra-pass", roles=("administrator",)),
    "victor": Person(password="victor-pass"),
    "mallory": Person(password="mallory-pass", roles=("administrator",)),
    "unsure": Person(password="unsure-pass", verified=False),
}
"""Administrator, reviewer, analyst, partner, viewer; a stranger, and one of unproved address."""


def address_of(name: str) -> str:
    """The e-mail address that the provider tells of somebody."""
    return f"{name}@example.org"
