"""Hostile KML does no harm: it is refused in a line, or read and looked through."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.bad_kmls import bad_kmls
from tests.hostile.trap import outcome_of_table, outcomes

READ = (
    "network link",
    "icon",
    "script",
)
"""Files that look evil and can be read without harm."""

REFUSED = (
    "entity of a file",
    "billion laughs",
    "outer document type",
    "virtual dataset",
    "three hundred folders deep",
)
"""Files that must not be read."""

BREAKS = frozenset()
"""Files on which a library breaks down, which is what the child is for."""


def test_hostile_kml_is_refused_or_harmless(tmp_path: Path):
    """No secret comes out, nobody is called, and only known files bring the child down."""
    found = outcomes(bad_kmls, tmp_path, outcome_of_table, always=(*READ, *REFUSED, *BREAKS))
    assert [name for name in READ if not found[name].startswith("read")] == []
    assert [name for name in REFUSED if not found[name].startswith("refused")] == []
    assert {name for name, said in found.items() if "broke down" in said} <= BREAKS
