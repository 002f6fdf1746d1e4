"""Bringing files in: what they hold, and which of them are looked at row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from geo.access import Right
from geo.columns import columns_of
from geo.errors import LamassuError
from geo.model import Tlp
from geo.pipeline import intake
from geo.pipeline.intake.uploads import OpenFile
from geo.sources.confined.limits import BROWSER
from geo.sources.readers.formats import FORMATS
from geo.sources.readers.raw import RawFile
from layers.style import name_markdown, safe_html, safe_markdown
from layers.views import cache, one_table, who
from layers.views.filters import KEPT
from layers.views.meanings import KIND_WORDS
from layers.views.outcome import Outcome, show_outcome
from layers.views.reports import refused
from layers.views.uploads import save_uploads

PICTURES = {"scenes": ["tif", "tiff", "nc"], "terrain": ["tif", "tiff"]}
"""Kinds that come as rasters, and the endings of their files."""

TABLES = sorted({end.lstrip(".") for form in FORMATS for end in form.endings} - {"xml"})
"""Endings of files that hold tables."""

GRADE_HELP = (
    "How far the source is to be trusted, as a letter from A (completely reliable) to F (not "
    "judged), and whether the report is true, as a figure from 1 (confirmed) to 6 (not judged). "
    "F6 says: not judged yet. A row that brings its own grade keeps it."
)
MARKING_HELP = (
    "Who may be told, for rows that do not say it themselves. TLP:CLEAR: everybody; TLP:RED: only "
    "those who are named. TLP:AMBER, the own office and its clients, is a safe choice."
)


def show() -> None:
    """Upload, understand, check, import."""
    who.require(Right.KEEP)
    st.caption(
        "Every row of a file comes in, is kept aside with its reason, or is known already. "
        "Nothing disappears, and an import can be undone as a whole."
    )
    left, right = st.columns([3, 2])
    kind = left.selectbox(
        "What the file holds",
        list(KIND_WORDS),
        format_func=KIND_WORDS.__getitem__,
        key="brought kind",
        **KEPT,
    )
    files = left.file_uploader(
        "Files", type=_endings(kind), accept_multiple_files=True,
        key=f"files {kind if kind in {*PICTURES, 'roads'} else 'of tables'}", on_change=_put_away,
    )  # fmt: skip
    options = _options(kind, right)
    if _taken_whole(kind, files) or len(files) > 1:
        _together(kind, files, options)
        return
    try:
        opened = _opened(files[0] if files else None, kind, left)
    except LamassuError as err:
        st.error(refused(err))
        return
    if opened:
        one_table.show(kind, *opened, options)
        return
    with left.expander("What columns may it have?"):
        st.html(_columns_html(kind))
    outcome = st.session_state.get("import outcome")
    if outcome and outcome.kind == kind:
        show_outcome(outcome)


def _endings(kind: str) -> list[str]:
    """Endings of the files that may hold a kind."""
    roads = {end.lstrip(".") for end in intake.ROAD_SUFFIXES} if kind == "roads" else set()
    return PICTURES.get(kind, sorted({*TABLES, *roads}))


def _taken_whole(kind: str, files: Sequence[Any]) -> bool:
    """Whether the files are kept as they are, so that there are no columns to look at."""
    courses = [Path(file.name).suffix.lower() in intake.ROAD_SUFFIXES for file in files]
    return kind in PICTURES or (kind == "roads" and bool(courses) and all(courses))


def _options(kind: str, panel: Any) -> intake.ImportOptions:  # noqa: ANN401 - a column of Streamlit
    """What the importer says of the whole file."""
    partner = ""
    if kind not in PICTURES:
        known = sorted({one.partner for one in cache.store().mappings()})
        partner = panel.selectbox(
            "From whom",
            known,
            index=None,
            accept_new_options=True,
            placeholder="a partner's name: its columns are remembered",
            key="partner",
            **KEPT,
        )
    more = panel.expander("Source, grade and marking of the whole file")
    source = more.text_input(
        "Source", placeholder="who sent it, in words", max_chars=200, key="brought source", **KEPT
    )
    grade = more.text_input(
        "Admiralty grade", "F6", max_chars=2, help=GRADE_HELP, key="brought grade", **KEPT
    )
    marking = more.selectbox(
        "Marking of unmarked rows",
        [tlp.value for tlp in Tlp],
        index=list(Tlp).index(Tlp.AMBER),
        help=MARKING_HELP,
        key="brought marking",
        **KEPT,
    )
    taken_on = (
        panel.date_input("Day of scenes that tell none", None, format="YYYY-MM-DD")
        if kind == "scenes"
        else None
    )
    return intake.ImportOptions(
        source=source.strip() or (partner or ""),
        grade=grade.strip().upper(),
        marking=Tlp(marking),
        author=who.author(),
        partner=(partner or "").strip(),
        acquired_at=datetime(taken_on.year, taken_on.month, taken_on.day, tzinfo=UTC)
        if taken_on
        else None,
        limits=BROWSER,
    )


def _together(kind: str, files: Sequence[Any], options: intake.ImportOptions) -> None:
    """Files that are taken as they are, or several tables whose columns are guessed."""
    about = tuple(file.file_id for file in files)
    if len(files) > 1 and kind not in PICTURES:
        st.info("Several tables at once are read as guessed. Bring one alone to see its columns.")
    check, keep = st.columns(2)
    tried = check.button("Check only", disabled=not files, width="stretch")
    kept = keep.button("Import", type="primary", disabled=not files, width="stretch")
    if tried or kept:
        _take(kind, files, options, dry_run=tried)
    outcome = st.session_state.get("import outcome")
    if outcome and outcome.kind == kind and (not files or outcome.about == about):
        show_outcome(outcome)


def _take(kind: str, files: Sequence[Any], options: intake.ImportOptions, *, dry_run: bool) -> None:
    """Check the files, or take them in, and note what became of them."""
    outcome = Outcome(kind, tuple(file.file_id for file in files), dry_run=dry_run)
    bar = st.progress(0.0, "reading")

    def told(done: float, words: str) -> None:
        bar.progress(min(done, 1.0), safe_markdown(words))

    with tempfile.TemporaryDirectory(prefix="lamassu-upload-") as folder:
        try:
            outcome.reports = intake.import_files(
                cache.store(),
                cache.settings(),
                kind,
                save_uploads(files, Path(folder)),
                options=options,
                now=datetime.now(UTC),
                dry_run=dry_run,
                progress=told,
            )
        except LamassuError as err:
            outcome.refusal = str(err)
    bar.empty()
    st.session_state["import outcome"] = outcome


def _opened(file: Any, kind: str, panel: Any) -> tuple[str, RawFile] | None:  # noqa: ANN401 - of Streamlit
    """The upload that is looked at, read once; it stays open while the user looks elsewhere."""
    held: tuple[str, OpenFile] | None = st.session_state.get("open upload")
    if file is None:
        if held is None or kind in PICTURES:
            return None
        told, button = panel.columns([3, 1], vertical_alignment="center")
        told.info(f"{name_markdown(held[1].raw.file_name)} is still open.")
        button.button("Put it away", on_click=_put_away, width="stretch")
        return held[0], held[1].raw
    if held is None or held[0] != file.file_id:
        if (known := st.session_state.get("refused upload")) and known[0] == file.file_id:
            raise known[1]  # it is not read again for each word that is typed beside it
        _put_away()
        with (
            st.spinner("Reading the file in a process of its own"),
            tempfile.TemporaryDirectory(prefix="lamassu-upload-") as folder,
        ):
            (path,) = save_uploads([file], Path(folder))
            try:
                held = (file.file_id, OpenFile(path))
            except LamassuError as err:
                st.session_state["refused upload"] = (file.file_id, err)
                raise
        st.session_state["open upload"] = held
    return held[0], held[1].raw


def _put_away() -> None:
    """Forget the file that was looked at, and what became of the last one."""
    held = st.session_state.pop("open upload", None)
    if held:
        held[1].close()
    st.session_state.pop("import outcome", None)


def _columns_html(kind: str) -> str:
    """Lamassu's own columns for a kind, with what they hold; other names are understood as well."""
    described = []
    for column in columns_of(kind):
        if column.name == "geometry":
            names = "from_lon, from_lat, to_lon, to_lat" if kind == "roads" else "lon, lat"
            described.append(f"<li><code>{names}</code> decimal degrees, WGS 84</li>")
            continue
        values = ", ".join(safe_html(code.replace("_", " ")) for code in column.codes if code)
        need = " <b>required</b>" if column.required else ""
        described.append(
            f"<li><code>{column.name}</code>{need}{': ' if values else ''}{values}</li>"
        )
    return (
        "<p style='font-size:.85rem'>Any names will do, in English or Arabic: what they mean is "
        "guessed and shown. These are Lamassu's own.</p>"
        "<ul style='columns:16rem 2;font-size:.85rem;overflow-wrap:anywhere'>"
        f"{''.join(described)}</ul>"
    )
