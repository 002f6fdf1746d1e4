"""What is known of collections before a server is asked: their bands, numbers, cells and terms.

Asset names are those of Earth Search v1 (earth-search.aws.element84.com) and, behind them, those
that Microsoft's Planetary Computer, Digital Earth Africa and the USGS give to the same bands.
"""

from __future__ import annotations

from dataclasses import dataclass

EARTH_SEARCH = "https://earth-search.aws.element84.com/v1"
"""Element 84's catalogue of open scenes; its Sentinel-2 level 2A is free to all over https."""

HOSTS_OF = {
    EARTH_SEARCH: (
        "earth-search.aws.element84.com",
        "sentinel-cogs.s3.us-west-2.amazonaws.com",
        "e84-earth-search-sentinel-data.s3.us-west-2.amazonaws.com",
    ),
}
"""By server: hosts that must be allowed for what it offers without an account.

Earth Search's README, "s3 vs http URLs": what has an ``s3://`` address, as Landsat and Sentinel-1
have there, is in buckets where the asker pays. Such scenes are listed and refused with that reason.
"""

DEFAULTS_OF = {EARTH_SEARCH: ("sentinel-2-l2a",)}
"""By server: collections that are asked for unless others are."""

SHORT_NAMES = {"earth-search": EARTH_SEARCH}
"""Names that stand for a server's address."""

SENTINEL_TERMS = (
    "Contains modified Copernicus Sentinel data; free, full and open access "
    "(Commission Delegated Regulation (EU) No 1159/2013)"
)
LANDSAT_TERMS = "Landsat imagery courtesy of the U.S. Geological Survey; public domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBand:
    """A band that is fetched, and the names that servers give to its file."""

    name: str
    """What it is called here."""
    assets: tuple[str, ...]
    """Keys of the asset, the likeliest first."""
    needed: bool = True
    """Whether a scene without it is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is known of one kind of scenes, whoever offers it."""

    names: tuple[str, ...]
    """What servers call the collection."""
    bands: tuple[WantedBand, ...]
    """Bands that are fetched, in their order in the scene."""
    cell_m: float
    """Width of the finest band's cells, which the scene gets."""
    origin_m: float
    """Where a cell's edge lies on the UTM axes, so that nothing is interpolated without need."""
    scale: float
    """What a stored number is multiplied by to become reflectance times 10 000."""
    offset: float
    """What is added after that."""
    nodata: float | None
    """Value of cells without data, where a file tells none."""
    boa_offset: bool
    """Whether it carries what Sentinel-2 products do since 2022; see `geo.sources.rasters`."""
    terms: str
    """Licence or terms in words."""


def _bands(*pairs: tuple[str, str], optional: tuple[str, ...] = ()) -> tuple[WantedBand, ...]:
    """Bands of ``(name, asset keys apart by spaces)``."""
    return tuple(
        WantedBand(name=name, assets=tuple(keys.split()), needed=name not in optional)
        for name, keys in pairs
    )


SENTINEL_2 = Collection(
    names=("sentinel-2-l2a", "sentinel-2-c1-l2a", "sentinel-s2-l2a-cogs", "s2_l2a", "s2_l2a_c1"),
    bands=_bands(
        ("B02", "blue B02 B02_10m"), ("B03", "green B03 B03_10m"), ("B04", "red B04 B04_10m"),
        ("B05", "rededge1 B05 B05_20m"), ("B06", "rededge2 B06 B06_20m"),
        ("B07", "rededge3 B07 B07_20m"), ("B08", "nir B08 B08_10m"), ("B8A", "nir08 B8A B8A_20m"),
        ("B11", "swir16 B11 B11_20m"), ("B12", "swir22 B12 B12_20m"), ("SCL", "scl SCL SCL_20m"),
        optional=("B05", "B06", "B07", "B8A"),
    ),
    cell_m=10.0, origin_m=0.0, scale=1.0, offset=0.0, nodata=0.0, boa_offset=True,
    terms=SENTINEL_TERMS,
)  # fmt: skip
"""Sentinel-2 level 2A: ten bands at 10 and 20 m and Sen2Cor's classes; reflectance times 10 000."""

LANDSAT = Collection(
    names=("landsat-c2-l2", "landsat-c2l2-sr", "ls8_sr", "ls9_sr"),
    bands=_bands(
        ("blue", "blue SR_B2"), ("green", "green SR_B3"), ("red", "red SR_B4"),
        ("nir", "nir08 SR_B5"), ("swir16", "swir16 SR_B6"), ("swir22", "swir22 SR_B7"),
        ("QA_PIXEL", "qa_pixel QA_PIXEL pixel_quality"),
    ),
    cell_m=30.0, origin_m=15.0, scale=0.275, offset=-2000.0, nodata=0.0, boa_offset=False,
    terms=LANDSAT_TERMS,
)  # fmt: skip
"""Landsat collection 2 level 2: reflectance is a number times 0.0000275 less 0.2 (USGS LSDS-1619);
cells' edges lie 15 m off the kilometre lines. `nir08` is the near infrared."""

SENTINEL_1 = Collection(
    names=("sentinel-1-rtc", "sentinel-1-grd", "s1_rtc"),
    bands=_bands(("VV", "vv VV"), ("VH", "vh VH"), optional=("VH",)),
    cell_m=10.0, origin_m=0.0, scale=1.0, offset=0.0, nodata=None, boa_offset=False,
    terms=SENTINEL_TERMS,
)  # fmt: skip
"""Sentinel-1 backscatter as the server has it; what is not corrected for terrain is refused."""

COLLECTIONS = (SENTINEL_2, LANDSAT, SENTINEL_1)
"""All that is known."""


def known_collection(name: str) -> Collection | None:
    """What is known of a collection by the name that a server gives it; None if nothing is."""
    return next((one for one in COLLECTIONS if name.casefold() in one.names), None)


def address_of(words: str) -> str:
    """The address of a server by its short name, or as it was given, without a slash at its end."""
    return SHORT_NAMES.get(words.strip().casefold(), words.strip()).rstrip("/")
