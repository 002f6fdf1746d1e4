"""What the session's own account sees and may do, and the banner of those who look as another."""

from __future__ import annotations

import streamlit as st

from geo.access import RIGHTS, Principal, Right, Via, Viewer
from geo.disclosure import generalisation_note
from geo.settings import Login
from layers.style import marking_badge, name_markdown, safe_html, safe_markdown
from layers.views import cache, login, who

EVERYTHING = "As they are held."


def show() -> None:
    """The page of one's own account."""
    who.require(Right.LOOK)
    somebody = who.principal()
    viewer = somebody.viewer
    st.title("Account", anchor=False)
    if somebody.via is Via.NOBODY:
        st.markdown("You look around **without a login**.")
    else:
        st.markdown(f"**{name_markdown(somebody.name or somebody.subject)}**")
    told = {
        "Role": safe_html(viewer.role.capitalize()),
        "Sharing groups": safe_html(", ".join(sorted(viewer.groups)) or "none"),
        "Places": safe_html(generalisation_note(viewer.audience) or EVERYTHING),
        "Markings": _markings_html(viewer),
        "You may": safe_html(
            "; ".join(who.RIGHT_WORDS[right] for right in Right if right in RIGHTS[viewer.role])
        ),
        "Known as": safe_html(somebody.subject),
    }
    st.html(
        "<dl style='display:grid;grid-template-columns:max-content 1fr;gap:.5rem 1.2rem;margin:0;"
        "max-width:46rem'>"
        + "".join(
            f"<dt style='opacity:.7'>{label}</dt>"
            f"<dd style='margin:0;overflow-wrap:anywhere'>{text}</dd>"
            for label, text in told.items()
        )
        + "</dl>"
    )
    if somebody.via is Via.OIDC:
        st.button("Log out", on_click=who.log_out)
    elif somebody.via is Via.NOBODY and cache.settings().login is Login.OIDC:
        login.log_in_button()


def _markings_html(viewer: Viewer) -> str:
    """The strictest markings that are seen, as badges."""
    outside, inside = viewer.ceiling(), viewer.ceiling(viewer.groups)
    more = (
        f", and up to {marking_badge(inside.value)} in what is closed to your groups"
        if inside is not outside
        else ""
    )
    return f"up to {marking_badge(outside.value)}{more}"


def banner(somebody: Principal) -> None:
    """Above every page: through whose eyes it is seen, the way back, and what is to be told."""
    if somebody.own is not None:
        groups = ", ".join(name_markdown(group) for group in sorted(somebody.viewer.groups))
        within = f" in {groups}" if groups else " in no sharing group"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(
                f"You see what a **{somebody.viewer.role}**{within} sees.",
                icon=":material/visibility:",
            )
            st.button(
                "Back to my own view", on_click=who.view_as_oneself, type="primary", key="own view"
            )
    if somebody.remark:
        st.info(safe_markdown(somebody.remark), icon=":material/info:")
