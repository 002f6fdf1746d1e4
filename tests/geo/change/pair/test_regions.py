"""Regions and the evening of scores over them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from geo.change.pair.regions import TILE_PX, evened, regions

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def everywhere(layer) -> np.ndarray:
    """All cells valid."""
    return np.ones(layer.shape[-2:], dtype=bool)


class TestRegions:
    """Regions and the evening of scores over them."""

    def test_two_halves_are_two_regions(self) -> None:
        """The border between them is kept."""
        half = np.zeros((30, 30), np.float32)
        half[:, 15:] = 4
        (numbers,) = regions([half] * 3, everywhere(half), sizes=(50,))
        assert len(np.unique(numbers)) == 2
        assert (numbers[:, :15] == numbers[0, 0]).all()

    def test_no_region_is_smaller_than_its_least_size(self) -> None:
        """However noisy the picture, and across tiles regions differ."""
        layers = [noise(40, TILE_PX + 40) for _ in range(3)]
        for size, numbers in zip(
            (8, 25, 60), regions(layers, everywhere(layers[0]), sizes=(8, 25, 60)), strict=True
        ):
            assert np.unique(numbers, return_counts=True)[1].min() >= size
            assert not set(numbers[:, :TILE_PX].flat) & set(numbers[:, TILE_PX:].flat)

    def test_larger_regions_are_made_of_smaller_ones(self) -> None:
        """Each small one lies in one large one."""
        layers = [noise(50, 60) for _ in range(3)]
        small, large = regions(layers, everywhere(layers[0]), sizes=(8, 60))
        together = np.unique(np.stack([small.ravel(), large.ravel()]), axis=1)
        assert together.shape[1] == len(np.unique(small))

    def test_the_faintest_border_goes_first(self) -> None:
        """A strip between two others joins the one that it is more like."""
        strips = np.repeat(np.array([0.0, 1.0, 3.0], np.float32), [40, 4, 40])
        layer = np.tile(strips, (30, 1))
        _, large = regions([layer] * 3, everywhere(layer), sizes=(8, 200))
        assert large[15, 10] == large[15, 41] != large[15, 60]

    def test_evening_by_hand(self) -> None:
        """Far from borders: 0.6 of the region's mean, without the cells that are not valid."""
        numbers = np.zeros((21, 21), np.intp)
        numbers[:, 11:] = 1
        score = np.where(numbers == 0, 2, 10).astype(np.float32)
        valid = everywhere(score)
        score[0, 0], valid[0, 0] = 1e6, False
        even = evened(score, [numbers], valid)
        assert even[10, 2] == pytest.approx(2, rel=1e-3)
        assert even[10, 18] == pytest.approx(10, rel=1e-3)

    def test_evening_draws_noise_together(self) -> None:
        """The spread inside a region shrinks, its mean stays."""
        numbers = np.zeros((50, 50), np.intp)
        score = 5 + noise(50, 50)
        even = evened(score, [numbers], everywhere(score))
        assert even.std() < 0.4 * score.std()
        assert even.mean() == pytest.approx(score.mean(), rel=0.02)
        assert ndimage.gaussian_filter(even, 3).std() < 0.2

    def test_several_partitions_share_the_weight(self) -> None:
        """Evened over two is the mean of evened over either."""
        score = noise(30, 40)
        valid = everywhere(score)
        rows, cols = np.indices(score.shape)
        coarse, fine = rows // 15, (rows // 5) * 8 + cols // 5
        both = evened(score, [coarse, fine], valid)
        alone = [evened(score, [numbers], valid) for numbers in (coarse, fine)]
        np.testing.assert_allclose(both, np.mean(alone, axis=0), atol=1e-5)
