"""What is said of routes in words: shares, times and lengths, method, and what is not known."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import InvalidSetting
from geo.model import Tlp
from geo.pipeline.ground import travel_mode

HYPOTHESES = (
    "Routes are ranked hypotheses, no observations. A share is that of the plausible ways that go "
    "there, and no probability that anything was smuggled."
)
BIAS = (
    "Seizures show where officers look and report, not where goods pass; large posts and airports "
    "are over-represented among them."
)
SILENCE = "An exit without a route, or without a seizure, is unknown: silence is not absence."

ROUTE_CAVEATS = (HYPOTHESES, BIAS, SILENCE)
"""What stands beside every route."""

TOLD_ROUTES = 10
"""Routes that are told in words; the map shows them all."""


LONGEST_REMARK = 240
"""Letters of a remark that are printed; the screen has it all."""

TOLD_EXITS = 8
"""Unknown exits that are named; the others are counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What is known of a study beside its routes, as far as the audience may have it."""

    name: str
    """Where the routes start, in words."""
    site: pd.Series | None
    """The site that they start from, generalised; None for another place."""
    where: str
    """Its place in words."""
    centre_lonlat: tuple[float, float]
    """The same to draw a map about."""
    country: str
    """Country that is left; empty where that is not kept."""
    run_id: str
    """Id of the study; empty outside the office, as it is computed from the exact place."""
    mode: str
    """Name of the mode of travel."""
    parameters: Mapping[str, Any]
    """The request."""
    inputs: Sequence[str]
    """Names of what the study was made from."""
    exits: gpd.GeoDataFrame | None
    """All posts that were asked for; None where they are not kept."""
    remarks: tuple[str, ...]
    """What the study itself says, for the office only."""
    marking: Tlp
    """The strictest marking of all this."""
    simulated: bool
    """True if anything of it is invented."""


def facts_of(told: Told, routes: gpd.GeoDataFrame, *, coarse: bool) -> tuple[tuple[str, str], ...]:
    """The start, how many exits have a way, and the ranked routes."""
    facts = [("Start", told.where)]
    if told.exits is not None:
        facts.append(("Exits", _exit_words(told.exits)))
    if not len(routes):
        return (*facts, ("Routes", "none found; this does not say that nothing is smuggled"))
    upper = ", at most" if coarse else ""
    facts.append(("Rank, exit", f"share (5\u201395 % band); hours{upper}; length"))
    facts += [
        (f"{row['rank']}  {_short(row['exit_name'])}", _route_words(row))
        for _, row in routes.head(TOLD_ROUTES).iterrows()
    ]
    if len(routes) > TOLD_ROUTES:
        facts.append(("Further routes", f"{len(routes) - TOLD_ROUTES:,}, on the map"))
    return tuple(facts)


def _exit_words(exits: gpd.GeoDataFrame) -> str:
    """How many of the exits that were asked for can be left by."""
    closed = int(exits["closed"].sum())
    reached = int((exits["reachable"] & ~exits["closed"]).sum())
    words = [f"{reached} of {len(exits)} reached"]
    words += [f"{closed} closed here"] if closed else []
    unknown = len(exits) - reached - closed
    return ", ".join([*words, *([f"{unknown} unknown"] if unknown else [])])


def unknown_exits(told: Told) -> tuple[str, ...]:
    """The exits to which no way was found, which are unknown and not unused; without reasons.

    A study says it itself, and with reasons, where it may be heard.
    """
    if told.exits is None or told.remarks:
        return ()
    unknown = told.exits[~told.exits["reachable"] & ~told.exits["closed"]]
    if not len(unknown):
        return ()
    named = ", ".join(unknown["name"].head(TOLD_EXITS))
    more = f" and {len(unknown) - TOLD_EXITS} more" if len(unknown) > TOLD_EXITS else ""
    return (f"No way is known, so unknown and not unused: {named}{more}.",)


def _short(name: str) -> str:
    """A name without the other name that it has in brackets, and with a short word for airport."""
    return (str(name).split(" (")[0] or str(name)).replace("International Airport", "Airport")


def _route_words(row: pd.Series) -> str:
    """Share, time and length of a route with their bands, as exactly as they may be told."""
    coarse = bool(row["generalised"])
    words = [f"{_share(row['share'], coarse=coarse)} {_share_band(row)}"]
    if not np.isnan(row["time_h"]):
        words.append(f"{_hours(row['time_h'])} h {_time_band(row)}")
    if not np.isnan(row["length_km"]):
        words.append(f"{'about ' if coarse else ''}{row['length_km']:,.0f} km")
    return "; ".join(text.strip() for text in words)


def _share(share: float, *, coarse: bool) -> str:
    """A share in percent."""
    if np.isnan(share):
        return "unknown"
    if share < (0.025 if coarse else 0.0095):
        return f"under {5 if coarse else 1} %"
    return f"{100 * share:.0f} %"


def _share_band(row: pd.Series) -> str:
    """The band of a share; empty if it is not known."""
    low, high = row["share_low"], row["share_high"]
    return "" if np.isnan(low + high) else f"({100 * low:.0f}\u2013{100 * high:.0f} %)"


def _hours(time_h: float) -> str:
    """A time in hours, whole ones from ten on."""
    return f"{time_h:.1f}".removesuffix(".0") if time_h < 9.95 else f"{time_h:,.0f}"


def _time_band(row: pd.Series) -> str:
    """The band of a time; empty if it is not known."""
    low, high = row["time_h_low"], row["time_h_high"]
    return "" if np.isnan(low + high) else f"({_hours(low)}\u2013{_hours(high)})"


def method_of(told: Told, label: str, *, coarse: bool) -> tuple[str, ...]:
    """How the routes were made: mode, draws, roads, terrain and conditions."""
    asked = told.parameters
    drawn = ""
    if "sets" in asked and "draws_per_set" in asked:
        drawn = (
            f", drawn {asked['sets'] * asked['draws_per_set']:,} times from the ranges of "
            f"data/modes.yaml ({asked['sets']} sets of parameters)"
        )
    # With the seed anybody could draw again for each place in the cell and compare the shares.
    seed = "" if coarse or "seed" not in asked else f", seed {asked['seed']}"
    surveyed = [name.removeprefix("roads ") for name in told.inputs if name.startswith("roads ")]
    heights = [name.removeprefix("terrain ") for name in told.inputs if name.startswith("terrain ")]
    roads = (
        f"surveyed, {', '.join(surveyed)}"
        if surveyed
        else "schematic main links between named places, no courses"
    )
    whole = f"{label}{f' out of {told.country}' if told.country else ''}{drawn}"
    return (
        f"{whole}{seed}; bands span what is unknown of speeds, costs and watchfulness.",
        f"Roads: {roads}; from the start to a road the way is assumed straight. Terrain: "
        f"{', '.join(heights) or 'none used'}.",
        *_conditions(asked),
    )


def _conditions(asked: Mapping[str, Any]) -> list[str]:
    """What was assumed on purpose: avoidance, closures and known checks."""
    said = []
    if asked.get("avoidance", 1.0) != 1.0:
        said.append(f"watched places shunned {asked['avoidance']:g} times as assumed")
    for name, words in (("closed_posts", "post"), ("closed_ways", "road")):
        if asked.get(name):
            said.append(f"{counted(len(asked[name]), words)} closed: {', '.join(asked[name])}")
    if asked.get("checks_lonlat"):
        said.append(f"{counted(len(asked['checks_lonlat']), 'known check')} shunned")
    return [f"Conditions: {'; '.join(said)}."] if said else []


def mode_label(mode: str) -> str:
    """A mode of travel in words; a mode that is no more is called as it was kept."""
    try:
        return str(travel_mode(mode).label)
    except InvalidSetting:
        return mode


def remarks_of(remarks: tuple[str, ...]) -> tuple[str, ...]:
    """What a study remarks, its long lists cut, without what stands beside every route anyway."""
    return tuple(
        textwrap.shorten(text, LONGEST_REMARK, placeholder=" \u2026")
        for text in remarks
        if "hypotheses" not in text
    )


def counted(number: int, word: str) -> str:
    """A number with its noun."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
