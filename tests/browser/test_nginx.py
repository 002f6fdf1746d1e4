"""The example of a reverse proxy, run as it stands: nginx before the app in proxy mode."""

from __future__ import annotations

import base64
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from geo.access import Member, Role
from geo.store import open_store
from tests.browser.conftest import FLAGS, chromium_program, free_port
from tests.browser.nginx import PEOPLE, Site, running_nginx
from tests.browser.steps import map_frame, note_waiting, settled
from tests.homes import copied, installed, settings_of

pytestmark = pytest.mark.browser

CONFIGURATION = Path(__file__).resolve().parents[2] / ".docs" / "nginx.conf"


@pytest.fixture(scope="module")
def site(
    serve: Callable[..., str], project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The app behind nginx; Noor is an analyst, Victor has no role."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("nginx") / "home")
    store = open_store(settings_of(home).store_url)
    noor = Member(subject="proxy:noor", name="Noor", role=Role.ANALYST)
    store.set_member(noor, author="shell:test", now=datetime.now(UTC))
    store.close()
    address = serve(project / "app.py", LAMASSU_HOME=str(home), LAMASSU_LOGIN="proxy")
    folder = tmp_path_factory.mktemp("before-app")
    with running_nginx(CONFIGURATION, folder, to_port=int(address.rpartition(":")[2])) as running:
        yield running


@pytest.fixture(scope="module")
def trusting(chromium: Browser, site: Site) -> Iterator[Browser]:
    """A browser that believes the key of `site`, as one that knows its certificate does."""
    believed = f"--ignore-certificate-errors-spki-list={site.key_sha256}"
    browser = chromium.browser_type.launch(
        executable_path=chromium_program(), args=[*FLAGS, believed]
    )
    yield browser
    browser.close()


REACHED: list[dict[str, str]] = []
"""The headers of each request that went through nginx to `Echo`."""


class Echo(BaseHTTPRequestHandler):
    """Stands where Lamassu would and keeps what reaches it."""

    def do_GET(self) -> None:
        """Keep the headers and answer without any of the app's."""
        REACHED.append(dict(self.headers.items()))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same nginx before a program that keeps what reaches it."""
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    folder = tmp_path_factory.mktemp("before-echo")
    with running_nginx(CONFIGURATION, folder, to_port=server.server_port) as running:
        yield running
    server.shutdown()
    server.server_close()
    thread.join()


def asked(site: Site, path: str = "/", *, name: str = "", body: bytes | None = None, **headers):
    """Status, headers and body of the answer to a request, as `name` if one is given."""
    if name:
        word = base64.b64encode(f"{name}:{PEOPLE[name]}".encode()).decode()
        headers["Authorization"] = f"Basic {word}"
    request = urllib.request.Request(
        site.address + path,
        data=body,
        headers={key.replace("_", "-"): value for key, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, context=site.trust, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.headers, err.read()


def page_of(browser: Browser, name: str) -> Page:
    """A page of a browser that has logged in at nginx."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 800},
        http_credentials={"username": name, "password": PEOPLE[name]},
    )
    note_waiting(context)
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def test_somebody_with_a_role_logs_in_and_sees_the_map(trusting: Browser, site: Site):
    """Page, session and map come through nginx, encrypted, and the browser complains of nothing."""
    page = page_of(trusting, "noor")
    errors: list[str] = []
    sessions: list[str] = []
    asked_for: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("websocket", lambda opened: sessions.append(opened.url))
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto(site.address)
    map_frame(page)
    expect(page.get_by_role("link", name="Cases", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Settings", exact=True)).to_have_count(0)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    page.context.close()
    assert errors == []
    assert [url.split(":")[0] for url in sessions] == ["wss"]
    assert not [url for url in asked_for if not url.startswith((site.address, "data:", "blob:"))]
    assert cookies["lamassu_browser"]["httpOnly"]
    assert all(cookie["secure"] for cookie in cookies.values())


def test_somebody_without_a_role_sees_no_map(trusting: Browser, site: Site):
    """A name that nginx knows and the store does not gets no further than being told so."""
    page = page_of(trusting, "victor")
    page.goto(site.address)
    expect(page.get_by_text(re.compile("administrator")).first).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    page.context.close()


SEND = """() => fetch("/_stcore/upload_file/no-session/x", {
  method: "PUT", body: "x", headers: {"X-Xsrftoken": document.cookie.match(/_xsrf=([^;]+)/)[1]},
}).then((answer) => answer.status)"""
"""Sends a file for a session that there is none of: Streamlit itself answers 400."""


def test_only_who_may_bring_something_in_sends_files(trusting: Browser, site: Site):
    """A file is taken from the analyst, and not from somebody without a role."""
    statuses = {}
    for name in ("noor", "victor"):
        page = page_of(trusting, name)
        page.goto(site.address)
        page.locator("[data-testid=stApp]").wait_for()
        settled(page)
        statuses[name] = page.evaluate(SEND)
        page.context.close()
    assert statuses == {"noor": 400, "victor": 403}


def test_without_a_password_nginx_lets_nobody_through(site: Site):
    """Not the page, a session, a file or the parts of Streamlit that know no role."""
    for path in ("/", "/_stcore/stream", "/_stcore/health", "/files/x", "/static/js/x.js"):
        status, headers, _ = asked(site, path)
        assert status == 401
        assert headers["X-Frame-Options"] == "DENY"


def test_each_header_comes_once_from_the_app_and_from_nginx_itself(site: Site, echo: Site):
    """Neither drops nor doubles what the other says."""
    of_nginx = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    _, page, _ = asked(site, name="noor")
    _, refused, _ = asked(site)
    _, plain, _ = asked(echo, name="noor")
    for headers in (page, refused, plain):
        assert {name: headers.get_all(name) for name in of_nginx} == {
            name: [value] for name, value in of_nginx.items()
        }
        assert len(headers.get_all("Content-Security-Policy")) == 1
        assert headers["Server"] == "nginx"
    assert "script-src 'self' 'sha256-" in page["Content-Security-Policy"]
    assert "sandbox" in refused["Content-Security-Policy"]


def test_files_of_the_program_may_be_kept(site: Site):
    """A page loads quickly the second time."""
    _, _, page = asked(site, name="noor")
    script = re.search(rb'src="\.(/static/js/[^"]+)"', page)
    assert script is not None
    _, headers, _ = asked(site, script.group(1).decode(), name="noor")
    assert headers.get_all("Cache-Control") == ["public, immutable, max-age=31536000"]


def test_what_a_browser_writes_into_the_users_header_is_never_passed_on(echo: Site):
    """The app hears the name that nginx knows, once, and nothing that pretends to be a proxy's."""
    REACHED.clear()
    asked(
        echo,
        name="noor",
        X_Lamassu_User="admin",
        X_Forwarded_For="127.0.0.1",
        X_Forwarded_Proto="http",
        Forwarded="for=127.0.0.1",
    )
    request = urllib.request.Request(echo.address, headers={"X_Lamassu_User": "admin"})
    request.add_header("Authorization", "Basic " + base64.b64encode(b"victor:shell").decode())
    urllib.request.urlopen(request, context=echo.trust, timeout=20).close()
    first, second = ({key.lower(): value for key, value in one.items()} for one in REACHED)
    assert (first["x-lamassu-user"], second["x-lamassu-user"]) == ("noor", "victor")
    assert first["x-forwarded-proto"] == "https"
    assert first["host"] == echo.address.removeprefix("https://")
    for headers in (first, second):
        assert not {"x-forwarded-for", "forwarded", "authorization", "x_lamassu_user"} & set(
            headers
        )


def test_whoever_comes_unencrypted_is_sent_to_the_encrypted_address(site: Site):
    """Nothing is answered in the clear but where to go."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """Go nowhere."""

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(Stay).open(site.plain_address + "/cases", timeout=20)
    with caught.value as answer:
        assert answer.code == 301
        assert answer.headers["Location"] == "https://127.0.0.1/cases"


def test_a_file_that_is_too_large_stops_at_nginx(echo: Site):
    """A body of more than 201 MB is refused by what it announces."""
    REACHED.clear()
    status, headers, _ = asked(echo, name="noor", body=b"x", Content_Length=str(202 * 1024 * 1024))
    assert status == 413
    assert headers["X-Frame-Options"] == "DENY"
    assert REACHED == []


def test_the_log_of_nginx_holds_no_query_and_no_cookie(echo: Site):
    """What was asked of a page may say what somebody looked at."""
    asked(echo, "/cases?at=35.58812", name="noor", Cookie="lamassu_browser=secret")
    # nginx writes its line after the answer has gone out.
    until = time.monotonic() + 20
    while " noor GET /cases 200 " not in (lines := echo.log.read_text(encoding="utf-8")):
        assert time.monotonic() < until, lines
        time.sleep(0.05)
    assert "35.58812" not in lines
    assert "secret" not in lines


def test_a_certificate_of_somebody_else_is_not_ours(site: Site, echo: Site):
    """The check of the certificate in these tests can fail."""
    request = urllib.request.Request(site.address)
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(request, context=echo.trust, timeout=20)
