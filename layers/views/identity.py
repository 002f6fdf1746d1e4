"""Who sits in front of the screen."""

from __future__ import annotations

from getpass import getuser


def author() -> str:
    """The name that goes into histories: that of the account which runs the server."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"
