"""Canaries found by role and channel: ``python tests/bench/canaries.py``.

A cell is what was found of what the role may not have, then, after the bar, how many places that it
may have were found: 0 before the bar is the aim, and a number after it shows that the search sees.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from geo.store import open_store  # noqa: E402 - the path comes first
from tests import canary_records  # noqa: E402
from tests.canaries import hits  # noqa: E402
from tests.canary_channels import CHANNELS, leaks, together, way  # noqa: E402
from tests.canary_records import VIEWERS, planted  # noqa: E402
from tests.homes import settings_of  # noqa: E402


def main() -> None:
    """Print one line a channel."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(Path(folder))
        store = open_store(settings.store_url)
        canary_records.plant(store)
        print(f"{'channel':24}" + "".join(f"{name.split()[0]:>15}" for name in VIEWERS))
        size = 0
        for channel, contents_of in CHANNELS.items():
            cells = []
            for viewer in VIEWERS:
                contents = list(together(contents_of(way(store, settings, viewer, thorough=True))))
                size += sum(len(content) for _, content in contents)
                entitled = [bird.canary for bird in planted() if viewer in bird.places]
                seen = {
                    hit.word
                    for _, content in contents
                    for hit in hits(content, entitled)
                    if hit.form != "word"
                }
                cells.append(f"{len(leaks(contents, viewer))} | {len(seen)}")
            print(f"{channel:24}" + "".join(f"{cell:>15}" for cell in cells))
        store.close()
    print(
        f"{len(planted())} canaries, {size / 1e6:.1f} MB searched, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
