"""Differences against their surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.pair.maps.rings import RING_RADII_PX, RING_WIDTH_PX, ring_contrast

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def everywhere(layer) -> np.ndarray:
    """All cells valid."""
    return np.ones(layer.shape[-2:], dtype=bool)


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
