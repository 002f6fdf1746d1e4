"""Averages in which gaps have no part."""

from __future__ import annotations

import numpy as np
import pytest

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
