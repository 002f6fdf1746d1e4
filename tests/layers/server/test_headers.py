"""Every answer says which scripts may run, who may frame it and who may keep it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from geo.settings import Login
from layers.server.headers import (
    ALWAYS,
    FRAME_HEIGHT,
    MAP_COMPONENT,
    NOTHING,
    AnswerHeaders,
    inline_scripts,
    map_policy,
    page_policy,
)
from tests.asgi import Answer, ask, messages, page, scope_of
from tests.layers.server.test_doors import house


def dressed(app=None, *, login: Login = Login.OIDC, base_path: str = "", **scope) -> Answer:
    """The answer of `app` with its headers."""
    app = app or page()
    wrapped = AnswerHeaders(
        app,
        house=house(login, base_path=base_path),
        scripts=("alert(1)",),
        picture_hosts=(),
        noted=lambda error: f"<{type(error).__name__}>",
    )
    return ask(wrapped, scope_of(**scope))


def directives(policy: str) -> dict[str, list[str]]:
    """A policy by its directives."""
    parts = [part.split() for part in policy.split("; ")]
    assert len({name for name, *_ in parts}) == len(parts), "no directive stands twice"
    return {name: values for name, *values in parts}


def test_every_answer_has_its_headers():
    """A page, a file of the program and a refusal have each of them once."""
    for path, status in (("/", 200), ("/static/js/x.js", 200), ("/nothing", 404)):
        answer = dressed(page(status=status), path=path)
        assert {name: answer[name] for name in ALWAYS} == ALWAYS
        assert answer["x-frame-options"] == "DENY"
        assert answer["content-security-policy"]


def test_a_page_runs_only_scripts_that_are_known():
    """No inline script, attribute, string or other host, but those named by their hash."""
    found = directives(dressed()["content-security-policy"])
    hashed = base64.b64encode(hashlib.sha256(b"alert(1)").digest()).decode()
    assert found["script-src"] == ["'self'", FRAME_HEIGHT, f"'sha256-{hashed}'"]
    assert found["script-src-attr"] == found["object-src"] == found["default-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"]
    assert found["connect-src"] == ["'self'", "ws://localhost:8501"]
    assert not any("http" in value or value == "*" for one in found.values() for value in one)


@pytest.mark.parametrize(
    ("host", "sessions"),
    [
        ("lamassu.example", ["wss://lamassu.example"]),
        ("127.0.0.1:8501", ["wss://127.0.0.1:8501"]),
        ("[::1]:8501", ["wss://[::1]:8501"]),
        ("x; script-src *", []),
        ("a b", []),
        ("", []),
    ],
)
def test_a_page_may_open_sessions_where_it_came_from(host: str, sessions: list[str]):
    """Under the name that it was asked for; a name that is none adds nothing to the policy."""
    answer = dressed(headers={"host": host}, scheme="https")
    assert directives(answer["content-security-policy"])["connect-src"] == ["'self'", *sessions]


def test_the_map_may_run_its_own_script_and_be_framed_by_our_page():
    """The wider policy holds for the frame of the map alone, and lets nothing out of it."""
    answer = dressed(path=f"/lamassu/{MAP_COMPONENT}index.html", base_path="/lamassu")
    found = directives(answer["content-security-policy"])
    assert found["script-src"] == ["'self'", "'unsafe-eval'"]
    assert found["script-src-attr"] == found["default-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'self'"]
    assert "connect-src" not in found
    assert answer["x-frame-options"] == "SAMEORIGIN"
    elsewhere = directives(dressed(path="/component/other/index.html")["content-security-policy"])
    assert "'unsafe-eval'" not in elsewhere["script-src"]


def test_an_online_base_map_is_the_only_other_host():
    """Its pictures may be fetched by the map's frame where somebody switched it on."""
    found = directives(map_policy(picture_hosts=("https://tile.example",)))
    assert found["img-src"] == ["'self'", "data:", "https://tile.example"]
    assert "https" not in map_policy()
    assert "https" not in page_policy(())


def test_what_is_no_page_may_do_nothing():
    """A file that a browser shows all the same runs in a box without rights."""
    plain = dressed(page(headers=[("content-type", "image/svg+xml")]))
    assert plain["content-security-policy"] == NOTHING
    own = dressed(page(headers=[("content-security-policy", "default-src 'self'")]))
    assert own["content-security-policy"] == "default-src 'self'"


@pytest.mark.parametrize(
    ("path", "said", "kept"),
    [
        ("/static/js/index.js", "public, immutable, max-age=1", "public, immutable, max-age=1"),
        ("/component/lamassu_map/x.js", "public", "public"),
        ("/static/nothing", "no-cache", "no-store"),
        ("/", "no-cache", "no-store"),
        ("/files/x", "public", "no-store"),
        ("/cases", None, "no-store"),
    ],
)
def test_only_files_of_the_program_may_be_kept(path: str, said: str | None, kept: str):
    """Whatever else is answered, no browser and no proxy keeps a copy."""
    answer = dressed(page(headers=[("cache-control", said)] if said else []), path=path)
    assert answer["cache-control"] == kept


def test_over_an_encrypted_connection_everything_stays_encrypted():
    """The browser is told to come back so, and gives its cookies to nobody else."""
    app = page(headers=[("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; SECURE")])
    answer = dressed(app, scheme="https")
    assert answer["strict-transport-security"] == "max-age=31536000"
    assert answer.all("set-cookie") == ["a=1; Path=/; Secure", "b=2; SECURE"]
    plain = dressed(app)
    assert plain.all("strict-transport-security") == []
    assert plain.all("set-cookie") == ["a=1; Path=/", "b=2; SECURE"]
    proxied = dressed(app, login=Login.PROXY, headers={"X-Forwarded-Proto": "https"})
    assert proxied.all("set-cookie")[0].endswith("; Secure")


def test_a_fault_is_answered_by_its_number_alone():
    """Neither the message nor a path of the server reaches whoever asked."""

    async def failing(scope, receive, send) -> None:
        raise ValueError("the tomb at 35.58812, 42.71834 in /srv/lamassu")

    answer = dressed(failing)
    assert (answer.status, answer.body) == (500, b"Error <ValueError> was noted.\n")
    assert answer["cache-control"] == "no-store"


def test_a_fault_after_the_answer_began_ends_it():
    """Nothing is added to half an answer."""

    async def failing(scope, receive, send) -> None:
        await page()(scope, receive, send)
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        dressed(failing)


def test_a_session_is_passed_on():
    """The opening of a session has no headers of ours."""

    async def app(scope, receive, send) -> None:
        await send({"type": "websocket.close"})

    wrapped = AnswerHeaders(app, house=house(), scripts=(), picture_hosts=(), noted=str)
    assert messages(wrapped, scope_of(kind="websocket")) == [{"type": "websocket.close"}]


def test_inline_scripts_are_found_as_they_stand():
    """What a browser hashes is the text between the tags, blanks and all."""
    html = '<script>\n a()\n</script><script src="x"></script><script>b()</script>'
    assert inline_scripts(html) == ("\n a()\n", "b()")
