"""For the browser: `streamlit run app.py`. Declares the server; computes nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from geo.sources.confined.drivers import restrict_gdal

# GDAL reads this when it is loaded, which the views do later.
os.environ.update(restrict_gdal(os.environ))


@asynccontextmanager
async def _warmed(_app: st.App) -> AsyncIterator[None]:
    """Load libraries and records while the browser is still opening, so that the map comes fast."""
    threading.Thread(target=_warm_up, daemon=True).start()
    yield


def _warm_up() -> None:
    """Import what the views import, and read what the map shows."""
    from layers.views import cache  # noqa: PLC0415 - the server answers before this is loaded

    cache.warm_up()


app = st.App("layers/views/main.py", lifespan=_warmed)
