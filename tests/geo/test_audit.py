"""The chain of the audit: whatever is changed, left out, put in or cut off is found."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.audit import (
    EMPTY_HEAD,
    GENESIS,
    REMARK,
    AuditEntry,
    AuditEvent,
    AuditHead,
    digest,
    entry_of,
    faults_of,
    moment_text,
)
from geo.errors import BadInput

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def chain(*events: AuditEvent, minutes: int = 1) -> list[AuditEntry]:
    """Events as entries of a chain, some minutes apart."""
    entries: list[AuditEntry] = []
    for number, event in enumerate(events, start=1):
        at = NOON + timedelta(minutes=number * minutes)
        previous = entries[-1].sha256 if entries else GENESIS
        entries.append(entry_of(event, number=number, at=at, previous=previous))
    return entries


def three() -> list[AuditEntry]:
    """A chain of three."""
    return chain(*(AuditEvent(actor="amal", action="saw", subject=name) for name in "ABC"))


def head_of(entry: AuditEntry) -> AuditHead:
    """The end of the chain as it was after an entry."""
    return AuditHead(number=entry.number, sha256=entry.sha256)


def test_the_hash_is_that_of_the_fields_as_a_json_list():
    """Anybody can reckon it with any program."""
    event = AuditEvent(actor="أمل", action="import", subject="IM-1", detail={"b": 2, "a": [1.5]})
    entry = entry_of(event, number=1, at=NOON, previous=GENESIS)
    assert entry.detail == '{"a":[1.5],"b":2}'
    told = (
        r'[1,"2026-11-22T12:00:00.000000Z","\u0623\u0645\u0644","import","IM-1",'
        rf'"{{\"a\":[1.5],\"b\":2}}","{GENESIS}"]'
    )
    assert entry.sha256 == digest(entry) == hashlib.sha256(told.encode()).hexdigest()


def test_a_moment_is_written_in_one_way():
    """Whatever zone it is told in."""
    baghdad = datetime(2026, 11, 22, 15, 0, 0, 7, tzinfo=timezone(timedelta(hours=3)))
    assert moment_text(baghdad) == "2026-11-22T12:00:00.000007Z"


def test_a_whole_chain_has_no_faults():
    """Nor has an empty one; heads of any time agree with it."""
    entries = three()
    assert list(faults_of(entries, heads=[EMPTY_HEAD, *map(head_of, entries)])) == []
    assert list(faults_of([], heads=[EMPTY_HEAD])) == []


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (AuditEvent(actor=" ", action="saw"), "without a name"),
        (AuditEvent(actor="a", action=""), "without a name"),
        (AuditEvent(actor="a", action="saw", detail={"x": math.nan}), "is no JSON"),
        (AuditEvent(actor="a", action="saw", detail={"x": NOON}), "is no JSON"),
        (AuditEvent(actor="a", action="saw", detail={("x",): 1}), "is no JSON"),  # type: ignore[dict-item] # on purpose
    ],
)
def test_what_is_no_event_is_refused(events, message):
    """Somebody must have done something, told in JSON."""
    with pytest.raises(BadInput, match=message):
        entry_of(events, number=1, at=NOON, previous=GENESIS)


def test_a_time_without_a_zone_is_refused():
    """Nobody could compare it."""
    with pytest.raises(BadInput, match="has no time zone"):
        entry_of(AuditEvent(actor="a", action="b"), number=1, at=NOON.replace(tzinfo=None),
                 previous=GENESIS)  # fmt: skip


@given(st.text(min_size=1), st.text())
def test_whatever_somebody_sends_can_be_noted(actor, subject):
    """As text that every database holds, so that nobody escapes the audit by a strange name."""
    event = AuditEvent(actor=f"x{actor}\ud800", action="refused", subject=f"{subject}\0")
    entry = entry_of(event, number=1, at=NOON, previous=GENESIS)
    for text in (entry.actor, entry.subject):
        assert "\0" not in text
        text.encode()
    assert entry.actor.endswith("\\ud800")
    assert entry.subject.endswith("\\x00")


def test_a_changed_entry_is_found():
    """Its own hash tells; a hash that is made to fit breaks the link of the next."""
    entries = three()
    entries[1] = dataclasses.replace(entries[1], subject="X")
    assert list(faults_of(entries)) == ["entry 2 was changed: its hash is not that of what it says"]
    entries[1] = dataclasses.replace(entries[1], sha256=digest(entries[1]))
    assert list(faults_of(entries)) == ["entry 3 does not follow from entry 2"]


def test_a_missing_entry_is_found():
    """In the middle or at the beginning."""
    first, second, third = three()
    assert list(faults_of([first, third])) == [
        "entry 2 is missing", "entry 3 does not follow from entry 1"
    ]  # fmt: skip
    assert next(faults_of([second, third])) == "entry 1 is missing"
    assert next(faults_of([third])) == "entries 1 to 2 are missing"


def test_an_entry_that_occurs_twice_or_out_of_order_is_found():
    """Numbers grow by one."""
    first, second, third = three()
    assert "entry 2 follows entry 2" in list(faults_of([first, second, second, third]))
    assert "entry 2 follows entry 3" in list(faults_of([first, third, second]))


def test_an_end_that_was_cut_off_is_found_by_a_head_alone():
    """What is left is a whole chain: only what was noted elsewhere tells."""
    first, second, third = three()
    assert list(faults_of([first, second])) == []
    missing = "entry 3 was noted elsewhere and is missing: the end was cut off after entry 2"
    assert list(faults_of([first, second], heads=[head_of(first), head_of(third)])) == [missing]
    assert list(faults_of([], heads=[head_of(first)])) == [
        "entry 1 was noted elsewhere and is missing: the end was cut off after entry 0"
    ]


def test_a_chain_that_was_forged_anew_is_found_by_a_head_alone():
    """Whoever owns the store can reckon every hash again, but not what was noted elsewhere."""
    noted = head_of(three()[1])
    forged = chain(*(AuditEvent(actor="amal", action="saw", subject=name) for name in "AXC"))
    assert list(faults_of(forged)) == []
    assert list(faults_of(forged, heads=[noted])) == [
        "entry 2 is not the one that was noted elsewhere"
    ]


def test_heads_that_contradict_each_other_are_told():
    """One of them is not of this chain; a head of nothing has one hash."""
    entries = three()
    other = AuditHead(number=3, sha256="f" * 64)
    assert list(faults_of(entries, heads=[other, head_of(entries[2])])) == [
        "entry 3 is not the one that was noted elsewhere"
    ]
    assert "head of 0 entries" in "".join(
        faults_of(entries, heads=[AuditHead(number=0, sha256="")])
    )


def test_a_clock_that_ran_backwards_is_a_remark():
    """The order is that of the numbers; the chain is whole."""
    entries = chain(*(AuditEvent(actor="a", action="b") for _ in range(3)), minutes=-1)
    told = list(faults_of(entries, heads=[head_of(entries[-1])]))
    assert told == [f"{REMARK}at entry {number} the clock stood 60.000 s behind"
                    for number in (2, 3)]  # fmt: skip


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
DETAILS = st.dictionaries(TEXTS, st.integers() | TEXTS | st.none() | st.lists(TEXTS), max_size=3)
EVENTS = st.builds(
    AuditEvent, actor=TEXTS.filter(str.strip), action=TEXTS.filter(str.strip), subject=TEXTS,
    detail=DETAILS,
)  # fmt: skip


@given(st.lists(EVENTS, min_size=1, max_size=6), st.data())
def test_any_change_of_any_field_is_found(events, data):
    """Whatever else it is changed to."""
    entries = chain(*events)
    assert list(faults_of(entries)) == []
    place = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from([field.name for field in dataclasses.fields(AuditEntry)]))
    before = getattr(entries[place], name)
    drawn = {
        "number": st.integers(0, 99),
        "at": st.datetimes(timezones=st.just(UTC)),
        "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
    }
    after = data.draw(drawn.get(name, TEXTS).filter(lambda value: value != before))
    changed = dataclasses.replace(entries[place], **{name: after})
    found = faults_of([*entries[:place], changed, *entries[place + 1 :]])
    assert any(not line.startswith(REMARK) for line in found)


@given(st.lists(EVENTS, min_size=2, max_size=6), st.data())
def test_any_part_that_is_left_out_is_found_with_a_head(events, data):
    """A beginning, a middle or an end."""
    entries = chain(*events)
    start = data.draw(st.integers(0, len(entries) - 1))
    end = data.draw(st.integers(start + 1, len(entries)))
    left = entries[:start] + entries[end:]
    assert any(faults_of(left, heads=[head_of(entries[-1])]))
