"""What a reader of hot spots must know, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.disclosure import K_LEAST
from geo.pipeline.hotspots.rows import Kind

if TYPE_CHECKING:
    from geo.hotspots import Clusters, KnoxTest, LocalGi

COUNTS_REMARKS = (
    "Plain counts are the baseline: another method is worth its trouble only where it beats them "
    "on withheld events.",
)
DENSITY_REMARKS = (
    "A density spreads each event over its surroundings. It is smooth by construction, and a "
    "smooth map is no proof of a pattern.",
)
TOO_DENSE = (
    "Clusters were not looked for: too many events are near each other. Shorten what counts as "
    "near in space or in time."
)
FEW_UNTOLD = (
    f"Cells with fewer than {K_LEAST} events are given without their number, and clusters of fewer "
    "are left out: a few could be told apart."
)
SILENCE = "Silence is not absence: a place without reports may be one that nobody watches."


def simulated_warning(invented: NDArray[np.bool_]) -> tuple[str, ...]:
    """How many of the events are invented, if any; shape (events,)."""
    number = int(invented.sum())
    if not number:
        return ()
    return (
        f"{number} of the {len(invented)} events counted are SIMULATED: what is shown here is "
        "invented and tells nothing of real places.",
    )


def left_out_remark(accounting: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """What of the records asked for is not among the events."""
    left = [(why, number) for why, number in accounting if number and why != "counted"]
    if not left:
        return ()
    everything = sum(number for _, number in accounting)
    told = "; ".join(f"{why} ({number})" for why, number in left)
    return (f"Of {everything} records {sum(n for _, n in left)} are left out: {told}.",)


def gi_remarks(subject: Kind, local: LocalGi) -> tuple[str, ...]:
    """What hot means, and how many cells are."""
    hot = int(local.hot.sum())
    tested = not np.isnan(local.p).all()
    found = (
        f"{hot} cells are hot; about 5 % of hot cells are so by chance."
        if hot
        else "No cell is hot: chance gives neighbourhoods as full as these."
    )
    return (
        *((found,) if tested else ()),
        "Hot means that a cell and its neighbours hold more together than chance would give. One "
        "place alone with many reports is not called hot: the plain counts show it.",
        f"Only the {len(local.z):,} cells with a known place are compared: elsewhere no "
        f"{subject.word} could have been recorded.",
    )


def cluster_remarks(subject: Kind, groups: Clusters, interaction: KnoxTest) -> tuple[str, ...]:
    """How many clusters there are, whether chance makes them, and what near means."""
    number, loose = len(groups.size), groups.loosely_dated
    if not number:
        found = f"No three {subject.words} are near each other in both space and time."
    elif groups.permutations:
        found = (
            f"{number} clusters; {int(groups.significant.sum())} of them are larger than chance "
            f"makes in 95 of 100 cases ({groups.permutations} deals of the dates)."
        )
    else:
        found = (
            f"{number} clusters, not tested against chance: {groups.dated:,} dated events are too "
            "few or too many for it."
        )
    pairs = (
        f"{interaction.near_both:,} pairs of events are near in both space and time, where "
        f"{interaction.expected:,.1f} were to be expected if place and time had nothing to do with "
        "each other"
    )
    tested = (
        f"not tested, with {interaction.events} dated events"
        if np.isnan(interaction.p)
        else f"Knox's test: chance gives as many in {100 * interaction.p:.2g} of 100 cases"
    )
    return (
        found,
        f"{pairs} ({tested}).",
        f"Near means within {groups.reach_m / 1e3:g} km and {groups.reach_days:g} days: an "
        "assumption that you can change.",
        *(
            (
                f"{loose} of the events have no date, or one that may be off by more than "
                f"{groups.reach_days:g} days: they belong to no cluster.",
            )
            if loose
            else ()
        ),
    )
