"""Days of the Hijri and the Persian calendar as days of ours, and the names of months."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, TypeAlias

from geo.words import fold

Calendar: TypeAlias = Literal["gregorian", "hijri", "persian"]

GREGORIAN_MONTHS = (
    # English; Levantine and Egyptian Arabic; Maghrebi Arabic; Persian; French; Turkish.
    "january jan / كانون الثاني / يناير / جانفي / ژانويه / janvier janv / ocak",
    "february feb / شباط / فبراير / فيفري / فوريه / fevrier fevr / subat",
    "march mar / اذار / مارس / mars / mart",
    "april apr / نيسان / ابريل / افريل / اوريل / avril avr / nisan",
    "may / ايار / مايو / ماي / مه / mai / mayis",
    "june jun / حزيران / يونيو / يونيه / جوان / ژوين / juin / haziran",
    "july jul / تموز / يوليو / يوليه / جويليه / ژوييه / juillet juil / temmuz",
    "august aug / اب / اغسطس / اوت / aout / agustos",
    "september sep sept / ايلول / سبتمبر / سپتامبر / septembre / eylul",
    "october oct / تشرين الاول / اكتوبر / اكتبر / octobre / ekim",
    "november nov / تشرين الثاني / نوفمبر / نوامبر / novembre / kasim",
    "december dec / كانون الاول / ديسمبر / دسامبر / decembre / aralik",
)
HIJRI_MONTHS = (
    "muharram / محرم",
    "safar / صفر",
    "rabi al awwal / rabi i / ربيع الاول / ربيع اول",
    "rabi al thani / rabi al akhir / rabi ii / ربيع الثاني / ربيع الاخر / ربيع الاخير",
    "jumada al awwal / jumada al ula / jumada i / جمادي الاولي / جمادي الاول",
    "jumada al thani / jumada al akhira / jumada ii / جمادي الاخره / جمادي الثانيه / جمادي الثاني",
    "rajab / رجب",
    "shaban / شعبان",
    "ramadan / ramadhan / رمضان",
    "shawwal / شوال",
    "dhu al qadah / dhul qadah / dhu al qidah / ذو القعده / ذي القعده",
    "dhu al hijjah / dhul hijjah / dhu al hijja / ذو الحجه / ذي الحجه",
)
PERSIAN_MONTHS = (
    "farvardin / فروردين",
    "ordibehesht / اردیبهشت",
    "khordad / خرداد",
    "tir / تير",
    "mordad / amordad / مرداد",
    "shahrivar / شهريور",
    "mehr / مهر",
    "aban / ابان",
    "azar / اذر",
    "dey / دي",
    "bahman / بهمن",
    "esfand / اسفند",
)


def gregorian_of_hijri(year: int, month: int, day: int) -> date:
    """The day of the civil arithmetic Hijri calendar; observed ones differ by a day or so.

    Source: E. G. Richards (1998), Mapping Time, chapter 25 (30-year cycle, epoch 16 July 622
    Julian).

    >>> gregorian_of_hijri(1436, 9, 1)
    datetime.date(2015, 6, 18)
    """
    days = day + (59 * (month - 1) + 1) // 2 + 354 * (year - 1) + (3 + 11 * year) // 30
    return date.fromordinal(days + 227_014)


def gregorian_of_persian(year: int, month: int, day: int) -> date:
    """The day of the Solar Hijri calendar of Iran, for its years 1178 to 1501 (1799 to 2123).

    Eight leap years in 33, which in those years agrees with the equinox at 52.5 degrees east.
    Sources: K. M. Borkowski (1996), The Persian calendar for 3000 years, Earth, Moon, and Planets
    74, 223-230, doi:10.1007/BF00055188; the years in which the rule holds: ICU4X,
    calendrical_calculations, persian.rs.

    >>> gregorian_of_persian(1394, 1, 1)
    datetime.date(2015, 3, 21)
    """
    before = 31 * min(month - 1, 6) + 30 * max(month - 7, 0)
    return date.fromordinal(365 * year + (8 * year + 21) // 33 + before + day + 226_529)


def days_in_persian_month(year: int, month: int) -> int:
    """29, 30 or 31 days."""
    if month < 12:
        return 31 if month <= 6 else 30
    return 30 if (25 * year + 11) % 33 < 8 else 29


FIRST_OF_OURS = 1500
"""From this year on, a year is one of our calendar: 1500 by the Hijri count begins in 2076."""

YEARS: Mapping[Calendar, range] = {
    "gregorian": range(FIRST_OF_OURS, 2200),
    "hijri": range(906, FIRST_OF_OURS),
    "persian": range(1178, FIRST_OF_OURS),
}
"""Years in which a date of a calendar is believed, and its rule holds."""


def _names() -> dict[str, tuple[Calendar, int]]:
    """Every name of a month, folded, with its calendar and number."""
    tables: dict[Calendar, tuple[str, ...]] = {
        "gregorian": GREGORIAN_MONTHS,
        "hijri": HIJRI_MONTHS,
        "persian": PERSIAN_MONTHS,
    }
    found: dict[str, tuple[Calendar, int]] = {}
    for calendar, months in tables.items():
        for number, names in enumerate(months, start=1):
            for group in names.split(" / "):
                latin = calendar == "gregorian" and group.isascii()
                for name in group.split() if latin else [group]:
                    found[fold(name)] = (calendar, number)
    return found


MONTHS: Mapping[str, tuple[Calendar, int]] = _names()
"""Name of each month, as `geo.words.fold` leaves it, with its calendar and number."""

MONTH_NAME = re.compile(
    r"(?<![^\W\d_])(?:{})(?![^\W\d_])".format(
        "|".join(
            re.escape(name).replace(r"\ ", r"[\s'’-]*")
            for name in sorted(MONTHS, key=len, reverse=True)
        )
    )
)
"""Finds the name of a month in a folded text."""


def month_of(found: str) -> tuple[Calendar, int]:
    """Calendar and number of what `MONTH_NAME` found."""
    return MONTHS[" ".join(re.split(r"[\s'’-]+", found))]
