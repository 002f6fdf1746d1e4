"""Who a session is: the ways to log in, viewing as another, and what is asked again and again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import streamlit as st
from streamlit.runtime.context import StreamlitHeaders
from streamlit.testing.v1 import AppTest

from geo.access import Member, Principal, Right, Role, Via, Viewer
from geo.errors import NotAllowed
from geo.store import Store
from layers.server import doors
from layers.views import cache, caching, who, whole
from tests import secret_records
from tests.homes import NOW
from tests.secret_records import GROUP, TOLD


def text(app: AppTest) -> str:
    """Everything that stands on the page as HTML or Markdown."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def told(app: AppTest) -> set[str]:
    """Names of the made-up sites that the map offers to go to."""
    box = next((box for box in app.selectbox if box.label == "Go to a site"), None)
    return {name for name in secret_records.NAMES if name in "\n".join(box.options if box else [])}


@pytest.fixture
def filled(store: Store) -> Store:
    """The store of the home, with the made-up records."""
    secret_records.bring(store)
    return store


def named_by_proxy(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """Lets the proxy name somebody, at a server whose doors are there."""
    monkeypatch.setenv("LAMASSU_LOGIN", "proxy")
    standing = Event()
    standing.set()
    monkeypatch.setattr(doors, "STANDING", standing)
    sent = StreamlitHeaders([("X-Lamassu-User", value) for value in values])
    monkeypatch.setattr(type(st.context), "headers", property(lambda _self: sent))


def actions(store: Store) -> list[tuple[str, str]]:
    """Who did what, by the audit."""
    return [(entry.actor, entry.action) for entry in store.audit() if entry.action != "saw"]


def test_the_local_user_is_the_administrator(app: AppTest):
    """No login, no banner, no page of an account; the audit calls nobody in."""
    somebody = who.principal()
    assert (somebody.via, somebody.viewer.role) == (Via.LOCAL, Role.ADMINISTRATOR)
    assert who.author() == somebody.name
    assert not app.warning
    assert "login" not in {action for _, action in actions(whole.store())}


@pytest.mark.parametrize(("login", "words"), [
    ("oidc", "Your role decides what you see"),
    ("proxy", "it sent no header <code>X-Lamassu-User</code>"),
])  # fmt: skip
def test_without_a_login_there_is_the_login_page(
    home: Path, open_app, monkeypatch: pytest.MonkeyPatch, login: str, words: str
):
    """The name of the house, one sentence, and a button where there is somewhere to go."""
    monkeypatch.setenv("LAMASSU_LOGIN", login)
    app = open_app(home)
    assert not app.exception
    assert words in text(app)
    assert [button.label for button in app.button] == (["Log in"] if login == "oidc" else [])
    assert not [*app.selectbox, *app.dataframe, *app.text_input]


def test_a_provider_that_is_not_set_up_is_told(
    home: Path, open_app, monkeypatch: pytest.MonkeyPatch
):
    """The button says what is missing instead of failing."""
    monkeypatch.setenv("LAMASSU_LOGIN", "oidc")
    app = open_app(home)
    app.button[0].click().run()
    assert not app.exception
    assert "no identity provider yet" in app.error[0].value


def test_the_proxy_names_a_member(
    home: Path, filled: Store, open_app, monkeypatch: pytest.MonkeyPatch
):
    """With role and groups as the store has them at each run, and an entry that they came."""
    named_by_proxy(monkeypatch, "layla")
    member = Member(subject="proxy:layla", name="Layla", role=Role.PARTNER)
    filled.set_member(member, author="test", now=NOW)
    app = open_app(home)
    assert told(app) == TOLD[Role.PARTNER]
    assert ("proxy:layla", "login") in actions(filled)
    raised = Member(subject="proxy:layla", role=Role.ANALYST, groups=frozenset({GROUP}))
    filled.set_member(raised, author="test", now=NOW)
    assert told(app.run()) == TOLD[Role.ANALYST] | {"Madeup closed"}
    gone = Member(subject="proxy:layla", role=Role.ANONYMOUS)
    filled.set_member(gone, author="test", now=NOW)
    app.run()
    assert told(app) == set()
    assert "was taken away" in text(app)


def test_a_name_that_is_no_member_is_told_so_and_noted(
    home: Path, filled: Store, open_app, monkeypatch: pytest.MonkeyPatch
):
    """The person can tell the administrator the name; the administrator finds it in the audit."""
    named_by_proxy(monkeypatch, "<b>mallory</b>")
    app = open_app(home)
    assert told(app) == set()
    assert "No member goes by proxy:&lt;b&gt;mallory" in text(app)
    assert [actor for actor, action in actions(filled) if action == "refused"] == [
        "proxy:<b>mallory</b>"
    ]


def test_two_names_are_none(home: Path, filled: Store, open_app, monkeypatch: pytest.MonkeyPatch):
    """A header beside the proxy's own came from somebody else."""
    named_by_proxy(monkeypatch, "layla", "mallory")
    member = Member(subject="proxy:layla", role=Role.PARTNER)
    filled.set_member(member, author="test", now=NOW)
    app = open_app(home)
    assert told(app) == set()
    assert "names nobody" in text(app)


def test_a_page_that_is_open_for_too_long_counts_no_more(
    home: Path, filled: Store, open_app, monkeypatch: pytest.MonkeyPatch
):
    """The proxy named its user when the page was opened, and not since."""
    named_by_proxy(monkeypatch, "layla")
    member = Member(subject="proxy:layla", role=Role.PARTNER)
    filled.set_member(member, author="test", now=NOW)
    app = open_app(home)
    assert told(app)
    app.session_state[who.BEGAN_KEY] = datetime.now(UTC) - timedelta(hours=13)
    app.run()
    assert told(app) == set()
    assert who.TOO_OLD in text(app)


def test_one_looks_as_another_and_comes_back(home: Path, filled: Store, open_app, go):
    """The map is the other's, as is the way from other pages; one button leads back."""
    app = open_app(home)
    app.session_state[who.VIEW_AS_KEY] = (Role.PARTNER, frozenset())
    app.run()
    assert told(app) == TOLD[Role.PARTNER]
    assert ["what a **partner**" in part.value for part in app.warning] == [True]
    go(app, "settings")
    assert told(app) == TOLD[Role.PARTNER]
    assert not app.error
    next(button for button in app.button if button.label == "Back to my own view").click().run()
    assert not app.warning
    assert told(go(app, "map")) == TOLD[Role.ADMINISTRATOR]


def test_nobody_looks_as_more_than_themselves(come_as):
    """Neither asked for nor slipped into the session, nor kept from better days."""
    come_as(Role.PARTNER)
    with pytest.raises(NotAllowed, match="partner"):
        who.view_as(Role.ANALYST)
    with pytest.raises(NotAllowed, match="partner"):
        who.view_as(Role.VIEWER, ["not mine"])
    st.session_state[who.VIEW_AS_KEY] = (Role.ADMINISTRATOR, frozenset())
    assert who.principal().viewer == Viewer(role=Role.PARTNER)
    who.view_as(Role.VIEWER)
    assert who.principal().viewer == Viewer(role=Role.VIEWER)
    who.view_as_oneself()
    assert who.principal().own is None


def test_a_part_of_a_page_asks_again_for_whom_it_was_drawn(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch, come_as
):
    """Another person, another role, a changed group: each has the whole page drawn anew."""
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    drawn: list[str] = []
    redrawn: list[str] = []
    monkeypatch.setattr(st, "rerun", lambda: redrawn.append("page"))
    part = who._for_whom_it_was_drawn(drawn.append)
    come_as(Role.PARTNER)
    st.session_state.clear()
    part("first")
    assert (drawn, redrawn) == (["first"], [])
    whole.store().share("somebody's", [GROUP], author="test", now=NOW)
    part("second")
    assert redrawn == ["page"]
    st.session_state.clear()
    part("third")
    come_as(Role.VIEWER)
    part("fourth")
    assert redrawn == ["page", "page"]
    whole.store().close()
    st.cache_resource.clear()


def test_what_is_kept_belongs_to_one_scope(home: Path, filled: Store, open_app):
    """Two who see the same share it; two who do not, never; closing a dataset makes it new."""
    open_app(home)
    calls: list[str] = []

    @caching.scoped(8)
    def seen(asked: cache.GuardedStore, kind: str) -> set[str]:
        calls.append(asked.principal.viewer.scope)
        return set(asked.read(kind)["name"])

    def of(role: Role, *groups: str, subject: str = "x") -> set[str]:
        viewer = Viewer(role=role, groups=frozenset(groups))
        somebody = Principal(subject=subject, name="", viewer=viewer, via=Via.OIDC)
        return seen(cache._guarded(somebody), "sites")

    assert of(Role.VIEWER) is of(Role.VIEWER, subject="another")
    assert calls == ["viewer:"]
    assert "Madeup closed" not in of(Role.VIEWER)
    assert "Madeup closed" in of(Role.VIEWER, GROUP)
    assert "Madeup red" in of(Role.ADMINISTRATOR)
    assert of(Role.ANALYST) != of(Role.PARTNER)
    whole.store().share(secret_records.CLOSED, [], author="test", now=NOW)
    assert "Madeup closed" in of(Role.VIEWER)


def test_each_restricted_record_that_was_shown_is_noted_once(
    home: Path, filled: Store, open_app, come_as
):
    """Once a session and kind, by whom and through whose eyes; again when something changed."""
    come_as(Role.ANALYST)
    app = open_app(home)

    def looks() -> list[tuple[str, str]]:
        return [(entry.actor, entry.subject) for entry in filled.audit() if entry.action == "saw"]

    once = looks()
    assert ("oidc:https://id.example|analyst", "sites") in once
    assert len(set(once)) == len(once)
    app.run()
    assert looks() == once
    filled.correct(
        "sites", "Madeup-high", {"period": "made up"}, author="t", reason="r", now=NOW,
        dataset_id="local",
    )  # fmt: skip
    app.run()
    assert sorted(looks()) == sorted(once * 2)


def test_a_refused_page_is_noted(home: Path, filled: Store, open_app, come_as, go):
    """Who typed the address of a page that is not theirs stands in the audit."""
    come_as(Role.VIEWER)
    app = open_app(home)
    go(app, "settings")
    go(app, "settings")
    refusals = [entry for entry in filled.audit() if entry.action == "refused"]
    assert [(one.actor, one.subject) for one in refusals] == [
        ("oidc:https://id.example|viewer", f"page: {Right.ADMINISTER}")
    ]


def test_the_account_says_what_one_sees(home: Path, filled: Store, open_app, come_as):
    """Role, precision, markings, groups and rights in words."""
    come_as(Role.PARTNER, "a group")
    app = open_app(home, "account")
    assert not app.exception
    said = text(app)
    for words in ("Partner", "cells of 0.001 to 0.1 degree", "TLP:GREEN", "TLP:AMBER", "a group",
                  "print and hand over"):  # fmt: skip
        assert words in said


def test_a_file_is_handed_out_to_those_who_still_see_as_much(
    home: Path, filled: Store, monkeypatch: pytest.MonkeyPatch
):
    """Asked outside of a session: by subject and scope, as the members are now."""
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    assert who.entitled(f"local:{who._account()}", "partner:")
    assert not who.entitled("local:somebody else", "partner:")
    monkeypatch.setenv("LAMASSU_LOGIN", "proxy")
    groups = frozenset({GROUP, "south"})
    filled.set_member(
        Member(subject="proxy:layla", role=Role.PARTNER, groups=groups), author="t", now=NOW
    )
    assert who.entitled("proxy:layla", f"partner:{GROUP},south")
    assert who.entitled("proxy:layla", f"viewer:{GROUP}")
    for other in ("analyst:", "partner:east", "no such role:", ""):
        assert not who.entitled("proxy:layla", other)
    assert not who.entitled("proxy:mallory", "partner:")
    assert not who.entitled("nobody", "anonymous:")
    filled.set_member(Member(subject="proxy:layla", role=Role.ANONYMOUS), author="t", now=NOW)
    assert not who.entitled("proxy:layla", "viewer:")
    whole.store().close()
    st.cache_resource.clear()


def test_a_login_is_asked_about_as_the_provider_told_of_it(
    home: Path, filled: Store, monkeypatch: pytest.MonkeyPatch
):
    """A member by e-mail, until that login was ended or has run out."""
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    monkeypatch.setenv("LAMASSU_LOGIN", "oidc")
    member = Member(subject="oidc:layla@office.example", role=Role.PARTNER)
    filled.set_member(member, author="t", now=NOW)
    now_s = datetime.now(UTC).timestamp()
    claims = {"iss": "https://id.example", "sub": "1", "iat": now_s - 60, "exp": now_s + 600,
              "email": "layla@office.example", "email_verified": True}  # fmt: skip
    monkeypatch.setattr(who, "_LOGINS", OrderedDict())
    subject = "oidc:https://id.example|1"
    assert not who.entitled(subject, "partner:")
    who._remember(subject, claims)
    assert who.entitled(subject, "partner:")
    assert not who.entitled(subject, "analyst:")
    monkeypatch.setattr(who, "_LOGGED_OUT", OrderedDict({who._digest(claims): None}))
    assert not who.entitled(subject, "partner:")
    who._remember(subject, claims | {"nonce": "another login"})
    assert who.entitled(subject, "partner:")
    who._remember(subject, claims | {"iat": now_s - 6000, "exp": now_s - 600})
    assert not who.entitled(subject, "partner:")
    whole.store().close()
    st.cache_resource.clear()


def test_a_hostile_name_or_group_is_inert(home: Path, filled: Store, open_app, monkeypatch):
    """What a provider or an administrator calls somebody is text, on the page and in the banner."""
    payload = "<img src=x onerror=alert(1)>![x](http://e.org)"
    viewer = Viewer(role=Role.PARTNER, groups=frozenset({payload}))
    own = Viewer(role=Role.ADMINISTRATOR)
    somebody = Principal(
        subject=f"oidc:{payload}", name=payload, viewer=viewer, via=Via.OIDC, own=own,
        remark=payload,
    )  # fmt: skip
    monkeypatch.setattr(who, "_identified", lambda: somebody)
    app = open_app(home, "account")
    html = "".join(part.body for part in app.get("html"))
    markdown = "".join(part.value for part in [*app.markdown, *app.info, *app.warning])
    assert "onerror" in html
    assert "onerror" in markdown
    assert "<img" not in html
    assert "<img" not in markdown.replace("\\<", "")
    assert "![x]" not in markdown


def test_a_script_without_the_servers_doors_lets_nobody_in(home: Path, open_app, monkeypatch):
    """Served alone, it would believe whatever header a stranger sends."""
    named_by_proxy(monkeypatch, "layla")
    monkeypatch.setattr(doors, "STANDING", Event())
    app = open_app(home)
    assert told(app) == set()
    assert "Start Lamassu by" in text(app)
