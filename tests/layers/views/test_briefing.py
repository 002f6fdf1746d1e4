"""The printed page in the browser: of a study of routes, for each audience."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.model import Audience
from layers.views import whole
from tests.handed import offers, pictures
from tests.layers.views.conftest import forget


def routes_page() -> None:
    """A page that opens the dialog of a study at once."""
    import streamlit as st

    from geo.model import Tlp
    from layers.views import briefing, cache
    from tests import route_studies

    study = route_studies.study(cache.store(), marking=Tlp(st.session_state["marking"]))
    sites = cache.store().read("sites").set_index("id", drop=False)
    briefing.routes_dialog(study, sites.loc[route_studies.NIMRUD_ID])


@pytest.fixture
def dialog(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """That page on the embedded facts, not run yet."""
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    yield AppTest.from_function(routes_page, default_timeout=60)
    whole.store().close()
    forget()


def test_a_study_of_routes_is_previewed_for_each_audience(dialog: AppTest):
    """A picture with its id and marking, and the files that can be made of it."""
    dialog.session_state["marking"] = "TLP:CLEAR"
    for audience in Audience:
        dialog.session_state["audience of the page"] = audience
        dialog.run()
        assert (audience, list(dialog.exception), list(dialog.error)) == (audience, [], [])
        (picture,) = pictures(dialog)
        assert "TLP:CLEAR" in picture
        assert offers(dialog) == ["PDF", "PNG", "PDF with proof (.zip)"]


def test_a_study_that_an_audience_may_not_see_is_refused_in_words(dialog: AppTest):
    """AMBER routes have no public page."""
    dialog.session_state["marking"] = "TLP:AMBER"
    dialog.session_state["audience of the page"] = Audience.PUBLIC
    dialog.run()
    assert not dialog.exception
    assert not pictures(dialog)
    assert ["may not be told of RT" in told.value.replace("\\", "") for told in dialog.error] == [
        True
    ]
