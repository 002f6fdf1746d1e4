"""What speaks against a comparison of two pictures, in sentences for its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geo.change.bands import CODES
from geo.change.clouds import clear
from geo.change.pair.decision import LEAST_CELLS
from geo.change.radiometry import nothing_told
from geo.change.series import sensor_family
from geo.grid import Grid, Raster
from geo.pipeline.change.pictures import PictureSource

MUCH_COARSER = 2.5
"""Times as wide as those of the earlier picture that the later one's cells may be without a word:
one of them then covers half the cells of the smallest flag."""


NAMES = ("the earlier picture", "the later picture")
"""What the two are called."""


def doubts_of(
    findings: Mapping[str, object],
    *,
    cells: int,
    sources: tuple[PictureSource, PictureSource],
    seen: Sequence[Raster],
    grids: tuple[Grid, Grid],
) -> list[str]:
    """What a reader must know before believing a comparison; empty for most.

    Parameters
    ----------
    findings : mapping
        What the detector found out on its way.
    cells : int
        How many cells were asked for.
    sources, seen, grids : the earlier and the later
        Where the pictures are from, the pictures, and the grids of their own files.
    """
    told = _even_bands(seen)
    sensors = [one.sensor for one in sources if one.sensor and not one.simulated]
    if len({sensor_family(sensor) for sensor in sensors}) > 1:
        told.append(
            f"The pictures are of different sensors, {' and '.join(sensors)}: what is flagged may "
            "be the difference between these."
        )
    width, later = (max(grid.cell_m) for grid in grids)
    if later > MUCH_COARSER * width:
        told.append(
            f"The later picture's cells are {later:,.0f} m wide, those of the earlier {width:,.0f} "
            "m: what is smaller than the wide ones is not told."
        )
    match = findings.get("match")
    if isinstance(match, Mapping):  # optical pictures
        compared = round(cells * float(str(findings["valid_share"])))
        told += _match_doubts(match, compared, bool(findings["nothing_flagged_because"]))
    return told


def _even_bands(seen: Sequence[Raster]) -> list[str]:
    """The bands that hold one number everywhere."""
    return [
        f"In {name} the band {band} {even}: it shows no ground."
        for name, raster in zip(NAMES, seen, strict=True)
        for band, layer in zip(raster.bands, raster.values, strict=True)
        if band.upper() not in CODES and (even := nothing_told(layer)).startswith("is ")
    ]


def _match_doubts(match: Mapping[str, object], cells: int, nothing: bool) -> list[str]:
    """What the match of the two dates tells against them; `nothing` if nothing was flagged."""
    if cells < LEAST_CELLS:
        few = (
            f"Only {cells:,} of the cells could be compared; fewer than {LEAST_CELLS:,} do not "
            "tell change from chance: what changed is unknown, not nothing."
        )
        return [few] if nothing else []
    if match["bands_fitted_by_a_line"]:
        return []
    return [
        "The two pictures have little in common: cloud or haze over all of one, another place, or "
        "no picture of the ground. Look at both before believing what is or is not flagged."
    ]


def why_nothing_clear(seen: Sequence[Raster]) -> str:
    """Why the earlier and the later picture share no clear cell, in words."""
    for name, raster in zip(NAMES, seen, strict=True):
        empty = [
            band
            for band, layer in zip(raster.bands, raster.values, strict=True)
            if nothing_told(layer) == "has no data"
        ]
        if len(empty) == len(raster.bands):
            return f"{name} has no data there"
        if empty:
            return f"{name} has no data in {', '.join(empty)}"
        if set(map(str.upper, raster.bands)) & set(CODES) and not clear(raster).any():
            return f"{name} is cloud, shadow or no data everywhere by its own codes"
    return "where one is clear the other is not, or has no data"
