"""The number that Sentinel-2 products carry on top of reflectance since January 2022.

From processing baseline 04.00 on, a level 1C or 2A product stores reflectance times 10 000 plus
1 000 (ESA, "Sentinel-2 Products Specification Document" 14.9, RADIO_ADD_OFFSET and
BOA_ADD_OFFSET of -1000). Two dates on either side of it differ by 1 000 though nothing changed.
Some archives have taken it off already, and say so; it must not be taken off twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST_BASELINE = 4.0
"""Processing baseline from which on products carry the number."""

SINCE = -1000.0
"""What is added to the stored numbers of such a product."""

OFFSET_TAGS = ("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET")
"""Tags that hold the number itself, one for all bands or a list of one for each."""

BASELINE_TAGS = ("PROCESSING_BASELINE", "S2_PROCESSING_BASELINE", "LAMASSU_PROCESSING_BASELINE")
"""Tags that hold the processing baseline, such as ``05.09``."""

APPLIED_TAGS = (
    "OFFSET_APPLIED", "BOA_OFFSET_APPLIED", "EARTHSEARCH_BOA_OFFSET_APPLIED",
    "EARTHSEARCH:BOA_OFFSET_APPLIED", "LAMASSU_OFFSET_APPLIED",
)  # fmt: skip
"""Tags that say whether it was taken off already."""

PRODUCT_NAME = re.compile(r"S2[A-D]_MSIL[12][AC]_\d{8}T\d{6}_N(\d\d)(\d\d)_")
"""A product's own name, with its processing baseline."""

YES = frozenset({"YES", "TRUE", "1", "Y", "ON"})
"""Words of those tags that say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """What is added to the stored numbers of a file to make them proportional to reflectance."""

    value: float
    """Added to every number but codes; 0 if nothing is due."""
    why: str
    """How that is known, in words; empty for a file that is of no such product."""


NONE = Offset(value=0.0, why="")
"""Of a file that says nothing of Sentinel-2."""


def offset_of(
    tags: Mapping[str, str], *, name: str, dtype: str, declared: Sequence[float]
) -> Offset:
    """What is due to a file by what it says of itself.

    Parameters
    ----------
    tags : mapping
        The file's tags, their names in capitals.
    name : str
        The file's name.
    dtype : str
        Type of the stored numbers; those of real numbers are reflectance already.
    declared : sequence of float
        The offsets that the file declares for its bands; those are applied at any rate.
    """
    baseline, stated = _baseline(tags, name), _stated(tags)
    if baseline is None and stated is None:
        return NONE
    told = next((tags[tag] for tag in APPLIED_TAGS if tags.get(tag, "").strip()), "")
    not_due = (
        (told.strip().upper() in YES, "taken off already, by the file's own word"),
        (any(declared), "declared as an offset of the bands, and applied as such"),
        (not dtype.startswith(("uint", "int")), "real numbers are taken for reflectance"),
    )
    for so, why in not_due:
        if so:
            return Offset(value=0.0, why=why)
    if stated is not None:
        return Offset(value=stated, why="stated by the file")
    carries = baseline is not None and baseline >= FIRST_BASELINE
    return Offset(value=SINCE if carries else 0.0, why=f"processing baseline {baseline:05.2f}")


def _baseline(tags: Mapping[str, str], name: str) -> float | None:
    """The processing baseline by a tag, or by the name of the product or the file."""
    for tag in BASELINE_TAGS:
        if match := re.fullmatch(r"N?(\d\d?)\.?(\d\d)", tags.get(tag, "").strip().upper()):
            return int(match[1]) + int(match[2]) / 100
    for text in (tags.get("PRODUCT_URI", ""), name):
        if match := PRODUCT_NAME.match(text):
            return int(match[1]) + int(match[2]) / 100
    return None


def _stated(tags: Mapping[str, str]) -> float | None:
    """The number itself, if a tag states one that is the same for all bands."""
    for tag in OFFSET_TAGS:
        for text in (tags.get(tag, ""), tags.get(f"{tag}_VALUES_LIST", "")):
            try:
                numbers = {float(part) for part in text.replace(",", " ").split()}
            except ValueError:
                continue
            if len(numbers) == 1 and -10_000 <= (number := numbers.pop()) <= 0:
                return number
    return None
