"""A page of the real server that fails shows a number; the log tells the kind and no values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_damaged_store_is_told_without_its_place(
    page: Page, serve: Callable[..., str], project: Path, tmp_path: Path
):
    """What somebody sees names the number under which the fault is in the log."""
    damaged = tmp_path / "secret-folder" / "lamassu.sqlite"
    damaged.parent.mkdir()
    damaged.write_bytes(b"no store, but a tomb at 35.58812, 42.71834" * 100)
    log = tmp_path / "server.log"
    address = serve(project / "app.py", log=log, LAMASSU_STORE=f"sqlite:///{damaged}")
    page.goto(address)
    box = page.get_by_text(re.compile(r"Error [0-9a-f]{8} was noted"))
    expect(box).to_be_visible()
    seen = page.locator("body").inner_text()
    number = re.search(r"Error ([0-9a-f]{8})", seen)
    assert number
    written = log.read_text(encoding="utf-8")
    assert f"error {number.group(1)}: StoreDamaged " in written
    for place in ("secret-folder", "Traceback", "35.58812", str(project)):
        assert place not in seen
        assert place not in written
