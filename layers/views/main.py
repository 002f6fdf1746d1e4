"""The script that the server runs for each session: declares the views and runs the chosen one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from geo.access import Principal, Right, Via
from layers.emblem import emblem_svg
from layers.server.cookie import NAME as BROWSER
from layers.server.doors import STANDING
from layers.server.uploads import SENDERS
from layers.views import (
    access,
    account,
    cache,
    cases,
    change,
    data,
    exposure,
    hotspots,
    login,
    map,  # noqa: A004 - the view of the map
    routes,
    settings,
    sources,
    triage,
    who,
)

PAGES: tuple[tuple[str, str, Callable[[], None], Right], ...] = (
    ("Map", "", map.show, Right.LOOK),
    ("Alerts", "alerts", triage.show, Right.ANALYSE),
    ("Change", "change", change.show, Right.ANALYSE),
    ("Cases", "cases", cases.show, Right.ANALYSE),
    ("Routes", "routes", routes.show, Right.ANALYSE),
    ("Exposure", "exposure", exposure.show, Right.ANALYSE),
    ("Hot spots", "hotspots", hotspots.show, Right.LOOK),
    ("Data", "data", data.show, Right.HAND_OVER),
    ("Sources", "sources", sources.show, Right.LOOK),
    ("Settings", "settings", settings.show, Right.ADMINISTER),
    ("Access", "access", access.show, Right.ADMINISTER),
    ("Account", "account", account.show, Right.LOOK),
)
"""Title, address, view, and the right without which it is not offered; a view asks for itself."""


def _offered(title: str, right: Right, somebody: Principal) -> bool:
    """Whether a page stands in the navigation."""
    if title == "Account" and somebody.via is Via.LOCAL:
        return False
    return somebody.may(right)


def _title(title: str, somebody: Principal) -> str:
    """What a page is called for somebody: who cannot bring data in finds only a way out there."""
    return "Hand over" if title == "Data" and not somebody.may(Right.KEEP) else title


def _ask_who(somebody: Principal) -> None:
    """The login at every address; the names of views are gone from the bar of whoever had them."""

    def ask() -> None:
        login.show(somebody)

    pages = [
        st.Page(ask, title="Lamassu", url_path=address or None, default=not address)
        for _, address, _, _ in PAGES
    ]
    st.navigation(pages, position="hidden").run()


def _run(somebody: Principal) -> None:
    """The navigation, and the chosen page."""
    pages = {
        address: st.Page(
            show,
            title=_title(title, somebody),
            url_path=address or None,
            default=not address,
            visibility="visible" if _offered(title, right, somebody) else "hidden",
        )
        for title, address, show, right in PAGES
    }
    st.session_state["map page"] = pages[""]
    for address in ("alerts", "change", "cases", "routes"):
        st.session_state[f"{address} page"] = pages[address]
    chosen = st.navigation(list(pages.values()), position="top")
    if somebody.own is not None and chosen.visibility == "hidden":
        st.switch_page(pages[""])  # from where one began to look as another
    account.banner(somebody)
    chosen.run()


st.set_page_config(
    page_title="Lamassu", page_icon=emblem_svg(), layout="wide", initial_sidebar_state="auto"
)
st.html(
    "<style>.stMainBlockContainer{padding:4.2rem 2rem 2rem}"
    ".stMainBlockContainer h1{font-size:1.7rem;padding:.2rem 0 .4rem}</style>"
)
if st.context.headers and not STANDING.is_set():
    # This script alone, without app.py, has no doors: whoever reaches it would be let in.
    st.error("Start Lamassu by `streamlit run app.py`; without it nobody is asked who they are.")
    st.stop()
with st.spinner("Preparing the store"):
    cache.store()
arrived = who.enter()
SENDERS.let(
    st.context.cookies.get(BROWSER, ""),
    send=who.admitted(arrived) and arrived.may(Right.ANALYSE),
)
who.watch()  # first, as a page may stop before its end
if who.admitted(arrived):
    st.logo(emblem_svg(with_name=True), icon_image=emblem_svg(), size="large")
    _run(arrived)
else:
    _ask_who(arrived)
