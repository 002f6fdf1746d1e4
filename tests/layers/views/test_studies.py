"""What a session has worked out goes when its eyes or the access to its sources change."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.evidence import verify
from geo.model import Tlp
from layers.views import whole
from layers.views.studies import MADE
from tests.homes import NOW
from tests.layers.views.conftest import forget


def analysing_page() -> None:
    """A page that works things out."""
    from layers.views.studies import forget_what_others_made

    forget_what_others_made()


def sealing_page() -> None:
    """A page that makes a file of a study."""
    import streamlit as st

    from geo.model import Provenance, Tlp
    from layers.views.sealed import sealed_study

    made = Provenance(
        method="made up 1",
        inputs={"before": "0" * 64},
        parameters={"k": 3},
        versions={"lamassu": "1"},
    )
    st.session_state["file"] = sealed_study(
        "RT-0123456789", "RT-0123456789.csv", b"1,2", marking=Tlp.AMBER, provenance=made
    )


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home on the embedded facts, for pages that stand by themselves."""
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    yield
    whole.store().close()
    forget()


def with_studies(app: AppTest) -> AppTest:
    """The page after something was worked out on it."""
    app.run()
    for key in MADE:
        app.session_state[key] = "worked out"
    return app.run()


def kept(app: AppTest) -> set[str]:
    """The studies that the session still has."""
    return {key for key in MADE if key in app.session_state}


@pytest.mark.usefixtures("run")
def test_studies_stay_while_nothing_changes(come_as):
    """Also when records are brought in: a study says what it was made from."""
    come_as(Role.ANALYST)
    app = with_studies(AppTest.from_function(analysing_page, default_timeout=60))
    whole.store().set_setting("producer_name", "Ana", author="test", now=NOW)
    assert kept(app.run()) == set(MADE)


@pytest.mark.usefixtures("run")
def test_studies_go_when_a_dataset_is_closed(come_as):
    """They may hold places of it."""
    come_as(Role.ANALYST)
    app = with_studies(AppTest.from_function(analysing_page, default_timeout=60))
    whole.store().share("lamassu-facts", ["others"], author="test", now=NOW)
    assert kept(app.run()) == set()


@pytest.mark.usefixtures("run")
def test_studies_go_with_the_group_that_they_were_made_in(come_as):
    """Whoever is taken out of a group has nothing left of its data."""
    come_as(Role.ANALYST, "police")
    app = with_studies(AppTest.from_function(analysing_page, default_timeout=60))
    come_as(Role.ANALYST)
    assert kept(app.run()) == set()


@pytest.mark.usefixtures("run")
def test_a_file_of_a_study_carries_its_proof(come_as):
    """Signed, with marking, audience, maker and what it was made from; the audit has it."""
    somebody = come_as(Role.ANALYST)
    app = AppTest.from_function(sealing_page, default_timeout=60).run()
    assert (list(app.exception), list(app.error)) == ([], [])
    name, content = app.session_state["file"]
    assert name == "RT-0123456789.csv.zip"
    with zipfile.ZipFile(BytesIO(content)) as bundle:
        assert bundle.read("RT-0123456789.csv") == b"1,2"
        manifest = json.loads(bundle.read(verify.MANIFEST))
    assert (manifest["marking"], manifest["audience"]) == (Tlp.AMBER.value, "internal")
    assert manifest["made_by"] == somebody.author
    assert manifest["provenance"]["inputs"] == {"before": "0" * 64}
    last = whole.store().audit()[-1]
    assert (last.action, last.subject) == ("export", "RT-0123456789")
    assert last.number == manifest["audit"]["number"]
