"""The ground on a day: what covers it, what was done to it, and the sun upon it."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from geo.sources.rasters.scenery.canvas import CELL_M, Field, box, fractal, rng_for, within
from geo.sources.rasters.scenery.land import Land, land_of
from geo.sources.rasters.scenery.stages import CHANGES, ChangeKind, SimulatedChange, stage

BANDS = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12")
"""Band names: visible and near infrared, then red edge and shortwave infrared."""

SPECTRA: dict[str, tuple[float, ...]] = {
    "pale soil": (0.148, 0.190, 0.236, 0.312, 0.258, 0.278, 0.296, 0.322, 0.392, 0.346),
    "brown soil": (0.104, 0.134, 0.170, 0.240, 0.190, 0.208, 0.224, 0.250, 0.324, 0.288),
    "subsoil": (0.188, 0.232, 0.276, 0.348, 0.296, 0.314, 0.330, 0.356, 0.416, 0.372),
    "spoil": (0.232, 0.280, 0.326, 0.394, 0.344, 0.360, 0.374, 0.400, 0.452, 0.412),
    "vegetation": (0.040, 0.072, 0.050, 0.420, 0.102, 0.290, 0.380, 0.440, 0.208, 0.104),
    "straw": (0.136, 0.186, 0.232, 0.338, 0.256, 0.290, 0.314, 0.350, 0.378, 0.278),
    "water": (0.072, 0.092, 0.078, 0.038, 0.062, 0.050, 0.042, 0.030, 0.014, 0.010),
    "stone": (0.196, 0.228, 0.258, 0.310, 0.272, 0.288, 0.300, 0.320, 0.350, 0.324),
    "asphalt": (0.088, 0.098, 0.108, 0.140, 0.116, 0.122, 0.130, 0.142, 0.170, 0.158),
    "shade": (0.022, 0.022, 0.022, 0.026, 0.023, 0.024, 0.025, 0.026, 0.030, 0.028),
    "cloud": (0.600, 0.605, 0.620, 0.650, 0.625, 0.635, 0.645, 0.650, 0.470, 0.370),
}
"""Reflectance of the endmembers by band of `BANDS`: typical round figures, not measured."""


def ground(site_id: str, moment: datetime) -> NDArray[np.float32]:
    """Reflectance on the canvas, lit by the sun; shape (bands, rows, columns), as `BANDS`."""
    land = land_of(site_id)
    day = moment.timetuple().tm_yday
    shares, relief, texture = _cover(land, day), land.relief_m, land.texture
    for change in CHANGES:
        if change.site_id == site_id and change.on <= moment.date():
            shares, relief, texture = _altered(shares, relief, texture, change)
    spectra = np.array([SPECTRA[name] for name in shares], dtype=np.float32)
    mixed = np.tensordot(spectra, np.stack(list(shares.values())), axes=(0, 0))
    # Winter rain darkens soil; the driest days come in August.
    dryness = np.float32(0.93 - 0.07 * math.cos(2 * math.pi * (day - 35) / 365))
    bare = 1 - shares["water"] - shares["vegetation"]
    lit = _sunlight(relief, sun(site_id, moment)) * (1 + bare * (dryness * texture - 1))
    return np.asarray(mixed * np.where(shares["water"] > 0.5, 1, lit), dtype=np.float32)


def footprint(change: SimulatedChange) -> Field:
    """Share of each cell inside the outline of a change: a rectangle with an uneven edge."""
    inside, u, v = box(change.centre_m, change.size_m, change.turn_deg)
    if change.kind is not ChangeKind.LEVELLED:
        half_u, half_v = change.size_m[0] / 2, change.size_m[1] / 2
        inside = (1 - np.hypot(u / half_u, v / half_v)) * np.float32(min(half_u, half_v))
    rng = rng_for(change.kind, change.on.isoformat(), str(change.centre_m))
    return within(inside + 6 * fractal(rng, beta=2.6, longest_cells=24))


def sun(site_id: str, moment: datetime) -> tuple[float, float]:
    """Elevation and azimuth (clockwise from north) of the sun in radians, to a few degrees.

    Declination by Cooper (1969, doi:10.1016/0038-092X(69)90047-4); the equation of time is left
    out.
    """
    lon, lat = stage(site_id).lonlat
    declination = math.radians(23.45) * math.sin(
        2 * math.pi * (284 + moment.timetuple().tm_yday) / 365
    )
    hour = math.radians(15 * (moment.hour + moment.minute / 60 - 12) + lon)
    phi = math.radians(lat)
    sine = math.sin(phi) * math.sin(declination)
    sine += math.cos(phi) * math.cos(declination) * math.cos(hour)
    elevation = math.asin(sine)
    azimuth = math.pi + math.atan2(
        math.sin(hour),
        math.cos(hour) * math.sin(phi) - math.tan(declination) * math.cos(phi),
    )
    return elevation, azimuth


def _cover(land: Land, day: int) -> dict[str, Field]:
    """Share of each endmember in each cell on a day of the year; they sum to 1."""
    season = (day - land.lateness_days).astype(np.float32)
    cereal = np.exp(-(((season - 96) / 34) ** 2))
    summer = np.exp(-(((season - 222) / 38) ** 2))
    growth = np.select([land.crop == 0, land.crop == 2], [cereal, summer], 0.08 * cereal)
    stubble = np.clip((season - 128) / 20, 0, 1) * np.clip((330 - season) / 40, 0, 1)
    grazing = np.exp(-(((day - 85) / 32) ** 2))
    tilled = land.fields * (1 - land.edge)
    open_ground = 1 - land.fields
    vegetation = 0.92 * tilled * land.vigour * growth
    vegetation += open_ground * (0.26 * land.grass * grazing + 0.02)
    vegetation += land.bank * (0.25 + 0.45 * land.grass) + 0.18 * land.wadi * land.grass
    straw = tilled * (land.crop == 0) * land.vigour * stubble * 0.75
    straw += open_ground * land.grass * 0.22 * (1 - grazing)
    left = np.ones_like(vegetation)
    cover: dict[str, Field] = {}
    for name, share in (
        ("water", land.water),
        ("asphalt", land.asphalt),
        ("stone", land.stone),
        ("subsoil", 0.55 * land.track + 0.45 * land.wadi),
        ("vegetation", vegetation),
        ("straw", straw),
    ):
        cover[name] = np.minimum(np.clip(share, 0, 1), left).astype(np.float32)
        left = left - cover[name]
    brown = np.clip(land.brown + 0.22 * tilled * (land.crop == 1), 0, 1)
    nothing = np.zeros_like(left)
    cover |= {"spoil": nothing, "shade": nothing}
    return {**cover, "brown soil": left * brown, "pale soil": left * (1 - brown)}


def _altered(
    shares: dict[str, Field], relief: Field, texture: Field, change: SimulatedChange
) -> tuple[dict[str, Field], Field, Field]:
    """Cover, heights and texture after a change."""
    inside = footprint(change)
    rng = rng_for(change.kind, change.on.isoformat(), str(change.centre_m), "ground")
    shade = np.zeros_like(inside)
    if change.kind is ChangeKind.PITS:
        # A cell holds some two pits, each with 4 m2 of shadow and 15 m2 of spoil around it.
        pits = rng.poisson(2.2, size=inside.shape).astype(np.float32) * inside
        fresh, shade = np.clip(0.15 * pits, 0, 0.7), np.clip(0.04 * pits, 0, 0.2)
    elif change.kind is ChangeKind.HEAP:
        fresh = 0.9 * inside
        relief = relief + 4 * inside
    else:
        fresh = inside * np.clip(0.72 + 0.12 * fractal(rng, beta=1.4), 0.3, 1)
        level = np.float32(np.average(relief, weights=inside))
        relief = relief + np.float32(0.9) * inside * (level - relief)
        texture = texture + np.float32(0.5) * inside * (1 - texture)
    kept = 1 - fresh - shade
    altered = {name: share * kept for name, share in shares.items()}
    laid = "subsoil" if change.kind is ChangeKind.LEVELLED else "spoil"
    altered[laid] = altered[laid] + fresh
    altered["shade"] = altered["shade"] + shade
    return altered, relief, texture


def _sunlight(relief_m: Field, light: tuple[float, float]) -> Field:
    """Light on the ground relative to level ground: one third of it comes from the whole sky."""
    elevation, azimuth = light
    down, right = np.gradient(relief_m, CELL_M)
    facing = -(right * math.sin(azimuth) - down * math.cos(azimuth))
    direct = (1 + facing / math.tan(elevation)) / np.sqrt(1 + down**2 + right**2)
    return np.asarray(1 / 3 + 2 / 3 * np.clip(direct, 0, 2), dtype=np.float32)
