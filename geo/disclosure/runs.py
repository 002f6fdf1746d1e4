"""Ids of runs that were computed from a place that is not told; pure.

A hash of everything that made a run is no name: whoever has the other inputs can try each place in
the cell until the hash comes out.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.disclosure.rules import RUN_COLUMNS

_HASHED = {"routes": "RT", "alerts": "CH"}
"""How the ids of the runs of a kind begin, before a hash."""


def without_run_ids(
    frame: gpd.GeoDataFrame, *, kind: str, secret: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """`frame` with a number in place of each id that hashes a place, where that is `secret`.

    Runs are numbered by what of them is shown, never by arrival or by what is hidden: a second
    redaction numbers them as one alone would. An id that was given by somebody stays.
    """
    run, prefix = RUN_COLUMNS[kind], _HASHED[kind]
    hashed = frame[run].str.fullmatch(f"{prefix}-(?:[0-9a-f]+|withheld-[0-9]+)")
    rows = np.flatnonzero(secret & hashed.to_numpy(dtype=bool))
    if not len(rows):
        return frame
    chosen = frame.iloc[rows]
    texts = {
        name: chosen[name].str.replace(rf"{prefix}-[0-9a-f]{{8,}}(?:-[0-9]+)?", prefix, regex=True)
        for name in ("source", "description")
        if name in chosen
    }
    chosen = chosen.assign(**texts)
    ranks = _content_ranks(chosen.drop(columns=["id", run]))
    runs: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(chosen["dataset_id"], chosen[run], strict=True)):
        runs.setdefault(key, []).append(row)
    ordered = sorted(runs.values(), key=lambda members: sorted(ranks[members].tolist()))
    new_run = np.empty(len(chosen), dtype=object)
    new_id = np.empty(len(chosen), dtype=object)
    for number, members in enumerate(ordered, start=1):
        by_rank = np.array(members)[np.argsort(ranks[members], kind="stable")]
        parts = list(range(1, len(members) + 1))
        if "rank" in chosen and chosen["rank"].iloc[by_rank].is_unique:
            parts = chosen["rank"].iloc[by_rank].tolist()
        new_run[by_rank] = f"{prefix}-withheld-{number}"
        new_id[by_rank] = [f"{prefix}-withheld-{number}-{part}" for part in parts]
    chosen = chosen.assign(**{run: new_run, "id": new_id})
    told = {}
    for name in (run, "id", *texts):
        values = frame[name].to_numpy(dtype=object, copy=True)
        values[rows] = chosen[name].to_numpy(dtype=object)
        told[name] = pd.Series(values, index=frame.index, dtype="str")
    return frame.assign(**told)


def _content_ranks(frame: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """A rank for each row by all that its cells hold, the same for rows that are alike; (rows,)."""
    keys = [
        pd.factorize(frame[name], sort=True, use_na_sentinel=True)[0]
        for name in frame.columns
        if name != frame.geometry.name
    ]
    keys.append(pd.factorize(pd.Series(shapely.to_wkb(frame.geometry.to_numpy(), hex=True)),
                             sort=True)[0])  # fmt: skip
    order = np.lexsort(keys)
    table = np.column_stack(keys)[order]
    new = np.append(True, (np.diff(table, axis=0) != 0).any(axis=1))
    ranks = np.empty(len(frame), dtype=np.int64)
    ranks[order] = np.cumsum(new)
    return ranks
