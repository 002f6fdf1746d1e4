"""Averages in which gaps have no part."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from geo.change.windows import TRUNCATED_AT, box_sum, reach, smoothed, spread

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

    @pytest.mark.parametrize("sigma", [0.1, 0.7, 2.5, 6.0])
    @pytest.mark.parametrize("shape", [(40, 50), (3, 90), (1, 1)])
    def test_scipy_gives_the_same_average(self, shape: tuple[int, int], sigma: float) -> None:
        """To single precision, also where the window is wider than the layer."""
        layer = noise(*shape)
        peer = ndimage.gaussian_filter(layer, sigma, mode="nearest", truncate=TRUNCATED_AT)
        mine = smoothed(layer, everywhere(layer), sigma_px=sigma)
        assert mine.dtype == np.float32
        np.testing.assert_allclose(mine, peer, atol=1e-6)

    def test_a_part_is_worked_out_as_in_the_whole(self) -> None:
        """To the last digit, away from its edge."""
        layer = noise(60, 70)
        whole = smoothed(layer, everywhere(layer), sigma_px=2.5)
        part = layer[7:50, 3:61]
        far = reach(2.5)
        np.testing.assert_array_equal(
            smoothed(part, everywhere(part), sigma_px=2.5)[far:-far, far:-far],
            whole[7 + far : 50 - far, 3 + far : 61 - far],
        )

    def test_a_box_sum_by_hand(self) -> None:
        """Beyond the edge there is nothing to add."""
        total = box_sum(np.ones((4, 5), np.float32), radius_px=1)
        np.testing.assert_allclose(total[[0, 0, 1], [0, 2, 2]], [4, 6, 9], rtol=1e-6)

    def test_the_spread_by_hand(self) -> None:
        """A chessboard of 0 and 2 spreads by 1, but for the odd cell."""
        board = (2 * (np.indices((9, 9)).sum(axis=0) % 2)).astype(np.float32)
        middle = spread(board, everywhere(board), radius_px=1)[4, 4]
        assert middle == pytest.approx(np.std(board[3:6, 3:6]), rel=1e-6)
