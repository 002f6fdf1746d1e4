"""Killing imports and looking at what they leave; for the tests and, longer, for the bench."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tests.geo.store import children


@dataclass
class Tally:
    """What a series of kills did."""

    positions: Counter[int] = field(default_factory=Counter)
    """Steps that the imports had come to."""
    left_in: int = 0
    """Kills that came when the file was in."""
    restarts_s: list[float] = field(default_factory=list)
    """How long the next start took after each, in seconds."""


def new_context() -> ForkServerContext:
    """Where children come from: a server that has loaded all, so that a kill costs little."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([children.__name__])
    return server


def run(context: ForkServerContext, target: Any, *args: Any) -> int | None:
    """Run a child to its end; gives its exit code, -9 if it was killed."""
    child = context.Process(target=target, args=args)
    child.start()
    child.join()
    return child.exitcode


def duration_s(context: ForkServerContext, place: Path | str, file: str, rows: int) -> float:
    """How long an import takes that nobody kills."""
    begun, position = context.Event(), context.Value("i", 0, lock=False)
    child = context.Process(
        target=children.import_and_show, args=(place, file, rows, begun, position)
    )
    child.start()
    assert begun.wait(60)
    start = time.perf_counter()
    while position.value != children.FINISHED:
        time.sleep(0.001)
    took = time.perf_counter() - start
    child.join()
    return took


def kill_at_times(
    context: ForkServerContext, place: Path | str, waits_s: Iterable[float], rows: int
) -> Tally:
    """Kill imports after so many seconds each; every file is afterwards in once, or this fails."""
    tally = Tally()
    for number, wait_s in enumerate(waits_s):
        # A child that is killed while it holds a lock never lets go of it.
        begun, position = context.Event(), context.Value("i", 0, lock=False)
        args = (place, f"T{number}", rows, begun, position)
        child = context.Process(target=children.import_and_show, args=args)
        child.start()
        assert begun.wait(60)
        time.sleep(wait_s)
        child.kill()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
        tally.positions[int(position.value)] += 1
        _bring_in(place, f"T{number}", rows, tally)
    return tally


def kill_at_steps(
    context: ForkServerContext, place: Path | str, steps: Iterable[int], rows: int
) -> Tally:
    """Kill imports at these steps; every file is afterwards in once, or this fails."""
    tally = Tally()
    for step in steps:
        killed = run(context, children.import_and_die, place, f"S{step}", rows, step)
        assert killed == -signal.SIGKILL
        tally.positions[step] += 1
        _bring_in(place, f"S{step}", rows, tally)
    return tally


def count_steps(place: Path | str, rows: int) -> int:
    """How many steps the import of a mixed file takes, in a store that has its ground."""
    with closing(children.opened(place)) as store:
        return children.steps_of(store, lambda: children.import_mixed(store, "counted", rows))


def _bring_in(place: Path | str, file: str, rows: int, tally: Tally) -> None:
    """Start anew after a kill, find the whole file or nothing, and take it in if it is missing."""
    start = time.perf_counter()
    with closing(children.opened(place)) as store:
        found = children.what_is_in(store, file)
        tally.restarts_s.append(time.perf_counter() - start)
        assert found in (children.NONE, children.whole(rows)), f"{file} is in by half: {found}"
        tally.left_in += found != children.NONE
        report = children.import_mixed(store, file, rows)
        accepted = children.PARTS * (rows + 1)
        assert report.accepted == (accepted if found == children.NONE else 0)
        assert report.read == report.accepted + report.quarantined + report.duplicate
        assert children.what_is_in(store, file) == children.whole(rows)
