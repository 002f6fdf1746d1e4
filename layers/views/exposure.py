"""Which posts are exposed, where checks would help, and whether the model stands a test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.errors import LamassuError
from geo.pipeline import checks, exposure, ground, validation
from layers import shares
from layers.bars import Bar, bars_html
from layers.corridors import bounds_of
from layers.map_layer import MapLayer, moved_to
from layers.style import legend_html, percent, safe_markdown, share_band
from layers.views import cache, downloads, who
from layers.views.canvas import map_canvas
from layers.views.filters import KEPT
from layers.views.provenance import show_provenance
from layers.views.route_question import AVOIDANCE
from layers.views.sealed import sealed_study
from layers.views.studies import forget_what_others_made
from layers.views.verdict import show_biases, show_verdict

EXPOSED, WHERE, HOLDS = "Exposure", "Where to check", "Does it hold?"

FOUND_KEYS = {EXPOSED: "exposure found", WHERE: "checks found", HOLDS: "validation found"}
"""Where the session keeps the study of each tab with what was asked, or a refusal."""

BARS_SHOWN = 15
"""Posts of the first chart; the others are a click away."""

ROUNDS = 4
"""Rounds in which smugglers learn of the checks and go round them."""

SEED = 1
"""Seed of every study of this page: the same inputs give the same answer."""

REGION_LONLAT, REGION_ZOOM = (43.2, 33.6), 6


def show() -> None:
    """The page of exposure."""
    who.require(Right.ANALYSE)
    forget_what_others_made()
    st.title("Exposure", anchor=False)
    st.caption(
        "Which posts would looted objects most likely leave by, if they left from the known sites "
        "by the plausible routes? The answer is a comparison between posts: no number here is an "
        "amount of traffic."
    )
    exposed, where, holds = st.tabs([EXPOSED, WHERE, HOLDS])
    with exposed:
        _exposed()
    with where:
        _where_to_check()
    with holds:
        _does_it_hold()


def _exposed() -> None:
    """Ranked posts with bands, and what they rest on."""
    first, second, third, fourth = _columns()
    mode = _mode(first, "exposure")
    avoidance = second.select_slider(
        "Watched places are shunned", list(AVOIDANCE), value=1.0,
        format_func=AVOIDANCE.__getitem__, key="exposure avoidance", **KEPT,
    )  # fmt: skip
    top = third.slider("“Among the first” means the first", 1, 10, 5, key="exposure top", **KEPT)
    if fourth.button("Rank the posts", type="primary", width="stretch"):
        _run(EXPOSED, exposure.exposure_study, mode=mode, avoidance=avoidance, top=top, seed=SEED)
    study: exposure.ExposureStudy | None = _found(EXPOSED)
    if study is None:
        show_biases()
        return
    _told(study.simulated, study.remarks)
    _rests_on(study)
    known = study.posts[~study.posts["unknown"]].sort_values("rank")
    unknown = study.posts[study.posts["unknown"]]
    left, right = st.columns([3, 2])
    with left:
        st.caption(
            "Bar: share of the assumed flow. Line over it: where the share may lie, given all that "
            "is not known (5 to 95 %)."
        )
        bars = [_post_bar(row, study.top) for row in known.to_dict("records")]
        st.html(bars_html(bars[:BARS_SHOWN], described="Share of the assumed flow by post"))
        if len(bars) > BARS_SHOWN:
            with st.expander(f"{len(bars) - BARS_SHOWN} more posts"):
                st.html(bars_html(bars[BARS_SHOWN:], described="Further posts"))
        if len(unknown):
            with st.expander(f"{len(unknown)} posts of which nothing is known"):
                st.caption("They are unknown, not safe.")
                rest = [_post_bar(row, study.top) for row in unknown.to_dict("records")]
                st.html(bars_html(rest, described="Unknown posts"))
        with st.expander("All posts as a table"):
            st.dataframe(_posts_table(study.posts), hide_index=True)
    with right:
        layer = shares.exposure_layer(study.posts, study_id=study.id, simulated=study.simulated)
        _map("exposure map", layer, study.posts, study.id)
        _download("Posts (CSV, with proof)", study)
    show_biases()
    show_provenance(study.id, study.provenance)


def _where_to_check() -> None:
    """A list of checks that is good for any number of them."""
    first, second, third, fourth = _columns()
    mode = _mode(first, "checks")
    count = second.slider("Checks to place", 1, 25, 5, key="checks count", **KEPT)
    caught = third.slider(
        "Caught of those who pass a check", 5, 100, 30, 5, format="%d %%", key="checks catch",
        help="Nobody knows. The order of the list changes little with it, the share caught a lot.",
        **KEPT,
    )  # fmt: skip
    if fourth.button("Place the checks", type="primary", width="stretch"):
        _run(
            WHERE, checks.check_study, count=count, mode=mode, catch_probability=caught / 100,
            rounds=ROUNDS, seed=SEED,
        )  # fmt: skip
    study: checks.CheckStudy | None = _found(WHERE)
    if study is None:
        st.caption(
            "The list is made so that the first places are good whatever the number of checks. "
            "Smugglers learn where checks are and go round them: the page shows what remains then."
        )
        return
    _told(study.simulated, study.remarks)
    found = study.checks.sort_values("rank")
    if not len(found):
        st.info("No place for a check was found: no route can be drawn under these conditions.")
        return
    last = found.iloc[-1]
    st.markdown(
        f"{len(found)} checks catch {percent(last['catch_before'])} of the plausible routes at "
        f"first, and **{percent(last['catch_after'])} once smugglers go round them**. "
        f"{_gap_words(study.gap)}"
    )
    left, right = st.columns([3, 2])
    with left:
        st.caption(
            "The list holds for any number: with three checks, take the first three. Bar: caught "
            "by all checks up to this one once smugglers have adapted. The line reaches up to what "
            "is caught before they do."
        )
        bars = [_check_bar(row) for row in found.to_dict("records")]
        st.html(bars_html(bars, described="Share caught by the checks up to each"))
        if len(study.catch_by_round) > 1:
            rounds = "; ".join(
                f"{percent(before)}, then {percent(after)}"
                for before, after in study.catch_by_round
            )
            st.caption(
                "Checks and smugglers answered one another in rounds. Caught before and after the "
                f"smugglers' answer in each: {rounds}."
            )
    with right:
        layer = shares.check_layer(found, study_id=study.id, simulated=study.simulated)
        _map("checks map", layer, found, study.id)
        _download("Checks (CSV, with proof)", study)
    show_provenance(study.id, study.provenance)


def _does_it_hold() -> None:
    """The model against events that it has not seen, and against simple guesses."""
    st.caption(
        "Events are held back, the model ranks the posts without them, and the ranking is compared "
        "with where the events were. A model that does not beat simple guesses fails, and then "
        "this page says so."
    )
    first, *_, fourth = _columns()
    mode = _mode(first, "validation")
    if fourth.button("Run the tests", type="primary", width="stretch"):
        _run(HOLDS, validation.validation_study, mode=mode, seed=SEED)
    study: validation.ValidationStudy | None = _found(HOLDS)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if study is None:
            st.info("Not tested yet.")
        else:
            show_verdict(study)
    with right:
        show_biases()


def _columns() -> list[Any]:
    """Places for three inputs and a button."""
    return st.columns([2, 2, 2, 1.5], vertical_alignment="bottom")


def _mode(column: Any, key: str) -> str:  # noqa: ANN401 - a Streamlit column
    """How goods are carried."""
    modes = ground.travel_modes()
    return str(
        column.selectbox(
            "Carried by", list(modes), format_func=lambda name: modes[name].label,
            key=f"{key} mode", **KEPT,
        )
    )  # fmt: skip


def _run(tab: str, study: Callable[..., Any], **asked: Any) -> None:  # noqa: ANN401 - three studies
    """Make a study and keep it, or the reason why there is none, for this session."""
    bar = st.progress(0.0, "Starting")
    try:
        found = study(
            cache.store(),
            cache.settings(),
            **asked,
            progress=lambda share, words: bar.progress(min(share, 1.0), words),
        )
        st.session_state[FOUND_KEYS[tab]] = found
        st.session_state[f"{FOUND_KEYS[tab]} refused"] = ""
    except LamassuError as err:
        st.session_state[f"{FOUND_KEYS[tab]} refused"] = str(err)
    bar.empty()


def _found(tab: str) -> Any:  # noqa: ANN401 - three studies
    """The study of a tab, after the reason if the last one could not be made."""
    refusal = st.session_state.get(f"{FOUND_KEYS[tab]} refused")
    if refusal:
        st.error(safe_markdown(refusal))
    return st.session_state.get(FOUND_KEYS[tab])


def _told(simulated: bool, remarks: tuple[str, ...]) -> None:
    """What must be read first."""
    if simulated:
        st.warning("**SIMULATED** data are among the inputs: the result shows nothing real.")
    lines = [safe_markdown(remark) for remark in remarks if remark not in exposure.BIASES]
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines), icon=":material/info:")


def _rests_on(study: exposure.ExposureStudy) -> None:
    """How much of the answer comes from data, in plain words."""
    assumed = 1 - study.data_share
    lead = "Most of this is assumption" if assumed > 0.5 else "Part of this is assumption"
    st.markdown(
        f"**{lead}: {percent(assumed)} comes from what the model assumes, "
        f"{percent(study.data_share)} from {study.used:,} seizures.** {study.unused:,} further "
        "seizures in the store do not say by which post objects left."
    )
    st.html(
        f"{_SPLIT_STYLE}<div class='lamassu-split'><i style='width:{100 * study.data_share:.1f}%'>"
        f"</i></div><p class='lamassu-split-words'><b></b>from seizures <em></em>assumed</p>"
    )


def _post_bar(row: dict[str, Any], top: int) -> Bar:
    """A post's line of the chart."""
    facing = f" to {row['facing_country']}" if row["facing_country"] else ""
    kind = f"{row['kind']} post, {row['country']}{facing}"
    if row["unknown"]:
        return Bar(label=row["name"], detail=f"{kind}; {row['why'] or 'no road to it is known'}")
    made = int(row["evidence"])
    seizures = f"{made or 'no'} seizure{'' if made == 1 else 's'} made there"
    return Bar(
        label=f"{row['rank']}. {row['name']}",
        value=row["share"],
        low=row["share_low"],
        high=row["share_high"],
        figure=f"{percent(row['share'])} ({share_band(row['share_low'], row['share_high'])})",
        detail=f"{kind}; {_chance(row['probability_top'])} to be among the first {top}; {seizures}",
    )


def _chance(probability: float) -> str:
    """A probability in words that cannot be read as certainty."""
    if pd.isna(probability):
        return "unknown chance"
    if probability > 0.99:
        return "over 99 % sure"
    return f"{percent(probability)} sure" if probability >= 0.01 else "less than 1 % sure"


def _posts_table(posts: pd.DataFrame) -> pd.DataFrame:
    """The posts as a table, for those who read or copy numbers."""
    ordered = posts.sort_values("rank", na_position="last")
    return pd.DataFrame(
        {
            "Rank": ordered["rank"],
            "Post": ordered["name"],
            "Kind": ordered["kind"],
            "Country": ordered["country"],
            "Leads to": ordered["facing_country"],
            "Share": ordered["share"].round(3),
            "from": ordered["share_low"].round(3),
            "to": ordered["share_high"].round(3),
            "Sure to be among the first": ordered["probability_top"].round(2),
            "Seizures": ordered["evidence"],
            "From data": ordered["data_share"].round(2),
        }
    )


def _check_bar(row: dict[str, Any]) -> Bar:
    """A check's line of the chart: caught by all up to it."""
    where = "border post" if row["kind"] == "post" else "road"
    return Bar(
        label=f"{row['rank']}. {row['name']}",
        value=row["catch_after"],
        low=row["catch_after"],
        high=row["catch_before"],
        figure=f"{percent(row['catch_after'])} (at first {percent(row['catch_before'])})",
        detail=where,
    )


def _gap_words(gap: float) -> str:
    """How good the list is, in words."""
    if pd.isna(gap):
        return "How far it is from the best possible choice could not be worked out."
    if gap < 0.0005:
        return "No other choice of places would catch more at first: this is proven."
    return (
        f"The best possible choice of places would catch at most {100 * gap:.1f} % more at first: "
        "this is proven."
    )


def _map(key: str, layer: MapLayer, frame: pd.DataFrame, study_id: str) -> None:
    """The layer on the map, which moves to its posts when the study is new."""
    placed = frame.geometry[frame.geometry.notna() & ~frame.geometry.is_empty]
    jump = []
    if len(placed):
        jump = [moved_to(bounds_of(placed.to_numpy()), request=study_id)]
    map_canvas(
        key, [layer], extra=jump, centre_lonlat=REGION_LONLAT, zoom=REGION_ZOOM, height_px=480
    )
    with st.expander("Legend"):
        st.html(legend_html([layer]))


def _download(label: str, study: exposure.ExposureStudy | checks.CheckStudy) -> None:
    """The table as a file."""
    marking = study.marking.value.replace(":", "-").replace("+", "-")
    downloads.offer(
        label,
        lambda: sealed_study(
            study.id,
            f"{study.id}_{marking}.csv",
            _file(study),
            marking=study.marking,
            provenance=study.provenance,
        ),
        key=f"study {study.id}",
    )


def _file(study: exposure.ExposureStudy | checks.CheckStudy) -> bytes:
    """The study as CSV."""
    with tempfile.TemporaryDirectory(prefix="lamassu-export-") as folder:
        path = Path(folder) / "study.csv"
        if isinstance(study, checks.CheckStudy):
            checks.write_checks(study, path)
        else:
            exposure.write_exposure(study, path)
        return path.read_bytes()


_SPLIT_STYLE = """<style>
.lamassu-split{height:.9rem;border-radius:2px;overflow:hidden;
  background:repeating-linear-gradient(45deg,rgba(128,128,128,.45) 0 2px,transparent 2px 7px)}
.lamassu-split i{display:block;height:100%;background:#b0457a;min-width:2px}
.lamassu-split-words{font-size:.8rem;opacity:.85;margin:.25rem 0 0}
.lamassu-split-words b,.lamassu-split-words em{display:inline-block;width:.8rem;height:.65rem;
  margin-inline-end:.35rem}
.lamassu-split-words b{background:#b0457a}
.lamassu-split-words em{margin-inline-start:.9rem;
  background:repeating-linear-gradient(45deg,rgba(128,128,128,.6) 0 2px,transparent 2px 5px)}
</style>"""
