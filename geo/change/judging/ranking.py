"""Which alert first: evidence times place times persistence times sensors that agree.

The four weights lie between 0 and 1 and are set by judgement, not fitted: the queue must be open to
question, and a weight that nobody can explain is not. The order is total: the same alerts come in
the same order, however they were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import InvalidSetting, MissingColumns

REACH_M = 250.0
"""Distance from the footprint at which the place weighs 1/e."""

LEAST_PLACE = 0.02
"""Weight of the place beyond some kilometre, where distance tells no more."""

UNKNOWN_PLACE = 0.1
"""Weight of the place of an alert without a site, or whose distance is not told."""

UNTESTED = 0.5
"""Evidence of the strongest alert of a detection that no placebo tested: a coin's."""

LEAST_RATE = 0.25
"""Rate of placebo alarms below which a study's own calibration is not believed: three quiet years
without an alarm tell no more, (1 + 0) / (1 + 3)."""

STATUS_DATES = {"first": 1, "provisional": 2, "confirmed": 3, "finished": 3}
"""Dates that a status stands for, where their number is not told."""

NEEDED = ("dataset_id", "id", "detection_id", "p", "placebo_rate", "score", "status",
          "persistence", "sensors", "area_m2", "date_to", "place_m", "agreeing")  # fmt: skip
"""Columns that weighing needs."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """What each alert weighs; arrays of one length, each from 0 to 1."""

    evidence: Floats
    """1 - p, how unusual it is at its site. Without a p value, 1 - the rate of placebo alarms of
    its study, and without that at most `UNTESTED`, by its strength among the alerts of its
    detection."""
    place: Floats
    """1 inside the footprint, falling as exp(-distance / `REACH_M`)."""
    persistence: Floats
    """1 - 1/2 to the power of the dates that agree."""
    sensors: Floats
    """1 - 0.3 to the power of the sensors that agree."""

    @property
    def priority(self) -> Floats:
        """Their product."""
        return self.evidence * self.place * self.persistence * self.sensors


def weighed(alerts: pd.DataFrame) -> Weights:
    """The weights of alerts.

    Parameters
    ----------
    alerts : DataFrame
        The columns `NEEDED`, as alerts have them, and of those that alerts have not: ``place_m``,
        metres from the site's footprint, 0 inside, NaN where it is not known; ``agreeing``, the
        number of other sensors that flagged the same ground in the same time.

    Raises
    ------
    MissingColumns
        If one is missing.
    """
    _require(alerts, NEEDED)
    p = alerts["p"].to_numpy(dtype=np.float64)
    far_m = alerts["place_m"].to_numpy(dtype=np.float64)
    dates = alerts["persistence"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    by_status = alerts["status"].map(STATUS_DATES).to_numpy(dtype=np.float64)
    own = alerts["sensors"].map(lambda text: max(len(set(text.split("|")) - {""}), 1))
    seeing = own.to_numpy(dtype=np.float64) + alerts["agreeing"].to_numpy(dtype=np.float64)
    rate = alerts["placebo_rate"].to_numpy(dtype=np.float64)
    by_rate, by_strength = 1 - np.maximum(rate, LEAST_RATE), UNTESTED * _standing(alerts)
    near = np.maximum(np.exp(-np.maximum(far_m, 0) / REACH_M), LEAST_PLACE)
    return Weights(
        evidence=np.where(np.isnan(p), np.where(np.isnan(rate), by_strength, by_rate), 1 - p),
        place=np.where(np.isnan(far_m), UNKNOWN_PLACE, near),
        persistence=1 - 0.5 ** np.maximum(np.where(np.isnan(dates), by_status, dates), 1),
        sensors=1 - 0.3**seeing,
    )


def in_order(alerts: pd.DataFrame, priority: Floats) -> list[int]:
    """Places of the rows, the first to be looked at first.

    By priority, then the smaller p value, the nearer, the larger, the later one, and the id.
    Priorities that differ by less than 1e-9 are the same, so that no rounding decides.
    """
    _require(alerts, NEEDED)
    keys = pd.DataFrame(
        {
            "priority": -np.round(priority, 9),
            "p": alerts["p"].to_numpy(dtype=np.float64),
            "place_m": alerts["place_m"].to_numpy(dtype=np.float64),
            "area_m2": -alerts["area_m2"].to_numpy(dtype=np.float64),
            "date_to": -_ordinals(alerts["date_to"]),
            "dataset_id": alerts["dataset_id"].to_numpy(),
            "id": alerts["id"].to_numpy(),
        }
    )
    return [int(row) for row in keys.sort_values(list(keys.columns), na_position="last").index]


def queue(waiting: Sequence[bool], *, budget: int, judged: int = 0) -> NDArray[np.bool_]:
    """Which alerts of a list in order are due: those that wait, as long as the budget lasts.

    Parameters
    ----------
    waiting : sequence of bool
        For each alert in order, whether it waits for a judgement.
    budget : int
        Alerts that the analysts can look at in a week.
    judged : int
        How many they have looked at in this week already.
    """
    if budget < 0 or judged < 0:
        raise InvalidSetting(f"a budget of {budget}, {judged} judged", expected="0 or more")
    waits = np.asarray(waiting, dtype=bool)
    due: NDArray[np.bool_] = waits & (np.cumsum(waits) <= max(budget - judged, 0))
    return due


def _standing(alerts: pd.DataFrame) -> Floats:
    """Share of its detection's alerts that each is at least as strong as; 1 for the strongest."""
    score = alerts["score"].astype(np.float64)
    ranked = score.groupby(alerts["detection_id"].to_numpy()).rank(pct=True, method="max")
    lowest = 1 / len(alerts) if len(alerts) else 1.0
    standing: Floats = ranked.fillna(lowest).to_numpy(dtype=np.float64)
    return standing


def _ordinals(days: pd.Series) -> Floats:
    """Days as numbers; NaN where there is none."""
    known = pd.to_datetime(days)
    numbers: Floats = np.where(
        known.isna(), np.nan, known.to_numpy().astype("datetime64[D]").astype(np.float64)
    )
    return numbers


def _require(alerts: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame without what is needed."""
    missing = [name for name in names if name not in alerts.columns]
    if missing:
        raise MissingColumns(
            f"alerts without {', '.join(missing)}", expected=f"the columns {', '.join(names)}"
        )
