"""Which right each method of a store asks for, and what else asks for one; pure.

Whatever is not named here is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from geo.access import Principal, Right
from geo.errors import NotAllowed
from geo.model import Judgement
from geo.store import ImportRecord

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

WORDS: Mapping[str, frozenset[str]] = {
    "opinions": frozenset(
        {"alert_id", "alert_dataset_id", "reviewer", "verdict", "reasons", "settles", "given_at",
         "note"}
    ),
}  # fmt: skip
"""Kinds whose records are the word of a `reviewer`, and the columns that are that word: nobody
gives another's, and nobody corrects one, but whoever gave it gives it anew."""


def require_own_words(
    principal: Principal, kind: str, frame: pd.DataFrame, held: Callable[[], pd.DataFrame]
) -> None:
    """Nothing, unless rows that are brought in are, or replace, the words of somebody else.

    Raises
    ------
    NotAllowed
        If they are or do.
    """
    if kind not in WORDS:
        return
    told = held()
    others = told[told["reviewer"] != principal.author]
    taken = frame.merge(others, on=["dataset_id", "id"])
    if len(taken) or (frame["reviewer"] != principal.author).any():
        raise NotAllowed(
            f"{kind} of somebody else",
            expected=f"those of {principal.author or 'somebody who is known'}",
            remedy="give your own",
        )


def require_words_kept(kind: str, changes: Mapping[str, object]) -> None:
    """Nothing, unless a correction puts words into somebody's mouth.

    Raises
    ------
    NotAllowed
        If it does.
    """
    if said := sorted(WORDS.get(kind, frozenset()) & changes.keys()):
        raise NotAllowed(
            f"{', '.join(said)} of {kind} cannot be corrected",
            expected="the word as it was given",
            remedy="give a new opinion; the one before stays in its history",
        )


def gives_verdict(kind: str, changes: Mapping[str, object], held: pd.Series) -> bool:
    """Whether new values of a record are a verdict on what others found, or take one back.

    That opinions differ on an alert which is not judged yet is none: anybody who may have an
    opinion may find it so.
    """
    if kind != "alerts" or "judgement" not in changes:
        return False
    return not (held["judgement"] == Judgement.NONE and changes["judgement"] == Judgement.DISPUTED)


def brings_verdict(kind: str, frame: pd.DataFrame, held: Callable[[], pd.DataFrame]) -> bool:
    """Whether rows that are brought in give a verdict, or take one back that is `held`."""
    if kind == "opinions":
        return bool(frame["settles"].any())
    if kind != "alerts":
        return False
    names = ["dataset_id", "id"]
    both = frame[[*names, "judgement"]].merge(
        held()[[*names, "judgement"]], on=names, how="left", suffixes=("", "_held")
    )
    return bool((both["judgement"] != both["judgement_held"].fillna(Judgement.NONE.value)).any())


def require_own_import(principal: Principal, record: ImportRecord) -> None:
    """Nothing, unless undoing an import would take back what somebody else said.

    Raises
    ------
    NotAllowed
        If it would.
    """
    if record.kind in WORDS and record.author != principal.author:
        raise NotAllowed(
            f"import {record.import_id} brought the {record.kind} of somebody else",
            expected="your own",
            remedy="ask whoever said it, or the administrator",
        )


def refusal_of(principal: Principal, right: Right) -> NotAllowed:
    """The error for somebody who lacks a right."""
    return NotAllowed(
        f"the role {principal.viewer.role} may not {right}",
        expected=f"a role that may {right}",
        remedy="ask the administrator",
    )
