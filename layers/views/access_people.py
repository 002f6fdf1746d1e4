"""The people of the page of access: who has a role, and to whom a dataset is closed."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from geo.access import Member, Role
from geo.errors import LamassuError
from geo.pipeline.access import AccessReview
from geo.pipeline.guard import GuardedStore
from geo.settings import Login
from layers.access_review import ROLES, datasets_html, people_html, plain_subject
from layers.style import name_markdown, safe_markdown
from layers.views import cache, who

NEW = ""
"""Stands for somebody who is not on the list yet."""

BY_MAIL, BY_ID, BY_GATEWAY = "E-mail address", "Id at the login provider", "User of the gateway"
"""How somebody can be named."""

SAVED_KEY = "access saved"
"""Where the session counts what it saved, so that a form is empty after each time."""

NOBODY_LEFT = "Then nobody would be administrator any more. Make somebody else administrator first."


def show_people() -> None:
    """Everybody with a role, and a form to give, change and take away."""
    store, login = cache.store(), cache.settings().login
    if login == Login.LOCAL:
        st.info(
            "**This installation is for one person at this computer**, who sees and may do "
            "everything. The list below begins to count once people log in over the network: the "
            "setting LAMASSU\\_LOGIN turns that on.",
            icon=":material/computer:",
        )
    members = store.members()
    current = [member for member in members if member.role is not Role.ANONYMOUS]
    past = [member for member in members if member.role is Role.ANONYMOUS]
    if current:
        st.html(people_html(current, you=who.principal().subject))
    else:
        st.caption("Nobody has been given a role yet.")
    if past:
        with st.expander(f"Without access any more ({len(past)})"):
            st.html(people_html(past))
    with st.container(border=True):
        _change(store, members)


def _change(store: GuardedStore, members: tuple[Member, ...]) -> None:
    """The form of one person."""
    st.markdown("#### Give or change access")
    turn = st.session_state.get(SAVED_KEY, 0)
    known = {member.subject: member for member in members}
    labels = {NEW: "Somebody who is not on the list"} | {
        subject: f"{member.name or plain_subject(subject)} \u00b7 {ROLES[member.role][0]}"
        for subject, member in known.items()
    }
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = st.selectbox(
            "Person", list(labels), format_func=labels.__getitem__, key=f"person {turn}"
        )
        held = known.get(chosen)
        subject = chosen or _new_subject(turn)
        name = st.text_input(
            "Name", held.name if held else "", key=f"name {turn} {chosen}", max_chars=200,
            help="For people to read, in any script. It stands in histories and in the audit.",
        )  # fmt: skip
        groups = st.multiselect(
            "Sharing groups",
            groups_of(store),
            default=sorted(held.groups) if held else [],
            key=f"groups {turn} {chosen}",
            accept_new_options=True,
            placeholder="none",
            help="A group opens the data that are closed to it. Type a name to make a new group.",
        )
    with right:
        roles = [role for role in ROLES if role is not Role.ANONYMOUS]
        before = held.role if held and held.role in roles else Role.VIEWER
        role = st.radio(
            "Role",
            roles,
            index=roles.index(before),
            format_func=lambda one: ROLES[one][0],
            captions=[ROLES[one][1] for one in roles],
            key=f"role {turn} {chosen}",
        )
    save, take = st.columns(2)
    said = Member(subject=subject, name=name.strip(), role=role, groups=frozenset(groups))
    if save.button("Save", type="primary", width="stretch", disabled=not subject):
        _say(store, members, said)
    if held and held.role is not Role.ANONYMOUS:
        with take.popover("Take the access away", width="stretch", icon=":material/person_off:"):
            st.markdown(
                f"**{name_markdown(labels[chosen])}** will see no more than the public, at the "
                "next click or within five seconds. Histories stay."
            )
            if st.button("Take it away now", type="primary", width="stretch"):
                gone = Member(subject=chosen, name=held.name, role=Role.ANONYMOUS)
                _say(store, members, gone)


def _new_subject(turn: int) -> str:
    """The subject of somebody new, as the way of logging in names people; empty while unknown."""
    ways = {
        Login.OIDC: [BY_MAIL, BY_ID],
        Login.PROXY: [BY_GATEWAY],
    }.get(cache.settings().login, [BY_MAIL, BY_ID, BY_GATEWAY])
    way = ways[0]
    if len(ways) > 1:
        way = st.radio("Known by", ways, key=f"known by {turn}", horizontal=True)
    if way == BY_MAIL:
        mail = st.text_input(
            "E-mail address", key=f"mail {turn}", max_chars=190, placeholder="name@office.example",
            help="As the login provider knows and has verified it.",
        ).strip().lower()  # fmt: skip
        return f"oidc:{mail}" if "@" in mail else ""
    if way == BY_GATEWAY:
        user = st.text_input("User of the gateway", key=f"user {turn}", max_chars=190).strip()
        return f"proxy:{user}" if user else ""
    issuer = st.text_input(
        "Login provider's address", key=f"issuer {turn}", placeholder="https://login.office.example"
    ).strip()
    number = st.text_input("Id there", key=f"id {turn}", max_chars=190).strip()
    return f"oidc:{issuer}|{number}" if issuer and number else ""


def _say(store: GuardedStore, members: tuple[Member, ...], said: Member) -> None:
    """Keep who somebody is from now on, unless nobody would be left to administer."""
    others = [one for one in members if one.subject != said.subject]
    administrators = [one for one in (*others, said) if one.role is Role.ADMINISTRATOR]
    was = any(one.role is Role.ADMINISTRATOR for one in members)
    if was and not administrators and cache.settings().login != Login.LOCAL:
        st.error(NOBODY_LEFT)
        return
    try:
        store.set_member(said, author=who.author(), now=datetime.now(UTC))
    except LamassuError as err:
        st.error(safe_markdown(err))
        return
    _saved(f"{said.name or plain_subject(said.subject)}: {ROLES[said.role][0]}")


def show_closed(found: AccessReview) -> None:
    """Datasets, whom each is open to, and a form to close and open."""
    store = cache.store()
    st.caption(
        "A dataset that is closed is seen by the people of its groups only, and by administrators. "
        "Nobody else learns that it is there. Inside it, marking and sensitivity still count."
    )
    names = names_of(store)
    if found.datasets:
        st.html(datasets_html(found.datasets, names))
    with st.container(border=True):
        st.markdown("#### Close or open a dataset")
        turn = st.session_state.get(SAVED_KEY, 0)
        closed = store.dataset_groups()
        left, right = st.columns(2, gap="medium")
        dataset = left.selectbox(
            "Dataset",
            [one.dataset_id for one in found.datasets],
            index=None,
            key=f"dataset {turn}",
            accept_new_options=True,
            placeholder="Choose, or type the name of one that is still to come",
        )
        if not dataset:
            return
        groups = right.multiselect(
            "Only for the groups",
            groups_of(store),
            default=sorted(closed.get(dataset, ())),
            key=f"dataset groups {turn} {dataset}",
            accept_new_options=True,
            placeholder="none: open to every role",
        )
        words = "Close it to these groups" if groups else "Open it to every role"
        if st.button(
            words, type="primary", disabled=frozenset(groups) == closed.get(dataset, frozenset())
        ):
            try:
                store.share(dataset, groups, author=who.author(), now=datetime.now(UTC))
            except LamassuError as err:
                st.error(safe_markdown(err))
                return
            _saved(f"{dataset}: {', '.join(sorted(groups)) or 'open'}")


def groups_of(store: GuardedStore) -> list[str]:
    """Every sharing group that a person or a dataset is in, by name."""
    held = [member.groups for member in store.members()]
    return sorted(frozenset[str]().union(*held, *store.dataset_groups().values()))


def names_of(store: GuardedStore) -> dict[str, str]:
    """The name of each person by subject, where one is known."""
    return {member.subject: member.name for member in store.members() if member.name}


def _saved(words: str) -> None:
    """Say what was saved, and show the page as it is now."""
    st.session_state[SAVED_KEY] = st.session_state.get(SAVED_KEY, 0) + 1
    st.toast(f"Saved. {safe_markdown(words)}")
    st.rerun()
