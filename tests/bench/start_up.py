"""How long a user waits for the map: from the page request to a map that answers a click.

    python tests/bench/start_up.py [--rounds 5]

Each round starts a server of its own on an installed home. *Cold* asks for the page as soon as the
server answers at all, so that importing the libraries is in the figure; *warm* is a second visitor
of the same server; *static* is a page of the same server that draws nothing, the named peer: what
Streamlit and the browser themselves take.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Measure and print medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    figures: dict[str, list[float]] = {"cold": [], "warm": [], "static": []}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        environment = {**os.environ, "LAMASSU_HOME": home}
        subprocess.run([sys.executable, "cli.py", "init"], cwd=PROJECT, env=environment, check=True)
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for _ in range(rounds):
            with server(environment) as address:
                figures["cold"].append(seconds_to_map(browser, address))
                figures["warm"].append(seconds_to_map(browser, address))
                figures["static"].append(seconds_to_text(browser, f"{address}/settings"))
        browser.close()
    for name, seconds in figures.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"{name:8} median {statistics.median(seconds):.2f} s ({spread}, {rounds} rounds)")


@contextmanager
def server(environment: dict[str, str]) -> Iterator[str]:
    """A server that has just begun to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
               "--server.port", str(port)]  # fmt: skip
    running = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.02)
        yield address
    finally:
        running.terminate()
        running.wait()


def seconds_to_map(browser: Browser, address: str) -> float:
    """From the request of the page until the map has answered a click on its zoom button."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    begin = time.perf_counter()
    page.goto(address)
    frame = page.frame_locator("iframe[title*='st_folium']").first
    frame.locator(".leaflet-marker-icon:visible").first.wait_for(timeout=60_000)
    scale = frame.locator(".leaflet-control-scale-line")
    before = scale.inner_text()
    frame.locator(".leaflet-control-zoom-in").click()
    while scale.inner_text() == before:
        page.wait_for_timeout(10)
    waited = time.perf_counter() - begin
    page.context.close()
    return waited


def seconds_to_text(browser: Browser, address: str) -> float:
    """From the request of a page until its heading is there."""
    page = browser.new_context().new_page()
    begin = time.perf_counter()
    page.goto(address)
    page.get_by_role("heading", name="Settings").first.wait_for(timeout=60_000)
    waited = time.perf_counter() - begin
    page.context.close()
    return waited


if __name__ == "__main__":
    main()
