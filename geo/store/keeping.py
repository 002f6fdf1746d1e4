"""What is kept beside records, inside a transaction: settings, mappings, printed pages."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from geo.errors import BadInput, NotFound
from geo.store.rows import in_utc
from geo.store.schema import BRIEFINGS, MAPPINGS, SETTINGS, Briefing, SavedMapping


def keep_mapping(connection: sa.Connection, mapping: SavedMapping) -> None:
    """Keep a mapping as the newest one."""
    last = connection.scalar(sa.select(sa.func.max(MAPPINGS.c.number))) or 0
    row = dataclasses.asdict(mapping) | {"number": last + 1}
    connection.execute(MAPPINGS.insert().values(row))


def mappings(connection: sa.Connection) -> tuple[SavedMapping, ...]:
    """The newest mapping of each partner and kind, by partner and kind."""
    newest = sa.select(sa.func.max(MAPPINGS.c.number)).group_by(MAPPINGS.c.partner, MAPPINGS.c.kind)
    names = [field.name for field in dataclasses.fields(SavedMapping)]
    query = (
        sa.select(*(MAPPINGS.c[name] for name in names))
        .where(MAPPINGS.c.number.in_(newest))
        .order_by(MAPPINGS.c.partner, MAPPINGS.c.kind)
    )
    rows = connection.execute(query).mappings().all()
    return tuple(SavedMapping(**{**row, "saved_at": in_utc(row["saved_at"])}) for row in rows)


def setting(connection: sa.Connection, name: str) -> str | None:
    """The value of a setting; None if it was never set."""
    return connection.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name))


def set_setting(connection: sa.Connection, name: str, value: str) -> None:
    """Keep a setting."""
    connection.execute(SETTINGS.delete().where(SETTINGS.c.name == name))
    connection.execute(SETTINGS.insert().values(name=name, value=value))


def keep_briefing(connection: sa.Connection, briefing: Briefing) -> bool:
    """Keep a page; False if it was kept before.

    Raises
    ------
    BadInput
        If it was kept with other particulars.
    """
    for known in _briefings(connection, briefing.briefing_id):
        if known.sha256 == briefing.sha256:
            _require_same_page(known, briefing)
            return False
    connection.execute(BRIEFINGS.insert().values(dataclasses.asdict(briefing)))
    return True


def briefing(connection: sa.Connection, briefing_id: str) -> tuple[Briefing, ...]:
    """What was printed under an id; NotFound if nothing was."""
    pages = _briefings(connection, briefing_id)
    if not pages:
        raise NotFound(
            f"no page of the id {briefing_id!r} was kept",
            expected="the id that is printed on a page made with this store",
        )
    return pages


def _briefings(connection: sa.Connection, briefing_id: str) -> tuple[Briefing, ...]:
    """What is kept under an id, oldest first."""
    rows = connection.execute(
        BRIEFINGS.select()
        .where(BRIEFINGS.c.briefing_id == briefing_id)
        .order_by(BRIEFINGS.c.created_at, BRIEFINGS.c.sha256)
    ).mappings()
    return tuple(Briefing(**{**row, "created_at": in_utc(row["created_at"])})
                 for row in rows)  # fmt: skip


def _require_same_page(known: Briefing, given: Briefing) -> None:
    """Refuse to say two things of one page."""
    if known != given:
        raise BadInput(
            f"the page {given.briefing_id!r} is kept with other particulars",
            expected=f"{known}",
            remedy="give a new page a new id",
        )
