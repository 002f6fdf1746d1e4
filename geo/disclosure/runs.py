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

_HASHED = {"routes": ("RT",), "alerts": ("CH", "SE", "SR", "SA")}
"""How ids of a kind and of its runs begin, before a hash: pairs, series, alerts of one, radar."""


def without_run_ids(
    frame: gpd.GeoDataFrame, *, kind: str, secret: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """`frame` with a number in place of each id that hashes a place, where that is `secret`.

    Runs are numbered by what of them is shown, never by arrival or by what is hidden: a second
    redaction numbers them as one alone would. An id that was given by somebody stays.
    """
    run, letters = RUN_COLUMNS[kind], "|".join(_HASHED[kind])
    hashed = frame[run].str.fullmatch(f"(?:{letters})-(?:[0-9a-f]+|withheld-[0-9]+)")
    hashed |= frame["id"].str.fullmatch(
        f"(?:{letters})-(?:[0-9a-f]{{8,}}(?:-[0-9]+)?|withheld-[0-9]+-[0-9]+)"
    )
    rows = np.flatnonzero(secret & hashed.to_numpy(dtype=bool))
    if not len(rows):
        return frame
    chosen = frame.iloc[rows]
    texts = {
        name: chosen[name].str.replace(
            rf"({letters})-[0-9a-f]{{8,}}(?:-[0-9]+)?", r"\1", regex=True
        )
        for name in ("source", "description")
        if name in chosen
    }
    told = _numbered(chosen.assign(**texts), run=run, letters=letters)
    columns = {}
    for name in (run, "id", *texts):
        values = frame[name].to_numpy(dtype=object, copy=True)
        values[rows] = told[name].to_numpy(dtype=object)
        columns[name] = pd.Series(values, index=frame.index, dtype="str")
    return frame.assign(**columns)


def _numbered(chosen: gpd.GeoDataFrame, *, run: str, letters: str) -> gpd.GeoDataFrame:
    """The records with numbers in place of their runs and ids."""
    ranks = _content_ranks(chosen.drop(columns=["id", run]))
    # Only one of the two may be a hash; its letters then stand for both.
    of_run, of_id = (
        chosen[name].str.extract(f"^({letters})-", expand=False) for name in (run, "id")
    )
    of_run, of_id = of_run.fillna(of_id).to_numpy(), of_id.fillna(of_run).to_numpy()
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
        new_run[by_rank] = [f"{of_run[row]}-withheld-{number}" for row in by_rank]
        new_id[by_rank] = [
            f"{of_id[row]}-withheld-{number}-{part}"
            for row, part in zip(by_rank, parts, strict=True)
        ]
    return chosen.assign(**{run: new_run, "id": new_id})


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
