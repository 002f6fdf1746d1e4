"""Two dates of one place: choose, compare, see what is flagged, keep it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st
from shapely.geometry import Point, Polygon

from geo.access import Right
from geo.errors import LamassuError
from geo.model import Tlp
from geo.pipeline import change
from layers import alerts, imagery, sites
from layers.map_layer import drawn_area, selection
from layers.style import metres, safe_markdown, square_metres
from layers.views import briefing, cache, downloads, who
from layers.views.canvas import map_canvas
from layers.views.change_scenes import over, stored_pair
from layers.views.filters import KEPT, SIMULATED_KEY
from layers.views.progress import telling
from layers.views.sealed import sealed_study
from layers.views.studies import forget_what_others_made
from layers.views.triage_watch import ASKED_LAST_KEY, show_watch, watch_button
from layers.views.uploads import save_uploads

STORED, UPLOADED = "Scenes of the store", "Files from this computer"
SWIPE, ON_MAP = "Before and after", "Map with score"
AROUND_SITE, DRAWN, EVERYWHERE = "Around the site", "An area that I draw", "The whole picture"

Name = tuple[str, str]
"""Dataset and id of a site, which stay while sites are imported or withdrawn."""


def show() -> None:
    """The page of change."""
    who.require(Right.ANALYSE)
    forget_what_others_made()
    st.title("Change", anchor=False)
    all_sites, scenes = cache.records("sites"), cache.records("scenes")
    if not st.session_state.get(SIMULATED_KEY, True):
        scenes = scenes[~scenes["simulated"]]
    site = _choose_site(all_sites, scenes)
    with st.container(border=True):
        left, right = st.columns([3, 2])
        with left:
            origin = st.radio("Pictures", [STORED, UPLOADED], horizontal=True, key="pictures from")
            before, after = stored_pair(scenes, site) if origin == STORED else _uploaded()
        with right:
            area = _choose_area(site)
        chosen = all(picture is not None and len(picture) for picture in (before, after))
        ready = chosen and area is not False
        with st.container(horizontal=True):
            find = st.button(
                "Find change", type="primary", disabled=not ready, icon=":material/compare:"
            )
            watch_button(site, scenes=0 if site is None else len(over(scenes, site)))
        if find:
            _detect(before, after, area, site, uploaded=origin == UPLOADED)
    if st.session_state.get(ASKED_LAST_KEY):
        show_watch()
        _show_comparison()
    else:
        _show_comparison()
        show_watch()


def _show_comparison() -> None:
    """What the last comparison of this session found, or why it could not be made."""
    refusal = st.session_state.get("change refused")
    if refusal:
        st.error(safe_markdown(refusal))
    found = st.session_state.get("change found")
    if found is not None:
        _results(found, st.session_state["change of"])
    elif not refusal:
        st.caption(
            "No picture, no statement: where a picture has no data or cloud, change is unknown. At "
            "10 m a single pit is invisible; fields of pits, levelling and heaps are not."
        )


def _choose_site(all_sites: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame) -> pd.Series | None:
    """The site to look at; those with at least two scenes come first."""
    placed = all_sites[~all_sites.geometry.is_empty & all_sites.geometry.notna()]
    names = list(zip(placed["dataset_id"], placed["id"], strict=True))
    rows = dict(zip(names, placed.index, strict=True))
    count = {
        name: int(scenes.geometry.covers(point).sum()) if len(scenes) else 0
        for name, point in zip(names, placed.geometry, strict=True)
    }
    order = sorted(rows, key=lambda name: (count[name] < 2, placed.loc[rows[name], "name"]))
    wanted = st.session_state.pop("change site", None)
    if wanted:
        chosen = [(dataset_id, site_id) for dataset_id, site_id in order if site_id == wanted]
        st.session_state["site to compare"] = chosen[0] if chosen else None

    twins = set(placed.index[placed["name"].duplicated(keep=False)])

    def label(name: Name) -> str:
        row = placed.loc[rows[name]]
        told = (row["name"], row["name_ar"], row["id"] if rows[name] in twins else "")
        words = " \u00b7 ".join(word for word in told if word)
        return f"{words} ({count[name]} scenes)" if count[name] else words

    name = st.selectbox(
        "Site",
        order,
        index=0 if order else None,
        format_func=label,
        key="site to compare",
        **KEPT,
    )
    return None if name is None else placed.loc[rows[name]]


def _uploaded() -> tuple[Any, Any]:
    """GeoTIFF files of two dates; several files a date are bands of one scene."""
    before, after = (
        st.file_uploader(
            label, type=[".tif", ".tiff"], accept_multiple_files=True, key=f"up {label}"
        )
        for label in ("Before (GeoTIFF)", "After (GeoTIFF)")
    )
    return before, after


def _choose_area(site: pd.Series | None) -> Polygon | bool | None:
    """The area of interest; None for the whole picture, False while it is not drawn yet."""
    choice = st.radio("Area", [AROUND_SITE, DRAWN, EVERYWHERE], horizontal=True, key="area")
    if choice == EVERYWHERE or (choice == AROUND_SITE and site is None):
        return None
    if choice == AROUND_SITE:
        width = st.slider("Half width of the area, km", 0.5, 5.0, 1.5, 0.5, key="half width")
        return change.area_of_site(site, half_width_m=1000 * width)
    centre = _centre(site)
    returned = map_canvas(
        f"draw {'' if site is None else site['id']}",
        [] if site is None else [sites.layer(_one(site))],
        centre_lonlat=centre,
        zoom=13,
        height_px=300,
        draw=True,
    )
    area = drawn_area(returned)
    if area is None:
        st.caption("Draw a rectangle or a polygon with the tools at the map's left.")
        return False
    return area


def _detect(
    before: Any,  # noqa: ANN401 - a scene's row or uploaded files
    after: Any,  # noqa: ANN401
    area: Polygon | None,
    site: pd.Series | None,
    *,
    uploaded: bool,
) -> None:
    """Run the detector under a progress bar; keep its result, or its refusal, in the session."""
    bar = st.progress(0.0, "reading")
    st.session_state[ASKED_LAST_KEY] = False
    st.session_state.pop("change refused", None)
    st.session_state.pop("change found", None)
    with tempfile.TemporaryDirectory(prefix="lamassu-change-") as folder:
        try:
            pictures = [
                _picture_of_upload(files, Path(folder) / role)
                if uploaded
                else change.picture_of_scene(files, cache.settings())
                for role, files in (("before", before), ("after", after))
            ]
            st.session_state["change of"] = site
            found = change.detect_change(
                *pictures,
                area_lonlat=area,
                site=site,
                progress=telling(bar),
            )
            if uploaded:
                change.keep_pictures(cache.settings(), found)
            st.session_state["change found"] = found
        except LamassuError as err:
            st.session_state["change refused"] = str(err)
    bar.empty()


def _picture_of_upload(files: Sequence[Any], folder: Path) -> change.PictureSource:
    """Uploaded files as a picture."""
    return change.picture_of_files(save_uploads(files, folder), marking=Tlp.AMBER)


def _results(found: change.Change, site: pd.Series | None) -> None:
    """What was found: pictures, map, list, and what to do with it."""
    summary = change.summary(found)
    if found.simulated:
        st.warning("**SIMULATED** pictures: invented scenery, for practice. It shows nothing real.")
    where = "" if site is None else f"{safe_markdown(site['name'])}: "
    st.markdown(
        f"{where}**{len(found.flags)}** flagged areas, **{summary['flagged_ha']:g} ha** of "
        f"{summary['valid_ha']:,.0f} ha that could be compared \u00b7 {summary['before']} to "
        f"{summary['after']} \u00b7 marking {safe_markdown(found.marking.value)}"
    )
    for remark in summary["remarks"]:
        st.caption(safe_markdown(remark))
    before, after, score = _pictures(found)
    left, right = st.columns([3, 2])
    with left:
        if "show next" in st.session_state:
            st.session_state["shown"] = st.session_state.pop("show next")
        shown = st.segmented_control(
            "Shown", [SWIPE, ON_MAP], default=SWIPE, key="shown", label_visibility="collapsed"
        )
        if shown == ON_MAP:
            _score_map(found, score, st.session_state.get(f"flag of {found.id}"), site)
        else:
            page = imagery.swipe_html(
                before,
                after,
                before_label=summary["before"],
                after_label=summary["after"],
                flags=found.flags,
                theme="dark" if st.context.theme.type == "dark" else "light",
            )
            st.iframe(page, height="content")
    with right:
        _flag_list(found)
        _actions(found, site)


def _pictures(found: change.Change) -> tuple[imagery.Picture, imagery.Picture, imagery.Picture]:
    """Both dates with one stretch, and the score."""
    stretch = imagery.shared_stretch(found.before, found.after)
    before, after = (
        imagery.true_colour(raster, simulated=source.simulated, stretch=stretch)
        for raster, source in (
            (found.before, found.before_source),
            (found.after, found.after_source),
        )
    )
    score = imagery.score_picture(
        found.detection.score, found.detection.grid, simulated=found.simulated
    )
    return before, after, score


def _score_map(
    found: change.Change,
    score: imagery.Picture,
    chosen: int | None,
    site: pd.Series | None,
) -> None:
    """The score over the map, the flags on it, and the chosen flag ringed."""
    opacity = st.slider("Opacity of the score", 0.0, 1.0, 0.8, 0.1, key="score opacity")
    extra: list[Any] = [imagery.image_overlay(score, name="Score of change", opacity=opacity)]
    if chosen is not None and chosen < len(found.flags):
        flag = found.flags.iloc[chosen]
        point = flag["geometry"].representative_point()
        extra.append(
            selection(
                "alerts",
                flag["dataset_id"],
                flag["id"],
                lonlat=(point.x, point.y),
                jump_zoom=16,
                request=f"{found.id} {chosen}",
            )
        )
    layers = [alerts.layer(found.flags)]
    if site is not None:
        layers.append(sites.layer(_one(site)))
    map_canvas(
        f"score {found.id}",
        layers,
        extra=extra,
        centre_lonlat=found.detection.grid.centre_lonlat,
        zoom=13,
        height_px=600,
    )
    st.html(imagery.score_legend_html(score))


def _flag_list(found: change.Change) -> None:
    """The flags, strongest first; choosing one jumps the map."""
    if not len(found.flags):
        st.info(
            "Nothing stands out between these two dates. That is not proof that nothing happened."
        )
        return
    st.caption("Choose a flag to jump to it on the map. A score ranks; it is no probability.")
    table = pd.DataFrame(
        {
            "Flag": range(1, len(found.flags) + 1),
            "Area": [square_metres(area) for area in found.flags["area_m2"]],
            "From the site": [metres(length) for length in found.flags["distance_m"]],
            "Score": found.flags["score"].round(2),
        }
    )
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(400, 36 * (len(table) + 1)),
        key=f"flags {found.id}",
    )
    chosen = event.selection.rows[0] if event.selection.rows else None
    if chosen != st.session_state.get(f"flag of {found.id}"):
        st.session_state[f"flag of {found.id}"] = chosen
        if chosen is not None:
            st.session_state["show next"] = ON_MAP
        st.rerun()


def _actions(found: change.Change, site: pd.Series | None) -> None:
    """Keep, print, download."""
    keep, judge, printed = st.columns(3)
    if keep.button("Keep these flags", width="stretch", disabled=not len(found.flags)):
        report = change.keep_flags(
            cache.store(),
            found,
            settings=cache.settings(),
            author=who.principal().author,
            now=datetime.now(UTC),
        )
        st.toast(f"{report.accepted} flags kept, {report.duplicate} were kept before")
    if judge.button("Judge", width="stretch", icon=":material/rule:", help="The queue of alerts"):
        st.switch_page(st.session_state["alerts page"])
    if printed.button("Briefing", width="stretch", icon=":material/print:"):
        briefing.change_dialog(found, site)
    with st.expander("Provenance and files"):
        st.caption(
            f"{safe_markdown(found.id)}: with these inputs and parameters it can be made again."
        )
        for role, digest in found.provenance.inputs.items():
            st.code(f"{role}\nsha256 {digest}", language=None)
        downloads.offer(
            "Flags (GeoPackage, with proof)",
            lambda: sealed_study(
                found.id,
                f"{found.id}.gpkg",
                _flags_file(found),
                marking=found.marking,
                provenance=found.provenance,
            ),
            key=f"flags {found.id}",
        )


def _flags_file(found: change.Change) -> bytes:
    """The flags as a GeoPackage."""
    with tempfile.TemporaryDirectory(prefix="lamassu-export-") as folder:
        path = Path(folder) / "flags.gpkg"
        change.write_detection(found, out=path)
        return path.read_bytes()


def _centre(site: pd.Series | None) -> tuple[float, float]:
    """Where a map begins."""
    if site is None:
        return 43.2, 33.6
    point: Point = site["geometry"].representative_point()
    return point.x, point.y


def _one(site: pd.Series) -> gpd.GeoDataFrame:
    """A frame of one site."""
    return gpd.GeoDataFrame(site.to_frame().T, geometry="geometry", crs="EPSG:4326")
