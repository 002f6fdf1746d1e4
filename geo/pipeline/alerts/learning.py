"""The re-ranker of the feed: off until somebody turns it on, and never without its effect."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.change.judging import Effect, held_back, train
from geo.change.judging.learning import require_enough
from geo.errors import BadInput
from geo.model import Judgement
from geo.store import Store

SETTING = "alerts_reranker"
"""Name of the setting in the store: ``on`` or ``off``."""


def is_on(store: Store) -> bool:
    """Whether alerts are re-ranked by what was learned; off unless somebody turned it on."""
    return store.setting(SETTING, "off") == "on"


def switch(store: Store, alerts: gpd.GeoDataFrame, *, on: bool, author: str, now: datetime) -> None:
    """Turn the re-ranker on or off, for everybody who uses the store.

    `alerts` is the frame of `geo.pipeline.alerts.feed`.

    Raises
    ------
    BadInput
        If it is to be on and too few alerts are judged to learn from.
    NotAllowed
        Without the right to change settings.
    """
    if on:
        require_enough(_accepted(judged(alerts)))
    store.set_setting(SETTING, "on" if on else "off", author=author, now=now)


def effect(alerts: gpd.GeoDataFrame, *, first: int) -> Effect:
    """What re-ranking does for judged alerts that it did not learn from.

    Parameters
    ----------
    alerts
        The frame of `geo.pipeline.alerts.feed` without re-ranking.
    first
        Alerts at the head of the queue that are counted, such as a week's budget.

    Raises
    ------
    BadInput
        If too few are judged, or all of them are of one detection.
    """
    known = judged(alerts)
    return held_back(known, list(_accepted(known)), first=first)


def chances(alerts: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """How likely each real alert is to be accepted, by the judged ones; NaN where nothing is known.

    What is invented neither teaches nor is re-ranked. All NaN if too few are judged.
    """
    chance = np.full(len(alerts), np.nan)
    known = judged(alerts)
    try:
        reranker = train(known, list(_accepted(known)))
    except BadInput:
        return chance
    real = ~alerts["simulated"].to_numpy(bool)
    chance[real] = reranker.chance(alerts[real])
    return chance


def judged(alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The real alerts on which the analysts agreed."""
    agreed = alerts["judgement"].isin([Judgement.ACCEPTED, Judgement.REJECTED])
    return alerts[agreed & ~alerts["simulated"]]


def _accepted(alerts: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which of them were accepted."""
    accepted: NDArray[np.bool_] = (alerts["judgement"] == Judgement.ACCEPTED).to_numpy(bool)
    return accepted
