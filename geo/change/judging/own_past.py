"""What a study says of its own alerts: how often quiet times of the same place raised as much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

KEY = "own_past"
"""Name under which it stands among the measurements of an alert."""

UNKNOWN = "its study did not say what its own past raises"
"""Why nothing is known of an alert that was kept before this was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPast:
    """An alert beside quiet times of its place that were looked at in the same way."""

    runs: int = 0
    """How many such times there were; 0 if the alert was not tested."""
    reached: int = 0
    """Those of them that raised an alert as strong."""
    raised: int = 0
    """Those that raised any."""
    why_not: str = ""
    """Why the alert was not tested; empty if it was."""

    @property
    def rate(self) -> float | None:
        """The realised rate of false alarms as strong; None if nothing was run."""
        return self.reached / self.runs if self.runs else None

    @property
    def told(self) -> dict[str, object]:
        """As it is kept with an alert."""
        return asdict(self)

    def words(self) -> str:
        """In a few words, for a person."""
        if not self.runs:
            return f"not tested on the site's own past: {self.why_not}"
        return (
            f"{self.reached} of {self.runs} quiet times of its past raised an alert as strong, "
            f"{self.raised} raised some alert"
        )


def own_past(measured: Mapping[str, object]) -> OwnPast | None:
    """What stands among the measurements of an alert; None if nothing that can be read does.

    Counts that contradict one another count as none.
    """
    told = measured.get(KEY)
    if not isinstance(told, Mapping):
        return None
    runs, reached, raised = (told.get(name) for name in ("runs", "reached", "raised"))
    if not (type(runs) is type(reached) is type(raised) is int):
        return None
    if not 0 <= reached <= raised <= runs:
        return None
    why_not = told.get("why_not")
    return OwnPast(
        runs=runs,
        reached=reached,
        raised=raised,
        why_not=why_not if isinstance(why_not, str) else "",
    )
