"""Pictures of a list of stolen objects: matched by name, read apart, only their likeness kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from geo.errors import BadInput
from geo.frames import frame_of
from geo.pipeline.cases import stolen_pictures
from geo.store import FileKey
from tests.homes import NOW


def drawing(path: Path, *, wide: int) -> Path:
    """A made-up picture with something to see in it."""
    picture = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(picture).ellipse((40, 30, 40 + wide, 200), fill="black")
    picture.save(path)
    return path


@pytest.fixture
def listed(store):
    """A store with three entries of a made-up list."""
    frame = frame_of(
        "stolen",
        {"id": ["ST1", "ST2", "ST3"], "object_type": ["seal", "tablet", "head"],
         "reference": ["2003/17", "IP-5", "IP-5"]},
    )  # fmt: skip
    store.add("stolen", frame, key=FileKey(file_name="list.csv", sha256="1" * 64), author="a",
              now=NOW)  # fmt: skip
    return store


def taken(store, folder: Path) -> stolen_pictures.PictureReport:
    """What became of the pictures of a folder."""
    return stolen_pictures.take_pictures(store, folder, author="Amal", now=NOW)


def test_pictures_go_to_the_entries_that_are_named_so(listed, tmp_path):
    """By id or number; two entries of one number, an unknown name and rubbish are told."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    drawing(folder / "st1.png", wide=200)
    drawing(folder / "IP-5.jpg", wide=90)
    drawing(folder / "nobody.png", wide=50)
    (folder / "ST2.jpg").write_bytes(b"no picture")
    (folder / "readme.txt").write_text("not one")
    report = taken(listed, folder)
    assert (report.read, report.taken, report.known) == (4, 1, 0)
    assert report.unmatched == ("IP-5.jpg", "nobody.png")
    ((name, why),) = report.refused
    assert (name, "ST2.jpg" in why) == ("ST2.jpg", True)
    versions = listed.history("stolen", "ST1")
    assert len(versions["likeness"].iloc[-1]) == 16
    assert "from the picture st1.png, SHA-256 " in versions["reason"].iloc[-1]
    again = taken(listed, folder)
    assert (again.taken, again.known) == (0, 1)


def test_a_folder_without_pictures_is_refused(listed, tmp_path):
    """So is one that is not there."""
    with pytest.raises(BadInput, match=r"none cannot be read .*; expected a folder of pictures"):
        taken(listed, tmp_path / "none")
    with pytest.raises(BadInput, match="holds no picture; expected files that end in"):
        taken(listed, tmp_path)
