"""What persons say: opinions on alerts, and assessments of sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from geo.eamena import (
    ActionPriority,
    Activity,
    Certainty,
    Condition,
    DamageExtent,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
    ThreatProbability,
)
from geo.model.record import Record


class Verdict(StrEnum):
    """One person's word on an alert."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


class RejectReason(StrEnum):
    """Why an alert is no damage of concern.

    The idea of a closed list is MapBiomas Alerta's; these reasons are Lamassu's, for heritage.
    """

    SEASON = "seasonal vegetation"
    MOISTURE = "soil moisture"
    CLOUD = "cloud, shadow or haze"
    DUST = "dust"
    SHIFT = "co-registration shift"
    SENSOR = "sensor or illumination"
    LEGITIMATE = "legitimate excavation or conservation"
    AGRICULTURE = "agriculture or ploughing"
    """Record it as a threat."""
    CONSTRUCTION = "construction"
    """Record it as a threat."""
    DUPLICATE = "duplicate"
    OUTSIDE = "outside the site"
    RESOLUTION = "insufficient resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion(Record):
    """What one person says of an alert; the words are in `note`. A second thought is a version."""

    alert_id: str
    """Id of the alert."""
    reviewer: str
    """Whose opinion it is."""
    verdict: Verdict
    """What they say."""
    given_at: datetime
    """When, UTC."""
    alert_dataset_id: str = "local"
    """Dataset of the alert."""
    site_id: str = ""
    """Site of the alert."""
    reasons: tuple[RejectReason, ...] = ()
    """Why it is rejected; empty unless it is."""
    settles: bool = False
    """True for the word of a reviewer that decides, whatever the others said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Record):
    """Condition of a site and what threatens it, in the terms of EAMENA."""

    site_id: str = ""
    """The site; empty where the store has none."""
    condition: Condition = Condition.UNKNOWN
    """Its overall state."""
    alert_id: str = ""
    """The alert that led to it; empty where none did."""
    alert_dataset_id: str = ""
    """Dataset of that alert."""
    damage_extent: DamageExtent = DamageExtent.UNKNOWN
    """Share of the site that is damaged."""
    certainty: Certainty = Certainty.NOT_APPLICABLE
    """How sure cause and effect are."""
    disturbance_category: DisturbanceCategory = DisturbanceCategory.UNKNOWN
    """Where the disturbance comes from."""
    disturbance_cause: DisturbanceCause = DisturbanceCause.UNKNOWN
    """What does the damage."""
    disturbance_effects: tuple[DisturbanceEffect, ...] = ()
    """What the damage is."""
    threat_probability: ThreatProbability = ThreatProbability.NOT_APPLICABLE
    """How likely further damage is."""
    action_priority: ActionPriority = ActionPriority.UNSTATED
    """How soon somebody should act."""
    activity: Activity = Activity.UNSTATED
    """How the site was assessed."""
    assessed_by: str = ""
    """Who assessed it."""
    assessed_on: date | None = None
    """Day (UTC) of the assessment."""
