"""How messages repeat what a file says."""

from __future__ import annotations

_SHOWN = 60
"""Characters of a value that a message repeats."""


def shown(value: str) -> str:
    """A value as a message repeats it: quoted, on one line, cut where it is long."""
    more = f" and {len(value) - _SHOWN} more characters" if len(value) > _SHOWN else ""
    return f"{value[:_SHOWN]!r}{more}"
