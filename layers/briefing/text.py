"""Text on paper: made printable, measured, wrapped and cut, before anything is drawn."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from threading import Lock

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags

MM_PER_POINT = 25.4 / 72
SMALLEST_PT = 6.5
LEADING = 1.36
"""Distance of two baselines, as a multiple of the size."""
ELLIPSIS = "…"

_FACES = {
    "regular": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
}
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: the only invisible letters that Arabic spelling needs."""
_MEASURED_AT_PT = 100
_LOCK = Lock()


def _path(weight: str) -> Path:
    """The font's file, as matplotlib ships it."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / _FACES[weight]


@lru_cache(maxsize=3)
def font(weight: str) -> FontProperties:
    """DejaVu Sans in the weight ``regular``, ``bold`` or ``italic``."""
    return FontProperties(fname=str(_path(weight)))


@lru_cache(maxsize=3)
def _face(weight: str) -> FT2Font:
    """A face of our own to measure with; the renderer keeps another."""
    face = FT2Font(str(_path(weight)))
    face.set_size(_MEASURED_AT_PT, 72)
    return face


@lru_cache(maxsize=4096)
def _advance(letter: str, weight: str) -> float:
    """Width of one letter as a multiple of the size; 0 for a mark, which sits on its letter."""
    if unicodedata.combining(letter) or letter in _JOINERS:
        return 0.0
    with _LOCK:  # a face is not safe to share between threads
        glyph = _face(weight).load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _MEASURED_AT_PT


@lru_cache(maxsize=4096)
def _printable(letter: str) -> str:
    """The letter itself, a space for a break or a control, or the sign for a missing glyph."""
    if letter in _JOINERS:
        return letter
    category = unicodedata.category(letter)
    if category in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    if category == "Cf":
        return ""
    with _LOCK:
        # The upright face has the most glyphs; the others must have it too, or a text would
        # change with its weight.
        known = all(_face(weight).get_char_index(ord(letter)) for weight in ("regular", "bold"))
    return letter if known else "\ufffd"


def clean(text: object) -> str:
    """`text` as one line that the font can print: no controls, no invisible or missing letters.

    A letter that the font lacks becomes U+FFFD, so that the reader sees that something stood there.
    """
    composed = unicodedata.normalize("NFC", str(text))
    return " ".join("".join(map(_printable, composed)).split())


@lru_cache(maxsize=1024)
def weight_for(text: str, weight: str) -> str:
    """`weight` itself, or ``regular`` if its font lacks a letter of a clean text, as Arabic."""
    with _LOCK:
        face = _face(weight)
        complete = all(face.get_char_index(ord(letter)) for letter in text)
    return weight if complete else "regular"


def width_mm(text: str, size_pt: float, weight: str = "regular") -> float:
    """Width of a clean text on paper; an upper bound where letters join, as in Arabic."""
    return sum(_advance(letter, weight) for letter in text) * size_pt * MM_PER_POINT


def line_mm(size_pt: float) -> float:
    """Distance of two baselines."""
    return size_pt * LEADING * MM_PER_POINT


def wrap(text: str, limit_mm: float, size_pt: float, weight: str = "regular") -> list[str]:
    """`text` in lines no wider than `limit_mm`; a word that is wider is broken."""
    return list(_wrapped(clean(text), limit_mm, size_pt, weight))


@lru_cache(maxsize=2048)
def _wrapped(text: str, limit_mm: float, size_pt: float, weight: str) -> tuple[str, ...]:
    """The lines of a clean text."""
    lines: list[str] = []
    line, used_mm = "", 0.0
    space_mm = width_mm(" ", size_pt, weight)
    for word in text.split(" "):
        word_mm = width_mm(word, size_pt, weight)
        if line and used_mm + space_mm + word_mm <= limit_mm:
            line, used_mm = f"{line} {word}", used_mm + space_mm + word_mm
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, limit_mm, size_pt, weight)
        lines.extend(full)
        used_mm = width_mm(line, size_pt, weight)
    return (*lines, line) if line else tuple(lines)


def _pieces(word: str, limit_mm: float, size_pt: float, weight: str) -> list[str]:
    """`word` in pieces no wider than `limit_mm`, and at least a letter each."""
    pieces, piece, used_mm = [], "", 0.0
    for letter in word:
        letter_mm = width_mm(letter, size_pt, weight)
        if piece and used_mm + letter_mm > limit_mm:
            pieces.append(piece)
            piece, used_mm = "", 0.0
        piece += letter
        used_mm += letter_mm
    return [*pieces, piece]


def cut(text: str, limit_mm: float, size_pt: float, weight: str = "regular") -> str:
    """`text` itself if it fits, or its beginning with an ellipsis."""
    if width_mm(text, size_pt, weight) <= limit_mm:
        return text
    room_mm = limit_mm - width_mm(ELLIPSIS, size_pt, weight)
    kept, used_mm = "", 0.0
    for letter in text:
        used_mm += width_mm(letter, size_pt, weight)
        if used_mm > room_mm:
            break
        kept += letter
    return kept.rstrip() + ELLIPSIS


def fit(
    text: str, limit_mm: float, size_pt: float, *, lines: int, weight: str = "regular"
) -> list[str]:
    """`text` in at most `lines` lines; what does not fit ends in an ellipsis."""
    if lines < 1:
        return []
    # No letter but a mark is narrower than a fifth of its size; the rest could never be printed.
    most = int(lines * limit_mm / (0.2 * size_pt * MM_PER_POINT)) + 2
    wrapped = wrap(text[:most], limit_mm, size_pt, weight)
    if len(wrapped) <= lines and len(text) <= most:
        return wrapped
    last = wrapped[lines - 1] if len(wrapped) >= lines else wrapped[-1] if wrapped else ""
    kept = wrapped[: min(lines, len(wrapped)) - 1] if wrapped else []
    room_mm = limit_mm - width_mm(ELLIPSIS, size_pt, weight)
    ended = cut(last, room_mm, size_pt, weight).rstrip(f" {ELLIPSIS}") + ELLIPSIS
    return [*kept, ended]
