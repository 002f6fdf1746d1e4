"""What a change may be, by plain rules over what was measured on it: a hint, never a finding.

At 10 m a single pit is not seen (`geo.change.limits`); what is seen are fields of pits, spoil,
levelled ground, tracks, walls, crops and water. The rules follow how such things are described:

- holes with spoil beside them give a patchwork of dark and bright where the ground was even (Tapete
  and Cigna 2019, doi:10.3390/rs11202389, a review of 47 studies of looting from space);
- machines clear plants and even the ground out, and leave bare, bright earth in large patches with
  plain outlines (Rayne et al. 2020, doi:10.3390/rs12223694, for endangered sites in North Africa);
- a road is long and of one width; crops raise the vegetation index (Rouse et al. 1974); open water
  raises the normalised difference of green and near infrared (McFeeters 1996,
  doi:10.1080/01431169608948714).

The thresholds are judgement in these terms, looked at on the flags of four cities of OSCD
(abudhabi, bercy, bordeaux, mumbai). There, where nobody looted, some 5 % of flags were called pits:
new building on bare ground looks alike. No rule has been checked against known looting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum


class Hint(StrEnum):
    """Types of change that rules can suggest."""

    PITS = "pits"
    BULLDOZING = "bulldozing"
    ROAD = "road"
    CONSTRUCTION = "construction"
    DEMOLITION = "demolition"
    CULTIVATION = "cultivation"
    FLOODING = "flooding"


class _Measured:
    """Measured attributes, whatever is missing or no number being NaN: no rule holds of it."""

    def __init__(self, features: Mapping[str, object]) -> None:
        self._features = features

    def __getitem__(self, name: str) -> float:
        value = self._features.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return math.nan
        return float(value)


Rule = Callable[[_Measured], bool]


def _flooding(it: _Measured) -> bool:
    """Land that shows water: the index rises above 0, and the ground darkens."""
    return it["water_after"] > 0.0 and it["water_change"] > 0.2 and it["brightness_change"] < 0.1


def _cultivation(it: _Measured) -> bool:
    """Plants where there were few: the vegetation index rises, and well above bare ground."""
    return it["ndvi_change"] > 0.15 and it["ndvi_after"] > 0.3


def _road(it: _Measured) -> bool:
    """A strip many times as long as wide and no wider than a few cells, not green afterwards."""
    return (
        it["elongation"] >= 5
        and it["length_m"] >= 150
        and it["width_m"] <= 80
        and not it["ndvi_change"] > 0.05
    )


def _pits(it: _Measured) -> bool:
    """Bare, even ground that became a fine patchwork, hardly brighter or darker as a whole.

    A hole fills some hundredths of a cell of 10 m, so that contrasts stay small: walls make larger.
    """
    return (
        it["texture_change"] > 0.4
        and it["texture_after"] < 0.1
        and it["mixed"] > 0.15
        and abs(it["brightness_change"]) < 0.15
        and it["ndvi_before"] < 0.3
        and it["ndvi_after"] < 0.25
        and it["elongation"] < 5
    )


def _bulldozing(it: _Measured) -> bool:
    """Plants gone or ground laid bare: brighter over a patch, and no rougher than it was."""
    cleared = it["ndvi_change"] < -0.08 and it["ndvi_after"] < 0.25
    bare = it["ndvi_before"] < 0.25 and it["ndvi_after"] < 0.2
    even = it["texture_change"] < 0.3
    return it["brightness_change"] > 0.08 and even and (cleared or bare)


def _construction(it: _Measured) -> bool:
    """Not green and much rougher than it was: roofs, walls and the shadows beside them."""
    brighter = it["brightness_change"] > 0.08
    strong = it["texture_after"] >= 0.1
    return (
        (brighter or strong)
        and it["texture_change"] >= 0.3
        and it["ndvi_after"] < 0.3
        and it["compactness"] > 0.15
    )


def _demolition(it: _Measured) -> bool:
    """Built ground evened out: it was rough and not green, and lost its contrasts."""
    return (
        it["texture_change"] < -0.4
        and it["texture_before"] > 0.12
        and it["ndvi_before"] < 0.25
        and it["ndvi_after"] < 0.25
    )


RULES: Mapping[Hint, Rule] = {
    Hint.FLOODING: _flooding,
    Hint.CULTIVATION: _cultivation,
    Hint.ROAD: _road,
    Hint.DEMOLITION: _demolition,
    Hint.PITS: _pits,
    Hint.CONSTRUCTION: _construction,
    Hint.BULLDOZING: _bulldozing,
}
"""Rule of each hint, in the order in which they are asked; the first that holds gives the hint."""


def hint_of(features: Mapping[str, object]) -> str:
    """The type of change that the measurements suggest, one of `Hint`; empty if none does.

    Parameters
    ----------
    features
        As `geo.change.judging.features_of` measures them. What is missing or no number supports no
        rule.

    >>> hint_of({"ndvi_change": 0.3, "ndvi_after": 0.5})
    'cultivation'
    >>> hint_of({})
    ''
    """
    it = _Measured(features)
    return next((hint.value for hint, holds in RULES.items() if holds(it)), "")


def hint_words(hint: str) -> str:
    """A hint as it is shown: never without the word that nobody verified it."""
    return f"{hint} (hint, unverified)" if hint else ""
