"""What the map shows, counted: the legend's numbers, and nothing drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.briefing.ground import Points, View
from layers.style import LINES, SIMULATED, SYMBOLS, line_key, symbol_keys

KIND_NAMES = {
    "roads": "Main roads and railways (schematic)",
    "routes": "Routes, hypotheses",
    "sites": "Sites",
    "posts": "Border posts",
    "events": "Site events",
    "seizures": "Seizures and returns",
    "alerts": "Flagged change",
}
"""Kinds that a page can show, from the lowest on the map to the highest."""

LINE_KINDS = frozenset({"roads", "routes"})
"""Kinds that are drawn as lines and have no symbol."""

ROUTES = {
    "route": "Surveyed or open ground",
    "route schematic": "Dashed: schematic",
    "route in cells": "Cell to cell, no course",
}
"""Looks of a route with their words in the legend."""

_LEGEND_ORDER = ("routes", "sites", "posts", "events", "seizures", "alerts", "roads")


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """The records of one kind on the map."""

    kind: str
    """Name of their table."""
    frame: gpd.GeoDataFrame
    """Those that have a place, with a fresh index."""
    xy: Points
    """Projected middle of each."""
    keys: NDArray[np.object_]
    """Key in `SYMBOLS`, `LINES` or `ROUTES` of each."""
    simulated: NDArray[np.bool_]
    """Which are invented."""
    visible: NDArray[np.bool_]
    """Which lie in the frame of the map."""
    unplaced: int
    """Records without a known point."""

    @property
    def outside(self) -> int:
        """Records with a point that is not in the frame of the map."""
        return int((~self.visible).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the printed legend."""

    key: str
    """Key in `SYMBOLS`, `LINES` or `ROUTES`."""
    label: str
    """What it stands for."""
    count: int
    """How many are in the frame of the map."""
    simulated: bool
    """True if it counts invented records, which never mix with real ones."""


def drawn_of(kind: str, frame: gpd.GeoDataFrame, view: View) -> Drawn:
    """The records of a kind, placed in a view."""
    geometries = frame.geometry.to_numpy()
    placed = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    kept = frame[placed].reset_index(drop=True)
    shapes = kept.geometry.to_numpy()
    xy = view.xy(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    if kind in LINE_KINDS:
        keys = _line_keys(kind, kept)
        west, south, east, north = view.lonlat_bounds
        visible = shapely.intersects(shapes, shapely.box(west, south, east, north))
    else:
        keys = symbol_keys(kind, kept).to_numpy(dtype=object)
        keys = np.array([key if key in SYMBOLS else _FALLBACK[kind] for key in keys], dtype=object)
        visible = view.inside(xy)
    return Drawn(
        kind=kind,
        frame=kept,
        xy=xy,
        keys=keys,
        simulated=kept["simulated"].to_numpy(dtype=bool),
        visible=np.asarray(visible, dtype=bool),
        unplaced=int((~placed).sum()),
    )


def _line_keys(kind: str, frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The look of each road or route."""
    if kind == "routes":
        keys = np.where(frame["schematic"], "route schematic", "route").astype(object)
        if "generalised" in frame:
            keys[frame["generalised"].to_numpy(dtype=bool)] = "route in cells"
        return keys
    pairs = zip(frame["mode"], frame["evidence_grade"], strict=True)
    return np.array([line_key(mode, grade) for mode, grade in pairs], dtype=object)


_FALLBACK = {
    "sites": "site",
    "posts": "post informal",
    "events": "event other",
    "seizures": "seizure unclassified",
    "alerts": "alert",
}
"""Stands for a code that has no symbol."""


def entries(drawn: Drawn) -> list[Entry]:
    """The legend's lines for a kind: each symbol in the frame, real ones before invented ones."""
    labels = _labels(drawn.kind)
    order = list(labels)
    found = pd.Series(
        list(
            zip(
                drawn.simulated[drawn.visible].tolist(),
                (order.index(key) for key in drawn.keys[drawn.visible]),
                strict=True,
            )
        ),
        dtype=object,
    )
    return [
        Entry(
            key=order[index],
            label=labels[order[index]],
            count=int(count),
            simulated=simulated,
        )
        for (simulated, index), count in sorted(found.value_counts().items())
    ]


def _labels(kind: str) -> dict[str, str]:
    """The words of each look of a kind, in the legend's order."""
    if kind == "routes":
        return ROUTES
    return {key: look.label for key, look in (LINES if kind == "roads" else SYMBOLS).items()}


def in_legend_order(drawn: Mapping[str, Drawn]) -> list[Drawn]:
    """Kinds as the legend lists them, without those that have no record."""
    return [
        drawn[kind]
        for kind in _LEGEND_ORDER
        if kind in drawn and (len(drawn[kind].frame) or drawn[kind].unplaced)
    ]


def absent(drawn: Drawn) -> str:
    """How many records of a kind are not on the map, and why; empty if all are."""
    parts = [
        f"{count:,} {why}"
        for count, why in ((drawn.outside, "outside the map"), (drawn.unplaced, "without a point"))
        if count
    ]
    return ", ".join(parts)


def count_lines(frames: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """How many records of each kind the page is made of, real and invented apart."""
    lines = []
    for kind in _LEGEND_ORDER:
        if kind not in frames:
            continue
        frame = frames[kind]
        invented = frame["simulated"].to_numpy(dtype=bool)
        words = _counted(kind, frame[~invented])
        if invented.any():
            words += f"; {SIMULATED}, counted apart: {_counted(kind, frame[invented])}"
        lines.append(f"{KIND_NAMES[kind].removesuffix(' (schematic)')}: {words}")
    return lines


def _counted(kind: str, frame: gpd.GeoDataFrame) -> str:
    """``n records``, and for seizures in how many cases: a return is part of its seizure's case."""
    number = len(frame)
    words = f"{number:,} record{'' if number == 1 else 's'}"
    if kind != "seizures":
        return words
    cases = cases_of(frame)
    return f"{words} in {cases:,} case{'' if cases == 1 else 's'}"


def cases_of(seizures: gpd.GeoDataFrame) -> int:
    """How many cases the records belong to; a record without a case key is a case of its own."""
    keys = seizures["case_key"].where(
        seizures["case_key"] != "", "\0" + seizures["dataset_id"] + "\0" + seizures["id"]
    )
    return int(keys.nunique())
