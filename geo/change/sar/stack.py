"""Change in a stack of radar pictures: a lasting step at a known event, and when it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.codes import CHANGED, NO_DATA, UNCHANGED
from geo.change.sar.backscatter import Power, to_decibels
from geo.change.sar.damage import Step, step_of
from geo.change.sar.joining import flagged, joined, length
from geo.change.sar.omnibus import omnibus_p
from geo.change.sar.results import (
    RadarChange,
    RadarParameters,
)
from geo.change.sar.speckle import lee
from geo.change.sar.timing import interval_of, step_likelihood
from geo.errors import BadInput, GridMismatch, NoValidPixels
from geo.grid import Grid
from geo.progress import Progress

JOINING_PX = 1.0
"""Sigma of the Gaussian that joins neighbouring cells; many scenes need less than two."""

MOST_PLACEBOS = 4
"""Runs on the past; more would need years of scenes."""

FEWEST_BEFORE = 3
"""Scenes of one orbit before the event; fewer do not tell what the cell does anyway."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RadarScene:
    """One radar picture of a stack."""

    taken_at: datetime
    """Time of the picture, UTC."""
    scene_id: str
    """Name of the picture."""
    orbit: str
    """What is only compared with itself, such as ``descending 29``: another orbit looks from
    another side."""
    power: Power
    """Linear power, shape (polarisations, rows, columns); NaN where there is no data."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RadarStack:
    """Radar pictures of one place on one grid, in order of time."""

    grid: Grid
    """Where the cells lie."""
    polarisations: tuple[str, ...]
    """Such as ``VV``, the same for all scenes."""
    scenes: tuple[RadarScene, ...]
    """In order of time; no scene twice."""

    def __post_init__(self) -> None:
        """Refuse scenes that do not belong together or come in disorder."""
        wanted = (len(self.polarisations), *self.grid.shape)
        for scene in self.scenes:
            if scene.power.shape != wanted:
                raise GridMismatch(
                    f"radar scene {scene.scene_id} has the shape {scene.power.shape}",
                    expected=f"{wanted} (polarisations, rows, columns)",
                )
        names = [scene.scene_id for scene in self.scenes]
        times = [scene.taken_at for scene in self.scenes]
        if len(set(names)) < len(names) or times != sorted(times):
            raise BadInput(
                f"a radar stack of the scenes {', '.join(names)}",
                expected="each scene once, in order of time",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Orbit:
    """The scenes of one orbit that count: the first `past` of them lie before the event."""

    name: str
    scenes: tuple[RadarScene, ...]
    past: int

    @property
    def present(self) -> int:
        """How many scenes lie after the event."""
        return len(self.scenes) - self.past


def compare_stack(
    stack: RadarStack,
    *,
    event_from: datetime,
    event_to: datetime,
    parameters: RadarParameters | None = None,
    progress: Progress | None = None,
) -> RadarChange:
    """Which cells took a lasting step between two times, and with which scene it came.

    Scenes before `event_from` are the past, those from `event_to` on the present. What the whole
    scene did on a date is taken off each scene, orbit by orbit.

    Raises
    ------
    BadInput
        If no orbit has `FEWEST_BEFORE` scenes before and one after.
    NoValidPixels
        If no cell has data in both.
    """
    settings = parameters or RadarParameters()
    tell = progress or (lambda _share, _words: None)
    orbits = _orbits(stack, event_from, event_to)
    tell(0.0, "comparing past and present")
    powers = [levelled(orbit.scenes) for orbit in orbits]
    step = _steps(orbits, powers)
    valid = np.asarray(np.isfinite(step.z).any(axis=0))
    if not valid.any():
        raise NoValidPixels(
            "no cell has radar data both before and after the event",
            expected="at least one cell with data",
            remedy="add scenes that cover the place",
        )
    score, changed = _scored(step, valid, settings)
    tell(0.5, "damping speckle")
    unpooled = _greatest_damped(orbits, powers, settings)
    tell(0.7, "dating the change")
    dating, power = max(zip(orbits, powers, strict=True), key=lambda pair: len(pair[0].scenes))
    places = [stack.scenes.index(scene) for scene in dating.scenes]
    p, between = omnibus_p(power, looks=settings.looks), _between(changed, power, places, settings)
    tell(1.0, "done")
    return RadarChange(
        score=np.where(valid, score, np.float32(np.nan)),
        unpooled=unpooled,
        mask=np.where(valid, np.where(changed, CHANGED, UNCHANGED), NO_DATA),
        change_db=_mean(step.change_db),
        p=p,
        between=between,
        findings={**_findings(stack, orbits, valid, changed), "dated_by": dating.name},
    )


def placebo_scores(
    stack: RadarStack,
    *,
    event_from: datetime,
    event_to: datetime,
    within: NDArray[np.bool_],
    parameters: RadarParameters | None = None,
) -> tuple[float, ...]:
    """What the place's own past gives where it is asked the same: one number for each run.

    In each run as many scenes of the past as there are of the present stand in for the present, and
    all before them for the past; the runs' presents do not overlap. The number is the greatest
    score of a flagged cell of `within`, shape (rows, columns), and 0 where nothing was flagged.
    There are at most `MOST_PLACEBOS`, and none where the past is too short.

    Raises
    ------
    BadInput
        As `compare_stack`.
    """
    settings = parameters or RadarParameters()
    orbits = _orbits(stack, event_from, event_to)
    powers = [levelled(orbit.scenes[: orbit.past]) for orbit in orbits]
    found = []
    for run in range(1, MOST_PLACEBOS + 1):
        ends = [orbit.past - (run - 1) * orbit.present for orbit in orbits]
        earlier = [
            (_Orbit(name=orbit.name, scenes=orbit.scenes[:end], past=end - orbit.present), power)
            for orbit, end, power in zip(orbits, ends, powers, strict=True)
            if end - orbit.present >= FEWEST_BEFORE
        ]
        if not earlier:
            break
        step = _steps(
            [orbit for orbit, _ in earlier], [power[: len(o.scenes)] for o, power in earlier]
        )
        valid = np.asarray(np.isfinite(step.z).any(axis=0))
        if valid.any():
            score, changed = _scored(step, valid, settings)
            found.append(float(score[changed & within].max(initial=0)))
    return tuple(found)


def _scored(
    step: Step, valid: NDArray[np.bool_], parameters: RadarParameters
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Score and flags of a step."""
    score, freedom = length(_joined_deviates(step), valid)
    changed = flagged(
        score, valid, freedom=freedom, sigma_px=JOINING_PX, min_cells=parameters.min_cells
    )
    return score, changed


def _joined_deviates(step: Step) -> NDArray[np.float32]:
    """The deviates of each layer, neighbouring cells joined; 0 where a layer has no data."""
    return np.stack([joined(np.nan_to_num(z), np.isfinite(z), sigma_px=JOINING_PX) for z in step.z])


def _greatest_damped(
    orbits: list[_Orbit], powers: list[NDArray[np.float32]], parameters: RadarParameters
) -> NDArray[np.float32]:
    """The greatest deviate over orbits and polarisations after Lee's filter: as published."""
    damped = [
        lee(power, looks=parameters.looks, radius_px=parameters.filter_radius_px)
        for power in powers
    ]
    deviates = np.abs(_steps(orbits, damped).z)
    greatest = np.where(np.isfinite(deviates), deviates, -1).max(axis=0)
    return np.where(greatest >= 0, greatest, np.float32(np.nan))


def _findings(
    stack: RadarStack,
    orbits: list[_Orbit],
    valid: NDArray[np.bool_],
    changed: NDArray[np.bool_],
) -> dict[str, object]:
    used = {name.scene_id for orbit in orbits for name in orbit.scenes}
    nothing = "no step between past and present is both strong and large enough"
    return {
        "sensor": "radar",
        "polarisations": list(stack.polarisations),
        "orbits": {orbit.name: [orbit.past, orbit.present] for orbit in orbits},
        "not_used": [scene.scene_id for scene in stack.scenes if scene.scene_id not in used],
        "valid_share": round(float(valid.mean()), 6),
        "flagged_share": round(float(changed.sum() / max(valid.sum(), 1)), 6),
        "nothing_flagged_because": "" if changed.any() else nothing,
    }


def _orbits(stack: RadarStack, event_from: datetime, event_to: datetime) -> list[_Orbit]:
    """The orbits that saw the place often enough before and at least once after the event."""
    if event_to < event_from:
        raise BadInput(
            f"an event from {event_from:%Y-%m-%d} to {event_to:%Y-%m-%d}",
            expected="its first day before its last",
        )
    orbits = []
    for name in sorted({scene.orbit for scene in stack.scenes}):
        own = [scene for scene in stack.scenes if scene.orbit == name]
        past = [scene for scene in own if scene.taken_at < event_from]
        present = [scene for scene in own if scene.taken_at >= event_to]
        if len(past) >= FEWEST_BEFORE and present:
            orbits.append(_Orbit(name=name, scenes=(*past, *present), past=len(past)))
    if not orbits:
        raise BadInput(
            f"{len(stack.scenes)} radar scenes, none of whose orbits has {FEWEST_BEFORE} before "
            f"{event_from:%Y-%m-%d} and one from {event_to:%Y-%m-%d} on",
            expected=f"{FEWEST_BEFORE} scenes of one orbit before the event and one after it",
            remedy="add scenes, or choose another event",
        )
    return orbits


def _steps(orbits: list[_Orbit], powers: list[NDArray[np.float32]]) -> Step:
    """Past against present of each orbit and polarisation, one a layer."""
    decibels = [to_decibels(power) for power in powers]
    steps = [
        step_of(values[: orbit.past], values[orbit.past :])
        for orbit, values in zip(orbits, decibels, strict=True)
    ]
    names = ("t", "z", "change_db", "p")
    return Step(**{name: np.concatenate([getattr(step, name) for step in steps]) for name in names})


def _mean(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the layers that have data in a cell; NaN where none has."""
    known = np.isfinite(layers)
    count = known.sum(axis=0)
    total = np.where(known, layers, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def levelled(scenes: Sequence[RadarScene]) -> NDArray[np.float32]:
    """Power of the scenes less what the whole of a scene did: rain, or another calibration.

    The unit of a scene is the median ratio to the mean of all of them, one a polarisation.
    """
    power = np.stack([scene.power for scene in scenes])
    known = np.isfinite(power)
    mean = np.where(known, power, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    for place in np.ndindex(power.shape[:2]):
        cells = known[place]
        if cells.any():
            power[place] /= np.median(power[place][cells] / mean[place[1]][cells])
    return power


def _between(
    changed: NDArray[np.bool_],
    power: NDArray[np.float32],
    places: list[int],
    parameters: RadarParameters,
) -> NDArray[np.int16]:
    """Scenes between which each flag came, by their `places` in the whole stack."""
    between = np.full((2, *changed.shape), -1, np.int16)
    likelihood = step_likelihood(power, looks=parameters.looks)
    numbers, found = ndimage.label(changed)
    for number, window in enumerate(ndimage.find_objects(numbers, found), start=1):
        own = numbers[window] == number
        last, first = interval_of(likelihood[:, *window][:, own].sum(axis=1))
        for layer, place in zip(between, (last, first), strict=True):
            layer[window][own] = places[place]
    return between
