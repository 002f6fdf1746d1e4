"""The timelapse: every date once, what was not seen says so, and text stays text."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from affine import Affine
from PIL import Image
from pyproj import CRS

from geo.errors import GridMismatch, NoValidPixels
from geo.grid import WGS84, Grid, box_around, transformer
from layers.imagery import Frame, Picture, timelapse_html
from tests.parsed_page import ParsedPage

HATRA = (42.718342, 35.587884)
HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}`\"'&"


def grid_of(rows: int = 30, cols: int = 40) -> Grid:
    """Cells of 10 m about a place."""
    crs = CRS.from_epsg(32638)
    x, y = transformer(WGS84, crs).transform(*HATRA)
    transform = Affine(10, 0, x - 5 * cols, 0, -10, y + 5 * rows)
    return Grid(crs=crs, transform=transform, shape=(rows, cols))


def frame(day: str, *, grey: int = 90, not_seen: str = "", simulated: bool = False) -> Frame:
    """A frame of one grey."""
    grid = grid_of()
    rgba = np.full((*grid.shape, 4), grey, np.uint8)
    rgba[..., 3] = 255
    picture = Picture(rgba=rgba, grid=grid, label="True colour", simulated=simulated)
    return Frame(picture=picture, day=day, not_seen=not_seen)


def test_every_date_has_one_picture_in_the_order_given():
    """The pictures are there whole, and the first one alone is shown."""
    days = ("1 Mar 2024", "6 Mar 2024", "11 Mar 2024")
    page = ParsedPage(timelapse_html([frame(day, grey=80 + 40 * i) for i, day in enumerate(days)]))
    assert [figure["data-words"] for figure in page.all("figure")] == list(days)
    assert ["hidden" in figure for figure in page.all("figure")] == [False, True, True]
    greys = []
    for picture in page.all("img"):
        kind, _, data = picture["src"].partition(",")
        assert kind == "data:image/webp;base64"
        greys.append(np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))[..., 0].mean())
    assert greys == pytest.approx([80, 120, 160], abs=2)


def test_a_date_without_a_clear_view_says_so():
    """In words over the picture, in the name of the date, and by a hollow mark."""
    page = ParsedPage(timelapse_html([frame("1 Mar"), frame("6 Mar", not_seen="cloud")]))
    assert page.all("figure")[1]["data-words"] == "6 Mar, not seen: cloud"
    assert page.words.count("Not seen: cloud") == 1
    assert [tick.get("class") for tick in page.all("i")] == [None, "unseen"]


def test_a_simulated_date_has_its_badge():
    """And a real one beside it has none."""
    page = ParsedPage(timelapse_html([frame("1 Mar", simulated=True), frame("6 Mar")]))
    assert page.words.count("SIMULATED") == 1


@pytest.mark.parametrize(("begin", "shown"), [(0, 0), (1, 1), (9, 1), (-3, 0)])
def test_it_begins_where_it_is_told(begin: int, shown: int):
    """As far as there is such a date."""
    page = ParsedPage(timelapse_html([frame("1 Mar"), frame("6 Mar")], begin=begin))
    assert [i for i, figure in enumerate(page.all("figure")) if "hidden" not in figure] == [shown]
    slider = next(tag for tag in page.all("input") if tag["type"] == "range")
    assert (slider["value"], slider["max"]) == (str(shown), "1")


def test_one_date_cannot_be_played():
    """Its buttons wait."""
    page = ParsedPage(timelapse_html([frame("1 Mar")]))
    assert all("disabled" in button for button in page.all("button"))


def test_the_outline_lies_on_every_date():
    """A square of 40 m in the middle is four cells wide."""
    html = timelapse_html([frame("1 Mar")], outline_lonlat=box_around(HATRA, half_width_m=20))
    course = ParsedPage(html).all("path")[0]["d"]
    across = [float(pair.split()[0]) for pair in course.strip("MZ").split("L")]
    assert min(across) == pytest.approx(18, abs=0.05)
    assert max(across) == pytest.approx(22, abs=0.05)


def test_hostile_texts_stay_texts():
    """No tag, no attribute and no script comes from them."""
    frames = [frame(HOSTILE, not_seen=HOSTILE), frame("6 Mar")]
    html = timelapse_html(frames, title=HOSTILE)
    page = ParsedPage(html)
    assert len(page.all("img")) == 2
    assert len(page.all("script")) == 1
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert HOSTILE in page.words


def test_no_frame_and_frames_of_two_places_are_refused():
    """There would be nothing to play, or nothing to compare."""
    with pytest.raises(NoValidPixels, match="no frame"):
        timelapse_html([])
    other = grid_of(30, 41)
    odd = Picture(rgba=np.zeros((30, 41, 4), np.uint8), grid=other, label="", simulated=False)
    with pytest.raises(GridMismatch, match="different grids"):
        timelapse_html([frame("1 Mar"), Frame(picture=odd, day="6 Mar")])
