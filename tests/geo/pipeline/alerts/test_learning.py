"""The re-ranker of a store's feed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from geo.access import Role
from geo.errors import BadInput, NotAllowed
from geo.pipeline.alerts import feed, learning
from geo.pipeline.guard import guard
from geo.store import open_store
from tests.alert_records import alert, bring, judged, site
from tests.guarded_store import clock, somebody
from tests.homes import NOW


@pytest.fixture
def store(tmp_path):
    """A store with sixty judged flags of twelve sites."""
    opened = open_store(f"sqlite:///{tmp_path / 'alerts.sqlite'}")
    bring(opened, "sites", site())
    bring(opened, "alerts", *(judged(number) for number in range(60)))
    yield opened
    opened.close()


def frame_of(store):
    """The feed's frame in its plain order."""
    return feed(store, now=NOW, rerank=False).frame


def test_it_is_off_unless_somebody_turned_it_on(store):
    """And off again when somebody turns it off."""
    assert not learning.is_on(store)
    for on in (True, False):
        learning.switch(store, frame_of(store), on=on, author="Keeper", now=NOW)
        assert learning.is_on(store) is on


def test_only_an_administrator_turns_it_on(store):
    """It changes what everybody is shown first."""
    guarded = guard(store, somebody(Role.REVIEWER), clock=clock)
    with pytest.raises(NotAllowed, match="may not administer"):
        learning.switch(guarded, frame_of(guarded), on=True, author="", now=NOW)
    assert not learning.is_on(store)


def test_with_too_few_judgements_it_cannot_be_turned_on(tmp_path):
    """It can be turned off at any time."""
    opened = open_store(f"sqlite:///{tmp_path / 'few.sqlite'}")
    bring(opened, "alerts", *(judged(number) for number in range(49)))
    with pytest.raises(BadInput, match="49 judged alerts"):
        learning.switch(opened, frame_of(opened), on=True, author="Keeper", now=NOW)
    learning.switch(opened, frame_of(opened), on=False, author="Keeper", now=NOW)
    assert np.isnan(learning.chances(frame_of(opened))).all()
    opened.close()


def test_its_effect_is_told_on_judgements_that_it_did_not_see(store):
    """Sixty of them, held back by site."""
    effect = learning.effect(frame_of(store), first=10)
    assert (effect.judged, effect.accepted, effect.groups, effect.first) == (60, 20, 12, 10)
    assert effect.after > effect.before


def test_invented_alerts_teach_nothing_and_are_not_re_ranked(store):
    """However they were judged."""
    invented = dataclasses.replace(judged(0), id="SIM-1", simulated=True)
    bring(store, "alerts", invented, alert("CH-90-001"))
    frame = frame_of(store)
    assert "SIM-1" not in set(learning.judged(frame)["id"])
    chance = dict(zip(frame["id"], learning.chances(frame), strict=True))
    assert np.isnan(chance["SIM-1"])
    assert 0 < chance["CH-90-001"] < 1
