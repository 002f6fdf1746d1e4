"""The withheld test: by hand, what persists is foretold, what does not is not."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import InvalidSetting
from geo.hotspots import METHODS, withheld_test
from tests.hotspot_events import laid_out, uniform

OPTIONS = {"cell_m": 10_000.0, "reach_m": 20_000.0, "reach_days": 60.0, "seed": 1}


def by_method(result):
    """The scores by name."""
    return {score.method: score for score in result.scores}


def test_a_map_of_ten_cells_by_hand():
    """21 early events in one cell, 9 late ones: six there, three elsewhere; a tenth is one cell."""
    xy = [[5_000, 5_000]] * 21 + [[5_000, 5_000]] * 6 + [[95_000, 5_000]] * 3
    support = np.array([[5_000.0 + 10_000 * i, 5_000.0] for i in range(10)])
    result = withheld_test(laid_out(xy, range(30)), support_xy=support, **OPTIONS)
    assert result.testable
    assert (result.fitted, result.withheld, result.across) == (21, 9, 0)
    assert (result.cells, result.top_cells, result.cut_day) == (10, 1, 21.0)
    counts = by_method(result)["counts"]
    assert counts.hit_rate == pytest.approx(6 / 9)
    assert counts.pai == pytest.approx(6 / 9 / 0.1)
    assert counts.low < counts.hit_rate < counts.high
    assert counts.verdict == "better than chance"
    assert [score.method for score in result.scores] == list(METHODS)
    assert {score.gain for score in result.scores} == {0.0}


def test_equal_cells_share_the_last_places():
    """Two cells with as many events, one place: an event in either counts by half."""
    xy = [[5_000, 5_000], [95_000, 5_000]] * 11 + [[5_000, 5_000]] * 4 + [[95_000, 5_000]] * 4
    xy += [[45_000, 5_000]] * 2
    support = np.array([[5_000.0 + 10_000 * i, 5_000.0] for i in range(10)])
    result = withheld_test(laid_out(xy, range(32)), support_xy=support, **OPTIONS)
    # The cut falls behind 23 of 32: the first of the late ones is among the early ones.
    assert (result.fitted, result.withheld) == (23, 9)
    assert by_method(result)["counts"].hit_rate == pytest.approx(3 / 9)
    even = withheld_test(
        laid_out(xy[:22] + xy[23:], [*range(22), *range(40, 49)]), support_xy=support, **OPTIONS
    )
    assert (even.fitted, even.withheld) == (22, 9)
    assert by_method(even)["counts"].hit_rate == pytest.approx((3 + 4) * 0.5 / 9)


def test_a_withheld_event_beyond_all_cells_is_a_miss():
    """Cells come from what was known before, not from what is to be foretold."""
    xy = [[5_000, 5_000]] * 21 + [[500_000, 500_000]] * 9
    result = withheld_test(laid_out(xy, range(30)), **OPTIONS)
    assert result.cells == 1
    assert by_method(result)["counts"].hit_rate == 0.0


def test_lasting_places_are_foretold_and_passing_ones_are_not():
    """Ten towns that stay: half of the later events and more. Events of chance: no better."""
    rng = np.random.default_rng(1)
    towns = rng.uniform(0, 400_000, (10, 2))
    lasting = laid_out(
        np.vstack([towns[rng.integers(0, 10, 300)], rng.uniform(0, 400_000, (100, 2))])[
            rng.permutation(400)
        ],
        np.sort(rng.integers(0, 3_000, 400)),
    )
    counts = by_method(withheld_test(lasting, **OPTIONS))["counts"]
    assert counts.hit_rate > 0.5
    assert counts.verdict == "better than chance"
    wrong = sum(
        by_method(withheld_test(uniform(150, seed=seed), **OPTIONS))["counts"].verdict
        == "better than chance"
        for seed in range(40)
    )
    # 5 % of 40 is 2; the binomial 99.9 % bound is 8.
    assert wrong <= 8


def test_density_beats_counts_where_places_are_never_the_same_twice():
    """A broad crest of danger with single events: smoothing foretells where counting cannot."""
    rng = np.random.default_rng(4)
    xy = rng.normal(0, 60_000, (120, 2))
    spread = laid_out(xy, np.arange(120))
    support = np.stack(np.meshgrid(np.arange(-300, 300, 10), np.arange(-300, 300, 10)), -1)
    result = withheld_test(spread, support_xy=support.reshape(-1, 2) * 1000.0 + 5_000, **OPTIONS)
    density = by_method(result)["density"]
    assert density.gain > 0
    assert density.verdict == "better than plain counts"


@pytest.mark.parametrize("n", [0, 1, 29])
def test_few_events_are_not_testable(n):
    """The reason says how many there are and how many are needed."""
    result = withheld_test(uniform(n, seed=1), **OPTIONS)
    assert not result.testable
    assert result.why.startswith(f"{n} events, of which ")
    assert result.why.endswith("at least 30 and 9 are needed")
    assert result.scores == ()


def test_undated_events_cannot_be_withheld():
    """Fifty without a date: not testable, and counted as such."""
    result = withheld_test(laid_out(np.zeros((50, 2)), np.full(50, np.nan)), **OPTIONS)
    assert (result.testable, result.across) == (False, 50)


def test_dates_on_both_sides_of_the_cut_stand_aside():
    """An event known to its year is neither early nor late if the cut lies in that year."""
    sure = uniform(60, seed=1)
    vague = laid_out(np.zeros((5, 2)), [2100.0] * 5, doubt_days=1500.0)
    both = laid_out(np.vstack([sure.xy, vague.xy]), np.append(sure.day, vague.day))
    doubtful = type(both)(
        crs=both.crs, xy=both.xy, day=both.day, radius_m=both.radius_m, row=both.row,
        doubt_days=np.append(sure.doubt_days, vague.doubt_days),
    )  # fmt: skip
    result = withheld_test(doubtful, **OPTIONS)
    assert result.across == 5
    assert result.fitted + result.withheld == 60


def test_the_same_seed_gives_the_same_bounds():
    """The bootstrap hangs on the seed alone."""
    events = uniform(200, seed=2)
    one, again = (withheld_test(events, **OPTIONS) for _ in range(2))
    assert one == again


def test_a_method_can_be_left_out():
    """The others have the same scores as with it, and the counts are always among them."""
    events = uniform(100, seed=2)
    whole = withheld_test(events, **OPTIONS)
    part = withheld_test(events, methods=["density"], **OPTIONS)
    assert [score.method for score in part.scores] == ["counts", "density"]
    assert [score.hit_rate for score in part.scores] == pytest.approx(
        [by_method(whole)[method].hit_rate for method in ("counts", "density")]
    )


@pytest.mark.parametrize("options", [{"fit_share": 0.0}, {"top_share": 1.0}])
def test_shares_out_of_range_are_refused(options):
    """With their values."""
    with pytest.raises(InvalidSetting, match="shares between 0 and 1"):
        withheld_test(uniform(40, seed=1), **OPTIONS, **options)
