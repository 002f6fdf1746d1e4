"""The watch over one site: all its scenes in the order of time, and what they flag."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from layers.series_chart import Series, series_page
from layers.style import name_markdown, safe_markdown, square_metres
from layers.views import cache, who
from layers.views.progress import telling
from layers.views.provenance import show_provenance
from layers.views.reports import sentence
from layers.views.triage_pictures import theme

if TYPE_CHECKING:
    from geo.pipeline.series import SeriesStudy

FOUND_KEY, REFUSED_KEY, SITE_KEY = "watch found", "watch refused", "watch of"
"""Where a session keeps a study of many dates, why there is none, and of which site it is."""

ASKED_LAST_KEY = "watch asked last"
"""Whether the watch was run after the last comparison of two dates, and so is shown above it."""

EARLIEST = date(1972, 7, 23)
"""The launch of the first Landsat: no scene is older."""


def watch_button(site: pd.Series | None, *, scenes: int) -> None:
    """Offers to run the watch over the scenes of a site that the store holds."""
    watch = st.button(
        "Watch this site",
        icon=":material/visibility:",
        disabled=site is None or scenes < 2,
        help=f"Reads all {scenes} scenes of the site in the order of time: what is usual in the "
        "season, and what is not",
    )
    with st.popover("Since when", icon=":material/event:", disabled=site is None or scenes < 2):
        since = st.date_input(
            "Watched from",
            None,
            max_value="today",
            min_value=EARLIEST,
            format="YYYY-MM-DD",
            key=f"watched from {'' if site is None else site['id']}",
        )
        st.caption(
            "Scenes before this day only tell what is usual: one year at least, so that each "
            "season was seen. Without a day, the first two years do."
        )
    if watch:
        _run(site, since if isinstance(since, date) else None)


def _run(site: pd.Series, since: date | None) -> None:
    """Run the watch under a progress bar; keep its result, or its refusal, in the session."""
    st.session_state[ASKED_LAST_KEY] = True
    from geo.pipeline.series import study_series  # noqa: PLC0415 - its libraries are slow to load

    for key in (FOUND_KEY, REFUSED_KEY):
        st.session_state.pop(key, None)
    st.session_state[SITE_KEY] = str(site["name"])
    bar = st.progress(0.0, "reading")
    try:
        st.session_state[FOUND_KEY] = study_series(
            cache.store(),
            cache.settings(),
            site_id=str(site["id"]),
            since=since,
            now=datetime.now(UTC),
            progress=telling(bar),
        )
    except LamassuError as err:
        st.session_state[REFUSED_KEY] = str(err)
    bar.empty()


def show_watch() -> None:
    """What the last watch of this session found, if there was one."""
    refused = st.session_state.get(REFUSED_KEY)
    if refused:
        st.error(safe_markdown(refused))
    study: SeriesStudy | None = st.session_state.get(FOUND_KEY)
    if study is None:
        return
    st.subheader("Watch", anchor=False)
    if study.simulated:
        st.warning("**SIMULATED** pictures: invented scenery, for practice. It shows nothing real.")
    st.markdown(
        f"{name_markdown(st.session_state[SITE_KEY])}: **{len(study.flags)}** alerts "
        f"\u00b7 {_span(study)} \u00b7 marking {safe_markdown(study.marking.value)}"
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _flags(study)
        _keep(study)
    with right:
        _site_score(study)
    _skipped(study)
    show_provenance(study.id, study.provenance)


def _span(study: SeriesStudy) -> str:
    """How many scenes of which time were looked at, and since when they are watched."""
    scenes = f"{len(study.pictures)} scenes"
    findings = study.provenance.findings
    first, last = findings.get("first_scene_on"), findings.get("last_scene_on")
    if not first or not last:
        return scenes
    return f"{scenes}, {first} to {last}, watched from {findings['watched_from']}"


def _flags(study: SeriesStudy) -> None:
    """The alerts, strongest first."""
    if not len(study.flags):
        why = sentence(str(study.provenance.findings.get("nothing_flagged_because", "")))
        if study.watch.is_watching:
            st.info(f"Nothing stands out. That is not proof that nothing happened. {why}.")
        else:
            helps = "More scenes help, or another day in *Since when*."
            st.warning(f"Nothing could be watched. {why}. {helps}")
        return
    flags = study.flags
    st.dataframe(
        pd.DataFrame(
            {
                "From": flags["date_from"].dt.date,
                "To": flags["date_to"].dt.date,
                "Status": flags["status"],
                "Dates": flags["persistence"],
                "Area": [square_metres(float(area)) for area in flags["area_m2"]],
                "Score": flags["score"].round(2),
            }
        ),
        hide_index=True,
        alt="Alerts of the watch",
    )


def _keep(study: SeriesStudy) -> None:
    """Keep the alerts, and go on to the queue."""
    from geo.pipeline.series import keep_series  # noqa: PLC0415 - its libraries are slow to load

    with st.container(horizontal=True):
        if st.button("Keep these alerts", disabled=not len(study.flags), key="keep watch"):
            try:
                report = keep_series(
                    cache.store(),
                    study,
                    settings=cache.settings(),
                    author=who.author(),
                    now=datetime.now(UTC),
                )
            except LamassuError as err:
                st.error(safe_markdown(err))
            else:
                st.toast(f"{report.accepted} alerts kept, {report.duplicate} were kept before")
        if st.button("Open the alerts", icon=":material/arrow_forward:", key="watch to alerts"):
            st.switch_page(st.session_state["alerts page"])


def _site_score(study: SeriesStudy) -> None:
    """How unlike its own past the whole site looked, date by date."""
    score = study.site_score
    st.markdown("**The whole site against its surroundings**")
    if score.month is None:
        st.caption("Too little was seen to tell one month from another.")
        return
    st.caption(
        f"Most unlike its own past in {score.month:%B %Y}. In robust standard deviations, within "
        "the site against a ring around it; it ranks, and is no probability."
    )
    nothing = np.full(len(score.dates), np.nan)
    month = np.datetime64(score.month, "M")
    chart = Series(
        dates=score.dates.astype("datetime64[D]"),
        values=score.scores,
        clear=np.isfinite(score.scores),
        baseline=nothing,
        low=nothing,
        high=nothing,
        flagged_from=score.month,
        flagged_to=(month + 1).astype("datetime64[D]").astype(date) - timedelta(days=1),
        interval="month most unlike its past",
        quantity="Unlike its own past, robust standard deviations",
        simulated=study.simulated,
    )
    st.iframe(
        series_page(chart, title="The site through time", theme=theme()),
        height="content",
        alt="How unlike its own past the site looked, by date",
    )


def _skipped(study: SeriesStudy) -> None:
    """Scenes that were left out, with the reason."""
    if not study.skipped:
        return
    with st.expander(f"{len(study.skipped)} scenes were left out"):
        st.markdown(
            "\n".join(
                f"- {safe_markdown(one.scene_id)}: {safe_markdown(one.reason)}"
                for one in study.skipped
            )
        )
