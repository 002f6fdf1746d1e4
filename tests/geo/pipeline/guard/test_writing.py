"""Nobody writes over what they do not see, or judges without the right to."""

from __future__ import annotations

import dataclasses

import pytest

from geo.access import Role
from geo.errors import NotAllowed, NotFound
from geo.model import Tlp
from geo.pipeline.seen import entries
from tests.guarded_store import (
    CLOSED,
    GROUP,
    NOW,
    alerts,
    brought,
    closed_import,
    key_of,
    local_import,
    mine,
    seizures_of,
)

IN_PARTS = pytest.mark.parametrize("in_parts", [False, True])
"""A file that comes in whole, and in parts."""


def test_the_unseen_cannot_be_corrected_undone_or_looked_into(store, analyst):
    """Writing finds what reading finds: nothing."""
    revision = store.revision()
    with pytest.raises(NotFound, match="there is no 'Z-RED' in seizures"):
        analyst.correct(
            "seizures", "Z-RED", {"marking": "TLP:CLEAR"}, author="", reason="to see it", now=NOW
        )
    hidden = closed_import(store)
    for call in (
        lambda name: analyst.undo(name, author="", now=NOW),
        analyst.quarantine,
        lambda name: analyst.mend(name, [2], mended_in=name, author="", now=NOW),
    ):
        told = []
        for name in (hidden, "IM-19990101-00000000"):
            with pytest.raises(NotFound) as caught:
                call(name)
            told.append(str(caught.value).replace(name, "ID"))
        assert told[0] == told[1]
    assert hidden not in {each.import_id for each in analyst.imports()}
    assert store.revision() == revision


def test_an_import_with_unseen_records_is_not_undone(store, analyst, as_role):
    """Part of it is RED: an analyst would withdraw what they do not see."""
    with pytest.raises(NotAllowed, match="brought records that are not shown to you"):
        analyst.undo(local_import(store), author="", now=NOW)
    assert as_role(Role.ANALYST).undo(local_import(store, "sites"), author="", now=NOW).withdrawn


def test_rows_kept_aside_of_such_an_import_are_not_shown_either(store, analyst):
    """A row that could not be read may be one of those that are not seen."""
    with pytest.raises(NotAllowed, match="brought records that are not shown to you"):
        analyst.quarantine(local_import(store))
    assert analyst.quarantine(local_import(store, "sites")) == ()


@pytest.mark.parametrize(
    ("reading", "seen"),
    [
        ("", True),
        ('{"defaults": {"marking": "TLP:AMBER+STRICT"}}', True),
        ('{"defaults": {"marking": "TLP:RED"}, "mapping": ""}', False),
        ('{"marking": "TLP:RED"}', False),
        ('{"marking": "TLP:PURPLE"}', False),
        ('["TLP:CLEAR"]', False),
        ("not JSON", False),
    ],
)
def test_a_file_is_as_strict_as_the_marking_it_was_read_with(store, analyst, reading, seen):
    """Its rows kept aside have no marking of their own; what cannot be understood is not shown."""
    key = dataclasses.replace(key_of("seizures", "local", "m"), reading=reading)
    frame = mine(marking=Tlp.CLEAR)
    made = store.add("seizures", frame, key=key, author="Keeper", now=NOW).import_id
    assert (made in {each.import_id for each in analyst.imports()}) is seen
    if seen:
        assert analyst.quarantine(made) == ()
    else:
        with pytest.raises(NotFound, match=f"there is no import '{made}'"):
            analyst.quarantine(made)


@IN_PARTS
@pytest.mark.parametrize("dry_run", [False, True])
def test_nobody_writes_a_version_of_a_record_that_they_do_not_see(
    store, analyst, as_role, in_parts, dry_run
):
    """An AMBER row under the id of a RED one would put itself in its place."""
    frame = seizures_of("local", marking=Tlp.AMBER, note="overwritten")
    key, revision = key_of("seizures", "local", "over"), store.revision()
    with pytest.raises(NotAllowed, match="1 rows of seizures go by ids that are not free"):
        brought(analyst, frame, key, in_parts=in_parts, dry_run=dry_run)
    assert store.revision() == revision
    (entry,) = [each for each in entries(store) if each.action == "refused"]
    assert entry.subject == ("add_parts" if in_parts else "add")
    admin = as_role(Role.ADMINISTRATOR)
    assert brought(admin, frame, key, in_parts=in_parts, dry_run=dry_run).accepted == len(frame)


@IN_PARTS
@pytest.mark.parametrize("dataset", ["local", CLOSED])
def test_nobody_brings_rows_into_a_dataset_that_is_closed_to_them(
    analyst, as_role, in_parts, dataset
):
    """Not by the file's dataset, and not by that of a single row."""
    key = key_of("seizures", dataset, "c")
    frame = mine(dataset_id=CLOSED if dataset == "local" else "local")
    with pytest.raises(NotAllowed, match="cannot be brought into the dataset 'closed-made-up'"):
        brought(analyst, frame, key, in_parts=in_parts)
    assert brought(as_role(Role.ANALYST, GROUP), frame, key, in_parts=in_parts).accepted == 1


def test_a_correction_may_take_a_record_out_of_ones_sight(store, analyst):
    """Making it RED is allowed; the answer then holds nothing."""
    corrected = analyst.correct("seizures", "Z-AMBER", {"marking": "TLP:RED"}, author="",
                                reason="a source is at risk", now=NOW)  # fmt: skip
    assert corrected.empty
    assert list(store.get("seizures", "Z-AMBER")["marking"]) == ["TLP:RED"]


def test_a_verdict_needs_the_right_to_judge(store, analyst, as_role):
    """An analyst keeps flags and corrects them; accepting or rejecting one is a reviewer's."""
    analyst.add("alerts", alerts(), key=key_of("alerts", "local"), author="", now=NOW)
    verdict = {"judgement": "accepted"}
    with pytest.raises(NotAllowed, match="the role analyst may not judge"):
        analyst.correct("alerts", "CH-1", verdict, author="", reason="seen", now=NOW)
    analyst.correct("alerts", "CH-1", {"note": "by the road"}, author="", reason="seen", now=NOW)
    reviewer = as_role(Role.REVIEWER)
    judged = reviewer.correct("alerts", "CH-1", verdict, author="", reason="seen", now=NOW)
    assert list(judged["judgement"]) == ["accepted"]


@IN_PARTS
def test_a_verdict_does_not_come_in_by_the_back_door(analyst, as_role, in_parts):
    """A file of flags that are judged already is a verdict too."""
    key = key_of("alerts", "local")
    with pytest.raises(NotAllowed, match="the role analyst may not judge"):
        brought(analyst, alerts("accepted"), key, in_parts=in_parts)
    reviewer = as_role(Role.REVIEWER)
    assert brought(reviewer, alerts("accepted"), key, in_parts=in_parts).accepted == 1
