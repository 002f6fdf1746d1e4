"""Alerts: places that a detector flagged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geo.model.record import Record


class AlertStatus(StrEnum):
    """The algorithm's own state of an alert; the analyst's judgement is another field."""

    FIRST = "first"
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    FINISHED = "finished"


class AlertMethod(StrEnum):
    """Kind of study that drew an alert."""

    PAIR = "pair"
    """Two dates."""
    SERIES = "series"
    """Many dates of an optical sensor."""
    SAR = "sar"
    """Radar."""


class Judgement(StrEnum):
    """What the analysts together say of an alert."""

    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    """Two persons differ, and no reviewer has settled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Record):
    """A flagged polygon of change, as a detector drew it and as an analyst judged it."""

    site_id: str = ""
    """Site near which it lies."""
    detection_id: str = ""
    """The detector run that drew it."""
    area_m2: float | None = None
    """Area on the ellipsoid in square metres."""
    distance_m: float | None = None
    """Distance from the site's place to the nearest point of the polygon, in metres."""
    score: float | None = None
    """Highest score inside; higher means more change. Not a probability."""
    p: float | None = None
    """Placebo p value; None where it was not calibrated."""
    q: float | None = None
    """False discovery rate; None where it was not controlled."""
    hint: str = ""
    """Unverified hint at the type of change."""
    status: AlertStatus = AlertStatus.FIRST
    """The algorithm's state."""
    judgement: Judgement = Judgement.NONE
    """What the analysts say; their single words are `Opinion`s."""
    provenance: str = ""
    """JSON of `Provenance`: with it the alert can be made again."""
    method: AlertMethod = AlertMethod.PAIR
    """Kind of study that drew it."""
    sensors: tuple[str, ...] = ()
    """The sensors that saw it."""
    priority: float | None = None
    """Place in the feed; higher comes first. None where nothing was ranked."""
    placebo_rate: float | None = None
    """Share of placebo runs on the site's own past that raised an alert, 0 to 1; None if none."""
    persistence: int | None = None
    """Dates that agree; None where only one could."""
    last_clear_on: date | None = None
    """Day (UTC) on which the place was last seen clearly; None if unknown."""
    features: str = ""
    """JSON object of measured attributes, for hints and learning; empty if none were measured."""
