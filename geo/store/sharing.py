"""Who is a member and which datasets are closed, inside a transaction; nothing is overwritten.

Each change is a new row, and of each subject or dataset the newest row counts. Subjects and groups
are named by printable characters, without blanks at the ends; a group's name has no comma either,
because groups are listed with commas. A dataset is named as its rows have it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from geo.access import Member, Role
from geo.columns import RECORDS
from geo.errors import InvalidSetting, StoreDamaged
from geo.store.rows import in_utc
from geo.store.schema import DATASET_GROUPS, MEMBERS, record_table

LONGEST = 200
"""Characters of the longest name."""

LONGEST_SUBJECT = 600
"""Characters of the longest subject: an issuer's URL and the 255 characters that OpenID Connect
Core 1.0 (section 2) allows for the subject itself."""


def members(connection: sa.Connection) -> tuple[Member, ...]:
    """The newest word on each subject, by subject; a role that there is not counts as none."""
    rows = connection.execute(_newest(MEMBERS, MEMBERS.c.subject))
    return tuple(
        Member(
            subject=row.subject,
            name=row.name,
            role=_known_role(row.role) or Role.ANONYMOUS,
            groups=_groups(row.group_names),
            changed_at=in_utc(row.changed_at),
            changed_by=row.changed_by,
        )
        for row in rows
    )


def checked_member(member: Member) -> Member:
    """A member whose names can be kept, in Unicode NFC."""
    role = _known_role(member.role)
    if role is None:
        raise InvalidSetting(
            f"there is no role {str(member.role)!r}", expected=f"one of {', '.join(Role)}"
        )
    return Member(
        subject=_name("subject", member.subject, longest=LONGEST_SUBJECT),
        name=_name("name", member.name) if member.name.strip() else "",
        role=role,
        groups=checked_groups(member.groups),
    )


def checked_groups(groups: Iterable[str]) -> frozenset[str]:
    """Names of sharing groups that can be kept, in Unicode NFC."""
    if isinstance(groups, str):
        raise InvalidSetting(f"{groups!r} is a text", expected="a list of groups")
    checked = frozenset(_name("group", group) for group in groups)
    for group in checked:
        if "," in group:
            raise InvalidSetting(
                f"the group {group!r} has a comma in its name", expected="a name without it"
            )
    return checked


def set_member(connection: sa.Connection, member: Member, *, author: str, now: datetime) -> bool:
    """Write who somebody is from now on; False if that was said last already."""
    said = {
        "subject": member.subject,
        "name": member.name,
        "role": member.role.value,
        "group_names": _listed(member.groups),
    }
    return _say(connection, MEMBERS, MEMBERS.c.subject, said, author=author, now=now)


def dataset_groups(connection: sa.Connection) -> Mapping[str, frozenset[str]]:
    """The groups of each closed dataset, by its id."""
    rows = connection.execute(_newest(DATASET_GROUPS, DATASET_GROUPS.c.dataset_id))
    told = {row.dataset_id: _groups(row.group_names) for row in rows}
    return {dataset: groups for dataset, groups in told.items() if groups}


def share(
    connection: sa.Connection,
    dataset_id: str,
    groups: frozenset[str],
    *,
    author: str,
    now: datetime,
) -> bool:
    """Write to whom a dataset is closed from now on; False if that was said last already."""
    said = {"dataset_id": dataset_id, "group_names": _listed(groups)}
    key = DATASET_GROUPS.c.dataset_id
    if not groups and dataset_id not in dataset_groups(connection):
        return False
    return _say(connection, DATASET_GROUPS, key, said, author=author, now=now)


def dataset_as_held(connection: sa.Connection, dataset_id: str) -> str:
    """The id of a dataset as rows have it; in Unicode NFC, as imports make it, if none has it."""
    tables = (record_table(kind) for kind in RECORDS)
    rows = (sa.select(sa.literal(1)).where(table.c.dataset_id == dataset_id) for table in tables)
    if any(connection.scalar(row.limit(1)) for row in rows):
        return dataset_id
    return unicodedata.normalize("NFC", dataset_id)


def access_version(connection: sa.Connection) -> int:
    """How many changes of members and groups there were."""
    newest = (
        sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).scalar_subquery()
        for table in (MEMBERS, DATASET_GROUPS)
    )
    first, second = newest
    return connection.scalar(sa.select(first + second)) or 0


def faults(connection: sa.Connection) -> list[str]:
    """Members with a role that there is not: they see what strangers see."""
    rows = connection.execute(_newest(MEMBERS, MEMBERS.c.subject))
    return [
        f"the member {row.subject!r} has the role {row.role!r}, which there is not"
        for row in rows
        if _known_role(row.role) is None
    ]


def _newest(table: sa.Table, key: sa.Column[str]) -> sa.Select[tuple[object, ...]]:
    """The newest row of each key, by key."""
    numbers = sa.select(sa.func.max(table.c.number)).group_by(key)
    return sa.select(table).where(table.c.number.in_(numbers)).order_by(key)


def _say(
    connection: sa.Connection,
    table: sa.Table,
    key: sa.Column[str],
    said: Mapping[str, str],
    *,
    author: str,
    now: datetime,
) -> bool:
    """Append a row, unless the newest of its key says the same."""
    of_key = sa.select(*(table.c[name] for name in said)).where(key == said[key.name])
    newest = connection.execute(of_key.order_by(table.c.number.desc()).limit(1)).mappings().first()
    if newest is not None and dict(newest) == dict(said):
        return False
    last = connection.scalar(sa.select(sa.func.max(table.c.number))) or 0
    row = {**said, "number": last + 1, "changed_at": now, "changed_by": author}
    connection.execute(table.insert().values(row))
    return True


def _known_role(text: str) -> Role | None:
    """The role of that name, if there is one."""
    return next((role for role in Role if role.value == text), None)


def _name(what: str, text: str, *, longest: int = LONGEST) -> str:
    """A name that can be kept and read aloud, in Unicode NFC."""
    name = unicodedata.normalize("NFC", text)
    if not name or name != name.strip() or not name.isprintable() or len(name) > longest:
        raise InvalidSetting(
            f"{text[:longest]!r} is no {what}",
            expected=f"1 to {longest} printable characters without blanks at the ends",
        )
    return name


def _listed(groups: frozenset[str]) -> str:
    """Groups as one text."""
    return json.dumps(sorted(groups), ensure_ascii=False)


def _groups(text: str) -> frozenset[str]:
    """Groups from their text; what cannot be read opens nothing."""
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise StoreDamaged("a list of sharing groups cannot be read", remedy="restore a backup")
    return frozenset(names)
