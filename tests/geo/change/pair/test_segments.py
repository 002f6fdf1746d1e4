"""Nested segments, against the method's other implementation and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.segmentation import felzenszwalb

from geo.change.pair.segments import LEVELS_A_UNIT, nested_segments

SCALE = 8 / 255


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two numberings divide the cells alike."""
    together = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1).shape[1]
    return together == len(np.unique(one)) == len(np.unique(other))


def steps_of(layer: np.ndarray) -> np.ndarray:
    """The height of every step between eight neighbours."""
    pairs = (
        (layer[:, 1:], layer[:, :-1]), (layer[1:], layer[:-1]),
        (layer[1:, 1:], layer[:-1, :-1]), (layer[1:, :-1], layer[:-1, 1:]),
    )  # fmt: skip
    return np.concatenate([np.abs(a - b).ravel() for a, b in pairs])


@given(
    levels=arrays.arrays(np.int32, (5, 6), elements=st.integers(0, 8 * LEVELS_A_UNIT), unique=True),
    least=st.integers(1, 12),
    preference=st.sampled_from([1, 8, 255]),
)
def test_scikit_image_draws_the_same(levels: np.ndarray, least: int, preference: int) -> None:
    """Where no two steps are equal, so that their order is not in doubt."""
    steps = steps_of(levels)
    assume(len(np.unique(steps)) == len(steps))
    picture = np.zeros((5, 6, 3), np.float32)
    picture[..., 1] = levels / LEVELS_A_UNIT
    (found,) = nested_segments(picture, scale=preference / 255, least_cells=(least,))
    peer = felzenszwalb(picture, scale=preference, sigma=0, min_size=least, channel_axis=-1)
    assert same_partition(found, peer)


def test_a_large_noisy_picture_is_nearly_the_same() -> None:
    """Equal steps are taken in another order, which moves a few cells in a hundred."""
    picture = np.random.default_rng(5).standard_normal((120, 130, 3)).astype(np.float32)
    (found,) = nested_segments(picture, scale=SCALE, least_cells=(8,))
    peer = felzenszwalb(picture, scale=8, sigma=0, min_size=8, channel_axis=-1)
    beside = (found[:, 1:] == found[:, :-1]) == (peer[:, 1:] == peer[:, :-1])
    assert beside.mean() > 0.99
    assert found.max() == pytest.approx(peer.max(), rel=0.01)


def test_numbers_follow_the_first_cells() -> None:
    """From 0, without gaps, in reading order."""
    picture = np.random.default_rng(2).standard_normal((30, 20, 2)).astype(np.float32)
    for numbers in nested_segments(picture, scale=SCALE, least_cells=(1, 9)):
        _, first = np.unique(numbers, return_index=True)
        assert (np.diff(first) > 0).all()
        assert numbers[0, 0] == 0
        assert len(first) == numbers.max() + 1


def test_two_sizes_by_hand() -> None:
    """A strip of two cells is kept as the one, and as the other goes over its lower step."""
    strips = np.repeat(np.array([0.0, 1.0, 3.0], np.float32), [3, 2, 3])[None, :, None]
    small, large = nested_segments(strips, scale=SCALE, least_cells=(2, 3))
    assert small.tolist() == [[0, 0, 0, 1, 1, 2, 2, 2]]
    assert large.tolist() == [[0, 0, 0, 0, 0, 1, 1, 1]]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_stands_apart(odd: float) -> None:
    """It is parted from its neighbours, and joins one only where it is too small."""
    picture = np.zeros((4, 5, 2), np.float32)
    picture[2, 3, 1] = odd
    alone, joined = nested_segments(picture, scale=SCALE, least_cells=(1, 2))
    assert alone[2, 3] == 1
    assert np.count_nonzero(alone) == 1
    assert not joined.any()


def test_a_step_beyond_all_levels_still_parts() -> None:
    """A step of a million is as good as one of 16; a single cell is a picture too."""
    picture = np.array([[[0.0], [0.0], [1e6], [1e6]]], np.float32)
    (found,) = nested_segments(picture, scale=SCALE, least_cells=(1,))
    assert found.tolist() == [[0, 0, 1, 1]]
    assert nested_segments(picture[:, :1], scale=SCALE, least_cells=(5,)).tolist() == [[[0]]]
