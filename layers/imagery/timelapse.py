"""The pictures of one place in the order of time, as one page that needs no other file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

from PIL import Image
from shapely.geometry.base import BaseGeometry

from geo.errors import GridMismatch, NoValidPixels
from layers.imagery.picture import Picture, data_uri
from layers.imagery.placing import rings_in_cells
from layers.imagery.swipe import page_colours, scale_bar
from layers.style import SIMULATED, VERMILION, safe_html

QUALITY = 88
"""Of the frames, in WebP: a tenth of the bytes of a PNG, and no edge of a field is lost."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One date of a timelapse."""

    picture: Picture
    """What was taken; all frames of a timelapse lie on one grid."""
    day: str
    """Date and sensor, as plain text."""
    not_seen: str = ""
    """Why the place itself was not seen, such as ``cloud``, as plain text; empty where it was."""


def timelapse_html(
    frames: Sequence[Frame],
    *,
    outline_lonlat: BaseGeometry | None = None,
    title: str = "Timelapse",
    begin: int = 0,
    theme: Literal["auto", "light", "dark"] = "auto",
) -> str:
    """A page that plays `frames`; it needs no other file and no network.

    It stands still until somebody plays it. A frame in which the place was not seen says so in
    words and is hatched: no clear picture is not "no change".

    Parameters
    ----------
    frames
        In the order of time, one at least.
    outline_lonlat
        Polygon in EPSG:4326 that is outlined in each frame.
    title
        Plain text, escaped here.
    begin
        Number of the frame that is shown first; counted from 0.
    theme
        Colours of the controls; ``auto`` follows the browser.

    Raises
    ------
    NoValidPixels
        If there is no frame.
    GridMismatch
        If the frames do not lie on one grid.
    """
    if not frames:
        raise NoValidPixels("the timelapse has no frame", expected="at least one picture")
    grid = frames[0].picture.grid
    if any(frame.picture.grid != grid for frame in frames):
        raise GridMismatch(
            "the frames lie on different grids", expected="pictures that were read onto one grid"
        )
    rows, cols = grid.shape
    begin = min(max(begin, 0), len(frames) - 1)
    bar_percent, bar_label = scale_bar(grid)
    return _PAGE.substitute(
        colours=page_colours(theme),
        title=safe_html(title),
        figures="".join(_figure(frame, first=i == begin) for i, frame in enumerate(frames)),
        outline=_outline(outline_lonlat, frames[0].picture),
        rows=rows,
        cols=cols,
        ratio=f"{cols * grid.cell_m[0] / (rows * grid.cell_m[1]):.5f}",
        bar=f"{bar_percent:.3f}",
        bar_label=safe_html(bar_label),
        ticks="".join(_tick(i, frame, len(frames)) for i, frame in enumerate(frames)),
        last=len(frames) - 1,
        begin=begin,
        idle="" if len(frames) > 1 else "disabled",
        colour=VERMILION,
        script=_SCRIPT,
    )


def _figure(frame: Frame, *, first: bool) -> str:
    """One date: the picture, its words, and SIMULATED where due."""
    words = f"{frame.day}, not seen: {frame.not_seen}" if frame.not_seen else frame.day
    veil = f'<div class="veil"><b>Not seen: {safe_html(frame.not_seen)}</b></div>'
    badge = f"<b>{SIMULATED}</b>" if frame.picture.simulated else ""
    return (
        f'<figure data-words="{safe_html(words)}"{"" if first else " hidden"}>'
        f'<img draggable="false" alt="{safe_html(f"{words}: {frame.picture.label}")}"'
        f' src="{_webp(frame.picture)}">{veil if frame.not_seen else ""}'
        f'<figcaption class="tag"><span dir="auto">{safe_html(frame.day)}</span>{badge}'
        "</figcaption></figure>"
    )


def _webp(picture: Picture) -> str:
    """The picture as an address that holds it."""
    buffer = io.BytesIO()
    Image.fromarray(picture.rgba).save(buffer, "WEBP", quality=QUALITY)
    return data_uri(buffer.getvalue(), kind="webp")


def _outline(outline_lonlat: BaseGeometry | None, picture: Picture) -> str:
    """The polygon's rings as SVG paths in cells of the grid, light under dark."""
    course = "".join(
        "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ring) + "Z"
        for ring in rings_in_cells(outline_lonlat, picture.grid)
    )
    return f'<path d="{course}"/><path d="{course}"/>' if course else ""


def _tick(number: int, frame: Frame, count: int) -> str:
    """Where a frame lies under the slider; hollow where the place was not seen."""
    share = number / (count - 1) if count > 1 else 0.5
    kind = ' class="unseen"' if frame.not_seen else ""
    return f'<i{kind} style="--x:{share:.4f}"></i>'


# A file of its own, so that the server can name it by its hash among the scripts that may run.
_SCRIPT = (Path(__file__).parent / "timelapse.js").read_text(encoding="utf-8")

_PAGE = Template("""<!doctype html>
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
#stage{position:relative;aspect-ratio:$ratio;overflow:hidden;border-radius:4px;max-width:1100px;
  margin:0 auto;border:1px solid var(--line);
  background:repeating-linear-gradient(45deg,#8883 0 6px,#8881 6px 12px)}
#stage figure{margin:0}
#stage img,#stage svg,.veil{position:absolute;inset:0;width:100%;height:100%;display:block}
#stage figure[hidden]{display:none}
.veil{background:repeating-linear-gradient(45deg,#1b243099 0 7px,#1b243055 7px 14px);
  display:flex;align-items:center;justify-content:center;text-align:center}
.veil b{background:#101820e0;color:#fff;padding:4px 12px;border-radius:4px;max-width:90%;
  overflow-wrap:anywhere}
path{fill:none;stroke:$colour;stroke-width:2.2px;vector-effect:non-scaling-stroke;
  stroke-linejoin:round}
path:first-of-type{stroke:#fff;stroke-width:4.5px;stroke-opacity:.85}
.tag{position:absolute;top:8px;left:8px;max-width:calc(100% - 16px);padding:3px 9px;
  border-radius:4px;background:#101820d9;color:#fff;overflow-wrap:anywhere}
.tag b{display:inline-block;margin-left:.6em;padding:0 .45em;border-radius:3px;background:#f0e442;
  color:#1b2430;font-size:.8em;letter-spacing:.06em}
#bar{position:absolute;left:12px;bottom:10px;width:$bar%;border:2px solid #fff;border-top:0;
  height:8px;filter:drop-shadow(0 0 1.5px #000);pointer-events:none}
#bar span{position:absolute;left:0;bottom:5px;color:#fff;font-weight:600;font-size:13px;
  white-space:nowrap;text-shadow:0 0 3px #000,0 0 3px #000}
.controls{display:flex;flex-wrap:wrap;gap:.35rem .5rem;align-items:center;max-width:1100px;
  margin:0 auto;padding:.45rem 2px .2rem}
.controls button,.controls select{font:inherit;color:var(--ink);background:transparent;
  border:1px solid var(--line);border-radius:4px;padding:.1rem .7rem;min-height:1.9rem}
.controls select{background:var(--paper)}
#play{min-width:4.6rem;border-color:var(--accent)}
.track{flex:1 1 12rem;min-width:0;position:relative;padding-bottom:8px}
.track input{width:100%;height:1.4rem;margin:0;display:block;accent-color:var(--accent)}
.track i{position:absolute;bottom:0;left:calc(8px + (100% - 16px)*var(--x));width:5px;height:7px;
  margin-left:-2.5px;background:var(--accent);border-radius:1px}
.track i.unseen{background:none;border:1px solid var(--ink);opacity:.55}
#told{max-width:1100px;margin:0 auto;min-height:1.4em;font-size:.9rem;opacity:.85;
  overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
</style></head><body>
<div id="stage">$figures
<svg viewBox="0 0 $cols $rows" preserveAspectRatio="none" aria-hidden="true">$outline</svg>
<div id="bar"><span>$bar_label</span></div></div>
<div class="controls">
<button type="button" id="play" aria-pressed="false" $idle>Play</button>
<button type="button" id="before" aria-label="One date earlier" $idle>&#8249;</button>
<button type="button" id="after" aria-label="One date later" $idle>&#8250;</button>
<div class="track"><input type="range" id="at" min="0" max="$last" value="$begin" step="1"
 aria-label="Date" $idle>$ticks</div>
<select id="speed" aria-label="Speed" $idle><option value="1600">slow</option>
<option value="800" selected>normal</option><option value="350">fast</option></select>
</div>
<div id="told" aria-live="polite"></div>
<script>$script</script></body></html>
""")
