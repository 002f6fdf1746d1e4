"""Every view for every role: what it may see, and not a word more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import RIGHTS, Right, Role
from geo.store import Store
from layers.views import who, whole
from tests import secret_records
from tests.homes import NOW
from tests.secret_records import GROUP, NAMES, TOLD

RIGHT_OF = {
    "map": Right.LOOK, "alerts": Right.ANALYSE, "change": Right.ANALYSE, "cases": Right.ANALYSE,
    "routes": Right.ANALYSE, "exposure": Right.ANALYSE, "hotspots": Right.LOOK,
    "data": Right.HAND_OVER,
    "sources": Right.LOOK, "settings": Right.ADMINISTER, "access": Right.ADMINISTER,
    "account": Right.LOOK,
}  # fmt: skip
"""What each page asks for, by its address."""


@pytest.fixture
def open_as(home: Path, store: Store, open_app, come_as) -> Callable[..., AppTest]:
    """Opens the app with the made-up records, as somebody of a role."""
    secret_records.bring(store)

    def start(role: Role, *groups: str) -> AppTest:
        come_as(role, *groups)
        return open_app(home)

    return start


def sent(app: AppTest) -> bytes:
    """Everything that the page sent to the browser."""
    protos = [getattr(node, "proto", None) for node in app._tree]
    return b"\n".join(proto.SerializeToString() for proto in protos if proto is not None)


def told_of(app: AppTest) -> set[str]:
    """The made-up sites whose names are anywhere on the page."""
    content = sent(app)
    return {name for name in NAMES if name.encode() in content}


def digits_told(app: AppTest) -> set[str]:
    """The made-up sites one of whose exact coordinates is anywhere on the page."""
    content = sent(app)
    return {
        name
        for name in NAMES
        for number in secret_records.lonlat_of(name)
        if f"{number:.5f}".encode() in content
    }


@pytest.mark.parametrize(
    "role",
    [
        # A partner is shown some views and refused others.
        pytest.param(role, marks=() if role is Role.PARTNER else pytest.mark.thorough)
        for role in Role
    ],
)
def test_every_view_opens_or_refuses(role: Role, open_as, go):
    """Without an exception; who lacks the right reads why, and nothing else is there."""
    app = open_as(role)
    for address, right in RIGHT_OF.items():
        go(app, address)
        refusals = [told.value for told in app.error]
        assert (address, list(app.exception)) == (address, [])
        if right in RIGHTS[role]:
            assert (address, refusals) == (address, [])
        else:
            assert [f"for those who may {who.RIGHT_WORDS[right]}" in told for told in refusals] == [
                True
            ]
            assert not [*app.button, *app.dataframe, *app.selectbox, *app.text_input]
        assert (address, told_of(app) - TOLD[role]) == (address, set())


@pytest.mark.parametrize("role", Role)
def test_the_map_tells_each_role_what_it_may_have(role: Role, open_as):
    """Names of withheld sites are nowhere in what is sent; exact places are the office's."""
    app = open_as(role)
    assert told_of(app) == TOLD[role]
    office = {name for name in TOLD[role] if Right.ANALYSE in RIGHTS[role]}
    exact = office | ({"Madeup none"} if role is Role.PARTNER else set())
    assert digits_told(app) == exact


def test_a_closed_dataset_opens_to_its_group(open_as, come_as):
    """Its name comes with the membership, on the same server, and goes with it."""
    app = open_as(Role.ANALYST)
    assert "Madeup closed" not in told_of(app)
    for role, group, opened in (
        (Role.ANALYST, GROUP, True), (Role.VIEWER, GROUP, True), (Role.VIEWER, "others", False),
    ):  # fmt: skip
        come_as(role, group)
        assert ("Madeup closed" in told_of(app.run())) == opened


def test_two_sessions_on_one_server_do_not_mix(open_as, come_as, go):
    """The caches are the same, the pages are not."""
    first = open_as(Role.ADMINISTRATOR)
    come_as(Role.VIEWER)
    second = AppTest.from_file(Path(first._script_path), default_timeout=60).run()
    assert told_of(second) == TOLD[Role.VIEWER]
    come_as(Role.ADMINISTRATOR)
    assert told_of(first.run()) == NAMES


def test_who_is_revoked_sees_the_login_at_the_next_run(open_as, come_as, monkeypatch):
    """Whatever was on the page or kept in the session is gone."""
    app = open_as(Role.ANALYST)
    app.session_state["kept by a page"] = "Madeup high"
    come_as(Role.ANONYMOUS)
    monkeypatch.setenv("LAMASSU_ANONYMOUS", "no")
    app.run()
    assert not app.exception
    assert told_of(app) == set()
    assert "kept by a page" not in app.session_state
    assert not app.selectbox


def test_a_dataset_that_is_closed_is_gone_at_the_next_run(open_as):
    """Nobody has to come anew for it."""
    app = open_as(Role.ANALYST)
    assert "Madeup low" in told_of(app)
    whole.store().share("local", ["others"], author="test", now=NOW)
    assert told_of(app.run()) == set()


def test_a_card_offers_what_the_role_may_do(open_as, come_as):
    """An analyst corrects and goes on from a card; a partner reads it, and why it is coarse."""
    app = open_as(Role.ANALYST)
    for role, offered in ((Role.ANALYST, True), (Role.PARTNER, False)):
        come_as(role)
        app.run()
        app.session_state["selected"] = ("sites", "local", "Madeup-low")
        app.run()
        assert not app.exception
        assert any("lamassu-card" in part.body for part in app.get("html"))
        labels = {button.label for button in app.button}
        assert ({"Routes from here", "Save the correction"} <= labels) == offered
        assert ("Routes from here" in labels) == offered


def test_who_may_not_print_is_not_offered_it(open_as, come_as):
    """The button for a briefing stands on the map of those who may hand over."""
    app = open_as(Role.VIEWER)
    assert "Briefing" in {button.label for button in app.button}
    come_as(Role.ANONYMOUS)
    assert "Briefing" not in {button.label for button in app.run().button}


def test_a_correction_bears_the_name_of_whoever_made_it(open_as):
    """The history names the login, not the account that runs the server."""
    app = open_as(Role.ANALYST)
    app.session_state["selected"] = ("sites", "local", "Madeup-low")
    app.run()
    app.text_input(key="reason Madeup-low").set_value("made up").run()
    next(box for box in app.selectbox if box.label == "Field").set_value("period").run()
    app.text_input(key="new period Madeup-low").set_value("made-up age").run()
    next(one for one in app.button if one.label == "Save the correction").click().run()
    assert not app.exception
    last = whole.store().history("sites", "Madeup-low", dataset_id="local").iloc[-1]
    assert last["period"] == "made-up age"
    assert last["author"] == "A analyst <oidc:https://id.example|analyst>"


def test_what_is_closed_to_an_analyst_takes_nothing_from_them(open_as, go):
    """Its imports are not listed, and a table is refused in words, with nothing kept."""
    app = go(open_as(Role.ANALYST), "data")
    listed = next(one.value for one in app.dataframe if "State" in one.value)
    known = {record.import_id for record in whole.store().imports()}
    hidden = {
        record.import_id
        for record in whole.store().imports()
        if record.key.dataset_id == secret_records.CLOSED
    }
    assert set(listed["Import"]) == known - hidden
    whole.store().share("local", [GROUP], author="test", now=NOW)
    before = whole.store().revision()
    csv = b"id,event_type,country,place\nX1,seizure,Exampleland,Mosul\n"
    app.file_uploader[0].set_value([("x.csv", csv, "text/csv")])
    app.run()
    assert not app.exception
    assert ["cannot be brought into the dataset" in told.value for told in app.error] == [True]
    assert whole.store().revision() == before
