"""Two radar pictures."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.sar import RadarParameters, compare_pair
from geo.errors import BandMismatch, GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import Raster
from tests.geo.change.sar.conftest import PATCH, grid_of, radar


def test_a_patch_is_found_and_little_else(date):
    """A step of 6 dB in 168 cells, while the whole scene grew brighter by 2 dB."""
    found = compare_pair(radar(date(1)), radar(date(2, patch_db=-6, scene_db=2)))
    flagged = found.mask == 1
    assert flagged[PATCH].mean() > 0.85
    assert (flagged.sum() - flagged[PATCH].sum()) / flagged.size < 0.003
    assert found.change_db[46, 37] < -3
    assert found.score[PATCH].mean() > 5 * found.score.mean()


def test_speckle_alone_seldom_flags_anything(date):
    """Of 20 pairs of unchanged ground of two brightnesses one is flagged, as the chance says."""
    found = [
        compare_pair(radar(date(10 + seed)), radar(date(50 + seed, scene_db=1.5)))
        for seed in range(20)
    ]
    flagged = [(pair.mask == 1).any() for pair in found]
    assert sum(flagged) <= 2
    assert {bool(pair.findings["nothing_flagged_because"]) for pair in found[1:]} == {True}


def test_a_picture_and_itself_flag_nothing(date):
    """Not even in the score."""
    found = compare_pair(radar(date(1)), radar(date(1)))
    assert not found.score.any()
    assert not (found.mask == 1).any()


def test_unit_and_order_of_bands_do_not_matter(date):
    """Decibels, power, amplitude; VH before VV."""
    before, after = date(1), date(2, patch_db=5)
    known = compare_pair(radar(before), radar(after))
    swapped = radar(after[::-1].copy(), bands=("VH", "VV"))
    amplitude = Raster(
        grid=radar(after).grid, bands=("VV", "VH"), values=np.sqrt(after) * np.float32(1000)
    )
    for other in (swapped, amplitude):
        found = compare_pair(radar(before), other)
        np.testing.assert_allclose(found.score, known.score, rtol=1e-2, atol=1e-2)


def test_cells_without_data_stay_so(date):
    """A hole and a swath's edge are neither changed nor unchanged."""
    before, after = radar(date(1)), radar(date(2, patch_db=6))
    after.values[0, :10] = np.nan
    before.values[1, 70, 70] = np.nan
    found = compare_pair(before, after)
    assert (found.mask[:10] == 255).all()
    assert found.mask[70, 70] == 255
    for layer in (found.score, found.unpooled, found.change_db):
        assert np.isnan(layer[found.mask == 255]).all()
        assert np.isfinite(layer[found.mask != 255]).all()
    assert (found.mask == 1)[PATCH].mean() > 0.8


def test_findings_tell_what_it_was(date):
    """Polarisations, units, the looks that the scatter speaks for."""
    told = compare_pair(radar(date(1)), radar(date(2))).findings
    assert told["polarisations"] == ["VV", "VH"]
    assert told["units"] == ["decibel", "decibel"]
    assert told["looks_by_scatter"] == pytest.approx([4.4, 4.4], rel=0.1)


def test_one_polarisation_is_enough(date):
    """VV alone finds the patch."""
    found = compare_pair(
        radar(date(1)[:1], bands=("VV",)), radar(date(2, patch_db=-8)[:1], bands=("VV",))
    )
    assert (found.mask == 1)[PATCH].mean() > 0.8


def test_pictures_that_do_not_fit_are_refused(date):
    """Another grid, other polarisations, no cell in common."""
    power = date(1)
    with pytest.raises(GridMismatch, match="another grid"):
        compare_pair(radar(power), radar(power[:, :50]))
    with pytest.raises(BandMismatch, match="VV, VH, the other HH, HV"):
        compare_pair(radar(power), radar(power, bands=("HH", "HV")))
    left, right = radar(power), radar(power)
    left.values[:, :, :50], right.values[:, :, 50:] = np.nan, np.nan
    with pytest.raises(NoValidPixels, match="on both dates"):
        compare_pair(left, right)


def test_a_tiny_picture_is_no_problem():
    """Three by three cells, or a single one: nothing is found, nothing fails."""
    for rows, cols in ((3, 3), (1, 9), (1, 1)):
        values = np.linspace(-11, -10, rows * cols, dtype=np.float32).reshape(1, rows, cols)
        tiny = Raster(grid=grid_of(rows, cols), bands=("VV",), values=values)
        assert not (compare_pair(tiny, tiny).mask == 1).any()


def test_a_picture_of_one_number_is_refused(date):
    """Which shows nothing is not told from which shows no change."""
    told = radar(date(seed=1))
    even = Raster(grid=told.grid, bands=told.bands, values=np.full_like(told.values, -10))
    with pytest.raises(NoValidPixels, match=r"radar band VV is 0\.1 everywhere"):
        compare_pair(told, even)


def test_settings_out_of_range_are_refused():
    """With their value."""
    with pytest.raises(InvalidSetting, match="min_cells is 0"):
        RadarParameters(min_cells=0)
