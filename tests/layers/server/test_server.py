"""Doors, headers and cookie stand together before every request."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from geo.settings import resolve
from layers.server import base_path, middleware, routes
from layers.server.doors import STANDING
from layers.server.tickets import Tickets
from tests.asgi import ask, scope_of


def served(tickets: Tickets, *, login: str = "local", base: str = "") -> Starlette:
    """A small app behind everything."""
    settings = resolve({"LAMASSU_LOGIN": login}, default_home=Path("/nowhere"))
    return Starlette(
        middleware=middleware(settings, refused=lambda *_: None, base_path=base),
        routes=[
            *routes(settings, entitled=lambda *_: True, tickets=tickets, base_path=base),
            Route(f"{base}/", lambda _: HTMLResponse("hello")),
        ],
    )


@pytest.mark.parametrize("base", ["", "/lamassu"])
def test_a_browser_opens_a_page_and_fetches_its_file(base: str):
    """The cookie that comes with the page opens the file that was made for it."""
    tickets = Tickets(lambda: 0.0)
    app = served(tickets, base=base)
    opened = ask(app, scope_of(f"{base}/"))
    assert opened.status == 200
    cookie = opened["set-cookie"].split(";")[0]
    browser = cookie.split("=")[1]
    path = base + tickets.put(b"rows", "x.csv", browser=browser, subject="s", scope="s")
    assert ask(app, scope_of(path)).status == 404
    answer = ask(app, scope_of(path, headers={"cookie": cookie}))
    assert (answer.status, answer.body) == (200, b"rows")
    assert answer["cache-control"] == "no-store"
    assert answer["x-content-type-options"] == "nosniff"
    assert STANDING.is_set()


def test_a_refusal_has_the_headers_and_no_cookie():
    """Whoever is turned away learns as little as possible."""
    answer = ask(served(Tickets(lambda: 0.0)), scope_of(peer="10.0.0.9"))
    assert answer.status == 403
    assert answer["x-frame-options"] == "DENY"
    assert answer.all("set-cookie") == []


@pytest.mark.parametrize(
    ("option", "path"),
    [(None, ""), ("", ""), ("/", ""), ("lamassu", "/lamassu"), ("/a/b/", "/a/b")],
)
def test_the_base_path_begins_with_a_slash_and_ends_without(option: str | None, path: str):
    """However it is written in the configuration."""
    assert base_path(option) == path
