"""Days as people write them: orders, calendars, names of months and ranges.

A date is never narrowed: what covers several days gives all of them. The days of a Hijri date reach
one day to either side, as its months begin by sight of the moon.
"""

from __future__ import annotations

import calendar as civil
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from geo.errors import BadInput
from geo.model import DatePrecision
from geo.sources.meaning.calendars import (
    FIRST_OF_OURS,
    MONTH_NAME,
    YEARS,
    Calendar,
    days_in_persian_month,
    gregorian_of_hijri,
    gregorian_of_persian,
)
from geo.sources.meaning.date_parts import DateParts, DateStyle, Doubtful, date_parts_of, era_of
from geo.sources.meaning.numerals import western
from geo.sources.meaning.wording import shown
from geo.words import fold

__all__ = ["EARLIEST", "ISO", "LATEST", "WRITTEN_DATE", "DateStyle", "Period", "guess_style",
           "period_of"]  # fmt: skip

EARLIEST, LATEST = date(1500, 1, 1), date(2199, 12, 31)
"""The days between which a date is believed."""

WRITTEN_DATE = "YYYY, YYYY-MM or YYYY-MM-DD"

LONGEST = 200
"""Characters of the longest text that is looked at as a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that a written date covers."""

    first: date
    """First day."""
    last: date
    """Last day."""
    precision: DatePrecision
    """Day, month, year, or interval."""


ISO = DateStyle()
"""Year, month, day; nothing is assumed."""

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_TIME = re.compile(
    r"(?:t|[\s,]+)(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?\s*"
    r"(?:[ap]\.?m|[صم]|(z|utc|gmt|[+-]\d{2}:?\d{2}))?$",
    re.ASCII,
)
_QUARTER = re.compile(r"q([1-4])[\s/-]*(\d{4})|(\d{4})[\s/-]*q([1-4])")
_AGREEING = re.compile(r"\s*(?:ال)?موافق\s*(?:ل(?=\s|\d))?|\s+corresponding to\s+")
_OPENING = re.compile(r"^(?:from|between|de|du|entre|من|بين|از)\s+")
_CONNECTING = re.compile(
    r"\s+(?:to|until|till|through|and|au|et|الي|حتي|تا)\s+|\s+و|\s*[–—]\s*|\s+-\s+|-|/|\s+/\s+"
)


def period_of(text: str, *, name: str, style: DateStyle = ISO) -> Period:
    """The days that a written date covers.

    ``2015``, ``2015-03`` and ``2015-03-07`` are always read so. Figures in another order follow
    `style`; without one they are read only if there is a single way. Names of months are English,
    Arabic (Levantine, Egyptian, Maghrebi, Hijri), Persian, French or Turkish, and say the calendar,
    as ``هـ`` or ``AH`` do. ``early 2015`` and ``summer 2015`` are the whole of 2015. A time of day
    is left out; with a zone, the day is that of UTC.

    Raises
    ------
    BadInput
        If the text is no date, may be two, or lies outside `EARLIEST` to `LATEST`.
    """
    remedy = "write the date so, as far as it is known"
    try:
        plain = _ISO.fullmatch(text)
        # A year before 1500 may be of another calendar.
        return _iso_period(*plain.groups()) if plain and text >= "15" else _period(text, style)
    except Doubtful as doubt:
        remedy = str(doubt) or remedy
        cause = doubt
    raise BadInput(
        f"{name} is {shown(text)}",
        expected=f"a date as {WRITTEN_DATE} between {EARLIEST.year} and {LATEST.year}",
        remedy=remedy,
    ) from cause


def guess_style(texts: Iterable[str]) -> tuple[DateStyle, str]:
    """The style in which these dates can be read, and a note on what of it is not certain.

    The order is certain if one date has a figure beyond 12 in a place and none contradicts it; the
    calendar, if a mark or the year tells. The note is empty if nothing was guessed.
    """
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(_evidence(text))
    notes: list[str] = []
    order = _guessed_order(seen, notes)
    calendar = _guessed_calendar(seen, notes)
    if seen["short"]:
        notes.append(
            f"{seen['short']} dates have years of two digits: they are read as 1969 to 2068"
        )
    style = DateStyle(order=order, calendar=calendar, two_digit_years=bool(seen["short"]))
    return style, "; ".join(notes)


def _guessed_order(seen: Counter[str], notes: list[str]) -> Literal["ymd", "dmy", "mdy"]:
    """The order for which there is most evidence; adds what is doubtful to `notes`."""
    if not seen["last"] and not seen["short"]:
        return "ymd"
    days, months = seen["dmy"], seen["mdy"]
    if not days and not months:
        notes.append(
            "no date tells whether the day or the month comes first: they are read as day, month, "
            "year"
        )
        return "dmy"
    if days and months:
        notes.append(
            f"{days} dates have the day first and {months} the month: the fewer are set aside"
        )
    return "dmy" if days >= months else "mdy"


def _guessed_calendar(seen: Counter[str], notes: list[str]) -> Calendar:
    """The calendar that agrees with most years; adds what is doubtful to `notes`."""
    early = seen["hijri"] + seen["persian"] + seen["old"]
    if not early:
        return "gregorian"
    if seen["new"] > early:
        notes.append(f"{early} dates have years before 1500: they are set aside")
        return "gregorian"
    hijri, persian = (seen[name] + seen[f"marked {name}"] for name in ("hijri", "persian"))
    if hijri and not persian:
        return "hijri"
    if persian and not hijri:
        return "persian"
    guess: Calendar = "hijri" if hijri > persian else "persian"
    notes.append(
        f"the years are those of the Hijri or the Persian calendar: they are read as {guess}"
    )
    return guess


def _evidence(text: str) -> Iterator[str]:
    """What a text tells of the style of its column."""
    plain = fold(western(text[:LONGEST]))
    marked = era_of(plain)
    if marked:
        yield f"marked {marked}"
    elif not MONTH_NAME.search(plain):
        yield from _calendars_of(re.findall(r"(?<!\d)\d{4}(?!\d)", plain))
    figures = re.fullmatch(r"(\d{1,4})[/. -](\d{1,2})[/. -](\d{1,4})(?!\d).*", plain)
    if figures:
        yield from _orders_of(*figures.groups())


def _calendars_of(years: Sequence[str]) -> Iterator[str]:
    """The calendars to which the first of some years can belong."""
    for year in map(int, years[:1]):
        if year >= FIRST_OF_OURS:
            yield "new"
        elif 1410 <= year < 1460:
            # 1989 to 2038 by the Hijri count, and yet to come by the Persian.
            yield "hijri"
        elif 1300 <= year < 1369:
            # 1921 to 1990 by the Persian count, before 1950 by the Hijri one.
            yield "persian"
        elif 1369 <= year < 1410:
            yield "old"


def _orders_of(first: str, second: str, third: str) -> Iterator[str]:
    """What three figures tell of their order."""
    if len(first) == 4:
        if int(second) <= 6 and int(third) == 31 and int(first) < FIRST_OF_OURS:
            yield "persian"
        return
    if len(first) > 2 or len(third) not in (2, 4):
        return
    yield "last" if len(third) == 4 else "short"
    if 12 < int(first) <= 31 and int(second) <= 12:
        yield "dmy"
    elif 12 < int(second) <= 31 and int(first) <= 12:
        yield "mdy"


@lru_cache(maxsize=20_000)
def _iso_period(year: str, month: str | None, day: str | None) -> Period:
    """The days of a Gregorian year, month or day."""
    return _days(DateParts(int(year), int(month) if month else None, int(day) if day else None,
                        "gregorian"))  # fmt: skip


@lru_cache(maxsize=20_000)
def _period(text: str, style: DateStyle) -> Period:
    """The days of a date in any of the forms that are known."""
    if len(text) > LONGEST:
        raise Doubtful
    plain = " ".join(fold(western(text)).split()).rstrip(" .,;")
    halves = _AGREEING.split(plain)
    if len(halves) == 2 and all(halves):
        return _agreed(*(_one_or_range(half.strip(" ()"), style) for half in halves))
    return _one_or_range(plain, style)


def _agreed(first: Period, second: Period) -> Period:
    """The more exact of two periods that say one date in two calendars."""
    if first.first > second.last or second.first > first.last:
        raise Doubtful("the two calendars contradict each other: correct one of them")
    return min(first, second, key=lambda period: period.last - period.first)


def _one_or_range(plain: str, style: DateStyle) -> Period:
    """The days of one date, or from the first day of one to the last of another."""
    quarter = _QUARTER.fullmatch(plain)
    if quarter:
        year, number = int(quarter[2] or quarter[3]), int(quarter[1] or quarter[4])
        return _from_to(DateParts(year, 3 * number - 2, None, "gregorian"),
                        DateParts(year, 3 * number, None, "gregorian"))  # fmt: skip
    without_time, shift = _without_time(plain)
    parts = date_parts_of(without_time, style)
    if parts and parts.year is not None:
        whole = _days(parts)
        if not shift:
            return whole
        moved = whole.first + timedelta(days=shift)
        return Period(first=moved, last=moved, precision=whole.precision)
    opened = _OPENING.sub("", plain)
    for connection in _CONNECTING.finditer(opened):
        left = date_parts_of(opened[: connection.start()], style)
        right = date_parts_of(opened[connection.end() :], style, after=left)
        if left and right and (filled := _filled(left, right)):
            return _from_to(filled, right)
    raise Doubtful


def _without_time(plain: str) -> tuple[str, int]:
    """The text without its time of day, and by how many days the day of UTC differs."""
    time = _TIME.search(plain)
    if not time:
        return plain, 0
    hour, minute, zone = int(time[1]), int(time[2]), time[3] or ""
    if hour > 24 or minute > 59:
        raise Doubtful
    away = 0
    if zone[:1] in ("+", "-"):
        away = int(zone[1:3]) * 60 + int(zone[-2:])
    ahead = -away if zone.startswith("-") else away
    return plain[: time.start()], (hour * 60 + minute - ahead) // 1440 if away else 0


def _filled(left: DateParts, right: DateParts) -> DateParts | None:
    """The beginning of a range with the month and year of its end; None if they do not fit."""
    if right.year is None or (left.day is None) != (right.day is None):
        return None
    if left.month is None and left.day is None and right.month is not None:
        return None
    month = right.month if left.month is None and left.year is None else left.month
    if (month is None) != (right.month is None):
        return None
    year = right.year if left.year is None else left.year
    calendar = right.calendar if left.year is None else left.calendar
    if left.year is None and left.month is not None and left.calendar != right.calendar:
        return None
    return DateParts(year, month, left.day, calendar)


def _from_to(first: DateParts, last: DateParts) -> Period:
    """All days from one date to another."""
    begin, end = _days(first), _days(last)
    if begin.first > end.last:
        raise Doubtful("the end is before the beginning: correct it")
    if begin == end:
        return begin
    return Period(first=begin.first, last=end.last, precision=DatePrecision.INTERVAL)


def _days(parts: DateParts) -> Period:
    """The days of a year, a month or a day of any calendar."""
    year, month, day = parts.year or 0, parts.month, parts.day
    if parts.calendar == "gregorian" and 1300 <= year < FIRST_OF_OURS:
        raise Doubtful("if it is a Hijri or a Persian date, say so for its column")
    begin = (1 if month is None else month, 1 if day is None else day)
    if year not in YEARS[parts.calendar] or not 1 <= begin[0] <= 12:
        raise Doubtful
    if not 1 <= begin[1] <= _last_day(parts.calendar, year, begin[0]):
        raise Doubtful
    last_month = month or 12
    end = (last_month, day or _last_day(parts.calendar, year, last_month))
    match parts.calendar:
        case "hijri":
            around = timedelta(days=1)
            first = gregorian_of_hijri(year, *begin) - around
            last = gregorian_of_hijri(year, *end) + around
            return Period(first=first, last=last, precision=DatePrecision.INTERVAL)
        case "persian":
            first, last = (gregorian_of_persian(year, *edge) for edge in (begin, end))
            precision = DatePrecision.DAY if day else DatePrecision.INTERVAL
        case _:
            first, last = date(year, *begin), date(year, *end)
            precision = (
                DatePrecision.DAY if day else DatePrecision.MONTH if month else DatePrecision.YEAR
            )
    return Period(first=first, last=last, precision=precision)


def _last_day(calendar: Calendar, year: int, month: int) -> int:
    """Days of a month; an observed Hijri month of 29 days cannot be told from one of 30."""
    if calendar == "hijri":
        return 30
    if calendar == "persian":
        return days_in_persian_month(year, month)
    return civil.monthrange(year, month)[1]
