"""What each column of a table means: guessed, shown with its first values, changed by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import streamlit as st

from geo.pipeline import intake
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.guess import Guess, guess_kind
from geo.sources.meaning.mapping import ColumnUse, Mapping
from geo.sources.meaning.uses import cell_names
from geo.sources.meaning.vocabulary import fields_of
from geo.sources.readers.raw import RawFile, RawTable
from layers.style import safe_html, safe_markdown
from layers.views import cache
from layers.views.filters import KEPT
from layers.views.reports import sentence

KIND_WORDS = {
    "seizures": "Seizures",
    "sites": "Sites",
    "posts": "Border posts",
    "events": "Events at sites",
    "objects": "Seized objects (Object ID)",
    "custody": "Custody and storage of seized objects",
    "stolen": "A list of stolen objects",
    "links": "Links between seizures",
    "assessments": "Condition assessments of sites (EAMENA)",
    "roads": "Roads (OpenStreetMap, GeoPackage, GeoJSON, or a table of links)",
    "scenes": "Satellite scenes (GeoTIFF, netCDF)",
    "terrain": "Terrain (GeoTIFF of heights)",
}
"""What a file may hold, as a person calls it."""

ASIDE = ""
"""Chosen for a column that means nothing here."""

SHOWN_VALUES = 3
"""Values of a column that are shown."""

MANY_COLUMNS = 24
"""Columns from which on the list is scrolled by itself."""

PLAIN_REASONS = ("its name is", "no column of ours")
"""How the reasons begin that everybody expects."""

FIELD_WORDS = {
    "lon": "Longitude", "lat": "Latitude", "coordinates": "Both coordinates in one cell",
    "mgrs": "MGRS grid reference", "utm_easting": "UTM easting", "utm_northing": "UTM northing",
    "utm_zone": "UTM zone", "date": "Date", "date_from": "First day", "date_to": "Last day",
    "quantity": "Quantity, in figures or words", "transport": "Transport, in any words",
    "names": "Names in several scripts", "shape": "Shape", "id": "Id",
    "footprint_wkt": "Outline (WKT)",
}  # fmt: skip
"""Fields whose name does not say enough."""

STYLES = {
    "year, month, day (2015-03-07)": DateStyle(),
    "day, month, year (07/03/2015)": DateStyle(order="dmy"),
    "month, day, year (03/07/2015)": DateStyle(order="mdy"),
    "Hijri, day first (16/05/1436)": DateStyle(order="dmy", calendar="hijri"),
    "Hijri, year first (1436/05/16)": DateStyle(order="ymd", calendar="hijri"),
    "Persian, year first (1393/12/16)": DateStyle(order="ymd", calendar="persian"),
    "Persian, day first (16/12/1393)": DateStyle(order="dmy", calendar="persian"),
}
"""Ways to write a date, as a person reads them."""


def edit(
    kind: str, raw: RawFile, table: RawTable, options: intake.ImportOptions
) -> tuple[Mapping, Sequence[str]]:
    """The mapping of a table as the user has it now, and what was guessed of it."""
    at = next(number for number, one in enumerate(raw.tables) if one is table)
    token = f"{raw.sha256[:12]} {at} {kind} {options.partner}"
    guess, likely = _guess(token, kind, table, options)
    given = {(use.column, use.number): use.field for use in guess.mapping.uses}
    missing = [
        name
        for name, needed in fields_of(kind).items()
        if needed and name not in given.values() and name not in guess.mapping.constants
        and (name != "id" or guess.mapping.own)
    ]  # fmt: skip
    aside = len(table.header) - len(given)
    words = f"Columns: {len(given)} understood" + (f", {aside} left aside" if aside else "")
    with st.expander(words, expanded=bool(guess.doubts or missing or aside)):
        st.caption(_profile_words(guess))
        if missing and likely != kind:
            st.info(
                f"The columns look more like **{KIND_WORDS[likely]}**. If that is what the file "
                "holds, say so above."
            )
        for doubt in guess.doubts:
            st.caption(f":material/help: {sentence(doubt)}")
        uses = _uses(token, kind, table, given, guess)
        left, right = st.columns(2, gap="large")
        with left:
            style = _style(token, guess.mapping, uses)
        with right:
            constants = _constants(token, kind, guess.mapping, uses)
    mapping = replace(
        guess.mapping,
        uses=tuple(uses),
        date_style=style,
        constants=constants,
    )
    return mapping, guess.doubts


def _guess(
    token: str, kind: str, table: RawTable, options: intake.ImportOptions
) -> tuple[Guess, str]:
    """The guess and the kind that the columns look most like, made once for a table."""
    held: tuple[str, Guess, str] | None = st.session_state.get("column guess")
    if not held or held[0] != token:
        guess = intake.guessed(cache.store(), table, kind, partner=options.partner)
        held = (token, guess, guess_kind(table))
        st.session_state["column guess"] = held
    return held[1:]


def _profile_words(guess: Guess) -> str:
    """Where the guess is from, in a sentence."""
    known = {
        "own": "These are Lamassu's own columns.",
        "cites": "This looks like a CITES illegal-trade report.",
        "arches": "This looks like an export of EAMENA or another Arches database.",
        "cen": "This looks like a customs seizure table.",
        "free": "The columns were understood by their names and values. Please check them.",
    }
    return known.get(
        guess.profile, f"The columns are read as they were for {safe_markdown(guess.profile)}."
    )


def _uses(
    token: str, kind: str, table: RawTable, given: dict[tuple[str, int], str], guess: Guess
) -> list[ColumnUse]:
    """One choice a column: its name, its first values, its meaning; two columns side by side."""
    needed = fields_of(kind)
    choices = [ASIDE, *sorted(needed, key=lambda name: (not needed[name], field_words(name)))]
    values = first_values(table)
    names = cell_names(table.header)
    seen: dict[str, int] = {}
    uses = []
    many = len(table.header) > MANY_COLUMNS
    halves = st.container(height=560 if many else "content", border=False).columns(2, gap="large")
    for position, column in enumerate(table.header):
        seen[column] = number = seen.get(column, 0) + 1
        # The first half stands on the left, so that a narrow window keeps the order of the file.
        half = halves[2 * position >= len(table.header)]
        told, choice = half.columns([1, 1], vertical_alignment="center")
        reason = guess.reasons.get(names[position], "")
        told.html(_told_html(column, values[position], reason))
        guessed = given.get((column, number), ASIDE)
        field = choice.selectbox(
            f"Meaning of column {position + 1}",
            choices,
            index=choices.index(guessed) if guessed in choices else 0,
            format_func=lambda name: (
                f"{field_words(name)}{' (needed)' if needed[name] else ''}"
                if name
                else "(left aside)"
            ),
            label_visibility="collapsed",
            key=f"meaning {token} {position}",
            **KEPT,
        )
        if field:
            uses.append(ColumnUse(column=column, field=field, number=number))
    return uses


def _told_html(column: str, values: Sequence[str], reason: str) -> str:
    """A column's name, first values and how it was understood; each reads in its own direction."""
    said = " &middot; ".join(f"<bdi>{safe_html(value)}</bdi>" for value in values)
    why = "" if reason.startswith(PLAIN_REASONS) else safe_html(reason)
    return (
        "<div style='line-height:1.35;overflow-wrap:anywhere'>"
        f"<b><bdi>{safe_html(column)}</bdi></b><br>"
        f"<small style='opacity:.75'>{said or '(empty)'}</small>"
        f"{'<br>' if why else ''}<small style='opacity:.75'><i>{why}</i></small></div>"
    )


def _style(token: str, mapping: Mapping, uses: Sequence[ColumnUse]) -> DateStyle | None:
    """How dates are written, chosen by the user where a column holds dates."""
    if not any(use.field.startswith("date") for use in uses):
        return mapping.date_style
    styles = list(STYLES.values())
    held = mapping.date_style or DateStyle()
    if held not in styles:
        styles.append(held)
    names = {style: words for words, style in STYLES.items()}
    chosen: DateStyle = st.selectbox(
        "Dates are written as",
        styles,
        index=styles.index(held),
        format_func=lambda style: names.get(style, f"{style.calendar}, {style.order}"),
        key=f"dates {token}",
        **KEPT,
    )
    return chosen


def _constants(
    token: str, kind: str, mapping: Mapping, uses: Sequence[ColumnUse]
) -> dict[str, str]:
    """Needed fields that no column gives: one text for every row."""
    given = {use.field for use in uses}
    constants = {name: text for name, text in mapping.constants.items() if name not in given}
    for name, needed in fields_of(kind).items():
        if needed and name not in given and name != "id":
            text = st.text_input(
                f"{field_words(name)} of every row (no column gives it)",
                constants.get(name, ""),
                key=f"constant {token} {name}",
                **KEPT,
            )
            constants[name] = text.strip()
    return {name: text for name, text in constants.items() if text}


def field_words(name: str) -> str:
    """A field as a person calls it."""
    return FIELD_WORDS.get(name, name.replace("_", " ").capitalize())


def first_values(table: RawTable) -> list[list[str]]:
    """The first different values of each column, each cut to one line."""
    batch = next(table.batches(), None)
    if batch is None:
        return [[]] * len(table.header)
    firsts = []
    for position in range(len(table.header)):
        cells = pa.compute.unique(batch.column(f"c{position}").slice(0, 500)).to_pylist()
        filled = [cell if len(cell) <= 40 else f"{cell[:37]}..." for cell in cells if cell]
        firsts.append(filled[:SHOWN_VALUES])
    return firsts
