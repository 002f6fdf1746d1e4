"""The audit of the page of access: what was done and seen, by whom, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import streamlit as st

from geo.audit import REMARK, AuditEntry, AuditHead, faults_of, moment_text
from geo.errors import LamassuError
from geo.model import Tlp
from geo.pipeline.evidence.anchors import anchor_faults, known_heads
from geo.pipeline.guard import GuardedStore
from geo.pipeline.seen import entries
from layers.access_review import ACTIONS, actor_words, entries_html
from layers.style import safe_markdown
from layers.views import access_people, cache, downloads
from layers.views.sealed import sealed_file

SHOWN = 100
"""Entries that are listed at most."""

BLOCK = 2000
"""Entries that are read at a time, from the newest backwards."""

CHECKED_KEY = "audit checked"
"""Where the session keeps the end of the audit that was checked, and what was wrong."""

ANYBODY, ANYTHING = "Anybody", "Anything"

PROVES = (
    "The check finds every entry that was changed, left out or put in, and an end that was cut off "
    "behind an export: each export carries the end of the audit with it. It does not find an end "
    "that was cut off behind the last export, and it cannot know what was never noted."
)
"""What the check shows and what it does not."""


def show() -> None:
    """Whether the audit is whole, and its entries, newest first."""
    store = cache.store()
    head = store.audit_head()
    st.markdown(
        f"**{head.number:,} entries.** Each holds the fingerprint of the one before, so that "
        "nothing can be changed afterwards without being found."
    )
    left, right = st.columns(2)
    with left:
        if st.button("Check the whole audit", width="stretch", icon=":material/verified:"):
            _check(store, head)
    with right:
        downloads.offer(
            "Audit with proof (.zip)",
            lambda: _bundle(store),
            key="audit",
            media_type="application/zip",
        )
    _verdict(head)
    _list(store, head)


def _check(store: GuardedStore, head: AuditHead) -> None:
    """Read every entry, and keep what is wrong for as long as the audit ends where it does."""
    settings = cache.settings()
    try:
        with st.spinner("Checking every entry"):
            found = (*faults_of(entries(store), heads=known_heads(settings)),
                     *anchor_faults(settings))  # fmt: skip
    except LamassuError as err:
        found = (str(err),)
    st.session_state[CHECKED_KEY] = (head, datetime.now(UTC), found)


def _verdict(head: AuditHead) -> None:
    """What the last check found."""
    checked = st.session_state.get(CHECKED_KEY)
    if checked is None:
        st.caption(PROVES)
        return
    upto, at, found = checked
    when = f"Checked at {at:%H:%M:%S} UTC up to entry {upto.number:,}"
    faults = [fault for fault in found if not fault.startswith(REMARK)]
    if faults:
        st.error(
            f"**The audit was changed.** {when}:\n\n"
            + "\n".join(f"- {safe_markdown(fault)}" for fault in faults[:SHOWN])
        )
    else:
        st.success(f"**The audit is whole.** {when}; its fingerprint is {upto.sha256[:16]}\u2026")
    for remark in [fault for fault in found if fault.startswith(REMARK)][:SHOWN]:
        st.caption(safe_markdown(remark))
    if head != upto:
        st.caption(f"{head.number - upto.number:,} entries were noted since.")
    st.caption(PROVES)


def _list(store: GuardedStore, head: AuditHead) -> None:
    """The newest entries that answer to the limits."""
    names = access_people.names_of(store)
    first, second, third = st.columns(3)
    actors = {actor_words(entry.actor, names) for entry in store.audit(after=head.number - BLOCK)}
    person = first.selectbox("Who", [ANYBODY, *sorted(actors)], key="audit who")
    action = second.selectbox(
        "What",
        [ANYTHING, *ACTIONS],
        format_func=lambda one: ACTIONS.get(one, one),
        key="audit what",
    )
    about = third.text_input(
        "Of what", key="audit about", placeholder="a record, an import, a person"
    ).strip()
    found = []
    for entry in _newest(store, head):
        wanted = person in (ANYBODY, actor_words(entry.actor, names))
        wanted = wanted and action in (ANYTHING, entry.action)
        if wanted and about.casefold() in f"{entry.subject} {entry.detail}".casefold():
            found.append(entry)
        if len(found) == SHOWN:
            st.caption(f"The newest {SHOWN} that answer to this.")
            break
    if found:
        st.html(entries_html(found, names))
    else:
        st.info("No entry answers to this.")


def _newest(store: GuardedStore, head: AuditHead) -> Iterator[AuditEntry]:
    """Every entry, from the newest to the first."""
    end = head.number
    while end > 0:
        after = max(end - BLOCK, 0)
        yield from reversed(store.audit(after=after, most=end - after))
        end = after


def _bundle(store: GuardedStore) -> tuple[str, bytes]:
    """Name and content of the audit as a signed bundle; its own export is noted behind its end."""
    lines = [
        json.dumps(asdict(entry) | {"at": moment_text(entry.at)}, sort_keys=True)
        for entry in entries(store)
    ]
    return sealed_file(
        f"lamassu-audit-{datetime.now(UTC):%Y-%m-%d}-{len(lines)}.jsonl",
        "".join(f"{line}\n" for line in lines).encode(),
        subject="audit",
        marking=Tlp.AMBER_STRICT,
        counts={"entries": len(lines)},
        notes=(
            "One entry a line. Each holds in 'previous' the 'sha256' of the one before, which is "
            "that of the JSON list of its other fields.",
        ),
    )
