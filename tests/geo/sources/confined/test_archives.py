"""Archives: judged by their directory, and counted as they come out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from geo.errors import UnreadableFile
from geo.sources.confined.archives import layers_of_shapes, look, opened, unpack
from geo.sources.confined.limits import BROWSER
from tests.hostile.bad_archives import packed


def written(tmp_path: Path, *members: tuple[str, bytes]) -> Path:
    """An archive of these members."""
    path = tmp_path / "a.zip"
    path.write_bytes(packed(*members))
    return path


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (["[Content_Types].xml", "xl/workbook.xml"], "XLSX"),
        (["doc.kml", "files/a.png"], "KMZ"),
        (["a/SITES.SHP", "a/SITES.DBF", "a/SITES.SHX"], "Shapefile"),
        (["a.shp", "notes.kml"], "Shapefile"),
    ],
)
def test_an_archive_is_known_by_what_is_in_it(tmp_path: Path, names: list[str], form: str):
    """Whatever its own name."""
    path = written(tmp_path, *[(name, b"x") for name in names])
    assert look(path, tmp_path, limits=BROWSER) == form


def test_members_come_out_under_names_of_ours(tmp_path: Path):
    """Where they are put and nowhere else; litter is not listed."""
    path = written(tmp_path, ("a/b.kml", b"x"), ("__MACOSX/a/b.kml", b"y"), ("a/.DS_Store", b"z"))
    out = tmp_path / "out"
    out.mkdir()
    with opened(path, limits=BROWSER) as (archive, members):
        assert [member.filename for member in members] == ["a/b.kml"]
        unpack(archive, {"given.kml": members[0]}, out, limits=BROWSER)
    assert [each.name for each in out.iterdir()] == ["given.kml"]
    assert (out / "given.kml").read_bytes() == b"x"


def test_bytes_are_counted_while_they_come(tmp_path: Path):
    """Together, not one by one."""
    path = written(tmp_path, ("a.kml", b"x" * 60), ("b.kml", b"y" * 60))
    small = dataclasses.replace(BROWSER, unpacked_bytes=100)
    with (
        pytest.raises(UnreadableFile, match="unpacks to more than 100 bytes"),
        opened(path, limits=BROWSER) as (archive, members),
    ):
        unpack(archive, dict(zip("ab", members, strict=True)), tmp_path, limits=small)


def test_an_archive_has_limits(tmp_path: Path):
    """Of members, of what it says it unpacks to, and of how tightly it is packed."""
    path = written(tmp_path, ("a.kml", bytes(2_000_000)), ("b.kml", b"y"))
    for change, match in (
        ({"members": 1}, "holds 2 files; expected at most 1"),
        ({"unpacked_bytes": 1_999_999}, "unpacks to 2,000,001 bytes"),
        ({"unpacked_ratio": 100.0}, r"'a\.kml', which unpacks to 1,\d\d\d times its size"),
    ):
        with (
            pytest.raises(UnreadableFile, match=match),
            opened(path, limits=dataclasses.replace(BROWSER, **change)),
        ):
            pass


def test_layers_of_shapes_go_by_their_stem_or_by_their_folder(tmp_path: Path):
    """Endings in any case; two of one stem are told apart."""
    path = written(
        tmp_path, ("x/a.SHP", b""), ("x/A.dbf", b""), ("x/b.shp", b""), ("y/b.shp", b""),
        ("x/a.sbn", b""),
    )  # fmt: skip
    with opened(path, limits=BROWSER) as (_, members):
        layers = layers_of_shapes(members)
    assert {name: sorted(parts) for name, parts in layers.items()} == {
        "a": [".dbf", ".shp"], "x/b": [".shp"], "y/b": [".shp"],
    }  # fmt: skip
