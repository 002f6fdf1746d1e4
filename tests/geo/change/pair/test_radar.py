"""Two radar pictures through the door of the optical ones."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change import Parameters, detect, detect_blocks, flagged_polygons
from geo.change.pair import radar as door
from geo.errors import BadInput
from geo.grid import Block, RasterInMemory
from tests.geo.change.sar.conftest import PATCH, power_on, radar


@pytest.fixture(scope="module")
def dates():
    """Two SIMULATED dates, a patch 6 dB darker on the second."""
    return radar(power_on(1)), radar(power_on(2, patch_db=-6))


def test_bands_of_radar_go_to_the_radar_engine(dates):
    """The patch is flagged; there is no brightness; findings tell what it was."""
    found = detect(*dates)
    assert (found.mask == 1)[PATCH].mean() > 0.85
    assert np.isnan(found.brightness_change).all()
    assert found.findings["sensor"] == "radar"
    assert found.findings["method"].startswith("lamassu radar")
    assert len(flagged_polygons(found)) == 1


def test_the_least_size_of_a_flag_holds(dates):
    """A patch smaller than it is not flagged."""
    found = detect(*dates, parameters=Parameters(min_cells=1000))
    assert not (found.mask == 1).any()


def test_a_part_is_answered_on_its_own_grid(dates, monkeypatch):
    """Of its size and place, and the patch in it."""
    monkeypatch.setattr(door, "CONTEXT_PX", 20)
    part = Block(top=30, left=20, rows=40, cols=50)
    sources = [RasterInMemory(raster=date) for date in dates]
    found = detect_blocks(*sources, within=part)
    assert found.grid == part.cut(dates[0].grid)
    assert found.mask.shape == (40, 50)
    assert (found.mask == 1)[10:22, 10:24].mean() > 0.85


def test_a_scene_too_large_to_hold_is_refused(dates, monkeypatch):
    """With its size, and the way out."""
    monkeypatch.setattr(door, "MOST_VALUES", 10_000)
    with pytest.raises(BadInput, match="100 x 100 cells of 2 radar bands") as refusal:
        detect(*dates)
    assert refusal.value.remedy == "choose a site or an area"
