"""Which right each method of a store asks for; whatever is not named here is refused."""

from __future__ import annotations

from collections.abc import Mapping

from geo.access import Principal, Right
from geo.errors import NotAllowed

NEEDS: Mapping[str, Right] = {
    "read": Right.LOOK,
    "get": Right.LOOK,
    "dataset_groups": Right.LOOK,
    "revision": Right.LOOK,
    "access_version": Right.LOOK,
    "note": Right.LOOK,
    "close": Right.LOOK,
    "setting": Right.HAND_OVER,
    "keep_briefing": Right.HAND_OVER,
    "audit_head": Right.HAND_OVER,
    "history": Right.KEEP,
    "add": Right.KEEP,
    "add_parts": Right.KEEP,
    "mend": Right.KEEP,
    "keep_mapping": Right.KEEP,
    "mappings": Right.KEEP,
    "correct": Right.KEEP,
    "undo": Right.KEEP,
    "imports": Right.KEEP,
    "quarantine": Right.KEEP,
    "briefing": Right.KEEP,
    "set_setting": Right.ADMINISTER,
    "members": Right.ADMINISTER,
    "set_member": Right.ADMINISTER,
    "share": Right.ADMINISTER,
    "audit": Right.ADMINISTER,
    "backup": Right.ADMINISTER,
    "integrity": Right.ADMINISTER,
}
"""What each method of a store asks of whoever calls it; a method that is not here cannot be
called."""

NOTES_NEED: Mapping[str, Right] = {"export": Right.HAND_OVER, "seal": Right.HAND_OVER}
"""What noting an action in the audit asks beyond `Right.LOOK`: whatever is handed over is noted
before it is sealed, so that whoever may not note it has nothing sealed."""

JUDGEMENTS: Mapping[str, str] = {"alerts": "judgement"}
"""The column of a kind that holds the verdict on what others found, empty where there is none;
giving one needs `Right.JUDGE`."""


def refusal_of(principal: Principal, right: Right) -> NotAllowed:
    """The error for somebody who lacks a right."""
    return NotAllowed(
        f"the role {principal.viewer.role} may not {right}",
        expected=f"a role that may {right}",
        remedy="ask the administrator",
    )
