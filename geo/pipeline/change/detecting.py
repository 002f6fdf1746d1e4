"""What changed between two pictures, with all that is needed to find it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from shapely.geometry import MultiPolygon, Point, Polygon

from geo.errors import BadInput, NoValidPixels
from geo.grid import Block, Grid, Raster, box_around
from geo.model import Provenance, Tlp, strictest
from geo.pipeline.change.flags import alerts_of, measured_on
from geo.pipeline.change.pictures import PictureSource, offsets_of, require_order
from geo.pipeline.overview import SeenSource, step_for
from geo.pipeline.provenance import digest, versions
from geo.progress import Progress, no_progress

if TYPE_CHECKING:
    from geo.change import Detection, Parameters
    from geo.sources.rasters.scene import RasterFiles

NO_DATA = 255
"""Value of the mask where nothing is known."""

SITE_HALF_WIDTH_M = 1_500.0
"""Half the width of the area that is watched around a site without an outline."""

CONTEXT_HALF_WIDTH_M = 600.0
"""How far around an area is answered for, so that flags which reach over its edge are whole."""

PICTURE_CELLS = 1_000_000
"""Most cells of a picture that is kept to be looked at; of more ground, fewer and larger cells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A change detection, from its pictures to its flags."""

    id: str
    """``CH-`` and the first digits of a SHA-256 over inputs, area and parameters."""
    before: Raster
    """The earlier picture, as it was read, over the ground of the detection: on its grid, or where
    that has more than `PICTURE_CELLS` cells, every n-th cell of every n-th row. Bands that a quick
    run reads by wider cells show those."""
    after: Raster
    """The later picture on the same grid as the earlier."""
    before_source: PictureSource
    """Where the earlier picture is from."""
    after_source: PictureSource
    """Where the later picture is from."""
    detection: Detection
    """Score, mask and findings."""
    flags: gpd.GeoDataFrame
    """Frame of alerts, strongest first, with what `geo.change.flagged_polygons` measured."""
    area_lonlat: Polygon | MultiPolygon | None
    """The area that was asked for; None for the whole picture."""
    provenance: Provenance
    """With it the flags can be made again."""
    marking: Tlp
    """The strictest marking of the inputs."""
    simulated: bool
    """True if a picture is invented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of two pictures."""

    before: PictureSource
    after: PictureSource
    area_lonlat: Polygon | MultiPolygon | None
    site: pd.Series | None

    @property
    def sources(self) -> tuple[PictureSource, PictureSource]:
        """Both pictures, the earlier one first."""
        return self.before, self.after

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The days of both pictures."""
        return self.before.taken_on, self.after.taken_on

    @property
    def site_id(self) -> str:
        """The site; empty if there is none."""
        return "" if self.site is None else str(self.site["id"])

    @property
    def site_lonlat(self) -> tuple[float, float] | None:
        """Where the site lies; None if there is none."""
        return None if self.site is None else _place(self.site)

    @property
    def marking(self) -> Tlp:
        """The strictest marking of the pictures."""
        return strictest([source.marking for source in self.sources])

    @property
    def simulated(self) -> bool:
        """True if a picture is invented."""
        return any(source.simulated for source in self.sources)


def area_of_site(site: pd.Series, *, half_width_m: float = SITE_HALF_WIDTH_M) -> Polygon:
    """The area that is watched around a site's place.

    Raises
    ------
    BadInput
        If the site has no known place.
    """
    return box_around(_place(site), half_width_m=half_width_m)


def detect_change(
    before: PictureSource,
    after: PictureSource,
    *,
    area_lonlat: Polygon | MultiPolygon | None = None,
    site: pd.Series | None = None,
    parameters: Parameters | None = None,
    progress: Progress = no_progress,
) -> Change:
    """What changed between two pictures, in an area or everywhere.

    Ranks and thresholds come from the whole pictures, so that a small area gives the same answer
    as the whole; only flags that meet the area are kept. The pictures are read block by block: how
    large they are costs time, not memory.

    Raises
    ------
    BadInput
        If a picture cannot be read, the two do not fit together, or nothing in them is valid.
    """
    from geo import change  # noqa: PLC0415 - its libraries are slow to load
    from geo.sources.rasters.georeference import grid_at  # noqa: PLC0415
    from geo.sources.rasters.opening import kept_open  # noqa: PLC0415
    from geo.sources.rasters.scene import block_around, open_scene  # noqa: PLC0415

    settings = parameters or change.Parameters()
    require_order(before, after)
    question = _Question(before=before, after=after, area_lonlat=area_lonlat, site=site)
    progress(0.02, "opening the pictures")
    first = open_scene(before.paths)
    second = open_scene(after.paths, onto=first.grid)
    within = Block.whole(first.grid.shape)
    if area_lonlat is not None:
        within = block_around(first.grid, area_lonlat, margin_m=CONTEXT_HALF_WIDTH_M)
    step = step_for(within, most_cells=PICTURE_CELLS)
    seen = [SeenSource(source=one, within=within, step=step) for one in (first, second)]
    # A quick run reads for a third of its time; a full one has no memory to spare for it.
    with kept_open() if settings.fast else nullcontext():
        detection = _detected(seen, within, settings, progress=progress)
    pictures = [one.picture() for one in seen]
    grids = first.grid, grid_at(after.paths[0], limits=second.limits)
    detection = _with_doubts(detection, question, pictures, grids)
    provenance = _provenance(detection, question, settings=settings)
    detection_id = f"CH-{_digest(provenance.inputs, provenance.parameters, provenance.method)}"
    flags = _flags(
        detection, question, (first, second), detection_id, provenance, progress=progress
    )
    progress(1.0, "done")
    return Change(
        id=detection_id,
        before=pictures[0],
        after=pictures[1],
        before_source=before,
        after_source=after,
        detection=detection,
        flags=flags,
        area_lonlat=area_lonlat,
        provenance=provenance,
        marking=question.marking,
        simulated=question.simulated,
    )


def _detected(
    seen: Sequence[SeenSource], within: Block, settings: Parameters, *, progress: Progress
) -> Detection:
    """The detection between the earlier and the later picture.

    Raises
    ------
    NoValidPixels
        If no cell is clear on both dates, with the reason.
    """
    from geo.change import detect_blocks  # noqa: PLC0415 - its libraries are slow to load
    from geo.pipeline.change.doubts import why_nothing_clear  # noqa: PLC0415

    before, after = seen
    try:
        return detect_blocks(
            before,
            after,
            within=within,
            parameters=settings,
            progress=lambda share, words: progress(0.05 + 0.85 * share, words),
        )
    except NoValidPixels as err:
        raise NoValidPixels(
            f"{err.what}: {why_nothing_clear([one.picture() for one in seen])}",
            expected=err.expected,
            remedy=err.remedy,
        ) from err


def _with_doubts(
    detection: Detection, question: _Question, seen: Sequence[Raster], grids: tuple[Grid, Grid]
) -> Detection:
    """The detection with what speaks against it among its findings, if anything does."""
    from geo.pipeline.change.doubts import doubts_of  # noqa: PLC0415 - its libraries are slow

    doubts = doubts_of(
        detection.findings,
        cells=detection.mask.size,
        sources=question.sources,
        seen=seen,
        grids=grids,
    )
    if not doubts:
        return detection
    return dataclasses.replace(detection, findings={**detection.findings, "doubts": doubts})


def _flags(
    detection: Detection,
    question: _Question,
    scenes: tuple[RasterFiles, RasterFiles],
    detection_id: str,
    provenance: Provenance,
    *,
    progress: Progress,
) -> gpd.GeoDataFrame:
    """What the detection flags in the area asked for, as alerts, measured on the scenes."""
    from geo.change import flagged_polygons  # noqa: PLC0415 - its libraries are slow to load

    progress(0.92, "drawing the flags")
    polygons = flagged_polygons(
        detection,
        within_lonlat=question.area_lonlat,
        site_lonlat=question.site_lonlat,
        before_on=question.days[0],
        after_on=question.days[1],
        simulated=question.simulated,
    )
    progress(0.95, "measuring the flags")
    return alerts_of(
        polygons,
        measured_on(detection, polygons, *scenes),
        detection_id=detection_id,
        site_id=question.site_id,
        days=question.days,
        sensors=tuple(sorted({source.sensor for source in question.sources} - {""})),
        marking=question.marking,
        simulated=question.simulated,
        provenance=provenance,
    )


def _provenance(detection: Detection, question: _Question, *, settings: Parameters) -> Provenance:
    """What a detection was made from and how, so that it can be made again."""
    from geo.change import METHOD  # noqa: PLC0415 - its libraries are slow to load
    from geo.sources.rasters.opening import sha256_of  # noqa: PLC0415

    roles = dict(zip(("before", "after"), question.sources, strict=True))
    area = question.area_lonlat
    return Provenance(
        method=str(detection.findings.get("method", METHOD)),
        inputs={
            f"{role} {number} {name}": sha256_of(path)
            for role, picture in roles.items()
            for number, (name, path) in enumerate(
                zip(picture.names, picture.paths, strict=True), start=1
            )
        },
        parameters={
            **dataclasses.asdict(settings),
            "area_wkt": "" if area is None else area.wkt,
            "context_half_width_m": None if area is None else CONTEXT_HALF_WIDTH_M,
            "site": None
            if question.site is None
            else {"id": question.site_id, "lonlat": question.site_lonlat},
            "pictures": {
                role: {
                    "taken_on": picture.taken_on and picture.taken_on.isoformat(),
                    "simulated": picture.simulated,
                    "marking": picture.marking.value,
                    "sensor": picture.sensor,
                    "offsets": offsets_of(picture),
                }
                for role, picture in roles.items()
            },
        },
        versions=versions("scikit-image", "rasterio", "shapely", "pyproj", "geopandas"),
        findings=detection.findings,
    )


def _place(site: pd.Series) -> tuple[float, float]:
    """Longitude and latitude of a site."""
    geometry = site["geometry"]
    if geometry is None or geometry.is_empty:
        raise BadInput(
            f"the place of {site['id']} {site['name']} is not known",
            expected="a site with a point",
            remedy="draw an area instead",
        )
    point: Point = geometry.representative_point()
    return point.x, point.y


def _digest(*parts: object) -> str:
    """Twelve hexadecimal digits that stand for the parts."""
    return digest(parts)[:12]
