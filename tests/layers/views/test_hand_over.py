"""Handing records over: to nobody who sees more than the giver, always with proof."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.model import Audience
from layers.server.tickets import TICKETS
from layers.views import downloads, whole
from tests.handed import links
from tests.layers.views.conftest import forget

BROWSER = "a browser of the test"
PAGE = "from layers.views import hand_over\nhand_over.show()"


@pytest.fixture
def page(
    home: Path, monkeypatch: pytest.MonkeyPatch, come_as
) -> Iterator[Callable[[Role], AppTest]]:
    """The page by itself, as somebody of a role."""
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    monkeypatch.setattr(downloads, "_browser", lambda: BROWSER)

    def start(role: Role) -> AppTest:
        come_as(role)
        return AppTest.from_string(PAGE, default_timeout=60).run()

    yield start
    whole.store().close()
    forget()


def make(app: AppTest) -> AppTest:
    """Press the button that makes the file."""
    (button,) = (button for button in app.button if button.label == "Make the file")
    return button.click().run()


@pytest.mark.parametrize(
    ("role", "audiences"),
    [
        (Role.VIEWER, ["Public"]),
        (Role.PARTNER, ["Public", "Partner"]),
        (Role.ANALYST, ["Public", "Partner", "The office itself"]),
    ],
)
def test_nobody_hands_over_more_than_they_see(page, role: Role, audiences: list[str]):
    """The list of readers ends with the role's own."""
    assert page(role).selectbox(key="out audience").options == audiences


def test_a_stranger_hands_nothing_over(page):
    """The page says so and holds nothing else."""
    app = page(Role.ANONYMOUS)
    assert ["print and hand over" in told.value for told in app.error] == [True]
    assert not app.selectbox


def test_a_file_comes_with_its_proof(page):
    """A signed bundle for the chosen reader; the audit has it, by whom."""
    app = make(page(Role.PARTNER))
    assert (list(app.exception), list(app.error)) == ([], [])
    ((address, name),) = links(app)
    assert re.fullmatch(r"lamassu-seizures-partner-\d{4}-\d\d-\d\d\.gpkg\.zip", name)
    made = TICKETS.get(address.rpartition("/")[2], browser=BROWSER)
    assert made is not None
    assert made.scope == "partner:"
    with zipfile.ZipFile(BytesIO(made.content)) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        assert {"verify.py", "README.txt", name.removesuffix(".zip")} <= set(bundle.namelist())
    assert manifest["audience"] == Audience.PARTNER
    exports = [entry for entry in whole.store().audit() if entry.action == "export"]
    assert [entry.subject for entry in exports] == ["seizures"]
    assert "partner" in exports[0].actor


def test_the_link_goes_when_something_else_is_chosen(page):
    """A file of before is not offered under another heading."""
    app = make(page(Role.PARTNER))
    app.selectbox(key="out audience").set_value("public").run()
    assert links(app) == []
