"""What the columns of a partner's table mean: a mapping that a person can read, check and keep."""

from __future__ import annotations

import hashlib
import re
from collections import abc
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import yaml

from geo.columns import Column, Form, columns_of
from geo.errors import BadInput
from geo.sources.meaning.cells import parser_of
from geo.sources.meaning.dates import ISO, DateStyle, period_of
from geo.sources.meaning.vocabulary import DATES, NOTE, fields_of, folded
from geo.sources.meaning.wording import shown

FORMAT = 1
"""Number of the form in which mappings are written."""

BECOMES = {"quantity": "object_count", "transport": "transport_mode", "names": "name"}
"""Fields that are read in their own way, and the field of the record that they fill."""

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")

LONGEST = 200_000
"""Characters of a mapping that is read."""

JOINED = frozenset({
    "note", "description", "object_types", "place", "source", "source_url", "alt_names", "transit",
    "claimed_origin", "destination", "concealment", "detection_method", "outcome", "materials",
    "measurements", "inscriptions", "distinguishing_features", "related_material", "date_note",
    "event_note", "transport_detail", "designation", "status_text", "agency", "condition",
})  # fmt: skip
"""Fields of words that several columns may give together."""

LABELLED = frozenset({NOTE})
"""Those in which each part carries the name of its column, unless that only says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """What one column gives."""

    column: str
    """Name of the column as its header has it."""
    field: str
    """Field of the kind that its cells fill; see `geo.sources.meaning.vocabulary.fields_of`."""
    number: int = 1
    """Which column of this name, from 1, where several have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What the columns of a table mean.

    Columns that no use names are left aside, which a note says.

    Raises
    ------
    BadInput
        If there is no such kind or field, or a constant cannot be what its field holds. All faults
        are told at once.
    """

    kind: str
    """Table the rows are for."""
    partner: str = ""
    """Whose tables look so; names the mapping where it is kept, and ids that are made."""
    uses: tuple[ColumnUse, ...] = ()
    """The columns that mean something, in their order."""
    constants: abc.Mapping[str, str] = field(default_factory=dict)
    """Field to the text that stands in every row whose own cell is empty."""
    date_style: DateStyle | None = None
    """How dates are written that are not year, month, day; None for those only."""
    own: bool = False
    """Whether the table is in our own form and is taken by the letter: every row has its id, and
    countries and words stand as they are. Rows of other tables get an id made from what they say
    where they have none."""

    def __post_init__(self) -> None:
        """Refuse what no table can be read with."""
        known = fields_of(self.kind)
        faults = [
            f"{self.kind} have no field {shown(name)}"
            for name in dict.fromkeys([*(use.field for use in self.uses), *self.constants])
            if name not in known
        ]
        faults += [
            f"the column {shown(use.column)} has the number {use.number}"
            for use in self.uses
            if use.number < 1
        ]
        columns = {column.name: column for column in columns_of(self.kind)}
        for name, text in self.constants.items():
            faults += _constant_faults(name, text, columns.get(name), self.date_style)
        if faults:
            raise BadInput(
                f"the mapping cannot be used: {'; '.join(faults)}",
                expected=f"fields of {self.kind}: {', '.join(known)}",
                remedy="choose a field for the column, or leave the column aside",
            )

    def columns_for(self, name: str) -> tuple[str, ...]:
        """Names of the columns that give a field, in their order."""
        return tuple(use.column for use in self.uses if use.field == name)

    @property
    def digest(self) -> str:
        """SHA-256 of what the mapping says, 64 hexadecimal digits: another reading has another."""
        return hashlib.sha256(self.to_yaml().encode()).hexdigest()

    def to_yaml(self) -> str:
        """The mapping as text that `mapping_of_yaml` reads back to an equal one."""
        said: dict[str, Any] = {"lamassu_mapping": FORMAT, "kind": self.kind}
        if self.partner:
            said["partner"] = self.partner
        said["columns"] = [
            {"column": use.column, "field": use.field}
            | ({"number": use.number} if use.number > 1 else {})
            for use in self.uses
        ]
        if self.constants:
            said["constants"] = dict(sorted(self.constants.items()))
        if self.date_style:
            said["dates"] = asdict(self.date_style)
        if self.own:
            said["own"] = True
        # Other ends of lines come back from PyYAML as spaces unless they are escaped.
        odd = any(_ODD.search(text) for text in self._texts())
        text: str = yaml.safe_dump(said, allow_unicode=not odd, sort_keys=False, width=1000)
        return text

    def _texts(self) -> list[str]:
        """Every text that others have chosen."""
        return [self.partner, *(use.column for use in self.uses), *self.constants.values()]


def mapping_of_yaml(text: str) -> Mapping:
    """The mapping that a text of `Mapping.to_yaml` holds.

    Raises
    ------
    BadInput
        If the text is no YAML, or says something else or something strange. What is wrong is told.
    """
    said = _loaded(text)
    faults: list[str] = []
    words = {"lamassu_mapping", "kind", "partner", "columns", "constants", "dates", "own"}
    faults += [f"it says {shown(str(word))}" for word in said if word not in words]
    if said.get("lamassu_mapping") != FORMAT:
        faults.append(f"lamassu_mapping is {shown(str(said.get('lamassu_mapping')))}")
    for word in ("kind", "partner"):
        if not isinstance(said.get(word, ""), str):
            faults.append(f"{word} is no text")
    if not isinstance(said.get("own", False), bool):
        faults.append("own is neither true nor false")
    uses = _uses(said.get("columns", []), faults)
    constants = _constants(said.get("constants", {}), faults)
    style = _style(said.get("dates"), faults)
    if faults:
        raise _no_mapping("; ".join(faults))
    return Mapping(
        kind=said.get("kind", ""),
        partner=said.get("partner", ""),
        uses=uses,
        constants=constants,
        date_style=style,
        own=said.get("own", False),
    )


def header_print(header: Sequence[str]) -> str:
    """What tables with the same columns share, in whatever order: 16 hexadecimal digits."""
    names = sorted(folded(name) or name for name in header)
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:16]


def own_mapping(header: Sequence[str], kind: str) -> Mapping:
    """The mapping of a table whose columns have our own names, whatever their case.

    Columns of other names are left aside, and so are those that would fill a field anew: the
    ``Quantity`` of a report beside our own ``object_count``. Nothing is guessed.

    Raises
    ------
    InvalidSetting
        If this kind does not come from tables.
    """
    known = fields_of(kind)
    others = {"longitude": "lon", "latitude": "lat"}
    fields = [others.get(name.strip().casefold(), name.strip().casefold()) for name in header]
    counts: dict[str, int] = {}
    uses = []
    for column, name in zip(header, fields, strict=True):
        counts[column] = counts.get(column, 0) + 1
        if name in known and BECOMES.get(name) not in fields:
            uses.append(ColumnUse(column=column, field=name, number=counts[column]))
    return Mapping(kind=kind, uses=tuple(uses), own=True)


def _constant_faults(
    name: str, text: str, column: Column | None, style: DateStyle | None
) -> list[str]:
    """Why a text cannot stand in a field of every row."""
    try:
        if name in DATES:
            period_of(text, name=name, style=style or ISO)
        elif column is not None and column.form is not Form.DAY and text:
            parser_of(column)(text)
    except BadInput as fault:
        return [f"{fault.what}, not {fault.expected}"]
    return []


def _loaded(text: str) -> dict[str, Any]:
    """The text as a dictionary of plain values."""
    if len(text) > LONGEST:
        raise _no_mapping(f"it has {len(text):,} characters")
    if "&" in text and "*" in text and any(isinstance(e, yaml.AliasEvent) for e in _events(text)):
        raise _no_mapping("it repeats parts by reference")
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        reason = getattr(err, "problem", "") or type(err).__name__
        raise _no_mapping(f"it is no YAML ({reason})") from err
    if not isinstance(said, dict):
        raise _no_mapping("it is no YAML of names and values")
    return said


def _events(text: str) -> list[yaml.Event]:
    """The parts of a YAML text, as far as it is one."""
    events = []
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            events.append(event)  # noqa: PERF402 - what came before a fault is kept
    except (yaml.YAMLError, ValueError, RecursionError):
        return events
    return events


def _uses(said: object, faults: list[str]) -> tuple[ColumnUse, ...]:
    """The uses of columns; what is wrong with them is added to `faults`."""
    if not isinstance(said, list):
        faults.append("columns is no list")
        return ()
    uses = []
    for place, entry in enumerate(said, start=1):
        whole = isinstance(entry, dict) and {"column", "field"} <= set(entry)
        if not whole or not set(entry) <= {"column", "field", "number"}:
            faults.append(f"entry {place} of columns is not column, field and perhaps number")
            continue
        number = entry.get("number", 1)
        texts = isinstance(entry["column"], str) and isinstance(entry["field"], str)
        if not texts or isinstance(number, bool) or not isinstance(number, int):
            faults.append(f"entry {place} of columns is not two texts and a number; quote them")
            continue
        uses.append(ColumnUse(column=entry["column"], field=entry["field"], number=number))
    return tuple(uses)


def _constants(said: object, faults: list[str]) -> dict[str, str]:
    """The constants; what is wrong with them is added to `faults`."""
    if not isinstance(said, dict):
        faults.append("constants are no names and values")
        return {}
    # YAML reads ``no`` as false and 2015-03-07 as a day: a text in quotation marks is meant.
    faults += [
        f"the constant {shown(str(name))} is no text; put it in quotation marks"
        for name, value in said.items()
        if not isinstance(name, str) or not isinstance(value, str)
    ]
    return {str(name): str(value) for name, value in said.items()}


def _style(said: object, faults: list[str]) -> DateStyle | None:
    """The style of dates; what is wrong with it is added to `faults`."""
    if said is None:
        return None
    orders, calendars = ("ymd", "dmy", "mdy"), ("gregorian", "hijri", "persian")
    if isinstance(said, dict) and set(said) <= {"order", "calendar", "two_digit_years"}:
        order, calendar = said.get("order", "ymd"), said.get("calendar", "gregorian")
        short = said.get("two_digit_years", False)
        if order in orders and calendar in calendars and isinstance(short, bool):
            return DateStyle(order=order, calendar=calendar, two_digit_years=short)
    faults.append(f"dates are no order of {', '.join(orders)} and calendar {', '.join(calendars)}")
    return None


def _no_mapping(what: str) -> BadInput:
    return BadInput(
        f"this is no mapping of columns: {what}",
        expected="what Lamassu wrote as a mapping",
        remedy="save the mapping anew",
    )
