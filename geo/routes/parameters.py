"""Numbers that describe a mode of travel: their names, units and bounds, ranges and drawings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from geo.model import PostKind
from geo.ways import CLASSES

WATCHED = ("post", "town", "check")
"""Kinds of places from which a road is watched."""


class Ground(StrEnum):
    """How a mode moves where there is no road."""

    NONE = "none"
    """Not at all, except straight between a place and the road nearest to it."""
    VEHICLE = "vehicle"
    """Driving, slowed and at last stopped by slope, the same uphill and downhill."""
    FOOT = "foot"
    """Walking by Tobler's function, on roads as well."""


class Quantity(NamedTuple):
    """What a number of the document must be."""

    unit: str
    least: float = 0.0
    most: float = math.inf


NUMBERS: dict[str, Quantity] = {
    "unpaved_factor": Quantity("factor", 0.01, 1),
    "detour_factor": Quantity("factor", 1, 10),
    "access_kmh": Quantity("km/h", 0.1, 200),
    "ground_kmh": Quantity("km/h", 0.1, 200),
    "slope_free": Quantity("rise/run", 0, 5),
    "slope_limit": Quantity("rise/run", 0.01, 5),
    "slope_floor": Quantity("factor", 0.01, 1),
    "walking_factor": Quantity("factor", 0.1, 3),
    "off_path_factor": Quantity("factor", 0.1, 1),
    "risk_s_per_watched_km": Quantity("s/km", 0, 1e6),
    "watch_range_m": Quantity("m", 1, 1e6),
    "edge_noise": Quantity("sigma of ln cost", 0, 5),
    "exit_spread_s": Quantity("s", 1, 1e7),
    "max_access_km": Quantity("km", 0.001, 1000),
}
"""Numbers of a mode; those that a mode does not use are left out of it."""

TABLES: dict[str, tuple[Quantity, tuple[str, ...]]] = {
    "speed_kmh": (Quantity("km/h", 0.1, 200), CLASSES),
    "dwell_s": (Quantity("s", 0, 1e7), tuple(kind.value for kind in PostKind)),
    "watch_weight": (Quantity("factor", 0, 100), WATCHED),
}
"""Numbers of a mode by class of road, kind of post and kind of watched place."""

ALWAYS = (
    "detour_factor", "risk_s_per_watched_km", "watch_range_m", "edge_noise",
    "exit_spread_s", "max_access_km", "dwell_s", "watch_weight",
)  # fmt: skip
"""What every mode needs."""

NEEDED: dict[Ground, tuple[str, ...]] = {
    Ground.NONE: ("speed_kmh", "unpaved_factor", "access_kmh"),
    Ground.VEHICLE: (
        "speed_kmh", "unpaved_factor", "ground_kmh", "slope_free", "slope_limit", "slope_floor",
    ),
    Ground.FOOT: ("walking_factor", "off_path_factor", "slope_limit"),
}  # fmt: skip
"""What a mode needs besides, by how it moves on open ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number that is known within bounds only."""

    name: str
    """What it is, such as ``speed_kmh.primary``."""
    low: float
    """Least value that is plausible."""
    best: float
    """Most plausible value."""
    high: float
    """Greatest value that is plausible."""
    unit: str
    """Unit of all three."""
    source: str
    """Where it comes from in words, or ``assumption``."""
    why: str = ""
    """Why it is so; never empty for an assumption."""
    logarithmic: bool = False
    """True if twice as much and half as much are equally far from `best`."""

    def sample(self, rng: np.random.Generator) -> float:
        """One drawing from the triangular distribution, of the logarithm if so stated."""
        if self.low == self.high:
            return self.best
        if not self.logarithmic:
            return float(rng.triangular(self.low, self.best, self.high))
        bounds = np.log([self.low, self.best, self.high])
        return float(np.clip(np.exp(rng.triangular(*bounds)), self.low, self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One value for each number of a mode, with which times and costs are computed.

    A number that the mode does not use holds NaN, a table that it does not use is empty.
    """

    mode: str
    """Mode that these are of."""
    ground: Ground
    """How it moves where there is no road."""
    speed_kmh: Mapping[str, float]
    """Speed on a paved road by class; a class that is missing is barred."""
    unpaved_factor: float
    """Multiplies the speed on an unpaved road."""
    detour_factor: float
    """Length of a road over that of the straight line drawn for it."""
    access_kmh: float
    """Speed between a place and the road nearest to it."""
    ground_kmh: float
    """Speed of a vehicle on flat open ground."""
    slope_free: float
    """Slope up to which a vehicle keeps its speed."""
    slope_limit: float
    """Slope above which open ground is barred."""
    slope_floor: float
    """Share of its speed that a vehicle keeps at `slope_limit`."""
    walking_factor: float
    """Multiplies Tobler's speed of walking."""
    off_path_factor: float
    """Multiplies it again off a path."""
    risk_s_per_watched_km: float
    """Seconds that a kilometre in full view of a watched place is worth at avoidance 1."""
    watch_range_m: float
    """Distance in which the chance of being seen falls to 1/e."""
    watch_weight: Mapping[str, float]
    """Weight of a watched place by kind."""
    edge_noise: float
    """Standard deviation of the logarithm of a link's cost: what no map tells."""
    exit_spread_s: float
    """Spread of the choice among exits: an exit dearer by this is 1/e times as likely."""
    dwell_s: Mapping[str, float]
    """Time spent at a post by its kind."""
    max_access_km: float
    """Greatest distance between a place and a road that serves it."""

    def as_dict(self) -> dict[str, Any]:
        """The values as plain numbers, texts and dicts, for the provenance of a result."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain = {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
            if not (isinstance(value, float) and math.isnan(value))
        }
        return {**plain, "ground": self.ground.value}
