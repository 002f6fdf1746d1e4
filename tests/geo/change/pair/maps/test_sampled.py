"""Values of a sample, thinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.change.bands import Roles
from geo.change.pair.maps import sampled
from geo.change.pair.maps.sampled import scales, thinned
from geo.change.pair.pair import Pair


def block(values, valid) -> Pair:
    """A pair of one band whose core is all but the first row."""
    layers = np.asarray(values, np.float32)[None]
    return Pair(
        before=layers,
        after=layers,
        valid=np.asarray(valid, dtype=bool),
        green=np.zeros(layers.shape[1:], dtype=bool),
        roles=Roles(bright=(0,), other=(0,), codes=(), plants=None),
        core=(slice(1, None), slice(None)),
        near=(slice(None), slice(None)),
    )


ONE = block([[9, 9], [1, 2], [3, 4]], [[1, 1], [1, 0], [1, 1]])
TWO = block([[9, 9], [5, 6]], [[1, 1], [1, 1]])


def test_few_cells_are_all_kept() -> None:
    """Valid cells of the cores, in order."""
    assert thinned([ONE, TWO], lambda pair: pair.before).tolist() == [[1, 3, 4, 5, 6]]


def test_many_cells_are_thinned_evenly(monkeypatch) -> None:
    """Every second of each block; of cells twice as wide, a quarter is as much ground."""
    monkeypatch.setattr(sampled, "CELLS", 3)
    assert thinned([ONE, TWO], lambda pair: pair.before).tolist() == [[1, 4, 5]]
    monkeypatch.setattr(sampled, "CELLS", 12)
    wide = [replace(pair, cell_px=2) for pair in (ONE, TWO)]
    assert thinned(wide, lambda pair: pair.before).tolist() == [[1, 4, 5]]


def test_scales_are_those_of_the_values() -> None:
    """Median 4; deviations 0, 1, 1, 2, 3."""
    (scale,) = scales([ONE, TWO], lambda pair: pair.before)
    assert scale.middle == 4
    assert np.isclose(scale.width, 1.4826)
