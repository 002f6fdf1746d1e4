"""Blocks that are laid aside while memory is short, and taken up again one at a time."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, Generic, TypeVar, overload

import numpy as np

T = TypeVar("T")

_Place = tuple[int, np.dtype[Any], tuple[int, ...]]
"""Where an array begins in the file, its type and its shape."""


class Shelf(Sequence[T], Generic[T]):
    """A sequence of dataclasses whose arrays lie in a temporary file without a name.

    Each access gives the arrays anew, mapped from the file and only to be read. The file ends with
    the sequence and all that was given of it.
    """

    def __init__(self, items: Iterable[T]) -> None:
        """Lay the items aside, in order."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it ends with the shelf
        weakref.finalize(self, self._file.close)
        self._items: list[tuple[type[T], dict[str, Any], dict[str, _Place]]] = []
        for item in items:
            told: dict[str, Any] = {}
            places: dict[str, _Place] = {}
            for field in dataclasses.fields(item):  # type: ignore[arg-type] # of dataclasses only
                value = getattr(item, field.name)
                if isinstance(value, np.ndarray):
                    places[field.name] = self._file.tell(), value.dtype, value.shape
                    np.ascontiguousarray(value).tofile(self._file)
                else:
                    told[field.name] = value
            self._items.append((type(item), told, places))
        self._file.flush()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """An item, or some of them."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        kind, told, places = self._items[place]
        arrays = {
            name: np.asarray(np.memmap(self._file, kind_of, "r", start, shape))
            if math.prod(shape)
            else np.zeros(shape, kind_of)
            for name, (start, kind_of, shape) in places.items()
        }
        return kind(**told, **arrays)


def laid_aside(items: Iterable[T]) -> Sequence[T]:
    """The items as a sequence; on a shelf if there is more than one.

    One item is the whole of a small scene, which is not worth a file.
    """
    coming = iter(items)
    first = list(islice(coming, 2))
    return Shelf(chain(first, coming)) if len(first) > 1 else first
