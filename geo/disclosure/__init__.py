"""How precisely a thing may be shown, and to whom; pure.

Everything drawn, counted, exported or printed passes through `for_viewer` first.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from geo.access import Viewer
from geo.disclosure.cells import cell_of
from geo.disclosure.explained import Reason, explained
from geo.disclosure.rules import CELL_DEG, CELLS_DEG, ROUTE_CELL_DEG, RULES, Rule, code_of
from geo.disclosure.sites import NO_SITES, SiteIndex, site_index
from geo.disclosure.viewing import for_viewer
from geo.model import Audience, Sensitivity, Tlp, strictest

__all__ = [
    "CELLS_DEG",
    "K_LEAST",
    "NO_SITES",
    "ROUTE_CELL_DEG",
    "RULES",
    "Reason",
    "Rule",
    "SiteIndex",
    "cell_of",
    "composite_marking",
    "counts_told",
    "explained",
    "for_viewer",
    "generalisation_note",
    "imagery_allowed",
    "site_index",
]

K_LEAST = 5
"""Fewest records in a cell whose number is told outside the office: a choice that statistical
offices commonly make."""


def imagery_allowed(viewer: Viewer, sensitivity: Sensitivity) -> bool:
    """Whether a picture of a site may be shown: it gives the place away, whatever the cell."""
    return CELL_DEG[viewer.audience][sensitivity] is None


def counts_told(counts: pd.Series, *, least: int = K_LEAST) -> pd.Series:
    """Counts as they are told outside the office; float, same index.

    A number from 1 to `least` - 1 is NaN, which is read as "fewer than 5"; 0 and NaN stay.
    """
    told = counts.astype(float)
    return told.mask((told > 0) & (told < least))


def generalisation_note(audience: Audience, *, routes: bool = False) -> str:
    """What was done to places for `audience`, in one sentence; empty if nothing was.

    A sentence before it tells of `routes` where there are any.
    """
    if audience is Audience.INTERNAL:
        return ""
    places = (
        "Places of sites, events, seizures and alerts are given as cells of 0.01 degree (about "
        "1 km) or coarser, without outlines of pictures or sources of sensitive sites; highly "
        "sensitive sites are withheld."
        if audience is Audience.PUBLIC
        else "Places of sensitive sites, and of all that lies in their cells, are given as cells "
        "of 0.001 to 0.1 degree, without their sources; extremely sensitive sites are withheld."
    )
    return f"{_NOTE_ON_ROUTES} {places}" if routes else places


_NOTE_ON_ROUTES = (
    "Routes go from cell to cell of 0.1 degree (about 10 km) and are no courses; lengths (to 10 "
    "km) and times (up to whole hours) leave out the first cell; shares are to 5 %."
)


def composite_marking(frames: Iterable[gpd.GeoDataFrame]) -> Tlp:
    """The strictest marking of all rows of all frames; CLEAR if there is no row."""
    return strictest(
        [code_of(Tlp, value) for frame in frames for value in frame["marking"].unique()]
    )
