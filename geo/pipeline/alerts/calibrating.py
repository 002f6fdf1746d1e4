"""Alerts held against their site's own past, in which nothing is known to have happened.

The comparison that drew an alert is run again, with its own settings, on quiet pairs of earlier
scenes of the store; see `geo.change.judging.placebo`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.access import Right
from geo.change.judging import (
    Placebos,
    Realised,
    hint_of,
    quiet_pairs,
    realised,
    strength_of,
)
from geo.change.judging.placebo import LEAST_RUNS, MOST_RUNS, Interval
from geo.errors import BadInput, NotFound
from geo.model import AlertMethod, Judgement, Tlp, strictest
from geo.pipeline.alerts.around import features_in
from geo.pipeline.alerts.feed import TARGET, ranked
from geo.pipeline.alerts.own_studies import OwnStudy, own_studies
from geo.pipeline.alerts.quiet_runs import Past, QuietRuns, question_of
from geo.pipeline.guard import GuardedStore
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

DIGITS = 6
"""Decimals of what is kept."""

ROUNDS = 4
"""How often pairs that could not be compared, mostly for cloud, are replaced by others."""

NOTHING = Placebos(pairs=(), strongest=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One detection of a site, held against quiet pairs."""

    detection_id: str
    """The detection."""
    alerts: int
    """Its alerts at the site."""
    tested: int = 0
    """Those of them that got a p value."""
    between: Interval | None = None
    """The dates that it compared; None if they are not known."""
    placebos: Placebos = NOTHING
    """What came of its quiet pairs."""
    off_season: int = 0
    """Quiet pairs of another season than the detection's."""
    why_not: str = ""
    """Why not every alert could be tested; empty if each was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the past of a site says of its alerts."""

    site_id: str
    """The site."""
    detections: tuple[Tested, ...]
    """Each comparison of two dates with alerts there, by id."""
    own_studies: tuple[OwnStudy, ...]
    """Each study of many dates or of radar with alerts there, which tested them itself."""
    realised: Realised
    """What the rate `TARGET` would have brought, each quiet pair judged by those before it; of the
    detection where most could be tried, and of none without a comparison of two dates."""
    changed: int
    """Alerts of which something is said now that was not before."""
    left_out: tuple[str, ...]
    """Scenes and pairs that could not be used, with the reason."""

    @property
    def tested(self) -> int:
        """Alerts that have a p value now."""
        return sum(one.tested for one in self.detections)

    @property
    def tested_before(self) -> int:
        """Alerts that their own study tested."""
        return sum(one.tested for one in self.own_studies)


def calibrate(
    store: Store,
    settings: Settings,
    *,
    site_id: str,
    author: str,
    now: datetime,
    most_runs: int = MOST_RUNS,
    progress: Progress = no_progress,
) -> Calibration:
    """Hold the alerts of a site that two dates drew against its own past, and keep what comes out.

    Each tested alert gets `p`; `placebo_rate`, the share of quiet pairs that raised an alert as
    strong; `q` and `priority` as of `now`; a hint where it has none; and in its `features` what was
    run. Its marking becomes that of the strictest scene that was looked at. The same store gives
    the same numbers, and running it again without new scenes changes nothing.

    Alerts of series and radar are not touched: their studies test them on their own past, and what
    came of that is told beside.

    Raises
    ------
    NotFound
        If there is no such site, or no alert there.
    NotAllowed
        If whoever asks may not change alerts.
    """
    if isinstance(store, GuardedStore):
        store.require(Right.KEEP, what="calibrate")
    sites, alerts, scenes = (store.read(kind) for kind in ("sites", "alerts", "scenes"))
    site = _site(sites, site_id)
    every = alerts[alerts["site_id"] == site_id]
    if every.empty:
        raise NotFound(
            f"no alert at {site_id} is kept",
            expected="a site with kept flags",
            remedy="compare two dates there and keep the flags",
        )
    here = every[every["method"] == AlertMethod.PAIR]
    past = Past(settings=settings, site=site, scenes=scenes)
    known = alerts.copy()
    tested = []
    names = sorted(set(here["detection_id"]))
    for number, name in enumerate(names):

        def tell(part: float, words: str, number: int = number) -> None:
            """How far one of several detections has come, as a share of them all."""
            progress((number + part) / len(names), words)

        one, rows = _tested(here[here["detection_id"] == name], every, past, most_runs, tell)
        tested.append(one)
        known.loc[rows.index, rows.columns] = rows
    today = now.astimezone(UTC).date()
    told = ranked(known, sites, scenes, today=today)
    with_p = told.loc[here.index][told.loc[here.index, "p"].notna()]
    changed = _keep(store, alerts, with_p, author=author, now=now)
    tried = [realised(one.placebos, target=TARGET) for one in tested]
    return Calibration(
        site_id=site_id,
        detections=tuple(tested),
        own_studies=own_studies(every),
        realised=max(tried, key=lambda one: one.tried, default=realised(NOTHING, target=TARGET)),
        changed=changed,
        left_out=tuple(f"{name}: {why}" for name, why in sorted(past.left_out.items())),
    )


def _site(sites: gpd.GeoDataFrame, site_id: str) -> pd.Series:
    """The site of this id."""
    found = sites[sites["id"] == site_id]
    if found.empty:
        raise NotFound(f"there is no site {site_id!r}", expected="the id of a site in the store")
    return found.iloc[0]


def _tested(
    rows: gpd.GeoDataFrame, here: gpd.GeoDataFrame, past: Past, most_runs: int, progress: Progress
) -> tuple[Tested, gpd.GeoDataFrame]:
    """One detection held against the site's past, and its alerts with what came out."""
    name = str(rows["detection_id"].iloc[0])
    try:
        question = question_of(rows)
        days = past.days(question)
    except BadInput as err:
        return Tested(detection_id=name, alerts=len(rows), why_not=str(err)), rows
    disturbed = _disturbed(here[here["simulated"] == question.simulated])
    useless: set[Interval] = set()
    for _ in range(ROUNDS):
        pairs = quiet_pairs(
            days, like=question.between, disturbed=disturbed, without=useless, most=most_runs
        )
        # Fewer pairs would be run in vain.
        asked = pairs if len(pairs) >= LEAST_RUNS else ()
        runs = past.run(question, asked, days, progress=progress)
        if len(runs.placebos.pairs) == len(asked):
            break
        useless |= {*asked} - {*runs.placebos.pairs}
    told = _with_results(rows, runs)
    counted = int(told["p"].notna().sum()) if runs.placebos.runs >= LEAST_RUNS else 0
    return (
        Tested(
            detection_id=name,
            alerts=len(rows),
            tested=counted,
            between=question.between,
            placebos=runs.placebos,
            off_season=runs.off_season,
            why_not=_why_not(len(rows) - counted, runs, days=len(days), pairs=len(pairs)),
        ),
        told,
    )


def _disturbed(here: gpd.GeoDataFrame) -> list[Interval]:
    """The intervals in which damage at the site was accepted."""
    accepted = here[here["judgement"] == Judgement.ACCEPTED].dropna(subset=["date_from", "date_to"])
    return [
        (pd.Timestamp(row.date_from).date(), pd.Timestamp(row.date_to).date())
        for row in accepted.itertuples()
    ]


def _with_results(rows: gpd.GeoDataFrame, runs: QuietRuns) -> gpd.GeoDataFrame:
    """The alerts of a detection with p value, rate, hint, marking and what was run."""
    if runs.placebos.runs < LEAST_RUNS:
        return rows
    measured = [features_in(text) for text in rows["features"]]
    contrast = [_number(one.get("brightness_change")) for one in measured]
    strengths = strength_of(rows["area_m2"], contrast)
    p = np.round(runs.placebos.p(strengths), DIGITS)
    told = rows.copy()
    for row, one, strength, value in zip(rows.index, measured, strengths, p, strict=True):
        if np.isnan(value):
            continue
        reached = runs.placebos.reached(float(strength))
        told.loc[row, "p"] = value
        told.loc[row, "placebo_rate"] = round(reached / runs.placebos.runs, DIGITS)
        told.loc[row, "features"] = _features_text(one, runs, reached=reached)
        told.loc[row, "hint"] = rows.loc[row, "hint"] or hint_of(one)
        told.loc[row, "marking"] = strictest([Tlp(rows.loc[row, "marking"]), runs.marking]).value
    return told


def _features_text(measured: Mapping[str, object], runs: QuietRuns, *, reached: int) -> str:
    """The measurements of an alert with the placebo runs that it was held against."""
    kept = realised(runs.placebos, target=TARGET)
    placebo = {
        "promised": TARGET,
        "tried": kept.tried,
        "alarms": kept.alarms,
        "runs": runs.placebos.runs,
        "reached": reached,
        "raised": runs.placebos.raised,
        "independent": runs.placebos.independent,
        "off_season": runs.off_season,
        "scenes": [list(pair) for pair in runs.scene_ids],
    }
    return json.dumps({**measured, "placebo": placebo}, sort_keys=True, separators=(",", ":"))


def _why_not(untested: int, runs: QuietRuns, *, days: int, pairs: int) -> str:
    """Why alerts could not be tested; empty if all were."""
    if runs.placebos.runs < LEAST_RUNS:
        return (
            f"{days} usable scenes make {pairs} quiet pairs before it, of which "
            f"{runs.placebos.runs} could be compared; at least {LEAST_RUNS} are needed"
        )
    return f"{untested} alerts have no measured brightness change" if untested else ""


def _keep(
    store: Store, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, *, author: str, now: datetime
) -> int:
    """Keep what is new about each alert; how many alerts that are."""
    changed = 0
    names = ("p", "placebo_rate", "q", "priority", "features", "hint", "marking")
    for index, row in after.iterrows():
        held = before.loc[index]
        new = {name: _plain(row[name]) for name in names}
        changes = {name: value for name, value in new.items() if value != _plain(held[name])}
        # A rank among others moves whenever others come: that alone is no news of this alert.
        if changes.keys() <= {"q", "priority"}:
            continue
        placebo: Any = features_in(str(row["features"]))["placebo"]
        store.correct(
            "alerts",
            str(row["id"]),
            changes,
            dataset_id=str(row["dataset_id"]),
            author=author,
            reason=f"held against {placebo['runs']} quiet pairs of the site's own past",
            now=now,
        )
        changed += 1
    return changed


def _plain(value: object) -> object:
    """A cell as it is compared and kept: missing is None, a number has `DIGITS` decimals."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else round(float(value), DIGITS)
    return value


def _number(value: object) -> float:
    """A measurement; NaN if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return float("nan")
    return float(value)
