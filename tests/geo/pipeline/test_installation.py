"""The store of an installation: filled once, taken up after a kill, left as its owner wants it."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from geo.errors import StoreError
from geo.pipeline import installation
from geo.pipeline.installation import FACT_KINDS, SIMULATED_DATASET, open_installation
from geo.sources.rasters.simulated import simulated_scenes
from tests.homes import COUNTS, NOW, settings_of


def counts(store) -> dict[str, int]:
    """Records by kind."""
    return {kind: len(store.read(kind)) for kind in COUNTS}


def test_a_new_installation_holds_the_facts_and_the_simulated_scenes(facts):
    """Every fact that ships, and every scene that can be made."""
    assert counts(facts) == COUNTS
    assert facts.integrity() == ()
    for record in facts.imports():
        assert record.read == record.accepted + record.quarantined + record.duplicate
        assert record.quarantined == record.duplicate == 0


def test_every_simulated_scene_lies_under_the_sha_256_of_its_bytes(facts, settings):
    """The scene's file, name and record agree."""
    scenes = facts.read("scenes")
    assert set(scenes["id"]) == {spec.id for spec in simulated_scenes()}
    assert scenes["simulated"].all()
    assert set(scenes["sensor"]) == {"simulated"}
    for scene in scenes.itertuples():
        content = (settings.home / scene.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == scene.sha256
        assert scene.path == f"scenes/{scene.sha256}.tif"


def test_opening_again_changes_nothing(settings):
    """A second start leaves the revision, the imports and the files as they were."""
    store = open_installation(settings, now=NOW)
    revision, imports = store.revision(), store.imports()
    files = sorted(path.name for path in settings.scenes_folder.iterdir())
    store.close()
    again = open_installation(settings, now=NOW)
    assert (again.revision(), again.imports()) == (revision, imports)
    assert sorted(path.name for path in settings.scenes_folder.iterdir()) == files
    again.close()


def test_a_start_that_was_killed_is_taken_up(tmp_path, monkeypatch):
    """What was done stays done, what was missing comes, and nothing is doubled."""
    specs = simulated_scenes()[:2]
    monkeypatch.setattr("geo.sources.rasters.simulated.simulated_scenes", lambda: specs)
    settings = settings_of(tmp_path / "home")

    def killed_at(place: str):
        def progress(share: float, doing: str) -> None:
            if doing.endswith(place):
                raise KeyboardInterrupt

        return progress

    for place in ("facts: roads", specs[0].id, specs[1].id):
        with pytest.raises(KeyboardInterrupt):
            open_installation(settings, now=NOW, progress=killed_at(place))
    store = open_installation(settings, now=NOW)
    assert counts(store) == COUNTS | {"scenes": 2}
    names = Counter(record.key.file_name for record in store.imports())
    assert set(names.values()) == {1}
    store.close()


def test_a_scene_whose_file_came_but_not_its_record_is_taken_up(tmp_path, monkeypatch):
    """A kill between the file and the record leaves a file that the next start uses."""
    specs = simulated_scenes()[:1]
    monkeypatch.setattr("geo.sources.rasters.simulated.simulated_scenes", lambda: specs)
    settings = settings_of(tmp_path / "home")

    def killed(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("geo.pipeline.intake.files.frame_of_records", killed)
        with pytest.raises(KeyboardInterrupt):
            open_installation(settings, now=NOW)
    assert len(list(settings.scenes_folder.glob("*.tif"))) == 1
    store = open_installation(settings, now=NOW)
    assert len(store.read("scenes")) == 1
    assert len(list(settings.scenes_folder.iterdir())) == 1
    store.close()


def test_facts_that_were_undone_stay_away(settings, store):
    """Who does not want the embedded facts or scenes does not get them at the next start."""
    for record in store.imports():
        if record.kind == "seizures" or record.key.dataset_id == SIMULATED_DATASET:
            store.undo(record.import_id, author="A", now=NOW)
    again = open_installation(settings, now=NOW)
    assert counts(again) == COUNTS | {"seizures": 0, "scenes": 0}
    again.close()


def test_progress_grows_to_the_end(tmp_path, monkeypatch):
    """The bar only moves forward and ends full."""
    monkeypatch.setattr(
        "geo.sources.rasters.simulated.simulated_scenes", lambda: simulated_scenes()[:1]
    )
    told: list[tuple[float, str]] = []
    open_installation(
        settings_of(tmp_path / "home"), now=NOW, progress=lambda *told_now: told.append(told_now)
    ).close()
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, "ready")
    assert [words for _, words in told][: len(FACT_KINDS)] == [f"facts: {k}" for k in FACT_KINDS]


def test_a_home_that_cannot_be_made_is_refused_in_words(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="LAMASSU_HOME"):
        open_installation(settings_of(tmp_path / "file" / "home"), now=NOW)


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_every_embedded_row_is_read(kind):
    """No embedded fact is quarantined, and every one has a source."""
    reading = installation.read_facts(kind)
    assert reading.quarantined == ()
    assert reading.read == len(reading.frame) == COUNTS[kind]
    assert (reading.frame["source"] != "").all()
