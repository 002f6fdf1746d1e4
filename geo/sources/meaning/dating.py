"""The days of rows: what their dates say together, as a beginning, an end and how well known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

from geo.errors import BadInput
from geo.model import DatePrecision
from geo.sources.meaning.columns import Coded, Findings, Reader, Texts, same, tell, together
from geo.sources.meaning.dates import ISO, DateStyle, Period, period_of
from geo.sources.meaning.vocabulary import DATES
from geo.sources.meaning.wording import shown

HAPPENED = ("seizures", "events", "custody")
"""Kinds whose records cannot begin in the future."""


class DateReader:
    """Reads the dates of a table, a batch at a time."""

    def __init__(self, kind: str, *, style: DateStyle | None, tomorrow: date) -> None:
        self._happened = kind in HAPPENED
        self._tomorrow = tomorrow
        self._readers = {
            name: Reader(partial(_said, name=name, style=style or ISO)) for name in DATES
        }

    def read(self, texts: Mapping[str, Texts], rows: int, findings: Findings) -> dict[str, Coded]:
        """The columns ``date_from``, ``date_to``, ``date_precision`` and ``date_text``."""
        parts = [
            self._readers[name].read(texts[name], findings) if name in texts else same(None, rows)
            for name in DATES
        ]
        found, codes = together(*parts)
        settled = [self._settled(said) for said in found]
        tell(settled, codes, findings)
        names = ("date_from", "date_to", "date_precision", "date_text")
        return {
            name: Coded([None if isinstance(s, BadInput) else s[i] for s in settled], codes)
            for i, name in enumerate(names)
        }

    def _settled(
        self, said: tuple[tuple[str, Period] | None, ...]
    ) -> tuple[date | None, date | None, DatePrecision, str | None] | BadInput:
        """First and last day, how exactly they are known, and the date in the file's words."""
        named = {name: part for name, part in zip(DATES, said, strict=True) if part}
        texts = {name: text for name, (text, _) in named.items()}
        periods = {name: period for name, (_, period) in named.items()}
        whole, begin, end = (periods.get(name) for name in DATES)
        first = begin.first if begin else whole.first if whole else None
        last = end.last if end else whole.last if whole else None
        given = " and ".join(f"{name} is {shown(text)}" for name, text in texts.items())
        if first and last and first > last:
            return BadInput(
                given,
                expected="an end that is not before the beginning",
                remedy="correct the dates",
            )
        if whole and ((first and first > whole.last) or (last and last < whole.first)):
            return BadInput(
                given, expected="dates that agree", remedy="correct or empty one of them"
            )
        if self._happened and first and first > self._tomorrow:
            return BadInput(
                given, expected=f"a day up to {self._tomorrow}", remedy="correct the date"
            )
        ends = dict.fromkeys(texts[name] for name in ("date_from", "date_to") if name in texts)
        return first, last, _precision(periods), texts.get("date") or " to ".join(ends) or None


def _said(text: str, *, name: str, style: DateStyle) -> tuple[str, Period]:
    """A date with its words."""
    return text, period_of(text, name=name, style=style)


def _precision(periods: Mapping[str, Period]) -> DatePrecision:
    """How exactly the dates of a row tell the day."""
    if not periods:
        return DatePrecision.UNKNOWN
    if set(periods) == {"date"}:
        return periods["date"].precision
    begin, end = periods.get("date_from"), periods.get("date_to")
    return begin.precision if begin and begin == end else DatePrecision.INTERVAL
