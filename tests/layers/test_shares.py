"""Posts with shares on the map: rings, discs, shields, and what is unknown."""

from __future__ import annotations

import re

import pytest

from layers.map_layer import MapLayer
from layers.shares import (
    check_layer,
    disc_radius_px,
    exit_layer,
    exposure_layer,
    known_check_layer,
    origin_layer,
    ring_svg,
)
from layers.style import legend_html
from tests import route_frames
from tests.map_frames import NIMRUD, PAYLOADS, X, drawn

STUDY = "RT-0123456789"


def exits(**options: object) -> MapLayer:
    """The layer of the exits."""
    return exit_layer(route_frames.exits(), study_id=STUDY, simulated=False)


def picture_of(layer: MapLayer, name: str) -> str:
    """The picture of the post whose tooltip begins with a name."""
    content = drawn(layer)
    (row,) = (row for row in content["rows"] if row[4].startswith(f"<b>{name}"))
    return content["pictures"][row[2]][0]


def test_every_exit_is_drawn_or_counted_as_without_a_place():
    """Five reached, one closed, one unknown; one without a point."""
    layer = exits()
    assert {entry.label: entry.count for entry in layer.legend} == {
        "Share of the exit; pale: range": 5,
        "Unknown: no way found": 1,
        "Closed in this question": 1,
    }
    assert layer.unplaced == 1
    assert len(drawn(layer)["rows"]) == 7


def test_a_ring_tells_the_share_and_its_range():
    """Half a share fills half the ring, and paler three quarters to the end of its range."""
    whole = 2 * 3.14159265 * 14
    lengths = [
        float(length)
        for length in re.findall(r'stroke-dasharray="([\d.]+) ', ring_svg("post land", 0.5, 0.75))
    ]
    assert lengths == [pytest.approx(0.75 * whole, abs=0.01), pytest.approx(0.5 * whole, abs=0.01)]


def test_unknown_is_hatched_and_closed_is_crossed():
    """And neither tells a share."""
    unknown, closed = picture_of(exits(), "معبر"), picture_of(exits(), "Tawsin")
    assert "lamassu-hatch" in unknown
    assert "M8 8 30 30" in closed
    assert "%" not in unknown + closed
    assert "46 %" in picture_of(exits(), "name text")


def test_the_words_of_exits():
    """Share and time with ranges; a reason where nothing is known."""
    tips = [row[4] for row in drawn(exits())["rows"]]
    assert (
        "<b>Ibrahim Khalil</b><p>land post, Iraq, facing Turkey</p>"
        "<p>27 % of the plausible routes (12 to 44 %)</p>"
        "<p>2.9 h on the way (2.1 h to 4.6 h)</p>"
    ) in tips
    assert any("unknown: why text" in tip for tip in tips)
    assert any("closed in this question" in tip for tip in tips)


def test_the_largest_exit_is_drawn_last():
    """So that it lies above where posts are close."""
    tips = [row[4] for row in drawn(exits())["rows"]]
    assert tips[-1].startswith("<b>name text")


def test_a_disc_has_the_area_of_its_share():
    """Four times the share is twice the radius; the smallest can still be seen."""
    assert disc_radius_px(0.36) == pytest.approx(2 * disc_radius_px(0.09))
    assert disc_radius_px(0) == 4


def test_exposed_posts_are_discs_and_unknown_ones_hatched():
    """A post without a road is not a small post."""
    study = route_frames.exposure_study()
    layer = exposure_layer(study.posts, study_id=study.id, simulated=False)
    assert {entry.label: entry.count for entry in layer.legend if entry.count is not None} == {
        "Post; thin rings: its range": 5,
        "Unknown": 2,
    }
    assert "lamassu-hatch" in picture_of(layer, "Tawsin")
    assert "46 % of the assumed flow (30 to 61 %)" in str(drawn(layer)["rows"])
    assert "12 % of this from seizures, the rest assumed" in str(drawn(layer)["rows"])


def test_checks_are_numbered_in_order():
    """The first lies above; each tells what the checks up to it catch."""
    study = route_frames.check_study()
    layer = check_layer(study.checks, study_id=study.id, simulated=True)
    content = drawn(layer)
    numbers = [
        re.findall(r">(\d+)</text>", content["pictures"][row[2]][0]) for row in content["rows"]
    ]
    assert numbers == [["3"], ["2"], ["1"]]
    assert "after smugglers adapt: 18 %" in content["rows"][-1][4]
    assert all(entry.simulated for entry in layer.legend)


def test_known_checks_and_the_start():
    """Each known check once; none is an empty layer; a long name of the start is cut."""
    assert len(drawn(known_check_layer([NIMRUD, NIMRUD]))["rows"]) == 2
    assert known_check_layer([]).legend == ()
    layer = origin_layer("n" * 500, NIMRUD, simulated=True)
    assert "n" * 41 not in str(drawn(layer)["pictures"])
    assert layer.legend[0].label == "Start of the routes, SIMULATED"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload: str):
    """In names, countries, reasons and ids; pictures hold numbers and inert names only."""
    study, check = (make(lambda _: payload) for make in (
        route_frames.exposure_study, route_frames.check_study))  # fmt: skip
    layers = [
        exit_layer(route_frames.exits(lambda _: payload), study_id=payload, simulated=True),
        exposure_layer(study.posts, study_id=payload, simulated=False),
        check_layer(check.checks, study_id=payload, simulated=False),
        origin_layer(payload, NIMRUD, simulated=False),
    ]
    ours = r"</?(b|bdi|p|i|svg|circle|path|pattern|rect|text|span|div)(?=[ />])[^<>]*>"
    for layer in layers:
        content = drawn(layer)
        for text in [
            *(row[4] for row in content["rows"]),
            *(one[0] for one in content["pictures"]),
        ]:
            assert re.sub(ours, "", text).count("<") == 0
            assert not set(text) & set("`${}\\")
            assert "<img" not in text
            assert "<script" not in text
        assert X not in legend_html([layer])
