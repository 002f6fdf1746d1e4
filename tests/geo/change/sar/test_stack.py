"""A stack of radar pictures round an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from geo.change.sar import RadarScene, RadarStack, compare_stack, placebo_scores
from geo.errors import BadInput, GridMismatch, NoValidPixels
from tests.geo.change.sar.conftest import PATCH, grid_of, power_on

START = datetime(2016, 1, 4, tzinfo=UTC)
EVENT = START + timedelta(days=12 * 8 - 4)
"""Between the eighth and the ninth scene of an orbit."""


def scenes_of(date, *, patch_db, dates=11, orbits=2, side=70):
    """Made-up scenes, every 12 days, rain of up to 2 dB on each."""
    rain = np.random.default_rng(9).uniform(-1, 1, (dates, orbits))
    return [
        RadarScene(
            taken_at=START + timedelta(days=12 * number, hours=11 * orbit),
            scene_id=f"made up {orbit}-{number}",
            orbit=f"orbit {orbit}",
            power=date(
                100 * number + orbit,
                patch_db=patch_db if number >= 8 else 0,
                scene_db=rain[number, orbit],
                side=side,
            ),
        )
        for number in range(dates)
        for orbit in range(orbits)
    ]


def stacked(scenes):
    """The scenes as a stack."""
    return RadarStack(
        grid=grid_of(*scenes[0].power.shape[1:]),
        polarisations=("VV", "VH"),
        scenes=tuple(sorted(scenes, key=lambda scene: scene.taken_at)),
    )


@pytest.fixture(scope="module")
def found_step():
    """The comparison of a stack with a step of -4 dB."""
    stack = stacked(scenes_of(power_on, patch_db=-4))
    return stack, compare_stack(stack, event_from=EVENT, event_to=EVENT)


def test_a_lasting_step_is_found_in_spite_of_rain(found_step):
    """Most of the patch, hardly anything else; darker, and not by chance."""
    _, found = found_step
    flagged = found.mask == 1
    assert flagged[PATCH].mean() > 0.8
    assert (flagged.sum() - flagged[PATCH].sum()) / flagged.size < 0.003
    assert np.median(found.change_db[PATCH]) == pytest.approx(-4, abs=1)
    assert np.median(found.p[PATCH]) < 0.1
    assert (found.p[60:, :20] < 0.01).mean() < 0.03
    assert found.unpooled[PATCH].mean() > 3.3


def test_the_step_is_dated_between_two_scenes(found_step):
    """The last scene without it and the first with it, by their place in the stack."""
    stack, found = found_step
    last, first = found.between[:, 46, 37]
    assert stack.scenes[last].taken_at < EVENT < stack.scenes[first].taken_at
    assert stack.scenes[last].orbit == stack.scenes[first].orbit == found.findings["dated_by"]
    assert (found.between[:, found.mask == 0] == -1).all()


def test_ground_at_rest_flags_nothing(date):
    """Two orbits, rain, no step."""
    found = compare_stack(stacked(scenes_of(date, patch_db=0)), event_from=EVENT, event_to=EVENT)
    assert not (found.mask == 1).any()
    assert found.findings["nothing_flagged_because"]


def test_an_orbit_without_a_past_is_left_out_and_told(date):
    """Its pictures are compared with nothing."""
    scenes = scenes_of(date, patch_db=-5)
    few = [s for s in scenes if s.orbit == "orbit 0" or s.taken_at > EVENT]
    found = compare_stack(stacked(few), event_from=EVENT, event_to=EVENT)
    assert found.findings["orbits"] == {"orbit 0": [8, 3]}
    assert found.findings["not_used"] == [s.scene_id for s in few if s.orbit == "orbit 1"]
    assert (found.mask == 1)[PATCH].mean() > 0.7


def test_cells_seen_by_one_orbit_only_are_answered(date):
    """A swath that covers half of the place; cells that no orbit saw have no data."""
    scenes = scenes_of(date, patch_db=-6)
    for scene in scenes:
        scene.power[:, :, 60:] = np.nan
        if scene.orbit == "orbit 1":
            scene.power[:, 46:] = np.nan
    found = compare_stack(stacked(scenes), event_from=EVENT, event_to=EVENT)
    assert (found.mask[:, 60:] == 255).all()
    assert (found.mask[:, :60] != 255).all()
    assert (found.mask == 1)[PATCH].mean() > 0.7


def test_a_polarisation_without_data_does_not_spoil_the_other(date):
    """VH is missing throughout: the patch is found by VV, and no test of both is made."""
    scenes = scenes_of(date, patch_db=-5)
    for scene in scenes:
        scene.power[1] = np.nan
    found = compare_stack(stacked(scenes), event_from=EVENT, event_to=EVENT)
    assert (found.mask == 1)[PATCH].mean() > 0.7
    assert np.isnan(found.p).all()


def test_a_place_without_data_on_one_side_is_refused(date):
    """Every scene after the event is empty."""
    scenes = scenes_of(date, patch_db=0, orbits=1)
    for scene in scenes[8:]:
        scene.power[:] = np.nan
    with pytest.raises(NoValidPixels, match="both before and after the event"):
        compare_stack(stacked(scenes), event_from=EVENT, event_to=EVENT)


def test_the_past_alone_tells_how_often_nothing_is_flagged(date):
    """Where it rests 0, where it took a step of its own a score; none where it is short."""
    everywhere = np.ones((70, 70), bool)
    asked = {"event_from": EVENT, "event_to": EVENT, "within": everywhere}
    still = stacked(scenes_of(date, patch_db=-5, dates=9))
    assert placebo_scores(still, **asked) == (0.0, 0.0, 0.0, 0.0)
    scenes = scenes_of(date, patch_db=0, dates=10)
    for scene in scenes:
        if START + timedelta(days=70) < scene.taken_at < EVENT:
            scene.power[:, *PATCH] *= 10
    moved = stacked(scenes)
    first, *_ = placebo_scores(moved, **asked)
    assert first > 5
    assert placebo_scores(moved, **{**asked, "within": ~everywhere})[0] == 0
    early = {**asked, "event_from": START + timedelta(days=40), "event_to": EVENT}
    assert placebo_scores(moved, **early) == ()


def test_too_few_scenes_are_refused(date):
    """With what there is and what is needed."""
    scenes = scenes_of(date, patch_db=0, dates=10)
    with pytest.raises(BadInput, match="20 radar scenes, none of whose orbits has 3 before"):
        compare_stack(stacked(scenes), event_from=START, event_to=START)
    with pytest.raises(BadInput, match="an event from 2016-04-05 to 2016-01-04"):
        compare_stack(stacked(scenes), event_from=EVENT, event_to=START)


def test_a_stack_in_disorder_is_refused(date):
    """A scene twice, out of order, or of another shape."""
    one, two = scenes_of(date, patch_db=0, dates=2, orbits=1)
    grid = grid_of(70, 70)
    for scenes in ((one, one), (two, one)):
        with pytest.raises(BadInput, match="each scene once, in order of time"):
            RadarStack(grid=grid, polarisations=("VV", "VH"), scenes=scenes)
    with pytest.raises(GridMismatch, match="made up 0-0 has the shape"):
        RadarStack(grid=grid, polarisations=("VV",), scenes=(one,))


def test_the_arguments_are_left_as_they_were(date):
    """Levelling works on copies."""
    scenes = scenes_of(date, patch_db=-5)
    copies = [scene.power.copy() for scene in scenes]
    compare_stack(stacked(scenes), event_from=EVENT, event_to=EVENT)
    for scene, copy in zip(scenes, copies, strict=True):
        np.testing.assert_array_equal(scene.power, copy)
