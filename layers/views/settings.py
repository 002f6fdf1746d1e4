"""Who prints, and where this installation keeps its things."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

import geo
from geo.access import Right
from geo.errors import LamassuError
from layers.style import safe_html, safe_markdown
from layers.views import cache, who


def show() -> None:
    """The page of settings."""
    who.require(Right.ADMINISTER)
    st.title("Settings", anchor=False)
    store, settings = cache.store(), cache.settings()
    with st.form("producer"):
        st.subheader("Producer of briefings", anchor=False)
        st.caption("Printed on every page, so that a reader knows whom to ask.")
        name = st.text_input("Name", store.setting("producer_name"), max_chars=120)
        office = st.text_input("Office", store.setting("producer_office"), max_chars=160)
        if st.form_submit_button("Save", type="primary"):
            now, author = datetime.now(UTC), who.author()
            store.set_setting("producer_name", name.strip(), author=author, now=now)
            store.set_setting("producer_office", office.strip(), author=author, now=now)
            st.toast("Saved")
    from layers.views.triage_learning import show_reranker  # noqa: PLC0415 - slow to load

    show_reranker()
    st.subheader("This installation", anchor=False)
    told = {
        "Version": geo.__version__,
        "Store": store.url,
        "Folder": str(settings.home),
        "Online base map": (
            "offered" if settings.online_basemap else "off (LAMASSU_ONLINE_BASEMAP=yes offers it)"
        ),
        "Scenes are fetched from": ", ".join(settings.stac_hosts)
        or "nowhere (LAMASSU_STAC_HOSTS names hosts that may be asked)",
    }
    st.html(
        "<dl style='display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem'>"
        + "".join(
            f"<dt>{label}</dt><dd style='margin:0;overflow-wrap:anywhere'>{safe_html(value)}</dd>"
            for label, value in told.items()
        )
        + "</dl>"
    )
    left, right = st.columns(2)
    if left.button("Check the store", width="stretch"):
        faults = store.integrity()
        if faults:
            left.error(safe_markdown("; ".join(faults)))
        else:
            left.success("The store is sound.")
    if right.button("Back up now", width="stretch"):
        stamp = datetime.now(UTC)
        target = settings.home / "backups" / f"lamassu-{stamp:%Y%m%dT%H%M%SZ}.sqlite"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            right.success(f"Backed up to {safe_markdown(store.backup(target))}")
        except LamassuError as err:
            right.error(safe_markdown(err))
