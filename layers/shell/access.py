"""Who may see what, and what was done and seen: access, audit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from geo.access import Member, Role, Viewer
from geo.columns import RECORDS
from geo.errors import InvalidSetting, NotFound
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    author,
    opened_store,
    settings_of,
    write_json,
)

access = typer.Typer(
    name="access",
    help="Who may see what: members, closed datasets, and the review of both.",
    no_args_is_help=True,
)
audit = typer.Typer(
    name="audit",
    help="What was done and seen, by whom, and whether that record is whole.",
    no_args_is_help=True,
)
commands = typer.Typer()
commands.add_typer(access)
commands.add_typer(audit)

Table = StrEnum("Table", {kind.upper(): kind for kind in RECORDS})  # type: ignore[misc] # the kinds are declared once
"""What is kept."""

SHOWN = 50
"""Entries of the audit that are listed unless more are asked for."""

SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="oidc:ISSUER|SUBJECT, oidc:E-MAIL (verified by the provider) or proxy:USER.",
    ),
]
RoleOption = Annotated[Role, typer.Option(help="Role.")]
GroupOption = Annotated[
    list[str] | None, typer.Option("--group", help="Sharing group; repeat for more.")
]


@access.command(name="list")
def list_(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """List members with their roles, and the datasets that are closed."""
    with opened_store(settings_of(store), as_json=as_json) as opened:
        members, closed = opened.members(), opened.dataset_groups()
    if as_json:
        write_json(
            {
                "members": [_plain(dataclasses.asdict(member)) for member in members],
                "closed": {dataset: sorted(groups) for dataset, groups in closed.items()},
            }
        )
        return
    for member in members:
        typer.echo(_member_line(member))
    if not members:
        typer.echo("no members: only whoever runs Lamassu on this machine gets in")
    for dataset, groups in sorted(closed.items()):
        typer.echo(f"dataset {dataset} is closed to all but {_listed(groups)}")


@access.command()
def grant(
    subject: SubjectArgument,
    role: RoleOption,
    group: GroupOption = None,
    name: Annotated[str, typer.Option(help="Name for people to read.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give somebody a role and groups, in place of what they had; holds at their next click."""
    if role is Role.ANONYMOUS:
        raise InvalidSetting(
            "the role anonymous is that of strangers",
            expected=f"one of {', '.join(each for each in Role if each is not Role.ANONYMOUS)}",
            remedy="take access away with 'access revoke'",
        )
    _require_subject(subject)
    with opened_store(settings_of(store), as_json=as_json) as opened:
        known = next((each.name for each in opened.members() if each.subject == subject), "")
        member = Member(
            subject=subject, name=name or known, role=role, groups=frozenset(group or ())
        )
        opened.set_member(member, author=author(), now=datetime.now(UTC))
    _say_member(member, as_json=as_json)


@access.command()
def revoke(subject: SubjectArgument, store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Take role and groups away; pages that are open lose what they show within seconds."""
    with opened_store(settings_of(store), as_json=as_json) as opened:
        names = {member.subject: member.name for member in opened.members()}
        if subject not in names:
            raise NotFound(
                f"there is no member {subject!r}",
                expected="the subject of a member",
                remedy="see 'access list'",
            )
        gone = Member(subject=subject, name=names[subject], role=Role.ANONYMOUS)
        opened.set_member(gone, author=author(), now=datetime.now(UTC))
    _say_member(gone, as_json=as_json)


@access.command()
def share(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="It need not be there yet.")],
    group: GroupOption = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Close a dataset to all but these groups; without any it is open to everybody."""
    groups = frozenset(group or ())
    with opened_store(settings_of(store), as_json=as_json) as opened:
        opened.share(dataset, groups, author=author(), now=datetime.now(UTC))
    if as_json:
        write_json({"dataset": dataset, "groups": sorted(groups)})
    elif groups:
        typer.echo(f"dataset {dataset} is closed to all but {_listed(groups)}")
    else:
        typer.echo(f"dataset {dataset} is open")


@access.command()
def review(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Tell who can see what, at which precision, by which rule."""
    from geo.pipeline import access as pipeline  # noqa: PLC0415 - quick --help

    with opened_store(settings_of(store), as_json=as_json) as opened:
        found = pipeline.review(opened)
    if as_json:
        write_json(_plain(dataclasses.asdict(found)))
        return
    for member in found.members:
        who = f"{member.subject}  {member.name}".rstrip()
        inside = (
            f", {member.ceiling_inside} inside {_listed(member.groups)}" if member.groups else ""
        )
        typer.echo(f"{who}  {member.role}  up to {member.ceiling}{inside}")
        for kind in member.kinds:
            rules = ", ".join(f"{rule}: {rows:,}" for rule, rows in kind.by_rule.items())
            typer.echo(
                f"  {kind.kind:<12}{kind.rows:>9,} = {kind.exact:,} as held"
                f" + {kind.coarse:,} coarse + {kind.withheld:,} withheld"
                + (f"  ({rules})" if rules else "")
            )
    for dataset in found.datasets:
        door = f"closed to all but {_listed(dataset.groups)}" if dataset.groups else "open"
        who = f"; {_listed(dataset.admitted)}" if dataset.groups and dataset.admitted else ""
        typer.echo(f"dataset {dataset.dataset_id}  {dataset.rows:,} records  {door}{who}")
    for rule, sentence in found.rules.items():
        typer.echo(f"{rule}: {sentence}")


@access.command()
def explain(
    kind: Annotated[Table, typer.Argument(help="Kind of record.")],
    record: Annotated[str, typer.Argument(metavar="ID", help="Id of the record.")],
    role: RoleOption,
    group: GroupOption = None,
    dataset: Annotated[str, typer.Option(help="Dataset, where several have the id.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Tell rule by rule why a role sees a record as it does, or does not see it."""
    from geo.pipeline import access as pipeline  # noqa: PLC0415 - quick --help

    viewer = Viewer(role=role, groups=frozenset(group or ()))
    with opened_store(settings_of(store), as_json=as_json) as opened:
        reasons = pipeline.explain(opened, kind.value, record, viewer, dataset_id=dataset or None)
    if as_json:
        write_json([dataclasses.asdict(reason) for reason in reasons])
        return
    for reason in reasons:
        typer.echo(f"{reason.rule}: {reason.outcome}; {reason.why}")


@audit.command()
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="FILE|HEX",
            help="A head noted elsewhere: a hand-over, or its number and hash; repeat for more.",
        ),
    ] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Read the whole audit; tell what was changed, left out, put in or cut off."""
    from geo.pipeline.auditing import check_audit, noted_elsewhere  # noqa: PLC0415 - quick --help

    heads, hashes = noted_elsewhere(head or ())
    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        found = check_audit(opened, settings, heads=heads, hashes=hashes)
    if as_json:
        write_json(dataclasses.asdict(found))
    else:
        for line in (*found.faults, *found.remarks):
            typer.echo(line)
        verdict = "CHANGED" if found.faults else "whole"
        typer.echo(
            f"{verdict}: {found.head.number:,} entries held against {found.heads:,} heads noted "
            f"elsewhere; the last is {found.head.number}:{found.head.sha256}"
        )
    if found.faults:
        raise typer.Exit(FOUND_WRONG)


@audit.command()
def show(
    actor: Annotated[str, typer.Option(help="Only of those in whose id or name this occurs.")] = "",
    action: Annotated[str, typer.Option(help="Only this, such as import, saw, refused.")] = "",
    most: Annotated[int, typer.Option(min=1, help="The latest so many.")] = SHOWN,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the latest entries of the audit, oldest first."""
    from collections import deque  # noqa: PLC0415 - quick --help

    from geo.pipeline.seen import entries  # noqa: PLC0415

    with opened_store(settings_of(store), as_json=as_json) as opened:
        # Without a limit to look for, the chain need not be read from its beginning.
        after = 0 if actor or action else max(0, opened.audit_head().number - most)
        found = deque(
            (
                entry
                for entry in entries(opened, after=after)
                if actor.casefold() in entry.actor.casefold() and action in ("", entry.action)
            ),
            maxlen=most,
        )
    if as_json:
        rows = [dataclasses.asdict(entry) for entry in found]
        write_json([row | {"detail": json.loads(row["detail"])} for row in rows])
        return
    for entry in found:
        words = f"{entry.actor}  {entry.action}  {entry.subject}  {entry.detail}"
        # Words that a stranger may have sent must not drive the terminal.
        printable = "".join(c if c.isprintable() else " " for c in words)
        typer.echo(f"{entry.number:>7}  {entry.at:%Y-%m-%d %H:%M:%S}  {printable}")


def _require_subject(subject: str) -> None:
    """Refuse what no login can ever be."""
    way, _, name = subject.partition(":")
    known = way in {"oidc", "proxy"} and bool(name)
    if not known or (way == "oidc" and "|" not in name and name.count("@") != 1):
        raise InvalidSetting(
            f"{subject!r} is nobody's subject",
            expected="oidc:ISSUER|SUBJECT, oidc:E-MAIL or proxy:USER",
            remedy="the person's own login page tells it",
        )


def _say_member(member: Member, *, as_json: bool) -> None:
    """One member as it stands now."""
    if as_json:
        write_json(_plain(dataclasses.asdict(member)))
    else:
        typer.echo(_member_line(member))


def _member_line(member: Member) -> str:
    """One member for a person."""
    role = "no role any more" if member.role is Role.ANONYMOUS else member.role.value
    groups = f"  in {_listed(member.groups)}" if member.groups else ""
    said = (
        f"  (said {member.changed_at:%Y-%m-%d %H:%M} UTC by {member.changed_by})"
        if member.changed_at
        else ""
    )
    name = f"  {member.name}" if member.name else ""
    return f"{member.subject}{name}  {role}{groups}{said}"


def _listed(names: Iterable[str]) -> str:
    """Names in order."""
    return ", ".join(sorted(names))


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Sets as sorted lists, all the way down."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return sorted(value) if isinstance(value, frozenset) else value
