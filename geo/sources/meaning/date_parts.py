"""What the words and figures of one date say, before it is any day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from geo.sources.meaning.calendars import FIRST_OF_OURS, MONTH_NAME, Calendar, month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DateStyle:
    """How the dates of a column are written where the text itself does not say."""

    order: Literal["ymd", "dmy", "mdy"] = "ymd"
    """Order of day, month and year in figures; a year of four digits first is always read so."""
    calendar: Calendar = "gregorian"
    """Calendar of years that could be of several."""
    two_digit_years: bool = False
    """Whether years of two digits are read as 1969 to 2068, as POSIX's ``%y`` does."""


ISO = DateStyle()
"""Year, month, day; nothing is assumed."""


@dataclass(frozen=True, slots=True)
class DateParts:
    """What a text says of a date."""

    year: int | None
    month: int | None
    day: int | None
    calendar: Calendar


class Doubtful(ValueError):
    """A date that can be read in two ways, or in none; its text is the remedy, if there is one."""


_ERAS: tuple[tuple[Calendar, re.Pattern[str]], ...] = (
    (
        "persian",
        re.compile(r"ه\s*\.?\s*ش\.?(?!\w)|(?:هجري )?شمسي|خورشيدي|(?<![a-z])a\.?p\.?(?![a-z])"),
    ),
    (
        "hijri",
        re.compile(r"(?<=[\d\s])ه(?:\s*\.?\s*ق)?\.?(?!\w)|هجريه?|قمري|(?<![a-z])a\.?h\.?(?![a-z])"),
    ),
    (
        "gregorian",
        re.compile(r"(?<=[\d\s])م\.?(?!\w)|ميلاديه?|(?<![a-z])(?:a\.?d|c\.?e)\.?(?![a-z])"),
    ),
)
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|er|eme)(?![a-z])")
_FILLING = re.compile(
    r"(?<!\w)(?:of|the|on|dated|date|day|month|year|in|in the|le|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|thurs|fri|sat|sun|"
    r"يوم|شهر|عام|سنه|بتاريخ|تاريخ|في|من|سال|ماه|روز|"
    r"(?:ال)?(?:سبت|احد|اثنين|ثلاثاء|اربعاء|خميس|جمعه))(?!\w)"
)
_PART_OF = re.compile(
    r"(?<!\w)(?:early|mid|middle of|late|beginning of|end of|start of|spring|summer|autumn|fall|"
    r"اوايل|اواخر|منتصف|مطلع|بدايه|نهايه|ربيع|صيف|خريف)(?!\w)-?"
)
_TOKEN = re.compile(r"(\d+)|([/.\-,\s]+)|(.)", re.DOTALL)


def date_parts_of(
    plain: str, style: DateStyle, *, after: DateParts | None = None
) -> DateParts | None:
    """What a bare text says of one date; None if it is not understood.

    `after` is the beginning of a range whose end this is: ``March 3-5, 2015``.
    """
    marked = era_of(plain)
    for _, era in _ERAS if marked else ():
        plain = era.sub(" ", plain)
    named: list[tuple[Calendar, int]] = []

    def kept(found: re.Match[str]) -> str:
        named.append(month_of(found[0]))
        return " , "

    plain = _ORDINAL.sub(r"\1", MONTH_NAME.sub(kept, plain))
    vague = _PART_OF.search(plain)
    plain = _FILLING.sub(" ", _PART_OF.sub(" ", plain) if vague else plain)
    numbers: list[str] = []
    marks: set[str] = set()
    for token in _TOKEN.finditer(plain.strip(" ,.()")):
        if token[3]:
            return None
        if token[1]:
            numbers.append(token[1])
        else:
            marks.add(token[2].strip() or " ")
    if len(set(named)) > 1:
        return None
    calendar = marked or (named[0][0] if named else None)
    if named:
        parts = _with_month_name(numbers, named[0][1], calendar or "gregorian", style)
    elif len(marks) > 1:
        return None
    elif after and after.month and after.day and not after.year and len(numbers) == 2:
        parts = DateParts(int(numbers[1]), after.month, int(numbers[0]), after.calendar)
    else:
        parts = _in_figures(numbers, calendar, style)
    return parts if not (vague and parts and parts.day) else None


def _with_month_name(
    numbers: Sequence[str], month: int, calendar: Calendar, style: DateStyle
) -> DateParts | None:
    """What the numbers beside the name of a month say."""
    years = [int(number) for number in numbers if 3 <= len(number) <= 4]
    days = [int(number) for number in numbers if len(number) <= 2]
    if len(years) + len(days) != len(numbers):
        return None
    if len(days) == 2 and not years:
        years = [_whole_year(days.pop(), style)]
    if len(years) > 1 or len(days) > 1:
        return None
    return DateParts(years[0] if years else None, month, days[0] if days else None, calendar)


def _in_figures(
    numbers: Sequence[str], calendar: Calendar | None, style: DateStyle
) -> DateParts | None:
    """What one to three numbers without the name of a month say."""
    lengths = [min(len(number), 9) for number in numbers]
    if max(lengths, default=9) > 4:
        return _run_together(numbers)
    values = [int(number) for number in numbers]
    year = next((v for v, n in zip(values, lengths, strict=True) if n == 4), FIRST_OF_OURS)
    asked = calendar or ("gregorian" if year >= FIRST_OF_OURS else style.calendar)
    found: DateParts | None = None
    match lengths:
        case [4]:
            found = DateParts(values[0], None, None, asked)
        case [1 | 2]:
            found = DateParts(None, None, values[0], asked)
        case [4, 1 | 2]:
            found = DateParts(values[0], values[1], None, asked)
        case [1 | 2, 4]:
            found = DateParts(values[1], values[0], None, asked)
        case [1 | 2, 1 | 2]:
            day, month = values if style.order == "dmy" else reversed(values)
            found = DateParts(None, month, day, asked)
        case [4, 1 | 2, 1 | 2]:
            found = DateParts(values[0], values[1], values[2], asked)
        case [1 | 2, 1 | 2, 4]:
            found = _year_last(values[0], values[1], values[2], asked, style)
        case [1 | 2, 1 | 2, 1 | 2] if style.order == "ymd":
            found = DateParts(_whole_year(values[0], style), values[1], values[2], "gregorian")
        case [1 | 2, 1 | 2, 1 | 2]:
            whole = _whole_year(values[2], style)
            found = _year_last(values[0], values[1], whole, "gregorian", style)
    return found


def _run_together(numbers: Sequence[str]) -> DateParts | None:
    """What ``20150307`` says; no other order of eight figures gives a year from 1500 to 2199."""
    if len(numbers) != 1:
        return None
    if len(numbers[0]) == 5:
        raise Doubtful("it may be a spreadsheet's number of a day: format the column as dates")
    if len(numbers[0]) != 8:
        return None
    value = int(numbers[0])
    return DateParts(value // 10_000, value // 100 % 100, value % 100, "gregorian")


def _year_last(
    first: int, second: int, year: int, calendar: Calendar, style: DateStyle
) -> DateParts | None:
    """A date whose year comes last, by the order of the style or the only possible one."""
    if style.order == "ymd" and first <= 12 and second <= 12 and first != second:
        raise Doubtful("say whether the day or the month comes first")
    month_first = style.order == "mdy" or (style.order == "ymd" and second > 12)
    month, day = (first, second) if month_first else (second, first)
    if month > 12 >= day:
        raise Doubtful("day and month look exchanged: correct the date or the order")
    return DateParts(year, month, day, calendar)


def _whole_year(short: int, style: DateStyle) -> int:
    """The year of which two digits are given; from 69 on it is of the 20th century."""
    if not style.two_digit_years:
        raise Doubtful("write the year with four digits")
    return short + (1900 if short >= 69 else 2000)


def era_of(plain: str) -> Calendar | None:
    """The calendar that a bare text names by its era."""
    return next((calendar for calendar, era in _ERAS if era.search(plain)), None)
