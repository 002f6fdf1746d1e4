"""The command that looks at a site by radar, end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.geo.pipeline.sar.conftest import EVENT, write_pictures


@pytest.fixture
def folder(tmp_path) -> Path:
    """Made-up radar pictures with a step."""
    made = tmp_path / "pictures"
    made.mkdir()
    write_pictures(made, pictures=10)
    return made


def test_a_step_is_told_kept_and_verified(run, folder, tmp_path):
    """In words that say SIMULATED; the kept alert can be made again by its id."""
    out = tmp_path / "flags.gpkg"
    done = run("sar", "--site", "Hatra", "--event", EVENT, "--scenes", folder, "--keep",
               "--out", out)  # fmt: skip
    assert done.code == 0
    assert done.out.startswith("SIMULATED pictures: 1 flagged areas")
    assert f"wrote {out}" in done.out
    kept = next(line for line in done.out.splitlines() if line.startswith("  kept as "))
    study_id = kept.split()[-1]
    assert run("verify", study_id).code == 0
    assert run("verify", f"{study_id}-001").code == 0


def test_skipped_pictures_are_told_and_the_rest_goes_on(run, folder):
    """Exit 1: done, but something was found wrong."""
    (folder / "broken_20160104.tif").write_bytes(b"II*\0 no more")
    done = run("sar", "--site", "Hatra", "--event", EVENT, "--scenes", folder, "--json")
    assert done.code == 1
    assert [picture["name"] for picture in done.json["skipped"]] == ["broken_20160104"]
    assert len(done.json["flags"]) == 1
    assert done.json["kept"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--event", "yesterday"), "--event yesterday; expected a day such as 2015-03-07"),
        (("--event", ""), "--event is empty"),
        (("--event", EVENT, "--scenes", "/made-up/nowhere"), "there is no folder"),
        (("--event", EVENT), "no radar picture near the event can be used; expected"),
        (
            ("--event", EVENT, "--until", "2015-01-01"),
            f"from {EVENT} to 2015-01-01; expected its first day",
        ),
        (("--event", "0001-01-01"), "an event from 0001-01-01 to 0001-01-01"),
        (("--event", "9999-12-31"), "expected days with a year before them"),
    ],
)
def test_what_cannot_be_done_is_refused(run, words, said):
    """Exit 2, with what was wrong."""
    done = run("sar", "--site", "Hatra", *words)
    assert done.code == 2
    assert said in done.err


def test_a_picture_is_not_written_over(run, folder):
    """Nor is one of an orbit that was not used left without a word."""
    first = min(folder.iterdir())
    content = first.read_bytes()
    done = run("sar", "--site", "Hatra", "--event", EVENT, "--scenes", folder, "--score", first)
    assert done.code == 2
    assert "would take the place of another file" in done.err
    assert first.read_bytes() == content
    lonely = folder / first.name.replace("_009950_", "_009951_").replace("_20160104T", "_20160106T")
    first.rename(lonely)
    told = run("sar", "--site", "Hatra", "--event", EVENT, "--scenes", folder)
    assert f"not used {lonely.stem}: its orbit has too few pictures" in told.out
