"""What people say of an alert: the buttons of the queue, reasons, both opinions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.access import Right
from geo.errors import LamassuError
from geo.model import Judgement, RejectReason, Verdict
from geo.pipeline import judging
from layers.style import name_markdown, safe_markdown
from layers.views import cache, who
from layers.views.triage_keys import (
    ACCEPT,
    CONFIRM,
    HELP,
    HELP_LINES,
    NEXT,
    PREVIOUS,
    REJECT,
    UNSURE,
    reason_button,
)

REJECTING_KEY = "alert rejected"
"""Where a session keeps the id of the alert whose reasons for rejection are being chosen."""

REASONS_KEY = "alert reasons"
"""Where it keeps the reasons that were chosen."""

VERDICT_WORDS = {
    Verdict.ACCEPTED: "accepts it",
    Verdict.REJECTED: "rejects it",
    Verdict.UNSURE: "cannot tell",
}
"""Each verdict, as it follows a name."""

JUDGEMENT_WORDS = {
    Judgement.NONE: "not judged",
    Judgement.ACCEPTED: "accepted",
    Judgement.REJECTED: "rejected",
    Judgement.DISPUTED: "disputed",
}
"""What the analysts together say."""

Step = Callable[[int], None]


def show_bar(alert: pd.Series, step: Step, *, first: bool, last: bool) -> None:
    """The buttons of the queue; `step` goes on by so many alerts once something was said."""
    may_keep = who.principal().may(Right.KEEP)
    with st.container(horizontal=True, gap="small"):
        st.button("Previous", key=PREVIOUS, shortcut="k", disabled=first, on_click=step, args=(-1,))
        st.button("Next", key=NEXT, shortcut="j", disabled=last, on_click=step, args=(1,))
        accepted = st.button(
            "Accept",
            key=ACCEPT,
            shortcut="a",
            type="primary",
            disabled=not may_keep,
            help="This is damage, or a threat",
        )
        st.button(
            "Reject\u2002:gray[R]",
            key=REJECT,
            disabled=not may_keep,
            on_click=_begin_rejecting,
            args=(str(alert["id"]),),
            help="Then choose why, by 1 to 9, and keep it by Enter",
        )
        unsure = st.button(
            "Unsure",
            key=UNSURE,
            shortcut="u",
            disabled=not may_keep,
            help="It cannot be told from what there is",
        )
        st.button("Keys\u2002:gray[?]", key=HELP, on_click=_turn_help)
    if st.session_state.get("alert keys shown"):
        st.markdown("\n".join(f"- `{keys}` {words}" for keys, words in HELP_LINES))
    words, settles = _words(alert)
    if st.session_state.get(REJECTING_KEY) == str(alert["id"]) and may_keep:
        _rejecting(alert, step, words, settles=settles)
    if accepted or unsure:
        _say(alert, Verdict.ACCEPTED if accepted else Verdict.UNSURE, step, words, settles=settles)


def _words(alert: pd.Series) -> tuple[str, bool]:
    """What is said beside the verdict, and whether it is the last word."""
    left, right = st.columns([3, 2], vertical_alignment="center")
    words = left.text_input(
        "Words",
        key=f"words {alert['dataset_id']} {alert['id']}",
        placeholder="what you saw, and where (optional)",
        label_visibility="collapsed",
        max_chars=500,
    )
    if not who.principal().may(Right.JUDGE):
        return words, False
    settles = right.checkbox(
        "My word settles it",
        key=f"settles {alert['dataset_id']} {alert['id']}",
        help="Decides alone or over a dispute. The opinions of all stay as they are.",
    )
    return words, settles


def _turn_help() -> None:
    """Show the keys, or hide them."""
    st.session_state["alert keys shown"] = not st.session_state.get("alert keys shown", False)


def _begin_rejecting(alert_id: str) -> None:
    """Ask for the reasons of a rejection, or no longer."""
    asked = st.session_state.get(REJECTING_KEY) == alert_id
    st.session_state[REJECTING_KEY] = None if asked else alert_id
    st.session_state[REASONS_KEY] = []


def _turn_reason(reason: RejectReason) -> None:
    """Choose a reason, or no longer."""
    chosen = list(st.session_state.get(REASONS_KEY, []))
    st.session_state[REASONS_KEY] = (
        [one for one in chosen if one != reason] if reason in chosen else [*chosen, reason]
    )


def _rejecting(alert: pd.Series, step: Step, words: str, *, settles: bool) -> None:
    """The reasons of a rejection as buttons, the first nine with their keys."""
    chosen: list[RejectReason] = st.session_state.get(REASONS_KEY, [])
    with st.container(border=True):
        st.markdown("**Why is it none?** Choose one or more.")
        with st.container(horizontal=True, gap="small"):
            for number, reason in enumerate(RejectReason, start=1):
                st.button(
                    reason.value.capitalize(),
                    key=reason_button(number),
                    shortcut=str(number) if number < 10 else None,
                    type="primary" if reason in chosen else "secondary",
                    on_click=_turn_reason,
                    args=(reason,),
                )
        if any(
            reason in chosen for reason in (RejectReason.AGRICULTURE, RejectReason.CONSTRUCTION)
        ):
            st.caption("It may still threaten the site: record it in an assessment below.")
        if st.button(
            "Keep the rejection", key=CONFIRM, shortcut="Enter", type="primary", disabled=not chosen
        ):
            _say(alert, Verdict.REJECTED, step, words, settles=settles, reasons=tuple(chosen))


def _say(
    alert: pd.Series,
    verdict: Verdict,
    step: Step,
    words: str,
    *,
    settles: bool,
    reasons: tuple[RejectReason, ...] = (),
) -> None:
    """Keep a verdict, and go on to the next alert."""
    act = judging.settle if settles else judging.judge
    try:
        kept = act(
            cache.store(),
            alert,
            verdict=verdict,
            reasons=reasons,
            words=words.strip(),
            author=who.author(),
            now=datetime.now(UTC),
        )
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    st.session_state[REJECTING_KEY], st.session_state[REASONS_KEY] = None, []
    waits = kept.standing.waits_for
    st.toast(
        f"{safe_markdown(alert['id'])}: you said {verdict.value}; "
        + (f"waits for {waits}" if waits else f"now {JUDGEMENT_WORDS[kept.judgement]}")
    )
    step(1)
    st.rerun()


def show_opinions(alert: pd.Series) -> None:
    """What each person said, with their reasons and words; where that leaves the alert."""
    opinions = judging.opinions_on(cache.store(), alert)
    if opinions.empty:
        st.caption("Nobody has said anything yet. Two persons who agree make a judgement.")
        return
    standing = judging.standing_of(opinions)
    settled = f", settled by {_person(standing.settled_by)}" if standing.settled_by else ""
    waits = f", waits for {safe_markdown(standing.waits_for)}" if standing.waits_for else ""
    st.markdown(f"Together: **{JUDGEMENT_WORDS[standing.judgement]}**{settled}{waits}")
    for _, opinion in opinions.iterrows():
        _opinion(opinion)


def _opinion(opinion: pd.Series) -> None:
    """One person's word."""
    reasons = ", ".join(part for part in str(opinion["reasons"]).split("|") if part)
    told = VERDICT_WORDS[Verdict(opinion["verdict"])]
    st.markdown(
        f"{_person(str(opinion['reviewer']))} **{told}**"
        f"{f': {safe_markdown(reasons)}' if reasons else ''} \u00b7 "
        f"{opinion['given_at']:%Y-%m-%d %H:%M} UTC"
    )
    if opinion["note"]:
        st.caption(name_markdown(opinion["note"]))


def _person(author: str) -> str:
    """Somebody's name with their account small beside it, as inert Markdown."""
    name, found, account = author.partition(" <")
    if not found:
        return name_markdown(author)
    return f"{name_markdown(name)} :small[:gray[{safe_markdown(account.removesuffix('>'))}]]"


def mine(opinions: gpd.GeoDataFrame, author: str) -> set[tuple[str, str]]:
    """Dataset and id of the alerts of which `author` has said something."""
    own = opinions[opinions["reviewer"] == author]
    return set(zip(own["alert_dataset_id"], own["alert_id"], strict=True))
