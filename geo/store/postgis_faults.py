"""What PostgreSQL and its driver report, as our own errors; no password is in their messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa

from geo.errors import StoreBusy, StoreDamaged, StoreError

HIDDEN = "***"
"""Stands where a password was."""

BUSY: tuple[str, ...] = (
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "starting up",
)
"""What the server says when a later attempt may go well."""

SAYINGS: tuple[tuple[str, str, str], ...] = (
    ("password authentication failed", "refuses the password of the account",
     "check the user and the password in LAMASSU_STORE"),
    ("no password supplied", "asks for a password",
     "give it in LAMASSU_STORE or in a password file (PGPASSFILE)"),
    ("no pg_hba.conf entry", "does not let this account in from here",
     "ask its administrator for an entry in pg_hba.conf"),
    ("does not exist", "knows no such database or account",
     "CREATE DATABASE ... OWNER ...; as its administrator, or check the URL"),
    ("is not permitted to log in", "does not let this account log in",
     "ALTER ROLE ... LOGIN; as its administrator"),
    ("shutting down", "is shutting down", "wait and try again"),
    ("SSL", "and this program do not agree on encryption", "check sslmode in the URL"),
)  # fmt: skip
"""What the server says while it is asked for a connection, in our words, and the way out.

Only the text tells: libpq gives no code before a connection stands.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What a code of the server means to us."""

    codes: tuple[str, ...]
    """Beginnings of its SQLSTATE (PostgreSQL 15, appendix A)."""
    error: type[StoreError]
    """The error it becomes."""
    what: str
    """The fault, with the ``{place}`` and what the server ``{said}``."""
    expected: str = ""
    """What was expected."""
    remedy: str
    """What to do."""


LOST = _Meaning(
    codes=("57", "08"),
    error=StoreError,
    what="the connection to {place} was lost: {said}",
    expected="a server that stays up",
    remedy="what was being written is in as a whole or not at all: look at the list of imports, and"
    " try again",
)

UNKNOWN = _Meaning(
    codes=("",),
    error=StoreError,
    what="{place} cannot be used: {said}",
    expected="a database that may be read and written",
    remedy="ask its administrator",
)

MEANINGS = (
    _Meaning(
        codes=("55P03", "57014"),
        error=StoreBusy,
        what="{place} is locked by another process",
        expected="a pause in its writing",
        remedy="wait for it to finish and try again",
    ),
    _Meaning(
        codes=("40", "53300"),
        error=StoreBusy,
        what="{place} is busy: {said}",
        remedy="wait and try again",
    ),
    _Meaning(
        codes=("53100",),
        error=StoreError,
        what="the disk of {place} is full: {said}",
        remedy="make room, then try again",
    ),
    _Meaning(
        codes=("42501",),
        error=StoreError,
        what="the account may not do this in {place}: {said}",
        expected="the account that owns the store's tables and may make tables",
        remedy="ALTER DATABASE ... OWNER TO the account;",
    ),
    _Meaning(
        codes=("25006",),
        error=StoreError,
        what="{place} takes no changes: {said}",
        expected="a server that may be written to",
        remedy="name the primary server",
    ),
    _Meaning(
        codes=("42P01", "42703", "XX", "58"),
        error=StoreDamaged,
        what="{place} is damaged: {said}",
        expected="an intact store with all its tables",
        remedy="restore a backup",
    ),
    LOST,
    UNKNOWN,
)
"""The first that fits counts."""


@contextmanager
def reported(place: str, *, password: str) -> Iterator[None]:
    """Turn what the database says inside the block into our own errors.

    The cause is kept except where its text might hold the password.
    """
    try:
        yield
    except sa.exc.TimeoutError as err:
        raise StoreBusy(
            f"every connection to {place} is in use", remedy="wait and try again"
        ) from err
    except (sa.exc.DBAPIError, psycopg.Error) as err:
        if not isinstance(getattr(err, "orig", err), psycopg.Error):
            raise
        told = _told(place, err, password)
        raise told from (None if password and password in str(err) else err)
    except UnicodeError as err:
        raise StoreError(
            f"{place} was given what is no Unicode text", expected="whole characters"
        ) from err


def _told(place: str, err: Exception, password: str) -> StoreError:
    """The error for what was reported."""
    original = getattr(err, "orig", None) or err
    # The first line tells what; those after it may tell a row with all its values.
    diagnosis = getattr(original, "diag", None)
    said = (diagnosis and diagnosis.message_primary) or str(original)
    if password:
        said = said.replace(password, HIDDEN)
    code = getattr(original, "sqlstate", None)
    lost = isinstance(err, sa.exc.DBAPIError) and err.connection_invalidated
    if not code and not lost and isinstance(original, psycopg.DataError):
        return StoreDamaged(
            f"{place} holds what Lamassu does not keep: {said}", remedy="restore a backup"
        )
    if not code and not lost and isinstance(original, psycopg.OperationalError):
        return _unreachable(place, said)
    fits = LOST if not code else next(one for one in MEANINGS if code.startswith(one.codes))
    return fits.error(
        fits.what.format(place=place, said=said), expected=fits.expected, remedy=fits.remedy
    )


def _unreachable(place: str, said: str) -> StoreError:
    """The error for a connection that never stood."""
    if any(words in said for words in BUSY):
        return StoreBusy(f"the server of {place} is busy: {said}", remedy="wait and try again")
    for words, meaning, remedy in SAYINGS:
        if words in said:
            return StoreError(f"the server of {place} {meaning}: {said}", remedy=remedy)
    return StoreError(
        f"the server of {place} cannot be reached: {said}",
        expected="a running server",
        remedy="check its name and port and the network, then try again",
    )
