"""For the browser: `streamlit run app.py`. Declares the server; computes nothing."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from geo.access import NOBODY
from geo.errors import LamassuError
from geo.settings import Settings
from geo.sources.confined.drivers import restrict_gdal
from layers import server
from layers.views import configured, faults

# GDAL reads this when it is loaded, which the views do later.
os.environ.update(restrict_gdal(os.environ))

HERE = Path(__file__).parent

INLINE_SCRIPTS = (
    *server.inline_scripts((Path(st.__file__).parent / "static/index.html").read_text("utf-8")),
    *(
        (HERE / "layers" / name).read_text("utf-8")
        for name in ("imagery/swipe.js", "imagery/timelapse.js", "views/triage_keys.js")
    ),
)
"""What Streamlit's page, the swipe between two dates, the timelapse and the keys of the queue of
alerts run; nothing else runs in a page."""

BASEMAP_HOSTS = ("https://*.tile.openstreetmap.org", "https://tile.openstreetmap.org")
"""Where the pictures of the online base map come from, if it is switched on."""


@asynccontextmanager
async def _warmed(_app: st.App) -> AsyncIterator[None]:
    """Load libraries and records while the browser is still opening, so that the map comes fast."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host, port = st.get_option("server.address"), st.get_option("server.port")
    sys.stdout.write(f"Lamassu: {scheme}://{host}:{port}{BASE_PATH}/ (Ctrl+C ends it)\n")
    sys.stdout.flush()
    threading.Thread(target=_warm_up, daemon=True).start()
    yield


def _warm_up() -> None:
    """Import what the views import, read what the map shows, and set it apart as lasting."""
    from layers.views import cache  # noqa: PLC0415 - the server answers before this is loaded

    cache.warm_up()
    # After each run Streamlit looks for cycles in all that is held: libraries and records stay.
    gc.collect()
    gc.freeze()


def _entitled(subject: str, scope: str) -> bool:
    """Whether somebody still sees what a file was made from."""
    from layers.views import who  # noqa: PLC0415

    return who.entitled(subject, scope)


def _refused(what: str, peer: str) -> None:
    """Write into the audit what was refused at the door."""
    from geo.pipeline.seen import note_refused  # noqa: PLC0415
    from layers.views import whole  # noqa: PLC0415

    note_refused(whole.store(), actor=NOBODY.subject, what=what, now=datetime.now(UTC), peer=peer)


def _settings() -> Settings:
    """The settings in force, where a server may start with them; the process ends otherwise."""
    try:
        found = configured.settings()
        server.check_binding(found.login, st.get_option("server.address"))
    except LamassuError as err:
        sys.stderr.write(f"Lamassu does not start: {err}\n")
        sys.exit(2)
    return found


server.install()
SETTINGS = _settings()
BASE_PATH = server.base_path(st.get_option("server.baseUrlPath"))

# Streamlit knows an app by these very words.
app = st.App(
    "layers/views/main.py",
    lifespan=_warmed,
    middleware=server.middleware(
        SETTINGS,
        refused=_refused,
        base_path=BASE_PATH,
        scripts=INLINE_SCRIPTS,
        picture_hosts=BASEMAP_HOSTS if SETTINGS.online_basemap else (),
        peers_rewritten=os.environ.get("FORWARDED_ALLOW_IPS") != "none",
    ),
    routes=server.routes(SETTINGS, entitled=_entitled, base_path=BASE_PATH),
    on_script_error=faults.told,
)
