"""What a server tells of a scene, read with suspicion: only what is needed, and only if it fits.

An item of a STAC server is anyone's JSON. Its words go into file names, the store and the screen,
so each is taken as what it must be, or the scene is refused with the reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import urljoin

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput
from geo.sources.rasters.offsets import NONE, Offset, offset_of
from geo.sources.stac.collections import Collection, known_collection

JSON: TypeAlias = Any
"""What `json.loads` gives."""

PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,159}")
"""What a scene may be called."""

MOST_BANDS = 32
"""Files of one scene."""

LONGEST_WORDS = 200
"""Characters of a server's words that are kept."""

PLATFORMS = (
    (re.compile(r"sentinel-([12][a-d])"), "Sentinel-"),
    (re.compile(r"landsat-([4-9])"), "Landsat "),
)
"""Satellites by STAC's names, and how the house begins theirs."""

BAND_NAME = re.compile(r"[A-Za-z0-9_]{1,24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedBand:
    """A band of a scene on a server."""

    name: str
    """What it is called here."""
    url: str
    """Where its file is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A scene on a server."""

    id: str
    """The server's name of it."""
    collection: str
    """The collection it belongs to."""
    taken_at: datetime
    """Time of the picture, UTC."""
    sensor: str
    """Satellite, such as ``Sentinel-2A``."""
    cloud_percent: float | None
    """Share of the picture under cloud, by the server's word."""
    outline_lonlat: BaseGeometry | None
    """Where it lies, EPSG:4326; None where the server does not say it in usual form."""
    bands: tuple[OfferedBand, ...]
    """Its bands, in the order in which the scene gets them."""
    refused: str
    """Why it cannot be fetched; empty where it can."""
    kind: Collection | None
    """What is known of its collection."""
    offset: Offset
    """What is to be added to the stored numbers of its bands, and why."""
    source_url: str
    """The server's record of it."""
    licence: str
    """Licence or terms."""


def offer_of(item: JSON, *, asked: str) -> Offer:
    """What an item of a server tells.

    Parameters
    ----------
    asked : str
        The address that was asked, to which links of the item are relative.

    Raises
    ------
    BadInput
        If it has no name, no time, or is no scene at all.
    """
    if not (isinstance(item, dict) and isinstance(item.get("properties"), dict)):
        raise BadInput("an answer holds something that is no item of STAC", expected="a Feature")
    properties = item["properties"]
    name = item.get("id")
    if not (isinstance(name, str) and PLAIN_ID.fullmatch(name)):
        raise BadInput(
            f"a scene is called {str(name)[:60]!r}",
            expected="letters, digits, dots, hyphens and underscores",
        )
    collection = words(item.get("collection"))
    kind = known_collection(collection)
    told = item.get("assets")
    assets: Mapping[str, JSON] = told if isinstance(told, dict) else {}
    own = _own_address(item, asked)
    bands, missing = _bands_of(assets, kind, base=own)
    return Offer(
        id=name,
        collection=collection,
        taken_at=_taken_at(properties, name),
        sensor=_sensor(properties, collection),
        cloud_percent=_cloud(properties),
        outline_lonlat=_outline(item),
        bands=bands,
        refused=_refusal(bands, missing),
        kind=kind,
        offset=boa_offset(properties, item_id=name) if kind and kind.boa_offset else NONE,
        source_url=own,
        licence=kind.terms if kind else words(properties.get("license")),
    )


def boa_offset(properties: Mapping[str, JSON], *, item_id: str) -> Offset:
    """What is due to the numbers of a Sentinel-2 item of level 2A, by its own words.

    ``earthsearch:boa_offset_applied`` decides where it is told. The `offset` of ``raster:bands`` is
    not believed: Earth Search says -0.1 there also of files from which it was taken off already.
    """
    applied = properties.get("earthsearch:boa_offset_applied")
    baseline = properties.get("s2:processing_baseline", properties.get("processing:version", ""))
    tags = {
        "PROCESSING_BASELINE": words(baseline),
        "EARTHSEARCH:BOA_OFFSET_APPLIED": "" if applied is None else words(applied),
        "PRODUCT_URI": words(properties.get("s2:product_uri")),
    }
    return offset_of(tags, name=item_id, dtype="uint16", declared=())


def words(value: JSON) -> str:
    """A value of a server as a short text that can be printed; empty for none and for lists."""
    if value is None or isinstance(value, dict | list):
        return ""
    return "".join(filter(str.isprintable, str(value)[:LONGEST_WORDS])).strip()


def _taken_at(properties: Mapping[str, JSON], name: str) -> datetime:
    """Time of the picture; the beginning where the server tells a beginning and an end."""
    for key in ("datetime", "start_datetime"):
        text = words(properties.get(key))
        try:
            when = datetime.fromisoformat(text)
            return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise BadInput(
        f"{name} does not say when it was taken", expected="a time such as 2024-03-01T08:00:00Z"
    )


def _sensor(properties: Mapping[str, JSON], collection: str) -> str:
    """The satellite in the words of the house."""
    platform = words(properties.get("platform"))
    for pattern, shown in PLATFORMS:
        if found := pattern.fullmatch(platform.casefold()):
            return shown + found[1].upper()
    return platform or words(properties.get("constellation")) or collection or "unknown"


def _cloud(properties: Mapping[str, JSON]) -> float | None:
    value = properties.get("eo:cloud_cover")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 100 else None


def _outline(item: Mapping[str, JSON]) -> BaseGeometry | None:
    """Where the picture lies: its outline, or its box."""
    try:
        found = shape(item["geometry"])
        if not found.is_empty and shapely.get_num_coordinates(found) < 100_000:
            return shapely.make_valid(shapely.force_2d(found))
    except (ShapelyError, LookupError, TypeError, ValueError, AttributeError):
        pass
    bounds = item.get("bbox")
    if not (isinstance(bounds, list) and len(bounds) in {4, 6}):
        return None
    try:
        numbers = [float(one) for one in bounds]
    except (TypeError, ValueError):
        return None
    west, south, east, north = (numbers[i] for i in ((0, 1, 2, 3) if len(numbers) == 4
                                                     else (0, 1, 3, 4)))  # fmt: skip
    return box(west, south, east, north) if west < east and south < north else None


def _own_address(item: Mapping[str, JSON], asked: str) -> str:
    """The server's record of the item, without what may be a key."""
    links = item.get("links")
    for link in links if isinstance(links, list) else []:
        if (
            isinstance(link, dict)
            and link.get("rel") == "self"
            and isinstance(link.get("href"), str)
        ):
            return words(_joined(asked, link["href"]).partition("?")[0])
    return words(asked.partition("?")[0])


def _joined(base: str, href: str) -> str:
    """A link as a whole address; empty if it is none."""
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _bands_of(
    assets: Mapping[str, JSON], kind: Collection | None, *, base: str
) -> tuple[tuple[OfferedBand, ...], tuple[str, ...]]:
    """The bands that are there, and the names of those that are needed and missing."""
    if kind is None:
        return _data_assets(assets, base=base), ()
    found, missing = [], []
    for band in kind.bands:
        url = next((url for key in band.assets if (url := _address(assets.get(key), base))), "")
        if url:
            found.append(OfferedBand(name=band.name, url=url))
        elif band.needed:
            missing.append(band.name)
    return tuple(found), tuple(missing)


def _data_assets(assets: Mapping[str, JSON], *, base: str) -> tuple[OfferedBand, ...]:
    """The bands of an item of an unknown collection: its GeoTIFFs that hold data."""
    found = []
    for key, asset in assets.items():
        url = _address(asset, base)
        if not (url and BAND_NAME.fullmatch(str(key))):
            continue
        media, roles = words(asset.get("type")), asset.get("roles")
        is_data = not isinstance(roles, list) or "data" in roles or "cloud" in roles
        if is_data and (
            "tiff" in media or url.partition("?")[0].lower().endswith((".tif", ".tiff"))
        ):
            found.append(OfferedBand(name=str(key), url=url))
    return tuple(found[:MOST_BANDS])


def _address(asset: JSON, base: str) -> str:
    """Where an asset's file is: over https if any of its addresses is; empty for no asset."""
    if not isinstance(asset, dict):
        return ""
    others = asset.get("alternate")
    places = [asset, *(others.values() if isinstance(others, dict) else ())]
    urls = [_joined(base, one["href"]) for one in places
            if isinstance(one, dict) and isinstance(one.get("href"), str)]  # fmt: skip
    return next((url for url in urls if url.startswith(("https://", "http://"))),
                urls[0] if urls else "")  # fmt: skip


def _refusal(bands: tuple[OfferedBand, ...], missing: tuple[str, ...]) -> str:
    """Why a scene cannot be fetched."""
    if missing:
        return f"it has no file of the band {', '.join(missing)}"
    if not bands:
        return "it has no GeoTIFF of data"
    account = [band for band in bands if not band.url.startswith(("https://", "http://"))]
    if account:
        scheme = account[0].url.partition(":")[0][:12]
        return f"its files are at {scheme}:// addresses, which ask for an account of their own"
    return ""
