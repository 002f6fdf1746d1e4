"""Hot spots on the map: cells by value with the hot ones framed, and clusters with their number.

A fill tells the value, in one hue from light to dark that every colour vision can order; a heavy
dark frame tells significance, so that no colour alone does. Cells without a fill had a known place
and no report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.map_layer import (
    AreaClass,
    MapLayer,
    area_layer,
    finished,
    points_of,
    record_key,
    tooltip,
)
from layers.style import INK, SIMULATED, safe_html

CELLS, BASELINE, CLUSTERS, NUMBERS = "hotspots", "hotspotcounts", "clusters", "clusternumbers"
"""Kinds of what is drawn, as a click tells them."""

TINTS = ("#f7c88b", "#e98a35", "#bf4b12", "#6d1c08")
"""Fills from the lowest class to the highest: one hue whose lightness falls evenly."""

EMPTY = "#8d8473"
"""Edge of a cell without a report: as quiet as the names of countries."""

NAMES = {
    "counts": "Plain counts: events in each cell",
    "density": "Density: events on 1,000 km²",
    "gi*": "Gi*: above what the map as a whole gives",
    "clusters": "Events that belong to a cluster",
}
"""Name of the layer of each method."""

_DENSITY_STEPS = (0.02, 0.1, 0.3, 0.6)
"""Lower ends of the classes of density, as shares of its highest value; less is not filled."""

_Z_STEPS = (0.0, 1.0, 2.0, 3.0)
"""Lower ends of the classes of Gi*, in standard deviations."""


TOO_FEW = "Too few events on record to tell their number"
"""What is said of a cell whose events are fewer than those who look may be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Steps of a legend."""

    lower: tuple[float, ...]
    """Lower end of each filled class, rising; what is lower is not filled."""
    labels: tuple[str, ...]
    """What each filled class holds, with its unit."""
    below: str
    """What an unfilled cell holds."""


def cell_layer(
    frame: gpd.GeoDataFrame,
    *,
    method: str,
    study_id: str,
    tested: bool,
    simulated: bool,
    kind: str = CELLS,
) -> MapLayer:
    """Each cell filled by the value of `method`; the hot ones framed, where the method is Gi*.

    `frame` has the columns of `HotspotStudy.cells`; `tested` is False where there were too few
    events to call anything significant. A click gives back `kind`, the study and the cell's number.
    """
    column = {"counts": "events", "density": "density_per_1000_km2", "gi*": "z"}.get(
        method, "clustered"
    )
    values = frame[column].to_numpy(dtype=float)
    steps = classes_of(method, values)
    filled = np.searchsorted(np.array(steps.lower), values, side="right") - 1
    filled[np.isnan(values) & frame["events"].isna().to_numpy()] = _UNTOLD
    hot = frame["hot"].to_numpy(dtype=bool) & (method == "gi*")
    # What is drawn later lies above: frames must not be cut by paler neighbours.
    order = np.lexsort([filled, hot])
    opacity = 0.35 if method == "clusters" else 0.8  # outlines have to be seen upon them
    looks = {look: _look(steps, look, opacity=opacity) for look in sorted(set(_pairs(filled, hot)))}
    rows = frame.iloc[order].to_dict("records")
    return area_layer(
        kind,
        [row["geometry"] for row in rows],
        name=NAMES[method] + (", not tested" if method == "gi*" and not tested else ""),
        classes=list(looks.values()),
        class_of=[list(looks).index(look) for look in _pairs(filled[order], hot[order])],
        keys=[record_key(kind, study_id, str(row["cell"])) for row in rows],
        tips=[_cell_tip(row, method=method, tested=tested, simulated=simulated) for row in rows],
        rank=0,
        simulated=simulated,
    )


def cluster_layers(
    frame: gpd.GeoDataFrame, *, study_id: str, tested: bool, simulated: bool
) -> list[MapLayer]:
    """The outline of each cluster, heavy where chance makes none as large, and its number.

    `frame` has the columns of `HotspotStudy.clusters`.
    """
    classes = [
        AreaClass(
            label="Cluster, larger than chance makes",
            colour=TINTS[2],
            opacity=0.25,
            outline=INK,
            outline_px=3,
        ),
        AreaClass(
            label="Cluster as chance also makes them" if tested else "Cluster, not tested",
            colour=TINTS[1],
            opacity=0.2,
            outline=INK,
            outline_px=1.8,
            dashed=True,
        ),
    ]
    rows = frame.to_dict("records")
    tips = [_cluster_tip(row, tested=tested, simulated=simulated) for row in rows]
    keys = [record_key(CLUSTERS, study_id, str(row["cluster"])) for row in rows]
    outlines = area_layer(
        CLUSTERS,
        [row["geometry"] for row in rows],
        name="Clusters in space and time",
        classes=classes,
        class_of=[0 if row["significant"] else 1 for row in rows],
        keys=keys,
        tips=tips,
        rank=1,
        simulated=simulated,
    )
    return [outlines, _numbers(frame, keys=keys, tips=tips, simulated=simulated)]


def classes_of(method: str, values: NDArray[np.float64]) -> Classes:
    """The steps of a method's legend, from the values that occur."""
    highest = float(np.nanmax(values, initial=0.0))
    if method == "gi*":
        return Classes(
            lower=_Z_STEPS,
            labels=(
                "Average to 1 standard deviation above",
                "1 to 2 standard deviations above",
                "2 to 3 standard deviations above",
                "3 standard deviations or more",
            ),
            below="Below the map's average",
        )
    if method == "density":
        # Nothing is filled where nothing is.
        ends = [share * (highest or 1.0) for share in (*_DENSITY_STEPS, 1.0)]
        return Classes(
            lower=tuple(ends[:-1]),
            labels=tuple(
                f"{_plain(low)} to {_plain(high)} on 1,000 km²" for low, high in pairwise(ends)
            ),
            below="Next to none",
        )
    edges = np.unique(np.ceil(np.geomspace(1, highest + 1, len(TINTS) + 1) - 1e-9)).astype(int)
    lower = edges[:-1] if len(edges) > 1 else np.array([1])
    upper = edges[1:] - 1 if len(edges) > 1 else np.array([1])
    none = "No event on record" if method == "counts" else "No event of a cluster"
    return Classes(
        lower=tuple(float(low) for low in lower),
        labels=tuple(_count(int(a), int(b)) for a, b in zip(lower, upper, strict=True)),
        below=none,
    )


def chance(p: float) -> str:
    """A p value in words: ``8 of 100 cases``, ``fewer than 1 of 1,000 cases``."""
    if math.isnan(p):
        return "not tested"
    if p < 0.001:
        return "fewer than 1 of 1,000 cases"
    return f"{100 * p:.2g} of 100 cases" if p < 0.995 else "every case"


def _pairs(filled: NDArray[np.int64], hot: NDArray[np.bool_]) -> list[tuple[bool, int]]:
    """Significance and class of each cell: the legend has them in this order."""
    return [(bool(flag), int(number)) for number, flag in zip(filled, hot, strict=True)]


_UNTOLD = -2
"""Stands for the class of a cell whose few events are not told."""


def _look(steps: Classes, look: tuple[bool, int], *, opacity: float) -> AreaClass:
    """How the cells of one class are drawn."""
    hot, number = look
    words = {_UNTOLD: TOO_FEW, -1: steps.below}.get(number) or steps.labels[number]
    if hot:
        return AreaClass(
            label=f"Hot, {words}",
            colour=TINTS[max(number, 0)],
            opacity=0.85,
            outline=INK,
            outline_px=3,
        )
    if number < 0:
        return AreaClass(
            label=words, colour=EMPTY, opacity=0, outline=EMPTY, outline_px=0.6, dashed=True
        )
    # Few classes take the darker tints: they have to be told apart from the paper.
    tints = TINTS[-len(steps.labels) :] if len(steps.labels) < len(TINTS) else TINTS
    return AreaClass(
        label=words, colour=tints[number], opacity=opacity, outline="#fdfcf9", outline_px=0.7
    )


def _cell_tip(row: Mapping[str, Any], *, method: str, tested: bool, simulated: bool) -> str:
    """Where, how many, the method's value in words, and what it does not say."""
    where = f"Near {row['near']}" if row["near"] else f"Cell {row['cell']}"
    if math.isnan(row["events"]):
        return tooltip(where, TOO_FEW, marks=(SIMULATED,) if simulated else ())
    lines = [_count(int(row["events"]), int(row["events"])).capitalize() + " on record"]
    if method == "density":
        lines.append(f"{_plain(row['density_per_1000_km2'])} events on 1,000 km²")
    if method == "clusters":
        lines.append(
            "too few of them in a cluster to tell their number"
            if math.isnan(row["clustered"])
            else f"{row['clustered']:g} of them in a cluster"
        )
    if method == "gi*":
        lines.append(f"{row['z']:+.1f} standard deviations from the map's average")
        lines.append(
            f"chance gives as much in {chance(row['p'])}"
            if tested
            else "not tested: too few events"
        )
        if row["hot"]:
            lines.append("hot, also after so many cells were looked at")
    return tooltip(where, *lines, marks=(SIMULATED,) if simulated else ())


def _cluster_tip(row: Mapping[str, Any], *, tested: bool, simulated: bool) -> str:
    """Number, place, size, time, and whether chance makes such a cluster."""
    near = f" near {row['near']}" if row["near"] else ""
    return tooltip(
        f"Cluster {row['cluster']}{near}",
        f"{row['events']} events, {row['first_day']:%Y-%m-%d} to {row['last_day']:%Y-%m-%d}",
        f"chance makes one as large in {chance(row['p'])}" if tested else "not tested",
        marks=(SIMULATED,) if simulated else (),
    )


def _numbers(
    frame: gpd.GeoDataFrame, *, keys: Sequence[str], tips: Sequence[str], simulated: bool
) -> MapLayer:
    """The number of each cluster in its middle, the largest above the others."""
    pictures = [[_badge(number), 24, int(simulated)] for number in frame["cluster"]]
    rows = [
        [*lonlat, number, key.partition("/")[2], tip]
        for number, (lonlat, key, tip) in enumerate(
            zip(points_of(frame.geometry.to_numpy()).tolist(), keys, tips, strict=True)
        )
    ][::-1]
    content = {"pictures": pictures, "rows": rows, "rank": 5}
    return finished(NUMBERS, content, name="Numbers of the clusters", legend=(), unplaced=0)


def _badge(number: int) -> str:
    """A number in a disc as SVG, 24 pixels wide."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">'
        f'<circle cx="12" cy="12" r="10.5" fill="#fdfcf9" stroke="{INK}" stroke-width="1.6"/>'
        f'<text x="12" y="16.2" text-anchor="middle" font-size="12" font-weight="700" fill="{INK}">'
        f"{safe_html(number)}</text></svg>"
    )


def _count(least: int, most: int) -> str:
    """A range of numbers of events in words."""
    if least == most:
        return "no event" if most == 0 else f"{most:,} event{'' if most == 1 else 's'}"
    return f"{least:,} to {most:,} events"


def _plain(value: float) -> str:
    """A number with two digits that count, without an exponent."""
    if pd.isna(value):
        return "unknown"
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 6)}f}"
