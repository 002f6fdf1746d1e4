"""Where checks would help most, before and after smugglers adapt to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.grid import WGS84
from geo.model import Provenance, Tlp
from geo.pipeline.flows import DRAWS_PER_SET, SETS, CountryFlows, Flows, flows_of
from geo.pipeline.provenance import digest, versions
from geo.pipeline.sampling import Draws, conditions_of, sampled
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.sources.writers.table_files import write_table
from geo.store import Store

if TYPE_CHECKING:
    from scipy import sparse

    from geo.routes.checks import Displacement, Placement

METHOD = "checks 1"
"""Name and version of the model; a change that changes results makes it another."""

ROAD_CANDIDATES = 400
"""Pieces of road that are weighed against one another, those with most of the flow."""

PROVE_S = 5.0
"""Seconds that the solver has for its proof."""

NO_ROADS = frozenset({"offroad", "access"})
"""Classes of links on which nobody can stand and check."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckStudy:
    """Where to check, in an order that holds for any number of checks."""

    id: str
    """``CK-`` and ten digits of a SHA-256."""
    checks: gpd.GeoDataFrame
    """``rank``, ``kind`` (post, road), ``name``, ``country``, ``catch_before``, ``catch_after``:
    expected share of the routes caught by all checks up to this rank, before and after smugglers
    adapt to exactly these; EPSG:4326."""
    gap: float
    """By how much the best choice could catch more at most, before anybody adapts, as a share."""
    catch_by_round: tuple[tuple[float, float], ...]
    """Catch of all checks in each round of adaptation: before and after the answer to them."""
    remarks: tuple[str, ...]
    """What the reader must know, as plain sentences."""
    marking: Tlp
    """The strictest marking of what it was made from."""
    simulated: bool
    """True if any input is invented."""
    provenance: Provenance
    """With it the study can be made again."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Where a check can stand: rows of posts first, then pieces of road of each country."""

    posts: NDArray[np.int64]
    """Rows of the posts."""
    roads: tuple[tuple[int, int], ...]
    """Country and way of each road."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.posts) + len(self.roads)


def check_study(
    store: Store,
    settings: Settings,
    *,
    count: int = 5,
    mode: str = "vehicle",
    avoidance: float = 1.0,
    catch_probability: float = 0.3,
    rounds: int = 3,
    seed: int = 1,
    progress: Progress = no_progress,
) -> CheckStudy:
    """A priority list of places to check, with its catch before and after smugglers adapt.

    Raises
    ------
    InvalidSetting
        If a number is outside its range, or more checks are asked for than there are places.
    BadInput
        If the store tells of no looted place, or none that a road reaches.
    """
    if not 0 < catch_probability <= 1:
        raise InvalidSetting(f"catch {catch_probability}", expected="above 0, at most 1")
    if not 1 <= rounds <= 10:
        raise InvalidSetting(f"{rounds} rounds", expected="1 to 10")
    from geo.routes.catch import catch_of  # noqa: PLC0415 - numba is slow
    from geo.routes.checks import displaced, place_checks  # noqa: PLC0415

    flows = flows_of(store, settings, mode=mode, avoidance=avoidance, seed=seed,
                     progress=lambda share, words: progress(0.5 * share, words))  # fmt: skip
    candidates = _candidates(flows)
    if not 1 <= count <= len(candidates):
        raise InvalidSetting(f"{count} checks", expected=f"1 to {len(candidates)}")
    first = _passes(flows, candidates, [one.draws for one in flows.countries])
    progress(0.55, "placing checks")

    def resample(
        checks: NDArray[np.int64],
    ) -> tuple[sparse.csr_array, NDArray[np.float64]]:
        return first if not checks.size else _adapted(flows, candidates, checks)

    placed = place_checks(*first, count=count, catch_probability=catch_probability, prove_s=PROVE_S)
    progress(0.65, "smugglers adapt")
    found = displaced(resample, count=count, catch_probability=catch_probability, max_rounds=rounds)
    table = _table(flows, candidates, found.order)
    before, after = np.empty(count), np.empty(count)
    for k in range(1, count + 1):
        progress(0.8 + 0.2 * (k - 1) / count, f"{k} checks")
        chosen = found.order[:k]
        for catch, routes in ((before, first), (after, resample(chosen))):
            catch[k - 1] = catch_of(*routes, chosen, catch_probability=catch_probability)
    return _told(flows, table.assign(catch_before=before, catch_after=after), placed, found,
                 parameters={"count": count, "catch_probability": catch_probability,
                             "rounds": rounds})  # fmt: skip


def write_checks(study: CheckStudy, path: Path) -> None:
    """Write the places as a CSV table in their order, whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    write_table(path, study.checks, marking=study.marking, study=study.id)


def _candidates(flows: Flows) -> Candidates:
    """The posts that routes leave by, and the pieces of road with most of the flow."""
    used = np.flatnonzero(flows.choice.sum(axis=(0, 1)) > 0)
    weights = _origin_weights(flows)
    pieces: list[tuple[float, int, int]] = []
    first = 0
    for number, one in enumerate(flows.countries):
        graph = one.network.graph
        flow = np.zeros(graph.links)
        for weight, draws in zip(weights[first:], one.draws, strict=False):
            sample = draws.sample
            each = np.repeat(sample.weight, np.diff(sample.indptr))
            flow += weight * np.bincount(
                graph.link[sample.edges], weights=each, minlength=graph.links
            )
        first += len(one.draws)
        names = np.array(one.network.classes)[one.network.link_class]
        road = ~np.isin(names, list(NO_ROADS))
        of_way = np.zeros(len(one.ground.ways))
        held = road & (flow > 0)
        np.maximum.at(of_way, one.network.link_way[held], flow[held])
        pieces += [(-of_way[way], number, int(way)) for way in np.flatnonzero(of_way)]
    kept = sorted(pieces)[:ROAD_CANDIDATES]
    return Candidates(posts=used, roads=tuple((country, way) for _, country, way in kept))


def _origin_weights(flows: Flows) -> NDArray[np.float64]:
    """Share of the flow that starts at each origin, at the prior mean of its intensity."""
    from geo.routes.flows import JEFFREYS  # noqa: PLC0415 - quick --help

    intensity = flows.counts + JEFFREYS
    return np.asarray(intensity / intensity.sum())


def _passes(
    flows: Flows, candidates: Candidates, draws_of: list[tuple[Draws, ...]]
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Which candidates each sampled route passes, and its share of all routes."""
    from scipy import sparse  # noqa: PLC0415 - quick start

    weights = _origin_weights(flows)
    post_column = np.full(len(flows.posts), -1)
    post_column[candidates.posts] = np.arange(len(candidates.posts))
    row_of = {name: row for row, name in enumerate(flows.posts["id"])}
    tables, shares, origin = [], [], 0
    for number, (one, all_draws) in enumerate(zip(flows.countries, draws_of, strict=True)):
        of_way = np.full(len(one.ground.ways) + 1, -1)
        for place, (country, way) in enumerate(candidates.roads):
            if country == number:
                of_way[way] = len(candidates.posts) + place
        column = of_way[one.network.link_way]
        rows_of_posts = np.array([row_of[name] for name in one.ground.posts["id"]])
        for draws in all_draws:
            sample = draws.sample
            routes = sample.weight.size
            leaves = rows_of_posts[np.array(draws.conditions.exits)[sample.exit_of_route]]
            columns = np.concatenate(
                [column[one.network.graph.link[sample.edges]], post_column[leaves]]
            )
            rows = np.concatenate(
                [np.repeat(np.arange(routes), np.diff(sample.indptr)), np.arange(routes)]
            )
            held = columns >= 0
            tables.append(
                sparse.csr_array(
                    (np.ones(held.sum(), dtype=bool), (rows[held], columns[held])),
                    shape=(routes, len(candidates)),
                )
            )
            shares.append(sample.weight * weights[origin])
            origin += 1
    return sparse.csr_array(sparse.vstack(tables)), np.concatenate(shares)


def _adapted(
    flows: Flows, candidates: Candidates, checks: NDArray[np.int64]
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """The routes of smugglers who know of the checks and shun them as they shun known ones."""
    best = flows.mode.best()
    # A known check beside a straight road costs this much by the mode's own rule: the integral of
    # exp(-distance / range) over both sides is twice the range.
    extra_s = (
        flows.avoidance
        * best.risk_s_per_watched_km
        * best.watch_weight["check"]
        * 2
        * best.watch_range_m
        / 1000
    )
    posts = set(flows.posts["id"].iloc[candidates.posts[checks[checks < len(candidates.posts)]]])
    roads = [
        candidates.roads[check - len(candidates.posts)]
        for check in checks
        if check >= len(candidates.posts)
    ]
    drawn: list[tuple[Draws, ...]] = []
    for number, one in enumerate(flows.countries):
        watched = [way for country, way in roads if country == number]
        on_watched = np.isin(one.network.link_way[one.network.graph.link], watched)
        # The whole of a road costs the check once, however many pieces it is cut into.
        share = _share_of_way(one)[one.network.graph.link]
        conditions = conditions_of(
            one.network,
            one.ground.posts,
            flows.mode,
            avoidance=flows.avoidance,
            extra_cost_s=np.where(on_watched, extra_s * share, 0.0),
            exit_extra_s=np.where(one.ground.posts["id"].isin(posts), extra_s, 0.0),
            sets=SETS,
            seed=flows.seed,
        )
        drawn.append(
            tuple(
                sampled(conditions, origin=key, draws_per_set=DRAWS_PER_SET)
                for key in one.origins["key"]
            )
        )
    return _passes(flows, candidates, drawn)


def _table(flows: Flows, candidates: Candidates, order: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """The chosen places in their order."""
    rows, places = [], []
    for rank, check in enumerate(order, start=1):
        if check < len(candidates.posts):
            post = flows.posts.iloc[candidates.posts[check]]
            told = {"kind": "post", "id": post["id"], "name": post["name"],
                    "country": post["country"]}  # fmt: skip
            place = post["geometry"]
        else:
            country, row = candidates.roads[check - len(candidates.posts)]
            one = flows.countries[country]
            way = one.ground.ways.iloc[row]
            told = {"kind": "road", "id": way["way_id"], "name": _road_name(way),
                    "country": one.ground.country}  # fmt: skip
            place = way["geometry"].interpolate(0.5, normalized=True)
        rows.append({"rank": rank, **told})
        places.append(place)
    return gpd.GeoDataFrame(rows, geometry=places, crs=WGS84)


def _share_of_way(one: CountryFlows) -> NDArray[np.float64]:
    """Length of each link as a share of its way's; 0 for open ground and access lines."""
    way, length_m = one.network.link_way, one.network.link_length_m
    on_way = way >= 0
    whole = np.bincount(way[on_way], weights=length_m[on_way], minlength=len(one.ground.ways))
    share = np.zeros(len(way))
    share[on_way] = length_m[on_way] / np.maximum(whole[way[on_way]], 1e-9)
    return share


def _road_name(way: pd.Series) -> str:
    """Number and name of a road, or else its class."""
    words = [str(way["ref"]), str(way["name"])]
    return ", ".join(filter(None, words)) or f"{way['road_class']} road {way['way_id']}"


def _told(
    flows: Flows,
    table: gpd.GeoDataFrame,
    placed: Placement,
    found: Displacement,
    *,
    parameters: dict[str, object],
) -> CheckStudy:
    """The study that placement and adaptation amount to."""
    provenance = Provenance(
        method=METHOD,
        inputs=flows.inputs,
        parameters={**flows.parameters, **parameters},
        versions=versions("numba", "shapely", "pyproj"),
        findings={"stable": found.stable, "rounds": len(found.rounds)},
    )
    caught = float(table["catch_before"].iloc[-1])
    gap = max(0.0, 1 - caught / placed.bound) if placed.bound > 0 else 0.0
    catch = parameters["catch_probability"]
    remarks = [
        f"Each check is taken to catch {catch:.0%} of what passes it: an assumption, not a "
        "measured rate.",
        "Smugglers who learn of a check are taken to go round it where that costs them less than "
        "passing it. Catch after adaptation is what counts; the first figure is what a surprise "
        "would give.",
        "The list follows routes, which are hypotheses. It names places to look at, and accuses "
        "nobody who lives or works there.",
        *flows.remarks,
    ]
    if not found.stable:
        remarks.insert(
            2,
            "No fixed set of checks stays best once smugglers answer it: changing places from day "
            "to day would do better than any fixed list.",
        )
    return CheckStudy(
        id=f"CK-{digest([METHOD, provenance.inputs, provenance.parameters])[:10]}",
        checks=table,
        gap=gap,
        catch_by_round=tuple((one.catch_before, one.catch_after) for one in found.rounds),
        remarks=tuple(remarks),
        marking=flows.marking,
        simulated=flows.simulated,
        provenance=provenance,
    )
