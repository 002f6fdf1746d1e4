"""One record as a card: every statement with its source, grade, date, precision and marking."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from geo.model import Precision
from layers.style import (
    METHOD_WORDS,
    SYMBOLS,
    marking_badge,
    metres,
    picture_html,
    safe_html,
    safe_link,
    square_metres,
    symbol_keys,
    symbol_svg,
)

KIND_LABELS = {
    "sites": "Site",
    "posts": "Border post",
    "seizures": "Seizure",
    "events": "Site event",
    "roads": "Main link",
    "alerts": "Flagged change",
    "scenes": "Scene",
}
"""What one record of a kind is called."""

RELIABILITY = {
    "A": "completely reliable source",
    "B": "usually reliable source",
    "C": "fairly reliable source",
    "D": "not usually reliable source",
    "E": "unreliable source",
    "F": "reliability not judged",
}
CREDIBILITY = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "truth not judged",
}

_LABELS = {
    "kind": "Kind",
    "event_type": "Event",
    "event_note": "Event, in the source's words",
    "date": "Date",
    "place": "Place",
    "site_name": "Site",
    "country": "Country",
    "facing_name": "Facing post",
    "facing_country": "Facing country",
    "agency": "Agency",
    "objects": "Objects reported",
    "object_types": "Objects, in the source's words",
    "object_classes": "Red List category",
    "description": "Description",
    "claimed_origin": "Claimed origin",
    "transit": "Transit",
    "destination": "Destination",
    "transport_mode": "Transport",
    "transport_detail": "Transport detail",
    "concealment": "Concealment",
    "detection_method": "Detection",
    "outcome": "Outcome",
    "case_key": "Case",
    "period": "Period",
    "designation": "Designation",
    "alt_names": "Other names",
    "status_text": "Status, as reported",
    "road_ref": "Road",
    "road_class": "Class",
    "lanes": "Lanes",
    "mode": "Mode",
    "status_note": "Status, as reported",
    "evidence_grade": "Evidence for the link",
    "route_km": "Length by waypoints, km",
    "great_circle_km": "Great circle, km",
    "sensor": "Sensor",
    "acquired_at": "Acquired (UTC)",
    "bands": "Bands",
    "area": "Area",
    "distance": "Distance to the site",
    "score": "Score (not a probability)",
    "placebo_rate": "Realised placebo false-alarm rate",
    "hint": "Unverified hint",
    "method": "Drawn from",
    "sensors": "Sensors",
    "persistence": "Dates that agree",
    "status": "Algorithm's status",
    "judgement": "Analysts' judgement",
    "last_clear_on": "Last seen clearly",
    "position": "Position",
    "sensitivity": "Location sensitivity",
    "note": "Note",
}
"""Columns that a card shows, with their labels, in its order."""


def title(kind: str, row: pd.Series) -> str:
    """The record's name in one line, plain text."""
    if kind in {"sites", "posts"}:
        return str(row["name"])
    if kind == "seizures":
        where = row["place"] or row["country"]
        return f"{str(row['event_type']).capitalize()}: {where}"
    if kind == "events":
        return f"{str(row['event_type']).capitalize()} at {row['site_name']}"
    if kind == "roads":
        return f"{row['from_name'] or row['from_node']} \u2013 {row['to_name'] or row['to_node']}"
    if kind == "scenes":
        return f"{row['sensor']} {pd.Timestamp(row['acquired_at']):%Y-%m-%d}"
    return f"Flagged change {row['id']}"


def date_words(row: pd.Series) -> str:
    """The record's date as it is known: a day, ``first to last day``, or "unknown"."""
    begin, end = row.get("date_from"), row.get("date_to")
    if pd.isna(begin) and pd.isna(end):
        return str(row.get("date_text", "")) or "unknown"
    days = [f"{pd.Timestamp(day):%Y-%m-%d}" for day in (begin, end) if not pd.isna(day)]
    words = days[0] if len(set(days)) == 1 else f"{days[0]} to {days[-1]}"
    basis = str(row.get("date_basis", ""))
    doubts = [
        f"date {basis}" if basis in {"reported", "inferred"} else "",
        str(row.get("date_note", "")),
    ]
    told = "; ".join(doubt for doubt in doubts if doubt)
    return f"{words} ({told})" if told else words


def grade_words(grade: str) -> str:
    """An Admiralty grade in words: ``F6: reliability not judged, truth not judged``."""
    return (
        f"{grade}: {RELIABILITY.get(grade[:1], 'unknown')}, {CREDIBILITY.get(grade[1:], 'unknown')}"
    )


def precision_words(precision: str) -> str:
    """A precision in words: ``town: within about 10 km``."""
    radius_m = Precision(precision).radius_m
    return f"{precision}: within about {metres(radius_m)}" if radius_m else "country only: no point"


def card_html(kind: str, row: pd.Series) -> str:
    """The card as inert HTML for a narrow column; every text of the record is escaped.

    `row` is one row of a disclosed frame. Empty fields are left out; an empty date says "unknown".
    """
    symbol = SYMBOLS.get(_symbol_key(kind, row))
    picture = picture_html(symbol_svg(symbol, size_px=18)) if symbol else ""
    arabic = str(row.get("name_ar", ""))
    arabic_html = (
        f'<span class="ar" dir="rtl" lang="ar">{safe_html(arabic)}</span>' if arabic else ""
    )
    rows = "".join(
        f"<dt>{safe_html(label)}</dt><dd dir='auto'>{safe_html(text)}</dd>"
        for label, text in _facts(kind, row)
    )
    return (
        f"{CARD_STYLE}<article class='lamassu-card'>"
        f"<header>{picture}<div><small>{KIND_LABELS[kind]} \u00b7 {safe_html(row['id'])}</small>"
        f"<h4><bdi>{safe_html(title(kind, row))}</bdi> {arabic_html}</h4></div></header>"
        f"<p class='badges'>{_badges(row)}</p><dl>{rows}{_source(row)}</dl></article>"
    )


CARD_STYLE = """<style>
.lamassu-card{font-size:.88rem;line-height:1.4}
.lamassu-card header{display:flex;gap:.6rem;align-items:flex-start}
.lamassu-card header img{margin-top:.9rem;flex:none}
.lamassu-card h4{margin:.1rem 0;padding:0;font-size:1.2rem;line-height:1.25}
.lamassu-card .ar{font-weight:500;opacity:.85;margin-inline-start:.4rem}
.lamassu-card small{opacity:.75}
.lamassu-card .badges{display:flex;flex-wrap:wrap;gap:.35rem;margin:.35rem 0 .6rem}
.lamassu-card .badge{border:1px solid currentColor;border-radius:3px;padding:0 6px;opacity:.85}
.lamassu-card .simulated{background:#b3261e;color:#fff;font-weight:700;opacity:1}
.lamassu-card dl{display:grid;grid-template-columns:minmax(7rem,33%) 1fr;gap:.15rem .8rem;
margin:0;padding:0}
.lamassu-card dt,.lamassu-card dd{margin:0;padding:0;font-size:.88rem;
overflow-wrap:anywhere}
.lamassu-card dt{opacity:.72}
.lamassu-card a{color:inherit}
</style>"""


def _symbol_key(kind: str, row: pd.Series) -> str:
    """The record's key in `SYMBOLS`, or an empty string for kinds without a symbol."""
    if kind in {"roads", "scenes"}:
        return ""
    return str(symbol_keys(kind, row.to_frame().T).iloc[0])


def _facts(kind: str, row: pd.Series) -> list[tuple[str, str]]:
    """Label and text of each filled field, in the card's order."""
    made = {
        "date": "" if kind in {"sites", "posts", "roads", "scenes"} else date_words(row),
        "objects": _objects(row),
        "area": square_metres(row["area_m2"]) if "area_m2" in row else "",
        "distance": metres(row["distance_m"]) if "distance_m" in row else "",
        "object_classes": str(row.get("object_classes", "")).replace("|", ", "),
        "alt_names": str(row.get("alt_names", "")).replace("|", ", "),
        "bands": str(row.get("bands", "")).replace("|", " "),
        "sensors": str(row.get("sensors", "")).replace("|", ", "),
        "method": METHOD_WORDS.get(str(row.get("method", "")), ""),
        "placebo_rate": _percent(row.get("placebo_rate")),
        "last_clear_on": ""
        if pd.isna(row.get("last_clear_on"))
        else f"{pd.Timestamp(row['last_clear_on']):%Y-%m-%d}",
        "position": _position(row),
        "sensitivity": "" if row.get("sensitivity") in {None, "none"} else str(row["sensitivity"]),
    }
    texts = ((label, made.get(name, _text(row.get(name)))) for name, label in _LABELS.items())
    return [(label, text) for label, text in texts if text]


def _text(value: object) -> str:
    """A cell as text; missing values are empty."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%d %H:%M}"
    return str(value)


def _percent(share: float | None) -> str:
    """A share from 0 to 1 in per cent; empty where it is not known."""
    return "" if share is None or pd.isna(share) else f"{100 * share:.3g} %"


def _objects(row: pd.Series) -> str:
    """The count as reported with its qualifier, never as a sum."""
    count = row.get("object_count")
    if count is None or pd.isna(count):
        return ""
    return f"{row['count_qualifier']} {int(count):,}".strip()


def _position(row: pd.Series) -> str:
    """Longitude and latitude to the digits that the precision carries, or the cell."""
    geometry = row.get("geometry")
    if geometry is None or geometry.is_empty:
        return "no point known"
    if row.get("generalised", False):
        west, south, east, north = geometry.bounds
        return f"cell {south:g} to {north:g} N, {west:g} to {east:g} E"
    if geometry.geom_type != "Point":
        return ""
    digits = {"exact": 5, "vicinity": 3, "town": 2}.get(str(row["precision"]), 1)
    return f"{geometry.y:.{digits}f} N, {geometry.x:.{digits}f} E"


def _badges(row: pd.Series) -> str:
    """Marking, grade, precision, kind of publisher and, where due, SIMULATED."""
    badges = [marking_badge(row["marking"])]
    if row["simulated"]:
        badges.append("<span class='badge simulated'>SIMULATED</span>")
    told = [f"Grade {grade_words(row['grade'])}", f"Precision {precision_words(row['precision'])}"]
    if row["source_class"]:
        told.append(f"Source class {row['source_class']}")
    badges += [f"<span class='badge'>{safe_html(text)}</span>" for text in told]
    return "".join(badges)


def _source(row: pd.Series) -> str:
    """The source in words and as links; links of any other scheme stay text."""
    words = safe_html(row["source"] or "not stated")
    links = []
    for url in str(row["source_url"]).split(" ; "):
        link = safe_link(url)
        shown = safe_html(url)
        if link:
            opened = (
                f"<a href='{safe_html(link)}' target='_blank' rel='noopener noreferrer'>{shown}</a>"
            )
            links.append(opened)
        elif url.strip():
            links.append(shown)
    licence = f"<dt>Licence</dt><dd>{safe_html(row['licence'])}</dd>" if row["licence"] else ""
    return f"<dt>Source</dt><dd dir='auto'>{'<br>'.join([words, *links])}</dd>{licence}"
