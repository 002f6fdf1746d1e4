"""What every store promises of members and of datasets that are closed to others."""

from __future__ import annotations

import dataclasses
import json

import pytest
import sqlalchemy as sa

from geo.access import Member, Role
from geo.errors import BadInput, InvalidSetting, StoreDamaged
from geo.store import open_store
from geo.store.schema import DATASET_GROUPS, MEMBERS
from tests.geo.store.files import LATER, NOW, file_key, sites, unchanged

YUSUF = Member(subject="oidc:https://id.example|42", name="Yusuf", role=Role.PARTNER,
               groups=frozenset({"unit 7", "متحف"}))  # fmt: skip


def test_a_new_store_has_no_members_and_every_dataset_is_open(store):
    """Nobody but whoever holds the store sees anything but what strangers see."""
    assert (store.members(), store.dataset_groups(), store.access_version()) == ((), {}, 0)


def test_the_last_word_on_a_member_counts(store, url):
    """By whom and when is kept with it; another session sees it."""
    store.set_member(YUSUF, author="amal", now=NOW)
    store.set_member(Member(subject="proxy:badr"), author="amal", now=NOW)
    taken = dataclasses.replace(YUSUF, role=Role.ANONYMOUS, groups=frozenset())
    store.set_member(taken, author="zaynab", now=LATER)
    told = (
        dataclasses.replace(taken, changed_at=LATER, changed_by="zaynab"),
        Member(subject="proxy:badr", changed_at=NOW, changed_by="amal"),
    )
    assert store.members() == told
    again = open_store(url)
    assert again.members() == told
    again.close()


def test_what_was_said_before_stays_in_the_store(store):
    """Who had which role at which time can be found out."""
    store.set_member(YUSUF, author="amal", now=NOW)
    store.set_member(dataclasses.replace(YUSUF, role=Role.VIEWER), author="amal", now=LATER)
    store.share("museum", ["a"], author="amal", now=NOW)
    store.share("museum", [], author="amal", now=LATER)
    with store.reading() as connection:
        roles = sa.select(MEMBERS.c.role).order_by(MEMBERS.c.number)
        groups = sa.select(DATASET_GROUPS.c.group_names).order_by(DATASET_GROUPS.c.number)
        assert connection.scalars(roles).all() == ["partner", "viewer"]
        assert connection.scalars(groups).all() == ['["a"]', "[]"]


def test_a_dataset_is_closed_until_it_is_opened(store):
    """To the groups that were named last."""
    store.share("museum", ["b", "a", "a"], author="amal", now=NOW)
    store.share("police", iter(["unit 7"]), author="amal", now=NOW)
    assert store.dataset_groups() == {"museum": {"a", "b"}, "police": {"unit 7"}}
    store.share("museum", ["c"], author="amal", now=LATER)
    store.share("police", [], author="amal", now=LATER)
    assert store.dataset_groups() == {"museum": {"c"}}


def test_the_access_version_grows_with_each_change_and_with_nothing_else(store):
    """A session asks it at each run; the revision grows too."""
    seen = [store.access_version()]
    for act in (
        lambda: store.set_member(YUSUF, author="a", now=NOW),
        lambda: store.share("museum", ["a"], author="a", now=NOW),
        lambda: store.share("museum", [], author="a", now=NOW),
        lambda: store.set_member(dataclasses.replace(YUSUF, name=""), author="a", now=NOW),
    ):
        before = store.revision()
        act()
        assert store.revision() > before
        seen.append(store.access_version())
    assert seen == [0, 1, 2, 3, 4]
    store.set_setting("x", "y", author="a", now=NOW)
    assert store.access_version() == 4


def test_saying_the_same_again_changes_nothing(store):
    """Neither history nor version nor audit."""
    store.set_member(YUSUF, author="a", now=NOW)
    store.share("museum", ["a"], author="a", now=NOW)
    before = store.members(), store.access_version(), store.audit_head()
    store.set_member(YUSUF, author="b", now=LATER)
    store.share("museum", ["a", "a"], author="b", now=LATER)
    store.share("never closed", [], author="b", now=LATER)
    assert (store.members(), store.access_version(), store.audit_head()) == before


def test_names_are_kept_in_one_form(store):
    """A group that is typed in two ways is one group."""
    store.share("cafe\u0301", ["e\u0301quipe"], author="a", now=NOW)
    assert store.dataset_groups() == {"caf\u00e9": {"\u00e9quipe"}}


def test_a_dataset_is_closed_by_the_name_that_its_rows_have(store):
    """However odd that is; otherwise it would stay open."""
    odd = " cafe\u0301\u202e\n"
    frame = sites(A="Hatra").assign(dataset_id=odd)
    store.add("sites", frame, key=file_key("a", dataset_id=odd), author="a", now=NOW)
    store.share(odd, ["a"], author="a", now=NOW)
    assert store.dataset_groups() == {odd: {"a"}}
    assert list(store.read("sites")["dataset_id"]) == [odd]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (Member(subject=""), "'' is no subject; expected 1 to 600 printable"),
        (Member(subject=" proxy:a"), "' proxy:a' is no subject"),
        (Member(subject="proxy:a\nb"), "is no subject"),
        (Member(subject="proxy:\u202ea"), "is no subject"),
        (Member(subject="x" * 601), "is no subject; expected 1 to 600"),
        (Member(subject="x", name="x" * 201), "is no name; expected 1 to 200"),
        (Member(subject="a", name="\ud800"), "is no name"),
        (Member(subject="a", groups=frozenset({"a,b"})), "the group 'a,b' has a comma"),
        (Member(subject="a", groups=frozenset({""})), "'' is no group"),
        (Member(subject="a", role="root"), "there is no role 'root'; expected one of anonymous"),  # type: ignore[arg-type] # on purpose
    ],
)
def test_a_member_without_a_proper_name_or_role_is_refused(store, member, message):
    """Nothing that looks like something else, and no role that there is not."""
    with unchanged(store), pytest.raises(InvalidSetting, match=message):
        store.set_member(member, author="a", now=NOW)
    assert store.members() == ()


def test_wrong_groups_of_datasets_are_refused(store):
    """A text is not a list of its letters; an author and a time must be there."""
    with unchanged(store):
        with pytest.raises(InvalidSetting, match="'unit' is a text; expected a list of groups"):
            store.share("museum", "unit", author="a", now=NOW)
        with pytest.raises(InvalidSetting, match="a dataset without a name"):
            store.share("", ["a"], author="a", now=NOW)
        with pytest.raises(BadInput, match="has no time zone"):
            store.share("museum", ["a"], author="a", now=NOW.replace(tzinfo=None))
        with pytest.raises(BadInput, match="NUL"):
            store.share("museum", ["a"], author="\0", now=NOW)
        with pytest.raises(BadInput, match="without a name"):
            store.share("museum", ["a"], author="", now=NOW)
    assert store.dataset_groups() == {}


def test_a_role_that_there_is_not_counts_as_none_and_is_told(store):
    """However it got into the store."""
    store.set_member(YUSUF, author="a", now=NOW)
    with store.writing() as connection:
        connection.execute(MEMBERS.update().values(role="emperor"))
    (member,) = store.members()
    assert member.role is Role.ANONYMOUS
    assert store.integrity() == (
        f"the member {YUSUF.subject!r} has the role 'emperor', which there is not",
    )


@pytest.mark.parametrize("text", ["", "nobody", "{}", "[1]", json.dumps("a")])
def test_groups_that_cannot_be_read_open_nothing(store, text):
    """A closed dataset whose groups are garbled is no open one."""
    store.share("museum", ["a"], author="a", now=NOW)
    with store.writing() as connection:
        connection.execute(DATASET_GROUPS.update().values(group_names=text))
    with pytest.raises(StoreDamaged, match="a list of sharing groups cannot be read"):
        store.dataset_groups()
