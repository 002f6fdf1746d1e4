"""Links to files, for one browser and one person, and pictures that travel within the page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import OFFICE, Principal, Role, Via, Viewer
from layers.server.tickets import LIFE_S, TICKETS
from layers.views import downloads, who
from tests.handed import links

BROWSER = "a browser of the test"


def save_page() -> None:
    """A page with one file to save."""
    from layers.views import downloads

    downloads.save("Save <b>it</b> ${1}", 'a"b`.csv', b"1,2", media_type="text/csv")


def offer_page() -> None:
    """A page that makes a file when it is asked to."""
    import streamlit as st

    from geo.errors import BadInput
    from layers.views import downloads

    def make() -> tuple[str, bytes]:
        st.session_state["made"] = st.session_state.get("made", 0) + 1
        if st.session_state.get("refuse"):
            raise BadInput("no *room*", remedy="make room")
        return "flags.gpkg", b"GPKG"

    downloads.offer("Flags", make, key=st.session_state.get("content", "one"))


def picture_page() -> None:
    """A page with a picture."""
    from layers.views import downloads

    downloads.picture(b"\x89PNG", described="'><b>", caption="<i>")


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser with its cookie, and one user at this computer."""
    somebody = Principal(subject="local:ana", name="ana", viewer=OFFICE, via=Via.LOCAL)
    monkeypatch.setattr(downloads, "_browser", lambda: BROWSER)
    monkeypatch.setattr(who, "_identified", lambda: somebody)


def fetched(address: str, browser: str = BROWSER) -> bytes | None:
    """What the server has under an address for a browser."""
    made = TICKETS.get(address.rpartition("/")[2], browser=browser)
    return made.content if made else None


@pytest.mark.usefixtures("browser")
def test_a_file_is_a_link_that_only_this_browser_can_fetch():
    """Drawn again it has the same address; another browser gets nothing."""
    app = AppTest.from_function(save_page).run()
    ((address, name),) = links(app)
    assert name == 'a"b`.csv'
    assert fetched(address) == b"1,2"
    assert fetched(address, "another browser") is None
    assert links(app.run()) == [(address, name)]


@pytest.mark.usefixtures("browser")
def test_hostile_names_and_labels_are_only_words():
    """The link has no tag but its own, and nothing that a template would run."""
    app = AppTest.from_function(save_page).run()
    (body,) = (part.proto.body for part in app.get("html"))
    link = body.partition("</style>")[2]
    assert set(re.findall(r"</?(\w+)", link)) == {"a", "bdi"}
    assert not {"$", "`", "{"} & set(link)


@pytest.mark.usefixtures("browser")
def test_without_the_cookie_it_is_said_why(monkeypatch: pytest.MonkeyPatch):
    """No link is drawn that would lead nowhere."""
    monkeypatch.setattr(downloads, "_browser", lambda: "")
    app = AppTest.from_function(save_page).run()
    assert links(app) == []
    assert ["cookie" in told.value for told in app.warning] == [True]


@pytest.mark.usefixtures("browser")
def test_a_file_is_made_when_it_is_asked_for_and_once():
    """The button gives way to the link; the next run draws the link and makes nothing."""
    app = AppTest.from_function(offer_page).run()
    assert links(app) == []
    assert "made" not in app.session_state
    app.button[0].click().run()
    ((address, name),) = links(app)
    assert (name, fetched(address)) == ("flags.gpkg", b"GPKG")
    assert not app.button
    app.run()
    assert links(app) == [(address, name)]
    assert app.session_state["made"] == 1


@pytest.mark.usefixtures("browser")
def test_other_content_is_offered_anew():
    """The link of before leads to what was asked for before, so the button is back."""
    app = AppTest.from_function(offer_page).run()
    app.button[0].click().run()
    app.session_state["content"] = "two"
    app.run()
    assert links(app) == []
    assert [button.label for button in app.button] == ["Flags"]


@pytest.mark.usefixtures("browser")
def test_a_file_that_cannot_be_made_is_told():
    """In words, and without a link."""
    app = AppTest.from_function(offer_page)
    app.session_state["refuse"] = True
    app.run().button[0].click().run()
    assert not app.exception
    assert [told.value.replace("\\", "") for told in app.error] == ["no *room*; make room"]
    assert links(app) == []


@pytest.mark.usefixtures("browser")
def test_a_link_goes_a_little_before_the_server_forgets_the_file(monkeypatch: pytest.MonkeyPatch):
    """So that nobody is offered a link that leads nowhere."""
    assert timedelta(0) < timedelta(seconds=LIFE_S) - downloads.OFFERED <= timedelta(minutes=1)
    app = AppTest.from_function(offer_page).run()
    app.button[0].click().run()
    monkeypatch.setattr(downloads, "OFFERED", timedelta(0))
    app.run()
    assert links(app) == []
    assert [button.label for button in app.button] == ["Flags"]


@pytest.mark.usefixtures("browser")
def test_other_eyes_see_no_link_of_before(monkeypatch: pytest.MonkeyPatch):
    """A file that was made for the office is not offered to a session that sees less."""
    app = AppTest.from_function(offer_page).run()
    app.button[0].click().run()
    less = Principal(
        subject="local:ana", name="ana", viewer=Viewer(role=Role.VIEWER), via=Via.LOCAL, own=OFFICE
    )
    monkeypatch.setattr(who, "_identified", lambda: less)
    app.run()
    assert links(app) == []


def test_a_picture_travels_within_the_page():
    """As data, with an inert description; no address leads to it."""
    app = AppTest.from_function(picture_page).run()
    (body,) = (part.proto.body for part in app.get("html"))
    assert "src='data:image/png;base64,iVBORw=='" in body
    assert "alt='&#x27;&gt;&lt;b&gt;'" in body
    assert "&lt;i&gt;</figcaption>" in body
