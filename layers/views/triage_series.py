"""The series of an alert as a chart: what was measured, and what was expected."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from geo.errors import LamassuError, NotFound
from geo.model import AlertMethod
from geo.pipeline.guard import GuardedStore
from geo.pipeline.shots import Shots, brightness_of, shots_of
from layers.series_chart import Series, series_page
from layers.views import cache
from layers.views.caching import scoped
from layers.views.reports import sentence


def show_series(alert: pd.Series, *, theme: Literal["light", "dark"]) -> None:
    """The chart, or why there is none."""
    name = str(alert["dataset_id"]), str(alert["id"])
    try:
        with st.spinner("Reading the series"):
            if alert["method"] == AlertMethod.SERIES:
                series = _watched(cache.store(), *name)
            else:
                series = _measured(cache.store(), *name)
    except LamassuError as err:
        st.warning(sentence(str(err)))
        return
    # In a place of its own: a frame that shows another page next does not become lower again.
    with st.container(key="alert-series"):
        st.iframe(
            series_page(series, title=f"Series of {alert['id']}", theme=theme),
            height="content",
            alt="The place through time",
        )
    if not np.isfinite(series.baseline).any():
        st.caption(
            "Mean brightness of the flagged ground in the pictures that are kept. No baseline: "
            "this alert compares two dates, and does not know what the season would bring."
        )
    st.caption(
        "A date without a clear picture is a mark at the foot: what happened then is unknown."
    )


@scoped(24)
def _watched(asked: GuardedStore, dataset_id: str, alert_id: str) -> Series:
    """The series by which an alert was raised, at its anchor."""
    from geo.pipeline.series import series_of  # noqa: PLC0415 - its libraries are slow to load

    row = asked.get("alerts", alert_id, dataset_id=dataset_id).iloc[0]
    found = series_of(cache.settings(), row)
    return Series(
        dates=found.dates,
        values=found.values,
        clear=found.clear,
        baseline=found.baseline,
        low=found.low,
        high=found.high,
        flagged_from=found.flagged_from,
        flagged_to=found.flagged_to,
        interval=f"interval of the change ({row['status']})",
        quantity=f"{found.name[:1].upper()}{found.name[1:]}",
        simulated=bool(row["simulated"]),
    )


@scoped(24)
def _measured(asked: GuardedStore, dataset_id: str, alert_id: str) -> Series:
    """Brightness of the flagged ground in each picture; nothing is expected of it."""
    row = asked.get("alerts", alert_id, dataset_id=dataset_id).iloc[0]
    found: Shots = shots_of(asked, cache.settings(), row)
    dated = [shot for shot in found.shots if shot.day is not None]
    if found.after is None or not dated:
        raise NotFound(
            f"no dated and clear picture shows the ground of alert {alert_id}",
            expected="scenes over it",
            remedy="bring in scenes of the place under Data",
        )
    bands = found.shots[found.after].raster.bands
    dated = [shot for shot in dated if shot.raster.bands == bands]
    nothing = np.full(len(dated), np.nan)
    return Series(
        dates=np.array([shot.day for shot in dated], dtype="datetime64[D]"),
        values=np.array([brightness_of(shot, row["geometry"]) for shot in dated]),
        clear=np.array([not shot.not_seen for shot in dated]),
        baseline=nothing,
        low=nothing,
        high=nothing,
        flagged_from=_date(row["date_from"]),
        flagged_to=_date(row["date_to"]),
        quantity="Mean brightness of the flagged ground",
        simulated=any(shot.simulated for shot in dated),
    )


def _date(day: pd.Timestamp) -> pd.Timestamp | None:
    """The day, None if unknown."""
    return None if pd.isna(day) else day.date()
