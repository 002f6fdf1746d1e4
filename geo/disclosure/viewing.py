"""Records as a viewer may have them; pure.

Everything drawn, counted, exported or printed passes through `for_viewer` first. Rows, columns and
precision that the viewer may not have are gone from the frame it gives, not hidden in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import Role, Viewer
from geo.disclosure.cells import generalised, lonlats_of, told_before
from geo.disclosure.paths import from_cell_to_cell, starts_of
from geo.disclosure.rules import (
    CELL_DEG,
    OFFICE_KINDS,
    OUTLINE_KINDS,
    PLAIN_KINDS,
    ROUTE_CELL_DEG,
    RUN_COLUMNS,
    TELLING_COLUMNS,
    WITHHELD,
    admitted,
    columns_for,
    marked_for,
)
from geo.disclosure.runs import without_run_ids
from geo.disclosure.sites import (
    NO_SITES,
    SENSITIVITIES,
    SiteIndex,
    around_deg,
    sensitivity_ranks,
    site_lonlats,
    unseen_sites,
)
from geo.disclosure.texts import cleared, names_of
from geo.errors import BadInput
from geo.grid import WGS84
from geo.model import Audience, Sensitivity

NOTHING_CLOSED: Mapping[str, frozenset[str]] = {}
"""Every dataset is open."""

_NONE = SENSITIVITIES.index(Sensitivity.NONE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What the rules say of each row of a frame; every array has shape (rows,)."""

    admitted: NDArray[np.bool_]
    """The dataset is open to the viewer."""
    marked: NDArray[np.bool_]
    """The marking is no stricter than the viewer's ceiling."""
    kind: bool
    """The kind of record is told to the viewer at all."""
    site_told: NDArray[np.bool_]
    """The site is not so sensitive that it is withheld."""
    site_seen: NDArray[np.bool_]
    """The viewer may see a record of the site."""
    sensitivity: NDArray[np.int64]
    """That of the site, as an index of `SENSITIVITIES`."""

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Where the row is shown."""
        told = self.admitted & self.marked & self.site_told & self.site_seen
        return told & self.kind


def for_viewer(
    frame: gpd.GeoDataFrame,
    viewer: Viewer,
    *,
    kind: str,
    sites: SiteIndex = NO_SITES,
    closed: Mapping[str, frozenset[str]] = NOTHING_CLOSED,
) -> gpd.GeoDataFrame:
    """What `viewer` may have of `frame`: fewer rows, fewer columns, coarser places, cleared texts.

    Redacting for one viewer and then for a narrower one gives what redacting once for the narrower
    gives, with the same `sites` and `closed`.

    Parameters
    ----------
    frame
        Records of one kind as the store gives them, EPSG:4326, or as they were redacted before.
        Only the office is given columns that neither the record nor the store declares.
    kind
        Name of their table, such as ``sites``.
    sites
        All sites, so that what happened at one is treated as the site is. A row of a site that is
        not among them counts as extremely sensitive.
    closed
        Sharing groups by dataset id, of each dataset that is closed to them.

    Returns
    -------
    GeoDataFrame
        A new frame with a fresh index and two more columns: `generalised` (bool) and `cell_deg`
        (float, NaN where no cell was made). A generalised geometry is the cell's polygon, None for
        a scene's outline, or for a route the line through the middles of its cells; its precision
        is that of the cell, or coarser. Rows are ordered by dataset and id, but for the
        administrator, who is given the frame as it is.

    Raises
    ------
    InvalidSetting
        If there is no such kind.
    BadInput
        If the frame is not in EPSG:4326, or a marking, sensitivity or precision is unknown.
    """
    columns = columns_for(viewer.audience, kind, frame)
    if frame.crs is None or not frame.crs.equals(WGS84, ignore_axis_order=True):
        raise BadInput(
            f"a frame of {kind} is in {frame.crs.name if frame.crs else 'no CRS'}",
            expected="EPSG:4326",
            remedy="reproject it first",
        )
    if viewer.role is Role.ADMINISTRATOR:
        return _as_held(frame.reset_index(drop=True))
    verdict = judged(frame, viewer, kind=kind, sites=sites, closed=closed)
    shown = frame.loc[verdict.seen, columns].reset_index(drop=True)
    sensitivity = verdict.sensitivity[verdict.seen]
    if kind == "sites":
        words = np.array([member.value for member in SENSITIVITIES], dtype=object)
        shown = shown.assign(sensitivity=pd.Series(words[sensitivity], shown.index, dtype="str"))
    shown.attrs = {}
    names = names_of(sites.names, withheld_sites(viewer, sites, closed))
    if viewer.audience is Audience.INTERNAL:
        return _in_order(_as_held(cleared(shown, kind=kind, names=names, coordinates=False)))
    shown = _without_leads(shown, sensitivity != _NONE)
    shown = cleared(shown, kind=kind, names=names)
    cells_deg, lonlats = told_at(shown, sensitivity, viewer.audience, kind=kind, sites=sites)
    return _in_order(_coarse(shown, cells_deg, lonlats, kind=kind))


def judged(
    frame: gpd.GeoDataFrame,
    viewer: Viewer,
    *,
    kind: str,
    sites: SiteIndex,
    closed: Mapping[str, frozenset[str]],
) -> Verdict:
    """What the rules on rows say of each row, for anybody but the administrator."""
    datasets = frame["dataset_id"]
    sensitivity = sensitivity_ranks(frame, kind=kind, sites=sites)
    withheld = [SENSITIVITIES.index(member) for member in WITHHELD[viewer.audience]]
    unseen = np.zeros(len(frame), dtype=bool)
    if kind != "sites" and "site_id" in frame:
        hidden = unseen_sites(sites, viewer, closed)
        unseen = frame["site_id"].isin(hidden - {""}).to_numpy(dtype=bool)
    return Verdict(
        admitted=admitted(datasets, viewer, closed),
        marked=marked_for(datasets, frame["marking"], viewer, closed),
        kind=viewer.audience is Audience.INTERNAL or kind not in OFFICE_KINDS,
        site_told=~np.isin(sensitivity, withheld),
        site_seen=~unseen,
        sensitivity=sensitivity,
    )


def told_at(
    frame: gpd.GeoDataFrame,
    sensitivity: NDArray[np.int64],
    audience: Audience,
    *,
    kind: str,
    sites: SiteIndex,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width of the cell of each row (NaN: as held) and a place in it; shapes (rows,), (rows, 2).

    A row of a site that is told as a cell is told as that very cell. Any other row is told no more
    precisely than the cell of a sensitive site around it.
    """
    geometries = frame.geometry.to_numpy()
    if kind in PLAIN_KINDS:
        return np.full(len(frame), np.nan), np.full((len(frame), 2), np.nan)
    widths = np.array([CELL_DEG[audience][member] or np.nan for member in SENSITIVITIES])
    cells_deg = widths[sensitivity]
    own = starts_of(geometries) if kind == "routes" else lonlats_of(geometries)
    of_site = site_lonlats(frame, kind=kind, sites=sites)
    at_site = ~np.isnan(of_site[:, 0]) & ~np.isnan(cells_deg)
    if kind != "sites":
        around = around_deg(np.where(at_site[:, np.newaxis], np.nan, own), sites, audience)
        cells_deg = np.fmax(cells_deg, around)
    return cells_deg, np.where(at_site[:, np.newaxis], of_site, own)


def withheld_sites(
    viewer: Viewer, sites: SiteIndex, closed: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Ids of the sites that the viewer is not told of, by sensitivity, marking or dataset."""
    secret = {member.value for member in WITHHELD[viewer.audience]}
    by_sensitivity = {site for site, value in sites.sensitivity.items() if value in secret}
    return unseen_sites(sites, viewer, closed) | by_sensitivity


def _as_held(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` as it is, and what was told of its places before."""
    before, cells_deg = told_before(frame)
    return frame.assign(generalised=before, cell_deg=cells_deg)


def _without_leads(frame: gpd.GeoDataFrame, sensitive: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """`frame` without the words by which a reader could look up a sensitive site's place."""
    return frame.assign(
        **{
            name: frame[name].mask(sensitive, instead)
            for name, instead in TELLING_COLUMNS.items()
            if name in frame
        }
    )


def _coarse(
    frame: gpd.GeoDataFrame,
    cells_deg: NDArray[np.float64],
    lonlats: NDArray[np.float64],
    *,
    kind: str,
) -> gpd.GeoDataFrame:
    """`frame` with each place as coarse as it must be, and without ids that were made from it."""
    secret = ~np.isnan(cells_deg)
    # What was told coarsely before stays so; that alone makes no place a secret.
    _, before = told_before(frame)
    cells_deg = np.fmax(cells_deg, before)
    if kind == "routes":
        secret |= (frame["site_id"] == "").to_numpy(dtype=bool)
        coarse = from_cell_to_cell(frame, np.fmax(cells_deg, ROUTE_CELL_DEG), lonlats)
    else:
        coarse = generalised(frame, cells_deg, lonlats, outlines=kind in OUTLINE_KINDS)
    return without_run_ids(coarse, kind=kind, secret=secret) if kind in RUN_COLUMNS else coarse


def _in_order(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` by dataset and id, with a fresh index: neither place nor arrival shows."""
    dataset, name = (frame[column].to_numpy(dtype=object) for column in ("dataset_id", "id"))
    rising = (dataset[:-1] < dataset[1:]) | (
        (dataset[:-1] == dataset[1:]) & (name[:-1] <= name[1:])
    )
    if bool(np.all(rising)):
        return frame
    return frame.sort_values(["dataset_id", "id"], kind="stable", ignore_index=True)
