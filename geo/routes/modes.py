"""Modes of travel: what is known of their speeds and costs, read from a mapping and drawn from.

Nothing here is read from a file: the mapping is what `data/modes.yaml` holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from geo.errors import InvalidSetting
from geo.routes.parameters import (
    ALWAYS,
    NEEDED,
    NUMBERS,
    TABLES,
    Ground,
    Parameters,
    Quantity,
    Range,
)

MODES = ("vehicle", "off_road", "foot")
"""The modes that a document must describe."""

ASSUMPTION = "assumption"
"""The source of a number that nobody measured; it must say why."""

BUILT_IN = ("watch_range_m", "watch_weight", "max_access_km")
"""What decides how a network is built; it is not drawn again for each set of parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way of travelling, with what is known of its speeds and costs."""

    name: str
    """``vehicle``, ``off_road`` or ``foot``."""
    label: str
    """Name for people."""
    note: str
    """What it stands for, in a sentence or two."""
    ground: Ground
    """How it moves where there is no road."""
    numbers: Mapping[str, Range]
    """Its numbers by name."""
    tables: Mapping[str, Mapping[str, Range]]
    """Its tables of numbers by name and row."""

    @property
    def off_road(self) -> bool:
        """True if it moves on open ground."""
        return self.ground is not Ground.NONE

    @property
    def max_access_km(self) -> float:
        """Greatest distance between a place and a road that serves it."""
        return self.numbers["max_access_km"].best

    def best(self) -> Parameters:
        """The most plausible value of each number."""
        return self._parameters(
            {name: number.best for name, number in self.numbers.items()},
            {
                name: {row: number.best for row, number in table.items()}
                for name, table in self.tables.items()
            },
        )

    def sample(self, rng: np.random.Generator) -> Parameters:
        """One drawing of each number, independent of the others; equal for an equal `rng`.

        What a network is built with (`BUILT_IN`) keeps its most plausible value.
        """
        return self._parameters(
            {
                name: number.best if name in BUILT_IN else number.sample(rng)
                for name, number in self.numbers.items()
            },
            {
                name: {
                    row: number.best if name in BUILT_IN else number.sample(rng)
                    for row, number in table.items()
                }
                for name, table in self.tables.items()
            },
        )

    def _parameters(
        self, numbers: Mapping[str, float], tables: Mapping[str, Mapping[str, float]]
    ) -> Parameters:
        """The values as parameters, with NaN and nothing for what the mode does not use."""
        unused: dict[str, Any] = {
            **dict.fromkeys(NUMBERS, math.nan),
            **{name: {} for name in TABLES},
        }
        return Parameters(mode=self.name, ground=self.ground, **{**unused, **numbers, **tables})


class Row(NamedTuple):
    """A number of a mode, for a table on the screen."""

    name: str
    best: float
    low: float
    high: float
    unit: str
    source: str


def described(mode: Mode) -> list[Row]:
    """Every number of a mode with its range, its unit and its source in words."""
    tables = [number for table in mode.tables.values() for number in table.values()]
    return [
        Row(
            name=number.name,
            best=number.best,
            low=number.low,
            high=number.high,
            unit=number.unit,
            source=f"{number.source}: {number.why}" if number.why else number.source,
        )
        for number in [*tables, *mode.numbers.values()]
    ]


def modes_of(document: Mapping[str, Any]) -> dict[str, Mode]:
    """The modes of a document such as `data/modes.yaml`, by name.

    Parameters
    ----------
    document : mapping
        ``sources`` (texts by key), ``shared`` (numbers of every mode), and one mapping for each of
        `MODES` with ``label``, ``note``, ``ground`` and its own numbers, which go before shared
        ones, in tables row by row. A number is a mapping of ``low``, ``best``, ``high``, ``unit``,
        ``source`` (a key of ``sources``, or ``assumption``), ``why`` (needed for an assumption)
        and ``scale`` (``linear``, as without it, or ``log``).

    Raises
    ------
    InvalidSetting
        If anything is missing, unknown, of another unit, outside its bounds or out of order. All
        faults are told at once, each with its key, its value and what was expected.
    """
    reader = _Reader()
    whole = reader.mapping("the document", document)
    reader.check_keys("", whole, ("sources", "shared", *MODES))
    reader.sources.update(reader.mapping("sources", whole.get("sources", {})))
    reader.check_sources()
    shared = reader.mapping("shared", whole.get("shared", {}))
    reader.check_keys("shared", shared, (*NUMBERS, *TABLES))
    reader.faults += [f"{name} is missing" for name in MODES if name not in whole]
    modes = {
        name: reader.mode(name, reader.mapping(name, whole[name]), shared)
        for name in MODES
        if name in whole
    }
    if reader.faults:
        raise InvalidSetting(
            "the modes of travel cannot be used: " + "; ".join(dict.fromkeys(reader.faults)),
            remedy="correct data/modes.yaml",
        )
    return modes


@dataclass(kw_only=True)
class _Reader:
    """Gathers the faults of a document while its parts are read."""

    faults: list[str] = field(default_factory=list)
    sources: dict[str, Any] = field(default_factory=dict)

    def mapping(self, where: str, given: object) -> Mapping[str, Any]:
        """`given` itself if it is a mapping with texts as keys, else an empty one and a fault."""
        if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
            return given
        self.faults.append(f"{where} is {given!r}, not a mapping of names")
        return {}

    def check_keys(self, where: str, entry: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """A fault for each key of `entry` that is not known there."""
        prefix = f"{where}." if where else ""
        self.faults += [
            f"{prefix}{key} is unknown, not one of {', '.join(known)}"
            for key in entry
            if key not in known
        ]

    def text(self, where: str, given: object) -> str:
        """`given` in one line if it is a text with something in it, else a fault."""
        if isinstance(given, str) and given.strip():
            return " ".join(given.split())
        self.faults.append(f"{where} is {given!r}, not a text")
        return ""

    def check_sources(self) -> None:
        """A fault for each source that is no text, or is named like what is no source."""
        for key, source in self.sources.items():
            self.text(f"sources.{key}", source)
        if ASSUMPTION in self.sources:
            self.faults.append(f"sources.{ASSUMPTION} is no source")

    def mode(self, name: str, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Mode:
        """The mode of one entry."""
        self.check_keys(name, entry, ("label", "note", "ground", *NUMBERS, *TABLES))
        ground = self.ground(f"{name}.ground", entry.get("ground"))
        wanted = (*ALWAYS, *NEEDED[ground])
        self.faults += [
            f"{name}.{key} is not used by a mode whose ground is {ground}"
            for key in entry
            if key in {*NUMBERS, *TABLES} and key not in wanted
        ]
        numbers = {}
        for key in wanted:
            if key in NUMBERS:
                where = f"{name}.{key}" if key in entry else f"shared.{key}"
                found = self.number(where, key, entry.get(key, shared.get(key)), NUMBERS[key])
                numbers.update({} if found is None else {key: found})
        self._check_slopes(name, numbers)
        return Mode(
            name=name,
            label=self.text(f"{name}.label", entry.get("label")),
            note=self.text(f"{name}.note", entry.get("note")),
            ground=ground,
            numbers=numbers,
            tables={
                key: self.table(name, key, entry.get(key, {}), shared.get(key, {}))
                for key in wanted
                if key in TABLES
            },
        )

    def ground(self, where: str, given: object) -> Ground:
        """The kind of ground that `given` names, or none and a fault."""
        if isinstance(given, str) and given in {kind.value for kind in Ground}:
            return Ground(given)
        self.faults.append(f"{where} is {given!r}, not one of {', '.join(Ground)}")
        return Ground.NONE

    def _check_slopes(self, name: str, numbers: Mapping[str, Range]) -> None:
        """A fault if the slope that slows could be drawn above the slope that bars."""
        free, limit = numbers.get("slope_free"), numbers.get("slope_limit")
        if free is not None and limit is not None and free.high >= limit.low:
            self.faults.append(
                f"{name}.slope_free reaches {free.high}, not below slope_limit.low {limit.low}"
            )

    def table(self, mode: str, name: str, own: object, shared: object) -> dict[str, Range]:
        """The numbers of a table by row; only classes of roads may be left out, not all of them."""
        quantity, rows = TABLES[name]
        own = self.mapping(f"{mode}.{name}", own)
        shared = self.mapping(f"shared.{name}", shared)
        self.check_keys(f"{mode}.{name}", own, rows)
        self.check_keys(f"shared.{name}", shared, rows)
        given = {**shared, **own}
        missing = [row for row in rows if row not in given]
        if missing and (name != "speed_kmh" or len(missing) == len(rows)):
            self.faults.append(f"{mode}.{name} lacks {', '.join(missing)}")
        found = {}
        for row in rows:
            if row in given:
                where = f"{mode if row in own else 'shared'}.{name}.{row}"
                found[row] = self.number(where, f"{name}.{row}", given[row], quantity)
        return {row: number for row, number in found.items() if number is not None}

    def number(self, where: str, name: str, given: object, quantity: Quantity) -> Range | None:
        """The range of one entry, or None and a fault."""
        if given is None:
            self.faults.append(f"{where} is missing")
            return None
        entry = self.mapping(where, given)
        before = len(self.faults)
        keys = ("low", "best", "high", "unit", "source", "why", "scale")
        self.check_keys(where, entry, keys)
        low, best, high = (self._finite(f"{where}.{key}", entry.get(key)) for key in keys[:3])
        if not quantity.least <= low <= best <= high <= quantity.most:
            self.faults.append(
                f"{where} is {low:g}, {best:g}, {high:g}, not low <= best <= high"
                f" between {quantity.least:g} and {quantity.most:g}"
            )
        if entry.get("unit") != quantity.unit:
            self.faults.append(f"{where}.unit is {entry.get('unit')!r}, not {quantity.unit!r}")
        source, why = self._source(where, entry)
        scale = entry.get("scale", "linear")
        if scale not in {"linear", "log"}:
            self.faults.append(f"{where}.scale is {scale!r}, not linear or log")
        elif scale == "log" and low <= 0:
            self.faults.append(f"{where}.low is {low:g}, not above 0 as the scale log needs")
        if len(self.faults) > before:
            return None
        return Range(
            name=name,
            low=low,
            best=best,
            high=high,
            unit=quantity.unit,
            source=source,
            why=why,
            logarithmic=scale == "log",
        )

    def _source(self, where: str, entry: Mapping[str, Any]) -> tuple[str, str]:
        """Source and reason of a number in words."""
        source, words = entry.get("source"), ASSUMPTION
        if isinstance(source, str) and source in self.sources:
            words = " ".join(str(self.sources[source]).split())
        elif source != ASSUMPTION:
            self.faults.append(
                f"{where}.source is {source!r}, not a key of sources or {ASSUMPTION}"
            )
        why = ""
        if source == ASSUMPTION or "why" in entry:
            why = self.text(f"{where}.why", entry.get("why"))
        return words, why

    def _finite(self, where: str, given: object) -> float:
        """`given` as a number, or 0 and a fault."""
        if isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given):
            return float(given)
        self.faults.append(f"{where} is {given!r}, not a number")
        return 0.0
