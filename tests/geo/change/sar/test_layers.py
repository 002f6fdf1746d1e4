"""Radar as layers of a watch over many dates."""

from __future__ import annotations

import numpy as np

from geo.change.sar import in_decibels
from geo.grid import Raster
from tests.geo.change.sar.conftest import radar


def test_layers_are_damped_decibels_named_by_polarisation(date):
    """Whatever the bands were called and the unit was; cells without data are not seen."""
    power = date(1)
    power[0, 3, 4] = np.nan
    named = ("Sigma0_VV", "Sigma0_VH")
    linear = Raster(grid=radar(power).grid, bands=named, values=power)
    layers, clear = in_decibels(linear)
    assert layers.bands == ("VV", "VH")
    assert (~clear).sum() == 1
    assert not clear[3, 4]
    other, _ = in_decibels(radar(power))
    np.testing.assert_allclose(layers.values, other.values, atol=1e-3)
    assert np.nanstd(layers.values[0, 60:]) < np.nanstd(radar(power).values[0, 60:]) / 2
