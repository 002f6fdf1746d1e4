"""What a route lies on: the country's outline, its roads, its heights, its posts and its towns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import yaml
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.disclosure.rules import ADDED_COLUMNS
from geo.errors import BadInput, InvalidSetting, LamassuError
from geo.frames import check_frame, contents
from geo.grid import WGS84, Raster, metric_crs, reproject
from geo.model import PostKind, Tlp, strictest
from geo.pipeline import FACTS_FOLDER
from geo.settings import Settings
from geo.sources.outlines import read_outlines
from geo.store import Store
from geo.ways import ways_of_links

if TYPE_CHECKING:
    from geo.routes.modes import Mode

BORDER_SLACK_M = 6_000.0
"""How far roads and posts outside a country's outline still count as its own: the embedded outlines
are coarse, and posts lie up to 4.7 km outside them (data/README.md)."""

COVERED = 0.8
"""Share of a country that files of surveyed roads must reach over to be taken by themselves."""

TERRAIN_CELL_M = 500.0
"""Cell of the heights that slopes over open ground are taken from."""

MODES_FILE = FACTS_FOLDER / "modes.yaml"
"""Speeds and costs of every mode of travel, with their sources."""

TOWN_PREFIX = "NE:"
"""Ids of the populated places of Natural Earth among the ends of road links."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """All that a study of routes in one country takes from the store."""

    country: str
    """Name of the country that is left."""
    area_lonlat: BaseGeometry
    """Its outline with a margin, EPSG:4326; nothing outside is used."""
    ways: gpd.GeoDataFrame
    """Its roads (`geo.ways`)."""
    schematic: bool
    """True if the roads are links between places and no courses."""
    terrain: Raster | None
    """Heights, where the mode needs them and the store has them."""
    posts: gpd.GeoDataFrame
    """Posts that lead out of the country, those without a place too."""
    places: gpd.GeoDataFrame
    """``key`` and point of each of these posts and of the towns on the roads."""
    towns: dict[str, str]
    """Name of each town by its key."""
    watched: gpd.GeoDataFrame
    """Points with their ``kind``: post, town or check."""
    inputs: dict[str, str]
    """SHA-256 of each table and file that was used, by what it is."""
    remarks: tuple[str, ...]
    """What the reader must know of all this."""
    marking: Tlp
    """The strictest marking of what was used."""
    simulated: bool
    """True if any of it is invented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What is to be told of a part that was taken from the store."""

    inputs: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    marking: Tlp = Tlp.CLEAR
    simulated: bool = False


@lru_cache(maxsize=1)
def travel_modes() -> dict[str, Mode]:
    """The modes of travel of `data/modes.yaml`, by name."""
    from geo.routes.modes import modes_of  # noqa: PLC0415 - quick --help

    return modes_of(yaml.safe_load(MODES_FILE.read_text(encoding="utf-8")))


def travel_mode(name: str) -> Mode:
    """One mode of travel.

    Raises
    ------
    InvalidSetting
        If there is no such mode.
    """
    modes = travel_modes()
    if name not in modes:
        raise InvalidSetting(f"there is no mode {name!r}", expected=f"one of {', '.join(modes)}")
    return modes[name]


def country_of(lonlat: tuple[float, float], *, stated: str = "") -> str:
    """The country that a place lies in: the stated one if the place is within reach of it.

    Raises
    ------
    BadInput
        If the place lies in the sea or in a country whose outline Lamassu does not have.
    """
    crs = metric_crs(lonlat)
    place = reproject(Point(lonlat), WGS84, crs)
    near = read_outlines(FACTS_FOLDER / "borders.geojson")
    near = near[near.intersects(Point(lonlat).buffer(1.0))]
    lengths = {
        str(name): reproject(outline, WGS84, crs).distance(place)
        for name, outline in zip(near["name"], near.geometry, strict=True)
    }
    if lengths.get(stated, np.inf) <= BORDER_SLACK_M:
        return stated
    nearest = min(lengths, key=lambda name: lengths[name], default="")
    if lengths.get(nearest, np.inf) <= BORDER_SLACK_M:
        return nearest
    lon, lat = lonlat
    raise BadInput(
        f"the place at longitude {lon:.4f}, latitude {lat:.4f} is in the sea, or in no country of "
        "the region",
        expected="a place on land in the Middle East",
        remedy="choose another place to start from",
    )


def ground_of(
    store: Store,
    settings: Settings,
    country: str,
    *,
    mode: Mode,
    roads: str = "auto",
    checks_lonlat: Sequence[tuple[float, float]] = (),
) -> Ground:
    """What the store has for routes out of `country`.

    Parameters
    ----------
    roads
        ``surveyed`` for the imported files of roads, ``schematic`` for the cited links between
        places, ``auto`` for the files where they reach over most of the country. Invented roads are
        used only where files are asked for, invented heights never.

    Raises
    ------
    InvalidSetting
        If `roads` is none of these.
    BadInput
        If files are asked for and there is none.
    """
    area = _area(country)
    ways, schematic, of_roads = _roads(store, settings, country, area, roads=roads)
    terrain, of_terrain = _terrain(store, settings, area) if mode.off_road else (None, _Taken())
    posts = _posts_of(store.read("posts"), country)
    of_posts = _Taken(
        inputs={"posts": table_fingerprint("posts", posts)},
        marking=strictest([Tlp(value) for value in posts["marking"].unique()]),
    )
    parts = (of_roads, of_terrain, of_posts)
    towns = _towns(store.read("roads"), area)
    placed = posts[_placed(posts)]
    return Ground(
        country=country,
        area_lonlat=area,
        ways=ways,
        schematic=schematic,
        terrain=terrain,
        posts=posts,
        places=gpd.GeoDataFrame(
            {"key": [*("posts/" + placed["id"]), *towns["key"]]},
            geometry=[*placed.geometry, *towns.geometry],
            crs=WGS84,
        ),
        towns=dict(zip(towns["key"], towns["name"], strict=True)),
        watched=_watched(placed, towns, checks_lonlat),
        inputs={name: digest for part in parts for name, digest in part.inputs.items()},
        remarks=tuple(remark for part in parts for remark in part.remarks),
        marking=strictest([part.marking for part in parts]),
        simulated=any(part.simulated for part in parts),
    )


def _area(country: str) -> BaseGeometry:
    """The country's outline with its margin."""
    outlines = read_outlines(FACTS_FOLDER / "borders.geojson")
    outline = outlines.geometry[outlines["name"] == country].union_all()
    point = outline.representative_point()
    crs = metric_crs((point.x, point.y))
    widened = reproject(outline, WGS84, crs).simplify(300).buffer(BORDER_SLACK_M, quad_segs=4)
    return reproject(widened, crs, WGS84)


def _roads(
    store: Store, settings: Settings, country: str, area: BaseGeometry, *, roads: str
) -> tuple[gpd.GeoDataFrame, bool, _Taken]:
    """The country's ways, whether they are schematic, and what to tell of them."""
    if roads not in {"auto", "surveyed", "schematic"}:
        raise InvalidSetting(f"roads {roads!r}", expected="auto, surveyed or schematic")
    files = store.read("networks")
    files = files[files.geometry.intersects(area)]
    if roads == "auto":
        files = files[~files["simulated"]]
    reach = files.geometry.union_all().intersection(area).area / area.area if len(files) else 0.0
    if roads == "surveyed" and not len(files):
        raise BadInput(
            f"the store has no file of roads for {country}",
            expected="an OpenStreetMap extract of the country",
            remedy="bring one in with `import roads FILE`, or take the schematic links",
        )
    if roads == "surveyed" or (roads == "auto" and reach >= COVERED):
        return _surveyed(files, settings, country, reach)
    links = store.read("roads")
    links = without_copies(links[~links["simulated"]], "from_node", "to_node", "mode")
    remarks = [
        "Roads are SCHEMATIC: cited main links between named places, drawn straight. No local "
        "roads are known, so a way is right only from town to town."
    ]
    if len(files) and roads == "auto":
        remarks.append(
            f"The imported roads reach over {reach:.0%} of {country} only and were not used; ask "
            "for surveyed roads to use them alone."
        )
    return (
        ways_of_links(links),
        True,
        _Taken(
            inputs={"links": table_fingerprint("roads", links)},
            remarks=tuple(remarks),
            marking=strictest([Tlp(value) for value in links["marking"].unique()]),
        ),
    )


def _surveyed(
    files: gpd.GeoDataFrame, settings: Settings, country: str, reach: float
) -> tuple[gpd.GeoDataFrame, bool, _Taken]:
    """The ways of imported files."""
    parts = [_ways_of_file(row, settings) for _, row in files.iterrows()]
    names = ", ".join(sorted(files["source"].unique()))
    remarks = [f"Roads are those of {names}, as old as the file."]
    if reach < COVERED:
        remarks.append(
            f"These roads reach over {reach:.0%} of {country} only: posts elsewhere cannot be "
            "reached, which says nothing of them."
        )
    return (
        gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=WGS84),
        False,
        _Taken(
            inputs={f"roads {row['source']}": str(row["sha256"]) for _, row in files.iterrows()},
            remarks=tuple(remarks),
            marking=strictest([Tlp(value) for value in files["marking"].unique()]),
            simulated=bool(files["simulated"].any()),
        ),
    )


def _ways_of_file(network: pd.Series, settings: Settings) -> gpd.GeoDataFrame:
    """The ways of an imported file, from their quick copy or else from the file itself."""
    from geo.sources.roads.road_files import read_roads, read_ways, write_ways  # noqa: PLC0415

    copy = settings.cache_folder / f"{network['sha256']}.ways"
    try:
        return read_ways(copy)
    except LamassuError:
        ways = read_roads(settings.home / str(network["path"])).ways
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_ways(ways, copy)
        return ways


def _terrain(store: Store, settings: Settings, area: BaseGeometry) -> tuple[Raster | None, _Taken]:
    """Heights from the finest of the files that reach over most of the area."""
    files = store.read("terrain")
    files = files[files.geometry.intersects(area) & ~files["simulated"]]
    if not len(files):
        return None, _Taken(
            remarks=(
                "No terrain was imported, so mountains and marshes are not known: bring in heights "
                "with `import terrain`.",
            )
        )
    from geo.sources.rasters.terrain import read_terrain  # noqa: PLC0415 - GDAL is slow

    reach = shapely.area(shapely.intersection(files.geometry.to_numpy(), area)) / area.area
    coarse = np.where(np.isnan(files["cell_m"]), np.inf, files["cell_m"])
    chosen = files.iloc[int(np.lexsort((coarse, reach < reach.max() - 0.05))[0])]
    point = area.representative_point()
    terrain = read_terrain(
        settings.home / str(chosen["path"]),
        area_lonlat=area,
        crs=metric_crs((point.x, point.y)),
        cell_m=max(TERRAIN_CELL_M, float(chosen["cell_m"])),
    )
    remarks = [f"Heights are those of {chosen['source']}."]
    if reach.max() < 0.999:
        remarks.append(
            f"They reach over {reach.max():.0%} of the country; open ground elsewhere is left out, "
            "because nothing is known of it."
        )
    return terrain, _Taken(
        inputs={f"terrain {chosen['source']}": str(chosen["sha256"])},
        remarks=tuple(remarks),
        marking=Tlp(chosen["marking"]),
        simulated=bool(chosen["simulated"]),
    )


def _posts_of(posts: gpd.GeoDataFrame, country: str) -> gpd.GeoDataFrame:
    """Posts in the country, and those of its neighbours that face it; no invented ones.

    Each id stands once: of copies in several datasets the last recorded, and two posts that only
    share an id are told apart by their dataset.
    """
    leads = (posts["country"] == country) | (posts["facing_country"] == country)
    held = without_copies(posts[leads & ~posts["simulated"]], "name", "kind", "country")
    shared = held["id"].duplicated(keep=False)
    held = held.assign(id=held["id"].where(~shared, held["dataset_id"] + "/" + held["id"]))
    return held.sort_values("id").reset_index(drop=True)


def without_copies(frame: gpd.GeoDataFrame, *columns: str) -> gpd.GeoDataFrame:
    """The rows without those that another dataset holds too: same id and same `columns`.

    The one that was recorded last stays, so that a partner's newer copy counts, and counts once.
    """
    if not len(frame):
        return frame
    ordered = frame.sort_values(["recorded_at", "dataset_id"], kind="stable")
    kept = ordered[~ordered.duplicated(["id", *columns], keep="last")]
    return frame.loc[sorted(kept.index)]


def _towns(links: gpd.GeoDataFrame, area: BaseGeometry) -> gpd.GeoDataFrame:
    """The populated places among the ends of the road links: ``key``, ``name`` and point."""
    found: dict[str, tuple[str, Point]] = {}
    held = links[_placed(links)]
    for _, link in held.iterrows():
        ends = shapely.get_coordinates(link.geometry)[[0, -1]]
        for side, end in zip(("from", "to"), ends, strict=True):
            if str(link[f"{side}_node"]).startswith(TOWN_PREFIX):
                key = f"towns/{link[f'{side}_node']}"
                found.setdefault(key, (str(link[f"{side}_name"]), Point(end)))
    towns = gpd.GeoDataFrame(
        {"key": list(found), "name": [name for name, _ in found.values()]},
        geometry=[point for _, point in found.values()],
        crs=WGS84,
    )
    return towns[towns.intersects(area)].sort_values("key").reset_index(drop=True)


def _watched(
    posts: gpd.GeoDataFrame, towns: gpd.GeoDataFrame, checks: Sequence[tuple[float, float]]
) -> gpd.GeoDataFrame:
    """Where somebody may look: posts with officers, towns, and the checks that were told."""
    staffed = posts[posts["kind"] != PostKind.INFORMAL.value]
    kinds = [*["post"] * len(staffed), *["town"] * len(towns), *["check"] * len(checks)]
    points: list[Any] = [*staffed.geometry, *towns.geometry, *map(Point, checks)]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=points, crs=WGS84)


def _placed(frame: gpd.GeoDataFrame) -> Any:  # noqa: ANN401 - an array of flags
    """Where a row has a place."""
    return ~(shapely.is_missing(frame.geometry) | shapely.is_empty(frame.geometry))


def table_fingerprint(kind: str, frame: gpd.GeoDataFrame) -> str:
    """SHA-256 over the contents of a table, whatever order its rows come in."""
    held = frame.drop(columns=list(ADDED_COLUMNS), errors="ignore")
    rows = sorted(contents(kind, check_frame(kind, held)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def file_fingerprint(path: Path) -> str:
    """SHA-256 over the bytes of a file that comes with Lamassu."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
