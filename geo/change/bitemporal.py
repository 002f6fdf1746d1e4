"""Change between two dates without training.

Three maps are made of the two dates: the z-scored change vector and the change of brightness, each
against its surroundings (`contrast`), and the fine detail that is odd as a pair (`hyperbolic`).
Their ranks add up to the score. How much of it is flagged follows from how far the last two agree,
which share no band (`decision`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata

from geo.change.bands import Roles, clear, greenness, in_order_of, roles
from geo.change.contrast import brightness_change, ring_contrast, spectral_contrast
from geo.change.coregistration import Shift, coregistered
from geo.change.decision import changed_share
from geo.change.hyperbolic import hyperbolic_anomaly
from geo.change.radiometry import Layers, is_reflectance, log_brightness, matched, standardised
from geo.change.regions import evened, regions
from geo.change.windows import smoothed, spread
from geo.errors import GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import Grid, Raster

METHOD = "lamassu ring contrast, hyperbolic detail, conditional agreement 1"
"""Name and version of the detector, for provenance; the number rises when results change."""

DETAIL_PX = 4.0
"""Sigma of the mean that is taken off before odd pairs are looked for; less would leave only the
rims of what is 20 cells wide and even."""

TEXTURE_RADIUS_PX = 9
"""Half side of the square that is called rough or smooth: as far as the smoothed scores reach."""

CHANGED, UNCHANGED, NO_DATA = np.uint8(1), np.uint8(0), np.uint8(255)
"""Codes of the mask."""

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Settings of the detector; the defaults are one fixed setting for all scenes."""

    max_shift_px: float = 4.0
    """Largest shift between the dates that is mended, in cells; 0 leaves the dates as they lie."""
    smoothing_px: float = 2.5
    """Sigma of the Gaussian that joins neighbouring cells of a map."""
    min_cells: int = 12
    """Minimum mapping unit: smaller regions and flags are not told apart."""
    min_share: float = 0.003
    """If less than this share of the scene changed, nothing is flagged."""
    min_brightness_change: float = 0.05
    """Least change of brightness around a flagged cell, either way; 0.05 is 5 per cent."""
    max_greenness: float = 0.4
    """Cells with a vegetation index above this on the later date are not flagged: what was dug,
    levelled or built is not green. Applies where band names tell red and near infrared."""

    def __post_init__(self) -> None:
        """Refuse what the detector cannot work with."""
        for name, low, high in (
            ("max_shift_px", 0, 32),
            ("smoothing_px", 0.5, 20),
            ("min_cells", 1, 100_000),
            ("min_share", 0, 1),
            ("min_brightness_change", 0, 10),
            ("max_greenness", -1, 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidSetting(f"{name} is {value}", expected=f"{low} to {high}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """What changed, on the grid of the earlier picture."""

    grid: Grid
    """Where the cells lie."""
    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change, NaN no data. Ranks, not probabilities."""
    mask: NDArray[np.uint8]
    """Shape (rows, columns); 1 changed, 0 not, 255 no data."""
    brightness_change: NDArray[np.float32]
    """Brightness after over before, less 1, once the whole scenes are matched; NaN where there is
    no data, and everywhere if the values are no reflectance, such as decibels."""
    findings: dict[str, object]
    """What the run found out on its way, for provenance: plain numbers, words and lists."""
    parameters: Parameters
    """The settings it ran with."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pair:
    """Two dates, band by band on one grid and one scale, finite everywhere."""

    before: Layers
    after: Layers
    valid: NDArray[np.bool_]
    bright: list[int]
    other: list[int]


def detect(
    before: Raster,
    after: Raster,
    *,
    parameters: Parameters = Parameters(),
    progress: Progress | None = None,
) -> Detection:
    """What changed between two rasters of the same bands on one grid.

    Give a scene, or a window of several kilometres: ranks and threshold come from all of it, so a
    small window would be flagged by the measure of its own few cells. The later date's bands may
    come in any order. A gain or an offset of a whole band leaves the ranks of the score as they
    are, nearly; with the dates exchanged they change little.

    At most some 6 % of the scene is flagged. Harvest, ploughing and shadows that turn are change
    as well; without a series of dates they are not told from digging.

    Parameters
    ----------
    before, after : Raster
        Reflectance in any unit, NaN where there is no data. With a band ``SCL`` or ``QA_PIXEL``
        cells under cloud and shadow are left out; without one clouds are not told from change.
    parameters : Parameters, optional
        Settings.
    progress : callable, optional
        Told the share done and what is being done.

    Raises
    ------
    GridMismatch, BandMismatch
        If the two do not fit together.
    NoValidPixels
        If no cell is valid on both dates.
    """
    tell = progress or (lambda _share, _words: None)
    _require_one_grid(before, after)
    after = in_order_of(after, before.bands)
    part = roles(before.bands)
    tell(0.0, "laying the two dates over each other")
    pair, shift = _prepared(before, after, part, parameters)
    tell(0.2, "comparing with the surroundings")
    change = brightness_change(pair.before[pair.bright], pair.after[pair.bright], pair.valid)
    bright = _smoothed(ring_contrast([change], pair.valid), pair, parameters)
    vector = _smoothed(spectral_contrast(pair.before, pair.after, pair.valid), pair, parameters)
    tell(0.5, "looking for odd pairs")
    other = _smoothed(
        hyperbolic_anomaly(
            pair.before[pair.other],
            pair.after[pair.other],
            pair.valid,
            detail_px=DETAIL_PX,
        ),
        pair,
        parameters,
    )
    tell(0.7, "drawing regions")
    numbers = regions(_picture(pair), pair.valid, min_cells=parameters.min_cells)
    summed = sum(_unlikeliness(layer, pair.valid) for layer in (vector, bright, other))
    score = evened(np.asarray(summed, np.float32), numbers, pair.valid)
    tell(0.9, "deciding")
    judged = pair.valid & ~_green(after, part, parameters)
    share = changed_share(bright[judged], other[judged], _texture(pair)[judged])
    strength = evened(np.abs(change), numbers, pair.valid)
    flagged, threshold = _flagged(score, strength, share, judged, parameters)
    tell(1.0, "done")
    return Detection(
        grid=before.grid,
        score=np.where(pair.valid, score, np.float32(np.nan)),
        mask=np.where(pair.valid, np.where(flagged, CHANGED, UNCHANGED), NO_DATA),
        brightness_change=_relative(change, pair),
        findings={
            "shift": {**dataclasses.asdict(shift), "rowcol_px": list(shift.rowcol_px)},
            **_bands_told(before.bands, part),
            "valid_share": _rounded(pair.valid.mean()),
            "green_share": _rounded((pair.valid & ~judged).sum() / pair.valid.sum()),
            "changed_share": _rounded(share),
            "threshold": None if threshold is None else _rounded(threshold),
            "flagged_share": _rounded(flagged.sum() / pair.valid.sum()),
            "nothing_flagged_because": _nothing(flagged, threshold),
        },
        parameters=parameters,
    )


def _require_one_grid(before: Raster, after: Raster) -> None:
    if before.grid != after.grid:
        raise GridMismatch(
            f"the later raster lies on another grid ({after.grid.shape[0]} x "
            f"{after.grid.shape[1]} cells) than the earlier ({before.grid.shape[0]} x "
            f"{before.grid.shape[1]} cells)",
            expected="two rasters on one grid",
            remedy="read the later one onto the grid of the earlier",
        )


def _prepared(
    before: Raster, after: Raster, part: Roles, parameters: Parameters
) -> tuple[_Pair, Shift]:
    """The two dates moved and matched onto each other."""
    valid = clear(before) & clear(after)
    _require_valid(valid)
    ground = [*part.bright, *(i for i in part.other if i not in part.bright)]
    old, new = (_filled(raster.values[ground], valid) for raster in (before, after))
    bright, other = ([ground.index(i) for i in places] for places in (part.bright, part.other))
    new, valid, shift = coregistered(
        old,
        new,
        valid,
        edge_bands=sorted({bright[0], other[0]}),
        max_shift_px=parameters.max_shift_px,
    )
    _require_valid(valid)
    pair = _Pair(
        before=old, after=matched(new, old, valid), valid=valid, bright=bright, other=other
    )
    return pair, shift


def _require_valid(valid: NDArray[np.bool_]) -> None:
    if not valid.any():
        raise NoValidPixels(
            "no cell is valid on both dates",
            expected="at least one cell with clear data in every band of both",
            remedy="choose other dates",
        )


def _filled(layers: Layers, valid: NDArray[np.bool_]) -> Layers:
    """A copy with the value of the nearest valid cell in those that are not valid."""
    if valid.all():
        return layers
    nearest = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    filled: Layers = layers[:, nearest[0], nearest[1]]
    return filled


def _smoothed(
    layer: NDArray[np.float32], pair: _Pair, parameters: Parameters
) -> NDArray[np.float32]:
    return smoothed(layer, pair.valid, sigma_px=parameters.smoothing_px)


def _picture(pair: _Pair) -> list[NDArray[np.float32]]:
    """Brightness of either date and the first other band of both, standardised."""
    seen = (
        log_brightness(pair.before[pair.bright], pair.valid),
        log_brightness(pair.after[pair.bright], pair.valid),
        pair.before[pair.other[0]] + pair.after[pair.other[0]],
    )
    return [standardised(layer, pair.valid) for layer in seen]


def _texture(pair: _Pair) -> NDArray[np.float32]:
    """Roughness of the brightness around each cell, as far as both dates share it.

    What one date alone holds is change itself, which must not be compared with itself.
    """
    before, after = (
        spread(
            log_brightness(date[pair.bright], pair.valid), pair.valid, radius_px=TEXTURE_RADIUS_PX
        )
        for date in (pair.before, pair.after)
    )
    return np.minimum(before, after)


def _unlikeliness(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """``-ln(1 - rank)`` of each valid cell, rank from 0 to 1 with ties in the middle; else 0."""
    result = np.zeros(layer.shape, np.float32)
    ranks = rankdata(layer[valid])
    result[valid] = -np.log1p(-(ranks - 0.5) / ranks.size)
    return result


def _green(after: Raster, part: Roles, parameters: Parameters) -> NDArray[np.bool_]:
    """Cells that plants cover on the later date."""
    if part.plants is None:
        return np.zeros(after.grid.shape, dtype=bool)
    return greenness(after, part.plants) > parameters.max_greenness


def _flagged(
    score: NDArray[np.float32],
    strength: NDArray[np.float32],
    share: float,
    judged: NDArray[np.bool_],
    parameters: Parameters,
) -> tuple[NDArray[np.bool_], float | None]:
    """The changed share of strongest cells, without what is dim or small, and their threshold."""
    if share < parameters.min_share:
        return np.zeros(judged.shape, dtype=bool), None
    threshold = float(np.quantile(score[judged], 1 - share))
    strong = judged & (score > threshold) & (strength >= parameters.min_brightness_change)
    numbers, _ = ndimage.label(strong)
    large = np.bincount(numbers.ravel()) >= parameters.min_cells
    large[0] = False
    return large[numbers], threshold


def _relative(change: NDArray[np.float32], pair: _Pair) -> NDArray[np.float32]:
    """A difference of logarithms as a share; NaN where it is none."""
    if not is_reflectance(pair.before[pair.bright], pair.valid):
        return np.full(change.shape, np.nan, np.float32)
    return np.where(pair.valid, np.expm1(change), np.float32(np.nan))


def _bands_told(bands: tuple[str, ...], part: Roles) -> dict[str, object]:
    """Which band played which part, by name."""
    codes = ", ".join(bands[i] for i in part.codes)
    return {
        "bright_bands": [bands[i] for i in part.bright],
        "other_bands": [bands[i] for i in part.other],
        "cloud_mask": codes or "none: clouds are not told from change",
        "plants": "left out" if part.plants else "not told from change: red or NIR is not named",
    }


def _nothing(flagged: NDArray[np.bool_], threshold: float | None) -> str:
    """Why nothing is flagged, in words; empty if something is."""
    if flagged.any():
        return ""
    if threshold is None:
        return "brightness and the other bands do not agree on any change"
    return "no change is both strong and large enough"


def _rounded(value: float) -> float:
    """As many digits as two machines agree on."""
    return round(float(value), 6)
