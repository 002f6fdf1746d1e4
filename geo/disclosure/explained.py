"""Why a record is shown as it is, or not at all, rule by rule; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from geo.access import Role, Viewer
from geo.columns import Form, columns_of
from geo.disclosure.cells import placed
from geo.disclosure.rules import (
    CELL_DEG,
    INTERNAL_COLUMNS,
    OUTLINE_KINDS,
    ROUTE_CELL_DEG,
    RULES,
    RUN_COLUMNS,
    TELLING_COLUMNS,
    Rule,
)
from geo.disclosure.sites import NO_SITES, SENSITIVITIES, SiteIndex
from geo.disclosure.viewing import NOTHING_CLOSED, Verdict, for_viewer, judged, told_at
from geo.errors import BadInput
from geo.model import Audience, Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one rule did to a record."""

    rule: str
    """Its id in `RULES`, such as ``R3 marking``."""
    outcome: str
    """``shown``, ``withheld``, ``cell 0.1``, ``outline removed``, ``columns removed: ...``,
    ``texts changed: ...``, ``numbered`` or ``cell to cell of 0.1``."""
    why: str
    """In a sentence, without a place."""


def explained(
    frame: gpd.GeoDataFrame,
    viewer: Viewer,
    *,
    kind: str,
    sites: SiteIndex = NO_SITES,
    closed: Mapping[str, frozenset[str]] = NOTHING_CLOSED,
) -> tuple[Reason, ...]:
    """What each rule does to the one record in `frame`, as the store holds it, for `viewer`.

    If any rule withholds it, those that do are told and no other. The reasons are for whoever
    may see the record: they name its marking, its dataset and how sensitive its site is.

    Raises
    ------
    BadInput
        If the frame holds not one row, or what `for_viewer` refuses.
    InvalidSetting
        If there is no such kind.
    """
    if len(frame) != 1:
        raise BadInput(f"{len(frame)} records are to be explained", expected="one record")
    shown = for_viewer(frame, viewer, kind=kind, sites=sites, closed=closed)
    if viewer.role is Role.ADMINISTRATOR:
        return (_reason(Rule.OFFICE, "shown"),)
    verdict = judged(frame, viewer, kind=kind, sites=sites, closed=closed)
    against = tuple(_against(frame, viewer, verdict, closed))
    if against:
        return against
    seen = (_reason(Rule.MARKING, "shown", f"It is {frame['marking'].iloc[0]}."),)
    if viewer.audience is Audience.INTERNAL:
        return (*seen, *_removed(frame, shown, verdict, kind=kind))
    return (
        *seen,
        *_coarsened(frame, viewer.audience, verdict, kind=kind, sites=sites),
        *_removed(frame, shown, verdict, kind=kind),
    )


def _reason(rule: Rule, outcome: str, told: str = "") -> Reason:
    """The rule with what it did, and what it did it for."""
    return Reason(rule=rule.value, outcome=outcome, why=f"{RULES[rule]} {told}".strip())


def _against(
    frame: gpd.GeoDataFrame,
    viewer: Viewer,
    verdict: Verdict,
    closed: Mapping[str, frozenset[str]],
) -> Iterator[Reason]:
    """Every rule by which the row is withheld."""
    row = frame.iloc[0]
    dataset = str(row["dataset_id"])
    groups = closed.get(dataset, frozenset())
    if not verdict.admitted[0]:
        names = ", ".join(sorted(groups))
        yield _reason(Rule.GROUP, "withheld", f"The dataset {dataset} is closed to {names}.")
    if not verdict.marked[0]:
        most = viewer.ceiling(groups).value
        yield _reason(
            Rule.MARKING, "withheld", f"It is {row['marking']}; the role sees up to {most} here."
        )
    if not verdict.kind:
        yield _reason(Rule.KIND, "withheld")
    if not verdict.site_told[0]:
        sensitivity = SENSITIVITIES[int(verdict.sensitivity[0])].name.lower()
        yield _reason(Rule.SITE_WITHHELD, "withheld", f"The site's sensitivity is {sensitivity}.")
    if not verdict.site_seen[0]:
        yield _reason(Rule.SITE_UNSEEN, "withheld", f"It speaks of the site {row['site_id']}.")


def _coarsened(
    frame: gpd.GeoDataFrame,
    audience: Audience,
    verdict: Verdict,
    *,
    kind: str,
    sites: SiteIndex,
) -> Iterator[Reason]:
    """What is done to the place."""
    if not placed(frame.geometry.to_numpy())[0]:
        return
    cells_deg, _ = told_at(frame, verdict.sensitivity, audience, kind=kind, sites=sites)
    sensitivity = SENSITIVITIES[int(verdict.sensitivity[0])]
    width = CELL_DEG[audience][sensitivity] or np.nan
    if kind == "routes":
        width = float(np.fmax(cells_deg[0], ROUTE_CELL_DEG))
        yield _reason(Rule.ROUTE, f"cell to cell of {width:g}")
        return
    if np.isnan(cells_deg[0]):
        yield _reason(Rule.CELL, "shown", "The place is told as it is held.")
    elif kind in OUTLINE_KINDS:
        yield _reason(Rule.OUTLINE, "outline removed")
    elif cells_deg[0] > width or np.isnan(width):
        yield _reason(Rule.AROUND, f"cell {cells_deg[0]:g}")
    else:
        of_site = kind != "sites" and "site_id" in frame and bool(frame["site_id"].iloc[0])
        told = f"Its sensitivity is {sensitivity.name.lower()}."
        yield _reason(Rule.SITE_CELL if of_site else Rule.CELL, f"cell {width:g}", told)


def _removed(
    frame: gpd.GeoDataFrame, shown: gpd.GeoDataFrame, verdict: Verdict, *, kind: str
) -> Iterator[Reason]:
    """What is taken out of the cells."""
    gone = [name for name in sorted(INTERNAL_COLUMNS) if name in frame and name not in shown]
    if gone:
        yield _reason(Rule.COLUMNS, f"columns removed: {', '.join(gone)}")
    sensitive = SENSITIVITIES[int(verdict.sensitivity[0])] is not Sensitivity.NONE
    changed = [
        column.name
        for column in columns_of(kind)
        if column.name in shown
        and str(shown[column.name].iloc[0]) != str(frame[column.name].iloc[0])
    ]
    told = [name for name in changed if sensitive and name in TELLING_COLUMNS]
    if told:
        yield _reason(Rule.SOURCES, f"texts removed: {', '.join(told)}")
    run = {"id", RUN_COLUMNS.get(kind, "id")}
    if run & set(changed):
        yield _reason(Rule.IDS, "numbered")
    handled = {*told, *run, "precision", "geometry", "sensitivity"}
    texts = [
        column.name
        for column in columns_of(kind)
        if column.name in changed and column.name not in handled and column.form is Form.TEXT
    ]
    if texts:
        yield _reason(Rule.TEXTS, f"texts changed: {', '.join(texts)}")
