"""Plain counts and the density, against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.neighbors import KernelDensity

from geo.errors import InvalidSetting
from geo.hotspots import bandwidth_rule, cells_over, density, naive_counts
from tests.hotspot_events import laid_out, uniform


def test_counts_by_hand():
    """Two in the first cell, none in the second, one in the third; one outside all."""
    line = cells_over(laid_out([[500, 500], [2500, 500]]), cell_m=1000.0)
    assert naive_counts(laid_out([[1, 1], [2, 2], [2999, 999], [5000, 5000]]), line).tolist() == [
        2, 0, 1,
    ]  # fmt: skip


def test_every_event_is_counted_once():
    """The cells of the events hold them all."""
    events = uniform(1000, seed=4)
    cells = cells_over(events, cell_m=20_000.0)
    assert naive_counts(events, cells).sum() == 1000


def test_the_density_is_the_integral_of_the_kernel():
    """As scipy integrates the normal distribution over each square."""
    events = uniform(12, seed=2, side_m=60_000.0)
    cells = cells_over(events, cell_m=10_000.0)
    found = density(events, cells, bandwidth_m=15_000.0)
    low = cells.colrow * 10_000.0
    for index in (0, len(cells) // 2, len(cells) - 1):
        expected = sum(
            multivariate_normal.cdf(
                low[index] + 10_000.0, mean=xy, cov=15_000.0**2, lower_limit=low[index]
            )
            for xy in events.xy
        )
        assert found.expected[index] == pytest.approx(expected, abs=2e-5)
    assert found.per_1000_km2 == pytest.approx(found.expected * 10)


def test_with_fine_cells_it_is_the_kernel_density_of_scikit_learn():
    """At the middles of cells much smaller than the kernel, to a thousandth."""
    events = uniform(40, seed=3, side_m=60_000.0)
    cells = cells_over(events, cell_m=1_000.0)
    found = density(events, cells, bandwidth_m=12_000.0)
    kernel = KernelDensity(bandwidth=12_000.0).fit(events.xy)
    per_m2 = 40 * np.exp(kernel.score_samples(cells.xy))
    assert found.per_1000_km2 == pytest.approx(per_m2 * 1e9, rel=1e-3)


def test_nothing_is_lost_but_what_leaves_the_cells():
    """A kernel narrow beside its surroundings keeps all events."""
    events = laid_out([[0, 0], [3_000, 1_000]])
    around = laid_out(np.array([[-60, -60], [60, -60], [60, 60], [-60, 60]]) * 1000.0)
    found = density(events, cells_over(around, cell_m=5_000.0), bandwidth_m=8_000.0)
    assert found.expected.sum() == pytest.approx(2.0, abs=1e-9)


def test_chunks_do_not_matter(monkeypatch):
    """Spread in one go or three events at a time, the sums agree to rounding."""
    events = uniform(50, seed=5)
    cells = cells_over(events, cell_m=20_000.0)
    whole = density(events, cells).expected
    monkeypatch.setattr("geo.hotspots.counts._CHUNK", 3)
    assert density(events, cells).expected == pytest.approx(whole, rel=1e-12)


def test_the_bandwidth_fits_the_spread():
    """Near Scott's rule for one cloud; narrow for two tight ones; the floor for one place."""
    rng = np.random.default_rng(0)
    cloud = laid_out(rng.normal(0, 50_000, (800, 2)))
    width = bandwidth_rule(cloud, cell_m=1_000.0)
    scott = 50_000 * 800 ** (-1 / 6)
    assert 0.5 * scott < width <= 1.05 * scott
    two = np.vstack([rng.normal(0, 4_000, (200, 2)), rng.normal(400_000, 4_000, (200, 2))])
    assert bandwidth_rule(laid_out(two), cell_m=1_000.0) < 6_000
    assert bandwidth_rule(laid_out([[0, 0]] * 9), cell_m=1_000.0) == 500.0
    assert bandwidth_rule(laid_out([[0, 0]] * 9, radius_m=10_000), cell_m=1_000.0) == 10_000.0
    assert bandwidth_rule(laid_out([]), cell_m=2_000.0) == 1_000.0


def test_no_event_no_density():
    """Cells without events hold nought."""
    cells = cells_over(laid_out([[0, 0]]), cell_m=1_000.0)
    assert density(laid_out([]), cells).expected.tolist() == [0.0]


@pytest.mark.parametrize("bandwidth_m", [0.0, -1.0, float("nan")])
def test_a_kernel_without_width_is_refused(bandwidth_m):
    """With its value."""
    events = laid_out([[0, 0]])
    with pytest.raises(InvalidSetting, match="a bandwidth of"):
        density(events, cells_over(events, cell_m=1_000.0), bandwidth_m=bandwidth_m)
