"""The identity provider as a process, and what the app under test must know of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from tests.browser.steps import settled
from tests.identity.people import CLIENT_ID, CLIENT_SECRET, PEOPLE

COOKIE_SECRET = "of-these-tests-and-of-nothing-else"
"""What the app under test signs its cookies with."""

COOKIE = "_streamlit_user"
"""The cookie in which Streamlit keeps who logged in."""

LOGIN_BUTTON = "Log in"
"""What the login page's button says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A running identity provider."""

    issuer: str
    """What its tokens call themselves; the root of its addresses."""

    def subject_of(self, name: str) -> str:
        """The stable id of a person, as the store knows members."""
        return f"oidc:{self.issuer}|{list(PEOPLE).index(name) + 1}"

    def secrets(self, origin: str, folder: Path) -> Path:
        """A secrets.toml in `folder` for an app at `origin`."""
        path = folder / "secrets.toml"
        told = {
            "redirect_uri": f"{origin}/oauth2callback",
            "cookie_secret": COOKIE_SECRET,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
        path.write_text("\n".join(["[auth]", *lines, 'expose_tokens = ["id"]', ""]))
        path.chmod(0o600)
        return path


@contextmanager
def running_provider(folder: Path, port: int, origins: Sequence[str]) -> Iterator[Provider]:
    """A provider at a port of 127.0.0.1 that sends people back to these origins only.

    The test is skipped where no Python with its libraries is named; `tests/run` makes one.
    """
    python = os.environ.get("LAMASSU_TEST_IDENTITY", "")
    if not Path(python).is_file():
        pytest.skip("no identity provider: LAMASSU_TEST_IDENTITY names no Python")
    log = folder / "provider.log"
    with log.open("w") as out:
        # A list of arguments, no shell, and only this folder's own script.
        process = subprocess.Popen(
            [python, str(Path(__file__).with_name("provider.py")), str(folder), str(port),
             *origins],
            stdout=out, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip
    try:
        provider = Provider(issuer=f"http://127.0.0.1:{port}/o")
        _wait_for(provider, process, log)
        yield provider
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(provider: Provider, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns once the provider answers; fails with its log if it ends or stays silent."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(
                f"{provider.issuer}/.well-known/openid-configuration", timeout=2
            ):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"the identity provider did not start:\n{log.read_text()[-3000:]}")


def sign_in(page: Page, name: str, *, password: str = "", allow: bool = True) -> None:
    """From the app's login page to the provider and back, by typing and clicking only."""
    page.get_by_role("button", name=LOGIN_BUTTON, exact=True).click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PEOPLE[name].password)
    page.get_by_role("button", name="Sign in").click()
    if password:
        return
    page.get_by_role("button", name="Allow" if allow else "Deny").click()
    expect(page.locator("[data-testid=stApp]")).to_be_attached(timeout=30_000)
    settled(page)


def login_cookie(
    claims: Mapping[str, object], *, origin: str, secret: str = COOKIE_SECRET
) -> dict[str, str]:
    """The cookie of a login, as a browser holds it: with another `secret` it is a forgery."""
    told = {"origin": origin, "is_logged_in": True, "provider": "default", **claims}
    value = create_signed_value(secret, COOKIE, json.dumps(told)).decode()
    return {"name": COOKIE, "value": value, "url": origin}
