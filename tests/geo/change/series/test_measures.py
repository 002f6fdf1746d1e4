"""What is followed through time, by the names of the bands."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.series import Bands
from geo.change.series.measures import Kind, Measures


@pytest.mark.parametrize(
    ("bands", "kinds"),
    [
        (("B02", "B03", "B04", "B08"), (Kind.BRIGHTNESS, Kind.GREENNESS)),
        (("red", "nir"), (Kind.BRIGHTNESS, Kind.GREENNESS)),
        (("B1", "B2", "B3", "B4"), (Kind.LEVEL,)),
        (("ndvi",), (Kind.LEVEL,)),
        (("VV", "VH"), (Kind.LEVEL,)),
    ],
)
def test_logarithms_are_taken_of_what_is_known_to_be_reflectance_only(bands, kinds):
    """Names tell; an index or decibels, which may be negative, are followed as they are."""
    assert Measures.of(Bands(names=bands)).kinds == kinds


def test_layers_are_unknown_where_a_cell_is_not_clear():
    """Brightness is the logarithm of the visible mean; cloud and missing bands are NaN."""
    values = np.array([[[100.0, 200, 300]], [[300.0, 600, np.nan]]], np.float32)
    layers = Measures.of(Bands(names=("red", "nir"))).layers(
        values, np.array([[True, False, True]])
    )
    np.testing.assert_allclose(layers[:, 0, 0], [np.log(100), 0.5], rtol=1e-6)
    assert np.isnan(layers[:, 0, 1:]).all()
