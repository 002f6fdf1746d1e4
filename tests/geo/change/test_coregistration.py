"""Shifts between two dates: measured, mended, refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from geo.change.coregistration import Edges, measured_shift
from geo.change.coregistration import moved as moved_back
from geo.grid import Raster

EVERYWHERE = np.ones((160, 180), dtype=bool)
BANDS = (0, 3)


def moved(raster: Raster, shift: tuple[float, float]):
    """The picture displaced by `shift` (rows down, columns right)."""
    return np.stack([ndimage.shift(band, shift, order=3, mode="nearest") for band in raster.values])


def coregistered(before, after, valid, *, edge_bands, max_shift_px):
    """The later date moved into place, the cells that are valid then, and the shift."""
    edges = Edges.of(before, after, valid, bands=edge_bands)
    shift = measured_shift([edges], max_shift_px=max_shift_px)
    return *moved_back(after, valid, shift), shift


@settings(max_examples=12)
@given(down=st.floats(-3, 3), right=st.floats(-3, 3))
def test_a_shift_is_measured_to_a_tenth_of_a_cell(before, after, down, right) -> None:
    """And what was moved back is the ground again."""
    back, valid, shift = coregistered(
        before.values,
        moved(after, (down, right)),
        EVERYWHERE,
        edge_bands=BANDS,
        max_shift_px=4,
    )
    if shift.verdict == "in place already":
        assert max(abs(down), abs(right)) < 0.2
        return
    assert shift.rowcol_px == pytest.approx((-down, -right), abs=0.1)
    inner = np.s_[:, 8:-8, 8:-8]
    error = np.abs(back[inner] - before.values[inner]) / before.values[inner]
    assert np.median(error) < 0.03
    assert valid[4:-4, 4:-4].all()


def test_cells_that_came_from_outside_are_no_longer_valid(before, after) -> None:
    """Two rows at the lower edge have nothing behind them."""
    _, valid, _ = coregistered(
        before.values, moved(after, (2, 0)), EVERYWHERE, edge_bands=BANDS, max_shift_px=4
    )
    assert not valid[-2:].any()
    assert valid[:-2].all()


@pytest.mark.parametrize(
    ("shift", "limit", "verdict"),
    [
        ((0.02, -0.03), 4.0, "in place already"),
        ((3.0, 0.0), 1.0, "no shift that the windows agree on"),
        ((0.5, 0.5), 0.0, "not asked for"),
    ],
)
def test_what_is_not_moved_stays_as_it_is(before, after, shift, limit, verdict) -> None:
    """Bit for bit, with the reason in words."""
    values = moved(after, shift)
    back, valid, found = coregistered(
        before.values, values, EVERYWHERE, edge_bands=BANDS, max_shift_px=limit
    )
    assert found.verdict == verdict
    assert found.rowcol_px == (0, 0)
    np.testing.assert_array_equal(back, values)
    assert valid.all()


def test_two_unlike_pictures_are_left_alone(before) -> None:
    """Noise has no shift against ground."""
    noise = np.random.default_rng(0).normal(1000, 100, before.values.shape).astype(np.float32)
    back, _, found = coregistered(
        before.values, noise, EVERYWHERE, edge_bands=BANDS, max_shift_px=4
    )
    assert found.verdict != "moved"
    np.testing.assert_array_equal(back, noise)


@pytest.mark.parametrize("rows", [1, 31])
def test_a_small_picture_is_left_alone(before, rows) -> None:
    """Nothing can be measured on a strip."""
    strip = before.values[:, :rows]
    _, _, found = coregistered(strip, strip, EVERYWHERE[:rows], edge_bands=BANDS, max_shift_px=4)
    assert found.verdict == "too small or too patchy to measure a shift"


def test_gaps_do_not_hide_the_shift(before, after) -> None:
    """A third of the picture under cloud leaves windows enough."""
    valid = EVERYWHERE.copy()
    valid[:, :60] = False
    _, _, found = coregistered(
        before.values, moved(after, (0.5, -0.4)), valid, edge_bands=BANDS, max_shift_px=4
    )
    assert found.rowcol_px == pytest.approx((-0.5, 0.4), abs=0.12)


def test_fewer_windows_may_be_asked_for(make_picture) -> None:
    """Two a side in two bands instead of five; they agree on where the later date lies."""
    picture = make_picture(400, 400)
    valid = np.ones((400, 400), dtype=bool)
    edges = Edges.of(picture.values, moved(picture, (1, -2)), valid, bands=BANDS)
    every, few = (measured_shift([edges], max_shift_px=4, windows_a_side=many) for many in (8, 2))
    assert (every.windows, few.windows) == (50, 8)
    assert few.rowcol_px == pytest.approx(every.rowcol_px, abs=0.1)


def test_a_window_with_edges_only_at_its_rim_is_not_measured() -> None:
    """The taper leaves nothing of it, and nothing has no phase."""
    rim = np.zeros((64, 64), np.float32)
    rim[0] = 1
    everywhere = np.ones(rim.shape, dtype=bool)
    shift = measured_shift([Edges(layers=((rim, rim),), valid=everywhere)], max_shift_px=4)
    assert (shift.rowcol_px, shift.windows) == ((0.0, 0.0), 0)
