"""The queue of alerts: the feed, its calibration, verdicts, assessments, and what was learned."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from geo.eamena import (
    ActionPriority,
    Activity,
    Certainty,
    Condition,
    DamageExtent,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
    ThreatProbability,
)
from geo.errors import InvalidSetting, NotFound
from geo.model import RejectReason, Verdict
from layers.shell.alert_words import (
    LISTED,
    alert_line,
    calibration_document,
    effect_words,
    foot,
    own_study_lines,
    tested_line,
)
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    json_rows,
    moment_of,
    opened_store,
    progress_bar,
    settings_of,
    site_named,
    write_json,
)

commands = typer.Typer()
alerts = typer.Typer(name="alerts", help="What was flagged, the most urgent first, and why.")
commands.add_typer(alerts)

BUDGET = 20
"""Alerts a week, unless told otherwise; `geo.pipeline.alerts.BUDGET_A_WEEK`."""

SHOWN = (
    "id", "dataset_id", "site_id", "priority", "within_budget", "p", "q", "placebo_rate", "hint",
    "status", "judgement", "method", "sensors", "date_from", "date_to", "persistence", "area_m2",
    "place_m", "score", "last_clear_on", "not_seen_days", "agreeing_sensors", "learned",
    "simulated", "marking", "why",
)  # fmt: skip
"""What is told of each alert in JSON."""

Code = TypeVar("Code", bound=StrEnum)

AlertArgument = Annotated[str, typer.Argument(metavar="ALERT", help="Id of the alert.")]
DatasetOption = Annotated[str, typer.Option(help="Its dataset, where several have the id.")]
ByOption = Annotated[
    str, typer.Option(help="Whose word it is, on a machine whose users share one account.")
]
BudgetOption = Annotated[int, typer.Option(min=0, help="Alerts that you can look at in a week.")]
WordsOption = Annotated[str, typer.Option(help="In your own words.")]


@alerts.callback(invoke_without_command=True)
def feed(
    context: typer.Context,
    budget: BudgetOption = BUDGET,
    site: Annotated[str, typer.Option(help="Only this site (id or name).")] = "",
    every: Annotated[bool, typer.Option("--all", help="Judged ones too.")] = False,
    real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave simulated data out.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """List alerts, the most urgent first: evidence, place, persistence and sensors that agree."""
    if context.invoked_subcommand:
        return
    from geo.pipeline.alerts.feed import OPEN  # noqa: PLC0415 - quick --help
    from geo.pipeline.alerts.feed import feed as pipeline  # noqa: PLC0415

    with opened_store(settings_of(store), as_json=as_json) as opened:
        found = pipeline(opened, now=datetime.now(UTC), budget_a_week=budget)
        frame = found.frame
        if site:
            frame = frame[frame["site_id"] == site_named(opened, site)["id"]]
        if not every:
            frame = frame[frame["judgement"].isin(OPEN)]
        if real_only:
            frame = frame[~frame["simulated"]]
        opened.saw("alerts", frame)
    if as_json:
        write_json(
            {
                "budget_a_week": found.budget_a_week,
                "looked_at": found.looked_at,
                "placebo_runs": found.placebo_runs,
                "placebo_rate": found.placebo_rate,
                "reranked": found.reranked,
                "alerts": json_rows(frame[list(SHOWN)]),
                "sites": json_rows(found.sites),
            }
        )
        return
    for row in frame.to_dict("records"):
        typer.echo(alert_line(row))
    typer.echo(foot(found, len(frame)))


@alerts.command()
def calibrate(
    site: Annotated[str, typer.Option(help="Site (id or name).")],
    runs: Annotated[int, typer.Option(min=5, max=200, help="Quiet pairs at most.")] = 30,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Hold a site's alerts against its own past, in which nothing is known to have happened."""
    from geo.pipeline.alerts import calibrate as pipeline  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("comparing quiet dates", as_json=as_json) as progress,
    ):
        found = pipeline(
            opened,
            settings,
            site_id=str(site_named(opened, site)["id"]),
            author=opened.principal.author,
            now=datetime.now(UTC),
            most_runs=runs,
            progress=progress,
        )
    if as_json:
        write_json(calibration_document(found))
    else:
        for one in found.detections:
            typer.echo(tested_line(one))
        for own in found.own_studies:
            typer.echo(own_study_lines(own))
        if found.realised.tried:
            typer.echo(
                f"a false alarm rate of {found.realised.target:.0%} realised "
                f"{found.realised.alarms} in {found.realised.tried} ({found.realised.rate:.0%})"
            )
        if found.detections:
            typer.echo(f"{found.tested} alerts tested, {found.changed} changed")
        for reason in found.left_out[:LISTED]:
            typer.echo(f"  left out: {reason}")
        if len(found.left_out) > LISTED:
            typer.echo(f"  {len(found.left_out) - LISTED} more were left out; --json names them")
    if not (found.tested or found.tested_before):
        raise typer.Exit(FOUND_WRONG)


@alerts.command()
def judge(
    alert: AlertArgument,
    verdict: Annotated[Verdict, typer.Option(help="What you say.")],
    reason: Annotated[
        list[str] | None, typer.Option(help="Why it is rejected; repeat for more.")
    ] = None,
    words: WordsOption = "",
    settle: Annotated[
        bool, typer.Option("--settle", help="The last word, alone or over a dispute.")
    ] = False,
    by: ByOption = "",
    dataset: DatasetOption = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say what you think of an alert; two persons who agree make its judgement."""
    from geo.pipeline import judging  # noqa: PLC0415 - quick --help

    reasons = _codes(RejectReason, "--reason", reason)
    with opened_store(settings_of(store), as_json=as_json, by=by) as opened:
        told = judging.judge(
            opened,
            _alert(opened, alert, dataset),
            verdict=verdict,
            reasons=reasons,
            words=words,
            author=opened.principal.author,
            now=datetime.now(UTC),
            settles=settle,
        )
    if as_json:
        write_json(
            {
                "alert": told.opinion.alert_id,
                "opinion": told.opinion.id,
                "reviewer": told.opinion.reviewer,
                "verdict": told.opinion.verdict.value,
                "judgement": told.judgement.value,
                "accepted_by": told.standing.for_it,
                "rejected_by": told.standing.against_it,
                "unsure": told.standing.unsure,
                "settled_by": told.standing.settled_by,
                "waits_for": told.standing.waits_for,
            }
        )
        return
    waits = f", waits for {told.standing.waits_for}" if told.standing.waits_for else ""
    typer.echo(
        f"{told.opinion.alert_id}  {told.opinion.reviewer}: {told.opinion.verdict.value}  "
        f"judgement: {told.judgement.value or 'none yet'}{waits}"
    )


@alerts.command()
def assess(
    alert: AlertArgument,
    condition: Annotated[str, typer.Option(help=f"One of {', '.join(Condition)}.")],
    extent: Annotated[
        str, typer.Option(help=f"Share that is damaged: {', '.join(DamageExtent)}.")
    ] = "",
    certainty: Annotated[str, typer.Option(help=f"One of {', '.join(Certainty)}.")] = "",
    category: Annotated[str, typer.Option(help="Disturbance category, as EAMENA names it.")] = "",
    cause: Annotated[str, typer.Option(help="Disturbance cause, as EAMENA names it.")] = "",
    effect: Annotated[
        list[str] | None, typer.Option(help="Disturbance effect; repeat for more.")
    ] = None,
    threat: Annotated[str, typer.Option(help=f"One of {', '.join(ThreatProbability)}.")] = "",
    priority: Annotated[str, typer.Option(help="How soon somebody should act.")] = "",
    activity: Annotated[str, typer.Option(help="How the site was assessed.")] = "",
    on: Annotated[str, typer.Option(help="Day of the assessment; today if left out.")] = "",
    words: WordsOption = "",
    by: ByOption = "",
    dataset: DatasetOption = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Assess the site of an alert in EAMENA's terms; what is left out is what its hint suggests."""
    from geo.pipeline import judging  # noqa: PLC0415 - quick --help

    said: dict[str, Any] = {
        "condition": _code(Condition, "--condition", condition),
        "damage_extent": _code(DamageExtent, "--extent", extent),
        "certainty": _code(Certainty, "--certainty", certainty),
        "disturbance_category": _code(DisturbanceCategory, "--category", category),
        "disturbance_cause": _code(DisturbanceCause, "--cause", cause),
        "disturbance_effects": _codes(DisturbanceEffect, "--effect", effect),
        "threat_probability": _code(ThreatProbability, "--threat", threat),
        "action_priority": _code(ActionPriority, "--priority", priority),
        "activity": _code(Activity, "--activity", activity),
        "assessed_on": day.date() if (day := moment_of(on, option="--on")) else None,
        "note": words,
    }
    now = datetime.now(UTC)
    with opened_store(settings_of(store), as_json=as_json, by=by) as opened:
        row = _alert(opened, alert, dataset)
        told = {name: value for name, value in said.items() if value}
        form = dataclasses.replace(judging.prefilled(row, now=now), **told)
        kept = judging.assess(opened, row, form, author=opened.principal.author, now=now)
    if as_json:
        names = ("id", "alert_id", "site_id", "assessed_by", *said)
        write_json({name: getattr(kept, name) for name in names})
        return
    typer.echo(
        f"{kept.id}  {kept.site_id}  {kept.condition.value}, {kept.disturbance_category.value}: "
        f"{kept.disturbance_cause.value} (certainty {kept.certainty.value})  by {kept.assessed_by}"
    )


@alerts.command()
def learn(
    on: Annotated[
        bool | None, typer.Option("--on/--off", help="Re-rank the feed, or no longer.")
    ] = None,
    budget: BudgetOption = BUDGET,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show what learning from judgements would bring, and turn re-ranking on or off."""
    from geo.pipeline.alerts import learning  # noqa: PLC0415 - quick --help
    from geo.pipeline.alerts.feed import feed as pipeline  # noqa: PLC0415

    now = datetime.now(UTC)
    with opened_store(settings_of(store), as_json=as_json) as opened:
        frame = pipeline(opened, now=now, budget_a_week=budget, rerank=False).frame
        effect, why_not = _effect(frame, budget)
        if on is not None:
            learning.switch(opened, frame, on=on, author=opened.principal.author, now=now)
        is_on = learning.is_on(opened)
    if as_json:
        told = None if effect is None else {**dataclasses.asdict(effect), "helps": effect.helps}
        write_json({"on": is_on, "effect": told, "why_not": why_not})
        return
    typer.echo(f"re-ranking is {'on' if is_on else 'off'}")
    typer.echo(f"  {effect_words(effect) if effect else why_not}")


def _effect(frame: Any, budget: int) -> tuple[Any, str]:  # noqa: ANN401 - a frame, an effect
    """The effect on held-back judgements, or why there is none."""
    from geo.errors import BadInput  # noqa: PLC0415 - quick --help
    from geo.pipeline.alerts import learning  # noqa: PLC0415

    try:
        return learning.effect(frame, first=budget), ""
    except BadInput as err:
        return None, str(err)


def _alert(opened: Any, alert_id: str, dataset: str) -> Any:  # noqa: ANN401 - a store and a row
    """The alert of this id."""
    try:
        return opened.get("alerts", alert_id, dataset_id=dataset or None).iloc[0]
    except NotFound as err:
        raise NotFound(
            f"there is no alert {alert_id!r}",
            expected="the id of a kept alert",
            remedy="see 'alerts'",
        ) from err


def _code(codes: type[Code], option: str, text: str) -> Code | None:
    """The term that is meant, by its words or its short name in any case; None if nothing is."""
    if not text:
        return None
    wanted = text.strip().casefold()
    for code in codes:
        if wanted in (code.value.casefold(), code.name.casefold().replace("_", "-")):
            return code
    raise InvalidSetting(
        f"{option} {text!r}", expected=f"one of {', '.join(code.value for code in codes if code)}"
    )


def _codes(codes: type[Code], option: str, texts: list[str] | None) -> tuple[Code, ...]:
    """The terms that are meant."""
    meant = (_code(codes, option, text) for text in texts or ())
    return tuple(code for code in meant if code is not None)
