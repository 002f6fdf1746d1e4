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

from geo.columns import STORE_COLUMNS
from geo.errors import BadInput
from geo.grid import Raster
from geo.model import Audience, Tlp, strictest


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

    def __post_init__(self) -> None:
        """Refuse a page whose marking or label would be laxer than what it shows."""
        shown = strictest(
            [Tlp(value) for f in self.frames.values() for value in f["marking"].unique()]
        )
        if shown.strictness > self.marking.strictness:
            raise BadInput(
                f"the page is marked {self.marking.value} and shows records marked {shown.value}",
                expected="the strictest marking of what is shown",
            )
        invented = any(bool(frame["simulated"].any()) for frame in self.frames.values())
        if (invented or self.picture_simulated) and not self.simulated:
            raise BadInput("the page shows simulated records and does not say so")

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
            # Another store numbers imports and times differently, but holds the same facts.
            kept = frame.drop(columns=[name for name in STORE_COLUMNS if name in frame])
            ordered = kept.sort_values(["dataset_id", "id"])
            shown = pd.DataFrame(ordered.drop(columns="geometry")).reset_index(drop=True)
            digest.update(kind.encode())
            text = shown.astype(str).to_json(orient="split")
            digest.update(text.encode("utf-8", "surrogatepass"))
            for wkb in ordered.geometry.to_wkb():
                digest.update(wkb or b"-")
        if self.picture is not None:
            grid = self.picture.grid
            digest.update(f"{grid.crs.to_wkt()} {grid.transform[:6]} {grid.shape}".encode())
            digest.update(self.picture.values.tobytes())
        return digest.hexdigest()
