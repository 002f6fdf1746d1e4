"""What child processes and fault tests do to a store."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geo.access import Member, Role
from geo.audit import AuditEvent
from geo.frames import Part, frame_of
from geo.model import ImportReport, QuarantinedRow
from geo.store import FileKey, Store, open_store

NOW = datetime(2026, 11, 22, tzinfo=UTC)

FINISHED = 10_000
"""Position after the last step."""

PARTS = 3
"""Parts of a mixed file; each brings a known, a changed and a quarantined row beside new ones."""

NONE = (0, 0, 0, 0, 0, 0)
"""What is in of a file that is not in, as `what_is_in` tells it."""

ASIDE = QuarantinedRow(row_number=9, text="x" * 100, what="w", expected="e", remedy="r")


def opened(place: Path | str) -> Store:
    """The store in a file or at a URL."""
    return open_store(f"sqlite:///{place}" if isinstance(place, Path) else place)


def file_key(file: str) -> FileKey:
    """The key of a file of this name."""
    return FileKey(file_name=f"{file}.csv", sha256=hashlib.sha256(file.encode()).hexdigest())


def part_of(names: dict[str, str], *, first: int = 2, aside: bool = False) -> Part:
    """Sites by id and name, from this row of a file on."""
    frame = frame_of(
        "sites",
        {"id": list(names), "name": list(names.values()), "country": ["Iraq"] * len(names)},
    )
    return Part(
        frame=frame,
        row_numbers=range(first, first + len(names)),
        texts=list(names),
        cells=[""] * len(names),
        quarantined=(ASIDE,) if aside else (),
    )


def import_rows(store: Store, file: str, rows: int) -> ImportReport:
    """Import a file of so many sites, with one quarantined row."""
    part = part_of({f"{file}-{row}": f"site {row} of {file}" for row in range(rows)}, aside=True)
    return store.add_parts("sites", [part], key=file_key(file), author="a", now=NOW)


def import_ground(store: Store) -> None:
    """Import the rows that mixed files know and change."""
    names = {f"{what}-{part}": what for what in ("known", "changed") for part in range(PARTS)}
    store.add_parts("sites", [part_of(names)], key=file_key("ground"), author="a", now=NOW)


def import_mixed(store: Store, file: str, rows: int, *, dry_run: bool = False) -> ImportReport:
    """Import a file of `PARTS` parts with so many new sites each, so that every write is needed."""
    parts = (
        part_of(
            {f"{file}-{part}-{row}": f"site {row}" for row in range(rows)}
            | {f"known-{part}": "known", f"changed-{part}": f"changed by {file}"},
            first=2 + part * (rows + 3),
            aside=True,
        )
        for part in range(PARTS)
    )
    return store.add_parts("sites", parts, key=file_key(file), author="a", now=NOW, dry_run=dry_run)


def whole(rows: int) -> tuple[int, ...]:
    """What is in of a mixed file that is in."""
    return (1, PARTS * rows, PARTS, PARTS, PARTS, 1)


def what_is_in(store: Any, file: str) -> tuple[int, ...]:
    """Complete imports, new, changed, known and quarantined rows, and entries of the audit."""
    of_file = "import_id IN (SELECT import_id FROM imports WHERE file_name = :file)"
    queries = (
        "SELECT count(*) FROM imports WHERE file_name = :file AND read > 0",
        "SELECT count(*) FROM sites WHERE id LIKE :new",
        "SELECT count(*) FROM sites WHERE name = :changed AND current",
        f"SELECT count(*) FROM attestations WHERE {of_file}",
        f"SELECT count(*) FROM quarantine WHERE {of_file}",
        "SELECT count(*) FROM audit WHERE action = 'import' AND detail LIKE :digest",
    )
    told = {
        "file": f"{file}.csv",
        "new": f"{file}-%",
        "changed": f"changed by {file}",
        "digest": f"%{file_key(file).sha256}%",
    }
    with store.reading() as connection:
        return tuple(
            connection.scalar(sa.text(query), {k: v for k, v in told.items() if f":{k}" in query})
            for query in queries
        )


def write_many(place: Path | str, writer: int, commits: int) -> None:
    """Open the store, import so many small files, and note each a second time in the audit."""
    with closing(opened(place)) as store:
        for number in range(commits):
            import_rows(store, f"W{writer}N{number}", 2)
            store.note(AuditEvent(actor=f"W{writer}", action="saw", subject=f"N{number}"), now=NOW)


def change_access(store: Store, word: str) -> None:
    """Note something, name a member and close a dataset: three transactions."""
    store.note(AuditEvent(actor="a", action="saw", subject=word), now=NOW)
    member = Member(subject=f"proxy:{word}", role=Role.ANALYST, groups=frozenset({"unit"}))
    store.set_member(member, author="a", now=NOW)
    store.share(word, ["unit"], author="a", now=NOW)


def change_access_and_die(place: Path | str, word: str, step: int) -> None:
    """Do the same and be killed at one step of it."""
    store: Any = opened(place)
    with at_each_step(store._engine, lambda number: die_at(number, step)):
        change_access(store, word)


@contextmanager
def at_each_step(engine: sa.Engine, act: Callable[[int], None]) -> Iterator[None]:
    """Call `act` with 1, 2, 3 ... before and after each statement and before each commit."""
    taken = 0

    def step(*_: Any) -> None:
        nonlocal taken
        taken += 1
        act(taken)

    names = ("before_cursor_execute", "after_cursor_execute", "commit")
    for name in names:
        sa.event.listen(engine, name, step)
    try:
        yield
    finally:
        for name in names:
            sa.event.remove(engine, name, step)


@contextmanager
def failing_at(store: Any, step: int) -> Iterator[None]:
    """Make the database fail at one step of what is done inside the block."""

    def fail(number: int) -> None:
        if number == step:
            raise sqlite3.OperationalError("made to fail")

    with at_each_step(store._engine, fail):
        yield


def count_steps(place: Path | str) -> int:
    """How many steps an import of 30 rows takes."""
    with closing(opened(place)) as store:
        return steps_of(store, lambda: import_rows(store, "a", 30))


def steps_of(store: Any, act: Callable[[], object]) -> int:
    """How many steps it takes to act upon the store."""
    steps: list[int] = []
    with at_each_step(store._engine, steps.append):
        act()
    return len(steps)


def die_at(number: int, step: int) -> None:
    """End this process as kill -9 does, if it has come to this step."""
    if number == step:
        os.kill(os.getpid(), signal.SIGKILL)


def import_and_die(place: Path | str, file: str, rows: int, step: int) -> None:
    """Import a mixed file and be killed at one step of it."""
    store: Any = opened(place)
    with at_each_step(store._engine, lambda number: die_at(number, step)):
        import_mixed(store, file, rows)


def import_and_show(place: Path | str, file: str, rows: int, begun: Any, position: Any) -> None:
    """Import a mixed file, showing in `position` the steps done, for somebody to kill this.

    A dry run comes before, so that the kills do not fall into the loading of libraries.
    """
    store: Any = opened(place)
    import_mixed(store, file, rows, dry_run=True)

    def show(number: int) -> None:
        position.value = number

    with at_each_step(store._engine, show):
        begun.set()
        import_mixed(store, file, rows)
    position.value = FINISHED


def open_and_die(path: Path, step: int, position: Any) -> None:
    """Make a new store and be killed at one step of it, the naming of its file included."""
    position.value = 0

    def count(*_: Any) -> None:
        position.value += 1
        die_at(position.value, step)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, name, count)
    for name in ("link", "unlink", "fsync"):
        setattr(os, name, stepping(getattr(os, name), count))
    opened(path).close()


def stepping(call: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    """`call` with a step before and after it."""

    def stepped(*args: Any, **options: Any) -> Any:
        count()
        result = call(*args, **options)
        count()
        return result

    return stepped
