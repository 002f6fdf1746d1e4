"""The only caches of the browser views.

What they hold is shared by every session of the server, so each key names the audience, and nobody
changes what they give.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import platformdirs
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from geo.matching.gazetteer import Gazetteer
from geo.model import Audience
from geo.pipeline import FACTS_FOLDER, cases, shown
from geo.pipeline.installation import open_installation
from geo.pipeline.intake.findings import open_gazetteer
from geo.pipeline.page import KINDS
from geo.settings import Settings, resolve
from geo.sources.outlines import read_outlines
from geo.store import Store
from layers import basemap
from layers.assets import OwnScript, write_assets


def settings() -> Settings:
    """The settings in force for this server."""
    try:
        secrets: Mapping[str, str] = {key: str(value) for key, value in st.secrets.items()}
    except StreamlitSecretNotFoundError:
        secrets = {}
    home = Path(platformdirs.user_data_dir("lamassu", appauthor=False))
    return resolve(os.environ, default_home=home, secrets=secrets)


def store() -> Store:
    """The store of this installation, made at the first start."""
    return _opened(settings())


def records(kind: str, audience: Audience) -> gpd.GeoDataFrame:
    """Current records of a kind as `audience` may have them; to be read, never changed."""
    url = settings().store_url
    return _records(url, store().revision(), kind, audience.value)


def case_checks(dataset_id: str, record_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Proposals for the case of a record, and its matches with lists of stolen objects."""
    return _case_checks(settings().store_url, store().revision(), dataset_id, record_id)


@st.cache_resource(show_spinner=False)
def outlines() -> OwnScript:
    """The base map's script of coasts, borders and names."""
    return basemap.outlines(
        read_outlines(FACTS_FOLDER / "borders.geojson"),
        read_outlines(FACTS_FOLDER / "world.geojson"),
    )


def warm_up() -> None:
    """Fill the caches that the first page needs, before anybody asks for it.

    streamlit-folium is left out: it announces itself to the server when it is imported, and would
    be unheard while the server is still starting.
    """
    write_assets(settings().cache_folder / "assets", outlines())
    for kind in KINDS:
        records(kind, Audience.INTERNAL)


def gazetteer() -> Gazetteer:
    """Sites and posts of the store and the embedded towns, to find places by name."""
    return _gazetteer(settings().store_url, store().revision())


@st.cache_data(show_spinner=False)
def manifest() -> pd.DataFrame:
    """What the embedded facts are, and where they are from."""
    return pd.read_csv(FACTS_FOLDER / "MANIFEST.csv", dtype=str, keep_default_na=False)


@st.cache_resource(show_spinner=False)
def _opened(chosen: Settings) -> Store:
    """One store for the whole server."""
    return open_installation(chosen, now=datetime.now(UTC))


@st.cache_resource(show_spinner=False, max_entries=2)
def _gazetteer(url: str, revision: int) -> Gazetteer:
    """The gazetteer of the store at one revision."""
    del url, revision  # they only make the key
    return open_gazetteer(store())


@st.cache_resource(show_spinner=False, max_entries=16)
def _case_checks(
    url: str, revision: int, dataset_id: str, record_id: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a case is held against at one revision; for the office, as cases are."""
    del url, revision  # they only make the key
    frames = {kind: records(kind, Audience.INTERNAL) for kind in cases.KINDS}
    case = cases.case_of(frames, (dataset_id, record_id))
    return cases.proposals(frames, case), cases.stolen_matches(frames, case)


@st.cache_resource(show_spinner=False, max_entries=64)
def _records(url: str, revision: int, kind: str, audience: str) -> gpd.GeoDataFrame:
    """Records of the store at one revision."""
    del url, revision  # they only make the key
    return shown.records(store(), kind, Audience(audience))
