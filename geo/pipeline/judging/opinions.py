"""Opinions on alerts, and the judgement that follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd

from geo.access import Right
from geo.errors import BadInput
from geo.model import Judgement, Opinion, RejectReason, Tlp, Verdict, strictest
from geo.pipeline.guard import GuardedStore
from geo.pipeline.judging.keeping import Row, alert_of, digest, keep, require_somebody
from geo.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an alert stands between those who looked at it."""

    judgement: Judgement
    """What the opinions give: one alone gives nothing yet."""
    for_it: tuple[str, ...]
    """Who accepts it."""
    against_it: tuple[str, ...]
    """Who rejects it."""
    unsure: tuple[str, ...]
    """Who cannot tell."""
    settled_by: str = ""
    """The reviewer whose word decides; empty where nobody settled it."""
    waits_for: str = ""
    """What is missing, in words; empty if nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one word on an alert."""

    opinion: Opinion
    """The opinion as it was kept."""
    standing: Standing
    """Where the alert stands now."""
    judgement: Judgement
    """The alert's judgement in the store now."""


def judge(
    store: Store,
    alert: Row,
    *,
    verdict: Verdict,
    reasons: Sequence[RejectReason] = (),
    words: str = "",
    author: str,
    now: datetime,
    settles: bool = False,
) -> Judged:
    """Keep what `author` says of an alert, and what follows for its judgement.

    The judgement follows the opinions as far as `author` may give one: whoever lacks `Right.JUDGE`
    can make an alert disputed, but their agreement waits for a reviewer. The opinion is kept before
    the judgement: a run that is killed in between is completed by saying the same again.

    Parameters
    ----------
    alert
        The alert's row: its `id` and `dataset_id` count.
    reasons
        Why it is rejected; one at least, and none with another verdict.
    settles
        The last word, alone or over a dispute; it needs `Right.JUDGE`.

    Raises
    ------
    NotFound
        If there is no such alert.
    BadInput
        If nobody says it, a rejection has no reason, another verdict has one, or somebody who
        cannot tell wants to settle it.
    NotAllowed
        If the right is missing, or `author` is not who asks a guarded store.
    """
    held = alert_of(store, alert)
    _require_sense(verdict, reasons, author=author, settles=settles)
    if settles and isinstance(store, GuardedStore):
        store.require(Right.JUDGE, what="judge")
    opinion = _opinion(held, verdict, reasons, words=words, author=author, now=now, settles=settles)
    before = standing_of(opinions_on(store, held))
    keep(store, "opinions", opinion, author=author, now=now)
    after = standing_of(opinions_on(store, held))
    judgement = Judgement(str(held["judgement"]))
    wanted = _wanted(judgement, before, after)
    if wanted is not judgement and _may_set(store, judgement, wanted):
        reason = f"settled by {author}" if after.settled_by else _reason(after)
        store.correct(
            "alerts",
            opinion.alert_id,
            {"judgement": wanted.value},
            dataset_id=opinion.alert_dataset_id,
            author=author,
            reason=reason,
            now=now,
        )
        judgement = wanted
    elif wanted is not judgement:
        after = dataclasses.replace(after, waits_for="a reviewer")
    return Judged(opinion=opinion, standing=after, judgement=judgement)


def _opinion(
    alert: pd.Series,
    verdict: Verdict,
    reasons: Iterable[RejectReason],
    *,
    words: str,
    author: str,
    now: datetime,
    settles: bool,
) -> Opinion:
    """What `author` says of an alert as it is kept: each reason once, in the order of the list."""
    given = set(reasons)
    return Opinion(
        id=f"OP-{digest(alert['dataset_id'], alert['id'], author)}",
        dataset_id=str(alert["dataset_id"]),
        alert_id=str(alert["id"]),
        alert_dataset_id=str(alert["dataset_id"]),
        site_id=str(alert["site_id"]),
        reviewer=author,
        verdict=Verdict(verdict),
        reasons=tuple(reason for reason in RejectReason if reason in given),
        settles=settles,
        given_at=now.astimezone(UTC),
        note=words.strip(),
        source=f"judged by {author}",
        marking=strictest([Tlp(alert["marking"]), Tlp.AMBER]),
        simulated=bool(alert["simulated"]),
    )


def settle(
    store: Store,
    alert: Row,
    *,
    verdict: Verdict,
    reasons: Sequence[RejectReason] = (),
    words: str = "",
    author: str,
    now: datetime,
) -> Judged:
    """`judge` with the last word, which needs `Right.JUDGE`: alone, or over a dispute."""
    return judge(
        store,
        alert,
        verdict=verdict,
        reasons=reasons,
        words=words,
        author=author,
        now=now,
        settles=True,
    )


def opinions_on(store: Store, alert: Row) -> gpd.GeoDataFrame:
    """The current opinions on an alert, one of each person, oldest first."""
    opinions = store.read("opinions")
    if opinions.empty:  # outside the office there are neither rows nor the alert's id
        return opinions
    mine = (opinions["alert_id"] == alert["id"]) & (
        opinions["alert_dataset_id"] == alert["dataset_id"]
    )
    return opinions[mine].sort_values(["given_at", "id"], kind="stable", ignore_index=True)


def standing_of(opinions: gpd.GeoDataFrame) -> Standing:
    """Where one alert stands, from the opinions on it; pure.

    The newest word that settles decides. Else two persons who agree do, and two who differ make it
    disputed, however many stand on either side; whoever cannot tell counts on neither.
    """
    opinions = opinions.sort_values(["given_at", "id"], kind="stable")
    sides = {
        verdict: tuple(dict.fromkeys(opinions["reviewer"][opinions["verdict"] == verdict]))
        for verdict in Verdict
    }
    last = opinions[opinions["settles"]].tail(1)
    accepted, rejected = sides[Verdict.ACCEPTED], sides[Verdict.REJECTED]
    settled_by = waits_for = ""
    if len(last):
        judgement = Judgement(last["verdict"].iloc[0])
        settled_by = str(last["reviewer"].iloc[0])
    elif accepted and rejected:
        judgement, waits_for = Judgement.DISPUTED, "a reviewer"
    elif len(accepted) + len(rejected) > 1:
        judgement = Judgement.ACCEPTED if accepted else Judgement.REJECTED
    else:
        judgement = Judgement.NONE
        waits_for = "a second person" if accepted or rejected else "somebody who can tell"
    return Standing(
        judgement=judgement,
        for_it=accepted,
        against_it=rejected,
        unsure=sides[Verdict.UNSURE],
        settled_by=settled_by,
        waits_for=waits_for,
    )


def with_judgements(store: Store, alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Alerts of a study that is brought up to date, with the judgement that each has in the store.

    A new version of an alert takes the place of the one that people judged; what they said stays.
    """
    held = store.read("alerts")
    names = zip(held["dataset_id"], held["id"], strict=True)
    known = dict(zip(names, held["judgement"], strict=True))
    told = [
        known.get(name, Judgement.NONE.value)
        for name in zip(alerts["dataset_id"], alerts["id"], strict=True)
    ]
    return alerts.assign(judgement=pd.Series(told, index=alerts.index, dtype="str"))


def _require_sense(
    verdict: Verdict, reasons: Iterable[RejectReason], *, author: str, settles: bool
) -> None:
    """Refuse a word that says nothing."""
    require_somebody(author)
    given = [reason.value for reason in reasons]
    if verdict is Verdict.REJECTED and not given:
        raise BadInput(
            "a rejection without a reason",
            expected=f"one or more of {', '.join(RejectReason)}",
            remedy="choose why it is no damage of concern",
        )
    if verdict is not Verdict.REJECTED and given:
        raise BadInput(
            f"the verdict {verdict.value!r} with reasons to reject: {', '.join(given)}",
            expected="reasons with a rejection only",
            remedy="put the reasons into words, or reject it",
        )
    if settles and verdict is Verdict.UNSURE:
        raise BadInput(
            "somebody who cannot tell settles nothing",
            expected="accepted or rejected",
            remedy="leave it to another reviewer",
        )


def _wanted(held: Judgement, before: Standing, after: Standing) -> Judgement:
    """The judgement that follows: what was judged otherwise than by opinions needs two to change.

    One opinion alone takes nothing back, but whoever withdraws theirs takes back what it made.
    """
    followed = held is before.judgement
    return after.judgement if followed or after.judgement is not Judgement.NONE else held


def _may_set(store: Store, held: Judgement, wanted: Judgement) -> bool:
    """Whether whoever asks may set the judgement; see `geo.pipeline.rights.gives_verdict`."""
    if not isinstance(store, GuardedStore) or store.principal.may(Right.JUDGE):
        return True
    return held is Judgement.NONE and wanted is Judgement.DISPUTED


def _reason(standing: Standing) -> str:
    """Why the judgement is what it is, for the alert's history."""
    return "; ".join(
        f"{word} by {', '.join(people)}"
        for word, people in (("accepted", standing.for_it), ("rejected", standing.against_it))
        if people
    ) or "an opinion was withdrawn"  # fmt: skip
