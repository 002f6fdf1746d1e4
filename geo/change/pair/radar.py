"""Two radar pictures through the door of the optical ones."""

from __future__ import annotations

import numpy as np

from geo.change.pair.detection import Detection
from geo.change.pair.parameters import Parameters
from geo.change.sar import METHOD, RadarParameters, compare_pair
from geo.errors import BadInput
from geo.grid import Block, RasterSource
from geo.progress import Progress

CONTEXT_PX = 300
"""Cells that are read around a part of the scene: what its surroundings did is no change."""

MOST_VALUES = 120_000_000
"""Cells times bands of a date that are held at once, at four bytes each."""


def detect_radar(
    before: RasterSource,
    after: RasterSource,
    *,
    within: Block,
    parameters: Parameters,
    progress: Progress | None = None,
) -> Detection:
    """What changed between two radar pictures; see `geo.change.sar.compare_pair`.

    Of the parameters only the least size of a flag has a meaning for radar. There is no brightness,
    so the change of it is NaN everywhere; findings tell the polarisations and that it was radar.

    Raises
    ------
    BadInput
        If the part asked for is too large to hold, or the two do not fit together.
    """
    block = within.grown(CONTEXT_PX, before.grid.shape)
    bands = len(before.bands)
    if block.rows * block.cols * bands > MOST_VALUES:
        raise BadInput(
            f"{block.rows} x {block.cols} cells of {bands} radar bands",
            expected=f"at most {MOST_VALUES:,} values at once",
            remedy="choose a site or an area",
        )
    found = compare_pair(
        before.read(block),
        after.read(block),
        parameters=RadarParameters(min_cells=parameters.min_cells),
        progress=progress,
    )
    asked = within.within(block)
    mask = found.mask[asked]
    return Detection(
        grid=within.cut(before.grid),
        score=found.score[asked],
        unpooled=found.unpooled[asked],
        mask=mask,
        brightness_change=np.full(mask.shape, np.nan, np.float32),
        findings={"method": METHOD, **found.findings},
        parameters=parameters,
    )
