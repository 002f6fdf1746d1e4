"""Two dates side by side as one page."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
import shapely
from affine import Affine
from shapely.geometry import MultiPolygon, Polygon, box

from geo.errors import GridMismatch
from geo.grid import Grid, box_around
from layers.imagery import (
    Picture,
    chip,
    on_web_map,
    shared_stretch,
    swipe_html,
    true_colour,
)
from tests.parsed_page import ParsedPage
from tests.scene_pictures import HATRA, HOSTILE, UTM, decoded, flags_of, grid_of, noise


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
