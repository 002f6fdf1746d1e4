"""Radar bands as power, whatever their unit and names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.sar import Unit, backscatter, is_radar, to_decibels
from geo.change.sar.backscatter import polarisation
from geo.errors import BandMismatch, NoValidPixels
from geo.grid import Raster
from tests.geo.change.sar.conftest import grid_of


def raster(values, bands=("VV",)):
    """A raster of one row."""
    layers = np.asarray(values, np.float32).reshape(len(bands), 1, -1)
    return Raster(grid=grid_of(1, layers.shape[2]), bands=bands, values=layers)


@pytest.mark.parametrize(
    ("bands", "radar"),
    [
        (("VV", "VH"), True),
        (("vv",), True),
        (("Sigma0_VV_db", "Gamma0-VH", "local_incidence_angle"), True),
        (("B04", "B08"), False),
        (("B1", "B2"), False),
        (("VV", "B04"), False),
        (("angle",), False),
        (("HVAC",), False),
        (("sigma0",), True),
        (("SAR amplitude",), True),
        (("SARIMA",), False),
    ],
)
def test_radar_is_told_by_the_names_of_bands(bands, radar):
    """Polarisations, with or without words around them; nothing else counts."""
    assert is_radar(bands) is radar


def test_a_polarisation_is_read_out_of_a_name():
    """Also beside other words, never inside one."""
    names = ("Sigma0_VH_dB", "hh", "SAVVY", "")
    assert [polarisation(name) for name in names] == ["VH", "HH", None, None]


@pytest.mark.parametrize(
    ("values", "unit", "power"),
    [
        ([-10.0, -20.0], Unit.DECIBEL, [0.1, 0.01]),
        ([0.1, 0.01], Unit.POWER, [0.1, 0.01]),
        ([100.0, 30.0], Unit.AMPLITUDE, [10_000.0, 900.0]),
    ],
)
def test_the_unit_is_told_by_the_numbers(values, unit, power):
    """Decibels, power and amplitude all come out as power."""
    seen = backscatter(raster(values))
    assert seen.unit is unit
    np.testing.assert_allclose(seen.power[0, 0], power, rtol=1e-6)


def test_what_is_no_data_stays_none():
    """0 at the edge of a swath, codes such as -9999 in decibels, NaN."""
    assert np.isnan(backscatter(raster([0.1, 0.0, 0.2])).power[0, 0, 1])
    decibels = backscatter(raster([-10.0, -9999.0, np.nan])).power[0, 0]
    assert np.isfinite(decibels).tolist() == [True, False, False]


def test_a_few_zeros_inside_are_dark_and_many_are_a_hole():
    """Amplitudes stored as bytes have zeros on water; a hole of 5 x 5 cells has no data."""
    values = np.full((1, 30, 30), 80, np.float32)
    values[0, 3, 3] = values[0, 12:17, 12:17] = values[0, 27:, 20] = 0
    power = backscatter(Raster(grid=grid_of(30, 30), bands=("VV",), values=values)).power[0]
    assert power[3, 3] == np.float32(1e-5)
    assert np.isnan(power[12:17, 12:17]).all()
    assert np.isnan(power[27:, 20]).all()
    assert np.isnan(power).sum() == 28


def test_noise_below_zero_is_dark_and_not_missing():
    """What the removal of noise made negative stands at the least power."""
    power = backscatter(raster([0.1, -0.001, 0.2, 0.3])).power[0, 0]
    assert power[1] == np.float32(1e-5)


def test_bands_of_angles_are_left_out():
    """Only the polarisations come back."""
    seen = backscatter(raster([[0.1, 0.2], [35, 36]], bands=("VV", "angle")))
    assert seen.polarisations == ("VV",)


def test_one_polarisation_twice_is_refused():
    """Nobody can tell which one is meant."""
    with pytest.raises(BandMismatch, match="Sigma0_VV, Gamma0_VV are not those of one radar"):
        backscatter(raster([[0.1], [0.2]], bands=("Sigma0_VV", "Gamma0_VV")))


def test_no_data_at_all_is_refused():
    """With the polarisation's name."""
    with pytest.raises(NoValidPixels, match="VV hold no data"):
        backscatter(raster([np.nan, np.nan]))


@given(st.lists(st.floats(-45, -0.1), min_size=1, max_size=20))
def test_decibels_come_back_as_they_were(values):
    """Power and decibels are two writings of one number."""
    decibels = to_decibels(backscatter(raster(values)).power)[0, 0]
    np.testing.assert_allclose(decibels, np.float32(values), atol=1e-4)
