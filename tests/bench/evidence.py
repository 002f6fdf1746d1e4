"""One bit changed in each kind of proof, many times over: how many are found, by both checkers.

    python tests/bench/evidence.py [--changes 5000] [--again 5] [--seed 7]

Exports of the embedded facts in every format and a printed page, as bundles and as files with their
sidecar. Each change is held against Lamassu's own check and against the stand-alone script, taken
from a bundle and run by a Python that cannot import Lamassu. Then routes and flags are made again
from their provenance, each time in a new process. On the first change that is not found, or hash
that differs, this ends with an error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.errors import UnreadableFile  # noqa: E402 - not installed
from geo.evidence import verify  # noqa: E402
from geo.model import Audience  # noqa: E402
from geo.pipeline import change, page  # noqa: E402
from geo.pipeline.evidence import export_file, page_file  # noqa: E402
from geo.pipeline.evidence.verifying import verify_file, verify_kept  # noqa: E402
from geo.pipeline.export import ENDINGS, ONLY_FOR  # noqa: E402
from geo.pipeline.installation import open_installation  # noqa: E402
from geo.pipeline.routes import RouteRequest, keep_routes, study_routes  # noqa: E402
from geo.pipeline.shown import find_site  # noqa: E402
from geo.query import Query  # noqa: E402
from geo.settings import Settings  # noqa: E402
from geo.store import Store, open_store  # noqa: E402
from layers.briefing import save  # noqa: E402
from tests.bundles import codes_alone, flipped, some_bits  # noqa: E402
from tests.homes import settings_of  # noqa: E402

SCENES = ("SIM-PL894004-20150402", "SIM-PL894004-20150410")


def main() -> None:
    """Change, check and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--changes", type=int, default=5_000)
    options.add_argument("--again", type=int, default=5)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--made", nargs=2, metavar=("HOME", "ID"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.made:
        tell_hash(settings_of(Path(asked.made[0])), asked.made[1])
        return
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="lamassu-bench-") as folder:
        settings = settings_of(Path(folder) / "home")
        with closing(open_installation(settings, now=datetime.now(UTC))) as store:
            script = Path(folder) / "verify.py"
            script.write_bytes(Path(verify.__file__).read_bytes())
            total = 0
            for subject in proofs(store, settings, Path(folder)):
                total += changes_found(subject, settings, script, asked.changes, asked.seed)
            ids = kept_runs(store, settings)
        for run_id in ids:
            hashes = {made_again(settings, run_id) for _ in range(asked.again)}
            assert len(hashes) == 1, hashes
            print(f"{run_id} made again {asked.again} times, each in a new process: one hash")
    print(f"{total:,} of {total:,} changes found; {time.perf_counter() - start:.0f} s in all")


def proofs(store: Store, settings: Settings, folder: Path) -> Iterator[Path]:
    """Files with their proof: each format as a bundle and plain, and a page of each sort."""
    now = datetime.now(UTC)
    for ending in ENDINGS:
        kind = ONLY_FOR.get(ending, "posts")
        for path in (folder / f"x{ending}.zip", folder / f"x{ending}"):
            export_file(
                store, settings, kind, path, audience=Audience.PARTNER, author="bench", now=now
            )
            yield path
    snapshot = page.snapshot_of(store, "Hatra", audience=Audience.PUBLIC, query=Query(), now=now)
    content = save(snapshot, "pdf")
    for path in (folder / "page.pdf.zip", folder / "page.pdf"):
        page_file(store, settings, snapshot, path, content, author="bench", now=now)
        yield path


def changes_found(subject: Path, settings: Settings, script: Path, count: int, seed: int) -> int:
    """How many changes were made to what belongs to a proof; each of them was found, twice."""
    sidecar = verify.sidecar_of(subject)
    made = 0
    for changed in (subject, sidecar) if sidecar.exists() else (subject,):
        whole = changed.read_bytes()
        bits = some_bits(whole, count, seed=seed)
        for bit in bits:
            changed.write_bytes(flipped(whole, bit))
            assert found(subject, settings), (changed.name, bit)
        changed.write_bytes(whole)
        assert not found(subject, settings)
        *codes, last = codes_alone(script, changed, subject, bits)
        assert 0 not in codes, (changed.name, bits[codes.index(0)])
        assert last == 0
        print(f"{changed.name:28} {len(whole):>9,} bytes  {len(bits):>6,} changes found by both")
        made += len(bits)
    return made


def found(path: Path, settings: Settings) -> bool:
    """Whether Lamassu's own check finds something wrong."""
    try:
        return not verify_file(path, settings).same
    except UnreadableFile:
        return True


def kept_runs(store: Store, settings: Settings) -> tuple[str, str]:
    """Ids of routes and flags that were computed and kept."""
    now = datetime.now(UTC)
    study = study_routes(store, settings, RouteRequest(site_id="PL894019"))
    keep_routes(store, study, author="bench", now=now)
    scenes = store.read("scenes").set_index("id", drop=False)
    pictures = [change.picture_of_scene(scenes.loc[name], settings) for name in SCENES]
    hatra = find_site(store.read("sites"), "PL894004")
    detection = change.detect_change(*pictures, area_lonlat=change.area_of_site(hatra), site=hatra)
    change.keep_flags(store, detection, settings=settings, author="bench", now=now)
    return study.id, detection.id


def made_again(settings: Settings, run_id: str) -> str:
    """The hash of what comes out today, in a process of its own."""
    words = [sys.executable, __file__, "--made", str(settings.home), run_id]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def tell_hash(settings: Settings, run_id: str) -> None:
    """Make a run again, hold it against what was kept, and print its hash."""
    with closing(open_store(settings.store_url)) as store:
        verdict = verify_kept(store, settings, run_id)
    assert verdict.same, verdict.differences
    kept, made = (line.split()[-1] for line in verdict.told[:2])
    assert kept == made
    print(made)


if __name__ == "__main__":
    main()
