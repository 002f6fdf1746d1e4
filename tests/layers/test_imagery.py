"""Pictures of scenes: honest in colour and place, and marked where they are simulated."""

from __future__ import annotations

import base64
import io
import math
import re

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import CRS
from shapely.geometry import MultiPolygon, Polygon, box

from geo.errors import BandMismatch, GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import WGS84, Grid, Raster, box_around, transformer
from layers.imagery import (
    Picture,
    Stretch,
    chip,
    image_overlay,
    on_web_map,
    png,
    score_legend_html,
    score_picture,
    shared_stretch,
    swipe_html,
    true_colour,
)
from layers.imagery.picture import SCORE_COLOURS
from layers.style import VERMILION
from tests.parsed_page import ParsedPage

UTM = CRS.from_epsg(32638)
HATRA = (42.718342, 35.587884)
HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}`\"'&"


def grid_of(rows: int = 60, cols: int = 80, *, cell_m: float = 10.0) -> Grid:
    """A north-up UTM grid whose middle is Hatra."""
    x, y = transformer(WGS84, UTM).transform(*HATRA)
    west, north = x - cols * cell_m / 2, y + rows * cell_m / 2
    return Grid(crs=UTM, transform=Affine(cell_m, 0, west, 0, -cell_m, north), shape=(rows, cols))


def raster_of(values: np.ndarray, *bands: str, grid: Grid | None = None) -> Raster:
    layers = np.asarray(values, dtype=np.float32)
    return Raster(grid=grid or grid_of(*layers.shape[1:]), bands=bands, values=layers)


def noise(*bands: str, rows: int = 60, cols: int = 80, seed: int = 1) -> Raster:
    values = np.random.default_rng(seed).uniform(500, 3000, (len(bands), rows, cols))
    return raster_of(values, *bands)


def grey(picture: Picture) -> np.ndarray:
    return picture.rgba[..., :3].astype(float).mean(axis=-1)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def flags_of(*geometries: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326)


# Colours of one scene


def test_red_green_and_blue_come_from_their_bands_whatever_their_order():
    """B04 is drawn red, B03 green, B02 blue, also if the file lists them otherwise."""
    raster = noise("B02", "B03", "B04", "B08")
    turned = raster_of(raster.values[[3, 2, 0, 1]], "B08", "B04", "B02", "B03")
    stretch = Stretch(low=(500, 500, 500), high=(3000, 3000, 3000))
    picture = true_colour(raster, simulated=False, stretch=stretch)
    again = true_colour(turned, simulated=False, stretch=stretch)
    np.testing.assert_array_equal(picture.rgba, again.rgba)
    for channel, name in enumerate(("B04", "B03", "B02")):
        band = raster.values[raster.bands.index(name)].ravel()
        assert np.corrcoef(band, picture.rgba[..., channel].ravel())[0, 1] > 0.97


@pytest.mark.parametrize(
    ("bands", "label"),
    [
        (("B02", "B03", "B04", "B08"), "True colour (B04, B03, B02)"),
        (("B1", "B2", "B3", "B4"), "Bands B1, B2, B3 as red, green, blue (not true colour)"),
        (("VV", "VH"), "Band VV in grey"),
        (("B08",), "Band B08 in grey"),
    ],
)
def test_the_label_says_which_bands_are_shown(bands: tuple[str, ...], label: str):
    """Ten bands, four unnamed ones, two and one: each can be drawn, and none claims too much."""
    picture = true_colour(noise(*bands), simulated=False)
    assert picture.label == label
    assert picture.rgba.shape == (60, 80, 4)
    if "grey" in label:
        assert np.ptp(picture.rgba[..., :3], axis=-1).max() == 0


def test_a_cell_without_data_in_a_shown_band_is_transparent_and_no_other():
    """NaN in the infrared does not matter; NaN in blue does, and with SIMULATED too."""
    raster = noise("B02", "B03", "B04", "B08")
    raster.values[0, 3, 4] = np.nan
    raster.values[3, 7, 7] = np.nan
    for simulated in (False, True):
        opacity = true_colour(raster, simulated=simulated).rgba[..., 3]
        assert opacity[3, 4] == 0
        assert np.count_nonzero(opacity == 255) == opacity.size - 1


def test_two_dates_are_drawn_with_one_stretch():
    """A cell that did not change has one colour on both dates, though the rest got brighter."""
    before = noise("B02", "B03", "B04")
    values = before.values * 1.5
    values[:, 10:20, 10:20] = before.values[:, 10:20, 10:20]
    after = raster_of(values, "B02", "B03", "B04")
    stretch = shared_stretch(before, after)
    a, b = (true_colour(r, simulated=False, stretch=stretch).rgba for r in (before, after))
    np.testing.assert_array_equal(a[10:20, 10:20], b[10:20, 10:20])
    assert b[30:, :, :3].mean() > a[30:, :, :3].mean()
    assert shared_stretch(after, before) == stretch


def test_grey_ground_stays_grey_and_ochre_stays_ochre():
    """The three bands share their limits, so that the hue of the ground is kept."""
    light = np.random.default_rng(2).uniform(800, 2400, (60, 80))
    even = true_colour(raster_of([light] * 3, "B02", "B03", "B04"), simulated=False)
    assert np.ptp(even.rgba[..., :3], axis=-1).max() == 0
    ochre = raster_of([0.6 * light, 0.8 * light, light], "B02", "B03", "B04")
    red, green, blue = true_colour(ochre, simulated=False).rgba[..., :3].mean(axis=(0, 1))
    assert red > green > blue


def test_the_veil_of_the_air_is_taken_off():
    """Light scattered with the fourth power of the wavelength leaves the picture as it was."""
    ground = np.random.default_rng(3).uniform(100, 2400, (60, 80))
    clear = true_colour(raster_of([ground] * 3, "B02", "B03", "B04"), simulated=False)
    veil = 900 * (490 / np.array([490.0, 560.0, 665.0])) ** 4
    hazy = raster_of([ground + v for v in veil], "B02", "B03", "B04")
    np.testing.assert_allclose(true_colour(hazy, simulated=False).rgba, clear.rgba, atol=2)


def test_clouds_do_not_darken_the_ground():
    """A third of the picture under cloud leaves the ground's brightness within a fifth."""
    ground = np.random.default_rng(4).normal(1500, 250, (60, 80))
    cloudy = np.where(np.arange(80) < 27, 7000.0, ground)
    clear, covered = (
        grey(true_colour(raster_of([g] * 3, "B02", "B03", "B04"), simulated=False))[:, 30:].mean()
        for g in (ground, cloudy)
    )
    assert covered > 0.8 * clear


@given(
    st.lists(st.floats(-1e4, 1e5, width=32), min_size=12, max_size=12),
    st.sampled_from([("B02", "B03", "B04"), ("a", "b", "c")]),
)
def test_every_scene_with_a_valid_cell_can_be_drawn(values: list[float], bands: tuple[str, ...]):
    """Constant, negative or wild: the stretch rises, and brighter never becomes darker."""
    raster = raster_of(np.reshape(values, (3, 2, 2)), *bands)
    stretch = shared_stretch(raster)
    assert all(low < high for low, high in zip(stretch.low, stretch.high, strict=True))
    rgba = true_colour(raster, simulated=True, stretch=stretch).rgba
    assert (rgba[..., 3] == 255).all()


def test_a_scene_without_a_valid_cell_is_refused():
    """There is nothing to stretch; with a stretch given it is drawn transparent."""
    empty = raster_of(np.full((3, 4, 4), np.nan), "B02", "B03", "B04")
    with pytest.raises(NoValidPixels, match="no valid cell to draw"):
        true_colour(empty, simulated=False)
    stretch = Stretch(low=(0, 0, 0), high=(1, 1, 1))
    assert not true_colour(empty, simulated=True, stretch=stretch).rgba[..., 3].any()


def test_scenes_that_show_different_bands_have_no_common_stretch():
    """One true-colour scene and one grey one cannot be compared by eye."""
    with pytest.raises(BandMismatch, match="B04, B03, B02 and another VV"):
        shared_stretch(noise("B02", "B03", "B04"), noise("VV"))


# SIMULATED


@pytest.mark.parametrize("make", ["scene", "score"])
def test_simulated_is_burned_into_the_cells(make: str):
    """The word changes cells all over the picture, in slanting lines, and hides little of it."""
    raster = noise("B02", "B03", "B04", rows=480, cols=480)
    score = raster.values[0]
    plain, burned = (
        true_colour(raster, simulated=flag)
        if make == "scene"
        else score_picture(score, raster.grid, simulated=flag)
        for flag in (False, True)
    )
    changed = (plain.rgba != burned.rgba).any(axis=-1)
    assert 0.02 < changed.mean() < 0.25
    blocks = changed.reshape(3, 160, 3, 160).any(axis=(1, 3))
    assert blocks.all()
    assert plain.label in burned.label
    assert burned.label.startswith("SIMULATED")
    assert "SIMULATED" not in plain.label


def test_the_word_can_be_read_on_bright_dark_and_faint_pictures():
    """Letters differ from what is around them on white, black, grey and transparent cells."""
    for level in (0.0, 0.5, 1.0):
        flat = raster_of(np.full((3, 480, 480), level), "B02", "B03", "B04")
        stretch = Stretch(low=(0, 0, 0), high=(1, 1, 1))
        picture = true_colour(flat, simulated=True, stretch=stretch)
        assert np.ptp(grey(picture)) > 60
    faint = np.zeros((480, 480), dtype=np.float32)
    faint[0, 0] = 1
    picture = score_picture(faint, grid_of(480, 480), simulated=True, limits=(0, 1))
    assert np.percentile(picture.rgba[..., 3], 99) > 100


def test_the_middle_where_the_site_is_stays_free():
    """The word is written around the centre of the picture, not over it."""
    raster = noise("B02", "B03", "B04", rows=480, cols=480)
    plain, burned = (true_colour(raster, simulated=flag).rgba for flag in (False, True))
    np.testing.assert_array_equal(plain[230:250, 230:250], burned[230:250, 230:250])


# Scores


def test_a_higher_score_is_darker_and_more_opaque():
    """Lightness falls evenly with the score, so the order survives in grey and in print."""
    score = np.linspace(0, 1, 256, dtype=np.float32)[None]
    picture = score_picture(score, grid_of(1, 256), simulated=False, limits=(0, 1))
    linear = (picture.rgba[0, :, :3] / 255.0) ** 2.2
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    steps = -np.diff(lightness[::17])
    assert (steps > 0).all()
    assert steps.max() < 2 * steps.min()
    assert (np.diff(picture.rgba[0, :, 3].astype(int)) >= 0).all()
    assert picture.rgba[0, 0, 3] == 0


def test_a_score_that_is_not_known_is_not_drawn():
    """NaN is transparent, below the lower limit too, infinity is not taken for a value."""
    score = np.array([[np.nan, -5, 0.5], [np.inf, 9, 1]], dtype=np.float32)
    picture = score_picture(score, grid_of(2, 3), simulated=False, limits=(0, 1))
    np.testing.assert_array_equal(
        picture.rgba[..., 3] > 0, [[False, False, True], [False, True, True]]
    )


def test_the_legend_of_a_score_names_its_limits_and_colours():
    """The legend goes from the lower limit to the upper one, in the colours of the picture."""
    score = np.linspace(0, 50, 4800, dtype=np.float32).reshape(60, 80)
    picture = score_picture(score, grid_of(), simulated=True)
    values = [value for value, _ in picture.legend]
    assert values[0] == pytest.approx(25, abs=0.01)
    assert values[-1] == pytest.approx(49.9, abs=0.01)
    assert values == sorted(values)
    assert tuple(colour for _, colour in picture.legend) == SCORE_COLOURS
    html = score_legend_html(picture)
    assert "SIMULATED. Change score" in html
    assert ">25<" in html
    assert SCORE_COLOURS[-1] in html
    assert score_legend_html(true_colour(noise("B1"), simulated=False)) == ""


def test_a_score_off_its_grid_without_values_or_with_falling_limits_is_refused():
    """Each fault is named with its value."""
    score = np.zeros((60, 80), dtype=np.float32)
    with pytest.raises(GridMismatch, match=r"score of shape \(60, 80\)"):
        score_picture(score, grid_of(80, 60), simulated=False)
    with pytest.raises(NoValidPixels, match="the score has no value"):
        score_picture(np.full_like(score, np.nan), grid_of(), simulated=False)
    with pytest.raises(InvalidSetting, match="score limits 2 to 1"):
        score_picture(score, grid_of(), simulated=False, limits=(2, 1))
    constant = score_picture(score, grid_of(), simulated=False)
    assert not constant.rgba[..., 3].any()


# On the map


@settings(max_examples=25, deadline=None)
@given(
    row=st.integers(0, 59),
    col=st.integers(0, 79),
    lonlat=st.sampled_from([HATRA, (43.33, 36.1), (47.9, 29.9), (-70.2, -33.4), (18.0, 69.6)]),
    turn=st.sampled_from([0.0, 30.0, 200.0]),
)
def test_a_cell_lies_on_the_web_map_where_it_lies_on_earth(
    row: int, col: int, lonlat: tuple[float, float], turn: float
):
    """One marked cell is found again within five eighths of a cell, also on turned grids.

    The nearest cell is half a cell off at most, and GDAL's warper places it to an eighth.
    """
    zone = CRS.from_epsg((32600 if lonlat[1] > 0 else 32700) + int((lonlat[0] + 180) // 6) + 1)
    x, y = transformer(WGS84, zone).transform(*lonlat)
    placed = Affine.translation(x, y) @ Affine.rotation(turn) @ Affine.scale(10, -10)
    grid = Grid(crs=zone, transform=placed, shape=(60, 80))
    rgba = np.zeros((60, 80, 4), dtype=np.uint8)
    rgba[row, col] = (255, 0, 0, 255)
    data, (west, south, east, north) = on_web_map(
        Picture(rgba=rgba, grid=grid, label="", simulated=False)
    )
    seen = decoded(data)[..., 3].astype(float)
    rows, cols = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]] + 0.5
    to_web = transformer(WGS84, CRS.from_epsg(3857))
    (left, right), (bottom, top) = to_web.transform([west, east], [south, north])
    found_x = left + (right - left) * np.average(cols, weights=seen) / seen.shape[1]
    found_y = top - (top - bottom) * np.average(rows, weights=seen) / seen.shape[0]
    meant = transformer(zone, CRS.from_epsg(3857)).transform(*(placed @ (col + 0.5, row + 0.5)))
    cell = 10 / math.cos(math.radians(lonlat[1]))
    assert math.hypot(found_x - meant[0], found_y - meant[1]) < 5 / 8 * cell


def test_the_bounds_hold_the_whole_picture():
    """All four corners of the scene lie within the bounds, and the bounds are tight."""
    grid = grid_of(480, 480)
    picture = Picture(
        rgba=np.full((480, 480, 4), 255, np.uint8), grid=grid, label="", simulated=False
    )
    _, (west, south, east, north) = on_web_map(picture)
    inner = grid.footprint_lonlat.bounds
    assert west <= inner[0] + 1e-9
    assert south <= inner[1] + 1e-9
    assert east >= inner[2] - 1e-9
    assert north >= inner[3] - 1e-9
    assert (west, south, east, north) == pytest.approx(inner, abs=2e-4)


def test_warping_keeps_colours_and_leaves_no_dark_rim():
    """A flat picture stays flat up to its edge: opacity is multiplied in before interpolation."""
    picture = Picture(
        rgba=np.full((60, 80, 4), (200, 150, 100, 255), np.uint8),
        grid=grid_of(),
        label="",
        simulated=False,
    )
    data, _ = on_web_map(picture)
    rgba = decoded(data)
    visible = rgba[rgba[..., 3] > 16]
    assert np.abs(visible[:, :3].astype(int) - (200, 150, 100)).max() <= 8
    assert (rgba[..., 3] == 0).any()


def test_a_large_picture_is_made_smaller():
    """No side is longer than asked for; the place does not move."""
    picture = Picture(
        rgba=np.full((600, 900, 4), 255, np.uint8),
        grid=grid_of(600, 900),
        label="",
        simulated=False,
    )
    full, small = on_web_map(picture), on_web_map(picture, longest_px=300)
    assert max(decoded(small[0]).shape[:2]) == 300
    assert max(decoded(full[0]).shape[:2]) > 900
    assert small[1] == pytest.approx(full[1], abs=1e-3)


def test_a_picture_at_the_pole_is_refused():
    """Web Mercator ends at 85.06 degrees."""
    grid = Grid(crs=CRS.from_epsg(5041), transform=Affine(10, 0, 2e6, 0, -10, 2e6), shape=(60, 80))
    picture = Picture(rgba=np.zeros((60, 80, 4), np.uint8), grid=grid, label="", simulated=False)
    with pytest.raises(GridMismatch, match="are not on the web map"):
        on_web_map(picture)


def test_the_layer_is_named_marked_and_inert():
    """The name is escaped, says SIMULATED, and the picture is in the page, not fetched."""
    picture = true_colour(noise("B02", "B03", "B04"), simulated=True)
    group = image_overlay(picture, name=HOSTILE, opacity=0.7)
    assert group.layer_name.startswith("SIMULATED ")
    m = folium.Map(tiles=None)
    group.add_to(m)
    html = m.get_root().render()
    assert "onerror=alert" not in html.replace("&lt;img src=x onerror=alert", "")
    assert "${alert" not in html
    assert "data:image/png;base64," in html
    assert '"opacity": 0.7' in html
    assert "SIMULATED. True colour" in html


def test_a_real_layer_does_not_say_simulated():
    """The mark is for invented data only."""
    group = image_overlay(true_colour(noise("B02", "B03", "B04"), simulated=False), name="After")
    assert group.layer_name == "After"


def test_a_png_keeps_its_label_and_its_cells():
    """Saved and opened again, it is the same picture and still says what it shows."""
    picture = true_colour(noise("B02", "B03", "B04"), simulated=True)
    image = Image.open(io.BytesIO(png(picture)))
    assert image.text["Title"] == picture.label
    np.testing.assert_array_equal(np.asarray(image), picture.rgba)
    assert png(picture) == png(picture)


# Chips


def test_a_chip_shows_the_polygon_in_its_middle_with_its_outline():
    """A bright square in the ground is found in the middle of the chip, ringed in vermilion."""
    values = np.full((3, 200, 200), 1000.0)
    values[:, 50:60, 120:130] = 3000
    raster = raster_of(values, "B02", "B03", "B04")
    x, y = raster.grid.transform @ (125, 55)
    lonlat = transformer(UTM, WGS84).transform(x, y)
    stretch = Stretch(low=(500, 500, 500), high=(3500, 3500, 3500))
    rgba = decoded(
        chip(raster, box_around(lonlat, half_width_m=50), simulated=False, stretch=stretch)
    )
    assert rgba.shape == (192, 192, 4)
    bright = grey_of(rgba) > 200
    inner = np.argwhere(bright).mean(axis=0)
    assert inner == pytest.approx((96, 96), abs=3)
    ring = (np.abs(rgba[..., :3].astype(int) - rgb_of(VERMILION)).sum(axis=-1) < 30).nonzero()
    assert min(ring[0]) == pytest.approx(96 - 30, abs=3)
    assert max(ring[1]) == pytest.approx(96 + 30, abs=3)


def grey_of(rgba: np.ndarray) -> np.ndarray:
    return rgba[..., :3].astype(float).mean(axis=-1)


def rgb_of(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_a_chip_at_the_edge_is_transparent_outside_the_scene():
    """A polygon in the corner is still in the middle; what lies beyond is not made up."""
    raster = noise("B02", "B03", "B04", rows=200, cols=200)
    lonlat = transformer(UTM, WGS84).transform(*(raster.grid.transform @ (0, 0)))
    data = chip(
        raster,
        box_around(lonlat, half_width_m=40),
        simulated=True,
        stretch=shared_stretch(raster),
    )
    rgba = decoded(data)
    assert not rgba[:60, :60, 3].any()
    assert (rgba[130:, 130:, 3] == 255).all()
    assert Image.open(io.BytesIO(data)).text["Title"].startswith("SIMULATED")


@pytest.mark.parametrize(
    "elsewhere", [box_around((44.0, 33.0), half_width_m=50), Polygon(), None], ids=str
)
def test_a_chip_of_a_place_off_the_scene_is_refused(elsewhere: Polygon | None):
    """Far away, empty or absent: there is nothing to show."""
    raster = noise("B02", "B03", "B04")
    with pytest.raises(GridMismatch, match="outside the scene"):
        chip(raster, elsewhere, simulated=False, stretch=shared_stretch(raster))


# The swipe


def pair(*, simulated: bool = True) -> tuple[Picture, Picture]:
    rasters = [noise("B02", "B03", "B04", seed=seed) for seed in (1, 2)]
    stretch = shared_stretch(*rasters)
    before, after = (true_colour(r, simulated=simulated, stretch=stretch) for r in rasters)
    return before, after


def test_the_swipe_is_one_page_without_any_other_file():
    """Both pictures are in it; nothing is loaded, and its own policy forbids that too."""
    before, after = pair()
    html = swipe_html(before, after, before_label="2015-03-01", after_label="2015-04-10")
    page = ParsedPage(html)
    pictures = [image["src"] for image in page.all("img")]
    for source, picture in zip(pictures, (before, after), strict=True):
        data = base64.b64decode(source.removeprefix("data:image/png;base64,"))
        np.testing.assert_array_equal(decoded(data), picture.rgba)
    without = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", html)
    assert "http" not in without.replace("http-equiv", "")
    assert "url(" not in without
    assert not page.all("link")
    policy = page.all("meta")[-1]["content"]
    assert "default-src 'none'" in policy


def test_the_swipe_can_be_used_by_keyboard_and_read_aloud():
    """A named range slider, pictures with alternative texts, the language of the page."""
    before, after = pair()
    page = ParsedPage(
        swipe_html(before, after, before_label="2015-03-01", after_label="2015-04-10")
    )
    slider = next(tag for tag in page.all("input") if tag["type"] == "range")
    assert slider["aria-label"]
    assert page.all("html")[0]["lang"] == "en"
    first, second = (image["alt"] for image in page.all("img"))
    assert first == "2015-03-01: SIMULATED. True colour (B04, B03, B02)"
    assert second.startswith("2015-04-10: ")


def test_each_simulated_side_has_its_badge():
    """A simulated picture beside a real one does not make the real one simulated, or reverse."""
    invented, _ = pair()
    _, real = pair(simulated=False)
    for before, after, badges in ((invented, real, 1), (real, real, 0), (invented, invented, 2)):
        page = ParsedPage(swipe_html(before, after, before_label="a", after_label="b"))
        assert page.words.count("SIMULATED") == badges


def test_hostile_texts_stay_texts():
    """Labels, title and ids are shown letter for letter, and make no tag and no script."""
    before, after = pair()
    flag = box_around(HATRA, half_width_m=50)
    html = swipe_html(
        before,
        after,
        before_label=HOSTILE,
        after_label=HOSTILE,
        title=HOSTILE,
        flags=flags_of(flag, id=[HOSTILE]),
    )
    page = ParsedPage(html)
    assert len(page.all("img")) == 2
    assert len(page.all("script")) == 1
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert "".join(page.words).count(HOSTILE) >= 4
    assert "${" not in html


def test_flags_are_outlined_where_they_lie():
    """A square of four by four cells around the middle gets a path of that size, and its tip."""
    before, after = pair()
    flag = box_around(HATRA, half_width_m=20)
    html = swipe_html(
        before,
        after,
        before_label="a",
        after_label="b",
        flags=flags_of(flag, rank=[3], area_m2=[1600.0], distance_m=[240.0]),
    )
    page = ParsedPage(html)
    corners = np.array(re.findall(r"([\d.]+) ([\d.]+)", page.all("path")[0]["d"]), dtype=float)
    assert corners.min(axis=0) == pytest.approx((38, 28), abs=0.05)
    assert corners.max(axis=0) == pytest.approx((42, 32), abs=0.05)
    assert page.all("svg")[0]["viewbox"] == "0 0 80 60"
    assert "Flagged change 3, 1,600 m², 240 m from the site" in page.words
    assert any(tag.get("type") == "checkbox" for tag in page.all("input"))


def test_every_kind_of_flag_is_drawn_and_an_empty_one_is_left_out():
    """Parts and holes of polygons are drawn; None and empty ones make no path."""
    before, after = pair()
    ring = box_around(HATRA, half_width_m=100).difference(box_around(HATRA, half_width_m=50))
    parts = MultiPolygon(
        [box(42.717, 35.587, 42.7175, 35.5875), box(42.719, 35.588, 42.7195, 35.5885)]
    )
    flags = flags_of(ring, parts, Polygon(), None, id=["ring", "parts", "empty", "none"])
    page = ParsedPage(swipe_html(before, after, before_label="a", after_label="b", flags=flags))
    courses = [path["d"] for path in page.all("path")]
    assert len(courses) == 4
    assert [course.count("M") for course in courses] == [2, 2, 2, 2]


def test_without_flags_there_is_no_switch_for_them():
    """No table and an empty table alike."""
    before, after = pair()
    for flags in (None, flags_of(id=[])):
        page = ParsedPage(swipe_html(before, after, before_label="a", after_label="b", flags=flags))
        assert not page.all("path")
        assert not any(tag.get("type") == "checkbox" for tag in page.all("input"))


def test_the_scale_bar_is_a_round_length_of_the_right_width():
    """A scene 800 m wide has a bar of 200 m, a quarter of its width."""
    before, after = pair()
    html = swipe_html(before, after, before_label="a", after_label="b")
    assert "200 m" in ParsedPage(html).words
    share = float(re.search(r"#bar\{[^}]*width:([\d.]+)%", html)[1])
    assert share == pytest.approx(25, rel=2e-3)


def test_a_second_picture_on_another_grid_is_brought_onto_the_first():
    """Drawn on cells of 5 m, moved by 100 m: the marked place is at the same place."""
    before, _ = pair()
    fine = grid_of(160, 200, cell_m=5)
    rgba = np.full((160, 200, 4), 255, np.uint8)
    rgba[78:82, 98:102] = (255, 0, 0, 255)
    after = Picture(rgba=rgba, grid=fine, label="", simulated=False)
    page = ParsedPage(swipe_html(before, after, before_label="a", after_label="b"))
    data = base64.b64decode(page.all("img")[1]["src"].removeprefix("data:image/png;base64,"))
    drawn = decoded(data)
    assert drawn.shape == before.rgba.shape
    red = (drawn[..., 0] > 200) & (drawn[..., 1] < 128) & (drawn[..., 3] > 0)
    assert np.argwhere(red).mean(axis=0) + 0.5 == pytest.approx((30, 40), abs=0.5)


def test_pictures_of_two_places_are_refused():
    """A swipe between places that do not overlap would show nothing."""
    before, after = pair()
    moved = Affine.translation(50_000, 0) @ after.grid.transform
    elsewhere = Grid(crs=UTM, transform=moved, shape=after.grid.shape)
    far = Picture(rgba=after.rgba, grid=elsewhere, label="", simulated=False)
    with pytest.raises(GridMismatch, match="do not overlap"):
        swipe_html(before, far, before_label="a", after_label="b")


@pytest.mark.parametrize(
    ("theme", "scheme"), [("auto", "light dark"), ("light", "light"), ("dark", "dark")]
)
def test_the_swipe_takes_the_theme_it_is_told(theme: str, scheme: str):
    """`auto` follows the browser; the others do not."""
    before, after = pair()
    html = swipe_html(before, after, before_label="a", after_label="b", theme=theme)
    assert f"color-scheme:{scheme};" in html


def test_nothing_that_is_given_is_changed():
    """Rasters, scores, pictures and frames are as before."""
    raster = noise("B02", "B03", "B04")
    kept = raster.values.copy()
    picture = true_colour(raster, simulated=True)
    rgba = picture.rgba.copy()
    flags = flags_of(box_around(HATRA, half_width_m=50), id=["a"])
    wkb = shapely.to_wkb(flags.geometry.to_numpy())
    swipe_html(picture, picture, before_label="a", after_label="b", flags=flags)
    on_web_map(picture)
    chip(raster, flags.geometry[0], simulated=True, stretch=shared_stretch(raster))
    np.testing.assert_array_equal(raster.values, kept)
    np.testing.assert_array_equal(picture.rgba, rgba)
    assert (shapely.to_wkb(flags.geometry.to_numpy()) == wkb).all()
