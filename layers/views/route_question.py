"""The question of the page of routes: from where, to which posts, how, under which conditions."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import streamlit as st

from geo.errors import LamassuError
from geo.pipeline import ground, routes
from layers.corridors import corridor_name
from layers.style import safe_markdown
from layers.views import cache
from layers.views.filters import KEPT, SIMULATED_KEY
from layers.views.origins import Start, choose_start

AVOIDANCE = {
    0.0: "not at all",
    0.5: "a little",
    1.0: "as assumed",
    2.0: "strongly",
    4.0: "at great cost",
}
"""How much watched places are shunned, in words."""

EFFORT = {"quick": (10, 5), "normal": (20, 10), "thorough": (40, 25)}
"""How many sets of assumptions are drawn, and how many draws are made of each."""

ROADS = {
    "auto": "surveyed where they cover the country",
    "surveyed": "surveyed only",
    "schematic": "schematic links only",
}
"""Which roads routes follow, in words."""

FOUND_KEY = "routes found"
"""Where the session keeps the study."""

KNOWN_CHECKS_KEY = "routes checks"
"""Where the session keeps the places of known checks."""


def question() -> tuple[Start | None, routes.RouteRequest | None]:
    """The start, and the whole question once it can be asked."""
    sites, posts, flags, roads = (
        cache.records(kind) for kind in ("sites", "posts", "alerts", "roads")
    )
    if not st.session_state.get(SIMULATED_KEY, True):
        flags = flags[~flags["simulated"]]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        start = choose_start(sites, flags)
        country = _country(start)
    with right:
        modes = ground.travel_modes()
        mode = st.radio(
            "Carried by", list(modes), format_func=lambda name: modes[name].label, horizontal=True,
            captions=None, key="routes mode", **KEPT,
        )  # fmt: skip
        st.caption(modes[mode].note)
        avoidance = st.select_slider(
            "Watched places (posts, towns, checks) are shunned",
            list(AVOIDANCE),
            value=1.0,
            format_func=AVOIDANCE.__getitem__,
            key="routes avoidance",
            help="Nobody has measured how much smugglers shun control. “As assumed” takes the "
            "range of the file data/modes.yaml; compare several.",
            **KEPT,
        )
    ours = posts[(posts["country"] == country) | (posts["facing_country"] == country)]
    ours = ours[~ours["simulated"]]
    labels = {row["id"]: _post_label(row) for row in ours.to_dict("records")}
    exits = st.multiselect(
        "Leave by",
        list(labels),
        format_func=labels.__getitem__,
        placeholder=f"every post of {country}" if country else "choose a start first",
        key=f"routes exits {country}",
        disabled=not country,
        **KEPT,
    )
    with st.expander("Closed posts and roads, known checks, number of draws"):
        closed_posts, closed_ways = _closed(labels, roads, country)
        lonlats = _known_checks()
        roads_by, alternatives, effort, seed = _care()
    if start is None or not country:
        return start, None
    sets, draws = EFFORT[effort]
    return start, routes.RouteRequest(
        site_id=start.site_id,
        alert_id=start.alert_id,
        lonlat=None if start.site_id or start.alert_id else start.lonlat,
        exits=tuple(exits),
        mode=mode,
        avoidance=avoidance,
        closed_posts=closed_posts,
        closed_ways=closed_ways,
        checks_lonlat=lonlats,
        roads=roads_by,
        alternatives=alternatives,
        sets=sets,
        draws_per_set=draws,
        seed=seed,
    )


def _country(start: Start | None) -> str:
    """The country that would be left; where there is none, it is said why."""
    if start is None:
        return ""
    try:
        return ground.country_of(start.lonlat, stated=start.country)
    except LamassuError as err:
        st.error(safe_markdown(err))
        return ""


def _post_label(row: dict[str, Any]) -> str:
    """A post's names, where it leads, and its kind."""
    names = " \u00b7 ".join(filter(None, (row["name"], row["name_ar"])))
    facing = f" \u2192 {row['facing_country']}" if row["facing_country"] else ""
    return f"{names}{facing} ({row['kind']})"


def _closed(
    labels: dict[str, str], links: gpd.GeoDataFrame, country: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the posts and of the roads that are taken to be closed."""
    roads = road_labels(links)
    left, right = st.columns(2)
    posts = left.multiselect(
        "Closed posts", list(labels), format_func=labels.__getitem__,
        key=f"routes closed posts {country}", placeholder="none", **KEPT,
    )  # fmt: skip
    ways = right.multiselect(
        "Closed roads", list(roads), format_func=roads.__getitem__,
        key="routes closed ways", placeholder="none", **KEPT,
    )  # fmt: skip
    return tuple(posts), tuple(ways)


def road_labels(links: gpd.GeoDataFrame) -> dict[str, str]:
    """Id of each road to its ends and number: the cited links, and what the study went along."""
    labels = {}
    for row in links[links["mode"] == "road"].to_dict("records"):
        ends = f"{row['from_name'] or row['from_node']} \u2013 {row['to_name'] or row['to_node']}"
        labels[str(row["id"])] = " \u00b7 ".join(filter(None, (ends, row["road_ref"])))
    study: routes.RouteStudy | None = st.session_state.get(FOUND_KEY)
    if study is not None:
        for row in study.corridors[study.corridors["way_id"] != ""].to_dict("records"):
            labels.setdefault(str(row["way_id"]), f"{corridor_name(row)} \u00b7 {row['way_id']}")
    return labels


def _known_checks() -> tuple[tuple[float, float], ...]:
    """Places of known checks, added by clicks on the map; any of them can be taken away."""
    lonlats: list[tuple[float, float]] = st.session_state.setdefault(KNOWN_CHECKS_KEY, [])
    if not lonlats:
        st.caption(
            "Known checks are shunned like posts. To add some, choose “Adds a known check” above "
            "the map and click on the map."
        )
        return ()
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    told = [f"{n}: {lat:.3f} N, {lon:.3f} E" for n, (lon, lat) in enumerate(lonlats, start=1)]
    left.caption(f"Known checks: {'; '.join(told)}")
    if right.button("Remove all", width="stretch"):
        st.session_state[KNOWN_CHECKS_KEY] = []
        st.rerun()
    return tuple(lonlats)


def _care() -> tuple[str, int, str, int]:
    """Which roads, routes for each exit, how many draws, and the seed."""
    roads, each, draws, number = st.columns(4)
    roads_by = roads.selectbox(
        "Roads", list(ROADS), format_func=ROADS.__getitem__, key="routes roads",
        help="Surveyed roads come from files that were imported under Data.", **KEPT,
    )  # fmt: skip
    alternatives = each.slider("Routes told for each post", 1, 10, 3, key="routes each", **KEPT)
    effort = draws.select_slider(
        "Draws", list(EFFORT), value="normal", key="routes effort",
        help="What is not known is drawn anew in each of them: quick 50, normal 200, "
        "thorough 1,000.",
        **KEPT,
    )  # fmt: skip
    seed = number.number_input(
        "Seed", 0, 2**31 - 1, 1, key="routes seed",
        help="The same question with the same seed gives the same answer.", **KEPT,
    )  # fmt: skip
    return roads_by, alternatives, effort, int(seed)


def answer(request: routes.RouteRequest, bar: Any) -> routes.RouteStudy:  # noqa: ANN401 - Streamlit's progress bar
    """Ask the pipeline, and tell how far it is."""
    return routes.study_routes(
        cache.store(),
        cache.settings(),
        request,
        progress=lambda share, words: bar.progress(min(share, 1.0), words),
    )
