"""Photographs drawn anew, and files that only look like them."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from geo.errors import UnreadableFile
from geo.matching.likeness import difference
from geo.sources.confined.limits import BROWSER
from geo.sources.pictures import (
    LONGEST_SIDE,
    SHOWN_NAME,
    ShownPicture,
    read,
    shown_picture,
    told_picture,
)
from tests.case_records import picture

SECRET = b"SECRET-36.1234-43.5678"
"""What a camera might write into a file."""


def shown(path: Path, folder: Path) -> ShownPicture:
    """The picture as this process draws it."""
    return told_picture(read(path, folder, limits=BROWSER), folder, name=path.name)


@pytest.mark.parametrize("form", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_each_format_is_drawn_anew(tmp_path: Path, form: str):
    """As a JPEG of the same picture, whatever the name says."""
    made = shown(picture(tmp_path / form).rename(tmp_path / "name.without"), tmp_path)
    assert (made.width, made.height) == (900, 600)
    with Image.open(made.file) as drawn:
        assert drawn.format == "JPEG"
        assert drawn.size == (900, 600)
    reference = shown(picture(tmp_path / "reference.png"), tmp_path)
    assert difference(made.likeness, reference.likeness) <= 4


def test_a_child_draws_it_as_this_process_does(tmp_path: Path):
    """The same size and hash, and a refusal comes out as itself."""
    path = picture(tmp_path / "a.jpg")
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    by_child = shown_picture(path, outside, limits=BROWSER)
    here = shown(path, inside)
    assert dataclasses.replace(by_child, file=here.file) == here
    wrong = tmp_path / "b.jpg"
    wrong.write_bytes(b"GIF89a" + bytes(40))
    empty = tmp_path / "c"
    empty.mkdir()
    with pytest.raises(UnreadableFile, match="JPEG, PNG, TIFF or WebP"):
        shown_picture(wrong, empty, limits=BROWSER)


def with_metadata(path: Path) -> Path:
    """A picture turned by its orientation, with a place, a comment, a profile and XMP."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0x9286] = SECRET
    return picture(path, exif=exif.tobytes(), comment=SECRET, xmp=b"<x>" + SECRET + b"</x>")


def test_nothing_but_pixels_is_shown(tmp_path: Path):
    """No place, maker, comment or profile is left, and the orientation is applied."""
    path = with_metadata(tmp_path / "a.jpg")
    assert path.read_bytes().count(SECRET) >= 3
    made = shown(path, tmp_path)
    data = made.file.read_bytes()
    assert SECRET not in data
    assert b"Exif" not in data
    assert (made.width, made.height) == (600, 900)
    assert made.notes == ("the original holds notes of the camera and the place; they stay in it",)
    with Image.open(made.file) as drawn:
        assert not drawn.getexif()
        assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_words_in_a_png_are_not_shown(tmp_path: Path):
    """Its text chunks stay in the original."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    made = shown(picture(tmp_path / "a.png", pnginfo=words), tmp_path)
    assert SECRET not in made.file.read_bytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr"])
def test_pictures_of_every_mode_are_drawn(tmp_path: Path, mode: str):
    """Grey, with transparency, for print, of sixteen bits."""
    grey = np.linspace(0, 60_000, 64 * 48).reshape(48, 64)
    if mode in ("I;16", "I", "F"):
        dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray(grey.astype(dtype))
    else:
        image = Image.fromarray((grey / 256).astype(np.uint8)).convert("RGB").convert(mode)
    path = tmp_path / "a.tif"
    image.save(path)
    made = shown(path, tmp_path)
    with Image.open(made.file) as drawn:
        assert drawn.mode == "RGB"
        dark, light = drawn.getpixel((1, 1)), drawn.getpixel((62, 46))
    assert sum(light) > sum(dark) + 200


def test_what_is_transparent_becomes_white(tmp_path: Path):
    """Its hidden colours are not shown."""
    image = Image.new("RGBA", (60, 60), (255, 0, 0, 0))
    image.save(tmp_path / "a.png")
    made = shown(tmp_path / "a.png", tmp_path)
    with Image.open(made.file) as drawn:
        assert drawn.getpixel((30, 30)) == (255, 255, 255)


def test_a_large_picture_is_shown_smaller(tmp_path: Path):
    """Its longer side is the page's, its shape stays; a tiny one keeps its size."""
    made = shown(picture(tmp_path / "a.jpg", size=(4_000, 2_000)), tmp_path)
    assert (made.width, made.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert made.notes == ("shown smaller than its 4000 x 2000 pixels",)
    tiny = shown(picture(tmp_path / "b.png", size=(1, 1)), tmp_path)
    assert (tiny.width, tiny.height) == (1, 1)


def test_the_first_of_several_pictures_is_shown(tmp_path: Path):
    """And a note says so."""
    pages = [Image.new("L", (30, 20), n) for n in (10, 200)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    made = shown(tmp_path / "a.tif", tmp_path)
    assert made.notes == ("the first of 2 pictures in the file is shown",)


def flood_png(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it has side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def saved(form: str, **options: object) -> bytes:
    """A picture as bytes."""
    held = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(held, form, **options)
    return held.getvalue()


REFUSED = {
    "empty": b"",
    "one byte": b"\xff",
    "only magic": b"\xff\xd8\xff",
    "only magic of a PNG": b"\x89PNG\r\n\x1a\n",
    "only magic of a TIFF": b"II\x2a\x00",
    "only magic of a WebP": b"RIFF\x10\x00\x00\x00WEBP",
    "text": b"a photograph of a tablet",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n",
    "GIF": saved("GIF"),
    "BMP": saved("BMP"),
    "ICO": saved("ICO"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "JPEG 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(50),
    "zip": b"PK\x03\x04" + bytes(40),
    "VRT": b"<VRTDataset rasterXSize='1' rasterYSize='1'/>",
    "cut JPEG": saved("JPEG")[:300],
    "cut PNG": saved("PNG")[:60],
    "cut TIFF": saved("TIFF")[:200],
    "cut WebP": saved("WEBP")[:40],
    "a flood of pixels": flood_png(60_000),
    "a larger flood": flood_png(2_000_000_000),
    "too few pixels": flood_png(2_000),
    "a TIFF that leads in a circle": b"II\x2a\x00\x08\x00\x00\x00" + b"\x00\x00\x08\x00\x00\x00",
    "a TIFF that points outside": b"II\x2a\x00\xff\xff\xff\x7f",
    "a big TIFF": b"II\x2b\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_photograph_is_refused(tmp_path: Path, name: str):
    """In one line, with what is taken instead; nothing is drawn."""
    path = tmp_path / "a.jpg"
    path.write_bytes(REFUSED[name])
    with pytest.raises(UnreadableFile, match=r"a\.jpg .*expected a photograph"):
        read(path, tmp_path, limits=BROWSER)
    assert not (tmp_path / SHOWN_NAME).exists()


def test_the_cap_on_pixels_is_the_callers(tmp_path: Path):
    """One pixel too many is refused before anything is decoded."""
    path = picture(tmp_path / "a.png", size=(40, 30))
    read(path, tmp_path, limits=dataclasses.replace(BROWSER, pixels=1_200))
    with pytest.raises(
        UnreadableFile, match="40 x 30 pixels; expected a photograph of at most 1,199"
    ):
        read(path, tmp_path, limits=dataclasses.replace(BROWSER, pixels=1_199))


TOLD = {"width": 9, "height": 6, "likeness": "0" * 16, "notes": []}


@pytest.mark.parametrize(
    "told",
    [None, [], {}, {**TOLD, "width": 0}, {**TOLD, "height": 10**9}, {**TOLD, "width": "9"},
     {**TOLD, "likeness": "<script>"}, {**TOLD, "likeness": None}],
)  # fmt: skip
def test_a_child_that_lies_is_not_believed(tmp_path: Path, told: object):
    """What it tells must be what a picture can be."""
    picture(tmp_path / "made.jpg").rename(tmp_path / SHOWN_NAME)
    assert told_picture(TOLD, tmp_path, name="a").width == 9
    with pytest.raises(UnreadableFile, match="gave no picture"):
        told_picture(told, tmp_path, name="a")


def test_a_child_must_leave_a_jpeg(tmp_path: Path):
    """No file, another file, or a way out of the folder is none."""
    with pytest.raises(UnreadableFile, match="gave no picture"):
        told_picture(TOLD, tmp_path, name="a")
    (tmp_path / SHOWN_NAME).write_bytes(b"<svg/>")
    with pytest.raises(UnreadableFile, match="gave no picture"):
        told_picture(TOLD, tmp_path, name="a")
    (tmp_path / SHOWN_NAME).unlink()
    (tmp_path / SHOWN_NAME).symlink_to(picture(tmp_path / "outside.jpg"))
    with pytest.raises(UnreadableFile, match="gave no picture"):
        told_picture(TOLD, tmp_path, name="a")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 10_000),
)
def test_a_spoilt_photograph_is_refused_or_drawn(
    tmp_path: Path, form: str, spoilt: list[tuple[int, int]], cut: int
):
    """Bytes changed and the end cut off: a picture or a refusal, nothing else."""
    whole = saved(form)
    data = bytearray(whole[: max(cut % (2 * len(whole)), 12)])
    for at, value in spoilt:
        data[at % len(data)] = value
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(data))
    with contextlib.suppress(UnreadableFile):
        assert shown(path, tmp_path).width > 0
