"""Routes on the printed page: what is drawn, how wide, how sure, and under which number."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geo.access import viewer_for
from geo.disclosure import for_viewer
from geo.frames import frame_of
from geo.model import Audience, Tlp
from geo.snapshot import Snapshot
from layers.briefing import page, save, ways
from layers.briefing.ground import view_of
from layers.briefing.labels import overlap
from layers.briefing.page import MAP
from layers.briefing.tally import Drawn, absent, count_lines, drawn_of, entries
from tests import route_studies
from tests.layers.briefing.test_page import assert_tidy, words

Make = Callable[..., Snapshot]

NORTHERN = ((43.3, 36.4), 200_000.0)
"""Centre and half width of a map of the north of Iraq."""


def drawn(frame, *, posts=None, centre=NORTHERN) -> dict[str, Drawn]:
    """Routes, and posts if there are any, placed in a view."""
    view = view_of(*centre, MAP)
    parts = {"routes": drawn_of("routes", frame, view)}
    return parts if posts is None else {**parts, "posts": drawn_of("posts", posts, view)}


def pieces_of(frame) -> list[ways.Stretch]:
    """The stretches of routes without posts."""
    parts = drawn(frame)
    return ways.stretches(parts["routes"], ways.courses(parts))


def two_routes(**changes):
    """Two routes that share a trunk: one surveyed of 60 %, one schematic of 20 %."""
    frame = route_studies.routes(count=2, schematic=[False, True])
    trunk = [(43.0, 36.0), (43.0, 36.5)]
    lines = [LineString([*trunk, (42.5, 36.9)]), LineString([*trunk, (43.5, 36.9)])]
    numbers = {"share": [0.6, 0.2], "share_low": [0.55, 0.0], "share_high": [0.65, 0.4]}
    return frame.set_geometry(lines, crs=4326).assign(**{**numbers, **changes})


class TestStretches:
    """Lines cut where routes part."""

    def test_a_shared_trunk_is_one_piece_as_wide_as_both(self):
        """Shares add up; the band is the mean by share: (0.6 x 0.1 + 0.2 x 0.4) / 0.8."""
        trunk, first, second = pieces_of(two_routes())
        assert (trunk.routes, first.routes, second.routes) == ((0, 1), (0,), (1,))
        assert trunk.share == pytest.approx(0.8)
        assert trunk.band == pytest.approx(0.175)
        assert trunk.lonlats.tolist() == [[43.0, 36.0], [43.0, 36.5]]

    def test_a_piece_is_dashed_only_if_every_route_on_it_is_schematic(self):
        """What one surveyed route uses is surveyed."""
        trunk, first, second = pieces_of(two_routes())
        assert [trunk.schematic, first.schematic, second.schematic] == [False, False, True]
        assert ways.dashes(trunk, 2.0) == "-"
        assert ways.dashes(second, 2.0) != "-"

    def test_a_road_used_both_ways_is_one_piece(self):
        """One route comes back where the other goes."""
        frame = two_routes()
        there = LineString([(43.0, 36.0), (43.2, 36.0), (43.4, 36.0)])
        back = LineString([(43.5, 36.3), (43.4, 36.0), (43.2, 36.0), (43.1, 36.3)])
        shared = [p for p in pieces_of(frame.set_geometry([there, back], crs=4326))
                  if p.routes == (0, 1)]  # fmt: skip
        assert [len(p.lonlats) for p in shared] == [2]
        assert shared[0].share == pytest.approx(0.8)

    @given(
        choices=st.lists(
            st.lists(st.integers(0, 5), min_size=2, max_size=6, unique=True),
            min_size=1,
            max_size=5,
        )
    )
    def test_every_piece_of_every_route_is_drawn_once(self, choices: list[list[int]]):
        """Between six places: no piece is lost or doubled, and no share either."""
        places = [
            (43.0, 36.0),
            (43.4, 36.1),
            (43.5, 36.6),
            (43.1, 36.9),
            (42.6, 36.5),
            (42.7, 36.2),
        ]
        lines = [LineString([places[place] for place in route]) for route in choices]
        frame = route_studies.routes(count=len(lines)).set_geometry(lines, crs=4326)
        pieces = pieces_of(frame)
        found = [
            frozenset(map(tuple, pair))
            for piece in pieces
            for pair in itertools.pairwise(piece.lonlats.tolist())
        ]
        assert len(found) == len(set(found))
        assert set(found) == {
            frozenset((places[one], places[other]))
            for route in choices
            for one, other in itertools.pairwise(route)
        }
        drawn_shares = sum(piece.share * LineString(piece.lonlats).length for piece in pieces)
        held = sum(share * line.length for share, line in zip(frame["share"], lines, strict=True))
        assert drawn_shares == pytest.approx(held)

    def test_unknown_numbers_are_drawn_narrow_and_unsure(self):
        """No share and no band: the line is there, thin and pale."""
        nothing = two_routes(share=[np.nan] * 2, share_low=[np.nan] * 2, share_high=[np.nan] * 2)
        for piece in pieces_of(nothing):
            assert piece.share == 0
            assert ways.fill_of(piece.band) == ways.BANDS[-1][1]

    def test_nothing_has_no_stretches(self):
        """No route, or one within a cell, is no line."""
        assert pieces_of(route_studies.routes(count=0)) == []
        cell = two_routes().head(1).set_geometry([box(43.3, 36.0, 43.4, 36.1)], crs=4326)
        assert pieces_of(cell) == []


def test_wider_is_more_and_darker_is_surer():
    """Width grows with the share; each wider band is lighter, in grey as well."""
    widths = [ways.width_pt(share) for share in (0.0, 0.05, 0.25, 0.75, 1.0, 1.3)]
    assert widths == sorted(widths)
    assert widths[-1] == widths[-2]
    grey = [sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for _, colour in ways.BANDS]
    assert all(b - a > 120 for a, b in itertools.pairwise(grey))
    assert ways.fill_of(0.1) == ways.BANDS[0][1]
    assert ways.fill_of(0.11) == ways.BANDS[1][1]
    assert ways.fill_of(float("nan")) == ways.BANDS[2][1]


def test_numbers_stand_on_their_own_lines_apart_from_each_other():
    """Eight routes: eight numbers in the frame, none upon another or upon the start."""
    parts = drawn(route_studies.routes())
    view = view_of(*NORTHERN, MAP)
    lines = ways.courses(parts)
    pieces = ways.stretches(parts["routes"], lines)
    clear = ways.kept_clear(parts, view)
    placed = ways.badges(parts["routes"], view, pieces, taken=clear)
    assert [one.text for one in placed] == list("12345678")
    rooms = [one.room for one in placed]
    assert not any(overlap(a, b) for a, b in itertools.combinations(rooms, 2))
    assert not any(overlap(a, b) for a in rooms for b in clear)
    for one, shape in zip(placed, parts["routes"].frame.geometry, strict=True):
        lonlat = view.lonlats(np.array([view.from_mm(one.x, one.y)]))[0]
        assert shape.distance(Point(lonlat)) < 0.02


def test_many_routes_are_drawn_and_the_likeliest_are_numbered():
    """Forty routes on one line: the first ten have numbers, wherever there is room."""
    frame = frame_of(
        "routes",
        {
            "id": [f"R{n}" for n in range(40)],
            "geometry": [LineString([(42.8, 36.0), (43.0, 36.3), (43.9, 36.8)])] * 40,
            "study_id": ["RT-1"] * 40,
            "rank": list(range(40, 0, -1)),
            "origin_name": ["A"] * 40,
            "exit_id": ["P"] * 40,
            "exit_name": ["B"] * 40,
            "mode": ["foot"] * 40,
            "share": [0.025] * 40,
        },
    )
    parts = drawn(frame)
    pieces = ways.stretches(parts["routes"], ways.courses(parts))
    assert [piece.share for piece in pieces] == [pytest.approx(1.0)]
    placed = ways.badges(parts["routes"], view_of(*NORTHERN, MAP), pieces, taken=[])
    assert [one.text for one in placed] == [str(n) for n in range(1, 11)]


def test_a_coarse_route_ends_at_its_post_and_is_no_course():
    """The post is public; the line of cells is dashed, whatever roads it follows."""
    frame = for_viewer(
        route_studies.routes(count=1, schematic=[False], site_id=""),
        viewer_for(Audience.PUBLIC),
        kind="routes",
    )
    posts = frame_of(
        "posts",
        {
            "id": ["IQ-SY-01"],
            "geometry": [Point(42.076, 36.806)],
            "precision": ["exact"],
            "name": ["Rabia"],
            "country": ["Iraq"],
            "kind": ["land"],
        },
    )
    parts = drawn(frame, posts=posts)
    (line,) = ways.courses(parts)
    assert line[-1].tolist() == [42.076, 36.806]
    assert line[0].tolist() == [43.35, 36.05]
    assert all(piece.schematic for piece in ways.stretches(parts["routes"], [line]))
    (entry,) = entries(parts["routes"])
    assert (entry.label, entry.count) == ("Cell to cell, no course", 1)
    (held,) = ways.courses(drawn(route_studies.routes(count=1), posts=posts))
    assert held[0].tolist() == pytest.approx(route_studies.NIMRUD)


def test_the_legend_counts_routes_by_what_they_are_drawn_as():
    """Surveyed and schematic apart, invented apart, those outside the map counted."""
    frame = route_studies.routes(schematic=[True, False] * 4)
    part = drawn(frame)["routes"]
    assert {e.label: e.count for e in entries(part)} == {
        "Surveyed or open ground": 4,
        "Dashed: schematic": 4,
    }
    far = drawn(frame, centre=((10.0, 50.0), 50_000.0))["routes"]
    assert entries(far) == []
    assert absent(far) == "8 outside the map"
    assert count_lines({"routes": frame.assign(simulated=[True] * 3 + [False] * 5)}) == [
        "Routes, hypotheses: 5 records; SIMULATED, counted apart: 3 records"
    ]


def with_routes(snapshot_with: Make, **changes) -> Snapshot:
    """The page about Hatra with eight routes from Nimrud."""
    return snapshot_with(
        **{
            "frames": {**snapshot_with().frames, "routes": route_studies.routes()},
            "centre_lonlat": NORTHERN[0],
            "half_width_m": NORTHERN[1],
            "focus": None,
            "marking": Tlp.AMBER,
            **changes,
        }
    )


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
def test_the_page_explains_its_routes(snapshot_with: Make, tmp_path: Path):
    """Ranks on the map, and what width, colour, dashes, ring and target mean."""
    printed = words(with_routes(snapshot_with), tmp_path)
    for text in (
        "Routes", "Dashed: schematic", "Rank, likeliest first", "Exit at the end of a route",
        "Start", "5, 25, 75 % of routes", "band 10, 30, 100 %", "Routes, hypotheses: 8 records",
    ):  # fmt: skip
        assert text in printed
    figure = page(with_routes(snapshot_with))
    numbers = {t.get_text() for t in figure.axes[1].texts if re.fullmatch(r"\d+", t.get_text())}
    assert numbers == set("12345678")


def test_a_page_without_routes_says_nothing_of_them(snapshot_with: Make, tmp_path: Path):
    """No title, no scale, no rank."""
    texts = [t.get_text() for axes in page(snapshot_with()).axes for t in axes.texts]
    assert not any("likeliest" in text or "hypotheses" in text for text in texts)
    empty = with_routes(snapshot_with, frames={"routes": route_studies.routes(count=0)})
    texts = [t.get_text() for axes in page(empty).axes for t in axes.texts]
    assert not any("likeliest" in text for text in texts)


def test_a_page_of_routes_is_tidy(snapshot_with: Make):
    """Also with Arabic names and many of them invented."""
    names = ["معبر ربيعة الحدودي القديم", "Ibrahim Khalil " * 5, *["منفذ"] * 6]
    frame = route_studies.routes(exit_names=names, simulated=True)
    facts = tuple((f"{n} {name}", "31 % (26–35 %); 2.9 h (2.1–6); 174 km")
                  for n, name in enumerate(names, start=1))  # fmt: skip
    snapshot = with_routes(snapshot_with, simulated=True, facts=facts, frames={"routes": frame})
    assert_tidy(page(snapshot))


def test_the_scale_bar_covers_no_exit(snapshot_with: Make):
    """Where a route ends below and to the left, the plate stands in another corner."""
    view = view_of(*NORTHERN, MAP)
    corner = view.lonlats(np.array([view.from_mm(MAP.left + 20, MAP.bottom - 8)]))[0]
    frame = route_studies.routes(count=1).set_geometry(
        [LineString([route_studies.NIMRUD, tuple(corner)])], crs=4326
    )
    bars = [
        [patch.get_x() for patch in page(with_routes(snapshot_with, frames=frames)).axes[0].patches
         if hasattr(patch, "get_x") and 1.0 < patch.get_height() < 1.2]
        for frames in ({}, {"routes": frame})
    ]  # fmt: skip
    assert max(bars[0]) < MAP.left + 80
    assert min(bars[1]) > MAP.left + 80


def test_the_same_routes_give_the_same_file(snapshot_with: Make):
    """Byte by byte."""
    assert save(with_routes(snapshot_with), "pdf") == save(with_routes(snapshot_with), "pdf")


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="poppler-utils are not installed")
def test_numbers_on_the_map_are_text(snapshot_with: Make, tmp_path: Path):
    """A reader can search for them; all fonts stay TrueType."""
    path = tmp_path / "page.pdf"
    path.write_bytes(save(with_routes(snapshot_with), "pdf"))
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, text=True)
    assert all("TrueType" in line for line in fonts.stdout.splitlines()[2:])
