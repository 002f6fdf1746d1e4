"""Who sees what of the store, at which precision and by which rule, for an administrator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from geo.access import NOBODY, Member, Right, Role, Viewer
from geo.columns import RECORDS
from geo.disclosure import RULES, Reason, SiteIndex, explained, for_viewer, site_index
from geo.model import Tlp
from geo.pipeline.guard import GuardedStore
from geo.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class KindReview:
    """What somebody sees of one kind of records."""

    kind: str
    """The kind."""
    rows: int
    """Current records; exact + coarse + withheld."""
    exact: int
    """Shown with their place as held."""
    coarse: int
    """Shown with a cell or without an outline in place of it."""
    withheld: int
    """Not shown."""
    by_rule: Mapping[str, int]
    """Records by the rule of `geo.disclosure.RULES` that coarsened, withheld or cleared them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReview:
    """What a member sees."""

    subject: str
    """Who; ``nobody`` for those without a login."""
    name: str
    """For people to read."""
    role: Role
    """Role."""
    groups: frozenset[str]
    """Sharing groups."""
    ceiling: Tlp
    """Strictest marking seen in open datasets."""
    ceiling_inside: Tlp
    """Strictest marking seen in datasets closed to a group of theirs."""
    kinds: tuple[KindReview, ...]
    """By kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReview:
    """Who sees a dataset."""

    dataset_id: str
    """The dataset."""
    groups: frozenset[str]
    """The groups that it is closed to; empty if it is open."""
    rows: int
    """Current records of all kinds."""
    admitted: tuple[str, ...]
    """Members to whom it is open; what they see of it is a matter of marking and sensitivity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReview:
    """Who can see what, at which precision, by which rule."""

    members: tuple[MemberReview, ...]
    """Those with a role, by subject; first those without a login."""
    datasets: tuple[DatasetReview, ...]
    """By id."""
    rules: Mapping[str, str]
    """The rules that were met, each in a sentence."""


def review(store: Store) -> AccessReview:
    """Who can see what in the store; for an administrator.

    Raises
    ------
    NotAllowed
        If the store is guarded for somebody else.
    """
    members = [member for member in store.members() if member.role is not Role.ANONYMOUS]
    held = {kind: store.read(kind) for kind in RECORDS}
    closed, sites = store.dataset_groups(), site_index(held["sites"])
    viewers = {Viewer(role=Role.ANONYMOUS)} | {_viewer(member) for member in members}
    seen = {
        viewer: tuple(
            _reviewed(kind, frame, viewer, sites=sites, closed=closed)
            for kind, frame in held.items()
            if len(frame)
        )
        for viewer in viewers
    }
    strangers = Member(subject=NOBODY.subject, role=Role.ANONYMOUS)
    return AccessReview(
        members=tuple(_of_member(each, seen[_viewer(each)]) for each in (strangers, *members)),
        datasets=_datasets(held, members, closed),
        rules={
            rule: RULES.get(rule, "")
            for rule in sorted({r for kinds in seen.values() for k in kinds for r in k.by_rule})
        },
    )


def explain(
    store: Store, kind: str, record_id: str, viewer: Viewer, *, dataset_id: str | None = None
) -> tuple[Reason, ...]:
    """What each rule does to one record for `viewer`; for an administrator.

    Whoever sees less asks `geo.pipeline.guard.GuardedStore.why` about what they see themselves.

    Raises
    ------
    NotFound
        If there is no such record.
    NotAllowed
        If the store is guarded for somebody who is no administrator.
    """
    if isinstance(store, GuardedStore):
        store.require(Right.ADMINISTER, what="explain")
    return explained(
        store.get(kind, record_id, dataset_id=dataset_id),
        viewer,
        kind=kind,
        sites=site_index(store.read("sites")),
        closed=store.dataset_groups(),
    )


def _viewer(member: Member) -> Viewer:
    """Through whose eyes a member looks."""
    return Viewer(role=member.role, groups=member.groups)


def _of_member(member: Member, kinds: tuple[KindReview, ...]) -> MemberReview:
    """What one member sees."""
    viewer = _viewer(member)
    return MemberReview(
        subject=member.subject,
        name=member.name,
        role=member.role,
        groups=member.groups,
        ceiling=viewer.ceiling(),
        ceiling_inside=viewer.ceiling(member.groups),
        kinds=kinds,
    )


def _datasets(
    held: Mapping[str, gpd.GeoDataFrame],
    members: Iterable[Member],
    closed: Mapping[str, frozenset[str]],
) -> tuple[DatasetReview, ...]:
    """Every dataset that has records or is closed, and to whom it is open."""
    rows: Counter[str] = Counter(dict.fromkeys(closed, 0))
    for frame in held.values():
        rows.update(frame["dataset_id"].tolist())
    return tuple(
        DatasetReview(
            dataset_id=dataset,
            groups=closed.get(dataset, frozenset()),
            rows=rows[dataset],
            admitted=tuple(
                member.subject
                for member in members
                if _viewer(member).admits(closed.get(dataset, frozenset()))
            ),
        )
        for dataset in sorted(rows)
    )


def _reviewed(
    kind: str,
    held: gpd.GeoDataFrame,
    viewer: Viewer,
    *,
    sites: SiteIndex,
    closed: Mapping[str, frozenset[str]],
) -> KindReview:
    """What a viewer sees of one kind, counted."""
    shown = for_viewer(held, viewer, kind=kind, sites=sites, closed=closed)
    coarse = int(shown["generalised"].sum())
    by_rule: Counter[str] = Counter()
    if viewer.role is not Role.ADMINISTRATOR:
        numbers, _ = pd.factorize(pd.Series(_alike(held, sites), dtype=object))
        for rows in held.groupby(numbers, sort=False).indices.values():
            reasons = explained(held.iloc[rows[:1]], viewer, kind=kind, sites=sites, closed=closed)
            for rule in {each.rule for each in reasons if each.outcome != "shown"}:
                by_rule[rule] += len(rows)
    return KindReview(
        kind=kind,
        rows=len(held),
        exact=len(shown) - coarse,
        coarse=coarse,
        withheld=len(held) - len(shown),
        by_rule=dict(sorted(by_rule.items())),
    )


def _alike(held: gpd.GeoDataFrame, sites: SiteIndex) -> list[tuple[object, ...]]:
    """What the rules go by in each record: those that have the same are treated alike."""
    geometries = held.geometry.to_numpy()
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    columns = [held["dataset_id"], held["marking"], empty]
    if "sensitivity" in held:
        columns.append(held["sensitivity"])
    elif "site_id" in held:
        of = {site: (sites.sensitivity.get(site), sites.records.get(site), site in sites.lonlat)
              for site in held["site_id"].unique()}  # fmt: skip
        columns += [held["site_id"] == "", held["site_id"].map(of)]
    return list(zip(*columns, strict=True))
