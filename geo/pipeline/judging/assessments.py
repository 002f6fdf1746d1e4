"""Assessments of a site, in the terms of EAMENA, that follow from an alert."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pandas as pd

from geo.eamena import (
    Activity,
    Certainty,
    Condition,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
)
from geo.errors import BadInput, NotFound
from geo.model import Assessment, Precision, Tlp, strictest
from geo.pipeline.judging.keeping import Row, alert_of, digest, keep, require_somebody
from geo.store import Store

_SUGGESTED: Mapping[
    str, tuple[DisturbanceCategory, DisturbanceCause, tuple[DisturbanceEffect, ...]]
] = {
    "pit": (
        DisturbanceCategory.LOOTING,
        DisturbanceCause.EXCAVATION_HAND,
        (DisturbanceEffect.LOSS_OF_MATERIAL, DisturbanceEffect.EARTH_DISPLACEMENT),
    ),
    "bulldoz": (
        DisturbanceCategory.UNKNOWN,
        DisturbanceCause.CLEARANCE_BULLDOZING,
        (DisturbanceEffect.TERRAIN,),
    ),
    "road": (
        DisturbanceCategory.INFRASTRUCTURE,
        DisturbanceCause.ROAD,
        (DisturbanceEffect.TERRAIN,),
    ),
    "construct": (
        DisturbanceCategory.BUILDING,
        DisturbanceCause.CONSTRUCTION,
        (DisturbanceEffect.COVERED,),
    ),
    "demoli": (
        DisturbanceCategory.UNKNOWN,
        DisturbanceCause.DEMOLITION,
        (DisturbanceEffect.COLLAPSE,),
    ),
    "cultivat": (
        DisturbanceCategory.AGRICULTURAL,
        DisturbanceCause.PLOUGHING,
        (DisturbanceEffect.TERRAIN,),
    ),
    "flood": (
        DisturbanceCategory.UNKNOWN,
        DisturbanceCause.FLOODING,
        (DisturbanceEffect.WATER_DAMAGE,),
    ),
}
"""Category, cause and effects by a part of the hint's word. Looting pits are coded as EAMENA does:
an illegal activity, excavation, loss of material; "Theft" there means museums and signs. That
ploughing and building disturb the ground is a suggestion that a person confirms."""


def prefilled(alert: Row, *, now: datetime) -> Assessment:
    """An assessment as the alert and its hint suggest it, for a person to complete; pure.

    The hint is unverified, so that the certainty is low; the condition is for a person to say.
    """
    hint = str(alert["hint"]).lower()
    category, cause, effects = next(
        (coded for word, coded in _SUGGESTED.items() if word in hint),
        (DisturbanceCategory.UNKNOWN, DisturbanceCause.UNKNOWN, ()),
    )
    return Assessment(
        id="new",
        site_id=str(alert["site_id"]),
        condition=Condition.UNKNOWN,
        alert_id=str(alert["id"]),
        alert_dataset_id=str(alert["dataset_id"]),
        disturbance_category=category,
        disturbance_cause=cause,
        disturbance_effects=effects,
        certainty=Certainty.LOW if effects else Certainty.NOT_APPLICABLE,
        activity=Activity.CONDITION_IMAGES,
        assessed_on=now.astimezone(UTC).date(),
        date_from=_day(alert["date_from"]),
        date_to=_day(alert["date_to"]),
        marking=Tlp(alert["marking"]),
        simulated=bool(alert["simulated"]),
    )


def assess(
    store: Store, alert: Row, assessment: Assessment, *, author: str, now: datetime
) -> Assessment:
    """Keep an assessment of the alert's site that a person made; gives it as it was kept.

    Its id is given here; site, place, marking if that is stricter, and whether it is invented are
    the alert's.

    Raises
    ------
    NotFound
        If there is no such alert, or no such site.
    BadInput
        If the alert belongs to no site, nobody assesses it, or the day is after `now`.
    """
    held = alert_of(store, alert)
    site_id = str(held["site_id"])
    _require_site(store, site_id, str(held["id"]))
    require_somebody(author)
    today = now.astimezone(UTC).date()
    if assessment.assessed_on and assessment.assessed_on > today:
        raise BadInput(
            f"the assessment is of {assessment.assessed_on}, which is to come",
            expected=f"a day up to {today}",
            remedy="give the day on which the site was assessed",
        )
    kept = dataclasses.replace(
        assessment,
        # No hash over the place: this id is told where the place is not.
        id=f"AS-{digest(site_id, author, now.astimezone(UTC).isoformat())}",
        dataset_id=str(held["dataset_id"]),
        site_id=site_id,
        alert_id=str(held["id"]),
        alert_dataset_id=str(held["dataset_id"]),
        geometry=held["geometry"],
        precision=Precision(held["precision"]),
        date_from=assessment.date_from or _day(held["date_from"]),
        date_to=assessment.date_to or _day(held["date_to"]),
        assessed_by=author,
        assessed_on=assessment.assessed_on or today,
        source=assessment.source or "assessment in Lamassu",
        marking=strictest([assessment.marking, Tlp(held["marking"])]),
        simulated=bool(held["simulated"]),
    )
    keep(store, "assessments", kept, author=author, now=now)
    return kept


def _require_site(store: Store, site_id: str, alert_id: str) -> None:
    """Refuse to assess what is no site of the store."""
    if not site_id:
        raise BadInput(
            f"{alert_id} belongs to no site",
            expected="an alert of a site",
            remedy="correct its site_id first",
        )
    if not (store.read("sites")["id"] == site_id).any():
        raise NotFound(
            f"there is no site {site_id!r}",
            expected="the id of a site in the store",
            remedy="bring the site in first",
        )


def _day(value: date | None) -> date | None:
    """A day of a frame; None if it is unknown."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
