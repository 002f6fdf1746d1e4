"""The printed page: preview first, then download."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from geo.model import Audience
from geo.pipeline import page
from geo.pipeline.change import Change
from geo.pipeline.routes import RouteStudy
from geo.query import Query
from geo.snapshot import Snapshot
from layers.style import safe_markdown
from layers.views import cache

AUDIENCES = {
    Audience.PUBLIC: "Public: places of sites as cells of about 1 km",
    Audience.PARTNER: "Partner: sensitive sites coarser",
    Audience.INTERNAL: "Internal: everything as held",
}
"""For whom a page can be printed."""


def dialog(subject: str, query: Query) -> None:
    """Open the page of a site or of the region, under the present limits."""

    def snapshot(audience: Audience, now: datetime) -> Snapshot:
        return page.snapshot_of(cache.store(), subject, audience=audience, query=query, now=now)

    _open(snapshot)


def change_dialog(found: Change, site: pd.Series | None) -> None:
    """Open the page of a detection."""

    def snapshot(audience: Audience, now: datetime) -> Snapshot:
        return page.snapshot_of_change(
            cache.store(), found, site=site, audience=audience, query=Query(), now=now
        )

    _open(snapshot)


def routes_dialog(study: RouteStudy, site: pd.Series | None) -> None:
    """Open the page of a study of routes."""

    def snapshot(audience: Audience, now: datetime) -> Snapshot:
        return page.snapshot_of_routes(
            cache.store(), study, site=site, audience=audience, query=Query(), now=now
        )

    _open(snapshot)


def _open(snapshot_for: Callable[[Audience, datetime], Snapshot]) -> None:
    """Open the dialog; the page's time is that of its opening, whatever is chosen there."""
    _preview(snapshot_for, datetime.now(UTC).replace(microsecond=0))


@st.dialog("Briefing", width="large")
def _preview(snapshot_for: Callable[[Audience, datetime], Snapshot], now: datetime) -> None:
    """Audience, picture of the page, and the page as files."""
    from layers import briefing as printed  # noqa: PLC0415 - only who prints pays for matplotlib

    audience = st.selectbox(
        "For whom", list(AUDIENCES), format_func=AUDIENCES.__getitem__, key="audience of the page"
    )
    try:
        snapshot = snapshot_for(audience, now)
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    with st.spinner("Drawing the page"):
        st.image(
            _kept(snapshot, "preview", lambda: printed.preview_png(snapshot)),
            width="stretch",
            caption=f"{snapshot.page_id}, {snapshot.marking.value}",
        )
    if not snapshot.producer:
        st.caption("Nobody is named as producer yet: see Settings.")
    for column, file_format in zip(st.columns(2), ("pdf", "png"), strict=True):
        column.download_button(
            f"Download {file_format.upper()}",
            partial(_file, snapshot, file_format),
            file_name=printed.file_name(snapshot, file_format),
            type="primary" if file_format == "pdf" else "secondary",
            width="stretch",
            on_click="ignore",
            icon=":material/download:",
            key=f"download {file_format}",
        )


def _file(snapshot: Snapshot, file_format: str) -> bytes:
    """The page as a file; the store remembers that it left the house."""
    from layers import briefing as printed  # noqa: PLC0415 - only who prints pays for matplotlib

    content = _kept(snapshot, file_format, lambda: printed.save(snapshot, file_format))
    page.keep(cache.store(), snapshot, content)
    return content


def _kept(snapshot: Snapshot, what: str, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, made once for each page of this session."""
    drawn: dict[Any, bytes] = st.session_state.setdefault("pages drawn", {})
    key = (snapshot.content_sha256, what)
    if key not in drawn:
        if len(drawn) > 8:
            drawn.clear()
        drawn[key] = make()
    return drawn[key]
