"""Seizures, recoveries, forfeitures, returns and arrests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model.record import DateBasis, DatePrecision, Record


class SeizureType(StrEnum):
    """What happened to the objects. A return is a later event of a case, not a new case."""

    SEIZURE = "seizure"
    RECOVERY = "recovery"
    FORFEITURE = "forfeiture"
    RETURN = "return"
    ARREST = "arrest"


class ObjectClass(StrEnum):
    """The seven categories of ICOM's Emergency Red List of Iraqi Antiquities at Risk (2015)."""

    WRITING = "writing"
    SEALS = "seals"
    SCULPTURE = "sculpture"
    ARCHITECTURE = "architectural elements"
    VESSELS = "vessels"
    ACCESSORIES = "accessories"
    COINS = "coins"


class TransportMode(StrEnum):
    """How objects travelled, as far as the source says."""

    ROAD = "road"
    RAIL = "rail"
    AIR = "air"
    AIR_CARGO = "air cargo"
    AIR_PASSENGER = "air passenger"
    SEA = "sea"
    POST = "post"
    FREIGHT = "freight"
    PEDESTRIAN = "pedestrian"
    ANIMAL = "animal"
    UNSTATED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seizure(Record):
    """One event in the life of a case: a seizure, recovery, forfeiture, return or arrest."""

    event_type: SeizureType
    """What happened."""
    country: str
    """Country where it happened."""
    place: str = ""
    """Place as the source names it."""
    event_note: str = ""
    """Qualifies the event, such as ``aggregate``."""
    date_text: str = ""
    """The date as the source gives it."""
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    """How exactly the date is known."""
    date_basis: DateBasis = DateBasis.UNSTATED
    """What the date is the date of."""
    date_note: str = ""
    """The date's doubts in words."""
    agency: str = ""
    """Who acted."""
    object_count: int | None = None
    """Objects as reported, before authentication; never to be summed over returns or aggregates."""
    count_qualifier: str = ""
    """``about``, ``over``, ``nearly``; empty if the count is given as exact."""
    object_types: str = ""
    """Objects in the source's words."""
    object_classes: tuple[ObjectClass, ...] = ()
    """Red List categories that follow from the words; empty where none does."""
    description: str = ""
    """What happened, in a sentence or two."""
    claimed_origin: str = ""
    """Where the objects are said to come from."""
    transit: str = ""
    """Countries or places passed, separated by ``; ``."""
    destination: str = ""
    """Where they were bound for."""
    transport_mode: TransportMode = TransportMode.UNSTATED
    """How they travelled."""
    transport_detail: str = ""
    """The same in more words."""
    concealment: str = ""
    """How they were hidden."""
    detection_method: str = ""
    """How they were found."""
    outcome: str = ""
    """What became of them."""
    case_key: str = ""
    """Shared by the events of one case; empty where the row is a case of its own."""
    coord_source: str = ""
    """Where the coordinate was read."""
