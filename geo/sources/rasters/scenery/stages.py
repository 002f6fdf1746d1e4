"""The two places, what kind of scenery is put there, and every invented change of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geo.errors import InvalidSetting


class ChangeKind(StrEnum):
    """What was done to the ground."""

    LEVELLED = "levelled ground"
    HEAP = "spoil heap"
    PITS = "field of pits"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChange:
    """One invented change of the ground, at an invented spot near the site."""

    site_id: str
    """Site near which it lies."""
    kind: ChangeKind
    """What was done."""
    on: date
    """The first day (UTC) on which it can be seen, within a cited event of the site."""
    centre_m: tuple[float, float]
    """Middle, in metres east and north of the site's place."""
    size_m: tuple[float, float]
    """Length of its two sides in metres."""
    turn_deg: float
    """By how much it is turned anticlockwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a site lies and what kind of scenery is put there."""

    name: str
    """Name of the site."""
    lonlat: tuple[float, float]
    """Its true place."""
    has_river: bool
    """Whether an invented river runs by."""
    field_share: float
    """Share of the open ground that is tilled."""


NIMRUD, HATRA = "PL894019", "PL894004"

STAGES = {
    NIMRUD: Stage(name="Nimrud", lonlat=(43.331535, 36.099975), has_river=True, field_share=0.72),
    HATRA: Stage(name="Hatra", lonlat=(42.718342, 35.587884), has_river=False, field_share=0.3),
}
"""The scenery by id of its site; the places are those of ``data/sites.csv``."""

CHANGES = tuple(
    SimulatedChange(
        site_id=site_id, kind=kind, on=on, centre_m=centre_m, size_m=size_m, turn_deg=turn_deg
    )
    for site_id, kind, on, centre_m, size_m, turn_deg in (
        (NIMRUD, ChangeKind.LEVELLED, date(2015, 3, 6), (120, -150), (130, 90), 15),
        (NIMRUD, ChangeKind.HEAP, date(2015, 3, 6), (225, -70), (60, 50), 40),
        (NIMRUD, ChangeKind.LEVELLED, date(2015, 4, 2), (-120, 40), (180, 110), 15),
        (NIMRUD, ChangeKind.PITS, date(2015, 4, 2), (620, -260), (260, 180), -20),
        (NIMRUD, ChangeKind.LEVELLED, date(2016, 9, 1), (-150, 225), (120, 120), 15),
        (NIMRUD, ChangeKind.HEAP, date(2016, 9, 1), (-270, 170), (70, 60), 15),
        (HATRA, ChangeKind.LEVELLED, date(2015, 3, 7), (-40, 110), (170, 100), 8),
        (HATRA, ChangeKind.HEAP, date(2015, 3, 7), (95, 150), (70, 50), -30),
        (HATRA, ChangeKind.PITS, date(2015, 4, 5), (430, -380), (280, 200), 35),
        (HATRA, ChangeKind.LEVELLED, date(2015, 4, 5), (-520, 260), (140, 110), -25),
    )
)
"""Every invented change, by site and day."""


def stage(site_id: str) -> Stage:
    """The scenery of a site.

    Raises
    ------
    InvalidSetting
        If none was made up for it.
    """
    if site_id not in STAGES:
        raise InvalidSetting(
            f"no simulated scenery for the site {site_id!r}", expected=" or ".join(STAGES)
        )
    return STAGES[site_id]
