"""Corridors, routes and their direction: widths, opacities, dashes, and words that stay words."""

from __future__ import annotations

import re

import pytest
from shapely.geometry import LineString, MultiLineString

from layers import corridors
from layers.corridors import corridor_layer, flow_layer, route_layer, width_px
from layers.map_layer import clicked_record
from layers.style import legend_html
from tests import route_frames
from tests.map_frames import PAYLOADS, X, drawn

STUDY = "RT-0123456789"


def corridor_lines(**changed: object) -> list[list]:
    """The lines of the corridors, with some columns changed."""
    frame = route_frames.corridors().assign(**changed)
    return drawn(corridor_layer(frame, study_id=STUDY, simulated=False))["lines"]


def looks(**changed: object) -> list[dict]:
    """How each corridor is drawn, largest share first."""
    frame = route_frames.corridors().assign(**changed)
    content = drawn(corridor_layer(frame, study_id=STUDY, simulated=False))
    return [content["looks"][line[0]] for line in content["lines"]]


def test_the_wider_the_more_routes():
    """Two pixels for next to none, eighteen for all, to half a pixel; never beyond."""
    assert [width_px(share) for share in (0, 0.25, 0.5, 1)] == [2, 6, 10, 18]
    assert width_px(-0.1) == 2
    assert width_px(1.2) == 18
    widths = [look["weight"] for look in looks()]
    assert widths == sorted(widths, reverse=True)


def test_the_narrower_the_range_the_more_opaque():
    """Six points are sure, 28 less so, 60 unsure; an unknown range counts as the widest."""
    drawn_looks = looks(
        share=0.5,
        share_low=[0.47, 0.36, 0.3, 0.2, float("nan")],
        share_high=[0.53, 0.64, 0.9, 0.8, 0.5],
        name=["a", "b", "c", "d", "e"],
    )
    assert [look["opacity"] for look in drawn_looks] == [0.95, 0.6, 0.32, 0.32, 0.32]


def test_what_is_no_surveyed_road_is_dashed_and_named():
    """A schematic link says that it is not the course; open ground has other dashes."""
    content = drawn(corridor_layer(route_frames.corridors(), study_id=STUDY, simulated=False))
    by_tip = {line[2]: content["looks"][line[0]] for line in content["lines"]}
    schematic = [look for tip, look in by_tip.items() if "schematic link, not the course" in tip]
    ground = [look for tip, look in by_tip.items() if "open ground, no road known" in tip]
    roads = [look for look in by_tip.values() if look not in schematic + ground]
    assert len(schematic) == len(ground) == 1
    assert schematic[0]["dashArray"] != ground[0]["dashArray"]
    assert all("dashArray" not in look for look in roads)


def test_pieces_of_one_road_with_one_share_are_one_line():
    """Two pieces of 42 and 30.5 km that meet: one line of three vertices, told as 72.5 km."""
    (line,) = (line for line in corridor_lines() if "72.5 km" in line[2])
    assert len(line[4]) == 3
    apart = corridor_lines(share=[0.73, 0.46, 0.2, 0.02, 0.27])
    assert len(apart) == len(corridor_lines()) + 1


def test_the_words_of_a_corridor():
    """Name, share with its range, class and length."""
    (line,) = (line for line in corridor_lines() if "73 %" in line[2])
    assert line[2] == (
        "<b>name text · 1</b><p>73 % of the plausible routes pass here (70 to 76 %)</p>"
        "<p>motorway, 38.0 km</p><p>schematic link, not the course</p>"
    )


def test_the_legend_of_corridors_gives_numbers():
    """Three widths with their share, three opacities with their range, kinds with counts."""
    layer = corridor_layer(route_frames.corridors(), study_id=STUDY, simulated=True)
    told = {entry.label: entry.count for entry in layer.legend}
    assert told == {
        "5 % of the routes": None,
        "25 % of the routes": None,
        "75 % of the routes": None,
        "Sure: range up to 10 points": None,
        "Less sure: up to 30 points": None,
        "Unsure: wider range": None,
        "On a surveyed road, SIMULATED": 3,
        "Schematic link, not the course, SIMULATED": 1,
        "Open ground, or to a road, SIMULATED": 1,
    }


def test_randomised_paths_have_widths_of_their_own_and_no_range():
    """The second view: one opacity, no range in words or legend, next to nothing left out."""
    layer = corridor_layer(route_frames.corridors(), study_id=STUDY, simulated=False, random=True)
    content = drawn(layer)
    widths = [content["looks"][line[0]]["weight"] for line in content["lines"]]
    assert widths[0] == width_px(0.7)
    assert {look["opacity"] for look in content["looks"].values()} == {corridors.WITHOUT_RANGE}
    assert "<p>70 % of randomised paths pass here</p>" in content["lines"][0][2]
    assert not any("open ground" in line[2] for line in content["lines"])
    assert not any("range" in entry.label for entry in layer.legend)


def test_the_chosen_route_stands_out_and_every_route_can_be_clicked():
    """It has a look of its own, comes first, so that it lies above; a click gives each its id."""
    content = drawn(route_layer(route_frames.routes(), chosen="RT-0123456789-3"))
    assert content["lines"][0][0] == "chosen schematic"
    assert [line[0] for line in content["lines"][1:]] == ["schematic route", "route", "route"]
    keys = [f"{content['kind']}/{line[1]}" for line in content["lines"]]
    found = [
        clicked_record({"last_active_drawing": {"properties": {"key": key, "clicked": 1}}})
        for key in keys
    ]
    assert [one.id for one in found if one] == [
        "RT-0123456789-3", "RT-0123456789-1", "RT-0123456789-2", "RT-0123456789-4"
    ]  # fmt: skip


def test_the_words_of_a_route():
    """Rank, exit, share and time with their ranges, what is passed, and what it is not."""
    frame = route_frames.routes(simulated=True)
    tip = drawn(route_layer(frame))["lines"][1][2]
    assert tip == (
        "<b>Route 2: to Ibrahim Khalil</b><p>25 % of the plausible routes (10 to 40 %)</p>"
        "<p>2.9 h on the way (2.1 h to 4.6 h), 190 km</p><p>passes Mosul, Zakho</p>"
        "<p>a ranked hypothesis, not an observed movement</p><i>SIMULATED</i>"
    )


def test_dashes_move_along_the_first_routes_or_the_chosen_one():
    """From the start to the exit; never more than can be read."""
    frame = route_frames.routes()
    content = drawn(flow_layer(frame))
    assert len(content["flows"]) == 4
    start, end = content["flows"][1][0], content["flows"][1][-1]
    assert (start, end) == ([43.328, 36.098], [42.5656, 37.1447])
    assert len(drawn(flow_layer(frame, chosen="RT-0123456789-4"))["flows"]) == 1
    many = frame.loc[frame.index.repeat(10)].reset_index(drop=True)
    assert len(drawn(flow_layer(many))["flows"]) == corridors.FLOWS_DRAWN


@pytest.mark.parametrize(
    "layer",
    [
        lambda: corridor_layer(route_frames.corridors().head(0), study_id=STUDY, simulated=False),
        lambda: route_layer(route_frames.routes().head(0)),
        lambda: flow_layer(route_frames.routes().head(0)),
    ],
)
def test_no_route_is_an_empty_layer(layer):
    """A study whose posts cannot be reached is no error."""
    made = layer()
    assert (made.legend, made.unplaced) == ((), 0)


def test_a_line_without_a_place_is_counted():
    """It is not drawn, and not lost."""
    frame = route_frames.corridors()
    geometry = [None, *frame.geometry[1:]]
    layer = corridor_layer(frame.set_geometry(geometry, crs=4326), study_id=STUDY, simulated=False)
    assert layer.unplaced == 1


def test_a_line_is_drawn_with_no_more_vertices_than_can_be_seen():
    """A vertex 10 m off the line is left out; a bend of 1 km stays; parts stay apart."""
    straight = LineString([(43, 36), (43.5, 36.0001), (44, 36)])
    bent = LineString([(43, 36), (43.5, 36.01), (44, 36)])
    assert corridors.coordinates(straight) == [[43, 36], [44, 36]]
    assert len(corridors.coordinates(bent)) == 3
    assert len(corridors.coordinates(MultiLineString([straight, bent]))) == 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload: str):
    """In names, classes, exits and what is passed: no tag but the tooltip's own."""
    layers = [
        corridor_layer(route_frames.corridors(lambda _: payload), study_id=payload, simulated=True),
        route_layer(route_frames.routes(lambda _: payload)),
        flow_layer(route_frames.routes(lambda _: payload)),
    ]
    for layer in layers:
        for line in drawn(layer).get("lines", []):
            assert re.sub(r"</?(b|bdi|p|i)>", "", line[2]).count("<") == 0
            assert not set(line[2]) & set("`${}\\")
        assert X not in legend_html([layer])


def test_the_frames_are_not_changed():
    """Drawing reads."""
    frame = route_frames.corridors()
    before = frame.copy()
    corridor_layer(frame, study_id=STUDY, simulated=False)
    assert frame.equals(before)
