"""What redaction must know of the sites, whatever kind of record is redacted; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import Viewer
from geo.disclosure.cells import cell_keys, lonlats_of
from geo.disclosure.rules import CELL_DEG, code_of, ranks_of
from geo.model import Audience, Sensitivity, Tlp

SENSITIVITIES = tuple(Sensitivity)

STRICTNESS = {
    Sensitivity.NONE: 0,
    Sensitivity.LOW: 1,
    Sensitivity.MEDIUM: 2,
    Sensitivity.HIGH: 3,
    Sensitivity.EXTREME: 4,
}
"""Sensitivities from free to strict: their codes run the other way."""

_STRICTNESS_OF_RANK = np.array([STRICTNESS[member] for member in SENSITIVITIES])


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteIndex:
    """All sites of a store by id, as far as redaction asks; an id that occurs twice counts once."""

    sensitivity: Mapping[str, str] = field(default_factory=dict)
    """The strictest sensitivity, as a value of `Sensitivity`."""
    lonlat: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Place of the strictest record that has one."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names in every script."""
    records: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Dataset id and marking of each of its records; a site without any counts as seen."""


NO_SITES = SiteIndex()
"""No site is known."""


def site_index(sites: gpd.GeoDataFrame) -> SiteIndex:
    """The index of a frame of sites, as a store holds it or as somebody has been given it.

    Raises
    ------
    BadInput
        If a sensitivity is unknown.
    """
    strictness = _STRICTNESS_OF_RANK[ranks_of(Sensitivity, sites["sensitivity"])]
    order = np.argsort(-strictness, kind="stable").tolist()
    columns = [sites[name].tolist() for name in ("id", "sensitivity", "dataset_id", "marking")]
    told = [name for name in ("name", "name_ar", "alt_names") if name in sites]
    names = list(zip(*(sites[name].tolist() for name in told), strict=True))
    lonlats = lonlats_of(sites.geometry.to_numpy()).tolist()
    sensitivity: dict[str, str] = {}
    lonlat: dict[str, tuple[float, float]] = {}
    named: dict[str, tuple[str, ...]] = {}
    records: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in order:
        site, value, dataset, marking = (column[row] for column in columns)
        sensitivity.setdefault(site, value)
        lon, lat = lonlats[row]
        if not np.isnan(lon):
            lonlat.setdefault(site, (lon, lat))
        words = (part.strip() for text in names[row] for part in str(text).split("|"))
        named[site] = tuple(dict.fromkeys([*named.get(site, ()), *filter(None, words)]))
        records[site] = (*records.get(site, ()), (dataset, marking))
    return SiteIndex(sensitivity=sensitivity, lonlat=lonlat, names=named, records=records)


def sensitivity_ranks(frame: pd.DataFrame, *, kind: str, sites: SiteIndex) -> NDArray[np.int64]:
    """Each row's sensitivity as an index of `SENSITIVITIES`, that of its site; shape (rows,).

    A site's own is the strictest of all records with its id. A row that speaks of no site has none;
    one of a site that is not known counts as extremely sensitive: the site may be gone from the
    store, or hidden from whoever asked.

    Raises
    ------
    BadInput
        If a sensitivity is unknown.
    """
    known = {
        site: SENSITIVITIES.index(code_of(Sensitivity, value))
        for site, value in sites.sensitivity.items()
    }
    none, extreme = map(SENSITIVITIES.index, (Sensitivity.NONE, Sensitivity.EXTREME))
    if kind == "sites":
        own = ranks_of(Sensitivity, frame["sensitivity"])
        indexed = _looked_up(frame["id"], known, none)
        stricter = _STRICTNESS_OF_RANK[indexed] > _STRICTNESS_OF_RANK[own]
        return np.where(stricter, indexed, own)
    if "site_id" not in frame:
        return np.full(len(frame), none)
    return _looked_up(frame["site_id"], {**known, "": none}, extreme)


def site_lonlats(frame: pd.DataFrame, *, kind: str, sites: SiteIndex) -> NDArray[np.float64]:
    """The place of each row's site, shape (rows, 2); NaN where there is none or it is unknown."""
    column = "id" if kind == "sites" else "site_id"
    if column not in frame:
        return np.full((len(frame), 2), np.nan)
    nowhere = (np.nan, np.nan)
    return np.array(_looked_up(frame[column], sites.lonlat, nowhere, dtype=float)).reshape(-1, 2)


def unseen_sites(
    sites: SiteIndex, viewer: Viewer, closed: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Ids of the sites of which the viewer may see no record, by dataset and marking."""
    told: dict[tuple[str, str], bool] = {}
    for dataset, marking in {record for kept in sites.records.values() for record in kept}:
        groups = closed.get(dataset, frozenset())
        strictest = viewer.ceiling(groups).strictness
        inside = viewer.admits(groups) and code_of(Tlp, marking).strictness <= strictest
        told[dataset, marking] = inside
    return frozenset(
        site for site, kept in sites.records.items() if not any(told[record] for record in kept)
    )


def around_deg(
    lonlats: NDArray[np.float64], sites: SiteIndex, audience: Audience
) -> NDArray[np.float64]:
    """Width of the widest cell of a sensitive site that holds the place; NaN without one.

    Shape (places,). A place at such a site would else narrow it, although it does not name it.
    """
    widths = np.full(len(lonlats), np.nan)
    by_width: dict[float, list[tuple[float, float]]] = {}
    for site, lonlat in sites.lonlat.items():
        sensitivity = code_of(Sensitivity, sites.sensitivity.get(site, Sensitivity.EXTREME.value))
        width = CELL_DEG[audience][sensitivity]
        if width is not None and sensitivity is not Sensitivity.NONE:
            by_width.setdefault(width, []).append(lonlat)
    held = ~np.isnan(lonlats[:, 0])
    for width, places in sorted(by_width.items()):
        taken = cell_keys(np.array(places), np.full(len(places), width))
        inside = np.isin(cell_keys(lonlats[held], np.full(held.sum(), width)), taken)
        widths[np.flatnonzero(held)[inside]] = width
    return widths


def _looked_up(
    ids: pd.Series,
    known: Mapping[str, Any],
    absent: Any,  # noqa: ANN401 - of the mapping's type
    *,
    dtype: type = np.int64,
) -> NDArray[Any]:
    """What is `known` of each id, or `absent`; shape (rows, ...)."""
    number, distinct = pd.factorize(ids, use_na_sentinel=False)
    values: NDArray[Any] = np.array([known.get(site, absent) for site in distinct], dtype=dtype)
    return values[number] if len(values) else values
