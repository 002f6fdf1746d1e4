"""Archaeological sites and what happened at them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model.markings import Sensitivity
from geo.model.record import DateBasis, DatePrecision, Record


class SiteEventType(StrEnum):
    """What happened to a site."""

    LOOTING = "looting"
    DESTRUCTION = "destruction"
    MILITARY_DAMAGE = "military damage"
    OCCUPATION = "occupation"
    RECAPTURE = "recapture"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """An archaeological site, monument or museum."""

    name: str
    """Name in Latin script."""
    country: str
    """Country in English, de facto."""
    name_ar: str = ""
    """Name in Arabic script."""
    name_ar_source: str = ""
    """Where the Arabic name was read."""
    alt_names: str = ""
    """Other names, separated by ``|``."""
    kind: str = ""
    """Kind of place, such as ``cuneiform findspot``."""
    period: str = ""
    """Periods, separated by ``; ``; empty where no source says."""
    designation: str = ""
    """World Heritage or other status with its year and reference."""
    footprint_wkt: str = ""
    """Outline as WKT polygon in EPSG:4326, where one is known."""
    buffer_m: float | None = None
    """Radius in metres that stands for the outline where none is known."""
    sensitivity: Sensitivity = Sensitivity.NONE
    """How much harm publishing the location would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEvent(Record):
    """A dated looting, destruction or observation at a site."""

    site_name: str
    """Site as the source names it."""
    event_type: SiteEventType
    """What happened."""
    site_id: str = ""
    """Id of the site in the store, where it is known."""
    event_note: str = ""
    """Qualifies the event."""
    date_text: str = ""
    """The date as the source gives it."""
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    """How exactly the date is known."""
    date_basis: DateBasis = DateBasis.UNSTATED
    """What the date is the date of."""
    date_note: str = ""
    """The date's doubts in words."""
    description: str = ""
    """What happened, in a sentence or two."""
