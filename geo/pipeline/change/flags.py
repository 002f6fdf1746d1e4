"""What a detection flagged, measured and as alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from geo.frames import frame_of_records
from geo.model import Alert, Precision, Provenance, Tlp
from geo.pipeline.nearby import NearbySource, order_by_place
from geo.pipeline.provenance import canonical

if TYPE_CHECKING:
    from geo.change import Detection
    from geo.sources.rasters.scene import RasterFiles


def measured_on(
    detection: Detection, polygons: gpd.GeoDataFrame, before: RasterFiles, after: RasterFiles
) -> list[dict[str, float | None]]:
    """What can be measured on each flag; flags that are neighbours share what is read."""
    from geo.change.judging import features_of  # noqa: PLC0415 - its libraries are slow to load
    from geo.sources.rasters.opening import kept_open  # noqa: PLC0415

    order = order_by_place(polygons, detection.grid)
    pictures = [NearbySource(source=one) for one in (before, after)]
    with kept_open():
        found = features_of(detection, polygons.iloc[order], *pictures)
    return [found[place] for place in np.argsort(order)]


def alerts_of(
    polygons: gpd.GeoDataFrame,
    measured: Sequence[Mapping[str, float | None]],
    *,
    detection_id: str,
    site_id: str,
    days: tuple[date | None, date | None],
    sensors: tuple[str, ...],
    marking: Tlp,
    simulated: bool,
    provenance: Provenance,
) -> gpd.GeoDataFrame:
    """The flagged polygons as alerts, and beside those columns all that was measured on them."""
    from geo.change.judging import hint_of  # noqa: PLC0415 - its libraries are slow to load

    told = canonical(dataclasses.asdict(provenance)).decode()
    alerts = [
        Alert(
            id=f"{detection_id}-{number:03d}",
            geometry=row.geometry,
            precision=Precision.EXACT,
            date_from=days[0],
            date_to=days[1],
            source=f"Change detection {detection_id}",
            marking=marking,
            simulated=simulated,
            site_id=site_id,
            detection_id=detection_id,
            area_m2=row.area_m2,
            distance_m=row.distance_m,
            score=row.score,
            hint=hint_of(features),
            provenance=told,
            sensors=sensors,
            last_clear_on=days[1],
            features=canonical(features).decode(),
        )
        for number, (row, features) in enumerate(
            zip(polygons.itertuples(), measured, strict=True), start=1
        )
    ]
    frame = frame_of_records("alerts", alerts)
    others = [name for name in polygons.columns if name not in frame.columns]
    return frame.assign(**{name: polygons[name].to_numpy() for name in others})
