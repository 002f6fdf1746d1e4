"""Who is let in, in each way of knowing people."""

from __future__ import annotations

import string
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidSetting
from geo.settings import Login
from layers.server.doors import (
    Doors,
    House,
    News,
    admitted,
    check_binding,
    is_encrypted,
    refusal_of,
)
from tests.asgi import ask, messages, page, scope_of

USER = "x-lamassu-user"


def house(login: Login = Login.LOCAL, **more) -> House:
    """A house of some mode; its proxy is 127.0.0.1 and it is told the true peers."""
    return House(
        **{
            "login": login,
            "user_header": USER,
            "proxies": (ip_network("127.0.0.1"),),
            "peers_rewritten": False,
        }
        | more
    )


def nothing_told(what: str, peer: str) -> None:
    """Hears a refusal and does nothing."""


LOCAL, PROXY, OIDC = (house(login) for login in (Login.LOCAL, Login.PROXY, Login.OIDC))


def status(scope, rules: House) -> int:
    """The status of a refusal; 200 where there is none."""
    refusal = refusal_of(scope, rules)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("127.0.0.1", 200),
        ("127.9.9.9", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.168.1.7", 403),
        ("0.0.0.0", 403),
        ("::", 403),
        ("::ffff:10.0.0.1", 403),
        ("fe80::1%eth0", 403),
        ("testclient", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_in_local_mode_only_this_machine_is_answered(peer: str | None, expected: int):
    """A peer that is not a loopback address is refused, and so is one that is not known."""
    assert status(scope_of(peer=peer), LOCAL) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("localhost", 200),
        ("LocalHost:8501", 200),
        ("127.0.0.1:8501", 200),
        ("[::1]:8501", 200),
        ("evil.example", 421),
        ("evil.example:8501", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("evil.example/localhost", 421),
        ("localhost:8501:1", 421),
        ("localhost:port", 421),
        ("[::1", 421),
        ("0.0.0.0:8501", 421),
        ("2130706433", 421),
        ("", 421),
    ],
)
def test_in_local_mode_only_names_of_this_machine_are_answered(name: str, expected: int):
    """A name that another's name server may lead to 127.0.0.1 is refused (DNS rebinding)."""
    assert status(scope_of(headers={"host": name}), LOCAL) == expected
    assert status(scope_of(kind="websocket", headers={"host": name}), LOCAL) == expected


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"]
)
def test_in_local_mode_a_proxy_before_the_server_is_refused(header: str):
    """A proxy on this machine would lend its address, and so all rights, to anybody."""
    refusal = refusal_of(scope_of(headers={header: "10.0.0.9"}), LOCAL)
    assert refusal is not None
    assert refusal.status == 403
    assert "LAMASSU_LOGIN" in refusal.words


def test_in_proxy_mode_only_the_proxy_is_answered():
    """Any other peer is refused; one that names a user is told of by that."""
    rules = house(Login.PROXY, proxies=(ip_network("10.1.0.0/24"), ip_network("fd00::/64")))
    assert status(scope_of(peer="10.1.0.9"), rules) == 200
    assert status(scope_of(peer="::ffff:10.1.0.9"), rules) == 200
    assert status(scope_of(peer="fd00::7"), rules) == 200
    assert status(scope_of(peer="127.0.0.1"), rules) == 403
    forged = refusal_of(scope_of(peer="10.1.1.9", headers={USER: "yusuf"}), rules)
    assert forged is not None
    assert (forged.status, forged.told) == (403, "user header")


def test_the_proxy_names_one_user_or_none():
    """Two user headers, of which one may be the browser's own, are refused."""
    assert status(scope_of(headers={USER: "noor"}), PROXY) == 200
    two = scope_of(headers=[(USER, "noor"), ("X-Lamassu-User", "admin")])
    assert status(two, PROXY) == 403


def test_where_the_server_below_rewrites_peers_a_forwarded_address_is_refused():
    """The server, uvicorn, puts X-Forwarded-For in the peer's place: such a peer proves nothing."""
    rules = house(Login.PROXY, peers_rewritten=True)
    forged = scope_of(peer="127.0.0.1", headers={"X-Forwarded-For": "127.0.0.1", USER: "admin"})
    refusal = refusal_of(forged, rules)
    assert refusal is not None
    assert "FORWARDED_ALLOW_IPS=none" in refusal.words
    assert status(forged, PROXY) == 200
    assert status(scope_of(headers={USER: "noor"}), rules) == 200


@pytest.mark.parametrize("rules", [LOCAL, OIDC])
def test_without_a_trusted_proxy_a_user_header_is_taken_away(rules: House):
    """Streamlit never sees a header that anybody can send; the rest of the scope is as it was."""
    scope = scope_of(headers=[(USER, "admin"), ("X-LAMASSU-USER", "admin"), ("accept", "*/*")])
    left = admitted(scope, rules)
    assert [name for name, _ in left["headers"]] == [b"host", b"accept"]
    assert len(scope["headers"]) == 4
    assert admitted(scope, PROXY)["headers"] == scope["headers"]


@pytest.mark.parametrize("rules", [LOCAL, PROXY, OIDC])
@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8501", 200),
        ("https://LOCALHOST:8501", 200),
        ("http://localhost:9999", 403),
        ("http://localhost", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
def test_a_page_of_another_origin_is_refused(rules: House, origin: str, expected: int):
    """A page of another port of this machine counts as another's, for requests and sessions."""
    for kind in ("http", "websocket"):
        assert status(scope_of(kind=kind, headers={"origin": origin}), rules) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/media/0123.png",
        "/media",
        "/media/",
        "/_stcore/metrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/app/static/x.csv",
    ],
)
def test_parts_of_streamlit_that_know_no_role_are_not_there(path: str):
    """They are answered 404 in every mode, also under a base path."""
    assert {status(scope_of(path), rules) for rules in (LOCAL, PROXY, OIDC)} == {404}
    under = house(base_path="/lamassu")
    assert status(scope_of(f"/lamassu{path}"), under) == 404
    assert status(scope_of(f"/lamassu{path}", root_path="/lamassu"), LOCAL) == 404


@pytest.mark.parametrize(
    "path", ["/", "/mediation", "/_stcore/health", "/_stcore/stream", "/cases"]
)
def test_the_rest_of_streamlit_is_there(path: str):
    """Paths that only begin alike are served."""
    assert status(scope_of(path), LOCAL) == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "[::1]", " 127.0.0.1 "])
def test_a_server_on_loopback_may_do_without_a_login(address: str):
    """Local mode starts on an address that only this machine reaches."""
    check_binding(Login.LOCAL, address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.7", "example.org", "", None])
def test_a_server_that_others_reach_does_not_start_without_a_login(address: str | None):
    """Local mode refuses to listen beyond loopback; the other modes may."""
    with pytest.raises(InvalidSetting, match=r"whoever reaches it is the administrator.*LAMASSU_"):
        check_binding(Login.LOCAL, address)
    check_binding(Login.OIDC, address)
    check_binding(Login.PROXY, address)


def test_a_refusal_is_told_once_a_minute_and_address():
    """Whoever knocks a thousand times fills no audit."""
    now_s = [0.0]
    news = News(lambda: now_s[0], most=3)
    assert [news.is_new("user header", "10.0.0.9") for _ in range(3)] == [True, False, False]
    assert [news.is_new("user header", f"10.0.0.{n}") for n in range(4)] == [
        True,
        True,
        False,
        False,
    ]
    now_s[0] = 61.0
    assert news.is_new("user header", "10.0.0.9")


def test_the_doors_answer_and_tell():
    """A refused request never reaches the app, and the administrator hears of it once."""
    told: list[tuple[str, str]] = []
    reached: list[str] = []

    async def app(scope, receive, send) -> None:
        reached.append(scope["path"])
        await page()(scope, receive, send)

    doors = Doors(app, house=PROXY, refused=lambda what, peer: told.append((what, peer)))
    forged = scope_of("/cases", peer="10.0.0.9", headers={USER: "admin"})
    answers = [ask(doors, forged) for _ in range(3)]
    assert [answer.status for answer in answers] == [403] * 3
    assert answers[0].body == b"Lamassu answers only its proxy.\n"
    assert (told, reached) == ([("user header", "10.0.0.9")], [])
    assert ask(doors, scope_of("/cases")).status == 200
    assert reached == ["/cases"]


def test_a_refused_session_is_never_accepted():
    """The opening of a session from elsewhere is closed before anything is said."""
    doors = Doors(page(), house=LOCAL, refused=nothing_told)
    opening = scope_of("/_stcore/stream", kind="websocket", peer="10.0.0.9")
    assert [message["type"] for message in messages(doors, opening)] == ["websocket.close"]


def test_a_fault_of_whoever_is_told_changes_no_answer():
    """It is refused even where the audit cannot be written."""

    def failing(what: str, peer: str) -> None:
        raise OSError("the store is busy")

    doors = Doors(page(), house=LOCAL, refused=failing)
    sent = messages(doors, scope_of(peer="10.0.0.9"))
    assert sent[0]["status"] == 403


def test_only_the_proxy_says_that_a_connection_is_encrypted():
    """In proxy mode its header counts, else the server's own word."""
    forwarded = scope_of(headers={"X-Forwarded-Proto": "https"})
    assert is_encrypted(forwarded, PROXY)
    assert not is_encrypted(forwarded, OIDC)
    assert is_encrypted(scope_of(scheme="https"), OIDC)
    assert not is_encrypted(scope_of(scheme="https"), PROXY)


@given(
    host=st.text(string.printable, max_size=30),
    origin=st.text(string.printable, max_size=30),
    peer=st.one_of(st.none(), st.text(max_size=20), st.ip_addresses().map(str)),
    path=st.text(max_size=30),
)
def test_nothing_hostile_makes_the_doors_fail(host: str, origin: str, peer: str | None, path: str):
    """Whatever a request holds, the doors decide; nobody from elsewhere comes into local mode."""
    scope = scope_of(path, peer=peer, headers={"host": host, "origin": origin})
    for rules in (LOCAL, PROXY, OIDC):
        refusal_of(scope, rules)
    if refusal_of(scope, LOCAL) is None:
        assert peer is not None
        assert peer.startswith(("127.", "::1", "::ffff:7f", "::ffff:127."))
