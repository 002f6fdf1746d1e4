"""What is shown: records as an audience may have them."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from geo.access import viewer_for
from geo.errors import NotFound
from geo.model import Audience
from geo.pipeline.guard import GuardedStore
from geo.pipeline.sight import Sight
from geo.query import with_search_text
from geo.store import Store
from geo.words import fold


def records(store: Store, kind: str, audience: Audience) -> gpd.GeoDataFrame:
    """All current records of a kind as `audience` may have them, with their text to search in.

    The one way from the store to anything that draws, counts or writes. What a guarded store gives
    was redacted for whoever asks it; this is the second redaction, for whoever it is handed to.
    """
    return records_of(store, (kind,), audience)[kind]


def records_of(
    store: Store, kinds: Iterable[str], audience: Audience
) -> dict[str, gpd.GeoDataFrame]:
    """The same for several kinds, by kind."""
    return {
        kind: with_search_text(redacted(store, store.read(kind), audience, kind=kind))
        for kind in kinds
    }


def redacted(
    store: Store, frame: gpd.GeoDataFrame, audience: Audience, *, kind: str
) -> gpd.GeoDataFrame:
    """Records of a store, or what was made from them, as `audience` may have them."""
    viewer = viewer_for(audience)
    if isinstance(store, GuardedStore):
        return store.handed_to(viewer, kind, frame)
    return Sight(store, viewer).shown(kind, frame)


def find_site(sites: gpd.GeoDataFrame, words: str) -> pd.Series:
    """The one site that has this id or name, in any script and without accents.

    Raises
    ------
    NotFound
        If no site, or more than one, answers to it; likely ones are named.
    """
    wanted = fold(words)
    named = [
        {fold(row.id), fold(row.name_), fold(row.name_ar), *map(fold, row.alt_names.split("|"))}
        for row in sites.rename(columns={"name": "name_"}).itertuples()
    ]
    found = sites[[wanted in names for names in named]] if wanted else sites.iloc[:0]
    exact = found[[fold(name) == wanted for name in found["id"]]]
    if len(exact) == 1 or len(found) == 1:
        return (exact if len(exact) == 1 else found).iloc[0]
    likely = found if len(found) else sites[[wanted in text for text in sites["search_text"]]]
    listed = ", ".join(f"{row['id']} {row['name']}" for _, row in likely.head(5).iterrows())
    raise NotFound(
        f"{len(found) or 'no'} sites answer to {words!r}",
        expected="the id or name of one site",
        remedy=f"take one of: {listed}" if listed and wanted else "search for it in the app",
    )
