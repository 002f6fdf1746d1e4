"""Hostile GeoJSON does no harm: it is refused in a line, or read and looked through."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.bad_geojsons import bad_geojsons
from tests.hostile.trap import outcome_of_table, outcomes

READ = ("crs by a link",)
"""Files that look evil and can be read without harm."""

REFUSED = (
    "crs named by a file",
    "virtual dataset of a file",
    "objects a hundred thousand deep",
    "ten thousand columns",
)
"""Files that must not be read."""

BREAKS = frozenset()
"""Files on which a library breaks down, which is what the child is for."""


def test_hostile_geojson_is_refused_or_harmless(tmp_path: Path):
    """No secret comes out, nobody is called, and only known files bring the child down."""
    found = outcomes(bad_geojsons, tmp_path, outcome_of_table, always=(*READ, *REFUSED, *BREAKS))
    assert [name for name in READ if not found[name].startswith("read")] == []
    assert [name for name in REFUSED if not found[name].startswith("refused")] == []
    assert {name for name, said in found.items() if "broke down" in said} <= BREAKS
