"""Who may be told of a record, and how exactly."""

from __future__ import annotations

from enum import StrEnum


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST, 2022): who may be told. Ordered from free to strict."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def strictness(self) -> int:
        """0 for CLEAR up to 4 for RED."""
        return list(Tlp).index(self)


def strictest(markings: list[Tlp]) -> Tlp:
    """The marking of a composite: the strictest of its inputs, CLEAR if there is none."""
    return max(markings, key=lambda marking: marking.strictness, default=Tlp.CLEAR)


class Audience(StrEnum):
    """For whom something is drawn, counted or written; decides rows, columns and precision."""

    PUBLIC = "public"
    PARTNER = "partner"
    INTERNAL = "internal"


class Sensitivity(StrEnum):
    """GBIF sensitivity category of a location (Chapman 2020); sets the coarsest public cell."""

    NONE = "none"
    EXTREME = "1"
    HIGH = "2"
    MEDIUM = "3"
    LOW = "4"
