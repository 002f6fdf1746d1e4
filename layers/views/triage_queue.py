"""The queue of alerts: which wait, which one is looked at, and everything about that one."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.model import Judgement
from geo.pipeline.alerts import BUDGET_A_WEEK, Feed, feed, learning
from geo.pipeline.guard import GuardedStore
from layers.views import cache, who
from layers.views.caching import scoped
from layers.views.filters import KEPT, SIMULATED_KEY
from layers.views.triage import ALERT_KEY
from layers.views.triage_alert import show_facts, show_head, show_rest
from layers.views.triage_assessment import show_assessments
from layers.views.triage_feed import label, line, rate_words
from layers.views.triage_judging import Step, mine, show_bar, show_opinions
from layers.views.triage_keys import listen
from layers.views.triage_pictures import show_pictures

CHOICE_KEY, STEP_KEY, STATE_KEY = "alert choice", "alert step", "alerts of state"
SITE_KEY, BUDGET_KEY = "alerts of site", "alerts a week"

LISTED = 60
"""Alerts that the queue lists at once; the limits find the others."""

TO_JUDGE, SECOND, DONE, ALL = "To judge", "Second look", "Done", "All"

QUEUE_STYLE = """<style>.st-key-alert-queue{max-height:36rem;overflow-y:auto}
@media(max-width:640px){.st-key-alert-queue{max-height:15rem}}</style>"""
"""Keeps a long queue beside the alert that is looked at, and short above it in a narrow window."""

Name = tuple[str, str]


def show_queue() -> None:
    """The feed beside the chosen alert."""
    budget = int(st.session_state.get(BUDGET_KEY, BUDGET_A_WEEK))
    store = cache.store()
    found = _feed(store, f"{datetime.now(UTC):%Y-%m-%d}", budget, learning.is_on(store))
    if found.frame.empty:
        _nothing_yet()
        return
    listed = _limits(found)
    queue, chosen = st.columns([2, 5], gap="medium")
    with queue:
        name = _queue(listed)
    if name is None:
        return
    names = _names(listed)
    place = names.index(name)

    def step(by: int) -> None:
        """Go on by so many alerts, as far as there are any."""
        st.session_state[STEP_KEY] = names[min(max(place + by, 0), len(names) - 1)]

    with chosen:
        _chosen(listed.iloc[place], step, first=place == 0, last=place == len(names) - 1)
    listen()


def _chosen(row: pd.Series, step: Step, *, first: bool, last: bool) -> None:
    """Everything of one alert: head, verdict, pictures beside facts, opinions, assessment."""
    site_name, arabic = _site_names(cache.store()).get(str(row["site_id"]), ("", ""))
    show_head(row, site_name=site_name, arabic=arabic)
    show_bar(row, step, first=first, last=last)
    pictures, facts = st.columns([3, 2], gap="medium")
    with pictures:
        show_pictures(row)
    with facts:
        show_facts(row)
        st.markdown("**What people say**")
        show_opinions(row)
    accepted = row["judgement"] == Judgement.ACCEPTED
    with st.expander("Assessment of the site", expanded=accepted, icon=":material/edit_note:"):
        show_assessments(row)
    show_rest(row)


def _nothing_yet() -> None:
    """What to do while there is no alert."""
    st.info(
        "There is no alert yet. Compare two dates or watch a site on the page Change, and keep "
        "what it flags; it then waits here for two persons to look at it."
    )
    if st.button("Go to Change", icon=":material/compare:"):
        st.switch_page(st.session_state["change page"])


def _limits(found: Feed) -> gpd.GeoDataFrame:
    """The alerts that the user wants to go through, in the order of the feed."""
    frame = found.frame
    wanted = st.session_state.pop(ALERT_KEY, None)
    if wanted is not None and wanted in _names(frame):
        st.session_state[STEP_KEY] = wanted
        st.session_state[STATE_KEY], st.session_state[SITE_KEY] = ALL, ""
    if not st.session_state.get(SIMULATED_KEY, True):
        frame = frame[~frame["simulated"]]
    own = mine(cache.records("opinions"), who.author())
    parts = {state: frame[_in_state(frame, state, own)] for state in (TO_JUDGE, SECOND, DONE)}
    parts[ALL] = frame
    left, middle, right = st.columns([5, 3, 2])
    state = left.segmented_control(
        "Alerts",
        list(parts),
        default=TO_JUDGE,
        required=True,
        format_func=lambda name: f"{name} {len(parts[name]):,}",
        key=STATE_KEY,
        label_visibility="collapsed",
        help="Second look: another person has had their say, or two differ. Done: judged, or you "
        "have had your say and another person has not",
    )
    listed = parts[state or ALL]
    with middle:
        site = _one_site(frame)
    if site:
        listed = listed[listed["site_id"] == site]
    with right:
        _budget()
    _week(found, listed)
    return _at_hand(listed)


def _at_hand(listed: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The first `LISTED` alerts; the one that is looked at is among them."""
    chosen = st.session_state.get(STEP_KEY, st.session_state.get(CHOICE_KEY))
    names = _names(listed)
    if chosen not in names[LISTED:]:
        return listed.head(LISTED)
    return listed.iloc[[*range(LISTED - 1), names.index(chosen)]]


def _in_state(frame: gpd.GeoDataFrame, state: str, own: set[Name]) -> pd.Series:
    """Which alerts wait for a first word, for another word, or for none."""
    said = pd.Series([name in own for name in _names(frame)], index=frame.index, dtype=bool)
    others = _names_of_opinions()
    told = pd.Series([name in others for name in _names(frame)], index=frame.index, dtype=bool)
    disputed = frame["judgement"] == Judgement.DISPUTED
    open_ = frame["judgement"] == Judgement.NONE
    if state == TO_JUDGE:
        return open_ & ~told
    if state == SECOND:
        return (open_ & told & ~said) | disputed
    return ~(open_ | disputed) | (open_ & said)


def _names_of_opinions() -> set[Name]:
    """Dataset and id of the alerts of which anybody has said something."""
    opinions = cache.records("opinions")
    return set(zip(opinions["alert_dataset_id"], opinions["alert_id"], strict=True))


def _one_site(frame: gpd.GeoDataFrame) -> str:
    """The site to which the queue is limited; empty for all."""
    names = _site_names(cache.store())
    present = sorted(set(frame["site_id"]) - {""}, key=lambda site: names.get(site, (site, ""))[0])
    chosen = st.selectbox(
        "Site",
        ["", *present],
        format_func=lambda site: names.get(site, (site, ""))[0] if site else "All sites",
        key=SITE_KEY,
        label_visibility="collapsed",
        **KEPT,
    )
    return str(chosen or "")


def _budget() -> None:
    """How many alerts a week are looked at."""
    with st.popover("This week", icon=":material/event_available:", width="stretch"):
        st.number_input(
            "Alerts that you can look at in a week",
            min_value=1,
            max_value=500,
            value=BUDGET_A_WEEK,
            key=BUDGET_KEY,
            **KEPT,
        )
        st.caption("The best ones come first; the rest wait, and none is dropped.")


def _week(found: Feed, listed: gpd.GeoDataFrame) -> None:
    """How much of what is listed fits into the week, and how often a quiet past raises an alert."""
    due = int(listed["within_budget"].sum())
    here = "1 alert is here" if len(listed) == 1 else f"{len(listed):,} alerts are here"
    share = {0: "none ", len(listed): "all " if len(listed) > 1 else ""}.get(
        due, f"{due:,} of them "
    )
    told = [f"{here}, {share}due this week"]
    if len(listed) > LISTED:
        told.append(f"the first {LISTED} are listed")
    if found.placebo_rate is None:
        told.append("how often an alert is false was not measured: no quiet pair of dates was run")
    else:
        told.append(
            f"realised false alarms: {rate_words(found.placebo_rate)} of {found.placebo_runs:,} "
            "quiet pairs of the sites' own pasts raised an alert"
        )
    if found.reranked:
        told.append("re-ranked by what analysts accepted")
    st.caption("; ".join(told))


def _queue(listed: gpd.GeoDataFrame) -> Name | None:
    """The alerts as a list; the one that is chosen by click, by key, or by another page."""
    if listed.empty:
        st.success("Nothing waits here.")
        return None
    rows = dict(zip(_names(listed), (row for _, row in listed.iterrows()), strict=True))
    wanted = st.session_state.pop(STEP_KEY, None)
    if wanted in rows:
        st.session_state[CHOICE_KEY] = wanted
    if st.session_state.get(CHOICE_KEY) not in rows:
        st.session_state[CHOICE_KEY] = next(iter(rows))
    sites, own = _site_names(cache.store()), mine(cache.records("opinions"), who.author())
    st.html(QUEUE_STYLE)
    with st.container(border=True, key="alert-queue"):
        chosen: Name | None = st.radio(
            "Queue",
            list(rows),
            format_func=lambda name: label(
                rows[name], sites.get(str(rows[name]["site_id"]), ("", ""))[0]
            ),
            captions=[line(row, own=name in own) for name, row in rows.items()],
            key=CHOICE_KEY,
            label_visibility="collapsed",
        )
    return chosen


def _names(frame: gpd.GeoDataFrame) -> list[Name]:
    """Dataset and id of each row."""
    return list(zip(frame["dataset_id"].astype(str), frame["id"].astype(str), strict=True))


@scoped(4)
def _feed(asked: GuardedStore, day: str, budget: int, rerank: bool) -> Feed:
    """The feed as it is on a day."""
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return feed(asked, now=now, budget_a_week=budget, rerank=rerank)


@scoped(2)
def _site_names(asked: GuardedStore) -> dict[str, tuple[str, str]]:
    """Name and Arabic name of each site that the viewer sees."""
    sites = asked.read("sites")
    return {
        str(row["id"]): (str(row["name"]), str(row["name_ar"])) for row in sites.to_dict("records")
    }
