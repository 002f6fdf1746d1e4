"""The printed page as a reader, a printer and an archive see it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import CRS
from shapely.geometry import Point, box

from geo.errors import InvalidSetting
from geo.frames import frame_of
from geo.grid import Grid, Raster
from geo.model import Audience, Tlp
from geo.snapshot import Snapshot
from layers.briefing import file_name, page, preview_png, save

Make = Callable[..., Snapshot]

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils are not installed"
)


def told(pdf: bytes, tool: str, folder: Path, *options: str) -> str:
    """What a tool of poppler says of a PDF."""
    path = folder / "page.pdf"
    path.write_bytes(pdf)
    tail = ["-"] if tool == "pdftotext" else []
    run = subprocess.run(
        [tool, *options, str(path), *tail], capture_output=True, check=True, text=True
    )
    return run.stdout


def words(snapshot: Snapshot, folder: Path) -> str:
    """The text of a page with single spaces."""
    return " ".join(told(save(snapshot, "pdf"), "pdftotext", folder).split())


@needs_poppler
@pytest.mark.parametrize(
    "text",
    [
        "Hatra", "Fortified city of the desert", "TLP:AMBER", "Key facts", "World Heritage 1985",
        "On the map", "Land crossing", "Test Gate", "Border, de facto", "Main links, schematic",
        "Road, traced (A)", "Railway, inferred (C)", "Place known to", "1 outside the map",
        "1 without a point", "Projection", "UTM 38N, EPSG:32638", "WGS 84", "Scale on A4", "20 km",
        "42°40′E", "35°30′N", "Records and filters", "Filter: period 2015 to 2016",
        "Sites: 3 records", "4 records in 3 cases", "Data as recorded up to 2026-11-20 12:00 UTC",
        "Method", "cited sources", "Caveats", "Silence is not absence.",
        "Sources and attributions", "Natural Earth, public domain", "For internal use",
        "R. Haddad", "Heritage Office", "22 November 2026", "0.1.0",
    ],
)  # fmt: skip
def test_the_page_says_all_that_makes_it_traceable(printed_words: str, text: str):
    """Title, legend, scale, degrees, filters, cut-off, sources, marking and producer are text."""
    assert text in printed_words


@pytest.fixture(scope="module")
def printed_words(snapshot_with: Make, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of the plain page, read once."""
    return words(snapshot_with(), tmp_path_factory.mktemp("page"))


@needs_poppler
@pytest.mark.parametrize("marking", [Tlp.CLEAR, Tlp.AMBER_STRICT, Tlp.RED])
def test_the_marking_stands_at_the_head_and_the_foot(
    snapshot_with: Make, tmp_path: Path, marking: Tlp
):
    """Twice in the text, exactly as TLP 2.0 writes it, once in each outer tenth of the page."""
    pdf = save(snapshot_with(marking=marking, method=(), frames={}), "pdf")
    boxes = told(pdf, "pdftotext", tmp_path, "-bbox")
    heights = [float(y) for y in re.findall(rf'yMin="([\d.]+)"[^>]*>{re.escape(marking)}<', boxes)]
    assert len(heights) == 2
    assert min(heights) < 60
    assert max(heights) > 535


@needs_poppler
def test_nothing_is_smaller_than_can_be_read(snapshot_with: Make):
    """Every text of the page has at least 6.5 points, and no text can be read as mathematics."""
    figure = page(snapshot_with())
    texts = [text for axes in figure.axes for text in axes.texts]
    assert len(texts) > 50
    assert min(text.get_fontsize() for text in texts) >= 6.5
    assert not any(text.get_parse_math() for text in texts)


@pytest.mark.parametrize("file_format", ["pdf", "png", "svg"])
def test_the_same_snapshot_gives_the_same_bytes(snapshot_with: Make, file_format: str):
    """Whoever keeps a page can check it against its content."""
    assert save(snapshot_with(), file_format) == save(snapshot_with(), file_format)


def test_other_content_gives_other_bytes(snapshot_with: Make):
    """The check can fail."""
    assert save(snapshot_with(), "pdf") != save(snapshot_with(producer="Other"), "pdf")


def test_the_png_is_a4_at_300_dpi(snapshot_with: Make):
    """297 x 210 mm, with the resolution and what the page is written into the file."""
    snapshot = snapshot_with()
    with Image.open(BytesIO(save(snapshot, "png"))) as image:
        assert image.size == (3507, 2480)
        assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)
        assert image.info["Title"] == "Hatra"
        assert image.info["Author"] == "R. Haddad"
        assert image.info["Description"] == f"TLP:AMBER {snapshot.page_id}"
        assert image.info["Software"] == "Lamassu 0.1.0"


def test_the_preview_is_smaller(snapshot_with: Make):
    """110 dots an inch by default."""
    with Image.open(BytesIO(preview_png(snapshot_with()))) as image:
        assert image.size[0] == pytest.approx(297 / 25.4 * 110, abs=1)


@needs_poppler
def test_the_pdf_says_what_it_is_and_embeds_its_fonts(snapshot_with: Make, tmp_path: Path):
    """Title, author, subject and date of the snapshot; every font is TrueType and embedded."""
    snapshot = snapshot_with()
    pdf = save(snapshot, "pdf")
    info = told(pdf, "pdfinfo", tmp_path)
    for line in (
        r"Title: +Hatra\n", r"Author: +R\. Haddad\n", r"Creator: +Lamassu 0\.1\.0\n",
        rf"Subject: +TLP:AMBER {snapshot.page_id}\n", r"Pages: +1\n", r"\(A4\)",
    ):  # fmt: skip
        assert re.search(line, info), line
    fonts = told(pdf, "pdffonts", tmp_path).splitlines()[2:]
    assert fonts
    for font in fonts:
        assert "TrueType" in font
        assert re.search(r"yes yes (yes|no)", font)


@needs_poppler
def test_the_watermark_stands_only_on_what_is_simulated(snapshot_with: Make, tmp_path: Path):
    """The word is in the badge and across the map, in the file's name and nowhere on real pages."""
    plain = snapshot_with()
    invented = snapshot_with(simulated=True)
    assert "SIMULATED" not in words(plain, tmp_path)
    texts = [t.get_text() for axes in page(invented).axes for t in axes.texts]
    assert texts.count("SIMULATED DATA") == 4
    assert "SIMULATED" in words(invented, tmp_path)
    assert "SIMULATED" in file_name(invented, "pdf")
    assert "SIMULATED" not in file_name(plain, "pdf")


@needs_poppler
def test_real_and_simulated_records_are_counted_apart(snapshot_with: Make, tmp_path: Path):
    """Three simulated flags are never among the real ones, in the counts or in the legend."""
    squares = [box(42.7 + d, 35.5, 42.72 + d, 35.52) for d in (0, 0.1, 0.2)]
    alerts = frame_of(
        "alerts",
        {
            "id": ["A1", "A2", "A3"],
            "geometry": squares,
            "precision": ["exact"] * 3,
            "simulated": [True, True, False],
        },
    )
    snapshot = snapshot_with(simulated=True, frames={"alerts": alerts})
    printed = words(snapshot, tmp_path)
    assert "Flagged change: 1 record; SIMULATED, counted apart: 2 records" in printed
    assert "Flagged change, SIMULATED" in printed


HOSTILE = (
    "$\\frac{1}{0}$ _{^ <script>alert(1)</script> \x1b[31m\u202e 中文 \x00 %s {x} "
    "\\end{document} \u200f\n\t'\"`"
)


@needs_poppler
def test_hostile_text_prints_literally(snapshot_with: Make, tmp_path: Path):
    """No formula, no control, no missing glyph: what can be printed is, the rest shows as �."""
    snapshot = hostile(snapshot_with)
    printed = words(snapshot, tmp_path)
    assert "$\\frac{1}{0}$ _{^ <script>alert(1)</script>" in printed
    assert "\ufffd" in printed
    assert "\x1b" not in printed
    assert file_name(snapshot, "pdf").isascii()


def hostile(snapshot_with: Make, text: str = HOSTILE) -> Snapshot:
    """A page with `text` wherever data or people can put one."""
    sites = snapshot_with().frames["sites"].assign(name=text, id=["PL1", "PL2", "PL3"])
    roads = snapshot_with().frames["roads"].assign(from_name=text[:20], to_name=text[:20])
    borders = snapshot_with().borders.assign(name=text)
    return snapshot_with(
        title=text, title_ar=text, subtitle=text, producer=text, office=text, version="1",
        filters=(text,), facts=((text, text),) * 3, method=(text,), caveats=(text,),
        sources=(text,), picture_label=text, borders=borders, world=borders,
        frames={"sites": sites, "roads": roads},
    )  # fmt: skip


@pytest.mark.parametrize("text", ["xy" * 2_500 + " a\u0301" * 900, "مدينة الحضر التاريخية " * 200])
def test_long_text_stays_in_its_box(snapshot_with: Make, text: str):
    """No drawn text leaves the paper, and none of the sheet's texts covers another."""
    many = hostile(snapshot_with, text)
    figure = page(snapshot_with(
        title=text, title_ar=text, subtitle=text, facts=((text, text),) * 50,
        filters=(text,) * 50, method=(text,) * 50, caveats=(text,) * 50, sources=(text,) * 50,
        producer=text, office=text, frames=many.frames, simulated=True,
    ))  # fmt: skip
    assert_tidy(figure)


def test_what_is_left_out_is_counted(snapshot_with: Make):
    """Of fifty long caveats and sources the reader is told how many he does not see."""
    many = tuple(f"caveat {n} " + "with many words " * 12 for n in range(50))
    figure = page(snapshot_with(caveats=many, sources=many, facts=tuple((t, t) for t in many)))
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert len(re.findall(r"and \d+ more, in the records", texts)) == 2
    assert re.search(r"and \d+ more facts, in the record", texts)


def assert_tidy(figure) -> None:
    """No text of the sheet leaves it or covers another."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    paper = figure.bbox
    sheet = figure.axes[0]
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in sheet.texts
        if text.get_text()
    ]
    for text, extent in boxes:
        assert extent.x0 >= paper.x0, text
        assert extent.x1 <= paper.x1, text
        assert extent.y0 >= paper.y0, text
        assert extent.y1 <= paper.y1, text
    for index, (one, a) in enumerate(boxes):
        for other, b in boxes[index + 1 :]:
            # Ascenders of one line may touch descenders of the one above by a hair.
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide <= 1 or high <= 0.35 * min(a.height, b.height), (one, other)


def test_the_plain_page_is_tidy(snapshot_with: Make):
    """No text covers another."""
    assert_tidy(page(snapshot_with()))


def test_nothing_to_show_is_shown_as_nothing(snapshot_with: Make):
    """Empty frames, no focus, no outlines, no words: still a page with its marking."""
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")
    frames = {kind: frame.iloc[:0] for kind, frame in snapshot_with().frames.items()}
    for content in (frames, {}):
        snapshot = snapshot_with(
            title="", title_ar="", subtitle="", frames=content, borders=empty, world=empty,
            focus=None, filters=(), facts=(), method=(), caveats=(), sources=(), producer="",
            office="",
        )  # fmt: skip
        assert save(snapshot, "pdf").startswith(b"%PDF")


def test_a_focus_that_is_not_there_is_passed_over(snapshot_with: Make):
    """A record without a place, or of an unknown id, has no ring."""
    for focus in (("sites", "PL3"), ("sites", "?"), ("nothing", "PL1")):
        assert preview_png(snapshot_with(focus=focus), dpi=40)


@needs_poppler
def test_cells_are_drawn_as_squares(snapshot_with: Make, tmp_path: Path):
    """A generalised place is a square on the page of a close-up, and the legend says so."""
    sites = snapshot_with().frames["sites"]
    lon, lat = 42.71, 35.58
    cells = gpd.GeoSeries(
        [box(lon, lat, lon + 0.01, lat + 0.01), Point(43.26, 35.4), None], crs=4326
    )
    public = sites.set_geometry(cells).assign(
        generalised=[True, False, False], cell_deg=[0.01, np.nan, np.nan]
    )
    snapshot = snapshot_with(
        frames={"sites": public}, half_width_m=9_000.0, audience=Audience.PUBLIC
    )
    printed = words(snapshot, tmp_path)
    assert "Cell that holds the place" in printed
    assert "For the public" in printed


def test_a_picture_lies_under_the_map(snapshot_with: Make):
    """The middle of the page has the colour of the scene."""
    grid = Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(20, 0, 288_000, 0, -20, 3_944_000),
        shape=(400, 400),
    )
    values = np.zeros((3, 400, 400), dtype=np.float32)
    values[:] = np.linspace(0, 1, 400, dtype=np.float32)
    raster = Raster(grid=grid, bands=("B04", "B03", "B02"), values=values)
    lonlat = grid.centre_lonlat
    changes = {"centre_lonlat": lonlat, "half_width_m": 3_000.0, "focus": None, "frames": {}}
    with_picture = preview_png(
        snapshot_with(**changes, picture=raster, picture_label="2016-01-01 test"), dpi=50
    )
    without = preview_png(snapshot_with(**changes), dpi=50)
    assert np.asarray(Image.open(BytesIO(with_picture)).convert("L"))[180, 180] < 200
    assert np.asarray(Image.open(BytesIO(without)).convert("L"))[180, 180] > 230


def test_five_thousand_points_are_printed_as_a_picture(snapshot_with: Make):
    """The file stays under 2 MB."""
    rng = np.random.default_rng(5)
    lonlats = rng.uniform((42, 35.2), (43.4, 36), (5_000, 2))
    sites = frame_of(
        "sites",
        {
            "id": [f"X{n}" for n in range(5_000)],
            "geometry": [Point(*lonlat) for lonlat in lonlats],
            "precision": ["exact"] * 5_000,
            "name": ["A site"] * 5_000,
            "country": ["Iraq"] * 5_000,
        },
    )
    assert len(save(snapshot_with(frames={"sites": sites}), "pdf")) < 2_000_000


def test_pages_are_the_same_from_any_thread(snapshot_with: Make):
    """Two threads at once give what one gives."""
    wanted = save(snapshot_with(), "pdf")
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda _: save(snapshot_with(), "pdf"), range(2)))
    assert all(one == wanted for one in pages)


@given(title=st.text(max_size=80), marking=st.sampled_from(Tlp))
def test_a_file_name_is_safe_on_every_system(snapshot_with: Make, title: str, marking: Tlp):
    """Plain ASCII, no separator of folders, never hidden, with marking and id."""
    produced = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = snapshot_with(title=title, marking=marking, produced_at=produced, frames={})
    name = file_name(snapshot, "pdf")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.pdf", name)
    assert ".." not in name
    assert len(name) < 120
    assert marking.value.replace(":", "-").replace("+", "-") in name
    assert snapshot.page_id in name


def test_a_file_name_reads_well(snapshot_with: Make):
    """Title, marking, id and format."""
    name = file_name(snapshot_with(marking=Tlp.CLEAR, frames={}), "pdf")
    assert re.fullmatch(r"Hatra_TLP-CLEAR_LMS-20261122-[0-9a-f]{8}\.pdf", name)


def test_an_unknown_format_is_refused(snapshot_with: Make):
    """The message says which ones there are."""
    with pytest.raises(InvalidSetting, match="'gif'; expected one of pdf, png, svg"):
        save(snapshot_with(), "gif")


@pytest.mark.parametrize("half_width_m", [0.0, -5.0, float("nan"), 7e6])
def test_a_width_that_no_page_shows_is_refused(snapshot_with: Make, half_width_m: float):
    """Nothing is drawn at a guessed scale."""
    with pytest.raises(InvalidSetting, match="half width"):
        page(snapshot_with(half_width_m=half_width_m))


@pytest.mark.parametrize(
    ("centre", "half_width_m"),
    [((0.0, 0.0), 300.0), ((179.9, -17.0), 50_000.0), ((20.0, 78.0), 400_000.0),
     ((43.0, 34.0), 6_000_000.0), ((-70.0, -33.0), 140_000.0)],
)  # fmt: skip
def test_a_page_of_any_part_of_the_earth_can_be_made(
    snapshot_with: Make, centre: tuple[float, float], half_width_m: float
):
    """On the equator, at 180 degrees, in the north, very near and very wide."""
    snapshot = snapshot_with(centre_lonlat=centre, half_width_m=half_width_m)
    assert preview_png(snapshot, dpi=40)
