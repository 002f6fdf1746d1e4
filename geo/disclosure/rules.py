"""The rules of disclosure as tables: which rows, which columns, how precisely; pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import Role, Viewer
from geo.columns import columns_of
from geo.errors import BadInput
from geo.model import Audience, Sensitivity, Tlp

Code = TypeVar("Code", bound=StrEnum)

CELLS_DEG = (1.0, 0.1, 0.01, 0.001)
"""Widths of the nested grid's cells in degrees."""

ROUTE_CELL_DEG = 0.1
"""Width of the cells through which a route is told to anybody but the office, or wider."""

CELL_DEG: Mapping[Audience, Mapping[Sensitivity, float | None]] = {
    Audience.INTERNAL: dict.fromkeys(Sensitivity),
    Audience.PARTNER: {
        Sensitivity.NONE: None,
        Sensitivity.LOW: 0.001,
        Sensitivity.MEDIUM: 0.01,
        Sensitivity.HIGH: 0.1,
        Sensitivity.EXTREME: 1.0,
    },
    Audience.PUBLIC: {
        Sensitivity.NONE: 0.01,
        Sensitivity.LOW: 0.01,
        Sensitivity.MEDIUM: 0.01,
        Sensitivity.HIGH: 0.1,
        Sensitivity.EXTREME: 1.0,
    },
}
"""Cell for a location by the GBIF category of its sensitivity; None means the point itself."""

WITHHELD: Mapping[Audience, frozenset[Sensitivity]] = {
    Audience.INTERNAL: frozenset(),
    Audience.PARTNER: frozenset({Sensitivity.EXTREME}),
    Audience.PUBLIC: frozenset({Sensitivity.EXTREME, Sensitivity.HIGH}),
}
"""Sensitivities whose sites an audience is not told of: a name or an id alone would lead there."""

PLAIN_KINDS = frozenset({"posts", "roads", "terrain", "networks"})
"""Kinds whose places lead to no site, so that they are shown as held."""

OFFICE_KINDS = frozenset({"custody", "photographs", "links", "stolen", "opinions"})
"""Kinds that nobody but the office sees a row of: where confiscated objects lie, what they look
like, who decided what belongs together, lists that others entrusted to the office, and what its
people say of alerts."""

OUTLINE_KINDS = frozenset({"scenes"})
"""Kinds whose outline is shown as held or not at all: a picture made for a site has the site in its
middle, and two generalised edges a known width apart would give that middle away."""

RUN_COLUMNS: Mapping[str, str] = {"routes": "study_id", "alerts": "detection_id"}
"""The column that names the run which made a record; it and the id are hashes over all inputs."""

INTERNAL_COLUMNS = frozenset(
    {"footprint_wkt", "buffer_m", "coord_source", "distance_m", "provenance", "path", "transform",
     "owner", "note", "features", "alert_id", "alert_dataset_id", "assessed_by"}
)  # fmt: skip
"""Columns that can hold an exact place or an inner matter; only the office itself sees them. The id
of an alert is a hash over its place."""

ADDED_COLUMNS = frozenset({"version", "recorded_at", "generalised", "cell_deg"})
"""What store and disclosure add and anybody may see; the import stays an inner matter."""

TELLING_COLUMNS: Mapping[str, str] = {
    "source": "withheld, because it would lead to the exact place",
    "source_url": "",
    "name_ar_source": "",
    "designation": "",
    "description": "",
}
"""What stands where a column could lead to the exact place of a sensitive site."""


class Rule(StrEnum):
    """Ids of the rules."""

    OFFICE = "R1 office"
    GROUP = "R2 sharing group"
    MARKING = "R3 marking"
    KIND = "R4 kind"
    SITE_WITHHELD = "R5 sensitive site"
    SITE_UNSEEN = "R6 unseen site"
    CELL = "R7 cell"
    SITE_CELL = "R8 cell of the site"
    AROUND = "R9 around a sensitive site"
    OUTLINE = "R10 outline"
    ROUTE = "R11 route"
    COLUMNS = "R12 inner columns"
    SOURCES = "R13 telling sources"
    TEXTS = "R14 places in texts"
    IDS = "R15 ids of runs"
    COUNTS = "R16 small counts"


RULES: Mapping[str, str] = {
    Rule.OFFICE: "The administrator sees every record as it is held, and each look is noted.",
    Rule.GROUP: "A dataset that is closed to sharing groups is seen by their members only.",
    Rule.MARKING: "A record is seen if its marking is no stricter than the role may see; inside "
    "one's own sharing groups a role may see more.",
    Rule.KIND: "Custody, photographs, links between cases, lists of stolen objects and opinions on "
    "alerts are the office's own.",
    Rule.SITE_WITHHELD: "Outside the office, extremely sensitive sites are withheld with all that "
    "speaks of them; from the public, highly sensitive ones too. A site that is not known counts "
    "as extremely sensitive.",
    Rule.SITE_UNSEEN: "What speaks of a site is not seen by those who may not see the site.",
    Rule.CELL: "Outside the office, a place is told as a cell of one nested grid, whose width "
    "follows from the role and from how sensitive the place is; it is never jittered.",
    Rule.SITE_CELL: "What belongs to a site is told as the cell of that site, wherever it lies.",
    Rule.AROUND: "A place inside the cell of a sensitive site is told no more precisely than that "
    "cell.",
    Rule.OUTLINE: "The outline of a picture is left out where its site is told as a cell.",
    Rule.ROUTE: "Outside the office, a route is told from cell to cell of 0.1 degree or wider, "
    "with coarse numbers.",
    Rule.COLUMNS: "Columns that can hold an exact place or an inner matter are removed outside the "
    "office.",
    Rule.SOURCES: "Sources, status and description of a sensitive site are withheld outside the "
    "office, because they lead to it.",
    Rule.TEXTS: "Names of sites that one may not see are taken out of texts; outside the office "
    "coordinates are as well.",
    Rule.IDS: "An id that was computed from a place is replaced where the place is not told.",
    Rule.COUNTS: "Outside the office, numbers of fewer than 5 records in a cell are not told.",
}
"""Each rule of disclosure in a sentence, by its id."""


def code_of(codes: type[Code], value: str) -> Code:
    """The member of a code list that `value` names; an unknown one is refused, never guessed."""
    try:
        return codes(value)
    except ValueError as err:
        raise BadInput(
            f"{value!r} is no {codes.__name__}", expected=f"one of {', '.join(codes)}"
        ) from err


def ranks_of(codes: type[Code], values: pd.Series) -> NDArray[np.int64]:
    """Each value's index in its code list, shape (rows,).

    Raises
    ------
    BadInput
        If a value is none of the list.
    """
    number, distinct = pd.factorize(values, use_na_sentinel=False)
    order = list(codes)
    ranks = np.array([order.index(code_of(codes, value)) for value in distinct], dtype=np.int64)
    return np.asarray(ranks[number]) if len(ranks) else np.zeros(len(values), dtype=np.int64)


def columns_for(audience: Audience, kind: str, frame: pd.DataFrame) -> list[str]:
    """The columns of `frame` that `audience` may have, in their order.

    Raises
    ------
    InvalidSetting
        If there is no such kind.
    """
    declared = {column.name for column in columns_of(kind)}
    if audience is Audience.INTERNAL:
        return list(frame.columns)
    allowed = (declared | ADDED_COLUMNS) - INTERNAL_COLUMNS
    return [name for name in frame.columns if name in allowed]


def admitted(
    datasets: pd.Series, viewer: Viewer, closed: Mapping[str, frozenset[str]]
) -> NDArray[np.bool_]:
    """Where the row's dataset is open, or the viewer is in one of its groups; shape (rows,)."""
    if not closed or viewer.role is Role.ADMINISTRATOR:
        return np.ones(len(datasets), dtype=bool)
    kept_out = [name for name, groups in closed.items() if not viewer.admits(groups)]
    return ~np.asarray(datasets.isin(kept_out), dtype=bool)


def marked_for(
    datasets: pd.Series,
    markings: pd.Series,
    viewer: Viewer,
    closed: Mapping[str, frozenset[str]],
) -> NDArray[np.bool_]:
    """Where the marking is no stricter than the viewer's ceiling in that dataset; shape (rows,)."""
    strictness = ranks_of(Tlp, markings)
    seen = strictness <= viewer.ceiling().strictness
    for name, groups in closed.items():
        inside = np.asarray(datasets == name, dtype=bool)
        seen[inside] = strictness[inside] <= viewer.ceiling(groups).strictness
    return np.asarray(seen)
