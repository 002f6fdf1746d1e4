"""Satellite scenes from STAC servers: search, choose, fetch."""

from __future__ import annotations

from collections.abc import Sized
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.errors import LamassuError
from geo.model import Tlp
from geo.sources.confined.limits import BROWSER
from geo.sources.stac.collections import EARTH_SEARCH, HOSTS_OF
from geo.sources.stac.hosts import Hosts
from layers.style import safe_markdown
from layers.views import cache, who
from layers.views.reports import sentence

if TYPE_CHECKING:
    from geo.pipeline import fetching

FOUND_KEY, FETCHED_KEY = "scenes found", "scenes fetched"
"""Where a session keeps the last search and what came of it."""

BEGUN_KEY = "scenes begun"
"""Where it keeps the scenes that are being fetched; still there where somebody stopped that."""

MOST_BYTES = 1_000_000_000
"""What one click may bring over the network."""

LEARNED = (
    "The server learns the tenth of a degree, about 10 km, in which the site lies, and the address "
    "of this machine. Nothing is asked before you press **Search**, and no picture is fetched "
    "before you press **Fetch**."
)


def show_part() -> None:
    """The part of the page of data where satellite scenes are searched and fetched."""
    who.require(Right.KEEP)
    settings = cache.settings()
    if not settings.stac_hosts:
        st.info(
            "Fetching satellite scenes is off: no server may be asked. An administrator switches "
            "it on with the setting LAMASSU_STAC_HOSTS, which names each host that may be asked."
        )
        with st.expander("What to allow for Sentinel-2 of Earth Search"):
            st.code(f"LAMASSU_STAC_HOSTS={','.join(HOSTS_OF[EARTH_SEARCH])}", language=None)
        st.caption("Scenes that you have as files come in under Bring in, without any server.")
        return
    st.caption(LEARNED)
    _search(settings.stac_hosts)
    found: fetching.Found | None = st.session_state.get(FOUND_KEY)
    if found is not None:
        found = _after_stop(found)
        _list(found)
        _choose(found)
    if FETCHED_KEY in st.session_state:
        _tell(st.session_state[FETCHED_KEY])


def _search(allowed: tuple[str, ...]) -> None:
    """What is asked, and the asking."""
    sites = cache.records("sites")
    sites = sites[~sites.geometry.isna()]
    names = dict(zip(sites["id"], sites["name"], strict=True))
    today = datetime.now(UTC).date()
    with st.form("satellite search"):
        site = st.selectbox(
            "Site", list(names), index=None, format_func=lambda one: f"{names[one]} ({one})",
            placeholder="the site whose surroundings are fetched",
        )  # fmt: skip
        left, right = st.columns([3, 2])
        api = left.text_input(
            "Server", _usual_server(allowed), help=f"May be asked: {_list_of(allowed)}"
        )
        collections = right.text_input(
            "Collections", placeholder="the server's usual one, or all", max_chars=200
        )
        first, last, cloud, width = st.columns(4)
        since = first.date_input("From", today - timedelta(days=90), format="YYYY-MM-DD")
        until = last.date_input("To", today, format="YYYY-MM-DD")
        most_cloud = cloud.number_input("Most cloud, %", 0, 100, 40)
        half_width_km = width.number_input("Width, km", 1.0, 60.0, 5.0, step=1.0) / 2
        marking = st.selectbox(
            "Marking", [one.value for one in Tlp], index=list(Tlp).index(Tlp.AMBER)
        )
        if not st.form_submit_button("Search", type="primary"):
            return
    st.session_state.pop(FOUND_KEY, None)
    st.session_state.pop(FETCHED_KEY, None)
    if site is None:
        st.warning("Choose a site first.")
        return
    words = collections.replace(",", " ").split()
    with st.spinner("Asking the server"):
        try:
            st.session_state[FOUND_KEY] = _found(
                site, api, (_day(since), _day(until)), words,
                allowed=allowed, half_width_m=1_000 * half_width_km, most_cloud_percent=most_cloud,
                marking=Tlp(marking),
            )  # fmt: skip
        except LamassuError as err:
            st.error(sentence(str(err)))


def _found(
    site: str,
    api: str,
    days: tuple[date, date],
    collections: list[str],
    *,
    allowed: tuple[str, ...],
    half_width_m: float,
    most_cloud_percent: float,
    marking: Tlp,
) -> fetching.Found:
    """What the server answers."""
    from geo.pipeline import fetching  # noqa: PLC0415 - slow to load
    from geo.sources.stac.web import WebLimits  # noqa: PLC0415

    return fetching.find_scenes(
        cache.store(),
        site_id=site,
        api=api,
        since=days[0],
        until=days[1],
        terms=fetching.Terms(
            allowed=allowed,
            half_width_m=half_width_m,
            most_cloud_percent=most_cloud_percent,
            marking=marking,
            limits=BROWSER,
            web=WebLimits(total_bytes=MOST_BYTES),
        ),
        collections=collections,
        now=datetime.now(UTC),
        author=who.author(),
    )


def _after_stop(found: fetching.Found) -> fetching.Found:
    """The list as it is now, if fetching was stopped in the midst of it, and what has come."""
    begun: tuple[str, ...] | None = st.session_state.pop(BEGUN_KEY, None)
    if begun is None:
        return found
    from geo.pipeline import fetching  # noqa: PLC0415 - slow to load

    found = fetching.seen_again(cache.store(), found)
    st.session_state[FOUND_KEY] = found
    came = sum(one.known for one in found.scenes if one.scene_id in begun)
    st.info(
        f"Fetching was stopped: {came} of {_count(begun)} came and are kept. What had come of the "
        "next one waits here for seven days; **Fetch** goes on from there.",
        icon=":material/stop_circle:",
    )
    return found


def _list(found: fetching.Found) -> None:
    """The scenes that the server has."""
    from geo.pipeline.fetching import Left  # noqa: PLC0415 - slow to load

    for note in found.notes:
        st.warning(sentence(note))
    if not found.scenes:
        st.info("The server has no such scene over the site in this time. That is no sign of calm.")
    else:
        st.dataframe(
            pd.DataFrame(
                {
                    "Taken (UTC)": [f"{one.taken_at:%Y-%m-%d %H:%M}" for one in found.scenes],
                    "Satellite": [one.offer.sensor for one in found.scenes],
                    "Cloud, %": [one.offer.cloud_percent for one in found.scenes],
                    "About, MB": [round(one.about_bytes / 1e6, 1) for one in found.scenes],
                    "State": [_state(one) for one in found.scenes],
                    "Scene": [one.offer.id for one in found.scenes],
                }
            ),
            hide_index=True,
        )
    refused = [Left(name=one.offer.id, reason=one.refused) for one in found.scenes if one.refused]
    _left((*found.left, *refused), "cannot be fetched or were left")
    if found.hosts_wanted:
        hosts = safe_markdown(", ".join(found.hosts_wanted))
        st.warning(f"Files lie at hosts that may not be asked: {hosts}. An administrator can allow "
                   "them in LAMASSU_STAC_HOSTS.")  # fmt: skip


def _choose(found: fetching.Found) -> None:
    """Which of them are fetched, and the fetching."""
    todo = {one.scene_id: one for one in found.to_fetch}
    if not todo:
        return
    everything = st.checkbox(f"All {len(todo)} that are not here yet", key="all scenes")
    chosen = list(todo) if everything else st.multiselect(
        "Scenes to fetch", list(todo), format_func=lambda one: _line(todo[one]), key="some scenes"
    )  # fmt: skip
    size = sum(todo[one].about_bytes for one in chosen if one in todo)
    words = f"Fetch {_count(chosen)}, about {size / 1e6:,.0f} MB" if chosen else "Fetch"
    if not st.button(words, type="primary", disabled=not chosen, key="fetch scenes"):
        return
    try:
        st.session_state[FETCHED_KEY] = _fetched(found, tuple(chosen))
    except LamassuError as err:
        st.session_state.pop(BEGUN_KEY)
        st.error(sentence(str(err)))
        return
    st.session_state.pop(FOUND_KEY)
    st.rerun()


def _fetched(found: fetching.Found, chosen: tuple[str, ...]) -> fetching.Fetched:
    """What became of the scenes, under a bar and a button that stops.

    Any click ends this run of the script where the bar is moved next, that on the button as well.
    """
    from geo.pipeline.fetching import fetch_scenes  # noqa: PLC0415 - slow to load

    st.session_state[BEGUN_KEY] = chosen
    with st.container():
        bar = st.progress(0.0, "Fetching")
        st.button(
            "Stop",
            key="stop fetching",
            icon=":material/stop_circle:",
            help="What has come stays; the next Fetch goes on from there",
        )

    def tell(share: float, doing: str) -> None:
        bar.progress(min(share, 1.0), safe_markdown(doing))

    fetched = fetch_scenes(
        cache.store(),
        cache.settings(),
        found,
        chosen=chosen,
        author=who.author(),
        now=datetime.now(UTC),
        progress=tell,
    )
    st.session_state.pop(BEGUN_KEY)
    return fetched


def _tell(fetched: fetching.Fetched) -> None:
    """What became of the scenes."""
    if fetched.reports:
        st.success(
            f"{_count(fetched.reports)} fetched, {fetched.bytes_read / 1e6:,.1f} MB. Look under "
            "Change; each can be undone under Imports."
        )
    if fetched.known:
        st.info(f"Here already: {_count(fetched.known)}.")
    _left(fetched.left, "could not be fetched; the rest went on")


def _left(left: tuple[fetching.Left, ...], words: str) -> None:
    """Scenes that were left, with their reasons."""
    if left:
        st.warning(f"{_count(left)} {words}.")
        st.dataframe(
            pd.DataFrame({"Scene": [one.name for one in left],
                          "Why": [one.reason for one in left]}),
            hide_index=True,
        )  # fmt: skip


def _count(scenes: Sized) -> str:
    """How many scenes, in words."""
    return "1 scene" if len(scenes) == 1 else f"{len(scenes)} scenes"


def _state(one: fetching.Listed) -> str:
    """What can be done with a scene."""
    if one.known:
        return "here already"
    return "cannot be fetched" if one.refused else "can be fetched"


def _line(one: fetching.Listed) -> str:
    cloud = one.offer.cloud_percent
    told = "cloud not told" if cloud is None else f"cloud {cloud:.0f} %"
    return f"{one.taken_at:%Y-%m-%d} {one.offer.sensor}, {told}, {one.offer.id}"


def _usual_server(allowed: tuple[str, ...]) -> str:
    """The server that is offered: Earth Search where it may be asked, else the first that may."""
    if Hosts(allowed).holds(EARTH_SEARCH):
        return EARTH_SEARCH
    private = allowed[0].startswith(("127.", "10.", "192.168.", "localhost", "[::1]"))
    return f"{'http' if private else 'https'}://{allowed[0]}"


def _list_of(allowed: tuple[str, ...]) -> str:
    return ", ".join(safe_markdown(one) for one in allowed)


def _day(value: object) -> date:
    """A day that was chosen; while it is being typed there is none."""
    return value if isinstance(value, date) else datetime.now(UTC).date()
