"""Photographs of objects: made anew from their pixels alone, in a process of its own.

The original is never shown: a camera writes into it where and when and by whom it was taken, and it
may hold anything else. What is shown is drawn from its pixels and holds nothing but pixels.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import UnreadableFile
from geo.sources.confined.limits import FileLimits

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN_NAME = "shown.jpg"
"""The picture made anew, in the folder that the child was given."""

LONGEST_SIDE = 1600
"""Columns or rows of a shown picture, whichever are more; a smaller picture keeps its size."""

SHOWN_BYTES = 8_000_000
"""A JPEG of that size is smaller than this by far."""

ACCEPTED = "a photograph as JPEG, PNG, TIFF or WebP"

_MAGIC = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "TIFF": re.compile(rb"II\x2a\x00|MM\x00\x2a"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
"""First bytes of the formats that are taken, by their names in Pillow."""

_GPS = 0x8825
"""Exif's tag of the place (Exif 2.32, 4.6.3)."""

_CAMERA = (0x8769, _GPS, 0x010F, 0x0110, 0x0132)
"""Tags of the camera's notes, the place, maker, model and time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A photograph as it may be shown."""

    file: Path
    """JPEG without anything but its pixels."""
    width: int
    """Its columns."""
    height: int
    """Its rows."""
    likeness: str
    """Perceptual hash, 16 hexadecimal digits; see `geo.matching.likeness`."""
    notes: tuple[str, ...] = ()
    """What was left in the original."""


def shown_picture(path: Path, folder: Path, *, limits: FileLimits) -> ShownPicture:
    """The photograph at `path`, drawn anew into `folder` by a child process.

    Raises
    ------
    UnreadableFile
        If it is no photograph, is damaged, or needs more than `limits` allow.
    """
    from geo.sources.confined.child import in_child  # noqa: PLC0415 - only where a file is read

    told = in_child("picture", path, folder, options={}, limits=limits)
    return told_picture(told, folder, name=path.name)


def told_picture(told: object, folder: Path, *, name: str) -> ShownPicture:
    """What a child told of a picture, believed only as far as it can be checked.

    Raises
    ------
    UnreadableFile
        If it told something else than it should, or drew no JPEG.
    """
    file = folder / SHOWN_NAME
    likeness = told.get("likeness") if isinstance(told, Mapping) else None
    if (
        not isinstance(told, Mapping)
        or not all(isinstance(told.get(side), int) for side in ("width", "height"))
        or not all(0 < told[side] <= LONGEST_SIDE for side in ("width", "height"))
        or not isinstance(likeness, str)
        or not re.fullmatch("[0-9a-f]{16}", likeness)
        or not _is_jpeg(file)
    ):
        raise _refused(name, "the process that read it gave no picture")
    return ShownPicture(
        file=file,
        width=told["width"],
        height=told["height"],
        likeness=likeness,
        notes=tuple(str(note)[:300] for note in told.get("notes", ()))[:10],
    )


def read(path: Path, folder: Path, *, limits: FileLimits) -> dict[str, Any]:
    """Draw the photograph at `path` anew as `SHOWN_NAME` in `folder`, and tell of it; for a child.

    The first picture of several is taken. Its orientation is applied, its colours are made sRGB,
    what is transparent becomes white.

    Raises
    ------
    UnreadableFile
        If it is no photograph of a known format, has more pixels than `limits` allow, or is
        damaged.
    """
    from imagehash import phash  # noqa: PLC0415 - slow, and only for a child
    from PIL import Image  # noqa: PLC0415

    form = _form(path)
    most_before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = limits.pixels
    try:
        # What the decoder warns of is either an error as well or does not touch the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=[form]) as opened:
            if opened.width * opened.height > limits.pixels:
                raise _too_large(path, opened.size, limits)
            notes = _left_behind(opened)
            drawn = _drawn(opened)
    except Image.DecompressionBombError as err:
        raise _too_large(path, None, limits) from err
    except (OSError, ValueError, SyntaxError, EOFError) as err:
        raise _refused(
            path.name, f"its {form} is damaged ({' '.join(str(err).split())[:150]})"
        ) from err
    finally:
        Image.MAX_IMAGE_PIXELS = most_before
    drawn.save(folder / SHOWN_NAME, "JPEG", quality=88, optimize=True)
    return {
        "width": drawn.width,
        "height": drawn.height,
        "likeness": str(phash(drawn)),
        "notes": notes,
    }


def _form(path: Path) -> str:
    """Format of a file by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as err:
        raise _refused(path.name, err.strerror or "it cannot be opened") from err
    for form, magic in _MAGIC.items():
        if magic.match(start):
            return form
    raise _refused(path.name, "its first bytes are of no such format" if start else "it is empty")


def _drawn(opened: Image) -> Image:
    """The pixels alone: upright, RGB, no larger than a page shows, without any metadata."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    # A JPEG can be decoded at a fraction of its size; other formats do nothing here.
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    coloured = _in_srgb(upright)
    # A new image: `save` writes comments and profiles that the old one carries with it.
    fresh = Image.new("RGB", coloured.size, "white")
    clear = coloured.mode in ("RGBA", "LA", "PA") or "transparency" in coloured.info
    if clear:
        coloured = coloured.convert("RGBA")
        fresh.paste(coloured, mask=coloured.getchannel("A"))
    else:
        fresh.paste(coloured.convert("RGB"))
    return fresh


def _in_srgb(image: Image) -> Image:
    """The picture with its colours as its profile means them, and grey values within 0 to 255."""
    from PIL import Image, ImageCms  # noqa: PLC0415

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        import numpy as np  # noqa: PLC0415

        grey = np.nan_to_num(np.asarray(image, dtype=np.float64))
        span = float(grey.max() - grey.min()) or 1.0
        return Image.fromarray(((grey - grey.min()) * (255 / span)).astype(np.uint8))
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(
            image, meant, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image  # a broken profile says nothing of the colours
    return turned or image


def _left_behind(opened: Image) -> list[str]:
    """What the original holds besides the picture that is shown."""
    notes = []
    frames = getattr(opened, "n_frames", 1)
    if frames > 1:
        notes.append(f"the first of {frames} pictures in the file is shown")
    exif = opened.getexif()
    if any(tag in exif for tag in _CAMERA):
        place = " and the place" if exif.get_ifd(_GPS) else ""
        notes.append(f"the original holds notes of the camera{place}; they stay in it")
    if max(opened.size) > LONGEST_SIDE:
        notes.append(f"shown smaller than its {opened.width} x {opened.height} pixels")
    return notes


def _is_jpeg(file: Path) -> bool:
    """Whether the child's file is a JPEG of a likely size."""
    if file.is_symlink() or not file.is_file() or file.stat().st_size > SHOWN_BYTES:
        return False
    with file.open("rb") as opened:
        return _MAGIC["JPEG"].match(opened.read(12)) is not None


def _too_large(path: Path, size: tuple[int, int] | None, limits: FileLimits) -> UnreadableFile:
    told = f"{size[0]} x {size[1]} pixels" if size else "too many pixels"
    return UnreadableFile(
        f"{path.name} has {told}",
        expected=f"a photograph of at most {limits.pixels:,} pixels",
        remedy="save it smaller",
    )


def _refused(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} cannot be read as a photograph: {why}",
        expected=ACCEPTED,
        remedy="save it again as one of these from a program that shows it",
    )
