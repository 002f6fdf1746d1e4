"""What speaks against a comparison of two pictures."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from geo.grid import Grid, Raster
from geo.pipeline.change.doubts import doubts_of, why_nothing_clear
from geo.pipeline.change.pictures import PictureSource

FINE = {
    "match": {"bands_fitted_by_a_line": 2}, "valid_share": 1.0, "nothing_flagged_because": "",
}  # fmt: skip


def grid_of(cell_m: float = 10) -> Grid:
    """Four cells near Hatra."""
    place = Affine(cell_m, 0, 292_500, 0, -cell_m, 3_941_200)
    return Grid(crs=CRS.from_epsg(32638), transform=place, shape=(2, 2))


def raster(*layers, bands=("B04", "B08")) -> Raster:
    """A picture of four cells."""
    values = np.array(layers, np.float32).reshape(len(bands), 2, 2)
    return Raster(grid=grid_of(), bands=bands, values=values)


def source(sensor: str = "", *, simulated: bool = False) -> PictureSource:
    """Where a picture is from."""
    return PictureSource(paths=(), names=(), taken_on=None, simulated=simulated, sensor=sensor)


GROUND = raster([1, 2, 3, 4], [5, 6, 7, 9])


def doubts(findings=None, **changes):
    """Of two good pictures, but for the changes."""
    usual = {
        "cells": 90_000, "sources": (source(), source()), "seen": [GROUND, GROUND],
        "grids": (grid_of(), grid_of()),
    }  # fmt: skip
    return doubts_of(FINE | (findings or {}), **(usual | changes))


def test_good_pictures_raise_no_doubt():
    """Nor do twins of one sensor, cells twice as wide, or an invented picture."""
    assert doubts() == []
    assert doubts(sources=(source("Sentinel-2A"), source("Sentinel-2B"))) == []
    assert doubts(sources=(source("Sentinel-2A"), source("simulated", simulated=True))) == []
    assert doubts(grids=(grid_of(10), grid_of(20))) == []
    assert doubts(grids=(grid_of(10), grid_of(3))) == []


@pytest.mark.parametrize(
    ("findings", "changes", "told"),
    [
        ({}, {"sources": (source("Sentinel-2A"), source("Landsat 8"))}, "different sensors"),
        ({}, {"grids": (grid_of(10), grid_of(30))}, "30 m wide, those of the earlier 10 m"),
        ({}, {"seen": [GROUND, raster([1, 2, 3, 4], [7] * 4)]}, "later picture the band B08 is 7"),
        ({"match": {"bands_fitted_by_a_line": 0}}, {}, "little in common"),
        ({"nothing_flagged_because": "x"}, {"cells": 999}, "Only 999 of the cells"),
        ({"nothing_flagged_because": "x", "valid_share": 0.001}, {}, "Only 90 of the cells"),
    ],
)
def test_each_doubt_is_one_sentence_of_the_record(findings, changes, told):
    """And comes alone."""
    (doubt,) = doubts(findings, **changes)
    assert told in doubt


def test_codes_may_be_the_same_everywhere():
    """A clear sky is no even band."""
    clear = raster([1, 2, 3, 4], [5] * 4, bands=("B04", "SCL"))
    assert doubts(seen=[clear, clear]) == []


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (raster([np.nan] * 4, [np.nan] * 4), "the later picture has no data there"),
        (raster([1, 2, 3, 4], [np.nan] * 4), "the later picture has no data in B08"),
        (raster([1, 2, 3, 4], [9] * 4, bands=("B04", "SCL")), "by its own codes"),
        (raster([1, 2, 3, 4], [21824, 22280, 22280, 22280], bands=("B04", "QA_PIXEL")), "by its"),
        (GROUND, "where one is clear the other is not"),
    ],
)
def test_why_no_cell_is_clear_is_told(later, why):
    """By the first picture and band that is to blame."""
    assert why in why_nothing_clear([GROUND, later])
