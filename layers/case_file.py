"""A case as it is read: what happened, where the objects are, their cards and photographs.

Inert HTML for `st.html`, in light, dark and narrow; every text of a record is escaped, and reads
from right to left where it is Arabic. Pictures are data of the page itself, so that no address of a
photograph exists that another person could open.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from layers.style import BLUE, GREEN, GREY, ORANGE, SIMULATED, VERMILION, safe_html

Facts = Sequence[tuple[str, str]]
"""Labels and texts; those without a text are left out."""


class Mark(StrEnum):
    """What a step of the time line is of, as the colour of its dot."""

    SEIZED = ORANGE
    KEPT = GREY
    RETURNED = BLUE
    GONE = VERMILION


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of the time line."""

    day: str
    """When, in words."""
    mark: Mark
    """Colour of its dot."""
    title: str
    """What happened, in a few words."""
    text: str = ""
    """The same in a sentence or two."""
    facts: Facts = ()
    """More of it."""
    source: str = ""
    """Where it is from."""
    simulated: bool = False
    """Whether it is invented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one object, or all others, are now."""

    what: str
    """Which objects."""
    where: str
    """Who holds them, and where, in words."""
    since: str = ""
    """Since when, in words."""
    gaps: tuple[str, ...] = ()
    """Breaks in the chain of custody."""
    gone: bool = False
    """Whether they are lost or destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph as it may be shown."""

    jpeg: bytes
    """JPEG drawn anew from the original; empty where there is none."""
    caption: str
    """What it shows, or why it cannot be seen."""
    detail: str = ""
    """A second line, such as its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The card of one object, by the fields of Object ID."""

    name: str
    """What it is."""
    id: str
    """Its id."""
    facts: Facts
    """Fields of Object ID that are filled."""
    warnings: tuple[str, ...] = ()
    """What an expert should look at, such as a museum's mark."""
    pictures: Sequence[Picture] = field(default_factory=tuple)
    """Its photographs."""
    simulated: bool = False
    """Whether it is invented."""


def isolated(text: object) -> str:
    """A name for a sentence: one from right to left does not turn the sentence round."""
    return f"\u2068{text}\u2069"


def timeline_html(steps: Sequence[Step]) -> str:
    """The steps from top to bottom in the order given."""
    return f"{_STYLE}<ol class='lamassu-steps'>{''.join(map(_step_html, steps))}</ol>"


def places_html(places: Sequence[Place]) -> str:
    """Where the objects are now, with the gaps in their custody."""
    return f"{_STYLE}<div class='lamassu-places'>{''.join(map(_place_html, places))}</div>"


def pieces_html(pieces: Sequence[Piece]) -> str:
    """Cards of objects, as many beside one another as there is room for."""
    return f"{_STYLE}<div class='lamassu-pieces'>{''.join(map(_piece_html, pieces))}</div>"


def pictures_html(pictures: Sequence[Picture]) -> str:
    """Photographs, as many beside one another as there is room for."""
    return f"{_STYLE}<div class='lamassu-pictures'>{''.join(map(_picture_html, pictures))}</div>"


def side_by_side_html(names: tuple[str, str], rows: Sequence[tuple[str, str, str]]) -> str:
    """Two records field by field: label, the one, the other; what both say alike is set apart."""
    body = "".join(
        f"<tr{' class=same' if one and one == other else ''}><th scope='row'>{safe_html(label)}"
        f"</th><td dir='auto'>{safe_html(one)}</td><td dir='auto'>{safe_html(other)}</td></tr>"
        for label, one, other in rows
        if one or other
    )
    heads = "".join(f"<th scope='col' dir='auto'>{safe_html(name)}</th>" for name in names)
    return (
        f"{_STYLE}<table class='lamassu-pair'><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _step_html(step: Step) -> str:
    """One entry of the time line."""
    text = f"<p dir='auto'>{safe_html(step.text)}</p>" if step.text else ""
    source = f"<small dir='auto'>{safe_html(step.source)}</small>" if step.source else ""
    return (
        f"<li><i style='background:{step.mark.value}'></i><time>{safe_html(step.day)}</time>"
        f"<h5>{safe_html(step.title)}{_simulated(step.simulated)}</h5>"
        f"{text}{_facts_html(step.facts)}{source}</li>"
    )


def _place_html(place: Place) -> str:
    """Where one object is."""
    colour = VERMILION if place.gone else GREEN
    gaps = "".join(f"<p class='gap'>Gap in the chain: {safe_html(gap)}</p>" for gap in place.gaps)
    since = f"<small dir='auto'>{safe_html(place.since)}</small>" if place.since else ""
    return (
        f"<section style='border-inline-start-color:{colour}'>"
        f"<small>{safe_html(place.what)}</small>"
        f"<p class='where'>{safe_html(place.where)}</p>{since}{gaps}</section>"
    )


def _piece_html(piece: Piece) -> str:
    """The card of one object."""
    warnings = "".join(f"<p class='look'>{safe_html(told)}</p>" for told in piece.warnings)
    return (
        f"<article>{''.join(map(_picture_html, piece.pictures))}<header>"
        f"<small>{safe_html(piece.id)}</small>"
        f"<h5 dir='auto'>{safe_html(piece.name)}{_simulated(piece.simulated)}</h5></header>"
        f"{warnings}{_facts_html(piece.facts)}</article>"
    )


def _picture_html(picture: Picture) -> str:
    """One photograph with its caption."""
    caption = safe_html(picture.caption)
    if picture.jpeg:
        data = base64.b64encode(picture.jpeg).decode()
        shown = f'<img alt="{caption}" src="data:image/jpeg;base64,{data}">'
    else:
        shown = "<div class='none'>no picture</div>"
    detail = f"<small dir='ltr'>{safe_html(picture.detail)}</small>" if picture.detail else ""
    words = f"<figcaption dir='auto'>{caption}{detail}</figcaption>" if caption or detail else ""
    return f"<figure>{shown}{words}</figure>"


def _facts_html(facts: Facts) -> str:
    """Labels and texts as a list."""
    rows = "".join(
        f"<dt>{safe_html(label)}</dt><dd dir='auto'>{safe_html(text)}</dd>"
        for label, text in facts
        if text
    )
    return f"<dl>{rows}</dl>" if rows else ""


def _simulated(invented: bool) -> str:
    """The word on everything that is invented."""
    return f"<b class='simulated'>{SIMULATED}</b>" if invented else ""


_STYLE = """<style>
.lamassu-steps,.lamassu-places,.lamassu-pieces,.lamassu-pictures,.lamassu-pair{
  font-size:.9rem;line-height:1.45}
.lamassu-steps.lamassu-steps{list-style:none;margin:.2rem 0 0;padding:0}
.lamassu-steps h5,.lamassu-steps dd,.lamassu-steps small,.lamassu-pieces h5,.lamassu-pieces dd,
.lamassu-places .where,.lamassu-places small,.lamassu-pictures figcaption,
.lamassu-pieces figcaption{text-align:left}
.lamassu-steps li{position:relative;margin:0;padding:0 0 1.15rem 1.6rem;font-size:inherit}
.lamassu-steps li::before{content:"";position:absolute;inset-inline-start:.37rem;top:.9rem;
  bottom:-.35rem;width:2px;background:currentColor;opacity:.18}
.lamassu-steps li:last-child::before{display:none}
.lamassu-steps i{position:absolute;inset-inline-start:0;top:.3rem;width:.85rem;height:.85rem;
  border-radius:50%;box-shadow:0 0 0 2px rgba(128,128,128,.25)}
.lamassu-steps time{font-variant-numeric:tabular-nums;opacity:.75;font-size:.84rem}
.lamassu-steps h5,.lamassu-pieces h5{margin:0;padding:0;font-size:1rem;line-height:1.3;
  font-weight:600;overflow-wrap:anywhere}
.lamassu-steps p{margin:.2rem 0;font-size:inherit;overflow-wrap:anywhere}
.lamassu-steps small,.lamassu-places small,.lamassu-pieces small,.lamassu-pictures small{
  display:block;opacity:.7;font-size:.78rem;overflow-wrap:anywhere}
.lamassu-steps dl,.lamassu-pieces dl{display:grid;grid-template-columns:minmax(6rem,30%) 1fr;
  gap:.1rem .7rem;margin:.3rem 0;padding:0}
.lamassu-steps dt,.lamassu-steps dd,.lamassu-pieces dt,.lamassu-pieces dd{margin:0;padding:0;
  font-size:.85rem;overflow-wrap:anywhere;font-weight:400;min-width:0}
.lamassu-steps dt,.lamassu-pieces dt{opacity:.7}
.lamassu-places{display:grid;gap:.6rem}
.lamassu-places section{border-inline-start:4px solid;padding:.15rem .8rem}
.lamassu-places .where{margin:0;font-size:1.05rem;font-weight:600;overflow-wrap:anywhere}
.lamassu-places .gap,.lamassu-pieces .look{margin:.35rem 0 0;padding:.3rem .6rem;font-size:.85rem;
  background:rgba(230,159,0,.2);border-radius:4px;overflow-wrap:anywhere}
.lamassu-pieces{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),1fr));
  gap:.9rem;align-items:start}
.lamassu-pieces article{border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:.8rem;
  min-width:0;overflow:hidden}
.lamassu-pieces article figure{margin:-.8rem -.8rem .6rem}
.lamassu-pieces article figcaption{padding:.2rem .8rem 0}
.lamassu-pictures{display:grid;gap:.9rem;
  grid-template-columns:repeat(auto-fill,minmax(min(14rem,100%),1fr))}
.lamassu-pictures figure{margin:0;min-width:0}
.lamassu-pictures img,.lamassu-pieces img{display:block;width:100%;height:15rem;object-fit:contain;
  background:rgba(128,128,128,.14);border-radius:4px}
.lamassu-pictures figcaption,.lamassu-pieces figcaption{font-size:.85rem;overflow-wrap:anywhere}
.lamassu-pictures .none,.lamassu-pieces .none{display:grid;place-items:center;height:7rem;
  background:rgba(128,128,128,.14);border-radius:4px;opacity:.7}
.lamassu-pair{border-collapse:collapse;width:100%;table-layout:fixed}
.lamassu-pair th,.lamassu-pair td{padding:.25rem .5rem;border:0;vertical-align:top;font-size:.85rem;
  border-bottom:1px solid rgba(128,128,128,.25);text-align:start;overflow-wrap:anywhere}
.lamassu-pair thead td,.lamassu-pair tbody th{width:5.8rem;overflow-wrap:normal}
.lamassu-pair thead th{font-weight:600}
.lamassu-pair tbody th{font-weight:400;opacity:.72}
.lamassu-pair .same td{background:rgba(0,158,115,.16)}
.lamassu-steps .simulated,.lamassu-pieces .simulated{background:#b3261e;color:#fff;
  border-radius:3px;padding:0 6px;margin-inline-start:.5rem;font-size:.72rem;white-space:nowrap}
</style>"""
