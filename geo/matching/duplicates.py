"""Seizure records that may tell of one case: proposed with a score and its grounds, never merged.

Records are compared by date, place, objects, number of objects and agency, as record linkage does
since Fellegi and Sunter (1969, doi:10.1080/01621459.1969.10501049). Each comparison scores from 0
(speaks against) over 0.5 (unknown, or tells nothing) to 1 (speaks for it), and the scores are
weighed. The weights and the score from which a pair is proposed are a judgement; the score gives an
order and is no probability.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from geo.matching.compared import (
    PRECISE_DAYS,
    Floats,
    Name,
    Positions,
    Side,
    agency_scores,
    date_scores,
    distance_km,
    gap_days,
    number_scores,
    object_scores,
    place_scores,
    side_of,
    window_days,
)
from geo.matching.wording import UNKNOWN, word_tables

WEIGHTS = {"date": 3.0, "place": 3.0, "objects": 3.0, "number": 2.0, "agency": 1.0}
"""What each comparison counts."""

LEAST = 0.7
"""Score from which a pair is proposed."""

_NEIGHBOURS = 3_000
"""Records of about the same date that one record is held against, those nearest in time."""

_RARE = 50
"""Words in no more records than this lead from one record to another, two of them together."""

_PAIRS = 1_000_000
"""Pairs looked at together; bounds memory."""

Pairs = tuple[Positions, Positions]


def likely_duplicates(
    frame: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame | None = None,
    *,
    judged: Collection[tuple[Name, Name]] = (),
    least: float = LEAST,
    most: int = 5,
) -> pd.DataFrame:
    """Pairs of seizure records that may tell of one case, best first; nothing is merged.

    Parameters
    ----------
    frame, others : GeoDataFrame
        Records of seizures. Without `others`, pairs are sought within `frame`, each once.
    judged : collection of pairs of names
        Pairs of (dataset, id), in any order, on which a person has decided: not proposed again.
    least : float
        Score from which a pair is given.
    most : int
        Pairs that are given of one record of `frame`, the best.

    Returns
    -------
    DataFrame
        ``first`` and ``second`` (int64, positions in `frame` and in `others`), ``score`` (float64,
        0 to 1), ``why`` (str, the grounds in words). A record is not held against itself or one of
        its case, an invented one not against a real one, a return not against what is none.
    """
    within = others is None
    mine = side_of(frame)
    theirs = mine if others is None else side_of(others)
    object_tables = word_tables(mine.object_words, theirs.object_words)
    scored = [
        _scored(mine, theirs, object_tables, pairs, least=least)
        for pairs in _candidates(mine, theirs, within=within)
    ]
    found = pd.concat([_scored_none(), *scored], ignore_index=True)
    decided = {frozenset(pair) for pair in judged}
    open_still = [
        frozenset((mine.names[a], theirs.names[b])) not in decided
        and mine.names[a] != theirs.names[b]
        for a, b in zip(found["first"], found["second"], strict=True)
    ]
    found = found[np.array(open_still, dtype=bool)].drop_duplicates(["first", "second"])
    found = found.sort_values(["score", "first", "second"], ascending=[False, True, True])
    best = found[found.groupby("first").cumcount() < most].reset_index(drop=True)
    why = [_why(mine, theirs, pair) for pair in best.itertuples()]
    return best[["first", "second", "score"]].assign(why=pd.Series(why, dtype="str"))


def _candidates(mine: Side, theirs: Side, *, within: bool) -> Iterator[Pairs]:
    """Pairs that are worth comparing, some at a time; a pair may come twice."""
    for first, second in chain(_by_date(mine, theirs), _by_words(mine, theirs)):
        keep = (mine.simulated[first] == theirs.simulated[second]) & (
            mine.returned[first] == theirs.returned[second]
        )
        keep &= ~(gap_days(mine, theirs, first, second) > window_days(mine, theirs, first, second))
        keep &= (mine.case[first] == "") | (mine.case[first] != theirs.case[second])
        if within:
            keep &= first < second
        yield first[keep], second[keep]


def _by_date(mine: Side, theirs: Side) -> Iterator[Pairs]:
    """Pairs of records whose dates are known and lie near one another."""
    order = np.flatnonzero(theirs.timed())
    order = order[np.argsort(theirs.first_day[order], kind="stable")]
    starts = theirs.first_day[order]
    rows = np.flatnonzero(mine.timed())
    reach = np.maximum(mine.window[rows], theirs.window.max(initial=0.0))
    middle = np.searchsorted(starts, mine.first_day[rows])
    low = np.searchsorted(starts, mine.first_day[rows] - reach - PRECISE_DAYS)
    high = np.searchsorted(starts, mine.last_day[rows] + reach, side="right")
    low = np.maximum(low, middle - _NEIGHBOURS // 2)
    lengths = np.maximum(np.minimum(high, middle + _NEIGHBOURS // 2) - low, 0)
    ends = np.cumsum(lengths)
    cuts = np.searchsorted(ends, np.arange(_PAIRS, ends[-1] if len(ends) else 0, _PAIRS))
    for part in np.split(np.arange(len(rows)), np.unique(cuts)):
        which = np.repeat(part, lengths[part])
        starts_at = np.cumsum(lengths[part]) - lengths[part]
        step = np.arange(len(which)) - np.repeat(starts_at, lengths[part])
        yield rows[which], order[low[which] + step]


def _by_words(mine: Side, theirs: Side) -> Iterator[Pairs]:
    """Pairs that share two rare words, where the date of one of them is not known to a month."""
    first, second, _ = word_tables(mine.leading_words, theirs.leading_words)
    rare = np.flatnonzero(second.sum(axis=0) <= _RARE)
    first, second = first[:, rare], second[:, rare].T.tocsr()
    vague = sparse.csr_array(second[:, np.flatnonzero(~theirs.timed())])
    for rows, table, columns in (
        (np.flatnonzero(~mine.timed()), second, np.arange(len(theirs.names))),
        (np.flatnonzero(mine.timed()), vague, np.flatnonzero(~theirs.timed())),
    ):
        for start in range(0, len(rows), 2_000):
            part = rows[start : start + 2_000]
            shared = (first[part] @ table).tocoo()
            keep = shared.data >= 2
            yield part[shared.row[keep]], columns[shared.col[keep]]


def _scored(
    mine: Side,
    theirs: Side,
    tables: tuple[sparse.csr_array, sparse.csr_array, Floats],
    pairs: Pairs,
    *,
    least: float,
) -> pd.DataFrame:
    """The pairs that reach the score, with the score of each comparison."""
    scores = {
        "date": date_scores(mine, theirs, *pairs),
        "place": place_scores(mine, theirs, *pairs),
        "number": number_scores(mine, theirs, *pairs),
    }
    total = sum(WEIGHTS.values())
    # Letters are dear to compare: only where the score can still be reached.
    reached = np.sum([WEIGHTS[name] * values for name, values in scores.items()], axis=0)
    keep = np.flatnonzero(reached + WEIGHTS["objects"] + WEIGHTS["agency"] >= least * total)
    first, second = pairs[0][keep], pairs[1][keep]
    found = pd.DataFrame({"first": first, "second": second})
    for name, values in scores.items():
        found[name] = values[keep]
    found["objects"] = object_scores(mine, theirs, tables, first, second)
    found["agency"] = agency_scores(mine, theirs, first, second)
    found["score"] = sum(WEIGHTS[name] * found[name] for name in WEIGHTS) / total
    # One day and one town is not enough: something must tell of the objects or of who acted.
    foreign = mine.script[first] != theirs.script[second]
    telling = (found["objects"] >= 0.6) | (found["number"] >= 0.7) | (found["agency"] >= 0.8)
    return found[(found["score"] >= least) & (telling | foreign)]


def _scored_none() -> pd.DataFrame:
    """A table of no pairs, in the types of the others."""
    types = dict.fromkeys(("first", "second"), "int64") | dict.fromkeys(
        (*WEIGHTS, "score"), "float64"
    )
    return pd.DataFrame({name: pd.Series(dtype=form) for name, form in types.items()})


def _why(mine: Side, theirs: Side, pair: Any) -> str:  # noqa: ANN401 - a row of a frame
    """The grounds of a proposal in words; what speaks against it comes last."""
    first, second = pair.first, pair.second
    one, other = np.array([first]), np.array([second])
    grounds = [
        (pair.date, _date_words(mine, theirs, one, other)),
        (pair.place, _place_words(mine, theirs, one, other, pair.place)),
        (pair.objects, _object_words(mine.script[first] != theirs.script[second], pair.objects)),
        (pair.number, _number_words(mine.number[first], theirs.number[second])),
        (pair.agency, "the same agency" if pair.agency >= 0.8 else ""),
    ]
    spoken = [words for score, words in grounds if words and score >= UNKNOWN]
    against = [words for score, words in grounds if words and score < UNKNOWN]
    return "; ".join(spoken) + (f"; but {', '.join(against)}" if against else "")


def _date_words(mine: Side, theirs: Side, first: Positions, second: Positions) -> str:
    """How the two dates lie."""
    gap = float(gap_days(mine, theirs, first, second)[0])
    if np.isnan(gap):
        return "a date is not known"
    if gap:
        return f"{gap:.0f} {'day' if gap == 1 else 'days'} apart"
    ends = [
        side[where]
        for side, where in (
            (mine.first_day, first),
            (mine.last_day, first),
            (theirs.first_day, second),
            (theirs.last_day, second),
        )
    ]
    return "the same day" if len(np.unique(ends)) == 1 else "the dates meet"  # fmt: skip


def _place_words(
    mine: Side, theirs: Side, first: Positions, second: Positions, score: float
) -> str:
    """How the two places lie."""
    between = float(distance_km(mine.lonlat[first], theirs.lonlat[second])[0])
    radii = float(mine.radius_km[first][0] + theirs.radius_km[second][0])
    if not np.isnan(between + radii):
        near = "the same place, as far as it is known"
        return near if between <= radii else f"places {between:,.0f} km apart"
    if score >= 0.75:
        return "places of like name"
    if mine.country[first[0]] == theirs.country[second[0]]:
        return "the same country" if score >= UNKNOWN else "other names of places"
    return "different countries"


def _object_words(foreign: bool, score: float) -> str:
    """How the two tell of the objects."""
    if score >= 0.8:
        return "the same words for the objects"
    if score >= 0.6:
        return "objects of one category" if foreign else "like words for the objects"
    return "other objects" if score < UNKNOWN else ""


def _number_words(first: float, second: float) -> str:
    """The two numbers of objects."""
    if np.isnan(first + second):
        return ""
    return (
        f"both {first:,.0f} objects"
        if first == second
        else f"{first:,.0f} and {second:,.0f} objects"
    )
