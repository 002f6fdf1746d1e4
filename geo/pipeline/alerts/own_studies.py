"""What studies of many dates and of radar say of their own alerts; pure."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from geo.change.judging.own_past import UNKNOWN, OwnPast, own_past
from geo.model import AlertMethod
from geo.pipeline.alerts.around import features_in


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStudy:
    """The alerts of a study that tests them on quiet times of its own."""

    detection_id: str
    """The study."""
    method: str
    """How it looked: ``series`` or ``sar``."""
    alerts: tuple[tuple[str, OwnPast], ...]
    """Each alert by its id, with what its quiet times say, in order of id."""

    @property
    def tested(self) -> int:
        """Alerts that were tested."""
        return sum(past.runs > 0 for _, past in self.alerts)

    @property
    def why_not(self) -> str:
        """Why not every alert was tested; empty if each was."""
        reasons = {past.why_not or UNKNOWN for _, past in self.alerts if not past.runs}
        return "; ".join(sorted(reasons))


def own_studies(alerts: gpd.GeoDataFrame) -> tuple[OwnStudy, ...]:
    """The studies among alerts that test themselves, in order of id."""
    mine = alerts[alerts["method"] != AlertMethod.PAIR]
    return tuple(
        OwnStudy(
            detection_id=str(name),
            method=str(rows["method"].iloc[0]),
            alerts=tuple(
                (str(row.id), own_past(features_in(str(row.features))) or OwnPast(why_not=UNKNOWN))
                for row in rows.sort_values("id").itertuples()
            ),
        )
        for name, rows in mine.groupby("detection_id")
    )
