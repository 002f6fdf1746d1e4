"""Clear cells, by codes and by a guess."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from geo.change.clouds import LEAST_SIDE_CELLS, RIM_CELLS, CloudGuess, clear
from geo.grid import Raster


def with_codes(raster: Raster, name: str, codes) -> Raster:
    """The raster's first five rows and columns of cells with a band of codes."""
    grid = dataclasses.replace(raster.grid, shape=(5, 5))
    layers = np.stack([raster.values[0, :5, :5], np.asarray(codes, np.float32)])
    return Raster(grid=grid, bands=("B02", name), values=layers)


@pytest.mark.parametrize("code", [3, 8, 9, 10])
def test_cloud_and_its_rim_of_two_cells_are_left_out(before: Raster, code: int) -> None:
    """A cloud in the upper left corner takes nine cells."""
    codes = np.full((5, 5), 4)
    codes[0, 0] = code
    seen = clear(with_codes(before, "SCL", codes))
    assert (~seen).sum() == 9
    assert not seen[:3, :3].any()


@pytest.mark.parametrize(("code", "lost"), [(0, 1), (1, 1), (2, 0), (5, 0), (6, 0), (11, 0)])
def test_other_classes_have_no_rim(before: Raster, code: int, lost: int) -> None:
    """No data is one cell; dark ground, water and snow are seen."""
    codes = np.full((5, 5), 4)
    codes[2, 2] = code
    assert (~clear(with_codes(before, "SCL", codes))).sum() == lost


@pytest.mark.parametrize(("code", "lost"), [(1, 1), (2, 9), (8, 9), (16, 9), (64, 0), (21824, 0)])
def test_bits_of_landsat(before: Raster, code: int, lost: int) -> None:
    """Fill has no rim, cloud and shadow have; 21824 is clear land."""
    codes = np.full((5, 5), 64)
    codes[0, 0] = code
    assert (~clear(with_codes(before, "qa_pixel", codes))).sum() == lost


def ground() -> np.ndarray:
    """Three visible bands of bare ground, redder than blue, shape (3, 80, 90)."""
    rng = np.random.default_rng(1)
    shade = 1 + 0.1 * rng.standard_normal((80, 90))
    return np.stack([900 * shade, 1300 * shade, 1700 * shade]).astype(np.float32)


def guessed(before, after) -> np.ndarray:
    """Cells under a guessed cloud."""
    return CloudGuess.fit([before.mean(axis=0)], [after.mean(axis=0)]).cloudy(before, after)


class TestGuess:
    """Clouds without codes."""

    @pytest.mark.parametrize("later", [True, False])
    def test_thick_white_cloud_on_one_date_is_left_out_with_its_rim(self, later) -> None:
        """Whichever date it is on; nothing farther away is."""
        plain, cloudy = ground(), ground()
        cloudy[:, 30:50, 40:60] = 6000
        found = guessed(plain, cloudy) if later else guessed(cloudy, plain)
        expected = np.zeros((80, 90), dtype=bool)
        expected[30 - RIM_CELLS : 50 + RIM_CELLS, 40 - RIM_CELLS : 60 + RIM_CELLS] = True
        np.testing.assert_array_equal(found, expected)

    def test_by_wider_cells_a_cloud_is_as_large_on_the_ground(self) -> None:
        """Half the cells along a side are enough, and half the rim is left out."""
        plain, cloudy = ground(), ground()
        cloudy[:, 30:37, 40:47] = 6000
        guess = CloudGuess.fit([plain.mean(axis=0)], [cloudy.mean(axis=0)])
        expected = np.zeros((80, 90), dtype=bool)
        expected[26:41, 36:51] = True
        np.testing.assert_array_equal(guess.cloudy(plain, cloudy, cell_px=2), expected)
        assert not guess.cloudy(plain, cloudy).any()

    @pytest.mark.parametrize(
        ("colour", "side"),
        [
            ((6000, 6000, 6000), LEAST_SIDE_CELLS - 1),
            ((2700, 3900, 5100), 20),
            ((1600, 1600, 1600), 20),
        ],
        ids=["a white roof", "bare ground", "a little lighter"],
    )
    def test_what_is_small_coloured_or_dim_is_no_cloud(self, colour, side) -> None:
        """It may be what is looked for."""
        after = ground()
        after[:, 30 : 30 + side, 40 : 40 + side] = np.reshape(colour, (3, 1, 1))
        assert not guessed(ground(), after).any()

    def test_what_is_white_on_both_dates_is_no_cloud(self) -> None:
        """A salt flat."""
        both = ground()
        both[:, 30:60, 40:70] = 6000
        assert not guessed(both, both.copy()).any()

    def test_a_gain_of_the_later_date_is_no_cloud(self) -> None:
        """Twice as bright everywhere."""
        assert not guessed(ground(), 2 * ground()).any()

    def test_decibels_and_two_bands_are_not_guessed_on(self) -> None:
        """There is no white without three colours, and no brightness below 0."""
        after = ground()
        after[:, 30:50, 40:60] = 6000
        assert not guessed(ground()[:2], after[:2]).any()
        assert not guessed(ground() - 9000, after - 9000).any()
