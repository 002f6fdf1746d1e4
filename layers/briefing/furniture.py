"""What makes a picture of the ground a map: scale bar, true north, graticule."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, box

from geo.grid import ELLIPSOID
from layers.briefing.ground import Points, View

STEPS_DEG = (
    30, 20, 10, 5, 2, 1, 1 / 2, 1 / 3, 1 / 6, 1 / 12, 1 / 30, 1 / 60, 1 / 120, 1 / 180, 1 / 360,
    1 / 720, 1 / 1800, 1 / 3600,
)  # fmt: skip
"""Steps of a graticule that read well in degrees, minutes and seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A length on the ellipsoid and the line on the sheet that stands for it."""

    length_m: float
    """Length on the ellipsoid from end to end."""
    left_mm: float
    """Where it begins on the sheet."""
    right_mm: float
    """Where it ends."""
    y_mm: float
    """How far down it lies."""


def scale_bar(view: View, *, left_mm: float, y_mm: float, longest_mm: float) -> ScaleBar:
    """A bar of a round length, no longer than `longest_mm`, true where it stands on the map."""
    start = view.from_mm(left_mm, y_mm)
    longest_m = _geodesic_m(view, start, longest_mm)
    magnitude = 10 ** math.floor(math.log10(longest_m))
    length_m = max(step * magnitude for step in (1, 2, 5) if step * magnitude <= longest_m)
    low, high = 0.0, longest_mm
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _geodesic_m(view, start, middle) < length_m else (low, middle)
    return ScaleBar(length_m=length_m, left_mm=left_mm, right_mm=left_mm + high, y_mm=y_mm)


def _geodesic_m(view: View, start: tuple[float, float], paper_mm: float) -> float:
    """Length on the ellipsoid of a horizontal stroke on paper."""
    x, y = start
    ends = view.lonlats(np.array([[x, y], [x + paper_mm * view.metres_per_mm, y]]))
    _, _, length = ELLIPSOID.inv(*ends[0], *ends[1])
    return float(length)


def north_turn_deg(view: View, x_mm: float, y_mm: float) -> float:
    """Direction of true north at a place of the sheet, in degrees clockwise from straight up."""
    x, y = view.from_mm(x_mm, y_mm)
    here = view.lonlats(np.array([[x, y]]))[0]
    # A hundred millionth of a turn is short enough to be straight, long enough for doubles.
    step_deg = 1e-4 if here[1] < 89.9 else -1e-4
    there = view.xy(np.array([[here[0], here[1] + step_deg]]))[0]
    east, north = (there - (x, y)) * math.copysign(1, step_deg)
    return math.degrees(math.atan2(east, north))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridLine:
    """One meridian or parallel inside the frame."""

    xy: Points
    """Its projected vertices."""
    label: str
    """Its degrees."""
    meets: float | None
    """Where it meets the edge that carries its label, in metres of the projection."""
    is_meridian: bool
    """True for a meridian, labelled below; a parallel is labelled at the left."""


def graticule(view: View) -> list[GridLine]:
    """Meridians and parallels of the frame, four to eight of each where the ground allows."""
    west, south, east, north = view.lonlat_bounds
    step = _step_deg(min(east - west, 1.3 * (north - south)))
    return [
        *_lines(view, step, (west, east), (south, north), is_meridian=True),
        *_lines(view, step, (south, north), (west, east), is_meridian=False),
    ]


def _step_deg(span_deg: float) -> float:
    """The coarsest step that gives at least four lines over a span."""
    return next((step for step in STEPS_DEG if span_deg / step >= 4), STEPS_DEG[-1])


def _lines(
    view: View,
    step: float,
    across: tuple[float, float],
    along: tuple[float, float],
    *,
    is_meridian: bool,
) -> list[GridLine]:
    """Lines of one direction."""
    frame = box(*view.bounds)
    west, south, east, _ = view.bounds
    edge = (
        LineString([(west, south), (east, south)])
        if is_meridian
        else LineString([(west, south), (west, view.bounds[3])])
    )
    found = []
    run = np.linspace(*along, 61)
    for number in range(math.ceil(across[0] / step), math.floor(across[1] / step) + 1):
        fixed = np.full_like(run, number * step)
        lonlats = np.column_stack([fixed, run] if is_meridian else [run, fixed])
        xy = view.xy(lonlats)
        xy = xy[np.isfinite(xy).all(axis=1)]
        if len(xy) < 2 or not frame.intersects(LineString(xy)):
            continue
        crossing = LineString(xy).intersection(edge)
        point = shapely.get_coordinates(crossing)
        meets = float(point[0][0 if is_meridian else 1]) if len(point) else None
        label = degrees(number * step, "EW" if is_meridian else "NS")
        found.append(GridLine(xy=xy, label=label, meets=meets, is_meridian=is_meridian))
    return found


def degrees(value: float, sides: str) -> str:
    """Degrees with minutes and seconds as far as they are needed: ``43°30′E``."""
    seconds = round(abs(value) * 3600)
    whole, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{whole}°"
    if rest:
        text += f"{minutes:02d}′"
    if seconds:
        text += f"{seconds:02d}″"
    return text + (sides[0 if value > 0 else 1] if value else "")
