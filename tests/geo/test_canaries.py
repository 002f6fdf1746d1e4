"""No place and no word gets to whom it is not for, by any way out; and those entitled have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geo.access import Role
from geo.model import Audience
from geo.settings import Settings
from geo.store import Store, open_store
from tests import canary_records
from tests.canaries import hits
from tests.canary_channels import CHANNELS, Content, frames, leaks, together, way
from tests.canary_records import VIEWERS, planted, told_to
from tests.homes import installed, settings_of

PLACES = ("frames", "exports", "bundles", "pages", "maps, extents, cards")
"""Channels by which whoever is entitled to a place is given it."""


QUICK = ("frames", "maps, extents, cards", "hot spots")
"""Channels that take no time."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation of canaries and nothing else."""
    return settings_of(tmp_path_factory.mktemp("canaries"))


@pytest.fixture(scope="module")
def store(settings: Settings):
    """Its store, with no guard before it."""
    opened = open_store(settings.store_url)
    canary_records.plant(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def told(store: Store, settings: Settings) -> Callable[[str, str], list[Content]]:
    """What a channel gives to a viewer, made once."""
    kept: dict[tuple[str, str], list[Content]] = {}

    def contents(viewer: str, channel: str) -> list[Content]:
        if (viewer, channel) not in kept:
            given = CHANNELS[channel](way(store, settings, viewer))
            kept[viewer, channel] = list(given)
        return kept[viewer, channel]

    return contents


ROLES = list(VIEWERS)[: len(Role)]
"""One viewer of each role; `tests/bench/canaries.py` takes the others by every channel too."""

SLOW = ("exports", "bundles", "pages")
"""Channels that only a partner tries in each run, and everybody in a thorough one."""

BETWEEN = ("viewer", "analyst", "reviewer")
"""Roles that try only the quick channels in each run: others have less and others have more."""


def tried(viewer: str, channel: str) -> object:
    """A way, which takes long for some."""
    long = viewer != "partner" if channel in SLOW else viewer in BETWEEN and channel not in QUICK
    return pytest.param(viewer, channel, marks=pytest.mark.thorough if long else ())


WAYS = [tried(viewer, channel) for viewer in VIEWERS for channel in CHANNELS
        if channel in ("frames", "maps, extents, cards") or viewer in ROLES]  # fmt: skip


@pytest.mark.parametrize(("viewer", "channel"), WAYS)
def test_nothing_leaks(told: Callable[[str, str], list[Content]], viewer: str, channel: str):
    """To nobody, by no channel, in no form."""
    contents = told(viewer, channel)
    found = leaks(together(contents), viewer)
    if found:
        found = leaks(contents, viewer) or found  # the very content has a name
    assert found == []


@pytest.mark.parametrize(
    ("viewer", "channel"),
    [tried(viewer, channel) for viewer in ("partner", "administrator") for channel in PLACES],
)
def test_the_entitled_have_it(told: Callable[[str, str], list[Content]], viewer: str, channel: str):
    """The same search finds every site's place that a viewer may have: it is not blind."""
    entitled = told_to(viewer, "sites")
    found = {
        hit.word
        for _, content in together(told(viewer, channel))
        for hit in hits(content, entitled)
        if hit.form != "word"
    }
    assert entitled
    assert found == {bird.word for bird in entitled}


@pytest.mark.parametrize(
    ("viewer", "channel"), [tried("administrator", channel) for channel in PLACES[1:]]
)
def test_what_is_made_for_the_public_is_public(
    store: Store, settings: Settings, viewer: str, channel: str
):
    """However much its maker sees: a file for the public holds what a stranger may have."""
    one = way(store, settings, viewer, Audience.PUBLIC)
    assert leaks(together(CHANNELS[channel](one)), "anonymous") == []


@pytest.mark.parametrize(
    ("viewer", "channel"),
    [
        *((viewer, channel) for viewer in ("anonymous", "partner") for channel in QUICK),
        ("partner", "exports"),
        tried("anonymous", "pages"),
    ],
)
def test_what_is_withheld_changes_nothing(
    store: Store, settings: Settings, tmp_path: Path, viewer: str, channel: str
):
    """Not a count, an extent, an order, a name or a byte tells whether withheld records are there.

    Nor does anything tell where in its cell a place lies that is given as a cell.
    """
    other = settings_of(tmp_path)
    without = open_store(other.store_url)
    canary_records.plant(without, fit_for=VIEWERS[viewer].audience)
    shown = [
        list(CHANNELS[channel](way(held, told_of, viewer)))
        for held, told_of in ((store, settings), (without, other))
    ]
    without.close()
    differing = [a[0] for a, b in zip(*shown, strict=True) if a != b]
    assert differing == []


def test_no_fact_is_taken_for_a_canary(tmp_path_factory: pytest.TempPathFactory):
    """The embedded facts, which stand beside the canaries in a browser, hold none of them."""
    facts = open_store(settings_of(installed(tmp_path_factory)).store_url)
    contents = list(frames(way(facts, settings_of(installed(tmp_path_factory)), "administrator")))
    facts.close()
    birds = [bird.canary for bird in planted()]
    assert {hit for _, content in together(contents) for hit in hits(content, birds)} == set()
