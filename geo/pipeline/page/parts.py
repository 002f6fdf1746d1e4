"""What every printed page is put together from, whatever it is of."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

import geo
from geo.access import viewer_for
from geo.disclosure import composite_marking, for_viewer, generalisation_note
from geo.errors import NotFound
from geo.frames import frame_of_records
from geo.grid import WGS84, Raster, box_around
from geo.model import Alert, Audience, Tlp, strictest
from geo.pipeline import FACTS_FOLDER
from geo.pipeline.installation import FACTS_DATASET
from geo.pipeline.shown import redacted
from geo.query import Query
from geo.snapshot import Snapshot
from geo.sources.outlines import read_outlines
from geo.store import Store

CAVEATS = (
    "No seizure recorded at a post is not proof of no traffic; no clear image is not proof of no "
    "change.",
    "Object counts are as reported, before authentication; a seizure and its return are one case "
    "and are not added up.",
    "Main links are schematic lines between named places. Borders are drawn as held (de facto).",
    "Grade F6: neither the source nor the statement has been judged yet.",
)


KINDS = ("roads", "sites", "posts", "events", "seizures", "alerts")
"""Kinds that a page shows, from the lowest to the highest."""

MAP_HEIGHT_TO_WIDTH = 0.65
"""A page's map is no lower than this share of its width: height needs more width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a page is of."""

    title: str
    """What it is called."""
    title_ar: str
    """The same in Arabic, empty where no Arabic name is known."""
    subtitle: str
    """One line under the title."""
    centre_lonlat: tuple[float, float]
    """Middle of the map."""
    half_width_m: float
    """Half the width of the ground that the map must show."""
    focus: tuple[str, str] | None
    """Kind and id of the record that the page is of."""
    facts: tuple[tuple[str, str], ...]
    """Label and value of what the reader should know first."""
    sources: tuple[str, ...] = ()
    """Sources of what is told in words."""
    marking: Tlp = Tlp.CLEAR
    """The strictest marking of what is told in words; not all of it need lie on the map."""
    simulated: bool = False
    """True if something told in words is invented."""


def require_told(run_id: str, marking: Tlp, audience: Audience, *, made_from: str) -> None:
    """Refuse an audience that may not see the marking of what a run was made from.

    A page without the run's findings would say that nothing was found.

    Raises
    ------
    NotFound
        If the marking is above what `audience` may see.
    """
    run = frame_of_records("alerts", [Alert(id=run_id, marking=marking)])
    if not len(for_viewer(run, viewer_for(audience), kind="alerts")):
        raise NotFound(
            f"the {audience.value} audience may not be told of {run_id}: its {made_from} are "
            f"{marking.value}",
            expected="an audience that may see the marking",
            remedy="choose another audience",
        )


def site_told(store: Store, site: pd.Series, audience: Audience) -> pd.Series:
    """A site as `audience` may have it.

    Raises
    ------
    NotFound
        If `audience` may not be told of it.
    """
    frame = gpd.GeoDataFrame(site.to_frame().T, geometry="geometry", crs=WGS84)
    return _one_told(redacted(store, frame, audience, kind="sites"), "site", audience)


def place_told(
    store: Store, place: BaseGeometry, audience: Audience, *, site_id: str
) -> tuple[tuple[float, float], float | None]:
    """A place on the ground, of a site or of none, as `audience` may have it.

    Its middle, and the width of its cell; None if the place is told as it is.

    Raises
    ------
    NotFound
        If `audience` may not be told of it.
    """
    record = Alert(id="a place", geometry=place, site_id=site_id, marking=Tlp.CLEAR)
    frame = frame_of_records("alerts", [record])
    told = _one_told(redacted(store, frame, audience, kind="alerts"), "place", audience)
    middle = told["geometry"].representative_point()
    return (middle.x, middle.y), None if pd.isna(told["cell_deg"]) else float(told["cell_deg"])


def _one_told(shown: gpd.GeoDataFrame, what: str, audience: Audience) -> pd.Series:
    """The row that is left of one."""
    if not len(shown):
        raise NotFound(
            f"the {audience.value} audience may not be told of this {what}",
            remedy="choose another audience",
        )
    return shown.iloc[0]


def unrecorded(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` with the columns of a store, of which none has recorded it yet.

    The cut-off of a page is then that of the facts around it.
    """
    never = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    return frame.assign(version=1, recorded_at=never, import_id="")


def nearby(frames: Mapping[str, gpd.GeoDataFrame], about: Subject) -> dict[str, gpd.GeoDataFrame]:
    """The rows that can lie on the page's map, so that its marking is that of what it shows."""
    window = box_around(about.centre_lonlat, half_width_m=1.5 * about.half_width_m)
    return {kind: frame[frame.geometry.intersects(window)] for kind, frame in frames.items()}


def assembled(
    store: Store,
    about: Subject,
    frames: Mapping[str, gpd.GeoDataFrame],
    *,
    audience: Audience,
    query: Query,
    now: datetime,
    picture: Raster | None = None,
    picture_label: str = "",
    picture_simulated: bool = False,
    method: Sequence[str] = (),
    caveats: Sequence[str] = CAVEATS,
) -> Snapshot:
    """The page from its parts."""
    simulated = about.simulated or any(bool(frame["simulated"].any()) for frame in frames.values())
    recorded = [
        frame["recorded_at"].max()
        for frame in frames.values()
        if frame["recorded_at"].notna().any()
    ]
    note = generalisation_note(audience, routes="routes" in frames)
    invented = "Parts of this page are SIMULATED: invented for practice, not observed."
    return Snapshot(
        title=about.title,
        title_ar=about.title_ar,
        subtitle=about.subtitle,
        frames={kind: _plain(frame) for kind, frame in frames.items()},
        borders=read_outlines(FACTS_FOLDER / "borders.geojson"),
        world=read_outlines(FACTS_FOLDER / "world.geojson"),
        centre_lonlat=about.centre_lonlat,
        half_width_m=about.half_width_m,
        focus=about.focus,
        picture=picture,
        picture_label=picture_label,
        picture_simulated=picture_simulated,
        simulated=simulated,
        audience=audience,
        marking=strictest([about.marking, composite_marking(frames.values())]),
        filters=tuple(query.described()),
        facts=about.facts,
        method=(*method, *([note] if note else [])),
        caveats=(*([invented] if simulated else []), *caveats),
        sources=(*about.sources, *_attributions(frames)),
        cut_off=max(recorded).to_pydatetime() if recorded else now,
        produced_at=now,
        producer=store.setting("producer_name"),
        office=store.setting("producer_office"),
        version=geo.__version__,
    )


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame without the text that only the search needs."""
    return frame.drop(columns="search_text", errors="ignore").reset_index(drop=True)


def _attributions(frames: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """Attribution of every embedded table on the page, and the sources of imported rows."""
    with (FACTS_FOLDER / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        manifest = {Path(row["file"]).stem: row for row in csv.DictReader(file)}
    named: dict[str, None] = {}
    embedded = [
        kind for kind, frame in frames.items() if (frame["dataset_id"] == FACTS_DATASET).any()
    ]
    own = [name for name in _BEHIND if name in frames]
    for name in ("borders", *embedded, *(_BEHIND[kind] for kind in own)):
        if name in manifest:
            named.update(dict.fromkeys(manifest[name]["attribution"].split(" | ")))
    for frame in frames.values():
        brought = frame[frame["dataset_id"] != FACTS_DATASET]
        named.update(dict.fromkeys(text for text in brought["source"].unique() if text))
    return list(named)


_BEHIND = {"routes": "modes"}
"""The embedded file that records of a kind are computed with."""


def position(row: pd.Series) -> str:
    """The place as it may be told."""
    if row["generalised"]:
        west, south, east, north = row["geometry"].bounds
        cell = f"in the cell {south:g} to {north:g} N, {west:g} to {east:g} E"
        return f"{cell} ({row['precision']})"
    point = row["geometry"].representative_point()
    return f"{point.y:.4f} N, {point.x:.4f} E ({row['precision']})"
