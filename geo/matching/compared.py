"""How alike two records of seizures are by date, place, objects, number and agency; pure.

Each comparison scores from 0 (speaks against) over 0.5 (unknown, or tells nothing) to 1 (speaks for
it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.matching.wording import UNKNOWN, letters_alike, script_of, weighed, words_of
from geo.model import DateBasis, ObjectClass, Precision, SeizureType
from geo.words import fold

Name = tuple[str, str]
"""Dataset and id of a record."""

WINDOW_DAYS, REPORTED_DAYS = 14, 31
"""Longest time between two reports of one event, and what a date that is only that of a report, or
inferred, adds to it."""

PRECISE_DAYS = 31
"""A record of a period no longer than a month is found by its date; any other by its words."""

_EARTH_KM = 6371.0
"""Mean radius; a distance between towns needs no ellipsoid."""

_TOWN_KM, _FAR_KM = 25.0, 100.0
"""Circles that touch and have radii of no more than the first in all are of one place; a gap of
more than the second between circles speaks against one."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The records of one frame as they are compared; each entry is one record's."""

    names: list[Name]
    first_day: Floats
    """Days since 1970; NaN if unknown."""
    last_day: Floats
    window: Floats
    """Days by which the date may be late."""
    lonlat: Floats
    """Shape (n, 2), radians; NaN where there is no point."""
    radius_km: Floats
    country: NDArray[np.object_]
    place: NDArray[np.object_]
    objects: NDArray[np.object_]
    script: NDArray[np.object_]
    agency: NDArray[np.object_]
    case: NDArray[np.object_]
    object_words: list[tuple[str, ...]]
    leading_words: list[tuple[str, ...]]
    """Words of objects, place and agency, which lead from one record to another."""
    number: Floats
    """Objects as reported; NaN if unknown."""
    about: Flags
    """Whether the number is given as about, over or nearly."""
    classes: NDArray[np.int64]
    """Red List categories as bits."""
    returned: Flags
    simulated: Flags

    def timed(self) -> Flags:
        """Where the date is known to a month or better."""
        return np.asarray(self.last_day - self.first_day <= PRECISE_DAYS)


def side_of(frame: gpd.GeoDataFrame) -> Side:
    """What is compared of the records of a frame."""
    first, last = _days(frame["date_from"]), _days(frame["date_to"])
    first, last = np.where(np.isnan(first), last, first), np.where(np.isnan(last), first, last)
    late = frame["date_basis"].isin([DateBasis.REPORTED, DateBasis.INFERRED]).to_numpy(dtype=bool)
    shapes = frame.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    lonlat = np.full((len(frame), 2), np.nan)
    lonlat[placed] = shapely.get_coordinates(shapely.point_on_surface(shapes[placed]))
    radii = {code.value: (code.radius_m or np.nan) / 1000 for code in Precision}
    texts = [a or b for a, b in zip(frame["object_types"], frame["description"], strict=True)]
    words = [words_of(text) for text in texts]
    leading = zip(words, frame["place"], frame["agency"], strict=True)
    return Side(
        names=list(zip(frame["dataset_id"], frame["id"], strict=True)),
        first_day=np.minimum(first, last),
        last_day=np.maximum(first, last),
        window=WINDOW_DAYS + REPORTED_DAYS * late.astype(float),
        lonlat=np.radians(lonlat),
        radius_km=frame["precision"].map(radii).to_numpy(dtype=float),
        country=_texts(map(fold, frame["country"])),
        place=_texts(map(fold, frame["place"])),
        objects=_texts(map(" ".join, words)),
        script=_texts(map(script_of, texts)),
        agency=_texts(map(fold, frame["agency"])),
        case=_texts(frame["case_key"]),
        object_words=words,
        leading_words=[
            tuple(dict.fromkeys((*named, *words_of(place), *words_of(agency))))
            for named, place, agency in leading
        ],
        number=frame["object_count"].to_numpy(dtype=float, na_value=np.nan),
        about=(frame["count_qualifier"] != "").to_numpy(dtype=bool),
        classes=_class_bits(frame["object_classes"]),
        returned=(frame["event_type"] == SeizureType.RETURN).to_numpy(dtype=bool),
        simulated=frame["simulated"].to_numpy(dtype=bool),
    )


def gap_days(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """Days between the two periods, 0 where they meet, NaN where one is unknown."""
    after = mine.first_day[first] - theirs.last_day[second]
    before = theirs.first_day[second] - mine.last_day[first]
    return np.maximum(np.maximum(after, before), 0.0)


def window_days(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """Days by which the two may lie apart and still be one event."""
    return np.maximum(mine.window[first], theirs.window[second])


def date_scores(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """1 for one day, towards 0.5 the longer the periods, and less the wider the gap."""
    longer = np.maximum(
        mine.last_day[first] - mine.first_day[first],
        theirs.last_day[second] - theirs.first_day[second],
    )
    gap = gap_days(mine, theirs, first, second)
    meeting = UNKNOWN + UNKNOWN * np.exp(-np.maximum(longer - 2, 0) / 60)
    score = meeting - 0.6 * gap / window_days(mine, theirs, first, second)
    return np.where(np.isnan(score), UNKNOWN, np.maximum(score, 0.0))


def place_scores(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """1 for one town, 0 for places far apart; by words where there are no points."""
    between = distance_km(mine.lonlat[first], theirs.lonlat[second])
    radii = mine.radius_km[first] + theirs.radius_km[second]
    beyond = between - radii
    touching = np.where(radii <= _TOWN_KM, 1.0, 0.75)
    by_points = np.where(beyond <= 0, touching, 0.75 * np.maximum(1 - beyond / _FAR_KM, 0.0))
    score = by_points
    worded = np.flatnonzero(np.isnan(by_points))
    alike = letters_alike(mine.place[first[worded]], theirs.place[second[worded]])
    home = mine.country[first[worded]] == theirs.country[second[worded]]
    by_words = np.where(np.isnan(alike), 0.6, np.clip(0.05 + 0.9 * alike, 0.2, 0.95))
    score[worded] = np.where(home, by_words, np.minimum(by_words - 0.3, UNKNOWN))
    return np.asarray(np.maximum(score, 0.0))


def number_scores(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """1 for the same number of objects, 0 for one less than half of the other."""
    a, b = mine.number[first], theirs.number[second]
    larger = np.maximum(np.maximum(a, b), 1.0)
    apart = np.abs(a - b) / larger
    rough = mine.about[first] | theirs.about[second]
    near = np.where(apart <= np.where(rough, 0.15, 0.05), 0.75, np.maximum(0.5 - apart, 0.0))
    same = np.where(larger >= 5, 1.0, 0.75)
    score = np.where(a == b, same, near)
    return np.where(np.isnan(a) | np.isnan(b), UNKNOWN, score)


def object_scores(
    mine: Side,
    theirs: Side,
    tables: tuple[sparse.csr_array, sparse.csr_array, Floats],
    first: Positions,
    second: Positions,
) -> Floats:
    """How far the words for the objects agree; by Red List category where words cannot tell."""
    table, other, told = tables
    shared = (table[first].multiply(other[second])) @ told if len(first) else np.zeros(0)
    score = weighed(letters_alike(mine.objects[first], theirs.objects[second]), shared)
    foreign = mine.script[first] != theirs.script[second]
    wordless = (mine.objects[first] == "") | (theirs.objects[second] == "")
    a, b = mine.classes[first], theirs.classes[second]
    by_class = np.where(a & b, 0.7, 0.3)
    by_class = np.where((a == 0) | (b == 0), UNKNOWN, by_class)
    return np.where(foreign | wordless, by_class, score)


def agency_scores(mine: Side, theirs: Side, first: Positions, second: Positions) -> Floats:
    """How far the agencies agree; different ones may have acted together and tell nothing."""
    alike = letters_alike(mine.agency[first], theirs.agency[second])
    return np.where(np.isnan(alike), UNKNOWN, np.maximum(alike, UNKNOWN))


def distance_km(first: Floats, second: Floats) -> Floats:
    """Great-circle distance of places in radians, by the haversine formula."""
    half = (second - first) / 2
    squared = np.sin(half[:, 1]) ** 2 + (
        np.cos(first[:, 1]) * np.cos(second[:, 1]) * np.sin(half[:, 0]) ** 2
    )
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(squared, 1.0))))


def _days(dates: pd.Series) -> Floats:
    """Days since 1970, NaN for none."""
    days = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype("int64").astype(float))


def _texts(texts: Iterable[str]) -> NDArray[np.object_]:
    """Texts as an array that can be indexed."""
    return np.array([*texts, ""], dtype=object)[:-1]


def _class_bits(cells: pd.Series) -> NDArray[np.int64]:
    """Red List categories as bits of a number."""
    bits = {code.value: 1 << number for number, code in enumerate(ObjectClass)}
    return np.array(
        [sum(bits.get(name, 0) for name in cell.split("|")) for cell in cells], np.int64
    )
