"""Modes of travel: the document, its faults, and drawings from it."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidSetting
from geo.model import PostKind
from geo.pipeline.installation import read_facts
from geo.routes.modes import MODES, described, modes_of
from geo.routes.parameters import Ground
from tests.geo.routes.small_networks import document, mode


def changed(path: str, value: object) -> dict:
    """The project's document with the value at a dotted path changed, or taken out for None."""
    whole = copy.deepcopy(document())
    *branches, leaf = path.split(".")
    branch = whole
    for name in branches:
        branch = branch[name]
    if value is None:
        del branch[leaf]
    else:
        branch[leaf] = value
    return whole


def test_the_project_describes_all_three_modes() -> None:
    """A vehicle keeps to roads, the other two leave them."""
    modes = modes_of(document())
    assert tuple(modes) == MODES
    assert [modes[name].ground for name in MODES] == [Ground.NONE, Ground.VEHICLE, Ground.FOOT]
    assert [modes[name].off_road for name in MODES] == [False, True, True]


@pytest.mark.parametrize("name", MODES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    """A source in words, or an assumption with its reason."""
    for row in described(mode(name)):
        assert row.low <= row.best <= row.high
        assert row.unit
        assert len(row.source) > 20
        assert row.source != "assumption"


def test_the_detour_factor_is_what_the_embedded_roads_show() -> None:
    """Its numbers are the median and the 5 and 95 % quantiles of the cited links."""
    roads = read_facts("roads").frame
    ratio = (roads["route_km"] / roads["great_circle_km"])[roads["mode"] == "road"]
    ratio = ratio[ratio >= 1]
    given = document()["shared"]["detour_factor"]
    assert len(ratio) == 87
    assert np.quantile(ratio, [0.05, 0.5, 0.95]).round(2).tolist() == [
        given["low"],
        given["best"],
        given["high"],
    ]


def test_the_best_value_is_that_of_the_document() -> None:
    """Numbers and rows of tables come out as they stand; the others are NaN and empty."""
    best = mode("vehicle").best()
    assert best.speed_kmh["motorway"] == 90
    assert best.dwell_s["land"] == 3600
    assert math.isnan(best.ground_kmh)
    assert "path" not in best.speed_kmh
    assert mode("foot").best().speed_kmh == {}
    assert set(best.dwell_s) == {kind.value for kind in PostKind}


def test_a_modes_own_row_is_added_to_the_shared_table() -> None:
    """The off-road vehicle takes paths besides all that a car takes."""
    car, rover = (set(mode(name).best().speed_kmh) for name in ("vehicle", "off_road"))
    assert rover - car == {"path"}


def test_provenance_holds_plain_values_of_what_is_used() -> None:
    """No NaN, no records: what JSON can hold."""
    plain = mode("foot").best().as_dict()
    assert plain["ground"] == "foot"
    assert plain["off_path_factor"] == 0.6
    assert "ground_kmh" not in plain
    assert type(plain["dwell_s"]) is dict


@given(seed=st.integers(0, 2**32), name=st.sampled_from(MODES))
def test_a_drawing_stays_within_its_ranges(seed: int, name: str) -> None:
    """And what a network is built with is not drawn."""
    chosen = mode(name)
    drawn, best = chosen.sample(np.random.default_rng(seed)), chosen.best()
    for key, number in chosen.numbers.items():
        assert number.low <= getattr(drawn, key) <= number.high
    for key, table in chosen.tables.items():
        for row, number in table.items():
            assert number.low <= getattr(drawn, key)[row] <= number.high
    assert drawn.watch_weight == best.watch_weight
    assert drawn.max_access_km == best.max_access_km


def test_equal_seeds_draw_equal_parameters() -> None:
    """And another seed another set."""
    first, again, other = (mode().sample(np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_drawings_gather_about_the_best_value() -> None:
    """The logarithms of a log-triangular number have the mean of a triangle's three corners."""
    number = mode().numbers["risk_s_per_watched_km"]
    rng = np.random.default_rng(0)
    drawn = np.log([number.sample(rng) for _ in range(4000)])
    low, best, high = np.log([number.low, number.best, number.high])
    assert drawn.mean() == pytest.approx((low + best + high) / 3, abs=0.03)


def test_a_range_without_width_is_its_value() -> None:
    """Nothing is drawn where nothing is open."""
    fixed = {"low": 1.2, "best": 1.2, "high": 1.2, "unit": "factor", "source": "roads"}
    chosen = modes_of(changed("shared.detour_factor", fixed))["vehicle"]
    assert chosen.sample(np.random.default_rng(0)).detour_factor == 1.2


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("vehicle", None, "vehicle is missing"),
        ("bicycle", {}, "bicycle is unknown, not one of sources, shared, vehicle"),
        ("vehicle.wings", 2, r"vehicle\.wings is unknown"),
        ("vehicle.ground", "water", "vehicle.ground is 'water', not one of none, vehicle, foot"),
        ("vehicle.ground", "foot", r"vehicle\.access_kmh is not used .* ground is foot"),
        ("vehicle.label", " ", "vehicle.label is ' ', not a text"),
        ("vehicle.access_kmh", None, "shared.access_kmh is missing"),
        ("vehicle.access_kmh", 15, "vehicle.access_kmh is 15, not a mapping"),
        ("vehicle.access_kmh.low", 16, "is 16, 15, 20, not low <= best <= high"),
        ("vehicle.access_kmh.best", "15", "vehicle.access_kmh.best is '15', not a number"),
        ("vehicle.access_kmh.best", True, "vehicle.access_kmh.best is True, not a number"),
        ("vehicle.access_kmh.best", math.nan, "vehicle.access_kmh.best is nan, not a number"),
        ("vehicle.access_kmh.low", -1, "is -1, 15, 20, not low <= best <= high between 0.1"),
        ("vehicle.access_kmh.unit", "mph", "vehicle.access_kmh.unit is 'mph', not 'km/h'"),
        ("vehicle.access_kmh.source", "hearsay", "source is 'hearsay', not a key of sources"),
        ("vehicle.access_kmh.scale", "cubic", "scale is 'cubic', not linear or log"),
        ("vehicle.access_kmh.colour", "red", r"access_kmh\.colour is unknown"),
        ("shared.edge_noise.why", None, "shared.edge_noise.why is None, not a text"),
        ("shared.dwell_s.air", None, "vehicle.dwell_s lacks air"),
        ("shared.dwell_s.space", {}, "shared.dwell_s.space is unknown"),
        ("shared.dwell_s.land.low", 0, "low is 0, not above 0 as the scale log needs"),
        ("shared.speed_kmh", {}, "vehicle.speed_kmh lacks motorway"),
        ("shared.speed_kmh.autobahn", {}, "shared.speed_kmh.autobahn is unknown"),
        ("off_road.slope_free.high", 0.25, "slope_free reaches 0.25, not below slope_limit.low"),
        ("sources.osrm", 3, "sources.osrm is 3, not a text"),
        ("sources.assumption", "me", "sources.assumption is no source"),
        ("shared", [1], r"shared is \[1\], not a mapping"),
    ],
)
def test_a_faulty_document_is_refused(path: str, value: object, message: str) -> None:
    """With the key, the value and what was expected."""
    with pytest.raises(InvalidSetting, match=message):
        modes_of(changed(path, value))


@pytest.mark.parametrize("strange", [None, [], "vehicle", 3])
def test_what_is_no_document_is_refused(strange: object) -> None:
    """An empty file is None."""
    with pytest.raises(InvalidSetting, match="not a mapping"):
        modes_of(strange)


def test_all_faults_are_told_at_once() -> None:
    """So that a file is put right in one go."""
    whole = changed("vehicle.access_kmh.unit", "mph")
    whole["foot"]["ground"] = "air"
    with pytest.raises(InvalidSetting, match=r"mph.*'air'.*correct data/modes\.yaml"):
        modes_of(whole)
