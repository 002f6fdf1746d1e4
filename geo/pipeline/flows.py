"""All looted places of the store and all posts they may leave by: the flows that a map implies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import BadInput, LamassuError
from geo.grid import WGS84
from geo.model import Judgement, SiteEventType, Tlp, strictest
from geo.pipeline.ground import (
    MODES_FILE,
    Ground,
    country_of,
    file_fingerprint,
    ground_of,
    table_fingerprint,
    travel_mode,
    without_copies,
)
from geo.pipeline.sampling import PULL_LOG_SD, Draws, conditions_of, network_of, sampled
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

if TYPE_CHECKING:
    from geo.routes.flows import PriorFlows
    from geo.routes.modes import Mode
    from geo.routes.network import Network

ORIGIN_CELL_DEG = 0.1
"""Looted places within one cell of this width start as one: on main roads they do anyway."""

SETS, DRAWS_PER_SET = 20, 5
"""Sets of parameters, and draws of each, from every origin."""

PRIOR_DRAWS = 2_000
"""Draws of intensities and pulls for the prior of the flows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CountryFlows:
    """The routes out of one country."""

    ground: Ground
    """Roads, posts and towns."""
    network: Network
    """The same as a graph."""
    origins: gpd.GeoDataFrame
    """``key``, ``count`` (events and accepted flags) and point of each origin on the graph."""
    draws: tuple[Draws, ...]
    """Sampled routes of each origin."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Flows:
    """The routes out of every country that has looted places."""

    mode: Mode
    """How objects travel."""
    avoidance: float
    """How much watched places are shunned."""
    seed: int
    """Seed of the draws."""
    countries: tuple[CountryFlows, ...]
    """One for each country."""
    posts: gpd.GeoDataFrame
    """Every post that leads out of one of these countries, once."""
    choice: NDArray[np.float64]
    """Exit probabilities, shape (sets, origins, posts)."""
    counts: NDArray[np.float64]
    """Events and accepted flags of each origin, shape (origins,)."""
    looted: pd.DataFrame
    """Each of these events: ``key`` of its origin and ``day``, the last on which it may have
    happened, NaT where that is not known."""
    inputs: dict[str, str]
    """SHA-256 of each table and file that was used."""
    remarks: tuple[str, ...]
    """What the reader must know."""
    marking: Tlp
    """The strictest marking of what was used."""
    simulated: bool
    """True if any of it is invented."""

    @property
    def parameters(self) -> dict[str, object]:
        """All that the flows hang on beside the tables and files, for provenance."""
        return {
            "mode": self.mode.name,
            "avoidance": self.avoidance,
            "seed": self.seed,
            "sets": SETS,
            "draws_per_set": DRAWS_PER_SET,
            "prior_draws": PRIOR_DRAWS,
            "pull_log_sd": PULL_LOG_SD,
            "origin_cell_deg": ORIGIN_CELL_DEG,
        }

    @property
    def left(self) -> tuple[str, ...]:
        """Names of the countries that are left."""
        return tuple(one.ground.country for one in self.countries)

    @property
    def keys(self) -> list[str]:
        """Key of each origin, in the order of `counts`."""
        return [str(key) for one in self.countries for key in one.origins["key"]]

    def counts_before(self, day: np.datetime64) -> NDArray[np.float64]:
        """Events of each origin that were over before a day, shape (origins,)."""
        over = self.looted[self.looted["day"] < pd.Timestamp(day)]["key"].value_counts()
        return np.asarray(over.reindex(self.keys, fill_value=0), dtype=np.float64)

    def prior(self, counts: NDArray[np.float64] | None = None) -> PriorFlows:
        """Draws of the share of the flow at each post, before any seizure.

        With `counts` in the place of the flows' own, an origin without any is left out.
        """
        from geo.routes.flows import intensity_draws, prior_flows  # noqa: PLC0415 - quick --help

        held = self.counts if counts is None else counts
        kept = held > 0
        intensity = intensity_draws(held[kept], draws=PRIOR_DRAWS, seed=self.seed)
        return prior_flows(intensity, self.choice[:, kept])


def flows_of(
    store: Store,
    settings: Settings,
    *,
    mode: str,
    avoidance: float,
    seed: int,
    progress: Progress = no_progress,
) -> Flows:
    """Routes from every looted place to every post of its country.

    Raises
    ------
    BadInput
        If there is no looted place with a point, or none that a road reaches.
    InvalidSetting
        If there is no such mode.
    """
    how = travel_mode(mode)
    places, looted, inputs, marking = _looted(store)
    countries, lost = [], []
    names = sorted(set(places["country"]))
    for number, country in enumerate(names):
        progress(0.9 * number / len(names), f"routes out of {country}")
        here = places[places["country"] == country].reset_index(drop=True)
        try:
            flows = _country_flows(
                store, settings, country, here, mode=how, avoidance=avoidance, seed=seed
            )
        except LamassuError as err:
            lost.append(f"Nothing is modelled for {country}: {err}.")
            continue
        countries.append(flows)
        off = sorted(set(here["key"]) - set(flows.origins["key"]))
        if off:
            lost.append(f"{len(off)} looted places of {country} are near no road: left out.")
    if not any(len(one.draws) for one in countries):
        raise BadInput(
            "no looted place is on a road: " + " ".join(lost),
            expected="a looting event at a site with a point, near a road",
            remedy="import roads, or take the mode off_road",
        )
    posts = pd.concat([one.ground.posts for one in countries], ignore_index=True)
    posts = posts.drop_duplicates("id").sort_values("id").reset_index(drop=True)
    inputs["modes"] = file_fingerprint(MODES_FILE)
    for one in countries:
        inputs |= {f"{one.ground.country} {name}": sha for name, sha in one.ground.inputs.items()}
    told = [remark for one in countries for remark in one.ground.remarks]
    told += [f"{one.ground.country}: {remark}" for one in countries
             for remark in one.network.remarks]  # fmt: skip
    remarks = dict.fromkeys(told + lost)
    return Flows(
        mode=how,
        avoidance=avoidance,
        seed=seed,
        countries=tuple(countries),
        posts=gpd.GeoDataFrame(posts, geometry="geometry", crs=WGS84),
        choice=_choices(countries, posts),
        counts=np.concatenate([one.origins["count"].to_numpy(dtype=float) for one in countries]),
        looted=looted,
        inputs=inputs,
        remarks=tuple(remarks),
        marking=strictest([marking, *(one.ground.marking for one in countries)]),
        simulated=any(one.ground.simulated for one in countries),
    )


def _looted(
    store: Store,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, dict[str, str], Tlp]:
    """Looted places with counts and countries, merged by cell, and their events; none invented."""
    sites = store.read("sites")
    sites = sites[sites.geometry.notna() & ~sites.simulated].drop_duplicates("id").set_index("id")
    events = store.read("events")
    looting = events[(events["event_type"] == SiteEventType.LOOTING.value) & ~events["simulated"]]
    looting = without_copies(looting, "site_id", "date_from", "date_to")
    alerts = store.read("alerts")
    accepted = alerts[(alerts["judgement"] == Judgement.ACCEPTED.value) & ~alerts["simulated"]]
    names = ["site_id", "marking", "date_to"]
    told = pd.concat([looting[names], accepted[names]], ignore_index=True)
    told = told[told["site_id"].isin(sites.index)]
    if not len(told):
        raise BadInput(
            "the store tells of no looting at a site with a point",
            expected="events of looting with the id of their site, or accepted flags",
            remedy="import events",
        )
    counted = told["site_id"].value_counts().sort_index()
    points = sites.loc[counted.index].geometry.representative_point()
    cell = np.floor(points.get_coordinates().to_numpy() / ORIGIN_CELL_DEG).astype(int)
    table = pd.DataFrame(
        {
            "key": [f"origins/{col}/{row}" for col, row in cell],
            "count": counted.to_numpy(dtype=float),
            "lon": points.x.to_numpy(),
            "lat": points.y.to_numpy(),
            "stated": sites.loc[counted.index, "country"].to_numpy(),
        }
    )
    key_of = dict(zip(counted.index, table["key"], strict=True))
    dated = pd.DataFrame({"key": told["site_id"].map(key_of), "day": told["date_to"]})
    merged = table.groupby("key", sort=True).agg(
        {"count": "sum", "lon": "mean", "lat": "mean", "stated": "first"}
    )
    countries = [
        country_of((row["lon"], row["lat"]), stated=row["stated"]) for _, row in merged.iterrows()
    ]
    places = gpd.GeoDataFrame(
        {"key": merged.index, "count": merged["count"].to_numpy(), "country": countries},
        geometry=gpd.points_from_xy(merged["lon"], merged["lat"]),
        crs=WGS84,
    )
    inputs = {
        "events": table_fingerprint("events", looting),
        "alerts": table_fingerprint("alerts", accepted),
        "sites": table_fingerprint("sites", sites.loc[counted.index].reset_index()),
    }
    return places, dated, inputs, strictest([Tlp(value) for value in told["marking"].unique()])


def _country_flows(
    store: Store,
    settings: Settings,
    country: str,
    places: gpd.GeoDataFrame,
    *,
    mode: Mode,
    avoidance: float,
    seed: int,
) -> CountryFlows:
    """Routes from the looted places of one country."""
    ground = ground_of(store, settings, country, mode=mode)
    points = places.geometry
    network = network_of(
        ground, mode, dict(zip(places["key"], zip(points.x, points.y, strict=True), strict=True))
    )
    here = places[places["key"].isin(list(network.place_node))].reset_index(drop=True)
    conditions = conditions_of(
        network, ground.posts, mode, avoidance=avoidance, sets=SETS, seed=seed
    )
    draws = [sampled(conditions, origin=key, draws_per_set=DRAWS_PER_SET) for key in here["key"]]
    return CountryFlows(ground=ground, network=network, origins=here, draws=tuple(draws))


def _choices(countries: list[CountryFlows], posts: pd.DataFrame) -> NDArray[np.float64]:
    """Exit probabilities of all origins over all posts, shape (sets, origins, posts)."""
    place = {name: number for number, name in enumerate(posts["id"])}
    chosen = [(one, draws) for one in countries for draws in one.draws]
    choice = np.zeros((SETS, len(chosen), len(posts)))
    for row, (one, draws) in enumerate(chosen):
        columns = [place[one.ground.posts["id"].iloc[exit_]] for exit_ in draws.conditions.exits]
        choice[:, row, columns] = draws.sample.exit_probability.mean(axis=1)
    return choice
