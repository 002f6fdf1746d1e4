"""The guard holds on every kind of store, inside the store's own transactions too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from geo.access import Role
from geo.errors import NotAllowed
from geo.frames import Part
from geo.model import Tlp
from geo.pipeline.guard import guard
from geo.pipeline.seen import entries
from geo.store import Store, open_store
from tests.guarded_store import CLOSED, GROUP, NOW, clock, fill, key_of, seizures_of, somebody


@pytest.fixture
def store(kind_of_store: str, make_url: Callable[[str], str]) -> Iterator[Store]:
    """A store of each kind with the made-up records."""
    opened = open_store(make_url(kind_of_store))
    fill(opened)
    yield opened
    opened.close()


def test_the_guard_shows_and_refuses_the_same_on_every_kind_of_store(store):
    """Rows by marking and group; a look and a refusal noted; authors of the principal."""
    inside = guard(store, somebody(Role.PARTNER, GROUP), clock=clock)
    assert set(inside.read("seizures")["id"]) == {
        "Z-CLEAR", "Z-GREEN", "Y-CLEAR", "Y-GREEN", "Y-AMBER",
    }  # fmt: skip
    inside.saw("seizures", inside.read("seizures"))
    with pytest.raises(NotAllowed, match="the role partner may not keep"):
        inside.imports()
    assert [entry.action for entry in entries(store)][-2:] == ["saw", "refused"]


def test_a_file_that_is_refused_half_way_leaves_nothing_and_hangs_nobody(store):
    """The note of the refusal waits until the import has let go of the store's lock."""
    analyst = guard(store, somebody(Role.ANALYST), clock=clock)
    revision = store.revision()
    rows = seizures_of("local", marking=Tlp.AMBER, note="overwritten")
    frames = [rows.iloc[[row]].reset_index(drop=True) for row in range(len(rows))]
    parts = [Part(frame=frame, row_numbers=[2], texts=[""], cells=[""]) for frame in frames]
    with pytest.raises(NotAllowed, match="go by ids that are not free to you"):
        analyst.add_parts(
            "seizures", parts, key=key_of("seizures", "local", "x"), author="", now=NOW
        )
    assert store.revision() == revision
    (entry,) = [each for each in entries(store) if each.action == "refused"]
    assert (entry.actor, entry.subject) == (analyst.principal.subject, "add_parts")


def test_a_dataset_is_closed_and_opened_at_the_next_call(store):
    """The guard asks the store's groups each time."""
    analyst = guard(store, somebody(Role.ANALYST), clock=clock)
    assert CLOSED not in set(analyst.read("sites")["dataset_id"])
    store.share(CLOSED, [], author="Keeper", now=NOW)
    assert CLOSED in set(analyst.read("sites")["dataset_id"])
