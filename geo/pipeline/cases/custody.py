"""Where confiscated objects are: the chain of custody of a case, and the gaps in it; pure.

After the chain of custody of the Berkeley Protocol (OHCHR 2020, HR/PUB/20/2): who gave what to
whom, when and why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd
from rapidfuzz import fuzz

from geo.model import CustodyType
from geo.words import fold

SAME_PARTY = 85.0
"""Two names are of one party from this ``token_set_ratio`` on: *the Iraq Museum*, *Iraq Museum*."""


_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Where an object is, as far as its custody is recorded."""

    object_id: str
    """The object; empty for all objects that are not named by themselves."""
    party: str
    """Who answers for it; empty if no step says."""
    storage_place: str
    """Where it is kept; empty if no step says. For the office only."""
    state: str
    """Type of the last step, such as ``stored``; empty if there is none."""
    since: date | None
    """Day of the last step; None if it has no date."""
    gaps: tuple[str, ...] = ()
    """Where who gave away is not who had taken over, in words."""


def in_order(custody: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Steps of custody from the first to the last; those without a date come last, as entered."""
    day = custody["date_from"].fillna(custody["date_to"])
    ordered = custody.assign(_day=day)
    by = ["_day", *(name for name in ("recorded_at",) if name in custody), "id"]
    return ordered.sort_values(by, na_position="last", kind="stable").drop(columns="_day")


def holders(custody: gpd.GeoDataFrame, object_ids: list[str]) -> tuple[Holder, ...]:
    """Where each object of a case is; a step that names no object is of all of them.

    One entry for each object with steps of its own, before them one for all the others if there are
    steps for all.
    """
    ordered = in_order(custody)
    named = [name for name in object_ids if (ordered["object_id"] == name).any()]
    common = [""] if (ordered["object_id"] == "").any() else []
    return tuple(_holder(ordered, name) for name in [*common, *named])


def _holder(ordered: gpd.GeoDataFrame, object_id: str) -> Holder:
    """Where one object is, by its own steps and those of all objects."""
    party, place, state = "", "", ""
    since: date | None = None
    gaps: list[str] = []
    steps = ordered[ordered["object_id"].isin({"", object_id})]
    for step in steps.to_dict("records"):
        if step["from_party"] and party and not same_party(step["from_party"], party):
            gaps.append(
                f"{step['from_party']} gave them away, but {party} had taken them over before"
            )
        if step["to_party"] and not same_party(step["to_party"], party):
            party, place = step["to_party"], ""
        place = step["storage_place"] or place
        state = step["event_type"]
        if state in (CustodyType.LOST, CustodyType.DESTROYED):
            place = ""
        day = step["date_from"] if pd.notna(step["date_from"]) else step["date_to"]
        since = pd.Timestamp(day).date() if pd.notna(day) else None
    return Holder(
        object_id=object_id,
        party=party,
        storage_place=place,
        state=state,
        since=since,
        gaps=tuple(gaps),
    )


def same_party(first: str, second: str) -> bool:
    """Whether two names are of one party; an empty one is of none."""
    one, other = (" ".join(_WORD.findall(fold(name))) for name in (first, second))
    return bool(one and other) and fuzz.token_set_ratio(one, other) >= SAME_PARTY
