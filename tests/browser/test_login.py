"""Logging in at a real identity provider: what goes through, what does not, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.access import Role
from layers.views import who
from tests.browser.steps import settled
from tests.canary_records import RING
from tests.identity.running import COOKIE, LOGIN_BUTTON, login_cookie, sign_in
from tests.identity.world import World, running_world

pytestmark = pytest.mark.browser

CLOSED_SITE = "ZQ-sites-closed"
"""A site that only the ring sees."""


@pytest.fixture(scope="module")
def world(serve: Callable[..., str], project: Path, tmp_path_factory: pytest.TempPathFactory):
    """The app, the provider and a person of each role."""
    with running_world(serve, project, tmp_path_factory) as running:
        yield running


def opened(page: Page, world: World) -> Page:
    """The app in a page, at rest."""
    page.goto(world.address)
    settled(page)
    return page


def logged_in(new_page: Callable[..., Page], world: World, name: str) -> Page:
    """A page of somebody who has logged in."""
    page = opened(new_page(), world)
    sign_in(page, name)
    return page


def claims(world: World, name: str = "alice", **changed: object) -> dict[str, object]:
    """What the provider would say of somebody now."""
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": world.provider.issuer,
        "sub": world.provider.subject_of(name).rpartition("|")[2],
        "aud": "lamassu-tests",
        "name": name.title(),
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        **changed,
    }


def expect_nothing_shown(page: Page) -> None:
    """The login page and nothing else: no view, no map, no table."""
    expect(page.get_by_role("heading", name="Lamassu")).to_be_visible()
    expect(page.get_by_role("link", name="Map")).to_have_count(0)
    expect(page.locator("iframe[title*=st_folium], [data-testid=stDataFrame]")).to_have_count(0)


def expect_the_map(page: Page) -> None:
    """The first page of those who are let in."""
    expect(page.locator("iframe[title*=st_folium]").first).to_be_visible(timeout=30_000)


def table_counts(page: Page) -> str:
    """The tabs of the map's table with their counts."""
    return page.locator("[data-testid=stButtonGroup], [role=radiogroup]").first.inner_text()


def test_without_a_login_there_is_only_the_login_page(page: Page, world: World):
    """On every address: nobody is let in by typing one."""
    for path in ("", "/change", "/cases", "/data", "/settings", "/access"):
        page.goto(world.address + path)
        settled(page)
        expect_nothing_shown(page)
        expect(page.get_by_role("button", name=LOGIN_BUTTON, exact=True)).to_be_visible()


def test_somebody_logs_in_and_out_again(new_page: Callable[..., Page], world: World):
    """By the provider's password and consent; out again, the same browser shows nothing."""
    page = logged_in(new_page, world, "victor")
    expect_the_map(page)
    assert COOKIE in {cookie["name"] for cookie in page.context.cookies()}
    log_out(page)
    expect_nothing_shown(page)
    assert COOKIE not in {cookie["name"] for cookie in page.context.cookies()}
    page.go_back()
    settled(page)
    expect_nothing_shown(opened(page, world))
    page.get_by_role("button", name=LOGIN_BUTTON, exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()  # the provider has ended it too


def log_out(page: Page) -> None:
    """As a person does it."""
    page.get_by_role("link", name="Account", exact=True).first.click()
    page.get_by_role("button", name="Log out").first.click()
    expect(page.get_by_role("button", name=LOGIN_BUTTON, exact=True)).to_be_visible()
    settled(page)


@pytest.mark.thorough
def test_somebody_is_known_by_a_proved_address(new_page: Callable[..., Page], world: World):
    """A member whom the administrator knows by address only, if the provider vouches for it."""
    expect_the_map(logged_in(new_page, world, "anna"))


def test_a_wrong_password_stays_at_the_provider(page: Page, world: World):
    """Nobody comes back without having logged in."""
    sign_in(opened(page, world), "alice", password="guessed")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert page.url.startswith(world.provider.issuer.removesuffix("/o"))
    expect_nothing_shown(opened(page, world))


def test_whoever_declines_is_not_logged_in(page: Page, world: World):
    """The provider says no, and the login page is there again."""
    sign_in(opened(page, world), "alice", allow=False)
    expect_nothing_shown(page)


def test_the_provider_sends_nobody_elsewhere(page: Page, world: World):
    """An address that was not registered gets no code."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    opened(page, world)
    sign_in(page, "alice", allow=False)
    begun = next(url for url in seen if "/o/authorize/" in url)
    elsewhere = begun.replace("oauth2callback", "elsewhere")
    seen.clear()
    page.goto(elsewhere)
    assert not any(url.startswith(f"{world.address}/elsewhere") for url in seen)
    assert "code=" not in page.url


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mallory", "administrator"),
        pytest.param("unsure", "administrator", marks=pytest.mark.thorough),
    ],
)
def test_whoever_is_no_member_sees_nothing(
    new_page: Callable[..., Page], world: World, name: str, reason: str
):
    """Roles that a token claims count for nothing, nor does an address that nobody proved."""
    page = logged_in(new_page, world, name)
    expect_nothing_shown(page)
    expect(page.get_by_text(reason).first).to_be_visible()
    subject = world.provider.subject_of(name)
    assert any(subject in line for line in world.refusals())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"iat": 1_699_996_400, "exp": 1_700_000_000}, "log in again"),
        ({"iss": "https://id.example.org"}, "No member goes by"),
        *(
            pytest.param(changed, words, marks=pytest.mark.thorough)
            for changed, words in (
                ({"iat": 1_700_000_000, "auth_time": 1_700_000_000}, "log in again"),
                (
                    {"iat": 4_000_000_000, "auth_time": 4_000_000_000, "exp": 4_000_003_600},
                    "future",
                ),
                ({"iat": "yesterday"}, "how long"),
                ({"exp": None, "iat": None, "auth_time": None}, "how long"),
                ({"sub": ["1"]}, "who you are"),
                ({"sub": ""}, "who you are"),
            )
        ),
    ],
)
def test_an_odd_token_is_no_login(page: Page, world: World, changed: dict[str, object], words: str):
    """Expired, too old, of the future, without times or of another issuer: nothing, and why."""
    told = {name: value for name, value in claims(world, **changed).items() if value is not None}
    page.context.add_cookies([login_cookie(told, origin=world.address)])
    opened(page, world)
    expect_nothing_shown(page)
    expect(page.get_by_text(words).first).to_be_visible()


def test_the_cookie_of_a_good_token_is_a_login(page: Page, world: World):
    """The cookies of the other tests are refused for what they say, not for how they are made."""
    page.context.add_cookies([login_cookie(claims(world), origin=world.address)])
    expect_the_map(opened(page, world))


@pytest.mark.parametrize(
    "fault",
    [
        "another secret",
        *(
            pytest.param(fault, marks=pytest.mark.thorough)
            for fault in ("another letter", "another origin", "cut off")
        ),
    ],
)
def test_a_cookie_that_was_touched_is_no_login(page: Page, world: World, fault: str):
    """Whoever signs it otherwise, changes a letter or takes it elsewhere is nobody."""
    cookie = login_cookie(
        claims(world), origin=world.address, **({"secret": "x" * 32} if "secret" in fault else {})
    )
    value = cookie["value"]
    if fault == "another letter":
        middle = len(value) // 2
        other = "A" if value[middle] != "A" else "B"
        cookie["value"] = value[:middle] + other + value[middle + 1 :]
    elif fault == "cut off":
        cookie["value"] = value[:-8]
    elif fault == "another origin":
        elsewhere = login_cookie(claims(world), origin="http://127.0.0.1:1")
        cookie["value"] = elsewhere["value"]
    page.context.add_cookies([cookie])
    expect_nothing_shown(opened(page, world))


def test_a_group_that_is_taken_away_is_gone_at_the_next_click(
    new_page: Callable[..., Page], world: World
):
    """Rows of the closed dataset, which were on the page a moment ago."""
    page = logged_in(new_page, world, "robert")
    expect_the_map(page)
    before = table_counts(page)
    world.grant("robert", Role.REVIEWER)
    page.get_by_role("radio", name="Seizures").or_(
        page.get_by_role("button", name="Seizures")
    ).first.click()
    settled(page)
    after = table_counts(page)
    world.grant("robert", Role.REVIEWER, RING)
    assert sites_in(after) == sites_in(before) - 2


def sites_in(counts: str) -> int:
    """The number of sites in the tabs of the table."""
    return int(counts.partition("Sites ")[2].split()[0].replace(",", ""))


def test_whoever_is_revoked_is_out_without_a_click(new_page: Callable[..., Page], world: World):
    """An open page is empty as soon as its watcher has looked, which it does every few seconds."""
    page = logged_in(new_page, world, "petra")
    expect_the_map(page)
    world.grant("petra", Role.ANONYMOUS)
    expect(page.locator("iframe[title*=st_folium]")).to_have_count(0)
    expect_nothing_shown(page)
    world.grant("petra", Role.PARTNER)
    assert who.WATCHED_EVERY_S < 5


@pytest.mark.thorough
def test_a_changed_role_is_a_changed_page(new_page: Callable[..., Page], world: World):
    """From viewer to analyst and back: views come and go without a new login."""
    page = logged_in(new_page, world, "victor")
    expect(page.get_by_role("link", name="Cases")).to_have_count(0)
    world.grant("victor", Role.ANALYST)
    expect(page.get_by_role("link", name="Cases").first).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Cases").first.click()
    settled(page)
    world.grant("victor", Role.VIEWER)
    expect(page.get_by_role("link", name="Cases")).to_have_count(0, timeout=15_000)
