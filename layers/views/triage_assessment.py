"""An accepted alert becomes an assessment of its site, in the terms of EAMENA."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.eamena import (
    ARABIC,
    IN_IRAQ,
    ActionPriority,
    Activity,
    Certainty,
    Condition,
    DamageExtent,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
    ThreatProbability,
)
from geo.errors import LamassuError
from geo.model import Assessment
from geo.pipeline import judging
from layers.style import name_markdown, safe_markdown
from layers.views import cache, who

Term = TypeVar("Term", bound=StrEnum)


def show_assessments(alert: pd.Series) -> None:
    """What was assessed for the sake of this alert, and a form for another."""
    kept = cache.records("assessments")
    kept = kept[
        (kept["alert_id"] == alert["id"]) & (kept["alert_dataset_id"] == alert["dataset_id"])
    ]
    for _, row in kept.iterrows():
        day = "" if pd.isna(row["assessed_on"]) else f", {row['assessed_on']:%Y-%m-%d}"
        st.markdown(
            f"Condition **{safe_markdown(row['condition'])}**, extent of damage "
            f"**{safe_markdown(row['damage_extent'])}**, cause "
            f"**{safe_markdown(row['disturbance_cause'])}**  \n:small[:gray["
            f"{name_markdown(row['assessed_by'])}{day} \u00b7 {safe_markdown(row['id'])}]]"
        )
    if not str(alert["site_id"]):
        st.caption("The alert belongs to no site, so that there is none to assess.")
        return
    if who.principal().may(Right.KEEP):
        _form(alert)


def _form(alert: pd.Series) -> None:
    """The assessment as the alert suggests it, for a person to complete."""
    key = f"{alert['dataset_id']} {alert['id']}"
    proposed = judging.prefilled(alert, now=datetime.now(UTC))
    with st.form(f"assessment {key}"):
        st.caption(
            "Filled in as the alert and its unverified hint suggest; what you keep is your word. "
            "Terms of EAMENA."
        )
        left, right = st.columns(2)
        with left:
            filled = dataclasses.replace(
                proposed,
                condition=_term("Overall condition", Condition, proposed.condition, key),
                damage_extent=_term("Damage extent", DamageExtent, proposed.damage_extent, key),
                certainty=_term("Certainty", Certainty, proposed.certainty, key),
                threat_probability=_term(
                    "Threat probability", ThreatProbability, proposed.threat_probability, key
                ),
                action_priority=_term(
                    "Priority of action", ActionPriority, proposed.action_priority, key
                ),
            )
        with right:
            filled = dataclasses.replace(
                filled,
                disturbance_category=_term(
                    "Disturbance category",
                    DisturbanceCategory,
                    proposed.disturbance_category,
                    key,
                ),
                disturbance_cause=_term(
                    "Disturbance cause",
                    DisturbanceCause,
                    proposed.disturbance_cause,
                    key,
                    first=IN_IRAQ,
                ),
                disturbance_effects=tuple(
                    st.multiselect(
                        "Effects",
                        list(DisturbanceEffect),
                        default=list(proposed.disturbance_effects),
                        format_func=_words,
                        key=f"effects {key}",
                    )
                ),
                activity=_term("Assessment activity", Activity, proposed.activity, key),
                note=st.text_input("Note", proposed.note, key=f"note {key}", max_chars=500),
            )
        if st.form_submit_button("Keep the assessment", type="primary"):
            _keep(alert, filled)


def _term(
    label: str, terms: type[Term], value: Term, key: str, *, first: tuple[Term, ...] = ()
) -> Term:
    """One choice of a list of terms, those in `first` before the others."""
    options = [*first, *(term for term in terms if term not in first)]
    chosen: Term = st.selectbox(
        label, options, index=options.index(value), format_func=_words, key=f"{label} {key}"
    )
    return chosen


def _words(term: StrEnum) -> str:
    """A term as it is shown, with EAMENA's Arabic where it has one; the empty one says so."""
    arabic = ARABIC.get(term.value)
    return f"{term.value} \u00b7 {arabic}" if arabic else term.value or "not stated"


def _keep(alert: pd.Series, assessment: Assessment) -> None:
    """Keep what was filled in."""
    try:
        kept = judging.assess(
            cache.store(), alert, assessment, author=who.author(), now=datetime.now(UTC)
        )
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    st.toast(f"Assessment {safe_markdown(kept.id)} kept")
    st.rerun()
