"""Under the server's headers every page works in a real browser, and what must not run does not."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.steps import map_frame, open_map, settled, swipe, tables, turn_to
from tests.homes import copied, installed

pytestmark = pytest.mark.browser

VIEWS = (
    "Alerts", "Change", "Cases", "Routes", "Exposure", "Hot spots", "Data", "Sources", "Settings",
    "Access",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of these tests' own."""
    return copied(installed(tmp_path_factory), tmp_path_factory.mktemp("headers") / "home")


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], project: Path, home: Path) -> str:
    """The app, started as a user starts it."""
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def complaints(page: Page) -> list[str]:
    """What the browser will say against pages from now on."""
    said: list[str] = []

    def note(told: ConsoleMessage) -> None:
        # A page opened by its address looks for its server at two places, of which one is right.
        if told.type == "error" and "/_stcore/" not in told.location["url"]:
            said.append(f"{told.text} {told.location['url']}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def asked(address: str, path: str = "/", **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to a request, byte for byte as it is told here."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.parametrize(
    ("dark", "views"),
    [(False, VIEWS), pytest.param(True, ("Data", "Hot spots"), marks=pytest.mark.thorough)],
)
def test_every_page_works_without_a_complaint_of_the_browser(
    new_page: Callable[..., Page], address: str, dark: bool, views: tuple[str, ...]
):
    """Maps in their frames, tables, forms, uploads and bars are drawn, in both themes."""
    page = new_page(dark=dark)
    said = complaints(page)
    open_map(page, address)
    expect(tables(page).first).to_be_visible()
    for view in views:
        turn_to(page, view)
        if view == "Hot spots":
            map_frame(page)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert said == []


def test_the_swipe_between_two_dates_works_under_the_policy(page: Page, address: str):
    """Its script is the one inline script of ours that may run."""
    said = complaints(page)
    page.goto(f"{address}/change")
    settled(page)
    page.get_by_role("button", name="Find change").first.click()
    slider = swipe(page).get_by_role("slider")
    expect(slider).to_be_visible(timeout=60_000)
    slider.fill("20")
    assert "20 %" in (slider.get_attribute("aria-valuetext") or "")
    assert said == []


def test_a_file_can_be_brought_in_under_the_policy(page: Page, address: str):
    """The upload, its token and its table work."""
    said = complaints(page)
    page.goto(f"{address}/data")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(
        {
            "name": "made-up.csv",
            "mimeType": "text/csv",
            "buffer": b"id,name,lat,lon\nMU1,Made-up tell,33.1,44.2\n",
        }
    )
    settled(page)
    expect(page.get_by_text("made-up.csv").first).to_be_visible()
    assert said == []


INLINE = """async () => {
  window.ran = [];
  const add = (html) => document.body.insertAdjacentHTML("beforeend", html);
  const script = document.createElement("script");
  script.textContent = "window.ran.push('script element')";
  document.body.append(script);
  add("<img src='data:,' onerror=\\"window.ran.push('attribute')\\">");
  add("<a id='lamassu-js' href=\\"javascript:window.ran.push('address')\\">x</a>");
  document.getElementById("lamassu-js").click();
  setTimeout("window.ran.push('text')", 0);
  await new Promise((done) => setTimeout(done, 500));
  return window.ran;
}"""
"""Tries the ways in which text becomes a script; gives those that ran."""


OUTSIDE = """async () => {
  const stopped = [];
  document.addEventListener("securitypolicyviolation", (e) => stopped.push(e.blockedURI));
  await fetch("http://127.0.0.1:9/fetch").catch(() => 0);
  new Image().src = "http://127.0.0.1:9/picture";
  await new Promise((done) => setTimeout(done, 300));
  return stopped.sort();
}"""
"""Asks another host for two things; gives those that the browser's policy stopped."""


def test_text_that_becomes_a_script_does_not_run(page: Page, address: str):
    """A hole in the escaping runs nothing in a page, and no attribute in the frame of a map.

    The frame may run the map's own script; its pictures and requests lead nowhere all the same.
    """
    frame = open_map(page, address)
    assert page.evaluate(INLINE) == []
    assert "attribute" not in frame.evaluate(INLINE)
    for place in (page, frame):
        assert place.evaluate(OUTSIDE) == ["http://127.0.0.1:9/fetch", "http://127.0.0.1:9/picture"]


def test_the_check_for_scripts_can_fail(page: Page):
    """On a page without a policy each way runs."""
    page.goto("data:text/html,<body></body>")
    assert set(page.evaluate(INLINE)) == {"script element", "attribute", "address", "text"}


def test_scripts_cannot_read_the_browsers_cookie(page: Page, address: str):
    """It is there before the session is opened, and stays through a visit."""
    values = set()
    for _ in range(2):
        page.goto(f"{address}/sources")
        settled(page)
        assert "lamassu_browser" not in page.evaluate("document.cookie")
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert cookies["lamassu_browser"]["httpOnly"]
        assert cookies["lamassu_browser"]["sameSite"] == "Strict"
        values.add(cookies["lamassu_browser"]["value"])
    assert len(values) == 1


def test_no_other_page_may_frame_the_app(page: Page, address: str):
    """A frame of the app in a page of another origin stays empty."""
    page.set_content(f"<iframe src='{address}'></iframe>")
    page.wait_for_timeout(1_000)
    frame = page.frames[1]
    assert frame.url.startswith("chrome-error:")


def test_the_server_answers_this_machine_under_its_own_names_only(address: str):
    """A name that leads here from elsewhere, a proxy and another origin are refused."""
    assert asked(address)[0] == 200
    assert asked(address, Host="localhost")[0] == 200
    assert asked(address, Host="evil.example")[0] == 421
    assert asked(address, X_Forwarded_For="10.0.0.9")[0] == 403
    assert asked(address, Origin="http://127.0.0.1:9")[0] == 403
    assert asked(address, "/_stcore/stream", Host="evil.example")[0] == 421


@pytest.mark.parametrize(
    "path",
    ["/media/x.png", "/_stcore/metrics", "/_stcore/agent/openapi.json", "/files/" + "A" * 43],
)
def test_links_that_know_no_role_lead_nowhere(address: str, path: str):
    """Streamlit's own files, figures and programs' entrance are closed; unknown tickets too."""
    status, headers = asked(address, path)
    assert status == 404
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("rewritten_for", ["127.0.0.1,::1", "none"])
def test_nobody_can_pretend_to_come_from_the_proxy(
    serve: Callable[..., str], project: Path, home: Path, rewritten_for: str
):
    """Uvicorn believes X-Forwarded-For from 127.0.0.1; the doors do not believe uvicorn.

    The proxy's address is one that nobody here has.
    """
    address = serve(
        project / "app.py",
        LAMASSU_HOME=str(home),
        LAMASSU_LOGIN="proxy",
        LAMASSU_PROXY_FROM="192.0.2.7",
        FORWARDED_ALLOW_IPS=rewritten_for,
    )
    assert asked(address)[0] == 403
    assert asked(address, X_Lamassu_User="admin")[0] == 403
    forged = {"X_Forwarded_For": "192.0.2.7", "X_Lamassu_User": "admin"}
    assert asked(address, **forged)[0] == 403
    websocket = forged | {"Upgrade": "websocket", "Connection": "Upgrade"}
    key = {"Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Sec_WebSocket_Version": "13"}
    assert asked(address, "/_stcore/stream", **websocket, **key)[0] == 403


def test_a_server_without_a_login_does_not_start_where_others_reach_it(project: Path, home: Path):
    """It says why and ends with 2, before anybody is answered."""
    ended = subprocess.run(
        [
            sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0",
            "--server.port", "0", "--server.headless", "true",
        ],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LAMASSU_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "whoever reaches it is the administrator" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.thorough
def test_the_script_of_the_pages_alone_shows_nothing(
    page: Page, serve: Callable[..., str], project: Path, home: Path
):
    """Started without the server's doors it says how to start, and opens no store."""
    page.goto(serve(project / "layers" / "views" / "main.py", LAMASSU_HOME=str(home)))
    expect(page.get_by_text("streamlit run app.py")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
