"""Differences against their surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.bands import Roles
from geo.change.pair.maps.rings import RING_RADII_PX, RING_WIDTH_PX, ring_contrast
from geo.change.pair.pair import Pair

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def contrast(layer, valid=None, *, near=np.s_[:, :], cell_px: int = 1) -> np.ndarray:
    """Of one difference, everywhere valid if nothing else is said."""
    valid = np.ones(layer.shape, dtype=bool) if valid is None else valid
    window = tuple(
        slice(*axis.indices(length)[:2]) for axis, length in zip(near, layer.shape, strict=True)
    )
    pair = Pair(
        before=layer[None], after=layer[None], valid=valid, green=np.zeros_like(valid),
        roles=Roles(bright=(0,), other=(0,), codes=(), plants=None),
        core=window, near=window, cell_px=cell_px,
    )  # fmt: skip
    return ring_contrast([layer], pair)


def by_brute_force(layer, valid, row: int, col: int, *, cell_px: int = 1) -> list[float]:
    """Contrasts of a cell to its rings, one by one."""
    rows, cols = np.indices(layer.shape)
    far = np.maximum(abs(rows - row), abs(cols - col))
    contrasts = []
    for radius in RING_RADII_PX:
        inner, outer = radius // cell_px, (radius + RING_WIDTH_PX) // cell_px
        ring = valid & (far > inner) & (far <= outer)
        if ring.sum() >= 0.1 * ((2 * outer + 1) ** 2 - (2 * inner + 1) ** 2):
            contrasts.append(abs(layer[row, col] - layer[ring].mean()))
    return contrasts


class TestContrast:
    """Differences against their surroundings."""

    def test_a_constant_difference_has_no_contrast(self) -> None:
        """Haze over the whole scene is no change, at its edges neither."""
        layer = np.full((60, 70), 5, np.float32)
        assert contrast(layer).max() < 1e-4

    def test_a_single_cell_stands_out_by_its_whole_difference(self) -> None:
        """No ring holds the cell itself."""
        layer = np.zeros((131, 131), np.float32)
        layer[65, 65] = 12
        assert contrast(layer)[65, 65] == pytest.approx(12, rel=1e-5)

    @pytest.mark.parametrize(("cell_px", "rings"), [(1, 4), (2, 5)])
    def test_rings_by_brute_force(self, cell_px: int, rings: int) -> None:
        """The same cell by cell, gaps and rings outside the picture left out.

        Where cells are twice as wide, rings are half as many of them wide.
        """
        rows, cols = np.indices((40, 45))
        layer = (rows + 2 * cols + noise(40, 45)).astype(np.float32)
        valid = RNG.random((40, 45)) > 0.2
        row, col = 17, 30
        valid[row, col] = True
        contrasts = by_brute_force(layer, valid, row, col, cell_px=cell_px)
        assert len(contrasts) == rings
        found = contrast(layer, valid, cell_px=cell_px)
        assert found[row, col] == pytest.approx(np.mean(contrasts), rel=1e-4)
        assert not found[~valid].any()

    def test_a_part_that_is_asked_for_is_as_in_the_whole(self) -> None:
        """At the picture's edge and away from it; what invalid cells hold has no part."""
        layer, valid = noise(70, 90), RNG.random((70, 90)) > 0.1
        whole = contrast(layer, valid)
        for near in (np.s_[0:20, 60:90], np.s_[25:31, 11:80]):
            assert np.array_equal(contrast(layer, valid, near=near), whole[near])
        hidden = np.where(valid, layer, np.float32(np.inf))
        assert np.array_equal(contrast(hidden, valid), whole)
