"""What people say of alerts and of the sites behind them: opinions, verdicts, assessments.

One person's word is an opinion, of which everybody has one for each alert; a second thought is a
new version of it. Two persons who agree make the alert's judgement, two who differ make it
disputed until a reviewer settles it. Everything is an import of its own, with its history.
"""

from geo.pipeline.judging.assessments import assess, prefilled
from geo.pipeline.judging.opinions import (
    Judged,
    Standing,
    judge,
    opinions_on,
    settle,
    standing_of,
    with_judgements,
)

__all__ = [
    "Judged",
    "Standing",
    "assess",
    "judge",
    "opinions_on",
    "prefilled",
    "settle",
    "standing_of",
    "with_judgements",
]
