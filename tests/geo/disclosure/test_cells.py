"""The one nested grid of cells."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geo.disclosure import CELLS_DEG, cell_of
from geo.errors import InvalidSetting
from tests.viewed_frames import lonlats

widths = st.sampled_from(CELLS_DEG)


class TestCells:
    """The one nested grid, anchored at 0 E, 0 N."""

    @pytest.mark.parametrize(
        ("lonlat", "cell_deg", "cell"),
        [
            ((43.3287, 36.0984), 1.0, (43, 36, 44, 37)),
            ((43.3287, 36.0984), 0.1, (43.3, 36.0, 43.4, 36.1)),
            ((43.3287, 36.0984), 0.01, (43.32, 36.09, 43.33, 36.10)),
            ((43.3287, 36.0984), 0.001, (43.328, 36.098, 43.329, 36.099)),
            ((43.331, 36.0), 0.001, (43.331, 36.0, 43.332, 36.001)),
            ((43.3 + 0.031, 36.0), 0.001, (43.331, 36.0, 43.332, 36.001)),
            ((-131.068, 36.0), 0.001, (-131.068, 36.0, -131.067, 36.001)),
            ((0.0, 0.0), 0.01, (0, 0, 0.01, 0.01)),
            ((-0.0001, -0.0001), 0.01, (-0.01, -0.01, 0, 0)),
            ((-74.006, -33.9), 0.1, (-74.1, -33.9, -74.0, -33.8)),
            ((-180.0, -90.0), 1.0, (-180, -90, -179, -89)),
            ((43, 36), 0.1, (43.0, 36.0, 43.1, 36.1)),
        ],
    )
    def test_known_places_fall_into_known_cells(
        self,
        lonlat: tuple[float, float],
        cell_deg: float,
        cell: tuple[float, float, float, float],
    ):
        """Reckoned by hand; the numbers are exact decimals, fit to be printed."""
        assert cell_of(lonlat, cell_deg) == cell

    @pytest.mark.parametrize("cell_deg", CELLS_DEG)
    def test_every_decimal_on_an_edge_belongs_to_its_east_and_north_cell(self, cell_deg: float):
        """Each edge of the grid from 40 to 45 E and N, and their mirror images."""
        coarse = round(1000 * cell_deg)
        for thousandths in range(40_000, 45_001, coarse):
            edge = thousandths / 1000
            west, south, east, north = cell_of((edge, -edge), cell_deg)
            assert (west, north) == (edge, (coarse - thousandths) / 1000)
            assert (east, south) == ((thousandths + coarse) / 1000, -edge)

    @given(lonlat=lonlats, cell_deg=widths)
    def test_a_place_lies_in_its_cell(self, lonlat: tuple[float, float], cell_deg: float):
        """To a billionth of a degree, which is a tenth of a millimetre."""
        west, south, east, north = cell_of(lonlat, cell_deg)
        assert west - 1e-9 <= lonlat[0] <= east + 1e-9
        assert south - 1e-9 <= lonlat[1] <= north + 1e-9

    @given(lonlat=lonlats, cell_deg=widths)
    def test_a_cell_has_its_width(self, lonlat: tuple[float, float], cell_deg: float):
        """Its edges are whole multiples of its width from 0 E, 0 N."""
        west, south, east, north = cell_of(lonlat, cell_deg)
        assert (east - west, north - south) == pytest.approx((cell_deg, cell_deg), abs=1e-9)
        for edge in (west, south, east, north):
            assert edge / cell_deg == pytest.approx(round(edge / cell_deg), abs=1e-6)

    @given(lonlat=lonlats)
    def test_finer_cells_lie_in_coarser_ones(self, lonlat: tuple[float, float]):
        """Products of different precision never cut each other: one lies inside the other."""
        cells = [box(*cell_of(lonlat, cell_deg)) for cell_deg in CELLS_DEG]
        for coarser, finer in itertools.pairwise(cells):
            assert coarser.covers(finer)

    @given(lonlat=lonlats, cell_deg=widths)
    def test_the_middle_of_a_cell_lies_in_that_cell(
        self, lonlat: tuple[float, float], cell_deg: float
    ):
        """Generalising what is general changes nothing."""
        cell = cell_of(lonlat, cell_deg)
        middle = box(*cell).centroid
        assert cell_of((middle.x, middle.y), cell_deg) == cell

    @given(lonlat=lonlats, other=lonlats, cell_deg=widths)
    def test_cells_are_the_same_or_apart(
        self, lonlat: tuple[float, float], other: tuple[float, float], cell_deg: float
    ):
        """Two cells of one width share an edge at most."""
        one_cell, other_cell = (box(*cell_of(place, cell_deg)) for place in (lonlat, other))
        assert one_cell.equals(other_cell) or one_cell.intersection(other_cell).area < 1e-12

    @pytest.mark.parametrize("cell_deg", [0.0, 0.005, 0.07, 0.0001, 2.0, -0.01, math.nan])
    def test_no_other_grid_can_be_asked_for(self, cell_deg: float):
        """Two grids that are not nested would together give a place away."""
        with pytest.raises(InvalidSetting, match=r"cells of .* degree; expected one of 1.0, 0.1"):
            cell_of((43.3, 36.1), cell_deg)
