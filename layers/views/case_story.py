"""What a case tells: its time line, and where its objects are, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.model import CustodyType, SeizureType
from geo.pipeline.cases import Case
from geo.pipeline.cases.custody import Holder
from layers.card import date_words
from layers.case_file import Mark, Place, Step, isolated

EVENT_FACTS = {
    "agency": "By",
    "claimed_origin": "Said to be from",
    "transit": "By way of",
    "destination": "Bound for",
    "transport_detail": "Carried by",
    "concealment": "Hidden",
    "detection_method": "Found by",
    "outcome": "Outcome",
}
"""What the time line tells of an event."""

TOWARDS = {
    CustodyType.SEIZED: "by",
    CustodyType.RECEIVED: "by",
    CustodyType.EXAMINED: "by",
    CustodyType.CONSERVED: "by",
    CustodyType.STORED: "with",
    CustodyType.LOST: "while with",
    CustodyType.DESTROYED: "while with",
}
"""The word before who has the objects after a step; ``to`` for the others."""


def steps(case: Case) -> list[Step]:
    """Events and custody in one time line; what has no date comes last."""
    dated = [(_day(row), 0, _event_step(row)) for _, row in case.events.iterrows()]
    dated += [(_day(row), 1, _custody_step(row, case)) for _, row in case.custody.iterrows()]
    return [step for _, _, step in sorted(dated, key=lambda entry: entry[:2])]


def places(case: Case) -> list[Place]:
    """Where the objects are, as far as anybody recorded it."""
    if case.holders:
        named = len(case.holders) > 1
        return [_place(holder, case, others=named) for holder in case.holders]
    returns = case.events[case.events["event_type"] == SeizureType.RETURN]
    if len(returns):
        last = returns.iloc[-1]
        return [
            Place(
                what="By the last record of a return; no step of custody is recorded",
                where=f"Returned: {where_words(last)}",
                since=date_words(last),
            )
        ]
    agency = case.lead["agency"]
    return [
        Place(
            what="No step of custody is recorded",
            where=f"Seized by {isolated(agency)}; since then unknown" if agency else "Unknown",
        )
    ]


def _event_step(row: pd.Series) -> Step:
    """A record of a seizure as a step of the time line."""
    count = "" if pd.isna(row["object_count"]) else f"{int(row['object_count']):,}"
    objects = " ".join(
        part for part in (row["count_qualifier"], count, row["object_types"]) if part
    )
    facts = [("Objects", objects), *((label, row[name]) for name, label in EVENT_FACTS.items())]
    returned = row["event_type"] == SeizureType.RETURN
    return Step(
        day=date_words(row),
        mark=Mark.RETURNED if returned else Mark.SEIZED,
        title=event_title(row),
        text=row["description"],
        facts=facts,
        source=f"{_source(row)} \u00b7 grade {row['grade']}",
        simulated=bool(row["simulated"]),
    )


def _custody_step(row: pd.Series, case: Case) -> Step:
    """A step of custody as a step of the time line."""
    words = str(row["event_type"]).capitalize()
    if row["from_party"]:
        words += f" from {isolated(row['from_party'])}"
    if row["to_party"]:
        words += f" {TOWARDS.get(row['event_type'], 'to')} {isolated(row['to_party'])}"
    marks = {
        CustodyType.RETURNED: Mark.RETURNED,
        CustodyType.LOST: Mark.GONE,
        CustodyType.DESTROYED: Mark.GONE,
    }
    return Step(
        day=date_words(row),
        mark=marks.get(row["event_type"], Mark.KEPT),
        title=words,
        text=row["description"],
        facts=[
            ("Objects", object_name(case, row["object_id"]) if row["object_id"] else ""),
            ("Kept at", row["storage_place"]),
            ("Condition", row["condition"]),
            ("Reference", row["reference"]),
        ],
        source=_source(row),
        simulated=bool(row["simulated"]),
    )


def _place(holder: Holder, case: Case, *, others: bool) -> Place:
    """Where one object, or all others, are."""
    gone = holder.state in (CustodyType.LOST, CustodyType.DESTROYED)
    party, kept_at = isolated(holder.party), isolated(holder.storage_place)
    state = {
        CustodyType.LOST: "Lost",
        CustodyType.DESTROYED: "Destroyed",
        CustodyType.RETURNED: f"Returned to {party}" if holder.party else "Returned",
    }.get(CustodyType(holder.state), party if holder.party else "Holder not stated")
    if gone and holder.party:
        state = f"{state} while with {party}"
    if holder.object_id:
        what = object_name(case, holder.object_id)
    else:
        what = "All other objects" if others else "All objects"
    return Place(
        what=what,
        where=f"{state} \u00b7 {kept_at}" if holder.storage_place else state,
        since=f"since {holder.since:%Y-%m-%d}" if holder.since is not None else "date not known",
        gaps=holder.gaps,
        gone=gone,
    )


def event_title(row: pd.Series) -> str:
    """What happened and where."""
    return f"{str(row['event_type']).capitalize()}: {where_words(row)}"


def where_words(row: Mapping[str, Any] | pd.Series) -> str:
    """Place and country; the country alone where no place is named."""
    names = dict.fromkeys(text for text in (row["place"], row["country"]) if text)
    return ", ".join(map(isolated, names))


def object_name(case: Case, object_id: str) -> str:
    """An object of a case by its type and id."""
    found = case.objects[case.objects["id"] == object_id]
    return f"{found['object_type'].iloc[0]} ({object_id})" if len(found) else object_id


def _source(row: pd.Series) -> str:
    """The record's id and where it is from."""
    return f"{row['id']} \u00b7 {row['source'] or 'source not stated'}"


def _day(row: pd.Series) -> pd.Timestamp:
    """The day by which a record is sorted."""
    day = row["date_from"] if pd.notna(row["date_from"]) else row["date_to"]
    return pd.Timestamp.max if pd.isna(day) else pd.Timestamp(day)
