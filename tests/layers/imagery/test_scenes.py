"""Scenes as pictures: honest in colour, and comparable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BandMismatch, NoValidPixels
from layers.imagery import (
    Stretch,
    shared_stretch,
    true_colour,
)
from tests.scene_pictures import grey, noise, raster_of


def test_red_green_and_blue_come_from_their_bands_whatever_their_order():
    """B04 is drawn red, B03 green, B02 blue, also if the file lists them otherwise."""
    raster = noise("B02", "B03", "B04", "B08")
    turned = raster_of(raster.values[[3, 2, 0, 1]], "B08", "B04", "B02", "B03")
    stretch = Stretch(low=(500, 500, 500), high=(3000, 3000, 3000))
    picture = true_colour(raster, simulated=False, stretch=stretch)
    again = true_colour(turned, simulated=False, stretch=stretch)
    np.testing.assert_array_equal(picture.rgba, again.rgba)
    for channel, name in enumerate(("B04", "B03", "B02")):
        band = raster.values[raster.bands.index(name)].ravel()
        assert np.corrcoef(band, picture.rgba[..., channel].ravel())[0, 1] > 0.97


@pytest.mark.parametrize(
    ("bands", "label"),
    [
        (("B02", "B03", "B04", "B08"), "True colour (B04, B03, B02)"),
        (("B1", "B2", "B3", "B4"), "Bands B1, B2, B3 as red, green, blue (not true colour)"),
        (("VV", "VH"), "Band VV in grey"),
        (("B08",), "Band B08 in grey"),
    ],
)
def test_the_label_says_which_bands_are_shown(bands: tuple[str, ...], label: str):
    """Ten bands, four unnamed ones, two and one: each can be drawn, and none claims too much."""
    picture = true_colour(noise(*bands), simulated=False)
    assert picture.label == label
    assert picture.rgba.shape == (60, 80, 4)
    if "grey" in label:
        assert np.ptp(picture.rgba[..., :3], axis=-1).max() == 0


def test_a_cell_without_data_in_a_shown_band_is_transparent_and_no_other():
    """NaN in the infrared does not matter; NaN in blue does, and with SIMULATED too."""
    raster = noise("B02", "B03", "B04", "B08")
    raster.values[0, 3, 4] = np.nan
    raster.values[3, 7, 7] = np.nan
    for simulated in (False, True):
        opacity = true_colour(raster, simulated=simulated).rgba[..., 3]
        assert opacity[3, 4] == 0
        assert np.count_nonzero(opacity == 255) == opacity.size - 1


def test_two_dates_are_drawn_with_one_stretch():
    """A cell that did not change has one colour on both dates, though the rest got brighter."""
    before = noise("B02", "B03", "B04")
    values = before.values * 1.5
    values[:, 10:20, 10:20] = before.values[:, 10:20, 10:20]
    after = raster_of(values, "B02", "B03", "B04")
    stretch = shared_stretch(before, after)
    a, b = (true_colour(r, simulated=False, stretch=stretch).rgba for r in (before, after))
    np.testing.assert_array_equal(a[10:20, 10:20], b[10:20, 10:20])
    assert b[30:, :, :3].mean() > a[30:, :, :3].mean()
    assert shared_stretch(after, before) == stretch


def test_grey_ground_stays_grey_and_ochre_stays_ochre():
    """The three bands share their limits, so that the hue of the ground is kept."""
    light = np.random.default_rng(2).uniform(800, 2400, (60, 80))
    even = true_colour(raster_of([light] * 3, "B02", "B03", "B04"), simulated=False)
    assert np.ptp(even.rgba[..., :3], axis=-1).max() == 0
    ochre = raster_of([0.6 * light, 0.8 * light, light], "B02", "B03", "B04")
    red, green, blue = true_colour(ochre, simulated=False).rgba[..., :3].mean(axis=(0, 1))
    assert red > green > blue


def test_the_veil_of_the_air_is_taken_off():
    """Light scattered with the fourth power of the wavelength leaves the picture as it was."""
    ground = np.random.default_rng(3).uniform(100, 2400, (60, 80))
    clear = true_colour(raster_of([ground] * 3, "B02", "B03", "B04"), simulated=False)
    veil = 900 * (490 / np.array([490.0, 560.0, 665.0])) ** 4
    hazy = raster_of([ground + v for v in veil], "B02", "B03", "B04")
    np.testing.assert_allclose(true_colour(hazy, simulated=False).rgba, clear.rgba, atol=2)


def test_clouds_do_not_darken_the_ground():
    """A third of the picture under cloud leaves the ground's brightness within a fifth."""
    ground = np.random.default_rng(4).normal(1500, 250, (60, 80))
    cloudy = np.where(np.arange(80) < 27, 7000.0, ground)
    clear, covered = (
        grey(true_colour(raster_of([g] * 3, "B02", "B03", "B04"), simulated=False))[:, 30:].mean()
        for g in (ground, cloudy)
    )
    assert covered > 0.8 * clear


@given(
    st.lists(st.floats(-1e4, 1e5, width=32), min_size=12, max_size=12),
    st.sampled_from([("B02", "B03", "B04"), ("a", "b", "c")]),
)
def test_every_scene_with_a_valid_cell_can_be_drawn(values: list[float], bands: tuple[str, ...]):
    """Constant, negative or wild: the stretch rises, and brighter never becomes darker."""
    raster = raster_of(np.reshape(values, (3, 2, 2)), *bands)
    stretch = shared_stretch(raster)
    assert all(low < high for low, high in zip(stretch.low, stretch.high, strict=True))
    rgba = true_colour(raster, simulated=True, stretch=stretch).rgba
    assert (rgba[..., 3] == 255).all()


def test_a_scene_without_a_valid_cell_is_refused():
    """There is nothing to stretch; with a stretch given it is drawn transparent."""
    empty = raster_of(np.full((3, 4, 4), np.nan), "B02", "B03", "B04")
    with pytest.raises(NoValidPixels, match="no valid cell to draw"):
        true_colour(empty, simulated=False)
    stretch = Stretch(low=(0, 0, 0), high=(1, 1, 1))
    assert not true_colour(empty, simulated=True, stretch=stretch).rgba[..., 3].any()


def test_scenes_that_show_different_bands_have_no_common_stretch():
    """One true-colour scene and one grey one cannot be compared by eye."""
    with pytest.raises(BandMismatch, match="B04, B03, B02 and another VV"):
        shared_stretch(noise("B02", "B03", "B04"), noise("VV"))
