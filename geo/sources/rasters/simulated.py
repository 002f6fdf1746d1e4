"""Openly SIMULATED scenes around two real sites, so that change detection has something to see.

No real scene of Nimrud or Hatra may be shipped. The ground is the invented one of `scenery`; here
it is looked at: blurred and moved by a known fraction of a cell, then covered by haze, clouds,
their shadows and noise. The sensor is always called ``simulated``, and every file says so in its
name, its title and its tags. What was changed on the ground between two dates is known exactly
(`truth`), so the scenes also test detectors; the truth is never written beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import uniform_filter

from geo.errors import InvalidSetting
from geo.grid import WGS84, Grid, Raster, metric_crs, transformer
from geo.sources.rasters.scenery import (
    BANDS,
    CANVAS,
    CELL_M,
    CELLS,
    CHANGES,
    HATRA,
    NIMRUD,
    SPECTRA,
    Field,
    SimulatedChange,
    cropped,
    footprint,
    fractal,
    frequency,
    ground,
    rng_for,
    stage,
    sun,
)
from geo.sources.writers.geotiff_files import write_geotiff

Mask = NDArray[np.bool_]
"""Yes or no for each cell, shape (rows, columns)."""

SENSOR = "simulated"
"""The only sensor name a simulated scene may carry."""
CLASS_BAND = "SCL"
"""Name of the band of scene classes, the last one."""
CLASSES = {"shadow": 3, "vegetation": 4, "bare": 5, "water": 6, "thin cloud": 8, "cloud": 9}
"""Codes of the scene classes, those of the Sen2Cor processor; 0 is no data."""
QUANTIFICATION = 10_000
"""Reflectance 1.0 as it is stored; 0 is no data."""
CLOUD_HEIGHT_M = 650.0
"""Height of the clouds, which decides how far off their shadows fall."""
SHADOW_DEPTH = (0.38, 0.41, 0.45, 0.53, 0.47, 0.50, 0.52, 0.53, 0.62, 0.64)
"""Share of the light that a thick cloud takes from the ground, by band of `BANDS`."""
HAZE = (1.00, 0.75, 0.50, 0.30, 0.42, 0.37, 0.33, 0.29, 0.10, 0.05)
"""Light that haze adds, by band of `BANDS`, relative to blue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedScene:
    """What a simulated scene is made from; nothing else decides its cells."""

    id: str
    """``SIM-``, the site's id, ``-`` and the day; the random numbers of the date follow from it."""
    site_id: str
    """Site around which it lies."""
    acquired_at: datetime
    """Time of the picture, UTC."""
    shift_rowcol: tuple[float, float] = (0.0, 0.0)
    """By how many cells the ground is displaced down and to the right."""
    gain: float = 1.0
    """Factor on the reflectance of the whole scene, as from an imperfect correction of the sun."""
    haze: float = 0.0
    """Reflectance that thin haze adds in blue; less in longer waves."""
    cloud_share: float = 0.0
    """Share of the cells under cloud."""
    nodata_share: float = 0.0
    """Share of the cells without data, cut off one corner."""

    @property
    def clear_fraction(self) -> float:
        """Share of the cells with data and without cloud, 0 to 1, counted on the scene."""
        return float(clear_mask(self).mean())


def simulated_scenes() -> tuple[SimulatedScene, ...]:
    """Every scene that Lamassu can make by itself, by site and then by time.

    The dates lie before, between and after the cited events: Nimrud 5 to 7 March 2015, 1 to 11
    April 2015 and 31 August to 2 October 2016; Hatra 7 March and 5 April 2015.
    """
    return (
        _scene(NIMRUD, 2015, 3, 1),
        _scene(NIMRUD, 2015, 3, 13, shift=(0.35, -0.25), gain=1.04, haze=0.010, cloud=0.14),
        _scene(NIMRUD, 2015, 4, 20, shift=(-0.30, 0.45), gain=0.96, haze=0.004),
        _scene(NIMRUD, 2016, 8, 27, shift=(0.20, 0.30), gain=1.02),
        _scene(NIMRUD, 2016, 9, 16, shift=(-0.55, 0.20), gain=0.97, haze=0.014, cloud=0.32),
        _scene(NIMRUD, 2016, 10, 6, shift=(0.25, -0.50), gain=1.05, haze=0.005, nodata=0.05),
        _scene(HATRA, 2015, 3, 1),
        _scene(HATRA, 2015, 3, 18, shift=(-0.40, 0.30), gain=1.05, haze=0.008, cloud=0.18),
        _scene(HATRA, 2015, 4, 2, shift=(0.25, -0.20), gain=1.02),
        _scene(HATRA, 2015, 4, 10, shift=(0.30, 0.40), gain=0.97, haze=0.004),
        _scene(HATRA, 2015, 9, 7, shift=(-0.20, -0.35), gain=1.03, nodata=0.06),
    )


def make_scene(spec: SimulatedScene) -> Raster:
    """The scene as stored: ten bands of reflectance x 10 000 in whole numbers, and scene classes.

    The classes are codes as `CLASSES` has them. NaN where there is no data.

    Raises
    ------
    InvalidSetting
        If no scenery is known for the site.
    """
    lit = _registered(ground(spec.site_id, spec.acquired_at), spec.shift_rowcol)
    opacity, shadow = _sky(spec)
    seen = _through_the_air(lit, opacity, shadow, spec)
    noise = rng_for(spec.id, "noise").standard_normal(seen.shape, dtype=np.float32)
    stored = np.rint((seen + (0.0015 + 0.008 * seen) * noise) * QUANTIFICATION)
    bands = np.clip(stored, 1, 65_535).astype(np.float32)
    values = np.concatenate([bands, _classified(bands, opacity, shadow)[None]])
    values[:, _nodata(spec)] = np.nan
    return Raster(grid=scene_grid(spec.site_id), bands=(*BANDS, CLASS_BAND), values=values)


def write_scene(spec: SimulatedScene, folder: Path) -> Path:
    """The GeoTIFF of a scene in `folder`, uint16 with 0 for no data, whole or not there at all.

    Its tags say that it is simulated, for which site and when; the same scene gives the same bytes
    as long as GDAL stays the same.
    """
    raster = make_scene(spec)
    moment, name = spec.acquired_at.isoformat(), stage(spec.site_id).name
    path = folder / f"{spec.id}_simulated.tif"
    write_geotiff(
        path,
        np.nan_to_num(raster.values, nan=0.0).astype(np.uint16),
        grid=raster.grid,
        bands=raster.bands,
        nodata=0,
        tags={
            "LAMASSU_SIMULATED": "YES",
            "TITLE": f"SIMULATED scene near {name} ({spec.site_id}), {moment[:10]}",
            "DESCRIPTION": "SIMULATED: invented scenery; it shows nothing of the real place.",
            "SENSOR": SENSOR,
            "DATETIME": moment,
            "LAMASSU_SITE": spec.site_id,
            "LAMASSU_SCENE": spec.id,
            "UNIT": f"reflectance x {QUANTIFICATION}",
        },
    )
    return path


def scene_grid(site_id: str) -> Grid:
    """The grid of the site's scenes: UTM, 10 m, the site's place in the middle cells."""
    lonlat = stage(site_id).lonlat
    crs = metric_crs(lonlat)
    x, y = transformer(WGS84, crs).transform(*lonlat)
    half = CELLS * CELL_M / 2
    west = round((x - half) / CELL_M) * CELL_M
    north = round((y + half) / CELL_M) * CELL_M
    transform = Affine(CELL_M, 0, west, 0, -CELL_M, north)
    return Grid(crs=crs, transform=transform, shape=(CELLS, CELLS))


def truth(before: SimulatedScene, after: SimulatedScene) -> Mask:
    """Where the ground was changed between two scenes of one site, on their common grid.

    Seasons, clouds, haze and mis-registration are not change.

    Raises
    ------
    InvalidSetting
        If the scenes are of different sites.
    """
    if before.site_id != after.site_id:
        raise InvalidSetting(
            f"scenes of two sites, {before.site_id} and {after.site_id}",
            expected="two scenes of one site",
        )
    earlier, later = sorted((before.acquired_at.date(), after.acquired_at.date()))
    changed = np.zeros((CANVAS, CANVAS), dtype=bool)
    for change in changes_at(before.site_id):
        if earlier < change.on <= later:
            changed |= footprint(change) > 0.5
    return cropped(changed)


def changes_at(site_id: str) -> tuple[SimulatedChange, ...]:
    """The invented changes at a site, by day."""
    return tuple(change for change in CHANGES if change.site_id == site_id)


def clear_mask(spec: SimulatedScene) -> Mask:
    """Where the scene has data and no cloud; a cloud's shadow counts as clear."""
    return ~_nodata(spec) & ~(cropped(_cloud(spec)) > 0)


def _scene(
    site_id: str,
    year: int,
    month: int,
    day: int,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    gain: float = 1.0,
    haze: float = 0.0,
    cloud: float = 0.0,
    nodata: float = 0.0,
) -> SimulatedScene:
    """A scene in the late morning of the day, named after its site and day."""
    return SimulatedScene(
        id=f"SIM-{site_id}-{year:04}{month:02}{day:02}",
        site_id=site_id,
        acquired_at=datetime(year, month, day, 7, 50, tzinfo=UTC),
        shift_rowcol=shift,
        gain=gain,
        haze=haze,
        cloud_share=cloud,
        nodata_share=nodata,
    )


def _registered(
    canvas: NDArray[np.float32], shift_rowcol: tuple[float, float]
) -> NDArray[np.float32]:
    """The scene's cells, blurred as by a lens (half a cell) and moved, in one Fourier step."""
    down, right = frequency()
    blur = np.exp(-2 * np.square(np.pi * 0.5) * (down**2 + right**2))
    phase = np.exp(-2j * np.pi * (down * shift_rowcol[0] + right * shift_rowcol[1]))
    transfer = (blur * phase).astype(np.complex64)
    moved = fft.irfft2(fft.rfft2(canvas) * transfer, s=canvas.shape[1:])
    return np.asarray(cropped(moved), dtype=np.float32)


def _sky(spec: SimulatedScene) -> tuple[Field, Field]:
    """Opacity of cloud and depth of its shadow on the scene's cells, 0 to 1."""
    cloud = _cloud(spec)
    elevation, azimuth = sun(spec.site_id, spec.acquired_at)
    reach = CLOUD_HEIGHT_M / CELL_M / math.tan(elevation)
    away = (round(math.cos(azimuth) * reach), round(-math.sin(azimuth) * reach))
    shadow = uniform_filter(np.roll(cloud, away, axis=(0, 1)), 5)
    return cropped(cloud), cropped(shadow)


def _through_the_air(
    lit: NDArray[np.float32], opacity: Field, shadow: Field, spec: SimulatedScene
) -> NDArray[np.float32]:
    """The ground under the scene's clouds, their shadows, haze and gain."""
    bright, darkening, veil = (
        np.array(values, dtype=np.float32)[:, None, None]
        for values in (SPECTRA["cloud"], SHADOW_DEPTH, HAZE)
    )
    hazy = lit * (1 - darkening * shadow) + np.float32(spec.haze) * veil
    covered = hazy * (1 - opacity) + bright * (0.62 + 0.38 * opacity) * opacity
    return np.asarray(covered * spec.gain, dtype=np.float32)


def _classified(bands: NDArray[np.float32], opacity: Field, shadow: Field) -> Field:
    """Codes of `CLASSES`; as from a real classifier, faint rims of cloud and shadow escape."""
    red, near = bands[BANDS.index("B04")], bands[BANDS.index("B08")]
    tests = {
        "cloud": opacity > 0.5,
        "thin cloud": opacity > 0.1,
        "shadow": shadow > 0.2,
        "water": near < red,
        "vegetation": near - red > 0.4 * (near + red),
    }
    codes = [CLASSES[name] for name in tests]
    return np.select(list(tests.values()), codes, CLASSES["bare"]).astype(np.float32)


@lru_cache(maxsize=4)
def _cloud(spec: SimulatedScene) -> Field:
    """Opacity of cloud on the canvas, 0 to 1, above 0 in exactly the wanted share of the scene."""
    if spec.cloud_share == 0:
        return np.zeros((CANVAS, CANVAS), dtype=np.float32)
    rng = rng_for(spec.id, "cloud")
    field = fractal(rng, beta=3.6, longest_cells=130)
    field = field + 0.06 * fractal(rng, beta=2.6, longest_cells=30)
    base = np.quantile(cropped(field), 1 - spec.cloud_share)
    rise = np.clip((field - base) / 0.9, 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise), dtype=np.float32)


def _nodata(spec: SimulatedScene) -> Mask:
    """Where the scene has no data: beyond a slanting edge across its upper right corner."""
    rows, cols = np.mgrid[0:CELLS, 0:CELLS]
    side = math.sqrt(2 * spec.nodata_share * 2.5) * CELLS
    return np.asarray((CELLS - cols) * 2.5 + rows < side, dtype=bool)
