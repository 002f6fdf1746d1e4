"""Settings of a watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesParameters:
    """Settings of a watch; the defaults are one fixed setting for all sites."""

    placebo_share: float = 0.01
    """Share of the watched cells that may be flagged in a year in which nothing happened."""
    min_cells: int = 3
    """Minimum mapping unit: smaller groups of flagged cells raise no alert."""
    min_clear_share: float = 0.3
    """Scenes with a smaller share of clear cells over the site are left out."""
    history_days: int = 730
    """Days from the first scene on that only tell what is normal, unless `watch_from` says more."""
    watch_from: date | None = None
    """The first day that is watched (UTC); all that was seen before only tells what is normal."""

    def __post_init__(self) -> None:
        """Refuse what the watch cannot work with."""
        for name, low, high in (
            ("placebo_share", 0.0001, 0.5),
            ("min_cells", 1, 100_000),
            ("min_clear_share", 0, 1),
            ("history_days", 1, 36_500),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidSetting(f"{name} is {value}", expected=f"{low} to {high}")
