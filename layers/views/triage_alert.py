"""The chosen alert in words: how sure, since when, what the sensor can see, how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.change.limits import limit_note
from geo.errors import LamassuError
from geo.model import AlertMethod, Judgement
from geo.pipeline.alerts import calibrate
from geo.pipeline.comparing import Remade
from geo.pipeline.remaking import remade_alert
from layers.card import CARD_STYLE
from layers.style import (
    METHOD_WORDS,
    SIMULATED,
    marking_badge,
    metres,
    safe_html,
    safe_markdown,
    square_metres,
)
from layers.views import cache, who
from layers.views.origins import start_from
from layers.views.progress import telling
from layers.views.triage_feed import (
    interval_words,
    known,
    placebo_words,
    seen_words,
)
from layers.views.triage_judging import JUDGEMENT_WORDS
from layers.views.triage_pictures import cell_width_m

REMADE_KEY = "alert made again"
"""Where a session keeps what came of making an alert again."""

TESTED_KEY = "alert tested"
"""Where it keeps what came of a test on a site's quiet past."""

STATUS_WORDS = {
    "first": "first: seen once",
    "provisional": "provisional: seen again",
    "confirmed": "confirmed: it stayed",
    "finished": "finished: it is over",
}
"""The algorithm's states in words."""


CHANCES = (
    ("p", "how often quiet ground looks so"),
    ("q", "share of false ones among alerts as strong"),
)
"""What was measured on a site's past, and what it says."""


def show_head(row: pd.Series, *, site_name: str, arabic: str) -> None:
    """Place, interval and marks."""
    badges = [marking_badge(row["marking"])]
    if row["simulated"]:
        badges.append(f"<span class='badge simulated'>{SIMULATED}</span>")
    told = [
        JUDGEMENT_WORDS[Judgement(row["judgement"])],
        METHOD_WORDS[row["method"]],
        STATUS_WORDS.get(str(row["status"]), str(row["status"])),
    ]
    if row["hint"]:
        told.append(f"{row['hint']}? (hint, unverified)")
    badges += [f"<span class='badge' dir='auto'>{safe_html(text)}</span>" for text in told]
    other = f"<span class='ar' dir='rtl' lang='ar'>{safe_html(arabic)}</span>" if arabic else ""
    st.html(
        f"{CARD_STYLE}<article class='lamassu-card'><small>Flagged change \u00b7 "
        f"<bdi>{safe_html(row['id'])}</bdi></small>"
        f"<h4><bdi>{safe_html(site_name or 'No site')}</bdi> {other}</h4>"
        f"<p class='badges'>{''.join(badges)}</p></article>"
    )


def show_facts(row: pd.Series) -> None:
    """What is known of the alert, and how surely."""
    facts = "".join(
        f"<dt>{label}</dt><dd dir='auto'>{safe_html(text)}</dd>" for label, text in _facts(row)
    )
    st.html(f"{CARD_STYLE}<article class='lamassu-card'><dl>{facts}</dl></article>")
    cell_m = cell_width_m(row)
    if cell_m is not None and row["method"] != AlertMethod.SAR:
        st.info(safe_markdown(limit_note(cell_m)), icon=":material/visibility:")


def _facts(row: pd.Series) -> list[tuple[str, str]]:
    """Labels of our own and plain texts."""
    told = [
        ("Changed between", interval_words(row)),
        ("Last clear view", seen_words(row)),
        ("False alarms", placebo_words(row)),
        ("Priority", f"{row['priority']:.2g}" if known(row.get("priority")) else "not ranked"),
        ("Why so", str(row.get("why") or "")),
        ("Evidence", _evidence(row)),
        ("Dates that agree", f"{int(row['persistence'])}" if known(row["persistence"]) else ""),
        ("Area", square_metres(float(row["area_m2"])) if known(row["area_m2"]) else "unknown"),
        ("From the site", metres(float(row["distance_m"])) if known(row["distance_m"]) else ""),
        ("Sensors", str(row["sensors"]).replace("|", ", ")),
    ]
    return [(label, text) for label, text in told if text]


def _evidence(row: pd.Series) -> str:
    """Score, p and q; what was not calibrated says so."""
    score = f"score {row['score']:.2f} (ranks, no probability)" if known(row["score"]) else ""
    chances = [f"{name} {row[name]:.2g} ({words})" for name, words in CHANCES if known(row[name])]
    return "; ".join(part for part in (score, ", ".join(chances) or "not calibrated") if part)


def document_of(row: pd.Series) -> Mapping[str, Any]:
    """The alert's provenance; empty where it tells nothing."""
    try:
        document = json.loads(str(row.get("provenance") or "{}"))
    except json.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def show_rest(row: pd.Series) -> None:
    """Where it is from, and whether it can be made again."""
    document = document_of(row)
    with st.expander("Provenance: how to make it again", icon=":material/replay:"):
        if not document.get("inputs"):
            st.caption("The alert tells nothing of how it was made.")
            return
        st.caption(
            f"{safe_markdown(row['detection_id'])}, {safe_markdown(document.get('method', ''))}: "
            "the same inputs and parameters give the same alerts."
        )
        if st.button("Make again and compare", key="alert make again"):
            _make_again(row)
        kept = st.session_state.get(REMADE_KEY)
        if kept is not None and kept[0] == _name(row):
            _show_remade(kept[1])
        inputs = [f"{role}  sha256 {digest}" for role, digest in document["inputs"].items()]
        st.code("\n".join(inputs), language=None)
        st.json(
            {name: document.get(name) for name in ("parameters", "findings", "versions")},
            expanded=False,
        )
    with st.container(horizontal=True):
        if st.button("Routes from here", key="alert routes", icon=":material/route:"):
            start_from("alerts", str(row["id"]))
            st.switch_page(st.session_state["routes page"])
        if st.button("Change here", key="alert change", icon=":material/compare:"):
            st.session_state["change site"] = row["site_id"]
            st.switch_page(st.session_state["change page"])
        testable = str(row["site_id"]) and row["method"] == AlertMethod.PAIR
        test = st.button(
            "Test on the site's past",
            key="alert test",
            icon=":material/experiment:",
            disabled=not testable or not who.principal().may(Right.KEEP),
            help="Runs the same comparison on quiet pairs of earlier scenes, where nothing is "
            "known to have happened: how often does nothing look like this?",
        )
    if test:
        _test(row)
    told = st.session_state.get(TESTED_KEY)
    if told is not None and told[0] == _name(row):
        st.info(told[1])


def _test(row: pd.Series) -> None:
    """Hold the alerts of the site against its quiet past; what came of it stays in the session."""
    bar = st.progress(0.0, "running quiet pairs")
    try:
        found = calibrate(
            cache.store(),
            cache.settings(),
            site_id=str(row["site_id"]),
            author=who.author(),
            now=datetime.now(UTC),
            progress=telling(bar),
        )
        reasons = [one.why_not for one in found.detections if one.why_not]
        runs = sum(one.placebos.runs for one in found.detections)
        raised = sum(one.placebos.raised for one in found.detections)
        told = (
            f"{runs:,} quiet pairs were run, {raised:,} of them raised an alert; {found.tested:,} "
            f"alerts have a p value now. {'; '.join(dict.fromkeys(reasons))}"
        )
    except LamassuError as err:
        told = str(err)
    bar.empty()
    st.session_state[TESTED_KEY] = (_name(row), safe_markdown(told))
    st.rerun()


def _name(row: pd.Series) -> tuple[str, str]:
    """Dataset and id."""
    return str(row["dataset_id"]), str(row["id"])


def _make_again(row: pd.Series) -> None:
    """Run the study of the alert again under a progress bar."""
    bar = st.progress(0.0, "making it again")
    try:
        made: Remade | str = remade_alert(
            cache.store(),
            cache.settings(),
            str(row["id"]),
            progress=telling(bar),
        )
    except LamassuError as err:
        made = str(err)
    bar.empty()
    st.session_state[REMADE_KEY] = (_name(row), made)


def _show_remade(made: Remade | str) -> None:
    """Whether the same came out."""
    if isinstance(made, str):
        st.error(safe_markdown(made))
    elif made.differences:
        st.error(f"Not the same: {safe_markdown('; '.join(made.differences))}")
    else:
        st.success(f"The same again: SHA-256 {made.kept_sha256[:16]}\u2026")
    for remark in () if isinstance(made, str) else made.remarks:
        st.caption(safe_markdown(remark))
