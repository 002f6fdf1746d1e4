"""Who somebody is by what a provider or a proxy says, and through whose eyes they may look."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.access import NOBODY, OFFICE, RIGHTS, Member, Principal, Right, Role, Via, Viewer
from geo.errors import NotAllowed
from geo.pipeline.access import (
    CLOCK_TOLERANCE_S,
    local_principal,
    principal_of_claims,
    principal_of_header,
    shell_principal,
    viewed_as,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://id.example"
ALICE = Member(
    subject=f"oidc:{ISSUER}|42",
    name="Alice Ashur",
    role=Role.ANALYST,
    groups=frozenset({"nineveh"}),
)


def claims_of(**changed: object) -> dict[str, object]:
    """The claims of Alice, logged in an hour ago for ten hours; None leaves a claim out."""
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": "42",
        "iat": (NOW - timedelta(hours=1)).timestamp(),
        "exp": (NOW + timedelta(hours=9)).timestamp(),
        "name": "alice",
        "email": "alice@office.example",
        "email_verified": True,
    }
    claims |= changed
    return {name: value for name, value in claims.items() if value is not None}


def alice(members: tuple[Member, ...] = (ALICE,), **changed: object) -> Principal:
    """Who Alice is with these claims."""
    return principal_of_claims(claims_of(**changed), members, now=NOW, session_h=12)


def assert_is_nobody(principal: Principal, remark: str) -> None:
    """Nothing but what strangers see, and a reason that can be read out."""
    assert principal.viewer == NOBODY.viewer
    assert principal.via is Via.NOBODY
    assert principal.own is None
    assert remark in principal.remark
    assert principal.remark.endswith(". Log in again, or ask the administrator.")
    assert principal.remark.isprintable()


def test_the_one_user_of_a_local_server_is_the_administrator():
    """In local mode and on the shell, whoever is there holds the store itself."""
    assert local_principal("yusuf").viewer == shell_principal("yusuf").viewer == OFFICE
    assert local_principal("yusuf").subject == "local:yusuf"
    assert shell_principal("yusuf").subject == "shell:yusuf"
    assert local_principal("yusuf").author == shell_principal("yusuf").author == "yusuf"


def test_a_member_by_issuer_and_subject_has_the_role_of_the_store():
    """Role and groups come from the members; the name is the one that the administrator gave."""
    found = alice()
    assert found == Principal(
        subject=ALICE.subject,
        name="Alice Ashur",
        viewer=Viewer(role=Role.ANALYST, groups=frozenset({"nineveh"})),
        via=Via.OIDC,
    )
    assert found.author == f"Alice Ashur <{ALICE.subject}>"


def test_roles_and_groups_among_the_claims_count_for_nothing():
    """A token is a snapshot of the login, and its groups are the provider's, not ours."""
    found = alice(role="administrator", roles=["administrator"], groups=["secret"])
    assert found.viewer == Viewer(role=ALICE.role, groups=ALICE.groups)


@pytest.mark.parametrize("stored", ["oidc:alice@office.example", "oidc:Alice@Office.Example"])
@pytest.mark.parametrize("claimed", ["alice@office.example", "ALICE@office.EXAMPLE"])
def test_a_member_is_known_by_a_verified_email_in_any_case(stored: str, claimed: str):
    """An administrator can name somebody before the provider's number for them is known."""
    found = alice((Member(subject=stored, role=Role.PARTNER),), email=claimed)
    assert found.viewer.role is Role.PARTNER
    assert found.subject == ALICE.subject


@pytest.mark.parametrize("verified", [None, False, "true", "True", 1, [True], "yes"])
def test_an_email_that_was_not_verified_is_nobodys(verified: object):
    """Only the very value true says that the provider checked the e-mail."""
    by_email = Member(subject="oidc:alice@office.example", role=Role.ADMINISTRATOR)
    assert_is_nobody(alice((by_email,), email_verified=verified), "No member goes by")


def test_a_letter_that_only_looks_like_an_ascii_one_is_another_email():
    """The sign for Kelvin becomes k when normalised or folded as Unicode; it is not k here."""
    by_email = Member(subject="oidc:kadir@office.example", role=Role.ADMINISTRATOR)
    assert_is_nobody(alice((by_email,), email="\u212aadir@office.example"), "No member goes by")


@pytest.mark.parametrize("email", ["42", f"{ISSUER}|42@x", "a@b@c", " a@b", "", 7, ["a@b"], b"a@b"])
def test_what_is_no_email_is_not_matched(email: object):
    """A verified e-mail that is none takes nobody's place."""
    members = tuple(Member(subject=f"oidc:{each}") for each in (email, f"{ISSUER}|7"))
    assert_is_nobody(alice(members, email=email), "No member goes by")


def test_an_unknown_subject_is_nobody_and_learns_what_to_tell_the_administrator():
    """The remark holds the id by which a role can be granted."""
    found = alice(sub="43")
    assert_is_nobody(found, f"No member goes by oidc:{ISSUER}|43")
    assert found.subject == f"oidc:{ISSUER}|43"


def test_the_same_number_at_another_provider_is_somebody_else():
    """A subject means nothing without its issuer."""
    assert_is_nobody(alice(iss="https://other.example"), "No member goes by")


def test_a_bar_in_an_issuer_takes_nobodys_name():
    """`https://a|b` with subject `c` would be `https://a` with subject `b|c`."""
    member = Member(subject="oidc:https://a|b|c", role=Role.ADMINISTRATOR)
    assert_is_nobody(
        alice((member,), iss="https://a|b", sub="c"), "The login does not say who you are"
    )
    assert alice((member,), iss="https://a", sub="b|c").viewer.role is Role.ADMINISTRATOR


@pytest.mark.parametrize(
    "wrong",
    [None, 42, True, "", " 42", "42\n", "4\x002", "4\u202e2", b"42", ["42"], {"a": 1}, "4" * 256,
     "4" * 1_000_000],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["iss", "sub"])
def test_an_issuer_or_subject_that_is_none_is_refused(claim: str, wrong: object):
    """Wrong types, blanks, control characters, turned text and endless ones are nobody."""
    found = alice(**{claim: wrong})
    assert_is_nobody(found, "The login does not say who you are")
    assert found.subject == "nobody"


@pytest.mark.parametrize("claims", [None, "sub=42", 7, [("sub", "42")], {}, b"", object()])
def test_claims_that_are_none_are_refused(claims: object):
    """Whatever the cookie held, the answer is a person's, not an error."""
    found = principal_of_claims(claims, (ALICE,), now=NOW, session_h=12)  # type: ignore[arg-type]
    assert found.viewer == NOBODY.viewer
    assert "does not say" in found.remark or "says nothing" in found.remark


def test_a_login_that_has_run_out_counts_no_more():
    """By the provider's own word, with two minutes for clocks that differ."""
    limit = NOW - timedelta(seconds=CLOCK_TOLERANCE_S)
    assert alice(exp=(limit + timedelta(seconds=1)).timestamp()).viewer.role is Role.ANALYST
    assert_is_nobody(alice(exp=limit.timestamp()), "The login has run out")


def test_a_login_counts_no_longer_than_a_session():
    """A provider that issues logins for a year does not keep anybody in for a year."""
    long_ago = (NOW - timedelta(hours=12, seconds=CLOCK_TOLERANCE_S)).timestamp()
    next_year = (NOW + timedelta(days=365)).timestamp()
    assert_is_nobody(alice(iat=long_ago, exp=next_year), "The login has run out")
    assert alice(iat=long_ago + 1, exp=next_year).viewer.role is Role.ANALYST


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_login_of_the_future_does_not_count(claim: str):
    """Beyond two minutes a clock is wrong, or the token was made up."""
    limit = (NOW + timedelta(seconds=CLOCK_TOLERANCE_S)).timestamp()
    assert alice(**{claim: limit}).viewer.role is Role.ANALYST
    assert_is_nobody(alice(**{claim: limit + 1}), "dated in the future")


def test_a_clock_that_runs_backwards_lets_nobody_stay_longer():
    """Set back by a day, the server sees logins of the future and refuses them."""
    yesterday = NOW - timedelta(days=1)
    found = principal_of_claims(claims_of(), (ALICE,), now=yesterday, session_h=12)
    assert_is_nobody(found, "dated in the future")


@pytest.mark.parametrize(
    "wrong",
    [None, "", "1763812800", True, False, 0, -1, math.nan, math.inf, -math.inf, 10**400, 1e300,
     1_763_812_800_000, [1], {"at": 1}],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["iat", "exp"])
def test_a_time_that_is_none_is_refused(claim: str, wrong: object):
    """Texts, truths, not-a-numbers, endless integers and milliseconds are no times."""
    assert_is_nobody(alice(**{claim: wrong}), "The login does not say how long it holds")


def test_a_login_that_ends_before_it_begins_is_refused():
    """No honest provider writes one."""
    assert_is_nobody(
        alice(iat=NOW.timestamp(), exp=NOW.timestamp()), "The login does not say how long"
    )


def test_remarks_do_not_change_while_nothing_does():
    """A page that is drawn anew for another viewer is not drawn anew by the passing of time."""
    later = NOW + timedelta(seconds=90)
    old = claims_of(exp=(NOW - timedelta(hours=1, minutes=-55)).timestamp())
    first = principal_of_claims(old, (ALICE,), now=NOW, session_h=12)
    assert first == principal_of_claims(old, (ALICE,), now=later, session_h=12)


def test_two_members_who_answer_to_one_login_give_it_nothing():
    """One of them may be revoked; the stronger one must not win, nor the first."""
    by_email = Member(subject="oidc:alice@office.example", role=Role.ADMINISTRATOR)
    for members in ((ALICE, by_email), (by_email, ALICE)):
        assert_is_nobody(alice(members), "More than one member goes by")
    revoked = Member(subject=ALICE.subject, role=Role.ANONYMOUS)
    assert_is_nobody(alice((revoked, by_email)), "More than one member goes by")


def test_two_members_who_say_the_same_are_one():
    """Naming somebody by number and by e-mail is no fault if both say the same."""
    by_email = Member(subject="oidc:alice@office.example", role=ALICE.role, groups=ALICE.groups)
    assert alice((by_email, ALICE)).viewer == alice().viewer


def test_a_revoked_member_is_nobody():
    """The role of strangers takes everything away, groups included."""
    gone = Member(subject=ALICE.subject, role=Role.ANONYMOUS, groups=ALICE.groups)
    assert_is_nobody(alice((gone,)), "was taken away")


def test_a_role_that_does_not_exist_is_nobodys():
    """A store that a later or a broken program wrote gives no rights by a word it made up."""
    strange = Member(subject=ALICE.subject, role="superuser")  # type: ignore[arg-type]
    assert_is_nobody(alice((strange,)), "There is no such role")


def test_a_name_of_ones_own_cannot_pass_for_an_id():
    """Histories write ``name <id>``; brackets in a name are taken out, and it is cut."""
    nameless = Member(subject=ALICE.subject, role=Role.ANALYST)
    found = alice((nameless,), name="Root <oidc:https://id.example|1>\n" + "x" * 500)
    assert "<" not in found.name
    assert found.author.endswith(f" <{ALICE.subject}>")
    assert len(found.name) <= 80
    assert alice((nameless,), name=["Root"]).name == "alice@office.example"


HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.binary(max_size=10)
    | st.sampled_from([ISSUER, "42", NOW.timestamp(), NOW.timestamp() + 60, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    claims=st.dictionaries(
        st.sampled_from(["iss", "sub", "iat", "exp", "nbf", "email", "email_verified", "name"])
        | st.text(max_size=5),
        HOSTILE,
    )
)
def test_no_claims_at_all_raise_or_open_more_than_a_member_has(claims: dict[str, object]):
    """Whatever a token holds, the answer is a stranger or the one member that it names."""
    found = principal_of_claims(claims, (ALICE,), now=NOW, session_h=12)
    if found.viewer != NOBODY.viewer:
        assert (claims["iss"], claims["sub"]) == (ISSUER, "42")
        assert found.viewer == Viewer(role=ALICE.role, groups=ALICE.groups)
    else:
        assert found.remark
        assert found.remark.isprintable()


BOB = Member(subject="proxy:bob", name="Bob", role=Role.REVIEWER)


def test_a_proxys_user_has_the_role_of_the_store():
    """The value is the whole name."""
    found = principal_of_header("bob", (BOB, ALICE))
    assert (found.subject, found.viewer.role, found.via) == ("proxy:bob", Role.REVIEWER, Via.PROXY)


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_header_there_is_nobody_and_nothing_to_say(value: object):
    """Whoever did not log in sees the page of the login, not a reproach."""
    assert principal_of_header(value, (BOB,)) == NOBODY


@pytest.mark.parametrize(
    "value",
    ["bob, bob", "bob,alice", " bob", "bob ", "bob\n", "bo\0b", "b" * 256, b"bob", 7, ["bob"],
     True],
)  # fmt: skip
def test_a_header_that_names_nobody_is_refused(value: object):
    """Two headers joined by a comma, blanks, control characters, other types: nobody."""
    assert_is_nobody(principal_of_header(value, (BOB,)), "names nobody who could be a member")


@pytest.mark.parametrize("value", ["Bob", "BOB", "b\u043eb", "oidc:bob", "proxy:bob"])
def test_a_proxys_user_of_another_name_is_no_member(value: str):
    """The name is compared as it is; a Cyrillic letter is another one."""
    assert_is_nobody(principal_of_header(value, (BOB,)), "No member goes by")


def test_a_header_does_not_name_somebody_of_a_provider():
    """The two ways of logging in have names of their own."""
    assert_is_nobody(principal_of_header(f"{ISSUER}|42", (ALICE,)), "No member goes by")
    assert_is_nobody(alice((BOB,), sub="bob"), "No member goes by")


GROUPS = st.frozensets(st.sampled_from(["nineveh", "museum", "border"]))
VIEWERS = st.builds(Viewer, role=st.sampled_from(Role), groups=GROUPS)


@given(own=VIEWERS, wanted=VIEWERS)
def test_nobody_sees_more_by_looking_as_another(own: Viewer, wanted: Viewer):
    """Rights, ceilings and datasets of the eyes that are allowed are within one's own."""
    somebody = Principal(subject="oidc:x", name="X", viewer=own, via=Via.OIDC)
    try:
        other = viewed_as(somebody, wanted.role, wanted.groups)
    except NotAllowed:
        return
    assert other.viewer == wanted
    assert (other.subject, other.name, other.via) == ("oidc:x", "X", Via.OIDC)
    assert RIGHTS[wanted.role] <= RIGHTS[own.role]
    for closed_to in map(frozenset, ([], ["nineveh"], ["museum"], ["nineveh", "museum"])):
        assert own.admits(closed_to) or not wanted.admits(closed_to)
        assert wanted.ceiling(closed_to).strictness <= own.ceiling(closed_to).strictness


@given(own=VIEWERS, first=VIEWERS)
def test_ones_own_eyes_are_always_given_back(own: Viewer, first: Viewer):
    """Looking as another and back again is where one began."""
    somebody = Principal(subject="oidc:x", name="X", viewer=own, via=Via.OIDC)
    try:
        other = viewed_as(somebody, first.role, first.groups)
    except NotAllowed:
        return
    assert other.own == (None if first == own else own)
    assert viewed_as(other, own.role, own.groups) == somebody


@pytest.mark.parametrize(
    ("role", "other"), [(a, b) for a, b in product(Role, Role) if b.strength > a.strength]
)
def test_looking_upwards_is_not_allowed(role: Role, other: Role):
    """Each stronger role is refused, also to whoever looks as a weaker one at the time."""
    somebody = Principal(subject="oidc:x", name="X", viewer=Viewer(role=role), via=Via.OIDC)
    with pytest.raises(NotAllowed, match=f"the role {role} cannot look as {other}"):
        viewed_as(somebody, other)


def test_a_group_that_one_is_not_in_is_not_looked_through():
    """Only an administrator may look as somebody in any group."""
    analyst = Principal(subject="oidc:x", name="X", viewer=Viewer(role=Role.ANALYST), via=Via.OIDC)
    with pytest.raises(NotAllowed, match="cannot look as partner in museum"):
        viewed_as(analyst, Role.PARTNER, ["museum"])
    other = viewed_as(local_principal("yusuf"), Role.PARTNER, ["museum"])
    assert other.viewer.groups == {"museum"}
    assert not other.may(Right.KEEP)
    with pytest.raises(NotAllowed, match="the role analyst cannot look as reviewer"):
        viewed_as(viewed_as(analyst, Role.VIEWER), Role.REVIEWER)
