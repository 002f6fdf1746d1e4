"""All that one printed page says, as a value; what makes it and what draws it stand elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import geopandas as gpd
import pandas as pd

from geo.grid import Raster
from geo.model import Audience, Tlp


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """A page's content, already redacted for its audience."""

    title: str
    """What the page is of."""
    title_ar: str
    """The same in Arabic, empty where no Arabic name is known."""
    subtitle: str
    """One line under the title."""
    frames: Mapping[str, gpd.GeoDataFrame]
    """Disclosed records by kind: roads, sites, posts, events, seizures, alerts."""
    borders: gpd.GeoDataFrame
    """Country outlines of the region (column ``name``), EPSG:4326."""
    world: gpd.GeoDataFrame
    """Coarse country outlines of the world (column ``name``), EPSG:4326."""
    centre_lonlat: tuple[float, float]
    """Middle of the map."""
    half_width_m: float
    """Half the width of the ground that the map must show, in metres."""
    focus: tuple[str, str] | None
    """Kind and id of the record that the page is of; None for a page of a region."""
    picture: Raster | None
    """A satellite scene to lay under the map; None where there is none or it may not be shown."""
    picture_label: str
    """Date and sensor of the scene."""
    picture_simulated: bool
    """True if the scene is invented."""
    simulated: bool
    """True if anything on the page is invented."""
    audience: Audience
    """For whom the page is."""
    marking: Tlp
    """The strictest marking of what is shown."""
    filters: tuple[str, ...]
    """The active limits in words."""
    facts: tuple[tuple[str, str], ...]
    """Label and value of what the reader should know first."""
    method: tuple[str, ...]
    """How the page and its findings were made."""
    caveats: tuple[str, ...]
    """What the page does not know."""
    sources: tuple[str, ...]
    """Sources with their attributions."""
    cut_off: datetime
    """UTC; nothing recorded later is on the page."""
    produced_at: datetime
    """UTC."""
    producer: str
    """Who made the page."""
    office: str
    """For which office."""
    version: str
    """Version of Lamassu."""

    @cached_property
    def page_id(self) -> str:
        """``LMS-``, the day, and eight digits of a SHA-256 over all that the page says.

        The same content on the same day has the same id.
        """
        return f"LMS-{self.produced_at:%Y%m%d}-{self.content_sha256[:8]}"

    @cached_property
    def content_sha256(self) -> str:
        """SHA-256 over everything that is shown, apart from the time of production."""
        digest = hashlib.sha256(
            json.dumps(
                [
                    self.title, self.title_ar, self.subtitle, self.centre_lonlat, self.half_width_m,
                    self.focus, self.picture_label, self.picture_simulated, self.simulated,
                    self.audience, self.marking,
                    self.filters, self.facts, self.method, self.caveats, self.sources,
                    self.cut_off.isoformat(), self.producer, self.office, self.version,
                ],
                ensure_ascii=False,
            ).encode("utf-8", "surrogatepass")
        )  # fmt: skip
        for kind, frame in sorted(self.frames.items()):
            shown = pd.DataFrame(frame.drop(columns="geometry")).astype(str)
            digest.update(kind.encode())
            digest.update(shown.to_json(orient="split").encode("utf-8", "surrogatepass"))
            for wkb in frame.geometry.to_wkb():
                digest.update(wkb or b"-")
        if self.picture is not None:
            digest.update(self.picture.values.tobytes())
        return digest.hexdigest()
