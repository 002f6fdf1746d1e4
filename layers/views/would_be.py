"""What would become of a table: its rows, places to confirm, likenesses, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from geo.matching.gazetteer import Candidate
from geo.model import ImportReport
from geo.pipeline.intake import findings
from geo.pipeline.intake.tables import PlaceWords, TableOrder
from geo.sources.meaning.placing import Placed
from layers.style import metres, name_markdown, safe_markdown
from layers.views import cache, who
from layers.views.reports import quarantine_table, sentence

MOST_PLACES = 40
"""Places that are offered for confirming at once."""

FEW_NAMES = 12
"""Places known nowhere that are listed."""

COLUMNS = (
    "id", "name", "event_type", "object_type", "country", "place", "site_name", "date_from",
    "date_to", "object_count", "count_qualifier", "object_types", "object_classes",
    "transport_mode", "agency", "description",
)  # fmt: skip
"""Fields that the preview shows first, where the kind has them."""


def show(order: TableOrder, *, at_once: bool) -> ImportReport | None:
    """Check the table and show what was found; None while the user has not asked for it."""
    store = cache.store()
    token = (
        f"{order.key.sha256} {order.key.reading} {store.revision()} {store.access_version()} "
        f"{store.principal.viewer.scope}"
    )
    held = st.session_state.get("checked table")
    if not held or held[0] != token:
        asked = f"Check {order.table.rows:,} row{'' if order.table.rows == 1 else 's'}"
        if not at_once and not st.button(asked, width="stretch", key="check table"):
            return None
        with st.spinner("Checking every row"):
            found = findings.preview(store, order, gazetteer=cache.gazetteer, now=datetime.now(UTC))
        held = (token, found)
        st.session_state["checked table"] = held
    preview: findings.Preview = held[1]
    if preview.unplaced or order.placed:
        with st.expander("Places without coordinates", expanded=True):
            _places(order, preview.unplaced)
    _counts(preview.report)
    _tabs(preview)
    return preview.report


def confirmed_places(order: TableOrder) -> Mapping[PlaceWords, Placed]:
    """The places that the user has confirmed so far for this file."""
    held = st.session_state.get("confirmed places")
    return held[1] if held and held[0] == order.raw.sha256 else {}


def _counts(report: ImportReport) -> None:
    """The law of conservation as four figures."""
    figures = {
        "Rows read": report.read,
        "Would come in": report.accepted,
        "Kept aside": report.quarantined,
        "Known already": report.duplicate,
    }
    with st.container(horizontal=True):
        for label, count in figures.items():
            st.metric(label, f"{count:,}", width=150)


def _tabs(preview: findings.Preview) -> None:
    """What was found, each matter behind its own tab."""
    matters = {
        "Rows as they would be": not preview.sample.empty,
        f"Kept aside ({preview.report.quarantined:,})": bool(preview.report.rows),
        f"Look like known cases ({len(preview.alike)})": bool(preview.alike),
        f"Museum marks ({len(preview.mentions)})": bool(preview.mentions),
        f"Remarks ({len(preview.report.notes)})": bool(preview.report.notes),
    }
    shown = [words for words, there in matters.items() if there]
    places = dict(zip(shown, st.tabs(shown), strict=True))
    draw = dict(
        zip(
            matters,
            (
                lambda: _sample(preview),
                lambda: quarantine_table(preview.report.rows, key="would be kept aside"),
                lambda: _alike(preview.alike),
                lambda: _mentions(preview.mentions),
                lambda: _remarks(preview.report.notes),
            ),
            strict=True,
        )
    )
    for words, tab in places.items():
        with tab:
            draw[words]()


def _sample(preview: findings.Preview) -> None:
    """The first rows as records."""
    rows = preview.sample
    if rows.empty:
        st.caption("No row could be read.")
        return
    named = [name for name in COLUMNS if name in rows and (rows[name].astype(str) != "").any()]
    table = pd.DataFrame(rows[named])
    for name in ("date_from", "date_to"):
        if name in table:
            table[name] = table[name].dt.strftime("%Y-%m-%d").fillna("")
    points = rows.geometry.representative_point()
    table["lon"], table["lat"] = points.x.round(5), points.y.round(5)
    table["precision"] = rows["precision"]
    table.columns = [name.replace("_", " ").capitalize() for name in table.columns]
    st.dataframe(table, hide_index=True, key="would be rows", placeholder="")
    if preview.report.read - preview.report.quarantined > len(rows):
        st.caption(f"The first {len(rows)} rows.")


def _places(order: TableOrder, unplaced: Sequence[findings.Unplaced]) -> None:
    """Words for places without coordinates, each with what it may mean; nothing by itself."""
    if unplaced:
        st.caption(
            "These rows name a place and give no coordinates. Choose what is meant, or leave them "
            "without a point. What you confirm is kept with its precision and your name."
        )
    certain = findings.certain_places(tuple(unplaced), author=who.author())
    if len(certain) > 1 and st.button(
        f"Confirm the {len(certain)} whose very name is known once in its country"
    ):
        _keep_places(order, {**confirmed_places(order), **certain})
    known = [words for words in unplaced if words.candidates]
    for words in known[:MOST_PLACES]:
        rows = "1 row" if words.rows == 1 else f"{words.rows:,} rows"
        chosen = st.selectbox(
            f"{_place_words(words.words)} ({rows})",
            [None, *words.candidates],
            format_func=_candidate_words,
            key=f"place {order.raw.sha256[:12]} {words.words}",
        )
        if chosen is not None:
            _keep_places(
                order,
                {
                    **confirmed_places(order),
                    words.words: findings.placed_by(chosen, author=who.author()),
                },
            )
    if len(known) > MOST_PLACES:
        st.caption(f"{len(known) - MOST_PLACES} more places follow when these are settled.")
    if strange := [words for words in unplaced if not words.candidates]:
        listed = "; ".join(_place_words(words.words) for words in strange[:FEW_NAMES])
        more = len(strange) - FEW_NAMES
        st.caption(f"Known nowhere: {listed}{f', and {more} more' if more > 0 else ''}.")
    for named, place in confirmed_places(order).items():
        told, button = st.columns([4, 1], vertical_alignment="center")
        told.markdown(
            f":material/check: {_place_words(named)}: {_point_words(place)}, "
            f"{safe_markdown(place.coord_source)}"
        )
        if button.button("Take back", key=f"take back {named}", width="stretch"):
            held = {key: one for key, one in confirmed_places(order).items() if key != named}
            _keep_places(order, held)


def _place_words(words: PlaceWords) -> str:
    """A place and its country as inert Markdown."""
    return ", ".join(name_markdown(part) for part in words if part)


def _point_words(place: Placed) -> str:
    """A point as one reads it on a map."""
    north, east = "NS"[place.lat < 0], "EW"[place.lon < 0]
    return f"{abs(place.lat):.4f}\u00b0 {north}, {abs(place.lon):.4f}\u00b0 {east}"


def _candidate_words(candidate: Candidate | None) -> str:
    """A candidate as a line of a list."""
    if candidate is None:
        return "(leave without a point)"
    radius = candidate.precision.radius_m
    within = f", within {metres(radius)}" if radius else ""
    return (
        f"\u2068{candidate.name}\u2069, {candidate.country}: {candidate.what}{within} "
        f"({candidate.why})"
    )


def _keep_places(order: TableOrder, places: Mapping[PlaceWords, Placed]) -> None:
    """Keep confirmed places for this file and look at it again."""
    st.session_state["confirmed places"] = (order.raw.sha256, dict(places))
    st.rerun()


def _alike(alike: Sequence[findings.Alike]) -> None:
    """Rows that may tell of a known case."""
    st.caption(
        "Nothing is merged. Once the rows are in, *Cases* lets you link them or tell them apart."
    )
    table = pd.DataFrame(
        {
            "Row's id": [one.record_id for one in alike],
            "Known as": [" / ".join(one.known) for one in alike],
            "Likeness": [round(one.score, 2) for one in alike],
            "Why": [one.why for one in alike],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="would be alike",
        column_config={
            "Likeness": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")
        },
    )


def _mentions(mentions: Sequence[findings.Mention]) -> None:
    """Marks of museums in free text."""
    table = pd.DataFrame(
        {
            "Row": [one.row_number for one in mentions],
            "Id": [one.record_id for one in mentions],
            "Where": [one.column.replace("_", " ") for one in mentions],
            "Mark": [one.text for one in mentions],
            "What it may tell": [one.meaning for one in mentions],
        }
    )
    st.dataframe(table, hide_index=True, key="would be marks")


def _remarks(notes: Sequence[str]) -> None:
    """What was guessed, assumed or left aside."""
    st.markdown("\n".join(f"- {sentence(note)}" for note in notes))
