"""Who a session is, and through whose eyes it looks; pure."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from geo.access import NOBODY, OFFICE, Member, Principal, Role, Via, Viewer
from geo.errors import NotAllowed

CLOCK_TOLERANCE_S = 120.0
"""By how much two clocks may differ before a login counts as one of the future, or as expired."""

_LONGEST_CLAIM = 255
"""OpenID Connect Core 1.0, section 2: a subject has at most 255 ASCII characters."""

_LONGEST_NAME = 80
_END_OF_TIME_S = 1e11


def local_principal(name: str) -> Principal:
    """The one user of a server that listens on this machine only: the administrator."""
    return Principal(subject=f"local:{name}", name=name, viewer=OFFICE, via=Via.LOCAL)


def shell_principal(name: str) -> Principal:
    """The account that runs a command; whoever can open the store's file has all of it anyway."""
    return Principal(subject=f"shell:{name}", name=name, viewer=OFFICE, via=Via.SHELL)


def principal_of_claims(
    claims: Mapping[str, object],
    members: Iterable[Member],
    *,
    now: datetime,
    session_h: float,
) -> Principal:
    """Who an identity provider says it is, with the role and groups that the store gives.

    Claims are believed to be signed; whether they are whole is checked here. Roles and groups among
    them count for nothing. Somebody who is not a member, or whose login is no good, is nobody, with
    a remark for that person to read; this never raises.

    Parameters
    ----------
    claims
        Of an ID token (OpenID Connect Core 1.0, section 2): ``iss``, ``sub``, ``exp``, ``iat``, and
        ``nbf``, ``email``, ``email_verified`` and ``name`` where it has them.
    members
        Of the store, as `geo.store.Store.members` gives them. One is meant by ``oidc:`` issuer
        ``|`` subject, or by ``oidc:`` and an e-mail that the provider has verified.
    now
        Aware.
    session_h
        After how many hours a login counts no more, whatever it says itself.
    """
    if not isinstance(claims, Mapping):
        return _nobody("the login says nothing of who you are")
    subject = _subject_of(claims)
    if not subject:
        return _nobody("the login does not say who you are (issuer and subject)")
    name = _shown_name(claims.get("name")) or _shown_name(claims.get("email"))
    fault = _fault_of_times(claims, now_s=now.timestamp(), session_h=session_h)
    if fault:
        return _nobody(fault, subject=subject, name=name)
    known_as = {subject}
    email = claims.get("email")
    # Some providers let people claim any e-mail; only the very value true says it was verified.
    if isinstance(email, str) and claims.get("email_verified") is True and _is_email(email):
        known_as.add(_normal(f"oidc:{email}"))
    return _principal(subject, name, known_as, members, via=Via.OIDC)


def principal_of_header(value: object, members: Iterable[Member]) -> Principal:
    """Who a trusted proxy says it is, with the role and groups that the store gives.

    A member is meant by ``proxy:`` and the very value. Anything else is nobody, with a remark; for
    no value at all there is none.
    """
    if value is None or value == "":
        return NOBODY
    # Two headers of one name reach us as one, joined by a comma.
    if not isinstance(value, str) or not _is_plain(value) or "," in value:
        return _nobody("the proxy names nobody who could be a member")
    subject = f"proxy:{value}"
    return _principal(subject, _shown_name(value), {subject}, members, via=Via.PROXY)


def viewed_as(principal: Principal, role: Role, groups: Iterable[str] = ()) -> Principal:
    """The same person, looking through the eyes of a lesser role.

    Their own role and groups give them their own eyes back.

    Raises
    ------
    NotAllowed
        If the role sees more than the person's own, or the person is not in one of the groups.
    """
    own = principal.own or principal.viewer
    wanted = Viewer(role=Role(role), groups=frozenset(groups))
    if wanted == own:
        return dataclasses.replace(principal, viewer=own, own=None)
    inside = own.role is Role.ADMINISTRATOR or wanted.groups <= own.groups
    if wanted.role.strength > own.role.strength or not inside:
        raise NotAllowed(
            f"the role {own.role} cannot look as {wanted.role}"
            + (f" in {', '.join(sorted(wanted.groups))}" if wanted.groups else ""),
            expected="a role and groups that see no more than your own",
            remedy="choose a lesser role",
        )
    return dataclasses.replace(principal, viewer=wanted, own=own)


def _nobody(why: str, *, subject: str = NOBODY.subject, name: str = "") -> Principal:
    """Somebody who sees what strangers see, and is told why."""
    remark = f"{why[:1].upper()}{why[1:]}. Log in again, or ask the administrator."
    return dataclasses.replace(NOBODY, subject=subject, name=name, remark=remark)


def _principal(
    subject: str, name: str, known_as: set[str], members: Iterable[Member], *, via: Via
) -> Principal:
    """Somebody with the role that the store gives to one of the names that they are known by."""
    found = [member for member in members if _normal(member.subject) in known_as]
    said = {(str(member.role), member.groups) for member in found}
    if not said:
        return _nobody(f"no member goes by {subject}", subject=subject, name=name)
    if len(said) > 1:  # one of them may have been revoked: which one counts is not ours to guess
        return _nobody(f"more than one member goes by {subject}", subject=subject, name=name)
    ((role, groups),) = said
    if role not in set(Role):
        return _nobody(f"there is no such role as that of {subject}", subject=subject, name=name)
    if Role(role) is Role.ANONYMOUS:
        return _nobody(f"the role of {subject} was taken away", subject=subject, name=name)
    given = next((member.name for member in found if member.name), name)
    viewer = Viewer(role=Role(role), groups=groups)
    return Principal(subject=subject, name=given, viewer=viewer, via=via)


def _subject_of(claims: Mapping[str, object]) -> str:
    """Issuer and subject as the id of a member; empty if either is not whole."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return ""
    # A bar in the issuer would let one provider's people take the names of another's.
    if not _is_plain(issuer) or not _is_plain(subject) or "|" in issuer:
        return ""
    return f"oidc:{issuer}|{subject}"


def _fault_of_times(claims: Mapping[str, object], *, now_s: float, session_h: float) -> str:
    """What is wrong with the times of a login; empty if nothing is."""
    issued_s, expires_s = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    begins_s = _seconds(claims["nbf"]) if "nbf" in claims else issued_s
    if issued_s is None or expires_s is None or begins_s is None or expires_s <= issued_s:
        return "the login does not say how long it holds"
    if max(issued_s, begins_s) > now_s + CLOCK_TOLERANCE_S:
        return "the login is dated in the future: our clock is wrong, or the provider's"
    if min(expires_s, issued_s + session_h * 3600) <= now_s - CLOCK_TOLERANCE_S:
        return "the login has run out"
    return ""


def _seconds(value: object) -> float | None:
    """A time of a claim in seconds since 1970; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < _END_OF_TIME_S else None


def _is_plain(text: str) -> bool:
    """Whether a text can be somebody's name in a list: short, printable, no blanks at its ends.

    The store keeps names in Unicode NFC. Another form of a name is refused, not turned into it:
    the sign for Kelvin would become a plain K.
    """
    return (
        0 < len(text) <= _LONGEST_CLAIM
        and text.isprintable()
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )


def _is_email(text: str) -> bool:
    """Whether a text can be an e-mail that a member is known by."""
    return _is_plain(text) and text.count("@") == 1 and "|" not in text


def _normal(subject: str) -> str:
    """A member's id as it is compared: e-mails in any case are one."""
    is_email = subject.startswith("oidc:") and "|" not in subject
    return f"oidc:{_folded(subject[5:])}" if is_email else subject


def _folded(email: str) -> str:
    """An e-mail as it is compared; ASCII letters only, so that no other letter becomes one."""
    return "".join(c.lower() if c.isascii() else c for c in email)


def _shown_name(value: object) -> str:
    """A name that somebody gave themselves, for people to read; empty if it is none.

    Angle brackets would let a name pass for the id that histories put into them.
    """
    if not isinstance(value, str):
        return ""
    plain = (c if c.isprintable() and c not in "<>" else " " for c in value[:_LONGEST_NAME])
    return " ".join("".join(plain).split())
