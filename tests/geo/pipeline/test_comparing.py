"""What was kept of a run, found again among newer versions and what people said."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from geo.columns import columns_of
from geo.errors import BadInput, NotFound
from geo.frames import frame_of_records
from geo.model import AlertMethod, Judgement
from geo.pipeline.comparing import fingerprint, kept_records
from geo.pipeline.provenance import canonical
from geo.store import FileKey
from tests.alert_records import alert, bring
from tests.homes import NOW

TOLD = {"inputs": {}, "parameters": {}, "versions": {}}


def seen(alert_id: str, run: str, **changed):
    """A made-up alert of a study of many dates."""
    told = canonical({**TOLD, "parameters": {"run": run}}).decode()
    return alert(
        alert_id,
        detection_id=run,
        method=AlertMethod.SERIES,
        provenance=told,
        source=run,
        **changed,
    )


def keep(store, run, *alerts, day=0):
    """The flags of a run as alerts, kept so many days later."""
    frame = frame_of_records("alerts", list(alerts))
    key = FileKey(
        file_name=run, sha256=hashlib.sha256(run.encode()).hexdigest(), dataset_id="local"
    )
    store.add("alerts", frame, key=key, author="t", now=NOW + timedelta(days=day))
    return frame[[column.name for column in columns_of("alerts")]]


def test_a_run_keeps_its_records_when_a_later_one_brings_newer_versions(store):
    """All of them or some: the earlier study is still what it was, and so is the later."""
    first = keep(store, "SE-1", seen("SR-a-001", "SE-1"), seen("SR-b-001", "SE-1"))
    later = keep(store, "SE-2", seen("SR-b-001", "SE-2"), seen("SR-c-001", "SE-2"), day=1)
    last = keep(store, "SE-3", seen("SR-a-001", "SE-3"), seen("SR-b-001", "SE-3"), day=2)
    store.correct("alerts", "SR-a-001", {"judgement": Judgement.ACCEPTED.value, "p": 0.2},
                  author="t", reason="seen", now=NOW + timedelta(days=3))  # fmt: skip
    for run, frame in (("SE-1", first), ("SE-2", later), ("SE-3", last)):
        kept, told = kept_records(store, "alerts", run)
        assert sorted(kept["id"]) == sorted(frame["id"])
        assert told["parameters"] == {"run": run}
        assert fingerprint("alerts", kept) == fingerprint("alerts", frame)


def test_what_was_taken_back_is_not_kept(store):
    """The version before it is the kept one again."""
    keep(store, "SE-1", seen("SR-a-001", "SE-1"))
    keep(store, "SE-2", seen("SR-a-001", "SE-2"), day=1)
    undone = next(one.import_id for one in store.imports() if one.key.file_name == "SE-2")
    store.undo(undone, author="t", now=NOW + timedelta(days=2))
    assert len(kept_records(store, "alerts", "SE-1")[0]) == 1
    with pytest.raises(NotFound, match="no alerts of SE-2 are kept"):
        kept_records(store, "alerts", "SE-2")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"inputs": {}}'])
def test_a_provenance_that_tells_nothing_is_refused(store, text):
    """In words, whatever stands there."""
    bring(store, "alerts", alert("CH-1-001", provenance=text))
    with pytest.raises(BadInput, match="the provenance of CH-1 does not tell how it was made"):
        kept_records(store, "alerts", "CH-1")


def test_the_order_of_records_does_not_matter(store):
    """The same ones the other way round are the same."""
    frame = keep(store, "SE-1", seen("SR-a-001", "SE-1"), seen("SR-b-001", "SE-1"))
    assert fingerprint("alerts", frame) == fingerprint("alerts", frame.iloc[::-1])
