"""The settings in force for this server; light, as the server asks for them before it answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from geo.settings import Settings, resolve


def settings() -> Settings:
    """The settings in force for this server."""
    try:
        secrets: Mapping[str, str] = {
            key: str(value) for key, value in st.secrets.items() if key.startswith("LAMASSU_")
        }
    except StreamlitSecretNotFoundError:
        secrets = {}
    home = Path(platformdirs.user_data_dir("lamassu", appauthor=False))
    return resolve(os.environ, default_home=home, secrets=secrets)
