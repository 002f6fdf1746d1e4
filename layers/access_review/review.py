"""Who sees what, at which precision, by which rule, as inert HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Protocol

from geo.access import RIGHTS, Right, Role, Viewer
from geo.model import Sensitivity, Tlp
from layers.access_review.tables import (
    ROLES,
    STYLE,
    bare_table,
    capital,
    counted,
    groups_html,
    names_html,
    outcome_class,
    plain_subject,
    role_chip,
    table,
)
from layers.style import marking_badge, safe_html

DOES: dict[Right, str] = {
    Right.LOOK: "looks",
    Right.HAND_OVER: "prints and hands over",
    Right.ANALYSE: "analyses",
    Right.KEEP: "brings in and corrects",
    Right.JUDGE: "judges",
    Right.ADMINISTER: "administers",
}
"""What a right lets somebody do, in words."""

SITES: dict[Sensitivity, str] = {
    Sensitivity.NONE: "Other sites",
    Sensitivity.LOW: "Slightly sensitive (4)",
    Sensitivity.MEDIUM: "Sensitive (3)",
    Sensitivity.HIGH: "Highly sensitive (2)",
    Sensitivity.EXTREME: "Extremely sensitive (1)",
}
"""Sites by the GBIF category of their sensitivity, in words."""


class KindSeen(Protocol):
    """What somebody sees of one kind of records."""

    @property
    def kind(self) -> str:
        """The kind."""

    @property
    def rows(self) -> int:
        """All records of it."""

    @property
    def exact(self) -> int:
        """Shown with the place as held."""

    @property
    def coarse(self) -> int:
        """Shown with a cell in its place."""

    @property
    def withheld(self) -> int:
        """Not shown."""

    @property
    def by_rule(self) -> Mapping[str, int]:
        """Records by the rule that touched them."""


class MemberSeen(Protocol):
    """What a member sees."""

    @property
    def subject(self) -> str:
        """Who."""

    @property
    def name(self) -> str:
        """For people to read."""

    @property
    def role(self) -> Role:
        """Role."""

    @property
    def groups(self) -> frozenset[str]:
        """Sharing groups."""

    @property
    def ceiling(self) -> Tlp:
        """Strictest marking in open datasets."""

    @property
    def ceiling_inside(self) -> Tlp:
        """Strictest marking in datasets closed to own groups."""

    @property
    def kinds(self) -> Sequence[KindSeen]:
        """By kind."""


class DatasetSeen(Protocol):
    """Who is let into a dataset."""

    @property
    def dataset_id(self) -> str:
        """The dataset."""

    @property
    def groups(self) -> frozenset[str]:
        """Groups that it is closed to."""

    @property
    def rows(self) -> int:
        """Its records."""

    @property
    def admitted(self) -> Sequence[str]:
        """Subjects of those who are let in."""


def roles_html(cells: Mapping[Role, Mapping[Sensitivity, str]]) -> str:
    """What each role may do and see; `cells` says how exactly it sees each sort of site."""
    head = ("Role", "May", "Strictest marking", *SITES.values())
    rows = []
    for role, (label, sentence) in ROLES.items():
        may = ", ".join(words for right, words in DOES.items() if right in RIGHTS[role])
        told = [safe_html(cells[role][sensitivity]) for sensitivity in SITES]
        rows.append(
            [
                f"<b>{label}</b><small>{safe_html(sentence)}</small>",
                safe_html(may),
                _ceilings(role),
                *(f"<span class='{outcome_class(words)}'>{words}</span>" for words in told),
            ]
        )
    return table(head, rows, described="What each role may do and see")


def datasets_html(datasets: Sequence[DatasetSeen], names: Mapping[str, str]) -> str:
    """Datasets with the groups they are closed to and who is let in; closed ones first."""
    rows = [
        [
            f"<b><bdi>{safe_html(dataset.dataset_id)}</bdi></b>"
            f"<small>{counted(dataset.rows, 'record')}</small>",
            groups_html(dataset.groups)
            if dataset.groups
            else "<span class='good'>open to every role</span>",
            names_html([names.get(who) or plain_subject(who) for who in dataset.admitted])
            if dataset.groups
            else "everybody, as far as the role sees",
        ]
        for dataset in sorted(datasets, key=lambda one: (not one.groups, one.dataset_id))
    ]
    head = ("Dataset", "Only for the groups", "Who is let in")
    return table(head, rows, described="Datasets and who is let in")


def review_html(members: Sequence[MemberSeen], *, rules: Mapping[str, str]) -> str:
    """What everybody sees, at which precision; those who see the same stand together."""

    def sight(member: MemberSeen) -> tuple[int, list[str]]:
        return -member.role.strength, sorted(member.groups)

    parts = []
    for _, alike in groupby(sorted(members, key=sight), key=sight):
        parts.append(_sight_html(list(alike), rules))
    return f"{STYLE}<div class='lamassu-access lamassu-review'>{''.join(parts)}</div>"


def _sight_html(alike: Sequence[MemberSeen], rules: Mapping[str, str]) -> str:
    """What people of one role and the same groups see: a line, and kind by kind when opened."""
    one = alike[0]
    exact, coarse, withheld = (
        sum(getattr(kind, name) for kind in one.kinds) for name in ("exact", "coarse", "withheld")
    )
    people = [member.name or plain_subject(member.subject) for member in alike]
    told = "without a login" if one.role is Role.ANONYMOUS else names_html(people)
    rows = [
        [
            safe_html(capital(kind.kind)),
            f"{_share_bar(kind.exact, kind.coarse, kind.withheld)}",
            f"{kind.exact:,}",
            f"{kind.coarse:,}",
            f"{kind.withheld:,}",
            _rules_html(kind.by_rule, rules),
        ]
        for kind in one.kinds
        if kind.rows
    ]
    head = ("Records", "Of all", "Exact", "Coarse", "Withheld", "By which rule, how many")
    markings = marking_badge(one.ceiling.value)
    if one.ceiling_inside is not one.ceiling:
        markings += (
            f" <span class='aside'>own groups {marking_badge(one.ceiling_inside.value)}</span>"
        )
    groups = f" {groups_html(one.groups)}" if one.groups else ""
    return (
        f"<details><summary><span class='who'>{role_chip(one.role)}{groups} {told}</span>"
        f"<span class='sum'>{_share_bar(exact, coarse, withheld)}"
        f"<small>{exact:,} exact, {coarse:,} coarse, {withheld:,} withheld</small></span></summary>"
        f"<p>Sees markings up to {markings}</p>"
        f"{bare_table(head, rows, described='Records by kind')}</details>"
    )


def _share_bar(exact: int, coarse: int, withheld: int) -> str:
    """How many records are exact, coarse and withheld, as parts of one bar."""
    every = (exact + coarse + withheld) or 1
    parts = "".join(
        f"<i class='{name}' style='width:{100 * count / every:.2f}%'></i>"
        for name, count in (("exact", exact), ("coarse", coarse), ("withheld", withheld))
    )
    words = f"{exact} exact, {coarse} coarse, {withheld} withheld"
    return f"<span class='bar' role='img' aria-label='{words}'>{parts}</span>"


def _rules_html(by_rule: Mapping[str, int], rules: Mapping[str, str]) -> str:
    """Rules with how many records each of them touched."""
    told = "".join(
        f"<small>{count:,} \u00d7 <b>{safe_html(rule)}</b>: "
        f"{safe_html(rules.get(rule, ''))}</small>"
        for rule, count in by_rule.items()
    )
    return told or "<span class='none'>nothing taken away</span>"


def _ceilings(role: Role) -> str:
    """The strictest marking that a role sees, and that in data closed to its own groups."""
    outside = Viewer(role=role).ceiling()
    group = frozenset({"any"})
    inside = Viewer(role=role, groups=group).ceiling(group)
    told = marking_badge(outside.value)
    if inside is not outside and role is not Role.ANONYMOUS:
        told += f"<div class='aside'>own groups {marking_badge(inside.value)}</div>"
    return told
