"""Scores as pictures, with their legend."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import GridMismatch, InvalidSetting, NoValidPixels
from layers.imagery import (
    score_legend_html,
    score_picture,
    true_colour,
)
from layers.imagery.scores import SCORE_COLOURS
from tests.scene_pictures import grid_of, noise


def test_a_higher_score_is_darker_and_more_opaque():
    """Lightness falls evenly with the score, so the order survives in grey and in print."""
    score = np.linspace(0, 1, 256, dtype=np.float32)[None]
    picture = score_picture(score, grid_of(1, 256), simulated=False, limits=(0, 1))
    linear = (picture.rgba[0, :, :3] / 255.0) ** 2.2
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    steps = -np.diff(lightness[::17])
    assert (steps > 0).all()
    assert steps.max() < 2 * steps.min()
    assert (np.diff(picture.rgba[0, :, 3].astype(int)) >= 0).all()
    assert picture.rgba[0, 0, 3] == 0


def test_a_score_that_is_not_known_is_not_drawn():
    """NaN is transparent, below the lower limit too, infinity is not taken for a value."""
    score = np.array([[np.nan, -5, 0.5], [np.inf, 9, 1]], dtype=np.float32)
    picture = score_picture(score, grid_of(2, 3), simulated=False, limits=(0, 1))
    np.testing.assert_array_equal(
        picture.rgba[..., 3] > 0, [[False, False, True], [False, True, True]]
    )


def test_the_legend_of_a_score_names_its_limits_and_colours():
    """The legend goes from the lower limit to the upper one, in the colours of the picture."""
    score = np.linspace(0, 50, 4800, dtype=np.float32).reshape(60, 80)
    picture = score_picture(score, grid_of(), simulated=True)
    values = [value for value, _ in picture.legend]
    assert values[0] == pytest.approx(25, abs=0.01)
    assert values[-1] == pytest.approx(49.9, abs=0.01)
    assert values == sorted(values)
    assert tuple(colour for _, colour in picture.legend) == SCORE_COLOURS
    html = score_legend_html(picture)
    assert "SIMULATED. Change score" in html
    assert ">25<" in html
    assert SCORE_COLOURS[-1] in html
    assert score_legend_html(true_colour(noise("B1"), simulated=False)) == ""


def test_a_score_off_its_grid_without_values_or_with_falling_limits_is_refused():
    """Each fault is named with its value."""
    score = np.zeros((60, 80), dtype=np.float32)
    with pytest.raises(GridMismatch, match=r"score of shape \(60, 80\)"):
        score_picture(score, grid_of(80, 60), simulated=False)
    with pytest.raises(NoValidPixels, match="the score has no value"):
        score_picture(np.full_like(score, np.nan), grid_of(), simulated=False)
    with pytest.raises(InvalidSetting, match="score limits 2 to 1"):
        score_picture(score, grid_of(), simulated=False, limits=(2, 1))
    constant = score_picture(score, grid_of(), simulated=False)
    assert not constant.rgba[..., 3].any()
