"""The marking of a page, the words under it, and whether a picture may be shown."""

from __future__ import annotations

import itertools

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.access import viewer_for
from geo.disclosure import composite_marking, generalisation_note, imagery_allowed
from geo.model import Audience, Sensitivity, Tlp
from tests.viewed_frames import (
    CEILING,
    CELL_DEG,
    INTERNAL,
    PARTNER,
    PUBLIC,
    WITHHELD,
    a_record,
    few_examples,
    frames,
    given_to,
    stored,
)


class TestCompositeMarking:
    """The marking of a page made of several frames."""

    def test_it_is_the_strictest_of_all_rows(self):
        """One AMBER row among many CLEAR ones marks the page."""
        clear = stored("sites", [a_record("sites"), a_record("sites", 2)])
        amber = stored("events", [a_record("events"), a_record("events", 2, marking=Tlp.AMBER)])
        assert composite_marking([clear]) is Tlp.CLEAR
        assert composite_marking([clear, amber]) is Tlp.AMBER

    def test_nothing_is_clear(self):
        """No frame or no row holds nothing back."""
        assert composite_marking([]) is Tlp.CLEAR
        assert composite_marking([stored("sites", [])]) is Tlp.CLEAR

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_a_page_is_never_marked_above_its_readers(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """After redaction the composite is at most the audience's ceiling."""
        shown = given_to(audience, *drawn)
        assert composite_marking([shown]).strictness <= CEILING[audience].strictness


class TestWords:
    """What is said about it, and whether a picture may be shown."""

    def test_each_note_says_what_was_done(self):
        """The public is told of cells and of what is withheld; the office needs no telling."""
        assert "0.01 degree" in generalisation_note(PUBLIC)
        assert "withheld" in generalisation_note(PUBLIC)
        assert "0.001 to 0.1 degree" in generalisation_note(PARTNER)
        assert "withheld" in generalisation_note(PARTNER)
        assert generalisation_note(INTERNAL) == ""
        for audience in (PUBLIC, PARTNER):
            assert "outes" not in generalisation_note(audience)
            assert "cell to cell of 0.1 degree" in generalisation_note(audience, routes=True)
        assert generalisation_note(INTERNAL, routes=True) == ""

    @pytest.mark.parametrize(
        ("audience", "sensitivity"), [*itertools.product(Audience, Sensitivity)]
    )
    def test_a_picture_is_shown_only_where_the_place_is(
        self, audience: Audience, sensitivity: Sensitivity
    ):
        """A picture gives the place away, so it is bound to the exact place."""
        exact = (audience, sensitivity) not in CELL_DEG.keys() | WITHHELD
        assert imagery_allowed(viewer_for(audience), sensitivity) is exact
