"""The posts that routes leave by, with shares and bands, and what changes if something closes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from geo.pipeline import routes
from layers.bars import Bar, bars_html
from layers.style import hours, name_markdown, percent, safe_markdown, share_band
from layers.views import cache
from layers.views.route_question import answer, road_labels

WHAT_IF_KEY = "routes what if"
"""Where the session keeps the last comparison: study, what was closed, changes, remarks."""

BARS_SHOWN = 12
"""Posts of the first chart; the others are a click away."""


def show_posts(study: routes.RouteStudy) -> None:
    """Every post with its share and band; unknown ones with the reason."""
    st.subheader("Posts", anchor=False)
    st.caption(
        "Bar: share of the plausible routes that leave by the post. Line over it: where the share "
        "may lie, given all that is not known (5 to 95 %). Hatched: unknown, which is not nought."
    )
    frame = study.exits.sort_values("share", ascending=False, kind="stable", na_position="last")
    rows = frame.to_dict("records")
    bars = [_exit_bar(row) for row in rows]
    likely = [bar for bar, row in zip(bars, rows, strict=True) if row["share"] >= 0.005]
    others = [bar for bar, row in zip(bars, rows, strict=True) if not row["share"] >= 0.005]
    if likely:
        st.html(bars_html(likely[:BARS_SHOWN], described="Share of the routes by post"))
    others = [*likely[BARS_SHOWN:], *others]
    if others:
        unknown = sum(not row["reachable"] for row in rows)
        with st.expander(f"{len(others)} more posts: small shares, closed, or unknown ({unknown})"):
            st.html(bars_html(others, described="Share of the routes by post, the rest"))
    with st.expander("All posts as a table"):
        st.dataframe(_exit_table(frame), hide_index=True)


def _exit_bar(row: dict[str, Any]) -> Bar:
    """A post's line of the chart."""
    facing = f" to {row['facing_country']}" if row["facing_country"] else ""
    kind = f"{row['kind']} post{facing}"
    if row["closed"]:
        return Bar(
            label=row["name"], value=0.0, figure="closed", detail=f"{kind}; closed in this question"
        )
    if not row["reachable"] or pd.isna(row["share"]):
        return Bar(label=row["name"], detail=f"{kind}; {row['why'] or 'no way to it is known'}")
    time = f"{hours(row['time_h'])} ({hours(row['time_h_low'])} to {hours(row['time_h_high'])})"
    return Bar(
        label=row["name"],
        value=row["share"],
        low=row["share_low"],
        high=row["share_high"],
        figure=f"{percent(row['share'])} ({share_band(row['share_low'], row['share_high'])})",
        detail=f"{kind}; {time}",
    )


def _exit_table(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """The same as a table, for those who read or copy numbers."""
    return pd.DataFrame(
        {
            "Post": frame["name"],
            "Kind": frame["kind"],
            "Leads to": frame["facing_country"],
            "Share": frame["share"].round(3),
            "from": frame["share_low"].round(3),
            "to": frame["share_high"].round(3),
            "Hours": frame["time_h"].round(1),
            "at least": frame["time_h_low"].round(1),
            "at most": frame["time_h_high"].round(1),
            "Closed": frame["closed"],
            "Why unknown": frame["why"],
        }
    )


def show_what_if(study: routes.RouteStudy) -> None:
    """Close a post or a road, and see where the routes go instead."""
    st.subheader("What if a post or a road were closed?", anchor=False)
    open_exits = study.exits[study.exits["reachable"] & ~study.exits["closed"]]
    open_exits = open_exits.sort_values("share", ascending=False, kind="stable")
    posts = dict(zip(open_exits["id"], open_exits["name"], strict=True))
    ways = _used_roads(study)
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    shut_posts = first.multiselect(
        "Close posts", list(posts), format_func=posts.__getitem__, key=f"what if posts {study.id}",
        placeholder="none",
    )  # fmt: skip
    shut_ways = second.multiselect(
        "Close roads", list(ways), format_func=ways.__getitem__, key=f"what if roads {study.id}",
        placeholder="none",
    )  # fmt: skip
    if third.button(
        "Compare", width="stretch", disabled=not (shut_posts or shut_ways),
        icon=":material/compare_arrows:",
    ):  # fmt: skip
        _compare(study, tuple(shut_posts), tuple(shut_ways))
    compared = st.session_state.get(WHAT_IF_KEY)
    if isinstance(compared, str):
        st.error(safe_markdown(compared))
    elif compared is not None and compared[0] == study.id:
        _changes(*compared[1:])


def _used_roads(study: routes.RouteStudy) -> dict[str, str]:
    """Id of each road that routes use to its name and share, most used first."""
    known = road_labels(cache.records("roads"))
    used = study.corridors[study.corridors["way_id"] != ""]
    used = used.sort_values("share", ascending=False, kind="stable").drop_duplicates("way_id")
    return {
        str(row["way_id"]): f"{known[str(row['way_id'])]} ({percent(row['share'])})"
        for row in used.to_dict("records")
    }


def _compare(
    study: routes.RouteStudy, shut_posts: tuple[str, ...], shut_ways: tuple[str, ...]
) -> None:
    """Answer the same question with more closed, and keep what changes."""
    asked = study.request
    request = replace(
        asked,
        closed_posts=(*asked.closed_posts, *shut_posts),
        closed_ways=(*asked.closed_ways, *shut_ways),
    )
    bar = st.progress(0.0, "Starting")
    try:
        after = answer(request, bar)
        changes = routes.what_if(study, after)
    except LamassuError as err:
        st.session_state[WHAT_IF_KEY] = str(err)
    else:
        names = dict(zip(study.exits["id"], study.exits["name"], strict=True))
        roads = _used_roads(study)
        shut = [names[one] for one in shut_posts] + [roads[one] for one in shut_ways]
        st.session_state[WHAT_IF_KEY] = (study.id, ", ".join(shut), changes, after.remarks)
    bar.empty()


def _changes(shut: str, changes: gpd.GeoDataFrame, remarks: tuple[str, ...]) -> None:
    """Shares before and after, and where the routes move."""
    known = changes[changes["change"].notna()]
    known = known[known["change"].abs() >= 0.005].sort_values("change", kind="stable")
    st.markdown(f"With **{name_markdown(shut)}** closed:")
    if not len(known):
        st.info("No share changes by half a point or more.")
    bars = [
        Bar(
            label=row["name"],
            value=row["change"],
            low=row["change_low"],
            high=row["change_high"],
            figure=f"{100 * row['change']:+.0f} points",
            detail=f"{percent(row['share_before'])} before, {percent(row['share_after'])} after; "
            f"change {100 * row['change_low']:+.0f} to {100 * row['change_high']:+.0f}",
        )
        for row in known.iloc[::-1].to_dict("records")
    ]
    if bars:
        st.html(bars_html(bars, described="Change of the share by post"))
        st.caption("Points of a hundred. To the right: more routes; to the left: fewer.")
    new = [remark for remark in remarks if "closed" in remark.lower()]
    for remark in new:
        st.caption(safe_markdown(remark))
