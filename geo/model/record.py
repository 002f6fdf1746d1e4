"""What every kept fact has: identity, place, time, source, grade and marking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from geo.model.markings import Tlp


class Precision(StrEnum):
    """How exactly a place is known. It is drawn as a circle of `radius_m`, never as a bare pin."""

    EXACT = "exact"
    VICINITY = "vicinity"
    TOWN = "town"
    PROVINCE = "province"
    COUNTRY = "country"

    @property
    def radius_m(self) -> float | None:
        """Radius in metres within which the true place lies; None where there is no point."""
        return {"exact": 100.0, "vicinity": 1e3, "town": 1e4, "province": 1e5}.get(self.value)


class SourceClass(StrEnum):
    """Kind of publisher; not an Admiralty grade."""

    A = "A"
    """Official body, court paper, museum, university or scholarly text on its own page."""
    B = "B"
    """National newspaper or agency on its own page, or an established regional outlet."""
    C = "C"
    """Republication, mirror, minor outlet or aggregator."""
    D = "D"
    """Quotes another source that was not seen."""
    UNSTATED = ""
    """The kind of publisher is not known."""


class DatePrecision(StrEnum):
    """How exactly a date is known; the interval from `date_from` to `date_to` says the same."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    INTERVAL = "interval"
    UNKNOWN = "unknown"


class DateBasis(StrEnum):
    """What the date is the date of."""

    EVENT = "event"
    REPORTED = "reported"
    IMAGES = "images"
    INFERRED = "inferred"
    UNSTATED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every kept fact has: identity, place, time, source, grade and marking."""

    id: str
    """Stable and readable, unique within its dataset: ``SZ001``, ``IQ-SY-02``, ``PL894019``."""
    geometry: BaseGeometry | None = None
    """EPSG:4326; None where the place is not known better than its country."""
    precision: Precision = Precision.COUNTRY
    """How exactly `geometry` is known."""
    date_from: date | None = None
    """First day (UTC) on which this holds or may have happened; None if unknown."""
    date_to: date | None = None
    """Last such day; None if unknown or still so."""
    source: str = ""
    """Source in words: title of the report, name of the register."""
    source_url: str = ""
    """Where the source can be read; several are separated by `` ; ``."""
    source_class: SourceClass = SourceClass.UNSTATED
    """Kind of publisher."""
    grade: str = "F6"
    """Admiralty grade: reliability A-F, then credibility 1-6; F6 until an analyst judges it."""
    marking: Tlp = Tlp.AMBER
    """TLP 2.0 marking; unmarked imports are AMBER."""
    licence: str = ""
    """Licence or terms under which the row may be passed on."""
    simulated: bool = False
    """True for invented data; such rows never mix with real counts."""
    dataset_id: str = "local"
    """Dataset the row belongs to; identity is (dataset_id, id)."""
    owner: str = ""
    """Organisation that answers for the row."""
    note: str = ""
    """Anything else that a reader must know."""
