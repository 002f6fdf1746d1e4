"""The lie of the land around a site, which does not change from date to date."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.sources.rasters.scenery.canvas import (
    CANVAS,
    CELL_M,
    Field,
    box,
    east_north,
    fractal,
    rng_for,
    winding,
    within,
)
from geo.sources.rasters.scenery.stages import HATRA, stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """What does not change from date to date around a site; shares are 0 to 1."""

    relief_m: Field
    brown: Field
    texture: Field
    water: Field
    bank: Field
    wadi: Field
    asphalt: Field
    track: Field
    stone: Field
    fields: Field
    edge: Field
    crop: NDArray[np.int64]
    vigour: Field
    lateness_days: Field
    grass: Field


@lru_cache(maxsize=2)
def land_of(site_id: str) -> Land:
    """The scenery around a site."""
    setting = stage(site_id)
    rng = rng_for(site_id, "land")
    zero = np.zeros((CANVAS, CANVAS), dtype=np.float32)
    walls_m, stone, precinct, crown = _works(site_id, rng)
    patchy = fractal(rng, beta=2.2, longest_cells=30)
    hills = fractal(rng, beta=3.4, longest_cells=220)
    beds = [
        within(7 - np.abs(winding(rng, turn_deg=turn, offset_m=offset, sway_m=150)))
        for turn, offset in ((20, 900), (-42, -1300), (75, 1150), (-8, -1900))
    ]
    wadi = np.max(beds, axis=0) * np.clip(0.9 - 0.5 * hills, 0, 1)
    water, bank = zero, zero
    if setting.has_river:
        across = winding(rng, turn_deg=97, offset_m=1650, sway_m=190)
        width = 75 + 18 * fractal(rng, beta=3, longest_cells=90)
        bars = fractal(rng, beta=3, longest_cells=40)
        water = within(width - np.abs(across))
        bank = within(width + 45 + 45 * bars - np.abs(across), soft_m=25) * (1 - water)
    road = np.abs(winding(rng, turn_deg=62, offset_m=-1050, sway_m=120))
    tracks = np.minimum(
        np.abs(winding(rng, turn_deg=-18, offset_m=-700, sway_m=70)),
        np.abs(winding(rng, turn_deg=118, offset_m=260, sway_m=100)),
    )
    off = (1 - np.clip(precinct, 0, 1)) * (1 - water) * (1 - bank)
    village = _village(rng, (-1500, -1250)) + _village(rng, (1350, 1500))
    parcel, edge = _parcels(rng)
    count = int(parcel.max()) + 1
    plain = _by_parcel(fractal(rng, beta=3, longest_cells=130), parcel)
    free = _by_parcel(off, parcel) > 0.5
    fields = (plain > np.quantile(plain, 1 - setting.field_share)) & free
    crop = rng.choice([0, 1, 2], p=[0.62, 0.31, 0.07], size=count)
    return Land(
        relief_m=3.5 * hills + 0.5 * fractal(rng, beta=2.4) + walls_m - 2.0 * wadi,
        brown=np.clip(
            0.42
            + 0.10 * hills
            + 0.13 * fractal(rng, beta=2.4)
            + (fields * rng.normal(0.06, 0.13, count))[parcel] * off
            - 0.5 * crown,
            0,
            1,
        ).astype(np.float32),
        texture=np.exp(
            0.05 * fractal(rng, beta=1.8) + 0.015 * fractal(rng, beta=0.6, longest_cells=12)
        ),
        water=water,
        bank=bank,
        wadi=wadi * off,
        asphalt=within(6 - road) * off,
        track=within(3 - tracks) * 0.8 * (1 - water),
        stone=np.clip(stone + village, 0, 0.9).astype(np.float32),
        fields=(fields[parcel] * off).astype(np.float32),
        edge=edge,
        crop=crop[parcel],
        vigour=(rng.beta(4, 1.6, count)[parcel] * (1 + 0.12 * patchy)).astype(np.float32),
        lateness_days=rng.normal(0, 8, count).astype(np.float32)[parcel],
        grass=np.clip(0.5 + 0.35 * fractal(rng, beta=2.0, longest_cells=80), 0, 1),
    )


def _works(site_id: str, rng: np.random.Generator) -> tuple[Field, Field, Field, Field]:
    """Heights in metres, stone, precinct and pale crown of an invented mound or walled town."""
    east, north = east_north()
    wobble = 14 * fractal(rng, beta=3, longest_cells=60)
    rubble = np.clip(fractal(rng, beta=1.2, longest_cells=14) - 0.4, 0, 1)
    if site_id == HATRA:
        radius = np.hypot(east * np.float32(1.03), north) + wobble
        town = within(930 - radius, soft_m=40)
        walls = np.exp(-(((radius - 930) / 22) ** 2)) + 0.6 * np.exp(-(((radius - 860) / 14) ** 2))
        court, u, v = box((0, 60), (430, 320), 8)
        enclosure = np.exp(-((court / 9) ** 2)) + np.exp(-(((u + 70) / 7) ** 2)) * (court > 0)
        halls = within(np.maximum(*_rooms(u, v, ((90, 0, 150, 70), (70, 95, 60, 40)))))
        stone = 0.5 * enclosure + 0.9 * halls + 0.35 * rubble * town + 0.25 * walls
        heights = 5 * walls + 3 * enclosure + 5 * halls + 1.5 * rubble * town
        return heights, stone, town, 0.5 * town * (1 - 0.6 * rubble)
    mound, u, v = box((-60, 60), (560, 400), 15)
    mound = mound + wobble
    cone = np.hypot(east + 150, north - 225)
    rampart = np.abs(box((420, -60), (1700, 1250), 15)[0] + 1.5 * wobble)
    plans = within(np.maximum(*_rooms(u, v, ((-70, 0, 150, 90), (100, -40, 120, 120)))))
    wallwork = plans * (rubble > 0.15)
    bank = np.exp(-((rampart / 20) ** 2))
    heights = 16 * within(mound, soft_m=50) + 26 * np.exp(-((cone / 48) ** 2))
    heights += 5 * bank + 1.5 * wallwork
    stone = 0.5 * wallwork + 0.15 * rubble * within(mound)
    crown = 0.5 * np.maximum(within(mound, soft_m=60), bank)
    precinct = np.maximum(within(mound + 40), bank)
    return heights, stone, precinct.astype(np.float32), crown.astype(np.float32)


def _rooms(
    u: Field, v: Field, plans: tuple[tuple[float, float, float, float], ...]
) -> tuple[Field, ...]:
    """Distance inside each of several rectangles (middle and size along u and v)."""
    return tuple(
        np.minimum(w / 2 - np.abs(u - cu), h / 2 - np.abs(v - cv)).astype(np.float32)
        for cu, cv, w, h in plans
    )


def _village(rng: np.random.Generator, centre_m: tuple[float, float]) -> Field:
    """Share of roofs and yards in a loose cluster of houses."""
    inside, u, v = box(centre_m, (420, 320), rng.uniform(0, 90))
    near = np.exp(-((u / 170) ** 2) - (v / 120) ** 2)
    houses = fractal(rng, beta=0.8, longest_cells=5) + 2.2 * near > 1.4
    return (houses * near * (inside > -250)).astype(np.float32)


def _by_parcel(field: Field, parcel: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of a field over each parcel."""
    return np.bincount(parcel.ravel(), field.ravel()) / np.bincount(parcel.ravel())


def _parcels(rng: np.random.Generator) -> tuple[NDArray[np.int64], Field]:
    """Number of each cell's parcel and share of its boundary: strips, block by block."""
    east, north = east_north()
    half = CANVAS * CELL_M / 2
    seeds = rng.uniform(-half, half, size=(70, 2))
    cells = np.column_stack([east.ravel(), north.ravel()])
    block = cKDTree(seeds).query(cells)[1].reshape(east.shape)
    turn = rng.normal(0.25, 0.35, len(seeds)).astype(np.float32)[block]
    u = east * np.cos(turn) + north * np.sin(turn)
    v = north * np.cos(turn) - east * np.sin(turn)
    wide = rng.uniform(55, 130, len(seeds)).astype(np.float32)[block]
    long = rng.uniform(260, 620, len(seeds)).astype(np.float32)[block]
    strip, piece = np.floor(u / wide), np.floor(v / long)
    names = (block * 4096 + (strip + 512) * 64 + (piece + 32)).astype(np.int64)
    _, parcel = np.unique(names, return_inverse=True)
    to_edge = np.minimum(
        np.minimum(u - strip * wide, (strip + 1) * wide - u),
        np.minimum(v - piece * long, (piece + 1) * long - v),
    )
    return parcel.reshape(east.shape), within(3 - to_edge)
