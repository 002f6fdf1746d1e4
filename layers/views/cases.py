"""The page of cases: one case as a file that can be read, checked, and added to.

For the office only: places of storage, photographs and lists of stolen objects are shown here and
go nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.access import Right
from geo.disclosure import composite_marking
from geo.errors import LamassuError
from geo.matching.museum_marks import marks_in
from geo.pipeline import cases
from geo.pipeline.cases import Case, Name, keeping
from layers.card import CARD_STYLE
from layers.case_file import (
    Picture,
    Piece,
    isolated,
    pictures_html,
    pieces_html,
    places_html,
    timeline_html,
)
from layers.style import SIMULATED, marking_badge, safe_html, safe_markdown
from layers.views import cache, who
from layers.views.case_checks import show_proposals, show_stolen
from layers.views.case_forms import custody_form, object_form, photograph_form
from layers.views.case_story import event_title, object_name, places, steps, where_words
from layers.views.filters import KEPT

CASE_KEY = "case"
"""Where another page puts the (dataset, id) of a record whose case it wants to open."""

CHOICE_KEY, SEARCH_KEY = "case choice", "case search"

LISTED = 500
"""Cases that the list offers at once; the search finds the others."""

PICTURES_SHOWN = 12
"""Photographs that are shown at once."""

OBJECT_ID = {
    "object_classes": "Red List category",
    "title": "Title",
    "materials": "Materials and techniques",
    "measurements": "Measurements",
    "inscriptions": "Inscriptions and markings",
    "period": "Date or period",
    "maker": "Maker",
    "subject": "Subject",
    "distinguishing_features": "Distinguishing features",
    "description": "Description",
    "inventory_number": "Inventory number",
    "place_of_origin": "Place of origin",
    "related_material": "Related material",
    "cross_reference": "Belongs with",
    "quantity": "Pieces",
    "note": "Note",
}
"""Fields of Object ID (ICOM) on a card, in its order."""


def show() -> None:
    """The page of cases."""
    who.require(Right.ANALYSE)
    st.title("Cases", anchor=False)
    frames = {kind: cache.records(kind) for kind in cases.KINDS}
    name = _choose(frames)
    if name is None:
        return
    case = cases.case_of(frames, name)
    _head(case)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("What happened", anchor=False)
        st.html(timeline_html(steps(case)))
        with st.expander("Add a step of custody", icon=":material/add:"):
            custody_form(case)
    with right:
        st.subheader("Where the objects are now", anchor=False)
        st.html(places_html(places(case)))
    _objects(case)
    _photographs(case)
    show_proposals(frames, case)
    show_stolen(frames, case)


def _choose(frames: cases.Frames) -> Name | None:
    """The case to show: found by words, chosen from a list, or asked for by another page."""
    wanted = st.session_state.pop(CASE_KEY, None)
    if wanted is not None:
        st.session_state[SEARCH_KEY] = ""
    left, right = st.columns([1, 2])
    text = left.text_input(
        "Search",
        key=SEARCH_KEY,
        placeholder="place, agency, object, number",
        help="Every word must occur in the case or its objects, in any script.",
        **KEPT,
    )
    found = cases.find_cases(frames, text)
    listed = {(row["dataset_id"], row["id"]): row for row in found.head(LISTED).to_dict("records")}
    name = _lead_of(frames, wanted) if wanted is not None else None
    if name is not None:
        mine = found[(found["dataset_id"] == name[0]) & (found["id"] == name[1])]
        listed = {name: mine.to_dict("records")[0]} | listed
        st.session_state[CHOICE_KEY] = name
    if st.session_state.get(CHOICE_KEY) not in listed:
        st.session_state[CHOICE_KEY] = None
    chosen: Name | None = right.selectbox(
        f"Case ({len(found):,} found)" if text.strip() else f"Case ({len(found):,})",
        list(listed),
        format_func=lambda name: _case_label(listed[name]),
        index=None,
        placeholder="choose a case",
        key=CHOICE_KEY,
        **KEPT,
    )
    if chosen is None:
        _offer(found)
    return chosen


def _lead_of(frames: cases.Frames, wanted: Name) -> Name | None:
    """The record that a case is called by, from any of its records; None if there is none."""
    try:
        lead = cases.case_of(frames, wanted).lead
    except LamassuError as err:
        st.error(safe_markdown(err))
        return None
    return str(lead["dataset_id"]), str(lead["id"])


def _offer(found: pd.DataFrame) -> None:
    """The cases as a table, while none is open."""
    if found.empty:
        st.info("No case was found. Try other words, or bring in seizures on the page Data.")
        return
    shown = found.head(LISTED)
    beyond = f" The {LISTED} newest are listed." if len(found) > LISTED else ""
    st.caption(f"Choose a case above, or tick it here.{beyond}")
    table = pd.DataFrame(
        {
            "Date": [_period(row) for row in shown.to_dict("records")],
            "Event": shown["event_type"].str.capitalize(),
            "Place": shown["place"],
            "Country": shown["country"],
            "Objects": shown["object_types"],
            "Records": shown["events"],
            "Marking": shown["marking"],
            "Simulated": shown["simulated"],
        }
    )
    event = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key="case table"
    )
    if event.selection.rows:
        row = shown.iloc[event.selection.rows[0]]
        st.session_state[CASE_KEY] = (row["dataset_id"], row["id"])
        st.rerun()


def _case_label(row: dict[str, Any]) -> str:
    """One line of the list, plain text."""
    what = row["object_types"] or row["event_type"]
    more = f" (+{row['events'] - 1})" if row["events"] > 1 else ""
    told = (_period(row), where_words(row), isolated(what[:60]), f"{row['id']}{more}")
    return " \u00b7 ".join(told)


def _period(row: Mapping[str, Any]) -> str:
    """The day, or the first and the last."""
    days = [f"{day:%Y-%m-%d}" for day in (row["date_from"], row["date_to"]) if pd.notna(day)]
    return " to ".join(dict.fromkeys(days)) or "undated"


def _head(case: Case) -> None:
    """The name of the case, its marking, and what it holds."""
    lead = case.lead
    frames = [case.events, case.objects, case.custody, case.photographs]
    badges = [marking_badge(composite_marking(frames).value)]
    if bool(case.events["simulated"].any()):
        badges.append(f"<span class='badge simulated'>{SIMULATED}</span>")
    counts = [
        (len(case.events), "record", "records"),
        (len(case.objects), "object", "objects"),
        (len(case.custody), "step of custody", "steps of custody"),
        (len(case.photographs), "photograph", "photographs"),
    ]
    badges += [
        f"<span class='badge'>{number:,} {one if number == 1 else several}</span>"
        for number, one, several in counts
        if number
    ]
    st.html(
        f"{CARD_STYLE}<article class='lamassu-card'><small>{safe_html(case.key or lead['id'])}"
        f"</small><h4 style='font-size:1.35rem'>{safe_html(event_title(lead))}</h4>"
        f"<p class='badges'>{''.join(badges)}</p></article>"
    )


def _objects(case: Case) -> None:
    """Cards of the objects."""
    st.subheader("Objects", anchor=False)
    if case.objects.empty:
        st.caption(
            "No object is described yet. A good description is what a stolen one is known by."
        )
    else:
        by_object = dict(list(case.photographs.groupby("object_id")))
        st.html(
            pieces_html(
                [_piece(row, by_object.get(row["id"])) for _, row in case.objects.iterrows()]
            )
        )
    with st.expander("Add an object", icon=":material/add:"):
        object_form(case)


def _piece(row: pd.Series, photographs: gpd.GeoDataFrame | None) -> Piece:
    """The card of one object."""
    texts = {name: "" if pd.isna(row[name]) else str(row[name]) for name in OBJECT_ID}
    texts["object_classes"] = texts["object_classes"].replace("|", ", ")
    told = " ; ".join(texts[name] for name in ("inscriptions", "description", "inventory_number"))
    pictures = [] if photographs is None else [_picture(photographs.iloc[0])]
    return Piece(
        name=row["object_type"],
        id=row["id"],
        facts=[(label, texts[name]) for name, label in OBJECT_ID.items()],
        warnings=tuple(
            dict.fromkeys(f"{isolated(mark.text)}: {mark.meaning}" for mark in marks_in(told))
        ),
        pictures=pictures,
        simulated=bool(row["simulated"]),
    )


def _photographs(case: Case) -> None:
    """The photographs, as they were drawn anew."""
    st.subheader("Photographs", anchor=False)
    shown = case.photographs
    if shown.empty:
        st.caption("No photograph was added yet.")
    elif len(shown) > PICTURES_SHOWN and not st.toggle(f"Show all {len(shown)}"):
        shown = shown.head(PICTURES_SHOWN)
    if len(shown):
        st.html(pictures_html([_picture(row, case) for _, row in shown.iterrows()]))
    with st.expander("Add a photograph", icon=":material/add_a_photo:"):
        photograph_form(case)


def _picture(row: pd.Series, case: Case | None = None) -> Picture:
    """A photograph with its caption; where its file is not here, that."""
    try:
        jpeg, fault = keeping.shown_bytes(cache.settings(), row), ""
    except LamassuError as err:
        jpeg, fault = b"", str(err)
    of = object_name(case, row["object_id"]) if case is not None and row["object_id"] else ""
    words = " \u00b7 ".join(text for text in (row["caption"], of, fault) if text)
    added = f"added {row['recorded_at']:%Y-%m-%d} \u00b7 " if "recorded_at" in row else ""
    return Picture(
        jpeg=jpeg,
        caption=words,
        detail=f"{row['id']} \u00b7 {added}SHA-256 of the original {row['sha256'][:12]}\u2026",
    )
