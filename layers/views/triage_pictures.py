"""What an alert looks like: before and after, through time, and as a series of one cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from geo.grid import Raster
from geo.pipeline.guard import GuardedStore
from geo.pipeline.shots import Shot, Shots, shots_of
from layers import imagery
from layers.views import cache
from layers.views.caching import scoped
from layers.views.reports import sentence
from layers.views.triage_series import show_series

SWIPE, NOW = "Before and after", "Before and now"
TIMELAPSE, SERIES = "Timelapse", "Series"
WIDTHS = {"close": None, "1.5 km": 1500.0, "3 km": 3000.0}
"""Half widths of the ground that is shown, by what they are called."""


def theme() -> Literal["light", "dark"]:
    """The theme that the page is shown in, for the pages within it."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_pictures(alert: pd.Series) -> None:
    """The pictures of an alert, as the user wants to see them."""
    with st.container(horizontal=True, gap="small"):
        shown = st.segmented_control(
            "Shown",
            [SWIPE, NOW, TIMELAPSE, SERIES],
            default=SWIPE,
            required=True,
            key="alert shown",
            label_visibility="collapsed",
            help="Before and now: the last clear picture instead of the first after the change",
        )
        width = "close" if shown == SERIES else _choose_width()
    if shown == SERIES:
        show_series(alert, theme=theme())
        return
    try:
        with st.spinner("Reading pictures"):
            found = _shots(cache.store(), str(alert["dataset_id"]), str(alert["id"]), WIDTHS[width])
        found = _until_now(found) if shown == NOW else found
        draw = _timelapse if shown == TIMELAPSE else _swipe
        # In a place of its own: a frame that shows another page next does not become lower again.
        with st.container(key="alert-timelapse" if shown == TIMELAPSE else "alert-swipe"):
            draw(alert, found)
    except LamassuError as err:
        st.warning(sentence(str(err)))
        return
    for note in found.left_out:
        st.caption(sentence(note))


def _choose_width() -> str:
    """How much ground is shown around the alert, by its name."""
    width: str = st.segmented_control(
        "Ground",
        list(WIDTHS),
        default="close",
        required=True,
        key="alert ground",
        label_visibility="collapsed",
        help="Half the width of the ground that is shown around the alert",
    )
    return width


def _until_now(found: Shots) -> Shots:
    """The same, with the last clear picture of the same bands as the one after the change."""
    if found.before is None or found.after is None:
        return found
    bands = found.shots[found.after].raster.bands
    clear = [
        number
        for number, shot in enumerate(found.shots)
        if not shot.not_seen and shot.taken_at and shot.raster.bands == bands
    ]
    return dataclasses.replace(found, after=max([found.after, *clear]))


def cell_width_m(alert: pd.Series) -> float | None:
    """Width of the cells of the picture that shows the change, in metres; None if there is none."""
    try:
        found = _shots(cache.store(), str(alert["dataset_id"]), str(alert["id"]), WIDTHS["close"])
    except LamassuError:
        return None
    if found.after is None:
        return None
    return round(found.shots[found.after].raster.grid.cell_m[0], 1)


def _swipe(alert: pd.Series, found: Shots) -> None:
    """The two dates with the alert's outline."""
    if found.before is None or found.after is None:
        seen = sum(not shot.not_seen for shot in found.shots)
        st.info(
            f"There is no clear picture on both sides of the change: {seen} of "
            f"{len(found.shots)} pictures show the place. Bring in more scenes under Data."
        )
        return
    pair = found.shots[found.before], found.shots[found.after]
    before, after = pictures_of(pair)
    outline = gpd.GeoDataFrame(
        {"id": [alert["id"]], "area_m2": [alert["area_m2"]]},
        geometry=[alert["geometry"]],
        crs="EPSG:4326",
    )
    st.iframe(
        imagery.swipe_html(
            before,
            after,
            before_label=day_words(pair[0]),
            after_label=day_words(pair[1]),
            flags=outline,
            theme=theme(),
        ),
        height="content",
        alt="Swipe between the pictures before and after the change",
    )


def _timelapse(alert: pd.Series, found: Shots) -> None:
    """Every date."""
    frames = [
        imagery.Frame(picture=picture, day=day_words(shot), not_seen=shot.not_seen)
        for shot, picture in zip(found.shots, pictures_of(found.shots), strict=True)
    ]
    st.iframe(
        imagery.timelapse_html(
            frames,
            outline_lonlat=alert["geometry"],
            title=f"Timelapse of {alert['id']}",
            begin=found.after or 0,
            theme=theme(),
        ),
        height="content",
        alt="Pictures of the place through time",
    )
    unseen = sum(bool(shot.not_seen) for shot in found.shots)
    if unseen:
        st.caption(
            f"On {unseen} of {len(found.shots)} dates the place was not seen: hatched, and hollow "
            "under the slider. What happened then is unknown."
        )


def pictures_of(shots: Sequence[Shot]) -> list[imagery.Picture]:
    """The shots as pictures; those of the same bands share one stretch, so that they compare."""
    by_bands: dict[tuple[str, ...], list[Raster]] = {}
    for shot in shots:
        by_bands.setdefault(shot.raster.bands, []).append(shot.raster)
    stretches: Mapping[tuple[str, ...], imagery.Stretch] = {
        bands: imagery.shared_stretch(*rasters) for bands, rasters in by_bands.items()
    }
    return [
        imagery.true_colour(
            shot.raster, simulated=shot.simulated, stretch=stretches[shot.raster.bands]
        )
        for shot in shots
    ]


def day_words(shot: Shot) -> str:
    """Date, sensor and how much of the alert is clear, as plain text."""
    when = f"{shot.taken_at:%d %b %Y}" if shot.taken_at else "undated"
    sensor = f", {shot.sensor}" if shot.sensor and shot.sensor != "simulated" else ""
    clear = f", {shot.clear_share:.0%} clear" if shot.clear_share < 1 else ""
    return f"{when}{sensor}{clear}"


@scoped(24)
def _shots(
    asked: GuardedStore, dataset_id: str, alert_id: str, half_width_m: float | None
) -> Shots:
    """The pictures of an alert that a viewer sees."""
    row = asked.get("alerts", alert_id, dataset_id=dataset_id).iloc[0]
    return shots_of(asked, cache.settings(), row, half_width_m=half_width_m)
