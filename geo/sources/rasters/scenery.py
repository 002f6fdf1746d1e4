"""Invented ground around two real sites, as the sun would show it to a sensor.

Everything here is stage scenery: the river, the fields, the tracks, the villages, the mound, the
walls and the changes show nothing of Nimrud or of Hatra. Only the two places are real, and the days
of the changes, which are those of the events cited in ``data/events.csv``. Every random number
comes from a generator seeded by the name of what it is for, so the ground is always the same.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.spatial import cKDTree

from geo.errors import InvalidSetting

Field = NDArray[np.float32]
"""One number a cell, shape (rows, columns)."""
Number = TypeVar("Number", bound=np.generic)

BANDS = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12")
"""Band names: visible and near infrared, then red edge and shortwave infrared."""
CELL_M = 10.0
"""Width of a cell in metres."""
CELLS = 480
"""Rows and columns of a scene."""
MARGIN = 16
"""Cells computed beyond each edge, so that a periodic Fourier shift brings nothing across it."""
CANVAS = CELLS + 2 * MARGIN
"""Rows and columns that are computed."""

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


class ChangeKind(StrEnum):
    """What was done to the ground."""

    LEVELLED = "levelled ground"
    HEAP = "spoil heap"
    PITS = "field of pits"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChange:
    """One invented change of the ground, at an invented spot near the site."""

    site_id: str
    """Site near which it lies."""
    kind: ChangeKind
    """What was done."""
    on: date
    """The first day (UTC) on which it can be seen, within a cited event of the site."""
    centre_m: tuple[float, float]
    """Middle, in metres east and north of the site's place."""
    size_m: tuple[float, float]
    """Length of its two sides in metres."""
    turn_deg: float
    """By how much it is turned anticlockwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a site lies and what kind of scenery is put there."""

    name: str
    """Name of the site."""
    lonlat: tuple[float, float]
    """Its true place."""
    has_river: bool
    """Whether an invented river runs by."""
    field_share: float
    """Share of the open ground that is tilled."""


NIMRUD, HATRA = "PL894019", "PL894004"

STAGES = {
    NIMRUD: Stage(name="Nimrud", lonlat=(43.331535, 36.099975), has_river=True, field_share=0.72),
    HATRA: Stage(name="Hatra", lonlat=(42.718342, 35.587884), has_river=False, field_share=0.3),
}
"""The scenery by id of its site; the places are those of ``data/sites.csv``."""

CHANGES = tuple(
    SimulatedChange(
        site_id=site_id, kind=kind, on=on, centre_m=centre_m, size_m=size_m, turn_deg=turn_deg
    )
    for site_id, kind, on, centre_m, size_m, turn_deg in (
        (NIMRUD, ChangeKind.LEVELLED, date(2015, 3, 6), (120, -150), (130, 90), 15),
        (NIMRUD, ChangeKind.HEAP, date(2015, 3, 6), (225, -70), (60, 50), 40),
        (NIMRUD, ChangeKind.LEVELLED, date(2015, 4, 2), (-120, 40), (180, 110), 15),
        (NIMRUD, ChangeKind.PITS, date(2015, 4, 2), (620, -260), (260, 180), -20),
        (NIMRUD, ChangeKind.LEVELLED, date(2016, 9, 1), (-150, 225), (120, 120), 15),
        (NIMRUD, ChangeKind.HEAP, date(2016, 9, 1), (-270, 170), (70, 60), 15),
        (HATRA, ChangeKind.LEVELLED, date(2015, 3, 7), (-40, 110), (170, 100), 8),
        (HATRA, ChangeKind.HEAP, date(2015, 3, 7), (95, 150), (70, 50), -30),
        (HATRA, ChangeKind.PITS, date(2015, 4, 5), (430, -380), (280, 200), 35),
        (HATRA, ChangeKind.LEVELLED, date(2015, 4, 5), (-520, 260), (140, 110), -25),
    )
)
"""Every invented change, by site and day."""


def stage(site_id: str) -> Stage:
    """The scenery of a site.

    Raises
    ------
    InvalidSetting
        If none was made up for it.
    """
    if site_id not in STAGES:
        raise InvalidSetting(
            f"no simulated scenery for the site {site_id!r}", expected=" or ".join(STAGES)
        )
    return STAGES[site_id]


def ground(site_id: str, moment: datetime) -> NDArray[np.float32]:
    """Reflectance on the canvas, lit by the sun; shape (bands, rows, columns), as `BANDS`."""
    land = _land(site_id)
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
    inside, u, v = _box(change.centre_m, change.size_m, change.turn_deg)
    if change.kind is not ChangeKind.LEVELLED:
        half_u, half_v = change.size_m[0] / 2, change.size_m[1] / 2
        inside = (1 - np.hypot(u / half_u, v / half_v)) * np.float32(min(half_u, half_v))
    rng = rng_for(change.kind, change.on.isoformat(), str(change.centre_m))
    return _within(inside + 6 * fractal(rng, beta=2.6, longest_cells=24))


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


def rng_for(*names: str) -> np.random.Generator:
    """A generator seeded by words, the same on every machine."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def cropped(canvas: NDArray[Number]) -> NDArray[Number]:
    """The scene's cells out of the canvas."""
    return canvas[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


@lru_cache(maxsize=1)
def _east_north() -> tuple[Field, Field]:
    """Metres east and north of the canvas's middle, for each cell's middle."""
    steps = (np.arange(CANVAS, dtype=np.float32) - (CANVAS - 1) / 2) * np.float32(CELL_M)
    east, down = np.meshgrid(steps, steps)
    return east, -down


@lru_cache(maxsize=1)
def frequency() -> tuple[Field, Field]:
    """Cycles per cell down and to the right, for the half-plane of a real Fourier transform."""
    return (
        fft.fftfreq(CANVAS).astype(np.float32)[:, None],
        fft.rfftfreq(CANVAS).astype(np.float32)[None, :],
    )


def fractal(rng: np.random.Generator, *, beta: float, longest_cells: float = np.inf) -> Field:
    """A random field of mean 0 and deviation 1 whose power falls with frequency to the `beta`."""
    down, right = frequency()
    radius = np.hypot(down, right)
    lowest = max(1 / longest_cells, 1 / CANVAS)
    white = fft.rfft2(rng.standard_normal((CANVAS, CANVAS), dtype=np.float32))
    field = fft.irfft2(white * np.maximum(radius, lowest) ** (-beta / 2), s=(CANVAS, CANVAS))
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


def _within(signed_m: Field, *, soft_m: float = CELL_M) -> Field:
    """Share of each cell inside an edge, from the distance to it (positive inside)."""
    share = np.clip(signed_m / np.float32(soft_m) + np.float32(0.5), 0, 1)
    return np.asarray(share, dtype=np.float32)


def _box(
    centre_m: tuple[float, float], size_m: tuple[float, float], turn_deg: float
) -> tuple[Field, Field, Field]:
    """Distance inside a turned rectangle's edge, and the coordinates along its two sides."""
    east, north = _east_north()
    turn = math.radians(turn_deg)
    dx, dy = east - np.float32(centre_m[0]), north - np.float32(centre_m[1])
    u = dx * np.float32(math.cos(turn)) + dy * np.float32(math.sin(turn))
    v = dy * np.float32(math.cos(turn)) - dx * np.float32(math.sin(turn))
    inside = np.minimum(size_m[0] / 2 - np.abs(u), size_m[1] / 2 - np.abs(v))
    return inside.astype(np.float32), u, v


def _winding(rng: np.random.Generator, *, turn_deg: float, offset_m: float, sway_m: float) -> Field:
    """Signed distance in metres from a winding line across the canvas."""
    _, u, v = _box((0, 0), (1, 1), turn_deg)
    course, slope = np.full_like(u, offset_m), np.zeros_like(u)
    for wave_m, weight in ((5200, 1.0), (2300, 0.5), (1100, 0.22), (430, 0.07)):
        k = 2 * math.pi / (wave_m * rng.uniform(0.85, 1.15))
        phase, size = rng.uniform(0, 2 * math.pi), sway_m * weight
        course += np.float32(size) * np.sin(np.float32(k) * u + np.float32(phase))
        slope += np.float32(size * k) * np.cos(np.float32(k) * u + np.float32(phase))
    return np.asarray((v - course) / np.sqrt(1 + slope**2), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Land:
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
def _land(site_id: str) -> _Land:
    """The scenery around a site."""
    setting = stage(site_id)
    rng = rng_for(site_id, "land")
    zero = np.zeros((CANVAS, CANVAS), dtype=np.float32)
    walls_m, stone, precinct, crown = _works(site_id, rng)
    patchy = fractal(rng, beta=2.2, longest_cells=30)
    hills = fractal(rng, beta=3.4, longest_cells=220)
    beds = [
        _within(7 - np.abs(_winding(rng, turn_deg=turn, offset_m=offset, sway_m=150)))
        for turn, offset in ((20, 900), (-42, -1300), (75, 1150), (-8, -1900))
    ]
    wadi = np.max(beds, axis=0) * np.clip(0.9 - 0.5 * hills, 0, 1)
    water, bank = zero, zero
    if setting.has_river:
        across = _winding(rng, turn_deg=97, offset_m=1650, sway_m=190)
        width = 75 + 18 * fractal(rng, beta=3, longest_cells=90)
        bars = fractal(rng, beta=3, longest_cells=40)
        water = _within(width - np.abs(across))
        bank = _within(width + 45 + 45 * bars - np.abs(across), soft_m=25) * (1 - water)
    road = np.abs(_winding(rng, turn_deg=62, offset_m=-1050, sway_m=120))
    tracks = np.minimum(
        np.abs(_winding(rng, turn_deg=-18, offset_m=-700, sway_m=70)),
        np.abs(_winding(rng, turn_deg=118, offset_m=260, sway_m=100)),
    )
    off = (1 - np.clip(precinct, 0, 1)) * (1 - water) * (1 - bank)
    village = _village(rng, (-1500, -1250)) + _village(rng, (1350, 1500))
    parcel, edge = _parcels(rng)
    count = int(parcel.max()) + 1
    plain = _by_parcel(fractal(rng, beta=3, longest_cells=130), parcel)
    free = _by_parcel(off, parcel) > 0.5
    fields = (plain > np.quantile(plain, 1 - setting.field_share)) & free
    crop = rng.choice([0, 1, 2], p=[0.62, 0.31, 0.07], size=count)
    return _Land(
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
        asphalt=_within(6 - road) * off,
        track=_within(3 - tracks) * 0.8 * (1 - water),
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
    east, north = _east_north()
    wobble = 14 * fractal(rng, beta=3, longest_cells=60)
    rubble = np.clip(fractal(rng, beta=1.2, longest_cells=14) - 0.4, 0, 1)
    if site_id == HATRA:
        radius = np.hypot(east * np.float32(1.03), north) + wobble
        town = _within(930 - radius, soft_m=40)
        walls = np.exp(-(((radius - 930) / 22) ** 2)) + 0.6 * np.exp(-(((radius - 860) / 14) ** 2))
        court, u, v = _box((0, 60), (430, 320), 8)
        enclosure = np.exp(-((court / 9) ** 2)) + np.exp(-(((u + 70) / 7) ** 2)) * (court > 0)
        halls = _within(np.maximum(*_rooms(u, v, ((90, 0, 150, 70), (70, 95, 60, 40)))))
        stone = 0.5 * enclosure + 0.9 * halls + 0.35 * rubble * town + 0.25 * walls
        heights = 5 * walls + 3 * enclosure + 5 * halls + 1.5 * rubble * town
        return heights, stone, town, 0.5 * town * (1 - 0.6 * rubble)
    mound, u, v = _box((-60, 60), (560, 400), 15)
    mound = mound + wobble
    cone = np.hypot(east + 150, north - 225)
    rampart = np.abs(_box((420, -60), (1700, 1250), 15)[0] + 1.5 * wobble)
    plans = _within(np.maximum(*_rooms(u, v, ((-70, 0, 150, 90), (100, -40, 120, 120)))))
    wallwork = plans * (rubble > 0.15)
    bank = np.exp(-((rampart / 20) ** 2))
    heights = 16 * _within(mound, soft_m=50) + 26 * np.exp(-((cone / 48) ** 2))
    heights += 5 * bank + 1.5 * wallwork
    stone = 0.5 * wallwork + 0.15 * rubble * _within(mound)
    crown = 0.5 * np.maximum(_within(mound, soft_m=60), bank)
    precinct = np.maximum(_within(mound + 40), bank)
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
    inside, u, v = _box(centre_m, (420, 320), rng.uniform(0, 90))
    near = np.exp(-((u / 170) ** 2) - (v / 120) ** 2)
    houses = fractal(rng, beta=0.8, longest_cells=5) + 2.2 * near > 1.4
    return (houses * near * (inside > -250)).astype(np.float32)


def _by_parcel(field: Field, parcel: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of a field over each parcel."""
    return np.bincount(parcel.ravel(), field.ravel()) / np.bincount(parcel.ravel())


def _parcels(rng: np.random.Generator) -> tuple[NDArray[np.int64], Field]:
    """Number of each cell's parcel and share of its boundary: strips, block by block."""
    east, north = _east_north()
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
    return parcel.reshape(east.shape), _within(3 - to_edge)


def _cover(land: _Land, day: int) -> dict[str, Field]:
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
