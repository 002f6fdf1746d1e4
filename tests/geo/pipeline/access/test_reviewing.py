"""The access review: counts that are those of what is shown, and reasons for each record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.access import OFFICE, Member, Role, Viewer
from geo.disclosure import RULES, for_viewer, site_index
from geo.errors import NotAllowed, NotFound
from geo.model import Tlp
from geo.pipeline.access import explain, review
from geo.pipeline.guard import guard
from geo.store import Store
from tests.guarded_store import (
    CLOSED,
    GROUP,
    KEEPER,
    NOW,
    bring,
    clock,
    events_at,
    made_up_store,
    somebody,
)

PARTNER = Member(subject="proxy:p", name="Petra", role=Role.PARTNER, groups=frozenset({GROUP}))
ANALYST = Member(subject="proxy:a", role=Role.ANALYST)
ADMINISTRATOR = Member(subject="proxy:k", role=Role.ADMINISTRATOR)
GONE = Member(subject="proxy:gone", role=Role.ANONYMOUS, groups=frozenset({GROUP}))


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made-up store with members and events."""
    opened = made_up_store(tmp_path, tmp_path_factory)
    for member in (PARTNER, ANALYST, ADMINISTRATOR, GONE):
        opened.set_member(member, author="Keeper", now=NOW)
    bring(opened, "events", events_at("S-PLAIN", "S-HIGH", "S-EXTREME", "S-CLOSED", "S-GONE"))
    yield opened
    opened.close()


def test_members_are_reviewed_with_those_without_a_login_first(store):
    """Whoever has no role any more is left out: they are strangers."""
    found = review(store)
    assert [member.subject for member in found.members] == [
        "nobody", "proxy:a", "proxy:k", "proxy:p",
    ]  # fmt: skip
    petra = found.members[-1]
    assert (petra.name, petra.role, petra.groups) == ("Petra", Role.PARTNER, {GROUP})
    assert (petra.ceiling, petra.ceiling_inside) == (Tlp.GREEN, Tlp.AMBER)
    strangers = found.members[0]
    assert (strangers.ceiling, strangers.ceiling_inside) == (Tlp.CLEAR, Tlp.CLEAR)


def test_counts_are_those_of_what_is_shown(store):
    """Records as held, coarse and withheld add up, and agree with the frames themselves."""
    sites, closed = site_index(store.read("sites")), store.dataset_groups()
    for member in review(store).members:
        viewer = Viewer(role=member.role, groups=member.groups)
        assert {each.kind for each in member.kinds} == {"sites", "seizures", "events"}
        for each in member.kinds:
            held = store.read(each.kind)
            shown = for_viewer(held, viewer, kind=each.kind, sites=sites, closed=closed)
            assert each.rows == len(held) == each.exact + each.coarse + each.withheld
            assert each.coarse == shown["generalised"].sum()
            assert each.withheld == len(held) - len(shown)


def test_the_partner_in_a_group_by_hand(store):
    """Five sites: two as held, two as cells, one withheld for its sensitivity."""
    partner = next(each for each in review(store).members if each.subject == "proxy:p")
    kinds = {each.kind: each for each in partner.kinds}
    sites, seizures = kinds["sites"], kinds["seizures"]
    assert (sites.exact, sites.coarse, sites.withheld) == (2, 2, 1)
    assert (seizures.rows, seizures.withheld) == (10, 5)


def test_rules_count_the_records_that_each_record_is_explained_by(store):
    """Records that are treated alike are asked about once; the counts are those of asking each."""
    for member in review(store).members:
        viewer = Viewer(role=member.role, groups=member.groups)
        for each in member.kinds:
            counted: dict[str, int] = {}
            for row in store.read(each.kind).itertuples():
                reasons = explain(store, each.kind, row.id, viewer, dataset_id=row.dataset_id)
                for rule in {reason.rule for reason in reasons if reason.outcome != "shown"}:
                    counted[rule] = counted.get(rule, 0) + 1
            assert each.by_rule == ({} if viewer.role is Role.ADMINISTRATOR else counted)


def test_every_rule_that_counted_is_told_in_words(store):
    """The review can be read without the code."""
    found = review(store)
    met = {rule for member in found.members for kind in member.kinds for rule in kind.by_rule}
    assert met
    assert dict(found.rules) == {rule: RULES[rule] for rule in met}
    assert all(found.rules.values())


def test_every_withheld_or_coarse_record_has_its_rule(store):
    """A record that is not shown as held is counted under a rule at least."""
    for member in review(store).members:
        for each in member.kinds:
            if each.withheld + each.coarse:
                assert sum(each.by_rule.values()) >= each.withheld + each.coarse


def test_datasets_tell_to_whom_they_are_open(store):
    """A closed dataset names its groups and the members inside; one without records counts too."""
    store.share("not-there-yet", ["customs"], author="Keeper", now=NOW)
    found = {each.dataset_id: each for each in review(store).datasets}
    assert found["local"].groups == frozenset()
    assert found["local"].admitted == ("proxy:a", "proxy:k", "proxy:p")
    assert (found[CLOSED].groups, found[CLOSED].rows) == ({GROUP}, 6)
    assert found[CLOSED].admitted == ("proxy:k", "proxy:p")
    assert (found["not-there-yet"].rows, found["not-there-yet"].admitted) == (0, ("proxy:k",))


def test_a_store_without_members_is_reviewed_for_strangers(tmp_path, tmp_path_factory):
    """In local mode there is nobody else to review."""
    opened = made_up_store(tmp_path, tmp_path_factory)
    assert [each.subject for each in review(opened).members] == ["nobody"]
    opened.close()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_reviews_and_explains(store, role):
    """What a role does not see, it is not told of by counting either."""
    guarded = guard(store, somebody(role), clock=clock)
    with pytest.raises(NotAllowed, match=f"the role {role} may not administer"):
        review(guarded)
    with pytest.raises(NotAllowed, match=f"the role {role} may not administer"):
        explain(guarded, "sites", "S-PLAIN", OFFICE)


def test_a_guarded_administrator_reviews_the_same(store):
    """The guard changes nothing for whoever sees everything."""
    office = guard(store, KEEPER, clock=clock)
    assert review(office) == review(store)
    partner = Viewer(role=Role.PARTNER)
    assert explain(office, "sites", "S-HIGH", partner) == explain(store, "sites", "S-HIGH", partner)


def test_a_record_that_is_not_there_is_not_explained(store):
    """An administrator is told that there is none."""
    with pytest.raises(NotFound, match="S-NEVER"):
        explain(store, "sites", "S-NEVER", OFFICE)
