"""The archive of the same files is the same bytes, and every other way to pack them is refused."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, UnreadableFile
from geo.evidence.archive import read_archive, write_archive

FILES = {"b.csv": b"two", "a.csv": b"", "جدول.csv": b"\0\xff" * 50}

NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="/\\:"),
    min_size=1,
    max_size=40,
).filter(lambda name: name not in {".", ".."})


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_what_was_packed_comes_out(files):
    """Whatever the names and the bytes, unless two names differ in nothing but case."""
    if len({name.casefold() for name in files}) < len(files):
        with pytest.raises(BadInput, match="differ in nothing but case"):
            write_archive(files)
        return
    packed = write_archive(files)
    assert read_archive(packed) == files
    assert packed == write_archive(dict(reversed(files.items())))


def test_other_programs_read_it(tmp_path: Path):
    """Python's own reader and the system's, with every name and time."""
    packed = write_archive(FILES)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == FILES
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    (tmp_path / "x.zip").write_bytes(packed)
    done = subprocess.run(
        ["python3", "-m", "zipfile", "-t", tmp_path / "x.zip"], capture_output=True, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "../evil", "a\\b", "C:x", "a\nb", "a\u202eb", "x" * 201, "\ud800"],
)
def test_a_name_that_is_no_plain_file_is_refused(name):
    """Nothing that climbs, hides or belongs to one system only."""
    with pytest.raises(BadInput, match="cannot be put into one archive"):
        write_archive({name: b""})


def repacked(**options) -> bytes:
    """The same files as Python's own writer packs them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", options.pop("compression", zipfile.ZIP_STORED)) as archive:
        for name, content in FILES.items():
            info = zipfile.ZipInfo(name, options.get("date_time", (1980, 1, 1, 0, 0, 0)))
            info.compress_type = archive.compression
            info.comment = options.get("comment", b"")
            archive.writestr(info, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\5\6" + bytes(17),
        write_archive(FILES) + b"\0",
        b"\0" + write_archive(FILES),
        write_archive(FILES)[:-1],
        write_archive(FILES)[:100],
        write_archive(FILES) * 2,
        repacked(),
        repacked(compression=zipfile.ZIP_DEFLATED),
        repacked(date_time=(2026, 1, 1, 0, 0, 0)),
        repacked(comment=b"hidden"),
    ],
)
def test_any_other_way_to_pack_is_refused(content):
    """Compressed, in another order, with other times, with something before, behind or hidden."""
    with pytest.raises(UnreadableFile, match="not as it was written"):
        read_archive(content)


def test_an_empty_archive_is_one():
    """Nothing in it, and nothing else."""
    assert read_archive(write_archive({})) == {}


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content):
    """Anything that is no archive is said to be none."""
    for hostile in (content, b"PK\3\4" + content):
        with pytest.raises(UnreadableFile):
            read_archive(hostile)
