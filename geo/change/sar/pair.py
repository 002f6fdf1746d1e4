"""Change between two radar pictures: the logarithm of the ratio of their power.

With two dates only, a changed field and a felled wall look alike; a stack (`stack`) tells more.
"""

from __future__ import annotations

import numpy as np

from geo.change.codes import CHANGED, NO_DATA, UNCHANGED
from geo.change.sar.backscatter import (
    Backscatter,
    Power,
    backscatter,
    require_speckle,
    to_decibels,
)
from geo.change.sar.joining import flagged, joined, length
from geo.change.sar.results import (
    RadarChange,
    RadarParameters,
)
from geo.change.sar.speckle import estimated_looks
from geo.errors import BandMismatch, GridMismatch, NoValidPixels
from geo.grid import Raster
from geo.progress import Progress

NOTHING = "nothing both strong and large enough stands out from the speckle"
"""Why nothing is flagged."""


def compare_pair(
    before: Raster,
    after: Raster,
    *,
    parameters: RadarParameters | None = None,
    progress: Progress | None = None,
) -> RadarChange:
    """What changed between two radar pictures of one place, one orbit and the same polarisations.

    The score is the length, over polarisations, of the logarithm of the power ratio in robust
    standard deviations of the scene, so it needs no calibration and no number of looks: what the
    whole scene did (rain, gain) is taken off, and speckle, waves and crops widen the unit. Where
    nothing stands out, nothing is flagged.

    Raises
    ------
    GridMismatch, BandMismatch
        If the two do not fit together.
    NoValidPixels
        If no cell has data on both dates, or a polarisation holds one number everywhere.
    """
    settings = parameters or RadarParameters()
    tell = progress or (lambda _share, _words: None)
    tell(0.0, "reading backscatter")
    old, new = _dates(before, after)
    valid = np.asarray(np.isfinite(old.power * new.power).all(axis=0))
    if not valid.any():
        raise NoValidPixels(
            "no cell of the radar pictures has data on both dates",
            expected="at least one cell with data",
            remedy="choose other pictures",
        )
    tell(0.2, "comparing")
    ratio_db = _ratio_db(old, new)
    layers = np.stack([joined(layer, valid, sigma_px=settings.smoothing_px) for layer in ratio_db])
    score, freedom = length(layers, valid)
    tell(0.8, "deciding")
    changed = flagged(
        score,
        valid,
        freedom=freedom,
        sigma_px=settings.smoothing_px,
        min_cells=settings.min_cells,
    )
    tell(1.0, "done")
    looks = [estimated_looks(a, b) for a, b in zip(old.power, new.power, strict=True)]
    return RadarChange(
        score=np.where(valid, score, np.float32(np.nan)),
        unpooled=np.where(valid, length(ratio_db, valid)[0], np.float32(np.nan)),
        mask=np.where(valid, np.where(changed, CHANGED, UNCHANGED), NO_DATA),
        change_db=np.where(valid, layers.mean(axis=0), np.float32(np.nan)),
        p=None,
        between=None,
        findings={
            "sensor": "radar",
            "orbit": "not told by the bands: two orbits look from two sides and are not comparable",
            "polarisations": list(old.polarisations),
            "units": [old.unit.value, new.unit.value],
            "looks_by_scatter": [round(number, 2) for number in looks],
            "valid_share": round(float(valid.mean()), 6),
            "flagged_share": round(float(changed.sum() / valid.sum()), 6),
            "nothing_flagged_because": "" if changed.any() else NOTHING,
        },
    )


def _dates(before: Raster, after: Raster) -> tuple[Backscatter, Backscatter]:
    """Both dates as power, polarisations in the order of the first."""
    if before.grid != after.grid:
        raise GridMismatch(
            "the later radar picture lies on another grid than the earlier",
            expected="two pictures on one grid",
            remedy="read the later one onto the grid of the earlier",
        )
    old, new = backscatter(before), backscatter(after)
    for date in (old, new):
        require_speckle(date)
    if set(old.polarisations) != set(new.polarisations):
        raise BandMismatch(
            f"one date has the polarisations {', '.join(old.polarisations)}, the other "
            f"{', '.join(new.polarisations)}",
            expected="the same polarisations on both dates",
            remedy="choose pictures of one mode",
        )
    order = [new.polarisations.index(name) for name in old.polarisations]
    return old, Backscatter(polarisations=old.polarisations, power=new.power[order], unit=new.unit)


def _ratio_db(old: Backscatter, new: Backscatter) -> Power:
    """Decibels after less before, less what the whole scene did; 0 where there is no data.

    Cells are compared before any are joined: the spread of the ratio of two speckled powers is then
    the same on dark and bright, even and rough ground.
    """
    ratio = to_decibels(new.power) - to_decibels(old.power)
    middle: Power = np.nanmedian(ratio, axis=(1, 2), keepdims=True).astype(np.float32)
    return np.asarray(np.nan_to_num(ratio - middle))
