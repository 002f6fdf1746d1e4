"""What every store promises, for any rows and any order of events."""

from __future__ import annotations

from contextlib import closing

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from geo.columns import columns_of
from geo.store import open_store
from tests import strategies
from tests.geo.store.files import LATER, names, put, sites


@given(drawn=strategies.frames())
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example makes a store
)
def test_any_frame_survives_and_no_row_disappears(empty_url, drawn):
    """Read = accepted + quarantined + duplicate; the accepted rows are the ones in the store."""
    kind, frame = drawn
    with closing(open_store(empty_url())) as store:
        report = put(store, frame, "drawn", kind=kind)
        assert report.read == len(frame)
        assert report.read == report.accepted + report.quarantined + report.duplicate
        first = frame.drop_duplicates(["dataset_id", "id"]).sort_values(["dataset_id", "id"])
        back = store.read(kind)
        columns = [column.name for column in columns_of(kind)]
        pd.testing.assert_frame_equal(back[columns], first.reset_index(drop=True))
        assert len(back) == report.accepted


class Keeper(RuleBasedStateMachine):
    """A store beside the obvious model of it: the list of all that was imported."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.store = open_store(url)
        self.files: list[dict[str, str]] = []
        self.standing: dict[str, int] = {}

    @rule(rows=st.dictionaries(st.sampled_from("ABC"), st.sampled_from("xyz"), max_size=3))
    def bring(self, rows: dict[str, str]) -> None:
        """A new file comes in."""
        report = put(self.store, sites(**rows), f"file {len(self.files)}")
        assert report.read == report.accepted + report.quarantined + report.duplicate
        self.files.append(rows)
        self.standing[report.import_id] = len(self.files) - 1

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def bring_again(self, data: st.DataObject) -> None:
        """A file that stands comes in again."""
        number = data.draw(st.sampled_from(sorted(self.standing.values())))
        report = put(self.store, sites(**self.files[number]), f"file {number}")
        assert report.accepted == 0

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """An import is undone."""
        import_id = data.draw(st.sampled_from(sorted(self.standing)))
        self.store.undo(import_id, author="x", now=LATER)
        del self.standing[import_id]

    @invariant()
    def every_standing_row_is_in_the_store(self) -> None:
        """Each id that a standing file names shows what one of these files says."""
        said = {
            name: {self.files[number].get(name) for number in self.standing.values()} - {None}
            for name in "ABC"
        }
        shown = names(self.store)
        assert set(shown) == {name for name, values in said.items() if values}
        for name, value in shown.items():
            assert value in said[name]
        assert self.store.integrity() == ()

    def teardown(self) -> None:
        """Let go of the store."""
        self.store.close()


@pytest.mark.thorough
def test_whatever_is_imported_and_undone_what_stands_is_in_the_store(empty_url):
    """In whatever order it happens."""
    run_state_machine_as_test(
        lambda: Keeper(empty_url()),
        settings=settings(max_examples=8, stateful_step_count=12),
    )
