"""Routes from a place to the border: ask, see ranked hypotheses, ask what if, keep and print."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import streamlit as st
from shapely.geometry import Point

from geo.access import Right
from geo.errors import LamassuError
from geo.pipeline import routes
from layers import corridors, posts, roads, shares, sites
from layers.map_layer import MapLayer, clicked_record, moved_to, pick, picked_point, selection
from layers.style import (
    legend_html,
    name_markdown,
    percent,
    safe_markdown,
    share_band,
)
from layers.views import cache, who
from layers.views.canvas import map_canvas, show_again
from layers.views.origins import Start, start_at, start_from
from layers.views.provenance import show_provenance
from layers.views.route_list import CHOSEN_KEY, JUMP_KEY, show_actions, show_routes
from layers.views.route_posts import WHAT_IF_KEY, show_posts, show_what_if
from layers.views.route_question import FOUND_KEY, KNOWN_CHECKS_KEY, answer, question
from layers.views.studies import forget_what_others_made

BY_DRAWS, BY_WALKS = "Draws", "Randomised paths"
SHOWS, STARTS, CHECKS = "Shows what it hits", "Sets the start", "Adds a known check"
"""What a click on the map does."""

ASKED_KEY, REFUSED_KEY, CLICKED_KEY = "routes asked", "routes refused", "route clicked at"
"""Where the session keeps the study's question, a refusal, and the last click dealt with."""

REGION_LONLAT, REGION_ZOOM = (43.2, 33.6), 6

LIKELY = 0.04
"""Share from which posts and corridors are in sight when an answer opens."""


def show() -> None:
    """The page of routes."""
    who.require(Right.ANALYSE)
    forget_what_others_made()
    st.title("Routes", anchor=False)
    st.caption(
        "How could objects leave the country from here? The answer is a set of plausible routes, "
        "ranked, with the range of what is not known. It is no evidence that anybody took them."
    )
    with st.container(border=True):
        start, request = question()
        asked = st.button(
            "Find routes", type="primary", disabled=request is None, icon=":material/route:"
        )
    if asked and request is not None:
        _find(request)
    refusal = st.session_state.get(REFUSED_KEY)
    if refusal:
        st.error(safe_markdown(refusal))
    study: routes.RouteStudy | None = st.session_state.get(FOUND_KEY)
    if study is None:
        _map_before(start)
        return
    if request is not None and request != st.session_state[ASKED_KEY]:
        st.info(
            "**What follows answers an earlier question.** Press “Find routes” to answer the "
            "present one.",
            icon=":material/history:",
        )
    _warnings(study)
    _headline(study)
    _workspace(study)
    show_posts(study)
    show_what_if(study)
    show_provenance(study.id, study.provenance)


def _find(request: routes.RouteRequest) -> None:
    """Answer the question; the answer before stays if this one cannot be given."""
    st.session_state[REFUSED_KEY] = ""
    bar = st.progress(0.0, "Starting")
    try:
        study = answer(request, bar)
    except LamassuError as err:
        st.session_state[REFUSED_KEY] = str(err)
    else:
        st.session_state.update(
            {FOUND_KEY: study, ASKED_KEY: request, CHOSEN_KEY: "", WHAT_IF_KEY: None}
        )
    bar.empty()


def _warnings(study: routes.RouteStudy) -> None:
    """What must be read before the answer."""
    if study.simulated:
        st.warning("**SIMULATED** start: it is invented, for practice. The routes show nothing.")
    lines = [safe_markdown(remark) for remark in study.remarks]
    if study.schematic and not any("schematic" in remark.lower() for remark in study.remarks):
        lines.insert(0, "Roads are schematic links between towns, not their courses.")
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines), icon=":material/info:")


def _headline(study: routes.RouteStudy) -> None:
    """The answer in two sentences."""
    reached = study.exits[study.exits["reachable"] & ~study.exits["closed"]]
    known = reached[reached["share"].notna()].sort_values("share", ascending=False)
    where = name_markdown(study.origin_name)
    if not len(known):
        st.error(
            f"From **{where}** no post can be reached under these conditions. That is no proof "
            "that nothing leaves: see the reasons below."
        )
        return
    first = known.iloc[0]
    band = share_band(first["share_low"], first["share_high"])
    st.markdown(
        f"From **{where}**: the largest share of the plausible routes, "
        f"**{percent(first['share'])}** ({band}), leaves by **{name_markdown(first['name'])}**. "
        f"{len(known)} of {int((~study.exits['closed']).sum())} open posts can be reached; nothing "
        f"can be said of the others. Marking {safe_markdown(study.marking.value)}."
    )


def _map_before(start: Start | None) -> None:
    """The map to choose a start on, before there is an answer."""
    acts = _click_acts(STARTS)
    frames = {kind: cache.records(kind) for kind in ("sites", "posts")}
    returned = map_canvas(
        "routes",
        [
            sites.layer(frames["sites"]),
            posts.layer(frames["posts"]),
            *_conditions(start),
        ],
        extra=[pick()] if acts != SHOWS else [],
        centre_lonlat=REGION_LONLAT,
        zoom=REGION_ZOOM,
        height_px=520,
    )
    _follow_pick(returned, acts)
    clicked = clicked_record(returned)
    new = clicked is not None and clicked.clicked_at != st.session_state.get(CLICKED_KEY)
    if clicked is not None and new and clicked.kind == "sites" and acts == STARTS:
        st.session_state[CLICKED_KEY] = clicked.clicked_at
        start_from("sites", clicked.id)
        st.rerun()


def _click_acts(default: str) -> str:
    """What a click on the map does."""
    return (
        st.segmented_control(
            "A click on the map",
            [SHOWS, STARTS, CHECKS],
            default=default,
            key=f"routes click {default}",
            required=True,
        )
        or default
    )


def _conditions(start: Start | None) -> list[MapLayer]:
    """Layers of the question: the start and the known checks."""
    layers = []
    if st.session_state.get(KNOWN_CHECKS_KEY):
        layers.append(shares.known_check_layer(st.session_state[KNOWN_CHECKS_KEY]))
    if start is not None:
        layers.append(
            shares.origin_layer(start.name, start.lonlat, simulated=start.simulated),
        )
    return layers


def _follow_pick(returned: dict[str, Any], acts: str) -> None:
    """Take the place that was clicked as the start or as a known check, once for each click."""
    picked = picked_point(returned)
    if picked is None or acts == SHOWS or picked[1] == st.session_state.get("routes picked at"):
        return
    lonlat, st.session_state["routes picked at"] = picked
    if acts == STARTS:
        start_at(lonlat)
    else:
        known = st.session_state.get(KNOWN_CHECKS_KEY, [])
        st.session_state[KNOWN_CHECKS_KEY] = [*known, lonlat]
    st.rerun()


@who.fragment
def _workspace(study: routes.RouteStudy) -> None:
    """Map and list of routes; choosing one reruns only this."""
    left, right = st.columns([3, 2])
    with right:
        show_routes(study)
        show_actions(study)
    with left:
        acts = _click_acts(SHOWS)
        by = st.segmented_control(
            "Corridors by",
            [BY_DRAWS, BY_WALKS],
            default=BY_DRAWS,
            key="corridors by",
            help="Two ways to ask the same. Draws: speeds, costs and what no map tells are drawn "
            "anew, and each draw takes its cheapest way. Randomised paths: one set of numbers, and "
            "a traveller who now and then takes a dearer turn. Where both agree, the answer hangs "
            "less on the method.",
        )
        chosen = st.session_state.get(CHOSEN_KEY, "")
        links = cache.records("roads")
        layers = [
            roads.layer(links[links["mode"] == "road"]),
            corridors.corridor_layer(
                study.corridors,
                study_id=study.id,
                simulated=study.simulated,
                random=by == BY_WALKS,
            ),
            corridors.route_layer(study.routes, chosen=chosen),
            corridors.flow_layer(study.routes, chosen=chosen),
            shares.exit_layer(study.exits, study_id=study.id, simulated=study.simulated),
        ]
        asked: routes.RouteRequest = study.request
        known = [*asked.checks_lonlat]
        known += [one for one in st.session_state.get(KNOWN_CHECKS_KEY, []) if one not in known]
        if known:
            layers.append(shares.known_check_layer(known))
        layers.append(
            shares.origin_layer(study.origin_name, study.origin_lonlat, simulated=study.simulated)
        )
        returned = map_canvas(
            "routes",
            layers,
            extra=[_view_of(study, chosen), *([pick()] if acts != SHOWS else [])],
            centre_lonlat=REGION_LONLAT,
            zoom=REGION_ZOOM,
            height_px=620,
        )
        with st.expander("Legend"):
            st.html(legend_html(layers))
    _follow_pick(returned, acts)
    _follow_click(study, returned)


def _view_of(study: routes.RouteStudy, chosen: str) -> Any:  # noqa: ANN401 - folium is not typed
    """The map moved to the chosen route, or to all of the answer when it is new."""
    request = st.session_state.get(JUMP_KEY, "")
    row = study.routes[study.routes["id"] == chosen]
    if len(row) and request.startswith(study.id):
        one = row.iloc[0]
        return selection(
            corridors.ROUTES,
            one["dataset_id"],
            one["id"],
            lonlat=study.origin_lonlat,
            jump_bounds=corridors.bounds_of(row.geometry.to_numpy()),
            request=request,
        )
    likely = study.exits[study.exits["share"] >= LIKELY].geometry.dropna()
    main = study.corridors[study.corridors["share"] >= LIKELY]
    places = [*main.geometry, *likely] or [*study.exits.geometry.dropna()]
    frame = gpd.GeoSeries([*places, Point(study.origin_lonlat)], crs="EPSG:4326")
    return moved_to(corridors.bounds_of(frame.to_numpy()), request=study.id)


def _follow_click(study: routes.RouteStudy, returned: dict[str, Any]) -> None:
    """Choose the route, or the first route to the exit, that was clicked; once for each click."""
    clicked = clicked_record(returned)
    if clicked is None or clicked.clicked_at == st.session_state.get(CLICKED_KEY):
        return
    st.session_state[CLICKED_KEY] = clicked.clicked_at
    found = study.routes
    if clicked.kind == corridors.ROUTES:
        found = found[found["id"] == clicked.id]
    elif clicked.kind == shares.EXITS:
        found = found[found["exit_id"] == clicked.id].sort_values("rank")
    else:
        return
    if len(found) and found.iloc[0]["id"] != st.session_state.get(CHOSEN_KEY):
        st.session_state[CHOSEN_KEY] = str(found.iloc[0]["id"])
        show_again()
