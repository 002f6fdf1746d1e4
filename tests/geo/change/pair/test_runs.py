"""Groups of cells, found by runs, against scipy's labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from geo import grid
from geo.change.pair.runs import painted, runs_of


def drawn(seed: int, share: float, rows: int = 30, cols: int = 37) -> np.ndarray:
    """Blotches of 1 on 0."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((rows, cols)), 1)
    return (smooth > np.quantile(smooth, 1 - share)).astype(np.uint8)


@pytest.mark.parametrize("strip_cells", [1 << 23, 100])
@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
def test_groups_are_those_of_scipy(strip_cells: int, seed: int, share: float) -> None:
    """The same cells in the same order, with the same sizes, maxima and means."""
    layer = drawn(seed, share)
    values = np.random.default_rng(seed).standard_normal(layer.shape).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "STRIP_CELLS", strip_cells)
        runs = runs_of(layer, lambda codes: codes == 1)
        numbers = np.zeros(layer.shape, np.int64)
        painted(numbers, runs, 1 + np.arange(runs.groups))
        greatest, mean = runs.greatest(values), runs.mean(values)
    expected, found = ndimage.label(layer == 1)
    np.testing.assert_array_equal(numbers, expected)
    index = np.arange(1, found + 1)
    np.testing.assert_array_equal(runs.cells, np.bincount(expected.ravel())[1:])
    np.testing.assert_allclose(greatest, ndimage.maximum(values, expected, index), rtol=1e-6)
    np.testing.assert_allclose(mean, ndimage.mean(values, expected, index), rtol=1e-5, atol=1e-7)


def test_cells_that_touch_by_a_corner_are_apart() -> None:
    """And so are the end of a row and the beginning of the next."""
    layer = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1], [1, 0, 0]])
    assert runs_of(layer, lambda codes: codes == 1).groups == 4


def test_nothing_chosen_is_no_group() -> None:
    """No run, no value."""
    runs = runs_of(np.zeros((3, 4)), lambda codes: codes == 1)
    assert (runs.groups, len(runs.row), len(runs.cells)) == (0, 0, 0)
    assert runs.mean(np.ones((3, 4))).size == 0


def test_a_run_that_ends_with_the_last_cell_has_its_value() -> None:
    """Nothing comes after it; whole numbers are told as they are."""
    layer = np.array([[0, 1, 0], [0, 0, 1]], np.uint8)
    runs = runs_of(layer, lambda codes: codes == 1)
    assert runs.greatest(np.array([[9, 2, 9], [9, 9, 3]], np.uint8)).tolist() == [2, 3]
    assert runs.mean(np.array([[9, 2, 9], [9, 9, 3]], np.uint8)).tolist() == [2, 3]


def test_painting_leaves_other_cells_alone() -> None:
    """Only the runs are written."""
    layer = np.array([[1, 0, 1], [1, 7, 1]], np.uint8)
    runs = runs_of(layer, lambda codes: codes == 1)
    painted(layer, runs, np.array([5, 6]))
    assert layer.tolist() == [[5, 0, 6], [5, 7, 6]]
