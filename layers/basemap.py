"""The paper under every map: land, borders, names, graticule, scale and tools; needs no network.

The outlines are one script that the browser loads once (`outlines`); the map itself (`base_map`) is
a few lines, the same at every run, so that streamlit-folium never mounts it anew. What changes is
added by ``feature_group_to_add``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import MacroElement
from folium import plugins
from folium.template import Template
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from layers.assets import OwnAssets, OwnScript, map_scripts
from layers.map_layer import script_json
from layers.style import latlon, safe_html

COLOURS = {
    "land": "#f6f2e8",
    "beyond": "#f1ede4",
    "coast": "#9fb0b8",
    "border": "#b5a58a",
    "graticule": "#d9dcd6",
}
"""Colours of the paper; the sea is the background in `map.css`."""

ATTRIBUTION = "Natural Earth; borders are de facto"
"""Printed in the corner of every map."""

WORDS = {
    "layers": "Layers and legend",
    "home": "Back to the whole region",
    "unplaced": "without a known point",
}
"""What the map's own controls say."""

GREATEST_ZOOM = 18
"""Without a tile layer Leaflet knows none, and clusters need one."""

_UNITS = {
    "kilometres": {"factor": 1e-3, "display": "km", "decimals": 2},
    "metres": {"factor": 1, "display": "m", "decimals": 0},
    "squareKilometres": {"factor": 1e-6, "display": "km²", "decimals": 3},
    "hectares": {"factor": 1e-4, "display": "ha", "decimals": 1},
}
"""Units of the measuring tool, from metres and square metres."""

_LETTER_PX = 10.5
"""Width of a letter of a country's name on the screen."""

_OVERLAP_DEG = 0.05
"""By how much the coarse world reaches under the region, so that no gap shows between them."""


class _Paper(folium.Map):
    """folium's map with Leaflet and its clusters only: jQuery, Bootstrap and icon fonts weigh more.

    Clusters are loaded here as scripts of a group that is added later are not loaded any more.
    """

    default_js = [  # noqa: RUF012 - folium reads both lists from the class and does not change them
        *[(name, url) for name, url in folium.Map.default_js if name == "leaflet"],
        *plugins.MarkerCluster.default_js,
    ]
    default_css = [  # noqa: RUF012
        *[(name, url) for name, url in folium.Map.default_css if name == "leaflet_css"],
        *plugins.MarkerCluster.default_css,
    ]


class _Start(MacroElement):
    """The first call of `map.js`."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "lamassu.start({{ this._parent.get_name() }}, {{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # branca is not annotated
        self._name = "Start"
        self.data = script_json(options)


def outlines(borders: gpd.GeoDataFrame, world: gpd.GeoDataFrame) -> OwnScript:
    """The script that holds land, coasts, borders and names of countries, EPSG:4326.

    `borders` covers the region in detail and `world` the rest coarsely; both have a column `name`.
    It takes a moment and is always the same: keep it. Where two countries of `borders` share an
    edge vertex by vertex it is a border; an edge of one country alone is coast, or the cut along
    the rectangle of the region, which is not drawn.
    """
    region = box(*borders.total_bounds)
    inner = box(*np.array(borders.total_bounds) + _OVERLAP_DEG * np.array([1, 1, -1, -1]))
    shared, alone = _edges(borders.geometry.to_numpy())
    seam = region.exterior.buffer(1e-6)
    far = shapely.difference(world.geometry.to_numpy(), inner)
    far_shared, _ = _edges(world.geometry.to_numpy())
    content = {
        "world": _geojson(shapely.union_all(far), digits=2),
        "land": _geojson(shapely.union_all(borders.geometry.to_numpy()), digits=4),
        "coast": _geojson(alone.difference(seam), digits=4),
        "borders": _geojson(shared, digits=4),
        "farBorders": _geojson(far_shared.difference(region), digits=2),
        "names": _names(borders) + _names(world[~world["name"].isin(borders["name"])]),
    }
    return OwnScript("outlines.js", f"window.lamassuOutlines={script_json(content)};")


def base_map(
    outlines: OwnScript,
    *,
    centre_lonlat: tuple[float, float],
    zoom: int,
    online_tiles: bool = False,
    draw: bool = False,
) -> folium.Map:
    """The map without records, to be made afresh at every run.

    With the same arguments its script is the same, so that the browser keeps the map as it stands.
    `draw` adds a tool to draw an area. `online_tiles` asks OpenStreetMap's servers for pictures,
    which tells them where the user looks: a setting, off unless somebody switches it on.
    """
    paper = _Paper(
        location=latlon(centre_lonlat),
        zoom_start=zoom,
        tiles=None,
        zoom_control=True,
        world_copy_jump=True,
        min_zoom=2,
        font_size="13px",
    )
    paper.options["maxZoom"] = GREATEST_ZOOM
    options = {
        "attribution": ATTRIBUTION,
        "colours": COLOURS,
        "graticule": True,
        "words": WORDS,
    }
    _Start(options).add_to(paper)
    if online_tiles:
        folium.TileLayer("OpenStreetMap", control=False, max_zoom=GREATEST_ZOOM).add_to(paper)
    for tool in _tools(draw=draw):
        tool.add_to(paper)
    # Last, so that our style stands above those of the plugins.
    OwnAssets(*map_scripts(), outlines).add_to(paper)
    return paper


def _tools(*, draw: bool) -> list[MacroElement]:
    """What the reader can do with the map besides moving it."""
    made: Any = plugins  # not annotated by folium
    tools: list[MacroElement] = [
        made.Fullscreen(title="Full screen", title_cancel="Leave full screen"),
        made.MeasureControl(
            position="topleft",
            units=_UNITS,
            primary_length_unit="kilometres",
            secondary_length_unit="metres",
            primary_area_unit="squareKilometres",
            secondary_area_unit="hectares",
            active_color="#d55e00",
            completed_color="#d55e00",
        ),
        made.MousePosition(
            position="bottomright",
            lng_first=True,
            separator=" · ",
            empty_string="",
            lat_formatter="function(lat){return 'lat '+lat.toFixed(5)}",
            lng_formatter="function(lon){return 'lon '+lon.toFixed(5)}",
        ),
    ]
    if draw:
        shape = {"shapeOptions": {"color": "#0072b2", "weight": 2, "fillOpacity": 0.08}}
        off = ("polyline", "circle", "marker", "circlemarker")
        tools.append(
            made.Draw(
                show_geometry_on_click=False,
                draw_options={
                    **dict.fromkeys(off, False),
                    "rectangle": {**shape, "showArea": False},
                    "polygon": {**shape, "allowIntersection": False},
                },
            )
        )
    return tools


def _edges(areas: Sequence[BaseGeometry]) -> tuple[BaseGeometry, BaseGeometry]:
    """The edges that two areas share, and those of one alone, joined to lines."""
    count: Counter[tuple[tuple[float, float], tuple[float, float]]] = Counter()
    for line in shapely.get_parts(shapely.boundary(areas)):
        vertices = [tuple(xy) for xy in shapely.get_coordinates(line).tolist()]
        count.update((min(pair), max(pair)) for pair in pairwise(vertices))
    shared = [edge for edge, times in count.items() if times > 1]
    alone = [edge for edge, times in count.items() if times == 1]
    return _joined(shared), _joined(alone)


def _joined(edges: Sequence[Any]) -> BaseGeometry:
    """Single edges joined end to end to lines."""
    lines = shapely.linestrings(np.reshape(edges, (-1, 2, 2)))
    return shapely.line_merge(shapely.multilinestrings(lines))


def _geojson(shape: BaseGeometry, *, digits: int) -> dict[str, Any]:
    """GeoJSON of a shape, its coordinates rounded to `digits` decimals of a degree."""
    rounded = shapely.transform(shape, lambda xy: np.round(xy, digits))
    return dict(shapely.geometry.mapping(rounded))


def _names(countries: gpd.GeoDataFrame) -> list[list[Any]]:
    """Name, longitude, latitude and least zoom of each country: where its name has room."""
    rows = []
    for name, area in zip(countries["name"], countries.geometry, strict=True):
        largest = max(getattr(area, "geoms", [area]), key=lambda part: part.area)
        middle = shapely.maximum_inscribed_circle(largest, tolerance=0.05).coords[0]
        west, _, east, _ = largest.bounds
        room = 256 * (east - west) / 360
        zoom = int(np.ceil(np.log2(max(1.0, len(name) * _LETTER_PX / max(room, 1e-3)))))
        rows.append([safe_html(name), round(middle[0], 2), round(middle[1], 2), max(3, zoom)])
    return rows
