"""A series as an SVG chart on a page of its own: points, expected course, its band, the alert.

Silence is not absence: a date without a clear picture is a mark at the foot of the chart, never a
point, and where the model expects nothing the band has a gap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from string import Template
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridMismatch, NoValidPixels
from layers.imagery import page_colours
from layers.series_chart.scales import Scale, date_ticks, round_ticks, value_words
from layers.style import BLUE, SIMULATED, VERMILION, safe_html

WIDTH_PX, HEIGHT_PX = 600.0, 290.0
"""The drawing's own size; the page stretches it to whatever width it has."""

LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 54.0, 10.0, 14.0, 44.0
"""Room for the numbers, the marks of the unseen dates, and the dates."""

CHARACTER_PX = 8.0
"""Room for a character of a date; dates that would touch the one before are left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """One value of one place through time."""

    dates: NDArray[np.datetime64]
    """Shape (n,), days in rising order."""
    values: NDArray[np.floating]
    """Shape (n,); NaN where there is none."""
    clear: NDArray[np.bool_]
    """Shape (n,); False where the place was not seen: its value is not drawn."""
    baseline: NDArray[np.floating]
    """Shape (n,): what was expected; NaN where nothing was."""
    low: NDArray[np.floating]
    """Shape (n,): lower edge of the band about the baseline; NaN for none."""
    high: NDArray[np.floating]
    """Shape (n,): its upper edge."""
    flagged_from: date | None = None
    """First day of the alert, None if nothing is flagged."""
    flagged_to: date | None = None
    """Last day of it."""
    interval: str = "flagged interval"
    """What the days from `flagged_from` to `flagged_to` are, as plain text."""
    quantity: str = "value"
    """What is measured, with its unit, as plain text."""
    simulated: bool = False
    """True if made from invented pictures."""

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        lengths = {
            len(column) for column in (self.values, self.clear, self.baseline, self.low, self.high)
        }
        if lengths != {len(self.dates)}:
            raise GridMismatch(
                f"a series of {len(self.dates)} dates has columns of {sorted(lengths)} values",
                expected="one of each for every date",
            )


def series_page(
    series: Series,
    *,
    title: str = "Series",
    theme: Literal["auto", "light", "dark"] = "auto",
) -> str:
    """The chart as HTML for an iframe; it needs no other file, no network and no script.

    Each point has its date, value and expectation as a tooltip, and all of them stand in a table
    under the chart that can be unfolded, so that nothing is told by sight alone.

    Raises
    ------
    NoValidPixels
        If the series has no date.
    """
    if not len(series.dates):
        raise NoValidPixels("the series has no date", expected="at least one scene")
    across, up = _scales(series)
    return _PAGE.substitute(
        colours=page_colours(theme),
        title=safe_html(title),
        described=safe_html(described(series)),
        width=WIDTH_PX,
        height=HEIGHT_PX,
        drawing="".join(
            (
                _frame(across, up, series.quantity),
                _flagged(series, across),
                _band(series, across, up),
                _baseline(series, across, up),
                _points(series, across, up),
                _unseen(series, across),
            )
        ),
        badge=f"<b class='simulated'>{SIMULATED}</b>" if series.simulated else "",
        keys=_keys(series),
        rows="".join(_row(series, number) for number in range(len(series.dates))),
        blue=BLUE,
        vermilion=VERMILION,
    )


def described(series: Series) -> str:
    """What the chart shows, in a sentence, as plain text."""
    seen = int(_seen(series).sum())
    flagged = (
        f" {series.interval.capitalize()}: {series.flagged_from} to "
        f"{series.flagged_to or 'the last date'}."
        if series.flagged_from
        else f" No {series.interval}."
    )
    simulated = f"{SIMULATED}. " if series.simulated else ""
    return (
        f"{simulated}{series.quantity} from {_day(series.dates[0])} to {_day(series.dates[-1])}: "
        f"seen on {seen} of {len(series.dates)} dates.{flagged}"
    )


def _seen(series: Series) -> NDArray[np.bool_]:
    """The dates that have a point."""
    return np.asarray(series.clear & np.isfinite(series.values), dtype=bool)


def _day(moment: np.datetime64) -> str:
    """The day as ``2024-03-01``."""
    return str(moment.astype("datetime64[D]"))


def _scales(series: Series) -> tuple[Scale, Scale]:
    """From days and values to the drawing."""
    days = series.dates.astype("datetime64[D]").astype(float)
    if series.flagged_from:
        ends = [series.flagged_from, series.flagged_to or series.flagged_from]
        days = np.append(days, np.array(ends, dtype="datetime64[D]").astype(float))
    first, last = float(days.min()), float(days.max())
    pad = max(3.0, 0.015 * (last - first))
    drawn = np.concatenate(
        [series.values[_seen(series)], series.baseline, series.low, series.high]
    ).astype(float)
    finite = drawn[np.isfinite(drawn)]
    least, most = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = 0.06 * (most - least) or max(0.05 * abs(most), 0.01)
    return (
        Scale(low=first - pad, high=last + pad, start_px=LEFT_PX, end_px=WIDTH_PX - RIGHT_PX),
        Scale(low=least - room, high=most + room, start_px=HEIGHT_PX - FOOT_PX, end_px=TOP_PX),
    )


def _frame(across: Scale, up: Scale, quantity: str) -> str:
    """Axes with their numbers and dates."""
    parts = []
    for value, words in round_ticks(up.low, up.high):
        y = up(value)
        parts.append(
            f'<path class="grid" d="M{LEFT_PX} {y:.1f}H{WIDTH_PX - RIGHT_PX}"/>'
            f'<text x="{LEFT_PX - 6}" y="{y + 4:.1f}" text-anchor="end">{words}</text>'
        )
    foot = HEIGHT_PX - FOOT_PX
    taken = -np.inf
    for day, words in date_ticks(across.low, across.high):
        x, half = across(day), CHARACTER_PX * len(words) / 2
        middle = min(x, WIDTH_PX - half)
        parts.append(f'<path class="axis" d="M{x:.1f} {foot + 15}v5"/>')
        if middle - half >= taken:
            parts.append(
                f'<text x="{middle:.1f}" y="{HEIGHT_PX - 8}" text-anchor="middle">{words}</text>'
            )
            taken = middle + half
    parts.append(f'<path class="axis" d="M{LEFT_PX} {foot + 15}H{WIDTH_PX - RIGHT_PX}"/>')
    parts.append(f'<text class="what" x="{LEFT_PX}" y="{TOP_PX - 3}">{safe_html(quantity)}</text>')
    return "".join(parts)


def _flagged(series: Series, across: Scale) -> str:
    """The interval of the alert as a stripe."""
    if series.flagged_from is None:
        return ""
    begin, end = (
        across(float(np.datetime64(day, "D").astype(float)))
        for day in (series.flagged_from, series.flagged_to or series.flagged_from)
    )
    width = max(end - begin, 3.0)
    what = series.interval.capitalize()
    words = safe_html(f"{what}: {series.flagged_from} to {series.flagged_to or 'now'}")
    return (
        f'<rect class="flagged" x="{begin:.1f}" y="{TOP_PX}" width="{width:.1f}"'
        f' height="{HEIGHT_PX - FOOT_PX - TOP_PX:.1f}"><title>{words}</title></rect>'
    )


def _band(series: Series, across: Scale, up: Scale) -> str:
    """The band about the expectation, with gaps where there is none."""
    x = across.each(series.dates.astype("datetime64[D]").astype(float))
    low, high = series.low.astype(float), series.high.astype(float)
    course = ""
    for part in _runs(np.isfinite(low) & np.isfinite(high)):
        there = [f"{x[i]:.1f} {up(low[i]):.1f}" for i in part]
        back = [f"{x[i]:.1f} {up(high[i]):.1f}" for i in reversed(part)]
        course += "M" + "L".join(there + back) + "Z"
    return f'<path class="band" d="{course}"/>' if course else ""


def _baseline(series: Series, across: Scale, up: Scale) -> str:
    """What was expected, as a line with gaps."""
    x = across.each(series.dates.astype("datetime64[D]").astype(float))
    middle = series.baseline.astype(float)
    course = "".join(
        "M" + "L".join(f"{x[i]:.1f} {up(middle[i]):.1f}" for i in part)
        for part in _runs(np.isfinite(middle))
    )
    return f'<path class="expected" d="{course}"/>' if course else ""


def _runs(there: NDArray[np.bool_]) -> list[list[int]]:
    """The numbers of each unbroken run of True."""
    runs: list[list[int]] = []
    for number in np.flatnonzero(there).tolist():
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _points(series: Series, across: Scale, up: Scale) -> str:
    """What was seen: round within the band, square outside of it."""
    parts = []
    for number in np.flatnonzero(_seen(series)).tolist():
        value = float(series.values[number])
        x = across(float(series.dates[number].astype("datetime64[D]").astype(float)))
        y = up(value)
        tip = f"<title>{safe_html(_tip(series, number))}</title>"
        if _outside(series, number):
            parts.append(
                f'<rect class="point out" x="{x - 3.4:.1f}" y="{y - 3.4:.1f}" width="6.8"'
                f' height="6.8">{tip}</rect>'
            )
        else:
            parts.append(f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3">{tip}</circle>')
    return "".join(parts)


def _unseen(series: Series, across: Scale) -> str:
    """Marks at the foot: dates on which the place was not seen."""
    y = HEIGHT_PX - FOOT_PX + 9
    return "".join(
        f'<path class="unseen" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6">'
        f"<title>{_day(series.dates[number])}: not seen</title></path>"
        for number in np.flatnonzero(~_seen(series)).tolist()
        for x in [across(float(series.dates[number].astype("datetime64[D]").astype(float)))]
    )


def _outside(series: Series, number: int) -> bool:
    """Whether a value lies outside its band; False where there is none."""
    low, high = float(series.low[number]), float(series.high[number])
    known = math.isfinite(low) and math.isfinite(high)
    return known and not low <= float(series.values[number]) <= high


def _tip(series: Series, number: int) -> str:
    """Date, value and expectation of a point, as plain text."""
    expected = float(series.baseline[number])
    low, high = float(series.low[number]), float(series.high[number])
    words = f"{_day(series.dates[number])}: {value_words(float(series.values[number]))}"
    if math.isfinite(expected):
        words += f", expected {value_words(expected)}"
    if math.isfinite(low) and math.isfinite(high):
        words += f" ({value_words(low)} to {value_words(high)})"
    return words


def _row(series: Series, number: int) -> str:
    """One date as a row of the table."""
    seen = bool(_seen(series)[number])
    cells = [
        _day(series.dates[number]),
        value_words(float(series.values[number])) if seen else "not seen",
        *(
            value_words(float(column[number]))
            for column in (series.baseline, series.low, series.high)
        ),
    ]
    return f"<tr>{''.join(f'<td>{safe_html(cell)}</td>' for cell in cells)}</tr>"


def _keys(series: Series) -> str:
    """What each sign that occurs stands for."""
    signs = [("dot", "seen", True)]
    band = bool((np.isfinite(series.low) & np.isfinite(series.high)).any())
    signs += [
        ("box", "seen, outside the band", band),
        ("line", "expected", bool(np.isfinite(series.baseline).any())),
        ("shade", "its band", band),
        ("flagged", series.interval, series.flagged_from is not None),
    ]
    told = [
        f"<span><i class='k {sign}'></i>{safe_html(words)}</span>"
        for sign, words, there in signs
        if there
    ]
    unseen = "" if _seen(series).all() else "<span>\u00d7 not seen</span>"
    return "".join(told) + unseen


_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';\
script-src 'unsafe-inline'">
<title>$title</title>
<style>
$colours
*{box-sizing:border-box}
body{margin:0;padding:2px;background:var(--paper);color:var(--ink);
  font:14px/1.4 "Source Sans Pro","Source Sans 3",system-ui,sans-serif}
.chart{max-width:1100px;margin:0 auto;overflow-x:auto;direction:rtl}
.hint{display:none;font-size:.8rem;opacity:.8}@media(max-width:430px){.hint{display:block}}
svg{direction:ltr;display:block;width:100%;min-width:420px;max-width:900px;height:auto;
  margin:0 auto}
text{font-size:12px;fill:var(--ink);opacity:.85}
text.what{font-weight:600;opacity:1}
.grid{stroke:var(--line);stroke-width:1;fill:none}
.axis{stroke:var(--ink);stroke-opacity:.6;stroke-width:1;fill:none}
.band{fill:var(--accent);fill-opacity:.17}
.expected{fill:none;stroke:var(--accent);stroke-width:1.8}
.point{fill:var(--ink);fill-opacity:.72;stroke:var(--paper);stroke-width:.7}
.point.out{fill:$vermilion;fill-opacity:1}
.flagged{fill:$vermilion;fill-opacity:.15;stroke:$vermilion;stroke-width:1;stroke-dasharray:4 3}
.unseen{stroke:var(--ink);stroke-opacity:.5;stroke-width:1.2;fill:none}
.key{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;max-width:1100px;margin:.2rem auto 0;
  font-size:.86rem}
.key span{white-space:nowrap}
.k{display:inline-block;width:12px;height:10px;margin-right:.4em;vertical-align:baseline}
.k.dot{width:7px;height:7px;border-radius:50%;background:var(--ink);opacity:.75}
.k.box{width:8px;height:8px;background:$vermilion}
.k.line{height:0;border-top:2px solid var(--accent);vertical-align:middle}
.k.shade{background:var(--accent);opacity:.3}
.k.flagged{background:${vermilion}33;border:1px dashed $vermilion}
.simulated{display:inline-block;padding:0 .45em;border-radius:3px;background:#f0e442;color:#1b2430;
  font-size:.8em;letter-spacing:.06em}
details{max-width:1100px;margin:.3rem auto 0}
summary{cursor:pointer}
.scroll{max-height:16rem;overflow:auto}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
td,th{padding:.1rem .8rem .1rem 0;text-align:start;border-bottom:1px solid var(--line)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
</style></head><body>
<div class="chart"><svg viewBox="0 0 $width $height" role="img" aria-label="$described">$drawing
</svg></div>
<div class="hint">Earlier dates and the scale: swipe the chart to the right.</div>
<div class="key">$badge$keys</div>
<details><summary>All dates as a table</summary><div class="scroll"><table>
<thead><tr><th>Date</th><th>Value</th><th>Expected</th><th>From</th><th>To</th></tr></thead>
<tbody>$rows</tbody></table></div></details>
</body></html>
""")
