"""Names on the map, placed so that none covers another or a symbol that matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from layers.briefing.sheet import Box
from layers.briefing.text import MM_PER_POINT, clean, cut, weight_for, width_mm

LONGEST_MM = 38.0
"""Names are cut to this width."""
LONGEST_LETTERS = 120
"""No more than so many letters of a name are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name that wants a place on the map."""

    text: str
    """The name."""
    x: float
    """Where its symbol is, in millimetres of the sheet."""
    y: float
    """Likewise, downwards."""
    size: float
    """In points."""
    weight: str
    """regular, bold or italic."""
    clearance: float
    """Radius of the symbol in millimetres, which the name keeps off."""
    patience: float = 0.0
    """How much farther off it may stand if there is no room beside the symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A name with its place."""

    name: Name
    """What is written."""
    text: str
    """The name, cut if need be."""
    left: float
    """Where it begins."""
    baseline: float
    """Where it stands."""


def place(names: Iterable[Name], *, frame: Box, taken: Sequence[Box], at_most: int) -> list[Placed]:
    """Names in their order of importance, each at the first of eight places that is free.

    A name without a free place is left out; none leaves the frame.
    """
    occupied = list(taken)
    placed: list[Placed] = []
    for wanted in names:
        if len(placed) >= at_most:
            break
        whole = clean(wanted.text[:LONGEST_LETTERS])
        name = replace(wanted, weight=weight_for(whole, wanted.weight))
        text = cut(whole, LONGEST_MM, name.size, name.weight)
        if not text or any(text == other.text for other in placed):
            continue
        farther = [name.clearance + name.patience * share for share in (0, 0.5, 1)]
        for left, top, wide, high in (
            room for off in dict.fromkeys(farther) for room in _candidates(name, text, off)
        ):
            room = Box(left=left, top=top, width=wide, height=high)
            if _within(room, frame) and not any(overlap(room, other) for other in occupied):
                occupied.append(room)
                baseline = top + 0.78 * high
                placed.append(Placed(name=name, text=text, left=left, baseline=baseline))
                break
    return placed


def _candidates(name: Name, text: str, clearance: float) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of the eight places, the best one first."""
    wide = width_mm(text, name.size, name.weight)
    high = 1.12 * name.size * MM_PER_POINT
    gap = clearance + 0.5
    x, y = name.x, name.y
    right, left, middle = x + gap, x - gap - wide, x - wide / 2
    above, below, level = y - 0.6 * gap - high, y + 0.6 * gap, y - high / 2
    return [
        (right, level, wide, high),
        (right, above, wide, high),
        (right, below, wide, high),
        (left, level, wide, high),
        (middle, y - gap - high, wide, high),
        (middle, y + gap, wide, high),
        (left, above, wide, high),
        (left, below, wide, high),
    ]


def _within(box: Box, frame: Box) -> bool:
    """Whether a box lies in the frame with a little air."""
    return (
        box.left >= frame.left + 1
        and box.right <= frame.right - 1
        and box.top >= frame.top + 1
        and box.bottom <= frame.bottom - 1
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share ground."""
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )
