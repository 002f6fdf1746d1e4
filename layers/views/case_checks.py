"""What a case is held against: records that may belong to it, and lists of stolen objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from geo.model import LinkType, SeizureType
from geo.pipeline import cases
from geo.pipeline.cases import Case, Name, keeping
from layers.card import date_words, title
from layers.case_file import Picture, pictures_html, side_by_side_html
from layers.style import safe_markdown
from layers.views import cache, who

RELATIONS = {
    LinkType.SAME_EVENT: "two reports of one event",
    LinkType.SAME_CASE: "two events of one case",
    LinkType.RETURN_OF: "it is the return of what was seized",
}
"""How two records belong together, in words."""

COMPARED = {
    "date": "Date",
    "event_type": "Event",
    "place": "Place",
    "country": "Country",
    "agency": "By",
    "objects": "Number",
    "object_types": "Objects",
    "description": "Description",
    "source": "Source",
}
"""What two records of seizures are compared by."""

DESCRIBED = {
    "object_type": "Type",
    "title": "Title",
    "materials": "Materials",
    "measurements": "Measurements",
    "inscriptions": "Inscriptions",
    "period": "Period",
    "maker": "Maker",
    "description": "Description",
}
"""What an object and an entry of a list are compared by."""

OFFERED = 2_000
"""Records that the list for linking by hand offers: the newest."""


def show_proposals(frames: cases.Frames, case: Case) -> None:
    """Records that may belong to the case, each to be linked or put aside by a person."""
    st.subheader("May belong to this case", anchor=False)
    found, _ = cache.case_checks(str(case.lead["dataset_id"]), str(case.lead["id"]))
    if found.empty:
        st.caption("No other record looks like the same case.")
    else:
        st.caption(
            "These records are alike by date, place, objects and agency. Nothing is joined unless "
            "you say so, and each decision is kept with its grounds."
        )
    for number, row in enumerate(found.to_dict("records")):
        other = _record(frames, (row["dataset_id"], row["id"]))
        own = _record(frames, (row["own_dataset_id"], row["own_id"]))
        with st.container(border=True):
            st.markdown(
                f"**{safe_markdown(title('seizures', other))}** ({safe_markdown(other['id'])})"
            )
            st.caption(safe_markdown(row["why"]))
            with st.expander("Compare", expanded=number == 0):
                _compare(own, other)
            _decide(own, other, key=f"{row['dataset_id']} {row['id']}")
    with st.expander("Link another record", icon=":material/link:"):
        _link_by_hand(frames, case)
    _decided(case)


def show_stolen(frames: cases.Frames, case: Case) -> None:
    """Objects and photographs of the case that are like entries of the lists."""
    st.subheader("Checked against lists of stolen objects", anchor=False)
    listed = frames["stolen"]
    if listed.empty:
        st.caption(
            "No list of stolen objects was brought in. If a register gave your office one, import "
            "it on the page Data. Lamassu asks no register by itself."
        )
        return
    with st.spinner("Comparing"):
        _, found = cache.case_checks(str(case.lead["dataset_id"]), str(case.lead["id"]))
    st.caption(
        f"Held against {len(listed):,} entries by numbers, words and pictures. That nothing is "
        "found proves nothing: a list holds only what was registered."
    )
    if found.empty:
        st.markdown("No entry is like an object of this case.")
    for row in found.to_dict("records"):
        _stolen_match(row, case, listed.iloc[row["stolen"]])


def _stolen_match(row: Mapping[str, Any], case: Case, entry: pd.Series) -> None:
    """One object beside one entry of a list."""
    owned = row["object"] >= 0
    piece = case.objects.iloc[row["object"]] if owned else None
    named = f"{piece['object_type']} ({piece['id']})" if piece is not None else "A photograph"
    reference = entry["reference"] or entry["id"]
    with st.container(border=True):
        st.markdown(f"**{safe_markdown(named)}** and **{safe_markdown(reference)}**")
        st.caption(safe_markdown(row["why"]))
        with st.expander("Compare"):
            if piece is not None:
                rows = [
                    (label, _text(piece[name]), _text(entry[name]))
                    for name, label in DESCRIBED.items()
                ]
                rows.append(("Stolen from", "", _text(entry["stolen_from"])))
                rows.append(("Register", "", _text(entry["source"])))
                st.html(side_by_side_html((str(piece["id"]), str(reference)), rows))
            if row["photograph"] >= 0:
                _picture(case.photographs.iloc[row["photograph"]])


def _picture(photograph: pd.Series) -> None:
    """The photograph that is like an entry's picture; the entry's own is not in the list."""
    try:
        jpeg = keeping.shown_bytes(cache.settings(), photograph)
    except LamassuError as err:
        st.caption(safe_markdown(err))
        return
    st.html(pictures_html([Picture(jpeg=jpeg, caption=str(photograph["caption"]))]))


def _compare(own: pd.Series, other: pd.Series) -> None:
    """Two records of seizures side by side."""
    mine, theirs = _compared(own), _compared(other)
    rows = [(label, mine[name], theirs[name]) for name, label in COMPARED.items()]
    st.html(side_by_side_html((str(own["id"]), str(other["id"])), rows))


def _compared(row: pd.Series) -> dict[str, str]:
    """The texts of a record that are compared."""
    count = "" if pd.isna(row["object_count"]) else f"{int(row['object_count']):,}"
    texts = {name: _text(row.get(name)) for name in COMPARED}
    return texts | {
        "date": date_words(row),
        "objects": " ".join(part for part in (row["count_qualifier"], count) if part),
    }


def _decide(own: pd.Series, other: pd.Series, *, key: str) -> None:
    """Link, or say that the two are not the same."""
    with st.form(f"decide {key}", border=False):
        relation, grounds = _relation_and_grounds(own, other)
        left, right = st.columns(2)
        joined = left.form_submit_button("Link", type="primary", width="stretch")
        parted = right.form_submit_button("Not the same", width="stretch")
    if joined or parted:
        _link(own, other, relation if joined else LinkType.DISTINCT, grounds)


def _relation_and_grounds(own: pd.Series, other: pd.Series) -> tuple[LinkType, str]:
    """How the two belong together, and how one knows."""
    options = list(RELATIONS)
    if SeizureType.RETURN not in {own["event_type"], other["event_type"]}:
        options.remove(LinkType.RETURN_OF)
    relation = st.selectbox("They are", options, format_func=RELATIONS.__getitem__)
    grounds = st.text_input("Grounds", placeholder="how you know, in a few words", max_chars=500)
    return relation, grounds


def _link_by_hand(frames: cases.Frames, case: Case) -> None:
    """Join a record that was not proposed, or take one out of the case."""
    seizures = frames["seizures"]
    others = seizures.sort_values("date_from", ascending=False).head(OFFERED + len(case.events))
    labels = {
        (row["dataset_id"], row["id"]): f"{date_words(row)} \u00b7 {title('seizures', row)} "
        f"({row['id']})"
        for _, row in others.iterrows()
        if (row["dataset_id"], row["id"]) not in case.names
    }
    chosen: Name | None = st.selectbox(
        "Record", list(labels), index=None, format_func=labels.__getitem__,
        placeholder="type a place, a date or an id", key=f"link {min(case.names)}",
    )  # fmt: skip
    if chosen is not None:
        other = _record(frames, chosen)
        _compare(case.lead, other)
        _decide(case.lead, other, key=f"by hand {chosen}")
    members = case.events[case.events["id"] != case.lead["id"]]
    if members.empty:
        return
    with st.form(f"part {min(case.names)}", border=False):
        names = {(row["dataset_id"], row["id"]): title("seizures", row) + f" ({row['id']})"
                 for _, row in members.iterrows()}  # fmt: skip
        parted: Name = st.selectbox(
            "Take a record out of this case", list(names), format_func=names.__getitem__
        )
        grounds = st.text_input("Grounds", placeholder="why it does not belong", max_chars=500)
        if st.form_submit_button("Take it out"):
            _link(case.lead, _record(frames, parted), LinkType.DISTINCT, grounds)


def _decided(case: Case) -> None:
    """What was decided before, and by whom."""
    if case.links.empty:
        return
    with st.expander(f"Decisions ({len(case.links)})"):
        for row in case.links.to_dict("records"):
            st.caption(
                safe_markdown(
                    f"{row['first_id']} \u2013 {row['relation']} \u2013 {row['second_id']}: "
                    f"{row['grounds']} ({row['source']})"
                )
            )


def _link(own: pd.Series, other: pd.Series, relation: LinkType, grounds: str) -> None:
    """Keep the decision; the return, or the record outside the case, comes first."""
    pair = [(str(other["dataset_id"]), str(other["id"])), (str(own["dataset_id"]), str(own["id"]))]
    if relation is LinkType.RETURN_OF and other["event_type"] != SeizureType.RETURN:
        pair.reverse()
    try:
        keeping.link(
            cache.store(), pair[0], pair[1], relation,
            author=who.author(), grounds=grounds, now=datetime.now(UTC),
        )  # fmt: skip
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    st.toast("Kept.")
    st.rerun()


def _record(frames: cases.Frames, name: Name) -> pd.Series:
    """A record of a seizure by its name."""
    seizures = frames["seizures"]
    return seizures[(seizures["dataset_id"] == name[0]) & (seizures["id"] == name[1])].iloc[0]


def _text(value: object) -> str:
    """A cell as text."""
    return "" if value is None or pd.isna(value) else str(value)
