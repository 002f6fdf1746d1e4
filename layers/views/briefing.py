"""The printed page: preview first, then download."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from geo.access import Right, Viewer
from geo.errors import LamassuError
from geo.model import Audience
from geo.pipeline import page
from geo.pipeline.change import Change
from geo.pipeline.evidence import page_bundle
from geo.pipeline.routes import RouteStudy
from geo.query import Query
from geo.snapshot import Snapshot
from layers.style import safe_markdown
from layers.views import cache, downloads, who

AUDIENCES = {
    Audience.PUBLIC: "Public: places of sites as cells of about 1 km",
    Audience.PARTNER: "Partner: sensitive sites coarser",
    Audience.INTERNAL: "Internal: everything as held",
}
"""For whom a page can be printed, from the widest circle to the narrowest."""

FILES = {
    "pdf": ("PDF", "application/pdf"),
    "png": ("PNG", "image/png"),
    "proof": ("PDF with proof (.zip)", "application/zip"),
}
"""What a page can be saved as: its label and media type."""


def audiences_of(viewer: Viewer) -> tuple[Audience, ...]:
    """For whom a viewer may make something: nobody who would see more than the viewer does."""
    circles = list(AUDIENCES)
    return tuple(circles[: circles.index(viewer.audience) + 1])


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


@who.dialog("Briefing", width="large")
def _preview(snapshot_for: Callable[[Audience, datetime], Snapshot], now: datetime) -> None:
    """Audience, picture of the page, and the page as files."""
    from layers import briefing as printed  # noqa: PLC0415 - only who prints pays for matplotlib

    who.require(Right.HAND_OVER)
    audience = st.selectbox(
        "For whom",
        audiences_of(who.principal().viewer),
        format_func=AUDIENCES.__getitem__,
        key="audience of the page",
    )
    try:
        snapshot = snapshot_for(audience, now)
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    with st.spinner("Drawing the page"):
        preview = _kept(snapshot, "preview", lambda: printed.preview_png(snapshot))
    told = f"{snapshot.page_id}, {snapshot.marking.value}"
    downloads.picture(preview, described=f"The page as it is printed: {told}", caption=told)
    if not snapshot.producer and who.principal().may(Right.ADMINISTER):
        st.caption("Nobody is named as producer yet: see Settings.")
    for column, (form, (label, media_type)) in zip(
        st.columns(len(FILES)), FILES.items(), strict=True
    ):
        with column:
            downloads.offer(
                label,
                partial(_file, snapshot, form),
                key=f"page {snapshot.page_id} {snapshot.content_sha256} {form}",
                media_type=media_type,
                primary=form == "pdf",
            )
    st.caption(
        "With proof: the page with the fingerprints of what it was made from, signed by this "
        "installation, and a short program that checks it on any computer."
    )


def _file(snapshot: Snapshot, form: str) -> tuple[str, bytes]:
    """Name and content of the page as a file; the store remembers that it left the house."""
    from layers import briefing as printed  # noqa: PLC0415 - only who prints pays for matplotlib

    file_format = "png" if form == "png" else "pdf"
    content = _kept(snapshot, file_format, lambda: printed.save(snapshot, file_format))
    name = printed.file_name(snapshot, file_format)
    author, now = who.principal().author, datetime.now(UTC)
    if form != "proof":
        page.keep(cache.store(), snapshot, content, author=author, now=now)
        return name, content
    handed = page_bundle(
        cache.store(), cache.settings(), snapshot, name, content, author=author, now=now
    )
    return handed.name, handed.content


def _kept(snapshot: Snapshot, what: str, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, made once for each page of this session."""
    drawn: dict[Any, bytes] = st.session_state.setdefault("pages drawn", {})
    key = (snapshot.content_sha256, what)
    if key not in drawn:
        if len(drawn) > 8:
            drawn.clear()
        drawn[key] = make()
    return drawn[key]
