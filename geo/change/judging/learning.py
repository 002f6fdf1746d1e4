"""A re-ranker that learns from judgements, once there are enough of them.

Gradient-boosted trees (Friedman 2001, doi:10.1214/aos/1013203451) on histograms, as scikit-learn
has them: they take missing measurements as they are, need no scaling, and are trained anew in less
than a second, so that no file of a model is ever read. What is learned is what analysts accepted at
the head of a queue; it says little of alerts unlike those that they looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geo.change.judging.features import Floats
from geo.change.judging.hints import Hint
from geo.errors import BadInput

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

LEAST_JUDGED = 50
"""Judged alerts below which nothing is learned."""

LEAST_OF_EACH = 10
"""Accepted ones, and rejected ones, below which nothing is learned."""

FOLDS = 5
"""Parts that are held back in turn."""

RESAMPLED = 400
"""Draws of the sites with replacement, for the interval of a gain."""

LARGEST = 1e12
"""Numbers beyond are no measurement."""

MEASURED = (
    "brightness_change", "mixed", "ndvi_before", "ndvi_after", "ndvi_change", "water_change",
    "texture_before", "texture_after", "texture_change", "compactness", "elongation", "width_m",
    "length_m",
)  # fmt: skip
"""Measurements of `features_of` that are learned from; none tells where a place is."""

TOLD = ("area_m2", "score", "p", "persistence", "place_m", "agreeing", "priority")
"""Columns that are learned from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reranker:
    """What was learned from judged alerts."""

    judged: int
    """How many it learned from."""
    model: HistGradientBoostingClassifier
    """The trees."""

    def chance(self, alerts: pd.DataFrame) -> Floats:
        """How likely each alert is to be accepted by these analysts, 0 to 1.

        For an order, not as a probability: judged alerts were not drawn at random.
        """
        if not len(alerts):
            return np.empty(0)
        return _chance(self.model, table(alerts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What re-ranking does for alerts whose judgements it did not see.

    Precision is averaged over the ranks of accepted alerts (average precision, 0 to 1): how far up
    the queue they stand.
    """

    judged: int
    """Judged alerts."""
    accepted: int
    """Those of them that were accepted."""
    groups: int
    """Sites, or detections where no site is named, that were held back as wholes."""
    before: float
    """Average precision of the plain order."""
    after: float
    """Average precision of the learned order."""
    low: float
    """Lower end of the 90 % interval of the gain, over draws of the groups."""
    high: float
    """Its upper end."""
    first: int
    """Alerts at the head that are counted: a week's budget."""
    accepted_first_before: int
    """Accepted ones among them in the plain order."""
    accepted_first_after: int
    """Accepted ones among them in the learned order."""

    @property
    def gain(self) -> float:
        """Average precision that re-ranking brings."""
        return self.after - self.before

    @property
    def helps(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.low > 0


def train(alerts: pd.DataFrame, accepted: Sequence[bool]) -> Reranker:
    """What judged alerts teach; the same for the same alerts in any order.

    Parameters
    ----------
    alerts : DataFrame
        Judged alerts with ``dataset_id``, ``id``, ``method``, ``hint``, ``features`` and `TOLD`.
    accepted : sequence of bool
        Whether each was accepted.

    Raises
    ------
    BadInput
        If there are fewer than `LEAST_JUDGED` of them, or `LEAST_OF_EACH` of either kind.
    """
    truth = np.asarray(accepted, dtype=bool)
    require_enough(truth)
    order = _settled_order(alerts)
    model = _grown(table(alerts)[order], truth[order])
    return Reranker(judged=len(truth), model=model)


def held_back(alerts: pd.DataFrame, accepted: Sequence[bool], *, first: int) -> Effect:
    """What re-ranking would have done for sites that it knew nothing of.

    Sites are held back as wholes, in `FOLDS` parts that a hash of their ids decides: alerts of one
    site are alike, and a model that had seen some would be flattered. Where all are of one site, or
    one part would take all of one kind, detections take the place of sites.

    Parameters
    ----------
    alerts, accepted
        As for `train`, with ``site_id`` and ``detection_id``.
    first : int
        How many alerts at the head of the queue are counted.

    Raises
    ------
    BadInput
        As `train` does, or if the alerts are all of one site and one detection.
    """
    truth = np.asarray(accepted, dtype=bool)
    require_enough(truth)
    order = _settled_order(alerts)
    rows, truth = alerts.iloc[order], truth[order]
    groups = _groups(rows)
    values = table(rows)
    plain = rows["priority"].to_numpy(dtype=np.float64)
    learned = np.full(len(rows), np.nan)
    for fold in np.unique(groups % FOLDS):
        out = groups % FOLDS == fold
        known = truth[~out]
        # With one kind alone there is nothing to tell apart: the plain order stays.
        chance = (
            _chance(_grown(values[~out], known), values[out])
            if 0 < known.sum() < len(known)
            else np.ones(int(out.sum()))
        )
        learned[out] = reordered(plain[out], chance)
    low, high = _interval(groups, truth, plain, learned)
    return Effect(
        judged=len(truth),
        accepted=int(truth.sum()),
        groups=len(np.unique(groups)),
        before=average_precision(plain, truth),
        after=average_precision(learned, truth),
        low=low,
        high=high,
        first=first,
        accepted_first_before=_accepted_first(plain, truth, first),
        accepted_first_after=_accepted_first(learned, truth, first),
    )


def reordered(priority: Floats, chance: Floats) -> Floats:
    """Priority once more, with what was learned as its fifth weight."""
    return priority * chance


def average_precision(score: Floats, truth: NDArray[np.bool_]) -> float:
    """Mean over the true ones of the share of true ones among those at least as high as it.

    NaN if there is none.

    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])).__round__(3)
    0.833
    """
    if not truth.any():
        return float("nan")
    levels, level = np.unique(-score, return_inverse=True)
    true = np.bincount(level, weights=truth, minlength=len(levels))
    reached = np.cumsum(true) / np.cumsum(np.bincount(level, minlength=len(levels)))
    return float(np.sum(true * reached) / truth.sum())


def require_enough(truth: NDArray[np.bool_]) -> None:
    """Refuse to learn from too little."""
    accepted = int(truth.sum())
    rejected = len(truth) - accepted
    if len(truth) < LEAST_JUDGED or min(accepted, rejected) < LEAST_OF_EACH:
        raise BadInput(
            f"{len(truth)} judged alerts, {accepted} accepted and {rejected} rejected",
            expected=f"{LEAST_JUDGED} judged ones, {LEAST_OF_EACH} of either kind at least",
            remedy="judge more alerts first; the queue works without",
        )


def table(alerts: pd.DataFrame) -> Floats:
    """What is learned from, one row for each alert; NaN where it is not known."""
    told = [_features(text) for text in alerts["features"]]
    columns = [
        *(pd.to_numeric(alerts[name]).to_numpy(np.float64, na_value=np.nan) for name in TOLD),
        *(np.array([_number(one.get(name)) for one in told]) for name in MEASURED),
        *((alerts["hint"] == hint.value).to_numpy(np.float64) for hint in Hint),
        *((alerts["method"] == method).to_numpy(np.float64) for method in ("series", "sar")),
    ]
    return np.column_stack(columns) if len(alerts) else np.empty((0, len(columns)))


def _grown(values: Floats, truth: NDArray[np.bool_]) -> HistGradientBoostingClassifier:
    """Small trees and few of them: there are some dozens of judgements, not thousands."""
    from sklearn.ensemble import (  # noqa: PLC0415 - slow to load, and rarely wanted
        HistGradientBoostingClassifier,
    )

    trees = HistGradientBoostingClassifier(
        max_iter=40,
        learning_rate=0.05,
        max_leaf_nodes=4,
        min_samples_leaf=10,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
    )
    # scikit-learn 1.9 fails on a column of which nothing is known; any one value is ignored.
    unknown = np.isnan(values).all(axis=0)
    with threadpool_limits(limits=1, user_api="openmp"):
        return trees.fit(np.where(unknown, 0.0, values), truth)


def _chance(model: HistGradientBoostingClassifier, values: Floats) -> Floats:
    """What the trees make of each row."""
    # Some dozens of rows take longer on several threads than on one.
    with threadpool_limits(limits=1, user_api="openmp"):
        chance: Floats = model.predict_proba(values)[:, 1]
    return chance


def _settled_order(alerts: pd.DataFrame) -> NDArray[np.intp]:
    """Places of the rows by dataset and id."""
    return np.lexsort((alerts["id"].to_numpy(str), alerts["dataset_id"].to_numpy(str)))


def _groups(rows: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each row, the same for rows of one site; see `held_back`."""
    for column in ("site_id", "detection_id"):
        names = rows[column].where(rows[column] != "", rows["detection_id"])
        groups = np.array([_hash(name) for name in names], dtype=np.int64)
        if len(np.unique(groups % FOLDS)) > 1:
            return groups
    raise BadInput(
        f"all {len(rows)} judged alerts are of one detection",
        expected="judged alerts of several detections, so that some can be held back",
        remedy="judge alerts of other dates or sites first",
    )


def _hash(name: str) -> int:
    """A number below 2**31 that is the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1


def _interval(
    groups: NDArray[np.int64], truth: NDArray[np.bool_], plain: Floats, learned: Floats
) -> tuple[float, float]:
    """The middle 90 % of the gain over draws of groups with replacement, always the same draws."""
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    draws = np.random.default_rng(0)
    gains = []
    for _ in range(RESAMPLED):
        drawn = np.concatenate(
            [members[i] for i in draws.integers(len(members), size=len(members))]
        )
        if truth[drawn].any():
            gains.append(
                average_precision(learned[drawn], truth[drawn])
                - average_precision(plain[drawn], truth[drawn])
            )
    low, high = np.quantile(gains, (0.05, 0.95))
    return float(low), float(high)


def _accepted_first(score: Floats, truth: NDArray[np.bool_], first: int) -> int:
    """Accepted ones among the `first` highest; of equals, those that stand first."""
    return int(truth[np.argsort(-score, kind="stable")[:first]].sum())


def _features(text: str) -> Mapping[str, object]:
    """The measurements of an alert; none if the text holds no JSON object."""
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(value: object) -> float:
    """A measurement as a number; NaN if it is none."""
    # A text may hold 1e999 or an integer of a thousand digits, which trees do not take.
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        return float("nan")
    return float(value)
