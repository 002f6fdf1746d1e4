"""Forms by which a person adds to a case: an object, a step of custody, a photograph."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from geo.errors import LamassuError
from geo.model import ArtObject, CustodyEvent, CustodyType, ObjectClass, Tlp
from geo.pipeline.cases import Case, Name, keeping
from layers.card import title
from layers.style import safe_markdown
from layers.views import cache, who
from layers.views.uploads import save_uploads

TURN_KEY = "case turn"
"""Counts what was added, so that a form is empty again afterwards, and only then."""

OBJECT_FIELDS = (
    ("materials", "Materials and techniques", "haematite, engraved"),
    ("measurements", "Measurements", "H 2.4 cm, diameter 1.2 cm"),
    ("inscriptions", "Inscriptions and markings", "IM 12345 in black ink"),
    ("period", "Date or period", "Old Babylonian"),
    ("subject", "Subject", "what it shows"),
    ("title", "Title", ""),
    ("maker", "Maker", ""),
    ("place_of_origin", "Place of origin", ""),
    ("inventory_number", "Inventory number", "of whoever holds it"),
)
"""Short fields of Object ID (ICOM), with an example of each."""

PICTURES = ["jpg", "jpeg", "png", "tif", "tiff", "webp"]


def object_form(case: Case) -> None:
    """An object by the fields of Object ID."""
    with st.form(_key("object", case), border=False):
        seizure = _seizure(case)
        st.caption("Only the type is needed. Measurements with their unit, marks as they stand.")
        left, right = st.columns(2)
        kind = left.text_input("Type *", placeholder="cylinder seal", max_chars=200)
        classes = right.multiselect("Red List category", [code.value for code in ObjectClass])
        texts: dict[str, Any] = {}
        for number, (name, label, hint) in enumerate(OBJECT_FIELDS):
            if number % 2 == 0:  # rows, as columns would follow one another on a narrow screen
                sides = st.columns(2)
            texts[name] = sides[number % 2].text_input(label, placeholder=hint, max_chars=1_000)
        quantity = sides[1].number_input("Pieces", min_value=1, value=1, step=1)
        texts["distinguishing_features"] = st.text_input(
            "Distinguishing features", placeholder="damage, repairs, flaws", max_chars=2_000
        )
        texts["description"] = st.text_area("Description", max_chars=5_000)
        if st.form_submit_button("Keep the object", type="primary"):
            if not kind.strip():
                st.error("The object has no type yet: say in a word or two what it is.")
                return
            piece = ArtObject(
                id="new",
                seizure_id=seizure[1],
                seizure_dataset=seizure[0],
                object_type=kind.strip(),
                object_classes=tuple(ObjectClass(value) for value in classes),
                quantity=int(quantity),
                **{name: text.strip() for name, text in texts.items()},
            )
            _do(
                lambda now: keeping.add_object(cache.store(), piece, author=who.author(), now=now),
                "The object is kept.",
            )


def custody_form(case: Case) -> None:
    """A step of custody: who gave what to whom, when and why."""
    with st.form(_key("custody", case), border=False):
        seizure = _seizure(case)
        rows = [st.columns(2) for _ in range(4)]
        kind = rows[0][0].selectbox("What happened", [code.value for code in CustodyType], index=1)
        day = rows[0][1].date_input(
            "Day", None, min_value=date(1900, 1, 1), max_value="today", format="YYYY-MM-DD"
        )
        giver = rows[1][0].text_input("From", placeholder="who gave them away", max_chars=300)
        taker = rows[1][1].text_input("To", placeholder="who took them over", max_chars=300)
        object_id = rows[2][0].selectbox(
            "Objects", ["", *case.objects["id"]], format_func=_namer(case)
        )
        place = rows[2][1].text_input(
            "Kept at", placeholder="building, room, shelf", max_chars=300,
            help="For the office only: it goes into no export and no briefing.",
        )  # fmt: skip
        condition = rows[3][0].text_input("Condition", max_chars=500)
        reference = rows[3][1].text_input(
            "Reference", placeholder="number of the protocol", max_chars=200
        )
        words = st.text_input("Reason and circumstances", max_chars=2_000)
        if st.form_submit_button("Keep the step", type="primary"):
            step = CustodyEvent(
                id="new",
                seizure_id=seizure[1],
                seizure_dataset=seizure[0],
                event_type=CustodyType(kind),
                date_from=day,
                date_to=day,
                object_id=object_id,
                from_party=giver.strip(),
                to_party=taker.strip(),
                storage_place=place.strip(),
                condition=condition.strip(),
                reference=reference.strip(),
                description=words.strip(),
            )
            _do(
                lambda now: keeping.add_custody(cache.store(), step, author=who.author(), now=now),
                "The step is kept.",
            )


def photograph_form(case: Case) -> None:
    """A photograph, of one object or of several."""
    with st.form(_key("photograph", case), border=False):
        seizure = _seizure(case)
        st.caption(
            "The file is kept as it came and never shown. What is shown is drawn anew from its "
            "pixels, without the camera's notes of place and time."
        )
        files = st.file_uploader("Photograph", type=PICTURES, accept_multiple_files=True)
        (left, right), (lower_left, lower_right) = st.columns(2), st.columns(2)
        caption = left.text_input("Caption", placeholder="what it shows", max_chars=500)
        object_id = right.selectbox(
            "Shows", ["", *case.objects["id"]], format_func=_namer(case, "several objects")
        )
        marking = lower_left.selectbox("Marking", [tlp.value for tlp in Tlp], index=2)
        source = lower_right.text_input(
            "Source", placeholder="who took it or sent it", max_chars=200
        )
        if st.form_submit_button("Keep the photograph", type="primary"):
            if not files:
                st.error("No photograph was chosen: choose a file first.")
                return

            def keep(now: datetime) -> None:
                with tempfile.TemporaryDirectory(prefix="lamassu-upload-") as folder:
                    for path in save_uploads(files, Path(folder)):
                        _, notes = keeping.add_photograph(
                            cache.store(), cache.settings(), path, seizure=seizure,
                            object_id=object_id, caption=caption.strip(), source=source.strip(),
                            marking=Tlp(marking), author=who.author(), now=now,
                        )  # fmt: skip
                        for note in notes:
                            st.toast(safe_markdown(f"{path.name}: {note}"))

            _do(keep, "Kept.")


def _seizure(case: Case) -> Name:
    """Which record of the case it belongs to; asked only where there are several."""
    labels = {
        (row["dataset_id"], row["id"]): f"{title('seizures', row)} ({row['id']})"
        for _, row in case.events.iterrows()
    }
    lead = (case.lead["dataset_id"], case.lead["id"])
    if len(labels) == 1:
        return lead
    chosen: Name = st.selectbox(
        "Belongs to", list(labels), index=list(labels).index(lead), format_func=labels.__getitem__
    )
    return chosen


def _namer(case: Case, of_all: str = "all objects") -> Callable[[str], str]:
    """How an object is called in a list."""
    kinds = dict(zip(case.objects["id"], case.objects["object_type"], strict=True))
    return lambda name: f"{kinds[name]} ({name})" if name else of_all


def _key(what: str, case: Case) -> str:
    """Key of a form, another one after each addition."""
    turn = st.session_state.get(TURN_KEY, 0)
    return f"{what} form {case.lead['dataset_id']} {case.lead['id']} {turn}"


def _do(keep: Callable[[datetime], object], told: str) -> None:
    """Do what the form asks; a refusal is told and the form stays as it is."""
    try:
        keep(datetime.now(UTC))
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    st.session_state[TURN_KEY] = st.session_state.get(TURN_KEY, 0) + 1
    st.toast(told)
    st.rerun()
