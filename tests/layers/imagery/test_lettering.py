"""The word SIMULATED in the cells."""

from __future__ import annotations

import numpy as np
import pytest

from layers.imagery import (
    Stretch,
    score_picture,
    true_colour,
)
from tests.scene_pictures import grey, grid_of, noise, raster_of


@pytest.mark.parametrize("make", ["scene", "score"])
def test_simulated_is_burned_into_the_cells(make: str):
    """The word changes cells all over the picture, in slanting lines, and hides little of it."""
    raster = noise("B02", "B03", "B04", rows=480, cols=480)
    score = raster.values[0]
    plain, burned = (
        true_colour(raster, simulated=flag)
        if make == "scene"
        else score_picture(score, raster.grid, simulated=flag)
        for flag in (False, True)
    )
    changed = (plain.rgba != burned.rgba).any(axis=-1)
    assert 0.02 < changed.mean() < 0.25
    blocks = changed.reshape(3, 160, 3, 160).any(axis=(1, 3))
    assert blocks.all()
    assert plain.label in burned.label
    assert burned.label.startswith("SIMULATED")
    assert "SIMULATED" not in plain.label


def test_the_word_can_be_read_on_bright_dark_and_faint_pictures():
    """Letters differ from what is around them on white, black, grey and transparent cells."""
    for level in (0.0, 0.5, 1.0):
        flat = raster_of(np.full((3, 480, 480), level), "B02", "B03", "B04")
        stretch = Stretch(low=(0, 0, 0), high=(1, 1, 1))
        picture = true_colour(flat, simulated=True, stretch=stretch)
        assert np.ptp(grey(picture)) > 60
    faint = np.zeros((480, 480), dtype=np.float32)
    faint[0, 0] = 1
    picture = score_picture(faint, grid_of(480, 480), simulated=True, limits=(0, 1))
    assert np.percentile(picture.rgba[..., 3], 99) > 100


def test_the_middle_where_the_site_is_stays_free():
    """The word is written around the centre of the picture, not over it."""
    raster = noise("B02", "B03", "B04", rows=480, cols=480)
    plain, burned = (true_colour(raster, simulated=flag).rgba for flag in (False, True))
    np.testing.assert_array_equal(plain[230:250, 230:250], burned[230:250, 230:250])
