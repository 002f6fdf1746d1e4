"""The store as it is, before any guard.

For `who`, which says who asks, and `cache`, which puts the guard before it; for no other view.
"""

from __future__ import annotations

from datetime import UTC, datetime

from geo.access import Member
from geo.pipeline.installation import open_installation
from geo.settings import Settings
from geo.store import Store
from layers.views import configured
from layers.views.caching import common


def store() -> Store:
    """The store of this installation, made at the first start; shows everything to whoever asks."""
    return _opened(configured.settings())


def members() -> tuple[Member, ...]:
    """Everybody who was given a role, as it is now."""
    return _members(store().url, store().access_version())


@common()
def _opened(chosen: Settings) -> Store:
    """One store for the whole server."""
    return open_installation(chosen, now=datetime.now(UTC))


@common(2)
def _members(url: str, access_version: int) -> tuple[Member, ...]:
    """The members of the store at one version of them."""
    del url, access_version  # they only make the key
    return store().members()
