"""The detector run on quiet pairs of a site's scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import from_wkt
from shapely.geometry import MultiPolygon, Polygon

from geo.change import Parameters
from geo.change.judging import strength_of
from geo.change.judging.placebo import Interval, Placebos, in_season
from geo.errors import BadInput, LamassuError, NoValidPixels
from geo.model import Tlp, strictest
from geo.pipeline.change import (
    NO_DATA,
    Change,
    area_of_site,
    detect_change,
    picture_of_scene,
)
from geo.pipeline.provenance import canonical
from geo.progress import Progress
from geo.settings import Settings

LEAST_CLEAR = 0.3
"""Scenes of which a smaller share is clear are not read."""

LEAST_COMPARED = 0.7
"""Share of the cells around the site that a quiet pair must show on both dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a detection asked of a site, to be asked of its past."""

    detection_id: str
    """The detection."""
    between: Interval
    """The dates that it compared."""
    area_lonlat: Polygon | MultiPolygon | None
    """Where it looked; None for the whole of its pictures."""
    parameters: Parameters
    """Its settings."""
    simulated: bool
    """Whether its pictures are invented."""
    scene_ids: frozenset[str]
    """The scenes that it compared, as far as they are kept as scenes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRuns:
    """What came of the quiet pairs of one question."""

    placebos: Placebos
    """Dates and strongest flags."""
    scene_ids: tuple[tuple[str, str], ...]
    """The scenes of each run."""
    marking: Tlp
    """The strictest marking of those scenes."""
    off_season: int
    """Runs of another season than the question's."""


@dataclass(slots=True, kw_only=True)
class Past:
    """The scenes of a site, compared with one another; what was run once is known."""

    settings: Settings
    """Where the scenes' files are."""
    site: pd.Series
    """The site."""
    scenes: gpd.GeoDataFrame
    """Every scene of the store that may be looked at."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Scenes and pairs that could not be used, each with the reason."""
    _known: dict[bytes, float | None] = field(default_factory=dict)

    def days(self, question: Question) -> dict[date, pd.Series]:
        """The scene of each day on which the site could be looked at, of one sensor.

        Of several on a day, the clearest; of several sensors, the one that the question's scenes
        are from, else the one with most days.
        """
        area = question.area_lonlat or area_of_site(self.site)
        shared = shapely.area(shapely.intersection(self.scenes["geometry"].to_numpy(), area))
        over = shared >= LEAST_COMPARED * area.area
        rows = self.scenes[over & (self.scenes["simulated"] == question.simulated)]
        clear = [self._is_clear(row) for row in rows.to_dict("records")]
        rows = rows[np.array(clear, dtype=bool)]
        own = set(rows.loc[rows["id"].isin(question.scene_ids), "sensor"])
        counts = rows["sensor"].value_counts()
        wanted = min(own or set(counts[counts == counts.max()].index), default="")
        rows = rows[rows["sensor"] == wanted].assign(
            day=lambda frame: frame["acquired_at"].dt.date,
            clear=lambda frame: frame["clear_fraction"].fillna(0.0),
        )
        rows = rows.sort_values(["day", "clear", "id"], ascending=[True, False, True])
        best = rows.drop_duplicates("day")
        return {row["day"]: row for _, row in best.iterrows()}

    def run(
        self,
        question: Question,
        pairs: Sequence[Interval],
        days: Mapping[date, pd.Series],
        *,
        progress: Progress,
    ) -> QuietRuns:
        """The question asked of each quiet pair; pairs that cannot be compared are left out."""
        kept: list[tuple[Interval, float]] = []
        for number, pair in enumerate(pairs):
            progress(number / len(pairs), f"quiet pair {number + 1} of {len(pairs)}")
            strongest = self._strongest(question, days[pair[0]], days[pair[1]])
            if strongest is not None:
                kept.append((pair, strongest))
        used = [days[day] for pair, _ in kept for day in pair]
        return QuietRuns(
            placebos=Placebos(
                pairs=tuple(pair for pair, _ in kept), strongest=tuple(one for _, one in kept)
            ),
            scene_ids=tuple(
                (str(days[start]["id"]), str(days[end]["id"])) for (start, end), _ in kept
            ),
            marking=strictest([Tlp(row["marking"]) for row in used] or [Tlp.CLEAR]),
            off_season=sum(not in_season(pair, question.between) for pair, _ in kept),
        )

    def _strongest(self, question: Question, first: pd.Series, second: pd.Series) -> float | None:
        """Strength of the strongest flag between two scenes, 0 without one; None if not known."""
        area = question.area_lonlat
        key = canonical([first["id"], second["id"], area and area.wkt, question.parameters])
        if key not in self._known:
            try:
                found = detect_change(
                    picture_of_scene(first, self.settings),
                    picture_of_scene(second, self.settings),
                    area_lonlat=area,
                    site=self.site,
                    parameters=question.parameters,
                )
                self._known[key] = _strongest_of(found)
            except LamassuError as err:
                self._known[key] = None
                self.left_out[f"{first['id']} and {second['id']}"] = str(err)
        return self._known[key]

    def _is_clear(self, scene: Mapping[str, Any]) -> bool:
        """Whether a scene is clear enough; one without a mask may be."""
        share = scene["clear_fraction"]
        if pd.isna(share) or share >= LEAST_CLEAR:
            return True
        self.left_out[str(scene["id"])] = f"only {share:.0%} of it is clear"
        return False


def _strongest_of(found: Change) -> float:
    """Strength of the strongest flag, 0 without one.

    Raises
    ------
    NoValidPixels
        If too little could be compared, or a flag's contrast is unknown: cloud must not pass for
        quiet.
    """
    share = float((found.detection.mask != NO_DATA).mean())
    if share < LEAST_COMPARED:
        raise NoValidPixels(f"only {share:.0%} of the cells could be compared")
    strengths = strength_of(found.flags["area_m2"], found.flags["brightness_change"])
    if pd.isna(strengths).any():
        raise NoValidPixels("a flag shows no change of brightness that could be measured")
    return float(max(strengths, default=0.0))


def question_of(rows: gpd.GeoDataFrame) -> Question:
    """What the detection asked that drew these alerts, by their provenance.

    Raises
    ------
    BadInput
        If the dates are not known, or the provenance does not tell enough.
    """
    row = rows.iloc[0]
    days = [row["date_from"], row["date_to"]]
    if any(pd.isna(day) for day in days):
        raise BadInput("the dates of its pictures are not known", expected="two dates")
    try:
        told = json.loads(row["provenance"])
        own = {name: told["parameters"][name] for name in Parameters.__dataclass_fields__}
        area = told["parameters"]["area_wkt"]
        labels = [label.split(" ", 2)[2] for label in told["inputs"]]
        parameters = Parameters(**own)
        outline = from_wkt(area) if area else None
    except (ValueError, KeyError, TypeError, IndexError, shapely.errors.ShapelyError) as err:
        raise BadInput(
            "its provenance does not tell how it was made",
            expected="the settings of a comparison of two dates",
            remedy="compare the two dates again with this version",
        ) from err
    start, end = (pd.Timestamp(day).date() for day in days)
    return Question(
        detection_id=str(row["detection_id"]),
        between=(start, end),
        area_lonlat=outline,
        parameters=parameters,
        simulated=bool(row["simulated"]),
        scene_ids=frozenset(labels),
    )
