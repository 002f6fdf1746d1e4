"""Lamassu's emblem: an eight-pointed star in a gateway."""

from __future__ import annotations

from layers.style import OUTLINES


def emblem_svg(*, with_name: bool = False) -> str:
    """The emblem as an SVG picture, alone or with the name beside it; needs no font file.

    The name is as long in whatever serif letters a machine has, so that none is cut off.
    """
    points = " ".join(f"{32 + 13.5 * x:.2f},{33 - 13.5 * y:.2f}" for x, y in OUTLINES["burst"])
    gate = "M8 60V26C8 11 19 4 32 4s24 7 24 22v34H46V28c0-9-6-13.5-14-13.5S18 19 18 28v32z"
    word = (
        "<text x='74' y='45' font-family='Georgia,\"Times New Roman\",serif' font-size='36' "
        "textLength='150' lengthAdjust='spacingAndGlyphs' fill='#2f8aa9'>Lamassu</text>"
        if with_name
        else ""
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {232 if with_name else 64} 64'>"
        f"<path d='{gate}' fill='#1f6f8b'/><polygon points='{points}' fill='#e69f00'/>{word}</svg>"
    )
