"""What marks a record to the eye: the labels of TLP 2.0, and the word SIMULATED."""

from __future__ import annotations

from geo.model import Tlp
from layers.style.text import safe_html

SIMULATED = "SIMULATED"
"""The word on everything that is invented."""

TLP_COLOURS: dict[Tlp, str] = {
    Tlp.CLEAR: "#ffffff",
    Tlp.GREEN: "#33ff00",
    Tlp.AMBER: "#ffc000",
    Tlp.AMBER_STRICT: "#ffc000",
    Tlp.RED: "#ff2b2b",
}
"""Text colours on black, by TLP 2.0 (https://www.first.org/tlp/)."""

TLP_RULES: dict[Tlp, str] = {
    Tlp.CLEAR: "no limit on disclosure",
    Tlp.GREEN: "within the community, not by public channels",
    Tlp.AMBER: "own organisation and its clients, need to know",
    Tlp.AMBER_STRICT: "own organisation only, need to know",
    Tlp.RED: "named recipients only",
}
"""Who may be told, by TLP 2.0, in our own words."""


def marking_badge(marking: str) -> str:
    """A TLP 2.0 label in its colour on black, as inert HTML."""
    colour = TLP_COLOURS[Tlp(marking)]
    return (
        f"<span style='background:#000;color:{colour};padding:1px 7px;border-radius:3px;"
        f"font-weight:700;white-space:nowrap'>{safe_html(marking)}</span>"
    )
