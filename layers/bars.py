"""Shares as bars with their bands, for a page: inert HTML that reads in light, dark and narrow.

A band is a thin line over the bar, so that nobody reads the bar without it. What is unknown is
hatched and says why: it is no bar of length nought.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from layers.style import safe_html


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a chart."""

    label: str
    """What it is of, as plain text."""
    value: float = math.nan
    """Length of the bar in the chart's unit, negative for a loss; NaN if unknown."""
    low: float = math.nan
    """Lower end of its band."""
    high: float = math.nan
    """Upper end of its band."""
    figure: str = ""
    """The value in words, as plain text."""
    detail: str = ""
    """A second line under the label, as plain text; why, where the value is unknown."""
    chosen: bool = False
    """Whether it is set apart."""


def bars_html(bars: Sequence[Bar], *, described: str) -> str:
    """`bars` from 0 to the end of the longest band; negative ones run to the left of a middle line.

    `described` says for those who cannot see it what the chart shows. All texts may come from data.
    """
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if not math.isnan(end)]
    least, most = min([0.0, *ends]), max([0.0, *ends])
    span = (most - least) or 1.0
    rows = "".join(_row(bar, least=least, span=span) for bar in bars)
    words = safe_html(described)
    return f'{_STYLE}<div class="lamassu-bars" role="list" aria-label="{words}">{rows}</div>'


def _row(bar: Bar, *, least: float, span: float) -> str:
    """One line: label, track, figure."""

    def at(value: float) -> float:
        return 100 * (value - least) / span

    detail = f"<small><bdi>{safe_html(bar.detail)}</bdi></small>" if bar.detail else ""
    classes = " chosen" if bar.chosen else ""
    if math.isnan(bar.value):
        track = '<i class="unknown"></i>'
        figure = safe_html(bar.figure or "unknown")
    else:
        left, right = sorted((at(0.0), at(bar.value)))
        band = ""
        if not math.isnan(bar.low + bar.high):
            low, high = at(bar.low), at(bar.high)
            wide = max(high - low, 0.0)
            band = f'<i class="band" style="left:{low:.2f}%;width:{wide:.2f}%"></i>'
        middle = f'<i class="zero" style="left:{at(0.0):.2f}%"></i>' if least < 0 else ""
        less = " less" if bar.value < 0 else ""
        track = (
            f'{middle}<i class="bar{less}" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'
            f"{band}"
        )
        figure = safe_html(bar.figure)
    return (
        f'<div class="row{classes}" role="listitem"><span class="label">'
        f'<b><bdi>{safe_html(bar.label)}</bdi></b>{detail}</span><span class="track">{track}</span>'
        f'<span class="figure">{figure}</span></div>'
    )


_STYLE = """<style>
.lamassu-bars{font-size:.88rem;line-height:1.3}
.lamassu-bars .row{display:grid;grid-template-columns:minmax(8rem,19rem) 1fr 8.5rem;
  gap:.1rem .8rem;align-items:center;padding:.25rem .2rem;
  border-bottom:1px solid rgba(128,128,128,.18)}
.lamassu-bars .label{min-width:0;overflow-wrap:anywhere}
.lamassu-bars .label b{font-weight:550;display:block}
.lamassu-bars .label small{display:block;opacity:.72;font-size:.78rem}
.lamassu-bars .track{position:relative;height:1.15rem;background:rgba(128,128,128,.13);
  border-radius:2px}
.lamassu-bars .track i{position:absolute;display:block}
.lamassu-bars .bar{top:.2rem;bottom:.2rem;background:#b0457a;border-radius:1px}
.lamassu-bars .bar.less{background:#3d86b8}
.lamassu-bars .band{top:.5rem;height:.15rem;background:currentColor;
  box-shadow:-1px 0 0 0 currentColor,1px 0 0 0 currentColor}
.lamassu-bars .band::before,.lamassu-bars .band::after{content:"";position:absolute;top:-.22rem;
  height:.6rem;width:2px;background:currentColor}
.lamassu-bars .band::before{left:-1px}
.lamassu-bars .band::after{right:-1px}
.lamassu-bars .zero{top:-.2rem;bottom:-.2rem;width:1px;background:currentColor;opacity:.55}
.lamassu-bars .unknown{inset:0;border-radius:2px;
  background:repeating-linear-gradient(45deg,rgba(128,128,128,.5) 0 2px,transparent 2px 7px)}
.lamassu-bars .figure{font-variant-numeric:tabular-nums;text-align:end}
.lamassu-bars .row.chosen{background:rgba(31,111,139,.14)}
@media (max-width:640px){
  .lamassu-bars .row{grid-template-columns:1fr 8.5rem}
  .lamassu-bars .label{grid-column:1/3}
}
</style>"""
