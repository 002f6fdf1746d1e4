"""A before/after swipe as one page that needs no other file: in an iframe, or saved and opened."""

from __future__ import annotations

import math
from pathlib import Path
from string import Template
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from geo.errors import GridMismatch
from geo.grid import Grid
from layers.imagery.picture import Picture, Rgba, data_uri, encoded
from layers.imagery.placing import on_grid, rings_in_cells
from layers.style import SIMULATED, VERMILION, metres, safe_html, square_metres


def swipe_html(
    before: Picture,
    after: Picture,
    *,
    before_label: str,
    after_label: str,
    flags: gpd.GeoDataFrame | None = None,
    title: str = "",
    theme: Literal["auto", "light", "dark"] = "auto",
) -> str:
    """A page that swipes between two dates; it needs no other file and no network.

    Parameters
    ----------
    before, after : Picture
        `after` is warped onto the grid of `before` if it has another.
    before_label, after_label, title : str
        Plain text, such as the dates; escaped here.
    flags : GeoDataFrame, optional
        Polygons in EPSG:4326 that are outlined on both dates; its columns ``id`` or ``rank``,
        ``area_m2`` and ``distance_m``, as far as it has them, become the outlines' tooltips.
    theme : str
        Colours of the controls; ``auto`` follows the browser.

    Returns
    -------
    str
        HTML for an iframe or a file. The swipe is a range slider, so it works by pointer, touch and
        keyboard (arrows, Page Up and Down, Home, End); the picture can be dragged as well.

    Raises
    ------
    GridMismatch
        If the two pictures do not overlap.
    """
    grid = before.grid
    later = _aligned(after, grid)
    rows, cols = grid.shape
    bar_percent, bar_label = scale_bar(grid)
    return _SWIPE.substitute(
        colours=page_colours(theme),
        title=safe_html(title or "Before and after"),
        heading=f"<h1>{safe_html(title)}</h1>" if title else "",
        before=data_uri(encoded(before.rgba, before.label)),
        after=data_uri(encoded(later, after.label)),
        before_alt=safe_html(f"{before_label}: {before.label}"),
        after_alt=safe_html(f"{after_label}: {after.label}"),
        before_label=safe_html(before_label),
        after_label=safe_html(after_label),
        before_badge=_BADGE if before.simulated else "",
        after_badge=_BADGE if after.simulated else "",
        rows=rows,
        cols=cols,
        outlines="" if flags is None else _outlines(flags, grid),
        toggle=_TOGGLE if flags is not None and len(flags) else "",
        ratio=f"{cols * grid.cell_m[0] / (rows * grid.cell_m[1]):.5f}",
        bar=f"{bar_percent:.3f}",
        bar_label=safe_html(bar_label),
        colour=VERMILION,
        script=_SCRIPT,
    )


def page_colours(theme: Literal["auto", "light", "dark"]) -> str:
    """The colours of a page in a frame, as a rule of CSS; ``auto`` follows the browser."""
    return _COLOURS.substitute(scheme={"auto": "light dark"}.get(theme, theme))


def scale_bar(grid: Grid) -> tuple[float, str]:
    """How long a bar of round length is, in percent of the picture's width, and that length."""
    width_m = grid.shape[1] * grid.cell_m[0]
    bar_m = _round_length_m(width_m / 4)
    return 100 * bar_m / width_m, metres(bar_m)


def _aligned(picture: Picture, grid: Grid) -> Rgba:
    """The picture's cells on `grid`."""
    if picture.grid == grid:
        return picture.rgba
    rgba = on_grid(picture.rgba, picture.grid, grid)
    if not rgba[..., 3].any():
        raise GridMismatch(
            "the two pictures do not overlap",
            expected="two scenes of one place",
            remedy="choose scenes that overlap",
        )
    return rgba


def _round_length_m(longest_m: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten metres up to `longest_m` and 2 % more."""
    power = 10.0 ** math.floor(math.log10(1.02 * longest_m))
    return max(step * power for step in (1, 2, 5) if step * power <= 1.02 * longest_m)


def _outlines(flags: gpd.GeoDataFrame, grid: Grid) -> str:
    """SVG paths of the polygons in cells of the grid, with their tooltips."""
    columns = [name for name in ("id", "rank", "area_m2", "distance_m") if name in flags]
    paths = []
    for geometry, *values in zip(flags.geometry, *(flags[name] for name in columns), strict=True):
        rings = rings_in_cells(geometry, grid)
        course = "".join(
            "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ring) + "Z" for ring in rings
        )
        if course:
            tip = safe_html(_flag_words(dict(zip(columns, values, strict=True))))
            paths.append(f'<g><title>{tip}</title><path d="{course}"/><path d="{course}"/></g>')
    return "".join(paths)


def _flag_words(flag: dict[str, Any]) -> str:
    """A flag's name, area and distance in words."""
    words = [str(flag.get("id") or f"Flagged change {flag.get('rank', '')}".strip())]
    if not pd.isna(area := flag.get("area_m2", math.nan)):
        words.append(square_metres(float(area)))
    if not pd.isna(distance := flag.get("distance_m", math.nan)):
        words.append(f"{metres(float(distance))} from the site")
    return ", ".join(words)


# A file of its own, so that the server can name it by its hash among the scripts that may run.
_SCRIPT = (Path(__file__).parent / "swipe.js").read_text(encoding="utf-8")

_COLOURS = Template(
    ":root{color-scheme:$scheme;"
    "--paper:light-dark(#fbfaf7,#141a21);--ink:light-dark(#1b2430,#e9e6df);"
    "--accent:light-dark(#1f6f8b,#4fa3c0);--line:light-dark(#d9d3c7,#36424e)}"
)

_BADGE = f"<b>{SIMULATED}</b>"

_TOGGLE = '<label class="flags"><input type="checkbox" id="show" checked>Flagged areas</label>'

_SWIPE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';img-src data:;\
style-src 'unsafe-inline';script-src 'unsafe-inline'">
<title>$title</title>
<style>
$colours
*{box-sizing:border-box}
body{margin:0;padding:2px;background:var(--paper);color:var(--ink);
  font:15px/1.4 "Source Sans Pro","Source Sans 3",system-ui,sans-serif}
h1{font-size:1.1rem;margin:0 0 .5rem}
figure{margin:0 auto;max-width:1100px}
#stage{position:relative;aspect-ratio:$ratio;overflow:hidden;border-radius:4px;cursor:ew-resize;
  border:1px solid var(--line);touch-action:pan-y;user-select:none;
  background:repeating-linear-gradient(45deg,#8883 0 6px,#8881 6px 12px)}
#stage img,#stage svg{position:absolute;inset:0;width:100%;height:100%;display:block}
#stage img{pointer-events:none}
#later{clip-path:inset(0 0 0 var(--at))}
#earlier{clip-path:inset(0 calc(100% - var(--at)) 0 0)}
path{fill:$colour;fill-opacity:0;stroke:$colour;stroke-width:2.2px;vector-effect:non-scaling-stroke;
  stroke-linejoin:round}
path:first-of-type{stroke:#fff;stroke-width:4.5px;stroke-opacity:.85}
g:hover path{fill-opacity:.14}
#line{position:absolute;top:0;bottom:0;left:var(--at);width:2px;margin-left:-1px;background:#fff;
  box-shadow:0 0 0 1px #0006;pointer-events:none}
#line::after{content:"\\2039\\2002\\203a";position:absolute;top:86%;left:50%;width:38px;height:38px;
  transform:translate(-50%,-50%);border-radius:50%;background:#fff;color:#1b2430;
  box-shadow:0 1px 5px #0008;font:600 20px/35px system-ui,sans-serif;text-align:center}
.tag{position:absolute;top:8px;max-width:calc(50% - 14px);padding:3px 9px;border-radius:4px;
  background:#101820d9;color:#fff;pointer-events:none;overflow-wrap:anywhere}
.tag b{display:inline-block;margin-left:.6em;padding:0 .45em;border-radius:3px;background:#f0e442;
  color:#1b2430;font-size:.8em;letter-spacing:.06em}
#earlier-tag{left:8px}#later-tag{right:8px;text-align:right}
#bar{position:absolute;left:12px;bottom:10px;width:$bar%;border:2px solid #fff;border-top:0;
  height:8px;filter:drop-shadow(0 0 1.5px #000);pointer-events:none}
#bar span{position:absolute;left:0;bottom:5px;color:#fff;font-weight:600;font-size:13px;
  white-space:nowrap;text-shadow:0 0 3px #000,0 0 3px #000}
.controls{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:center;padding:.45rem 2px .2rem}
.controls input[type=range]{flex:1 1 12rem;min-width:0;height:1.6rem;margin:0;
  accent-color:var(--accent)}
.flags{display:flex;gap:.4rem;align-items:center}
.flags input{accent-color:var(--accent);width:1rem;height:1rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
</style></head><body>
$heading<figure>
<div id="stage" style="--at:50%">
<img id="earlier" draggable="false" alt="$before_alt" src="$before">
<img id="later" draggable="false" alt="$after_alt" src="$after">
<svg id="outlines" viewBox="0 0 $cols $rows" preserveAspectRatio="none" role="img"
 aria-label="Outlines of flagged areas">$outlines</svg>
<div id="line"></div>
<div class="tag" id="earlier-tag"><span>$before_label</span>$before_badge</div>
<div class="tag" id="later-tag"><span>$after_label</span>$after_badge</div>
<div id="bar"><span>$bar_label</span></div>
</div>
<div class="controls"><input type="range" id="at" min="0" max="100" value="50"
 aria-label="Swipe between the two dates">$toggle</div>
</figure>
<script>$script</script></body></html>
""")
