"""The scenes of a folder, and those that a provenance tells of."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from geo.pipeline.series.scenes import in_order, kept_pictures, pictures_of_folder
from geo.settings import resolve

NOW = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("sha256", ["../secret", "/etc/passwd", "", "0" * 63])
def test_a_provenance_from_elsewhere_names_no_other_files(tmp_path, sha256):
    """What is no SHA-256 is a file that is not kept, whatever lies there."""
    (tmp_path / "secret").write_text("not a scene")
    (tmp_path / "originals").mkdir()
    told = {"parameters": {"scenes": [{"name": "..", "sha256": sha256, "step": ""}]}}
    with ExitStack() as stack:
        pictures, lacking = kept_pictures(resolve({}, default_home=tmp_path), told, stack)
    assert (pictures, lacking) == ([], [".."])


def test_a_kept_file_is_read_under_the_name_it_had(scenes, tmp_path):
    """The name of a product tells what its numbers carry, and files are kept without it."""
    with ExitStack() as stack:
        first = pictures_of_folder(scenes, stack)[0][0]
        (tmp_path / "originals").mkdir()
        kept = tmp_path / "originals" / first.sha256
        kept.write_bytes(first.path.read_bytes())
        scene = {
            "name": "deep/S2A_MSIL2A_20220301T080000_N0400_R000_T38SKC.tif", "sensor": "S",
            "sha256": first.sha256, "step": "", "taken_at": first.taken_at.isoformat(),
            "bands": list(first.bands), "marking": "TLP:AMBER", "simulated": True,
        }  # fmt: skip
        told = {"parameters": {"scenes": [scene, scene]}}
        pictures, _ = kept_pictures(resolve({}, default_home=tmp_path), told, stack)
        assert [p.path.name for p in pictures] == [
            "S2A_MSIL2A_20220301T080000_N0400_R000_T38SKC.tif"
        ] * 2
        assert pictures[0].path.read_bytes() == first.path.read_bytes()
    assert kept.is_file()


def test_the_order_of_files_does_not_matter(scenes):
    """By time, then by name; later days are left out without a word."""
    with ExitStack() as stack:
        found, _ = pictures_of_folder(scenes, stack)
    until = datetime(2017, 1, 1, tzinfo=UTC)
    kept, skipped = in_order(reversed(found), until=until, now=NOW)
    assert [p.taken_at for p in kept] == sorted(p.taken_at for p in found if p.taken_at <= until)
    assert skipped == []
