"""The popover that says why a record looks as it does: asked when opened, and never more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.pipeline.guard import GuardedStore
from geo.store import Store
from layers.views import whole
from tests import secret_records
from tests.layers.views.conftest import forget


def card_page() -> None:
    """A page with the popover of one record."""
    import streamlit as st

    from layers.views import cache, why

    sites = cache.store().read("sites")
    why.popover("sites", sites[sites["name"] == st.session_state["site"]].iloc[0])


@pytest.fixture
def card(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch, come_as
) -> Iterator[Callable[..., AppTest]]:
    """Shows the popover of a made-up site to a role, shut or opened."""
    secret_records.bring(store)
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))

    def show(role: Role, site: str, *, opened: bool = True) -> AppTest:
        come_as(role)
        app = AppTest.from_function(card_page, default_timeout=60)
        app.session_state["site"] = site
        if opened:
            app.session_state[f"why sites local {site.replace(' ', '-')}"] = True
        return app.run()

    yield show
    whole.store().close()
    forget()


def words(app: AppTest) -> str:
    """What the page shows as HTML, without tags and styles."""
    drawn = " ".join(part.proto.body for part in app.get("html"))
    drawn = re.sub(r"<style>.*?</style>", "", drawn, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", drawn).split())


def test_each_rule_that_coarsened_a_place_is_told(card):
    """A partner sees a highly sensitive site as a cell of 0.1 degree, and why."""
    app = card(Role.PARTNER, "Madeup high")
    assert (list(app.exception), list(app.error)) == ([], [])
    told = words(app)
    assert "Told to within about 11 km" in told
    assert "Rule R7 cell" in told


def test_the_reasons_do_not_tell_the_place(card):
    """No number of the exact position is in what is sent."""
    app = card(Role.PARTNER, "Madeup high")
    sent = b"".join(getattr(node, "proto", b"").SerializeToString() for node in app._tree
                    if hasattr(getattr(node, "proto", None), "SerializeToString"))  # fmt: skip
    for number in secret_records.lonlat_of("Madeup high"):
        assert f"{number:.3f}".encode() not in sent


def test_nothing_is_asked_before_it_is_opened(card, monkeypatch: pytest.MonkeyPatch):
    """A shut popover costs nothing."""
    asked: list[object] = []
    monkeypatch.setattr(GuardedStore, "why", lambda *given, **_: asked.append(given) or ())
    app = card(Role.PARTNER, "Madeup low", opened=False)
    assert not app.exception
    assert asked == []
    assert "Rule" not in words(app)


def test_a_record_that_is_gone_is_told(card, monkeypatch: pytest.MonkeyPatch):
    """Between the card and the click it may have been undone or closed."""
    real = GuardedStore.why

    def gone(asked: GuardedStore, kind: str, _record_id: str, *, dataset_id: str) -> object:
        return real(asked, kind, "GONE", dataset_id=dataset_id)

    monkeypatch.setattr(GuardedStore, "why", gone)
    app = card(Role.PARTNER, "Madeup low")
    assert not app.exception
    assert ["GONE" in told.value for told in app.error] == [True]
