"""Change between two pictures, from their files to flags that can be made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry import MultiPolygon, Point, Polygon

from geo.access import OFFICE
from geo.columns import columns_of
from geo.disclosure import for_viewer
from geo.errors import BadInput, UnreadableFile
from geo.frames import frame_of, frame_of_records
from geo.grid import (
    WGS84,
    Block,
    Grid,
    Raster,
    RasterSource,
    box_around,
    give_back,
    strips,
    transformer,
)
from geo.model import Alert, ImportReport, Precision, Provenance, Tlp, strictest
from geo.pipeline import Progress, no_progress
from geo.pipeline.evidence.originals import keep_original
from geo.pipeline.judging import with_judgements
from geo.pipeline.nearby import NearbySource, order_by_place
from geo.pipeline.overview import SeenSource, place_of, step_for
from geo.pipeline.provenance import canonical, digest, versions
from geo.settings import Settings
from geo.store import FileKey, Store

if TYPE_CHECKING:
    from geo.change import Detection, Parameters

NO_DATA = 255
"""Value of the mask where nothing is known."""

SITE_HALF_WIDTH_M = 1_500.0
"""Half the width of the area that is watched around a site without an outline."""

CONTEXT_HALF_WIDTH_M = 600.0
"""How far around an area is answered for, so that flags which reach over its edge are whole."""

PICTURE_CELLS = 1_000_000
"""Most cells of a picture that is kept to be looked at; of more ground, fewer and larger cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """The files of one date, with what is known of them."""

    paths: tuple[Path, ...]
    """One scene's files; the first one gives the grid."""
    names: tuple[str, ...]
    """What the files are called towards the user."""
    taken_on: date | None
    """Day of the picture (UTC), None if it is not known."""
    simulated: bool
    """True if the picture is invented."""
    marking: Tlp = Tlp.AMBER
    """The strictest marking of the files."""
    sensor: str = ""
    """Sensor, as far as it is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A change detection, from its pictures to its flags."""

    id: str
    """``CH-`` and the first digits of a SHA-256 over inputs, area and parameters."""
    before: Raster
    """The earlier picture, as it was read, over the ground of the detection: on its grid, or where
    that has more than `PICTURE_CELLS` cells, every n-th cell of every n-th row."""
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


def picture_of_files(
    paths: Sequence[Path], *, names: Sequence[str] = (), marking: Tlp = Tlp.AMBER
) -> PictureSource:
    """The files of one date as a picture.

    Raises
    ------
    UnreadableFile
        If a file is no GeoTIFF that Lamassu can read.
    """
    from geo.sources.rasters.raster import describe  # noqa: PLC0415 - GDAL is slow

    infos = [describe(path) for path in paths]
    days = [info.acquired_at.date() for info in infos if info.acquired_at]
    return PictureSource(
        paths=tuple(paths),
        names=tuple(names) or tuple(path.name for path in paths),
        taken_on=min(days, default=None),
        simulated=any(info.simulated for info in infos),
        marking=marking,
        sensor=next((info.sensor for info in infos if info.sensor), ""),
    )


def picture_of_scene(scene: pd.Series, settings: Settings) -> PictureSource:
    """A scene of the store as a picture.

    Raises
    ------
    UnreadableFile
        If the scene's file is no longer there.
    """
    path = settings.home / scene["path"]
    if not path.is_file():
        raise UnreadableFile(
            f"the file of scene {scene['id']} is gone from {path.parent}",
            expected=f"the file {path.name}",
            remedy="put it back, or import the scene again",
        )
    return PictureSource(
        paths=(path,),
        names=(str(scene["id"]),),
        taken_on=pd.Timestamp(scene["acquired_at"]).date(),
        simulated=bool(scene["simulated"]),
        marking=Tlp(scene["marking"]),
        sensor=str(scene["sensor"]),
    )


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
    from geo.sources.rasters.raster import sha256_of  # noqa: PLC0415
    from geo.sources.rasters.scene import block_around, open_scene  # noqa: PLC0415

    settings = parameters or change.Parameters()
    _require_order(before, after)
    progress(0.02, "opening the pictures")
    first = open_scene(before.paths)
    second = open_scene(after.paths, onto=first.grid)
    within = Block.whole(first.grid.shape)
    if area_lonlat is not None:
        within = block_around(first.grid, area_lonlat, margin_m=CONTEXT_HALF_WIDTH_M)
    step = step_for(within, most_cells=PICTURE_CELLS)
    seen = [SeenSource(source=one, within=within, step=step) for one in (first, second)]
    detection = change.detect_blocks(
        *seen,
        within=within,
        parameters=settings,
        progress=lambda share, words: progress(0.05 + 0.85 * share, words),
    )
    progress(0.92, "drawing the flags")
    marking = strictest([before.marking, after.marking])
    simulated = before.simulated or after.simulated
    provenance = Provenance(
        method=str(detection.findings.get("method", change.METHOD)),
        inputs={
            f"{role} {number} {name}": sha256_of(path)
            for role, picture in (("before", before), ("after", after))
            for number, (name, path) in enumerate(
                zip(picture.names, picture.paths, strict=True), start=1
            )
        },
        parameters={
            **dataclasses.asdict(settings),
            "area_wkt": "" if area_lonlat is None else area_lonlat.wkt,
            "context_half_width_m": None if area_lonlat is None else CONTEXT_HALF_WIDTH_M,
            "site": None if site is None else {"id": str(site["id"]), "lonlat": _place(site)},
            "pictures": {
                role: {
                    "taken_on": picture.taken_on and picture.taken_on.isoformat(),
                    "simulated": picture.simulated,
                    "marking": picture.marking.value,
                    "sensor": picture.sensor,
                    "offsets": _offsets(picture),
                }
                for role, picture in (("before", before), ("after", after))
            },
        },
        versions=versions("scikit-image", "rasterio", "shapely", "pyproj", "geopandas"),
        findings=detection.findings,
    )
    detection_id = f"CH-{_digest(provenance.inputs, provenance.parameters, provenance.method)}"
    polygons = change.flagged_polygons(
        detection,
        within_lonlat=area_lonlat,
        site_lonlat=None if site is None else _place(site),
        before_on=before.taken_on,
        after_on=after.taken_on,
        simulated=simulated,
    )
    progress(0.95, "measuring the flags")
    measured = _measured(detection, polygons, first, second)
    progress(1.0, "done")
    return Change(
        id=detection_id,
        before=seen[0].picture(),
        after=seen[1].picture(),
        before_source=before,
        after_source=after,
        detection=detection,
        flags=_as_alerts(
            polygons,
            measured,
            detection_id=detection_id,
            site_id="" if site is None else str(site["id"]),
            days=(before.taken_on, after.taken_on),
            sensors=tuple(sorted({before.sensor, after.sensor} - {""})),
            marking=marking,
            simulated=simulated,
            provenance=provenance,
        ),
        area_lonlat=area_lonlat,
        provenance=provenance,
        marking=marking,
        simulated=simulated,
    )


def _measured(
    detection: Detection, polygons: gpd.GeoDataFrame, before: RasterSource, after: RasterSource
) -> list[dict[str, float | None]]:
    """What can be measured on each flag; flags that are neighbours share what is read."""
    from geo.change.judging import features_of  # noqa: PLC0415 - its libraries are slow to load

    order = order_by_place(polygons, detection.grid)
    found = features_of(
        detection,
        polygons.iloc[order],
        NearbySource(source=before),
        NearbySource(source=after),
    )
    return [found[place] for place in np.argsort(order)]


def keep_flags(
    store: Store, change: Change, *, settings: Settings, author: str, now: datetime
) -> ImportReport:
    """Keep the flags of a detection as alerts; keeping the same detection again changes nothing.

    Its pictures are kept first, so that it can be made again; see `keep_pictures`.
    """
    keep_pictures(settings, change)
    names = [column.name for column in columns_of("alerts")]
    frame = frame_of("alerts", {name: list(change.flags[name]) for name in names})
    return store.add(
        "alerts",
        with_judgements(store, frame),
        key=FileKey(
            file_name=change.id,
            sha256=digest(dataclasses.asdict(change.provenance)),
            dataset_id="local",
        ),
        author=author,
        now=now,
    )


def keep_pictures(settings: Settings, change: Change) -> None:
    """Keep the files of a detection's pictures as they were read, but for scenes, which are kept.

    Raises
    ------
    StoreError
        If one cannot be kept, is gone, or was changed since it was read.
    """
    paths = (*change.before_source.paths, *change.after_source.paths)
    for path, sha256 in zip(paths, change.provenance.inputs.values(), strict=True):
        if not (settings.scenes_folder / f"{sha256}.tif").is_file():
            keep_original(settings, path, sha256)


def write_detection(
    change: Change, *, score: Path | None = None, mask: Path | None = None, out: Path | None = None
) -> None:
    """Write score and mask as GeoTIFF and the flags as GeoPackage, each whole or not at all.

    Score and mask lie on the whole grid of the first earlier file: no data outside what was read.
    The flags are those that the office itself may see. If one file cannot be written, none of them
    is left.

    Raises
    ------
    BadInput
        If a file cannot be written.
    """
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow

    try:
        _write_rasters(change, score=score, mask=mask)
        if out is not None:
            flags = for_viewer(change.flags, OFFICE, kind="alerts")
            write_geopackage(out, {"flags": flags})
    except BadInput:
        for path in (score, mask, out):
            if path is not None and path.is_file():
                path.unlink()
        raise


def require_outputs(outputs: Sequence[Path | None], *, inputs: Sequence[Path] = ()) -> None:
    """Refuse files to write that would fail, or take the place of an input or of each other.

    Raises
    ------
    BadInput
        If one of them is so.
    """
    taken = {path.resolve() for path in inputs}
    for path in (path for path in outputs if path is not None):
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise BadInput(
                f"{path} cannot be written",
                expected="the name of a file in a folder that exists",
                remedy="make the folder first, or choose another name",
            )
        if path.resolve() in taken:
            raise BadInput(
                f"{path} would take the place of another file of this run",
                expected="a name of its own for each file",
                remedy="choose another name",
            )
        taken.add(path.resolve())


def _write_rasters(change: Change, *, score: Path | None, mask: Path | None) -> None:
    """Write score and mask on the whole grid of the first earlier file."""
    from geo.sources.rasters.raster import describe, write_layer  # noqa: PLC0415 - GDAL is slow

    tags = {
        "LAMASSU_SIMULATED": "YES" if change.simulated else "NO",
        "LAMASSU_MARKING": change.marking.value,
        "LAMASSU_PROVENANCE": canonical(dataclasses.asdict(change.provenance)).decode(),
    }
    whole = describe(change.before_source.paths[0]).grid
    place = place_of(change.detection.grid, whole)
    if score is not None:
        write_layer(
            score, change.detection.score, place=place, grid=whole, band="score", nodata=np.nan,
            tags=tags,
        )  # fmt: skip
    if mask is not None:
        write_layer(
            mask, change.detection.mask, place=place, grid=whole, band="change", nodata=NO_DATA,
            tags=tags,
        )  # fmt: skip


def _require_order(before: PictureSource, after: PictureSource) -> None:
    """Refuse a pair that runs backwards."""
    if before.taken_on and after.taken_on and after.taken_on < before.taken_on:
        raise BadInput(
            f"the later picture is of {after.taken_on}, the earlier one of {before.taken_on}",
            expected="the earlier picture first",
            remedy="exchange the two",
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


def _as_alerts(
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


def _digest(*parts: object) -> str:
    """Twelve hexadecimal digits that stand for the parts."""
    return digest(parts)[:12]


def _remarks(findings: Mapping[str, object]) -> list[str]:
    """What a reader must know of the run, in sentences."""
    nothing = str(findings.get("nothing_flagged_because", ""))
    clouds = str(findings.get("cloud_mask", ""))
    remarks = [f"Nothing was flagged: {nothing}."] if nothing else []
    if clouds.startswith("none"):
        remarks.append("The pictures bring no cloud mask, so clouds are not told from change.")
    if clouds.startswith("guessed"):
        remarks.append(
            "The pictures bring no cloud mask. Thick white cloud was guessed and left out; other "
            "cloud, and shadow, are not told from change."
        )
    return remarks


def _valid_cells(area: Polygon | MultiPolygon | None, mask: NDArray[np.uint8], grid: Grid) -> int:
    """Cells with data whose middle lies in the area; all with data if there is no area."""
    count = 0
    for rows in strips(grid.shape):
        valid = mask[rows] != NO_DATA
        if area is not None:
            down, right = np.indices(valid.shape) + 0.5
            xs, ys = grid.xy(right, down + rows.start)
            valid &= contains_xy(area, *transformer(grid.crs, WGS84).transform(xs, ys))
        count += int(valid.sum())
        give_back(mask)
    return count


def _offsets(picture: PictureSource) -> list[dict[str, object]]:
    """What was added to the numbers of each file as it was read, and why, where anything is due."""
    from geo.sources.rasters.raster import describe  # noqa: PLC0415 - GDAL is slow

    told = [describe(path).offset for path in picture.paths]
    return [{"added": offset.value, "why": offset.why} for offset in told if offset.why]


def summary(change: Change) -> dict[str, Any]:
    """The result in numbers and words, for a person or as JSON.

    `valid_ha` counts what could be compared inside the area asked for, `flagged_ha` the flags.
    """
    findings = change.detection.findings
    mask = change.detection.mask
    cell_ha = float(np.prod(change.detection.grid.cell_m)) / 1e4
    dates = [
        source.taken_on.isoformat() if source.taken_on else "date unknown"
        for source in (change.before_source, change.after_source)
    ]
    valid_ha = _valid_cells(change.area_lonlat, mask, change.detection.grid) * cell_ha
    flags = [
        {
            "id": row.id,
            "area_m2": round(row.area_m2, 1),
            "distance_m": None if np.isnan(row.distance_m) else round(row.distance_m, 1),
            "score": round(row.score, 4),
        }
        for row in change.flags.itertuples()
    ]
    return {
        "id": change.id,
        "before": dates[0],
        "after": dates[1],
        "simulated": change.simulated,
        "marking": change.marking.value,
        "valid_ha": round(valid_ha, 2),
        "flagged_ha": round(float(change.flags["area_m2"].sum()) / 1e4, 2),
        "remarks": _remarks(findings),
        "findings": findings,
        "flags": flags,
        "provenance": dataclasses.asdict(change.provenance),
    }
