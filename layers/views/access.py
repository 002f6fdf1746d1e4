"""Who may see what: people, closed data, the review, why, seeing as another, and the audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from geo.access import Right, Role, Viewer
from geo.columns import RECORDS
from geo.disclosure.rules import CELL_DEG, RULES, WITHHELD
from geo.errors import LamassuError
from geo.model import Sensitivity
from geo.pipeline.access import AccessReview, explain, review
from geo.pipeline.guard import GuardedStore
from geo.pipeline.seen import looks_at
from layers.access_review import (
    ROLES,
    SITES,
    actor_words,
    cell_words,
    reasons_html,
    review_html,
    roles_html,
)
from layers.style import name_markdown, safe_markdown
from layers.views import access_audit, access_people, cache, who
from layers.views.caching import scoped

PEOPLE, DATA, REVIEW, WHY, EYES, AUDIT = (
    "People", "Closed data", "Who sees what", "Why?", "See as another", "Audit",
)  # fmt: skip
"""The parts of the page."""

LISTED = 2000
"""Records of a kind that are offered to choose from at once."""

LOOKS_SHOWN = 20
"""Looks at one record that are listed."""


def show() -> None:
    """The page of access, for administrators."""
    who.require(Right.ADMINISTER)
    st.title("Access", anchor=False)
    parts: dict[str, Callable[[], None]] = {
        PEOPLE: access_people.show_people,
        DATA: lambda: access_people.show_closed(_reviewed()),
        REVIEW: _show_review,
        WHY: _show_why,
        EYES: _show_eyes,
        AUDIT: access_audit.show,
    }
    part = st.segmented_control(
        "Part of the page",
        list(parts),
        default=PEOPLE,
        required=True,
        key="access part",
        label_visibility="collapsed",
        persist_state="session",
    )
    parts[part or PEOPLE]()


def _reviewed() -> AccessReview:
    """Who sees what of the store as it is now."""
    with st.spinner("Looking through everybody's eyes"):
        return _review(cache.store())


@scoped(2)
def _review(asked: GuardedStore) -> AccessReview:
    """The review of one state of the store."""
    return review(asked)


def _show_review() -> None:
    """Roles, then people, each with what they see and by which rule."""
    st.markdown("#### What each role sees")
    st.caption(
        "The role decides how exactly a place is told, and which markings are seen. A sensitive "
        "site is told more coarsely, or not at all, whatever its marking."
    )
    st.html(roles_html({role: precision_of(role) for role in ROLES}))
    st.markdown("#### What everybody sees of the records held now")
    st.caption("Open a line to see it kind by kind, with the rules that took something away.")
    st.html(review_html(_reviewed().members, rules=RULES))


def precision_of(role: Role) -> dict[Sensitivity, str]:
    """How exactly a role is told of sites of each sensitivity, in words."""
    audience = Viewer(role=role).audience
    return {
        sensitivity: "withheld"
        if sensitivity in WITHHELD[audience]
        else cell_words(CELL_DEG[audience][sensitivity])
        for sensitivity in SITES
    }


def _show_why() -> None:
    """For any record and role: what each rule does, and who was shown the record."""
    st.caption(
        "Choose a record and a role: the page tells what somebody of that role is given of it, and "
        "by which rule."
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        kind = st.selectbox(
            "Kind", list(RECORDS), format_func=str.capitalize, key="why kind",
            persist_state="session",
        )  # fmt: skip
        frame = _narrowed(cache.records(kind))
        names = zip(frame["dataset_id"], frame["id"], _titles(frame), strict=True)
        labels = {(dataset, name): _words(told, name, dataset) for dataset, name, told in names}
        chosen = st.selectbox(
            "Record",
            list(labels),
            index=None,
            format_func=labels.__getitem__,
            placeholder="Type a name or an id",
            key=f"why record {kind}",
        )
        viewer = _choose_viewer("why", list(ROLES))
    with right:
        if chosen is None:
            st.info("Choose a record first.", icon=":material/arrow_back:")
            return
        st.markdown(f"#### {name_markdown(labels[chosen])}")
        try:
            _answer(kind, chosen, viewer)
        except LamassuError as err:
            st.error(safe_markdown(err))


def _answer(kind: str, chosen: tuple[str, str], viewer: Viewer) -> None:
    """What each rule does to a record for a viewer, and who was shown it."""
    store, (dataset, name) = cache.store(), chosen
    groups = f", in {', '.join(sorted(viewer.groups))}" if viewer.groups else ""
    st.markdown(f"**What {safe_markdown(ROLES[viewer.role][0].lower() + groups)} is given of it**")
    st.html(reasons_html(explain(store, kind, name, viewer, dataset_id=dataset)))
    st.markdown("**Who was shown it**")
    looks = looks_at(store, kind, name, dataset_id=dataset)
    if not looks:
        st.caption(
            "Nobody yet. Looks are noted for restricted records: those marked stricter than "
            "TLP\\:GREEN, of highly sensitive sites, or of closed data."
        )
        return
    people = access_people.names_of(store)
    told = [
        f"- {look.at:%d %b %Y %H:%M} UTC: {name_markdown(actor_words(look.actor, people))}, "
        f"entry {look.number:,} of the audit"
        for look in reversed(looks[-LOOKS_SHOWN:])
    ]
    st.markdown("\n".join(told))


def _narrowed(frame: pd.DataFrame) -> pd.DataFrame:
    """The records to choose from; of very many only those that hold some words."""
    if len(frame) <= LISTED:
        return frame
    words = st.text_input("Name or id", key="why words", placeholder="a part of it").strip()
    held = _titles(frame).str.contains(words, case=False, regex=False)
    held |= frame["id"].astype(str).str.contains(words, case=False, regex=False)
    st.caption(f"{int(held.sum()):,} of {len(frame):,}; the first {LISTED:,} can be chosen.")
    return frame[held].head(LISTED)


def _titles(frame: pd.DataFrame) -> pd.Series:
    """A word of each record by which a person knows it."""
    for name in ("name", "place", "site_name", "title", "object_type"):
        if name in frame:
            return frame[name].astype(str)
    return frame["id"].astype(str)


def _words(*parts: str) -> str:
    """A record in a list to choose from: what it is called, its id, its dataset."""
    return " \u00b7 ".join(dict.fromkeys(part for part in parts if part))


def _choose_viewer(key: str, roles: Sequence[Role]) -> Viewer:
    """A role with its sentence, and sharing groups."""
    role = st.radio(
        "Role",
        roles,
        format_func=lambda one: ROLES[one][0],
        captions=[ROLES[one][1] for one in roles],
        key=f"{key} role",
    )
    groups = st.multiselect(
        "In the sharing groups",
        access_people.groups_of(cache.store()),
        key=f"{key} groups",
        placeholder="none",
        disabled=role is Role.ANONYMOUS,
    )
    return Viewer(role=role, groups=frozenset(groups))


def _show_eyes() -> None:
    """The whole program through the eyes of a lesser role, until the banner's button ends it."""
    st.caption(
        "See every page just as somebody of another role sees it. What you may do is what that "
        "role may do. A banner at the top of each page brings you back."
    )
    lesser = [role for role in ROLES if role is not Role.ADMINISTRATOR]
    left, _ = st.columns(2)
    with left:
        viewer = _choose_viewer("eyes", lesser[::-1])
        if st.button(
            f"See as {ROLES[viewer.role][0].lower()}", type="primary", icon=":material/visibility:"
        ):
            try:
                who.view_as(viewer.role, viewer.groups)
            except LamassuError as err:
                st.error(safe_markdown(err))
            else:
                st.switch_page(st.session_state["map page"])
