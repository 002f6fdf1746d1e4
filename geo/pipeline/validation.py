"""Whether the model foretells seizures that it has not seen, on the store's own events."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geo.grid import ELLIPSOID
from geo.model import Provenance
from geo.pipeline.exposure import BIASES, Told, counted, detection_of, read_evidence
from geo.pipeline.flows import Flows, flows_of
from geo.pipeline.ground import table_fingerprint
from geo.pipeline.provenance import versions
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

if TYPE_CHECKING:
    from geo.routes.validation import Events, Forecast, Ground, Training
    from geo.routes.verdicts import Row

METHOD = "validation 1"
"""Name and version of the tests."""

ON_LINK_KM = 10.0
"""How near a located seizure must be to a road to count as on it."""

EVEN = 0.05
"""Share of a forecast that is spread evenly over all posts: what the map lacks."""

BASELINES = ("nearest post", "straight line", "past counts", "uniform")
"""Guesses that anyone could make, by the same measures."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ValidationStudy:
    """Whether the model foretells events that it has not seen."""

    rows: pd.DataFrame
    """``test``, ``measure``, ``lamassu``, ``low``, ``high``, ``nearest post``, ``straight line``,
    ``past counts``, ``uniform``, ``verdict`` (passed, failed, not testable), ``why``."""
    passed: bool | None
    """Whether every testable line passed; None if nothing could be tested."""
    remarks: tuple[str, ...]
    """What the reader must know, as plain sentences."""
    provenance: Provenance
    """With it the study can be made again."""


def validation_study(
    store: Store,
    settings: Settings,
    *,
    mode: str = "vehicle",
    avoidance: float = 1.0,
    seed: int = 1,
    progress: Progress = no_progress,
) -> ValidationStudy:
    """The model's forecasts of withheld seizures, beside four naive guesses.

    Raises
    ------
    BadInput
        If the store tells of no looted place, or none that a road reaches.
    InvalidSetting
        If there is no such mode, or a number is outside its range.
    """
    from geo.routes.validation import leave_one_post_out, time_split  # noqa: PLC0415 - quick --help

    flows = flows_of(store, settings, mode=mode, avoidance=avoidance, seed=seed,
                     progress=lambda share, words: progress(0.4 * share, words))  # fmt: skip
    seizures = counted(store.read("seizures"))
    told = read_evidence(seizures, flows.posts, left=flows.left)
    events = events_of(seizures, flows, told)
    ground = ground_of_test(flows, told)

    def refit(training: Training) -> Forecast:
        return forecast(flows, told, training)

    progress(0.5, "withholding the latest")
    by_time = time_split(events, ground, refit, seed=seed)
    progress(0.7, "withholding post by post")
    by_post = leave_one_post_out(events, ground, refit, seed=seed)
    rows = pd.DataFrame([_row(row) for part in (by_time, by_post) for row in part.rows])
    judged = [row.verdict.value for part in (by_time, by_post) for row in part.rows]
    testable = [verdict for verdict in judged if verdict != "not testable"]
    return ValidationStudy(
        rows=rows,
        passed=all(verdict == "passed" for verdict in testable) if testable else None,
        remarks=(
            _in_short(testable),
            *dict.fromkeys((*by_time.remarks, *by_post.remarks)),
            *BIASES,
            *flows.remarks,
        ),
        provenance=Provenance(
            method=METHOD,
            inputs={**flows.inputs, "seizures": table_fingerprint("seizures", seizures)},
            parameters=flows.parameters,
            versions=versions("numba", "shapely", "pyproj"),
        ),
    )


def events_of(seizures: gpd.GeoDataFrame, flows: Flows, told: Told) -> Events:
    """The seizures as events of the tests."""
    from geo.routes.validation import Events  # noqa: PLC0415 - quick --help

    return Events(
        first_day=seizures["date_from"].to_numpy(dtype="datetime64[D]"),
        last_day=seizures["date_to"].to_numpy(dtype="datetime64[D]"),
        post=told.post_of,
        link=_links_of(seizures, flows),
        leg=np.where(told.post_of >= 0, _legs_of_posts(told)[told.post_of], told.group_of),
        # Only the first event of a case is counted, so each row is a case of its own.
        case=np.full(len(seizures), -1, dtype=np.int64),
    )


def ground_of_test(flows: Flows, told: Told) -> Ground:
    """The fixed ground of the tests: links of all countries, one after another, and posts."""
    from geo.routes.validation import Ground  # noqa: PLC0415 - quick --help

    origins = pd.concat([one.origins for one in flows.countries], ignore_index=True)
    starts = np.column_stack([origins.geometry.x, origins.geometry.y])
    placed = flows.posts.geometry.notna().to_numpy()
    ends = np.full((len(flows.posts), 2), np.nan)
    ends[placed] = shapely.get_coordinates(flows.posts.geometry[placed])
    post_km = np.full((len(starts), len(ends)), np.inf)
    for row, (lon, lat) in enumerate(starts):
        held = np.flatnonzero(placed)
        _, _, length_m = ELLIPSOID.inv(
            np.full(held.size, lon), np.full(held.size, lat), ends[held, 0], ends[held, 1]
        )
        post_km[row, held] = length_m / 1000
    links = np.concatenate([one.network.link_geometry for one in flows.countries])
    lines = [
        LineString([start, ends[number]])
        for start, nearest in zip(starts, post_km, strict=True)
        for number in np.argsort(nearest)[:3]
        if np.isfinite(nearest[number])
    ]
    return Ground(
        link_length_km=np.concatenate([one.network.link_length_m for one in flows.countries])
        / 1000,
        link_post_km=_apart_km(links, list(flows.posts.geometry[placed])),
        link_line_km=_apart_km(links, lines),
        post_km=post_km,
        origin_weight=flows.counts,
        post_leg=_legs_of_posts(told),
    )


def forecast(flows: Flows, told: Told, training: Training) -> Forecast:
    """Where the next seizures are expected, from the training alone."""
    from geo.routes.exposure import Evidence, Prior, estimate  # noqa: PLC0415 - quick --help
    from geo.routes.validation import Forecast  # noqa: PLC0415

    counts = flows.counts if training.before is None else flows.counts_before(training.before)
    posts, links = len(flows.posts), sum(one.network.graph.links for one in flows.countries)
    if not counts.any():
        return Forecast(link_score=np.zeros(links), post_share=np.full(posts, 1 / posts))
    prior = flows.prior(counts)
    kept = np.flatnonzero(prior.share_draws.sum(axis=0) > 0)
    known = training.events
    located = np.bincount(known.post[known.post >= 0], minlength=posts)
    inland = (known.post < 0) & (known.leg >= 0)
    group_counts = np.bincount(known.leg[inland], minlength=len(told.groups))
    members = told.members[:, kept]
    # Whether a country tells of seizures at all may itself be known from withheld ones only.
    useful = members.any(axis=1) & (group_counts > 0)
    detection = detection_of(flows.posts.iloc[kept], located[kept])
    if training.withheld_post is not None:
        hidden = kept == training.withheld_post
        detection = dataclasses.replace(detection, observable=detection.observable & ~hidden)
    found = estimate(
        Prior(share_draws=prior.share_draws[:, kept]),
        Evidence(
            located=located[kept],
            group_members=members[useful],
            group_counts=group_counts[useful],
        ),
        detection=detection,
        seed=flows.seed,
    )
    draws = np.full((len(found.record_draws), posts), EVEN / posts)
    draws[:, kept] += (1 - EVEN) * found.record_draws
    ratio = np.ones(posts)
    ratio[kept] = found.share / np.maximum(found.prior_share, 1e-9)
    return Forecast(
        link_score=_link_flow(flows, counts, ratio),
        post_share=draws.mean(axis=0),
        post_draws=draws,
    )


def _link_flow(
    flows: Flows, counts: NDArray[np.float64], ratio: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Flow on each link, with each route weighted by what the seizures did to its post."""
    place = {name: number for number, name in enumerate(flows.posts["id"])}
    weights = counts / counts.sum()
    parts, first = [], 0
    for one in flows.countries:
        graph = one.network.graph
        flow = np.zeros(graph.links)
        for weight, draws in zip(weights[first : first + len(one.draws)], one.draws, strict=True):
            sample = draws.sample
            rows = np.array(
                [place[one.ground.posts["id"].iloc[row]] for row in draws.conditions.exits]
            )
            shares = weight * sample.weight * ratio[rows[sample.exit_of_route]]
            flow += np.bincount(
                graph.link[sample.edges],
                weights=np.repeat(shares, np.diff(sample.indptr)),
                minlength=graph.links,
            )
        first += len(one.draws)
        parts.append(flow)
    return np.concatenate(parts)


def _links_of(seizures: gpd.GeoDataFrame, flows: Flows) -> NDArray[np.int64]:
    """Number of the link that each located seizure lies on, -1 where it is near none."""
    links = np.concatenate([one.network.link_geometry for one in flows.countries])
    tree = shapely.STRtree(links)
    found = np.full(len(seizures), -1, dtype=np.int64)
    for row, place in enumerate(seizures.geometry):
        if place is None or place.is_empty:
            continue
        nearest = int(tree.nearest(place))
        if _apart_km(np.array([links[nearest]]), [place])[0] <= ON_LINK_KM:
            found[row] = nearest
    return found


def _apart_km(links: NDArray[np.object_], others: list[object]) -> NDArray[np.float64]:
    """Distance of each link to the nearest of the others, in kilometres, good to a few per cent."""
    if not others:
        return np.full(len(links), np.inf)
    # Degrees of longitude are shrunk to those of latitude in the middle of the region.
    middle = np.cos(np.radians(shapely.get_coordinates(links)[:, 1].mean()))

    def shrunk(shapes: object) -> NDArray[np.object_]:
        return np.asarray(shapely.transform(shapes, lambda xy: xy * [middle, 1.0]))

    near = shrunk(np.array(others, dtype=object))
    tree = shapely.STRtree(near)
    flat = shrunk(links)
    return np.asarray(shapely.distance(flat, near[tree.nearest(flat)]) * 111.2)


def _legs_of_posts(told: Told) -> NDArray[np.int64]:
    """First leg that each post serves, -1 where it serves none."""
    serves = told.members.any(axis=0)
    return np.where(serves, told.members.argmax(axis=0), -1) if len(told.groups) else np.full(
        told.located.size, -1
    )  # fmt: skip


def _row(row: Row) -> dict[str, object]:
    """A measure as a row of the table."""
    return {
        "test": row.test,
        "measure": row.measure,
        "lamassu": row.value,
        "low": row.low,
        "high": row.high,
        **{name: row.baselines.get(name, np.nan) for name in BASELINES},
        "verdict": row.verdict.value,
        "why": row.why,
    }


def _in_short(testable: list[str]) -> str:
    """The outcome in one sentence."""
    if not testable:
        return (
            "Nothing could be tested: the store holds too few seizures whose way out is known. The "
            "model is untested, and its answers are assumptions made visible."
        )
    failed = testable.count("failed")
    if failed:
        return f"{failed} of {len(testable)} tests failed: do not rely on the model for these."
    return f"All {len(testable)} tests that could be made were passed."
