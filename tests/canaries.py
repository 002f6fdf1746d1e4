"""Canaries: made-up places that stand nowhere else, and a search for them in whatever went out.

`hits` unpacks what it is given (archives, PDF streams, base64, hexadecimal, escapes) and looks for
each canary's word and for its place as a reader or a program would write it: decimal degrees to
three places or more, degrees and minutes, Web Mercator, UTM, MGRS, geohash, and binary numbers as
WKB and Arrow hold them. Both numbers of a place near each other are a hit from three decimals on;
one of them alone is a hit if it is given so well that chance is no explanation.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import mgrs
import numpy as np
import pyproj

NEAR_CHARACTERS, NEAR_BYTES = 400, 64
"""Within which two numbers are taken for one place: a table's row, a geometry in binary."""

PAIR_DEG, PAIR_M = 0.001, 110.0
"""How near a number must come to be one of a pair: three decimals, rounded or cut off."""

DEEPEST = 6
"""Packings within packings that are opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A made-up place with a made-up word."""

    word: str
    """Lower-case letters that stand in no other text."""
    lonlat: tuple[float, float]
    """The place in degrees, with more decimals than anything else has."""


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """Something of a canary that was found."""

    word: str
    """Whose."""
    form: str
    """``word``, or how the place was written."""


def hits(content: bytes | str, canaries: Iterable[Canary]) -> set[Hit]:
    """Everything of these canaries that `content` gives away."""
    birds = tuple(canaries)
    raw = content.encode() if isinstance(content, str) else content
    found: set[Hit] = set()
    for part in unpacked(raw):
        found |= _in_binary(part, birds)
        for text in _texts(part):
            found |= _in_text(text, birds)
    return found


def unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """`content`, and whatever is packed in it."""
    yield content
    if depth == DEEPEST:
        return
    for inner in _inner(content):
        yield from unpacked(inner, depth + 1)


_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
_HEXADECIMAL = re.compile(rb"(?<![0-9A-Za-z])(?:[0-9A-F]{2}){16,}|(?:[0-9a-f]{2}){16,}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def _inner(content: bytes) -> Iterator[bytes]:
    """What is packed in some bytes, one step deep."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield "\n".join(archive.namelist()).encode()
            yield from (archive.read(name) for name in archive.namelist())
        return
    if content[:2] == b"\x1f\x8b":
        # Two bytes of a hash may look like the beginning of an archive.
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(content)
            return
    if content[:5] == b"%PDF-":
        for stream in _STREAM.findall(content):
            try:
                yield zlib.decompressobj().decompress(stream)
            except zlib.error:
                continue
        return
    for run in _HEXADECIMAL.findall(content):
        yield binascii.unhexlify(run)
    for run in _ENCODED.findall(content):
        plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        if len(plain) % 4 != 1:
            yield base64.b64decode(plain + b"=" * (-len(plain) % 4))


_DIGITS = str.maketrans(
    {chr(start + n): str(n) for start in (0x660, 0x6F0, 0xFF10) for n in range(10)}
    | {"\u066b": ".", "\uff0e": ".", "\u2212": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def _texts(content: bytes) -> Iterator[str]:
    """The bytes as text, with digits of other scripts as ours, and again without escapes."""
    text = content.decode("utf-8", errors="replace")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", errors="replace")
    text = text.translate(_DIGITS)
    yield text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    plain = urllib.parse.unquote(html.unescape(plain)).translate(_DIGITS)
    if plain != text:
        yield plain


_DECIMAL = re.compile(r"(?<![\d.])-?\d{1,3}[.,](\d{3,})(?:[eE]([-+]?\d+))?")
_SPACE, _END = r"(?:\s*[°º˚d:]\s*|\s+)", r"(?:\s*['′’m:]\s*|\s+)"
_SECONDS = re.compile(
    rf"(?<![\d.,])(?=(\d{{1,3}}){_SPACE}(\d{{1,2}}){_END}(\d{{1,2}}(?:[.,]\d+)?))"
)
_MINUTES = re.compile(rf"(?<![\d.,])(?=(\d{{1,3}}){_SPACE}(\d{{1,2}}[.,]\d+)(?!\d))")
_METRES = re.compile(r"(?<![\d.])\d{6,8}(?:[.,]\d+)?(?![\d])")


def _in_text(text: str, birds: Sequence[Canary]) -> set[Hit]:
    """What a text tells of the canaries."""
    folded = text.casefold()
    found = {Hit(bird.word, "word") for bird in birds if bird.word in folded}
    found |= _in_words(text, folded, birds)
    degrees = list(_DECIMAL.finditer(text))
    shares = [*_SECONDS.finditer(text), *_MINUTES.finditer(text)]
    metres = list(_METRES.finditer(text))
    values = np.array([_number(one[0]) for one in degrees])
    decimals = np.array([len(one[1]) - int(one[2] or 0) for one in degrees])
    found |= _lone(values, decimals, birds)
    apart = NEAR_CHARACTERS
    found |= _pairs(values, _starts(degrees), birds, "decimal", apart)
    in_degrees = np.array(
        [sum(_number(part) / 60**n for n, part in enumerate(one.groups())) for one in shares]
    )
    found |= _pairs(in_degrees, _starts(shares), birds, "DMS", apart)
    values = np.array([_number(one[0]) for one in metres])
    for form in ("Mercator", "UTM"):
        found |= _pairs(values, _starts(metres), birds, form, apart)
    return found


def _number(text: str) -> float:
    """A number whichever sign it has before its decimals."""
    return float(text.replace(",", "."))


def _starts(found: Iterable[re.Match[str]]) -> np.ndarray:
    """Where each begins."""
    return np.array([one.start() for one in found])


def _in_binary(content: bytes, birds: Sequence[Canary]) -> set[Hit]:
    """What numbers in binary tell of the canaries, wherever they begin and whichever end first."""
    found: set[Hit] = set()
    for dtype, start in ((f"{order}f{size}", at) for order in "<>" for size in (4, 8)
                         for at in range(size)):  # fmt: skip
        size = int(dtype[2])
        usable = max(0, (len(content) - start) // size)
        values = np.frombuffer(content[start : start + usable * size], dtype)
        # Signalling NaNs among bytes that are no numbers are no fault.
        with np.errstate(invalid="ignore"):
            sensible = np.flatnonzero((values > 1) & (values < 2e7))
        kept = values[sensible].astype(float)
        for form in ("decimal", "Mercator"):
            pairs = _pairs(kept, sensible * size, birds, form, NEAR_BYTES)
            found |= {Hit(hit.word, f"binary {form}") for hit in pairs}
        if size == 8 and birds:
            alone = np.isin(_wanted(tuple(birds), "decimal"), kept).any(axis=1)
            found |= {Hit(birds[at].word, "binary alone") for at in np.flatnonzero(alone)}
    return found


def _pairs(
    values: np.ndarray, places: np.ndarray, birds: Sequence[Canary], form: str, /, apart: int
) -> set[Hit]:
    """Canaries of which both numbers stand near each other among `values` at `places`."""
    if len(values) < 2 or not birds:
        return set()
    near = PAIR_DEG if form in ("decimal", "DMS") else PAIR_M
    order = np.argsort(values)
    ranked = values[order]
    wanted = _wanted(tuple(birds), form)
    low, high = np.searchsorted(ranked, wanted - near), np.searchsorted(ranked, wanted + near)
    found: set[Hit] = set()
    for at in np.flatnonzero((low < high).all(axis=1)):
        first, second = (places[order[low[at, n] : high[at, n]]] for n in (0, 1))
        if (np.abs(first[:, None] - second) <= apart).any():
            found.add(Hit(birds[at].word, form))
    return found


def _lone(values: np.ndarray, decimals: np.ndarray, birds: Sequence[Canary]) -> set[Hit]:
    """Canaries of which one number stands there to five decimals or more, rounded or cut off."""
    good = decimals >= 5  # real places share four
    values, digits = values[good], np.minimum(decimals[good], 12)
    if not len(values) or not birds:
        return set()
    wanted = np.array([bird.lonlat for bird in birds]).ravel()
    order = np.argsort(wanted)
    ranked = wanted[order]
    # A number that was cut off is less than it was by up to one of its last digit.
    step = 10.0**-digits
    low = np.searchsorted(ranked, values - 0.501 * step)
    high = np.searchsorted(ranked, values + 1.001 * step)
    return {
        Hit(birds[order[at] // 2].word, "decimal alone")
        for first, last in zip(low, high, strict=True)
        for at in range(first, last)
    }


@cache
def _wanted(birds: tuple[Canary, ...], form: str) -> np.ndarray:
    """The two numbers of each canary's place in a form; shape (canaries, 2)."""
    return np.array([_numbers(bird)[form] for bird in birds])


@cache
def _numbers(bird: Canary) -> dict[str, tuple[float, float]]:
    """The two numbers of a place in each form that has two."""
    lon, lat = bird.lonlat
    zone = int((lon + 180) // 6) + 1
    return {
        "decimal": (lon, lat),
        "DMS": (lon, lat),
        "Mercator": _projected("EPSG:3857", lon, lat),
        "UTM": _projected(f"EPSG:{32600 + zone}", lon, lat),
    }


def _projected(crs: str, lon: float, lat: float) -> tuple[float, float]:
    """Metres east and north."""
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return float(x), float(y)


_GRID = re.compile(r"(\d{1,2}[C-X])\s?([A-Z]{2})\s?(\d{3,5})\s?(\d{3,5})(?!\d)", re.IGNORECASE)


def _in_words(text: str, folded: str, birds: Sequence[Canary]) -> set[Hit]:
    """Canaries whose place stands in one word: MGRS to 100 m, geohash of seven letters or more."""
    found = {Hit(bird.word, "geohash") for bird in birds if _geohash(bird) in folded}
    grids = [_even(*match.groups()) for match in _GRID.finditer(text)]
    for bird in birds if grids else ():
        square, east, north = _grid(bird)
        if any(
            square == zone and len(x) >= 3 and east.startswith(x) and north.startswith(y)
            for zone, x, y in grids
        ):
            found.add(Hit(bird.word, "MGRS"))
    return found


def _even(zone: str, square: str, first: str, second: str) -> tuple[str, str, str]:
    """A grid reference in its parts, whichever way its digits were set apart."""
    digits = first + second
    half = len(digits) // 2
    return f"{zone}{square}".upper().zfill(5), digits[:half], digits[half : 2 * half]


@cache
def _grid(bird: Canary) -> tuple[str, str, str]:
    """Square, easting and northing of a place in MGRS, to the metre."""
    lon, lat = bird.lonlat
    grid = mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=5)
    return grid[:-10].zfill(5), grid[-10:-5], grid[-5:]


@cache
def _geohash(bird: Canary) -> str:
    """The geohash of a place to about 150 m."""
    return geohash(*bird.lonlat, 7)


def geohash(lon: float, lat: float, letters: int) -> str:
    """The geohash of a place: halves of the Earth in turn, five bits a letter (G. Niemeyer)."""
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for turn in range(5 * letters):
        span, value = spans[turn % 2], (lon, lat)[turn % 2]
        middle = sum(span) / 2
        bits = bits * 2 + (value >= middle)
        span[value < middle] = middle
    alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
    return "".join(alphabet[bits >> 5 * n & 31] for n in reversed(range(letters)))
