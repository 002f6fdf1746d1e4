"""A browser is known again by a cookie that scripts cannot read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from layers.server.cookie import NAME, BrowserCookie, browser_of
from tests.asgi import ask, messages, page, scope_of

VALUE = "A" * 42 + "_"


def cookies(**scope) -> list[str]:
    """The cookies that an answer sets."""
    app = BrowserCookie(page(headers=scope.pop("answer", [])), base_path=scope.pop("base", ""))
    return ask(app, scope_of(**scope)).all("set-cookie")


def test_a_new_browser_gets_a_cookie():
    """It is out of the reach of scripts and of other sites, and ends with the browser."""
    (cookie,) = cookies()
    assert re.fullmatch(NAME + r"=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert cookies() != [cookie]


def test_a_base_path_bounds_the_cookie():
    """Another app of the same host does not get it."""
    (cookie,) = cookies(base="/lamassu", path="/lamassu/")
    assert "; Path=/lamassu/; " in cookie


def test_a_known_browser_keeps_its_cookie():
    """None is set where one was sent."""
    assert cookies(headers={"cookie": f"other=1; {NAME}={VALUE}; x=y"}) == []


@pytest.mark.parametrize("value", ["", "short", VALUE + "A", VALUE[:-1] + "/", '"' + VALUE + '"x'])
def test_a_value_that_is_not_ours_is_replaced(value: str):
    """A value that somebody chose, such as an empty one, counts for nothing."""
    assert browser_of(Headers({"cookie": f"{NAME}={value}"})) == ""
    assert len(cookies(headers={"cookie": f"{NAME}={value}"})) == 1


@pytest.mark.parametrize(
    ("site", "count"), [("none", 1), ("same-origin", 1), ("cross-site", 0), ("same-site", 0)]
)
def test_whoever_comes_from_elsewhere_keeps_the_cookie_that_was_withheld(site: str, count: int):
    """The first request from another site lacks a strict cookie though the browser has one."""
    assert len(cookies(headers={"sec-fetch-site": site})) == count


@pytest.mark.parametrize("path", ["/auth/logout", "/oauth2callback"])
def test_where_a_login_begins_or_ends_the_browser_is_a_new_one(path: str):
    """Whoever sits there next cannot fetch what was made for whoever sat there before."""
    known = {"cookie": f"{NAME}={VALUE}", "sec-fetch-site": "cross-site"}
    (cookie,) = cookies(path=path, headers=known)
    assert VALUE not in cookie
    assert len(cookies(path=f"/lamassu{path}", base="/lamassu", headers=known)) == 1
    assert cookies(path=f"/elsewhere{path}", headers=known) == []


def test_what_anybody_may_keep_a_copy_of_sets_no_cookie():
    """A public answer holds nobody's cookie."""
    assert cookies(answer=[("cache-control", "public, immutable, max-age=1")]) == []


def test_a_session_is_passed_on():
    """Only answers to requests set cookies."""
    seen: list[str] = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["type"])
        await send({"type": "websocket.close"})

    messages(BrowserCookie(app, base_path=""), scope_of(kind="websocket"))
    assert seen == ["websocket"]


def test_a_broken_cookie_hides_no_other():
    """Another app's unreadable cookie beside ours changes nothing."""
    line = f'bad[]=1; x="; {NAME}={VALUE}; ü=1'
    assert browser_of(Headers(raw=[(b"cookie", line.encode("latin-1"))])) == VALUE


@given(st.text(max_size=200))
def test_nothing_hostile_makes_the_reading_fail(text: str):
    """Whatever a browser sends, what is read is a value of ours or nothing."""
    raw = [(b"cookie", text.encode("utf-8", "replace"))]
    assert re.fullmatch(r"|[A-Za-z0-9_-]{43}", browser_of(Headers(raw=raw)))
