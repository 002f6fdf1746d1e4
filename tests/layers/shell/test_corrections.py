"""Records corrected and imports taken back."""

from __future__ import annotations

import pytest

from geo.store import open_store
from tests.homes import settings_of
from tests.shell_runs import refused, state


def test_a_record_is_corrected_with_its_history(run, home):
    """Typed text in, the next version out; nothing is asked."""
    words = ("correct", "seizures", "SZ001", "--set", "grade=B2", "--set", "note=a=b")
    done = run(*words, "--reason", "court file", "--json")
    assert (done.code, done.json) == (0, {"kind": "seizures", "id": "SZ001", "version": 2})
    store = open_store(settings_of(home).store_url)
    history = store.history("seizures", "SZ001")
    store.close()
    assert list(history["grade"])[-1] == "B2"
    assert list(history["note"])[-1] == "a=b"
    assert list(history["reason"]) == ["", "court file"]
    assert (
        "is now version 3"
        in run("correct", "seizures", "SZ001", "--set", "date_from=", "--reason", "r").out
    )


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("SZ000", "--set", "note=x", "--reason", "r"), "SZ000"),
        (("SZ001", "--set", "note", "--reason", "r"), "--set note"),
        (("SZ001", "--set", "=x", "--reason", "r"), "--set =x"),
        (("SZ001", "--set", "colour=red", "--reason", "r"), "colour"),
        (("SZ001", "--set", "geometry=POINT (1 2)", "--reason", "r"), "geometry"),
        (("SZ001", "--set", "object_count=many", "--reason", "r"), "many"),
        (("SZ001", "--set", "lon=44", "--reason", "r"), "lat"),
        (("SZ001", "--set", "note=x", "--reason", " "), "reason"),
        (("SZ001", "--set", "note=\x07", "--reason", ""), "reason"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(run, home, words, word):
    """One line, and the store unchanged."""
    before = state(home)
    refused(run("correct", "seizures", *words), word)
    assert state(home) == before


def test_an_import_that_is_not_there_cannot_be_undone(run):
    """The id is named."""
    refused(run("undo", "IM-20200101-00000000"), "IM-20200101-00000000")
