"""Whether the model stands its tests, in plain words, and what no list of seizures can show."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.pipeline.exposure import BIASES
from geo.pipeline.validation import ValidationStudy
from layers.style import safe_html, safe_markdown

VERDICTS = {
    "passed": ("\u2713 passed", "#1b7f4d"),
    "failed": ("\u2717 failed", "#b3261e"),
    "not testable": ("? not testable", "#5b646e"),
}
"""Words and ground colour of each verdict."""

PEERS = {
    "nearest post": "nearest post",
    "straight line": "straight line",
    "past counts": "past counts",
    "uniform": "all alike",
}
"""Simple guesses that the model is held against, as columns and in words."""

TESTS = {
    "time split": "Later seizures, foretold from earlier ones",
    "leave one post out": "Each post, foretold from all the others",
}
"""Tests in plain words; one that is not here stands as it is called."""

MEASURES = {
    "hit rate in the top 10 % of the network": "Seizures on the tenth of the roads that is ranked "
    "first: 1 is all of them (hit rate)",
    "PAI over road km": "Seizures per km on those roads against the average road: 1 is no more "
    "(predictive accuracy index, PAI)",
    "PEI over road km": "The same against the best possible choice of roads: 1 is as good "
    "(predictive efficiency index, PEI)",
    "Spearman of the posts": "Whether the order of the posts is that of their seizures: 1 is the "
    "same order, 0 is none (Spearman)",
    "edge recall": "Border crossings between two countries that were foretold: 1 is all of them "
    "(edge recall)",
    "log score": "How likely the model held what then happened: nearer to 0 is better (log score)",
    "coverage of 90 % intervals": "Posts whose count lay within the range that the model gave: "
    "0.9 is right (coverage)",
}
"""Measures in plain words, with the name that the field knows them by."""


def show_verdict(study: ValidationStudy) -> None:
    """Each test with its verdict, its number, and those of the simple guesses."""
    if study.passed is None:
        st.warning("**Nothing could be tested** with the events that the store holds.")
    elif study.passed:
        st.success("**The model stands every test that could be made.**")
    else:
        st.error(
            "**The model fails at least one test.** Do not rely on its ranking where a simple "
            "guess does better."
        )
    remarks = [remark for remark in study.remarks if remark not in BIASES]
    if remarks:
        st.markdown("\n".join(f"- {safe_markdown(remark)}" for remark in remarks))
    rows = study.rows.to_dict("records")
    made = [row for row in rows if row["verdict"] != "not testable"]
    st.html(f"{_STYLE}<div class='lamassu-tests'>{''.join(map(_test_html, made))}</div>")
    rest = [row for row in rows if row["verdict"] == "not testable"]
    if rest:
        with st.expander(f"{len(rest)} tests that could not be made", expanded=not made):
            st.caption("Too few events: neither passed nor failed.")
            st.html(f"{_STYLE}<div class='lamassu-tests'>{''.join(map(_test_html, rest))}</div>")


def show_biases() -> None:
    """What is wrong with every list of seizures, beside every result made from one."""
    with st.container(border=True):
        st.markdown("**What seizures do not show**")
        st.markdown("\n".join(f"- {line}" for line in BIASES))
        st.caption(
            "After the appendix on bias of the C4ADS reports on trafficking by air, and the "
            "Elephant Trade Information System (Underwood, Burn and Milliken 2013)."
        )


def _test_html(row: dict[str, Any]) -> str:
    """One test as inert HTML."""
    words, colour = VERDICTS.get(row["verdict"], VERDICTS["not testable"])
    why = f"<p dir='auto'>{safe_html(row['why'])}</p>" if row["why"] else ""
    return (
        f"<section><h4 dir='auto'>{safe_html(MEASURES.get(row['measure'], row['measure']))}</h4>"
        f"<span class='verdict' style='background:{colour}'>{words}</span>"
        f"<small dir='auto'>{safe_html(TESTS.get(row['test'], row['test']))}</small>"
        f"{_numbers(row)}{why}</section>"
    )


def _numbers(row: dict[str, Any]) -> str:
    """The model's number with its range, then those of the simple guesses."""
    if pd.isna(row["lamassu"]):
        return ""
    known = not (pd.isna(row["low"]) or pd.isna(row["high"]))
    band = f" ({row['low']:.2f} to {row['high']:.2f})" if known else ""
    peers = "".join(
        f"<li>{words} <b>{row[name]:.2f}</b></li>"
        for name, words in PEERS.items()
        if not pd.isna(row[name])
    )
    return f"<ul><li class='ours'>Lamassu <b>{row['lamassu']:.2f}</b>{band}</li>{peers}</ul>"


_STYLE = """<style>
.lamassu-tests{display:grid;gap:.7rem}
.lamassu-tests section{border:1px solid rgba(128,128,128,.35);border-radius:4px;
  padding:.6rem .8rem;min-width:0;overflow-wrap:anywhere}
.lamassu-tests h4{display:inline;font-size:.95rem;margin:0;padding:0;font-weight:600}
.lamassu-tests .verdict{color:#fff;border-radius:3px;padding:1px 8px;font-weight:700;
  font-size:.82rem;margin-inline-start:.6rem;white-space:nowrap}
.lamassu-tests small{display:block;opacity:.75;margin-top:.15rem}
.lamassu-tests ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.4rem 0 0;
  padding:0;font-size:.88rem}
.lamassu-tests li{margin:0;font-size:inherit;font-variant-numeric:tabular-nums}
.lamassu-tests li.ours{font-weight:600}
.lamassu-tests p{margin:.35rem 0 0;font-size:.88rem}
</style>"""
