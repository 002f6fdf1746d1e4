"""What the views have of the store: guarded for whoever looks, kept for all who see the same."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.access import OFFICE, Principal, Via
from geo.matching.gazetteer import Gazetteer
from geo.pipeline import FACTS_FOLDER, cases
from geo.pipeline.guard import GuardedStore, guard
from geo.pipeline.intake.findings import open_gazetteer
from geo.pipeline.page import KINDS
from geo.query import with_search_text
from geo.settings import Settings
from geo.sources.outlines import read_outlines
from layers import basemap
from layers.assets import OwnScript, write_assets
from layers.views import configured, who, whole
from layers.views.caching import common, scoped

SAW_KEY = "records told of"
"""Where a session keeps the revision at which it was last noted that it saw a kind."""


def settings() -> Settings:
    """The settings in force for this server."""
    return configured.settings()


def store() -> GuardedStore:
    """The store of this installation as this session may use it."""
    return _guarded(who.principal())


def records(kind: str) -> gpd.GeoDataFrame:
    """Current records of a kind as this session sees them, with their text to search in.

    To be read, never changed. That restricted ones among them were seen is noted once a session,
    kind and revision.
    """
    asked = store()
    frame = _records(asked, kind)
    told: dict[str, tuple[int, str]] = st.session_state.setdefault(SAW_KEY, {})
    seen = (asked.revision(), asked.principal.viewer.scope)
    if told.get(kind) != seen:
        told[kind] = seen
        asked.saw(kind, frame)
    return frame


def gazetteer() -> Gazetteer:
    """Sites and posts of the store and the embedded towns, to find places by name."""
    return _gazetteer(store())


def case_checks(dataset_id: str, record_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Proposals for the case of a record, and its matches with lists of stolen objects."""
    return _case_checks(store(), dataset_id, record_id)


@common()
def outlines() -> OwnScript:
    """The base map's script of coasts, borders and names."""
    return basemap.outlines(
        read_outlines(FACTS_FOLDER / "borders.geojson"),
        read_outlines(FACTS_FOLDER / "world.geojson"),
    )


@common()
def manifest() -> pd.DataFrame:
    """What the embedded facts are, and where they are from; to be read, never changed."""
    return pd.read_csv(FACTS_FOLDER / "MANIFEST.csv", dtype=str, keep_default_na=False)


def warm_up() -> None:
    """Fill the caches that the first page needs, before anybody asks for it.

    streamlit-folium is left out: it announces itself to the server when it is imported, and would
    be unheard while the server is still starting.
    """
    write_assets(settings().cache_folder / "assets", outlines())
    office = _guarded(Principal(subject="server", name="", viewer=OFFICE, via=Via.LOCAL))
    for kind in KINDS:
        _records(office, kind)


def _guarded(principal: Principal) -> GuardedStore:
    """The store for one principal."""
    return guard(whole.store(), principal, clock=lambda: datetime.now(UTC))


@scoped(2)
def _gazetteer(asked: GuardedStore) -> Gazetteer:
    """The gazetteer of what one scope sees."""
    return open_gazetteer(asked)


@scoped(16)
def _case_checks(
    asked: GuardedStore, dataset_id: str, record_id: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a case is held against."""
    frames = {kind: _records(asked, kind) for kind in cases.KINDS}
    case = cases.case_of(frames, (dataset_id, record_id))
    return cases.proposals(frames, case), cases.stolen_matches(frames, case)


@scoped(192)
def _records(asked: GuardedStore, kind: str) -> gpd.GeoDataFrame:
    """Records of one kind with their search text."""
    return with_search_text(asked.read(kind))
