"""Facts as of, and where each of them is from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.pipeline.ground import travel_modes
from geo.pipeline.installation import FACT_KINDS, FACTS_DATASET
from geo.routes.modes import described
from layers.style import safe_html, safe_link, safe_markdown
from layers.views import cache, who

HOLES = (
    "Seizures are those that public reports tell of: few of land crossings, none of most ports. "
    "No seizure at a post does not mean no traffic.",
    "A return is a later event of a seizure's case. Object counts are as reported, before experts "
    "saw the pieces, and are never added up.",
    "Main roads and railways are schematic links between named places, not courses.",
    "Borders are drawn as they are held (de facto); they are no statement about any claim.",
    "Grades are F6 until an analyst of your office judges the source and the statement.",
)


def show() -> None:
    """The page of sources."""
    who.require(Right.LOOK)
    st.title("Sources", anchor=False)
    manifest = cache.manifest()
    frames = [cache.records(kind) for kind in FACT_KINDS]
    facts = [frame[frame["dataset_id"] == FACTS_DATASET] for frame in frames]
    recorded = [frame["recorded_at"].max() for frame in facts if len(frame)]
    taken = f"taken into this store on **{max(recorded):%d %B %Y}**" if recorded else "undone here"
    compiled = max(manifest["date"])
    st.markdown(
        f"Embedded facts **as of {compiled}**, {taken}. "
        "Each record names its own source on its card."
    )
    st.html(f"<ul>{''.join(f'<li>{safe_html(hole)}</li>' for hole in HOLES)}</ul>")
    st.html(_table(manifest.to_dict("records")))
    st.subheader("Numbers of the route model", anchor=False)
    st.caption(
        "Routes are drawn from these ranges. What nobody measured is called an assumption; another "
        "number gives other routes. They stand in data/modes.yaml."
    )
    for mode in travel_modes().values():
        with st.expander(mode.label):
            st.caption(safe_markdown(mode.note))
            rows = pd.DataFrame(described(mode))
            rows.columns = [name.capitalize() for name in rows.columns]
            st.dataframe(rows, hide_index=True)


def _table(rows: list[dict[str, str]]) -> str:
    """The manifest as a table of inert HTML."""
    head = "".join(
        f"<th>{name}</th>"
        for name in ("Data", "Rows", "As of", "Source and attribution", "Licence")
    )
    body = "".join(
        "<tr>"
        f"<td><b>{safe_html(row['title'])}</b><br><code>{safe_html(row['file'])}</code></td>"
        f"<td>{safe_html(row['rows'])}</td><td>{safe_html(row['date'])}</td>"
        f"<td>{_attribution(row)}</td><td>{safe_html(row['licence'])}</td></tr>"
        for row in rows
    )
    return f"{_STYLE}<div class='lamassu-sources'><table><tr>{head}</tr>{body}</table></div>"


def _attribution(row: dict[str, str]) -> str:
    """Attributions in words, and the links."""
    lines = [safe_html(part) for part in (row["attribution"] or row["source"]).split(" | ")]
    links = [safe_link(url) for url in row["source_url"].split(" ; ")]
    lines += [
        f"<a href='{safe_html(link)}' target='_blank' rel='noopener'>{safe_html(link)}</a>"
        for link in links
        if link
    ]
    if row["note"]:
        lines.append(f"<i>{safe_html(row['note'])}</i>")
    return "<br>".join(lines)


_STYLE = """<style>
.lamassu-sources{overflow-x:auto}
.lamassu-sources table{border-collapse:collapse;width:100%;font-size:.86rem}
.lamassu-sources th,.lamassu-sources td{padding:.45rem .7rem;text-align:start;vertical-align:top;
border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);overflow-wrap:anywhere}
.lamassu-sources th{opacity:.7;font-weight:600;white-space:nowrap}
.lamassu-sources td:first-child{min-width:11rem}
.lamassu-sources td:nth-child(4){min-width:16rem}
.lamassu-sources td:nth-child(5){min-width:9rem}
.lamassu-sources td:nth-child(-n+3){white-space:nowrap}
.lamassu-sources td:first-child{white-space:normal}
.lamassu-sources a{color:inherit}
</style>"""
