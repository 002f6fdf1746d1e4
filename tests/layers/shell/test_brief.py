"""The command `brief`, end to end."""

from __future__ import annotations

import hashlib
import struct

import pytest

from geo.store import open_store
from tests.homes import settings_of
from tests.shell_runs import refused, state


def test_a_page_of_a_site_is_printed_and_traced(shell, home, tmp_path):
    """The id that the command tells is kept with the file's SHA-256."""
    out = tmp_path / "hatra.pdf"
    done = shell("brief", "hatra", "--out", out, "--json")
    assert done.code == 0
    assert set(done.json) == {"id", "marking", "file"}
    assert out.read_bytes().startswith(b"%PDF")
    store = open_store(settings_of(home).store_url)
    (kept,) = store.briefing(done.json["id"])
    store.close()
    assert kept.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (kept.audience, kept.subject) == ("public", "Hatra")


@pytest.mark.thorough
def test_a_page_of_the_region_is_a_picture(run, tmp_path):
    """300 dots an inch on A4 landscape; printing it again the same day is no fault."""
    out = tmp_path / "region.PNG"
    for _ in range(2):
        done = run("brief", "region", "--out", out, "--audience", "internal", "--real-only")
        assert done.code == 0
        assert done.out.startswith("LMS-")
    width, height = struct.unpack(">II", out.read_bytes()[16:24])
    assert (width, height) == pytest.approx((3508, 2480), abs=2)


def test_a_page_that_cannot_be_is_refused(run, home, tmp_path):
    """Unknown subject or detection, another format, a missing folder, a folder in its place."""
    (tmp_path / "folder.pdf").mkdir()
    before = state(home), sorted(tmp_path.iterdir())
    for words, word in (
        (("Atlantis", "--out", tmp_path / "x.pdf"), "Atlantis"),
        (("CH-000000000000", "--out", tmp_path / "x.pdf"), "CH-000000000000"),
        (("", "--out", tmp_path / "x.pdf"), "sites answer"),
        (("hatra", "--out", tmp_path / "x.docx"), ".pdf or .png"),
        (("hatra", "--out", tmp_path / "x"), ".pdf or .png"),
        (("hatra", "--out", tmp_path / "none" / "x.pdf"), "none"),
        (("hatra", "--out", tmp_path / "folder.pdf"), "folder.pdf"),
    ):
        refused(run("brief", *words), word)
    assert (state(home), sorted(tmp_path.iterdir())) == before
