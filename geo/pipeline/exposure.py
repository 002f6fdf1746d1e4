"""Exposure of border posts: what the map implies, corrected by seizures that tell of a way out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.grid import ELLIPSOID, WGS84
from geo.model import PostKind, Precision, Provenance, SeizureType, Tlp, TransportMode, strictest
from geo.pipeline.flows import Flows, flows_of
from geo.pipeline.ground import table_fingerprint, without_copies
from geo.pipeline.provenance import digest, versions
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.sources.writers.table_files import write_table
from geo.store import Store

if TYPE_CHECKING:
    from geo.routes.exposure import Detection

SETTLED = 1.05
"""R-hat up to which draws count as settled (Vehtari et al. 2021, doi:10.1214/20-BA1221, ask for
1.01 of what is published; these are shares told in whole per cent)."""

METHOD = "exposure 1"
"""Name and version of the model; a change that changes results makes it another."""

AT_POST_M = {Precision.EXACT.value: 5_000.0, Precision.VICINITY.value: 5_000.0,
             Precision.TOWN.value: 15_000.0}  # fmt: skip
"""How near a seizure counts as made at a post, by the precision of its place: the post's own ground
and, for a place known by its town, that town."""

BORDER_WORDS = re.compile(
    r"border|crossing|airport|port of|seaport|customs|gate|منفذ|مطار|ميناء", re.IGNORECASE
)
"""Words by which a source says that a seizure was made at a way out."""

RECORDED = (SeizureType.SEIZURE.value, SeizureType.RECOVERY.value, SeizureType.ARREST.value)
"""Events that tell where objects were; returns and forfeitures are later events of a case."""

NOTHING_TOLD = "nobody tells of seizures there or beyond: the share is the map's alone"
"""Why a post on the map is unknown all the same."""

BIASES = (
    "Only what was caught and reported is seen; what passed unseen is not.",
    "Large airports and countries whose police and press report much are over-represented.",
    "A change in seizures may be a change in checking or reporting, not in traffic.",
)
"""Known biases of seizure records (after C4ADS, ROUTES dashboard, appendix on bias; ETIS:
Underwood, Burn and Milliken 2013, doi:10.1371/journal.pone.0076539)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ExposureStudy:
    """Posts ranked by a relative index of flow; no number in it is an amount of traffic."""

    id: str
    """``EX-`` and ten digits of a SHA-256 over inputs and parameters."""
    posts: gpd.GeoDataFrame
    """``id``, ``name``, ``kind``, ``country``, ``facing_country``, ``rank``,
    ``share``, ``share_low``, ``share_high``, ``prior_share``, ``probability_top``, ``data_share``,
    ``evidence``, ``unknown``, ``why``, EPSG:4326. Where no seizure could have been told of, a post
    is unknown and has no rank, and its share is the map's alone; where no road reaches it, that is
    NaN too. The reason stands beside it."""
    top: int
    """`probability_top` is that of being among so many posts."""
    data_share: float
    """Share of the answer that comes from seizures, 0 to 1; the rest is prior."""
    used: int
    """Seizures that say something of an exit."""
    unused: int
    """Seizures that do not."""
    remarks: tuple[str, ...]
    """What the reader must know, as plain sentences."""
    marking: Tlp
    """The strictest marking of what it was made from."""
    simulated: bool
    """True if any input is invented."""
    provenance: Provenance
    """With it the study can be made again."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What the seizures of a store say of the ways out."""

    located: NDArray[np.int64]
    """Seizures at each post, shape (posts,)."""
    groups: tuple[tuple[str, str], ...]
    """Country left and country crossed into, of each group."""
    members: NDArray[np.bool_]
    """Posts of each group, shape (groups, posts)."""
    counts: NDArray[np.int64]
    """Seizures of each group, shape (groups,)."""
    unused: int
    """Seizures that say nothing of a way out."""
    post_of: NDArray[np.int64]
    """Post of each seizure that was given, -1 where none is known, shape (seizures,)."""
    group_of: NDArray[np.int64]
    """Group of each that was made at no post, -1 where none is known, shape (seizures,)."""


def exposure_study(
    store: Store,
    settings: Settings,
    *,
    mode: str = "vehicle",
    avoidance: float = 1.0,
    top: int = 5,
    seed: int = 1,
    progress: Progress = no_progress,
) -> ExposureStudy:
    """Border posts ranked by a relative index of flow, with intervals.

    Raises
    ------
    BadInput
        If the store tells of no looted place, or none that a road reaches.
    InvalidSetting
        If a number is outside its range, or there is no such mode.
    """
    if not 1 <= top <= 10:
        raise InvalidSetting(f"top {top}", expected="1 to 10")
    flows = flows_of(store, settings, mode=mode, avoidance=avoidance, seed=seed, progress=progress)
    progress(0.9, "weighing seizures")
    seizures = counted(store.read("seizures"))
    told = read_evidence(seizures, flows.posts, left=flows.left)
    return _told(flows, seizures, told, top=top)


def write_exposure(study: ExposureStudy, path: Path) -> None:
    """Write the posts as a CSV table, whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    write_table(path, study.posts, marking=study.marking, study=study.id)


def counted(seizures: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The seizures that count: no invented ones, aggregates or copies, one row for each case."""
    held = seizures[seizures["event_type"].isin(RECORDED) & ~seizures["simulated"]]
    held = without_copies(held, "event_type", "country", "place", "date_from")
    held = held[~held["event_note"].str.contains("aggregate", case=False)]
    held = held.sort_values(["date_from", "id"], na_position="last")
    case = held["case_key"].where(held["case_key"] != "", held["dataset_id"] + "/" + held["id"])
    return held[~case.duplicated()].reset_index(drop=True)


def read_evidence(
    seizures: gpd.GeoDataFrame, posts: gpd.GeoDataFrame, *, left: Collection[str]
) -> Told:
    """What the seizures say of the ways out of the countries `left` through `posts`.

    A seizure at a post counts there. One made elsewhere, of objects that left a country overland
    into a neighbour, counts for all posts between the two. Any other says nothing of the way out.
    """
    post_of = _posts_of(seizures, posts)
    located = np.bincount(post_of[post_of >= 0], minlength=len(posts))
    groups = _groups(posts, left=left, recorders=set(seizures["country"]))
    group_of = np.full(len(seizures), -1, dtype=np.int64)
    for row, (_, seizure) in enumerate(seizures.iterrows()):
        if post_of[row] >= 0:
            continue
        crossed = [number for number, pair in enumerate(groups) if _crossed(seizure, *pair)]
        if len(crossed) == 1:
            group_of[row] = crossed[0]
    sides = list(map(frozenset, zip(posts["country"], posts["facing_country"], strict=True)))
    members = np.array(
        [[side == {left, entered} for side in sides] for left, entered in groups], dtype=bool
    ).reshape(len(groups), len(posts))
    return Told(
        located=located,
        groups=groups,
        members=members,
        counts=np.bincount(group_of[group_of >= 0], minlength=len(groups)),
        unused=int(np.count_nonzero((post_of < 0) & (group_of < 0))),
        post_of=post_of,
        group_of=group_of,
    )


def _posts_of(seizures: gpd.GeoDataFrame, posts: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Row of the post at which each seizure was made, -1 where it was made at none."""
    found = np.full(len(seizures), -1, dtype=np.int64)
    placed = np.flatnonzero(posts.geometry.notna() & ~posts.geometry.is_empty)
    if not placed.size:
        return found
    points = posts.geometry.iloc[placed]
    lons, lats = points.x.to_numpy(), points.y.to_numpy()
    for row, (_, seizure) in enumerate(seizures.iterrows()):
        reach_m = AT_POST_M.get(seizure["precision"])
        if reach_m is None or seizure["geometry"] is None or seizure["geometry"].is_empty:
            continue
        point = seizure["geometry"].representative_point()
        _, _, away_m = ELLIPSOID.inv(
            np.full(len(lons), point.x), np.full(len(lats), point.y), lons, lats
        )
        for nearest in np.argsort(away_m, kind="stable"):
            if away_m[nearest] > reach_m:
                break
            if _made_at(seizure, posts.iloc[placed[nearest]]):
                found[row] = placed[nearest]
                break
    return found


def _made_at(seizure: pd.Series, post: pd.Series) -> bool:
    """Whether a seizure near a post was made there: by its words, or the way it travelled."""
    words = f"{seizure['place']} {seizure['description']} {seizure['transport_detail']}"
    mode = str(seizure["transport_mode"])
    by_air = mode in {
        TransportMode.AIR.value, TransportMode.AIR_CARGO.value, TransportMode.AIR_PASSENGER.value
    }  # fmt: skip
    if post["kind"] == PostKind.AIR.value:
        return by_air or "airport" in words.casefold()
    if post["kind"] == PostKind.SEA.value:
        return mode == TransportMode.SEA.value or "port" in words.casefold().split()
    return str(post["name"]).casefold() in words.casefold() or bool(BORDER_WORDS.search(words))


def _groups(
    posts: gpd.GeoDataFrame, *, left: Collection[str], recorders: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of country left and neighbour entered whose police have told of any seizure."""
    held = posts[posts["facing_country"] != ""]
    sides = zip(held["country"], held["facing_country"], strict=True)
    both = {pair for one, other in sides for pair in ((one, other), (other, one))}
    return tuple(sorted((one, other) for one, other in both if one in left and other in recorders))


def _crossed(seizure: pd.Series, left: str, entered: str) -> bool:
    """Whether the objects came out of one country and were then found in, or passed, the other."""
    came = _names(seizure["claimed_origin"], left)
    passed = seizure["country"] == entered or any(
        _names(leg, entered) and "paper" not in leg.casefold()
        for leg in str(seizure["transit"]).split(";")
    )
    return came and passed and seizure["country"] != left


def _names(text: str, country: str) -> bool:
    """Whether a text names a country, as a word or with an ending such as in "Turkish border"."""
    stem = {"Turkey": "Turk", "Jordan": "Jordan"}.get(country, country)
    return re.search(rf"\b{re.escape(stem)}", str(text)) is not None


def _told(flows: Flows, seizures: gpd.GeoDataFrame, told: Told, *, top: int) -> ExposureStudy:
    """The study that prior and evidence amount to."""
    from geo.routes.exposure import Evidence, Prior, estimate  # noqa: PLC0415 - quick --help
    from geo.routes.records import Assumptions  # noqa: PLC0415

    prior = flows.prior()
    on_map = prior.share_draws.sum(axis=0) > 0
    kept = np.flatnonzero(on_map)
    members = told.members[:, kept]
    useful = members.any(axis=1)
    evidence = Evidence(
        located=told.located[kept],
        group_members=members[useful],
        group_counts=told.counts[useful],
        uninformative=told.unused + int(told.counts[~useful].sum() + told.located[~on_map].sum()),
    )
    found = estimate(
        Prior(share_draws=prior.share_draws[:, kept]),
        evidence,
        detection=detection_of(flows.posts.iloc[kept], told.located[kept]),
        seed=flows.seed,
    )
    posts = flows.posts[["id", "name", "kind", "country", "facing_country",
                         "geometry"]].reset_index(drop=True)  # fmt: skip
    columns = {
        "share": found.share,
        "share_low": found.low,
        "share_high": found.high,
        "prior_share": found.prior_share,
        "probability_top": found.probability_top[top],
        "data_share": found.data_share,
    }
    for name, values in columns.items():
        posts[name] = np.nan
        posts.loc[kept, name] = values
    posts["evidence"] = pd.array(told.located, dtype="Int64")
    posts["unknown"] = ~on_map
    posts.loc[kept, "unknown"] = found.unknown
    posts["why"] = [
        _why(flows, row) if not on_map[row] else NOTHING_TOLD if posts["unknown"].iloc[row] else ""
        for row in range(len(posts))
    ]
    posts = posts.sort_values(
        ["unknown", "share", "id"], ascending=[True, False, True], na_position="last"
    )
    known = int((~posts["unknown"]).sum())
    posts["rank"] = pd.array([*range(1, known + 1), *[pd.NA] * (len(posts) - known)], dtype="Int64")
    inputs = {**flows.inputs, "seizures": table_fingerprint("seizures", seizures)}
    provenance = Provenance(
        method=METHOD,
        inputs=inputs,
        parameters={
            **flows.parameters,
            "top": top,
            "assumptions": dataclasses.asdict(Assumptions()),
        },
        versions=versions("numba", "shapely", "pyproj"),
        findings={"rhat": round(found.rhat, 4), "used": found.used, "unused": found.unused},
    )
    return ExposureStudy(
        id=f"EX-{digest([METHOD, inputs, provenance.parameters])[:10]}",
        posts=gpd.GeoDataFrame(posts.reset_index(drop=True), geometry="geometry", crs=WGS84),
        top=top,
        data_share=found.overall_data_share,
        used=found.used,
        unused=found.unused,
        remarks=_remarks(
            flows,
            posts,
            data_share=found.overall_data_share,
            used=found.used,
            unused=found.unused,
            settled=found.rhat <= SETTLED,
        ),
        marking=strictest([flows.marking, *map(Tlp, seizures["marking"].unique())]),
        simulated=flows.simulated,
        provenance=provenance,
    )


def detection_of(posts: gpd.GeoDataFrame, located: NDArray[np.int64]) -> Detection:
    """What is known of detection: who reports of which kind of post.

    Where a country has never told of a seizure at a post of a kind, its silence is no evidence.
    """
    from geo.routes.exposure import Detection  # noqa: PLC0415 - quick --help

    reporter = posts["country"] + " " + posts["kind"]
    heard = set(reporter[located > 0])
    return Detection(
        kind=pd.factorize(posts["kind"], sort=True)[0].astype(np.int64),
        reporter=pd.factorize(posts["country"], sort=True)[0].astype(np.int64),
        log_rate=np.zeros(len(posts)),
        observable=reporter.isin(heard).to_numpy(dtype=bool),
    )


def _why(flows: Flows, row: int) -> str:
    """Why a post is unknown."""
    post = flows.posts.iloc[row]
    if post["geometry"] is None or post["geometry"].is_empty:
        return "its place is not known"
    found = [one.network.unattached.get(f"posts/{post['id']}", "") for one in flows.countries]
    return next(filter(None, found), "no road leads there from a looted place")


def _remarks(
    flows: Flows,
    posts: gpd.GeoDataFrame,
    *,
    data_share: float,
    used: int,
    unused: int,
    settled: bool,
) -> tuple[str, ...]:
    """What must be said beside the ranking, the plainest first."""
    off_map = int(posts["share"].isna().sum())
    told_of = int(posts["unknown"].sum()) - off_map
    remarks = [
        f"{1 - data_share:.0%} of this comes from assumptions about roads and smugglers, "
        f"{data_share:.0%} from {used} seizures that say something of a way out; {unused} more do "
        "not.",
        "The index is relative: a share of the flow, whatever its amount. It does not say that "
        "anything passes a post.",
        *BIASES,
        *flows.remarks,
    ]
    if not settled:
        remarks.insert(1, "The draws have not settled: take the intervals as rough.")
    if told_of:
        remarks.append(
            f"Of {told_of} posts nothing is known but the map: no seizure there or in the country "
            "beyond could have been told of. Their share is an assumption."
        )
    if off_map:
        remarks.append(
            f"{off_map} posts are unknown, not unused: no road of the model leads there, or their "
            "place is not known."
        )
    return tuple(remarks)
