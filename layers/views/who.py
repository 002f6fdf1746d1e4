"""Who sits in front of the screen, what they may do there, and through whose eyes they look.

A login only says who somebody is. What they may do is asked of the store's members at every run of
a page or of a part of one, so that whoever is revoked is out at the next click, and without a click
when the watcher looks again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from getpass import getuser
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple, ParamSpec

import streamlit as st

from geo.access import NOBODY, Principal, Right, Role, Via
from geo.audit import AuditEvent
from geo.errors import NotAllowed
from geo.pipeline.access import (
    local_principal,
    principal_of_claims,
    principal_of_header,
    viewed_as,
)
from geo.pipeline.seen import note_refused
from geo.settings import Login
from layers.views import configured, whole

P = ParamSpec("P")

VIEW_AS_KEY, DRAWN_FOR_KEY, BEGAN_KEY = "view as", "drawn for", "began"
"""Where a session keeps through whose eyes it looks, for whom it was drawn, and when it began."""

WATCHED_EVERY_S = 3.0
"""Seconds between two looks of an idle page: what is revoked is to be gone within 5."""

TOO_OLD = "This page has been open for too long to know who sits before it: load it anew."

RIGHT_WORDS = {
    Right.LOOK: "look at records",
    Right.HAND_OVER: "print and hand over",
    Right.ANALYSE: "analyse",
    Right.KEEP: "bring in, correct and keep",
    Right.JUDGE: "judge what others found",
    Right.ADMINISTER: "administer",
}
"""Each right, as it follows ``may``."""


def principal() -> Principal:
    """Who this session is at this moment, and through whose eyes it sees."""
    known = _identified()
    wanted: tuple[Role, frozenset[str]] | None = st.session_state.get(VIEW_AS_KEY)
    if wanted is None:
        return known
    try:
        return viewed_as(known, *wanted)
    except NotAllowed:  # whoever looked as another has become less meanwhile
        return known


def author() -> str:
    """The name that goes into histories; the guarded store takes no other."""
    return principal().author


def admitted(somebody: Principal) -> bool:
    """Whether somebody gets further than the page of the login."""
    return somebody.via is not Via.NOBODY or configured.settings().anonymous


def require(right: Right) -> None:
    """Nothing, for whoever may do this; anybody else is told so, and the page ends here."""
    asking = principal()
    if admitted(asking) and asking.may(right):
        return
    _note_refusal(asking, f"page: {right}")
    st.error(
        f"This page is for those who may {RIGHT_WORDS[right]}. "
        f"Your role here, {asking.viewer.role}, may not; your administrator can change that."
    )
    st.stop()


def entitled(subject: str, scope: str) -> bool:
    """Whether somebody who came in at this server still sees all that a scope sees.

    `subject` and `scope` are those of a principal and of its viewer. Asked outside of any session,
    when a file that was made for somebody is fetched.
    """
    chosen = configured.settings()
    if chosen.login is Login.LOCAL:
        now = local_principal(_account())
    elif chosen.login is Login.PROXY:
        now = principal_of_header(subject.removeprefix("proxy:"), whole.members())
    else:
        now = _of_claims(_LOGINS.get(subject, {}), chosen.session_h)
    role, _, groups = scope.partition(":")
    try:
        viewed_as(now, Role(role), filter(None, groups.split(",")))
    except (NotAllowed, ValueError):
        return False
    return now.subject == subject and admitted(now)


def enter() -> Principal:
    """Who this run of the page is for; what somebody else left in the session is gone."""
    somebody = principal()
    now, before = _drawn_for(somebody), st.session_state.get(DRAWN_FOR_KEY)
    if before is None or before.mark != now.mark:
        if before is not None:
            _forget_all_but(VIEW_AS_KEY, BEGAN_KEY)
        _note_entry(somebody)
    st.session_state[DRAWN_FOR_KEY] = now
    return somebody


def view_as(role: Role, groups: Iterable[str] = ()) -> None:
    """Look through the eyes of a lesser role from the next run on; `view_as_oneself` ends it.

    Raises
    ------
    NotAllowed
        If the session may not, or the role would see more than its own.
    """
    wanted = (Role(role), frozenset(groups))
    viewed_as(_identified(), *wanted)
    st.session_state[VIEW_AS_KEY] = wanted


def view_as_oneself() -> None:
    """Look through one's own eyes again from the next run on."""
    st.session_state.pop(VIEW_AS_KEY, None)


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """`st.fragment` that has the whole page drawn anew once the session is not who it was.

    A fragment keeps what the page gave it, so that its page must be asked before it shows it again.
    """
    made: Callable[P, None] = st.fragment(_for_whom_it_was_drawn(draw))
    return made


def dialog(title: str, **options: Any) -> Callable[[Callable[P, None]], Callable[P, None]]:  # noqa: ANN401 - of Streamlit
    """`st.dialog` that has the whole page drawn anew once the session is not who it was."""

    def wrap(draw: Callable[P, None]) -> Callable[P, None]:
        made: Callable[P, None] = st.dialog(title, **options)(_for_whom_it_was_drawn(draw))
        return made

    return wrap


def watch() -> None:
    """Draw the page anew soon after the session has become somebody else; unseen.

    In local mode nobody can be revoked, and a stranger before the login is not waited for.
    """
    known = principal()
    if known.via is not Via.LOCAL and (known.remark or admitted(known)):
        _watched()


@st.fragment(run_every=WATCHED_EVERY_S)
def _watched() -> None:
    """The look of an idle page at the members."""
    _draw_anew_if_changed()


def _for_whom_it_was_drawn(draw: Callable[P, None]) -> Callable[P, None]:
    """`draw`, but only for those for whom its page was drawn."""

    @wraps(draw)
    def asked_again(*args: P.args, **kwargs: P.kwargs) -> None:
        _draw_anew_if_changed()
        draw(*args, **kwargs)

    return asked_again


def _draw_anew_if_changed() -> None:
    """Run the whole page if it was drawn for somebody else, or before members or groups changed."""
    now = _drawn_for(principal())
    if st.session_state.setdefault(DRAWN_FOR_KEY, now) != now:
        st.rerun()


class DrawnFor(NamedTuple):
    """For whom a page was drawn."""

    mark: tuple[str, str, str, str]
    """What makes a session another one: the subject, both scopes, and what is remarked."""
    access_version: int
    """Of the members and groups that were asked."""


def _drawn_for(somebody: Principal) -> DrawnFor:
    """For whom a page that is drawn now is drawn."""
    own = somebody.own.scope if somebody.own else ""
    mark = (somebody.subject, somebody.viewer.scope, own, somebody.remark)
    return DrawnFor(mark, whole.store().access_version())


def _identified() -> Principal:
    """Who this session is by the way of logging in that the server was set to."""
    chosen = configured.settings()
    if chosen.login is Login.LOCAL:
        return local_principal(_account())
    if chosen.login is Login.PROXY:
        if _age() > timedelta(hours=chosen.session_h):
            return replace(NOBODY, remark=TOO_OLD)
        # Several headers of the name are joined, and name nobody: one of them came from outside.
        value = ",".join(st.context.headers.get_all(chosen.proxy_header))
        return principal_of_header(value, whole.members())
    if not logged_in():
        return NOBODY
    claims = st.user.to_dict()
    somebody = _of_claims(claims, chosen.session_h)
    _remember(somebody.subject, claims)
    return somebody


def _of_claims(claims: Mapping[str, object], session_h: float) -> Principal:
    """Whom an identity provider named, as the members are now; nobody after the logout."""
    if _digest(claims) in _LOGGED_OUT:
        return NOBODY
    return principal_of_claims(claims, whole.members(), now=datetime.now(UTC), session_h=session_h)


def log_out() -> None:
    """Forget the login in every tab of the browser, and wherever else its cookie was carried."""
    with _LOGINS_LOCK:
        _LOGGED_OUT[_digest(st.user.to_dict())] = None
        while len(_LOGGED_OUT) > _MOST_LOGINS:
            _LOGGED_OUT.popitem(last=False)
    st.logout()


def _digest(claims: Mapping[str, object]) -> str:
    """SHA-256 of a login, by which it is known again."""
    return sha256(repr(sorted(claims.items())).encode()).hexdigest()


_LOGGED_OUT: OrderedDict[str, None] = OrderedDict()
"""Logins that their owners ended since this server was started; their cookies may live on."""

_LOGINS: OrderedDict[str, Mapping[str, object]] = OrderedDict()
"""What the provider last said of each subject, so that they can be asked about without a session;
of the latest `_MOST_LOGINS`."""
_MOST_LOGINS = 10_000
_LOGINS_LOCK = Lock()


def _remember(subject: str, claims: Mapping[str, object]) -> None:
    """Keep what was said of a subject."""
    with _LOGINS_LOCK:
        _LOGINS[subject] = claims
        _LOGINS.move_to_end(subject)
        while len(_LOGINS) > _MOST_LOGINS:
            _LOGINS.popitem(last=False)


def logged_in() -> bool:
    """Whether the identity provider has named somebody for this session."""
    return bool(st.user.get("is_logged_in", False))


def _age() -> timedelta:
    """How long ago the browser opened this page: as old is what the proxy said of its user."""
    now = datetime.now(UTC)
    began: datetime = st.session_state.setdefault(BEGAN_KEY, now)
    return now - began


def _account() -> str:
    """The name of the account that runs the server."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"


def _forget_all_but(*keys: str) -> None:
    """Empty the session: what one may see is not to be found there by the next."""
    for key in st.session_state:
        if key not in keys:
            del st.session_state[key]


def _note_entry(somebody: Principal) -> None:
    """Note who came in, and whoever was named and still was not let in."""
    if somebody.via is Via.NOBODY:
        if somebody.remark:
            _note_refusal(somebody, "login", why=somebody.remark)
    elif somebody.via is not Via.LOCAL:
        whole.store().note(
            AuditEvent(
                actor=somebody.subject,
                action="login",
                subject=somebody.via.value,
                detail={"scope": somebody.viewer.scope},
            ),
            now=datetime.now(UTC),
        )


def _note_refusal(somebody: Principal, what: str, **detail: object) -> None:
    """Note that somebody asked for what they may not have."""
    note_refused(
        whole.store(),
        actor=somebody.subject,
        what=what,
        now=datetime.now(UTC),
        scope=somebody.viewer.scope,
        **detail,
    )
