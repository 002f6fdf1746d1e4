"""The maps that add up to the score: averages with gaps, matching, contrast, oddness, regions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from geo.change.contrast import RING_RADII_PX, RING_WIDTH_PX, ring_contrast
from geo.change.hyperbolic import hyperbolic_anomaly
from geo.change.radiometry import log_brightness, matched, standardised
from geo.change.regions import TILE_PX, evened, regions
from geo.change.windows import box_sum, smoothed, spread

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def everywhere(layer) -> np.ndarray:
    """All cells valid."""
    return np.ones(layer.shape[-2:], dtype=bool)


class TestWindows:
    """Averages in which gaps have no part."""

    def test_a_constant_stays_constant_around_a_gap(self) -> None:
        """However wild the number in the gap."""
        layer = np.full((20, 30), 7, np.float32)
        valid = everywhere(layer)
        valid[5:9, 5:9] = False
        layer[~valid] = -1e6
        np.testing.assert_allclose(smoothed(layer, valid, sigma_px=2)[valid], 7, rtol=1e-5)
        np.testing.assert_allclose(spread(layer, valid, radius_px=3)[valid], 0, atol=1e-2)

    def test_a_box_sum_by_hand(self) -> None:
        """Beyond the edge there is nothing to add."""
        total = box_sum(np.ones((4, 5), np.float32), radius_px=1)
        np.testing.assert_allclose(total[[0, 0, 1], [0, 2, 2]], [4, 6, 9], rtol=1e-6)

    def test_the_spread_by_hand(self) -> None:
        """A chessboard of 0 and 2 spreads by 1, but for the odd cell."""
        board = (2 * (np.indices((9, 9)).sum(axis=0) % 2)).astype(np.float32)
        middle = spread(board, everywhere(board), radius_px=1)[4, 4]
        assert middle == pytest.approx(np.std(board[3:6, 3:6]), rel=1e-6)


class TestRadiometry:
    """Two dates on one scale."""

    @settings(max_examples=25, deadline=None)
    @given(gain=st.floats(0.1, 10), offset=st.floats(-1000, 1000))
    def test_gain_and_offset_vanish(self, gain: float, offset: float) -> None:
        """A band of the later date comes back on the scale of the earlier."""
        before = 1000 + 100 * noise(1, 30, 30)
        after = before * np.float32(gain) + np.float32(offset)
        np.testing.assert_allclose(matched(after, before, everywhere(before)), before, rtol=2e-3)

    def test_standard_deviations_ignore_outliers(self) -> None:
        """A tenth of the cells far away moves neither middle nor width by much."""
        layer = noise(100, 100)
        layer[:10] += 1000
        inner = standardised(layer, everywhere(layer))[10:]
        assert abs(np.median(inner)) < 0.2
        assert inner.std() == pytest.approx(1, abs=0.2)

    def test_a_layer_of_one_value_is_0(self) -> None:
        """Nothing is divided by a width of 0."""
        flat = np.full((5, 5), 3, np.float32)
        np.testing.assert_array_equal(standardised(flat, everywhere(flat)), 0)

    def test_brightness_is_the_logarithm_of_the_mean_band(self) -> None:
        """A doubling is ln 2, and black does not become minus infinity."""
        layers = np.full((2, 3, 3), 100, np.float32)
        layers[:, 0, 0], layers[:, 1, 1] = 200, 0
        log = log_brightness(layers, everywhere(layers))
        assert log[0, 0] - log[2, 2] == pytest.approx(np.log(2))
        assert log[1, 1] - log[2, 2] == pytest.approx(np.log(0.05))

    def test_negative_values_are_standardised_instead(self) -> None:
        """Decibels have no logarithm."""
        layers = -10 + noise(1, 20, 20)
        assert np.isfinite(log_brightness(layers, everywhere(layers))).all()


class TestContrast:
    """Differences against their surroundings."""

    def test_a_constant_difference_has_no_contrast(self) -> None:
        """Haze over the whole scene is no change, at its edges neither."""
        layer = np.full((60, 70), 5, np.float32)
        assert ring_contrast([layer], everywhere(layer)).max() < 1e-4

    def test_a_single_cell_stands_out_by_its_whole_difference(self) -> None:
        """No ring holds the cell itself."""
        layer = np.zeros((131, 131), np.float32)
        layer[65, 65] = 12
        assert ring_contrast([layer], everywhere(layer))[65, 65] == pytest.approx(12, rel=1e-5)

    def test_rings_by_brute_force(self) -> None:
        """The same cell by cell, gaps and rings outside the picture left out."""
        rows, cols = np.indices((40, 45))
        layer = (rows + 2 * cols + noise(40, 45)).astype(np.float32)
        valid = RNG.random((40, 45)) > 0.2
        row, col = 17, 30
        valid[row, col] = True
        far = np.maximum(abs(rows - row), abs(cols - col))
        contrasts = []
        for inner in RING_RADII_PX:
            outer = inner + RING_WIDTH_PX
            ring = valid & (far > inner) & (far <= outer)
            if ring.sum() >= 0.1 * ((2 * outer + 1) ** 2 - (2 * inner + 1) ** 2):
                contrasts.append(abs(layer[row, col] - layer[ring].mean()))
        assert len(contrasts) == 4
        found = ring_contrast([layer], valid)
        assert found[row, col] == pytest.approx(np.mean(contrasts), rel=1e-4)
        assert not found[~valid].any()


class TestHyperbolic:
    """Pairs that are odd together."""

    def test_what_is_odd_on_both_dates_is_less_odd_than_what_changed(self) -> None:
        """A bright spot that stays is no change; one that goes is."""
        before = noise(2, 80, 80)
        after = 0.9 * before + 0.3 * noise(2, 80, 80)
        before[:, 20, 20] += 6
        after[:, 20, 20] += 5.4
        before[:, 50, 50] += 6
        odd = hyperbolic_anomaly(before, after, everywhere(before), detail_px=8)
        assert odd[50, 50] > 20
        assert odd[50, 50] > 5 * odd[20, 20]

    @settings(max_examples=15, deadline=None)
    @given(
        mix=st.lists(st.floats(-2, 2), min_size=4, max_size=4).filter(
            lambda m: abs(m[0] * m[3] - m[1] * m[2]) > 0.3
        )
    )
    def test_mixing_the_bands_of_a_date_changes_nothing(self, mix) -> None:
        """Any linear change of scale, the other date untouched."""
        before, after = noise(2, 40, 40), noise(2, 40, 40)
        after += before
        mixed = np.einsum("ij,jrc->irc", np.reshape(mix, (2, 2)), after).astype(np.float32)
        valid = everywhere(before)
        plain = hyperbolic_anomaly(before, after, valid, detail_px=4)
        np.testing.assert_allclose(
            hyperbolic_anomaly(before, mixed, valid, detail_px=4), plain, atol=0.05
        )

    def test_exchanging_the_dates_changes_nothing(self) -> None:
        """Theiler and Perkins's measure is symmetric."""
        before, after = noise(3, 40, 40), noise(3, 40, 40)
        valid = everywhere(before)
        np.testing.assert_allclose(
            hyperbolic_anomaly(before, after, valid, detail_px=4),
            hyperbolic_anomaly(after, before, valid, detail_px=4),
            atol=1e-3,
        )

    def test_gaps_are_0(self) -> None:
        """And what stands in them has no part."""
        before, after = noise(1, 30, 30), noise(1, 30, 30)
        valid = everywhere(before)
        valid[:5] = False
        plain = hyperbolic_anomaly(before, after, valid, detail_px=4)
        after[:, :5] = 1e6
        wild = hyperbolic_anomaly(before, after, valid, detail_px=4)
        np.testing.assert_array_equal(plain, wild)
        assert not wild[:5].any()


class TestRegions:
    """Regions and the evening of scores over them."""

    def test_two_halves_are_two_regions(self) -> None:
        """The border between them is kept."""
        half = np.zeros((30, 30), np.float32)
        half[:, 15:] = 4
        numbers = regions([half] * 3, everywhere(half), min_cells=50)
        assert len(np.unique(numbers)) == 2
        assert (numbers[:, :15] == numbers[0, 0]).all()

    def test_no_region_is_smaller_than_the_mapping_unit(self) -> None:
        """However noisy the picture, and across tiles regions differ."""
        layers = [noise(40, TILE_PX + 40) for _ in range(3)]
        numbers = regions(layers, everywhere(layers[0]), min_cells=20)
        assert np.bincount(numbers.ravel()).min() >= 20
        assert not set(numbers[:, :TILE_PX].flat) & set(numbers[:, TILE_PX:].flat)

    def test_evening_by_hand(self) -> None:
        """Far from borders: 0.6 of the region's mean, without the cells that are not valid."""
        numbers = np.zeros((21, 21), np.intp)
        numbers[:, 11:] = 1
        score = np.where(numbers == 0, 2, 10).astype(np.float32)
        valid = everywhere(score)
        score[0, 0], valid[0, 0] = 1e6, False
        even = evened(score, numbers, valid)
        assert even[10, 2] == pytest.approx(2, rel=1e-3)
        assert even[10, 18] == pytest.approx(10, rel=1e-3)

    def test_evening_draws_noise_together(self) -> None:
        """The spread inside a region shrinks, its mean stays."""
        numbers = np.zeros((50, 50), np.intp)
        score = 5 + noise(50, 50)
        even = evened(score, numbers, everywhere(score))
        assert even.std() < 0.4 * score.std()
        assert even.mean() == pytest.approx(score.mean(), rel=0.02)
        assert ndimage.gaussian_filter(even, 3).std() < 0.2
