"""The queue of alerts in words, for a terminal, and as JSON."""

from __future__ import annotations

from typing import Any

LISTED = 8
"""Scenes, pairs and alerts that are named one by one; all are in the JSON."""


def effect_words(effect: Any) -> str:  # noqa: ANN401 - an effect
    """The effect in a sentence."""
    sure = "it helps" if effect.helps else "no sure gain"
    return (
        f"on {effect.judged} judgements held back by site: average precision "
        f"{effect.before:.2f} -> {effect.after:.2f} (gain {effect.low:+.2f} to {effect.high:+.2f}: "
        f"{sure}); accepted among the first {effect.first}: {effect.accepted_first_before} -> "
        f"{effect.accepted_first_after}"
    )


def alert_line(row: dict[str, Any]) -> str:
    """An alert as a line, with its reasons below."""
    due = "*" if row["within_budget"] else " "
    hint = f"{row['hint']}? (unverified)  " if row["hint"] else ""
    judged = f"  {row['judgement']}" if row["judgement"] else ""
    return (
        f"{due} {row['priority']:.3f}  {row['id']}  {row['site_id'] or 'no site'}  {hint}"
        f"{row['area_m2']:,.0f} m2{judged}  [{row['marking']}]\n    {row['why']}"
    )


def foot(found: Any, listed: int) -> str:  # noqa: ANN401 - a feed
    """What holds for the whole list."""
    placebo = (
        f"{found.placebo_rate:.0%} of {found.placebo_runs} quiet pairs of the sites' own past "
        "raised an alert"
        if found.placebo_rate is not None
        else "no quiet pairs of dates were compared; see 'alerts calibrate'"
    )
    order = "; re-ranked by what was learned from judgements" if found.reranked else ""
    return (
        f"{listed} alerts; * = due this week ({found.budget_a_week} a week, {found.looked_at} "
        f"looked at in the last 7 days); {placebo}{order}"
    )


def tested_line(one: Any) -> str:  # noqa: ANN401 - a tested detection
    """A detection and what its quiet pairs gave."""
    days = f"{one.between[0]} to {one.between[1]}" if one.between else "undated"
    season = f", {one.off_season} of another season" if one.off_season else ""
    runs = (
        f"{one.placebos.raised} of {one.placebos.runs} quiet pairs raised an alert{season}; "
        f"no p value can be below {1 / (1 + one.placebos.runs):.2g}"
        if one.tested
        else "not tested"
    )
    why = f" ({one.why_not})" if one.why_not else ""
    return f"{one.detection_id}  {days}  {one.tested} of {one.alerts} alerts: {runs}{why}"


def own_study_lines(one: Any) -> str:  # noqa: ANN401 - a study
    """A study that tests its own alerts, and what came of each."""
    why = f"; the others not: {one.why_not}" if one.why_not and one.tested else ""
    lines = [
        f"{one.detection_id}  {one.method}  {one.tested} of {len(one.alerts)} alerts tested by its "
        f"own study{why}"
    ]
    lines += [f"  {name}  {past.words()}" for name, past in one.alerts[:LISTED]]
    if len(one.alerts) > LISTED:
        lines.append(f"  and {len(one.alerts) - LISTED} more; --json names them all")
    return "\n".join(lines)


def calibration_document(found: Any) -> dict[str, Any]:  # noqa: ANN401 - a calibration
    """A calibration for JSON."""
    return {
        "site_id": found.site_id,
        "tested": found.tested,
        "changed": found.changed,
        "realised": {
            "target": found.realised.target,
            "tried": found.realised.tried,
            "alarms": found.realised.alarms,
            "rate": found.realised.rate if found.realised.tried else None,
        },
        "detections": [
            {
                "id": one.detection_id,
                "between": one.between,
                "alerts": one.alerts,
                "tested": one.tested,
                "runs": one.placebos.runs,
                "raised": one.placebos.raised,
                "independent": one.placebos.independent,
                "off_season": one.off_season,
                "why_not": one.why_not,
            }
            for one in found.detections
        ],
        "own_studies": [
            {
                "id": one.detection_id,
                "method": one.method,
                "tested": one.tested,
                "alerts": [
                    {
                        "id": name,
                        "runs": past.runs,
                        "reached": past.reached,
                        "raised": past.raised,
                        "placebo_rate": past.rate,
                        "why_not": past.why_not,
                    }
                    for name, past in one.alerts
                ],
            }
            for one in found.own_studies
        ],
        "left_out": found.left_out,
    }
