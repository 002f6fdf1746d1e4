"""The network of an area for one mode: roads noded, ground laid out, places joined to both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, MissingColumns
from geo.grid import Raster
from geo.routes.along import Slopes, slopes_along, watched_m
from geo.routes.attach import connected_parts
from geo.routes.graph import graph_of
from geo.routes.ground import Cells, cell_links, cells_of, road_joints, straight_lines
from geo.routes.modes import Mode
from geo.routes.noding import distances_m, links_of_ways
from geo.routes.parameters import Ground
from geo.routes.places import Joined, join_places
from geo.routes.travel import ACCESS, OFFROAD, Network, edge_cost_s, edge_time_s
from geo.ways import CLASSES, WAY_COLUMNS

__all__ = ["ACCESS", "OFFROAD", "Network", "build_network", "edge_cost_s", "edge_time_s"]

NETWORK_CLASSES = (*CLASSES, OFFROAD, ACCESS)
"""Classes of links; their places in this list are the numbers in `Network.link_class`."""

CLOSED = ("no", "private")
"""Values of OpenStreetMap's key ``access`` that bar a road."""

PAVED = (
    "asphalt", "bricks", "cement", "chipseal", "concrete", "concrete:lanes", "concrete:plates",
    "metal", "paved", "paving_stones", "sett",
)  # fmt: skip
"""Values of the key ``surface`` that are paved: https://wiki.openstreetmap.org/wiki/Key:surface."""

UNPAVED = (
    "clay", "compacted", "dirt", "earth", "fine_gravel", "grass", "grass_paver", "gravel", "ground",
    "mud", "pebblestone", "rock", "rocky", "salt", "sand", "stone", "unpaved",
)  # fmt: skip
"""Values of the same key that are not."""

FAR_M = 1_000.0
"""Lines between place and road that are longer than this are told of."""


def build_network(
    ways: gpd.GeoDataFrame,
    *,
    places: gpd.GeoDataFrame,
    mode: Mode,
    area_lonlat: BaseGeometry,
    terrain: Raster | None = None,
    watched: gpd.GeoDataFrame | None = None,
    cell_m: float | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> Network:
    """The network of the ways inside an area for one mode, with places attached.

    Parameters
    ----------
    ways : GeoDataFrame
        Columns `geo.ways.WAY_COLUMNS`, LineStrings in EPSG:4326. Ways of a class that the mode has
        no speed for are left out. Two ways meet where they share a vertex, and only there.
    places : GeoDataFrame
        Column ``key`` and points in EPSG:4326: sites, posts, a place drawn on the map.
    mode : Mode
        One that moves on open ground gets a grid of cells, joined to the roads in them.
    area_lonlat : polygon in EPSG:4326
        Nothing outside it is used.
    terrain : Raster, optional
        One band of heights in metres, NaN not known. With it, open ground of unknown height is left
        out; without it, all is taken to be flat.
    watched : GeoDataFrame, optional
        Points in EPSG:4326 with ``kind`` (post, town, check), from where roads are watched.
    cell_m : float, optional
        Width of the cells of open ground, else that of `geo.routes.ground.cell_size_m`.
    barriers : GeoDataFrame, optional
        Lines or areas in EPSG:4326 at which open ground cannot be crossed, such as rivers.

    Returns
    -------
    Network
        A place that nothing serves within the mode's `max_access_km` is in `unattached`. Parts of
        the network that do not meet stay apart.

    Raises
    ------
    MissingColumns
        If a frame lacks a column.
    BadInput
        If the area is no polygon, a key stands twice, a way is no line, a kind of watched place is
        not known, or there is neither a road nor open ground to move on.
    """
    _check_input(ways, places, area_lonlat)
    table = _Ways.of(ways)
    served = np.flatnonzero(_served(table, mode))
    found = links_of_ways(ways.iloc[served], area_lonlat)
    roads = replace(found, way=served[found.way].astype(np.int32))
    cells = cells_of(area_lonlat, cell_m=cell_m, terrain=terrain) if mode.off_road else None
    if not len(roads.lines) and (cells is None or not len(cells.lonlat)):
        raise BadInput(
            f"there is no road in the area for the mode {mode.label!r}",
            expected="a road inside it" + (" or open ground of known height" * mode.off_road),
            remedy="import roads, or choose a larger area or another mode",
        )
    joined = join_places(
        roads,
        places=places,
        mode=mode,
        area_lonlat=area_lonlat,
        usable=~table.closed[roads.way],
        surveyed=~table.schematic[roads.way],
        cells=cells,
    )
    pieces = _all_pieces(table, joined, cells, barriers)
    slopes = slopes_along(pieces.lines, np.where(pieces.flat, np.nan, pieces.length_m), terrain)
    best = mode.best()
    watch_m = watched_m(
        pieces.lines,
        pieces.length_m,
        watched,
        weight=best.watch_weight,
        range_m=best.watch_range_m,
    )
    return _directed(
        table,
        joined,
        pieces,
        slopes,
        watch_m,
        mode=mode,
        remarks=_remarks(pieces, cells, terrain, barriers),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ways:
    """What the ways say of themselves, one value a row."""

    road_class: NDArray[np.int16]
    maxspeed_kmh: NDArray[np.float64]
    paved: NDArray[np.int8]
    schematic: NDArray[np.bool_]
    unstated: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    bridge: NDArray[np.bool_]
    oneway: NDArray[np.int8]

    @classmethod
    def of(cls, ways: gpd.GeoDataFrame) -> _Ways:
        """The columns of a frame of ways; an unknown class counts as unclassified."""
        number = {name: place for place, name in enumerate(CLASSES)}
        known = ways["road_class"].map(number).fillna(number["unclassified"])
        surface = ways["surface"]
        paved = np.where(surface.isin(PAVED), 1, np.where(surface.isin(UNPAVED), 0, -1))
        limit = ways["maxspeed_kmh"].to_numpy(dtype=np.float64)
        return cls(
            road_class=known.to_numpy(dtype=np.int16),
            maxspeed_kmh=np.where(limit > 0, limit, np.nan),
            paved=paved.astype(np.int8),
            schematic=ways["schematic"].to_numpy(dtype=bool),
            unstated=~(ways["length_km"].to_numpy(dtype=np.float64) > 0),
            closed=ways["access"].isin(CLOSED).to_numpy(),
            bridge=ways["bridge"].to_numpy(dtype=bool),
            oneway=ways["oneway"].to_numpy(dtype=np.int8),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pieces:
    """All links: roads, then open ground, then the lines that join places."""

    node_lonlat: NDArray[np.float64]
    lines: NDArray[Any]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length_m: NDArray[np.float64]
    way: NDArray[np.int32]
    number: NDArray[np.int16]
    """Place in `NETWORK_CLASSES`."""
    flat: NDArray[np.bool_]
    """True where the terrain under the line says nothing of the way: schematic links, bridges."""
    schematic: NDArray[np.bool_]
    direct: NDArray[np.bool_]


def _all_pieces(
    table: _Ways, joined: Joined, cells: Cells | None, barriers: gpd.GeoDataFrame | None
) -> _Pieces:
    """The links of roads, of open ground and of places, with nodes numbered as in `Joined`."""
    roads = joined.links
    ground_lonlat = np.empty((0, 2)) if cells is None else cells.lonlat
    lonlat = np.concatenate([roads.node_lonlat, ground_lonlat, joined.off_road_lonlat])
    access = straight_lines(lonlat[joined.access_tail], lonlat[joined.access_head])
    access_m = distances_m(lonlat[joined.access_tail], lonlat[joined.access_head])
    parts = [(roads.lines, roads.tail, roads.head, roads.length_m)]
    if cells is not None:
        first = len(roads.node_lonlat)
        between = cell_links(cells, barriers=barriers)
        part = connected_parts(roads, ~_of_way(table.closed, roads.way, False))
        joints = road_joints(cells, roads.node_lonlat, part)
        parts += [
            (between.lines, between.tail + first, between.head + first, between.length_m),
            (joints.lines, joints.tail + first, joints.head, joints.length_m),
        ]
    ground = sum(len(part[0]) for part in parts[1:])
    parts.append((access, joined.access_tail, joined.access_head, access_m))
    lines, tail, head, length_m = (np.concatenate(column) for column in zip(*parts, strict=True))
    number = np.empty(len(lines), dtype=np.int16)
    number[: len(roads.lines)] = table.road_class[roads.way]
    number[len(roads.lines) :] = NETWORK_CLASSES.index(ACCESS)
    number[len(roads.lines) : len(roads.lines) + ground] = NETWORK_CLASSES.index(OFFROAD)
    way = np.full(len(lines), -1, dtype=np.int32)
    way[: len(roads.lines)] = roads.way
    schematic = _of_way(table.schematic, way, False)
    is_access = number == NETWORK_CLASSES.index(ACCESS)
    return _Pieces(
        node_lonlat=lonlat,
        lines=lines,
        tail=tail,
        head=head,
        length_m=length_m,
        way=way,
        number=number,
        flat=schematic | _of_way(table.bridge, way, False),
        schematic=schematic,
        direct=is_access | (schematic & _of_way(table.unstated, way, False)),
    )


def _directed(
    table: _Ways,
    joined: Joined,
    pieces: _Pieces,
    slopes: Slopes,
    watch_m: NDArray[np.float64],
    *,
    mode: Mode,
    remarks: tuple[str, ...],
) -> Network:
    """The network of the links, each of them an edge there and an edge back."""
    link = np.arange(len(pieces.lines))
    graph, order = graph_of(
        np.concatenate([pieces.tail, pieces.head]),
        np.concatenate([pieces.head, pieces.tail]),
        np.concatenate([link, link]),
        nodes=len(pieces.node_lonlat),
    )
    closed = _of_way(table.closed, pieces.way, False)
    oneway = (
        np.zeros_like(closed, dtype=np.int8)
        if mode.ground is Ground.FOOT
        else (_of_way(table.oneway, pieces.way, 0))
    )
    barred = np.concatenate([closed | (oneway < 0), closed | (oneway > 0)])
    return Network(
        mode=mode.name,
        graph=graph,
        node_lonlat=pieces.node_lonlat,
        link_geometry=pieces.lines,
        link_class=pieces.number,
        classes=NETWORK_CLASSES,
        link_length_m=pieces.length_m,
        link_maxspeed_kmh=_of_way(table.maxspeed_kmh, pieces.way, np.nan),
        link_paved=_of_way(table.paved, pieces.way, -1),
        link_schematic=pieces.schematic,
        link_direct=pieces.direct,
        link_way=pieces.way,
        edge_slope=np.concatenate([slopes.net, -slopes.net])[order],
        edge_steepness=np.concatenate([slopes.steepness, slopes.steepness])[order],
        edge_walk_s_per_m=np.concatenate([slopes.walk_there_s_per_m, slopes.walk_back_s_per_m])[
            order
        ],
        edge_barred=barred[order],
        edge_watch_m=np.concatenate([watch_m, watch_m])[order],
        place_node=joined.place_node,
        place_access_m=_access_m(joined, pieces),
        unattached=joined.unattached,
        remarks=remarks,
    )


def _of_way(values: NDArray[Any], way: NDArray[np.int32], without: object) -> NDArray[Any]:
    """Values of the way of each link, `without` for links of no way."""
    if not values.size:
        return np.full(way.size, without, dtype=values.dtype)
    return np.where(way >= 0, values[way], np.array(without, dtype=values.dtype))


def _access_m(joined: Joined, pieces: _Pieces) -> dict[str, float]:
    """Length of the shortest line that joins each place, 0 for a place on a road."""
    first = len(pieces.lines) - joined.access_tail.size
    shortest: dict[int, float] = {}
    for node, length in zip(joined.access_tail.tolist(), pieces.length_m[first:], strict=True):
        shortest[node] = min(float(length), shortest.get(node, np.inf))
    on_road = len(joined.links.node_lonlat)
    return {
        key: 0.0 if node < on_road else shortest[node] for key, node in joined.place_node.items()
    }


def _served(table: _Ways, mode: Mode) -> NDArray[np.bool_]:
    """True for the ways of a class that the mode has a speed for; on foot, for all."""
    if mode.ground is Ground.FOOT:
        return np.ones(table.road_class.size, dtype=bool)
    speeds = mode.tables["speed_kmh"]
    served: NDArray[np.bool_] = np.array([name in speeds for name in CLASSES])[table.road_class]
    return served


def _remarks(
    pieces: _Pieces, cells: Cells | None, terrain: Raster | None, barriers: gpd.GeoDataFrame | None
) -> tuple[str, ...]:
    """What a reader must know of the network, in sentences."""
    remarks = []
    roads = int((pieces.way >= 0).sum())
    straight = int(pieces.schematic.sum())
    if straight:
        remarks.append(
            f"{straight} of {roads} pieces of road are straight links between named places, not"
            f" courses; {int((pieces.schematic & pieces.direct).sum())} of them have no stated"
            " length, so theirs is the straight line's with a measured detour."
            + " Their slopes are not known and count as flat." * (terrain is not None)
            + " One can leave them for open ground only at their ends and where a place is joined."
            * (cells is not None)
        )
    access = pieces.number == NETWORK_CLASSES.index(ACCESS)
    far = access & (pieces.length_m > FAR_M)
    if far.any():
        remarks.append(
            f"{int(far.sum())} straight lines of up to {pieces.length_m[far].max() / 1000:.0f} km"
            " join places to the network where no road is known."
        )
    if cells is None:
        return tuple(remarks)
    remarks.append(
        f"Open ground is a grid of {len(cells.lonlat)} cells of {cells.cell_m / 1000:.1f} km; ways"
        " across it are up to 8 % longer than the straight line."
    )
    if terrain is None:
        remarks.append("No heights are known: all ground counts as flat.")
    elif cells.without_height:
        remarks.append(
            f"{cells.without_height} cells are left out because their height is not known."
        )
    if barriers is None:
        remarks.append("Rivers, canals and walls are not known and stop nobody on open ground.")
    return tuple(remarks)


def _check_input(
    ways: gpd.GeoDataFrame, places: gpd.GeoDataFrame, area_lonlat: BaseGeometry
) -> None:
    """Refuse frames without their columns, keys that stand twice, and an area that is none."""
    missing = [name for name in (*WAY_COLUMNS, "geometry") if name not in ways.columns]
    if missing:
        raise MissingColumns(
            f"the ways lack {', '.join(missing)}", expected=f"the columns {', '.join(WAY_COLUMNS)}"
        )
    if "key" not in places.columns:
        raise MissingColumns("the places lack key", expected="a column key and points")
    twice = places["key"][places["key"].duplicated()]
    if len(twice):
        raise BadInput(f"the place {twice.iloc[0]!r} stands twice", expected="each key once")
    kinds = set(shapely.get_type_id(np.asarray(places.geometry.array, dtype=object)).tolist())
    if kinds - {-1, int(shapely.GeometryType.POINT)}:
        raise BadInput("a place is no point", expected="points or missing geometries")
    polygons = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    if shapely.get_type_id(area_lonlat) not in polygons or not (
        area_lonlat.is_valid and area_lonlat.area > 0
    ):
        raise BadInput(
            f"the area is {area_lonlat!s:.60}", expected="a valid polygon of longitudes, latitudes"
        )
