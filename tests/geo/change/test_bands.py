"""What bands are for, by name or by place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.bands import in_order_of, ndvi, roles
from geo.errors import BandMismatch
from geo.grid import Raster

SENTINEL = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12")


@pytest.mark.parametrize(
    ("bands", "bright", "other"),
    [
        (SENTINEL, (0, 1, 2), (3, 4, 5, 6, 7, 8, 9)),
        (("B11", "B04", "B03", "B02"), (1, 2, 3), (0,)),
        (("B2", "B3", "B4", "B8", "B8A"), (0, 1, 2), (3, 4)),
        (("B01", "B02", "B03", "B04", "B08", "B09", "B10"), (1, 2, 3), (4,)),
        (("blue", "Green", "RED", "nir", "SCL"), (0, 1, 2), (3,)),
        (("B1", "B2", "B3", "B4"), (0, 1, 2), (3,)),
        (("B1", "B2", "B3", "B4", "B5", "B6"), (0, 1, 2), (3, 4, 5)),
        (("B1", "B2", "B3"), (0,), (1, 2)),
        (("red", "green", "blue"), (0,), (1, 2)),
        (("VV", "VH"), (0,), (1,)),
        (("pan",), (0,), (0,)),
    ],
)
def test_bright_and_other_bands(bands, bright, other) -> None:
    """Visible bands by name, else the first; air and codes have no part."""
    part = roles(bands)
    assert (part.bright, part.other) == (bright, other)


def test_plants_are_told_by_two_names(before: Raster) -> None:
    """Red and near infrared, or nothing."""
    assert roles(SENTINEL).plants == (2, 3)
    assert roles(("B1", "B2", "B3", "B4")).plants is None
    assert roles(("B02", "B04")).plants is None


def test_a_scene_of_nothing_but_codes_is_refused() -> None:
    """Clouds and air are no ground."""
    with pytest.raises(BandMismatch, match="none of the bands SCL, B10 sees the ground"):
        roles(("SCL", "B10"))


@given(
    st.lists(st.sampled_from([*SENTINEL, "SCL", "B1", "B2", "pan", "B10"]), min_size=1, unique=True)
)
def test_every_band_has_at_most_one_part(bands) -> None:
    """Bright and other bands are disjoint unless there is one band only."""
    try:
        part = roles(tuple(bands))
    except BandMismatch:
        return
    shared = set(part.bright) & set(part.other)
    assert not shared or part.bright == part.other
    assert not (set(part.bright) | set(part.other)) & set(part.codes)


def test_bands_are_put_in_order_by_name(before: Raster) -> None:
    """Values move with their names."""
    order = ("B11", "B02", "B08", "B03", "B04")
    moved = in_order_of(before, order)
    assert moved.bands == order
    np.testing.assert_array_equal(moved.values[0], before.values[4])
    assert in_order_of(before, before.bands) is before


def test_the_vegetation_index_by_hand() -> None:
    """(0.4 - 0.1) / (0.4 + 0.1) is 0.6; nothing over nothing is 0."""
    index = ndvi(np.array([[0.1, 0]], np.float32), np.array([[0.4, 0]], np.float32))
    np.testing.assert_allclose(index, [[0.6, 0]], rtol=1e-6)


def test_a_name_that_stands_twice_is_refused_where_it_does_not_tell(before: Raster) -> None:
    """The same names so many times each, in one order, need no telling."""
    twice = replace(before, bands=("B02", "B02", "B04", "B08", "B11"))
    assert in_order_of(twice, twice.bands) is twice
    with pytest.raises(BandMismatch, match="a name stands twice"):
        in_order_of(twice, ("B02", "B04", "B02", "B08", "B11"))
    with pytest.raises(BandMismatch, match="expected the same bands on both dates"):
        in_order_of(twice, ("B02", "B04", "B04", "B08", "B11"))
