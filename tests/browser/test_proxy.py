"""Behind a gateway that names its user: who is believed, and who is not."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.access import Member, Role
from geo.store import Store, open_store
from tests import canary_records
from tests.browser.conftest import free_port
from tests.browser.steps import settled
from tests.homes import copied, installed, settings_of
from tests.identity.gateway import Gateway, running_gateway

pytestmark = pytest.mark.browser

HEADER, GATEWAY_ADDRESS = "X-Lamassu-User", "127.0.0.2"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    """An installation with an analyst and a viewer who are known to the gateway."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("proxy") / "home")
    opened = open_store(settings_of(home).store_url)
    canary_records.plant(opened)
    for name, role in (("anna", Role.ANALYST), ("victor", Role.VIEWER)):
        member = Member(subject=f"proxy:{name}", name=name.title(), role=role)
        opened.set_member(member, author="shell:test", now=datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(serve: Callable[..., str], project: Path, store: Store) -> str:
    """The app, which believes the gateway's address only."""
    home = Path(store.url.removeprefix("sqlite:///")).parent
    return serve(
        project / "app.py",
        port=free_port(),
        LAMASSU_HOME=str(home),
        LAMASSU_LOGIN="proxy",
        LAMASSU_PROXY_FROM=GATEWAY_ADDRESS,
    )


@pytest.fixture(scope="module")
def gateway(app: str):
    """A gateway that the app believes."""
    port = int(app.rpartition(":")[2])
    with running_gateway(port, source=GATEWAY_ADDRESS, user_header=HEADER) as running:
        yield running


def status(address: str, **headers: str) -> int:
    """How a request is answered."""
    asked = urllib.request.Request(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as err:
        return err.code


def refusals(store: Store) -> list[str]:
    """What the audit says was refused."""
    return [f"{one.subject} {one.detail}" for one in store.audit() if one.action == "refused"]


def as_seen_by(page: Page, gateway: Gateway, *headers: str) -> Page:
    """The app through the gateway, which puts these headers in."""
    gateway.headers[:] = headers
    page.goto(gateway.address)
    settled(page)
    return page


@pytest.mark.thorough
def test_the_gateway_says_who_it_is(new_page: Callable[..., Page], gateway: Gateway):
    """An analyst has the views of one, a viewer fewer, a stranger none."""
    anna = as_seen_by(new_page(), gateway, f"{HEADER}: anna")
    expect(anna.get_by_role("link", name="Cases").first).to_be_visible()
    victor = as_seen_by(new_page(), gateway, f"{HEADER}: victor")
    expect(victor.get_by_role("link", name="Map").first).to_be_visible()
    expect(victor.get_by_role("link", name="Cases")).to_have_count(0)
    for headers in ([f"{HEADER}: eve"], [], [f"{HEADER}: "]):
        stranger = as_seen_by(new_page(), gateway, *headers)
        expect(stranger.locator("iframe[title*=st_folium]")).to_have_count(0)
        expect(stranger.get_by_role("link", name="Map")).to_have_count(0)


def test_a_browser_cannot_name_itself(new_page: Callable[..., Page], gateway: Gateway):
    """What a browser sends under the header's name does not come through."""
    page = new_page()
    page.context.set_extra_http_headers({HEADER: "anna"})
    as_seen_by(page, gateway, f"{HEADER}: victor")
    expect(page.get_by_role("link", name="Map").first).to_be_visible()
    expect(page.get_by_role("link", name="Cases")).to_have_count(0)


def test_a_user_header_from_another_address_is_refused_and_noted(app: str, store: Store):
    """Whoever reaches the app past the gateway is not believed, and gets nothing at all."""
    assert status(app, X_Lamassu_User="anna") == 403
    assert status(app) == 403
    assert status(f"{app}/_stcore/health", X_Lamassu_User="anna") == 403
    assert status(app, X_Lamassu_User="anna", X_Forwarded_For=GATEWAY_ADDRESS) == 403
    assert any("user header" in line and "127.0.0.1" in line for line in refusals(store))
    assert not any("anna" in line for line in refusals(store))


def test_a_gateway_that_names_two_users_is_refused(gateway: Gateway):
    """Which of them it is cannot be known."""
    gateway.headers[:] = [f"{HEADER}: victor"]
    gateway.passes = {HEADER.lower()}
    try:
        assert status(gateway.address, X_Lamassu_User="anna") == 403
    finally:
        gateway.passes = set()


def test_whoever_is_revoked_is_out(new_page: Callable[..., Page], gateway: Gateway, store: Store):
    """Also where the gateway still names them."""
    page = as_seen_by(new_page(), gateway, f"{HEADER}: victor")
    expect(page.locator("iframe[title*=st_folium]").first).to_be_visible(timeout=30_000)
    gone = Member(subject="proxy:victor", role=Role.ANONYMOUS)
    store.set_member(gone, author="shell:test", now=datetime.now(UTC))
    expect(page.locator("iframe[title*=st_folium]")).to_have_count(0, timeout=5_000)
