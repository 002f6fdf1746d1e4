"""Country outlines from the embedded GeoJSON."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import geopandas as gpd

from geo.errors import UnreadableFile


@lru_cache(maxsize=4)
def read_outlines(path: Path) -> gpd.GeoDataFrame:
    """Polygons with their column ``name``, EPSG:4326; kept after the first call, not to be changed.

    Raises
    ------
    UnreadableFile
        If the file is not there or is no GeoJSON.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise UnreadableFile(
            f"{path} cannot be read ({err})",
            expected="the outlines that come with Lamassu",
            remedy="restore the data folder",
        ) from err
    return gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
