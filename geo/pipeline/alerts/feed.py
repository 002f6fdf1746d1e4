"""The feed of alerts: everything that waits for a person, the most urgent first, and why."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import Right
from geo.change.judging import (
    benjamini_hochberg,
    in_order,
    q_in_families,
    queue,
    simes,
    weighed,
)
from geo.change.judging.learning import reordered
from geo.change.judging.own_past import own_past
from geo.model import Judgement
from geo.pipeline.alerts import learning
from geo.pipeline.alerts.around import features_in, with_surroundings
from geo.pipeline.guard import GuardedStore
from geo.store import Store

BUDGET_A_WEEK = 20
"""Alerts that one team looks at in a week, unless told otherwise."""

TARGET = 0.1
"""Rate of false alarms whose realisation on quiet pairs is told: what ten of them can tell."""

WEEK = timedelta(days=7)

OPEN = (Judgement.NONE, Judgement.DISPUTED)
"""Judgements that leave an alert to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feed:
    """Alerts in the order in which they should be looked at."""

    frame: gpd.GeoDataFrame
    """Every alert that is seen, judged ones too; real ones before simulated ones, index from 0.
    Columns of alerts, with `q` and `priority` as of now, and ``place_m``, ``agreeing``,
    ``agreeing_sensors``, ``last_clear_on``, ``not_seen_days`` of `with_surroundings`; ``learned``,
    the chance that analysts accept it, NaN unless re-ranking is on; ``within_budget``, whether it
    is due this week; ``why``, the reasons for its place in words."""
    sites: pd.DataFrame
    """A row for each site with alerts and each of real and simulated, by q value: ``site_id``,
    ``simulated``, ``alerts`` and ``waiting`` (numbers), ``p`` of the site by Simes' test over its
    detections, and ``q`` among the sites; NaN where nothing was tested."""
    budget_a_week: int
    """How many alerts are looked at in a week."""
    looked_at: int
    """How many were, in the last seven days."""
    placebo_rate: float | None
    """Share of all placebo runs on the sites' own pasts that raised an alert at all; None if none
    was run."""
    placebo_runs: int
    """How many there were."""
    reranked: bool
    """Whether what was learned from judgements changed the order."""


def feed(
    store: Store,
    *,
    now: datetime,
    budget_a_week: int = BUDGET_A_WEEK,
    rerank: bool | None = None,
) -> Feed:
    """Every alert that the store gives, the most urgent first.

    Priority is evidence x place x persistence x sensors (`geo.change.judging.weighed`); q values
    are over all alerts with a p value (Benjamini and Hochberg), for simulated ones apart. An alert
    that was looked at in the last seven days and is still open is due for a second look; the rest
    of the week's budget goes to the first ones of the queue, simulated ones by a budget of their
    own.

    Parameters
    ----------
    now
        Aware.
    rerank
        Whether what was learned from judgements changes the order; None for what the store is set
        to (`geo.pipeline.alerts.learning.is_on`).

    Raises
    ------
    NotAllowed
        If whoever asks may not analyse.
    """
    if isinstance(store, GuardedStore):
        store.require(Right.ANALYSE, what="alerts")
    alerts, sites, scenes = (store.read(kind) for kind in ("alerts", "sites", "scenes"))
    told = ranked(alerts, sites, scenes, today=now.astimezone(UTC).date())
    told = told.assign(learned=np.nan)
    recent = _looked_at(store.read("opinions"), since=now - WEEK)
    wanted = learning.is_on(store) if rerank is None else rerank
    if wanted:
        told = _learned(told)
    ordered = _ordered(told)
    seen_lately = _named(ordered).isin(recent)
    ordered = ordered.assign(
        within_budget=_due(ordered, seen_lately, budget_a_week),
        why=[_why(row) for row in ordered.to_dict("records")],
    )
    runs, raised = _placebo(ordered)
    return Feed(
        frame=ordered,
        sites=_sites(ordered),
        budget_a_week=budget_a_week,
        looked_at=int(seen_lately.sum()),
        placebo_rate=raised / runs if runs else None,
        placebo_runs=runs,
        reranked=bool(ordered["learned"].notna().any()),
    )


def ranked(
    alerts: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, *, today: date
) -> gpd.GeoDataFrame:
    """Alerts with their surroundings, q values and priorities, same index and order; pure.

    See `with_surroundings` and `geo.change.judging.weighed`. A stored p value that is none counts
    as not calibrated: one bad row must not stop the feed.
    """
    known = alerts.assign(p=alerts["p"].where(alerts["p"].between(0.0, 1.0)))
    told = with_surroundings(known, sites, scenes, today=today)
    told = told.assign(q=_by_kind(told, _q))
    return told.assign(priority=weighed(told).priority)


def _by_kind(
    alerts: gpd.GeoDataFrame, measure: Callable[[gpd.GeoDataFrame], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A measure over the real alerts and over the simulated ones, each for themselves."""
    measured = np.full(len(alerts), np.nan)
    simulated = alerts["simulated"].to_numpy(bool)
    for part in (simulated, ~simulated):
        measured[part] = measure(alerts[part])
    return measured


def _q(alerts: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """The q values of alerts, each detection standing for as many as its past says were run."""
    told = [_tested(text) for text in alerts["features"]]
    stands_for = [(1 + one.runs) / (1 + min(one.raised, one.runs)) if one else 1.0 for one in told]
    return q_in_families(alerts["p"], list(alerts["detection_id"]), stands_for=stands_for)


def _learned(alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Alerts with what was learned in `learned`, and as a further weight in their priority."""
    chance = learning.chances(alerts)
    priority = alerts["priority"].to_numpy(np.float64)
    weight = np.where(np.isnan(chance), 1.0, chance)
    return alerts.assign(learned=chance, priority=reordered(priority, weight))


def _ordered(alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Real alerts in order, then simulated ones in order."""
    order = np.array(in_order(alerts, alerts["priority"].to_numpy(np.float64)), dtype=int)
    simulated = alerts["simulated"].to_numpy(bool)[order]
    places = np.concatenate([order[~simulated], order[simulated]])
    return alerts.iloc[places].reset_index(drop=True)


def _looked_at(opinions: gpd.GeoDataFrame, *, since: datetime) -> set[tuple[str, str]]:
    """Dataset and id of the alerts of which somebody said something since then."""
    recent = opinions[opinions["given_at"] >= since]
    return set(zip(recent["alert_dataset_id"], recent["alert_id"], strict=True))


def _named(alerts: gpd.GeoDataFrame) -> pd.Series:
    """Dataset and id of each alert."""
    names = list(zip(alerts["dataset_id"], alerts["id"], strict=True))
    return pd.Series(names, index=alerts.index, dtype=object)


def _due(ordered: gpd.GeoDataFrame, seen_lately: pd.Series, budget: int) -> NDArray[np.bool_]:
    """Which alerts are due this week."""
    is_open = ordered["judgement"].isin(OPEN).to_numpy(bool)
    seen = seen_lately.to_numpy(bool)
    simulated = ordered["simulated"].to_numpy(bool)
    due: NDArray[np.bool_] = is_open & seen
    for part in (simulated, ~simulated):
        due |= queue(part & is_open & ~seen, budget=budget, judged=int((seen & part).sum()))
    return due


def _placebo(alerts: gpd.GeoDataFrame) -> tuple[int, int]:
    """Placebo runs behind real alerts, or behind simulated ones if there is no other; and alarms.

    Each detection's runs count once.
    """
    for simulated in (False, True):
        part = alerts[alerts["simulated"] == simulated].drop_duplicates("detection_id")
        told = [_tested(text) for text in part["features"]]
        runs = sum(one.runs for one in told if one)
        if runs:
            return runs, sum(one.raised for one in told if one)
    return 0, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """What the placebo runs of an alert's site said of it."""

    runs: int
    raised: int
    reached: int
    tried: int
    alarms: int


def _tested(features: str) -> _Tested | None:
    """The counts that `geo.pipeline.alerts.calibrating` left with an alert; None if it did not."""
    told = features_in(features).get("placebo")
    if not isinstance(told, dict):
        return None
    names = [field.name for field in dataclasses.fields(_Tested)]
    counts = {name: count for name in names if type(count := told.get(name)) is int and count >= 0}
    return _Tested(**counts) if len(counts) == len(names) else None


def _sites(alerts: gpd.GeoDataFrame) -> pd.DataFrame:
    """How sure it is that anything changed at each site."""
    rows = [
        {
            "site_id": site_id,
            "simulated": simulated,
            "alerts": len(part),
            "waiting": int(part["judgement"].isin(OPEN).sum()),
            "p": simes(part.groupby("detection_id")["p"].min()),
        }
        for (simulated, site_id), part in alerts.groupby(["simulated", "site_id"])
        if site_id
    ]
    sites = pd.DataFrame(rows, columns=["site_id", "simulated", "alerts", "waiting", "p"])
    sites = sites.astype({"simulated": bool, "p": "float64"})
    q = _by_kind(sites, lambda part: benjamini_hochberg(part["p"]))
    return sites.assign(q=q).sort_values(
        ["simulated", "q", "p", "site_id"], na_position="last", ignore_index=True
    )


def _why(row: dict[str, Any]) -> str:
    """The reasons for an alert's place, in words."""
    told = [
        "SIMULATED" if row["simulated"] else "",
        _evidence_words(row),
        _place_words(row),
        _dates_words(row),
        f"{row['agreeing_sensors'].replace('|', ', ')} agrees" if row["agreeing"] else "",
        _seen_words(row),
        "" if math.isnan(row["learned"]) else f"re-ranked by judgements: {row['learned']:.0%}",
    ]
    return "; ".join(words for words in told if words)


def _evidence_words(row: dict[str, Any]) -> str:
    """How unusual it is for its site."""
    past = own_past(features_in(row["features"]))
    if math.isnan(row["p"]) and past is not None:
        return past.words() + ("" if past.runs else ", so its evidence counts half at most")
    if math.isnan(row["p"]) and not math.isnan(row["placebo_rate"]):
        return f"{row['placebo_rate']:.0%} of quiet runs of its study raised an alert"
    if math.isnan(row["p"]):
        return "not tested on the site's own past, so its evidence counts half at most"
    rates = f"p {row['p']:.2g}, q {row['q']:.2g}"
    tested = _tested(row["features"])
    if tested is None and past is not None:
        return f"{past.words()} ({rates})"
    if tested is None:
        return rates
    return (
        f"{tested.reached} of {tested.runs} quiet pairs of its past were as strong, "
        f"{tested.raised} raised some alert ({rates}){_realised_words(tested)}"
    )


def _realised_words(tested: _Tested) -> str:
    """What a rate of false alarms that was promised really brought."""
    if not tested.tried:
        return ""
    return f"; a promised rate of {TARGET:.0%} realised {tested.alarms} of {tested.tried}"


def _place_words(row: dict[str, Any]) -> str:
    """How near it lies."""
    if math.isnan(row["place_m"]):
        return "distance from a site unknown"
    if row["place_m"] > 0:
        return f"{row['place_m']:,.0f} m from the site"
    return "in the site, or what stands for its outline"


def _dates_words(row: dict[str, Any]) -> str:
    """On how many dates it was seen."""
    if pd.isna(row["persistence"]):
        return f"status {row['status']}"
    count = int(row["persistence"])
    return f"status {row['status']}, {count} {'date' if count == 1 else 'dates'}"


def _seen_words(row: dict[str, Any]) -> str:
    """When the place was last seen; silence is not absence."""
    if pd.isna(row["last_clear_on"]):
        return "when it was last seen clearly is unknown"
    told = f"last seen clearly on {row['last_clear_on']:%Y-%m-%d}"
    days = int(row["not_seen_days"])
    return f"{told}, not seen for {days:,} days since" if days else told
