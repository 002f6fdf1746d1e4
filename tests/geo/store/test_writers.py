"""Many processes write to one store at once: none is refused, and nothing is lost.

Fewer commits than `tests/bench/writers.py`, which has eight times five hundred.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing

import pytest

from tests.geo.store import children, killing
from tests.geo.store.files import breaks

WRITERS, COMMITS = 8, 10


@pytest.fixture(scope="module")
def context():
    """Where children come from."""
    return killing.new_context()


def test_many_writers_are_all_served(context, url):
    """Rows, imports, quarantined rows and revisions add up; the audit is one chain of all."""
    with closing(children.opened(url)) as store:
        before = store.revision()
    processes = [
        context.Process(target=children.write_many, args=(url, writer, COMMITS))
        for writer in range(WRITERS)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * WRITERS
    with closing(children.opened(url)) as store:
        imports = store.imports()
        assert len(imports) == len({record.import_id for record in imports}) == WRITERS * COMMITS
        assert sum(record.accepted for record in imports) == WRITERS * COMMITS * 2
        assert sum(record.quarantined for record in imports) == WRITERS * COMMITS
        assert len(store.read("sites")) == WRITERS * COMMITS * 2
        assert store.revision() - before == WRITERS * COMMITS
        assert store.integrity() == ()
        entries = store.audit()
        assert breaks(store) == []
        told = Counter((entry.actor, entry.action) for entry in entries)
        assert told == {("a", "import"): WRITERS * COMMITS} | {
            (f"W{writer}", "saw"): COMMITS for writer in range(WRITERS)
        }


def test_writers_of_the_same_file_bring_it_once(url):
    """The first is served, the others are told which import it was."""
    reports = []

    def bring() -> None:
        with closing(children.opened(url)) as store:
            reports.append(children.import_rows(store, "same", 20))

    with closing(children.opened(url)):
        threads = [threading.Thread(target=bring) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(report.accepted for report in reports) == [0, 0, 0, 20]
    assert len({report.import_id for report in reports}) == 1
    assert {report.quarantined for report in reports} == {1}


def test_a_reader_sees_whole_files_while_one_is_written(url):
    """Between the parts of a file, another connection sees none of it."""
    with closing(children.opened(url)) as store, closing(children.opened(url)) as reader:
        seen = []

        def parts():
            for part in range(3):
                yield children.part_of({f"{part}-{row}": "n" for row in range(5)})
                seen.append((len(reader.read("sites")), len(reader.imports())))

        store.add_parts("sites", parts(), key=children.file_key("a"), author="a", now=children.NOW)
        assert seen == [(0, 0)] * 3
        assert len(reader.read("sites")) == 15
