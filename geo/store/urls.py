"""URLs of stores, and how they are told without what is secret in them."""

from __future__ import annotations

import re

import sqlalchemy as sa

from geo.errors import InvalidSetting

SERVER_SCHEMES = ("postgresql", "postgresql+psycopg")
"""How the URL of a PostGIS store begins."""

OPTIONS = frozenset(
    {
        "channel_binding", "gssencmode", "host", "passfile", "port", "service", "sslcert", "sslcrl",
        "sslkey", "sslmode", "sslrootcert", "target_session_attrs",
    }
)  # fmt: skip
"""Options of libpq that may follow the question mark (PostgreSQL 15, 34.1.2)."""

PLAIN_URL = re.compile(
    r"[\w+.-]+://"
    r"((?P<user>[^:/?#@\[\]]*)(:[^:/?#@\[\]]*)?(?=@))?"
    r"(?P<rest>@?([^:/?#@\[\]]*|\[[0-9a-fA-F:.]*\])(:\d{1,5})?(/[^:/?#@]*)?)(\?[^@]*)?"
    r"\Z"
)
"""A URL in which it is plain what the password is: each other part is free of what ends one."""


def server_url(text: str) -> sa.URL:
    """The parts of the URL of a PostGIS store.

    Raises
    ------
    InvalidSetting
        If it is no URL, names no database, or has an option that is not among `OPTIONS`. The
        message holds no password.
    """
    expected = "postgresql:// and user, server and database, as in postgresql://user@server/base"
    shown = without_password(text)
    try:
        url = sa.make_url(text) if PLAIN_URL.match(text) else None
    except (sa.exc.ArgumentError, ValueError):
        url = None
    # No error is the cause of this one: it would hold the whole URL with its password.
    if url is None:
        raise InvalidSetting(
            f"{shown!r} is no URL",
            expected=expected,
            remedy="write special characters of a password as %40 and so on",
        )
    if not url.database:
        raise InvalidSetting(f"{shown!r} names no database", expected=expected)
    if strange := sorted(set(url.query) - OPTIONS):
        raise InvalidSetting(
            f"{shown!r} has the option {strange[0]!r}",
            expected=f"one of {', '.join(sorted(OPTIONS))}",
        )
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidSetting(f"{shown!r} holds what no text may hold", expected=expected)
    return url


def shown_url(url: sa.URL) -> str:
    """The URL of a store as text without the password."""
    bare = sa.URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return bare.render_as_string()


def without_password(text: str) -> str:
    """What was meant to be a URL, without what may be a password in it.

    >>> without_password("postgresql://amal:word@db/lamassu?sslmode=require")
    'postgresql://amal@db/lamassu'
    >>> without_password("postgresql://amal:wo@rd@db/lamassu")
    'postgresql://...'
    >>> without_password("sqlite:///home/a:b@c.db")
    'sqlite:///home/a:b@c.db'
    """
    scheme, colon, _ = text.partition(":")
    if scheme == "sqlite" or not colon:
        return text
    parts = PLAIN_URL.match(text)
    if parts is None:
        return f"{scheme}://..."
    return f"{scheme}://{parts['user'] or ''}{parts['rest']}"
