"""Who may see what as inert HTML: complete, in words, and whatever the names are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from geo.access import RIGHTS, Member, Right, Role, Viewer
from geo.audit import EMPTY_HEAD, AuditEntry, AuditEvent, entry_of
from geo.columns import RECORDS
from geo.model import Sensitivity, Tlp
from layers import access_review
from tests.map_frames import PAYLOADS

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ARABIC = "ليلى حسن"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What somebody sees of one kind."""

    kind: str = "sites"
    rows: int = 10
    exact: int = 5
    coarse: int = 3
    withheld: int = 2
    by_rule: dict[str, int] = field(default_factory=lambda: {"R7 cell": 3, "R3 marking": 2})


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a member sees."""

    subject: str = "oidc:layla@office.example"
    name: str = ARABIC
    role: Role = Role.ANALYST
    groups: frozenset[str] = frozenset()
    ceiling: Tlp = Tlp.AMBER_STRICT
    ceiling_inside: Tlp = Tlp.RED
    kinds: tuple[Kind, ...] = (Kind(),)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Who is let into a dataset."""

    dataset_id: str = "field-notes"
    groups: frozenset[str] = frozenset({"police"})
    rows: int = 1
    admitted: tuple[str, ...] = ("oidc:layla@office.example",)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a rule did."""

    rule: str = "R7 cell"
    outcome: str = "cell 0.1"
    why: str = "the site is highly sensitive"


def noted(actor: str = "local:ana", action: str = "saw", **detail: object) -> AuditEntry:
    """An entry of an audit."""
    event = AuditEvent(actor=actor, action=action, subject="sites", detail=detail)
    return entry_of(event, number=1, at=NOW, previous=EMPTY_HEAD.sha256)


def text_of(html: str) -> str:
    """The words of some HTML, without tags and styles."""
    words = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", words).split())


def test_every_role_right_and_sensitivity_is_told():
    """A new one cannot be forgotten in the tables."""
    cells = {role: dict.fromkeys(Sensitivity, "exact") for role in Role}
    told = text_of(access_review.roles_html(cells))
    assert list(access_review.ROLES) == list(Role)
    assert set(access_review.SITES) == set(Sensitivity)
    for label, sentence in access_review.ROLES.values():
        assert label in told
        assert sentence in told
    assert told.count("looks") == sum(Right.LOOK in rights for rights in RIGHTS.values())
    assert told.count("administers") == 1


def test_a_role_tells_its_ceilings_outside_and_inside_its_groups():
    """The partner sees GREEN, and AMBER in its own groups' data."""
    cells = {role: dict.fromkeys(Sensitivity, "exact") for role in Role}
    rows = access_review.roles_html(cells).split("<tr>")
    (partner,) = (row for row in rows if "<b>Partner</b>" in row)
    assert [tlp for tlp in Tlp if f">{tlp.value}<" in partner] == [Tlp.GREEN, Tlp.AMBER]
    (anonymous,) = (row for row in rows if "<b>Anonymous</b>" in row)
    assert [tlp for tlp in Tlp if f">{tlp.value}<" in anonymous] == [Tlp.CLEAR]


@pytest.mark.parametrize(
    ("cell_deg", "words"),
    [
        (None, "exact"),
        (0.001, "within about 100 m"),
        (0.01, "within about 1 km"),
        (0.1, "within about 11 km"),
        (1.0, "within about 111 km"),
    ],
)
def test_a_cell_is_told_as_a_length(cell_deg: float | None, words: str):
    """Nobody has to know how long a degree is: 111.2 km on a meridian."""
    assert access_review.cell_words(cell_deg) == words


def test_people_are_told_with_role_groups_and_way_in():
    """By name, in any script, and who is looking is marked."""
    layla = Member(
        subject="oidc:layla@office.example", name=ARABIC, role=Role.ANALYST,
        groups=frozenset({"police", "customs"}), changed_at=NOW, changed_by="ana",
    )  # fmt: skip
    nameless = Member(subject="oidc:https://id.example|42", role=Role.VIEWER)
    gate = Member(subject="proxy:omar", role=Role.PARTNER)
    html = access_review.people_html([layla, nameless, gate], you="proxy:omar")
    told = text_of(html)
    assert f"{ARABIC} layla@office.example Analyst customs police 22 Nov 2026 by ana" in told
    assert "42 id 42 at https://id.example Viewer none" in told
    assert "omar you gateway&#x27;s user omar Partner" in told


def test_those_who_see_the_same_stand_together():
    """Two analysts without groups are one line, one in a group is another."""
    people = [
        Person(),
        Person(subject="proxy:omar", name=""),
        Person(subject="proxy:sara", name="Sara", groups=frozenset({"police"})),
        Person(subject="nobody", name="", role=Role.ANONYMOUS),
    ]
    html = access_review.review_html(people, rules={"R7 cell": "A place is told as a cell."})
    assert html.count("<details>") == 3
    told = text_of(html)
    assert f"Analyst {ARABIC} , omar 5 exact, 3 coarse, 2 withheld" in told
    assert "Analyst police Sara" in told
    assert "Anonymous without a login" in told
    assert "3 × R7 cell : A place is told as a cell." in told


def test_kinds_without_records_are_left_out():
    """An empty table would only be in the way."""
    kinds = (Kind(), Kind(kind="stolen", rows=0, exact=0, coarse=0, withheld=0, by_rule={}))
    told = text_of(access_review.review_html([Person(kinds=kinds)], rules={}))
    assert "Sites" in told
    assert "Stolen" not in told


def test_closed_datasets_come_first():
    """With the names of those who are let in; an open one is everybody's."""
    names = {"oidc:layla@office.example": ARABIC}
    open_one = Dataset(dataset_id="a", groups=frozenset(), rows=3, admitted=())
    told = text_of(access_review.datasets_html([open_one, Dataset()], names))
    assert told.index("field-notes 1 record police " + ARABIC) < told.index("a 3 records open")
    assert "nobody" in text_of(access_review.datasets_html([Dataset(admitted=())], names))


@pytest.mark.parametrize(
    ("outcome", "sort", "words"),
    [
        ("shown", "good", "Shown"),
        ("cell 0.1", "some", "Told to within about 11 km"),
        ("cell of nobody", "some", "Cell of nobody"),
        ("column removed", "some", "Column removed"),
        ("withheld", "bad", "Withheld"),
    ],
)
def test_a_reason_is_coloured_by_what_came_of_it(outcome: str, sort: str, words: str):
    """And says its rule, its outcome and why."""
    html = access_review.reasons_html([Told(outcome=outcome)])
    assert f"<div role='listitem' class='{sort}'>" in html
    assert f"{words} the site is highly sensitive Rule R7 cell" in text_of(html)


def test_entries_are_told_in_words():
    """Who by name, what in words; a fingerprint and a long list are cut."""
    entry = noted(sha256="0" * 64, names=[f"S{n}" for n in range(9)], rows={"sites": 2})
    told = text_of(access_review.entries_html([entry], {"local:ana": ARABIC}))
    assert "1 22 Nov 2026 09:30:00 UTC" in told
    assert f"{ARABIC} was shown restricted records sites" in told
    assert "sha256: 000000000000…" in told
    assert "S5 and 3 more" in told
    assert "rows: sites 2" in told


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("local:ana", "ana"),
        ("oidc:https://id.example|42", "42"),
        ("oidc:layla@office.example", ARABIC),
        (f"{ARABIC} <oidc:layla@office.example>", ARABIC),
        ("Omar <proxy:omar>", "Omar"),
        ("nobody", "nobody"),
        ("a:b", "a:b"),
        ("ana", "ana"),
    ],
)
def test_an_actor_is_told_as_a_person_knows_it(actor: str, words: str):
    """By the name of a member, else by what stands before or in the subject."""
    assert access_review.actor_words(actor, {"oidc:layla@office.example": ARABIC}) == words


DRAWN: dict[str, Callable[[str], str]] = {
    "people": lambda text: access_review.people_html(
        [Member(subject=text, name=text, groups=frozenset({text}), changed_at=NOW, changed_by=text)]
    ),
    "review": lambda text: access_review.review_html(
        [Person(name=text, subject=text, groups=frozenset({text}),
                kinds=(Kind(kind=text, by_rule={text: 1}),))],
        rules={text: text},
    ),
    "datasets": lambda text: access_review.datasets_html(
        [Dataset(dataset_id=text, groups=frozenset({text}), admitted=(text,))], {text: text}
    ),
    "reasons": lambda text: access_review.reasons_html([Told(rule=text, outcome=text, why=text)]),
    "entries": lambda text: access_review.entries_html(
        [noted(actor=text, action=text, why=text, many=[text], by={text: text})], {}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DRAWN)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_only_words(what: str, payload: str):
    """Every tag is one of ours, and nothing is left that a template would run."""
    html = DRAWN[what](payload).partition("</style>")[2]
    ours = {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "bdi", "small", "span", "ul",
            "li", "details", "summary", "p", "i"}  # fmt: skip
    assert set(re.findall(r"<\s*/?\s*(\w+)", html)) <= ours
    assert not {"`", "$", "{", "\\"} & set(html)
    assert not re.search(r"<[^>]*\son\w+\s*=", html)


def test_every_kind_of_record_can_be_reviewed():
    """A kind's name is all that is needed."""
    kinds = tuple(Kind(kind=kind) for kind in RECORDS)
    told = text_of(access_review.review_html([Person(kinds=kinds)], rules={}))
    assert all(kind.capitalize() in told for kind in RECORDS)


def test_a_viewer_of_the_tables_is_a_viewer_of_the_house():
    """Ceilings come from `geo.access`, so that the tables cannot differ from what is enforced."""
    outside = {role: Viewer(role=role).ceiling() for role in Role}
    cells = {role: dict.fromkeys(Sensitivity, "exact") for role in Role}
    html = access_review.roles_html(cells)
    assert all(f">{tlp.value}<" in html for tlp in outside.values())
