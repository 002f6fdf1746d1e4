"""Scores in colours, with their legend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import Grid
from layers.imagery.lettering import labelled
from layers.imagery.picture import Picture, Rgba
from layers.style import safe_html

SCORE_COLOURS = (
    "#fde725", "#b5de2b", "#6ece58", "#35b779", "#1f9e89", "#26828e", "#31688e", "#3e4989",
    "#482878", "#440154",
)  # fmt: skip
"""Viridis from its light end to its dark one (van der Walt and Smith 2015, CC0): even to the eye,
in print without colour, and to people of every colour vision. Darker is more."""


def score_picture(
    score: NDArray[np.float32],
    grid: Grid,
    *,
    simulated: bool,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """The score in colours, faint where low: darker and more opaque is more change.

    Parameters
    ----------
    score : array of float, shape (rows, columns)
        Higher is more change; NaN is transparent.
    limits : pair of float, optional
        Score that is not drawn at all, and score of the last colour; median and 99.8 % by default.

    Raises
    ------
    GridMismatch
        If the score is not on the grid.
    NoValidPixels
        If it holds no value.
    InvalidSetting
        If the limits do not rise.
    """
    if score.shape != grid.shape:
        raise GridMismatch(f"score of shape {score.shape}", expected=f"the grid's {grid.shape}")
    valid = np.isfinite(score)
    if not valid.any():
        raise NoValidPixels("the score has no value", expected="at least one cell with data")
    low, high = limits or _score_limits(score[valid])
    if not low < high:
        raise InvalidSetting(f"score limits {low:g} to {high:g}", expected="a rising pair")
    share = np.clip((np.where(valid, score, low) - low) / (high - low), 0, 1)
    rgb = _coloured(share)
    opacity = np.rint(235 * np.minimum(1, 1.8 * share)).astype(np.uint8)
    legend = tuple(
        (low + (high - low) * i / (len(SCORE_COLOURS) - 1), colour)
        for i, colour in enumerate(SCORE_COLOURS)
    )
    picture = labelled(
        np.dstack([rgb, opacity]), valid, grid, "Change score, darker is more", simulated=simulated
    )
    return replace(picture, legend=legend)


def score_legend_html(picture: Picture) -> str:
    """The legend of a score as inert HTML for ``st.html``: a bar of colours and three values."""
    if not picture.legend:
        return ""
    colours = ",".join(colour for _, colour in picture.legend)
    values = [picture.legend[i][0] for i in (0, len(picture.legend) // 2, -1)]
    numbers = "".join(f"<span>{value:.3g}</span>" for value in values)
    return (
        '<div style="max-width:22rem;font-size:.85rem;line-height:1.35">'
        f"<div>{safe_html(picture.label)}</div>"
        f'<div style="height:.7rem;margin:.2rem 0;border-radius:2px;'
        f'background:linear-gradient(90deg,{colours})"></div>'
        '<div style="display:flex;justify-content:space-between;'
        f'font-variant-numeric:tabular-nums">{numbers}</div></div>'
    )


def _score_limits(values: NDArray[np.float32]) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(values, (50, 99.8)))
    return low, high if high > low else low + 1


def _coloured(share: NDArray[np.float64]) -> Rgba:
    """Colours of `SCORE_COLOURS` at `share` of the way, in between interpolated."""
    table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in SCORE_COLOURS])
    stops = np.linspace(0, 1, len(table))
    mixed = np.stack([np.interp(share, stops, table[:, i]) for i in range(3)], axis=-1)
    return np.asarray(np.rint(mixed), dtype=np.uint8)
